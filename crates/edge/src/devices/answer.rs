//! What cameras are answered. Each maker's cameras look for one word in the answer and push again without it.

use super::{CameraEvent, DeviceFault, Heard, Maker};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};
use serde_json::{Map, Value, json};

/// Hikvision's `ResponseStatus`, with the codes of ISAPI: 1 OK, 2 busy, 6 invalid content.
const RESPONSE_STATUS: &str = "http://www.isapi.org/ver20/XMLSchema";

pub(super) fn of(maker: Maker, outcome: Result<&[Heard], &DeviceFault>) -> Response<Bytes> {
    let status = match outcome {
        Ok(_) => StatusCode::OK,
        Err(DeviceFault::Unreadable { .. }) => StatusCode::BAD_REQUEST,
        Err(DeviceFault::TooLong { .. }) => StatusCode::PAYLOAD_TOO_LARGE,
        Err(DeviceFault::NotKept { .. }) => StatusCode::SERVICE_UNAVAILABLE,
    };
    let (kind, body) = match maker {
        Maker::Hikvision => ("application/xml; charset=UTF-8", response_status(status)),
        Maker::Dahua => ("application/json; charset=utf-8", dahua(outcome)),
        Maker::Vzenith => ("application/json; charset=utf-8", vzenith(outcome)),
    };
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

fn response_status(status: StatusCode) -> String {
    let (code, text, sub) = match status {
        StatusCode::OK => (1, "OK", "ok"),
        StatusCode::SERVICE_UNAVAILABLE => (2, "Device Busy", "deviceBusy"),
        _ => (6, "Invalid Content", "badParameters"),
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ResponseStatus version=\"2.0\" xmlns=\"{RESPONSE_STATUS}\">\
         <requestURL></requestURL><statusCode>{code}</statusCode><statusString>{text}</statusString>\
         <subStatusCode>{sub}</subStatusCode></ResponseStatus>\n"
    )
}

/// `Result` decides; `DeviceID` is the camera's own again. `OpenStrobe`, `AllowUser` and `BlockUser`, which would
/// decide about the barrier, are left out: their absence leaves that to whoever had it before.
fn dahua(outcome: Result<&[Heard], &DeviceFault>) -> String {
    let heard = outcome.unwrap_or_default();
    let mut answer = Map::new();
    answer.insert("Result".to_owned(), Value::from(outcome.is_ok()));
    let message = if outcome.is_ok() { "Success" } else { "Failed" };
    answer.insert("Message".to_owned(), Value::from(message));
    match car(heard) {
        Some(event) => {
            answer.extend(event.receipt.as_ref().map(|id| ("DeviceID".to_owned(), Value::from(id.as_str()))));
        }
        // The heartbeat's own word.
        None if outcome.is_ok() => {
            answer.insert("Active".to_owned(), Value::from(true));
        }
        None => {}
    }
    Value::Object(answer).to_string()
}

/// `info` "ok" would switch the barrier's relay: ours says "no", always. `retransfer_stop` ends the sending of this
/// event, on the cameras that ask for it; a retold event's number with `continue` asks for the next.
fn vzenith(outcome: Result<&[Heard], &DeviceFault>) -> String {
    let Ok(heard) = outcome else {
        // Without `content` it counts as not delivered.
        return json!({"Response_AlarmInfoPlate": {"info": "no", "is_pay": "false"}}).to_string();
    };
    let Some(event) = car(heard) else { return "{}".to_owned() };
    let mut answer = json!({"info": "no", "content": "retransfer_stop", "is_pay": "false"});
    let number = event.receipt.as_ref().and_then(|id| id.parse::<i64>().ok());
    if let (Some(number), Some(fields)) = (number, answer.as_object_mut()) {
        fields.insert("plateid".to_owned(), Value::from(number));
        if event.retold {
            fields.insert("ContinuePushOffline".to_owned(), json!({"plateid": number, "continue": 1}));
        }
    }
    json!({"Response_AlarmInfoPlate": answer}).to_string()
}

/// The first car in what was read.
fn car(heard: &[Heard]) -> Option<&CameraEvent> {
    heard.iter().find_map(|heard| match heard {
        Heard::Car(event) => Some(event),
        Heard::Alive => None,
    })
}
