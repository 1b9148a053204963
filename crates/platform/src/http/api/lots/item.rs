//! A lot as the API shows it.

use crate::app::App;
use crate::http::{enums, timestamps};
use crate::open_data::degrees;
use crate::registry::{Snapshot, revision};
use crate::vacancy::{LotView, Status};
use bowei_model::{Lot, LotCategory, LotGate, LotKind, Standing};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// How far a lot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::http::api) enum LotState {
    /// Public and counted.
    Live,
    /// It waits for an operator's approval: it is neither public nor counted.
    Waiting,
    /// It is being connected: it is neither public nor counted.
    Trial,
}

/// A lot with what is known of it.
#[derive(Serialize, ToSchema)]
pub(in crate::http::api) struct LotItem {
    code: String,
    /// `live`; `waiting` for an operator's approval or on `trial`: then it is neither public nor counted.
    state: LotState,
    /// It has come into being by its own word, and no operator has approved it.
    self_described: bool,
    name: String,
    /// Off the street, or berths along a road.
    #[schema(value_type = enums::LotKind)]
    kind: LotKind,
    /// What sort it is, or how its berths lie; null where nobody has said.
    #[schema(value_type = Option<enums::LotCategory>)]
    category: Option<LotCategory>,
    /// GB/T 2260 code.
    district: String,
    address: String,
    /// WGS 84; null where the lot has not said where it is.
    longitude: Option<f64>,
    /// WGS 84; null likewise.
    latitude: Option<f64>,
    spaces_total: u32,
    charging_spaces: u32,
    accessible_spaces: u32,
    tariff: Option<String>,
    /// When it is open.
    hours: Option<String>,
    /// Who makes the software that reports for it; null where nobody has said.
    vendor: Option<String>,
    /// Its gates, as the office knows them.
    #[schema(value_type = Vec<super::fields::GateFields>)]
    gates: Vec<LotGate>,
    /// Pictures of its tariff board, by the ids of their files.
    tariff_pictures: Vec<String>,
    closed: bool,
    /// The provider's code.
    provider: String,
    provider_name: Option<String>,
    /// What each standard calls the lot.
    ids: BTreeMap<String, String>,
    /// When the lot last described itself in a report.
    described_at: Option<String>,
    /// What it said of itself beyond these fields: the standard's items by their names on the wire, each as JSON text.
    details: BTreeMap<String, String>,
    /// Heard from within three of its intervals.
    online: bool,
    /// Whether it is heard from.
    #[schema(value_type = enums::LotStatus)]
    status: Status,
    last_heard_at: Option<String>,
    /// Free spaces as the lot last said.
    reported: Option<i64>,
    reported_at: Option<String>,
    /// Free spaces that follow from its passages: all spaces less the cars known inside.
    derived: i64,
    /// Cars of which an entry and no exit is known.
    inside: i64,
    /// Free spaces with a charger as the lot last said.
    charging_vacant: Option<i64>,
    /// Taken spaces as a part of all, by what the lot reports or else by its passages; null where it has no spaces.
    occupancy: Option<f64>,
    /// Providers that may speak of it, such as a charging operator.
    parties: Vec<String>,
    /// Providers that may report off-peak parking here.
    off_peak_parties: Vec<String>,
    /// What is taken off stays whose cars charge, of those that begin now; null: nothing.
    charging_relief: Option<super::fields::ReliefFields>,
    /// What it is by now: sent back with a change, so that nobody else's is overwritten unseen.
    revision: String,
}

/// Free spaces: as the lot last said, or else as its passages have it.
pub(super) fn vacant(lot: &Lot, state: &bowei_model::LotState) -> i64 {
    state.reported.map_or_else(|| state.derived(lot.spaces_total), |word| word.vacant)
}

/// Taken spaces as a part of all.
pub(super) fn occupancy(lot: &Lot, state: &bowei_model::LotState) -> Option<f64> {
    let total = i64::from(lot.spaces_total);
    let taken = total - vacant(lot, state).clamp(0, total);
    // Numbers of spaces are far below what a float has exactly.
    #[expect(clippy::cast_precision_loss, reason = "spaces are few")]
    (total > 0).then(|| (taken as f64 / total as f64 * 1_000.0).round() / 1_000.0)
}

pub(in crate::http::api) fn item(app: &App, lot: &Lot) -> LotItem {
    shown(&app.registry.snapshot(), lot, &app.vacancy.of(lot, app.clock.now()))
}

pub(super) fn shown(snapshot: &Snapshot, lot: &Lot, view: &LotView) -> LotItem {
    let provider = snapshot.providers.get(&lot.provider).map(|provider| provider.name.clone());
    let state = &view.state;
    LotItem {
        code: lot.code.to_string(),
        state: state_of(lot),
        self_described: !lot.standing.is_of_an_operator(),
        name: lot.name.clone(),
        kind: lot.kind,
        category: lot.category,
        district: lot.district.clone(),
        address: lot.address.clone(),
        longitude: lot.position.map(|place| degrees(place.longitude)),
        latitude: lot.position.map(|place| degrees(place.latitude)),
        spaces_total: lot.spaces_total,
        charging_spaces: lot.charging_spaces,
        accessible_spaces: lot.accessible_spaces,
        tariff: lot.tariff.clone(),
        hours: lot.hours.clone(),
        vendor: lot.vendor.clone(),
        gates: lot.gates.clone(),
        tariff_pictures: lot.tariff_pictures.clone(),
        closed: lot.closed,
        provider: lot.provider.to_string(),
        provider_name: provider,
        ids: lot.ids.clone(),
        described_at: lot.described_at.map(timestamps::shown),
        details: lot.details.clone(),
        online: view.status == Status::Online,
        status: view.status,
        last_heard_at: view.last_heard_at.map(timestamps::shown),
        reported: state.reported.map(|word| word.vacant),
        reported_at: state.reported.map(|word| timestamps::shown(word.as_of)),
        derived: state.derived(lot.spaces_total),
        inside: state.inside,
        charging_vacant: state.charging.and_then(|word| word.charging_vacant),
        occupancy: occupancy(lot, state),
        parties: lot.parties.iter().map(ToString::to_string).collect(),
        off_peak_parties: lot.off_peak_parties.iter().map(ToString::to_string).collect(),
        charging_relief: lot.charging_relief.last().and_then(|last| last.rules.as_ref()).map(Into::into),
        revision: revision(lot),
    }
}

pub(super) fn state_of(lot: &Lot) -> LotState {
    match lot.standing {
        Standing::Registered | Standing::SelfDescribed => LotState::Live,
        Standing::Waiting => LotState::Waiting,
        Standing::Trial => LotState::Trial,
    }
}
