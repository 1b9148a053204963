//! What a lot's cameras push, each maker's in its own form, read into one: a car was seen, or the camera is alive.
//!
//! Cameras are not argued with. Whatever can be read of a message is taken and what cannot is left out, for the car
//! drove through whether or not its colour has a name. Only a message of which nothing can be read is refused. No
//! answer of ours ever opens a barrier.

mod answer;
mod dahua;
pub mod folder;
mod hikvision;
mod ids;
mod json;
mod maker;
mod multipart;
mod text_nodes;
mod texts;
mod times;
mod vzenith;
mod words;

use bowei_model::{Direction, Plate, PlateKind, Vehicle};
use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub(crate) use ids::device_ids;
pub use maker::Maker;
pub(crate) use words::PROVINCES;

/// The most pictures of one car: no standard takes more than four, and a scene and a plate are all that cameras send.
pub(crate) const PICTURES_MAX: usize = 4;
/// The most characters of a camera's own id of an event, channel or device. The longest met has 64.
const ID_MAX: usize = 128;

/// What a camera saw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CameraEvent {
    /// The camera's own id of the event: the same when it sends the event again.
    pub event_id: Option<String>,
    /// The plate; `None` for a car without one, or where it could not be read.
    pub plate: Option<Plate>,
    /// The plate's kind, from its colour and what stands on it. `41` where the camera saw a car and no plate.
    pub plate_kind: Option<PlateKind>,
    /// What the car looks like: colours in Chinese, makes as the camera names or numbers them.
    pub vehicle: Vehicle,
    /// When, by the camera's clock, which may be wrong.
    pub at: Option<Timestamp>,
    /// The time as the camera wrote it, where that says no moment.
    pub unread_time: Option<String>,
    /// The camera kept the event while nobody listened and tells it now: its time may lie far back and still be right.
    pub retold: bool,
    /// Towards the camera counts as in, away from it as out. How a camera hangs decides what that means: a lane's own
    /// direction is the better word.
    pub direction: Option<Direction>,
    /// The camera's channel or lane number.
    pub channel: Option<String>,
    /// How sure the camera is of the plate, 0 to 100.
    pub confidence: Option<u8>,
    /// Pictures, the scene before the plate; at most four.
    pub pictures: Vec<Picture>,
    /// A digest of the message, where the event has no id but can be of one car alone, since a time or a picture is in
    /// it. Then the same bytes once more are the same car.
    pub fingerprint: Option<u64>,
    /// What the camera wants to read in the answer: a Vzenith camera the number of a retold event, a Dahua camera its
    /// own id. Without it the first stops telling.
    pub receipt: Option<String>,
}

/// A picture that came with an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// The picture: JPEG, PNG, GIF, BMP or WebP by its first bytes.
    pub bytes: Bytes,
    /// What it shows.
    pub shows: Shows,
}

/// What a camera's picture shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shows {
    /// The car in its lane.
    Scene,
    /// The plate alone.
    Plate,
}

/// One thing that a camera said.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "there are one or two of them at a time")]
pub enum Heard {
    /// A car went by.
    Car(CameraEvent),
    /// A heartbeat, or an event that is no passing car: the camera works.
    Alive,
}

/// Why a camera's message was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeviceFault {
    /// Nothing can be read of it. Sending it again does not help: look whether the right maker is set.
    #[error("the {maker} camera's message: expected {expected}, came {received}")]
    Unreadable {
        /// The maker's name.
        maker: &'static str,
        /// What was expected.
        expected: &'static str,
        /// What came, cut short.
        received: String,
    },
    /// It is longer than [`Maker::body_max_bytes`]. Set smaller pictures in the camera.
    #[error("the {maker} camera's message: expected at most {max_bytes} bytes, came more")]
    TooLong {
        /// The maker's name.
        maker: &'static str,
        /// The limit.
        max_bytes: usize,
    },
    /// It was read but could not be kept. The camera shall send it again.
    #[error("the event could not be kept: {why}")]
    NotKept {
        /// Why, for the log; the camera is not told.
        why: String,
    },
}

/// Puts pictures in order, and leaves out what is no picture.
fn arranged(mut pictures: Vec<Picture>) -> Vec<Picture> {
    use bowei_encoding::picture::media_type;
    pictures.retain(|picture| media_type(&picture.bytes).is_some());
    pictures.sort_by_key(|picture| picture.shows);
    pictures.truncate(PICTURES_MAX);
    pictures
}
