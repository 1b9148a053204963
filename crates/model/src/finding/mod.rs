//! Findings (问题): what is doubtful about data that was accepted all the same.

mod facts;
mod history;
mod terms;

pub use facts::Facts;
pub use history::{Held, Subject, history, of_doubts};
pub use terms::{BaseDataItem, Spaces, TimeOf};

use crate::{LotCode, moment};
use jiff::civil::Time;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How long a photo's record may be on its way before its absence is shown: lots send the two apart, in either order,
/// and try again for minutes where the network is poor.
pub const RECORD_AWAITED_FOR: SignedDuration = SignedDuration::from_mins(10);

/// What kind of doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingKind {
    /// The plate fits no shape of GA 36.
    OddPlate,
    /// Entry and exit name different plates.
    PlateMismatch,
    /// The exit lies before the entry.
    ExitBeforeEntry,
    /// The duration said differs from exit − entry by more than a minute.
    DurationMismatch,
    /// More free spaces than the lot has, or fewer than none.
    RemainingExceedsTotal,
    /// A time more than 5 minutes in the future.
    TimeInFuture,
    /// A passage more than 10 minutes old when it was received, or any time more than 24 hours old.
    LateReport,
    /// A picture smaller than the standard asks.
    PhotoTooSmall,
    /// An exit without its entry.
    UnmatchedExit,
    /// The same record was said again with other content.
    AmendedReport,
    /// The lot itself marks the passage as abnormal.
    ReportedAbnormal,
    /// A field that the text requires was missing, and could be done without.
    MissingField,
    /// The message was not quite of its form and could be made out all the same.
    MalformedMessage,
    /// A value that an open list of the text does not have.
    UnlistedValue,
    /// The exit says that the car came in at another time than the entry does.
    EntryTimeMismatch,
    /// The kind of plate that was said does not go with the plate.
    PlateKindMismatch,
    /// The interface is for the other kind of lot: on the street, or off it.
    WrongLotKind,
    /// The same plate passed the same lot the same way in the same second, under more than one record id.
    DuplicateRecord,
    /// Photos of a passage whose record has not come.
    PhotoWithoutRecord,
    /// Two charges at one device at once.
    ChargingOverlap,
    /// The fees of a charge do not add up to its total.
    ChargingFeeMismatch,
    /// More energy than a charger gives in the time of the charge.
    ChargingEnergyImplausible,
    /// More photos of one record than are kept.
    TooManyPhotos,
    /// A car came in that was inside already.
    DoubleEntry,
    /// A car was in two lots at once.
    TwoLotsAtOnce,
    /// An entry without its exit after the lot's longest plausible stay.
    MissingExit,
    /// A passage without a picture, where the standard carries pictures.
    MissingPhoto,
    /// Free spaces as reported are not those that follow from the passages.
    VacancyDrift,
    /// The lot's own list of the cars inside is not what its passages and counts say.
    ListMismatch,
    /// Entries and exits of a day do not go with the change of cars inside.
    UnbalancedDay,
    /// The count stood still while cars passed.
    FrozenCount,
    /// The count jumped without passages that explain it.
    CountJump,
    /// No sign of life for several intervals.
    HeartbeatMissed,
    /// No passages where the lot's own past says that it is busy.
    Silence,
    /// The lot's clock, or a gate's, is off.
    ClockOff,
    /// A required item of the base data is not there.
    BaseDataIncomplete,
    /// Base data that contradict themselves, or what the lot reports.
    BaseDataContradictory,
    /// A change of the base data was not reported in time.
    BaseDataLate,
    /// Too large a share of a day's passages was amended after the fact.
    AmendmentShare,
    /// The lot's own declaration of the day has a record that was not received.
    MissingRecord,
    /// The lot's declaration of the day has a record no more that it had reported.
    VanishedRecord,
}

impl FindingKind {
    /// Every kind, in the order they are documented.
    pub const ALL: [Self; 41] = [
        Self::OddPlate,
        Self::PlateMismatch,
        Self::ExitBeforeEntry,
        Self::DurationMismatch,
        Self::RemainingExceedsTotal,
        Self::TimeInFuture,
        Self::LateReport,
        Self::PhotoTooSmall,
        Self::UnmatchedExit,
        Self::AmendedReport,
        Self::ReportedAbnormal,
        Self::MissingField,
        Self::MalformedMessage,
        Self::UnlistedValue,
        Self::EntryTimeMismatch,
        Self::PlateKindMismatch,
        Self::WrongLotKind,
        Self::DuplicateRecord,
        Self::PhotoWithoutRecord,
        Self::ChargingOverlap,
        Self::ChargingFeeMismatch,
        Self::ChargingEnergyImplausible,
        Self::TooManyPhotos,
        Self::DoubleEntry,
        Self::TwoLotsAtOnce,
        Self::MissingExit,
        Self::MissingPhoto,
        Self::VacancyDrift,
        Self::ListMismatch,
        Self::UnbalancedDay,
        Self::FrozenCount,
        Self::CountJump,
        Self::HeartbeatMissed,
        Self::Silence,
        Self::ClockOff,
        Self::BaseDataIncomplete,
        Self::BaseDataContradictory,
        Self::BaseDataLate,
        Self::AmendmentShare,
        Self::MissingRecord,
        Self::VanishedRecord,
    ];

    /// The kind's name in the API and in the store, kebab-case.
    pub fn name(self) -> &'static str {
        match self {
            Self::OddPlate => "odd-plate",
            Self::PlateMismatch => "plate-mismatch",
            Self::ExitBeforeEntry => "exit-before-entry",
            Self::DurationMismatch => "duration-mismatch",
            Self::RemainingExceedsTotal => "remaining-exceeds-total",
            Self::TimeInFuture => "time-in-future",
            Self::LateReport => "late-report",
            Self::PhotoTooSmall => "photo-too-small",
            Self::UnmatchedExit => "unmatched-exit",
            Self::AmendedReport => "amended-report",
            Self::ReportedAbnormal => "reported-abnormal",
            Self::MissingField => "missing-field",
            Self::MalformedMessage => "malformed-message",
            Self::UnlistedValue => "unlisted-value",
            Self::EntryTimeMismatch => "entry-time-mismatch",
            Self::PlateKindMismatch => "plate-kind-mismatch",
            Self::WrongLotKind => "wrong-lot-kind",
            Self::DuplicateRecord => "duplicate-record",
            Self::PhotoWithoutRecord => "photo-without-record",
            Self::ChargingOverlap => "charging-overlap",
            Self::ChargingFeeMismatch => "charging-fee-mismatch",
            Self::ChargingEnergyImplausible => "charging-energy-implausible",
            Self::TooManyPhotos => "too-many-photos",
            Self::DoubleEntry => "double-entry",
            Self::TwoLotsAtOnce => "two-lots-at-once",
            Self::MissingExit => "missing-exit",
            Self::MissingPhoto => "missing-photo",
            Self::VacancyDrift => "vacancy-drift",
            Self::ListMismatch => "list-mismatch",
            Self::UnbalancedDay => "unbalanced-day",
            Self::FrozenCount => "frozen-count",
            Self::CountJump => "count-jump",
            Self::HeartbeatMissed => "heartbeat-missed",
            Self::Silence => "silence",
            Self::ClockOff => "clock-off",
            Self::BaseDataIncomplete => "base-data-incomplete",
            Self::BaseDataContradictory => "base-data-contradictory",
            Self::BaseDataLate => "base-data-late",
            Self::AmendmentShare => "amendment-share",
            Self::MissingRecord => "missing-record",
            Self::VanishedRecord => "vanished-record",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A doubt about one report, before it is tied to a lot and a record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "Kept", into = "Kept")]
pub struct Doubt {
    /// What kind.
    pub kind: FindingKind,
    /// What it is about.
    pub facts: Facts,
}

impl Doubt {
    /// A doubt of which a sentence is all that is kept.
    pub fn in_words(kind: FindingKind, sentence: impl Into<String>) -> Self {
        Self { kind, facts: Facts::Sentence { text: sentence.into() } }
    }
}

impl From<Facts> for Doubt {
    /// The doubt that has these facts. A sentence by itself says nothing of its kind: see [`Doubt::in_words`].
    fn from(facts: Facts) -> Self {
        Self { kind: facts.kind().unwrap_or(FindingKind::MalformedMessage), facts }
    }
}

/// A doubt as it is kept. Versions before facts had a sentence alone, and read one that has none as long as it is there.
#[derive(Serialize, Deserialize)]
struct Kept {
    kind: FindingKind,
    #[serde(default)]
    detail: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    facts: Option<Facts>,
}

impl From<Kept> for Doubt {
    fn from(Kept { kind, detail, facts }: Kept) -> Self {
        Self { kind, facts: facts.unwrap_or(Facts::Sentence { text: detail }) }
    }
}

impl From<Doubt> for Kept {
    fn from(Doubt { kind, facts }: Doubt) -> Self {
        match facts {
            Facts::Sentence { text } => Self { kind, detail: text, facts: None },
            facts => Self { kind, detail: String::new(), facts: Some(facts) },
        }
    }
}

/// A doubt tied to what it is about, with its beginning and, once it no longer holds, its end.
///
/// **Identity.** A finding is known by lot, [`subject`](Self::subject), kind and [`which`](Self::which), and by nothing
/// that is said about it: its words, facts and times may change and it is the same finding.
///
/// **Past.** [`opened_at`](Self::opened_at) and [`resolved_at`](Self::resolved_at) are what [`history`] makes of what is
/// known of the subject: they follow from the set of statements, not from the order in which they came.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Finding {
    /// What kind.
    pub kind: FindingKind,
    /// The lot.
    pub lot: LotCode,
    /// What it hangs on: `record:…`, `order:…`, `count:…`, `day:2026-11-27` or, of a document, `KIND:NAME`.
    pub subject: String,
    /// Which of the subject's findings of the kind: the part of it, and a number from the second of a part on.
    pub which: String,
    /// The record, where the doubt is about one.
    pub record_id: Option<String>,
    /// The time of what is doubted, as the lot says it: the same whenever and in whatever order reports came.
    pub at: Timestamp,
    /// What was expected and what was received; of one that is resolved, as it last was.
    pub facts: Facts,
    /// By the platform's clock, when what it follows from had been received. One that holds again has been opened again.
    pub opened_at: Timestamp,
    /// By the platform's clock, when what it no longer holds after was received; `None` while it holds.
    pub resolved_at: Option<Timestamp>,
}

impl Finding {
    /// Whether it is to be shown at `now`, and not about what is still expected to come.
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.kind != FindingKind::PhotoWithoutRecord || now.duration_since(self.at) >= RECORD_AWAITED_FOR
    }

    /// Whether it is about a whole day, of which its time is the first moment.
    pub fn is_of_day(&self) -> bool {
        self.subject.starts_with("day:") && moment::to_wall(self.at).time() == Time::midnight()
    }

    /// Whether it holds.
    pub fn is_open(&self) -> bool {
        self.resolved_at.is_none()
    }
}
