//! `/api/v1/reveals`: a plate or a picture for a person, one by one and each for a reason.

use super::photos;
use crate::accounts::{Principal, entry};
use crate::app::App;
use crate::http::auth::{Actor, must_be_confirmed};
use crate::http::body::JsonBody;
use crate::http::problem::Problem;
use crate::http::timestamps;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use bowei_model::{LotCode, ParkingSession, Passage, Plate, Version, pairing};
use bowei_store::SessionQuery;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

/// A reason has so many characters at least.
const REASON_MIN: usize = 4;
/// And at most.
const REASON_MAX: usize = 500;
/// A link to a picture is good for so long.
const LINK_TTL: SignedDuration = SignedDuration::from_mins(1);
/// Cars that pass a lot in one second, at most: a lot has some dozen gates.
const SECOND_MAX: usize = 100;
/// What links are sealed as.
const LINK: &str = "reveal";

/// What to show, and why: a record's plates, or a picture.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RevealRequest {
    /// The lot of the record.
    lot: Option<String>,
    /// The record, as a session's `record_id`.
    record_id: Option<String>,
    /// The picture, as a session's photo's `id`.
    photo: Option<String>,
    /// Why, in four characters and more; it stays in the audit.
    reason: String,
    /// The case that it is for.
    case: Option<String>,
}

/// What was shown.
#[derive(Serialize, ToSchema)]
pub(super) struct RevealAnswer {
    /// The record's plate, as it counts.
    plate: Option<String>,
    /// The entry's, where it is another.
    entry_plate: Option<String>,
    /// The exit's, where it is another.
    exit_plate: Option<String>,
    /// A link to the picture.
    url: Option<String>,
    /// When the link ends.
    expires_at: Option<String>,
}

/// A reason, if it is one.
pub(super) fn reason(text: &str) -> Result<String, Problem> {
    words_on("reason", text)
}

/// What somebody says on why, in the field of that name.
pub(super) fn words_on(field: &str, text: &str) -> Result<String, Problem> {
    let reason = text.trim();
    let count = reason.chars().count();
    if (REASON_MIN..=REASON_MAX).contains(&count) && !reason.chars().any(char::is_control) {
        return Ok(reason.to_owned());
    }
    let words = format!(
        "请写明事由（{REASON_MIN} 至 {REASON_MAX} 个字） say why, in {REASON_MIN} to {REASON_MAX} characters"
    );
    Err(Problem::invalid(field, words))
}

/// Shows the plates of a record, or gives a link to a picture. It is in the audit before it is shown.
#[utoipa::path(post, operation_id = "reveal", path = "/api/v1/reveals", tag = "people", security(("session" = [])),
    request_body = RevealRequest, responses(
    (status = 200, description = "Shown", body = RevealAnswer),
    (status = 400, description = "The body does not fit, or there is no reason", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such record or picture for whoever asks", body = Problem, content_type = "application/problem+json"),
    (status = 410, description = "The plate is past its time: a pseudonym of it is kept", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn create(
    State(app): State<App>,
    principal: Principal,
    Actor(source): Actor,
    JsonBody(asked): JsonBody<RevealRequest>,
) -> Result<Json<RevealAnswer>, Problem> {
    let why = json!({"reason": reason(&asked.reason)?, "case": asked.case});
    must_be_confirmed(&app, &principal)?;
    let now = app.clock.now();
    match (&asked.lot, &asked.record_id, &asked.photo) {
        (Some(lot), Some(record_id), None) => {
            let lot = principal.lot(&app, lot)?;
            let session = find(&app, &lot.code, record_id).await?;
            if session.plate().is_some_and(Plate::is_pseudonym) {
                let words =
                    "车牌已过保存期限，仅存假名 the plate is past its time: only a pseudonym of it is kept";
                return Err(Problem::new(StatusCode::GONE, words));
            }
            let object = format!("lot:{}/record:{record_id}", lot.code);
            let shown = entry(&source, now, ("plate.reveal", object), (None, Some(why)));
            app.store.administer(Vec::new(), vec![shown]).await?;
            let of = |version: Option<&Version<Passage>>| {
                version.and_then(|version| version.content.plate.as_ref()).map(Plate::to_string)
            };
            Ok(Json(RevealAnswer {
                plate: session.plate().map(Plate::to_string),
                entry_plate: of(session.entry()),
                exit_plate: of(session.exit()),
                url: None,
                expires_at: None,
            }))
        }
        (None, None, Some(photo)) => {
            photos::visible(&app, &principal, photo).await?;
            let shown = entry(&source, now, ("photo.reveal", format!("photo:{photo}")), (None, Some(why)));
            app.store.administer(Vec::new(), vec![shown]).await?;
            let ends = now.saturating_add(LINK_TTL).unwrap_or(now);
            let link = format!("{}\n{}\n{photo}", ends.as_millisecond(), principal.id());
            let sealed = app.cursors.seal(LINK, Some(link))?.unwrap_or_default();
            Ok(Json(RevealAnswer {
                plate: None,
                entry_plate: None,
                exit_plate: None,
                url: Some(format!("/api/v1/reveals/{sealed}")),
                expires_at: Some(timestamps::shown(ends)),
            }))
        }
        _ => Err(Problem::bad_request("lot and record_id are expected, or photo")),
    }
}

/// The session of that record, by its id as it is, or as it was shown with the plate in it masked.
async fn find(app: &App, lot: &LotCode, record_id: &str) -> Result<ParkingSession, Problem> {
    let missing = || Problem::not_found(format!("lot {lot} has no record {record_id:?}"));
    if let Some(found) = app.store.session(lot, record_id).await? {
        return Ok(found);
    }
    // Such an id ends in the second in which the car passed.
    let second = record_id.rsplit('-').next().and_then(|second| second.parse().ok());
    let from = second.and_then(|second| Timestamp::from_second(second).ok()).ok_or_else(missing)?;
    let query = SessionQuery {
        lot: Some(lot.clone()),
        plate: None,
        pseudonym: None,
        open: false,
        closed: false,
        from: Some(from),
        to: from.saturating_add(SignedDuration::from_secs(1)).ok(),
        limit: SECOND_MAX,
        cursor: None,
    };
    let mut found = app.store.sessions(query).await?.items;
    found.retain(|session| pairing::masked(session.record_id.as_str()).as_deref() == Some(record_id));
    if found.len() > 1 {
        let words = "several records are shown alike: their plates differ only where they are masked";
        return Err(Problem::new(StatusCode::CONFLICT, words));
    }
    found.pop().ok_or_else(missing)
}

/// The picture of a link that was given to whoever asks, within its minute.
#[utoipa::path(get, operation_id = "getRevealedPhoto", path = "/api/v1/reveals/{link}", tag = "people", security(("session" = [])),
    params(("link" = String, Path, description = "The last part of the link")), responses(
    (status = 200, description = "The bytes as received, with their media type", content_type = "image/jpeg"),
))]
pub(super) async fn photo(
    State(app): State<App>,
    principal: Principal,
    Path(link): Path<String>,
) -> Result<Response, Problem> {
    let over = || {
        Problem::not_found(
            "链接已失效，或属于他人，请重新申请 the link is over, or was given to somebody else: ask for another",
        )
    };
    let opened = app.cursors.open(LINK, Some(link)).map_err(|_| over())?.ok_or_else(over)?;
    let mut parts = opened.splitn(3, '\n');
    let (ends, of, photo) = (parts.next(), parts.next(), parts.next());
    let ends = ends.and_then(|ends| Timestamp::from_millisecond(ends.parse().ok()?).ok()).ok_or_else(over)?;
    if ends <= app.clock.now() || of != Some(principal.id()) {
        return Err(over());
    }
    let shown = photos::visible(&app, &principal, photo.unwrap_or_default()).await?;
    photos::bytes(&app, shown).await
}
