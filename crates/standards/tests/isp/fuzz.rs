//! Nothing that comes from outside brings anything down: arbitrary bytes, and right messages with something wrong.

use crate::scene::{HOLDER, config, deliver, departure, entrance, message, now};
use bowei_standards::isp::Isp;
use bowei_standards::lot_side::Login as _;
use bowei_standards::{LotSide, PlatformSide};
use bytes::Bytes;
use http::{Method, Request, Response};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;

fn route() -> impl Strategy<Value = (Method, &'static str)> {
    let routes = Isp.card().routes.iter().map(|route| (route.method.clone(), route.path));
    prop::sample::select(routes.collect::<Vec<_>>())
}

/// Right bodies to break.
fn right() -> impl Strategy<Value = String> {
    let spot =
        json!([{ "park_code": "ATXL/1", "longitude": 117.1, "latitude": 36.6, "coordinate_system": "BD09" }]);
    let count =
        json!([{ "park_code": "ATXL/1", "total_spots_num": 9, "remain_spots_num": 3, "used_spots_num": 6 }]);
    let login = json!({ "client_id": "isp-0001", "client_secret": "x", "grant_type": "password" });
    let form = "grant_type=password&username=isp-0001&password=%E5%81%9C+x".to_owned();
    let all = [
        json!([entrance()]),
        json!([departure()]),
        spot,
        count,
        login,
        json!({ "park_code": "ATXL/1,ATXL/2" }),
    ];
    let mut all: Vec<_> = all.iter().map(ToString::to_string).collect();
    all.push(form);
    prop::sample::select(all)
}

/// As far as anyone comes without a token that is right: a wrong secret is not worth a slow hash in every case.
fn take(mut request: Request<Bytes>, header: &[u8]) {
    let Ok(value) = http::HeaderValue::from_bytes(header) else { return };
    request.headers_mut().insert("authorization", value);
    if let Ok(envelope) = Isp.read(request) {
        let account = HOLDER.account();
        assert!(envelope.authenticate(None, now()).is_err());
        if envelope.cost_of_authentication(Some(&account)) == 0 {
            assert!(envelope.authenticate(Some(&account), now()).is_err());
        }
    }
}

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn arbitrary_bytes_are_answered((method, path) in route(), body in vec(any::<u8>(), 0..300), header in vec(any::<u8>(), 0..80)) {
        take(message(method.clone(), path, body.clone()), &header);
        if path != "/oauth/token" {
            let _ = deliver(message(method, path, body.clone()));
        } else {
            let _ = Isp.read(message(method, path, body.clone()));
        }
        let answer = Response::new(Bytes::from(body));
        let _ = Isp.read_answer(&answer);
        let own = Isp.own_credential(&HOLDER.handed_out).unwrap();
        let _ = Isp.read_login(own.as_ref(), &answer);
    }

    #[test]
    fn a_broken_message_is_answered(
        (method, path) in route(),
        body in right(),
        changes in vec((any::<prop::sample::Index>(), any::<u8>(), 0_u8..4), 1..4),
    ) {
        let mut bytes = body.into_bytes();
        for (place, byte, what) in changes {
            if bytes.is_empty() {
                break;
            }
            let place = place.index(bytes.len());
            match what {
                0 => bytes[place] = byte,
                1 => drop(bytes.remove(place)),
                2 => bytes.insert(place, byte),
                _ => bytes.truncate(place),
            }
        }
        if path == "/oauth/token" {
            let _ = Isp.read(message(method, path, bytes));
        } else if let Err(refusal) = deliver(message(method, path, bytes)) {
            prop_assert!(!refusal.fault.message().is_empty());
            prop_assert!(["1", "401"].contains(&refusal.code.as_str()));
        }
    }

    #[test]
    fn a_broken_token_is_refused(place in any::<prop::sample::Index>(), byte in b'!'..=b'~') {
        let good = HOLDER.good();
        let mut token = good.clone().into_bytes();
        let place = place.index(token.len());
        token[place] = byte;
        let token = String::from_utf8(token).unwrap();
        prop_assume!(token != good);
        let request = Request::post("/park/spot").header("authorization", format!("Bearer {token}"));
        let result = deliver(request.body(Bytes::from_static(b"[{\"park_code\":\"ATXL/1\"}]")).unwrap());
        prop_assert_eq!(result.unwrap_err().code, "401");
    }
}
