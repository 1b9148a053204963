//! Posts what was asked to the lot's own system, one after the other, until it has taken each.

use super::ReservationService;
use crate::uplink::{ANSWER_WITHIN, Backoff, http_client};
use bowei_service::Clock;
use bowei_service::outgoing::{BadAddress, HttpClient};
use bowei_service::stopping::stopped;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request, Uri};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// The lot's system is in the same network: it is back soon, or somebody is at it.
const BACKOFF: Backoff = Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(30) };

/// Where to post to.
pub(super) struct Webhook {
    client: HttpClient,
    path: Uri,
}

impl Webhook {
    pub(super) fn at(address: &str) -> Result<Self, BadAddress> {
        let bad = || BadAddress { url: address.to_owned(), https: true };
        let parsed: Uri = address.parse().map_err(|_| bad())?;
        let path = parsed.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        let machine = address.strip_suffix(&path).unwrap_or(address);
        Ok(Self { client: http_client(machine, 1, ANSWER_WITHIN)?, path: path.parse().map_err(|_| bad())? })
    }
}

pub(super) async fn run(
    desk: Arc<ReservationService>,
    hook: Arc<Webhook>,
    clock: Arc<dyn Clock>,
    stopping: watch::Receiver<bool>,
) {
    let mut newest = desk.newest();
    let mut failures = 0;
    loop {
        bowei_watch::injection_point("webhook");
        let posted = desk.posted().await;
        let next = desk.directives(posted).await.into_iter().next();
        let done = match next {
            None => {
                tokio::select! {
                    () = stopped(stopping.clone()) => return,
                    changed = newest.changed() => if changed.is_err() { return },
                }
                continue;
            }
            Some(directive) => match serde_json::to_vec(&directive) {
                Ok(body) => {
                    let taken = post(&hook, body).await;
                    match taken {
                        // Posted twice is no harm: it has a number.
                        Ok(()) => desk.set_posted(directive.id, clock.now()).await.is_ok(),
                        Err(why) => {
                            tracing::warn!(directive = directive.id, why, "the lot's system did not take it");
                            false
                        }
                    }
                }
                Err(_) => true,
            },
        };
        if done {
            failures = 0;
            continue;
        }
        failures += 1;
        tokio::select! {
            () = stopped(stopping.clone()) => return,
            () = tokio::time::sleep(BACKOFF.after(failures, &[])) => {}
        }
    }
}

async fn post(hook: &Webhook, body: Vec<u8>) -> Result<(), String> {
    let mut request = Request::new(Bytes::from(body));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = hook.path.clone();
    request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let answer = hook.client.send(request).await.map_err(|error| error.to_string())?;
    if answer.status().is_success() { Ok(()) } else { Err(format!("HTTP {}", answer.status())) }
}
