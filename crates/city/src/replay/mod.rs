//! A recorded day of free spaces, turned into the entries and exits that it implies.
//!
//! The first count of a lot is its opening state: all spaces less the free ones are cars inside, each reported by an
//! entry. Every later change by d is d exits, or −d entries, spread evenly between the two counts; exits take the car
//! that has been inside longest. The day is shifted as a whole so that it ends now. What the recording cannot tell
//! (cars that came and went between two counts, plates, who stayed how long) is not invented beyond that.

mod files;
mod series;
#[cfg(test)]
mod tests;
mod traffic;

pub use files::ReplayError;
pub use traffic::ReplayTraffic;

use crate::plan::lot::{entrance_code, exit_code};
use crate::plan::{CityGate, CityLot, CityPlan, CityProvider, PlaceKind, StandardProfile, speaks};
use crate::run::Prepared;
use crate::verdict::Expected;
use bowei_model::{Datum, LotCode, LotKind};
use files::{Place, Recording};
use jiff::{SignedDuration, Timestamp};
use series::Series;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// The cars of the opening state are said to have come within this time before their lot's first count. Short, so
/// that even theirs are not reported a day late: how long they had really been there, nobody recorded.
pub(crate) const OPENING_WITHIN: SignedDuration = SignedDuration::from_mins(5);
/// How long before now the shifted day ends.
pub(crate) const ENDS_BEFORE_NOW: SignedDuration = SignedDuration::from_secs(30);

/// How to replay.
#[derive(Clone, Debug)]
pub struct ReplayOptions {
    /// The seed of the plates.
    pub seed: u64,
    /// Over how many providers the lots are spread, so that no account is over its share. Default 8.
    pub providers: usize,
    /// The standard that they report under.
    pub standard: &'static str,
    /// The district that all of them are registered in. Default 330500, the city.
    pub district: String,
    /// Only so many lots, the first of the file; `None`: all.
    pub lots_max: Option<usize>,
}

impl Default for ReplayOptions {
    fn default() -> Self {
        Self { seed: 1, providers: 8, standard: "huzhou", district: "330500".to_owned(), lots_max: None }
    }
}

/// A recorded day, ready to be replayed.
#[derive(Debug)]
pub struct Replay {
    plan: CityPlan,
    series: Vec<Series>,
    /// Columns without a single count.
    unobserved: usize,
    last_s: i64,
}

impl Replay {
    /// Reads `LOTS.csv` and `FREE-SPACES.csv`.
    pub fn open(lots: &Path, free_spaces: &Path, options: &ReplayOptions) -> Result<Self, ReplayError> {
        Self::of(&Recording::open(lots, free_spaces)?, options)
    }

    /// Reads the two files' contents.
    pub fn read(lots: &[u8], free_spaces: &[u8], options: &ReplayOptions) -> Result<Self, ReplayError> {
        Self::of(&Recording::read(lots, free_spaces)?, options)
    }

    fn of(recording: &Recording, options: &ReplayOptions) -> Result<Self, ReplayError> {
        let speaks =
            speaks(options.standard).ok_or(ReplayError::UnknownStandard { standard: options.standard })?;
        let observed: Vec<_> = recording.columns.iter().filter(|column| !column.counts.is_empty()).collect();
        let unobserved = recording.columns.len() - observed.len();
        let mut series = Vec::new();
        let wanted = options.lots_max.unwrap_or(usize::MAX);
        for (i, column) in observed.into_iter().take(wanted).enumerate() {
            let place = recording.places.get(&column.id).cloned().unwrap_or_default();
            let spaces_total = spaces_total(&place, &column.counts);
            let lot = Arc::new(lot(i + 1, &column.id, place, spaces_total, options, speaks));
            series.push(Series { lot, counts: column.counts.clone() });
        }
        let last_s = series.iter().filter_map(|one| one.counts.last()).map(|count| count.0).max();
        let last_s = last_s.ok_or(ReplayError::NothingObserved)?;
        let providers = (1..=options.providers.max(1).min(series.len()))
            .map(|number| {
                let (code, name) = (provider(number), format!("回放接入单位 {number}"));
                CityProvider::new((&code, &name), REPLAY_ACCOUNTS_FROM + number, speaks.standard)
            })
            .collect();
        let lots = series.iter().map(|one| one.lot.clone()).collect();
        let plan = CityPlan { seed: options.seed, providers, lots };
        Ok(Self { plan, series, unobserved, last_s })
    }

    /// The lots as a city, for the registry and the sender.
    pub fn plan(&self) -> &CityPlan {
        &self.plan
    }

    /// The day's traffic, shifted so that it ends [`ENDS_BEFORE_NOW`].
    pub fn prepare(&self, now: Timestamp) -> Prepared {
        let traffic = self.traffic(now);
        let (truth, start) = (traffic.truth(), traffic.start());
        Prepared { traffic: Box::new(traffic), truth, start }
    }

    /// The same as what it is.
    pub(crate) fn traffic(&self, now: Timestamp) -> ReplayTraffic {
        let ends = now.saturating_sub(ENDS_BEFORE_NOW).unwrap_or(now).as_second();
        ReplayTraffic::new(&self.series, ends - self.last_s, self.plan.seed)
    }

    /// What the platform should count at the end: the file's own last count of each lot.
    pub fn expected(&self) -> BTreeMap<LotCode, Expected> {
        self.series.iter().map(|one| (one.lot.code.clone(), one.expected())).collect()
    }

    /// How many charges a platform should have of each lot at the end, where its standard knows nothing else: one for
    /// each stay that ended. Otherwise none.
    pub fn expected_charges(&self) -> BTreeMap<LotCode, u64> {
        let of = |one: &Series| if one.lot.says_charges_only() { one.exits() } else { 0 };
        self.series.iter().map(|one| (one.lot.code.clone(), of(one))).collect()
    }

    /// How many cars are inside at first, and how many entries and exits follow.
    pub fn amount(&self) -> (u64, u64) {
        let sum = |of: fn(&Series) -> u64| self.series.iter().map(of).sum();
        (sum(Series::opening), sum(Series::changes))
    }
}

impl fmt::Display for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (opening, changes) = self.amount();
        write!(
            f,
            "回放 {} 个停车场，共 {} 个泊位：期初在场 {opening} 辆，此后进出 {changes} 次；{} 列没有任何观测，未列入",
            self.plan.lots.len(),
            self.plan.spaces_total(),
            self.unobserved
        )
    }
}

/// The accounts of a replay stand apart from those of a seeded city on the same platform.
const REPLAY_ACCOUNTS_FROM: usize = 9_000;

fn provider(number: usize) -> String {
    format!("replay-{number}")
}

/// The sizes in the file are sometimes smaller than what was counted free, and often missing.
fn spaces_total(place: &Place, counts: &[(i64, i64)]) -> u32 {
    let most_free = counts.iter().map(|count| count.1).max().unwrap_or(0);
    let spaces = place.spaces.unwrap_or(0).max(most_free).max(1);
    u32::try_from(spaces).unwrap_or(u32::MAX)
}

fn lot(
    ordinal: usize,
    id: &str,
    place: Place,
    spaces_total: u32,
    options: &ReplayOptions,
    speaks: &StandardProfile,
) -> CityLot {
    let name = match (place.name, place.city) {
        (Some(name), Some(city)) => format!("{name}（{city}）"),
        (Some(name), None) => name,
        (None, _) => id.to_owned(),
    };
    let (longitude, latitude) = place.position.unwrap_or_else(|| spot(ordinal));
    CityLot {
        ordinal,
        code: format!("replay-{ordinal:04}").into(),
        provider: provider(1 + (ordinal - 1) % options.providers.max(1)).into(),
        name,
        kind: LotKind::OffStreet,
        place: PlaceKind::Mall,
        district: options.district.clone(),
        address: place.address.unwrap_or_default(),
        longitude,
        latitude,
        datum: Datum::Wgs84,
        spaces_total,
        charging_spaces: 0,
        tariff: None,
        fee: None,
        entrances: vec![CityGate { code: entrance_code(1), name: "入口".to_owned() }],
        exits: vec![CityGate { code: exit_code(1), name: "出口".to_owned() }],
        berths: Vec::new(),
        standard: speaks.standard,
        lot_id: (speaks.lot_id)(&options.district, ordinal),
        operator: None,
    }
}

/// A place of its own in a grid over the middle of Germany, for a lot of which the file knows none.
fn spot(ordinal: usize) -> (f64, f64) {
    const COLUMNS: usize = 30;
    const STEP: f64 = 0.05;
    let (row, column) = (ordinal / COLUMNS, ordinal % COLUMNS);
    (9.25 + column as f64 * STEP, 50.4 + row as f64 * STEP)
}
