//! The cars inside a lot, as it lists them. Of several lists the one sent last counts.

use crate::{LotCode, Plate};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The cars inside at one moment, as the lot says (场内车辆).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CarsInside {
    /// The lot.
    pub lot: LotCode,
    /// The moment.
    pub at: Timestamp,
    /// Their plates, in the order of the list; cars without a plate are not in it.
    pub plates: Vec<Plate>,
}
