//! What a platform is asked about a day, and about orders on the lot: `/api/v1/lots/{code}/days/{date}` and `/api/v1/orders`
//! of docs/supervision/daily-loop.md. No standard has such questions; what a platform has them for is in its own API.

use super::local::LocalDay;
use crate::uplink::Transport;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Method, Request, Response, StatusCode};
use jiff::civil::Date;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Ids of a page.
const PAGE: usize = 1_000;
/// Pages that are read: more cars than pass the largest lot in a day.
const PAGES_MAX: usize = 100;
/// Orders that are shown: a lot with more of them is past reading them here.
const ORDERS_MAX: usize = 20;
/// Orders that the lot has yet to do something about.
const OPEN: &str = "issued,served,answered,overdue,escalated";
/// Of what a platform says to a refusal so many characters are shown.
const WORDS_MAX: usize = 300;

/// A kind of record, as the API names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Entries,
    Exits,
    Photos,
    Charges,
}

impl Kind {
    pub(super) const ALL: [Self; 4] = [Self::Entries, Self::Exits, Self::Photos, Self::Charges];

    fn name(self) -> &'static str {
        match self {
            Self::Entries => "entries",
            Self::Exits => "exits",
            Self::Photos => "photos",
            Self::Charges => "charges",
        }
    }
}

/// What a platform has of a day.
#[derive(Debug, Deserialize)]
pub(super) struct TheirDay {
    pub(super) entries: u64,
    pub(super) exits: u64,
    pub(super) photos: u64,
    pub(super) charges: u64,
    digests: Option<Digests>,
}

#[derive(Debug, Deserialize)]
struct Digests {
    entries: String,
    exits: String,
    photos: String,
    charges: String,
}

impl TheirDay {
    /// The digest of its ids; none for a token that may not see them.
    pub(super) fn digest(&self, kind: Kind) -> Option<&str> {
        let digests = self.digests.as_ref()?;
        Some(match kind {
            Kind::Entries => &digests.entries,
            Kind::Exits => &digests.exits,
            Kind::Photos => &digests.photos,
            Kind::Charges => &digests.charges,
        })
    }
}

/// An order on the lot.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct TheirOrder {
    pub(super) id: String,
    pub(super) number: Option<String>,
    pub(super) state: String,
    pub(super) state_zh: String,
    /// The finding kind that it is about.
    pub(super) rule: Option<String>,
    pub(super) due_at: Option<String>,
    /// Findings that it holds against the lot, and how many of them are cured.
    pub(super) findings: u64,
    pub(super) cured: u64,
}

/// A page of a list.
#[derive(Deserialize)]
pub(super) struct Page<T> {
    pub(super) items: Vec<T>,
    pub(super) next: Option<String>,
}

/// The platform's own API, asked with a token of the lot's provider.
pub(crate) struct PlatformApi {
    pub(crate) transport: Box<dyn Transport>,
    pub(crate) token: String,
    /// The platform's own code of the lot.
    pub(crate) lot: String,
}

impl PlatformApi {
    /// How much it has of a day.
    pub(super) async fn day(&self, day: Date) -> Result<TheirDay, String> {
        self.ask(Method::GET, self.of_day(day), None).await
    }

    /// The open orders on the lot, the newest first.
    pub(super) async fn orders(&self) -> Result<Page<TheirOrder>, String> {
        let lot = utf8_percent_encode(&self.lot, NON_ALPHANUMERIC);
        let path = format!("/api/v1/orders?lot={lot}&state={OPEN}&limit={ORDERS_MAX}");
        self.ask(Method::GET, path, None).await
    }

    /// The ids that it has of a day.
    pub(super) async fn ids(&self, day: Date, kind: Kind) -> Result<Vec<String>, String> {
        let mut ids = Vec::new();
        let mut cursor = String::new();
        for _ in 0..PAGES_MAX {
            let path = format!("{}/records?kind={}&limit={PAGE}{cursor}", self.of_day(day), kind.name());
            let page: Page<String> = self.ask(Method::GET, path, None).await?;
            ids.extend(page.items);
            match page.next {
                Some(next) => cursor = format!("&cursor={}", utf8_percent_encode(&next, NON_ALPHANUMERIC)),
                None => return Ok(ids),
            }
        }
        Err(format!("the platform has more than {} {} of {day}", PAGES_MAX * PAGE, kind.name()))
    }

    /// What the lot takes off a stay whose car charged, named by `of`, a query; the platform's own answer.
    pub(super) async fn relief(&self, of: (&str, &str)) -> Result<Response<Bytes>, String> {
        let lot = utf8_percent_encode(&self.lot, NON_ALPHANUMERIC);
        let (name, value) = (of.0, utf8_percent_encode(of.1, NON_ALPHANUMERIC));
        self.exchange(Method::GET, format!("/gateway/v1/relief?lot={lot}&{name}={value}"), None).await
    }

    /// Says which records the lot has.
    pub(super) async fn declare(&self, day: Date, own: &LocalDay) -> Result<(), String> {
        let declared = json!({
            "entries": own.entries.ids().collect::<Vec<_>>(), "exits": own.exits.ids().collect::<Vec<_>>(),
            "photos": own.photos.count(), "charges": own.charges.count(),
        });
        let path = format!("{}/declaration", self.of_day(day));
        let _: Value = self.ask(Method::POST, path, Some(declared)).await?;
        Ok(())
    }

    fn of_day(&self, day: Date) -> String {
        format!("/api/v1/lots/{}/days/{day}", utf8_percent_encode(&self.lot, NON_ALPHANUMERIC))
    }

    pub(crate) async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: String,
        body: Option<Value>,
    ) -> Result<T, String> {
        let answer = self.exchange(method, path, body).await?;
        if answer.status() != StatusCode::OK {
            return Err(self.refusal(&answer));
        }
        serde_json::from_slice(answer.body())
            .map_err(|error| format!("the answer is not understood: {error}"))
    }

    /// Asks, and gives whatever is answered.
    pub(crate) async fn exchange(
        &self,
        method: Method,
        path: String,
        body: Option<Value>,
    ) -> Result<Response<Bytes>, String> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(AUTHORIZATION, format!("Bearer {}", self.token))
            .header(CONTENT_TYPE, "application/json")
            .body(Bytes::from(body.map(|body| body.to_string()).unwrap_or_default()))
            .map_err(|error| error.to_string())?;
        self.transport.send(request).await.map_err(|error| error.0)
    }

    /// A refusal in words.
    pub(crate) fn refusal(&self, answer: &Response<Bytes>) -> String {
        let problem: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        let words: String = problem
            .get("detail")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .chars()
            .take(WORDS_MAX)
            .collect();
        match answer.status() {
            StatusCode::UNAUTHORIZED => format!("the platform does not know the token: {words}"),
            StatusCode::NOT_FOUND => {
                format!("the platform knows no lot {:?} of this token: {words}", self.lot)
            }
            status => format!("{status} {words}"),
        }
    }
}
