//! The pages, built into the binary from `web/dist`.

use super::encodings::weights;
use super::problem::Problem;
use crate::config::MapConfig;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Dist;

/// Whether the pages were there when this was built.
pub(super) fn are_there() -> bool {
    Dist::get("index.html").is_some()
}

/// Serves a page's file; a path without a dot is one of the page's own routes and gets the page itself.
pub(super) fn serve(uri: &Uri, asked: &HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    let last = path.rsplit('/').next().unwrap_or_default();
    let is_api = ["api/", "open/"].iter().any(|prefix| path.starts_with(prefix));
    let name = if last.contains('.') { path } else { "index.html" };
    match Dist::get(name) {
        Some(file) if !is_api => {
            // Vite names the files under assets/ by their content.
            let cache =
                if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
            let kind = mime_guess::from_path(name).first_or_octet_stream().to_string();
            let about = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, cache.to_owned())];
            let vary = (header::VARY, HeaderValue::from_static("accept-encoding"));
            // The build has compressed what it pays to: nothing is compressed while somebody waits.
            match Dist::get(&format!("{name}.br")).filter(|_| takes_brotli(asked)) {
                Some(small) => {
                    let encoding = (header::CONTENT_ENCODING, HeaderValue::from_static("br"));
                    (about, [vary, encoding], small.data).into_response()
                }
                None => (about, [vary], file.data).into_response(),
            }
        }
        None if name == "index.html" && !is_api => {
            let detail = "本程序不含页面，请先执行 make web 再构建 this binary was built without the pages: run `make web`, then build again";
            Problem::new(StatusCode::NOT_FOUND, detail).into_response()
        }
        _ => Problem::not_found(format!("没有此地址 there is nothing at {}", uri.path())).into_response(),
    }
}

/// Whether it is named, and not with a weight of nothing.
fn takes_brotli(asked: &HeaderMap) -> bool {
    weights(asked, "br").any(|weight| weight > 0.0)
}

/// What a page may load: itself, and the tile server where one is configured.
pub(super) fn content_policy(map: &MapConfig) -> HeaderValue {
    let tiles =
        map.tile_url.as_deref().and_then(origin).map_or_else(String::new, |origin| format!(" {origin}"));
    let policy = format!(
        "default-src 'self'; img-src 'self' data: blob:{tiles}; worker-src 'self' blob:; \
         style-src 'self' 'unsafe-inline'; connect-src 'self'{tiles}; frame-ancestors 'none'; base-uri 'none'; \
         form-action 'self'"
    );
    HeaderValue::from_str(&policy).unwrap_or_else(|_| HeaderValue::from_static("default-src 'self'"))
}

fn origin(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let host = rest.split('/').next()?;
    let plain = host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '*'));
    (plain && matches!(scheme, "http" | "https")).then(|| format!("{scheme}://{host}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brotli_is_sent_to_those_who_name_it() {
        let takes = |value| takes_brotli(&HeaderMap::from_iter([(header::ACCEPT_ENCODING, value)]));
        assert!(takes(HeaderValue::from_static("gzip, deflate, br, zstd")));
        assert!(takes(HeaderValue::from_static("gzip;q=0.5, BR;q=0.2")));
        assert!(!takes(HeaderValue::from_static("gzip, br;q=0")));
        assert!(!takes(HeaderValue::from_static("gzip")) && !takes_brotli(&HeaderMap::new()));
    }

    #[test]
    fn only_the_tile_server_s_origin_enters_the_policy() {
        let map = MapConfig {
            tile_url: Some("https://tiles.example/{z}/{x}/{y}.png".into()),
            ..Default::default()
        };
        let policy = content_policy(&map);
        assert!(policy.to_str().unwrap().contains("img-src 'self' data: blob: https://tiles.example;"));
        assert_eq!(origin("javascript://x"), None);
        assert_eq!(origin("https://a b; script-src *"), None);
    }
}
