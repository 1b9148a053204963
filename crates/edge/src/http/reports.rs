//! `POST /v1/reports`, `/v1/photos`, `/v1/lot`, `/v1/space-count`: what the lot's own systems say. Answered when it is
//! on disk.

use super::{Problem, body, guard};
use crate::Gateway;
use crate::intake::NewReport;
use crate::outbox::TAKE_ENTRIES_MAX;
use crate::reports::{self, About, ReportFault};
use axum::Json;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use bowei_encoding::picture::media_type;
use bowei_encoding::sha256_hex;
use bowei_model::{NamedPhoto, Photo, PhotoRole, PhotoSubject, Picture, RecordId, Report};
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
pub(super) async fn reports(State(gateway): State<Arc<Gateway>>, head: Parts, body: Body) -> Answer {
    guard::want_json(&head)?;
    let body = body::read(&gateway, &head, body, BODY_MAX_BYTES).await?;
    let list = match json_of(&body.bytes)? {
        Value::Array(list) => list,
        // One report alone is a list of one.
        one @ Value::Object(_) => vec![one],
        _ => {
            let detail = "应为上报内容的列表，如 [{\"kind\":\"entry\",…},…] a list of reports is expected";
            return Err(Problem::bad_request(detail));
        }
    };
    if list.len() > REPORTS_MAX {
        let detail = format!(
            "一次最多 {REPORTS_MAX} 条，收到 {} 条 at most {REPORTS_MAX} reports in one call, received {}",
            list.len(),
            list.len()
        );
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
pub(super) async fn lot(State(gateway): State<Arc<Gateway>>, head: Parts, body: Body) -> Answer {
    of_kind(&gateway, "lot", head, body).await
}

/// `POST /v1/space-count`: its free spaces.
pub(super) async fn space_count(State(gateway): State<Arc<Gateway>>, head: Parts, body: Body) -> Answer {
    of_kind(&gateway, "space-count", head, body).await
}

async fn of_kind(gateway: &Gateway, kind: &str, head: Parts, body: Body) -> Answer {
    guard::want_json(&head)?;
    let body = body::read(gateway, &head, body, BODY_MAX_BYTES).await?;
    let Value::Object(mut object) = json_of(&body.bytes)? else {
        return Err(Problem::bad_request(format!(
            "应为一个 JSON 对象 one JSON object is expected: the {kind}"
        )));
    };
    let reported = object.insert("kind".to_owned(), kind.into());
    if reported.is_some_and(|reported| reported != kind) {
        return Err(Problem::bad_request(format!(
            "kind 应为 {kind:?}，或不填 kind: expected {kind:?} here, or nothing"
        )));
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
    serde_json::from_slice(body)
        .map_err(|error| Problem::bad_request(format!("不是合法的 JSON no JSON: {error}")))
}

/// What a photo is of.
#[derive(Deserialize)]
pub(super) struct PhotoOf {
    record_id: Option<String>,
    role: Option<PhotoRole>,
    slot: Option<u32>,
    taken_at: Option<Timestamp>,
    photo_id: Option<String>,
    shows: Option<PhotoSubject>,
    file_name: Option<String>,
}

/// `POST /v1/photos?record_id=&role=entry,exit`, or of what is no passage `?photo_id=&shows=tariff-board,…`: the picture
/// is the body.
pub(super) async fn photo(
    State(gateway): State<Arc<Gateway>>,
    about: Result<Query<PhotoOf>, axum::extract::rejection::QueryRejection>,
    head: Parts,
    body: Body,
) -> Answer {
    let Query(about) = about.map_err(|rejection| {
        let words = rejection.body_text();
        Problem::bad_request(format!(
            "地址中的参数有误 {words}. Expected: /v1/photos?record_id=ID&role=entry, or role=exit, and if wanted slot=N and taken_at=TIME; \
             or /v1/photos?photo_id=ID&shows=tariff-board, floor-plan, space-map, plate or other"
        ))
    })?;
    let of = of(&about)?;
    let body = body::read(&gateway, &head, body, PICTURE_MAX_BYTES).await?;
    let Some(media_type) = media_type(&body.bytes) else {
        let detail = "请求体应为 JPEG、PNG、GIF、BMP 或 WebP 图片本身（不是表单，不做 Base64） the body: expected a JPEG, PNG, GIF, BMP or \
             WebP picture, as it is (no form, no base64)";
        return Err(Problem::bad_request(detail));
    };
    let picture = Picture::Bytes {
        sha256: sha256_hex(&body.bytes),
        bytes: body.bytes.len() as u64,
        media_type: media_type.to_owned(),
    };
    let lot = gateway.lot.clone();
    // Left out the time stays so: the same photo posted again must be the same report.
    let PhotoOf { slot, taken_at, file_name, .. } = about;
    let report = match of {
        Of::Record(record_id, role) => Report::Photo(Photo { lot, record_id, role, slot, taken_at, picture }),
        Of::Itself(photo_id, shows) => {
            Report::NamedPhoto(NamedPhoto { lot, photo_id, shows, taken_at, file_name, picture })
        }
    };
    take(&gateway, vec![NewReport { report, picture: Some(body.bytes.clone()) }]).await
}

/// What a photo is of: a record, or itself.
enum Of {
    Record(RecordId, PhotoRole),
    Itself(String, PhotoSubject),
}

fn of(about: &PhotoOf) -> Result<Of, Problem> {
    let id = |field: &str, id: &str| {
        let chars = id.chars().count();
        if chars == 0 || chars > RECORD_ID_MAX_CHARS {
            let detail = format!(
                "{field} 应为 1 至 {RECORD_ID_MAX_CHARS} 个字符，收到 {chars} 个 {field}: expected 1 to {RECORD_ID_MAX_CHARS} characters, came {chars}"
            );
            return Err(Problem::bad_request(detail));
        }
        Ok(id.to_owned())
    };
    match (&about.record_id, about.role, &about.photo_id, about.shows) {
        (Some(record_id), Some(role), None, None) => {
            Ok(Of::Record(RecordId::from(id("record_id", record_id)?), role))
        }
        (None, None, Some(photo_id), Some(shows)) => Ok(Of::Itself(id("photo_id", photo_id)?, shows)),
        _ => Err(Problem::bad_request(
            "过车照片应有 record_id 与 role（entry 或 exit），其他照片应有 photo_id 与 shows \
             expected record_id and role (entry or exit) of a passage's photo, or photo_id and shows of another \
             (tariff-board, floor-plan, space-map, plate, other), came something else",
        )),
    }
}

async fn take(gateway: &Gateway, new: Vec<NewReport>) -> Answer {
    let accepted = new.len();
    gateway.take(new).await?;
    Ok(Json(json!({ "accepted": accepted })))
}
