use super::*;
use bowei_model::Passage;
use bytes::Bytes;

/// One report of each kind, with every field that it can have.
const WHOLE: [&str; 13] = [
    r#"{"kind":"heartbeat"}"#,
    r#"{"kind":"entry","record_id":"R-1","at":"2026-04-01T08:15:30+08:00","plate":"浙E12345","plate_kind":"02",
        "gate":"G1","gate_name":"东门入口","berth":null,"vacant":127,"charging_vacant":3,"color":"白色",
        "plate_color":"蓝","brand":"大众","sub_brand":"途观","booking":"B-1","photo_id":"P-1","abnormal":false,
        "memo":"无"}"#,
    r#"{"kind":"exit","record_id":"R-1","at":"2026-04-01T09:15:30+08:00","plate":"浙E12345","plate_kind":"02",
        "gate":"G2","entered_at":"2026-04-01T08:15:30+08:00","minutes":60,"payable":"12.50","paid":12.5,
        "paid_at":"2026-04-01T09:14:00+08:00","pay_kind":"wechat","vacant":128}"#,
    r#"{"kind":"space-count","at":"2026-04-01T08:15:30+08:00","vacant":127,"charging_vacant":3,"total":200,
        "used":73,"reserved":0,"charging_used":1,"reservable_vacant":9,"monthly_vacant":8,"fixed_vacant":7,
        "temporary_vacant":6}"#,
    r#"{"kind":"photo","record_id":"R-1","role":"entry","slot":1,"taken_at":"2026-04-01T08:15:30+08:00",
        "url":"https://lot.example/1.jpg"}"#,
    r#"{"kind":"charging-record","order_no":"C-1","plate":"浙ED12345","started_at":"2026-04-01T08:20:00+08:00",
        "ended_at":"2026-04-01T09:00:00+08:00","energy_kwh":"21.40","electricity_fee":"12.30","service_fee":"4.20",
        "total_fee":"16.50","station":"S1 东门充电站","device":"D1 1号桩","berth":"A-12"}"#,
    r#"{"kind":"lot","name":"东门停车场","lot_kind":"off-street","district":"330502","address":"人民路1号",
        "longitude":120.0868,"latitude":30.8937,"datum":"GCJ02","spaces_total":200,"charging_spaces":20,
        "tariff":"每小时5元","in_service":true,"details":{"floors":2}}"#,
    r#"{"kind":"lot-closed"}"#,
    r#"{"kind":"gate","gate":"G1","gate_name":"东门","gate_kind":"both","longitude":120.0868,"latitude":30.8937,
        "status":"open","road":"人民路"}"#,
    r#"{"kind":"cars-inside","at":"2026-04-01T08:00:00+08:00","plates":["浙E12345","无牌车"]}"#,
    r#"{"kind":"named-photo","photo_id":"P-1","shows":"plate","taken_at":"2026-04-01T08:15:30+08:00",
        "file_name":"1.jpg","url":"https://lot.example/1.jpg"}"#,
    r#"{"kind":"off-peak-package","package_no":"K-1","permit_no":"X","service_code":"S","package_kind":1,
        "price":"200","status":1}"#,
    r#"{"kind":"off-peak-order","order_no":"O-1","service_code":"S","package_no":"K-1","plate":"浙E12345",
        "amount":"200.00","status":2}"#,
];

fn read_at(text: &str, picture: Option<&PictureBytes>) -> Result<Report, ReportFault> {
    let lot = LotCode::from("L1");
    read(text.as_bytes(), About { lot: &lot, lot_id: "HZ330502001", picture })
}

fn passage(text: &str) -> Passage {
    match read_at(text, None).unwrap() {
        Report::Passage(passage) => passage,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_kind_of_report_can_be_written_down() {
    let kinds: Vec<_> = WHOLE.iter().map(|text| read_at(text, None).unwrap().kind()).collect();
    assert_eq!(kinds, KINDS);
}

#[test]
fn an_exit_says_what_was_paid_to_the_cent() {
    let exit = passage(WHOLE[2]);
    let payment = exit.payment.unwrap();
    assert_eq!(payment.payable.unwrap().to_string(), "12.50");
    assert_eq!(payment.paid, payment.payable);
    assert_eq!(exit.minutes, Some(60));
    assert_eq!(exit.at.to_string(), "2026-04-01T01:15:30Z");
}

#[test]
fn a_car_without_a_plate_and_what_is_empty_count_as_left_out() {
    for plate in ["null", "\"\"", "\"无牌车\""] {
        let text = format!(
            r#"{{"kind":"entry","record_id":"R-1","at":"2026-04-01T08:15:30+08:00","plate":{plate},"gate":""}}"#
        );
        let entry = passage(&text);
        assert_eq!((entry.plate, entry.gate_code), (None, None), "{plate}");
    }
}

#[test]
fn what_is_wrong_is_named_with_what_was_expected_and_what_came() {
    let base = r#"{"kind":"entry","record_id":"R-1","at":"2026-04-01T08:15:30+08:00"}"#;
    for (from, to, field, expected, received) in [
        (r#""entry""#, r#""arrival""#, "kind", "one of heartbeat, entry", "\"arrival\""),
        (r#""kind":"entry","#, "", "kind", "one of heartbeat", "nothing"),
        (r#""record_id":"R-1","#, "", "record_id", "1 to 128", "nothing"),
        (r#""R-1""#, "17", "record_id", "text of", "17"),
        ("+08:00", "", "at", "with its offset", "\"2026-04-01T08:15:30\""),
        (r#""R-1""#, r#""R-1","vacant":"many""#, "vacant", "a whole number", "\"many\""),
        (r#""R-1""#, r#""R-1","vacant":1.5"#, "vacant", "a whole number", "1.5"),
        (r#""R-1""#, r#""R-1","plate_kind":"77""#, "plate_kind", "dictionary", "\"77\""),
        (r#""R-1""#, r#""R-1","plate":["浙E12345"]"#, "plate", "a plate", "[\"浙E12345\"]"),
        (r#""R-1""#, r#""R-1","paid":"5.00""#, "paid", "fields of this kind", "\"5.00\""),
        (r#""R-1""#, r#""R-1","vehiclePlate":"浙E12345""#, "vehiclePlate", "plate_kind", "\"浙E12345\""),
        (r#"{"kind""#, r#"["kind""#, "the report", "JSON object", "no JSON"),
        (base, "[1]", "the report", "JSON object", "[1]"),
    ] {
        let fault = read_at(&base.replace(from, to), None).unwrap_err();
        assert_eq!(fault.field, field, "{fault}");
        assert!(fault.expected.contains(expected), "{fault}");
        assert!(fault.received.contains(received), "{fault}");
    }
}

#[test]
fn a_place_has_both_its_degrees_and_lies_on_earth() {
    let lot = r#"{"kind":"lot","longitude":120.1,"latitude":30.9}"#;
    assert!(read_at(lot, None).is_ok());
    for (broken, field) in [
        (lot.replace(r#","latitude":30.9"#, ""), "latitude"),
        (lot.replace(r#""longitude":120.1,"#, ""), "longitude"),
        (lot.replace("30.9", "130.9"), "longitude, latitude"),
    ] {
        assert_eq!(read_at(&broken, None).unwrap_err().field, field);
    }
}

#[test]
fn a_photo_is_the_picture_beside_it_or_an_address_and_never_both() {
    let beside = PictureBytes {
        sha256: "00".repeat(32),
        bytes: Bytes::from_static(b"\xff\xd8\xff\xe0"),
        media_type: "image/jpeg",
    };
    let plain = r#"{"kind":"photo","record_id":"R-1","role":"entry"}"#;
    let Report::Photo(photo) = read_at(plain, Some(&beside)).unwrap() else { panic!("no photo") };
    assert!(matches!(photo.picture, Picture::Bytes { bytes: 4, .. }));
    assert_eq!(read_at(plain, None).unwrap_err().received, "neither");
    assert_eq!(read_at(WHOLE[4], Some(&beside)).unwrap_err().received, "both");
}
