//! Which records the lot has of a day, by its own log.

use crate::outbox::{Entry, Outbox, Seq, Standing};
use crate::uplink::Uplink;
use bowei_encoding::sha256_of_ids;
use bowei_model::{Direction, Passage, PhotoRole, Picture, RecordId, Report, moment};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

/// Records of a day may have been taken in a little before it: the lot's own clock ran ahead.
const BEFORE: SignedDuration = SignedDuration::from_hours(24);

/// Records of one kind by the id that platforms know them by, each with its numbers in the log.
#[derive(Debug, Default)]
pub(super) struct Records {
    by_id: BTreeMap<String, Vec<Seq>>,
    /// Each number is a record of its own: photos, which have their passage's id.
    is_each_one: bool,
}

/// What is missing at a platform.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Difference {
    /// How many records.
    pub(super) missing: u64,
    /// Their numbers in the log.
    pub(super) seqs: Vec<Seq>,
    /// Records that the platform has and the lot has not.
    pub(super) unknown: u64,
}

impl Records {
    fn add(&mut self, id: &str, seqs: impl IntoIterator<Item = Seq>) {
        self.by_id.entry(id.to_owned()).or_default().extend(seqs);
    }

    /// Every id, in the order of their bytes.
    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        self.by_id.iter().flat_map(|(id, seqs)| {
            let times = if self.is_each_one { seqs.len() } else { 1 };
            std::iter::repeat_n(id.as_str(), times)
        })
    }

    pub(super) fn count(&self) -> u64 {
        self.ids().count() as u64
    }

    pub(super) fn digest(&self) -> String {
        sha256_of_ids(self.ids())
    }

    /// What a platform that has `theirs` lacks.
    pub(super) fn against(&self, theirs: &[String]) -> Difference {
        let mut there: HashMap<&str, usize> = HashMap::new();
        theirs.iter().for_each(|id| *there.entry(id).or_default() += 1);
        let mut difference = Difference::default();
        for (id, seqs) in &self.by_id {
            let has = there.remove(id.as_str()).unwrap_or(0);
            let wanted = if self.is_each_one { seqs.len() } else { 1 };
            if has < wanted {
                difference.missing += (wanted - has) as u64;
                difference.seqs.extend(seqs);
            }
        }
        difference.unknown = there.values().map(|times| *times as u64).sum();
        difference
    }
}

/// What the lot has of a day.
#[derive(Debug, Default)]
pub(super) struct LocalDay {
    pub(super) entries: Records,
    pub(super) exits: Records,
    pub(super) photos: Records,
    pub(super) charges: Records,
}

/// What one record of the log is, as far as it matters here.
enum Kept {
    Passage {
        direction: Direction,
        record: RecordId,
        id: RecordId,
        at: Timestamp,
    },
    /// Of two in one place the later counts.
    Photo {
        record: RecordId,
        role: PhotoRole,
        place: String,
    },
    Charge {
        order_no: String,
        ended_at: Timestamp,
    },
}

/// The versions of one passage: what the newest says, and all their numbers.
struct Versions {
    id: RecordId,
    at: Timestamp,
    seqs: Vec<Seq>,
}

impl LocalDay {
    /// Reads the log. What is no business of the uplink's, or what its standard has no message for, is left out.
    pub(super) async fn read(outbox: &Outbox, uplink: &Arc<Uplink>, day: Date) -> Self {
        let Some(from) = moment::start_of_date(day) else { return Self::default() };
        let to = from.saturating_add(SignedDuration::from_hours(24)).unwrap_or(from);
        let look_from = from.checked_sub(BEFORE).unwrap_or(from);
        let found = Arc::new(Mutex::new(Vec::new()));
        let (noted, of) = (Arc::clone(&found), Arc::clone(uplink));
        let note = move |entry: &Entry| {
            let others = entry.only.as_ref().is_some_and(|only| *only != of.name);
            if let Some(kept) = kept(&of, &entry.report).filter(|_| !others) {
                noted.lock().unwrap_or_else(PoisonError::into_inner).push((entry.seq, kept));
            }
            false
        };
        outbox.find(look_from, Timestamp::MAX, note).await;
        let found = std::mem::take(&mut *found.lock().unwrap_or_else(PoisonError::into_inner));
        let is_its =
            |seq: Seq| !matches!(outbox.how(&uplink.name, seq), Standing::Unknown | Standing::Unsupported);
        Self::of(found.into_iter().filter(|(seq, _)| is_its(*seq)), (from, to))
    }

    fn of(found: impl Iterator<Item = (Seq, Kept)>, (from, to): (Timestamp, Timestamp)) -> Self {
        let is_of_day = |at: Timestamp| (from..to).contains(&at);
        let mut day = Self::default();
        day.photos.is_each_one = true;
        let mut passages: HashMap<(Direction, RecordId), Versions> = HashMap::new();
        let mut photos: HashMap<(RecordId, bool), BTreeMap<String, Seq>> = HashMap::new();
        for (seq, kept) in found {
            match kept {
                Kept::Passage { direction, record, id, at } => {
                    let blank = || Versions { id: id.clone(), at, seqs: Vec::new() };
                    let versions = passages.entry((direction, record)).or_insert_with(blank);
                    // The log is in the order in which the lot said it.
                    (versions.id, versions.at) = (id, at);
                    versions.seqs.push(seq);
                }
                Kept::Photo { record, role, place } => {
                    photos.entry((record, role == PhotoRole::Entry)).or_default().insert(place, seq);
                }
                Kept::Charge { order_no, ended_at } => {
                    if is_of_day(ended_at) {
                        day.charges.add(&order_no, [seq]);
                    }
                }
            }
        }
        for ((direction, record), versions) in passages {
            if !is_of_day(versions.at) {
                continue;
            }
            let is_entry = direction == Direction::Entry;
            if let Some(shown) = photos.remove(&(record, is_entry)) {
                day.photos.add(versions.id.as_str(), shown.into_values());
            }
            let records = if is_entry { &mut day.entries } else { &mut day.exits };
            records.add(versions.id.as_str(), versions.seqs);
        }
        day
    }
}

fn kept(uplink: &Uplink, report: &Report) -> Option<Kept> {
    match report {
        Report::Passage(passage) => Some(Kept::Passage {
            direction: passage.direction,
            record: passage.record_id.clone(),
            id: id_of(uplink, passage),
            at: passage.at,
        }),
        Report::Photo(photo) => {
            let place = match (photo.slot, &photo.picture) {
                (Some(slot), _) => slot.to_string(),
                (None, Picture::Bytes { sha256: content, .. } | Picture::Url(content)) => content.clone(),
            };
            Some(Kept::Photo { record: photo.record_id.clone(), role: photo.role, place })
        }
        Report::ChargingRecord(charge) => {
            Some(Kept::Charge { order_no: charge.order_no.clone(), ended_at: charge.ended_at })
        }
        _ => None,
    }
}

fn id_of(uplink: &Uplink, passage: &Passage) -> RecordId {
    uplink.standard.passage_id(passage)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(hour * 3_600).unwrap()
    }

    fn passage(record: &str, direction: Direction, hour: i64) -> Kept {
        Kept::Passage {
            direction,
            record: record.into(),
            id: format!("{record}!").as_str().into(),
            at: at(hour),
        }
    }

    fn photo(record: &str, role: PhotoRole, place: &str) -> Kept {
        Kept::Photo { record: record.into(), role, place: place.to_owned() }
    }

    #[test]
    fn a_record_is_of_the_day_that_its_newest_version_says() {
        let found = [
            passage("R1", Direction::Entry, 5),
            passage("R1", Direction::Exit, 30),
            passage("R2", Direction::Entry, -1),
            // Put right since.
            passage("R2", Direction::Entry, 1),
            passage("R3", Direction::Entry, 23),
            passage("R3", Direction::Entry, 24),
            photo("R1", PhotoRole::Entry, "1"),
            photo("R1", PhotoRole::Entry, "2"),
            photo("R1", PhotoRole::Entry, "1"),
            photo("R1", PhotoRole::Exit, "1"),
            photo("R3", PhotoRole::Entry, "1"),
            Kept::Charge { order_no: "O1".to_owned(), ended_at: at(0) },
            Kept::Charge { order_no: "O2".to_owned(), ended_at: at(24) },
        ];
        let day = LocalDay::of((1..).zip(found), (at(0), at(24)));
        let ids = |records: &Records| records.ids().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(ids(&day.entries), ["R1!", "R2!"]);
        assert_eq!(ids(&day.exits), [""; 0]);
        assert_eq!(ids(&day.photos), ["R1!", "R1!"]);
        assert_eq!(ids(&day.charges), ["O1"]);
        let theirs = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        let difference = day.entries.against(&theirs(&["R1!", "X"]));
        assert_eq!(difference, Difference { missing: 1, seqs: vec![3, 4], unknown: 1 });
        let photos = day.photos.against(&theirs(&["R1!"]));
        assert_eq!((photos.missing, photos.seqs, photos.unknown), (1, vec![9, 8], 0));
        assert_eq!(day.photos.against(&theirs(&["R1!", "R1!"])), Difference::default());
    }
}
