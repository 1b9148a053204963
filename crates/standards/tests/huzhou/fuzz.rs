//! Whatever comes in, it is a delivery or a refusal with words: never a panic, never silence.

use crate::huzhou::scene::{self, HOLDER, NOW_MS, VECTORS, config, now, post, respond};
use crate::shared::changes::{apply, change};
use bowei_encoding::picture;
use bowei_encoding::shown;
use bowei_standards::huzhou::Huzhou;
use bowei_standards::platform_side::{Delivery, Outcome};
use bowei_standards::shared::{Object, value};
use bowei_standards::{LotSide, PlatformSide, Refusal};
use bytes::Bytes;
use http::{Request, Response};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

const PATHS: [&str; 6] = [
    "/api/heartbeat",
    "/api/parking/in",
    "/api/parking/out",
    "/api/parkinglot/in",
    "/api/parkinglot/out",
    "/api/photo/upload",
];

/// The whole way in, opening even what is not authentic, and the answer to it.
fn take_in(request: Request<Bytes>) -> Result<Delivery, Refusal> {
    let account = HOLDER.account();
    let result = Huzhou.read(request).and_then(|envelope| {
        let authentic = envelope.authenticate(Some(&account), now());
        let nobody = envelope.authenticate(None, now());
        assert!(nobody.is_err(), "nobody's message is authentic");
        // Opened whether authentic or not: the platform never would, and it must not panic either.
        let opened = scene::open(envelope, &account, now());
        authentic.and(opened)
    });
    let answer = match &result {
        Ok(delivery) => respond(&Outcome::Accepted { receipt: delivery.receipt.as_deref() }),
        Err(refusal) => {
            assert!(!refusal.fault.message().is_empty());
            assert!(!format!("{refusal:?}").contains(&HOLDER.secret));
            respond(&Outcome::Refused(refusal))
        }
    };
    let parsed: Value = serde_json::from_slice(answer.body()).unwrap();
    assert!(parsed["code"].is_u64() && parsed["data"].is_object(), "{parsed}");
    result
}

fn known_answers() -> Vec<(String, Vec<u8>)> {
    let cases = VECTORS["cases"].as_object().unwrap().values();
    cases
        .map(|case| (case["path"].as_str().unwrap().to_owned(), case["body"].to_string().into_bytes()))
        .collect()
}

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn any_body_is_taken_or_refused(path in select(&PATHS[..]), body in vec(any::<u8>(), 0..600)) {
        let _ = take_in(post(path, body));
    }

    #[test]
    fn any_answer_is_read(status in 100_u16..600, body in vec(any::<u8>(), 0..200), retry in "\\PC{0,12}") {
        let mut answer = Response::new(Bytes::from(body));
        *answer.status_mut() = http::StatusCode::from_u16(status).unwrap();
        if let Ok(value) = http::HeaderValue::from_str(&retry) {
            answer.headers_mut().insert("retry-after", value);
        }
        let _ = Huzhou.read_answer(&answer);
    }

    #[test]
    fn any_text_goes_through_the_readers(text in any::<String>(), bytes in vec(any::<u8>(), 0..100)) {
        let _ = bowei_encoding::from_base64(&text);
        let _ = bowei_encoding::without_data_uri(&text);
        let _ = value::integer(&text);
        let _ = picture::media_type(&bytes);
        let _ = bowei_standards::shared::WallClock::read(&text);
        let _ = Object::read(&bytes);
        prop_assert!(shown::shown(&text).chars().all(|c| !c.is_control()));
        prop_assert!(text.starts_with(shown::cut(&text, 10)));
        prop_assert_eq!(bowei_encoding::from_base64(&bowei_encoding::to_base64(&bytes)), Some(bytes));
    }

    #[test]
    fn an_envelope_of_any_values_is_taken_or_refused(
        path in select(&PATHS[..]), app_id in "\\PC{0,20}", data in any::<String>(), signature in any::<String>(),
        timestamp in any::<i64>(),
    ) {
        let body = json!({
            "appId": app_id, "encryptedData": data, "timestamp": timestamp, "signature": signature,
        });
        prop_assert!(take_in(post(path, body.to_string())).is_err());
    }
}

proptest! {
    #![proptest_config(config(96))]

    #[test]
    fn a_known_answer_changed_on_the_way_is_taken_or_refused(
        case in any::<Index>(), changes in vec(change(), 1..4),
    ) {
        let mut known = known_answers();
        let (path, mut body) = known.swap_remove(case.index(known.len()));
        for change in &changes {
            apply(&mut body, change);
        }
        let _ = take_in(post(&path, body));
    }

    #[test]
    fn rightly_sealed_bytes_of_any_kind_are_taken_or_refused(
        path in select(&PATHS[..]), plain in vec(any::<u8>(), 0..500), block in 1_usize..=245,
    ) {
        let block = block.max(plain.len().div_ceil(4));
        let _ = take_in(HOLDER.envelope(path, json!(HOLDER.encrypt(&plain, block.min(245)))));
    }

    #[test]
    fn rightly_signed_data_changed_on_the_way_is_taken_or_refused(
        case in any::<Index>(), changes in vec(change(), 1..4),
    ) {
        let known = known_answers();
        let (path, body) = &known[case.index(known.len())];
        let body: Value = serde_json::from_slice(body).unwrap();
        let mut data = body["encryptedData"].as_str().unwrap().as_bytes().to_vec();
        for change in &changes {
            apply(&mut data, change);
        }
        let data = String::from_utf8_lossy(&data);
        let request = HOLDER.envelope(path, json!(data));
        prop_assert!(String::from_utf8_lossy(request.body()).contains(&NOW_MS.to_string()));
        let _ = take_in(request);
    }
}
