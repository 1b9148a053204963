//! What is frozen with an order when it is issued: the files beneath `evidence/`.

use crate::bounds::STATEMENTS_MAX;
use crate::json;
use crate::layout;
use crate::manifest::{
    CLOCKS, DAYS, EVIDENCE, LOTS, MESSAGES, PHOTOS, RULES, STATEMENTS, evidence_sha256, is_known,
};
use crate::package::Files;
use bowei_encoding::sha256_hex;
use bowei_model::supervision::{Evidence, RuleSet};
use bowei_model::{Lot, Statement};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A lot as the registry had it, and since when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LotSince {
    /// Since when.
    pub since: Timestamp,
    /// The lot.
    pub lot: Lot,
}

/// A statement as the platform keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptStatement {
    /// SHA-256 of the message that it came in, as received, lower-case hex.
    pub message_sha256: String,
    /// What the message was read as.
    pub statement: Statement,
    /// Fields that the text does not name, as a JSON object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unnamed_fields: Option<String>,
}

/// The rule set by which it was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptRules {
    /// Its version.
    pub version: u64,
    /// Every threshold.
    pub rules: RuleSet,
}

/// The platform's clock against another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockReading {
    /// When, by the platform's clock.
    pub at: Timestamp,
    /// The other one: a time server, a standard's clock.
    pub source: String,
    /// How far it was ahead of the platform's, in milliseconds.
    pub ahead_ms: i64,
}

/// Files by their paths. What is added is written in the one form that it has, so that the same evidence has the same
/// digest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EvidenceFiles(BTreeMap<String, Vec<u8>>);

impl EvidenceFiles {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// Those that were kept, as [`EvidenceFiles::files`] gave them; `None` where one has a path that none can have.
    pub fn from_files(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Option<Self> {
        let files: BTreeMap<_, _> = files.into_iter().collect();
        files.keys().all(|path| path.starts_with(EVIDENCE) && is_known(path)).then_some(Self(files))
    }

    /// Those that were kept as one file, as [`EvidenceFiles::to_zip`] gave it; `None` where it is something else.
    pub fn from_zip(zip: &[u8]) -> Option<Self> {
        let files = Files::of(zip).ok()?;
        Self::from_files(files.stored().map(|(path, content)| (path.to_owned(), content.to_vec())))
    }

    /// All of them as one file, to be kept until a package is asked for.
    ///
    /// # Errors
    ///
    /// Where they are more than a file can have.
    pub fn to_zip(&self) -> std::io::Result<Vec<u8>> {
        let mut zip = Vec::new();
        layout::write(self.files(), &mut zip)?;
        Ok(zip)
    }

    /// The lot as it was, each version since when.
    ///
    /// # Errors
    ///
    /// Never, but for what cannot be written as JSON.
    pub fn lots(&mut self, lots: &[LotSince]) -> Result<(), serde_json::Error> {
        self.json(LOTS.to_owned(), &lots)
    }

    /// All statements that the findings follow from, in the order of the ledger.
    ///
    /// # Errors
    ///
    /// As above.
    pub fn statements<'a>(
        &mut self,
        statements: impl IntoIterator<Item = &'a KeptStatement>,
    ) -> Result<(), serde_json::Error> {
        let mut lines = Vec::new();
        for statement in statements {
            serde_json::to_writer(&mut lines, statement)?;
            lines.push(b'\n');
        }
        self.0.insert(STATEMENTS.to_owned(), lines);
        Ok(())
    }

    /// A message as it was received.
    pub fn message(&mut self, body: Vec<u8>) {
        self.0.insert(format!("{MESSAGES}{}", sha256_hex(&body)), body);
    }

    /// A picture that a statement names by its digest.
    pub fn photo(&mut self, picture: Vec<u8>) {
        self.0.insert(format!("{PHOTOS}{}", sha256_hex(&picture)), picture);
    }

    /// The rule set.
    ///
    /// # Errors
    ///
    /// As above.
    pub fn rules(&mut self, rules: &KeptRules) -> Result<(), serde_json::Error> {
        self.json(RULES.to_owned(), rules)
    }

    /// All that was known of a day.
    ///
    /// # Errors
    ///
    /// As above.
    pub fn day(&mut self, evidence: &Evidence) -> Result<(), serde_json::Error> {
        self.json(format!("{DAYS}{}.json", evidence.day), evidence)
    }

    /// The platform's clock against others.
    ///
    /// # Errors
    ///
    /// As above.
    pub fn clocks(&mut self, readings: &[ClockReading]) -> Result<(), serde_json::Error> {
        self.json(CLOCKS.to_owned(), &readings)
    }

    fn json(&mut self, path: String, value: &impl Serialize) -> Result<(), serde_json::Error> {
        let mut text = serde_json::to_vec(value)?;
        text.push(b'\n');
        self.0.insert(path, text);
        Ok(())
    }

    /// Path and content, sorted by path.
    pub fn files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().map(|(path, content)| (path.as_str(), content.as_slice()))
    }

    /// The digest that the order has of it, SHA-256 in lower-case hex.
    pub fn sha256(&self) -> String {
        evidence_sha256(self.files())
    }
}

/// What the files say.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    pub(crate) lots: Vec<LotSince>,
    pub(crate) statements: Vec<KeptStatement>,
    pub(crate) rules: Option<KeptRules>,
    pub(crate) clocks: Vec<ClockReading>,
    pub(crate) days: Vec<Evidence>,
}

impl Contents {
    /// Reads all of them; or which cannot be read, and why.
    pub(crate) fn read<'a>(
        files: impl Iterator<Item = (&'a str, &'a [u8])>,
    ) -> Result<Self, (String, String)> {
        let mut contents = Self::default();
        for (path, bytes) in files {
            let read = contents.file(path, bytes);
            read.map_err(|why| (path.to_owned(), why))?;
        }
        Ok(contents)
    }

    fn file(&mut self, path: &str, bytes: &[u8]) -> Result<(), String> {
        match path {
            LOTS => self.lots = json::file(bytes)?,
            STATEMENTS => self.statements = json::lines(bytes, STATEMENTS_MAX)?,
            RULES => self.rules = Some(json::file(bytes)?),
            CLOCKS => self.clocks = json::file(bytes)?,
            path if path.starts_with(DAYS) => {
                if self.days.len() >= crate::bounds::DAYS_MAX {
                    return Err(format!("more than {} days", crate::bounds::DAYS_MAX));
                }
                let day: Evidence = json::file(bytes)?;
                if path != format!("{DAYS}{}.json", day.day) {
                    return Err(format!("it is the evidence of {}", day.day));
                }
                // A sign of life a day is the least that could be asked for.
                if day.heartbeat_minutes > 1_440 {
                    return Err(format!("heartbeat_minutes is {}", day.heartbeat_minutes));
                }
                self.days.push(day);
            }
            _ => {}
        }
        Ok(())
    }
}
