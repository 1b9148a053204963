//! What platforms ask, at the standard's own paths, answered in its own form.

use super::Problem;
use crate::Gateway;
use crate::downlink::NotDone;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use axum::response::IntoResponse as _;
use bowei_model::LotCode;
use bowei_standards::downlink::DownlinkRefusal;
use bowei_standards::platform_side::{LotAccess, LotLookup};
use bytes::Bytes;
use std::sync::Arc;

/// As much as a reservation could ever be.
const BODY_MAX_BYTES: usize = 64 * 1024;

/// The one lot that is here.
struct Here<'a> {
    id: &'a str,
    lot: &'a LotCode,
}

impl LotLookup for Here<'_> {
    fn lot(&self, id: &str) -> LotAccess {
        if id == self.id { LotAccess::Granted(self.lot.clone()) } else { LotAccess::Unknown }
    }
}

/// `POST` of a reservation or a cancellation.
pub(super) async fn take(State(gateway): State<Arc<Gateway>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = match super::body::read(&gateway, &parts, body, BODY_MAX_BYTES).await {
        Ok(body) => body.bytes.clone(),
        Err(problem) => return problem.into_response(),
    };
    let request = http::Request::from_parts(parts, body);
    let path = request.uri().path().to_owned();
    let mut refused = None;
    for uplink in &gateway.uplinks {
        let Some(downlink) = uplink.standard.downlink() else { continue };
        if !downlink.routes().iter().any(|route| path.ends_with(route.path)) {
            continue;
        }
        // Before the first login nobody can know the token: every one is wrong.
        let token = uplink.token().unwrap_or_default();
        let here = Here { id: &uplink.lot_id, lot: &gateway.lot };
        match downlink.open(request.clone(), &token, &here) {
            Ok(_) if token.is_empty() => {}
            Ok(asked) => {
                let reservation_code = asked.reservation_code().to_owned();
                let done = gateway.obey(&uplink.name, asked).await;
                let now = uplink.clock.now();
                let answer = match &done {
                    Ok(()) => downlink.answer(Ok(&reservation_code), now),
                    Err(NotDone::Refused(refusal)) => downlink.answer(Err(refusal), now),
                    Err(NotDone::NotKept(why)) => {
                        tracing::error!(why, "a reservation could not be written down");
                        let detail = "未能保存，请重试 it could not be written down: ask again";
                        return Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).into_response();
                    }
                };
                return sent(answer);
            }
            Err(refusal) => {
                let now = uplink.clock.now();
                refused = Some(downlink.answer(Err(&DownlinkRefusal::Message(Box::new(refusal))), now));
            }
        }
    }
    refused.map_or_else(|| Problem::not_found("nobody is logged in here yet").into_response(), sent)
}

fn sent(answer: http::Response<Bytes>) -> Response<Body> {
    answer.map(Body::from)
}
