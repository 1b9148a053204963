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
            let detail = format!(
                "报文超过 {max_bytes} 字节，请分几次发送 the body has more than {max_bytes} bytes: send it in several parts"
            );
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
        }
        Unread::Busy => {
            let detail = "正在接收的数据过多，请稍后重发 too much is being received: try again in a moment";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail)
        }
        Unread::Incomplete => {
            let detail = "报文不完整或传送过慢，请重发 the body broke off or took too long: send it again";
            Problem::new(StatusCode::REQUEST_TIMEOUT, detail)
        }
        Unread::Encoded => {
            let detail = "不接受压缩的报文，请去掉 Content-Encoding a body is taken as it is, without Content-Encoding";
            Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail)
        }
    })
}
