//! How the lots of the city speak under each standard: what an account and a lot are called, who shows signs of
//! life, how passages are known, and where the free spaces are said. A further standard is one more entry.

use bowei_encoding::sha256_hex;

/// What the city must know of a standard beyond sealing and reading.
#[derive(Debug)]
pub struct StandardProfile {
    /// The standard's name.
    pub standard: &'static str,
    /// What the standard would call the `number`th lot of a district.
    pub lot_id: fn(district: &str, number: usize) -> String,
    /// The fields of the `number`th account that are no secret.
    pub account: fn(number: usize) -> Vec<(&'static str, String)>,
    /// Who shows a sign of life.
    pub heartbeat: HeartbeatOf,
    /// What it says of cars.
    pub records: Records,
    /// Where the free spaces are said.
    pub counts: CountsGo,
    /// The smallest picture that its text asks for, in bytes; 0 where any will do.
    pub picture_min_bytes: usize,
    /// What a lot says of itself.
    pub describes: Describes,
    /// What its text asks of a lot's base data beyond what every lot says.
    pub details: &'static [(&'static str, Detail)],
    /// The field of an account in which it says where its lots are called, where the text has them called.
    pub callback_field: Option<&'static str>,
}

/// An item of base data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// A number of a list, or a count.
    Number(i64),
    /// A text.
    Text(&'static str),
}

impl Detail {
    /// As JSON, which is how base data have it.
    pub fn json(self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Text(text) => serde_json::Value::from(text).to_string(),
        }
    }
}

/// What a lot says of itself at its start, in messages of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Describes {
    /// Nothing: the text has no message for it.
    Nothing,
    /// Its base data.
    Itself,
    /// Its base data and its gates.
    ItselfAndGates,
}

/// Who shows a sign of life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeartbeatOf {
    /// The account, for all its lots at once.
    Account,
    /// Every lot for itself.
    EachLot,
    /// Nobody: the text has no heartbeat, and a lot's reports are its life.
    Nobody,
}

/// What a standard says of cars.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Records {
    /// Passages under the lot's own record id.
    Numbered,
    /// Passages without an id: entry and exit find each other by plate and time.
    ByPlate,
    /// No passages: only charges.
    ChargesOnly,
}

/// Where the free spaces are said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CountsGo {
    /// In every passage.
    Within,
    /// In a message of their own, whenever they change.
    Apart,
    /// The same, and never below 0: more cars than spaces is 0 free.
    ApartFromZero,
    /// Nowhere.
    Nowhere,
}

impl CountsGo {
    /// The number that a lot with so many free spaces says.
    pub fn reported(self, vacant: i64) -> i64 {
        if self == Self::ApartFromZero { vacant.max(0) } else { vacant }
    }
}

/// The item of base data that says how many spaces can be reserved.
pub(crate) const RESERVABLE_SPACES: &str = "reservableSpaces";

/// Lots of a district that a two-digit serial can number.
const SERIALS: usize = 99;

static SPEAKS: &[StandardProfile] = &[
    StandardProfile {
        standard: "huzhou",
        lot_id: |district, number| format!("HZ{district}{number:03}"),
        account: |number| vec![("app_id", format!("hz-{number:04}"))],
        heartbeat: HeartbeatOf::Account,
        records: Records::Numbered,
        counts: CountsGo::Within,
        describes: Describes::Nothing,
        picture_min_bytes: 0,
        details: &[],
        callback_field: None,
    },
    StandardProfile {
        standard: "shenzhen",
        // 32 digits of a UUID, as the text's own lots have them: the same ones for the same lot.
        lot_id: |district, number| {
            sha256_hex(format!("shenzhen/{district}/{number}").as_bytes()).chars().take(32).collect()
        },
        account: |number| vec![("user_id", format!("sz-{number:04}"))],
        heartbeat: HeartbeatOf::Account,
        records: Records::Numbered,
        counts: CountsGo::ApartFromZero,
        describes: Describes::ItselfAndGates,
        // 表 15 序号 3: 图片大小应在 100KB-500KB 之间.
        picture_min_bytes: 100 * 1024,
        // 表 6: outdoors, a public car park, which takes reservations.
        details: &[
            ("parkType", Detail::Number(2)),
            ("serviceType", Detail::Number(8)),
            ("reservable", Detail::Number(1)),
            (RESERVABLE_SPACES, Detail::Number(20)),
            ("totalReservableCharingSpaces", Detail::Number(0)),
            ("imageId", Detail::Text("tariff-board")),
        ],
        callback_field: Some("callback_url"),
    },
    StandardProfile {
        standard: "ningbo",
        // District, township, kind, serial. Townships number on where the serials end.
        lot_id: |district, number| {
            let before = number.saturating_sub(1);
            format!("{district}{:03}1{:02}", 1 + before / SERIALS, 1 + before % SERIALS)
        },
        account: |number| vec![("portname", format!("nb-{number:04}"))],
        heartbeat: HeartbeatOf::EachLot,
        records: Records::Numbered,
        counts: CountsGo::Within,
        describes: Describes::Nothing,
        picture_min_bytes: 0,
        details: &[],
        callback_field: None,
    },
    StandardProfile {
        standard: "isp",
        lot_id: |district, number| format!("HZ/{district}/{number:03}"),
        account: |number| vec![("client_id", format!("isp-{number:04}"))],
        heartbeat: HeartbeatOf::Nobody,
        records: Records::ByPlate,
        counts: CountsGo::Apart,
        describes: Describes::Itself,
        picture_min_bytes: 0,
        details: &[],
        callback_field: None,
    },
    StandardProfile {
        standard: "yunkuaichong",
        lot_id: |district, number| format!("{district}{number:04}"),
        account: |number| vec![("port_name", format!("ykc-{number:04}"))],
        heartbeat: HeartbeatOf::Nobody,
        records: Records::ChargesOnly,
        counts: CountsGo::Nowhere,
        describes: Describes::Nothing,
        picture_min_bytes: 0,
        details: &[],
        callback_field: None,
    },
];

/// What the city knows of the standard of that name.
pub fn speaks(standard: &str) -> Option<&'static StandardProfile> {
    SPEAKS.iter().find(|speaks| speaks.standard == standard)
}

/// The standards' names, in the order of their entries.
pub fn spoken() -> impl Iterator<Item = &'static str> {
    SPEAKS.iter().map(|speaks| speaks.standard)
}

/// The standards' names, for people.
pub(super) fn known() -> String {
    spoken().collect::<Vec<_>>().join(", ")
}
