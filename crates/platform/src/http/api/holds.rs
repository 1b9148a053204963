//! `/api/v1/holds`: what must stay though its time is over, and `/api/v1/retention`: for how long anything is kept.

use super::List;
use super::reveals::{reason, words_on};
use crate::accounts::{Principal, entry, random};
use crate::app::App;
use crate::http::auth::{Actor, must_be_confirmed};
use crate::http::body::JsonBody;
use crate::http::problem::Problem;
use crate::http::timestamps;
use crate::jobs::Words;
use crate::reservations::PLATE_KEPT_DAYS;
use crate::supervision::jobs::HEARD_DAYS;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use bowei_encoding::hex;
use bowei_model::{Plate, moment};
use bowei_store::{Change, HoldRow, JobOutcome, JobRun};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

/// Holds in the list at most: all open ones, and the newest of those that were lifted.
const LIST_MAX: usize = 1_000;

/// Runs of a job that are looked through: all that are kept.
const RUNS_LOOKED_AT: usize = 100;

/// Runs of a job that are shown: a month of nights.
const RUNS_SHOWN: usize = 31;

/// Bytes of a record's id that a hold may name: more than any text allows.
const RECORD_ID_MAX: usize = 256;

/// What to hold, and why. It names a lot, a plate or a record at least.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct HoldToMake {
    /// Of this lot; without it of all, which only whoever sees all lots may ask for.
    lot: Option<String>,
    /// From this moment, RFC 3339; without it from the beginning.
    #[schema(format = DateTime)]
    from: Option<String>,
    /// To before this one, RFC 3339; without it with no end.
    #[schema(format = DateTime)]
    to: Option<String>,
    /// Of this plate.
    plate: Option<String>,
    /// Of this record, order or picture.
    record_id: Option<String>,
    /// The case that it is for, in four characters and more.
    case: String,
    /// Why, in four characters and more.
    reason: String,
}

/// Why a hold is lifted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct HoldToLift {
    /// In four characters and more; it stays in the audit.
    reason: String,
}

/// A hold.
#[derive(Serialize, ToSchema)]
pub(super) struct HoldItem {
    id: String,
    /// Whether it holds still.
    open: bool,
    /// Null: of all lots.
    lot: Option<String>,
    from: Option<String>,
    to: Option<String>,
    /// Masked; of a lifted hold its pseudonym. Null: of all plates.
    plate: Option<String>,
    record_id: Option<String>,
    case: String,
    reason: String,
    /// The login of who made it.
    made_by: String,
    made_at: String,
    lifted_by: Option<String>,
    lifted_at: Option<String>,
    lifted_why: Option<String>,
}

/// What is kept.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum RetentionKind {
    Photos,
    Plates,
    RefusedMessages,
    /// Plates and phone numbers of reservations.
    Reservations,
    /// What plates have behind them: orders of a day, no-shows, appeals.
    ReservationPlates,
    SignsOfLife,
    Audit,
}

/// For how long something is kept.
#[derive(Serialize, ToSchema)]
pub(super) struct RetentionItem {
    kind: RetentionKind,
    /// Days; 0: for ever.
    days: u32,
    /// The setting that says so; null where none does.
    setting: Option<&'static str>,
    /// The job that does it: see `/api/v1/jobs`; null where it is done by hand.
    job: Option<&'static str>,
    /// What its last run said, in Chinese; empty where it had nothing to do, null where there was none.
    last_run: Option<String>,
    /// The same in English.
    last_run_en: Option<String>,
    /// When that ended.
    last_run_at: Option<String>,
    /// What its runs did, of the last hundred those that did something or failed, the last first.
    done: Vec<RetentionRun>,
    /// When the oldest that is kept was received, of photos the day's beginning; null without any, and where it is not
    /// looked for.
    oldest_at: Option<String>,
}

/// A run that did something, or failed.
#[derive(Serialize, ToSchema)]
pub(super) struct RetentionRun {
    ended_at: String,
    failed: bool,
    /// What it did, or why it failed, in Chinese.
    message: String,
    /// The same in English.
    message_en: String,
}

fn item(hold: HoldRow) -> HoldItem {
    HoldItem {
        open: hold.is_open(),
        id: hold.id,
        lot: hold.lot.map(|lot| lot.to_string()),
        from: hold.from.map(timestamps::shown),
        to: hold.to.map(timestamps::shown),
        plate: hold.plate.map(|plate| plate.masked()),
        record_id: hold.record_id,
        case: hold.case,
        reason: hold.reason,
        made_by: hold.made_by,
        made_at: timestamps::shown(hold.made_at),
        lifted_by: hold.lifted_by,
        lifted_at: hold.lifted_at.map(timestamps::shown),
        lifted_why: hold.lifted_why,
    }
}

/// Whether it sees a hold: of a lot that it sees, of all lots if it sees all.
fn sees(app: &App, principal: &Principal, hold: &HoldRow) -> bool {
    match &hold.lot {
        Some(lot) => principal.sees_all() || principal.lot(app, lot.as_str()).is_ok(),
        None => principal.sees_all(),
    }
}

/// What the audit says of a hold.
fn summary(hold: &HoldRow) -> Value {
    json!({
        "lot": hold.lot, "from": hold.from.map(timestamps::shown), "to": hold.to.map(timestamps::shown),
        "plate": hold.plate.as_ref().map(Plate::masked),
        "record_id": hold.record_id.as_deref().map(bowei_model::mask_plates),
        "case": hold.case, "reason": hold.reason, "lifted_why": hold.lifted_why,
    })
}

/// Holds something: it stays though its time is over.
#[utoipa::path(post, operation_id = "createHold", path = "/api/v1/holds", tag = "people", security(("session" = [])),
    request_body = HoldToMake, responses(
    (status = 201, description = "Held", body = HoldItem),
    (status = 400, description = "The body does not fit, or names neither a lot nor a plate nor a record", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such lot for whoever asks", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "There are as many open holds as there may be", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn create(
    State(app): State<App>,
    principal: Principal,
    Actor(source): Actor,
    JsonBody(asked): JsonBody<HoldToMake>,
) -> Result<(StatusCode, Json<HoldItem>), Problem> {
    let (case, reason) = (words_on("case", &asked.case)?, reason(&asked.reason)?);
    let lot = asked.lot.as_deref().map(|code| principal.lot(&app, code)).transpose()?;
    if lot.is_none() && !principal.sees_all() {
        return Err(Problem::invalid("lot", "请指定停车场 name a lot: not all of them are yours to see"));
    }
    let from = timestamps::asked("from", asked.from.as_deref())?;
    let to = timestamps::asked("to", asked.to.as_deref())?;
    if from.zip(to).is_some_and(|(from, to)| to <= from) {
        return Err(Problem::invalid("to", "结束时间须晚于开始时间 to lies after from"));
    }
    let plate = asked.plate.as_deref().map(|text| {
        Plate::searched(text)
            .ok_or_else(|| Problem::invalid("plate", format!("{text:?} 不是车牌号 {text:?} is no plate")))
    });
    let plate = plate.transpose()?;
    let record_id = asked.record_id.filter(|id| !id.is_empty());
    if record_id.as_ref().is_some_and(|id| id.len() > RECORD_ID_MAX) {
        let words = format!("a record's id has {RECORD_ID_MAX} bytes at most");
        return Err(Problem::invalid("record_id", words));
    }
    if lot.is_none() && plate.is_none() && record_id.is_none() {
        let words = "请指定停车场、车牌或记录之一 name a lot, a plate or a record: a hold of everything keeps everything";
        return Err(Problem::invalid("lot", words));
    }
    let id = random::<8>().map_err(|error| {
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, format!("no id could be made: {error}"))
    })?;
    let now = app.clock.now();
    let hold = HoldRow {
        id: hex(&id),
        lot: lot.map(|lot| lot.code.clone()),
        from,
        to,
        plate,
        record_id,
        case,
        reason,
        made_by: principal.id().to_owned(),
        made_at: now,
        lifted_by: None,
        lifted_at: None,
        lifted_why: None,
        revision: 0,
    };
    let made = entry(&source, now, ("hold.make", format!("hold:{}", hold.id)), (None, Some(summary(&hold))));
    app.store.administer(vec![Change::Hold(Box::new(hold.clone()))], vec![made]).await?;
    Ok((StatusCode::CREATED, Json(item(hold))))
}

/// Holds of lots that whoever asks sees, the open ones first.
#[utoipa::path(get, operation_id = "listHolds", path = "/api/v1/holds", tag = "people", security(("session" = [])), responses(
    (status = 200, description = "The open ones, and the newest of those that were lifted", body = List<HoldItem>),
))]
pub(super) async fn list(
    State(app): State<App>,
    principal: Principal,
) -> Result<Json<List<HoldItem>>, Problem> {
    let found = app.store.holds(false, LIST_MAX).await?;
    let seen = found.into_iter().filter(|hold| sees(&app, &principal, hold));
    Ok(Json(List { items: seen.map(item).collect(), next: None }))
}

/// Lifts a hold: what is past its time goes with the next run.
#[utoipa::path(post, operation_id = "liftHold", path = "/api/v1/holds/{id}/lift", tag = "people", security(("session" = [])),
    params(("id" = String, Path, description = "The hold's id")), request_body = HoldToLift, responses(
    (status = 200, description = "Lifted", body = HoldItem),
    (status = 400, description = "The body does not fit", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such hold for whoever asks", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "It was lifted before", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn lift(
    State(app): State<App>,
    principal: Principal,
    Actor(source): Actor,
    Path(id): Path<String>,
    JsonBody(asked): JsonBody<HoldToLift>,
) -> Result<Json<HoldItem>, Problem> {
    let why = reason(&asked.reason)?;
    must_be_confirmed(&app, &principal)?;
    let missing =
        || Problem::not_found(format!("there is no hold {id:?} for whoever asks: see /api/v1/holds"));
    let found = app.store.hold(&id).await?.filter(|hold| sees(&app, &principal, hold)).ok_or_else(missing)?;
    if !found.is_open() {
        return Err(Problem::new(StatusCode::CONFLICT, "该保全已解除 the hold was lifted before"));
    }
    let now = app.clock.now();
    let lifted = HoldRow {
        // Nothing holds it any more.
        plate: found.plate.as_ref().map(|plate| app.plates.pseudonym(plate)),
        lifted_by: Some(principal.id().to_owned()),
        lifted_at: Some(now),
        lifted_why: Some(why),
        ..found.clone()
    };
    let done = entry(
        &source,
        now,
        ("hold.lift", format!("hold:{id}")),
        (Some(summary(&found)), Some(json!({"reason": lifted.lifted_why}))),
    );
    app.store.administer(vec![Change::Hold(Box::new(lifted.clone()))], vec![done]).await?;
    Ok(Json(item(lifted)))
}

/// For how long anything is kept, and what the last run of each job said.
#[utoipa::path(get, operation_id = "listRetention", path = "/api/v1/retention", tag = "people", security(("session" = [])), responses(
    (status = 200, description = "By kind", body = List<RetentionItem>),
))]
pub(super) async fn retention(
    State(app): State<App>,
    _: Principal,
) -> Result<Json<List<RetentionItem>>, Problem> {
    use RetentionKind as Kind;
    let config = &app.config;
    let erase_days = app.reservations.parts.policy.settings().erase_days;
    let mut items = Vec::new();
    for (kind, days, setting, job) in [
        (Kind::Photos, config.photos.days_max, Some("photos.days_max"), Some("old photos")),
        (Kind::Plates, config.retention.plates_days, Some("retention.plates_days"), Some("old plates")),
        (Kind::RefusedMessages, config.inspector.days_max, Some("inspector.days_max"), Some("inspector")),
        (Kind::Reservations, erase_days, Some("erase_days"), Some("old reservations")),
        (Kind::ReservationPlates, PLATE_KEPT_DAYS, None, Some("old reservations")),
        (Kind::SignsOfLife, HEARD_DAYS, None, Some("old signs of life")),
        (Kind::Audit, 0, None, None),
    ] {
        let runs = match job {
            Some(job) => app.jobs.runs(Some(job), RUNS_LOOKED_AT).await?,
            None => Vec::new(),
        };
        let oldest_at = match kind {
            Kind::Photos => {
                let days = app.photos.days().await?;
                days.first().and_then(|day| moment::span_of_day(*day)).map(|(begins, _)| begins)
            }
            Kind::Plates => app.store.oldest_plates().await?,
            Kind::RefusedMessages => app.store.oldest_refusal().await?,
            _ => None,
        };
        let last = runs.first();
        let (last_run, last_run_en) = last.map(|run| Words::read(&run.message)).unzip();
        items.push(RetentionItem {
            kind,
            days,
            setting,
            job,
            last_run_at: last.and_then(|run| run.ended_at).map(timestamps::shown),
            last_run,
            last_run_en,
            oldest_at: oldest_at.map(timestamps::shown),
            done: runs.into_iter().filter_map(run_that_did_something).take(RUNS_SHOWN).collect(),
        });
    }
    Ok(Json(List { items, next: None }))
}

fn run_that_did_something(run: JobRun) -> Option<RetentionRun> {
    let ended_at = run.ended_at.filter(|_| !run.message.is_empty())?;
    let failed = run.outcome != JobOutcome::Done;
    let (message, message_en) = Words::read(&run.message);
    Some(RetentionRun { ended_at: timestamps::shown(ended_at), failed, message, message_en })
}
