//! `GET /api/v1/files/{id}`: a file that somebody handed in, and how one is taken.

use crate::accounts::{Permission, Principal};
use crate::app::App;
use crate::http::body;
use crate::http::problem::Problem;
use crate::http::timestamps;
use crate::office::files::{self, File};
use crate::office::registrations::Registration;
use crate::office::{self, Kept};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use bowei_model::ProviderCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// What a file is called.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct FileQuery {
    /// Its name, as whoever sends it calls it.
    pub(crate) name: Option<String>,
}

/// A file, without its bytes.
#[derive(Serialize, ToSchema)]
pub(crate) struct FileItem {
    id: String,
    name: String,
    media_type: String,
    bytes: usize,
    /// SHA-256 of its bytes, lower-case hex.
    sha256: String,
    at: String,
}

impl FileItem {
    pub(crate) fn of(file: &Kept<File>) -> Self {
        let File { name, media_type, bytes, sha256, at, .. } = &file.document;
        Self {
            id: file.id.clone(),
            name: name.clone(),
            media_type: media_type.clone(),
            bytes: *bytes,
            sha256: sha256.clone(),
            at: timestamps::shown(*at),
        }
    }
}

/// Takes a file from a request's body, if it is of a kind that may be. It is kept once its
/// record is.
pub(crate) async fn take(
    app: &App,
    owner: (String, Option<ProviderCode>),
    (name, request): (Option<String>, Request),
    bytes_max: usize,
    may_be: impl Fn(&str) -> bool,
) -> Result<Kept<File>, Problem> {
    let body = body::file(app, request, bytes_max).await?;
    let bytes = body.bytes;
    let kind = files::media_type(&bytes).filter(|kind| may_be(kind)).ok_or_else(|| {
        Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "只接受 JPEG、PNG、WebP 图片（材料另可为 PDF） a picture as JPEG, PNG or WebP is expected, or a paper as PDF",
        )
    })?;
    Ok(files::keep(app.photos.as_ref(), owner, (&name.unwrap_or_default(), kind), bytes, app.clock.now())
        .await?)
}

/// A file's bytes. A browser keeps them to itself, and opens nothing of them as a page.
pub(crate) async fn answer(app: &App, file: &File) -> Result<Response, Problem> {
    let gone = || Problem::not_found("the file's bytes are gone");
    let bytes = files::bytes(app.photos.as_ref(), file).await?.ok_or_else(gone)?;
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    let kind = HeaderValue::from_str(&file.media_type);
    headers
        .insert(header::CONTENT_TYPE, kind.unwrap_or(HeaderValue::from_static("application/octet-stream")));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=3600"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'"));
    Ok(response)
}

/// A file that was handed in: whoever sees what it belongs to sees it.
#[utoipa::path(get, operation_id = "getFile", path = "/api/v1/files/{id}", tag = "office", security(("session" = []), ("token" = [])),
    params(("id" = String, Path, description = "The file's id")), responses(
    (status = 200, description = "The bytes, with their media type", content_type = "image/jpeg"),
    (status = 404, description = "No such file for whoever asks", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn one(
    State(app): State<App>,
    principal: Principal,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let missing = || Problem::not_found(format!("there is no file {id:?}"));
    let file: Kept<File> = office::one(app.store.as_ref(), &id).await?.ok_or_else(missing)?;
    let seen = match file.document.owner.split_once(':') {
        Some(("lot", code)) => principal.lot(&app, code).is_ok(),
        Some(("order", id)) if principal.may(Permission::CasesRead) => {
            let order = crate::orders::one(app.store.as_ref(), id).await?;
            order.is_some_and(|order| principal.sees_order(&order.document))
        }
        Some(("registration", id)) if principal.may(Permission::RegistrationsRead) => {
            let owner: Option<Kept<Registration>> = office::one(app.store.as_ref(), id).await?;
            owner.is_some_and(|owner| principal.sees_registration(&owner.document))
        }
        _ => false,
    };
    if !seen {
        return Err(missing());
    }
    answer(&app, &file.document).await
}
