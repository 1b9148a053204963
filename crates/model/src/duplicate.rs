//! The same passage under two record ids (重复记录): one car cannot pass one lot the same way twice within a second.

use crate::{Direction, Facts, Finding, FindingKind, LotCode, ParkingSession, Passage, Plate, RecordId};
use jiff::Timestamp;

/// What two passages of the same car have in common that are one passage, told twice.
///
/// Passages without a record id have none: this is their identity already, and what is told twice of them is an
/// amendment. Nor have cars without a plate, of which two may well pass in a second.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PassageKey {
    /// The second in which it passed.
    pub second: Timestamp,
    /// The lot.
    pub lot: LotCode,
    /// The plate.
    pub plate: Plate,
    /// In or out.
    pub direction: Direction,
}

impl PassageKey {
    /// The key of a passage, if it has one.
    pub fn of(passage: &Passage) -> Option<Self> {
        let plate = passage.plate.clone().filter(|_| !passage.without_record_id)?;
        let second = Timestamp::from_second(passage.at.as_second()).ok()?;
        Some(Self { second, lot: passage.lot.clone(), plate, direction: passage.direction })
    }

    /// The keys of a session's entry and exit, as they now count.
    pub fn of_session(session: &ParkingSession) -> [Option<Self>; 2] {
        [session.entry(), session.exit()].map(|version| Self::of(&version?.content))
    }

    /// What is found about each of the records, where there is more than one. When either was received is not kept: it
    /// is taken to have been opened when the car passed.
    pub fn finding(&self, record_id: &RecordId) -> Finding {
        Finding {
            kind: FindingKind::DuplicateRecord,
            lot: self.lot.clone(),
            subject: ParkingSession::subject(record_id),
            which: format!("{} {}", self.direction.name(), self.second.as_millisecond()),
            record_id: Some(record_id.as_str().to_owned()),
            at: self.second,
            facts: Facts::DuplicateRecord { direction: self.direction },
            opened_at: self.second,
            resolved_at: None,
        }
    }
}
