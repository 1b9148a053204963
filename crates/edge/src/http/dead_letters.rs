//! `GET /v1/dead-letters`: what a platform refused for good, with its words; `POST /v1/dead-letters/{id}/retry`: once
//! more, as it is or mended.

use super::{Problem, body, guard};
use crate::Gateway;
use crate::outbox::{DeadLetter, RetryFault};
use crate::reports::{self, About};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use bowei_encoding::spreadsheet;
use bowei_model::moment::rfc3339;
use bowei_model::{Photo, Report};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

const LIMIT_MAX: usize = 500;
/// All of them, for a spreadsheet.
const EXPORT_MAX: usize = 100_000;
const BODY_MAX_BYTES: usize = 64 * 1024;

#[derive(Deserialize)]
pub(super) struct Page {
    after: Option<u64>,
    #[serde(default = "usual")]
    limit: usize,
    format: Option<String>,
}

fn usual() -> usize {
    50
}

pub(super) async fn list(
    State(gateway): State<Arc<Gateway>>,
    Query(page): Query<Page>,
) -> Result<Response, Problem> {
    if page.format.as_deref() == Some("csv") {
        return csv(&gateway.outbox.dead_letters(None, EXPORT_MAX));
    }
    let limit = page.limit.clamp(1, LIMIT_MAX);
    let letters = gateway.outbox.dead_letters(page.after, limit);
    let next = (letters.len() == limit).then(|| letters.last().map(|letter| letter.id)).flatten();
    let items: Vec<Value> = letters
        .iter()
        .map(|letter| {
            json!({
                "id": letter.id, "uplink": letter.uplink, "seq": letter.seq, "kind": letter.report.kind(),
                "record_id": letter.report.record_id(), "refused_at": rfc3339(letter.refused_at),
                "code": letter.code, "why": letter.why, "report": reports::write(&letter.report),
                "has_picture": letter.has_picture,
            })
        })
        .collect();
    Ok(Json(json!({ "items": items, "next": next })).into_response())
}

fn csv(letters: &[DeadLetter]) -> Result<Response, Problem> {
    let failed =
        |_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "表格未能生成 the table could not be written");
    // Spreadsheets take UTF-8 for what it is when this mark stands in front.
    let mut table = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    let head = ["id", "uplink", "kind", "record_id", "refused_at", "code", "why", "report"];
    table.write_record(head).map_err(failed)?;
    for letter in letters {
        let report = reports::write(&letter.report).to_string();
        let (id, refused_at) = (letter.id.to_string(), rfc3339(letter.refused_at));
        let record_id = letter.report.record_id().unwrap_or_default();
        let row: [&str; 8] = [
            &id,
            &letter.uplink,
            letter.report.kind(),
            record_id,
            &refused_at,
            &letter.code,
            &letter.why,
            &report,
        ];
        table.write_record(row.map(|text| spreadsheet::cell(text).into_owned())).map_err(failed)?;
    }
    let table = table
        .into_inner()
        .map_err(|_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "表格未能生成 the table broke off"))?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"dead-letters.csv\""),
    ];
    Ok((headers, table).into_response())
}

pub(super) async fn retry(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<u64>,
    head: Parts,
    body: Body,
) -> Result<Json<Value>, Problem> {
    let body = body::read(&gateway, &head, body, BODY_MAX_BYTES).await?.bytes.clone();
    let gone = || {
        Problem::not_found(format!(
            "没有第 {id} 号，可能已重传 no dead letter {id}: it was retried, or never was"
        ))
    };
    let mended = if body.iter().all(u8::is_ascii_whitespace) {
        None
    } else {
        guard::want_json(&head)?;
        let letter = gateway.outbox.dead_letters(Some(id.saturating_add(1)), 1).pop();
        let letter = letter.filter(|letter| letter.id == id).ok_or_else(gone)?;
        Some(mended(&gateway, &body, &letter.report)?)
    };
    let seq = gateway.outbox.retry(id, mended).await.map_err(|fault| match fault {
        RetryFault::NoSuchLetter => gone(),
        fault @ RetryFault::NoSuchUplink(_) => Problem::bad_request(fault.to_string()),
        RetryFault::EnqueueError(not_taken) => not_taken.into(),
    })?;
    Ok(Json(json!({ "retried": id, "seq": seq })))
}

/// Why a dead letter is not to be sent again.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Closing {
    reason: String,
}

/// The longest reason.
const REASON_MAX_CHARS: usize = 200;

/// `POST /v1/dead-letters/{id}/close`: it is not sent again, for a reason that the log has.
pub(super) async fn close(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<u64>,
    head: Parts,
    body: Body,
) -> Result<Json<Value>, Problem> {
    guard::want_json(&head)?;
    let body = body::read(&gateway, &head, body, BODY_MAX_BYTES).await?;
    let expected = || {
        Problem::bad_request(format!(
            "请写明不再上报的理由（1 至 {REASON_MAX_CHARS} 个字） {{\"reason\":\"…\"}} of 1 to {REASON_MAX_CHARS} characters is expected"
        ))
    };
    let Closing { reason } = serde_json::from_slice(&body.bytes).map_err(|_| expected())?;
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > REASON_MAX_CHARS {
        return Err(expected());
    }
    let letter = gateway.outbox.dead_letters(Some(id.saturating_add(1)), 1).pop();
    let gone = || {
        Problem::not_found(format!(
            "没有第 {id} 号，可能已重传 no dead letter {id}: it was retried, or never was"
        ))
    };
    let letter = letter.filter(|letter| letter.id == id).ok_or_else(gone)?;
    gateway.outbox.set_aside(id).map_err(|_| gone())?;
    let record = letter.report.record_id().unwrap_or_default();
    tracing::warn!(
        id,
        uplink = letter.uplink,
        record,
        reason,
        "a dead letter was set aside: it is not sent again"
    );
    Ok(Json(json!({ "closed": id })))
}

/// The mended report. A photo keeps its picture: what is beside it can be mended.
fn mended(gateway: &Gateway, body: &[u8], refused: &Report) -> Result<Report, Problem> {
    let value: Value = serde_json::from_slice(body)
        .map_err(|error| Problem::bad_request(format!("不是合法的 JSON no JSON: {error}")))?;
    let bad = |fault: reports::ReportFault| Problem::bad_request(fault.to_string());
    let lot_id = gateway.lot.as_str();
    if let Report::Photo(Photo { picture, .. }) = refused {
        return reports::read_photo_of(value, &gateway.lot, picture).map_err(bad);
    }
    reports::read_value(value, About { lot: &gateway.lot, lot_id, picture: None }).map_err(bad)
}
