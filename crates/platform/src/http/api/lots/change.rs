//! `POST /api/v1/lots` and `PATCH /api/v1/lots/{code}`: a lot is made, and its base data are kept true.

use super::fields::{LotFields, code_of, words};
use super::item::{LotItem, item};
use crate::accounts::Principal;
use crate::app::App;
use crate::http::auth::Actor;
use crate::http::body::JsonBody;
use crate::http::problem::Problem;
use crate::http::timestamps;
use crate::registry::{NotChanged, Told, free_lot_code, revision};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use bowei_model::{Lot, LotKind};
use bowei_store::ChangeSource;

/// The longest note.
const NOTE_MAX: usize = 500;

impl From<NotChanged> for Problem {
    fn from(error: NotChanged) -> Self {
        match error {
            NotChanged::NoSuchLot(_) => Self::not_found(error.to_string()),
            NotChanged::CodeTaken(_) => {
                Self::invalid("code", error.to_string()).with_status(StatusCode::CONFLICT)
            }
            NotChanged::NoSuchProvider(_) => Self::invalid("provider", error.to_string()),
            NotChanged::IdTaken(_) => {
                Self::invalid("ids", error.to_string()).with_status(StatusCode::CONFLICT)
            }
            NotChanged::Store(error) => error.into(),
        }
    }
}

/// Makes a lot.
#[utoipa::path(post, operation_id = "createLot", path = "/api/v1/lots", tag = "office", security(("session" = []), ("token" = [])),
    request_body = LotFields, responses(
    (status = 201, description = "The lot; ids that its provider's standards need are made where none was given", body = LotItem),
    (status = 400, description = "A field does not fit", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "The code or an id is another lot's", body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::http::api) async fn create(
    State(app): State<App>,
    principal: Principal,
    Actor(source): Actor,
    JsonBody(asked): JsonBody<LotFields>,
) -> Result<(StatusCode, Json<LotItem>), Problem> {
    let missing: Vec<_> = asked.missing().collect();
    if !missing.is_empty() {
        return Err(Problem::missing(&missing));
    }
    let code = asked.code.as_deref().map(code_of).transpose()?;
    let now = app.clock.now();
    let told = Told::new(&source, ChangeSource::Console, now);
    let lot = app
        .registry
        .create_lot(&told, |snapshot| {
            let blank = Lot::new("".into(), "".into(), LotKind::OffStreet);
            let lot = asked.with_relief(asked.applied_to(&blank)?, now)?;
            let code = code.clone().unwrap_or_else(|| free_lot_code(snapshot, &lot.district, &[]));
            let lot = Lot { code, ..lot };
            within(&principal, &lot)?;
            Ok::<_, Problem>(lot)
        })
        .await?;
    app.publisher.lots_changed();
    Ok((StatusCode::CREATED, Json(item(&app, &lot))))
}

/// Changes a lot. An operator changes everything of it; a provider the base data of its own.
#[utoipa::path(patch, operation_id = "changeLot", path = "/api/v1/lots/{code}", tag = "api", security(("token" = [])),
    params(("code" = String, Path, description = "The lot's code")), request_body = LotFields, responses(
    (status = 200, description = "The lot as it is now", body = LotItem),
    (status = 400, description = "The body does not fit", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for whoever asks", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such lot for whoever asks", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "Somebody else has changed it meanwhile: read it again", body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::http::api) async fn change(
    State(app): State<App>,
    principal: Principal,
    Actor(source): Actor,
    Path(code): Path<String>,
    JsonBody(asked): JsonBody<LotFields>,
) -> Result<Json<LotItem>, Problem> {
    let lot = principal.lot(&app, &code)?;
    if principal.provider().is_some()
        && let Some(field) = asked.of_the_operator().next()
    {
        return Err(Problem::forbidden(format!(
            "{field} 由平台运营方修改 {field} is the operator's to change: ask the office"
        )));
    }
    if asked.code.as_ref().is_some_and(|code| *code != lot.code.as_str()) {
        return Err(Problem::invalid(
            "code",
            "停车场编号不能修改：记录以其为准 a lot keeps its code: records go by it",
        ));
    }
    if asked.say_nothing() {
        return Err(Problem::bad_request(
            "没有要修改的内容 nothing to change: {\"state\":\"live\"} or another field is expected",
        ));
    }
    let now = app.clock.now();
    let effective_at = timestamps::asked("effective_at", asked.effective_at.as_deref())?;
    if effective_at.is_some_and(|at| at > now) {
        return Err(Problem::invalid(
            "effective_at",
            "生效时间不能晚于现在 effective_at is yet to come: say it when it is so",
        ));
    }
    let note = asked.note.as_deref().map(|note| words("note", note, 0, NOTE_MAX)).transpose()?;
    let told = Told { effective_at, note, ..Told::new(&source, ChangeSource::Console, now) };
    let changed = app
        .registry
        .change_lot(&lot.code, &told, |known| {
            if asked.revision.as_ref().is_some_and(|revision| *revision != self::revision(known)) {
                let words = "停车场已被他人修改，请重新读取 somebody else has changed the lot meanwhile: read it again";
                return Err(Problem::new(StatusCode::CONFLICT, words));
            }
            let lot = asked.with_relief(asked.applied_to(known)?, effective_at.unwrap_or(now))?;
            within(&principal, &lot)?;
            Ok(lot)
        })
        .await?;
    app.publisher.lots_changed();
    Ok(Json(item(&app, &changed)))
}

/// Refuses a lot beyond what whoever asks may see.
fn within(principal: &Principal, lot: &Lot) -> Result<(), Problem> {
    if principal.sees(lot) {
        return Ok(());
    }
    Err(Problem::forbidden(format!("{0} 不在您的辖区 district {0} is beyond yours", lot.district)))
}
