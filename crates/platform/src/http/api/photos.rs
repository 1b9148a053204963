//! `GET /api/v1/photos/{id}`: a picture's bytes as they were received.

use crate::accounts::Principal;
use crate::app::App;
use crate::http::problem::Problem;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};

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
    let shown = visible(&app, &principal, &id).await?;
    bytes(&app, shown).await
}

/// A picture that may be shown.
pub(super) struct Shown {
    day: u32,
    sha256: String,
    media_type: String,
}

/// The picture of that id, if a record shows it of a lot that whoever asks may see.
pub(super) async fn visible(app: &App, principal: &Principal, id: &str) -> Result<Shown, Problem> {
    let missing = || Problem::not_found(format!("there is no photo {id:?} for this token"));
    let (day, sha256) = id.split_once('-').ok_or_else(missing)?;
    let well_formed =
        sha256.len() == 64 && sha256.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    let day: u32 = day.parse().ok().filter(|_| well_formed && day.len() == 8).ok_or_else(missing)?;
    let seen = app
        .store
        .photo(day, sha256)
        .await?
        .into_iter()
        .find(|row| principal.lot(app, row.lot.as_str()).is_ok());
    Ok(Shown { day, sha256: sha256.to_owned(), media_type: seen.ok_or_else(missing)?.media_type })
}

/// The picture itself.
pub(super) async fn bytes(app: &App, shown: Shown) -> Result<Response, Problem> {
    let bytes = app.photos.get(shown.day, &shown.sha256).await?.ok_or_else(|| {
        Problem::not_found(
            "the picture's days are over: pictures are kept for so long as [photos] says, records stay",
        )
    })?;
    Ok(([(header::CONTENT_TYPE, shown.media_type.as_str())], bytes).into_response())
}
