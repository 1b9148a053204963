//! What a charging operator says of one charge (充电记录).

use crate::{Doubt, FindingKind, LotCode, Plate};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// The most power, in kW, that a charge may have had on average. The strongest chargers for cars and trucks have 600 kW and
/// more, but only at their peak: a battery takes less as it fills, and no charge has so much from its first minute to its last.
pub const AVERAGE_POWER_MAX_KW: Decimal = Decimal::from_parts(600, 0, 0, false, 0);
/// By how much fees may miss their total, in yuan: each of them is rounded to the cent by itself.
pub const FEES_TOLERANCE: Decimal = Decimal::from_parts(1, 0, 0, false, 2);
/// By how much a charge may have been longer than it says: operators that keep minutes cut their ends off.
const TIMES_TOLERANCE: SignedDuration = SignedDuration::from_mins(1);

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

impl ChargingRecord {
    /// What is doubtful about its sums: fees that do not add up, more energy than a charger gives.
    pub fn doubts(&self) -> Vec<Doubt> {
        self.fees().into_iter().chain(self.energy()).collect()
    }

    /// What is not said is not counted; but a part cannot be more than the whole.
    fn fees(&self) -> Option<Doubt> {
        let total = self.total_fee?;
        // Checked: amounts that no decimal holds are not what a charge costs either.
        let over = |sum: Decimal| sum.checked_sub(total);
        let fits = match (self.electricity_fee, self.service_fee) {
            (Some(electricity), Some(service)) => electricity
                .checked_add(service)
                .and_then(over)
                .is_some_and(|over| over.abs() <= FEES_TOLERANCE),
            (Some(part), None) | (None, Some(part)) => over(part).is_some_and(|over| over <= FEES_TOLERANCE),
            (None, None) => true,
        };
        let amount = |fee: Option<Decimal>| fee.map_or_else(|| "未报".to_owned(), |fee| format!("{fee} 元"));
        (!fits).then(|| Doubt {
            kind: FindingKind::ChargingFeeMismatch,
            detail: format!(
                "电费 {} 与服务费 {} 之和应等于总费用，收到总费用 {total} 元",
                amount(self.electricity_fee),
                amount(self.service_fee)
            ),
        })
    }

    fn energy(&self) -> Option<Doubt> {
        let energy = self.energy_kwh?;
        let lasted = self.ended_at.duration_since(self.started_at);
        // One that ends before it begins is doubted for that.
        if lasted.is_negative() {
            return None;
        }
        let seconds = Decimal::from((lasted + TIMES_TOLERANCE).as_secs());
        // Not divided: what does not fit into a decimal is not what a charger gives either.
        let given = energy.checked_mul(Decimal::from(3_600));
        let most = AVERAGE_POWER_MAX_KW * seconds;
        given.is_none_or(|given| given > most).then(|| Doubt {
            kind: FindingKind::ChargingEnergyImplausible,
            detail: format!(
                "充电量 {energy} 度，{} 分钟内的平均功率应不超过 {AVERAGE_POWER_MAX_KW} 千瓦",
                lasted.as_mins()
            ),
        })
    }
}
