//! `GET /open/v1/lots/{code}/details`: what a driver wants to know of one lot besides its numbers: its gates, and its off-peak
//! offers. Nothing of whoever ordered one.

use super::lots::live;
use crate::app::{App, Shared};
use crate::http::enums;
use crate::http::problem::Problem;
use crate::open_data::degrees;
use axum::Json;
use axum::extract::{Path, State};
use bowei_model::{Gate, GateDirection, GateKind, GateStatus, Lot, LotCode, Report};
use bowei_store::{DocumentQuery, StoreError};
use serde::Serialize;
use utoipa::ToSchema;

/// More gates, and more offers, than any lot has.
const ITEMS_MAX: usize = 200;

/// What a driver wants to know of a lot besides its numbers.
#[derive(Serialize, ToSchema)]
pub(super) struct LotDetails {
    /// Its gates by its own word or, where it has said nothing of any, by the office's.
    gates: Vec<OpenGate>,
    /// Its off-peak offers (错峰套餐) that can be bought.
    off_peak: Vec<OffPeakOffer>,
}

/// A gate that can be used.
#[derive(Serialize, ToSchema)]
struct OpenGate {
    name: String,
    /// Which way it is passed.
    #[schema(value_type = enums::LotGateDirection)]
    direction: GateDirection,
    /// WGS 84; null where it is not known.
    longitude: Option<f64>,
    /// WGS 84.
    latitude: Option<f64>,
    /// The road that it opens on.
    road: Option<String>,
}

/// An off-peak offer.
#[derive(Serialize, ToSchema)]
struct OffPeakOffer {
    package_no: String,
    /// Who offers it.
    service_code: String,
    /// In yuan, a decimal string.
    price: String,
}

/// A lot's gates and off-peak offers.
#[utoipa::path(get, operation_id = "getOpenLotDetails", path = "/open/v1/lots/{code}/details", tag = "open",
    params(("code" = String, Path, description = "The lot's code")), responses(
    (status = 200, description = "Gates and offers", body = LotDetails),
    (status = 404, description = "No such lot", body = Problem, content_type = "application/problem+json"),
    (status = 503, description = "The store cannot be asked now", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn one(
    State(app): State<App>,
    Path(code): Path<String>,
) -> Result<Json<LotDetails>, Problem> {
    let snapshot = app.registry.snapshot();
    let lot = live(&snapshot, &code)?;
    let gates = reported(&app, &lot.code, "gate").await?.into_iter().filter_map(|report| match report {
        Report::Gate(gate) => Some(gate),
        _ => None,
    });
    let gates: Vec<Gate> = gates.collect();
    let offers =
        reported(&app, &lot.code, "off-peak-package").await?.into_iter().filter_map(|report| match report {
            Report::OffPeakPackage(offer) if offer.is_on_sale() => Some(OffPeakOffer {
                package_no: offer.package_no,
                service_code: offer.service_code,
                price: offer.price.to_string(),
            }),
            _ => None,
        });
    Ok(Json(LotDetails { gates: gates_of(lot, gates), off_peak: offers.collect() }))
}

/// What the lot said last of each of its things of a kind.
async fn reported(app: &Shared, lot: &LotCode, kind: &str) -> Result<Vec<Report>, StoreError> {
    let query = DocumentQuery {
        kind: kind.to_owned(),
        lots: Some(vec![lot.clone()]),
        limit: ITEMS_MAX,
        ..DocumentQuery::default()
    };
    let found = app.store.documents(query).await?;
    Ok(found.items.iter().filter_map(|row| Some(row.document.current()?.content.clone())).collect())
}

fn gates_of(lot: &Lot, reported: Vec<Gate>) -> Vec<OpenGate> {
    if reported.is_empty() {
        let known = lot.gates.iter().map(|gate| OpenGate {
            name: gate.name.clone(),
            direction: gate.direction,
            longitude: None,
            latitude: None,
            road: None,
        });
        return known.collect();
    }
    let open = reported.into_iter().filter(|gate| gate.status == GateStatus::Open);
    let open = open.map(|gate| OpenGate {
        direction: match gate.kind {
            GateKind::Entry => GateDirection::In,
            GateKind::Exit => GateDirection::Out,
            GateKind::Both => GateDirection::Both,
        },
        longitude: Some(degrees(gate.position.0.longitude)),
        latitude: Some(degrees(gate.position.0.latitude)),
        road: gate.road,
        name: gate.name,
    });
    open.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bowei_model::{ExactPosition, LotGate, LotKind, Position};

    fn gate(code: &str, kind: GateKind, status: GateStatus) -> Gate {
        let position = ExactPosition(Position { longitude: 120.086_800_04, latitude: 30.8937 });
        let (lot, name) = (LotCode::from("L"), format!("{code} 号门"));
        Gate { lot, code: code.to_owned(), name, kind, position, status, road: Some("人民路".to_owned()) }
    }

    #[test]
    fn a_lot_s_own_word_on_its_gates_goes_before_the_office_s_and_closed_ones_lead_nobody() {
        let mut lot = Lot::new("L".into(), "P".into(), LotKind::OffStreet);
        lot.gates = vec![LotGate { name: "东门".to_owned(), direction: GateDirection::In }];
        assert_eq!(gates_of(&lot, Vec::new()).len(), 1);
        let reported = vec![
            gate("1", GateKind::Entry, GateStatus::Open),
            gate("2", GateKind::Both, GateStatus::Closed),
            gate("3", GateKind::Exit, GateStatus::Open),
        ];
        let shown = gates_of(&lot, reported);
        let told: Vec<_> =
            shown.iter().map(|gate| (gate.name.as_str(), gate.direction, gate.longitude)).collect();
        assert_eq!(
            told,
            [("1 号门", GateDirection::In, Some(120.0868)), ("3 号门", GateDirection::Out, Some(120.0868))]
        );
    }
}
