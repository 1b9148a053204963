//! A parking (停车记录): one car, in and out, put together from whatever statements came, in whatever order.
//!
//! A session keeps every version of its entry, its exit and its photos, in an order that their content fixes.
//! Taking the same statement in twice changes nothing, and any order of statements ends in the same value: the
//! platform can be told late, doubly and shuffled. Which version counts, how long the car stayed and what is
//! doubtful are computed from that value.

use crate::version::{Seen, absorb};
use crate::{
    Direction, Doubt, Effect, Finding, FindingKind, LotCode, Passage, Photo, PhotoRole, Plate, PlateKind,
    ProviderCode, RecordId, Statement, Version, moment,
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Versions of one entry, or of one exit, that a session keeps: the first and the newest. Nobody corrects a record this
/// often; a lot that does is looping, or wants what it said first out of view. What it said between is in the ledger.
pub const PASSAGE_VERSIONS_MAX: usize = 16;
/// Photos that a session keeps, the first of its entry and the first of its exit always among them: no text allows more
/// than four.
pub const PHOTOS_MAX: usize = 32;

/// How far an exit's word on when the car came in may be from the entry's: clocks at two gates differ, and minutes are
/// rounded.
pub const ENTRY_TIME_TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// One parking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParkingSession {
    /// The lot.
    pub lot: LotCode,
    /// The lot's id of it; of one that the lot gives none, see [`crate::pairing`].
    pub record_id: RecordId,
    /// The lot gives no record ids: the session is put together by [`crate::pairing`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unnumbered: bool,
    /// Who reports it, and under which standard.
    pub provider: ProviderCode,
    /// The standard's name.
    pub standard: String,
    /// Versions of the entry, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<Version<Passage>>,
    /// Versions of the exit, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exits: Vec<Version<Passage>>,
    /// Photos and their versions, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub photos: Vec<Version<Photo>>,
    /// How many versions of the entry there were, once there were more than are kept.
    #[serde(default, skip_serializing_if = "Seen::is_empty")]
    pub entries_seen: Seen,
    /// The same of the exit.
    #[serde(default, skip_serializing_if = "Seen::is_empty")]
    pub exits_seen: Seen,
    /// The same of photos.
    #[serde(default, skip_serializing_if = "Seen::is_empty")]
    pub photos_seen: Seen,
}

impl ParkingSession {
    /// An empty session, to take statements in.
    pub fn new(lot: LotCode, record_id: RecordId, statement: &Statement) -> Self {
        Self {
            lot,
            record_id,
            unnumbered: false,
            provider: statement.provider.clone(),
            standard: statement.standard.clone(),
            entries: Vec::new(),
            exits: Vec::new(),
            photos: Vec::new(),
            entries_seen: Seen::default(),
            exits_seen: Seen::default(),
            photos_seen: Seen::default(),
        }
    }

    /// Takes a passage in.
    pub fn absorb_passage(&mut self, passage: &Passage, statement: &Statement) -> Effect {
        self.attribute(statement);
        let (versions, seen) = match passage.direction {
            Direction::Entry => (&mut self.entries, &mut self.entries_seen),
            Direction::Exit => (&mut self.exits, &mut self.exits_seen),
        };
        let amends = !versions.is_empty();
        absorb((versions, seen), passage, statement, PASSAGE_VERSIONS_MAX, |_| (), amends)
    }

    /// Takes a photo in.
    pub fn absorb_photo(&mut self, photo: &Photo, statement: &Statement) -> Effect {
        self.attribute(statement);
        let amends = photo.slot.is_some()
            && self.photos.iter().any(|v| v.content.role == photo.role && v.content.slot == photo.slot);
        let photos = (&mut self.photos, &mut self.photos_seen);
        absorb(photos, photo, statement, PHOTOS_MAX, |photo| photo.role, amends)
    }

    /// Should two standards ever speak of one record, the alphabet decides under which it is filed, not chance.
    fn attribute(&mut self, statement: &Statement) {
        if (&statement.standard, &statement.provider) < (&self.standard, &self.provider) {
            self.standard.clone_from(&statement.standard);
            self.provider.clone_from(&statement.provider);
        }
    }

    /// The entry that counts: the newest.
    pub fn entry(&self) -> Option<&Version<Passage>> {
        self.entries.last()
    }

    /// The exit that counts: the newest.
    pub fn exit(&self) -> Option<&Version<Passage>> {
        self.exits.last()
    }

    /// The passages that count: the entry, then the exit.
    pub fn passages(&self) -> impl Iterator<Item = &Version<Passage>> {
        self.entry().into_iter().chain(self.exit())
    }

    /// The photos that count: of those in the same slot, the newest.
    pub fn photos_shown(&self) -> impl Iterator<Item = &Version<Photo>> {
        self.photos.iter().enumerate().filter_map(|(i, version)| {
            let photo = &version.content;
            let replaced = photo.slot.is_some()
                && self
                    .photos
                    .iter()
                    .skip(i + 1)
                    .any(|later| later.content.role == photo.role && later.content.slot == photo.slot);
            (!replaced).then_some(version)
        })
    }

    /// Of either way the first photo, where another has taken its place since.
    pub fn first_photos_replaced(&self) -> impl Iterator<Item = &Version<Photo>> {
        [PhotoRole::Entry, PhotoRole::Exit].into_iter().filter_map(|role| {
            let first = self.photos.iter().find(|version| version.content.role == role)?;
            (!self.photos_shown().any(|shown| shown == first)).then_some(first)
        })
    }

    /// Whether a passage has come at all; a photo may come first.
    pub fn is_parking(&self) -> bool {
        !(self.entries.is_empty() && self.exits.is_empty())
    }

    /// Whether the car is inside, as far as is known: an entry and no exit.
    pub fn is_open(&self) -> bool {
        !self.entries.is_empty() && self.exits.is_empty()
    }

    /// When the car came in: the entry's word, or else the exit's.
    pub fn entered_at(&self) -> Option<Timestamp> {
        self.entry()
            .map(|entry| entry.content.at)
            .or_else(|| self.exit().and_then(|exit| exit.content.entered_at))
    }

    /// When the car went out.
    pub fn exited_at(&self) -> Option<Timestamp> {
        self.exit().map(|exit| exit.content.at)
    }

    /// Whole minutes between entry and exit; `None` while either is unknown, or where the exit lies before the
    /// entry.
    pub fn minutes(&self) -> Option<i64> {
        let stay = self.exited_at()?.duration_since(self.entered_at()?);
        (!stay.is_negative()).then(|| stay.as_mins())
    }

    /// The plate: the exit's, which is read at rest and checked for payment, or else the entry's.
    pub fn plate(&self) -> Option<&Plate> {
        let exit = self.exit().and_then(|v| v.content.plate.as_ref());
        exit.or_else(|| self.entry().and_then(|v| v.content.plate.as_ref()))
    }

    /// The plate's kind, from the exit or else from the entry.
    pub fn plate_kind(&self) -> Option<PlateKind> {
        let of = |version: Option<&Version<Passage>>| version.and_then(|v| v.content.plate_kind);
        of(self.exit()).or_else(|| of(self.entry()))
    }

    /// The berth, from the entry or else from the exit.
    pub fn berth(&self) -> Option<&str> {
        let entry = self.entry().and_then(|v| v.content.berth.as_deref());
        entry.or_else(|| self.exit().and_then(|v| v.content.berth.as_deref()))
    }

    /// Everything doubtful about the parking as it now stands.
    pub fn findings(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        for version in self.passages() {
            found.extend(version.doubts.iter().map(|doubt| self.finding(doubt.clone(), version.content.at)));
        }
        for version in self.photos_shown() {
            let at = version.content.taken_at.or(self.entered_at()).unwrap_or(version.said_at);
            found.extend(version.doubts.iter().map(|doubt| self.finding(doubt.clone(), at)));
        }
        found.extend(self.photos_without_record());
        found.extend(self.pairing_findings());
        found.extend(self.amendments());
        found.sort();
        found.dedup();
        found
    }

    fn pairing_findings(&self) -> Vec<Finding> {
        let Some(exit) = self.exit() else { return Vec::new() };
        let out = exit.content.at;
        let mut found = Vec::new();
        let mut say = |kind, detail| found.push(self.finding(Doubt { kind, detail }, out));
        match self.entry() {
            None => say(FindingKind::UnmatchedExit, "有出场记录，未收到对应的入场记录".to_owned()),
            Some(entry) => {
                let (a, b) = (&entry.content.plate, &exit.content.plate);
                if let (Some(a), Some(b)) = (a, b)
                    && a != b
                {
                    say(FindingKind::PlateMismatch, format!("入场车牌 {a} 与出场车牌 {b} 不一致"));
                }
                if let Some(claimed) = exit.content.entered_at
                    && claimed.duration_since(entry.content.at).abs() > ENTRY_TIME_TOLERANCE
                {
                    let (entered, claimed) = (moment::rfc3339(entry.content.at), moment::rfc3339(claimed));
                    let detail =
                        format!("出场记录的入场时间 {claimed} 与入场记录的 {entered} 相差五分钟以上");
                    say(FindingKind::EntryTimeMismatch, detail);
                }
            }
        }
        if let Some(entered) = self.entered_at() {
            let stay = out.duration_since(entered);
            if stay.is_negative() {
                say(
                    FindingKind::ExitBeforeEntry,
                    format!("出场时间 {} 早于入场时间 {}", moment::rfc3339(out), moment::rfc3339(entered)),
                );
            } else if let Some(said) = exit.content.minutes {
                // Within a minute either way: lots round up, down or to the nearest.
                let differs = (i128::from(said) * 60 - i128::from(stay.as_secs())).abs() > 60;
                if differs {
                    say(
                        FindingKind::DurationMismatch,
                        format!("上报停车时长 {said} 分钟，按出入场时间应为 {} 分钟", stay.as_mins()),
                    );
                }
            }
        }
        found
    }

    /// Of either way, photos while no passage is known. Dated by the first one's reception: what it tells is how long
    /// the record has been waited for.
    fn photos_without_record(&self) -> Vec<Finding> {
        let ways = [(PhotoRole::Entry, "入场", &self.entries), (PhotoRole::Exit, "出场", &self.exits)];
        let missing = ways.into_iter().filter(|(.., versions)| versions.is_empty());
        missing
            .filter_map(|(role, name, _)| {
                let photos = self.photos.iter().filter(|version| version.content.role == role);
                let detail = format!("已收到{name}照片，未收到对应的{name}记录");
                let doubt = Doubt { kind: FindingKind::PhotoWithoutRecord, detail };
                Some(self.finding(doubt, photos.map(|version| version.received_at).min()?))
            })
            .collect()
    }

    fn amendments(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        let ways = [("入场", &self.entries, &self.entries_seen), ("出场", &self.exits, &self.exits_seen)];
        for (name, versions, seen) in ways {
            if let [_, .., newest] = versions.as_slice() {
                let times = seen.count_or(versions.len());
                let detail = format!("{name}记录以不同内容上报了 {times} 次，以最新一次为准");
                let doubt = Doubt { kind: FindingKind::AmendedReport, detail };
                found.push(self.finding(doubt, newest.content.at));
            }
        }
        let at = self.entered_at().or(self.exited_at());
        let at = at.or(self.photos.first().map(|v| v.said_at)).unwrap_or(Timestamp::UNIX_EPOCH);
        let replaced = self.photos.len() - self.photos_shown().count();
        if replaced > 0 {
            let detail = format!("同一序号的照片以不同内容上报，{replaced} 张已被更新");
            found.push(self.finding(Doubt { kind: FindingKind::AmendedReport, detail }, at));
        }
        if !self.photos_seen.is_empty() {
            let count = self.photos_seen.count_or(self.photos.len());
            let detail = format!("收到 {count} 张不同的照片，保留首张与最新的，共 {} 张", self.photos.len());
            found.push(self.finding(Doubt { kind: FindingKind::TooManyPhotos, detail }, at));
        }
        found
    }

    fn finding(&self, doubt: Doubt, at: Timestamp) -> Finding {
        Finding {
            kind: doubt.kind,
            lot: self.lot.clone(),
            record_id: Some(self.record_id.as_str().to_owned()),
            at,
            detail: doubt.detail,
        }
    }
}
