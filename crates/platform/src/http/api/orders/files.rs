//! `POST /api/v1/orders/{id}/files`: proofs that an answer or an objection comes with.

use super::visible;
use crate::accounts::{Principal, entry};
use crate::app::App;
use crate::http::api::files::{FileItem, FileQuery, take};
use crate::http::auth::Actor;
use crate::http::problem::Problem;
use crate::http::query_params::QueryParams;
use crate::office::files::{FILE_MAX_BYTES, File};
use crate::office::{self, Kept};
use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use bowei_model::supervision::order::{ATTACHMENTS_MAX, Attachment};
use bowei_store::OfficeQuery;
use serde_json::json;

/// Hands a file in, to be named by its id in an answer or an objection.
#[utoipa::path(post, operation_id = "addOrderFile", path = "/api/v1/orders/{id}/files", tag = "supervision", security(("token" = [])),
    params(("id" = String, Path, description = "The order's id"), FileQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses(
    (status = 201, description = "Kept", body = FileItem),
    (status = 404, description = "No such order for whoever asks", body = Problem, content_type = "application/problem+json"),
    (status = 415, description = "It is neither a picture nor a PDF", body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::http::api) async fn add_file(
    State(app): State<App>,
    principal: Principal,
    Actor(source): Actor,
    Path(id): Path<String>,
    QueryParams(query): QueryParams<FileQuery>,
    request: Request,
) -> Result<(StatusCode, Json<FileItem>), Problem> {
    let kept = visible(&app, &principal, &id).await?;
    let owner = (format!("order:{id}"), Some(kept.document.order.content.provider.clone()));
    if of_order(&app, &id).await?.len() >= ATTACHMENTS_MAX {
        let words =
            format!("每份通知书最多 {ATTACHMENTS_MAX} 个附件 an order has {ATTACHMENTS_MAX} files at most");
        return Err(Problem::new(StatusCode::CONFLICT, words));
    }
    let file = take(&app, owner, (query.name, request), FILE_MAX_BYTES, |_| true).await?;
    let after = json!({"file": file.id, "sha256": file.document.sha256, "name": file.document.name});
    let audited = entry(&source, app.clock.now(), ("order.file", format!("order:{id}")), (None, Some(after)));
    app.store.administer(vec![file.change()?], vec![audited]).await?;
    Ok((StatusCode::CREATED, Json(FileItem::of(&file))))
}

/// The files of an order.
pub(super) async fn of_order(app: &App, id: &str) -> Result<Vec<Kept<File>>, Problem> {
    let query = OfficeQuery {
        states: vec![format!("order:{id}")],
        limit: ATTACHMENTS_MAX + 1,
        ..OfficeQuery::default()
    };
    Ok(office::list::<File>(app.store.as_ref(), query).await?.items)
}

/// The files that an answer names.
pub(super) async fn attachments(app: &App, id: &str, named: &[String]) -> Result<Vec<Attachment>, Problem> {
    let known = of_order(app, id).await?;
    let attached = named.iter().map(|name| {
        let file = known.iter().find(|file| file.id == *name);
        let File { name, sha256, bytes, media_type, .. } = &file
            .ok_or_else(|| {
                Problem::invalid(
                    "attachments",
                    format!("没有文件 {name:?} there is no file {name:?} of this order"),
                )
            })?
            .document;
        Ok(Attachment {
            name: name.clone(),
            sha256: sha256.clone(),
            bytes: *bytes as u64,
            media_type: media_type.clone(),
        })
    });
    attached.collect()
}
