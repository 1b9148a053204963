//! Whose fault a case is: the lot's gap on its worst day, held against the other lots of the city on that day.

use super::days::Days;
use bowei_model::supervision::attribution::{
    Attribution, DayOfLife, Gap, GapKind, Measured, Ties, attribute, attribute_silence,
};
use bowei_model::supervision::{KeptDay, Minutes, Rate, Ratio};
use bowei_model::{FindingKind, Lot, LotCode, moment};
use bowei_store::{CaseRow, RATES_PAGE_MAX, RatePeriod, RateQuery, StoreError, heard_lot};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, HashMap};

/// Days before a case's last finding that are looked at for the worst.
const DAYS: SignedDuration = SignedDuration::from_hours(24 * 6);

/// What a rule's gap is made of, and the rate that counts it; `None`: it is about what was sent, which is the lot's own.
fn gap_of(kind: FindingKind) -> Option<(GapKind, Rate)> {
    use FindingKind as F;
    match kind {
        F::HeartbeatMissed | F::Silence => Some((GapKind::Silence, Rate::Online)),
        F::LateReport => Some((GapKind::Late, Rate::Timeliness)),
        F::MissingPhoto => Some((GapKind::Missing, Rate::Photos)),
        F::MissingRecord | F::MissingExit | F::UnmatchedExit | F::PhotoWithoutRecord | F::UnbalancedDay => {
            Some((GapKind::Missing, Rate::Completeness))
        }
        _ => None,
    }
}

/// Whose fault a lot's case is, and what its gap is made of; `None` where that is not asked, or where no day is known.
pub(crate) async fn of_case(
    days: &Days,
    case: &CaseRow,
    now: Timestamp,
) -> Result<Option<(GapKind, Attribution)>, StoreError> {
    let row = &case.condition;
    let gap = FindingKind::from_name(&row.rule).and_then(gap_of);
    let (Some(lot), Some((kind, rate))) = (&row.lot, gap) else { return Ok(None) };
    let since = row.last_at.saturating_sub(DAYS).unwrap_or(row.first_at).max(row.first_at);
    let (from, to) = (moment::day(since), moment::day(row.last_at));
    let own = rates(days, Some(vec![lot.clone()]), (from, to), rate).await?;
    let missing = |ratio: &Ratio| ratio.den.saturating_sub(ratio.num);
    let worst = own.into_iter().max_by_key(|((_, day), ratio)| (missing(ratio), *day));
    let Some(((_, day), _)) = worst.filter(|(_, ratio)| missing(ratio) > 0) else { return Ok(None) };
    let snapshot = days.snapshot();
    let lots: Vec<_> = snapshot.live_lots().filter(|lot| !lot.closed).collect();
    if kind == GapKind::Silence {
        let lives = lives(days, &lots.iter().map(|lot| lot.as_ref()).collect::<Vec<_>>(), day, now).await?;
        let Some((own, others)) = split(lives, |life| life.lot == *lot) else { return Ok(None) };
        // What the platform was away for is due from nobody.
        return Ok(Some((kind, attribute_silence(&own, &others, Minutes::NONE))));
    }
    let of_day = rates(days, None, (day, day), rate).await?;
    let measured = lots.iter().filter_map(|lot| {
        let ratio = of_day.get(&(lot.code.clone(), day))?;
        Some(Measured { lot: lot.code.clone(), ties: ties(lot), affected: missing(ratio), due: ratio.den })
    });
    let Some((lot, others)) = split(measured.collect(), |one| one.lot == *lot) else { return Ok(None) };
    Ok(Some((kind, attribute(&Gap { kind, lot, platform_away: 0, others }))))
}

fn split<T>(mut all: Vec<T>, is_own: impl Fn(&T) -> bool) -> Option<(T, Vec<T>)> {
    let own = all.iter().position(is_own)?;
    Some((all.swap_remove(own), all))
}

/// What a lot shares with others: of several standards the line of the first.
fn ties(lot: &Lot) -> Ties {
    let line = lot.ids.keys().next().map(|standard| Ties::line_of(&lot.provider, standard));
    Ties { vendor: lot.vendor.clone(), line }
}

async fn rates(
    days: &Days,
    lots: Option<Vec<LotCode>>,
    (from, to): (u32, u32),
    rate: Rate,
) -> Result<BTreeMap<(LotCode, u32), Ratio>, StoreError> {
    let query = RateQuery { by: RatePeriod::Day, lots, from, to, limit: RATES_PAGE_MAX, cursor: None };
    let rows = days.store().rates(query).await?.items;
    let read = |row: bowei_store::RateRow| {
        let kept: KeptDay = serde_json::from_str(&row.rates)
            .map_err(|error| StoreError::Unreadable(format!("rates of {}: {error}", row.lot)))?;
        Ok(((row.lot, row.period), kept.rates.ratio(rate)))
    };
    rows.into_iter().map(read).collect()
}

/// When lots were heard on a day.
async fn lives(days: &Days, lots: &[&Lot], day: u32, now: Timestamp) -> Result<Vec<DayOfLife>, StoreError> {
    let Some(city) = days.city(day, now).await? else { return Ok(Vec::new()) };
    let subjects = lots.iter().map(|lot| heard_lot(&lot.code)).collect();
    let mut heard: HashMap<String, Minutes> = HashMap::new();
    let (first, last) = city.hours();
    for hour in days.store().heard(subjects, first, last).await? {
        if let Ok(of_day) = usize::try_from(hour.hour - first) {
            heard.entry(hour.subject).or_default().add_hour(of_day, hour.minutes);
        }
    }
    Ok(lots.iter().map(|lot| city.life(lot, ties(lot), heard.get(&heard_lot(&lot.code)).copied())).collect())
}
