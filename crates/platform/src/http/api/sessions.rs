//! `GET /api/v1/lots/{code}/sessions`.

use super::reveals::reason;
use super::{List, limit};
use crate::accounts::{Permission, Principal, Source, entry};
use crate::app::App;
use crate::http::auth::Actor;
use crate::http::charging_relief::{ReliefItem, of_stays};
use crate::http::problem::Problem;
use crate::http::query_params::QueryParams;
use crate::http::{enums, timestamps};
use crate::live::photo_id;
use axum::Json;
use axum::extract::{Path, State};
use bowei_model::{
    FindingKind, LotCode, NamedPhoto, ParkingSession, Passage, PayKind, Payment, Photo, PhotoRole, Picture,
    Plate, Report, Vehicle, Version, mask_plates, words,
};
use bowei_store::{NamedRecordRow, SessionQuery, finding_id};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::HashMap;
use utoipa::{IntoParams, ToSchema};

/// The list as its cursors know it.
const LIST: &str = "sessions";

/// Which sessions.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct SessionsQuery {
    /// Exactly this plate. A person says why.
    plate: Option<String>,
    /// Why a person looks for a plate: 4 characters and more; it stays in the audit.
    reason: Option<String>,
    /// Cars still inside, cars gone or both, split at a comma; both without it.
    #[param(value_type = Option<Vec<SessionState>>, style = Form, explode = false)]
    state: Option<String>,
    /// Begun at this moment or later, RFC 3339.
    #[param(format = DateTime)]
    from: Option<String>,
    /// Begun before this moment, RFC 3339.
    #[param(format = DateTime)]
    to: Option<String>,
    /// At most so many: 100 without it, 1,000 at most.
    #[param(minimum = 1, maximum = 1_000)]
    limit: Option<usize>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Whether a car is still inside.
#[derive(PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::http) enum SessionState {
    /// No exit is known.
    Open,
    /// The car has gone.
    Closed,
}

/// One parking.
#[derive(Serialize, ToSchema)]
pub(super) struct SessionItem {
    /// The lot's own id of it.
    record_id: String,
    /// The standard it is reported under.
    standard: String,
    lot: String,
    /// The plate; masked for viewers; null for a car without one.
    plate: Option<String>,
    /// Two digits of annex C of the Shenzhen text: 01 large, 02 small, 51 and 52 new-energy, 41 none.
    plate_kind: Option<String>,
    berth: Option<String>,
    entry: Option<PassageItem>,
    exit: Option<PassageItem>,
    /// Whole minutes between the two; null while either is unknown.
    minutes: Option<i64>,
    /// What the car looks like, where the lot says so.
    vehicle: Option<VehicleItem>,
    /// What was paid, where the lot says so.
    payment: Option<PaymentItem>,
    /// The reservation under which the car came.
    #[serde(rename = "booking")]
    reservation_code: Option<String>,
    /// What is taken off because the car charged; null: nothing. `GET /api/v1/relief` says why. Told of a lot's list alone.
    charging_relief: Option<ReliefItem>,
    photos: Vec<PhotoItem>,
    findings: Vec<SessionFinding>,
}

/// An entry or an exit.
#[derive(Serialize, ToSchema)]
pub(super) struct PassageItem {
    at: String,
    /// The gate's name or, where the lot gives none, its code.
    gate: Option<String>,
    gate_code: Option<String>,
    received_at: String,
    /// The plate as it was first reported, where it is another than the one that counts; masked for viewers.
    first_plate: Option<String>,
}

/// What a car looks like, in the lot's own words.
#[derive(Serialize, ToSchema)]
pub(super) struct VehicleItem {
    color: Option<String>,
    plate_color: Option<String>,
    brand: Option<String>,
    sub_brand: Option<String>,
}

/// What was paid. Money is a decimal string, in yuan.
#[derive(Serialize, ToSchema)]
pub(super) struct PaymentItem {
    payable: Option<String>,
    paid: Option<String>,
    paid_at: Option<String>,
    /// How.
    #[schema(value_type = Option<enums::PayKind>)]
    pay_kind: Option<PayKind>,
}

/// A photo of a session.
#[derive(Serialize, ToSchema)]
pub(super) struct PhotoItem {
    /// Under `/api/v1/photos/`; null where the lot gave an address instead of a picture, and for viewers. People
    /// name it in a reveal.
    id: Option<String>,
    /// The car coming in, or going out.
    #[schema(value_type = enums::PhotoRole)]
    role: PhotoRole,
    taken_at: Option<String>,
    bytes: Option<u64>,
    sha256: Option<String>,
    media_type: Option<String>,
    /// The address that the lot gave; kept and not followed. Null for viewers and for people.
    url: Option<String>,
    /// Whether another photo has taken its place since: the first of the entry and of the exit is shown all the same.
    replaced: bool,
}

/// A finding of a session.
#[derive(Serialize, ToSchema)]
pub(super) struct SessionFinding {
    /// As in the list of findings.
    id: String,
    #[schema(value_type = enums::FindingKind)]
    kind: FindingKind,
    at: String,
    /// In Chinese.
    detail: String,
    /// The same in English.
    detail_en: String,
}

/// A lot's sessions, newest first.
#[utoipa::path(get, operation_id = "listSessions", path = "/api/v1/lots/{code}/sessions", tag = "api", security(("token" = [])),
    params(("code" = String, Path, description = "The lot's code"), SessionsQuery), responses(
    (status = 200, description = "A page of sessions", body = List<SessionItem>),
    (status = 400, description = "A parameter does not fit", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such lot for this token", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn list(
    State(app): State<App>,
    principal: Principal,
    Actor(source): Actor,
    Path(code): Path<String>,
    QueryParams(query): QueryParams<SessionsQuery>,
) -> Result<Json<List<SessionItem>>, Problem> {
    let lot = principal.lot(&app, &code)?;
    if let Some(plate) = &query.plate {
        // Whether it finds something tells whether a car is there.
        let object = format!("lot:{}", lot.code);
        may_search(&app, &principal, source, (object, plate), query.reason.as_deref()).await?;
    }
    let states: Vec<SessionState> = enums::several("state", query.state.as_deref())?;
    let plate = query.plate.as_deref().and_then(Plate::searched);
    let found = app
        .store
        .sessions(SessionQuery {
            lot: Some(lot.code.clone()),
            // What is no plate at all is in no session.
            pseudonym: plate.as_ref().map(|plate| app.plates.pseudonym(plate).to_string()),
            plate: plate.map(|plate| plate.to_string()).or(query.plate),
            open: states.contains(&SessionState::Open),
            closed: states.contains(&SessionState::Closed),
            from: timestamps::asked("from", query.from.as_deref())?,
            to: timestamps::asked("to", query.to.as_deref())?,
            limit: limit(query.limit),
            cursor: app.cursors.open(LIST, query.cursor)?,
        })
        .await?;
    let named = named_photos(&app, &found.items).await?;
    let now = app.clock.now();
    let reliefs = of_stays(&app, &lot, &found.items).await?;
    let shown = |session: &ParkingSession| {
        let relief = reliefs.get(&session.record_id).and_then(|relief| relief.as_ref().ok());
        SessionItem {
            charging_relief: relief.map(ReliefItem::from),
            ..item(session, &named, &principal, now)
        }
    };
    let items = found.items.iter().map(shown).collect();
    Ok(Json(List { items, next: app.cursors.seal(LIST, found.next)? }))
}

/// Refuses whoever may not look for a plate. A person says why, and leaves a trace before anything is found.
pub(super) async fn may_search(
    app: &App,
    principal: &Principal,
    source: Source,
    (object, plate): (String, &str),
    why: Option<&str>,
) -> Result<(), Problem> {
    if principal.person().is_none() {
        return principal.must_have(Permission::PlatesRead);
    }
    principal.must_have(Permission::PlatesReveal)?;
    let after = json!({"plate": mask_plates(plate), "reason": reason(why.unwrap_or_default())?});
    let searched = entry(&source, app.clock.now(), ("plate.search", object), (None, Some(after)));
    app.store.administer(Vec::new(), vec![searched]).await?;
    Ok(())
}

/// The pictures that passages name by their ids, by lot and id.
pub(super) type NamedPhotos = HashMap<(LotCode, String), Version<Report>>;

async fn named_photos(app: &App, sessions: &[ParkingSession]) -> Result<NamedPhotos, Problem> {
    let passages = sessions.iter().flat_map(ParkingSession::passages);
    let names: Vec<_> = passages
        .filter_map(|version| {
            let passage = &version.content;
            passage.photo_id.as_ref().map(|id| (passage.lot.clone(), id.clone()))
        })
        .collect();
    if names.is_empty() {
        return Ok(NamedPhotos::new());
    }
    let found = app.store.documents_named("named-photo", names).await?;
    let current = |row: NamedRecordRow| Some(((row.lot, row.name), row.document.current()?.clone()));
    Ok(found.into_iter().filter_map(current).collect())
}

pub(super) fn item(
    session: &ParkingSession,
    named: &NamedPhotos,
    principal: &Principal,
    now: Timestamp,
) -> SessionItem {
    let findings = session
        .findings()
        .into_iter()
        .filter(|found| found.is_due(now))
        .map(|found| SessionFinding {
            id: finding_id(&found),
            kind: found.kind,
            at: timestamps::shown(found.at),
            detail: principal.words(words::chinese(found.kind, &found.facts), session.passages()),
            detail_en: principal.words(words::english(found.kind, &found.facts), session.passages()),
        })
        .collect();
    let passages = || session.exit().into_iter().chain(session.entry()).map(|version| &version.content);
    let photos_named = session.passages().filter_map(|version| {
        let name = (session.lot.clone(), version.content.photo_id.clone()?);
        let photo = named.get(&name)?;
        let Report::NamedPhoto(NamedPhoto { taken_at, picture: shown, .. }) = &photo.content else {
            return None;
        };
        Some(picture(shown, version.content.direction.into(), *taken_at, photo.received_at, principal))
    });
    SessionItem {
        record_id: principal.record_id(session.record_id.as_str()),
        standard: session.standard.clone(),
        lot: session.lot.to_string(),
        plate: session.plate().map(|plate| principal.plate(plate)),
        plate_kind: session.plate_kind().map(|kind| kind.to_string()),
        berth: session.berth().map(str::to_owned),
        entry: passage(&session.entries, principal),
        exit: passage(&session.exits, principal),
        minutes: session.minutes(),
        vehicle: passages().find_map(|passage| passage.vehicle.as_ref()).map(vehicle),
        payment: passages().find_map(|passage| passage.payment.as_ref()).map(payment),
        reservation_code: passages().find_map(|passage| passage.reservation_code.clone()),
        charging_relief: None,
        photos: session
            .photos_shown()
            .map(|version| photo(version, principal))
            .chain(
                session
                    .first_photos_replaced()
                    .map(|first| PhotoItem { replaced: true, ..photo(first, principal) }),
            )
            .chain(photos_named)
            .collect(),
        findings,
    }
}

fn passage(versions: &[Version<Passage>], principal: &Principal) -> Option<PassageItem> {
    let [first, ..] = versions else { return None };
    let version = versions.last()?;
    let Passage { gate, gate_code, plate, .. } = &version.content;
    let first_plate = first.content.plate.as_ref().filter(|first| plate.as_ref() != Some(first));
    Some(PassageItem {
        at: timestamps::shown(version.content.at),
        gate: gate.clone().or_else(|| gate_code.clone()),
        gate_code: gate_code.clone(),
        received_at: timestamps::shown(version.received_at),
        first_plate: first_plate.map(|plate| principal.plate(plate)),
    })
}

fn vehicle(vehicle: &Vehicle) -> VehicleItem {
    let Vehicle { color, plate_color, brand, sub_brand } = vehicle.clone();
    VehicleItem { color, plate_color, brand, sub_brand }
}

fn payment(payment: &Payment) -> PaymentItem {
    let money = |amount: Option<rust_decimal::Decimal>| amount.map(|amount| amount.to_string());
    PaymentItem {
        payable: money(payment.payable),
        paid: money(payment.paid),
        paid_at: payment.paid_at.map(timestamps::shown),
        pay_kind: payment.pay_kind,
    }
}

fn photo(version: &Version<Photo>, principal: &Principal) -> PhotoItem {
    let Photo { picture: shown, role, taken_at, .. } = &version.content;
    picture(shown, *role, *taken_at, version.received_at, principal)
}

fn picture(
    picture: &Picture,
    role: PhotoRole,
    taken_at: Option<Timestamp>,
    received_at: Timestamp,
    principal: &Principal,
) -> PhotoItem {
    let taken_at = taken_at.map(timestamps::shown);
    let none = PhotoItem {
        id: None,
        role,
        taken_at: None,
        bytes: None,
        sha256: None,
        media_type: None,
        url: None,
        replaced: false,
    };
    match picture {
        // That there is one, and nothing by which it could be fetched.
        _ if !principal.may(Permission::PhotosRead) && !principal.may(Permission::PlatesReveal) => {
            PhotoItem { taken_at, ..none }
        }
        Picture::Bytes { sha256, bytes, media_type } => PhotoItem {
            id: Some(photo_id(received_at, sha256)),
            role,
            taken_at,
            bytes: Some(*bytes),
            sha256: Some(sha256.clone()),
            media_type: Some(media_type.clone()),
            ..none
        },
        // An address leads to the picture itself, and whoever follows it leaves no trace.
        Picture::Url(url) => {
            PhotoItem { taken_at, url: Some(url.clone()).filter(|_| principal.sees_plates()), ..none }
        }
    }
}
