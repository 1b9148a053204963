//! A lot of the city, made of a place.

use super::fee::{Fee, tariff};
use super::{Detail, PlaceKind, RESERVABLE_SPACES, Records, Site, StandardProfile, mix, speaks};
use crate::rng::Rng;
use bowei_model::{
    Datum, ExactPosition, Gate, GateKind, GateStatus, LotCategory, LotCode, LotKind, LotProfile, Position,
    ProviderCode,
};

/// A lot of the city: what the registry knows of it and what only the lot itself knows.
#[derive(Clone, Debug, PartialEq)]
pub struct CityLot {
    /// Its number in the plan, from 1: part of its records' ids.
    pub ordinal: usize,
    /// The platform's code.
    pub code: LotCode,
    /// Who reports for it.
    pub provider: ProviderCode,
    /// Its name.
    pub name: String,
    /// Off-street or on-street.
    pub kind: LotKind,
    /// What is there.
    pub place: PlaceKind,
    /// GB/T 2260 code of the district.
    pub district: String,
    /// Street address.
    pub address: String,
    /// Degrees east, in [`CityLot::datum`].
    pub longitude: f64,
    /// Degrees north, in [`CityLot::datum`].
    pub latitude: f64,
    /// The datum of its position.
    pub datum: Datum,
    /// All spaces.
    pub spaces_total: u32,
    /// Spaces with a charger.
    pub charging_spaces: u32,
    /// The price in words.
    pub tariff: Option<String>,
    /// The price as a rule, where a car pays when it leaves.
    pub fee: Option<Fee>,
    /// Off the street: its gates in.
    pub entrances: Vec<CityGate>,
    /// Off the street: its gates out.
    pub exits: Vec<CityGate>,
    /// On the street: its berths' codes, one a space.
    pub berths: Vec<String>,
    /// The standard that it reports under.
    pub standard: &'static str,
    /// What that standard calls it.
    pub lot_id: String,
    /// Who reports the charges at its chargers, where that is somebody else.
    pub operator: Option<Operator>,
}

/// A gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CityGate {
    /// Its code, unique within the lot.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// A charging operator in somebody's lot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// Who.
    pub provider: ProviderCode,
    /// The standard that it reports under.
    pub standard: &'static str,
    /// What that standard calls the lot.
    pub lot_id: String,
}

/// A lot has so many spaces, however small it is made.
const SPACES_MIN: u32 = 16;

impl CityLot {
    /// Makes it larger or smaller; its gates and whether it has chargers stay.
    pub(super) fn resize(&mut self, percent: u32) {
        if percent == 100 {
            return;
        }
        let scaled = |spaces: u32| u64::from(spaces) * u64::from(percent) / 100;
        let limited = |spaces: u64, least: u32| u32::try_from(spaces).unwrap_or(u32::MAX).max(least);
        self.spaces_total = limited(scaled(self.spaces_total), SPACES_MIN);
        if self.charging_spaces > 0 {
            self.charging_spaces = limited(scaled(self.charging_spaces), 2);
        }
        if self.kind == LotKind::OnStreet {
            self.berths = berths(self.spaces_total);
        }
    }

    /// What it says of itself, in standards that ask for it.
    pub fn profile(&self) -> LotProfile {
        let details = self.speaks().map(|speaks| speaks.details).unwrap_or_default();
        let detail = |(name, detail): &(&str, Detail)| ((*name).to_owned(), detail.json());
        LotProfile {
            lot: self.code.clone(),
            lot_id: self.lot_id.clone(),
            name: Some(self.name.clone()),
            kind: Some(self.kind),
            district: Some(self.district.clone()),
            address: Some(self.address.clone()),
            position: Position::read(self.longitude, self.latitude, self.datum).map(ExactPosition),
            spaces_total: Some(self.spaces_total),
            charging_spaces: Some(self.charging_spaces),
            tariff: self.tariff.clone(),
            in_service: Some(true),
            details: details.iter().map(detail).collect(),
        }
    }

    /// Its gates, likewise: around the lot's own position, some tens of metres from one another.
    pub fn gates(&self) -> Vec<Gate> {
        /// Some thirty metres.
        const APART_DEGREES: f64 = 0.0003;
        let ways = [(GateKind::Entry, &self.entrances, 1.0), (GateKind::Exit, &self.exits, -1.0)];
        let gates = ways.into_iter().flat_map(|(kind, gates, side)| {
            gates.iter().zip(1_u8..).filter_map(move |(gate, number)| {
                let longitude = self.longitude + side * APART_DEGREES;
                let latitude = self.latitude + f64::from(number) * APART_DEGREES;
                Some(Gate {
                    lot: self.code.clone(),
                    code: gate.code.clone(),
                    name: gate.name.clone(),
                    kind,
                    position: ExactPosition(Position::read(longitude, latitude, self.datum)?),
                    status: GateStatus::Open,
                    road: None,
                })
            })
        });
        gates.collect()
    }

    /// Who makes the software that it reports with: two share the lots of the region's companies, and each company from
    /// elsewhere has brought its own.
    pub fn vendor(&self) -> &str {
        match self.provider.as_str() {
            "hz-a" | "hz-d" => "苕溪软件",
            "hz-b" | "hz-c" => "太湖云泊",
            other => other,
        }
    }

    /// What the registry calls a lot at such a place; on the street, how cars stand.
    pub fn category(&self) -> LotCategory {
        if self.kind == LotKind::OnStreet {
            return LotCategory::Parallel;
        }
        match self.place {
            PlaceKind::Hospital => LotCategory::Hospital,
            PlaceKind::Station => LotCategory::Transport,
            PlaceKind::Mall | PlaceKind::Market => LotCategory::Commercial,
            PlaceKind::School => LotCategory::School,
            PlaceKind::OldTown => LotCategory::Public,
            PlaceKind::Office => LotCategory::Office,
            PlaceKind::Residential => LotCategory::Residential,
            PlaceKind::Scenic => LotCategory::Scenic,
        }
    }

    /// What the city knows of the lot's standard.
    pub fn speaks(&self) -> Option<&'static StandardProfile> {
        speaks(self.standard)
    }

    /// How many of its spaces it lets be reserved, by its own base data.
    pub(crate) fn reservable_spaces(&self) -> i64 {
        let details = self.speaks().map(|speaks| speaks.details).unwrap_or_default();
        let number = details.iter().find_map(|(name, detail)| match (*name, detail) {
            (RESERVABLE_SPACES, Detail::Number(number)) => Some(*number),
            _ => None,
        });
        number.unwrap_or_default()
    }

    /// Whether its passages are known by plate and time alone.
    pub(crate) fn pairs_by_plate(&self) -> bool {
        self.speaks().is_some_and(|speaks| speaks.records == Records::ByPlate)
    }

    /// Whether its standard knows only charges.
    pub(crate) fn says_charges_only(&self) -> bool {
        self.speaks().is_some_and(|speaks| speaks.records == Records::ChargesOnly)
    }

    /// What each standard calls it.
    pub fn ids(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let operator = self.operator.as_ref().map(|operator| (operator.standard, operator.lot_id.as_str()));
        std::iter::once((self.standard, self.lot_id.as_str())).chain(operator)
    }
}

impl Site {
    /// `operated`: a charging operator reports for the chargers.
    pub(super) fn into_lot(
        self,
        ordinal: usize,
        number: usize,
        affiliation: mix::Affiliation,
        operated: bool,
        rng: &mut Rng,
    ) -> CityLot {
        let on_street = self.kind == LotKind::OnStreet;
        let (entrances, exits) = if on_street { (Vec::new(), Vec::new()) } else { gates(self.spaces, rng) };
        let lot_id = |standard| {
            speaks(standard).map(|speaks| (speaks.lot_id)(self.district, number)).unwrap_or_default()
        };
        let (words, fee) = tariff(self.place, on_street);
        CityLot {
            ordinal,
            code: format!("{}-{number:03}", self.district).into(),
            provider: affiliation.company.0.into(),
            kind: self.kind,
            place: self.place,
            district: self.district.to_owned(),
            address: self.address,
            longitude: self.longitude,
            latitude: self.latitude,
            datum: Datum::Gcj02,
            spaces_total: self.spaces,
            charging_spaces: self.charging,
            tariff: Some(words.to_owned()),
            fee,
            entrances,
            exits,
            berths: if on_street { berths(self.spaces) } else { Vec::new() },
            standard: affiliation.standard,
            lot_id: lot_id(affiliation.standard),
            operator: (operated && self.charging > 0).then(|| Operator {
                provider: mix::OPERATOR.0.into(),
                standard: mix::OPERATOR_STANDARD,
                lot_id: lot_id(mix::OPERATOR_STANDARD),
            }),
            name: self.name,
        }
    }
}

/// The gates of a lot by its size: a small one has a gate each way, a large one up to four.
fn gates(spaces: u32, rng: &mut Rng) -> (Vec<CityGate>, Vec<CityGate>) {
    const SIDES: [&str; 4] = ["东门", "南门", "西门", "北门"];
    let count = match spaces {
        0..=250 => 1,
        251..=600 => 2,
        601..=1_200 => 3,
        _ => 4,
    };
    let first = rng.below(SIDES.len());
    let sides: Vec<&str> = SIDES.iter().cycle().skip(first).take(count).copied().collect();
    let gates = |way: &str, code: fn(usize) -> String| {
        let gate = |(i, side): (usize, &&str)| CityGate { code: code(i + 1), name: format!("{side}{way}") };
        sides.iter().enumerate().map(gate).collect()
    };
    (gates("入口", entrance_code), gates("出口", exit_code))
}

/// The code of a lot's `number`th way in: at least the six characters that gates' codes have.
pub(crate) fn entrance_code(number: usize) -> String {
    format!("G{number:03}-IN")
}

/// The code of its `number`th way out.
pub(crate) fn exit_code(number: usize) -> String {
    format!("G{number:03}-OUT")
}

fn berths(spaces: u32) -> Vec<String> {
    (1..=spaces).map(|number| format!("A{number:03}")).collect()
}
