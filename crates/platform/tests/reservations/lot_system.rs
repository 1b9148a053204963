//! A lot's own system of another maker: it listens where the platform calls, checks what it is called with by hand, keeps
//! places, and answers as a test tells it to: at once, late, never, wrongly.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::response::Response;
use http::HeaderMap;
use parking_lot::Mutex;
use serde_json::{Value, json};
use sm3::{Digest as _, Sm3};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

/// How a call is answered.
#[derive(Clone, Debug)]
pub enum Act {
    /// By what the lot keeps.
    Honest,
    /// By what it keeps, so much later.
    Late(Duration),
    /// It does what it is asked, and says nothing, as far as anybody waits.
    Lost,
    /// It does nothing, and says nothing.
    Never,
    /// It does nothing, and says this code.
    Code(i64, &'static str),
    /// It does nothing, and says these words with this status.
    Words(u16, &'static str),
    /// It does nothing, and says that it has done it for another reservation.
    OtherBooking,
}

/// What the lot was called with.
#[derive(Clone, Debug)]
pub struct Called {
    pub interface: String,
    pub item: Value,
}

impl Called {
    pub fn booking(&self) -> &str {
        self.item["bookCode"].as_str().unwrap()
    }
}

#[derive(Default)]
struct Inner {
    script: VecDeque<Act>,
    calls: Vec<Called>,
    faults: Vec<String>,
    kept: BTreeMap<String, Value>,
    places: usize,
    most: usize,
    token: String,
    takes: Duration,
}

/// The lot's system.
#[derive(Clone)]
pub struct LotSystem {
    pub url: String,
    inner: Arc<Mutex<Inner>>,
}

impl LotSystem {
    /// One with so many places, at an address of its own.
    pub async fn with_places(places: usize) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/gate", listener.local_addr().unwrap());
        let inner = Arc::new(Mutex::new(Inner { places, ..Inner::default() }));
        let router = Router::new()
            .route("/gate/dataReceive/v1/{interface}", axum::routing::post(called))
            .with_state(Arc::clone(&inner));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, inner }
    }

    /// The token that it was given when it last logged in.
    pub fn knows(&self, token: &str) {
        self.inner.lock().token = token.to_owned();
    }

    /// It takes so long to answer from now on.
    pub fn takes(&self, time: Duration) {
        self.inner.lock().takes = time;
    }

    /// How the next calls are answered; honestly when none is left.
    pub fn will(&self, acts: impl IntoIterator<Item = Act>) {
        self.inner.lock().script.extend(acts);
    }

    /// The windows of all that it keeps are over.
    pub fn windows_end(&self) {
        self.inner.lock().kept.clear();
    }

    /// It answers again.
    pub fn is_back(&self) {
        self.inner.lock().script.clear();
    }

    /// How many places it has from now on.
    pub fn has_places(&self, places: usize) {
        self.inner.lock().places = places;
    }

    pub fn calls(&self) -> Vec<Called> {
        self.inner.lock().calls.clone()
    }

    /// The reservations that it keeps.
    pub fn kept(&self) -> Vec<String> {
        self.inner.lock().kept.keys().cloned().collect()
    }

    /// The most that it ever kept at once.
    pub fn most(&self) -> usize {
        self.inner.lock().most
    }

    /// What it was called with that it could not take for the platform's.
    pub fn faults(&self) -> Vec<String> {
        self.inner.lock().faults.clone()
    }
}

async fn called(
    State(inner): State<Arc<Mutex<Inner>>>,
    Path(interface): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let (act, item, takes) = {
        let mut inner = inner.lock();
        let item = match read(&headers, &body, &inner.token) {
            Ok(item) => item,
            Err((code, why)) => {
                inner.faults.push(why.clone());
                return said(code, &why, "");
            }
        };
        inner.calls.push(Called { interface: interface.clone(), item: item.clone() });
        (inner.script.pop_front().unwrap_or(Act::Honest), item, inner.takes)
    };
    tokio::time::sleep(takes).await;
    let booking = item["bookCode"].as_str().unwrap().to_owned();
    let honest = |inner: &Mutex<Inner>| inner.lock().answer(&interface, &item);
    match act {
        Act::Honest => shown(honest(&inner), &booking),
        Act::Late(by) => {
            let code = honest(&inner);
            tokio::time::sleep(by).await;
            shown(code, &booking)
        }
        Act::Lost => {
            honest(&inner);
            std::future::pending().await
        }
        Act::Never => std::future::pending().await,
        Act::Code(code, words) => said(code, words, &booking),
        Act::Words(status, words) => {
            let mut response = Response::new(Body::from(words));
            *response.status_mut() = http::StatusCode::from_u16(status).unwrap();
            response
        }
        Act::OtherBooking => said(0, "成功", "00000000000000000000000000000000"),
    }
}

/// 表 28: the token that the lot knows, and the digest of the data as they stand.
fn read(headers: &HeaderMap, body: &[u8], token: &str) -> Result<Value, (i64, String)> {
    let given = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    if given != token {
        return Err((5, format!("another token: {given:?}")));
    }
    let text = std::str::from_utf8(body).unwrap();
    let envelope: Value = serde_json::from_str(text).map_err(|error| (2, error.to_string()))?;
    let data = &text[text.find(r#""data":"#).unwrap() + r#""data":"#.len()..];
    let data = &data[..=data.rfind(']').unwrap()];
    let sign: String = Sm3::digest(data).iter().map(|byte| format!("{byte:02x}")).collect();
    if envelope["sign"] != sign.as_str() {
        return Err((6, format!("another signature: {text}")));
    }
    Ok(envelope["data"][0].clone())
}

impl Inner {
    /// What the text has a lot say, by what it keeps.
    fn answer(&mut self, interface: &str, item: &Value) -> i64 {
        let booking = item["bookCode"].as_str().unwrap().to_owned();
        let is_kept = self.kept.contains_key(&booking);
        match (interface, item["operateType"].as_i64()) {
            ("reservation", Some(1)) if is_kept => 1201,
            ("reservation", Some(1)) if self.kept.len() >= self.places => 1501,
            ("reservation", Some(2)) if !is_kept => 1104,
            ("reservation", Some(_)) => {
                self.kept.insert(booking, item.clone());
                self.most = self.most.max(self.kept.len());
                0
            }
            ("cancelReservation", _) if is_kept => {
                self.kept.remove(&booking);
                0
            }
            ("cancelReservation", _) => 1104,
            other => panic!("{other:?} is nothing that a platform sends down"),
        }
    }
}

fn shown(code: i64, booking: &str) -> Response<Body> {
    let words = match code {
        0 => "成功",
        1104 => "预约订单不存在",
        1201 => "预约编码已存在",
        _ => "没有可预约车位",
    };
    said(code, words, booking)
}

/// 表 29, with 表 20's or 表 22's data.
fn said(code: i64, message: &str, booking: &str) -> Response<Body> {
    let data = if code == 0 { json!([{ "bookCode": booking }]) } else { json!([]) };
    let answer = json!({"code": code, "message": message, "timestamp": 1_775_002_530_000_i64, "data": data});
    let mut response = Response::new(Body::from(answer.to_string()));
    response.headers_mut().insert("content-type", "application/json".parse().unwrap());
    response
}
