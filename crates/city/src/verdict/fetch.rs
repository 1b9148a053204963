//! What the platform says, through its API.

use super::{Counts, FoundFinding, FoundReservation};
use bowei_model::{FindingKind, LotCode, Plate};
use bowei_service::outgoing::{BadAddress, ClientBounds, HttpClient, SendError};
use bytes::Bytes;
use http::header::AUTHORIZATION;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;
use std::time::Duration;

/// Why the platform's word could not be had.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The address is none.
    #[error(transparent)]
    Address(#[from] BadAddress),
    /// What is asked for, or the token, cannot stand in a request.
    #[error("{path:?} cannot be asked for with this token: {source}")]
    Request {
        /// What is asked for.
        path: String,
        /// What is wrong.
        source: http::Error,
    },
    /// Nothing answered.
    #[error("{url} does not answer: {why}")]
    Unreachable {
        /// The address.
        url: String,
        /// Why.
        why: String,
    },
    /// It answered something else.
    #[error(
        "{url} answers {status}: {received}; a token from `bowei token create --role regulator` may be needed"
    )]
    Refused {
        /// The address.
        url: String,
        /// The status.
        status: http::StatusCode,
        /// What it said.
        received: String,
    },
    /// What it answered is not the list that was asked for.
    #[error("{url} does not answer with the list that was asked for: {source}")]
    Unreadable {
        /// The address.
        url: String,
        /// What is wrong.
        source: serde_json::Error,
    },
}

/// A session as the platform has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundSession {
    /// The lot.
    pub lot: LotCode,
    /// What the platform calls it.
    pub record_id: String,
    /// The plate.
    pub plate: Option<Plate>,
    /// When the car came in, as far as that is known.
    pub entered_at: Option<Timestamp>,
    /// When it went out.
    pub exited_at: Option<Timestamp>,
}

/// A charge as the platform has it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct FoundCharge {
    /// The lot.
    pub lot: LotCode,
    /// The operator's order number.
    pub order_no: String,
    /// The session that it is tied to.
    #[serde(default)]
    pub record_id: Option<String>,
}

#[derive(Deserialize)]
struct Page<T> {
    items: Vec<T>,
    #[serde(default)]
    next: Option<String>,
}

#[derive(Deserialize)]
struct LotItem {
    code: String,
    #[serde(default)]
    derived: Option<i64>,
    #[serde(default)]
    reported: Option<i64>,
}

#[derive(Deserialize)]
struct SessionItem {
    lot: LotCode,
    record_id: String,
    #[serde(default)]
    plate: Option<String>,
    #[serde(default)]
    entry: Option<PassageItem>,
    #[serde(default)]
    exit: Option<PassageItem>,
}

#[derive(Deserialize)]
struct FindingItem {
    id: String,
    kind: String,
    lot: String,
    #[serde(default)]
    record_id: Option<String>,
    at: Timestamp,
    detail: String,
}

#[derive(Deserialize)]
struct PassageItem {
    at: Timestamp,
}

/// Asks the platform at `url` for its counts of every lot that `token` may see.
pub async fn fetch_counts(url: &str, token: &str) -> Result<Counts, FetchError> {
    let lots: Vec<LotItem> = all(url, "/api/v1/lots", token).await?;
    Ok(lots.into_iter().map(|item| (item.code.into(), (item.derived, item.reported))).collect())
}

/// Asks for every session of a lot.
pub async fn fetch_sessions(url: &str, token: &str, lot: &LotCode) -> Result<Vec<FoundSession>, FetchError> {
    let items: Vec<SessionItem> = all(url, &format!("/api/v1/lots/{lot}/sessions"), token).await?;
    let session = |item: SessionItem| FoundSession {
        lot: item.lot,
        record_id: item.record_id,
        plate: item.plate.as_deref().and_then(Plate::read),
        entered_at: item.entry.map(|entry| entry.at),
        exited_at: item.exit.map(|exit| exit.at),
    };
    Ok(items.into_iter().map(session).collect())
}

/// Asks for every charge.
pub async fn fetch_charges(url: &str, token: &str) -> Result<Vec<FoundCharge>, FetchError> {
    all(url, "/api/v1/charging-records", token).await
}

/// Asks for every finding, open or resolved. What the platform finds of kinds that are not known here is left out.
pub async fn fetch_findings(url: &str, token: &str) -> Result<Vec<FoundFinding>, FetchError> {
    let items: Vec<FindingItem> = all(url, "/api/v1/findings?state=open,resolved", token).await?;
    let finding = |item: FindingItem| {
        Some(FoundFinding {
            kind: FindingKind::from_name(&item.kind)?,
            id: item.id,
            lot: item.lot,
            record: item.record_id,
            at: item.at,
            detail: item.detail,
        })
    };
    Ok(items.into_iter().filter_map(finding).collect())
}

/// Asks for every reservation.
pub async fn fetch_reservations(url: &str, token: &str) -> Result<Vec<FoundReservation>, FetchError> {
    all(url, "/api/v1/reservations", token).await
}

/// Asks for every plate that is suspended.
pub async fn fetch_suspensions(url: &str, token: &str) -> Result<BTreeSet<String>, FetchError> {
    #[derive(Deserialize)]
    struct Suspended {
        plate: String,
    }
    let found: Vec<Suspended> = all(url, "/api/v1/reservations/suspensions", token).await?;
    Ok(found.into_iter().map(|suspended| suspended.plate).collect())
}

/// One page after another, each of a thousand sessions with their photos: some megabytes, and a busy platform's time.
const BOUNDS: ClientBounds = ClientBounds {
    idle_connections: 1,
    answer_timeout: Duration::from_secs(60),
    answer_max_bytes: 64 * 1024 * 1024,
    https: false,
};

/// Every page of a list.
async fn all<T: DeserializeOwned>(url: &str, path: &str, token: &str) -> Result<Vec<T>, FetchError> {
    /// As many as a page may have.
    const PAGE: usize = 1_000;
    let client = HttpClient::to(url, BOUNDS)?;
    let mut items = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let joint = if path.contains('?') { '&' } else { '?' };
        let mut page = format!("{path}{joint}limit={PAGE}");
        if let Some(cursor) = &cursor {
            page = format!("{page}&cursor={cursor}");
        }
        let request = http::Request::get(&page)
            .header(AUTHORIZATION, format!("Bearer {token}"))
            .body(Bytes::new())
            .map_err(|source| FetchError::Request { path: page.clone(), source })?;
        let page = format!("{}{page}", url.trim_end_matches('/'));
        let unreachable =
            |error: SendError| FetchError::Unreachable { url: page.clone(), why: error.to_string() };
        let answer = client.send(request).await.map_err(unreachable)?;
        let (status, body) = (answer.status(), answer.into_body());
        if !status.is_success() {
            let received = String::from_utf8_lossy(&body).chars().take(300).collect();
            return Err(FetchError::Refused { url: page, status, received });
        }
        let list: Page<T> = serde_json::from_slice(&body)
            .map_err(|source| FetchError::Unreadable { url: page.clone(), source })?;
        items.extend(list.items);
        match list.next {
            Some(next) if Some(&next) != cursor.as_ref() => cursor = Some(next),
            _ => return Ok(items),
        }
    }
}
