//! What a platform asks of lots: sealed by the one, opened and answered by the other.

use crate::shenzhen::scene::{
    CREDENTIAL, KEPT, LOT, LOT_CODE, Lots, NOT_YOURS, TOKEN, body_of, config, enveloped, now,
};
use bowei_model::{Cancellation, LotCode, Plate, PlateKind, Reservation, SpaceKind, Vehicle};
use bowei_standards::downlink::{Directive, Downlink, DownlinkReading, DownlinkRefusal};
use bowei_standards::lot_side::CannotSeal;
use bowei_standards::platform_side::PlatformSide;
use bowei_standards::shenzhen::Shenzhen;
use bytes::Bytes;
use http::{Request, Response};
use jiff::SignedDuration;
use proptest::prelude::*;
use serde_json::{Value, json};

fn down() -> &'static dyn Downlink {
    static STANDARD: Shenzhen = Shenzhen;
    STANDARD.downlink().unwrap()
}

fn reservation() -> Reservation {
    Reservation {
        lot: LotCode::from(LOT_CODE),
        reservation_code: "BK20260401000001".to_owned(),
        plate: Plate::read("粤BD12345").unwrap(),
        plate_kind: Some(PlateKind::SMALL_NEW_ENERGY),
        vehicle: Some(Vehicle {
            color: Some("白色".to_owned()),
            plate_color: Some("绿色".to_owned()),
            ..Vehicle::default()
        }),
        arrives_at: now() + SignedDuration::from_hours(1),
        expires_at: now() + SignedDuration::from_hours(3),
        kept_minutes: 30,
        only_if_free: true,
        space: SpaceKind::Charging,
        changes: false,
    }
}

fn item() -> Value {
    json!({
        "parkCode": LOT, "bookCode": "BK1", "plateNo": "粤B12345", "bookTime": "2026-04-01 09:15:30",
        "overTime": "2026-04-01 11:15:30", "obligatTime": 30, "bookType": 1, "spaceType": 2, "operateType": 2
    })
}

fn request(interface: &str, item: &Value) -> Request<Bytes> {
    Request::post(format!("/gate/dataReceive/v1/{interface}"))
        .header("authorization", TOKEN)
        .body(Bytes::from(enveloped(&json!([item]).to_string())))
        .unwrap()
}

#[test]
fn a_reservation_arrives_as_it_was_made() {
    let sealed = down().seal_reservation(&reservation(), LOT, TOKEN, now()).unwrap();
    assert_eq!(sealed.request.uri().path(), "/dataReceive/v1/reservation");
    let body = std::str::from_utf8(sealed.request.body()).unwrap();
    assert!(
        body.ends_with(
            r#""data":[{"parkCode":"9f3b6c1e4d2a48f7a0b5c6d7e8f90a1b","bookCode":"BK20260401000001","plateNo":"粤BD12345","bookTime":"2026-04-01 09:15:30","overTime":"2026-04-01 11:15:30","obligatTime":30,"bookType":0,"spaceType":1,"operateType":1,"carModel":52,"carColor":1,"plateColor":5}]}"#
        ),
        "{body}"
    );
    assert!(!format!("{:?}", sealed.steps).contains(TOKEN));
    let call = down().open(sealed.request, TOKEN, &Lots).unwrap();
    assert_eq!(call, Directive::Reservation(reservation()));
}

#[test]
fn a_cancellation_arrives_as_it_was_made() {
    let cancellation = Cancellation { lot: LotCode::from(LOT_CODE), reservation_code: "BK1".to_owned() };
    let sealed = down().seal_cancellation(&cancellation, LOT, TOKEN, now()).unwrap();
    assert_eq!(sealed.request.uri().path(), "/dataReceive/v1/cancelReservation");
    let call = down().open(sealed.request, TOKEN, &Lots).unwrap();
    assert_eq!(call, Directive::Cancellation(cancellation));
}

#[test]
fn the_account_says_where_its_lots_are_called() {
    assert_eq!(down().callback(CREDENTIAL.as_ref()), Some("http://127.0.0.1:7001"));
    let mut without = KEPT.clone();
    without.remove("callback_url");
    let credential = Shenzhen.credential(&without).unwrap();
    assert_eq!(down().callback(credential.as_ref()), None);
    let paths: Vec<_> = down().routes().iter().map(|route| route.path).collect();
    assert_eq!(paths, ["/dataReceive/v1/reservation", "/dataReceive/v1/cancelReservation"]);
}

#[test]
fn what_a_lot_cannot_read_is_refused_in_the_text_s_codes() {
    let refused = |request, token: &str| match down().open(request, token, &Lots) {
        Err(refusal) => refusal,
        Ok(call) => panic!("{call:?}"),
    };
    let with = |field: &str, value: Value| {
        let mut item = item();
        item[field] = value;
        request("reservation", &item)
    };
    assert!(down().open(request("reservation", &item()), TOKEN, &Lots).is_ok());
    for (field, value, code) in [
        ("parkCode", json!("停车场"), "1001"),
        ("parkCode", json!(NOT_YOURS), "1101"),
        ("parkCode", json!("nobody"), "1101"),
        ("bookCode", Value::Null, "4"),
        ("bookCode", json!("b".repeat(33)), "1004"),
        ("plateNo", json!(""), "4"),
        ("plateNo", json!("无牌车"), "1007"),
        ("bookTime", json!("tomorrow"), "1005"),
        ("overTime", Value::Null, "4"),
        ("obligatTime", json!(-1), "1007"),
        ("bookType", json!(2), "1007"),
        ("spaceType", json!(3), "1007"),
        ("operateType", json!(0), "1007"),
        ("carModel", json!(100), "1007"),
    ] {
        let refusal = refused(with(field, value), TOKEN);
        assert_eq!(
            (refusal.code.as_str(), refusal.fault.field()),
            (code, Some(&*format!("data[0].{field}")))
        );
    }
    assert_eq!(refused(request("reservation", &item()), &TOKEN.replace('0', "1")).code, "5");
    let mut bare = request("reservation", &item());
    bare.headers_mut().remove("authorization");
    assert_eq!(refused(bare, TOKEN).code, "5");
    let mut changed = request("reservation", &item());
    *changed.body_mut() = Bytes::from(String::from_utf8_lossy(changed.body()).replace("BK1", "BK2"));
    assert_eq!(refused(changed, TOKEN).code, "6");
    assert_eq!(refused(request("login", &item()), TOKEN).code, "2");
    let refusal = refused(with("bookType", json!(2)), TOKEN);
    assert_eq!((refusal.lot_id.as_deref(), refusal.record_id.as_deref()), (Some(LOT), Some("BK1")));
    let answer = down().answer(Err(&DownlinkRefusal::Message(Box::new(refusal))), now());
    assert_eq!(body_of(&answer)["code"], 1007);
}

#[test]
fn what_a_lot_answers_is_read_as_it_was_meant() {
    let read = |answer: &Response<Bytes>| down().read_answer(answer);
    let taken = down().answer(Ok("BK1"), now());
    assert_eq!(
        std::str::from_utf8(taken.body()).unwrap(),
        r#"{"code":0,"message":"成功","timestamp":1775002530000,"data":[{"bookCode":"BK1"}]}"#
    );
    assert_eq!(read(&taken), DownlinkReading::Taken { reservation_code: Some("BK1".to_owned()) });
    assert_eq!(read(&down().answer(Err(&DownlinkRefusal::NoSpace), now())), DownlinkReading::NoSpace);
    for (refusal, code, why) in [
        (DownlinkRefusal::BookingExists, "1201", "预约编码已存在"),
        (DownlinkRefusal::NoSuchBooking, "1104", "预约订单不存在"),
        (DownlinkRefusal::Expired, "1301", "预约已过期"),
        (DownlinkRefusal::Cancelled, "1401", "预约已取消"),
        (DownlinkRefusal::WrongTime, "5004", "预约时间有误"),
        (DownlinkRefusal::Blacklisted, "5005", "黑名单"),
    ] {
        let reading = read(&down().answer(Err(&refusal), now()));
        assert_eq!(reading, DownlinkReading::Refused { code: code.to_owned(), why: why.to_owned() });
        assert_eq!(down().refusal(code), Some(refusal));
    }
    let coded = |status: u16, body: &str| {
        Response::builder().status(status).body(Bytes::from(body.to_owned())).unwrap()
    };
    assert_eq!(read(&coded(200, r#"{"code":0}"#)), DownlinkReading::Taken { reservation_code: None });
    for later in [
        coded(200, ""),
        coded(200, r#"{"code":1}"#),
        coded(200, r#"{"code":5,"message":"Token校验失败"}"#),
        coded(200, r#"{"code":9999}"#),
        coded(504, r#"{"code":0}"#),
    ] {
        assert!(matches!(read(&later), DownlinkReading::TryLater { .. }));
    }
}

#[test]
fn a_reservation_beyond_the_text_s_limits_is_not_sealed() {
    let unfit = |reservation: &Reservation, field: &str| {
        let fault = down().seal_reservation(reservation, LOT, TOKEN, now()).unwrap_err();
        assert!(matches!(&fault, CannotSeal::Unfit { field: f, .. } if *f == field), "{fault:?}");
    };
    unfit(&Reservation { reservation_code: "b".repeat(33), ..reservation() }, "bookCode");
    unfit(&Reservation { kept_minutes: -1, ..reservation() }, "obligatTime");
    unfit(&Reservation { arrives_at: jiff::Timestamp::MIN, ..reservation() }, "bookTime");
    let fault = down().seal_reservation(&reservation(), "停车场", TOKEN, now()).unwrap_err();
    assert!(matches!(fault, CannotSeal::Unfit { field: "parkCode", .. }));
}

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn any_call_is_opened_or_refused(body in proptest::collection::vec(any::<u8>(), 0..300), cut in 0_usize..400) {
        for path in ["/dataReceive/v1/reservation", "/dataReceive/v1/cancelReservation"] {
            let of = |body: Vec<u8>| {
                Request::post(path).header("authorization", TOKEN).body(Bytes::from(body)).unwrap()
            };
            prop_assert!(down().open(of(body.clone()), TOKEN, &Lots).is_err());
            let mut whole = enveloped(&json!([item()]).to_string()).into_bytes();
            whole.truncate(cut);
            let _ = down().open(of(whole), TOKEN, &Lots);
            let _ = down().read_answer(&Response::new(Bytes::from(body.clone())));
        }
    }
}

#[test]
fn a_token_is_known_again_whatever_its_length() {
    for token in ["t".to_owned(), "0123456789abcdef".repeat(2), "eyJhbGciOiJIUzI1NiJ9.".repeat(100)] {
        let sealed = |token: &str| down().seal_reservation(&reservation(), LOT, token, now()).unwrap();
        let call = down().open(sealed(&token).request, &token, &Lots).unwrap();
        assert_eq!(call, Directive::Reservation(reservation()), "{} characters", token.len());
        for other in [format!("{token}x"), token[..token.len() - 1].to_owned()] {
            let refusal = down().open(sealed(&other).request, &token, &Lots).unwrap_err();
            assert_eq!(refusal.code, "5", "{} characters", token.len());
        }
    }
}

#[test]
fn what_a_lot_lets_be_reserved_stands_in_its_base_data() {
    let details = |reservable: &str| {
        let said =
            [("reservable", reservable), ("reservableSpaces", "12"), ("totalReservableCharingSpaces", "0")];
        said.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    };
    assert_eq!(down().reservable(&details("1")), [(SpaceKind::Ordinary, 12)].into());
    assert!(down().reservable(&details("0")).is_empty());
    assert!(down().reservable(&Default::default()).is_empty());
    assert_eq!(down().refusal("3"), None);
}
