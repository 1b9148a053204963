//! Pictures of a lot's tariff board.

use crate::accounts::Principal;
use crate::app::App;
use crate::http::api::files::{FileItem, FileQuery, take};
use crate::http::auth::Actor;
use crate::http::problem::Problem;
use crate::http::query_params::QueryParams;
use crate::office::files::File;
use crate::office::{self, Kept};
use crate::registry::Told;
use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use bowei_model::Lot;
use bowei_store::ChangeSource;

/// Pictures that a lot has at most.
const PICTURES_MAX: usize = 6;

/// The largest picture.
const PICTURE_MAX_BYTES: usize = 5 * 1024 * 1024;

/// Adds a picture of the lot's tariff board.
#[utoipa::path(post, operation_id = "addLotPicture", path = "/api/v1/lots/{code}/pictures", tag = "office", security(("session" = []), ("token" = [])),
    params(("code" = String, Path, description = "The lot's code"), FileQuery),
    request_body(content = Vec<u8>, content_type = "image/jpeg", description = "JPEG, PNG or WebP, 5 MiB at most"), responses(
    (status = 201, description = "Kept", body = FileItem),
    (status = 400, description = "It is no picture, too large, or one too many", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such lot for whoever asks", body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::http::api) async fn add(
    State(app): State<App>,
    principal: Principal,
    Actor(source): Actor,
    Path(code): Path<String>,
    QueryParams(query): QueryParams<FileQuery>,
    request: Request,
) -> Result<(StatusCode, Json<FileItem>), Problem> {
    let lot = principal.lot(&app, &code)?;
    let owner = (format!("lot:{}", lot.code), Some(lot.provider.clone()));
    let picture =
        take(&app, owner, (query.name, request), PICTURE_MAX_BYTES, |kind| kind.starts_with("image/"))
            .await?;
    let told = Told::new(&source, ChangeSource::Console, app.clock.now());
    let change = picture.change()?;
    app.registry
        .change_lot_with(&lot.code, &told, vec![change], |known| {
            let mut lot = known.clone();
            if lot.tariff_pictures.len() >= PICTURES_MAX {
                let words = format!("there are {PICTURES_MAX} pictures: remove one first");
                return Err(Problem::bad_request(words));
            }
            lot.tariff_pictures.push(picture.id.clone());
            Ok(lot)
        })
        .await?;
    Ok((StatusCode::CREATED, Json(FileItem::of(&picture))))
}

/// Removes a picture of the lot's tariff board.
#[utoipa::path(delete, operation_id = "removeLotPicture", path = "/api/v1/lots/{code}/pictures/{id}", tag = "office", security(("session" = []), ("token" = [])),
    params(("code" = String, Path, description = "The lot's code"), ("id" = String, Path, description = "The file's id")), responses(
    (status = 204, description = "It is gone"),
    (status = 404, description = "No such lot or picture for whoever asks", body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::http::api) async fn remove(
    State(app): State<App>,
    principal: Principal,
    Actor(source): Actor,
    Path((code, id)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let lot = principal.lot(&app, &code)?;
    let missing = || Problem::not_found(format!("lot {code} has no picture {id:?}"));
    let picture: Kept<File> = office::one(app.store.as_ref(), &id).await?.ok_or_else(missing)?;
    let told = Told::new(&source, ChangeSource::Console, app.clock.now());
    app.registry
        .change_lot_with(&lot.code, &told, vec![picture.removal()], |known| {
            let pictures: Vec<_> = known.tariff_pictures.iter().filter(|one| **one != id).cloned().collect();
            if pictures.len() == known.tariff_pictures.len() {
                return Err(missing());
            }
            Ok(Lot { tariff_pictures: pictures, ..known.clone() })
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
