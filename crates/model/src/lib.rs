//! The parking nouns that all of Bowei speaks, and the pure rules over them.
//!
//! Nothing here does I/O, reads the wall clock or knows a standard's name: a standard translates its own words
//! into these, the store keeps these, and the pages show these. The rules are functions of the *set* of
//! statements that lots made, never of the order in which they arrived.

pub mod base_data;
pub mod cars_inside;
pub mod charging;
pub mod code;
pub mod district;
pub mod duplicate;
pub mod finding;
pub mod forecast;
pub mod lot;
pub mod masking;
pub mod moment;
pub mod named_photo;
pub mod named_record;
pub mod occupancy;
pub mod off_peak;
pub mod pairing;
pub mod photos_at_most;
pub mod plate;
pub mod plate_kind;
pub mod position;
pub mod relief;
pub mod report;
pub mod reservation;
pub mod rules;
pub mod session;
pub mod supervision;
pub mod vehicle;
pub mod version;
pub mod words;
pub mod working_days;

pub use base_data::{Closure, ExactPosition, Gate, GateKind, GateStatus, LotProfile};
pub use cars_inside::CarsInside;
pub use charging::{Charge, ChargingRecord, Device};
pub use code::{LotCode, ProviderCode, RecordId};
pub use duplicate::{Interval, PassageHistory, PassageKey};
pub use finding::{Doubt, Facts, Finding, FindingKind};
pub use lot::{Edit, GateDirection, Lot, LotCategory, LotGate, LotKind, Standing};
pub use masking::{mask_plates, replace_plates};
pub use named_photo::{NamedPhoto, PhotoSubject};
pub use named_record::{NamedRecord, NamedRecordKey};
pub use occupancy::{LotState, SpaceCount, SpaceParts};
pub use off_peak::{OffPeakOrder, OffPeakPackage};
pub use photos_at_most::PhotosAtMost;
pub use plate::{Plate, half_width};
pub use plate_kind::PlateKind;
pub use position::{Datum, Position};
pub use relief::rules::{ReliefRules, ReliefVersion};
pub use relief::{ChargedStay, NoRelief, Relief};
pub use report::{Direction, Heartbeat, Passage, Photo, PhotoRole, Picture, Report, Statement};
pub use reservation::{Cancellation, Reservation, SpaceKind};
pub use session::ParkingSession;
pub use vehicle::{PayKind, Payment, Vehicle};
pub use version::{Effect, Version};
