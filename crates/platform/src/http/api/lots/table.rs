//! `GET /api/v1/lots/table`: the lots of a list as a file that a spreadsheet opens.

use super::item::{self, LotItem};
use super::select::{Lang, LotsQuery, TableFormat, one, select_within};
use crate::accounts::{Principal, entry};
use crate::app::App;
use crate::http::auth::Actor;
use crate::http::problem::Problem;
use crate::http::query_params::QueryParams;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use bowei_encoding::spreadsheet;
use rust_xlsxwriter::{Format, Workbook, XlsxError};
use serde_json::{Value, json};

/// The most lots of one file: more than any city has.
const ROWS_MAX: usize = 100_000;

/// The columns: what stands above them in Chinese and in English, and where it is in a lot as the API shows it.
const COLUMNS: [(&str, &str, &str); 23] = [
    ("编号", "code", "/code"),
    ("名称", "name", "/name"),
    ("状态", "state", "/state"),
    ("类型", "kind", "/kind"),
    ("类别", "category", "/category"),
    ("行政区划", "district", "/district"),
    ("地址", "address", "/address"),
    ("经度 WGS84", "longitude WGS84", "/longitude"),
    ("纬度 WGS84", "latitude WGS84", "/latitude"),
    ("泊位数", "spaces", "/spaces_total"),
    ("充电桩泊位数", "charging spaces", "/charging_spaces"),
    ("无障碍泊位数", "accessible spaces", "/accessible_spaces"),
    ("收费标准", "tariff", "/tariff"),
    ("开放时间", "hours", "/hours"),
    ("接入单位代码", "provider", "/provider"),
    ("接入单位", "provider name", "/provider_name"),
    ("停车系统供应商", "vendor", "/vendor"),
    ("在线", "status", "/status"),
    ("最近上报", "last heard", "/last_heard_at"),
    ("上报空位", "reported vacant", "/reported"),
    ("推算空位", "derived vacant", "/derived"),
    ("占用率", "occupancy", "/occupancy"),
    ("标准内编号", "ids", "/ids"),
];

/// The list as a table, at most 100,000 lots.
#[utoipa::path(get, operation_id = "getLotsTable", path = "/api/v1/lots/table", tag = "office", security(("session" = []), ("token" = [])), params(LotsQuery), responses(
    (status = 200, description = "CSV in UTF-8, or XLSX", content_type = "text/csv"),
))]
pub(in crate::http::api) async fn table(
    State(app): State<App>,
    principal: Principal,
    Actor(source): Actor,
    QueryParams(query): QueryParams<LotsQuery>,
) -> Result<Response, Problem> {
    let english = one("lang", query.lang.as_deref())? == Some(Lang::En);
    let is_xlsx = one("format", query.format.as_deref())? == Some(TableFormat::Xlsx);
    let mut query = query;
    query.all_at_once(ROWS_MAX);
    let page = select_within(&app, &principal, query, ROWS_MAX).await?;
    let what = ("lots.table", "lots:".to_owned());
    let taken = entry(&source, app.clock.now(), what, (None, Some(json!({"rows": page.lots.len()}))));
    app.store.administer(Vec::new(), vec![taken]).await?;
    let writing = tokio::task::spawn_blocking(move || {
        let snapshot = app.registry.snapshot();
        let items = page.lots.iter().map(|(lot, view)| item::shown(&snapshot, lot, view));
        if is_xlsx {
            xlsx(items, english).map_err(|error| error.to_string())
        } else {
            csv(items, english).map_err(|error| error.to_string())
        }
    });
    let failed = |why: String| {
        tracing::error!(why, "a table of lots could not be written");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the table could not be written: see the log")
    };
    let bytes = writing.await.map_err(|error| failed(error.to_string()))?.map_err(failed)?;
    let (kind, name) = if is_xlsx {
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "lots.xlsx")
    } else {
        ("text/csv; charset=utf-8", "lots.csv")
    };
    let disposition = format!("attachment; filename=\"{name}\"");
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, disposition.as_str())], bytes)
        .into_response())
}

fn heads(english: bool) -> impl Iterator<Item = &'static str> {
    COLUMNS.into_iter().map(move |(zh, en, _)| if english { en } else { zh })
}

fn cells(lot: &LotItem) -> Vec<Value> {
    let lot = serde_json::to_value(lot).unwrap_or_default();
    let cell = |(_, _, place): (&str, &str, &str)| match lot.pointer(place) {
        Some(Value::Object(ids)) => {
            let ids = ids.iter().map(|(name, id)| format!("{name}={}", id.as_str().unwrap_or_default()));
            Value::String(ids.collect::<Vec<_>>().join("; "))
        }
        other => other.cloned().unwrap_or_default(),
    };
    COLUMNS.into_iter().map(cell).collect()
}

fn csv(items: impl Iterator<Item = LotItem>, english: bool) -> Result<Vec<u8>, csv::Error> {
    // What spreadsheets take UTF-8 by for what it is.
    let mut out = "\u{feff}".as_bytes().to_vec();
    let mut lines = csv::Writer::from_writer(&mut out);
    lines.write_record(heads(english))?;
    for lot in items {
        let words = cells(&lot).into_iter().map(|cell| match cell {
            Value::Null => String::new(),
            Value::String(text) => text,
            other => other.to_string(),
        });
        let words: Vec<String> = words.collect();
        lines.write_record(words.iter().map(|word| spreadsheet::cell(word).into_owned()))?;
    }
    lines.flush()?;
    drop(lines);
    Ok(out)
}

fn xlsx(items: impl Iterator<Item = LotItem>, english: bool) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet_with_constant_memory()?;
    let bold = Format::new().set_bold();
    for (column, head) in (0u16..).zip(heads(english)) {
        sheet.write_with_format(0, column, head, &bold)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    for (row, lot) in (1u32..).zip(items) {
        for (column, cell) in (0u16..).zip(cells(&lot)) {
            match cell {
                Value::Null => {}
                // A text is never taken for a formula.
                Value::String(text) => drop(sheet.write_string(row, column, text)?),
                Value::Number(number) => {
                    sheet.write_number(row, column, number.as_f64().unwrap_or_default())?;
                }
                other => drop(sheet.write_string(row, column, other.to_string())?),
            }
        }
    }
    book.save_to_buffer()
}
