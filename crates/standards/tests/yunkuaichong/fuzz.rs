//! Whatever comes in, it is a delivery or a refusal with words: never a panic, never silence.

use crate::yunkuaichong::scene::{KEY, Lots, RECORD, SERVICE, account, altered, known, now, post};
use bowei_standards::platform_side::Outcome;
use bowei_standards::yunkuaichong::Yunkuaichong;
use bowei_standards::yunkuaichong::sign::string_a;
use bowei_standards::{LotSide, PlatformSide};
use bytes::Bytes;
use http::{Request, Response};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

fn take_in(request: Request<Bytes>) {
    let account = account();
    let refused = match Yunkuaichong.read(request) {
        Err(refusal) => Some(refusal),
        Ok(envelope) => {
            assert!(envelope.authenticate(None, now()).is_err());
            let authentic = envelope.authenticate(Some(&account), now());
            // Opened whether authentic or not: the platform never would, and it must not panic either.
            let opened = envelope.open(&account, &Lots, now());
            authentic.err().or(opened.err())
        }
    };
    let answer = match &refused {
        None => Yunkuaichong.answer(&Outcome::Accepted { receipt: None }, now()),
        Some(refusal) => {
            assert!(!refusal.fault.message().is_empty() && !format!("{refusal:?}").contains(KEY));
            Yunkuaichong.answer(&Outcome::Refused(refusal), now())
        }
    };
    let parsed: Value = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!(parsed["result"], json!(u8::from(refused.is_some())));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_body_is_taken_or_refused(service in any::<bool>(), body in vec(any::<u8>(), 0..400)) {
        take_in(post(if service { SERVICE } else { RECORD }, body));
    }

    #[test]
    fn a_known_record_changed_on_the_way_is_taken_or_refused(
        changes in vec((any::<Index>(), any::<u8>()), 1..6), end in any::<Index>(),
    ) {
        let mut body = known("extra fields, upper case sorts first").to_string().into_bytes();
        for (at, byte) in &changes {
            let at = at.index(body.len());
            body[at] = *byte;
        }
        if changes.len() == 1 {
            body.truncate(end.index(body.len()));
        }
        take_in(post(RECORD, body));
    }

    #[test]
    fn any_value_rightly_signed_is_taken_or_refused(field in any::<Index>(), text in "\\PC{0,40}", kind in 0_u8..5) {
        let body = altered(|record| {
            let names: Vec<String> = record.as_object().unwrap().keys().cloned().collect();
            record[&names[field.index(names.len())]] = match kind {
                0 => json!(text),
                1 => json!([text]),
                2 => json!({text: 1}),
                3 => json!(text.len() as f64 * 1.5),
                _ => json!(null),
            };
        });
        take_in(post(RECORD, body.to_string()));
    }

    #[test]
    fn any_text_has_a_string_to_sign_or_none(text in "\\PC{0,60}", trimmed in any::<bool>()) {
        let _ = string_a(&text, trimmed);
        let object = json!({&text: &text}).to_string();
        let empty = text.is_empty() || text.trim() == "sign";
        prop_assert_eq!(string_a(&object, false).unwrap(), if empty { String::new() } else { format!("{text}={text}") });
    }

    #[test]
    fn any_answer_is_read(status in 100_u16..600, body in "\\PC{0,100}") {
        let _ = Yunkuaichong.read_answer(&Response::builder().status(status).body(Bytes::from(body)).unwrap());
    }
}
