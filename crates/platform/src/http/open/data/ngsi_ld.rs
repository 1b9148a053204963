//! `GET /open/v1/ngsi-ld/entities`.

use super::serving::{some, whole};
use crate::app::App;
use crate::http::problem::Problem;
use crate::http::query_params::QueryParams;
use crate::open_data::{Format, Which};
use axum::extract::State;
use axum::http::header::LINK;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use bowei_model::LotKind;
use serde::Deserialize;
use utoipa::IntoParams;

/// Lots in a page of entities at most.
const LIMIT_MAX: usize = 10_000;

/// Where the models' words are explained, as NGSI-LD has it told.
const NGSI_LD_CONTEXT: &str = "<https://raw.githubusercontent.com/smart-data-models/dataModel.Parking/master/context.jsonld>; \
     rel=\"http://www.w3.org/ns/json-ld#context\"; type=\"application/ld+json\"";

/// Which entities.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http::open) struct EntitiesQuery {
    /// `OffStreetParking`, `OnStreetParking`, or both between a comma; both without it.
    #[serde(rename = "type")]
    #[param(pattern = "^(OffStreetParking|OnStreetParking)(,(OffStreetParking|OnStreetParking))?$")]
    kind: Option<String>,
    /// At most so many; all without it.
    #[param(minimum = 1, maximum = 10_000)]
    limit: Option<usize>,
    /// Without the first so many, by code.
    #[param(minimum = 0, maximum = 1_000_000)]
    offset: Option<usize>,
}

/// The lots as NGSI-LD entities after Smart Data Models, as key-values.
#[utoipa::path(get, operation_id = "listEntities", path = "/open/v1/ngsi-ld/entities", tag = "open", params(EntitiesQuery), responses(
    (status = 200, description = "Entities; the header Link leads to their context", body = Vec<serde_json::Value>),
    (status = 304, description = "They have not changed"),
    (status = 503, description = "The store cannot be asked now", body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::http::open) async fn entities(
    State(app): State<App>,
    headers: HeaderMap,
    QueryParams(query): QueryParams<EntitiesQuery>,
) -> Result<Response, Problem> {
    let kind = entity_kind(query.kind.as_deref())?;
    let format = Format::NgsiLd(kind);
    let mut response = match (query.limit, query.offset.unwrap_or(0)) {
        (None, 0) => whole(&app, &headers, format).await?,
        (limit, offset) => {
            let limit = limit.map(|limit| limit.clamp(1, LIMIT_MAX));
            some(&app, format, Which { kind, limit, offset, ..Which::default() }).await?
        }
    };
    response.headers_mut().insert(LINK, HeaderValue::from_static(NGSI_LD_CONTEXT));
    Ok(response)
}

fn entity_kind(text: Option<&str>) -> Result<Option<LotKind>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let kinds: Result<Vec<_>, _> = text
        .split(',')
        .map(|word| match word.trim() {
            "OffStreetParking" => Ok(LotKind::OffStreet),
            "OnStreetParking" => Ok(LotKind::OnStreet),
            other => Err(Problem::invalid(
                "type",
                format!("type={other} is not known: OffStreetParking or OnStreetParking is expected"),
            )),
        })
        .collect();
    let kinds = kinds?;
    let first = kinds.first().copied();
    Ok(first.filter(|first| kinds.iter().all(|kind| kind == first)))
}
