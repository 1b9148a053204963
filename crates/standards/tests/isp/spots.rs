//! 3, 4, 5: what lots say of themselves and of their free spaces.

use crate::isp::scene::{Lots, answer, deliver, message, now, post};
use bowei_model::{Datum, FindingKind, LotProfile, Report};
use bowei_standards::platform_side::{Delivery, LotLookup};
use http::Method;
use serde_json::json;

fn profile(delivery: &Delivery) -> &LotProfile {
    match &delivery.reports[0].report {
        Report::Lot(profile) => profile,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_texts_example_is_a_lot_whose_datum_is_taken_for_granted() {
    let body = "[{ \"park_code \":\"ATXL/1\", \"park_name\":\"奥体西路 1 号停车场\", \"longitude \":34.54563, \
                \"latitude \":54.45563, \"address \":\"济南高新区奥体西路停车场\" }]";
    let delivery = deliver(message(Method::POST, "/park/spot", body)).unwrap();
    let profile = profile(&delivery);
    assert_eq!((profile.lot.as_str(), profile.lot_id.as_str()), ("370100-001", "ATXL/1"));
    assert_eq!(profile.name.as_deref(), Some("奥体西路 1 号停车场"));
    assert_eq!(profile.address.as_deref(), Some("济南高新区奥体西路停车场"));
    assert_eq!(profile.in_service, Some(true));
    let position = profile.position.unwrap().0;
    assert_eq!((position.longitude, position.latitude), (34.54563, 54.45563));
    let [doubt] = delivery.reports[0].doubts.as_slice() else { panic!("one doubt") };
    assert_eq!(doubt.kind, FindingKind::MissingField);
    assert_eq!(delivery.reports[0].unnamed_fields, None);
}

#[test]
fn a_position_is_where_its_datum_says() {
    for (name, datum) in [("WGS84", Datum::Wgs84), ("GCJ02", Datum::Gcj02), ("BD09", Datum::Bd09)] {
        let item = json!([{
            "park_code": "ATXL/1", "longitude": 120.0868, "latitude": "30.8937", "coordinate_system": name
        }]);
        let delivery = post("/park/spot", item).unwrap();
        let (longitude, latitude) = profile(&delivery).position.unwrap().0.write(datum);
        assert!((longitude - 120.0868).abs() < 1e-7 && (latitude - 30.8937).abs() < 1e-7, "{name}");
        assert!(delivery.reports[0].doubts.is_empty());
    }
}

#[test]
fn a_lot_that_nobody_has_registered_comes_into_being() {
    let delivery =
        post("/park/spot", json!([{ "park_code": "NEW/1", "coordinate_system": "GCJ02" }])).unwrap();
    assert_eq!(profile(&delivery).lot, Lots.code_for_new_lot("NEW/1"));
    assert_eq!(profile(&delivery).position, None);
    let refusal = post("/park/spot", json!([{ "park_code": "ATXL/9" }])).unwrap_err();
    assert_eq!((refusal.code.as_str(), refusal.lot_id.as_deref()), ("1", Some("ATXL/9")));
}

#[test]
fn removed_lots_are_closed_one_by_one() {
    let body = r#"{ "park_code": "ATXL/1,ATXL/2" }"#;
    let result = deliver(message(Method::DELETE, "/park/spot", body));
    assert_eq!(answer(&result), r#"{"code":0,"msg":"success","message":"success"}"#);
    let delivery = result.unwrap();
    let lots: Vec<_> = delivery.reports.iter().map(|said| said.report.lot().unwrap().as_str()).collect();
    assert_eq!(lots, ["370100-001", "370100-002"]);
    assert!(delivery.reports.iter().all(|said| matches!(said.report, Report::LotClosed(_))));
    let refused = deliver(message(Method::DELETE, "/park/spot", r#"{"park_code":"ATXL/1,ATXL/404"}"#));
    assert_eq!(refused.unwrap_err().lot_id, None, "several codes are no lot's id");
}

#[test]
fn free_spaces_are_right_when_they_come() {
    let item = json!([
        { "park_code": "ATXL/1", "total_spots_num": 1000, "remain_spots_num": 350, "used_spots_num": 650 },
        { "park_code": "ATXL/2", "total_spots_num": "10", "remain_spots_num": -1, "used_spots_num": 11, "floor": "B1" }
    ]);
    let delivery = post("/park/spot-num", item).unwrap();
    let [first, second] = delivery.reports.as_slice() else { panic!("two reports") };
    let Report::SpaceCount(count) = &first.report else { panic!("a count") };
    assert_eq!((count.at, count.vacant, count.total), (now(), 350, Some(1_000)));
    assert_eq!(count.parts.unwrap().used, Some(650));
    let Report::SpaceCount(count) = &second.report else { panic!("a count") };
    assert_eq!(count.vacant, -1, "an odd count is data");
    assert_eq!(second.unnamed_fields.as_deref(), Some(r#"{"floor":"B1"}"#));
    assert_eq!(delivery.sent_at, None);
}
