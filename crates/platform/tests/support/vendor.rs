//! A vendor's own system that speaks Shenzhen by hand.

use super::{City, MORNING, jpeg};
use axum::body::Body;
use base64::Engine as _;
use http::Request;
use jiff::Timestamp;
use serde_json::{Value, json};
use sm3::{Digest as _, Sm3};

/// A vendor that has logged in.
pub struct Vendor<'c> {
    pub city: &'c City,
    pub token: String,
}

impl<'c> Vendor<'c> {
    pub async fn log_in(city: &'c City, user: &str, password: &str) -> Self {
        Self::log_in_at(city, (user, password), Timestamp::from_millisecond(MORNING).unwrap()).await
    }

    pub async fn log_in_at(city: &'c City, (user, password): (&str, &str), now: Timestamp) -> Self {
        let password = base64::engine::general_purpose::STANDARD.encode(Sm3::digest(password));
        let nobody = Self { city, token: String::new() };
        let answer = nobody.say_at("login", json!({ "userId": user, "password": password }), now).await;
        Self { city, token: answer["data"][0]["accessToken"].as_str().unwrap().to_owned() }
    }

    pub async fn say(&self, interface: &str, item: Value) -> Value {
        self.say_at(interface, item, Timestamp::from_millisecond(MORNING).unwrap()).await
    }

    pub async fn say_at(&self, interface: &str, item: Value, now: Timestamp) -> Value {
        let data = json!([item]).to_string();
        let sign: String = Sm3::digest(&data).iter().map(|byte| format!("{byte:02x}")).collect();
        let now = now.as_millisecond();
        let body = format!(r#"{{"timestamp":{now},"sign":"{sign}","version":"1.0.0","data":{data}}}"#);
        let request = Request::post(format!("/dataReceive/v1/{interface}"));
        let request = request.header("authorization", &self.token).body(Body::from(body)).unwrap();
        self.city.send(request).await.json()
    }

    pub async fn picture(&self, park_code: &str, id: &str) -> Value {
        let mut body = Vec::new();
        let now = MORNING.to_string();
        let fields = [
            ("parkCode", park_code),
            ("id", id),
            ("fileName", "a.jpg"),
            ("imageBizType", "1"),
            ("timestamp", &now),
            ("pickTime", &now),
        ];
        for (name, value) in fields {
            let part = format!("--b\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend(part.into_bytes());
        }
        let head = "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.jpg\"\r\n\r\n";
        body.extend(head.bytes().chain(jpeg(120_000)).chain(*b"\r\n--b--\r\n"));
        let request = Request::post("/dataReceive/v1/picture")
            .header("authorization", &self.token)
            .header("content-type", "multipart/form-data; boundary=b");
        self.city.send(request.body(Body::from(body)).unwrap()).await.json()
    }
}

/// What a lot says of itself in Nanshan, with all that 表 6 wants.
pub fn park_info(park_code: &str, name: &str) -> Value {
    json!({
        "parkCode": park_code, "parkName": name, "permitNo": "", "parkType": 1, "address": "深南大道 1 号",
        "longitude": 113.93, "latitude": 22.53, "areaCode": "440305", "serviceType": 8, "bizStatus": 1,
        "totalSpaces": 50, "reservable": 0, "reservableSpaces": 0, "totalReservableCharingSpaces": 0,
        "imageId": "p1"
    })
}
