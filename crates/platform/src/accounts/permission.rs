//! What may be done.

/// What a handler of the API does that not everybody may. Each path and method names one, and the document tells it as
/// `x-permission`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Permission {
    /// Lots, their gates and their curves.
    LotsRead,
    /// A lot's state and district.
    LotsChange,
    /// Parking sessions; plates in them are masked without [`Permission::PlatesRead`].
    SessionsRead,
    /// Plates as they are, wherever they stand, and searching by one.
    PlatesRead,
    /// Pictures.
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
    /// The city's totals.
    StatsRead,
    /// What happens by the clock, and what came of it.
    JobsRead,
}

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 13] = [
        Self::LotsRead,
        Self::LotsChange,
        Self::SessionsRead,
        Self::PlatesRead,
        Self::PhotosRead,
        Self::CarsInsideRead,
        Self::PassagesWatch,
        Self::FindingsRead,
        Self::MessagesRead,
        Self::ChargingRead,
        Self::OffPeakRead,
        Self::StatsRead,
        Self::JobsRead,
    ];

    /// Its name in the API, such as `lots.read`.
    pub fn name(self) -> &'static str {
        match self {
            Self::LotsRead => "lots.read",
            Self::LotsChange => "lots.change",
            Self::SessionsRead => "sessions.read",
            Self::PlatesRead => "plates.read",
            Self::PhotosRead => "photos.read",
            Self::CarsInsideRead => "cars-inside.read",
            Self::PassagesWatch => "passages.watch",
            Self::FindingsRead => "findings.read",
            Self::MessagesRead => "messages.read",
            Self::ChargingRead => "charging.read",
            Self::OffPeakRead => "off-peak.read",
            Self::StatsRead => "stats.read",
            Self::JobsRead => "jobs.read",
        }
    }
}
