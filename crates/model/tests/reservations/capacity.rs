//! Places, the queue, changes and cars.

use super::*;
use OrderState as S;
use bowei_model::reservation::Reason;

#[test]
fn a_thousand_at_once_for_the_last_place_are_one_confirmation() {
    let mut desk = Desk::new(1);
    desk.policy.waiting_max = 100;
    for number in 1..=1_000 {
        desk.request("09:00", number, "10:30", number % 5 == 0);
        // What is over at once is not kept in the book.
        let now = t("09:00");
        desk.book.forget(now, &desk.policy);
    }
    let orders = desk.book.orders.values();
    let of = |state| orders.clone().filter(move |order| order.state == state).count();
    assert_eq!((of(S::Held), of(S::Waiting), desk.book.orders.len()), (1, 100, 101));
    assert_eq!(desk.state(1), S::Held);
    assert_eq!(desk.book.place_in_queue(&code(500)), Some(100));
}

#[test]
fn a_lot_s_own_count_bounds_what_is_given() {
    let mut desk = Desk::new(10);
    desk.confirmed("09:00", 1, "10:30");
    let free = |desk: &Desk| desk.book.free(SpaceKind::Ordinary, t("09:10"), &desk.policy);
    assert_eq!(free(&desk), 9);
    // It counted before it took the order, and after.
    desk.apply("09:01", Command::Granted(granted(10, Some((3, t("08:59")))))).unwrap();
    assert_eq!(free(&desk), 2);
    desk.apply("09:01", Command::Granted(granted(10, Some((3, t("09:01")))))).unwrap();
    assert_eq!(free(&desk), 3);
    // What it has not answered it has not counted.
    desk.request("09:02", 2, "10:30", false);
    assert_eq!(free(&desk), 2);
    // What it counted and has let go since is free again, though it has not counted anew.
    desk.cancel("09:03", 1, Party::Driver).unwrap();
    assert_eq!(free(&desk), 3);
    // A car that came still takes its space, and frees it when it goes.
    desk.answer("09:04", 2, LotAnswer::Taken);
    desk.car("10:05", Direction::Entry, 2, "10:05");
    assert_eq!(free(&desk), 3);
    // More than can be reserved never.
    desk.apply("10:06", Command::Granted(granted(2, Some((50, t("10:06")))))).unwrap();
    assert_eq!(free(&desk), 2);
    desk.apply("10:07", Command::Granted(Granted::default())).unwrap();
    assert_eq!(free(&desk), 0);
}

#[test]
fn a_lot_that_grants_less_takes_nothing_back() {
    let mut desk = Desk::new(3);
    (1..=3).for_each(|number| desk.confirmed("09:00", number, "10:30"));
    desk.apply("09:01", Command::Granted(granted(1, None))).unwrap();
    desk.request("09:02", 4, "10:30", true);
    desk.cancel("09:03", 1, Party::Driver).unwrap();
    desk.cancel("09:03", 2, Party::Driver).unwrap();
    assert_eq!((desk.state(3), desk.state(4)), (S::Confirmed, S::Waiting));
    desk.cancel("09:04", 3, Party::Driver).unwrap();
    assert_eq!(desk.state(4), S::Offered);
}

#[test]
fn a_change_keeps_the_place_until_the_lot_agrees() {
    let mut desk = Desk::new(1);
    desk.confirmed("09:00", 1, "10:30");
    let applied = desk.change("09:01", 1, "10:45").unwrap();
    assert_eq!(calls(&applied), [(code(1), CallKind::Change)]);
    let directive = desk.order(1).reservation(CallKind::Change);
    assert_eq!((directive.arrives_at, directive.expires_at), (t("10:45"), t("11:15")));
    assert!(directive.changes && directive.only_if_free && directive.kept_minutes == 30);
    assert_eq!(desk.change("09:01", 1, "10:50"), Err(Declined::Asking));
    assert_eq!(desk.order(1).enter_at, t("10:30"));
    let applied = desk.answer("09:02", 1, LotAnswer::NoSpace);
    assert_eq!(notices(&applied), [(code(1), Event::ChangeRefused)]);
    assert_eq!((desk.state(1), desk.order(1).enter_at), (S::Confirmed, t("10:30")));
    desk.change("09:03", 1, "10:50").unwrap();
    let applied = desk.answer("09:03", 1, LotAnswer::Taken);
    assert_eq!(notices(&applied), [(code(1), Event::Changed)]);
    assert_eq!((desk.order(1).enter_at, desk.order(1).expires_at), (t("10:50"), t("11:20")));
    let stale = desk.answer_attempt("09:04", 1, CallKind::Change, 2, LotAnswer::NoSpace);
    assert!(stale.effects.is_empty() && stale.changed.is_empty());
}

#[test]
fn a_change_that_the_lot_never_answers_is_undone_there_too() {
    let mut desk = Desk::new(1);
    desk.confirmed("09:00", 1, "10:30");
    desk.change("09:01", 1, "10:45").unwrap();
    let applied = desk.tick("09:11");
    assert_eq!(notices(&applied), [(code(1), Event::ChangeRefused)]);
    assert!(calls(&applied).contains(&(code(1), CallKind::Change)));
    assert_eq!(desk.order(1).reservation(CallKind::Change).arrives_at, t("10:30"));
    desk.answer("09:11", 1, LotAnswer::Taken);
    assert_eq!((desk.order(1).enter_at, desk.order(1).call.clone()), (t("10:30"), None));
}

#[test]
fn a_change_of_kind_takes_a_place_of_each_meanwhile() {
    let mut desk = Desk::new(1);
    desk.book.granted.by_space.insert(SpaceKind::Charging, Grant { reservable: 1, unused: None });
    desk.confirmed("09:00", 1, "10:30");
    desk.request("09:01", 2, "10:30", true);
    let version = desk.order(1).version;
    let space = Some(SpaceKind::Charging);
    let charge = |version| Command::Change { code: code(1), enter_at: None, space, version };
    desk.apply("09:02", charge(version)).unwrap();
    assert_eq!(desk.book.free(SpaceKind::Charging, t("09:02"), &desk.policy), 0);
    assert_eq!(desk.state(2), S::Waiting);
    desk.answer("09:03", 1, LotAnswer::Taken);
    assert_eq!((desk.order(1).space, desk.state(2)), (SpaceKind::Charging, S::Offered));
    let taken = NewOrder { space: SpaceKind::Charging, ..new(3, t("10:30"), false) };
    desk.apply("09:04", Command::Request(taken)).unwrap();
    assert_eq!(desk.state(3), S::Refused);
    desk.answer("09:04", 2, LotAnswer::Taken);
    let version = desk.order(2).version;
    let change = Command::Change { code: code(2), enter_at: None, space, version };
    assert_eq!(desk.apply("09:05", change), Err(Declined::NoSpace));
}

#[test]
fn who_changes_the_kind_that_he_waits_for_goes_to_the_end_of_that_queue() {
    let mut desk = Desk::new(0);
    desk.book.granted.by_space.insert(SpaceKind::Charging, Grant::default());
    desk.request("09:00", 1, "10:30", true);
    let waits = NewOrder { space: SpaceKind::Charging, ..new(2, t("10:30"), true) };
    desk.apply("09:01", Command::Request(waits)).unwrap();
    let change = |enter_at: Option<&str>, space, version| Command::Change {
        code: code(1),
        enter_at: enter_at.map(t),
        space,
        version,
    };
    let version = desk.order(1).version;
    desk.apply("09:02", change(Some("10:45"), None, version)).unwrap();
    assert_eq!(desk.book.place_in_queue(&code(1)), Some(1));
    let version = desk.order(1).version;
    desk.apply("09:03", change(None, Some(SpaceKind::Charging), version)).unwrap();
    assert_eq!(desk.book.place_in_queue(&code(1)), Some(2));
    let version = desk.order(1).version;
    assert_eq!(desk.apply("09:04", change(Some("09:10"), None, version)), Err(Declined::TooNear));
}

#[test]
fn who_waits_sees_his_place_and_when_his_turn_comes() {
    let mut desk = Desk::new(2);
    desk.confirmed("09:00", 1, "09:30");
    desk.confirmed("09:00", 2, "10:00");
    (3..=5).for_each(|number| _ = desk.request("09:01", number, "10:45", true));
    let estimates = [3, 4, 5].map(|number| desk.book.estimate(&code(number), &desk.policy).unwrap());
    assert_eq!(estimates.map(|estimate| estimate.place), [1, 2, 3]);
    assert_eq!(estimates.map(|estimate| estimate.turn_by), [Some(t("10:00")), Some(t("10:30")), None]);
    assert_eq!(estimates[0].closes_at, t("10:35"));
    assert_eq!(desk.book.estimate(&code(1), &desk.policy), None);
    desk.cancel("09:02", 3, Party::Driver).unwrap();
    assert_eq!(desk.book.place_in_queue(&code(4)), Some(1));
}

#[test]
fn a_forecast_tells_of_the_turn_of_who_waits_for_the_lot_and_of_nobody_else() {
    // The book has places, and the lot has said that it has none.
    let mut desk = Desk::new(2);
    desk.request("09:00", 1, "10:45", true);
    desk.answer("09:00", 1, LotAnswer::NoSpace);
    let estimate = desk.book.estimate(&code(1), &desk.policy).unwrap();
    assert_eq!((estimate.waits_for_lot, estimate.turn_by), (true, None), "nobody can tell");
    assert_eq!(estimate.with_forecast(t("09:45")).turn_by, Some(t("09:45")));
    assert_eq!(estimate.with_forecast(t("10:35")).turn_by, None, "the waitlist is closed by then");
    // All places of the book are held: free spaces elsewhere in the lot are of no use.
    let mut desk = Desk::new(1);
    desk.confirmed("09:00", 1, "09:30");
    desk.request("09:01", 2, "10:45", true);
    let estimate = desk.book.estimate(&code(2), &desk.policy).unwrap();
    assert_eq!((estimate.waits_for_lot, estimate.turn_by), (false, Some(t("10:00"))));
    assert_eq!(estimate.with_forecast(t("09:20")), estimate);
}

#[test]
fn a_lot_that_cannot_be_reached_knows_nothing() {
    let mut desk = Desk::new(1);
    desk.request("09:00", 1, "10:30", true);
    desk.answer("09:00", 1, LotAnswer::NotReachable);
    assert_eq!((desk.state(1), desk.order(1).call.as_ref().unwrap().next_at), (S::Held, t("09:00:05")));
    // Twice as long each time, up to a minute.
    let mut at = t("09:00");
    for wait in [5, 10, 20, 40, 60, 60] {
        assert_eq!(desk.order(1).call.as_ref().unwrap().next_at.duration_since(at).as_secs(), wait);
        at = desk.order(1).call.as_ref().unwrap().next_at;
        desk.book.apply(Command::Tick, at, &desk.policy).unwrap();
        let call = desk.order(1).call.clone().unwrap();
        let (what, attempt) = (call.what, call.attempt);
        let answer = Command::Answer { code: code(1), what, attempt, reading: LotAnswer::NotReachable };
        desk.book.apply(answer, at, &desk.policy).unwrap();
    }
    let applied = desk.tick("09:10");
    assert_eq!((desk.state(1), calls(&applied)), (S::Expired, vec![]));
    assert_eq!(desk.order(1).steps.last().unwrap().reason, Reason::LotSilent);
}

#[test]
fn cars_are_matched_by_the_order_named_or_by_plate_in_the_window() {
    let matched = |received: &str, passage: CarPassage| {
        let mut desk = Desk::new(2);
        desk.confirmed("08:30", 1, "10:00");
        desk.confirmed("08:30", 2, "10:00");
        desk.apply(received, Command::Passage(passage)).unwrap();
        (desk.state(1), desk.state(2))
    };
    let both = (S::Confirmed, S::Confirmed);
    let first = (S::Entered, S::Confirmed);
    for (at, is_matched) in
        [("09:29:59", false), ("09:30", true), ("10:00", true), ("10:29", true), ("10:30", true)]
    {
        // Heard of later, it is as it was.
        for received in [at, "10:29:59"] {
            let received = if received < at { at } else { received };
            let expected = if is_matched { first } else { both };
            let is = matched(received, car(Direction::Entry, 1, at));
            let is = if is == (S::Entered, S::NoShow) { first } else { is };
            assert_eq!(is, expected, "{at} {received}");
        }
    }
    let named = |number, plate| CarPassage {
        plate,
        reservation_code: Some(code(number)),
        ..car(Direction::Entry, 1, "10:00")
    };
    assert_eq!(matched("10:00", named(1, Some(plate(1)))), first);
    assert_eq!(matched("10:00", named(1, None)), first, "a plate that was not read, and the order named");
    assert_eq!(matched("10:00", named(1, Some(plate(7)))), both, "another car under the order's name");
    assert_eq!(
        matched("10:00", named(2, Some(plate(1)))),
        first,
        "the wrong order named for a car that has one"
    );
    assert_eq!(matched("10:00", named(9, Some(plate(1)))), first, "an order of which nobody knows");
    assert_eq!(matched("10:00", car(Direction::Entry, 7, "10:00")), both);
}

#[test]
fn a_car_that_comes_too_late_has_not_come() {
    let mut desk = Desk::new(1);
    desk.confirmed("09:00", 1, "10:00");
    desk.car("10:31", Direction::Entry, 1, "10:31");
    assert_eq!(desk.state(1), S::NoShow);
    desk.car("10:32", Direction::Entry, 1, "10:30:01");
    assert_eq!(desk.state(1), S::NoShow);
}

#[test]
fn a_car_that_came_too_early_is_no_no_show() {
    let mut desk = Desk::new(1);
    desk.confirmed("08:30", 1, "10:00");
    desk.car("09:10", Direction::Entry, 1, "09:10");
    assert_eq!(desk.state(1), S::Confirmed, "refused at the gate or let in as any other");
    let applied = desk.tick("10:30");
    assert_eq!(desk.state(1), S::Expired);
    assert!(!applied.effects.contains(&Effect::NoShowSuspected { code: code(1) }));

    // It went, and did not come again.
    let mut desk = Desk::new(1);
    desk.confirmed("08:30", 1, "10:00");
    desk.car("09:10", Direction::Entry, 1, "09:10");
    desk.car("09:20", Direction::Exit, 1, "09:20");
    desk.tick("10:30");
    assert_eq!(desk.state(1), S::NoShow);
}

#[test]
fn a_car_that_waits_and_comes_all_the_same_waits_no_longer() {
    let mut desk = Desk::new(1);
    desk.confirmed("09:00", 1, "10:00");
    desk.request("09:01", 2, "10:00", true);
    let applied = desk.car("09:40", Direction::Entry, 2, "09:40");
    assert_eq!((desk.state(2), notices(&applied)), (S::Cancelled, vec![(code(2), Event::Cancelled)]));
    assert_eq!(desk.order(2).steps.last().unwrap().reason, Reason::EnteredMeanwhile);
    // Whatever else it came under.
    let twice = NewOrder { plate: plate(1), ..new(3, t("10:15"), true) };
    desk.apply("09:41", Command::Request(twice)).unwrap();
    desk.car("09:50", Direction::Entry, 1, "09:50");
    assert_eq!((desk.state(1), desk.state(3)), (S::Entered, S::Cancelled));
}

#[test]
fn exits_find_their_order() {
    let inside = || {
        let mut desk = Desk::new(1);
        desk.confirmed("09:00", 1, "10:00");
        desk.car("10:00", Direction::Entry, 1, "10:00");
        desk
    };
    let exit = car(Direction::Exit, 1, "11:00");
    let other_record = CarPassage { record_id: "R9".into(), ..exit.clone() };
    let plate_unread = CarPassage { plate: None, ..exit.clone() };
    let named = CarPassage { reservation_code: Some(code(1)), ..other_record.clone() };
    for passage in [exit, other_record, plate_unread, named] {
        let mut desk = inside();
        let applied = desk.apply("11:00", Command::Passage(passage.clone())).unwrap();
        assert_eq!(desk.state(1), S::Left, "{passage:?}");
        assert!(applied.effects.contains(&Effect::Ended { code: code(1) }));
        assert_eq!(desk.order(1).left_at, Some(t("11:00")));
        desk.apply("11:01", Command::Passage(passage)).unwrap();
    }
    let mut desk = inside();
    let strange =
        CarPassage { plate: Some(plate(3)), record_id: "R9".into(), ..car(Direction::Exit, 1, "11:00") };
    desk.apply("11:00", Command::Passage(strange)).unwrap();
    assert_eq!(desk.state(1), S::Entered);
    desk.tick("23:00");
    assert_eq!(desk.state(1), S::Entered, "a long stay is a stay");
}

#[test]
fn what_is_over_leaves_the_book_when_nothing_more_can_come_of_it() {
    let mut desk = Desk::new(2);
    desk.confirmed("09:00", 1, "10:00");
    desk.confirmed("09:00", 2, "10:00");
    desk.cancel("09:10", 1, Party::Driver).unwrap();
    let forgotten = |desk: &mut Desk, hours: i64| {
        let at = t("10:31") + SignedDuration::from_hours(hours);
        desk.book.apply(Command::Tick, at, &desk.policy).unwrap();
        let orders = desk.book.forget(at, &desk.policy);
        orders.into_iter().map(|order| order.code).collect::<Vec<_>>()
    };
    desk.answer("09:10", 1, LotAnswer::Taken);
    assert!(desk.book.forget(t("09:11"), &desk.policy).is_empty(), "a late yes may come");
    assert_eq!(forgotten(&mut desk, 0), [code(1)]);
    assert_eq!(desk.state(2), S::NoShow);
    assert!(forgotten(&mut desk, 47).is_empty(), "its entry may turn up");
    assert_eq!(forgotten(&mut desk, 49), [code(2)]);
}

#[test]
fn a_book_is_read_as_it_was_written() {
    let mut desk = Desk::new(1);
    desk.confirmed("09:00", 1, "10:00");
    desk.change("09:01", 1, "10:10").unwrap();
    desk.request("09:02", 2, "10:00", true);
    desk.apply("09:03", Command::Suspend { plate: plate(2), until: Some(t("12:00")) }).unwrap();
    let mut refused = NewOrder { wait: true, ..new(3, t("10:00"), true) };
    refused.limit = Some(bowei_model::reservation::Limit::Suspended { until: t("12:00") });
    desk.apply("09:04", Command::Request(refused)).unwrap();
    desk.answer("09:05", 1, LotAnswer::Refused { code: 5005, why: "不支持变更".to_owned() });
    let json = serde_json::to_string(&desk.book).unwrap();
    assert_eq!(serde_json::from_str::<Book>(&json).unwrap(), desk.book);
    assert!(serde_json::from_str::<OrderCode>("\"ABC\"").is_err());
    assert_eq!(OrderCode::of_digest(&[0xab; 32]).as_str(), "ab".repeat(16));
}
