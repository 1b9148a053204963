//! What the office says of a lot: the names of the registry file, in JSON.

use crate::http::enums;
use crate::http::problem::Problem;
use crate::open_data::degrees;
use crate::registry::{CODE_FORM, is_code};
use bowei_model::position::Datum;
use bowei_model::relief::rules::put_version;
use bowei_model::{
    GateDirection, Lot, LotCategory, LotGate, LotKind, Position, ReliefRules, ReliefVersion, Standing,
    district,
};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The longest name, address, id, tariff and other words.
const NAME_MAX: usize = 100;
const ADDRESS_MAX: usize = 200;
const ID_MAX: usize = 64;
const WORDS_MAX: usize = 2_000;

/// The most spaces of one lot: the largest on Earth has some tens of thousands.
const SPACES_MAX: u32 = 100_000;

/// The most minutes of a stay that are free while charging: a week.
const RELIEF_MINUTES_MAX: u32 = 7 * 24 * 60;

/// The most kWh that may be asked for: no battery of a car takes more.
const RELIEF_KWH_MAX: Decimal = Decimal::from_parts(1_000, 0, 0, false, 0);

/// Places of a kWh, as charging records have them.
const KWH_PLACES: u32 = 2;

/// The most gates, and the most providers that may speak of a lot.
const LISTED_MAX: usize = 100;

/// A gate.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http::api) struct GateFields {
    name: String,
    /// `in`, `out` or `both`.
    #[schema(value_type = enums::LotGateDirection)]
    direction: GateDirection,
}

/// What a lot takes off stays whose cars charge (充电减免).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct ReliefFields {
    /// Minutes while charging that are free, at most.
    #[schema(maximum = 10_080)]
    free_minutes_while_charging: u32,
    /// From so many kWh in the stay on, a decimal string.
    from_kwh: String,
    /// At most one stay of a car in a day, UTC+08:00.
    once_a_day: bool,
}

impl From<&ReliefRules> for ReliefFields {
    fn from(rules: &ReliefRules) -> Self {
        let ReliefRules { free_minutes_while_charging, from_kwh, once_a_day } = rules;
        Self {
            free_minutes_while_charging: *free_minutes_while_charging,
            from_kwh: from_kwh.to_string(),
            once_a_day: *once_a_day,
        }
    }
}

impl ReliefFields {
    /// The rules; `None`: nothing is given.
    fn rules(&self) -> Result<Option<ReliefRules>, Problem> {
        let Self { free_minutes_while_charging, from_kwh, once_a_day } = self;
        if *free_minutes_while_charging > RELIEF_MINUTES_MAX {
            let words = format!(
                "充电减免时长最多 {RELIEF_MINUTES_MAX} 分钟 \
                 charging_relief.free_minutes_while_charging is {free_minutes_while_charging}: \
                 {RELIEF_MINUTES_MAX} at most are expected"
            );
            return Err(Problem::invalid("charging_relief", words));
        }
        let kwh = from_kwh.trim().parse::<Decimal>().ok().filter(|kwh| {
            (Decimal::ZERO..=RELIEF_KWH_MAX).contains(kwh) && kwh.normalize().scale() <= KWH_PLACES
        });
        let from_kwh = kwh.ok_or_else(|| {
            let words = format!(
                "charging_relief.from_kwh is {from_kwh:?}: a decimal from 0 to {RELIEF_KWH_MAX} with at most \
                 {KWH_PLACES} places is expected, such as \"10.5\""
            );
            Problem::invalid("charging_relief", words)
        })?;
        let (minutes, once_a_day) = (*free_minutes_while_charging, *once_a_day);
        Ok((minutes > 0).then_some(ReliefRules {
            free_minutes_while_charging: minutes,
            from_kwh,
            once_a_day,
        }))
    }
}

/// What is said of a lot. A field that is left out says nothing; an empty text takes a tariff, opening
/// hours or a vendor away.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LotFields {
    /// The platform's own code, of a new lot; without it one is made of the district and a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<String>,
    /// The code of the provider that reports for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) provider: Option<String>,
    /// `live`: public and counted; `trial`: neither.
    #[schema(pattern = "^(live|trial)$")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) state: Option<String>,
    /// The same as the state `trial`, as the registry file has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) trial: Option<bool>,
    /// The `revision` that the change was worked out from: where somebody else has changed the lot since, nothing is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) revision: Option<String>,
    /// Since when it is so: changes are due within 48 hours.
    #[schema(format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) effective_at: Option<String>,
    /// What is said beside it, for the lot's history.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) note: Option<String>,
    /// Its name as the public knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    /// Off the street, or berths along a road.
    #[schema(value_type = Option<enums::LotKind>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) kind: Option<LotKind>,
    /// What sort it is (停车场类型), or how its berths lie (泊位类型).
    #[schema(value_type = Option<enums::LotCategory>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) category: Option<LotCategory>,
    /// GB/T 2260 code, six digits.
    #[schema(pattern = "^[0-9]{6}$")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) district: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) address: Option<String>,
    /// Degrees east, with the latitude.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) longitude: Option<f64>,
    /// Degrees north, with the longitude.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) latitude: Option<f64>,
    /// What the degrees are of: GCJ02 unless said otherwise.
    #[schema(value_type = Option<enums::Datum>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) datum: Option<Datum>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) spaces_total: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) charging_spaces: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) accessible_spaces: Option<u32>,
    /// The price in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tariff: Option<String>,
    /// When it is open, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hours: Option<String>,
    /// Who makes the software that reports for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) vendor: Option<String>,
    #[schema(value_type = Option<Vec<GateFields>>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) gates: Option<Vec<LotGate>>,
    /// What each standard calls the lot: those named are set, an empty one is taken away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ids: Option<BTreeMap<String, String>>,
    /// Other providers that may speak of this lot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) parties: Option<Vec<String>>,
    /// Providers that may report off-peak parking here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) off_peak_parties: Option<Vec<String>>,
    /// What is taken off stays whose cars charge, for stays that begin from `effective_at` (now without it) on; 0 free minutes:
    /// nothing any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) charging_relief: Option<ReliefFields>,
    /// Out of service; its records stay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) closed: Option<bool>,
}

impl LotFields {
    /// The fields among those said that are the operator's alone to say.
    pub(super) fn of_the_operator(&self) -> impl Iterator<Item = &'static str> {
        let given = [
            ("state", self.state.is_some() || self.trial.is_some()),
            ("provider", self.provider.is_some()),
            ("kind", self.kind.is_some()),
            ("district", self.district.is_some()),
            ("ids", self.ids.is_some()),
            ("parties", self.parties.is_some()),
            ("off_peak_parties", self.off_peak_parties.is_some()),
        ];
        given.into_iter().filter(|(_, given)| *given).map(|(name, _)| name)
    }

    /// The fields among those said that are nothing for whoever asks to be registered.
    pub(crate) fn of_the_office(&self) -> impl Iterator<Item = &'static str> {
        let given = [
            ("code", self.code.is_some()),
            ("provider", self.provider.is_some()),
            ("state", self.state.is_some()),
            ("trial", self.trial.is_some()),
            ("revision", self.revision.is_some()),
            ("effective_at", self.effective_at.is_some()),
            ("note", self.note.is_some()),
            ("ids", self.ids.is_some()),
            ("parties", self.parties.is_some()),
            ("off_peak_parties", self.off_peak_parties.is_some()),
            ("charging_relief", self.charging_relief.is_some()),
            ("closed", self.closed.is_some()),
        ];
        given.into_iter().filter(|(_, given)| *given).map(|(name, _)| name)
    }

    /// What is said of a lot that has no code yet, degrees in WGS 84.
    pub(crate) fn of(lot: &Lot) -> Self {
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Self {
            name: text(&lot.name),
            kind: Some(lot.kind),
            category: lot.category,
            district: text(&lot.district),
            address: text(&lot.address),
            longitude: lot.position.map(|place| degrees(place.longitude)),
            latitude: lot.position.map(|place| degrees(place.latitude)),
            datum: lot.position.map(|_| Datum::Wgs84),
            spaces_total: Some(lot.spaces_total),
            charging_spaces: Some(lot.charging_spaces),
            accessible_spaces: Some(lot.accessible_spaces),
            tariff: lot.tariff.clone(),
            hours: lot.hours.clone(),
            vendor: lot.vendor.clone(),
            gates: Some(lot.gates.clone()).filter(|gates| !gates.is_empty()),
            ..Self::default()
        }
    }

    /// The fields that a new lot needs and that are not said.
    pub(crate) fn missing(&self) -> impl Iterator<Item = &'static str> {
        let needed = [
            ("provider", self.provider.is_some()),
            ("name", self.name.is_some()),
            ("kind", self.kind.is_some()),
            ("district", self.district.is_some()),
            ("longitude", self.longitude.is_some()),
            ("latitude", self.latitude.is_some()),
            ("spaces_total", self.spaces_total.is_some()),
        ];
        needed.into_iter().filter(|(_, given)| !given).map(|(name, _)| name)
    }

    /// Whether nothing is said of the lot itself.
    pub(super) fn say_nothing(&self) -> bool {
        let beside = Self { revision: None, effective_at: None, note: None, ..self.clone() };
        serde_json::to_value(beside)
            .is_ok_and(|given| given.as_object().is_some_and(serde_json::Map::is_empty))
    }

    /// Who is to stand behind its being there from now on.
    pub(super) fn standing(&self) -> Result<Option<Standing>, Problem> {
        match self.state.as_deref() {
            None => Ok(self.trial.map(|trial| if trial { Standing::Trial } else { Standing::Registered })),
            Some("live") => Ok(Some(Standing::Registered)),
            Some("trial") => Ok(Some(Standing::Trial)),
            Some(state) => {
                let words = format!("state is {state:?}: \"live\" or \"trial\" is expected");
                Err(Problem::invalid("state", words))
            }
        }
    }

    /// The lot with what is said of it.
    pub(crate) fn applied_to(&self, lot: &Lot) -> Result<Lot, Problem> {
        let mut lot = lot.clone();
        if let Some(name) = &self.name {
            lot.name = words("name", name, 1, NAME_MAX)?;
        }
        lot.kind = self.kind.unwrap_or(lot.kind);
        lot.category = self.category.or(lot.category);
        if let Some(category) = lot.category.filter(|category| !category.is_of(lot.kind)) {
            if self.category.is_some() {
                let words = format!("{category:?} is none of the kinds' own: see docs/registry.md");
                return Err(Problem::invalid("category", words));
            }
            lot.category = None;
        }
        if let Some(code) = &self.district {
            if !district::is_code(code) {
                let words = format!(
                    "district is {code:?}: a GB/T 2260 code is expected, six digits such as \"330502\""
                );
                return Err(Problem::invalid("district", words));
            }
            lot.district.clone_from(code);
        }
        if let Some(address) = &self.address {
            lot.address = words("address", address, 0, ADDRESS_MAX)?;
        }
        self.place(&mut lot)?;
        self.spaces(&mut lot)?;
        let text = |field, text: &Option<String>, before: Option<String>, most| match text {
            None => Ok(before),
            Some(text) => words(field, text, 0, most).map(|text| Some(text).filter(|text| !text.is_empty())),
        };
        lot.tariff = text("tariff", &self.tariff, lot.tariff, WORDS_MAX)?;
        lot.hours = text("hours", &self.hours, lot.hours, WORDS_MAX)?;
        lot.vendor = text("vendor", &self.vendor, lot.vendor, NAME_MAX)?;
        if let Some(gates) = &self.gates {
            at_most("gates", gates.len())?;
            let named = |gate: &LotGate| words("gates", &gate.name, 1, NAME_MAX);
            lot.gates = gates
                .iter()
                .map(|gate| Ok(LotGate { name: named(gate)?, direction: gate.direction }))
                .collect::<Result<_, Problem>>()?;
        }
        for (standard, id) in self.ids.iter().flatten() {
            if bowei_standards::by_name(standard).is_none() {
                let words = format!("this version knows no standard {standard:?}");
                return Err(Problem::invalid("ids", words));
            }
            let id = words("ids", id, 0, ID_MAX)?;
            if id.is_empty() {
                lot.ids.remove(standard);
            } else {
                lot.ids.insert(standard.clone(), id);
            }
        }
        for (field, given, of) in [
            ("parties", &self.parties, &mut lot.parties),
            ("off_peak_parties", &self.off_peak_parties, &mut lot.off_peak_parties),
        ] {
            if let Some(codes) = given {
                at_most(field, codes.len())?;
                *of = codes.iter().map(|code| code.as_str().into()).collect();
            }
        }
        lot.closed = self.closed.unwrap_or(lot.closed);
        lot.standing = self.standing()?.unwrap_or(lot.standing);
        if let Some(provider) = &self.provider {
            lot.provider = provider.as_str().into();
        }
        Ok(lot)
    }

    /// The same with what is said of relief, for stays from `since` on.
    pub(super) fn with_relief(&self, mut lot: Lot, since: Timestamp) -> Result<Lot, Problem> {
        let Some(given) = &self.charging_relief else { return Ok(lot) };
        let rules = given.rules()?;
        if lot.charging_relief.last().and_then(|last| last.rules.as_ref()) != rules.as_ref() {
            put_version(&mut lot.charging_relief, ReliefVersion { since, rules });
        }
        Ok(lot)
    }

    fn place(&self, lot: &mut Lot) -> Result<(), Problem> {
        let (longitude, latitude) = match (self.longitude, self.latitude) {
            (None, None) => return Ok(()),
            (Some(longitude), Some(latitude)) => (longitude, latitude),
            (None, _) => {
                return Err(Problem::invalid(
                    "longitude",
                    "填写纬度时还应填写经度 longitude is expected with the latitude",
                ));
            }
            (_, None) => {
                return Err(Problem::invalid(
                    "latitude",
                    "填写经度时还应填写纬度 latitude is expected with the longitude",
                ));
            }
        };
        let place = Position::read(longitude, latitude, self.datum.unwrap_or_default());
        let nowhere = || {
            let words = format!(
                "经度 {longitude}、纬度 {latitude} 不在地球上，应为东经、北纬的度数 longitude {longitude} and latitude \
                 {latitude} are no place on Earth: degrees east and north are expected"
            );
            Problem::invalid("longitude", words)
        };
        lot.position = Some(place.ok_or_else(nowhere)?);
        Ok(())
    }

    fn spaces(&self, lot: &mut Lot) -> Result<(), Problem> {
        let all = [
            ("spaces_total", self.spaces_total, &mut lot.spaces_total),
            ("charging_spaces", self.charging_spaces, &mut lot.charging_spaces),
            ("accessible_spaces", self.accessible_spaces, &mut lot.accessible_spaces),
        ];
        for (field, given, spaces) in all {
            let Some(given) = given else { continue };
            if given > SPACES_MAX {
                return Err(Problem::invalid(
                    field,
                    format!("最多 {SPACES_MAX} 个泊位 {field} is {given}: {SPACES_MAX} at most are expected"),
                ));
            }
            *spaces = given;
        }
        let parts = [
            ("charging_spaces", self.charging_spaces, lot.charging_spaces),
            ("accessible_spaces", self.accessible_spaces, lot.accessible_spaces),
        ];
        for (field, given, part) in parts {
            let total = lot.spaces_total;
            if part > total && (given.is_some() || self.spaces_total.is_some()) {
                return Err(Problem::invalid(
                    field,
                    format!("{part} 个多于总泊位数 {total} {field} is {part}, and all spaces are {total}"),
                ));
            }
        }
        Ok(())
    }
}

fn at_most(field: &str, count: usize) -> Result<(), Problem> {
    if count <= LISTED_MAX {
        return Ok(());
    }
    Err(Problem::invalid(
        field,
        format!(
            "最多 {LISTED_MAX} 项，现有 {count} 项 {field} are {count}: {LISTED_MAX} at most are expected"
        ),
    ))
}

/// The code of a lot or provider to make.
pub(crate) fn code_of<T: for<'a> From<&'a str>>(code: &str) -> Result<T, Problem> {
    if is_code(code) { Ok(code.into()) } else { Err(Problem::invalid("code", CODE_FORM)) }
}

/// Words of so many characters, without the blanks around them.
pub(crate) fn words(field: &str, text: &str, least: usize, most: usize) -> Result<String, Problem> {
    let text = text.trim();
    let count = text.chars().count();
    if (least..=most).contains(&count) && !text.chars().any(|c| c.is_control() && c != '\n') {
        return Ok(text.to_owned());
    }
    Err(Problem::invalid(
        field,
        format!(
            "应为 {least} 至 {most} 字，不含控制字符，现有 {count} 字 {field} has {count} characters: {least} to {most} are \
             expected, none of control"
        ),
    ))
}
