//! What is doubtful about a parking, now and at each moment before.

use super::{ENTRY_TIME_TOLERANCE, ParkingSession};
use crate::finding::{Facts, Held, Subject, history};
use crate::version::{Seen, Version};
use crate::{Direction, Doubt, Finding, FindingKind, PhotoRole, RecordId};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// A session as it was known at moments of the past.
pub(crate) struct Replay<'s> {
    whole: &'s ParkingSession,
    newest: Option<Timestamp>,
    then: ParkingSession,
}

impl Replay<'_> {
    /// What was known at one of its moments; they are asked for in their order. Of versions that were received between
    /// two of them nothing is known.
    pub(crate) fn at(&mut self, moment: Timestamp) -> &ParkingSession {
        if self.newest == Some(moment) {
            return self.whole;
        }
        self.then.learn(self.whole, moment);
        &self.then
    }
}

impl ParkingSession {
    /// What findings about the record of that id hang on.
    pub fn subject(id: &RecordId) -> String {
        format!("record:{id}")
    }

    /// Everything doubtful about the parking as it now stands.
    pub fn findings(&self) -> Vec<Finding> {
        let mut found = self.history();
        found.retain(Finding::is_open);
        found
    }

    /// The same with what has been resolved, as far as the versions that are kept tell.
    pub fn history(&self) -> Vec<Finding> {
        let record_id = Some(self.record_id.as_str().to_owned());
        let subject = Subject { lot: self.lot.clone(), name: Self::subject(&self.record_id), record_id };
        let photos = self.photos.iter().map(|version| version.received_at);
        let moments: BTreeSet<_> = self.passage_moments().chain(photos).collect();
        let mut replay = self.replay(&moments);
        let mut found = history(&subject, moments, |moment| replay.at(moment).held());
        found.sort_by(|a, b| (a.kind, a.at, &a.facts).cmp(&(b.kind, b.at, &b.facts)));
        found
    }

    /// The moments at which versions of its entry and exit were received.
    pub(crate) fn passage_moments(&self) -> impl Iterator<Item = Timestamp> {
        self.entries.iter().chain(&self.exits).map(|version| version.received_at)
    }

    /// The session as it was known at each of `moments`.
    pub(crate) fn replay(&self, moments: &BTreeSet<Timestamp>) -> Replay<'_> {
        Replay { whole: self, newest: moments.last().copied(), then: self.before_any() }
    }

    /// The session before anything of it had been received.
    fn before_any(&self) -> Self {
        Self {
            lot: self.lot.clone(),
            record_id: self.record_id.clone(),
            without_record_id: self.without_record_id,
            provider: self.provider.clone(),
            standard: self.standard.clone(),
            entries: Vec::new(),
            exits: Vec::new(),
            photos: Vec::new(),
            entries_seen: Seen::default(),
            exits_seen: Seen::default(),
            photos_seen: Seen::default(),
        }
    }

    /// Takes over what was received of `whole` at that moment. Version by version, not the session anew for each moment:
    /// whoever amends a record over and over would have the writer copy all of it as often.
    fn learn(&mut self, whole: &Self, moment: Timestamp) {
        fn add<T: Clone + Ord>(known: &mut Vec<Version<T>>, all: &[Version<T>], moment: Timestamp) {
            known.extend(all.iter().filter(|version| version.received_at == moment).cloned());
            known.sort();
        }
        add(&mut self.entries, &whole.entries, moment);
        add(&mut self.exits, &whole.exits, moment);
        add(&mut self.photos, &whole.photos, moment);
    }

    fn held(&self) -> Vec<Held> {
        let mut held = Vec::new();
        for versions in [&self.entries, &self.exits] {
            let Some(version) = versions.last() else { continue };
            // How late a record is its first reception tells: what corrects it comes later, and is found as an amendment.
            let first = versions.iter().min_by_key(|version| (version.received_at, version.sent_at));
            let is_late = |doubt: &&Doubt| doubt.kind == FindingKind::LateReport;
            let late = first.into_iter().flat_map(|first| &first.doubts).filter(is_late);
            let doubts = late.chain(version.doubts.iter().filter(|doubt| !is_late(doubt)));
            let (part, at) = (version.content.direction.name(), version.content.at);
            held.extend(doubts.map(|doubt| Held::new(part, at, doubt.clone())));
        }
        for version in self.photos_shown() {
            let photo = &version.content;
            let at = photo.taken_at.or(self.entered_at()).unwrap_or(version.sent_at);
            let part = match photo.slot {
                Some(slot) => format!("{}-photo-{slot}", photo.role.name()),
                None => format!("{}-photo", photo.role.name()),
            };
            held.extend(version.doubts.iter().map(|doubt| Held::new(part.clone(), at, doubt.clone())));
        }
        self.photos_without_record(&mut held);
        self.pairing(&mut held);
        self.amendments(&mut held);
        held
    }

    fn pairing(&self, held: &mut Vec<Held>) {
        let Some(exit) = self.exit() else { return };
        let exited_at = exit.content.at;
        let mut add = |facts: Facts| held.push(Held::new("", exited_at, facts));
        match self.entry() {
            None => add(Facts::UnmatchedExit),
            Some(entry) => {
                let plates = (&entry.content.plate, &exit.content.plate);
                if let (Some(entry), Some(exit)) = plates
                    && entry != exit
                    // Of a plate and a pseudonym it cannot be told whether they are one car's.
                    && entry.is_pseudonym() == exit.is_pseudonym()
                {
                    add(Facts::PlateMismatch { entry: entry.clone(), exit: exit.clone() });
                }
                let expected = entry.content.at;
                if let Some(received) = exit.content.entered_at
                    && received.duration_since(expected).abs() > ENTRY_TIME_TOLERANCE
                {
                    add(Facts::EntryTimeMismatch { expected, received });
                }
            }
        }
        let Some(entered_at) = self.entered_at() else { return };
        let stay = exited_at.duration_since(entered_at);
        if stay.is_negative() {
            add(Facts::ExitBeforeEntry { entered_at, exited_at });
        } else if let Some(received) = exit.content.minutes {
            // Within a minute either way: lots round up, down or to the nearest.
            let differs = (i128::from(received) * 60 - i128::from(stay.as_secs())).abs() > 60;
            if differs {
                add(Facts::DurationMismatch { received, expected: stay.as_mins() });
            }
        }
    }

    /// Of either way, photos while no passage is known. Dated by the first one's reception: what it tells is how long
    /// the record has been waited for.
    fn photos_without_record(&self, held: &mut Vec<Held>) {
        for (direction, versions) in [(Direction::Entry, &self.entries), (Direction::Exit, &self.exits)] {
            let role = PhotoRole::from(direction);
            let photos = self.photos.iter().filter(|version| version.content.role == role);
            let first = photos.map(|version| version.received_at).min().filter(|_| versions.is_empty());
            let facts = Facts::PhotoWithoutRecord { direction };
            held.extend(first.map(|at| Held::new(direction.name(), at, facts)));
        }
    }

    fn amendments(&self, held: &mut Vec<Held>) {
        let ways = [
            (Direction::Entry, &self.entries, &self.entries_seen),
            (Direction::Exit, &self.exits, &self.exits_seen),
        ];
        for (direction, versions, seen) in ways {
            if let [_, .., newest] = versions.as_slice() {
                let (ways, at_least) = seen.count_or(versions.len());
                let facts = Facts::Amended { direction: Some(direction), ways, at_least };
                held.push(Held::new(direction.name(), newest.content.at, facts));
            }
        }
        let at = self.entered_at().or(self.exited_at());
        let at = at.or(self.photos.first().map(|v| v.sent_at)).unwrap_or(Timestamp::UNIX_EPOCH);
        let replaced = self.photos.len() - self.photos_shown().count();
        if replaced > 0 {
            held.push(Held::new("photo", at, Facts::PhotosReplaced { photos: replaced as u64 }));
        }
        if !self.photos_seen.is_empty() {
            let (received, at_least) = self.photos_seen.count_or(self.photos.len());
            let kept = self.photos.len() as u64;
            held.push(Held::new("", at, Facts::TooManyPhotos { received, at_least, kept }));
        }
    }
}
