//! Bodies as the handlers take them: under a limit, within a time, with a bound on all together.

use super::Problem;
use crate::Gateway;
use axum::body::Body;
use axum::http::StatusCode;
use axum::http::request::Parts;
use bowei_service::body::{Admitted, Unread};

/// A whole body, or why there is none.
pub(super) async fn read(
    gateway: &Gateway,
    head: &Parts,
    body: Body,
    max_bytes: usize,
) -> Result<Admitted, Problem> {
    gateway.admission.read(head, body, max_bytes).await.map_err(|unread| match unread {
        Unread::TooLarge => {
            let detail = format!("the body has more than {max_bytes} bytes: send it in several parts");
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
        }
        Unread::Busy => {
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too much is being received: try again in a moment")
        }
        Unread::Incomplete => {
            Problem::new(StatusCode::REQUEST_TIMEOUT, "the body broke off or took too long: send it again")
        }
        Unread::Encoded => {
            let detail = "a body is taken as it is, without Content-Encoding";
            Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail)
        }
    })
}
