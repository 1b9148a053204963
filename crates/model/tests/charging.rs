//! What is doubtful about one charge: its fees and its energy.

use bowei_model::{ChargingRecord, FindingKind, LotCode};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

fn charge(minutes: i64, energy: Option<&str>, fees: [Option<&str>; 3]) -> ChargingRecord {
    let amount = |text: Option<&str>| text.map(|text| text.parse::<Decimal>().unwrap());
    let started_at = Timestamp::from_second(1_775_002_500).unwrap();
    let [electricity_fee, service_fee, total_fee] = fees.map(amount);
    ChargingRecord {
        lot: LotCode::from("L1"),
        order_no: "O1".to_owned(),
        plate: None,
        started_at,
        ended_at: started_at + SignedDuration::from_mins(minutes),
        energy_kwh: amount(energy),
        electricity_fee,
        service_fee,
        total_fee,
        station: "S1 站".to_owned(),
        device: "D1 桩".to_owned(),
        berth: None,
    }
}

fn kinds(record: &ChargingRecord) -> Vec<FindingKind> {
    record.doubts().into_iter().map(|doubt| doubt.kind).collect()
}

#[test]
fn fees_add_up_to_the_cent_and_what_is_not_said_is_not_missed() {
    for (fees, fits) in [
        ([Some("20.00"), Some("10.00"), Some("30.00")], true),
        ([Some("20.00"), Some("10.00"), Some("30.01")], true),
        ([Some("20.00"), Some("10.00"), Some("29.99")], true),
        ([Some("20.00"), Some("10.00"), Some("30.02")], false),
        ([Some("20.00"), Some("10.00"), Some("13.00")], false),
        ([Some("20"), None, Some("30")], true),
        ([None, Some("30.02"), Some("30")], false),
        ([Some("20"), Some("10"), None], true),
        ([None, None, Some("30")], true),
        ([Some("0"), Some("0"), Some("5")], false),
    ] {
        let found = kinds(&charge(60, None, fees));
        assert_eq!(found.is_empty(), fits, "{fees:?}: {found:?}");
    }
    let record = charge(60, None, [Some("20.00"), Some("10.00"), Some("13.00")]);
    let [doubt] = record.doubts().try_into().unwrap();
    assert_eq!(doubt.kind, FindingKind::ChargingFeeMismatch);
    assert_eq!(doubt.in_chinese(), "电费 20.00 元 与服务费 10.00 元 之和应等于总费用，收到总费用 13.00 元");
}

#[test]
fn energy_is_no_more_than_a_charger_gives() {
    let none = [None; 3];
    for (minutes, energy, plausible) in [
        (170, "30.00", true),
        // 600 kW for an hour, and for the minute that may be cut off.
        (60, "610.00", true),
        (60, "610.01", false),
        (50, "9999.00", false),
        (0, "10.00", true),
        (0, "10.01", false),
        (60, "79228162514264337593543950335", false),
        // Doubted for its times, and for nothing that follows from them.
        (-5, "9999.00", true),
    ] {
        let found = kinds(&charge(minutes, Some(energy), none));
        let expected: &[_] = if plausible { &[] } else { &[FindingKind::ChargingEnergyImplausible] };
        assert_eq!(found, expected, "{energy} kWh in {minutes} min");
    }
}
