//! How the outbox is, for people and for metrics.

use super::record::moment;
use super::state::{DiskFault, Shared, State};
use super::types::NOT_SENT;
use jiff::Timestamp;

/// How the outbox is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// What all its files take.
    pub bytes: u64,
    /// What they may take.
    pub max_bytes: u64,
    /// Records that are kept, delivered ones among them.
    pub records: u64,
    /// Those whose picture is kept.
    pub photos: u64,
    /// Pictures dropped before every platform had them, since the start.
    pub photos_dropped: u64,
    /// Records, pictures and lines of journals that could not be read.
    pub damaged: u64,
    /// Open dead letters.
    pub dead_letters: u64,
    /// Dead letters that went because there were too many, ever.
    pub dead_letters_dropped: u64,
    /// The disk, in words.
    pub disk: DiskState,
    /// Every configured uplink, in the order of the configuration.
    pub uplinks: Vec<UplinkStatus>,
}

/// The disk's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DiskState {
    /// Nothing is wrong.
    Ok,
    /// Pictures that platforms wait for are dropped to make room.
    PhotosGoing,
    /// There is no picture left to drop, and new ones are refused.
    PhotosRefused,
    /// The disk is full: nothing is taken.
    Full,
    /// The disk does not do what it is told.
    Failing {
        /// What the system says.
        why: String,
    },
}

/// How one uplink stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UplinkStatus {
    /// Its name.
    pub name: String,
    /// Records it waits for.
    pub backlog: u64,
    /// Their reports and pictures.
    pub backlog_bytes: u64,
    /// When the first of them was taken.
    pub oldest_waiting: Option<Timestamp>,
    /// Records its platform took, ever.
    pub accepted: u64,
    /// Records its platform refused, ever.
    pub refused: u64,
    /// Records its platform's standard has no place for, ever.
    pub not_carried: u64,
    /// When its platform last took one.
    pub last_accepted: Option<Timestamp>,
    /// Open dead letters of it.
    pub dead_letters: u64,
    /// Those of them that its standard could not say: no platform has seen them.
    pub not_sent: u64,
}

/// Pictures that went are spoken of for so long: ten minutes, so that somebody sees it.
const GOING_FOR_MS: u64 = 600_000;

pub(super) fn status(shared: &Shared) -> Status {
    let state = shared.state();
    let bytes = state.bytes();
    let max_bytes = shared.limits.max_bytes;
    let photos = state.index.records.iter().filter(|record| {
        record.picture_bytes > 0
            && !record.picture_damaged
            && state.pictures.contains_key(&record.picture_segment)
    });
    // Dropping goes by segments: until so much is free again, the next drop is near.
    let tight = bytes.saturating_add(2 * shared.limits.picture_segment_bytes) > max_bytes;
    // Where it is the disk itself that has no room, nothing here says how near that is.
    let lately = |at: i64| shared.now_ms().abs_diff(at) < GOING_FOR_MS;
    let disk = match (&state.trouble, &state.journal_trouble) {
        (DiskFault::Failing(why), _) | (DiskFault::None, DiskFault::Failing(why)) => {
            DiskState::Failing { why: why.clone() }
        }
        (DiskFault::Full, _) | (DiskFault::None, DiskFault::Full) => DiskState::Full,
        (DiskFault::None, DiskFault::None) if state.photos_refused => DiskState::PhotosRefused,
        (DiskFault::None, DiskFault::None) if state.made_room_ms.is_some_and(|at| tight || lately(at)) => {
            DiskState::PhotosGoing
        }
        (DiskFault::None, DiskFault::None) => DiskState::Ok,
    };
    Status {
        bytes,
        max_bytes,
        records: state.index.records.len() as u64,
        photos: photos.count() as u64,
        photos_dropped: state.photos_dropped,
        damaged: state.damaged,
        dead_letters: state.letters.open.len() as u64,
        dead_letters_dropped: state.letters.dropped,
        disk,
        uplinks: uplinks(&state),
    }
}

fn uplinks(state: &State) -> Vec<UplinkStatus> {
    let letters = |name: &str| {
        let name = name.to_owned();
        state.letters.open.values().filter(move |letter| letter.uplink == name)
    };
    let each = state.index.uplinks.iter().map(|uplink| UplinkStatus {
        name: uplink.name.clone(),
        backlog: uplink.backlog,
        backlog_bytes: uplink.backlog_bytes,
        oldest_waiting: (uplink.backlog > 0)
            .then(|| state.index.records.get(uplink.first_waiting))
            .flatten()
            .map(|record| moment(record.taken_ms)),
        accepted: uplink.accepted,
        refused: uplink.refused,
        not_carried: uplink.not_carried,
        last_accepted: uplink.last_accepted_ms.map(moment),
        dead_letters: letters(&uplink.name).count() as u64,
        not_sent: letters(&uplink.name).filter(|letter| letter.code == NOT_SENT).count() as u64,
    });
    each.collect()
}
