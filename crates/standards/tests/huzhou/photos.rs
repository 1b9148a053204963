//! 停车事件图片上报: pictures as bytes and as references.

use crate::scene::{HOLDER, answer, deliver};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bowei_encoding::sha256_hex;
use bowei_model::{PhotoRole, Picture, Report};
use bowei_standards::platform_side::Delivery;
use bowei_standards::{Fault, Refusal};
use serde_json::{Value, json};

const JPEG: &[u8] = b"\xff\xd8\xff\xe0 a car at the gate";

fn upload(list: Value) -> Result<Delivery, Refusal> {
    let plain =
        json!({"parkinglotId": "HZ330502001", "parkingdataId": "R-1", "imgList": list, "camera": "C7"});
    deliver(HOLDER.message("/api/photo/upload", plain.to_string().as_bytes()))
}

fn refused(list: Value) -> Fault {
    let refusal = upload(list.clone()).expect_err(&list.to_string());
    assert_eq!(refusal.code, "400");
    assert_eq!(refusal.record_id.as_deref(), Some("R-1"));
    refusal.fault
}

fn photos(delivery: &Delivery) -> Vec<(PhotoRole, Picture)> {
    let photo = |report: &Report| match report {
        Report::Photo(photo) => (photo.role, photo.picture.clone()),
        other => panic!("{other:?}"),
    };
    delivery.reports.iter().map(|said| photo(&said.report)).collect()
}

#[test]
fn pictures_come_as_bytes_or_as_references() {
    let base64 = STANDARD.encode(JPEG);
    let delivery = upload(json!([
        {"imgBase64": base64, "imgType": 1},
        {"imgBase64": format!("data:image/png;base64,{base64}"), "imgType": "2", "imgUrl": ""},
        {"imgBase64": format!("{}\r\n{}", &base64[..8], &base64[8..]), "imgType": 3.0, "imgUrl": null},
        {"imgUrl": "https://lot.example/1.jpg", "imgType": 4, "lens": 2},
    ]))
    .unwrap();
    let bytes = || Picture::Bytes {
        sha256: sha256_hex(JPEG),
        bytes: JPEG.len() as u64,
        media_type: "image/jpeg".to_owned(),
    };
    assert_eq!(
        photos(&delivery),
        [
            (PhotoRole::Entry, bytes()),
            (PhotoRole::Exit, bytes()),
            (PhotoRole::Entry, bytes()),
            (PhotoRole::Exit, Picture::Url("https://lot.example/1.jpg".to_owned())),
        ]
    );
    assert_eq!(delivery.pictures.len(), 1, "the same picture is kept once");
    assert_eq!(delivery.pictures[0].media_type, "image/jpeg", "whatever the data URI says");
    let unnamed: Vec<_> =
        delivery.reports.iter().map(|said| said.unnamed_fields.as_deref().unwrap()).collect();
    assert_eq!(unnamed[0], r#"{"camera":"C7"}"#);
    assert_eq!(unnamed[3], r#"{"lens":2,"camera":"C7"}"#);
    assert_eq!(answer(&Ok(delivery)), r#"{"code":200,"msg":"成功","data":{"parkingdataId":"R-1"}}"#);
}

#[test]
fn one_wrong_picture_refuses_them_all_by_its_place() {
    let good = || json!({"imgUrl": "http://a/b", "imgType": 1});
    let check = |bad: Value, field: &str| {
        let fault = refused(json!([good(), good(), bad]));
        assert_eq!(fault.field(), Some(format!("imgList[2]{field}").as_str()), "{fault:?}");
    };
    check(json!({"imgUrl": "http://a/b"}), ".imgType");
    check(json!({"imgType": 1}), ".imgBase64");
    check(json!({"imgUrl": "http://a/b", "imgBase64": STANDARD.encode(JPEG), "imgType": 1}), ".imgUrl");
    check(json!({"imgBase64": "not base64!", "imgType": 1}), ".imgBase64");
    check(json!({"imgBase64": STANDARD.encode("<html>"), "imgType": 1}), ".imgBase64");
    check(json!({"imgBase64": "data:image/jpeg,abc", "imgType": 1}), ".imgBase64");
    for url in ["ftp://a/b", "a/b.jpg", "http://", "javascript:alert(1)", "http://a b/", "//a/b"] {
        check(json!({"imgUrl": url, "imgType": 1}), ".imgUrl");
    }
    for kind in [json!(0), json!(5), json!(-1), json!("x"), json!(1.5), json!(true)] {
        check(json!({"imgUrl": "http://a/b", "imgType": kind}), ".imgType");
    }
    check(json!("http://a/b"), "");
    check(json!(null), "");
}

#[test]
fn a_list_has_one_to_sixteen_pictures() {
    let many = |count| Value::Array(vec![json!({"imgUrl": "http://a/b", "imgType": 1}); count]);
    assert_eq!(upload(many(16)).unwrap().reports.len(), 16);
    assert!(matches!(refused(many(17)), Fault::TooLong { field, .. } if field == "imgList"));
    for nothing in [json!([]), json!(null), json!("")] {
        assert!(matches!(refused(nothing), Fault::Missing { field, .. } if field == "imgList"));
    }
    for odd in [json!({"imgUrl": "http://a/b", "imgType": 1}), json!("[]"), json!(3)] {
        assert!(matches!(refused(odd), Fault::WrongType { field, .. } if field == "imgList"));
    }
}

#[test]
fn a_url_has_at_most_2048_characters() {
    let url = |length: usize| format!("http://a/{}", "b".repeat(length - 9));
    assert!(upload(json!([{"imgUrl": url(2_048), "imgType": 1}])).is_ok());
    let fault = refused(json!([{"imgUrl": url(2_049), "imgType": 1}]));
    assert!(matches!(fault, Fault::TooLong { field, .. } if field == "imgList[0].imgUrl"));
}

/// Twice eleven thousand RSA blocks: the slowest test of all, and the only one of the limit itself.
#[test]
fn a_picture_has_at_most_two_mebibytes() {
    let picture = |bytes: usize| {
        let mut picture = vec![0; bytes];
        picture[..3].copy_from_slice(&[0xff, 0xd8, 0xff]);
        json!([{"imgBase64": STANDARD.encode(picture), "imgType": 1}])
    };
    let limit = 2 * 1024 * 1024;
    assert_eq!(upload(picture(limit)).unwrap().pictures[0].bytes.len(), limit);
    let refusal = upload(picture(limit + 1)).unwrap_err();
    assert_eq!(
        answer(&Err(refusal.clone())),
        "{\"code\":400,\"msg\":\"imgList[0].imgBase64 过长：应不超过 2097152 字节，收到 2097153 字节\",\
         \"data\":{\"parkingdataId\":\"R-1\"}}"
    );
    assert_eq!(
        refusal.read_as.as_deref(),
        Some(
            r#"{"parkinglotId":"HZ330502001","parkingdataId":"R-1","imgList":[{"imgBase64":"[图片 2097153 字节]","imgType":1}],"camera":"C7"}"#
        )
    );
}
