//! Writing a package.

use crate::audit::AuditRecord;
use crate::bounds::{ENTRIES_MAX, FILE_MAX, PACKAGE_MAX};
use crate::files::EvidenceFiles;
use crate::keys::{KeyError, SigningKey};
use crate::layout;
use crate::manifest::{
    AUDIT, FORMAT, KEY, Listed, MANIFEST, MESSAGES, Manifest, ORDER, PHOTOS, RECORD, SIGNATURE,
};
use bowei_model::supervision::order::Order;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::io::Write;

/// Why a package was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The order is a draft.
    #[error("草稿没有证据包 a draft has no package: issue the order first")]
    Draft,
    /// The evidence is not what was frozen when the order was issued.
    #[error("证据与制发时不符 the evidence is not that of the order's issue: its digest is {0}")]
    OtherEvidence(String),
    /// More than a package may have.
    #[error("超出证据包的上限 it is more than a package may have: {0}")]
    TooLarge(String),
    /// Something that JSON cannot say.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// The key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Where it is written to.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// What goes into a package.
#[derive(Debug)]
pub struct Writer<'a> {
    evidence: &'a EvidenceFiles,
    number: String,
    files: BTreeMap<&'static str, Vec<u8>>,
}

impl<'a> Writer<'a> {
    /// The package of an order with the evidence that was frozen at its issue.
    ///
    /// # Errors
    ///
    /// Where it was not issued, or on other evidence.
    pub fn new(order: &Order, evidence: &'a EvidenceFiles) -> Result<Self, WriteError> {
        let issued = order.issued().ok_or(WriteError::Draft)?;
        let digest = evidence.sha256();
        if issued.issue.evidence_sha256 != digest {
            return Err(WriteError::OtherEvidence(digest));
        }
        let number = issued.issue.number.to_string();
        let files = BTreeMap::from([(ORDER, line(&issued)?), (RECORD, line(order)?)]);
        Ok(Self { evidence, number, files })
    }

    /// With entries of the audit, by their numbers.
    ///
    /// # Errors
    ///
    /// Never, but for what cannot be written as JSON.
    pub fn audit(mut self, records: &[AuditRecord]) -> Result<Self, WriteError> {
        let mut lines = Vec::new();
        for record in records {
            lines.extend(line(record)?);
        }
        self.files.insert(AUDIT, lines);
        Ok(self)
    }

    /// Writes it, signed.
    ///
    /// # Errors
    ///
    /// Where it is too large, cannot be signed or cannot be written.
    pub fn write(
        mut self,
        key: &SigningKey,
        made_at: Timestamp,
        out: &mut impl Write,
    ) -> Result<(), WriteError> {
        let public = key.public()?;
        self.files.insert(KEY, public.to_pem().into_bytes());
        let mut files: BTreeMap<&str, &[u8]> = self.evidence.files().collect();
        files.extend(self.files.iter().map(|(path, content)| (*path, content.as_slice())));
        check(&files)?;
        let manifest = line(&Manifest {
            format: FORMAT.to_owned(),
            order: self.number.clone(),
            made_at,
            key_sha256: public.fingerprint(),
            files: files.iter().map(|(path, content)| Listed::of(path, content)).collect(),
        })?;
        let signature = key.sign(&manifest)?;
        let first = [(MANIFEST, manifest.as_slice()), (SIGNATURE, signature.as_slice())];
        layout::write(first.into_iter().chain(files), out)?;
        Ok(())
    }
}

/// Refuses what could not be read back.
fn check(files: &BTreeMap<&str, &[u8]>) -> Result<(), WriteError> {
    // A file takes two headers, two names and a line of the manifest besides.
    let total: usize = files.iter().map(|(path, content)| content.len() + 5 * path.len() + 512).sum();
    let is_json = |path: &str| !path.starts_with(MESSAGES) && !path.starts_with(PHOTOS);
    let large = files.iter().find(|(path, content)| is_json(path) && content.len() > FILE_MAX);
    if let Some((path, content)) = large {
        return Err(WriteError::TooLarge(format!("{path} has {} bytes of {FILE_MAX}", content.len())));
    }
    if total as u64 > PACKAGE_MAX || files.len() + 2 > ENTRIES_MAX {
        let count = files.len();
        return Err(WriteError::TooLarge(format!(
            "{count} files of {ENTRIES_MAX}, {total} bytes of {PACKAGE_MAX}"
        )));
    }
    Ok(())
}

fn line(value: &impl serde::Serialize) -> Result<Vec<u8>, serde_json::Error> {
    let mut text = serde_json::to_vec(value)?;
    text.push(b'\n');
    Ok(text)
}
