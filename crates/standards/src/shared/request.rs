//! Requests as a lot's side makes them.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request, Uri};

/// The `Content-Type` of most messages.
pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// A request to a path of the text, its body of the given `Content-Type`.
pub(crate) fn request(
    method: Method,
    path: &'static str,
    kind: HeaderValue,
    body: impl Into<Bytes>,
) -> Request<Bytes> {
    let mut request = Request::new(body.into());
    *request.method_mut() = method;
    *request.uri_mut() = Uri::from_static(path);
    request.headers_mut().insert(CONTENT_TYPE, kind);
    request
}

/// The same by POST.
pub(crate) fn post(path: &'static str, kind: HeaderValue, body: impl Into<Bytes>) -> Request<Bytes> {
    request(Method::POST, path, kind, body)
}
