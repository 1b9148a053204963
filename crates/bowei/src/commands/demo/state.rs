//! What a demonstration keeps in its folder to go on where it was: the same seed from the same start is the same city, so
//! that how far it has been told is all that there is to know.

use crate::commands::Failure;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::path::Path;

const FILE: &str = "demo.json";

/// A demonstration's own notes. The logins are in it: it is a demonstration, and the folder its owner's alone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) seed: u64,
    pub(super) lots: usize,
    pub(super) standard: Option<String>,
    pub(super) size: u32,
    pub(super) gateways: usize,
    /// None in those that were begun before there were any.
    #[serde(default)]
    pub(super) faulty_lots: usize,
    pub(super) floor: f64,
    /// When the city begins.
    pub(super) start: Timestamp,
    /// When it was first live.
    pub(super) live_from: Timestamp,
    /// Whatever was due before this has been told.
    pub(super) reached: Timestamp,
    /// An operator's token; empty until the city is registered.
    pub(super) token: String,
    /// The token of the system of the lot that takes reservations; empty until it is there.
    #[serde(default)]
    pub(super) lot_token: String,
    /// Login, role and password of one person each.
    pub(super) people: Vec<(String, String, String)>,
}

impl State {
    /// That of the folder; `None` where no demonstration has been in it.
    pub(super) fn read(data: &Path) -> Result<Option<Self>, Failure> {
        match std::fs::read(data.join(FILE)) {
            Ok(bytes) => {
                let words = |error| format!("{}: {error}", data.join(FILE).display());
                Ok(Some(serde_json::from_slice(&bytes).map_err(words)?))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Keeps it, whole or not at all.
    pub(super) fn keep(&self, data: &Path) -> Result<(), Failure> {
        std::fs::create_dir_all(data)?;
        let new = data.join("demo.json.new");
        std::fs::write(&new, serde_json::to_vec_pretty(self)?)?;
        Ok(std::fs::rename(new, data.join(FILE))?)
    }
}
