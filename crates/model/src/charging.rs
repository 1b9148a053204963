//! What a charging operator says of one charge (充电记录).

use crate::{LotCode, Plate};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// One charge at one charger. Money in yuan and energy in kilowatt-hours, decimals with at most two places.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ChargingRecord {
    /// The lot whose space it took.
    pub lot: LotCode,
    /// The operator's order number: the record's identity.
    pub order_no: String,
    /// The car, where it was read.
    pub plate: Option<Plate>,
    /// Start of the charge.
    pub started_at: Timestamp,
    /// End of the charge.
    pub ended_at: Timestamp,
    /// Energy in kWh.
    pub energy_kwh: Option<Decimal>,
    /// Electricity, in yuan.
    pub electricity_fee: Option<Decimal>,
    /// Service, in yuan.
    pub service_fee: Option<Decimal>,
    /// Sum, in yuan.
    pub total_fee: Option<Decimal>,
    /// The charging station's id and name.
    pub station: String,
    /// The charger's id and name.
    pub device: String,
    /// The space, where the operator knows it.
    pub berth: Option<String>,
}
