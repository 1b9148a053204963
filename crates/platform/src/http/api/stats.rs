//! `GET /api/v1/stats`: totals, by standard and outcome.

use super::visible::over_lots;
use crate::accounts::Principal;
use crate::app::App;
use crate::http::problem::Problem;
use crate::http::{enums, timestamps};
use crate::vacancy::Status;
use axum::Json;
use axum::extract::State;
use bowei_model::{LotCode, moment};
use bowei_store::{FindingQuery, FindingTime, Tally};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Totals of what the token sees.
#[derive(Serialize, ToSchema)]
pub(super) struct Stats {
    lots: LotTotals,
    spaces: SpaceTotals,
    sessions: SessionTotals,
    /// Reports ever, by standard and outcome; empty for a token that does not see the whole city.
    reports: Vec<ReportTotal>,
    /// Findings that hold and were received today, whatever time the lots say.
    findings_today: u64,
    as_of: String,
}

/// Lots by status.
#[derive(Default, Serialize, ToSchema)]
struct LotTotals {
    total: usize,
    online: usize,
    stale: usize,
    closed: usize,
}

/// Spaces of the lots in service.
#[derive(Default, Serialize, ToSchema)]
struct SpaceTotals {
    total: u64,
    /// Of the lots heard from.
    vacant: i64,
}

/// Parkings.
#[derive(Default, Serialize, ToSchema)]
struct SessionTotals {
    /// Cars known inside.
    open: i64,
    /// Entries received today; null for a token that does not see the whole city.
    entries_today: Option<i64>,
    /// Exits received today; null for a token that does not see the whole city.
    exits_today: Option<i64>,
}

/// Reports of one standard with one outcome.
#[derive(Serialize, ToSchema)]
struct ReportTotal {
    standard: String,
    /// What became of them.
    #[schema(value_type = enums::ReportOutcome)]
    outcome: String,
    count: i64,
}

/// The city's totals.
#[utoipa::path(get, operation_id = "getStats", path = "/api/v1/stats", tag = "api", security(("token" = [])), responses(
    (status = 200, description = "Totals of what the token sees", body = Stats),
))]
pub(super) async fn totals(State(app): State<App>, principal: Principal) -> Result<Json<Stats>, Problem> {
    let now = app.clock.now();
    let counted = over_lots(&app, &principal, move |app, principal| count(app, principal, now));
    let (lots, spaces, mut sessions, seen) = counted.await?;
    let mut reports = Vec::new();
    if principal.sees_all() {
        let today = app.store.tallies(Some(moment::day(now))).await?;
        sessions.entries_today = Some(received(&today, "entry"));
        sessions.exits_today = Some(received(&today, "exit"));
        reports = by_outcome(app.store.tallies(None).await?);
    }
    let today = FindingQuery {
        // Lots that wait for approval are not counted, nor is what is found at them.
        lots: match principal.scope(&app, None)? {
            None if app.registry.snapshot().live_lots().count() == app.registry.snapshot().lots.len() => None,
            _ => Some(seen),
        },
        by: FindingTime::Received,
        from: Some(moment::start_of_day(now)),
        due_at: Some(now),
        ..FindingQuery::default()
    };
    let findings_today = app.store.findings_count(today).await?;
    Ok(Json(Stats { lots, spaces, sessions, reports, findings_today, as_of: timestamps::shown(now) }))
}

/// The totals of lots that are public, and these lots.
fn count(
    app: &App,
    principal: &Principal,
    now: Timestamp,
) -> (LotTotals, SpaceTotals, SessionTotals, Vec<LotCode>) {
    let (mut lots, mut spaces, mut sessions) =
        (LotTotals::default(), SpaceTotals::default(), SessionTotals::default());
    let mut seen = Vec::new();
    for lot in principal.lots(app).into_iter().filter(|lot| lot.is_live()) {
        seen.push(lot.code.clone());
        let view = app.vacancy.of(&lot, now);
        lots.total += 1;
        sessions.open += view.state.inside;
        match view.status {
            Status::Closed => {
                lots.closed += 1;
                continue;
            }
            Status::Online => {
                lots.online += 1;
                spaces.vacant += view.vacant(&lot).unwrap_or(0);
            }
            Status::Stale => lots.stale += 1,
        }
        spaces.total += u64::from(lot.spaces_total);
    }
    (lots, spaces, sessions, seen)
}

/// First reports of that kind: what was said again is the same passage.
fn received(tallies: &[Tally], kind: &str) -> i64 {
    tallies
        .iter()
        .filter(|tally| tally.kind == kind && tally.outcome == "accepted")
        .map(|tally| tally.count)
        .sum()
}

fn by_outcome(tallies: Vec<Tally>) -> Vec<ReportTotal> {
    let mut totals = BTreeMap::new();
    for tally in tallies {
        *totals.entry((tally.standard, tally.outcome)).or_insert(0) += tally.count;
    }
    let total = |((standard, outcome), count)| ReportTotal { standard, outcome, count };
    totals.into_iter().map(total).collect()
}
