//! The lot's side of a standard: sealing what a lot has to say, and reading what the platform answers.

use crate::Step;
use crate::base_data::RequiredItem;
use crate::platform_side::{Credential, CredentialFault, Fields};
use crate::shared::blame::{Blame, Names, blame};
use bowei_model::{LotKind, LotProfile, Passage, Plate, RecordId, Report};
use bytes::Bytes;
use http::{Request, Response};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// The field of [`LotSide::own_credential`] in which whoever sends says what stands in front of the text's paths in
/// the platform's address: `/gateway` of `https://city.example/gateway`. Texts that sign the path sign the whole of it.
pub const BASE_PATH: &str = "base_path";

/// The most characters of a memo that any text takes.
pub const MEMO_MAX: usize = 1_000;

/// A report to seal, with what its message needs besides.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// The report.
    pub report: &'a Report,
    /// What the standard calls the lot.
    pub lot_id: &'a str,
    /// Off-street or on-street: some standards have a message for each.
    pub lot_kind: LotKind,
    /// The bytes of a photo's picture; of a passage's own, where [`LotSide::picture_goes_within`] says so.
    pub picture: Option<&'a [u8]>,
}

/// A sealed message, with how it was made.
#[derive(Debug)]
pub struct Sealed {
    /// The request, its URI a path: the sender puts the platform's address in front.
    pub request: Request<Bytes>,
    /// Each step: the business data, the string to sign, the blocks.
    pub steps: Vec<Step>,
}

/// A report that cannot be said in this standard.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotSeal {
    /// The standard has no message for it.
    #[error("the standard has no message for a report of kind {kind}")]
    NoMessage {
        /// The report's kind.
        kind: &'static str,
    },
    /// The text requires a field that the report lacks.
    #[error("缺少规范必填的 {field} {field} is required by the standard and missing in the report")]
    Missing {
        /// The field's name on the wire.
        field: &'static str,
    },
    /// A field is beyond what the text allows.
    #[error("{field}: {problem}")]
    Unfit {
        /// The field's name on the wire.
        field: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// The standard wants a login first: the credential bears no token.
    #[error("the standard wants a login first")]
    LoginFirst,
    /// The credential is not one of this standard's for sealing.
    #[error("the credential has no {field}, which sealing needs")]
    Credential {
        /// The credential's field.
        field: &'static str,
    },
}

/// What a platform's answer means for what was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// It is on the platform's stable storage.
    Accepted,
    /// Refused for what it says, as far as the platform's words go: it is at fault if others are taken.
    Refused {
        /// The platform's code.
        code: String,
        /// The platform's words.
        why: String,
    },
    /// Refused for the account, its keys, the signature, the clock or the lot: others would fare the same, until
    /// somebody has mended that.
    Held {
        /// The platform's code and words.
        why: String,
    },
    /// Not now, for the server's own trouble or for a reason that cannot be told: send it again later.
    TryLater {
        /// When the platform says to come back.
        after: Option<SignedDuration>,
        /// What the platform said, as far as it can be read.
        why: String,
    },
    /// Log in first, then send it again.
    LoginFirst,
}

impl Reading {
    /// What the words of a failure mean. `code` is the platform's.
    pub(crate) fn of_failure(
        code: impl std::fmt::Display,
        why: String,
        after: Option<SignedDuration>,
        names: Names,
    ) -> Self {
        match blame(&why, names) {
            Blame::Known => Self::Accepted,
            Blame::Uplink => Self::Held { why: format!("{code} {why}") },
            Blame::Report => Self::Refused { code: code.to_string(), why },
            Blame::Server | Blame::Unclear => Self::TryLater { after, why: format!("{code} {why}") },
        }
    }
}

/// What the answer to a login means.
pub enum LoginReading {
    /// Logged in.
    LoggedIn {
        /// The credential with the token in it, to seal with from now on.
        own: Arc<dyn Credential>,
        /// How long the token is good for; `None`: as long as heartbeats go on.
        ttl: Option<SignedDuration>,
    },
    /// Refused for good: the account or its password is wrong.
    Refused {
        /// The platform's code.
        code: String,
        /// The platform's words.
        why: String,
    },
    /// Not now.
    TryLater {
        /// When the platform says to come back.
        after: Option<SignedDuration>,
        /// What the platform said, as far as it can be read.
        why: String,
    },
}

/// What the answer to the question of [`Replenishment`] means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplenishmentReading {
    /// The plates of the page; none at all after the last one.
    Plates(Vec<Plate>),
    /// Not now, or not at all: what the platform said.
    Failed(Reading),
}

/// Something that a text wants by the clock, besides heartbeats and what happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Duty {
    /// The list of the cars inside.
    CarsInside,
    /// The lot's base data, whole, whether or not they have changed.
    Profile,
    /// To ask whose records of the day do not add up, and to send those again.
    Replenishment,
    /// To ask what time it is on the platform.
    Clock,
}

/// When a duty is due, by the wall clock of UTC+08:00.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// At every full hour.
    Hourly,
    /// Every day at that hour.
    DailyAt {
        /// 0 to 23.
        hour: i8,
    },
    /// At the start, and so long after the last time.
    Every(SignedDuration),
}

/// The login of standards whose other messages carry a token: [`LotSide::seal`] wants the credential that
/// [`Login::read_login`] gives.
pub trait Login: Send + Sync {
    /// Seals a login.
    fn seal_login(&self, own: &dyn Credential, now: Timestamp) -> Result<Sealed, CannotSeal>;

    /// Reads the platform's answer to a login with `own`.
    fn read_login(&self, own: &dyn Credential, answer: &Response<Bytes>) -> LoginReading;

    /// The token in a credential, where there has been a login.
    fn token<'a>(&self, own: &'a dyn Credential) -> Option<&'a str>;

    /// The credential `own` with a token in it that was given out earlier, to seal with without logging in again;
    /// `None` where `own` is not this standard's.
    fn with_token(&self, own: &dyn Credential, token: &str) -> Option<Arc<dyn Credential>>;
}

/// Replenishing (补报): the question whose records of a day do not add up.
pub trait Replenishment: Send + Sync {
    /// Seals the question. Pages count from 1.
    fn seal_replenishment(
        &self,
        own: &dyn Credential,
        lot_id: &str,
        day: Date,
        page: u32,
        now: Timestamp,
    ) -> Result<Sealed, CannotSeal>;

    /// Reads the answer.
    fn read_replenishment(&self, answer: &Response<Bytes>) -> ReplenishmentReading;
}

/// The question what time it is on the platform, whose answer [`LotSide::read_clock`] reads.
pub trait ClockQuestion: Send + Sync {
    /// Seals the question.
    fn seal_clock(&self, own: &dyn Credential, lot_id: &str) -> Result<Sealed, CannotSeal>;
}

/// The lot's side of a standard.
pub trait LotSide: Send + Sync {
    /// Makes what the provider was handed out ready for sealing.
    fn own_credential(&self, handed_out: &Fields) -> Result<Arc<dyn Credential>, CredentialFault>;

    /// What is wrong with what the lot is called, where the text takes no such id: nothing could be sealed for it.
    fn check_lot_id(&self, lot_id: &str) -> Result<(), CannotSeal>;

    /// Seals a report.
    fn seal(
        &self,
        outgoing: Outgoing<'_>,
        own: &dyn Credential,
        now: Timestamp,
    ) -> Result<Sealed, CannotSeal>;

    /// Reads the platform's answer.
    fn read_answer(&self, answer: &Response<Bytes>) -> Reading;

    /// The login, where the text has one.
    fn login(&self) -> Option<&dyn Login> {
        None
    }

    /// The question whose records do not add up, where the text has one.
    fn replenishment(&self) -> Option<&dyn Replenishment> {
        None
    }

    /// The question what time it is on the platform, where the text has one of its own.
    fn clock_question(&self) -> Option<&dyn ClockQuestion> {
        None
    }

    /// The platform's time, where its answer to a heartbeat or to the [`ClockQuestion`] says it.
    fn read_clock(&self, answer: &Response<Bytes>) -> Option<Timestamp> {
        let _ = answer;
        None
    }

    /// Whether the text has a message for passages.
    fn carries_passages(&self) -> bool {
        true
    }

    /// By what a platform knows a passage that was said in this standard: the lot's id as it stands in the message, or
    /// what stands for it in a text without ids. Both sides compare by it which passages they have.
    fn passage_id(&self, passage: &Passage) -> RecordId {
        passage.record_id.clone()
    }

    /// What the text wants by the clock.
    fn duties(&self) -> &'static [(Duty, When)] {
        &[]
    }

    /// The most bytes of a picture; `None` in standards that carry none.
    fn picture_max_bytes(&self) -> Option<usize> {
        None
    }

    /// How many photos of one record's entry, and of its exit, the text takes; `None` where it names no number.
    fn photos_max(&self) -> Option<u32> {
        None
    }

    /// Whether the text wants a record's picture before the record, and each under an id that the record names.
    fn pictures_go_first(&self) -> bool {
        false
    }

    /// What the text requires of a lot's base data and cannot be known but from the lot, in the text's order; nothing in
    /// standards without base data.
    fn required_base_data(&self) -> &'static [RequiredItem] {
        &[]
    }

    /// What of [`LotSide::required_base_data`] the profile does not say: its message could not be sealed.
    fn missing_base_data(&self, profile: &LotProfile) -> Vec<&'static RequiredItem> {
        self.required_base_data().iter().filter(|item| !item.is_said_by(profile)).collect()
    }

    /// Whether the text requires of each record the gate that the car passed.
    fn requires_gates(&self) -> bool {
        false
    }

    /// Whether free spaces go in a message of their own, since that of a passage does not carry them.
    fn counts_go_apart(&self) -> bool {
        false
    }

    /// Whether the message of a passage carries its picture, so that no photo is sent apart.
    fn picture_goes_within(&self) -> bool {
        false
    }
}
