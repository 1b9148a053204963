//! How the platform's own people behave, week by week: how often plates and pictures were opened and for what, what became
//! of orders, how long the platform was away. No name, no plate, no lot.

use super::orders::{OrderFigures, of_period};
use super::period::{Period, PeriodKind};
use crate::availability::PlatformDay;
use bowei_model::moment;
use bowei_store::{AuditQuery, Store, StoreError};
use jiff::Timestamp;
use parking_lot::Mutex;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Weeks that are shown, this one last.
const WEEKS: usize = 8;

/// Entries of the audit that are counted of a week and an act: beyond, the number is a least one.
const COUNTED_MAX: usize = 50_000;

/// Entries that are read at once.
const PAGE: usize = 1_000;

/// What was found last, and the hour in which: the public asks often, and a week changes little within an hour.
#[derive(Default)]
pub(crate) struct Accountability(Mutex<Option<(i64, Arc<[WeekItem]>)>>);

/// A week.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct WeekItem {
    /// `2026-W14`.
    week: String,
    /// The first day.
    from: String,
    /// The last.
    to: String,
    opened: Opened,
    orders: OrderFigures,
    /// Minutes in which the platform itself was away; null for weeks of which that is not known any more.
    away_minutes: Option<u32>,
}

/// Plates and pictures that people opened.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
struct Opened {
    /// Plates and pictures shown one by one, each for a reason.
    reveals: usize,
    /// Of these, those for a case.
    reveals_for_cases: usize,
    /// Searches by a plate.
    searches: usize,
    /// Exports.
    exports: usize,
    /// Packages of evidence.
    packages: usize,
}

impl Accountability {
    /// The last eight weeks, the present one last.
    pub(crate) async fn weeks(
        &self,
        store: &dyn Store,
        days: &[PlatformDay],
        now: Timestamp,
    ) -> Result<Arc<[WeekItem]>, StoreError> {
        let hour = now.as_second().div_euclid(3_600);
        let known = self.0.lock().clone();
        if let Some((_, weeks)) = known.filter(|(of, _)| *of == hour) {
            return Ok(weeks);
        }
        let weeks: Arc<[WeekItem]> = read(store, days, now).await?.into();
        *self.0.lock() = Some((hour, Arc::clone(&weeks)));
        Ok(weeks)
    }
}

async fn read(store: &dyn Store, days: &[PlatformDay], now: Timestamp) -> Result<Vec<WeekItem>, StoreError> {
    let mut weeks = Vec::with_capacity(WEEKS);
    let mut week = Period::of(PeriodKind::Week, moment::to_wall(now).date());
    for _ in 0..WEEKS {
        weeks.push(week);
        week = week.before();
    }
    weeks.reverse();
    let mut items = Vec::with_capacity(WEEKS);
    for week in weeks {
        let of_week = days.iter().filter(|day| (week.from..=week.to).contains(&day.day));
        let is_known = days.first().is_some_and(|first| first.day <= week.from);
        let (reveals, reveals_for_cases) = counted(store, "plate.reveal", week).await?;
        let (pictures, pictures_for_cases) = counted(store, "photo.reveal", week).await?;
        items.push(WeekItem {
            week: week.to_string(),
            from: week.from.to_string(),
            to: week.to.to_string(),
            opened: Opened {
                reveals: reveals + pictures,
                reveals_for_cases: reveals_for_cases + pictures_for_cases,
                searches: counted(store, "plate.search", week).await?.0,
                exports: counted(store, "export.read", week).await?.0,
                packages: counted(store, "order.package", week).await?.0,
            },
            orders: of_period(store, week, |_| true).await?,
            away_minutes: is_known.then(|| of_week.map(|day| day.away).sum()),
        });
    }
    Ok(items)
}

/// How often something was done in a week, and how often of these for a case.
async fn counted(store: &dyn Store, action: &str, week: Period) -> Result<(usize, usize), StoreError> {
    let (from, to) = week.moments();
    let (mut all, mut for_cases, mut cursor) = (0, 0, None);
    while all < COUNTED_MAX {
        let query = AuditQuery {
            from: Some(from),
            to: Some(to.saturating_sub(jiff::SignedDuration::from_millis(1)).unwrap_or(to)),
            action: Some(action.to_owned()),
            limit: PAGE,
            cursor,
            ..AuditQuery::default()
        };
        let page = store.audit(query).await?;
        all += page.items.len();
        for_cases += page.items.iter().filter(|one| names_a_case(&one.entry.after)).count();
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    Ok((all, for_cases))
}

fn names_a_case(detail: &str) -> bool {
    let detail: serde_json::Value = serde_json::from_str(detail).unwrap_or_default();
    detail.get("case").is_some_and(|case| case.as_str().is_some_and(|case| !case.is_empty()))
}
