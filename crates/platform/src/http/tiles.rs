//! `/tiles/city.pmtiles`: the platform's own map of the city, one PMTiles file of which a page asks for ranges.

use super::problem::Problem;
use crate::app::App;
use crate::config::Config;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use std::io::ErrorKind;
use std::path::PathBuf;
use std::time::UNIX_EPOCH;
use tower_http::services::ServeFile;

/// Where it is served.
pub(super) const PATH: &str = "/tiles/city.pmtiles";

/// Its name in the data folder, where no setting names another.
const FILE: &str = "tiles.pmtiles";

/// The address names the file's version: what was read of it stays right.
const KEPT: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

fn file(config: &Config) -> PathBuf {
    config.map.tiles.clone().unwrap_or_else(|| config.server.data.join(FILE))
}

/// The address of the present file; none where there is no file. One that is laid there later is seen without a restart.
pub(super) async fn address(config: &Config) -> Option<String> {
    let about = tokio::fs::metadata(file(config)).await.ok().filter(std::fs::Metadata::is_file)?;
    let changed = about.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(format!("{PATH}?v={:x}-{:x}", changed.as_secs(), about.len()))
}

/// The file, or the range of it that is asked for.
pub(super) async fn serve(State(app): State<App>, request: Request) -> Response {
    let kind = mime_guess::mime::APPLICATION_OCTET_STREAM;
    match ServeFile::new_with_mime(file(&app.config), &kind).try_call(request).await {
        Ok(answer) => {
            let mut answer = answer.into_response();
            if answer.status().is_success() {
                answer.headers_mut().insert(header::CACHE_CONTROL, KEPT);
            }
            answer
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Problem::not_found("平台没有地图瓦片文件 the platform has no file of tiles: see docs/tiles.md")
                .into_response()
        }
        Err(error) => {
            tracing::warn!(%error, "the file of tiles cannot be read");
            let words = "地图瓦片文件无法读取 the file of tiles cannot be read now";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, words).into_response()
        }
    }
}
