//! `GET /api/v1/photos/{id}`: a picture's bytes as they were received.

use crate::accounts::Principal;
use crate::app::App;
use crate::http::problem::Problem;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bowei_store::PhotoRow;

/// A picture.
#[utoipa::path(get, operation_id = "getPhoto", path = "/api/v1/photos/{id}", tag = "api", security(("token" = [])),
    params(("id" = String, Path, description = "A photo's id, from a session")), responses(
    (status = 200, description = "The bytes as received, with their media type", content_type = "image/jpeg"),
    (status = 403, description = "A viewer's token does not see photos", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such photo for this token, or its days are over", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn one(
    State(app): State<App>,
    principal: Principal,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let missing = || Problem::not_found(format!("there is no photo {id:?} for this token"));
    let (day, sha256) = id.split_once('-').ok_or_else(missing)?;
    let well_formed =
        sha256.len() == 64 && sha256.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    let day: u32 = day.parse().ok().filter(|_| well_formed && day.len() == 8).ok_or_else(missing)?;
    let row = seen(&app, &principal, app.store.photo(day, sha256).await?).ok_or_else(missing)?;
    let bytes = app.photos.get(day, sha256).await?.ok_or_else(|| {
        Problem::not_found(
            "the picture's days are over: pictures are kept for so long as [photos] says, records stay",
        )
    })?;
    Ok(([(header::CONTENT_TYPE, row.media_type.as_str())], bytes).into_response())
}

/// One of the records that show the picture, of a lot that the holder may see.
fn seen(app: &App, principal: &Principal, rows: Vec<PhotoRow>) -> Option<PhotoRow> {
    rows.into_iter().find(|row| principal.lot(app, row.lot.as_str()).is_ok())
}
