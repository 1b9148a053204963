//! What a platform asks of the lot over its own API, under `/gateway/v1`, whatever the standard of the uplink: for gateways
//! that nobody can call from outside, and for standards without a way down. The gateway asks and waits; the form is in
//! docs/edge/API.md.

use super::{DirectiveAnswer, LotCancellation};
use crate::config::UplinkConfig;
use crate::reconciliation::PlatformApi;
use crate::uplink::Transport;
use bowei_model::moment::rfc3339;
use bowei_model::{Cancellation, LotCode, Plate, PlateKind, Reservation, SpaceKind};
use bowei_standards::downlink::Directive;
use http::{Method, StatusCode};
use jiff::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The longest id of a directive: it is kept with its answer.
const ID_CHARS_MAX: usize = 128;

/// The number of 表 A.1 for what is not of the form.
const NOT_UNDERSTOOD: &str = "2";

/// The directives of one platform.
pub(crate) struct PlatformDirectives {
    /// The uplink to that platform.
    pub(crate) uplink: String,
    api: PlatformApi,
    wait: Duration,
    state: Mutex<State>,
}

/// How the asking goes.
#[derive(Default)]
struct State {
    answered_at: Option<Timestamp>,
    why: Option<String>,
}

/// Something asked.
pub(crate) struct AskedDirective {
    /// Its id, under which it is answered.
    pub(crate) id: String,
    /// What it is, or what is answered where it cannot be understood.
    pub(crate) asked: Result<Directive, DirectiveAnswer>,
}

/// Why the platform did not take what it was told.
pub(crate) enum Unanswered {
    /// It does not want it any more, or never did: it is not told again.
    Refused(String),
    /// It cannot be asked now.
    TryLater(String),
}

#[derive(Deserialize)]
struct Items {
    items: Vec<Value>,
}

/// A reservation, or its change, as the platform writes it.
#[derive(Deserialize)]
struct Wanted {
    booking: String,
    plate: String,
    #[serde(default)]
    plate_kind: Option<PlateKind>,
    arrives_at: Timestamp,
    expires_at: Timestamp,
    kept_minutes: i64,
    #[serde(default = "yes")]
    only_if_free: bool,
    #[serde(default = "ordinary")]
    space: SpaceKind,
}

#[derive(Deserialize)]
struct Unwanted {
    booking: String,
}

fn yes() -> bool {
    true
}

fn ordinary() -> SpaceKind {
    SpaceKind::Ordinary
}

impl PlatformDirectives {
    /// As an uplink's configuration has it; `None`: it is not told to ask. `transport` reaches the platform's API and waits
    /// for longer than `wait`, which the platform may take to answer.
    pub(crate) fn open<E>(
        config: &UplinkConfig,
        wait: Duration,
        transport: impl FnOnce(&str) -> Result<Box<dyn Transport>, E>,
    ) -> Result<Option<Self>, E> {
        let Some(asked) = config.reconciliation.as_ref().filter(|it| it.reservations) else {
            return Ok(None);
        };
        let transport = transport(asked.url.as_deref().unwrap_or(&config.url))?;
        let api = PlatformApi { transport, token: asked.token.clone(), lot: asked.lot.clone() };
        Ok(Some(Self { uplink: config.name().to_owned(), api, wait, state: Mutex::default() }))
    }

    /// What the platform wants of the lot and has no answer to yet: at once where there is something, otherwise when there
    /// is, or nothing when the wait is over. Of another lot than `lot` nothing is done.
    pub(crate) async fn wait(&self, lot: &LotCode) -> Result<Vec<AskedDirective>, String> {
        let path = format!("/gateway/v1/directives?lot={}&wait={}", self.lot(), self.wait.as_secs());
        let Items { items } = self.api.ask(Method::GET, path, None).await?;
        items.into_iter().map(|item| read(item, lot)).collect()
    }

    /// Answers one.
    pub(crate) async fn answer(&self, id: &str, answer: &DirectiveAnswer) -> Result<(), Unanswered> {
        let id = utf8_percent_encode(id, NON_ALPHANUMERIC);
        let body = serde_json::to_value(answer).map_err(|error| Unanswered::Refused(error.to_string()))?;
        self.tell(format!("/gateway/v1/directives/{id}?lot={}", self.lot()), body).await
    }

    /// Says that the lot has called a reservation off.
    pub(crate) async fn cancel(&self, cancellation: &LotCancellation) -> Result<(), Unanswered> {
        let code = utf8_percent_encode(&cancellation.booking, NON_ALPHANUMERIC);
        let path = format!("/gateway/v1/reservations/{code}/cancel?lot={}", self.lot());
        self.tell(path, json!({ "reason": cancellation.reason })).await
    }

    async fn tell(&self, path: String, body: Value) -> Result<(), Unanswered> {
        let answer = self.api.exchange(Method::POST, path, Some(body)).await.map_err(Unanswered::TryLater)?;
        let status = answer.status();
        if status.is_success() {
            return Ok(());
        }
        let why = self.api.refusal(&answer);
        // What is gone, over, or of a form that this platform does not know stays so. A token that is not known may be
        // put right.
        let is_final = matches!(
            status,
            StatusCode::BAD_REQUEST
                | StatusCode::NOT_FOUND
                | StatusCode::CONFLICT
                | StatusCode::GONE
                | StatusCode::UNPROCESSABLE_ENTITY
        );
        Err(if is_final { Unanswered::Refused(why) } else { Unanswered::TryLater(why) })
    }

    fn lot(&self) -> percent_encoding::PercentEncode<'_> {
        utf8_percent_encode(&self.api.lot, NON_ALPHANUMERIC)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that the platform answered, or why it did not.
    pub(crate) fn note(&self, answered: Result<(), String>, now: Timestamp) {
        let mut state = self.state();
        match answered {
            Ok(()) => *state = State { answered_at: Some(now), why: None },
            Err(why) => state.why = Some(why),
        }
    }

    /// Why the platform could not be asked last.
    pub(crate) fn failed(&self) -> Option<String> {
        self.state().why.clone()
    }

    /// How it goes, for the status.
    pub(crate) fn status(&self) -> Value {
        let state = self.state();
        let word = match (&state.why, state.answered_at) {
            (Some(_), _) => "failed",
            (None, Some(_)) => "waiting",
            (None, None) => "starting",
        };
        let answered_at = state.answered_at.map(rfc3339);
        json!({ "configured": true, "state": word, "why": state.why, "answered_at": answered_at })
    }
}

/// The status of an uplink that is not asked.
pub(crate) fn not_configured() -> Value {
    json!({ "configured": false })
}

fn read(item: Value, lot: &LotCode) -> Result<AskedDirective, String> {
    let id = item.get("id").and_then(Value::as_str).map(str::to_owned);
    let id = id.filter(|id| !id.is_empty() && id.chars().count() <= ID_CHARS_MAX);
    let id = id.ok_or_else(|| format!("a directive without an id of 1 to {ID_CHARS_MAX} characters"))?;
    let asked = asked(item, lot).map_err(|why| DirectiveAnswer::refused(NOT_UNDERSTOOD, why));
    Ok(AskedDirective { id, asked })
}

fn asked(item: Value, lot: &LotCode) -> Result<Directive, String> {
    let kind = item.get("kind").and_then(Value::as_str).unwrap_or_default().to_owned();
    let wrong = |error: serde_json::Error| error.to_string();
    match kind.as_str() {
        "reservation" | "change" => {
            let wanted: Wanted = serde_json::from_value(item).map_err(wrong)?;
            let plate = Plate::read(&wanted.plate).ok_or_else(|| format!("plate: {:?}", wanted.plate))?;
            Ok(Directive::Reservation(Reservation {
                lot: lot.clone(),
                reservation_code: wanted.booking,
                plate,
                plate_kind: wanted.plate_kind,
                vehicle: None,
                arrives_at: wanted.arrives_at,
                expires_at: wanted.expires_at,
                kept_minutes: wanted.kept_minutes,
                only_if_free: wanted.only_if_free,
                space: wanted.space,
                changes: kind == "change",
            }))
        }
        "cancellation" => {
            let Unwanted { booking } = serde_json::from_value(item).map_err(wrong)?;
            Ok(Directive::Cancellation(Cancellation { lot: lot.clone(), reservation_code: booking }))
        }
        _ => Err(format!("kind: expected reservation, change or cancellation, received {kind:?}")),
    }
}
