//! What may be done.

/// What a handler of the API does that not everybody may. Each path and method names one, and the document tells it as
/// `x-permission`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Permission {
    /// One's own account: every person who is signed in, also one who still has to choose a password or a second factor.
    OwnAccount,
    /// Lots, their gates and their curves.
    LotsRead,
    /// A lot's base data: of its own for a provider, all of it for an operator.
    LotsChange,
    /// Saying which records a lot has of a day by its own log: its provider alone.
    DaysDeclare,
    /// Parking sessions; plates in them are masked without [`Permission::PlatesRead`].
    SessionsRead,
    /// Plates as they are, wherever they stand, and searching by one: programs alone.
    PlatesRead,
    /// One plate or picture after another, each with a reason: people alone.
    PlatesReveal,
    /// Pictures: programs alone.
    PhotosRead,
    /// A lot's own list of the cars inside.
    CarsInsideRead,
    /// Passages and photos as they are kept.
    PassagesWatch,
    /// Findings.
    FindingsRead,
    /// Messages as they were received, refused ones too.
    MessagesRead,
    /// Charging records.
    ChargingRead,
    /// Off-peak offers and orders.
    OffPeakRead,
    /// Reporting off-peak offers and orders of one's own service: a third party's token alone.
    OffPeakReport,
    /// The city's totals.
    StatsRead,
    /// What happens by the clock, and what came of it.
    JobsRead,
    /// Providers, their keys' names and dates, and what became of them: itself alone for a provider.
    ProvidersRead,
    /// Making and changing providers and lots, issuing and revoking keys.
    ProvidersChange,
    /// Collecting keys that wait for their provider: its own people alone.
    KeysCollect,
    /// Businesses that ask to be connected, with their papers.
    RegistrationsRead,
    /// Deciding on them.
    RegistrationsDecide,
    /// The list of businesses that market supervision gives, held against who is connected.
    BusinessesRead,
    /// Bringing that list in, and the work on it.
    BusinessesChange,
    /// The platform's own health.
    SystemRead,
    /// People's accounts.
    UsersRead,
    /// Making, changing and closing people's accounts.
    UsersChange,
    /// Making and ending tokens.
    TokensChange,
    /// The audit, and whether its chain holds.
    AuditRead,
    /// Asking for exports and reading their files: people alone.
    ExportsMake,
    /// Deciding on what another person has asked for: people alone.
    ExportsApprove,
    /// What is held though its time is over, and for how long anything is kept: people alone.
    HoldsRead,
    /// Holding, and lifting holds: people alone.
    HoldsManage,
    /// Cases, and what was done about them: of its own lots alone for a provider.
    CasesRead,
    /// Handling cases: assigning, filing, dismissing, pausing, closing.
    CasesHandle,
    /// How well lots report, and announced maintenance.
    RatesRead,
    /// Announcing maintenance.
    MaintenanceAnnounce,
    /// Trying rules, and putting them in force.
    RulesApply,
    /// Issuing orders to correct, serving them, deciding on objections.
    OrdersHandle,
    /// Answering orders, and objecting to them: their party alone.
    OrdersAnswer,
    /// Reservations, and what became of them: of its own lots alone for a provider.
    ReservationsRead,
    /// Calling reservations off, deciding appeals, ending suspensions, setting on which terms a lot is reserved.
    ReservationsHandle,
    /// Taking and calling off reservations for a lot: the programs of its provider alone. The plates in them are told to the lot,
    /// not looked at, and every answer is in the reservation's history: they are not in the audit besides, once a minute and lot.
    ReservationsAnswer,
}

/// Each permission with its name in the API.
const NAMES: [(Permission, &str); 43] = [
    (Permission::OwnAccount, "own-account"),
    (Permission::LotsRead, "lots.read"),
    (Permission::LotsChange, "lots.change"),
    (Permission::DaysDeclare, "days.declare"),
    (Permission::SessionsRead, "sessions.read"),
    (Permission::PlatesRead, "plates.read"),
    (Permission::PlatesReveal, "plates.reveal"),
    (Permission::PhotosRead, "photos.read"),
    (Permission::CarsInsideRead, "cars-inside.read"),
    (Permission::PassagesWatch, "passages.watch"),
    (Permission::FindingsRead, "findings.read"),
    (Permission::MessagesRead, "messages.read"),
    (Permission::ChargingRead, "charging.read"),
    (Permission::OffPeakRead, "off-peak.read"),
    (Permission::OffPeakReport, "off-peak.report"),
    (Permission::StatsRead, "stats.read"),
    (Permission::JobsRead, "jobs.read"),
    (Permission::ProvidersRead, "providers.read"),
    (Permission::ProvidersChange, "providers.change"),
    (Permission::KeysCollect, "keys.collect"),
    (Permission::RegistrationsRead, "registrations.read"),
    (Permission::RegistrationsDecide, "registrations.decide"),
    (Permission::BusinessesRead, "businesses.read"),
    (Permission::BusinessesChange, "businesses.change"),
    (Permission::SystemRead, "system.read"),
    (Permission::UsersRead, "users.read"),
    (Permission::UsersChange, "users.change"),
    (Permission::TokensChange, "tokens.change"),
    (Permission::AuditRead, "audit.read"),
    (Permission::ExportsMake, "exports.make"),
    (Permission::ExportsApprove, "exports.approve"),
    (Permission::HoldsRead, "holds.read"),
    (Permission::HoldsManage, "holds.manage"),
    (Permission::CasesRead, "cases.read"),
    (Permission::CasesHandle, "cases.handle"),
    (Permission::RatesRead, "rates.read"),
    (Permission::MaintenanceAnnounce, "maintenance.announce"),
    (Permission::RulesApply, "rules.apply"),
    (Permission::OrdersHandle, "orders.handle"),
    (Permission::OrdersAnswer, "orders.answer"),
    (Permission::ReservationsRead, "reservations.read"),
    (Permission::ReservationsHandle, "reservations.handle"),
    (Permission::ReservationsAnswer, "reservations.answer"),
];

impl Permission {
    /// Every permission.
    pub fn all() -> impl Iterator<Item = Self> {
        NAMES.into_iter().map(|(permission, _)| permission)
    }

    /// Its name in the API, such as `lots.read`.
    pub fn name(self) -> &'static str {
        NAMES.into_iter().find(|(permission, _)| *permission == self).map_or("", |(_, name)| name)
    }

    /// Whether people have it at all, whatever their role: plates and pictures they see one by one, for a reason.
    pub(crate) fn is_for_people(self) -> bool {
        !matches!(
            self,
            Self::PlatesRead
                | Self::PhotosRead
                | Self::CarsInsideRead
                | Self::OffPeakReport
                | Self::ReservationsAnswer
        )
    }

    /// Whether programs have it at all: what a person answers for with a password, no token does.
    pub(crate) fn is_for_programs(self) -> bool {
        !matches!(
            self,
            Self::OwnAccount
                | Self::PlatesReveal
                | Self::ExportsMake
                | Self::ExportsApprove
                | Self::KeysCollect
                | Self::HoldsRead
                | Self::HoldsManage
        )
    }

    /// Whether what it opens may have plates in it as they are, for whoever has [`Permission::PlatesRead`]: each such
    /// answer is in the audit.
    pub(crate) fn shows_plates(self) -> bool {
        matches!(
            self,
            Self::SessionsRead
                | Self::PhotosRead
                | Self::CarsInsideRead
                | Self::PassagesWatch
                | Self::FindingsRead
                | Self::MessagesRead
                | Self::ChargingRead
                | Self::OffPeakRead
                | Self::ReservationsRead
                | Self::ReservationsHandle
        )
    }
}
