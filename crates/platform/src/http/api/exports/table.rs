//! An export's table: records page by page from the store, each as the API shows it to whoever asks, as lines of CSV.

use crate::accounts::Principal;
use crate::app::App;
use crate::http::api::cases::CaseOfFinding;
use crate::http::api::masked::masked;
use crate::http::api::{findings, sessions};
use crate::http::problem::Problem;
use crate::http::timestamps;
use axum::BoxError;
use axum::body::Bytes;
use bowei_encoding::spreadsheet;
use bowei_model::{Finding, LotCode, ParkingSession, mask_plates};
use bowei_store::{
    Cursor, ExportKind, ExportRow, FindingQuery, FindingStates, FindingTime, SessionQuery, StoreError,
};
use futures::stream::{Stream, try_unfold};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::{HashMap, VecDeque};

/// Records that are in memory at once.
const PAGE: usize = 1_000;

/// What spreadsheets take UTF-8 by for what it is.
const BOM: &[u8] = "\u{feff}".as_bytes();

/// The columns: what stands above them, and where it is in the record as the API shows it.
type Columns = &'static [(&'static str, &'static str)];

const OF_SESSIONS: Columns = &[
    ("记录编号 record_id", "/record_id"),
    ("停车场 lot", "/lot"),
    ("车牌 plate", "/plate"),
    ("号牌种类 plate_kind", "/plate_kind"),
    ("泊位 berth", "/berth"),
    ("入场时间 entered_at", "/entry/at"),
    ("入口 entry_gate", "/entry/gate"),
    ("出场时间 exited_at", "/exit/at"),
    ("出口 exit_gate", "/exit/gate"),
    ("停车分钟 minutes", "/minutes"),
    ("应收 payable", "/payment/payable"),
    ("实收 paid", "/payment/paid"),
    ("支付时间 paid_at", "/payment/paid_at"),
    ("支付方式 pay_kind", "/payment/pay_kind"),
    ("标准 standard", "/standard"),
];

const OF_FINDINGS: Columns = &[
    ("编号 id", "/id"),
    ("类型 kind", "/kind"),
    ("停车场 lot", "/lot"),
    ("停车场名称 lot_name", "/lot_name"),
    ("记录编号 record_id", "/record_id"),
    ("时间 at", "/at"),
    ("发现时间 opened_at", "/opened_at"),
    ("消除时间 resolved_at", "/resolved_at"),
    ("说明 detail", "/detail"),
    ("detail_en", "/detail_en"),
];

/// A record of an export.
pub(super) enum Record {
    Session(Box<ParkingSession>),
    Finding(Box<Finding>),
}

/// An export's records, as they had been received when it was asked for.
pub(super) struct Records {
    app: App,
    export: ExportRow,
    /// What is still to be read: of which lots (`None`: of all), and from where on.
    left: VecDeque<(Option<Vec<LotCode>>, Option<Cursor>)>,
}

impl Records {
    /// Those within the bounds of whoever asks.
    pub(super) fn of(app: &App, principal: &Principal, export: &ExportRow) -> Result<Self, Problem> {
        let lots = principal.scope(app, export.lot.as_ref().map(LotCode::as_str))?;
        let left = match (export.kind, lots) {
            // The store lists sessions of one lot or of all.
            (ExportKind::Sessions, Some(lots)) => {
                lots.into_iter().map(|lot| (Some(vec![lot]), None)).collect()
            }
            (_, lots) => VecDeque::from([(lots, None)]),
        };
        Ok(Self { app: App::clone(app), export: export.clone(), left })
    }

    /// The next page, which may be empty; `None` after the last.
    pub(super) async fn next_page(&mut self) -> Result<Option<Vec<Record>>, StoreError> {
        let Some((lots, cursor)) = self.left.pop_front() else { return Ok(None) };
        let ExportRow { kind, from, to, requested_at: as_of, .. } = self.export;
        let (records, next): (Vec<_>, _) = match kind {
            ExportKind::Sessions => {
                let lot = lots.as_ref().and_then(|lots| lots.first()).cloned();
                let (from, to) = (Some(from), Some(to));
                let query = SessionQuery { lot, from, to, limit: PAGE, cursor, ..SessionQuery::default() };
                let page = self.app.store.sessions(query).await?;
                let then = page.items.into_iter().filter(|session| was_received(session, as_of));
                (then.map(|session| Record::Session(Box::new(session))).collect(), page.next)
            }
            ExportKind::Findings => {
                let query = FindingQuery {
                    lots: lots.clone(),
                    kind: None,
                    cause: None,
                    by: FindingTime::At,
                    from: Some(from),
                    to: Some(to),
                    states: FindingStates::All,
                    due_at: Some(as_of),
                    limit: PAGE,
                    cursor,
                };
                let page = self.app.store.findings(query).await?;
                let then = page.items.into_iter().filter(|finding| finding.opened_at <= as_of);
                (then.map(|finding| Record::Finding(Box::new(finding))).collect(), page.next)
            }
        };
        if next.is_some() {
            self.left.push_front((lots, next));
        }
        Ok(Some(records))
    }
}

/// Whether anything of a session had been received by then: what comes later nobody has counted or approved.
fn was_received(session: &ParkingSession, by: Timestamp) -> bool {
    let mut received = session.entries.iter().chain(&session.exits).map(|version| version.received_at);
    received.any(|at| at <= by)
}

/// The file, a page at a time. It never has more rows than were counted when it was asked for.
pub(super) fn csv(
    records: Records,
    principal: Principal,
    export: ExportRow,
    now: Timestamp,
) -> impl Stream<Item = Result<Bytes, BoxError>> {
    let columns = match export.kind {
        ExportKind::Sessions => OF_SESSIONS,
        ExportKind::Findings => OF_FINDINGS,
    };
    let left = usize::try_from(export.rows).unwrap_or(usize::MAX);
    let head = head(&export, columns, now);
    try_unfold((Some(head), records, left), move |(head, mut records, left)| {
        let principal = principal.clone();
        async move {
            if let Some(head) = head {
                return Ok(Some((head?, (None, records, left))));
            }
            let page = if left == 0 { None } else { records.next_page().await? };
            let Some(mut page) = page else { return Ok(None) };
            page.truncate(left);
            let left = left - page.len();
            let mut table = writer(Vec::new());
            for record in page {
                write(&mut table, &cells(&records.app, record, columns, &principal, now)?)?;
            }
            Ok(Some((finished(table)?, (None, records, left))))
        }
    })
}

fn writer(begun: Vec<u8>) -> csv::Writer<Vec<u8>> {
    csv::WriterBuilder::new().flexible(true).from_writer(begun)
}

fn write(table: &mut csv::Writer<Vec<u8>>, cells: &[String]) -> Result<(), BoxError> {
    table.write_record(cells.iter().map(|text| spreadsheet::cell(text).into_owned()))?;
    Ok(())
}

fn finished(table: csv::Writer<Vec<u8>>) -> Result<Bytes, BoxError> {
    Ok(table.into_inner().map_err(csv::IntoInnerError::into_error)?.into())
}

/// The first two lines: by what the file can be traced, and what its columns are.
fn head(export: &ExportRow, columns: Columns, now: Timestamp) -> Result<Bytes, BoxError> {
    let decided_by = export.decided_by.clone().unwrap_or_default();
    let traced = [
        ("导出编号 number", export.number.clone()),
        ("用途 purpose", mask_plates(&export.purpose).into_owned()),
        ("申请人 requested_by", export.requested_by.clone()),
        ("申请时间 requested_at", timestamps::shown(export.requested_at)),
        ("审批人 decided_by", decided_by),
        ("下载时间 read_at", timestamps::shown(now)),
    ];
    let traced: Vec<_> = traced.into_iter().flat_map(|(name, value)| [name.to_owned(), value]).collect();
    let names: Vec<_> = columns.iter().map(|(name, _)| (*name).to_owned()).collect();
    let mut table = writer(BOM.to_vec());
    write(&mut table, &traced)?;
    write(&mut table, &names)?;
    finished(table)
}

/// A record's cells, with every plate masked as in the API's answers.
fn cells(
    app: &App,
    record: Record,
    columns: Columns,
    principal: &Principal,
    now: Timestamp,
) -> Result<Vec<String>, BoxError> {
    let shown = match record {
        Record::Session(session) => {
            serde_json::to_value(sessions::item(&session, &HashMap::new(), principal, now))?
        }
        Record::Finding(finding) => {
            serde_json::to_value(findings::item(app, *finding, principal, &CaseOfFinding::default()))?
        }
    };
    let shown = masked(shown, serde_json::value::Serializer)?;
    let cell = |at: &str| match shown.pointer(at) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    Ok(columns.iter().map(|(_, at)| cell(at)).collect())
}
