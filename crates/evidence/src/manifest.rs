//! The manifest: every file with its digest. It is what is signed.

use bowei_encoding::sha256_hex;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub(crate) const FORMAT: &str = "bowei-evidence/1";
pub(crate) const MANIFEST: &str = "manifest.json";
pub(crate) const SIGNATURE: &str = "manifest.sig";
pub(crate) const KEY: &str = "key.pem";
pub(crate) const ORDER: &str = "order.json";
pub(crate) const RECORD: &str = "record.json";
pub(crate) const AUDIT: &str = "audit.jsonl";
/// Before the paths of what is frozen with the order.
pub(crate) const EVIDENCE: &str = "evidence/";
pub(crate) const LOTS: &str = "evidence/lots.json";
pub(crate) const STATEMENTS: &str = "evidence/statements.jsonl";
pub(crate) const RULES: &str = "evidence/rules.json";
pub(crate) const CLOCKS: &str = "evidence/clocks.json";
pub(crate) const DAYS: &str = "evidence/days/";
pub(crate) const MESSAGES: &str = "evidence/messages/";
pub(crate) const PHOTOS: &str = "evidence/photos/";

/// Every file but itself and its signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    /// `bowei-evidence/1`.
    pub(crate) format: String,
    /// The order's number, as it is printed.
    pub(crate) order: String,
    /// When the package was made, by the platform's clock.
    pub(crate) made_at: Timestamp,
    /// SHA-256 of the SPKI of the key that signs, lower-case hex.
    pub(crate) key_sha256: String,
    /// The files, by their paths.
    pub(crate) files: Vec<Listed>,
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Listed {
    /// Its path in the package.
    pub(crate) path: String,
    /// Its bytes.
    pub(crate) bytes: u64,
    /// Their SHA-256, lower-case hex.
    pub(crate) sha256: String,
}

impl Listed {
    pub(crate) fn of(path: &str, content: &[u8]) -> Self {
        Self { path: path.to_owned(), bytes: content.len() as u64, sha256: sha256_hex(content) }
    }
}

/// The digest of what is frozen with an order: that of a line for each file, sorted by path, as `sha256sum` writes them.
pub(crate) fn evidence_sha256<'a>(files: impl Iterator<Item = (&'a str, &'a [u8])>) -> String {
    let lines: String = files.map(|(path, content)| format!("{}  {path}\n", sha256_hex(content))).collect();
    sha256_hex(lines.as_bytes())
}

/// Whether a package may have a file of that path. Nothing else is one, and so none can lead out of a folder.
pub(crate) fn is_known(path: &str) -> bool {
    let is_digest =
        |name: &str| name.len() == 64 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let is_day = |name: &str| {
        let date = name.strip_suffix(".json");
        date.is_some_and(|date| date.len() == 10 && date.parse::<jiff::civil::Date>().is_ok())
    };
    matches!(path, MANIFEST | SIGNATURE | KEY | ORDER | RECORD | AUDIT | LOTS | STATEMENTS | RULES | CLOCKS)
        || path.strip_prefix(DAYS).is_some_and(is_day)
        || path.strip_prefix(MESSAGES).is_some_and(is_digest)
        || path.strip_prefix(PHOTOS).is_some_and(is_digest)
}
