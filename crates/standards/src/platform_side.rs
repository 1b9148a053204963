//! The platform's side of a standard: who speaks, is it true, what is said, and what to answer.

use crate::lot_side::Outgoing;
pub use crate::shared::explained::shown_report;
use crate::shared::path;
pub use crate::shared::path::tidy as tidy_path;
use crate::{Downlink, Fault, Refusal, Step};
use bowei_encoding::shown::shown;
use bowei_model::{Doubt, Lot, LotCode, LotKind, PhotosAtMost, Plate, ProviderCode, Report};
use bytes::Bytes;
use http::{Method, Request, Response};
use jiff::{SignedDuration, Timestamp};
use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// What a standard says of itself.
#[derive(Debug)]
pub struct Card {
    /// Its name everywhere: in the registry file, in `ids`, in the API. `huzhou`.
    pub name: &'static str,
    /// Its title in Chinese and in English, for pages.
    pub title: (&'static str, &'static str),
    /// What lots call its platforms, in Chinese and in English: `湖州平台`, `Huzhou`.
    pub platform: (&'static str, &'static str),
    /// How often a lot should show a sign of life.
    pub heartbeat: SignedDuration,
    /// Whether the text asks for that sign of life; where it does not, any report is one.
    pub asks_for_heartbeats: bool,
    /// Whether passages come with pictures.
    pub carries_photos: bool,
    /// The credential's field that names the account in messages: `app_id`.
    pub account_field: &'static str,
    /// The credential's fields that a gateway may be given, by the registry file's names.
    pub lot_fields: &'static [&'static str],
    /// Its further fields, which the platform alone has; what is kept of a secret is called after it (`portpwd_argon2`).
    pub kept_fields: &'static [&'static str],
    /// What it listens to.
    pub routes: &'static [Route],
    /// Where its paths begin, by the text: what is asked for below them and is no route of it is answered in its own
    /// form. `/dataReceive`.
    pub bases: &'static [&'static str],
    /// Whether lots number themselves, so that an id is unique among a provider's lots only.
    pub lots_number_themselves: bool,
    /// The code, in the standard's own numbering, of a request for an interface that there is not.
    pub unserved_code: &'static str,
}

impl Card {
    /// The credential's fields, by the registry file's names.
    pub fn fields(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.lot_fields.iter().chain(self.kept_fields).copied()
    }

    /// One of the fields given that no credential of this standard has, with words for it.
    pub fn unknown_field(&self, given: &Fields) -> Option<String> {
        let unknown = given.keys().find(|given| self.fields().all(|field| field != given.as_str()))?;
        let (name, known) = (self.name, self.fields().collect::<Vec<_>>().join(", "));
        Some(format!("{name} 没有 {unknown} 这一项，可用的有 {unknown} is no field of {name}: {known}"))
    }

    /// The route that a request asks for, by its path without the configured prefix: a doubled slash, one at the end,
    /// a blank beside a slash and another case of letters are the same path.
    pub fn route(&self, method: &Method, path: &str) -> Option<&'static Route> {
        self.routes_at(path).find(|route| route.method == *method)
    }

    /// Whether a path, without the configured prefix, lies where only this standard's interfaces are.
    pub fn is_below_base(&self, path: &str) -> bool {
        self.bases.iter().any(|base| path::is_below(path, base)) || self.routes_at(path).next().is_some()
    }

    /// The paths in a line: what all begin with said once.
    pub fn interfaces(&self) -> String {
        let mut paths: Vec<_> = self.routes.iter().map(|route| route.path).collect();
        paths.dedup();
        let first = paths.first().copied().unwrap_or_default();
        let mut common = first.match_indices('/').map(|(at, _)| first.get(..=at).unwrap_or_default());
        let common = common.rfind(|start| paths.iter().all(|path| path.starts_with(start)));
        let common = common.filter(|start| start.len() > 1 && paths.len() > 1).unwrap_or_default();
        let rests: Vec<_> = paths.iter().map(|path| path.strip_prefix(common).unwrap_or(path)).collect();
        if common.is_empty() { rests.join("、") } else { format!("{common} 后接 {}", rests.join("、")) }
    }

    fn routes_at<'p>(&self, path: &'p str) -> impl Iterator<Item = &'static Route> + use<'p> {
        self.routes.iter().filter(move |route| path::tidy(path).eq_ignore_ascii_case(route.path))
    }
}

/// One interface of a standard.
#[derive(Debug)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path as the text gives it, without any prefix.
    pub path: &'static str,
    /// The largest body in bytes; larger ones are answered 413 unread.
    pub body_max_bytes: usize,
    /// What kind of work it is.
    pub lane: Lane,
}

/// Which of two queues the costly part of a message waits in, so that pictures never hold records up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Small and urgent.
    Records,
    /// Large and patient.
    Photos,
}

/// A credential's fields by name, as the registry file gives them and the store keeps them sealed.
pub type Fields = BTreeMap<String, String>;

/// A credential made ready for use: keys parsed, digests taken. Each standard has its own type behind it.
pub trait Credential: Any + Send + Sync {
    /// The credential as what it is.
    fn as_any(&self) -> &dyn Any;
}

/// A credential as it was issued.
#[derive(Debug)]
pub struct Issued {
    /// What the platform keeps, sealed.
    pub kept: Fields,
    /// What the provider is told, once. Public parts (a public key) are in it even when nothing was generated.
    pub handed_out: Fields,
    /// The secrets that were generated now, whether they are handed out or only kept.
    pub generated: Vec<&'static str>,
}

/// How far an explanation went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Explained {
    /// The message was read.
    Whole,
    /// What of it is right, and what could not be looked at for want of a key, in Chinese and in English.
    Partly(&'static str, &'static str),
}

/// A field of a credential that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct CredentialFault {
    /// The field, as in the registry file.
    pub field: &'static str,
    /// What is wrong and what to do.
    pub problem: String,
}

/// Someone who may speak under a standard: the registry's answer to a [`Claim`].
pub struct Account {
    /// The provider whose account it is.
    pub provider: ProviderCode,
    /// Its name in messages.
    pub name: String,
    /// Every credential valid now, newest first: more than one during a rotation.
    pub credentials: Vec<Arc<dyn Credential>>,
}

/// What the registry says of a lot that a message names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LotAccess {
    /// The speaker's own.
    Granted(LotCode),
    /// Somebody else's.
    Denied,
    /// Nobody's.
    Unknown,
}

/// The speaker has as many lots as it may that no operator stands behind: no further one comes into being by its word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyLots {
    /// How many it may have.
    pub max: usize,
}

/// Looks up the lots of the one who speaks.
pub trait LotLookup: Send + Sync {
    /// The lot that this standard calls `id`.
    fn lot(&self, id: &str) -> LotAccess;

    /// Whether that lot is on the street or off it, where the book says so.
    fn kind(&self, lot: &LotCode) -> Option<LotKind> {
        let _ = lot;
        None
    }

    /// The lot that this standard calls `id`, for a message about off-peak parking, which parties may send that have no
    /// other right to speak of the lot.
    fn off_peak_lot(&self, id: &str) -> LotAccess {
        self.lot(id)
    }

    /// The code that a lot called `id`, which nobody has registered yet, is given once it describes itself: the
    /// same code for the same speaker and id ever after.
    fn code_for_new_lot(&self, id: &str) -> LotCode {
        LotCode::from(id)
    }

    /// The same for a message that describes the lot, by which it comes into being; refused beyond the speaker's quota.
    fn new_lot(&self, id: &str) -> Result<LotCode, TooManyLots> {
        Ok(self.code_for_new_lot(id))
    }
}

/// Who a message says is speaking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The holder of the account of that name.
    Account(String),
    /// Whoever was given this token when logging in.
    Token(String),
}

/// A message taken apart as far as can be without keys.
pub trait Envelope: Send {
    /// Who it says is speaking.
    fn claim(&self) -> &Claim;

    /// How many units of costly work (as much as an RSA block each) [`Envelope::authenticate`] takes: that of a
    /// password against its slow hash. 0, the rule, means that it is done on the spot.
    fn cost_of_authentication(&self, account: Option<&Account>) -> usize {
        let _ = account;
        0
    }

    /// Whether it is authentic. Cheap unless [`Envelope::cost_of_authentication`] says otherwise, and done before anything costly. `account` is `None` where nobody of the
    /// claimed name is known.
    fn authenticate(&self, account: Option<&Account>, now: Timestamp) -> Result<(), Refusal>;

    /// How many units of costly work (RSA blocks) opening takes; 0 means it can be done on the spot.
    fn cost(&self) -> usize {
        0
    }

    /// Does so many units of the costly work of opening it ahead, if so many are left; whether any is. Whoever takes
    /// messages in calls it again and again, and lets others' messages have their turn in between. Only ever called after
    /// [`Envelope::authenticate`] has said yes, and always for the same account.
    fn work_ahead(&mut self, account: &Account, units: usize) -> bool {
        let _ = (account, units);
        false
    }

    /// The charging order that the message is about, where a record of an order that the speaker has reported before is
    /// a success whatever else it says: who takes it in asks the store before it refuses.
    fn charging_order(&self) -> Option<String> {
        None
    }

    /// Opens it: only ever called after [`Envelope::authenticate`] has said yes.
    fn open(
        self: Box<Self>,
        account: &Account,
        lots: &dyn LotLookup,
        now: Timestamp,
    ) -> Result<Opened, Refusal>;
}

/// What an opened message is.
#[derive(Debug)]
pub enum Opened {
    /// Reports to keep. None at all in it: a question that the standard answers by itself, in the receipt.
    Delivery(Delivery),
    /// Reports to keep on a condition.
    Conditional(Delivery, Condition),
    /// A login that has succeeded.
    Login(Login),
    /// The question which plates' records of a day do not add up.
    PlatesToReplenish(PlatesToReplenish),
}

/// Reports to keep on a condition, and what is answered where it does not hold.
#[derive(Debug)]
pub struct Condition {
    /// The condition.
    pub photos: PhotosAtMost,
    /// What is answered where it would be one photo more.
    pub otherwise: Box<Refusal>,
}

/// A login that has succeeded.
#[derive(Debug)]
pub struct Login {
    /// The token that the holder is to present from now on.
    pub token: String,
    /// How long the platform knows the token after the login and after each heartbeat that presents it; a further
    /// login of the account ends it. `None`: the token proves itself and need not be known.
    pub ttl: Option<SignedDuration>,
    /// What the answer says.
    pub receipt: Option<String>,
}

/// The question which plates' records of a day, of cars with reservations, do not add up.
pub struct PlatesToReplenish {
    /// The lot.
    pub lot: LotCode,
    /// The day, `yyyymmdd` in UTC+08:00.
    pub day: u32,
    /// Makes of all those plates what the answer says, or the refusal of a page that does not exist.
    pub answer: Box<dyn FnOnce(Vec<Plate>) -> Result<String, Refusal> + Send>,
}

impl fmt::Debug for PlatesToReplenish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlatesToMend").field("lot", &self.lot).field("day", &self.day).finish_non_exhaustive()
    }
}

/// Reports that came in one message: one unit, kept all or not at all.
#[derive(Debug, Default)]
pub struct Delivery {
    /// When the sender says it spoke; `None` where the standard has no such thing.
    pub sent_at: Option<Timestamp>,
    /// What was said, each with what the standard itself doubts about it.
    pub reports: Vec<OpenedReport>,
    /// The pictures that reports refer to by digest.
    pub pictures: Vec<PictureBytes>,
    /// What the answer says beyond success, in whatever form the standard's own `answer` reads: an id repeated back
    /// (`parkingdataId`), a list, a time.
    pub receipt: Option<String>,
}

/// One report of a delivery.
#[derive(Debug)]
pub struct OpenedReport {
    /// The report.
    pub report: Report,
    /// What the standard itself doubts, beyond the model's rules (a photo smaller than the text asks).
    pub doubts: Vec<Doubt>,
    /// The fields that the text does not name, as a JSON object; `None` where there are none.
    pub unnamed_fields: Option<String>,
}

/// A picture that came along.
#[derive(Clone, Debug)]
pub struct PictureBytes {
    /// SHA-256, lower-case hex.
    pub sha256: String,
    /// The picture.
    pub bytes: Bytes,
    /// What the bytes themselves show: `image/jpeg`, `image/png`, …
    pub media_type: &'static str,
}

/// What became of a message, to be answered in the standard's own form.
#[derive(Debug)]
pub enum Outcome<'a> {
    /// Everything is on stable storage.
    Accepted {
        /// See [`Delivery::receipt`].
        receipt: Option<&'a str>,
    },
    /// It was refused.
    Refused(&'a Refusal),
    /// The body is larger than the route allows.
    TooLarge {
        /// The route's limit.
        max_bytes: usize,
    },
    /// The account sends more than its share.
    TooMany {
        /// When to come back, in seconds.
        retry_after_s: u32,
    },
    /// The account has used up what it may say in a day.
    OverQuota {
        /// Which of its quotas, how much it is, and from when on there is more, in Chinese.
        quota: &'a str,
        /// When to come back, in seconds.
        retry_after_s: u32,
    },
    /// The platform cannot take it now.
    Unavailable {
        /// When to come back, in seconds.
        retry_after_s: u32,
    },
}

/// The platform's side of a standard.
pub trait PlatformSide: Send + Sync {
    /// The standard's card.
    fn card(&self) -> &'static Card;

    /// Makes a credential from what the registry file gives, generating what it leaves out.
    fn issue(&self, given: &Fields) -> Result<Issued, CredentialFault>;

    /// Whether what the registry file gives asks for nothing that is not kept already. A standard that keeps a
    /// digest in place of a secret says how to compare.
    fn same_credential(&self, given: &Fields, kept: &Fields) -> bool {
        given.iter().all(|(field, value)| kept.get(field).is_some_and(|kept| kept.trim() == value.trim()))
    }

    /// Makes a kept credential ready for use.
    fn credential(&self, kept: &Fields) -> Result<Arc<dyn Credential>, CredentialFault>;

    /// Whether its accounts may speak of any lot that has an id in this standard, though the lot be another
    /// provider's, unless the lot names the parties that may: the standard of a trade beside the lots' own.
    fn speaks_of_any_lot(&self) -> bool {
        false
    }

    /// An id for a lot that has none, where the text has the platform make it: a different one for every `number`.
    fn new_lot_id(&self, lot: &Lot, number: u32) -> Option<String> {
        let _ = (lot, number);
        None
    }

    /// The refusal of a request that [`Card::route`] finds no route for: what interfaces there are, or by which method
    /// the one at that path is asked.
    fn unserved(&self, method: &Method, path: &str) -> Refusal {
        let card = self.card();
        let methods: Vec<_> = card.routes_at(path).map(|route| route.method.as_str()).collect();
        let expected = if methods.is_empty() { card.interfaces() } else { methods.join("、") };
        let fault = Fault::Unserved {
            expected,
            received: shown(&format!("{method} {path}")),
            method_only: !methods.is_empty(),
        };
        Refusal::of(fault, card.unserved_code)
    }

    /// Takes a message apart. The request's path is as requested.
    fn read(&self, request: Request<Bytes>) -> Result<Box<dyn Envelope>, Refusal>;

    /// What a platform reads in the message of this report: written and read by the text's own rules, without what only
    /// the way between needs. For whoever makes up a past of a hundred thousand messages, each of which would take
    /// private-key operations to open; why not, in words, where it cannot be said. `None`, the rule, in standards whose
    /// messages cost next to nothing to seal and open: there the message itself is asked.
    fn read_back(&self, outgoing: Outgoing<'_>, lots: &dyn LotLookup) -> Option<Result<Delivery, String>> {
        let _ = (outgoing, lots);
        None
    }

    /// The answer in the standard's own form.
    fn answer(&self, outcome: &Outcome<'_>, now: Timestamp) -> Response<Bytes>;

    /// Opens a message for an engineer whose signature does not match, and adds every step; stops at the first that
    /// fails. Where a token is shown, only a running platform knows whether it is alive. A key that the platform alone
    /// has may be missing: what needs it is passed over, and said so.
    fn explain(
        &self,
        request: &Request<Bytes>,
        kept: &Fields,
        now: Timestamp,
        steps: &mut Vec<Step>,
    ) -> Result<Explained, Refusal>;

    /// Every step of [`PlatformSide::explain`], and where it fails the refusal with these steps.
    fn explain_open(
        &self,
        request: Request<Bytes>,
        kept: &Fields,
        now: Timestamp,
    ) -> (Vec<Step>, Result<Explained, Refusal>) {
        let mut steps = Vec::new();
        let result = self.explain(&request, kept, now, &mut steps);
        let result = result.map_err(|refusal| Refusal { steps: steps.clone(), ..refusal });
        (steps, result)
    }

    /// What the platform can ask of lots, in standards that have such a thing.
    fn downlink(&self) -> Option<&dyn Downlink> {
        None
    }
}
