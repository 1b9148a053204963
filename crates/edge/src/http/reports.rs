//! `POST /v1/reports`, `/v1/photos`, `/v1/lot`, `/v1/space-count`: what the lot's own systems say. Answered when it is
//! on disk.

use super::{Problem, body};
use crate::Gateway;
use crate::intake::NewReport;
use crate::outbox::TAKE_ENTRIES_MAX;
use crate::reports::{self, About, ReportFault};
use axum::Json;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use bowei_model::{Photo, PhotoRole, Picture, RecordId, Report};
use bowei_standards::shared::encoding::sha256_hex;
use bowei_standards::shared::picture::media_type;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// A thousand records are half of it.
const BODY_MAX_BYTES: usize = 1024 * 1024;
/// Reports in one call: they are one unit, taken or not, and the outbox takes no more as one.
const REPORTS_MAX: usize = TAKE_ENTRIES_MAX;
/// The largest picture that any of the texts takes.
const PICTURE_MAX_BYTES: usize = 2 * 1024 * 1024;
/// As the model has it.
const RECORD_ID_MAX_CHARS: usize = 128;

type Answer = Result<Json<Value>, Problem>;

/// `POST /v1/reports`.
pub(super) async fn reports(State(gateway): State<Arc<Gateway>>, headers: HeaderMap, body: Body) -> Answer {
    let body = body::read(&gateway, &headers, body, BODY_MAX_BYTES).await?;
    let list = match json_of(&body.bytes)? {
        Value::Array(list) => list,
        // One report alone is a list of one.
        one @ Value::Object(_) => vec![one],
        _ => return Err(Problem::bad_request("a list of reports is expected: [{\"kind\":\"entry\",…},…]")),
    };
    if list.len() > REPORTS_MAX {
        let detail = format!("{} reports in one call: at most {REPORTS_MAX}", list.len());
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail));
    }
    let mut new = Vec::with_capacity(list.len());
    for (place, report) in list.into_iter().enumerate() {
        let report = read(&gateway, report).map_err(|fault| {
            let field = format!("[{place}].{}", fault.field);
            Problem::bad_request(ReportFault { field, ..fault }.to_string())
        })?;
        new.push(NewReport { report, picture: None });
    }
    take(&gateway, new).await
}

/// `POST /v1/lot`: the lot's own profile.
pub(super) async fn lot(State(gateway): State<Arc<Gateway>>, headers: HeaderMap, body: Body) -> Answer {
    of_kind(&gateway, "lot", headers, body).await
}

/// `POST /v1/space-count`: its free spaces.
pub(super) async fn space_count(
    State(gateway): State<Arc<Gateway>>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    of_kind(&gateway, "space-count", headers, body).await
}

async fn of_kind(gateway: &Gateway, kind: &str, headers: HeaderMap, body: Body) -> Answer {
    let body = body::read(gateway, &headers, body, BODY_MAX_BYTES).await?;
    let Value::Object(mut object) = json_of(&body.bytes)? else {
        return Err(Problem::bad_request(format!("one JSON object is expected: the {kind}")));
    };
    let said = object.insert("kind".to_owned(), kind.into());
    if said.is_some_and(|said| said != kind) {
        return Err(Problem::bad_request(format!("kind: expected {kind:?} here, or nothing")));
    }
    let report =
        read(gateway, Value::Object(object)).map_err(|fault| Problem::bad_request(fault.to_string()))?;
    take(gateway, vec![NewReport { report, picture: None }]).await
}

fn read(gateway: &Gateway, report: Value) -> Result<Report, ReportFault> {
    let about = About { lot: &gateway.lot, lot_id: gateway.lot.as_str(), picture: None };
    reports::read_value(report, about)
}

fn json_of(body: &[u8]) -> Result<Value, Problem> {
    serde_json::from_slice(body).map_err(|error| Problem::bad_request(format!("no JSON: {error}")))
}

/// What a photo is of.
#[derive(Deserialize)]
pub(super) struct PhotoOf {
    record_id: String,
    role: PhotoRole,
    slot: Option<u32>,
    taken_at: Option<Timestamp>,
}

/// `POST /v1/photos?record_id=&role=entry,exit`: the picture is the body.
pub(super) async fn photo(
    State(gateway): State<Arc<Gateway>>,
    about: Result<Query<PhotoOf>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let Query(about) = about.map_err(|rejection| {
        let words = rejection.body_text();
        Problem::bad_request(format!(
            "{words}. Expected: /v1/photos?record_id=ID&role=entry, or role=exit, and if wanted slot=N and taken_at=TIME"
        ))
    })?;
    let chars = about.record_id.chars().count();
    if chars == 0 || chars > RECORD_ID_MAX_CHARS {
        let detail = format!("record_id: expected 1 to {RECORD_ID_MAX_CHARS} characters, came {chars}");
        return Err(Problem::bad_request(detail));
    }
    let body = body::read(&gateway, &headers, body, PICTURE_MAX_BYTES).await?;
    let Some(media_type) = media_type(&body.bytes) else {
        let detail =
            "the body: expected a JPEG, PNG, GIF, BMP or WebP picture, as it is (no form, no base64)";
        return Err(Problem::bad_request(detail));
    };
    let picture = Picture::Bytes {
        sha256: sha256_hex(&body.bytes),
        bytes: body.bytes.len() as u64,
        media_type: media_type.to_owned(),
    };
    let photo = Photo {
        lot: gateway.lot.clone(),
        record_id: RecordId::from(about.record_id),
        role: about.role,
        slot: about.slot,
        // Left out it stays so: the same photo posted again must be the same report.
        taken_at: about.taken_at,
        picture,
    };
    take(&gateway, vec![NewReport { report: Report::Photo(photo), picture: Some(body.bytes.clone()) }]).await
}

async fn take(gateway: &Gateway, new: Vec<NewReport>) -> Answer {
    let accepted = new.len();
    gateway.take(new).await?;
    Ok(Json(json!({ "accepted": accepted })))
}
