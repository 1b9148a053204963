//! Whatever comes in, it is a delivery or a refusal with words: never a panic, never silence.

use crate::shared::changes::{apply, change};
use crate::shenzhen::scene::{
    KEPT, Lots, PASSWORD, TOKEN, VECTORS, account, body_of, config, enveloped, now, on_the_wire, post,
    respond,
};
use bowei_standards::lot_side::Login as _;
use bowei_standards::platform_side::{Opened, Outcome, PlatformSide};
use bowei_standards::shenzhen::Shenzhen;
use bowei_standards::{LotSide, Refusal};
use bytes::Bytes;
use http::{Request, Response};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

const INTERFACES: [&str; 12] = [
    "login",
    "heartBeats",
    "parkInfo",
    "entranceExitInfo",
    "enterRecord",
    "exitRecord",
    "picture",
    "parkSpaceInfo",
    "parkCarInfo",
    "replenishCarInfo",
    "offPeakPackage",
    "offPeakOrder",
];

/// The whole way in and the answer to it. Opened whether authentic or not: the platform never would, and it must not
/// panic either.
fn take_in(request: Request<Bytes>) {
    let account = account();
    let explained = Shenzhen.explain_open(request.clone(), &KEPT, now());
    let result: Result<Option<String>, Refusal> = Shenzhen.read(request).and_then(|envelope| {
        assert!(envelope.authenticate(None, now()).is_err(), "nobody's message is authentic");
        // A login costs a slow hash, which a fuzzer has no time for.
        let cheap = envelope.cost_of_authentication(Some(&account)) == 0;
        let authentic = if cheap { envelope.authenticate(Some(&account), now()) } else { Ok(()) };
        let opened = envelope.open(&account, &Lots, now());
        authentic?;
        match opened? {
            Opened::Delivery(delivery) | Opened::Conditional(delivery, _) => Ok(delivery.receipt),
            Opened::Login(login) => Ok(login.receipt),
            Opened::PlatesToReplenish(asked) => (asked.answer)(Vec::new()).map(Some),
        }
    });
    let answer = match &result {
        Ok(receipt) => respond(&Outcome::Accepted { receipt: receipt.as_deref() }),
        Err(refusal) => {
            assert!(!refusal.fault.message().is_empty());
            assert!(!format!("{refusal:?}{explained:?}").contains(TOKEN));
            respond(&Outcome::Refused(refusal))
        }
    };
    let body = body_of(&answer);
    assert!(body["code"].is_u64() && body["data"].is_array() && body["message"].is_string(), "{body}");
}

/// One item of every kind, all fields of all tables in it.
fn everything() -> String {
    let item = json!({
        "parkCode": crate::shenzhen::scene::LOT, "id": "R-1", "plateNo": "粤B12345", "enterTime": "2026-04-01 08:15:30",
        "leaveTime": "2026-04-01 08:15:30", "entryCarPhotoId": "P", "exitCarPhotoId": "P", "entranceCode": "G",
        "exitCode": "G", "carModel": 2, "carColor": 1, "plateColor": 1, "bookCode": "B",
        "requestTime": "2026-04-01 08:15:30", "parkName": "名", "parkType": 1, "address": "址",
        "longitude": 114.1, "latitude": 22.5, "areaCode": "440303", "serviceType": 1, "bizStatus": 1,
        "totalSpaces": 1, "reservable": 0, "reservableSpaces": 0, "totalReservableCharingSpaces": 0,
        "imageId": "I", "publicInfos": [{"type": 1, "startTime": "00:00:00", "endTime": "23:59:00"}],
        "photoIds": ["a"], "name": "门", "entranceExitCode": "G00001", "type": 1, "status": 1,
        "usedStalls": 1, "reservedStalls": 1, "usedCharingStalls": 1, "unusedStalls": 1,
        "unusedReservableStalls": 1, "unusedCharingStalls": 1, "plateNoList": "粤B12345,粤B54321",
        "queryDate": "2026-04-01", "currentPage": 1, "pageSize": 10, "isvCode": "i", "packageCode": "p",
        "packageType": 1, "packagePrice": 1.5, "packageStatus": 1, "orderNo": "o", "orderAmount": "1.50",
        "orderStatus": 1, "userId": "sz-0001", "password": on_the_wire(PASSWORD)
    });
    json!([item]).to_string()
}

#[test]
fn an_item_with_every_field_is_taken_by_every_interface() {
    for interface in INTERFACES.into_iter().filter(|interface| *interface != "picture") {
        let opened = crate::shenzhen::scene::take(post(interface, enveloped(&everything())));
        assert!(opened.is_ok(), "{interface}: {opened:?}");
    }
}

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn any_body_is_taken_or_refused(interface in select(&INTERFACES[..]), body in vec(any::<u8>(), 0..600)) {
        take_in(post(interface, body));
    }

    #[test]
    fn any_form_is_taken_or_refused(body in vec(any::<u8>(), 0..300), changes in vec(change(), 0..4)) {
        let mut form = bowei_standards::shared::multipart::Form::new("seed");
        form.file("file", "1.jpg", "image/jpeg", &body);
        for name in ["parkCode", "id", "fileName", "imageBizType", "timestamp", "pickTime"] {
            form.text(name, "1");
        }
        let (kind, whole) = form.finish();
        let mut whole = whole.to_vec();
        for change in &changes {
            apply(&mut whole, change);
        }
        let mut request = post("picture", whole);
        request.headers_mut().insert("content-type", kind);
        take_in(request);
    }

    #[test]
    fn any_answer_is_read(status in 100_u16..600, body in vec(any::<u8>(), 0..200), retry in "\\PC{0,12}") {
        let mut answer = Response::new(Bytes::from(body));
        *answer.status_mut() = http::StatusCode::from_u16(status).unwrap();
        if let Ok(value) = http::HeaderValue::from_str(&retry) {
            answer.headers_mut().insert("retry-after", value);
        }
        let _ = Shenzhen.read_answer(&answer);
        let own = crate::shenzhen::said::own();
        let _ = Shenzhen.read_login(own.as_ref(), &answer);
    }

    #[test]
    fn any_header_is_taken_or_refused(authorization in vec(any::<u8>(), 0..60), encrypted in vec(any::<u8>(), 0..4)) {
        let mut request = post("enterRecord", enveloped(&everything()));
        for (name, value) in [("authorization", &authorization), ("encrypted", &encrypted)] {
            if let Ok(value) = http::HeaderValue::from_bytes(value) {
                request.headers_mut().insert(name, value);
            }
        }
        take_in(request);
    }

    #[test]
    fn a_known_answer_changed_on_the_way_is_taken_or_refused(
        case in any::<Index>(), changes in vec(change(), 1..4), interface in select(&INTERFACES[..]),
    ) {
        let cases: Vec<&Value> = VECTORS["cases"].as_object().unwrap().values().collect();
        let case = cases[case.index(cases.len())];
        let mut body = case["body_text"].as_str().unwrap().as_bytes().to_vec();
        for change in &changes {
            apply(&mut body, change);
        }
        take_in(post(interface, body));
    }

    #[test]
    fn rightly_signed_data_of_any_kind_is_taken_or_refused(
        interface in select(&INTERFACES[..]), changes in vec(change(), 0..4), encrypts in any::<bool>(),
    ) {
        let mut data = everything().into_bytes();
        for change in &changes {
            apply(&mut data, change);
        }
        let data = String::from_utf8_lossy(&data).into_owned();
        let mut request = post(interface, enveloped(&data));
        if encrypts {
            request.headers_mut().insert("encrypted", http::HeaderValue::from_static("0"));
        }
        take_in(request);
    }
}
