//! 6, 7: cars coming and going, each with its picture within.

use crate::isp::scene::{answer, at, base64, deliver, departure, entrance, jpeg, message, passage_of, post};
use bowei_model::{Direction, FindingKind, PayKind, Picture, Report};
use bowei_standards::platform_side::Delivery;
use http::Method;
use serde_json::{Value, json};

fn with(mut record: Value, changes: Value) -> Value {
    record.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    json!([record])
}

fn arrived(changes: Value) -> Delivery {
    post("/park/entrance", with(entrance(), changes)).unwrap()
}

fn left(changes: Value) -> Delivery {
    post("/park/departure", with(departure(), changes)).unwrap()
}

#[test]
fn an_arrival_is_a_passage_and_its_picture() {
    let delivery = arrived(json!({ "gate": "东门" }));
    let (passage, photo) = passage_of(&delivery);
    assert_eq!(passage.lot.as_str(), "370100-001");
    assert_eq!(passage.record_id.as_str(), "鲁A12345-in-1775002500");
    assert!(passage.without_record_id);
    assert_eq!((passage.direction, passage.at), (Direction::Entry, at(1_775_002_500)));
    assert_eq!(passage.plate.as_ref().unwrap().as_str(), "鲁A12345");
    assert_eq!(passage.plate_kind.unwrap().to_string(), "02");
    assert_eq!(passage.vehicle.as_ref().unwrap().brand.as_deref(), Some("大众"));
    assert_eq!(passage.payment, None);
    assert_eq!(photo.taken_at, Some(passage.at));
    assert_eq!(photo.lot, passage.lot);
    // Named after its passage, which names it.
    assert_eq!(photo.photo_id, passage.record_id.as_str());
    assert_eq!(passage.photo_id.as_ref(), Some(&photo.photo_id));
    let Picture::Bytes { sha256, bytes, media_type } = &photo.picture else { panic!("bytes") };
    assert_eq!((*bytes, media_type.as_str()), (2_000, "image/jpeg"));
    assert_eq!(delivery.pictures.len(), 1);
    assert_eq!((&delivery.pictures[0].sha256, &delivery.pictures[0].bytes[..]), (sha256, &jpeg(2_000)[..]));
    assert_eq!(delivery.reports[0].unnamed_fields.as_deref(), Some(r#"{"gate":"东门"}"#));
}

#[test]
fn the_texts_arrival_is_read_with_its_picture_cut_off() {
    let body = "[{ \"park_code \":\" ATXL/1\", \"plate_number\":\"鲁 A12345\", \"car_type\":\"小型车\", \
                \"car_logo \":\"大众\", \"enter_pic\":\" data:image/jpg;base64,/9j/4AAQSkZJR.....\", \
                \"enter_time\": 1588061331 }]";
    let delivery = deliver(message(Method::POST, "/park/entrance", body)).unwrap();
    let (passage, _) = passage_of(&delivery);
    assert_eq!(passage.record_id.as_str(), "鲁A12345-in-1588061331");
    assert_eq!(delivery.pictures[0].bytes.as_ref(), b"\xff\xd8\xff\xe0\x00\x10JFI");
    assert!(delivery.reports[0].doubts.is_empty());
    let [doubt] = delivery.reports[1].doubts.as_slice() else { panic!("one doubt") };
    assert_eq!(doubt.kind, FindingKind::PhotoTooSmall);
    assert_eq!(doubt.in_chinese(), "[0].enter_pic 不完整：Base64 以省略号结尾，只读出 9 字节");
}

#[test]
fn the_texts_departure_is_read_though_it_is_no_json() {
    let body = "[{ \"park_code \":\" ATXL/1\", \"plate_number\":\"鲁 A12345\", \"car_type\":\"小型车\", \
                \"car_logo \":\"大众\", \"depart_pic\":\" data:image/jpg;base64,/9j/4AAQSkZJR....\", \
                \"depart_time\": 1588061331, \"use_time\":59, \"payable_fee\":34.5, \"paid_fee\":34.5, \
                \"pay_time\":1588061329, \"pay_type\":支付宝 }]";
    let result = deliver(message(Method::POST, "/park/departure", body));
    assert_eq!(answer(&result), r#"{"code":200,"msg":"success","message":"success"}"#);
    let delivery = result.unwrap();
    let (passage, photo) = passage_of(&delivery);
    assert_eq!(passage.record_id.as_str(), "鲁A12345-out-1588061331");
    assert_eq!((passage.minutes, passage.entered_at), (Some(59), Some(at(1_588_061_331 - 59 * 60))));
    let payment = passage.payment.as_ref().unwrap();
    assert_eq!((payment.payable, payment.paid), ("34.5".parse().ok(), "34.5".parse().ok()));
    assert_eq!((payment.paid_at, payment.pay_kind), (Some(at(1_588_061_329)), Some(PayKind::Alipay)));
    assert_eq!(photo.photo_id, passage.record_id.as_str());
    for said in &delivery.reports {
        assert!(said.doubts.iter().any(|doubt| doubt.kind == FindingKind::MalformedMessage));
    }
}

#[test]
fn cars_without_a_plate_have_an_identity_too() {
    for changes in [
        json!({ "plate_number": null, "car_type": "5" }),
        json!({ "plate_number": "无牌车", "car_type": "5" }),
        json!({ "plate_number": "无号牌" }),
    ] {
        let delivery = arrived(changes);
        let (passage, _) = passage_of(&delivery);
        assert_eq!(passage.plate, None);
        assert_eq!(passage.record_id.as_str(), "无牌-in-1775002500");
    }
    let delivery = arrived(json!({ "car_type": "5" }));
    assert!(passage_of(&delivery).0.plate.is_some(), "a plate that is there is kept");
}

#[test]
fn kinds_of_cars_are_kinds_of_plates() {
    for (code, name, kind) in [
        ("1", "大型车", "01"),
        ("2", "小型车", "02"),
        ("3", "警用车", "23"),
        ("4", "临时车", "22"),
        ("5", "无号牌车", "41"),
        ("6", "新能源汽车", "52"),
    ] {
        for said in [code, name] {
            let delivery = arrived(json!({ "car_type": said }));
            assert_eq!(passage_of(&delivery).0.plate_kind.unwrap().to_string(), kind, "{said}");
        }
    }
}

#[test]
fn money_is_kept_to_the_digit_and_never_a_floating_point_number() {
    for (said, kept) in [
        ("34.50", "34.5"),
        ("34.599999999999994", "34.6"),
        ("0.1234", "0.1234"),
        ("0.00005", "0.0001"),
        ("1e2", "100"),
        ("-0.0", "0"),
        ("9999999.99", "9999999.99"),
        ("34.599999999999994315658113919198513031005859375", "34.6"),
    ] {
        let body = departure().to_string().replace("34.5", said);
        let delivery = deliver(message(Method::POST, "/park/departure", format!("[{body}]"))).unwrap();
        let payable = passage_of(&delivery).0.payment.as_ref().unwrap().payable.unwrap();
        assert_eq!(payable.to_string(), kept, "{said}");
    }
    let delivery = left(json!({ "paid_fee": 0, "pay_time": 0 }));
    assert_eq!(passage_of(&delivery).0.payment.as_ref().unwrap().paid_at, None);
}

#[test]
fn the_same_picture_of_several_cars_is_kept_once() {
    let (one, mut two) = (entrance(), entrance());
    two["plate_number"] = json!("鲁A54321");
    let delivery = post("/park/entrance", json!([one, two])).unwrap();
    assert_eq!((delivery.reports.len(), delivery.pictures.len()), (4, 1));
    two["enter_pic"] = json!(base64(&jpeg(2_001)));
    assert_eq!(post("/park/entrance", json!([entrance(), two])).unwrap().pictures.len(), 2);
}

#[test]
fn a_refusal_tells_what_was_read_and_shows_no_picture() {
    let refusal = post("/park/departure", with(departure(), json!({ "pay_type": [9] }))).unwrap_err();
    assert_eq!(refusal.fault.field(), Some("[0].pay_type"));
    assert_eq!(refusal.lot_id.as_deref(), Some("ATXL/1"));
    assert_eq!(refusal.record_id.as_deref(), Some("鲁A12345-out-1775002500"));
    let read_as = refusal.read_as.unwrap();
    assert!(read_as.contains("图片 Base64 2668 个字符") && !read_as.contains("/9j/4A"), "{read_as}");
    let wrong = post("/park/entrance", with(entrance(), json!({ "enter_time": "soon" }))).unwrap_err();
    assert_eq!((wrong.lot_id.as_deref(), wrong.record_id), (Some("ATXL/1"), None));
}

fn kinds(delivery: &Delivery) -> Vec<FindingKind> {
    delivery.reports[0].doubts.iter().map(|doubt| doubt.kind).collect()
}

#[test]
fn what_an_open_list_does_not_have_is_kept_and_found() {
    let delivery = left(json!({ "car_type": "7", "pay_type": "数字人民币" }));
    let (passage, _) = passage_of(&delivery);
    assert_eq!(passage.plate_kind, None);
    assert_eq!(passage.payment.as_ref().unwrap().pay_kind, None);
    assert_eq!(kinds(&delivery), [FindingKind::UnlistedValue; 2]);
    let kept: Value = serde_json::from_str(delivery.reports[0].unnamed_fields.as_deref().unwrap()).unwrap();
    assert_eq!(kept, json!({ "car_type": "7", "pay_type": "数字人民币" }));
}

#[test]
fn the_kinds_of_cars_in_lots_own_words() {
    for (word, kind) in
        [("小车", "02"), ("大车", "01"), ("新能源车", "52"), ("新能源汽车", "52"), ("警车", "23")]
    {
        let delivery = arrived(json!({ "car_type": word }));
        assert_eq!(passage_of(&delivery).0.plate_kind.unwrap().to_string(), kind, "{word}");
        assert_eq!(kinds(&delivery), []);
    }
    let large = arrived(json!({ "car_type": 6, "plate_number": "鲁A12345D" }));
    assert_eq!(passage_of(&large).0.plate_kind.unwrap().to_string(), "51", "the plate is a large one's");
    let paid = left(json!({ "pay_type": "微信支付" }));
    assert_eq!(passage_of(&paid).0.payment.as_ref().unwrap().pay_kind, Some(PayKind::Wechat));
}

#[test]
fn a_passage_may_lack_its_picture_and_its_make() {
    let delivery = arrived(json!({ "car_logo": "", "enter_pic": "" }));
    assert_eq!((delivery.reports.len(), delivery.pictures.len()), (1, 0));
    let Report::Passage(passage) = &delivery.reports[0].report else { panic!("a passage") };
    assert_eq!((&passage.vehicle, &passage.photo_id), (&None, &None));
    assert_eq!(kinds(&delivery), [FindingKind::MissingField; 2]);
}

#[test]
fn a_free_exit_says_nothing_of_its_payment() {
    let free = left(json!({ "payable_fee": 5, "paid_fee": 0, "pay_time": null, "pay_type": "" }));
    let payment = passage_of(&free).0.payment.clone().unwrap();
    assert_eq!((payment.paid_at, payment.pay_kind), (None, None));
    assert_eq!(kinds(&free), []);
    assert!(
        post("/park/departure", with(departure(), json!({ "pay_time": null }))).is_err(),
        "30 yuan were paid"
    );
}

#[test]
fn fractions_of_a_minute_are_right_to_the_second() {
    let delivery = left(json!({ "use_time": 59.5 }));
    let (passage, _) = passage_of(&delivery);
    assert_eq!((passage.minutes, passage.entered_at), (Some(59), Some(at(1_775_002_500 - 3_570))));
}

#[test]
fn one_object_is_a_list_of_one() {
    let delivery = post("/park/entrance", entrance()).unwrap();
    assert_eq!(passage_of(&delivery), passage_of(&arrived(json!({}))));
}

#[test]
fn a_car_without_a_plate_has_none_whatever_its_lot_calls_it() {
    for word in ["未知", "无牌车007", "UNKNOWN", "_无_", "０００００００", "无A12345", "临时车"]
    {
        let delivery = arrived(json!({ "plate_number": word }));
        let (passage, _) = passage_of(&delivery);
        assert_eq!(passage.plate, None, "{word}");
        assert_eq!(passage.record_id.as_str(), "无牌-in-1775002500", "{word}");
    }
    let delivery = arrived(json!({ "plate_number": "蓝牌鲁Ａ１２３４５" }));
    assert_eq!(passage_of(&delivery).0.record_id.as_str(), "鲁A12345-in-1775002500");
}
