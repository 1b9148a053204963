//! Whatever comes in, it is a delivery or a refusal with words: never a panic, never silence.

use crate::scene::{
    HEART_THROB, Lots, TIME, UPLOAD_BUSINESS, UPLOAD_BUSINESS_IMG, account, departure, form, md5, now, post,
    record,
};
use bowei_standards::ningbo::Ningbo;
use bowei_standards::platform_side::Outcome;
use bowei_standards::{LotSide, PlatformSide};
use bytes::Bytes;
use http::{Request, Response};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

const PATHS: [&str; 4] = [HEART_THROB, TIME, UPLOAD_BUSINESS, UPLOAD_BUSINESS_IMG];

fn take_in(request: Request<Bytes>) {
    let account = account();
    let refused = match Ningbo.read(request) {
        Err(refusal) => Some(refusal),
        Ok(envelope) => {
            assert!(envelope.authenticate(None, now()).is_err());
            let _ = envelope.cost_of_authentication(Some(&account));
            // Opened whether authentic or not: the platform never would, and it must not panic either.
            envelope.open(&account, &Lots, now()).err()
        }
    };
    let answer = match &refused {
        None => Ningbo.answer(&Outcome::Accepted { receipt: None }, now()),
        Some(refusal) => {
            assert!(!refusal.fault.message().is_empty());
            Ningbo.answer(&Outcome::Refused(refusal), now())
        }
    };
    let parsed: Value = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!(parsed["result"], json!(u8::from(refused.is_some())));
}

fn photo() -> Request<Bytes> {
    let file = b"\xff\xd8\xff\xe0";
    let data = record(json!({
        "businessid": "B", "businesstype": 1, "imgIndex": 1, "imageHash": md5(file), "takeTime": "20260401081500",
    }));
    form(&[("data", data.to_string().as_bytes()), ("file", file)])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_body_is_taken_or_refused(path in select(&PATHS[..]), body in vec(any::<u8>(), 0..400), of_form in any::<bool>()) {
        let mut request = post(path, body);
        if of_form {
            request.headers_mut().insert("content-type", "multipart/form-data; boundary=XxX".parse().unwrap());
        }
        take_in(request);
    }

    #[test]
    fn a_message_changed_on_the_way_is_taken_or_refused(
        of_photo in any::<bool>(), changes in vec((any::<Index>(), any::<u8>()), 1..6), end in any::<Index>(),
    ) {
        let mut request = if of_photo { photo() } else { post(UPLOAD_BUSINESS, departure().to_string()) };
        let mut body = request.body().to_vec();
        for (at, byte) in &changes {
            let at = at.index(body.len());
            body[at] = *byte;
        }
        if changes.len() == 1 {
            body.truncate(end.index(body.len()));
        }
        *request.body_mut() = Bytes::from(body);
        take_in(request);
    }

    #[test]
    fn any_value_of_any_field_is_taken_or_refused(field in any::<Index>(), text in "\\PC{0,40}", kind in 0_u8..5) {
        let mut body = departure();
        let names: Vec<String> = body.as_object().unwrap().keys().cloned().collect();
        body[&names[field.index(names.len())]] = match kind {
            0 => json!(text),
            1 => json!([text]),
            2 => json!({text: 1}),
            3 => json!(text.len() as f64 * 1.5),
            _ => json!(null),
        };
        take_in(post(UPLOAD_BUSINESS, body.to_string()));
    }

    #[test]
    fn any_answer_is_read(status in 100_u16..600, body in "\\PC{0,100}") {
        let answer = Response::builder().status(status).body(Bytes::from(body)).unwrap();
        let _ = (Ningbo.read_answer(&answer), Ningbo.read_clock(&answer));
    }
}
