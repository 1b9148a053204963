//! The parking nouns that all of Bowei speaks, and the pure rules over them.
//!
//! Nothing here does I/O, reads the wall clock or knows a standard's name: a standard translates its own words
//! into these, the store keeps these, and the pages show these. The rules are functions of the *set* of
//! statements that lots made, never of the order in which they arrived.

pub mod charging;
pub mod code;
pub mod finding;
pub mod lot;
pub mod moment;
pub mod occupancy;
pub mod plate;
pub mod position;
pub mod report;
pub mod rules;
pub mod session;

pub use charging::ChargingRecord;
pub use code::{LotCode, ProviderCode, RecordId};
pub use finding::{Doubt, Finding, FindingKind};
pub use lot::{Lot, LotKind};
pub use occupancy::{LotState, SpaceCount};
pub use plate::{Plate, PlateKind};
pub use position::{Datum, Position};
pub use report::{Direction, Heartbeat, Passage, Photo, PhotoRole, Picture, Report, Statement};
pub use session::{Effect, ParkingSession, Version};
