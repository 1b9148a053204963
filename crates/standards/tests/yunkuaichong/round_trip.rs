//! What an operator seals, the platform reads as the same.

use crate::yunkuaichong::scene::{LOT, LOT_ID, charge, now, own};
use bowei_model::{ChargingRecord, Heartbeat, LotCode, LotKind, Plate, Report};
use bowei_standards::LotSide;
use bowei_standards::lot_side::{CannotSeal, Outgoing, Sealed};
use bowei_standards::yunkuaichong::Yunkuaichong;
use jiff::Timestamp;
use proptest::option::of;
use proptest::prelude::*;
use rust_decimal::Decimal;

fn seal(report: &Report) -> Result<Sealed, CannotSeal> {
    let outgoing = Outgoing { report, lot_id: LOT_ID, lot_kind: LotKind::OffStreet, picture: None };
    Yunkuaichong.seal(outgoing, own().as_ref(), now())
}

fn record() -> ChargingRecord {
    ChargingRecord {
        lot: LotCode::from(LOT),
        order_no: "320106000000010120260401081530".to_owned(),
        plate: Plate::read("浙BD12345"),
        started_at: Timestamp::from_second(1_775_002_800).unwrap(),
        ended_at: Timestamp::from_second(1_775_005_500).unwrap(),
        energy_kwh: Some(Decimal::new(2_345, 2)),
        electricity_fee: Some(Decimal::new(1_876, 2)),
        service_fee: Some(Decimal::new(938, 2)),
        total_fee: Some(Decimal::new(2_814, 2)),
        station: "S-88 某广场充电站".to_owned(),
        device: "D-01 1号直流桩".to_owned(),
        berth: None,
    }
}

#[test]
fn the_known_record_is_written_to_the_byte() {
    let sealed = seal(&Report::ChargingRecord(record())).unwrap();
    let body = std::str::from_utf8(sealed.request.body()).unwrap();
    assert_eq!(body, crate::yunkuaichong::scene::known("charging record, empty spaceNo").to_string());
    let steps = format!("{:?}", sealed.steps);
    assert!(steps.contains("&key=***") && !steps.contains("k-9d2f"), "{steps}");
}

#[test]
fn what_is_not_known_is_empty() {
    let record = ChargingRecord {
        plate: None,
        energy_kwh: None,
        electricity_fee: None,
        service_fee: None,
        total_fee: None,
        ..record()
    };
    let sealed = seal(&Report::ChargingRecord(record.clone())).unwrap();
    let body = std::str::from_utf8(sealed.request.body()).unwrap();
    let empty = r#""spaceNo":"","power":"","elecMoney":"","seviceMoney":"","totalMoney":"","sign":""#;
    assert!(body.contains(empty) && body.contains(r#""plateNo":"无牌车""#), "{body}");
    assert_eq!(charge(sealed.request), record);
}

#[test]
fn what_cannot_be_written_says_why() {
    let problem = |record| seal(&Report::ChargingRecord(record)).unwrap_err();
    let too_fine = ChargingRecord { total_fee: Some(Decimal::new(28_145, 3)), ..record() };
    assert!(matches!(problem(too_fine), CannotSeal::Unfit { field: "totalMoney", .. }));
    let negative = ChargingRecord { energy_kwh: Some(Decimal::new(-1, 2)), ..record() };
    assert!(matches!(problem(negative), CannotSeal::Unfit { field: "power", .. }));
    let nameless = ChargingRecord { station: " ".to_owned(), ..record() };
    assert_eq!(problem(nameless), CannotSeal::Missing { field: "stationId" });
    let long = ChargingRecord { order_no: "1".repeat(129), ..record() };
    assert!(matches!(problem(long), CannotSeal::Unfit { field: "orderNo", .. }));
    let heartbeat = Report::Heartbeat(Heartbeat { lot: None });
    assert_eq!(seal(&heartbeat).unwrap_err(), CannotSeal::NoMessage { kind: "heartbeat" });
}

fn amount() -> impl Strategy<Value = Option<Decimal>> {
    of((0_i64..99_999_999_999_999).prop_map(|cents| Decimal::new(cents, 2)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_record_comes_back_as_it_was(
        order_no in "[0-9A-Za-z]{1,128}", plate in of("[浙京][A-H][0-9]{5}"),
        started_at in 0_i64..4_000_000_000, ended_at in 0_i64..4_000_000_000,
        station_id in "[0-9A-Z%-]{1,9}", device_id in "[0-9A-Z-]{1,9}", name in "[^\\pC\\s]{1,20}( [^\\pC\\s]{1,20})?",
        berth in of("[A-Z][0-9]{1,4}"), power in amount(), fee in amount(), service in amount(), total in amount(),
    ) {
        let second = |at| Timestamp::from_second(at).unwrap();
        let said = ChargingRecord {
            order_no,
            plate: plate.and_then(|plate| Plate::read(&plate)),
            started_at: second(started_at),
            ended_at: second(ended_at),
            energy_kwh: power,
            electricity_fee: fee,
            service_fee: service,
            total_fee: total,
            station: format!("{} {name}", station_id.replace('%', "%25")),
            device: format!("{device_id} {name}"),
            berth,
            ..record()
        };
        let sealed = seal(&Report::ChargingRecord(said.clone())).unwrap();
        prop_assert_eq!(charge(sealed.request), said);
    }
}
