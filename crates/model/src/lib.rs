//! The parking nouns that all of Bowei speaks, and the pure rules over them.
//!
//! Nothing here does I/O, reads the wall clock or knows a standard's name: a standard translates its own words
//! into these, the store keeps these, and the pages show these. The rules are functions of the *set* of
//! statements that lots made, never of the order in which they arrived.

pub mod base_data;
pub mod charging;
pub mod code;
pub mod district;
pub mod document;
pub mod duplicate;
pub mod finding;
pub mod listed;
pub mod lot;
pub mod masking;
pub mod moment;
pub mod occupancy;
pub mod pairing;
pub mod photos_at_most;
pub mod plate;
pub mod plate_kind;
pub mod position;
pub mod report;
pub mod reservation;
pub mod rules;
pub mod session;
pub mod vehicle;
pub mod version;
pub mod words;

pub use base_data::{Closure, ExactPosition, Gate, GateKind, GateStatus, LotProfile};
pub use charging::{Charge, ChargingRecord, Device};
pub use code::{LotCode, ProviderCode, RecordId};
pub use document::{Document, DocumentKey};
pub use duplicate::PassageKey;
pub use finding::{Doubt, Facts, Finding, FindingKind};
pub use listed::{CarsInside, NamedPhoto, OffPeakOrder, OffPeakPackage, PhotoSubject};
pub use lot::{Lot, LotKind, Standing};
pub use masking::mask_plates;
pub use occupancy::{LotState, SpaceCount, SpaceParts};
pub use photos_at_most::PhotosAtMost;
pub use plate::Plate;
pub use plate_kind::PlateKind;
pub use position::{Datum, Position};
pub use report::{Direction, Heartbeat, Passage, Photo, PhotoRole, Picture, Report, Statement};
pub use reservation::{Cancellation, Reservation, SpaceKind};
pub use session::ParkingSession;
pub use vehicle::{PayKind, Payment, Vehicle};
pub use version::{Effect, Version};
