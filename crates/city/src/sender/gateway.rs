//! A lot that has a gateway: what happens is told there, in the words of the gateway's own API, again until it is on
//! the gateway's disk. The rest is the gateway's.

use super::StopSignal;
use super::http_client;
use super::outcome::{BACKOFF_MIN, Outcome, backed_off};
use super::tally::{RefusalHeard, Tally, one_more};
use bowei_model::{Direction, Passage, Photo, Report, SpaceCount, SpaceParts, Vehicle, moment};
use bowei_service::outgoing::{BadAddress, HttpClient};
use bowei_standards::lot_side::Outgoing;
use bytes::Bytes;
use http::{Method, Request, StatusCode};
use serde_json::{Map, Value, json};

/// A gateway takes what one lot says: two connections are one more than it needs.
const CONNECTIONS: usize = 2;

pub(super) struct Gateway {
    client: HttpClient,
}

impl Gateway {
    pub(super) fn at(url: &str) -> Result<Self, BadAddress> {
        Ok(Self { client: http_client(url, CONNECTIONS)? })
    }

    /// Tells it until it is taken, or there is no more point.
    pub(super) async fn say(
        &self,
        outgoing: Outgoing<'_>,
        tally: &Tally,
        stop: &StopSignal,
        of: &str,
    ) -> Outcome {
        for request in requests(outgoing) {
            let mut wait = BACKOFF_MIN;
            loop {
                if stop.is_given() {
                    one_more(&tally.given_up);
                    return Outcome::Lost;
                }
                match self.client.send(request.clone()).await {
                    Ok(answer) if answer.status().is_success() => break,
                    Ok(answer) if answer.status() == StatusCode::BAD_REQUEST => {
                        let why = String::from_utf8_lossy(answer.body()).into_owned();
                        let record_id = outgoing.report.record_id().map(str::to_owned);
                        tally.refused(RefusalHeard {
                            of: of.to_owned(),
                            record_id,
                            code: "400".to_owned(),
                            why,
                        });
                        return Outcome::Lost;
                    }
                    Ok(answer) => {
                        one_more(&tally.later);
                        tally.trouble(format!("the gateway of {of}: HTTP {}", answer.status()));
                    }
                    Err(why) => {
                        one_more(&tally.unreachable);
                        tally.trouble(format!("the gateway of {of}: {why}"));
                    }
                }
                wait = backed_off(stop, wait).await;
            }
        }
        Outcome::Accepted
    }
}

/// What is told: the report, and the picture that shows it.
fn requests(outgoing: Outgoing<'_>) -> Vec<Request<Bytes>> {
    let Outgoing { report, picture, .. } = outgoing;
    let told = match report {
        Report::Passage(passage) => Some(of_passage(passage)),
        Report::SpaceCount(count) => Some(of_count(count)),
        _ => None,
    };
    let told = told.map(|told| post("/v1/reports".to_owned(), Bytes::from(json!([told]).to_string())));
    let shown = match report {
        Report::Photo(Photo { record_id, role, .. }) => Some((record_id, role.name())),
        Report::Passage(passage) => Some((&passage.record_id, passage.direction.name())),
        _ => None,
    };
    let shown = shown.zip(picture).map(|((record_id, role), picture)| {
        let path = format!("/v1/photos?record_id={record_id}&role={role}");
        post(path, Bytes::copy_from_slice(picture))
    });
    told.into_iter().chain(shown).collect()
}

fn post(path: String, body: Bytes) -> Request<Bytes> {
    let mut request = Request::new(body);
    *request.method_mut() = Method::POST;
    // Record ids of the city are letters, digits and hyphens.
    if let Ok(uri) = path.parse() {
        *request.uri_mut() = uri;
    }
    request
}

fn of_passage(passage: &Passage) -> Value {
    let mut told = Map::new();
    let mut tell = |field: &str, value: Value| {
        if !value.is_null() {
            told.insert(field.to_owned(), value);
        }
    };
    tell("kind", passage.direction.name().into());
    tell("record_id", json!(passage.record_id));
    tell("at", moment::rfc3339(passage.at).into());
    tell("plate", json!(passage.plate));
    tell("plate_kind", json!(passage.plate_kind));
    if let Some(Vehicle { color, plate_color, brand, sub_brand }) = &passage.vehicle {
        tell("color", json!(color));
        tell("plate_color", json!(plate_color));
        tell("brand", json!(brand));
        tell("sub_brand", json!(sub_brand));
    }
    tell("gate", json!(passage.gate_code));
    tell("gate_name", json!(passage.gate));
    tell("berth", json!(passage.berth));
    tell("vacant", json!(passage.vacant));
    tell("charging_vacant", json!(passage.charging_vacant));
    if passage.direction == Direction::Exit {
        tell("entered_at", json!(passage.entered_at.map(moment::rfc3339)));
        tell("minutes", json!(passage.minutes));
        if let Some(payment) = &passage.payment {
            tell("payable", json!(payment.payable));
            tell("paid", json!(payment.paid));
            tell("paid_at", json!(payment.paid_at.map(moment::rfc3339)));
            tell("pay_kind", json!(payment.pay_kind));
        }
    }
    Value::Object(told)
}

fn of_count(count: &SpaceCount) -> Value {
    let SpaceParts { used, reserved, charging_used, reservable_vacant, temporary_vacant, .. } =
        count.parts.unwrap_or_default();
    json!({
        "kind": "space-count", "at": moment::rfc3339(count.at), "vacant": count.vacant, "total": count.total,
        "charging_vacant": count.charging_vacant, "used": used, "reserved": reserved, "charging_used": charging_used,
        "reservable_vacant": reservable_vacant, "temporary_vacant": temporary_vacant,
    })
}
