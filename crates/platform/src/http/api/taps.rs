//! `GET /api/v1/taps`: what drivers said on the spot, by lot: those first whose public count it contradicts most, for whoever
//! inspects lots.

use super::limit;
use super::rates::date;
use crate::accounts::Principal;
use crate::app::App;
use crate::http::problem::Problem;
use crate::http::query_params::QueryParams;
use crate::office;
use crate::office::taps::{ShownCount, TapDay};
use axum::Json;
use axum::extract::State;
use bowei_model::{Lot, LotCode, moment};
use bowei_store::OfficeQuery;
use jiff::ToSpan as _;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Days that are added up where none is named.
const DAYS: i64 = 30;
/// Lots' days that one answer adds up: a month of four thousand lots, at each of which somebody taps every day.
const ADDED_UP_MAX: usize = 120_000;
/// Of these, so many are read at once.
const READ_AT_ONCE: usize = 1_000;

/// Which taps.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct TapsQuery {
    /// The first day, `2026-04-01`; 30 days back without it.
    #[param(format = Date)]
    from: Option<String>,
    /// The last one; today without it.
    #[param(format = Date)]
    to: Option<String>,
    /// Of lots in districts whose code begins so.
    district: Option<String>,
    /// At most so many lots: 100 without it, 1,000 at most.
    #[param(minimum = 1, maximum = 1_000)]
    limit: Option<usize>,
}

/// Lots at which somebody tapped.
#[derive(Serialize, ToSchema)]
pub(super) struct TapsPage {
    /// The first day.
    #[schema(format = Date)]
    from: String,
    /// The last one.
    #[schema(format = Date)]
    to: String,
    /// Those with most contradictions first, then those at which most often no space was found.
    items: Vec<TapItem>,
}

/// What was said of a lot.
#[derive(Serialize, ToSchema)]
pub(super) struct TapItem {
    /// The lot's code.
    lot: String,
    name: String,
    /// GB/T 2260 code.
    district: String,
    /// How often there was a space.
    found: u64,
    /// How often there was none.
    not_found: u64,
    /// Of these, how often the public count said at that moment that there were enough: three, or 2% of a large lot.
    contradictions: u64,
    /// How often there was a space while the public count said that there was none.
    found_while_full: u64,
}

impl TapItem {
    fn of(lot: &Lot) -> Self {
        let (lot, name, district) = (lot.code.to_string(), lot.name.clone(), lot.district.clone());
        Self { lot, name, district, found: 0, not_found: 0, contradictions: 0, found_while_full: 0 }
    }

    fn add(&mut self, day: &TapDay) {
        for (shown, tally) in day.tallies() {
            let (found, not_found) = (u64::from(tally.found), u64::from(tally.not_found));
            self.found += found;
            self.not_found += not_found;
            match shown {
                ShownCount::Enough => self.contradictions += not_found,
                ShownCount::None => self.found_while_full += found,
                ShownCount::Few | ShownCount::Unknown => {}
            }
        }
    }
}

/// What drivers said on the spot of lots that whoever asks sees.
#[utoipa::path(get, operation_id = "listTaps", path = "/api/v1/taps", tag = "supervision", security(("token" = [])), params(TapsQuery), responses(
    (status = 200, description = "The lots", body = TapsPage),
    (status = 400, description = "A parameter does not fit", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn list(
    State(app): State<App>,
    principal: Principal,
    QueryParams(query): QueryParams<TapsQuery>,
) -> Result<Json<TapsPage>, Problem> {
    let today = moment::to_wall(app.clock.now()).date();
    let to = query.to.as_deref().map(|text| date("to", text)).transpose()?.unwrap_or(today);
    let from = query.from.as_deref().map(|text| date("from", text)).transpose()?;
    let from = from.unwrap_or_else(|| to.saturating_sub((DAYS - 1).days()));
    let mut page = TapsPage { from: from.to_string(), to: to.to_string(), items: Vec::new() };
    let Ok(district) = principal.district_asked(query.district.as_deref()) else { return Ok(Json(page)) };
    let lots: HashMap<LotCode, Arc<Lot>> =
        principal.lots(&app).into_iter().map(|lot| (lot.code.clone(), lot)).collect();

    let (begins, ends) = (moment::start_of_date(from), to.tomorrow().ok().and_then(moment::start_of_date));
    let (mut sums, mut cursor, mut read) = (HashMap::<LotCode, TapItem>::new(), None, 0);
    loop {
        let asked = OfficeQuery {
            district: district.map(str::to_owned),
            from: begins,
            before: ends,
            limit: READ_AT_ONCE,
            cursor,
            ..OfficeQuery::default()
        };
        let days = office::list::<TapDay>(app.store.as_ref(), asked).await?;
        read += days.items.len();
        if read > ADDED_UP_MAX {
            let words = format!(
                "最多汇总 {ADDED_UP_MAX} 条，请缩短时段 at most {ADDED_UP_MAX} lots' days are added up: ask for fewer days"
            );
            return Err(Problem::invalid("from", words));
        }
        for kept in &days.items {
            let day = &kept.document;
            if let Some(lot) = lots.get(&day.lot) {
                sums.entry(lot.code.clone()).or_insert_with(|| TapItem::of(lot)).add(day);
            }
        }
        cursor = days.next;
        if cursor.is_none() {
            break;
        }
    }
    page.items = sums.into_values().collect();
    page.items.sort_by(|a, b| {
        let rank = |item: &TapItem| Reverse((item.contradictions, item.not_found));
        (rank(a), &a.lot).cmp(&(rank(b), &b.lot))
    });
    page.items.truncate(limit(query.limit));
    Ok(Json(page))
}
