//! Pictures: their slots, the condition that there are no more than two, and their forms.

use crate::ningbo::scene::{LOT, deliver, form, md5, photo, post, record};
use bowei_model::{PhotoRole, Picture, Report};
use bowei_standards::Fault;
use serde_json::json;

const JPEG: &[u8] = b"\xff\xd8\xff\xe0 a car \xff\xd9";

fn data(bytes: &[u8]) -> String {
    record(json!({
        "businessid": 10, "businesstype": "2", "imgIndex": "3", "imageHash": md5(bytes), "takeTime": "20260401081500",
    }))
    .to_string()
}

#[test]
fn a_photo_has_its_slot_and_comes_on_a_condition() {
    let (delivery, condition) = photo(form(&[("data", data(JPEG).as_bytes()), ("file", JPEG)])).unwrap();
    let Report::Photo(photo) = &delivery.reports[0].report else { panic!("{delivery:?}") };
    assert_eq!((photo.record_id.as_str(), photo.role, photo.slot), ("10", PhotoRole::Exit, Some(3)));
    assert_eq!(photo.taken_at.unwrap().as_second(), 1_775_002_500);
    let Picture::Bytes { sha256, bytes, media_type } = &photo.picture else { panic!("{photo:?}") };
    assert_eq!((*bytes, media_type.as_str()), (JPEG.len() as u64, "image/jpeg"));
    assert_eq!(*sha256, delivery.pictures[0].sha256);
    assert!(delivery.reports[0].doubts.is_empty() && delivery.receipt.is_none());

    let photos = condition.photos;
    assert_eq!((photos.lot.as_str(), photos.record_id.as_str()), (LOT, "10"));
    assert_eq!((photos.role, photos.slot, photos.max), (PhotoRole::Exit, Some(3), 2));
    let otherwise = condition.otherwise;
    assert_eq!(otherwise.fault.field(), Some("imgIndex"));
    assert_eq!((otherwise.code.as_str(), otherwise.record_id.as_deref()), ("1", Some("10")));
    assert!(otherwise.read_as.unwrap().ends_with(&format!("[图片 {} 字节]", JPEG.len())));
}

#[test]
fn a_file_that_is_no_picture_is_refused() {
    for bytes in [&b"something of a camera's own"[..], b"<html><script>", b"%PDF-1.7", b"MZ\x90"] {
        let refusal = deliver(form(&[("data", data(bytes).as_bytes()), ("file", bytes)])).unwrap_err();
        assert_eq!(refusal.fault.field(), Some("file"), "{refusal:?}");
    }
}

#[test]
fn of_parts_of_the_same_name_the_last_counts() {
    let data = data(JPEG);
    let parts: [(&str, &[u8]); 5] =
        [("data", b"{}"), ("file", b"another"), ("note", b"x"), (" data ", data.as_bytes()), ("file", JPEG)];
    let (delivery, _) = photo(form(&parts)).unwrap();
    assert_eq!(delivery.pictures[0].bytes, JPEG);
}

#[test]
fn a_photo_that_is_no_form_is_refused() {
    for request in [
        post(crate::ningbo::scene::UPLOAD_BUSINESS_IMG, data(JPEG)),
        form(&[]),
        form(&[("file", JPEG)]),
        form(&[("data", data(JPEG).as_bytes())]),
        form(&[("data", data(JPEG).as_bytes()), ("file", b"")]),
    ] {
        let refusal = deliver(request).unwrap_err();
        assert!(matches!(refusal.fault, Fault::Unreadable { .. } | Fault::Missing { .. }), "{refusal:?}");
    }
}

#[test]
fn a_large_picture_waits_its_turn_and_a_small_one_not_long() {
    use bowei_standards::PlatformSide;
    let cost = |bytes: usize| {
        let file = vec![0xff; bytes];
        let request = form(&[("data", data(&file).as_bytes()), ("file", &file)]);
        bowei_standards::ningbo::Ningbo.read(request).unwrap().cost()
    };
    assert_eq!((cost(1), cost(500 * 1024)), (1, 4));
}
