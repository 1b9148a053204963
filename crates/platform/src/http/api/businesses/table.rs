//! Market supervision's list as a table: shown with what its columns seem to say, and taken in.

use super::matcher;
use crate::accounts::{Principal, Source, entry};
use crate::app::App;
use crate::http::auth::Actor;
use crate::http::body;
use crate::http::problem::Problem;
use crate::http::query_params::QueryParams;
use crate::office::businesses::refresh::{CHANGED_AT_ONCE, refresh};
use crate::office::businesses::rows::{Mapping, Refused, TableRow, split, work_in};
use crate::office::businesses::{BUSINESSES_MAX, Business};
use crate::office::{self, Kept};
use crate::registry::import::ImportError;
use crate::registry::import::sheet::{self, SheetRow};
use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use bowei_store::{Change, OfficeQuery, StoreError};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::HashMap;
use tokio::sync::SemaphorePermit;
use utoipa::{IntoParams, ToSchema};

/// The largest table: a hundred thousand rows of a name, an address and two codes, and what a form adds to them.
const TABLE_MAX_BYTES: usize = 16 * 1024 * 1024;

/// Rows that a preview shows, and a cell's characters.
const ROWS_SHOWN: usize = 20;
const CELL_SHOWN: usize = 200;

/// Rows that were refused and are told one by one: whoever has more has a fault that repeats.
const REFUSED_TOLD: usize = 1_000;

/// Businesses that are read together.
const READ_AT_ONCE: usize = 1_000;

/// How often some rows are tried where somebody else changes their businesses.
const TRIES_MAX: usize = 5;

/// A table as it was understood.
#[derive(Serialize, ToSchema)]
pub(in crate::http::api) struct BusinessPreview {
    /// What the columns are called.
    columns: Vec<String>,
    /// The first 20 rows.
    rows: Vec<Vec<String>>,
    /// What the columns seem to say, counted from 0.
    mapping: Mapping,
    /// How many rows there are.
    total: usize,
}

/// What the columns say.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http::api) struct ImportQuery {
    /// The `mapping` of the preview as JSON, put right where that is needed; without it what the heads suggest.
    mapping: Option<String>,
}

/// What an import did.
#[derive(Serialize, ToSchema)]
pub(in crate::http::api) struct BusinessesImported {
    added: usize,
    changed: usize,
    unchanged: usize,
    /// Rows that were not taken, the first 1,000 of them.
    refused: Vec<Refused>,
    /// How many were not taken in all.
    refused_total: usize,
}

/// Waits for nobody: one table at a time.
fn turn(app: &App) -> Result<SemaphorePermit<'_>, Problem> {
    let busy = |_| {
        let words = "another table is being read: try again in a moment";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, words)
    };
    app.table_turn.try_acquire().map_err(busy)
}

async fn read(app: &App, request: Request) -> Result<(Vec<String>, Vec<TableRow>), Problem> {
    let body = body::file(app, request, TABLE_MAX_BYTES).await?;
    let bytes = body.bytes.to_vec();
    let reading = move || {
        let is_list = |rows: &[SheetRow]| {
            let suggested = |row: &SheetRow| Mapping::suggested(&row.cells);
            rows.iter().take(10).any(|row| suggested(row).name.is_some() && suggested(row).address.is_some())
        };
        let rows = sheet::read(bytes, is_list)?.into_iter().map(|row| {
            let mut cells = row.cells;
            for (column, text) in row.from_above {
                if cells.len() <= column {
                    cells.resize(column + 1, String::new());
                }
                if let Some(cell) = cells.get_mut(column) {
                    *cell = text;
                }
            }
            (row.number, cells)
        });
        Ok::<_, ImportError>(split(rows.collect()))
    };
    let read = tokio::task::spawn_blocking(reading).await.map_err(failed)?;
    read.map_err(|error| Problem::bad_request(error.to_string()))
}

fn failed(error: tokio::task::JoinError) -> StoreError {
    StoreError::Unavailable(format!("a table of businesses: {error}"))
}

/// Shows a table, and what its columns seem to say. Nothing is kept of it.
#[utoipa::path(post, operation_id = "previewBusinesses", path = "/api/v1/businesses/preview", tag = "office", security(("session" = []), ("token" = [])),
    request_body(content = Vec<u8>, content_type = "text/csv", description = "CSV in UTF-8 or GB18030, or XLSX; 16 MiB and 100,000 rows at most"), responses(
    (status = 200, description = "The table", body = BusinessPreview),
    (status = 400, description = "It is no table", body = Problem, content_type = "application/problem+json"),
    (status = 413, description = "It is larger than 16 MiB", body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::http::api) async fn preview(
    State(app): State<App>,
    request: Request,
) -> Result<Json<BusinessPreview>, Problem> {
    let _turn = turn(&app)?;
    let (columns, rows) = read(&app, request).await?;
    let mapping = Mapping::suggested(&columns);
    let cut = |cells: &Vec<String>| {
        cells.iter().map(|cell| cell.chars().take(CELL_SHOWN).collect()).collect::<Vec<String>>()
    };
    let shown = rows.iter().take(ROWS_SHOWN).map(|(_, cells)| cut(cells)).collect();
    Ok(Json(BusinessPreview { columns: cut(&columns), rows: shown, mapping, total: rows.len() }))
}

/// Takes a table in: businesses that are known are put right, and keep what is being done about them.
#[utoipa::path(post, operation_id = "importBusinesses", path = "/api/v1/businesses/import", tag = "office", security(("session" = []), ("token" = [])), params(ImportQuery),
    request_body(content = Vec<u8>, content_type = "text/csv", description = "CSV in UTF-8 or GB18030, or XLSX; 16 MiB and 100,000 rows at most"), responses(
    (status = 200, description = "What it did; rows that do not fit are left out and told", body = BusinessesImported),
    (status = 400, description = "It is no table, or the mapping does not fit", body = Problem, content_type = "application/problem+json"),
    (status = 413, description = "It is larger than 16 MiB", body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::http::api) async fn import(
    State(app): State<App>,
    principal: Principal,
    Actor(source): Actor,
    QueryParams(query): QueryParams<ImportQuery>,
    request: Request,
) -> Result<Json<BusinessesImported>, Problem> {
    let _turn = turn(&app)?;
    let given: Option<Mapping> = match query.mapping.as_deref() {
        None => None,
        Some(text) => Some(serde_json::from_str(text).map_err(|error| {
            Problem::invalid(
                "mapping",
                format!("列的对应关系应与预览一致 the mapping of the preview is expected: {error}"),
            )
        })?),
    };
    let (columns, rows) = read(&app, request).await?;
    let mapping = given.unwrap_or_else(|| Mapping::suggested(&columns));
    if mapping.name.is_none() {
        return Err(Problem::invalid("mapping", "请指明名称所在的列 which column is the name?"));
    }
    let known = all(&app).await?;
    let snapshot = app.registry.snapshot();
    let working = move || {
        let mut worked = work_in(&rows, mapping, &known, |district| principal.sees_district(district));
        let matcher = matcher(&snapshot);
        for kept in &mut worked.changed {
            kept.document.look_up(&matcher);
        }
        worked
    };
    let mut worked = tokio::task::spawn_blocking(working).await.map_err(failed)?;
    for some in worked.changed.chunks_mut(CHANGED_AT_ONCE) {
        keep(&app, &source, some).await?;
    }
    // Those that stay as they are may be found otherwise by now.
    refresh(app.store.as_ref()).await?;
    let refused_total = worked.refused.len();
    worked.refused.truncate(REFUSED_TOLD);
    Ok(Json(BusinessesImported {
        added: worked.added,
        changed: worked.changed.len().saturating_sub(worked.added),
        unchanged: worked.unchanged,
        refused: worked.refused,
        refused_total,
    }))
}

/// Every business that is known.
async fn all(app: &App) -> Result<HashMap<String, Kept<Business>>, StoreError> {
    let (mut all, mut cursor) = (HashMap::new(), None);
    loop {
        let query = OfficeQuery { limit: READ_AT_ONCE, cursor, ..OfficeQuery::default() };
        let page = office::list::<Business>(app.store.as_ref(), query).await?;
        all.extend(page.items.into_iter().map(|kept| (kept.id.clone(), kept)));
        cursor = page.next;
        if cursor.is_none() || all.len() > BUSINESSES_MAX {
            return Ok(all);
        }
    }
}

/// Keeps some businesses in one transaction; where somebody has changed one meanwhile, what the list says is put into it as
/// it is by now.
async fn keep(app: &App, source: &Source, some: &mut [Kept<Business>]) -> Result<(), Problem> {
    for _ in 0..TRIES_MAX {
        let changes = some.iter().map(Kept::change).collect::<Result<Vec<Change>, _>>()?;
        let (new, others): (Vec<_>, Vec<_>) = some.iter().partition(|kept| kept.revision == 0);
        let ids = |some: Vec<&Kept<Business>>| some.iter().map(|kept| kept.id.clone()).collect::<Vec<_>>();
        let after = json!({"added": ids(new), "changed": ids(others)});
        let what = ("businesses.import", "businesses:".to_owned());
        let audited = entry(source, app.clock.now(), what, (None, Some(after)));
        match app.store.administer(changes, vec![audited]).await {
            Err(StoreError::Outdated { .. } | StoreError::Conflict(_)) => {}
            kept => return Ok(kept?),
        }
        for kept in some.iter_mut() {
            let known: Option<Kept<Business>> = office::one(app.store.as_ref(), &kept.id).await?;
            if let Some(known) = known {
                let listed = kept.document.listed.clone();
                *kept = known;
                kept.document.listed = listed;
            }
        }
    }
    let words = "others are changing the same businesses: import the table again, what was taken stays";
    Err(Problem::new(StatusCode::CONFLICT, words))
}
