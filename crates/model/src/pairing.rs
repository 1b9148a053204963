//! Passages without a record id: which exit belongs to which entry.
//!
//! Some standards number no parking. Its entry is then known by lot, plate and time, its exit likewise, and which
//! belong together follows from the set of them, never from the order in which they came:
//!
//! - an exit of a plate closes the latest entry of that plate not after it; of several exits that follow the same
//!   entry the first closes it, and the others have no entry;
//! - an exit without a plate says when it had come in, to the minute; it closes an entry without a plate within
//!   [`NEAR`] of that, each exit one, in the order of their times, as many as can be.
//!
//! A further passage can change what those around it belong to. [`absorb`] takes the sessions around it apart into
//! their legs and puts them together anew; which sessions are around it is what [`UnpairedPassage`]s are kept by.

use crate::session::PASSAGE_VERSIONS_MAX;
use crate::version::{Seen, absorb as absorb_version};
use crate::{Direction, Effect, LotCode, ParkingSession, Passage, Plate, RecordId, Statement, Version};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// How far an entry without a plate may lie from when its exit says it was: the exit counts in whole minutes, and
/// two clocks at two gates differ.
pub const NEAR: SignedDuration = SignedDuration::from_mins(2);
/// How many legs without a plate may hang together by being [`NEAR`] one another before the rest is left out: a lot
/// whose cameras read nothing all day must not make each of its cars cost more than the one before.
pub const CLUSTER_MAX: usize = 256;

/// The identity of a passage that carries no record id, within its lot: `浙E12345-in-1588061331`,
/// `无牌-out-1588064871`.
pub fn leg_id(direction: Direction, plate: Option<&Plate>, at: Timestamp) -> RecordId {
    let way = match direction {
        Direction::Entry => "in",
        Direction::Exit => "out",
    };
    RecordId::from(format!("{}-{way}-{}", plate.map_or("无牌", Plate::as_str), at.as_second()))
}

/// The id by which a lot knows one of a session's passages: the record's; of a parking without one, what stands for the
/// passage itself, whichever others it belongs to.
pub fn passage_id(session: &ParkingSession, direction: Direction) -> Option<RecordId> {
    let version = match direction {
        Direction::Entry => session.entry()?,
        Direction::Exit => session.exit()?,
    };
    let passage = &version.content;
    let own = || leg_id(direction, passage.plate.as_ref(), passage.at);
    Some(if session.without_record_id { own() } else { session.record_id.clone() })
}

/// Passages that can belong together: those of one plate, or of none, in one lot.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PairingGroup {
    /// The lot.
    pub lot: LotCode,
    /// The plate.
    pub plate: Option<Plate>,
}

/// An entry or an exit without a record id, as far as finding its neighbours goes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnpairedPassage {
    /// What it can belong together with.
    pub chain: PairingGroup,
    /// In or out.
    pub direction: Direction,
    /// Its identity.
    pub id: RecordId,
    /// Where it stands in its chain: when the car passed; of an exit without a plate, when it says it had come in.
    pub pairing_time: Timestamp,
}

impl UnpairedPassage {
    /// The leg that a passage is.
    pub fn of(passage: &Passage) -> Self {
        let chain = PairingGroup { lot: passage.lot.clone(), plate: passage.plate.clone() };
        let claimed = passage.entered_at.filter(|_| passage.direction == Direction::Exit);
        let pairing_time = if chain.plate.is_none() { claimed.unwrap_or(passage.at) } else { passage.at };
        let id = leg_id(passage.direction, passage.plate.as_ref(), passage.at);
        Self { chain, direction: passage.direction, id, pairing_time }
    }

    /// The legs that a session is made of, as they now count.
    pub fn of_session(session: &ParkingSession) -> impl Iterator<Item = Self> {
        session.passages().map(|version| Self::of(&version.content))
    }
}

/// Takes a passage in among the sessions of its chain that lie around it. Gives all of them as they now are: a
/// session whose exit has found its entry is no longer among them, and a new one may be.
pub fn absorb(
    around: Vec<ParkingSession>,
    passage: &Passage,
    statement: &Statement,
) -> (Vec<ParkingSession>, Effect) {
    let mut legs: BTreeMap<(Direction, RecordId), Versions> = BTreeMap::new();
    for session in around {
        let ways = [
            (Direction::Entry, session.entries, session.entries_seen),
            (Direction::Exit, session.exits, session.exits_seen),
        ];
        for (direction, versions, seen) in ways {
            if let Some(newest) = versions.last() {
                let id = UnpairedPassage::of(&newest.content).id;
                let from = (session.standard.clone(), session.provider.clone());
                legs.insert((direction, id), Versions { from, versions, seen });
            }
        }
    }
    let id = UnpairedPassage::of(passage).id;
    let from = (statement.standard.clone(), statement.provider.clone());
    let leg = legs.entry((passage.direction, id)).or_insert_with(|| Versions {
        from: from.clone(),
        versions: Vec::new(),
        seen: Seen::default(),
    });
    // A lot whose passages carry no record ids speaks one standard; should two speak after all, the alphabet decides.
    leg.from = leg.from.clone().min(from);
    let amends = !leg.versions.is_empty();
    let versions = (&mut leg.versions, &mut leg.seen);
    let effect = absorb_version(versions, passage, statement, PASSAGE_VERSIONS_MAX, |_| (), amends);
    (sessions_of(legs), effect)
}

/// Every version of one leg, with standard and provider.
struct Versions {
    from: (String, crate::ProviderCode),
    versions: Vec<Version<Passage>>,
    seen: Seen,
}

impl Versions {
    fn leg(&self) -> Option<UnpairedPassage> {
        self.versions.last().map(|version| UnpairedPassage::of(&version.content))
    }
}

fn sessions_of(legs: BTreeMap<(Direction, RecordId), Versions>) -> Vec<ParkingSession> {
    let mut entries = Vec::new();
    let mut exits = Vec::new();
    for ((direction, _), versions) in legs {
        let Some(leg) = versions.leg() else { continue };
        match direction {
            Direction::Entry => entries.push((leg, versions)),
            Direction::Exit => exits.push((leg, versions)),
        }
    }
    let place = |(leg, _): &(UnpairedPassage, Versions)| (leg.pairing_time, leg.id.clone());
    entries.sort_by_key(place);
    exits.sort_by_key(place);
    let moments = |legs: &[(UnpairedPassage, Versions)]| {
        legs.iter().map(|(leg, _)| leg.pairing_time).collect::<Vec<_>>()
    };
    let no_plate = entries.iter().chain(&exits).all(|(leg, _)| leg.chain.plate.is_none());
    let (came, went) = (moments(&entries), moments(&exits));
    let pairs = if no_plate { pair_near(&came, &went) } else { pair_following(&came, &went) };
    let mut exits: Vec<Option<(UnpairedPassage, Versions)>> = exits.into_iter().map(Some).collect();
    let mut sessions = Vec::new();
    for (place, entry) in entries.into_iter().enumerate() {
        let exit = pairs.get(&place).and_then(|exit| exits.get_mut(*exit)).and_then(Option::take);
        sessions.push(session(Some(entry), exit));
    }
    sessions.extend(exits.into_iter().flatten().map(|exit| session(None, Some(exit))));
    sessions.into_iter().flatten().collect()
}

/// For each entry the exit that closes it, by their places; both in the order of time.
fn pair_following(entries: &[Timestamp], exits: &[Timestamp]) -> BTreeMap<usize, usize> {
    let mut pairs = BTreeMap::new();
    for (exit, at) in exits.iter().enumerate() {
        let not_after = entries.partition_point(|entry| entry <= at);
        if let Some(entry) = not_after.checked_sub(1) {
            pairs.entry(entry).or_insert(exit);
        }
    }
    pairs
}

/// The same for cars without a plate: as many pairs as can be made within [`NEAR`], in the order of time.
fn pair_near(entries: &[Timestamp], exits: &[Timestamp]) -> BTreeMap<usize, usize> {
    let mut pairs = BTreeMap::new();
    let (mut entry, mut exit) = (0, 0);
    while let (Some(came), Some(claimed)) = (entries.get(entry), exits.get(exit)) {
        let apart = claimed.duration_since(*came);
        if apart.abs() <= NEAR {
            pairs.insert(entry, exit);
            (entry, exit) = (entry + 1, exit + 1);
        } else if apart.is_negative() {
            exit += 1;
        } else {
            entry += 1;
        }
    }
    pairs
}

fn session(
    entry: Option<(UnpairedPassage, Versions)>,
    exit: Option<(UnpairedPassage, Versions)>,
) -> Option<ParkingSession> {
    let (first, _) = entry.as_ref().or(exit.as_ref())?;
    let (lot, record_id) = (first.chain.lot.clone(), first.id.clone());
    let of =
        |leg: &Option<(UnpairedPassage, Versions)>| leg.as_ref().map(|(_, versions)| versions.from.clone());
    let (standard, provider) = of(&entry).into_iter().chain(of(&exit)).min()?;
    let versions = |leg: Option<(UnpairedPassage, Versions)>| {
        leg.map(|(_, legs)| (legs.versions, legs.seen)).unwrap_or_default()
    };
    let ((entries, entries_seen), (exits, exits_seen)) = (versions(entry), versions(exit));
    Some(ParkingSession {
        lot,
        record_id,
        without_record_id: true,
        provider,
        standard,
        entries,
        exits,
        photos: Vec::new(),
        entries_seen,
        exits_seen,
        photos_seen: Seen::default(),
    })
}

/// A leg's id with the plate in it hidden; `None` for an id of any other making.
pub fn masked(record_id: &str) -> Option<String> {
    let (plate, rest) = ["-in-", "-out-"].iter().find_map(|way| {
        let at = record_id.rfind(way)?;
        let (plate, rest) = record_id.split_at_checked(at)?;
        let seconds = rest.get(way.len()..)?;
        (!seconds.is_empty() && seconds.bytes().all(|b| b.is_ascii_digit())).then_some((plate, rest))
    })?;
    // A pseudonym hides it already.
    let plate = Plate::searched(plate).filter(|plate| !plate.is_pseudonym())?;
    Some(format!("{}{rest}", plate.masked()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_legs_id_can_be_shown_without_its_plate() {
        let plate = Plate::read("浙E12345");
        let id = leg_id(Direction::Exit, plate.as_ref(), Timestamp::UNIX_EPOCH);
        assert_eq!(masked(id.as_str()).as_deref(), Some("浙E·**345-out-0"));
        assert_eq!(masked("~UWS2LJNFUWS2LJNF-in-0"), None);
        assert_eq!(masked("无牌-in-0"), None);
        assert_eq!(masked("R-in-house"), None);
    }
}
