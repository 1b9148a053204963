//! What a charging operator says of one charge (充电记录).

use crate::{Doubt, Facts, Finding, FindingKind, LotCode, Plate, ProviderCode};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// The most power, in kW, that a charge may have had on average. The strongest chargers for cars and trucks have 600 kW and
/// more, but only at their peak: a battery takes less as it fills, and no charge has so much from its first minute to its last.
pub(crate) const AVERAGE_POWER_MAX_KW: Decimal = Decimal::from_parts(600, 0, 0, false, 0);
/// By how much fees may miss their total, in yuan: each of them is rounded to the cent by itself.
pub(crate) const FEES_TOLERANCE: Decimal = Decimal::from_parts(1, 0, 0, false, 2);
/// By how much a charge may have been longer than it says: operators that keep minutes cut their ends off.
const TIMES_TOLERANCE: SignedDuration = SignedDuration::from_mins(1);

/// Charges said to last longer are not held against others: no car takes so long, and a clock that began at some default
/// would lie over everything that its device ever did. A slow charger fills the largest battery in a day and a half.
pub const CHARGE_MAX: SignedDuration = SignedDuration::from_hours(72);

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

/// A charger: it serves one car at a time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Device {
    /// The lot.
    pub lot: LotCode,
    /// The charging station, as [`ChargingRecord::station`].
    pub station: String,
    /// The charger, as [`ChargingRecord::device`].
    pub device: String,
}

impl Device {
    /// What is found about a charge at it that another lies over, opened when both had been received. A charge is never
    /// amended, and so this is never resolved; of several that lie over it the one received first counts.
    pub fn overlap(&self, charge: &Charge, other: &Charge) -> Finding {
        let Charge { started_at, ended_at, .. } = *charge;
        let (station, device) = (self.station.clone(), self.device.clone());
        Finding {
            kind: FindingKind::ChargingOverlap,
            lot: self.lot.clone(),
            subject: ChargingRecord::subject(&charge.operator, &charge.order_no),
            which: String::new(),
            record_id: Some(charge.order_no.clone()),
            at: ended_at,
            facts: Facts::ChargingOverlap { started_at, ended_at, station, device },
            opened_at: charge.received_at.max(other.received_at),
            resolved_at: None,
        }
    }
}

/// When a device was taken, and by which order. Moments are in whole milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Charge {
    /// Start.
    pub started_at: Timestamp,
    /// End.
    pub ended_at: Timestamp,
    /// Who says so.
    pub operator: ProviderCode,
    /// The operator's order number.
    pub order_no: String,
    /// When it was received: of an order told again, the record that counts.
    pub received_at: Timestamp,
}

impl Charge {
    /// Whether it is held against others at all.
    pub fn is_comparable(&self) -> bool {
        (SignedDuration::ZERO..=CHARGE_MAX).contains(&self.ended_at.duration_since(self.started_at))
    }

    /// Whether the two took the same device at once. One that begins as the other ends does not.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.is_comparable()
            && other.is_comparable()
            && self.started_at < other.ended_at
            && other.started_at < self.ended_at
    }
}

impl ChargingRecord {
    /// What findings about an operator's order hang on.
    pub fn subject(operator: &ProviderCode, order_no: &str) -> String {
        format!("order:{operator}/{order_no}")
    }

    /// Where it was, for what cannot be there at the same time.
    pub fn place(&self) -> Device {
        Device { lot: self.lot.clone(), station: self.station.clone(), device: self.device.clone() }
    }

    /// When it was, said by `operator` and received at `received_at`.
    pub fn charge(&self, operator: &ProviderCode, received_at: Timestamp) -> Charge {
        let whole = |at: Timestamp| Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at);
        Charge {
            started_at: whole(self.started_at),
            ended_at: whole(self.ended_at),
            operator: operator.clone(),
            order_no: self.order_no.clone(),
            received_at: whole(received_at),
        }
    }

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
        let (electricity, service) = (self.electricity_fee, self.service_fee);
        (!fits).then(|| Facts::ChargingFeeMismatch { electricity, service, total }.into())
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
        let (minutes, power_max_kw) = (lasted.as_mins(), AVERAGE_POWER_MAX_KW);
        given
            .is_none_or(|given| given > most)
            .then(|| Facts::ChargingEnergyImplausible { energy_kwh: energy, minutes, power_max_kw }.into())
    }
}
