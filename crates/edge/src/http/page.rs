//! The gateway's page, built into the binary from `web/dist-edge`.

use super::Problem;
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../../web/dist-edge"]
#[allow_missing = true]
struct Dist;

const POLICY: &str = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/// A page's file; the page itself at `/`. `None` where there is no such file.
pub(super) fn file(method: &Method, uri: &Uri) -> Option<Response> {
    let path = uri.path().trim_start_matches('/');
    let name = if path.is_empty() { "index.html" } else { path };
    let file = Dist::get(name).filter(|_| method == Method::GET || method == Method::HEAD)?;
    // Files under assets/ are named by their content.
    let cache = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let kind = mime_guess::from_path(name).first_or_octet_stream().to_string();
    let mut response = ([(header::CONTENT_TYPE, kind)], file.data).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    Some(response)
}

/// The answer where there is nothing.
pub(super) fn missing(method: &Method, uri: &Uri) -> Response {
    let is_page =
        uri.path().trim_matches('/').is_empty() && (method == Method::GET || method == Method::HEAD);
    let detail = if is_page {
        "此程序不含页面 this binary was built without the page: run `make web`, then build again".to_owned()
    } else {
        format!(
            "没有此接口：{method} {} there is no such interface: docs/edge/API.md has what there is",
            uri.path()
        )
    };
    Problem::new(StatusCode::NOT_FOUND, detail).into_response()
}
