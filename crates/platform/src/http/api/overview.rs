//! `GET /api/v1/overview`: one picture of today, and what needs somebody.

use super::visible::over_lots;
use crate::accounts::{Permission, Principal};
use crate::app::App;
use crate::http::problem::Problem;
use crate::http::timestamps;
use crate::office::deadlines::{self, DeadlineState};
use crate::office::handovers::Handover;
use crate::office::occupancy::{self, Occupancy, Taken};
use crate::office::{self, Document as _, Kept};
use crate::vacancy::Status;
use axum::Json;
use axum::extract::State;
use bowei_model::{Standing, moment};
use bowei_store::ExportState;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What needs somebody is named by its first few.
const NAMED_MAX: usize = 5;

/// Exports that are looked at for those that wait.
const EXPORTS_MAX: usize = 200;

/// A key that ends within so long, and has none in its place, needs somebody.
const KEY_ENDS_WITHIN: SignedDuration = SignedDuration::from_hours(7 * 24);

/// One picture of today.
#[derive(Serialize, ToSchema)]
pub(super) struct Overview {
    at: String,
    lots: LotNumbers,
    passages: PassageNumbers,
    delay: Delay,
    /// By district, of lots that are public and heard from.
    occupancy: Vec<DistrictOccupancy>,
    needs: Vec<Need>,
}

/// Lots by how they stand.
#[derive(Default, Serialize, ToSchema)]
struct LotNumbers {
    total: usize,
    online: usize,
    stale: usize,
    closed: usize,
    trial: usize,
    waiting: usize,
}

/// Passages of the last hour, as the node that answers took them in.
#[derive(Serialize, ToSchema)]
struct PassageNumbers {
    per_minute: Vec<MinuteCount>,
    last_hour: u64,
    /// Received today, at all nodes; null for whoever does not see the whole city.
    today: Option<i64>,
}

/// Passages of a minute.
#[derive(Serialize, ToSchema)]
struct MinuteCount {
    at: String,
    count: u64,
}

/// How long after they happened the last hour's passages were received.
#[derive(Serialize, ToSchema)]
struct Delay {
    /// Half of them within so many seconds; null without passages.
    p50_s: Option<i64>,
    /// 95% of them within so many seconds.
    p95_s: Option<i64>,
    /// How many within ten seconds.
    within_10s: u64,
    count: u64,
}

/// How full a district is.
#[derive(Serialize, ToSchema)]
struct DistrictOccupancy {
    district: String,
    spaces: u64,
    occupied: u64,
    /// Null without spaces.
    rate: Option<f64>,
    /// The same quarter of an hour on the same weekday last week; null where it was not noted.
    rate_last_week: Option<f64>,
}

/// Something that needs somebody.
#[derive(Serialize, ToSchema)]
struct Need {
    kind: NeedKind,
    count: usize,
    /// The first of them.
    items: Vec<NeedItem>,
}

/// What needs somebody.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum NeedKind {
    /// A business asks to be connected.
    Registration,
    /// Keys wait for their provider.
    Handover,
    /// A lot that described itself waits for approval.
    WaitingLot,
    /// A lot was not heard from.
    SilentLot,
    /// Four fifths of a term are over, or all of it.
    Deadline,
    /// An export waits for a second person.
    Export,
    /// A key ends, and there is none in its place.
    KeyExpiring,
}

/// One of what needs somebody.
#[derive(Serialize, ToSchema)]
struct NeedItem {
    id: String,
    name: String,
    since: Option<String>,
}

/// One picture of today, of what whoever asks may see.
#[utoipa::path(get, operation_id = "getOverview", path = "/api/v1/overview", tag = "office", security(("session" = []), ("token" = [])), responses(
    (status = 200, description = "The picture", body = Overview),
))]
pub(super) async fn show(State(app): State<App>, principal: Principal) -> Result<Json<Overview>, Problem> {
    let now = app.clock.now();
    let counted = over_lots(&app, &principal, move |app, principal| {
        (lots(app, principal, now), occupancy::now(&app.registry, &app.vacancy, now).districts)
    });
    let ((lots, mut needs), districts) = counted.await?;
    let sees = |district: &str, provider: &str| {
        principal.district().is_none_or(|prefix| district.starts_with(prefix))
            && principal.provider().is_none_or(|own| own.as_str() == provider)
    };
    let beat = app.pulse.beat(now, sees);
    let minute = |(at, count)| MinuteCount { at: timestamps::shown(at), count };
    needs.extend(of_the_office(&app, &principal, now).await?);
    needs.retain(|need| need.count > 0);
    Ok(Json(Overview {
        at: timestamps::shown(now),
        lots,
        passages: PassageNumbers {
            per_minute: beat.per_minute.into_iter().map(minute).collect(),
            last_hour: beat.count,
            today: if principal.sees_all() { Some(passages_today(&app, now).await?) } else { None },
        },
        delay: Delay { p50_s: beat.p50_s, p95_s: beat.p95_s, within_10s: beat.within_10s, count: beat.count },
        occupancy: occupancy(&app, &principal, districts, now).await?,
        needs,
    }))
}

/// First passages of the day: what was said again is the same.
async fn passages_today(app: &App, now: Timestamp) -> Result<i64, Problem> {
    let tallies = app.store.tallies(Some(moment::day(now))).await?;
    let passages = tallies.iter().filter(|tally| matches!(tally.kind.as_str(), "entry" | "exit"));
    Ok(passages.filter(|tally| tally.outcome == "accepted").map(|tally| tally.count).sum())
}

fn need(kind: NeedKind, mut items: Vec<NeedItem>) -> Need {
    let count = items.len();
    items.truncate(NAMED_MAX);
    Need { kind, count, items }
}

/// One more, which is named if it is among the first.
fn count(need: &mut Need, item: impl FnOnce() -> NeedItem) {
    need.count += 1;
    if need.items.len() < NAMED_MAX {
        need.items.push(item());
    }
}

fn lots(app: &App, principal: &Principal, now: Timestamp) -> (LotNumbers, Vec<Need>) {
    let mut numbers = LotNumbers::default();
    let (mut waiting, mut silent) =
        (need(NeedKind::WaitingLot, Vec::new()), need(NeedKind::SilentLot, Vec::new()));
    let snapshot = app.registry.snapshot();
    for lot in principal.seen(&snapshot, None) {
        let named = |since: Option<Timestamp>| NeedItem {
            id: lot.code.to_string(),
            name: lot.name.clone(),
            since: since.map(timestamps::shown),
        };
        match lot.standing {
            Standing::Trial => numbers.trial += 1,
            Standing::Waiting => {
                numbers.waiting += 1;
                count(&mut waiting, || named(None));
            }
            Standing::Registered | Standing::SelfDescribed => {
                numbers.total += 1;
                match app.vacancy.status(lot, now) {
                    Status::Online => numbers.online += 1,
                    Status::Closed => numbers.closed += 1,
                    Status::Stale => {
                        numbers.stale += 1;
                        count(&mut silent, || named(app.vacancy.last_heard_at(lot)));
                    }
                }
            }
        }
    }
    let mut needs = vec![silent];
    if principal.may(Permission::LotsChange) && principal.provider().is_none() {
        needs.push(waiting);
    }
    (numbers, needs)
}

/// How full the districts are that somebody sees whole; a provider sees lots, and not districts.
async fn occupancy(
    app: &App,
    principal: &Principal,
    today: BTreeMap<String, Taken>,
    now: Timestamp,
) -> Result<Vec<DistrictOccupancy>, Problem> {
    if principal.provider().is_some() {
        return Ok(Vec::new());
    }
    let week = SignedDuration::from_hours(7 * 24);
    let then = occupancy::id(now.saturating_sub(week).unwrap_or(now));
    let before: Option<Kept<Occupancy>> = office::one(app.store.as_ref(), &then).await?;
    let before = before.map(|kept| kept.document.districts).unwrap_or_default();
    let seen = today
        .into_iter()
        .filter(|(code, _)| principal.district().is_none_or(|prefix| code.starts_with(prefix)));
    let item = |(district, taken): (String, Taken)| DistrictOccupancy {
        rate: rate(taken),
        rate_last_week: before.get(&district).copied().and_then(rate),
        spaces: taken.spaces,
        occupied: taken.occupied,
        district,
    };
    Ok(seen.map(item).collect())
}

fn rate(taken: Taken) -> Option<f64> {
    // A city's spaces are far fewer than what a float has exactly.
    #[expect(clippy::cast_precision_loss, reason = "a city's spaces")]
    (taken.spaces > 0).then(|| (taken.occupied as f64 / taken.spaces as f64 * 1_000.0).round() / 1_000.0)
}

async fn of_the_office(app: &App, principal: &Principal, now: Timestamp) -> Result<Vec<Need>, Problem> {
    let mut needs = Vec::new();
    let store = app.store.as_ref();
    let district = principal.district().map(str::to_owned);
    if principal.may(Permission::RegistrationsDecide) {
        let states = vec!["submitted".to_owned()];
        let query = bowei_store::OfficeQuery {
            kind: "registration".to_owned(),
            states,
            district,
            limit: 1_000,
            ..Default::default()
        };
        let records = store.office_records(query).await?.items;
        let item = |record: bowei_store::OfficeRecord| NeedItem {
            name: record.words.split('\n').next().unwrap_or_default().to_owned(),
            since: Some(timestamps::shown(record.at)),
            id: record.id,
        };
        needs.push(need(NeedKind::Registration, records.into_iter().map(item).collect()));
    }
    let of_all = principal.may(Permission::ProvidersChange) && principal.sees_all();
    if of_all || principal.may(Permission::KeysCollect) {
        let provider = principal.provider().cloned();
        let query = bowei_store::OfficeQuery { provider, limit: 1_000, ..Default::default() };
        let waiting = office::list::<Handover>(store, query).await?.items;
        let item = |kept: Kept<Handover>| NeedItem {
            id: kept.document.provider.to_string(),
            name: kept.document.standard.clone(),
            since: Some(timestamps::shown(kept.document.at())),
        };
        needs.push(need(NeedKind::Handover, waiting.into_iter().map(item).collect()));
    }
    if of_all {
        let snapshot = app.registry.snapshot();
        let mut late = Vec::new();
        for row in snapshot.providers.values() {
            let deadline = deadlines::of(&row.details, &app.config.connection, now);
            let urgent = |state| matches!(state, DeadlineState::Warned80 | DeadlineState::Overdue);
            if let Some(deadline) = deadline.filter(|deadline| urgent(deadline.state)) {
                late.push((deadline.due_at, row));
            }
        }
        late.sort_by_key(|(due_at, row)| (*due_at, row.code.clone()));
        let item = |(due_at, row): (Timestamp, &bowei_store::ProviderRow)| NeedItem {
            id: row.code.to_string(),
            name: row.name.clone(),
            since: Some(timestamps::shown(due_at)),
        };
        needs.push(need(NeedKind::Deadline, late.into_iter().map(item).collect()));
        let rows = &snapshot.credentials;
        let ends_soon = |ends: Timestamp| ends > now && ends.duration_since(now) < KEY_ENDS_WITHIN;
        let replaced = |row: &bowei_store::CredentialRow| {
            rows.iter().any(|other| {
                (&other.standard, &other.account) == (&row.standard, &row.account)
                    && other.expires_at.is_none()
            })
        };
        let ending = rows.iter().filter(|row| row.expires_at.is_some_and(ends_soon) && !replaced(row));
        let item = |row: &bowei_store::CredentialRow| NeedItem {
            id: row.provider.to_string(),
            name: row.standard.clone(),
            since: row.expires_at.map(timestamps::shown),
        };
        needs.push(need(NeedKind::KeyExpiring, ending.map(item).collect()));
    }
    if principal.may(Permission::ExportsApprove) {
        let exports = store.exports(None, EXPORTS_MAX).await?.into_iter();
        let mine = |export: &bowei_store::ExportRow| export.requested_by == principal.id();
        let reach = |export: &bowei_store::ExportRow| {
            let theirs = export.district.as_deref().unwrap_or_default();
            principal.district().is_none_or(|prefix| theirs.starts_with(prefix))
        };
        let pending = exports.filter(|one| one.state == ExportState::Pending && !mine(one) && reach(one));
        let item = |export: bowei_store::ExportRow| NeedItem {
            id: export.id,
            name: export.number,
            since: Some(timestamps::shown(export.requested_at)),
        };
        needs.push(need(NeedKind::Export, pending.map(item).collect()));
    }
    Ok(needs)
}
