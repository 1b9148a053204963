//! A reservation as the office sees it.

use crate::accounts::Principal;
use crate::app::App;
use crate::http::problem::Problem;
use crate::http::{enums, timestamps};
use crate::office::Kept;
use crate::reservations::kept::KeptOrder;
use crate::reservations::words::{self, Words};
use bowei_model::SpaceKind;
use bowei_model::reservation::{Appeal, CallKind, OrderState};
use serde::Serialize;
use utoipa::ToSchema;

/// A reservation as lists show it.
#[derive(Serialize, ToSchema)]
pub(in crate::http::api) struct ReservationRow {
    code: String,
    lot: String,
    lot_name: Option<String>,
    provider: String,
    provider_name: Option<String>,
    district: String,
    /// Masked for viewers and people; a pseudonym once its time is over.
    plate: String,
    #[schema(value_type = enums::SpaceKind)]
    space: SpaceKind,
    #[schema(value_type = enums::ReservationState)]
    state: OrderState,
    /// Why it is so, in a word.
    reason: Option<&'static str>,
    enter_at: String,
    /// The space is kept until then.
    until: String,
    created_at: String,
    confirmed_at: Option<String>,
    entered_at: Option<String>,
    left_at: Option<String>,
    ended_at: Option<String>,
    /// The parking that it became.
    record_id: Option<String>,
    /// Whether its driver left a number.
    has_phone: bool,
    /// Whether it would wait.
    waits: bool,
    /// Of a car that did not come: `suspected`, `counted`, `revoked`, `dropped`.
    no_show: Option<&'static str>,
}

/// A reservation whole.
#[derive(Serialize, ToSchema)]
pub(in crate::http::api) struct ReservationPage {
    #[serde(flatten)]
    row: ReservationRow,
    version: u64,
    /// Its place in the queue.
    place: Option<usize>,
    /// What the lot is still to be told.
    call: Option<ReservationCall>,
    /// What happened, the oldest first.
    steps: Vec<OfficeStep>,
    /// What its no-show rests on.
    proof: Option<NoShowProof>,
    /// Until when its plate may not reserve.
    suspended_until: Option<String>,
    appeal: Option<OfficeAppeal>,
    /// What may be done with it now: `cancel`, `decide-appeal`, `end-suspension`.
    legal: Vec<&'static str>,
}

/// What a lot is still to be told.
#[derive(Serialize, ToSchema)]
pub(in crate::http::api) struct ReservationCall {
    /// `reserve`, `change` or `cancel`.
    #[schema(value_type = String)]
    what: CallKind,
    since: String,
    /// How often it was tried, over all that the lot was told of the order.
    attempt: u32,
    next_at: String,
    /// An answer is awaited.
    is_out: bool,
}

/// Something that happened.
#[derive(Serialize, ToSchema)]
pub(in crate::http::api) struct OfficeStep {
    at: String,
    #[schema(value_type = enums::ReservationState)]
    state: OrderState,
    reason: &'static str,
    zh: String,
    en: String,
}

/// Why a no-show counts, or does not.
#[derive(Serialize, ToSchema)]
pub(in crate::http::api) struct NoShowProof {
    suspected_at: String,
    looked_at: Option<String>,
    counted_at: Option<String>,
    revoked_at: Option<String>,
    /// When it was found that it can never be proven.
    dropped_at: Option<String>,
    /// What it lacks to be proven.
    lacks: Vec<ProofLack>,
    /// Minutes of the window; of these those covered by a sign of life of the lot, and those in which the platform was away.
    minutes: u32,
    heard: u32,
    away: u32,
    /// Entries of the lot in the window; of these those without a plate, and those whose plate may be this one, misread.
    passages: u32,
    unread: u32,
    alike: u32,
    /// Records that the lot declared and has not sent.
    lacking: u32,
    settled: bool,
    /// When the car came after its window, where it did.
    came_late_at: Option<String>,
}

/// What a no-show lacks.
#[derive(Serialize, ToSchema)]
pub(in crate::http::api) struct ProofLack {
    lack: &'static str,
    zh: String,
    en: String,
}

/// An objection.
#[derive(Serialize, ToSchema)]
pub(in crate::http::api) struct OfficeAppeal {
    code: String,
    at: String,
    text: String,
    /// `open`, `sustained` or `rejected`.
    state: &'static str,
    decided_at: Option<String>,
    decided_by: Option<String>,
    reason: Option<String>,
}

pub(super) fn appeal(one: &Appeal) -> OfficeAppeal {
    let decision = one.decision.as_ref();
    OfficeAppeal {
        code: one.code.to_string(),
        at: timestamps::shown(one.at),
        text: one.text.clone(),
        state: match decision {
            None => "open",
            Some(decision) if decision.is_sustained => "sustained",
            Some(_) => "rejected",
        },
        decided_at: decision.map(|decision| timestamps::shown(decision.at)),
        decided_by: decision.map(|decision| decision.by.clone()),
        reason: decision.map(|decision| decision.reason.clone()),
    }
}

/// An order as lists show it.
pub(super) fn row(app: &App, principal: &Principal, kept: &Kept<KeptOrder>) -> ReservationRow {
    let document = &kept.document;
    let order = &document.order;
    ReservationRow {
        code: order.code.to_string(),
        lot: order.lot.to_string(),
        lot_name: app.registry.snapshot().lot_name(&order.lot),
        provider: document.provider.to_string(),
        provider_name: app.registry.snapshot().provider_name(&document.provider),
        district: document.district.clone(),
        plate: principal.plate(&order.plate),
        space: order.space,
        state: order.state,
        reason: order.steps.last().map(|step| words::reason(&step.reason).word),
        enter_at: timestamps::shown(order.enter_at),
        until: timestamps::shown(order.expires_at),
        created_at: timestamps::shown(order.created_at),
        confirmed_at: order.confirmed_at.map(timestamps::shown),
        entered_at: order.entered_at.map(timestamps::shown),
        left_at: order.left_at.map(timestamps::shown),
        ended_at: order.ended_at.map(timestamps::shown),
        record_id: order.stay.as_ref().map(|id| principal.record_id(id.as_str())),
        has_phone: document.phone.is_some(),
        waits: order.wait,
        no_show: document.no_show.as_ref().map(|no_show| {
            match (no_show.revoked_at, no_show.counted_at, no_show.dropped_at) {
                (Some(_), ..) => "revoked",
                (_, Some(_), _) => "counted",
                (_, _, Some(_)) => "dropped",
                _ => "suspected",
            }
        }),
    }
}

/// An order whole.
pub(super) async fn page(
    app: &App,
    principal: &Principal,
    kept: Kept<KeptOrder>,
) -> Result<ReservationPage, Problem> {
    let now = app.clock.now();
    let view = app.reservations.view(kept, now).await?;
    let document = &view.kept.document;
    let order = &document.order;
    let own_appeal = view.plate.record.appeals.iter().find(|appeal| appeal.code == order.code);
    let can_cancel = order.state == OrderState::Waiting || order.state.holds_place();
    let is_undecided = own_appeal.is_some_and(|appeal| appeal.decision.is_none());
    let legal = [
        (can_cancel, "cancel"),
        (is_undecided, "decide-appeal"),
        (view.suspension.is_some(), "end-suspension"),
    ];
    let may = principal.may(crate::accounts::Permission::ReservationsHandle);
    Ok(ReservationPage {
        row: row(app, principal, &view.kept),
        version: order.version,
        place: view.place,
        call: order.call.as_ref().filter(|_| !order.is_pretended()).map(|call| ReservationCall {
            what: call.what,
            since: timestamps::shown(call.since),
            attempt: call.attempt,
            next_at: timestamps::shown(call.next_at),
            is_out: call.is_out,
        }),
        steps: order
            .steps
            .iter()
            .map(|step| {
                let Words { word: reason, zh, en } = words::reason(&step.reason);
                OfficeStep { at: timestamps::shown(step.at), state: step.to, reason, zh, en }
            })
            .collect(),
        proof: proof(document),
        suspended_until: view.suspension.as_ref().map(|suspension| timestamps::shown(suspension.until)),
        appeal: own_appeal.map(appeal),
        legal: legal.into_iter().filter(|(is_so, _)| *is_so && may).map(|(_, action)| action).collect(),
    })
}

fn proof(kept: &KeptOrder) -> Option<NoShowProof> {
    let no_show = kept.no_show.as_ref()?;
    let found = no_show.proof.as_ref();
    let number =
        |of: fn(&bowei_model::reservation::ProofFacts) -> u32| found.map_or(0, |(_, proof)| of(&proof.facts));
    Some(NoShowProof {
        suspected_at: timestamps::shown(no_show.suspected_at),
        looked_at: found.map(|(at, _)| timestamps::shown(*at)),
        counted_at: no_show.counted_at.map(timestamps::shown),
        revoked_at: no_show.revoked_at.map(timestamps::shown),
        dropped_at: no_show.dropped_at.map(timestamps::shown),
        lacks: found
            .map(|(_, proof)| proof.lacks.iter().copied())
            .into_iter()
            .flatten()
            .map(|lack| {
                let Words { word: lack, zh, en } = words::lack(lack);
                ProofLack { lack, zh, en }
            })
            .collect(),
        minutes: number(|facts| facts.minutes),
        heard: number(|facts| facts.heard_minutes),
        away: number(|facts| facts.away_minutes),
        passages: number(|facts| facts.passages),
        unread: number(|facts| facts.unread),
        alike: number(|facts| facts.alike),
        lacking: number(|facts| facts.lacking),
        settled: found.is_some_and(|(_, proof)| proof.facts.is_settled),
        came_late_at: found.and_then(|(_, proof)| proof.facts.came_late_at).map(timestamps::shown),
    })
}
