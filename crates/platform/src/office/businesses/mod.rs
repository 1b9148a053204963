//! The list of registered businesses that market supervision hands over (湖州办法第三条), held against who is connected: a
//! work list for each district.

mod matching;
pub(crate) mod refresh;
pub(crate) mod rows;

pub(crate) use matching::{Match, MatchedBy, Matcher};

use super::Document;
use bowei_encoding::sha256_hex;
use bowei_model::ProviderCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Businesses that are kept: several times those of the largest city.
pub(crate) const BUSINESSES_MAX: usize = 100_000;

/// Notes that are kept of one; those before them are in the audit.
const NOTES_MAX: usize = 50;

/// Hex digits of the id of a business without a credit code: 64 bits of its name and address.
const ID_DIGITS: usize = 16;

/// What stands around a word that is searched for whole; nobody can type it.
const MARK: char = '\u{1}';

/// How far a business is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum BusinessState {
    /// It is a provider that has reported.
    Connected,
    /// It is a provider that has not reported yet.
    Registered,
    /// No provider is known to be it.
    Unknown,
    /// Somebody has said that it need not be connected.
    NotRequired,
}

impl BusinessState {
    /// Its name, as lists go by it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::Registered => "registered",
            Self::Unknown => "unknown",
            Self::NotRequired => "not-required",
        }
    }

    /// Those in which somebody has something to do.
    pub(crate) const TO_DO: [Self; 2] = [Self::Registered, Self::Unknown];
}

/// A word on a business.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Note {
    pub(crate) at: Timestamp,
    pub(crate) user: String,
    pub(crate) text: String,
}

/// What the list says of a business.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Listed {
    /// 统一社会信用代码; `None` where the list has none.
    pub(crate) credit_code: Option<String>,
    pub(crate) name: String,
    pub(crate) address: String,
    /// GB/T 2260 code; empty: it is not known where.
    pub(crate) district: String,
    /// When it was registered with market supervision.
    pub(crate) registered_at: Option<Timestamp>,
}

impl Listed {
    /// What it is known by: its credit code, or else its name and address.
    pub(crate) fn id(&self) -> String {
        match &self.credit_code {
            Some(code) => id_of(code),
            None => {
                let digest = sha256_hex(format!("{}\n{}", self.name, self.address).as_bytes());
                format!("b-{}", digest.chars().take(ID_DIGITS).collect::<String>())
            }
        }
    }
}

/// The id of the business of that credit code.
pub(crate) fn id_of(credit_code: &str) -> String {
    format!("b-{credit_code}")
}

/// A business with what is being done about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Business {
    #[serde(flatten)]
    pub(crate) listed: Listed,
    /// Which provider it is, as was last found.
    pub(crate) found: Option<Match>,
    /// That provider has reported.
    pub(crate) is_connected: bool,
    /// Somebody has said that it need not be connected.
    pub(crate) not_required: bool,
    /// What stands in the way.
    pub(crate) obstacle: Option<String>,
    /// The login of who has it.
    pub(crate) assignee: Option<String>,
    /// When somebody looks at it next.
    pub(crate) next_at: Option<Timestamp>,
    /// When it was told to be connected.
    pub(crate) notified_at: Option<Timestamp>,
    pub(crate) notes: Vec<Note>,
}

impl Business {
    /// One that nobody has done anything about yet.
    pub(crate) fn new(listed: Listed) -> Self {
        Self {
            listed,
            found: None,
            is_connected: false,
            not_required: false,
            obstacle: None,
            assignee: None,
            next_at: None,
            notified_at: None,
            notes: Vec::new(),
        }
    }

    /// How far it is.
    pub(crate) fn how_far(&self) -> BusinessState {
        match &self.found {
            _ if self.not_required => BusinessState::NotRequired,
            Some(_) if self.is_connected => BusinessState::Connected,
            Some(_) => BusinessState::Registered,
            None => BusinessState::Unknown,
        }
    }

    /// Adds a note.
    pub(crate) fn note(&mut self, note: Note) {
        self.notes.push(note);
        let too_many = self.notes.len().saturating_sub(NOTES_MAX);
        self.notes.drain(..too_many);
    }
}

/// What a person's businesses are searched by.
pub(crate) fn assigned_to(login: &str) -> String {
    format!("{MARK}{login}{MARK}")
}

/// The stretch of time that the next dates lie in which are past at `now`.
pub(crate) fn overdue(now: Timestamp) -> (Timestamp, Timestamp) {
    (Timestamp::UNIX_EPOCH.saturating_add(jiff::SignedDuration::from_millis(1)).unwrap_or(now), now)
}

impl Document for Business {
    const KIND: &'static str = "business";

    fn state(&self) -> String {
        self.how_far().name().to_owned()
    }

    fn provider(&self) -> Option<ProviderCode> {
        self.found.as_ref().map(|found| found.provider.clone())
    }

    fn district(&self) -> String {
        self.listed.district.clone()
    }

    /// Those that have a next date come first; what has none is of the beginning of time.
    fn at(&self) -> Timestamp {
        self.next_at.unwrap_or(Timestamp::UNIX_EPOCH)
    }

    fn words(&self) -> String {
        let Listed { credit_code, name, address, .. } = &self.listed;
        let assignee = self.assignee.as_deref().map(assigned_to).unwrap_or_default();
        format!("{name} {} {address} {assignee}", credit_code.as_deref().unwrap_or_default())
    }
}
