//! A plate's record.

use super::*;
use bowei_model::reservation::{AppealDecision, AppealRefused, Limit, PlateRecord};

fn on(day: u32, clock: &str) -> Timestamp {
    format!("2026-11-{day:02}T{clock}:00+08:00").parse().unwrap()
}

fn decision(is_sustained: bool) -> AppealDecision {
    let reason = "核对出入场记录".to_owned();
    AppealDecision { at: on(25, "10:00"), by: "zhang".to_owned(), is_sustained, reason }
}

#[test]
fn a_plate_has_two_orders_a_day_by_the_city_s_clock() {
    let (policy, mut record) = (Policy::default(), PlateRecord::default());
    record.booked(code(1), on(20, "00:05"));
    record.booked(code(2), on(20, "23:50"));
    record.booked(code(2), on(20, "23:50"));
    assert_eq!(record.may_book(on(20, "23:55"), &policy), Err(Limit::PerDay));
    // In UTC it is the same day still.
    assert_eq!(record.may_book(on(21, "00:00"), &policy), Ok(()));
    record.unbooked(&code(2));
    assert_eq!(record.may_book(on(20, "23:55"), &policy), Ok(()), "the lot never took it");
}

#[test]
fn late_cancellations_count_by_the_day_and_by_the_month() {
    let (policy, mut record) = (Policy::default(), PlateRecord::default());
    (1..=3).for_each(|number| record.late_cancelled(code(number), on(20, "10:00")));
    record.late_cancelled(code(3), on(20, "10:01"));
    assert_eq!(record.may_book(on(20, "12:00"), &policy), Err(Limit::LateCancelsOfDay));
    assert_eq!(record.may_book(on(21, "12:00"), &policy), Ok(()));
    (4..=5).for_each(|number| record.late_cancelled(code(number), on(22, "10:00")));
    assert_eq!(record.may_book(on(30, "23:59"), &policy), Err(Limit::LateCancelsOfMonth));
    let december = "2026-12-01T00:00:00+08:00".parse().unwrap();
    assert_eq!(record.may_book(december, &policy), Ok(()));
    let lenient = Policy { late_cancels_per_month: 0, ..policy };
    assert_eq!(record.may_book(on(30, "23:59"), &lenient), Ok(()));
}

#[test]
fn three_no_shows_suspend_for_the_rest_of_the_month_and_end_by_themselves() {
    let (policy, mut record) = (Policy::default(), PlateRecord::default());
    for (number, day) in [(1, 3), (2, 10), (3, 20)] {
        assert_eq!(record.suspension(on(day, "12:00"), &policy), None);
        record.no_show(code(number), on(day, "10:00"), on(day, "23:59"));
        record.no_show(code(number), on(day, "10:00"), on(day, "23:59"));
    }
    assert_eq!(record.suspension(on(20, "12:00"), &policy), None, "not before it was proven");
    let suspension = record.suspension(on(21, "00:00"), &policy).unwrap();
    let december: Timestamp = "2026-12-01T00:00:00+08:00".parse().unwrap();
    assert_eq!((suspension.since, suspension.until), (on(20, "23:59"), december));
    assert_eq!(suspension.orders, [code(1), code(2), code(3)]);
    assert_eq!(record.may_book(on(25, "10:00"), &policy), Err(Limit::Suspended { until: december }));
    assert_eq!(record.may_book(december, &policy), Ok(()));

    // What came in later takes one back, for good.
    assert!(record.revoke(&code(2)) && !record.revoke(&code(2)));
    record.no_show(code(2), on(10, "10:00"), on(25, "23:59"));
    assert_eq!(record.suspension(on(26, "10:00"), &policy), None);
}

#[test]
fn the_year_s_last_month_ends_too() {
    let (policy, mut record) = (Policy::default(), PlateRecord::default());
    let at: Timestamp = "2026-12-31T22:00:00+08:00".parse().unwrap();
    (1..=3).for_each(|number| record.no_show(code(number), at, at));
    let until = record.suspension(at, &policy).unwrap().until;
    assert_eq!(until, "2027-01-01T00:00:00+08:00".parse::<Timestamp>().unwrap());
    assert_eq!(record.suspension(until, &policy), None);
}

#[test]
fn an_appeal_that_is_sustained_takes_the_mark_back() {
    let (policy, mut record) = (Policy::default(), PlateRecord::default());
    (1..=3).for_each(|number| record.no_show(code(number), on(20, "10:00"), on(20, "23:59")));
    assert_eq!(record.appeal(code(9), "我来了", on(21, "10:00")), Err(AppealRefused::NoMark));
    assert_eq!(record.appeal(code(1), "  ", on(21, "10:00")), Err(AppealRefused::Text));
    assert_eq!(record.appeal(code(1), &"来".repeat(1_001), on(21, "10:00")), Err(AppealRefused::Text));
    record.appeal(code(1), "我来了，道闸没有识别", on(21, "10:00")).unwrap();
    assert_eq!(record.appeal(code(1), "又来了", on(21, "10:00")), Err(AppealRefused::AlreadyMade));
    assert_eq!(record.decide(&code(2), decision(true)), Err(AppealRefused::NoAppeal));
    record.appeal(code(2), "我也来了", on(21, "10:00")).unwrap();
    record.decide(&code(2), decision(false)).unwrap();
    assert!(record.suspension(on(25, "10:00"), &policy).is_some());
    record.decide(&code(1), decision(true)).unwrap();
    assert_eq!(record.decide(&code(1), decision(false)), Err(AppealRefused::AlreadyMade));
    assert_eq!(record.suspension(on(25, "10:00"), &policy), None);
}

#[test]
fn the_office_ends_a_suspension_and_it_takes_as_many_again() {
    let (policy, mut record) = (Policy::default(), PlateRecord::default());
    (1..=3).for_each(|number| record.no_show(code(number), on(5, "10:00"), on(5, "23:59")));
    assert!(record.lift(on(6, "10:00"), &policy) && !record.lift(on(6, "10:01"), &policy));
    (4..=5).for_each(|number| record.no_show(code(number), on(7, "10:00"), on(7, "23:59")));
    assert_eq!(record.suspension(on(8, "10:00"), &policy), None);
    record.no_show(code(6), on(8, "10:00"), on(8, "23:59"));
    assert!(record.suspension(on(9, "10:00"), &policy).is_some());
}

#[test]
fn a_plate_waits_once() {
    let (policy, mut record) = (Policy::default(), PlateRecord::default());
    record.waits(code(1));
    assert_eq!(record.may_wait(&policy), Err(Limit::Waits));
    record.waits_no_longer(&code(1));
    assert_eq!(record.may_wait(&policy), Ok(()));
}

#[test]
fn what_counts_no_more_is_forgotten() {
    let mut record = PlateRecord::default();
    record.booked(code(1), on(1, "10:00"));
    record.no_show(code(1), on(1, "10:30"), on(1, "23:59"));
    record.appeal(code(1), "我来了", on(2, "10:00")).unwrap();
    let later: Timestamp = "2027-02-01T00:00:00+08:00".parse().unwrap();
    assert!(!record.forget(on(30, "10:00")));
    assert_eq!((record.orders.len(), record.no_shows.len()), (1, 1));
    assert!(!record.forget(later), "an appeal is not forgotten before it is decided");
    record.decide(&code(1), decision(false)).unwrap();
    assert!(record.forget(later));
    let json = serde_json::to_string(&record).unwrap();
    assert_eq!(serde_json::from_str::<PlateRecord>(&json).unwrap(), record);
}
