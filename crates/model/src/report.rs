//! Everything that a lot can say, in one type, and the statement that carries it: who said it and when.

use crate::{
    CarsInside, ChargingRecord, Closure, Doubt, Gate, LotCode, LotProfile, NamedPhoto, OffPeakOrder,
    OffPeakPackage, Payment, Plate, PlateKind, ProviderCode, RecordId, SpaceCount, Vehicle,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One thing that a lot says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[allow(clippy::large_enum_variant, reason = "the largest, a passage, is also by far the commonest")]
pub enum Report {
    /// A sign of life (心跳).
    Heartbeat(Heartbeat),
    /// A car went in or out (过车).
    Passage(Passage),
    /// Free spaces on their own, without a passage (车位数).
    SpaceCount(SpaceCount),
    /// A picture of a passage.
    Photo(Photo),
    /// A charge (充电记录).
    ChargingRecord(ChargingRecord),
    /// A lot's base data (停车场基础数据).
    Lot(LotProfile),
    /// A lot is taken out of service.
    LotClosed(Closure),
    /// A gate's base data (出入口数据).
    Gate(Gate),
    /// The cars inside at one moment (场内车辆).
    CarsInside(CarsInside),
    /// A picture with a name of its own, which other reports refer to.
    NamedPhoto(NamedPhoto),
    /// An off-peak offer (错峰套餐).
    OffPeakPackage(OffPeakPackage),
    /// An off-peak order (错峰订单).
    OffPeakOrder(OffPeakOrder),
}

impl Report {
    /// The lot spoken of; `None` for a heartbeat that is the whole account's.
    pub fn lot(&self) -> Option<&LotCode> {
        match self {
            Self::Heartbeat(heartbeat) => heartbeat.lot.as_ref(),
            Self::Passage(passage) => Some(&passage.lot),
            Self::SpaceCount(count) => Some(&count.lot),
            Self::Photo(photo) => Some(&photo.lot),
            Self::ChargingRecord(record) => Some(&record.lot),
            Self::Lot(profile) => Some(&profile.lot),
            Self::LotClosed(closure) => Some(&closure.lot),
            Self::Gate(gate) => Some(&gate.lot),
            Self::CarsInside(cars) => Some(&cars.lot),
            Self::NamedPhoto(photo) => Some(&photo.lot),
            Self::OffPeakPackage(package) => Some(&package.lot),
            Self::OffPeakOrder(order) => Some(&order.lot),
        }
    }

    /// The id of the record spoken of, where there is one.
    pub fn record_id(&self) -> Option<&str> {
        match self {
            Self::Passage(passage) => Some(passage.record_id.as_str()),
            Self::Photo(photo) => Some(photo.record_id.as_str()),
            Self::ChargingRecord(record) => Some(&record.order_no),
            Self::Gate(gate) => Some(&gate.code),
            Self::NamedPhoto(photo) => Some(&photo.photo_id),
            Self::OffPeakPackage(package) => Some(&package.package_no),
            Self::OffPeakOrder(order) => Some(&order.order_no),
            Self::Heartbeat(_)
            | Self::SpaceCount(_)
            | Self::Lot(_)
            | Self::LotClosed(_)
            | Self::CarsInside(_) => None,
        }
    }

    /// Every kind of report.
    pub const KINDS: [&'static str; 13] = [
        "heartbeat",
        "entry",
        "exit",
        "space-count",
        "photo",
        "charging-record",
        "lot",
        "lot-closed",
        "gate",
        "cars-inside",
        "named-photo",
        "off-peak-package",
        "off-peak-order",
    ];

    /// The report's kind in one word, of [`Self::KINDS`].
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Heartbeat(_) => "heartbeat",
            Self::Passage(passage) => passage.direction.name(),
            Self::SpaceCount(_) => "space-count",
            Self::Photo(_) => "photo",
            Self::ChargingRecord(_) => "charging-record",
            Self::Lot(_) => "lot",
            Self::LotClosed(_) => "lot-closed",
            Self::Gate(_) => "gate",
            Self::CarsInside(_) => "cars-inside",
            Self::NamedPhoto(_) => "named-photo",
            Self::OffPeakPackage(_) => "off-peak-package",
            Self::OffPeakOrder(_) => "off-peak-order",
        }
    }
}

/// A sign of life, of one lot or of all lots of the account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Heartbeat {
    /// The lot, where the heartbeat names one.
    pub lot: Option<LotCode>,
}

/// In or out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// 入场.
    Entry,
    /// 出场.
    Exit,
}

impl Direction {
    /// `entry` or `exit`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Entry => "entry",
            Self::Exit => "exit",
        }
    }
}

/// A car passing a gate, or taking or leaving a berth (过车).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Passage {
    /// The lot.
    pub lot: LotCode,
    /// The parking this belongs to; where the standard numbers none ([`Passage::without_record_id`]), the passage's own
    /// identity.
    pub record_id: RecordId,
    /// The standard gives passages no record id: entry and exit find each other by plate and time, see
    /// [`crate::pairing`]. `record_id` is then what [`crate::pairing::leg_id`] makes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[serde(rename = "unnumbered")]
    pub without_record_id: bool,
    /// In or out.
    pub direction: Direction,
    /// When the car passed.
    pub at: Timestamp,
    /// Its plate; `None` for a car without one.
    pub plate: Option<Plate>,
    /// Its plate's kind, where the lot says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plate_kind: Option<PlateKind>,
    /// What the car looks like, where the lot says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vehicle: Option<Vehicle>,
    /// The gate's code (通道编码).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate_code: Option<String>,
    /// The gate's name (通道名称).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<String>,
    /// The berth on the street (泊位号).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub berth: Option<String>,
    /// On an exit: when the car had come in, as the lot says now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entered_at: Option<Timestamp>,
    /// On an exit: how long it stayed, in minutes, as the lot says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<i64>,
    /// On an exit: what was to pay and was paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<Payment>,
    /// The reservation under which the car came (预约编码).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(rename = "booking")]
    pub reservation_code: Option<String>,
    /// The id of the [`NamedPhoto`] that shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub photo_id: Option<String>,
    /// Free spaces after the passage, as the lot says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vacant: Option<i64>,
    /// Free chargers after the passage, as the lot says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charging_vacant: Option<i64>,
    /// The lot marks the passage as out of the ordinary (是否异常).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub abnormal: Option<bool>,
    /// Why (异常原因备注).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memo: Option<String>,
}

impl Passage {
    /// A passage with nothing in it but what every one has.
    pub fn new(lot: LotCode, record_id: RecordId, direction: Direction, at: Timestamp) -> Self {
        Self {
            lot,
            record_id,
            without_record_id: false,
            direction,
            at,
            plate: None,
            plate_kind: None,
            vehicle: None,
            gate_code: None,
            gate: None,
            berth: None,
            entered_at: None,
            minutes: None,
            payment: None,
            reservation_code: None,
            photo_id: None,
            vacant: None,
            charging_vacant: None,
            abnormal: None,
            memo: None,
        }
    }
}

/// What a photo shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PhotoRole {
    /// The car coming in.
    Entry,
    /// The car going out.
    Exit,
}

impl From<Direction> for PhotoRole {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::Entry => Self::Entry,
            Direction::Exit => Self::Exit,
        }
    }
}

impl PhotoRole {
    /// `entry` or `exit`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Entry => "entry",
            Self::Exit => "exit",
        }
    }
}

/// A picture said to belong to a record, which may come before or after it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Photo {
    /// The lot.
    pub lot: LotCode,
    /// The parking it belongs to.
    pub record_id: RecordId,
    /// What it shows.
    pub role: PhotoRole,
    /// Its place among the photos of the record and role, where the standard numbers them: another picture in the
    /// same place amends the first. `None`: every different picture is one more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<u32>,
    /// When it was taken, where the standard says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_at: Option<Timestamp>,
    /// The picture.
    pub picture: Picture,
}

/// A picture by its digest, or where the lot says it lies.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Picture {
    /// Bytes that came along.
    Bytes {
        /// SHA-256 of the bytes, lower-case hex.
        sha256: String,
        /// Their number.
        bytes: u64,
        /// Their media type as the bytes themselves show it, such as `image/jpeg`.
        media_type: String,
    },
    /// A reference, kept and not followed.
    Url(String),
}

/// A report with who said it and when: the unit of everything that is kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Statement {
    /// Under which standard it came, by the standard's own name.
    pub standard: String,
    /// Who spoke.
    pub provider: ProviderCode,
    /// When the sender says it spoke; where the standard has no such thing, when it was received.
    #[serde(rename = "said_at")]
    pub sent_at: Timestamp,
    /// When it was received, by the platform's clock.
    pub received_at: Timestamp,
    /// What was said.
    pub report: Report,
    /// What intake doubted about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<Doubt>,
}

impl Statement {
    /// When it counts as said: what orders statements is never later than when they were received, or a clock that
    /// runs ahead would pin its word until the others have caught up.
    pub fn effective_at(&self) -> Timestamp {
        self.sent_at.min(self.received_at)
    }
}
