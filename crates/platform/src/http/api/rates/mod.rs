//! `/api/v1/rates`: how well lots report, by day and month; and the records that each number is counted from.

mod item;
mod periods;
mod records;

pub(super) use periods::date;
pub(super) use records::{__path_records, records};

use super::limit;
use crate::accounts::Principal;
use crate::app::App;
use crate::http::enums;
use crate::http::problem::Problem;
use crate::http::query_params::QueryParams;
use crate::registry::Snapshot;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use bowei_model::supervision::DayRates;
use bowei_model::{Lot, LotCode};
use bowei_store::{RatePeriod, RateQuery, RateRow, StoreError};
use item::{RateItem, RateOf};
use periods::{Periods, periods};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// The list as its cursors know it.
const LIST: &str = "rates";

/// Rows of lots that one answer adds up: a year of ten thousand lots by month.
const ADDED_UP_MAX: usize = 120_000;

/// And of those read at once: the next are read while these are added up.
const READ_AT_ONCE: usize = 4_000;

/// Which rates.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(super) struct RatesQuery {
    /// Of this lot.
    lot: Option<String>,
    /// Of lots of this provider.
    provider: Option<String>,
    /// Of lots in districts whose code begins so.
    district: Option<String>,
    /// Of lots with software of this vendor.
    vendor: Option<String>,
    /// The first day, `2026-04-01`, or month, `2026-04`; 30 days or twelve months back without it.
    #[param(format = Date)]
    from: Option<String>,
    /// The last one; the present one without it.
    #[param(format = Date)]
    to: Option<String>,
    /// `day` (the default) or `month`.
    #[param(value_type = Option<By>, inline)]
    by: Option<String>,
    /// Whose rates a row has: a lot's (the default), or of all lots of a provider, district or vendor, or of all.
    #[param(value_type = Option<Group>, inline)]
    group: Option<String>,
    /// At most so many: 100 without it, 1,000 at most. Rows of groups are answered all at once.
    #[param(minimum = 1, maximum = 1_000)]
    limit: Option<usize>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// By what stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum By {
    Day,
    Month,
}

/// Whose rates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum Group {
    Lot,
    Provider,
    District,
    Vendor,
    All,
}

/// A page of rates.
#[derive(Serialize, ToSchema)]
pub(super) struct RatesPage {
    /// What each is to be at least, from 0 to 1.
    aims: BTreeMap<&'static str, f64>,
    /// The rates, by period and then by whose they are.
    items: Vec<RateItem>,
    /// The cursor of the next page, null on the last.
    next: Option<String>,
}

/// How well lots that whoever asks sees report.
#[utoipa::path(get, operation_id = "listRates", path = "/api/v1/rates", tag = "supervision", security(("token" = [])), params(RatesQuery), responses(
    (status = 200, description = "A page of rates", body = RatesPage),
    (status = 400, description = "A parameter does not fit", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such lot for whoever asks", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn list(
    State(app): State<App>,
    principal: Principal,
    QueryParams(query): QueryParams<RatesQuery>,
) -> Result<Json<RatesPage>, Problem> {
    let by = enums::first::<By>("by", query.by.as_deref())?.unwrap_or(By::Day);
    let group = enums::first::<Group>("group", query.group.as_deref())?;
    let group = group.unwrap_or(Group::Lot);
    let periods = periods(by, (query.from.as_deref(), query.to.as_deref()), app.clock.now())?;
    let rules = &app.supervision.rules();
    let aims = bowei_model::supervision::Rate::ALL.map(|rate| (rate.name(), rules.rates.aim(rate)));
    let (items, next) = match lots(&app, &principal, &query)? {
        Some(lots) if lots.is_empty() => (Vec::new(), None),
        lots if group == Group::Lot => {
            let asked = periods.query(lots, limit(query.limit), app.cursors.open(LIST, query.cursor)?);
            let found = app.store.rates(asked).await?;
            let named = |row: RateRow| RateItem::of_lot(&row, &periods, rules);
            (
                found.items.into_iter().map(named).collect::<Result<_, _>>()?,
                app.cursors.seal(LIST, found.next)?,
            )
        }
        lots => (added_up(&app, lots, &periods, group).await?, None),
    };
    let known_as = app.registry.snapshot();
    let items = items.into_iter().map(|item: RateItem| item.named(&known_as)).collect();
    Ok(Json(RatesPage { aims: aims.into_iter().collect(), items, next }))
}

/// The lots that are asked about; `None`: all there are.
fn lots(app: &App, principal: &Principal, query: &RatesQuery) -> Result<Option<Vec<LotCode>>, Problem> {
    if let Some(code) = &query.lot {
        return Ok(Some(vec![principal.lot(app, code)?.code.clone()]));
    }
    let is_bounded = query.provider.is_some() || query.district.is_some() || query.vendor.is_some();
    if principal.sees_all() && !is_bounded {
        return Ok(None);
    }
    let is_asked = |lot: &Arc<Lot>| {
        query.provider.as_ref().is_none_or(|provider| lot.provider.as_str() == provider)
            && query.district.as_ref().is_none_or(|district| lot.district.starts_with(district))
            && query.vendor.as_ref().is_none_or(|vendor| lot.vendor.as_deref() == Some(vendor))
    };
    let lots = principal.lots(app).into_iter().filter(is_asked);
    Ok(Some(lots.map(|lot| lot.code.clone()).collect()))
}

/// The rates of groups, added up from those of their lots, on a thread of its own: of a city it takes a while.
async fn added_up(
    app: &App,
    lots: Option<Vec<LotCode>>,
    periods: &Periods,
    group: Group,
) -> Result<Vec<RateItem>, Problem> {
    let died = |error: tokio::task::JoinError| {
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, format!("rates could not be added up: {error}"))
    };
    let snapshot = app.registry.snapshot();
    let sums = Sums { group, snapshot, named: HashMap::new(), by: BTreeMap::new() };
    let mut adding = tokio::task::spawn_blocking(|| Ok::<_, StoreError>(sums));
    let (mut cursor, mut rows) = (None, 0);
    loop {
        let page = app.store.rates(periods.query(lots.clone(), READ_AT_ONCE, cursor)).await?;
        rows += page.items.len();
        if rows > ADDED_UP_MAX {
            let words = format!(
                "最多汇总 {ADDED_UP_MAX} 行，请缩短时段或按月查询 at most {ADDED_UP_MAX} rows are added up: ask for fewer days, or by month"
            );
            return Err(Problem::invalid("from", words));
        }
        let mut sums = adding.await.map_err(died)??;
        adding = tokio::task::spawn_blocking(move || {
            page.items.iter().try_for_each(|row| sums.add(row))?;
            Ok(sums)
        });
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    let sums = adding.await.map_err(died)??;
    let rules = &app.supervision.rules();
    let item = |((period, of), (rates, at_close)): ((u32, RateOf), (DayRates, Option<DayRates>))| {
        RateItem::new(of, period, periods, &rates, at_close.as_ref(), rules)
    };
    Ok(sums.by.into_iter().map(item).collect())
}

/// Rates of groups in the making.
struct Sums {
    group: Group,
    snapshot: Arc<Snapshot>,
    named: HashMap<LotCode, Option<RateOf>>,
    by: BTreeMap<(u32, RateOf), (DayRates, Option<DayRates>)>,
}

impl Sums {
    fn add(&mut self, row: &RateRow) -> Result<(), StoreError> {
        let of = match self.named.get(&row.lot) {
            Some(of) => of.clone(),
            None => {
                let of = self.snapshot.lots.get(&row.lot).map(|lot| of(self.group, lot));
                self.named.entry(row.lot.clone()).or_insert(of).clone()
            }
        };
        let Some(of) = of else { return Ok(()) };
        let (rates, at_close) = read(row)?;
        let (sum, closed) = self.by.entry((row.period, of)).or_default();
        *sum += &rates;
        if let Some(at_close) = at_close {
            *closed.get_or_insert_default() += &at_close;
        }
        Ok(())
    }
}

/// Whose rates those of a lot are.
fn of(group: Group, lot: &Lot) -> RateOf {
    match group {
        Group::Provider => RateOf::Provider(lot.provider.to_string()),
        Group::District => RateOf::District(lot.district.clone()),
        Group::Vendor => RateOf::Vendor(lot.vendor.clone().unwrap_or_default()),
        Group::Lot => RateOf::Lot(lot.code.to_string()),
        Group::All => RateOf::All,
    }
}

/// What is read of [`KeptDay`] here.
///
/// [`KeptDay`]: bowei_model::supervision::KeptDay
#[derive(Deserialize)]
struct KeptRates {
    rates: DayRates,
}

/// The rates that a row keeps.
fn read(row: &RateRow) -> Result<(DayRates, Option<DayRates>), StoreError> {
    let kept = |text: &str| {
        serde_json::from_str::<KeptRates>(text).map(|kept| kept.rates).map_err(|error| {
            StoreError::Unreadable(format!("rates of {} in {}: {error}", row.lot, row.period))
        })
    };
    Ok((kept(&row.rates)?, row.at_close.as_deref().map(kept).transpose()?))
}

impl Periods {
    fn query(
        &self,
        lots: Option<Vec<LotCode>>,
        limit: usize,
        cursor: Option<bowei_store::Cursor>,
    ) -> RateQuery {
        let by = if self.by == By::Day { RatePeriod::Day } else { RatePeriod::Month };
        RateQuery { by, lots, from: self.from, to: self.to, limit, cursor }
    }
}
