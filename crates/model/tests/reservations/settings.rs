//! The city's rules as they are written.

use super::*;

#[test]
fn what_is_not_set_is_as_cities_publish_it() {
    let policy: Policy = toml::from_str("").unwrap();
    assert_eq!(policy, Policy::default());
    policy.check().unwrap();
    let written = toml::to_string(&policy).unwrap();
    assert_eq!(toml::from_str::<Policy>(&written).unwrap(), policy);
    let published = [
        policy.advance_minutes,
        policy.early_minutes,
        policy.keep_minutes,
        policy.orders_per_day,
        policy.free_cancel_minutes,
        policy.late_cancels_per_day,
        policy.late_cancels_per_month,
        policy.no_shows_per_month,
        policy.waiting_per_plate,
        policy.waitlist_closes_minutes,
        policy.answer_seconds,
    ];
    assert_eq!(published, [120, 30, 30, 2, 30, 3, 5, 3, 1, 10, 5]);
}

#[test]
fn a_setting_that_nobody_knows_or_that_makes_no_sense_is_refused() {
    let unknown = toml::from_str::<Policy>("keep_minute = 30").unwrap_err().to_string();
    assert!(unknown.contains("keep_minute"), "{unknown}");
    for wrong in
        ["keep_minutes = 0", "advance_minutes = 99999", "retry_max_seconds = 1", "waiting_max = 1000"]
    {
        let policy: Policy = toml::from_str(wrong).unwrap();
        let fault = policy.check().unwrap_err();
        assert!(fault.to_string().contains(fault.field) && wrong.starts_with(fault.field), "{fault}");
    }
}

#[test]
fn a_city_s_own_rules_hold() {
    let rules = "advance_minutes = 120\ncharging_advance_minutes = 60\nearly_minutes = 0\nkeep_minutes = 15";
    let mut desk = Desk::new(1);
    desk.book.granted.by_space.insert(SpaceKind::Charging, Grant { reservable: 1, unused: None });
    desk.policy = toml::from_str(rules).unwrap();
    let charging = |enter_at| NewOrder { space: SpaceKind::Charging, ..new(1, t(enter_at), false) };
    let latest = t("10:00");
    assert_eq!(
        desk.apply("09:00", Command::Request(charging("10:01"))),
        Err(Declined::TooFarAhead { latest })
    );
    desk.apply("09:00", Command::Request(charging("10:00"))).unwrap();
    desk.request("09:00", 2, "11:00", false);
    let latest = t("11:00");
    let late = Command::Request(new(3, t("11:01"), false));
    assert_eq!(desk.apply("09:00", late), Err(Declined::TooFarAhead { latest }));
    assert_eq!((desk.order(1).window_from(), desk.order(1).expires_at), (t("10:00"), t("10:15")));
}

#[test]
fn every_rule_is_in_the_documentation_with_its_default() {
    let document = include_str!("../../../../docs/reservations/rules.md");
    let serde_json::Value::Object(rules) = serde_json::to_value(Policy::default()).unwrap() else { panic!() };
    assert!(
        document.contains("| `charging_advance_minutes` |  | ")
            || document.contains("| `charging_advance_minutes` | | ")
    );
    for (rule, default) in rules {
        assert!(document.contains(&format!("| `{rule}` | {default} | ")), "{rule} {default}");
    }
}
