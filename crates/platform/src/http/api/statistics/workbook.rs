//! Figures as a workbook.

use super::Statistics;
use super::page::RATES;
use crate::http::problem::Problem;
use crate::statistics::{Figures, Row};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use rust_xlsxwriter::{Format, Workbook, XlsxError};

/// A column: what stands above it, and the number in it.
type NumberColumn = (&'static str, fn(&Figures) -> Option<f64>);

const NUMBERS: [NumberColumn; 11] = [
    ("停车场 lots", |of| Some(of.lots as f64)),
    ("泊位 spaces", |of| Some(of.spaces as f64)),
    ("入场 entries", |of| Some(of.entries as f64)),
    ("出场 exits", |of| Some(of.exits as f64)),
    ("周转率 turnover", |of| of.turnover),
    ("时长中位数 分钟 dwell p50 min", |of| of.dwell_p50_minutes.map(|minutes| minutes as f64)),
    ("时长 P95 分钟 dwell p95 min", |of| of.dwell_p95_minutes.map(|minutes| minutes as f64)),
    ("充电次数 charges", |of| Some(of.charges as f64)),
    ("充电量 kWh", |of| Some(of.energy_kwh)),
    ("充电费用 元 fees", |of| Some(of.charging_fees)),
    ("得分 score", |of| of.score),
];

/// The workbook.
pub(super) async fn workbook(made: Statistics) -> Result<Response, Problem> {
    let name = format!("attachment; filename=\"statistics-{}.xlsx\"", made.table.period);
    let writing = tokio::task::spawn_blocking(move || written(&made));
    let failed = |why: String| {
        tracing::error!(why, "a workbook of figures could not be written");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the workbook could not be written: see the log")
    };
    let bytes = writing.await.map_err(|error| failed(error.to_string()))?;
    let bytes = bytes.map_err(|error| failed(error.to_string()))?;
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name.as_str())], bytes).into_response())
}

fn written(made: &Statistics) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let bold = Format::new().set_bold();
    let sheet = book.add_worksheet();
    sheet.set_name(&made.table.period)?;
    let rates = RATES.iter().map(|(_, name)| (*name).to_owned());
    let numbers = NUMBERS.iter().map(|(name, _)| (*name).to_owned());
    let heads = ["编号 id".to_owned(), "名称 name".to_owned()].into_iter().chain(numbers).chain(rates);
    let heads = heads.chain(["上期得分 score before".to_owned(), "上期入场 entries before".to_owned()]);
    for (column, head) in (0u16..).zip(heads) {
        sheet.write_with_format(0, column, head, &bold)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    for (line, row) in (1u32..).zip(&made.table.rows) {
        // A text is never taken for a formula.
        sheet.write_string(line, 0, &row.id)?;
        sheet.write_string(line, 1, &row.name)?;
        for (column, number) in (2u16..).zip(numbers_of(row)) {
            if let Some(number) = number {
                sheet.write_number(line, column, number)?;
            }
        }
    }
    let orders = book.add_worksheet();
    orders.set_name("责令改正")?;
    let figures = [
        ("制发 issued", made.orders.issued, made.orders_before.issued),
        ("已改正 verified", made.orders.verified, made.orders_before.verified),
        ("撤回 withdrawn", made.orders.withdrawn, made.orders_before.withdrawn),
        ("升级 escalated", made.orders.escalated, made.orders_before.escalated),
        ("申诉 objected", made.orders.objected, made.orders_before.objected),
        ("成立 sustained", made.orders.sustained, made.orders_before.sustained),
        ("不成立 rejected", made.orders.rejected, made.orders_before.rejected),
    ];
    for (column, head) in (0u16..).zip(["", "本期 now", "上期 before"]) {
        orders.write_with_format(0, column, head, &bold)?;
    }
    for (line, (name, now, before)) in (1u32..).zip(figures) {
        orders.write_string(line, 0, name)?;
        orders.write_number(line, 1, now as f64)?;
        orders.write_number(line, 2, before as f64)?;
    }
    book.save_to_buffer()
}

fn numbers_of(row: &Row) -> impl Iterator<Item = Option<f64>> + '_ {
    let numbers = NUMBERS.iter().map(|(_, of)| of(&row.now));
    let rates = RATES.iter().map(|(id, _)| row.now.rates.get(*id).copied().flatten());
    numbers.chain(rates).chain([row.before.score, Some(row.before.entries as f64)])
}
