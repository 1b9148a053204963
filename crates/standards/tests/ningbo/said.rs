//! What is made of what lots say: the reports, what is doubted of them, and what a refusal tells.

use crate::ningbo::scene::{
    HEART_THROB, LOT, LOT_ID, TIME, UPLOAD_BUSINESS, deliver, departure, now, post, record, report,
};
use bowei_model::{
    Direction, FindingKind, Heartbeat, LotCode, Passage, Plate, PlateKind, Report, SpaceCount,
};
use serde_json::json;

fn passage(record: &serde_json::Value) -> Passage {
    match report(post(UPLOAD_BUSINESS, record.to_string())) {
        Report::Passage(passage) => passage,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_heartbeat_with_a_count_is_two_reports() {
    let body = record(json!({"freeparklotcount": 20, "version": 3})).to_string();
    let delivery = deliver(post(HEART_THROB, body)).unwrap();
    let lot = LotCode::from(LOT);
    let reports: Vec<_> = delivery.reports.iter().map(|said| said.report.clone()).collect();
    assert_eq!(
        reports,
        [
            Report::Heartbeat(Heartbeat { lot: Some(lot.clone()) }),
            Report::SpaceCount(SpaceCount::new(lot, now(), 20))
        ]
    );
    assert_eq!(delivery.reports[0].unnamed_fields.as_deref(), Some(r#"{"version":3}"#));
    assert_eq!(delivery.receipt.as_deref(), Some(r#"{"systime":"2026-04-01 08:15:30"}"#));
}

#[test]
fn the_question_for_the_time_reports_nothing() {
    let delivery = deliver(post(TIME, record(json!({})).to_string())).unwrap();
    assert!(delivery.reports.is_empty());
    assert_eq!(delivery.receipt.as_deref(), Some(r#"{"systime":"2026-04-01 08:15:30"}"#));
}

#[test]
fn a_departure_says_when_the_car_had_come() {
    let mut body = departure();
    body["hpys"] = json!("蓝");
    body["csys"] = json!("香槟色");
    body["mainbrandid"] = json!("000");
    let exit = passage(&body);
    assert_eq!((exit.lot.as_str(), exit.record_id.as_str(), exit.without_record_id), (LOT, "B-1", false));
    assert_eq!((exit.direction, exit.at.as_second()), (Direction::Exit, now().as_second() - 30));
    assert_eq!(exit.entered_at.unwrap().as_second(), now().as_second() - 930);
    assert_eq!(exit.plate, Plate::read("浙B12345"));
    assert_eq!((exit.plate_kind, exit.vacant), (Some(PlateKind::SMALL), Some(21)));
    let vehicle = exit.vehicle.unwrap();
    assert_eq!((vehicle.plate_color.as_deref(), vehicle.color.as_deref()), (Some("蓝"), Some("香槟色")));
    assert_eq!((vehicle.brand, vehicle.sub_brand), (None, None));
}

#[test]
fn an_arrival_without_a_plate_is_one_all_the_same() {
    let mut body = departure();
    body["businesstype"] = json!(1);
    body["vehnum"] = json!("");
    body["leavetime"] = json!("not yet");
    body["businessid"] = json!(10);
    body["vehtype"] = json!(7);
    let entry = passage(&body);
    assert_eq!((entry.direction, entry.at.as_second()), (Direction::Entry, now().as_second() - 930));
    assert_eq!((entry.plate, entry.entered_at, entry.vehicle), (None, None, None));
    assert_eq!((entry.record_id.as_str(), entry.plate_kind.unwrap().code()), ("10", 7));
}

#[test]
fn a_message_in_the_text_s_own_hand_is_doubted() {
    let body = departure()
        .to_string()
        .replace("\"02\"", "”02”")
        .replace("e10adc3949ba59abbe56e057f20f883e", "123456");
    let delivery = deliver(post(UPLOAD_BUSINESS, body)).unwrap();
    let doubts = &delivery.reports[0].doubts;
    assert_eq!(doubts.len(), 2);
    assert!(doubts.iter().all(|doubt| doubt.kind == FindingKind::MalformedMessage));
    assert!(doubts.iter().all(|doubt| !doubt.in_chinese().contains("123456")));
    let strict = deliver(post(UPLOAD_BUSINESS, departure().to_string())).unwrap();
    assert!(strict.reports[0].doubts.is_empty() && strict.reports[0].unnamed_fields.is_none());
}

#[test]
fn a_refusal_tells_what_was_read_and_no_password() {
    let mut body = departure();
    body["vehtype"] = json!("09");
    let refusal = deliver(post(UPLOAD_BUSINESS, body.to_string())).unwrap_err();
    assert_eq!((refusal.lot_id.as_deref(), refusal.record_id.as_deref()), (Some(LOT_ID), Some("B-1")));
    let read_as = refusal.read_as.clone().unwrap();
    assert!(read_as.contains(r#""portpwd":"***""#) && read_as.contains("浙B12345"), "{read_as}");
    assert!(!format!("{refusal:?}").contains("e10adc"), "a password is shown");
    let steps: Vec<_> = refusal.steps.iter().map(|step| step.name.as_str()).collect();
    assert_eq!(steps, ["portname", "portpwd"]);
}

#[test]
fn a_message_that_cannot_be_read_shows_no_password() {
    let cut_off = &departure().to_string()[..100];
    let refusal = deliver(post(UPLOAD_BUSINESS, cut_off.to_owned())).unwrap_err();
    assert!(!format!("{refusal:?}").contains("e10adc"), "{refusal:?}");
    assert!(refusal.fault.message().contains("不完整的 JSON（在第 1 行第 100 列中断）"), "{refusal:?}");
}
