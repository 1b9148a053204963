//! `GET /open/v1/accountability`: how the platform's own people behave.

use crate::app::App;
use crate::http::problem::Problem;
use crate::statistics::WeekItem;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

/// The last eight weeks.
#[derive(Serialize, ToSchema)]
pub(super) struct AccountabilityPage {
    items: Vec<WeekItem>,
}

/// How the platform's own people behave, week by week. No name, no plate, no lot.
#[utoipa::path(get, operation_id = "getAccountability", path = "/open/v1/accountability", tag = "open", responses(
    (status = 200, description = "The last eight weeks, the present one last", body = AccountabilityPage),
))]
pub(super) async fn weeks(State(app): State<App>) -> Result<Json<AccountabilityPage>, Problem> {
    let store = app.store.as_ref();
    let days = app.availability.days(store, app.clock.as_ref()).await?;
    let weeks = app.accountability.weeks(store, &days, app.clock.now()).await?;
    Ok(Json(AccountabilityPage { items: weeks.to_vec() }))
}
