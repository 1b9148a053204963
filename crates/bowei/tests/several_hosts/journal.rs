//! What lots said and heard, a line each: written on the lots' host, read by the test.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::sync::Mutex;

/// What was said or asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum What {
    /// A car came in.
    Entry(String),
    /// It left.
    Exit(String),
    /// A picture of its entry, by its digest.
    Photo(String, String),
    /// A question about what is kept.
    Question(String),
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Heard {
    /// A report is kept; a question is answered.
    Yes,
    /// Not now.
    NotNow { status: u16, retry_after_s: Option<u64> },
    /// The node is gone: refused, or broken off.
    Gone(String),
    /// Nothing at all, for much longer than an answer may take.
    Nothing,
}

/// One try.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Try {
    /// Milliseconds since 1970.
    pub(crate) sent_at: i64,
    pub(crate) took_ms: i64,
    /// Which node.
    pub(crate) node: usize,
    pub(crate) lot: String,
    pub(crate) what: What,
    pub(crate) heard: Heard,
}

impl Try {
    pub(crate) fn heard_at(&self) -> i64 {
        self.sent_at + self.took_ms
    }

    pub(crate) fn is_report(&self) -> bool {
        !matches!(self.what, What::Question(_))
    }

    /// A report that a node has acknowledged.
    pub(crate) fn is_acknowledged(&self) -> bool {
        self.is_report() && self.heard == Heard::Yes
    }
}

/// Where tries are noted, each at once.
pub(crate) struct Journal(Mutex<File>);

impl Journal {
    pub(crate) fn create(path: &Path) -> Self {
        Self(Mutex::new(File::create(path).unwrap()))
    }

    pub(crate) fn note(&self, one: &Try) {
        let mut line = serde_json::to_vec(one).unwrap();
        line.push(b'\n');
        self.0.lock().unwrap().write_all(&line).unwrap();
    }
}

/// All tries, in the order in which they were answered.
pub(crate) fn read(path: &Path) -> Vec<Try> {
    let lines = BufReader::new(File::open(path).unwrap()).lines();
    let mut tries: Vec<Try> = lines.map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect();
    tries.sort_by_key(Try::heard_at);
    tries
}

/// What is known of a parking.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Parking {
    pub(crate) entered: bool,
    pub(crate) left: bool,
    /// The digest of its picture.
    pub(crate) picture: Option<String>,
}

/// The parkings that were acknowledged, by lot and record.
pub(crate) fn parkings(tries: &[Try]) -> BTreeMap<String, BTreeMap<String, Parking>> {
    let mut lots: BTreeMap<String, BTreeMap<String, Parking>> = BTreeMap::new();
    for one in tries.iter().filter(|one| one.is_acknowledged()) {
        let records = lots.entry(one.lot.clone()).or_default();
        match one.what.clone() {
            What::Entry(record) => records.entry(record).or_default().entered = true,
            What::Exit(record) => records.entry(record).or_default().left = true,
            What::Photo(record, sha256) => records.entry(record).or_default().picture = Some(sha256),
            What::Question(_) => {}
        }
    }
    lots
}

/// The distinct reports among tries.
pub(crate) fn distinct<'a>(tries: impl Iterator<Item = &'a Try>) -> BTreeSet<(&'a str, &'a What)> {
    tries.filter(|one| one.is_report()).map(|one| (one.lot.as_str(), &one.what)).collect()
}
