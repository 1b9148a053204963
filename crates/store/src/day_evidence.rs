//! What a lot's day is evaluated by, worked out of what an engine finds: the same for every engine.

use crate::plan::SessionSpan;
use crate::values::from_json;
use crate::{DayRecordKind, ElsewhereRow, RecordSet, Result, StoreError};
use bowei_encoding::sha256_of_ids;
use bowei_model::supervision::KeptDay;
use bowei_model::{Direction, ParkingSession, PhotoRole, moment, pairing};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// How far before a day a stay may have begun that has ended by now and is handed out with the day. One that is open counts
/// among the cars inside, however long ago it began.
const STAY_DAYS_MAX: i64 = 40;

/// How far a lot's clock may run ahead for a stay to be found by when its end was told.
const CLOCK_AHEAD_MAX: SignedDuration = SignedDuration::from_hours(1);

/// Whose day it is: its first moment and that of the next day.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Day {
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
}

impl Day {
    /// The day `yyyymmdd`.
    pub(crate) fn of(day: u32) -> Result<Self> {
        moment::span_of_day(day)
            .map(|(from, to)| Self { from, to })
            .ok_or_else(|| StoreError::Conflict(format!("{day} is no day: write it as yyyymmdd")))
    }

    /// The moment so many days before it.
    pub(crate) fn before(self, days: i64) -> Timestamp {
        self.from.saturating_sub(SignedDuration::from_hours(24 * days)).unwrap_or(Timestamp::MIN)
    }

    /// From when on sessions are looked for.
    pub(crate) fn sessions_from(self) -> Timestamp {
        self.before(STAY_DAYS_MAX)
    }

    /// From when on a session that began before the day must have been left for it to be looked at.
    pub(crate) fn left_from(self) -> Timestamp {
        self.from.saturating_sub(CLOCK_AHEAD_MAX).unwrap_or(Timestamp::MIN)
    }

    fn has(self, at: Option<Timestamp>) -> bool {
        at.is_some_and(|at| self.from <= at && at < self.to)
    }

    /// Whether a session is of the day: begun in it, ended in it, or its car inside at some moment of it.
    pub(crate) fn touches(self, session: &ParkingSession) -> bool {
        let span = SessionSpan::of(session);
        let present = span.present_from.is_some_and(|from| from < self.to)
            && span.present_to.map_or(span.open, |to| to >= self.from);
        present || self.has(span.begun_at) || self.has(span.exited_at)
    }

    /// Whether a session's car is inside at the day's first moment.
    pub(crate) fn is_inside_before(self, session: &ParkingSession) -> bool {
        let span = SessionSpan::of(session);
        span.present_from.is_some_and(|from| from < self.from)
            && span.present_to.map_or(span.open, |to| to >= self.from)
    }

    /// The ids of the day's records of one kind among `sessions`, sorted. Charges are none of them.
    pub(crate) fn ids(self, sessions: &[ParkingSession], kind: DayRecordKind) -> Vec<String> {
        let mut ids = Vec::new();
        for session in sessions {
            let of_the_day = |direction| {
                let passage = match direction {
                    Direction::Entry => session.entry(),
                    Direction::Exit => session.exit(),
                };
                let is = self.has(passage.map(|version| version.content.at));
                pairing::passage_id(session, direction).filter(|_| is).map(|id| id.to_string())
            };
            let (entry, exit) = (of_the_day(Direction::Entry), of_the_day(Direction::Exit));
            match kind {
                DayRecordKind::Entries => ids.extend(entry),
                DayRecordKind::Exits => ids.extend(exit),
                DayRecordKind::Photos => ids.extend(session.photos_shown().filter_map(|photo| {
                    let passage = match photo.content.role {
                        PhotoRole::Entry => &entry,
                        PhotoRole::Exit => &exit,
                    };
                    passage.clone()
                })),
                DayRecordKind::Charges => {}
            }
        }
        ids.sort_unstable();
        ids
    }
}

/// How many ids there are, and their digest; `ids` are sorted.
pub fn record_set(ids: &[String]) -> RecordSet {
    RecordSet { count: ids.len() as u64, sha256: sha256_of_ids(ids.iter().map(String::as_str)) }
}

/// A stay at another lot, as an engine finds it.
pub(crate) struct OtherStay {
    pub(crate) plate: String,
    pub(crate) lot: String,
    pub(crate) record_id: String,
    pub(crate) from: Timestamp,
    pub(crate) to: Option<Timestamp>,
    /// The session, as it is kept.
    pub(crate) doc: String,
}

impl OtherStay {
    /// When it was received that the car came in there. Of an entry whose plate was read otherwise only the exit says which
    /// car it was.
    fn received_at(&self) -> Result<Timestamp> {
        let session: ParkingSession = from_json("a session", &self.doc)?;
        let entry = session.entry().filter(|entry| entry.content.plate.as_ref() == session.plate());
        Ok(entry.or(session.exit()).map_or(self.from, |version| version.received_at))
    }
}

/// Those of other lots' stays during which the car of one of `sessions` is here too, at a time of the day; sorted.
pub(crate) fn elsewhere(
    day: Day,
    sessions: &[ParkingSession],
    others: impl IntoIterator<Item = OtherStay>,
) -> Result<Vec<ElsewhereRow>> {
    let mut here = BTreeMap::<&str, Vec<(&ParkingSession, SessionSpan)>>::new();
    for session in sessions {
        if let Some(plate) = session.plate() {
            here.entry(plate.as_str()).or_default().push((session, SessionSpan::of(session)));
        }
    }
    let mut found = Vec::new();
    for other in others {
        for (session, span) in here.get(other.plate.as_str()).into_iter().flatten() {
            let Some(from) = span.present_from else { continue };
            let ends = |to: Option<Timestamp>| to.unwrap_or(day.to).min(day.to);
            if from.max(other.from).max(day.from) < ends(span.present_to).min(ends(other.to)) {
                found.push(ElsewhereRow {
                    record_id: session.record_id.to_string(),
                    plate: other.plate.clone(),
                    other_lot: other.lot.as_str().into(),
                    other_record_id: other.record_id.clone(),
                    from: other.from,
                    to: other.to,
                    received_at: other.received_at()?,
                });
            }
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// The sum of days, each a [`KeptDay`].
pub(crate) fn sum<'d>(days: impl IntoIterator<Item = &'d str>) -> Result<Option<String>> {
    let mut sum: Option<KeptDay> = None;
    for day in days {
        *sum.get_or_insert_default() += &from_json::<KeptDay>("a day's rates", day)?;
    }
    sum.map(|sum| crate::values::to_json(&sum)).transpose()
}

/// The first and the last day of a day's month.
pub(crate) fn month_of(day: u32) -> (u32, u32) {
    let month = day / 100;
    (month * 100, month * 100 + 99)
}

/// A declaration among those that are kept: which one goes for it, by its moment, or nothing is to be done.
pub(crate) enum Declared {
    /// The last one says the same.
    Known,
    /// It is new; of too many that one goes.
    New {
        /// When the one that goes was received.
        gone: Option<Timestamp>,
    },
}

/// What becomes of a declaration, `kept` being those that there are, the oldest first.
pub(crate) fn declared(kept: &[crate::DeclarationRow], new: &crate::DeclarationRow) -> Declared {
    if kept.last().is_some_and(|last| last.says_the_same(new)) {
        return Declared::Known;
    }
    let gone =
        if kept.len() >= crate::DECLARATIONS_MAX { kept.get(1).map(|row| row.received_at) } else { None };
    Declared::New { gone }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_in_the_first_form_adds_up_with_one_in_the_present_form() {
        let days = [
            r#"{"rates":{"online":{"num":3,"den":4},"delays":{"2":1,"0":1}},"stays":{"1":4}}"#,
            r#"{"rates":{"online":[1,4],"delays":[0,1,7]}}"#,
        ];
        let all: KeptDay = serde_json::from_str(&sum(days).unwrap().unwrap()).unwrap();
        let expected = r#"{"rates":{"online":[4,8],"delays":[1,1,8]},"stays":[0,4]}"#;
        assert_eq!(all, serde_json::from_str(expected).unwrap());
        assert_eq!(sum([]).unwrap(), None);
    }
}
