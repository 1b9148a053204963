//! Plates past their time: pseudonyms take their place, in pieces, each night.

use crate::jobs::{Job, Schedule, Words, Worked};
use crate::seal::{MasterKey, SealError};
use aws_lc_rs::hmac;
use bowei_model::{Plate, Report, Statement};
use bowei_store::{HOLDS_OPEN_MAX, PlatesPiece, Pseudonyms, Result, Store, pseudonymised};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// For how long a night's work goes on: less than a run may take. What is left is the next night's.
const WORKED_MAX: Duration = Duration::from_secs(5 * 60 * 60);

/// For how long plates are kept, and what stands for them afterwards.
#[derive(Clone)]
pub(crate) struct Plates {
    kept_for: Option<SignedDuration>,
    pseudonyms: Arc<Keyed>,
}

/// Pseudonyms by HMAC-SHA-256 under a key that is derived from the master key. With that key whoever tries all plates finds
/// which one it was; without it nobody does.
struct Keyed(hmac::Key);

impl Pseudonyms for Keyed {
    fn of(&self, plate: &Plate) -> Plate {
        let tag = hmac::sign(&self.0, plate.as_str().as_bytes());
        let mut digest = [0; 32];
        digest.iter_mut().zip(tag.as_ref()).for_each(|(to, from)| *to = *from);
        Plate::pseudonym(&digest)
    }
}

impl Plates {
    /// Plates that are kept for `days`; 0: for ever.
    pub(crate) fn new(master: &MasterKey, days: u32) -> std::result::Result<Self, SealError> {
        let kept_for = (days > 0).then(|| SignedDuration::from_hours(24 * i64::from(days)));
        Ok(Self { kept_for, pseudonyms: Arc::new(Keyed(master.mac_key("plate pseudonyms")?)) })
    }

    /// What stands for a plate.
    pub(crate) fn pseudonym(&self, plate: &Plate) -> Plate {
        if plate.is_pseudonym() { plate.clone() } else { self.pseudonyms.of(plate) }
    }

    /// What a statement is to be kept as, where the parking that it is of has pseudonyms already: told late or once more, it
    /// meets what is kept. `None` where it is told in time.
    pub(crate) fn told_late(&self, statement: &Statement) -> Result<Option<Statement>> {
        let (Some(kept_for), Report::Passage(passage)) = (self.kept_for, &statement.report) else {
            return Ok(None);
        };
        let is_late = statement.received_at.duration_since(passage.at) > kept_for;
        is_late.then(|| pseudonymised(statement, self.pseudonyms.as_ref())).transpose()
    }
}

/// The job. It is behind for as long as it has not caught up with the night's moment, and goes on the next night.
pub(crate) fn job(store: Arc<dyn Store>, plates: Plates) -> Job {
    Job::new("old plates", Schedule::Daily { hour: 2 }, move |period| {
        let (store, plates) = (Arc::clone(&store), plates.clone());
        async move { run(store.as_ref(), &plates, period.from).await }
    })
}

async fn run(store: &dyn Store, plates: &Plates, now: Timestamp) -> Worked {
    let Some(kept_for) = plates.kept_for else { return Ok(Words::none()) };
    let before = now.checked_sub(kept_for)?;
    let began = Instant::now();
    let mut all = PlatesPiece::default();
    while !all.is_last && began.elapsed() < WORKED_MAX {
        let started = Instant::now();
        let pseudonyms = Arc::clone(&plates.pseudonyms) as Arc<dyn Pseudonyms>;
        let piece = store.pseudonymise_plates(before, pseudonyms).await?;
        all.statements += piece.statements;
        all.sessions += piece.sessions;
        all.held += piece.held;
        all.is_last = piece.is_last;
        // Half of the time is everybody else's.
        tokio::time::sleep(started.elapsed()).await;
    }
    let PlatesPiece { statements, sessions, held, is_last } = all;
    let mut words = Words::none();
    if statements > 0 {
        words.and(
            format!("{statements} 条报文、{sessions} 条停车记录的车牌已改为假名"),
            format!("plates of {statements} messages and {sessions} sessions are pseudonyms now"),
        );
    }
    if held > 0 {
        let holds = store.holds(true, HOLDS_OPEN_MAX).await?.len();
        words.and(
            format!("{held} 条报文因 {holds} 项保全继续保留"),
            format!("{held} messages are kept by {holds} holds"),
        );
    }
    if !is_last {
        words.and("其余次日夜间继续", "the rest is the next night's");
    }
    Ok(words)
}
