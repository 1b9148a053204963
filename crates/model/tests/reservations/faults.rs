//! Faults that other systems are known for, each as a test that it is not one here.

use super::*;
use OrderState as S;
use bowei_model::reservation::{Limit, Reason};

#[test]
fn cancelling_and_promoting_are_one_turn() {
    let mut desk = Desk::new(1);
    desk.confirmed("09:00", 1, "10:30");
    desk.request("09:01", 2, "10:30", true);
    let applied = desk.cancel("09:02", 1, Party::Driver).unwrap();
    assert_eq!((desk.state(1), desk.state(2)), (S::Cancelled, S::Offered));
    assert_eq!(calls(&applied), [(code(1), CallKind::Cancel), (code(2), CallKind::Reserve)]);
    assert_eq!(applied.changed, [code(1), code(2)].into());
}

/// Nobody sees that he is passed over for what a plate has behind it: it has its turn, and is refused in it.
#[test]
fn an_ineligible_head_does_not_stop_the_queue() {
    let suspended = |desk: &mut Desk| {
        let version = desk.order(2).version;
        desk.apply("09:03", Command::Suspend { plate: plate(2), until: Some(t("09:30")) }).unwrap();
        assert_eq!(desk.order(2).version, version, "nobody sees that it is suspended");
        Limit::Suspended { until: t("09:30") }
    };
    let elsewhere = |desk: &mut Desk| {
        let limit = NewOrder { wait_limit: Some(Limit::Waits), ..new(2, t("10:30"), true) };
        desk.apply("09:01", Command::Request(limit)).unwrap();
        Limit::Waits
    };
    for is_elsewhere in [false, true] {
        let mut desk = Desk::new(1);
        desk.confirmed("09:00", 1, "10:30");
        let why = if is_elsewhere {
            elsewhere(&mut desk)
        } else {
            desk.request("09:01", 2, "10:30", true);
            suspended(&mut desk)
        };
        desk.request("09:04", 3, "10:30", true);
        let applied = desk.cancel("09:05", 1, Party::Driver).unwrap();
        assert_eq!(calls(&applied), [(code(1), CallKind::Cancel), (code(2), CallKind::Reserve)]);
        assert_eq!((desk.state(2), desk.state(3)), (S::Offered, S::Waiting));
        assert!(desk.order(2).call.as_ref().unwrap().is_pretended);
        // Whatever is said to it, the place goes to the next one with that.
        let applied = desk.answer("09:05:01", 2, LotAnswer::Taken);
        assert_eq!((desk.state(2), desk.state(3)), (S::Refused, S::Offered));
        assert_eq!(desk.order(2).steps.last().unwrap().reason, Reason::Limited { why });
        assert_eq!(notices(&applied), [(code(2), Event::Refused)]);
    }
}

#[test]
fn a_suspension_that_has_ended_keeps_nobody_from_his_turn() {
    let mut desk = Desk::new(1);
    desk.confirmed("09:00", 1, "10:30");
    desk.request("09:01", 2, "10:30", true);
    desk.apply("09:03", Command::Suspend { plate: plate(2), until: Some(t("09:30")) }).unwrap();
    assert_eq!(desk.book.next_due(&desk.policy), Some(t("09:30")));
    desk.cancel("09:30", 1, Party::Driver).unwrap();
    assert_eq!((desk.state(2), &desk.order(2).barred), (S::Offered, &None));
}

/// The office raises what the lot grants just as a cancellation frees a place: two places are two places.
#[test]
fn manual_and_automatic_promotion_together_do_not_oversell() {
    let mut desk = Desk::new(1);
    desk.confirmed("09:00", 1, "10:30");
    (2..=5).for_each(|number| _ = desk.request("09:01", number, "10:30", true));
    desk.cancel("09:02", 1, Party::Office).unwrap();
    desk.apply("09:02", Command::Granted(granted(2, None))).unwrap();
    desk.apply("09:02", Command::Granted(granted(2, None))).unwrap();
    desk.tick("09:02");
    let held = (2..=5).filter(|number| desk.state(*number).holds_place()).count();
    assert_eq!(held, 2);
    assert_eq!((desk.state(2), desk.state(3)), (S::Offered, S::Offered));
}

#[test]
fn a_late_yes_does_not_revive_a_cancelled_order() {
    let mut desk = Desk::new(1);
    desk.request("09:00", 1, "10:30", false);
    desk.answer("09:00:05", 1, LotAnswer::Silent);
    desk.cancel("09:00:07", 1, Party::Driver).unwrap();
    // The lot has not heard of it when it is asked to let it go, and takes what was on its way.
    desk.answer("09:00:08", 1, LotAnswer::Refused { code: 1104, why: "预约订单不存在".to_owned() });
    assert_eq!(desk.order(1).call, None);
    let applied = desk.answer_attempt("09:00:30", 1, CallKind::Reserve, 1, LotAnswer::Taken);
    assert_eq!(desk.state(1), S::Cancelled);
    assert_eq!(calls(&applied), [(code(1), CallKind::Cancel)]);
    assert!(notices(&applied).is_empty());
    // And once more while it is being told.
    let applied = desk.answer_attempt("09:00:31", 1, CallKind::Reserve, 1, LotAnswer::Taken);
    assert_eq!((desk.state(1), calls(&applied).len()), (S::Cancelled, 1));
}

#[test]
fn a_late_yes_does_not_revive_an_expired_or_a_refused_order() {
    let mut desk = Desk::new(1);
    desk.request("09:00", 1, "10:30", false);
    let applied = desk.tick("09:10");
    assert_eq!((desk.state(1), notices(&applied)), (S::Expired, vec![(code(1), Event::Expired)]));
    assert_eq!(calls(&applied), [(code(1), CallKind::Cancel)], "the lot may have taken it");
    desk.answer("09:10", 1, LotAnswer::Taken);
    let applied = desk.answer_attempt("09:11", 1, CallKind::Reserve, 1, LotAnswer::Taken);
    assert_eq!((desk.state(1), calls(&applied).len()), (S::Expired, 1));
    desk.answer("09:11", 1, LotAnswer::Taken);

    desk.request("09:20", 2, "10:30", false);
    desk.answer("09:20", 2, LotAnswer::NoSpace);
    let applied = desk.answer_attempt("09:21", 2, CallKind::Reserve, 1, LotAnswer::Taken);
    assert_eq!((desk.state(2), calls(&applied)), (S::Refused, vec![(code(2), CallKind::Cancel)]));
}

/// A change that was given up at the end of its hold, and that the lot makes all the same.
#[test]
fn a_late_yes_does_not_revive_a_change() {
    let mut desk = Desk::new(1);
    desk.confirmed("09:00", 1, "10:30");
    desk.change("09:01", 1, "10:45").unwrap();
    desk.tick("09:11");
    desk.answer("09:11", 1, LotAnswer::Taken);
    let applied = desk.answer_attempt("09:12", 1, CallKind::Change, 2, LotAnswer::Taken);
    assert_eq!((desk.order(1).enter_at, calls(&applied)), (t("10:30"), vec![(code(1), CallKind::Change)]));
    assert_eq!(desk.order(1).reservation(CallKind::Change).arrives_at, t("10:30"));
    // Of one that was called off since, the lot keeps nothing.
    desk.cancel("09:13", 1, Party::Driver).unwrap();
    desk.answer("09:13", 1, LotAnswer::Taken);
    let applied = desk.answer_attempt("09:14", 1, CallKind::Change, 2, LotAnswer::Taken);
    assert_eq!((desk.state(1), calls(&applied)), (S::Cancelled, vec![(code(1), CallKind::Cancel)]));
}

#[test]
fn a_redeemed_offer_does_not_come_back() {
    let mut desk = Desk::new(1);
    desk.confirmed("09:00", 1, "10:30");
    desk.request("09:01", 2, "10:30", true);
    desk.request("09:02", 3, "10:30", true);
    desk.cancel("09:03", 1, Party::Driver).unwrap();
    let applied = desk.answer("09:03", 2, LotAnswer::Taken);
    assert_eq!(notices(&applied), [(code(2), Event::Promoted)]);
    desk.cancel("09:04", 2, Party::Driver).unwrap();
    assert_eq!((desk.state(2), desk.state(3)), (S::Cancelled, S::Offered));
    desk.answer("09:04", 3, LotAnswer::Taken);
    for at in ["09:05", "09:30", "10:10"] {
        desk.apply(at, Command::Granted(granted(3, None))).unwrap();
        assert_eq!(desk.state(2), S::Cancelled);
    }
}

#[test]
fn nobody_is_promoted_after_the_waitlist_has_closed() {
    let mut desk = Desk::new(1);
    desk.confirmed("09:00", 1, "10:30");
    desk.request("09:01", 2, "10:30", true);
    assert_eq!(desk.book.next_due(&desk.policy), Some(t("10:20")));
    // Nobody looked at the time between: it is looked at before anything else.
    let applied = desk.cancel("10:20", 1, Party::Driver).unwrap();
    assert_eq!(desk.state(2), S::Expired);
    assert_eq!(desk.order(2).steps.last().unwrap().reason, Reason::SlotTooNear);
    assert!(notices(&applied).contains(&(code(2), Event::Expired)));
    // Nor does anybody begin to wait.
    desk.confirmed("10:21", 3, "10:30");
    let applied = desk.request("10:22", 4, "10:30", true);
    assert_eq!((desk.state(4), notices(&applied)), (S::Refused, vec![(code(4), Event::Refused)]));
}

#[test]
fn a_stale_second_tab_changes_nothing() {
    let mut desk = Desk::new(1);
    desk.confirmed("09:00", 1, "10:30");
    let seen = desk.order(1).version;
    desk.change("09:01", 1, "10:45").unwrap();
    desk.answer("09:01", 1, LotAnswer::Taken);
    let before = desk.book.clone();
    let stale = Command::Change { code: code(1), enter_at: Some(t("10:00")), space: None, version: seen };
    let version = desk.order(1).version;
    assert_eq!(desk.apply("09:02", stale), Err(Declined::Outdated { version }));
    let stale = Command::Cancel { code: code(1), by: Party::Driver, version: Some(seen) };
    assert_eq!(desk.apply("09:02", stale), Err(Declined::Outdated { version }));
    assert_eq!(desk.book, before);
}

/// Moments are moments: the same one is past or not whatever zone it is written in.
#[test]
fn the_past_is_not_judged_by_a_server_s_own_zone() {
    for written in ["2026-11-20T23:30:00+08:00", "2026-11-20T15:30:00Z", "2026-11-21T00:30:00+09:00"] {
        let enter_at: Timestamp = written.parse().unwrap();
        for (now, is_taken) in [("22:00", true), ("23:36", false)] {
            let mut desk = Desk::new(1);
            let requested = desk.apply(now, Command::Request(new(1, enter_at, false)));
            assert_eq!(requested.is_ok(), is_taken, "{written} at {now}: {requested:?}");
        }
    }
    let mut desk = Desk::new(1);
    let tomorrow = "2026-11-21T00:30:00+08:00".parse().unwrap();
    desk.apply("23:00", Command::Request(new(1, tomorrow, false))).unwrap();
    desk.answer("23:00", 1, LotAnswer::Taken);
    desk.tick("23:59");
    assert_eq!(desk.state(1), S::Confirmed, "midnight ends no window");
}

/// The lot says no while the place that was let go is still on its way: who was offered it waits on in his place, and gets
/// it once the lot has let go.
#[test]
fn a_place_is_neither_lost_nor_left_unsold() {
    let mut desk = Desk::new(1);
    desk.confirmed("09:00", 1, "10:30");
    desk.request("09:01", 2, "10:30", true);
    desk.request("09:02", 3, "10:30", true);
    desk.cancel("09:03", 1, Party::Driver).unwrap();
    desk.answer("09:03:01", 2, LotAnswer::NoSpace);
    assert_eq!(
        (desk.state(2), desk.state(3)),
        (S::Waiting, S::Waiting),
        "the lot is not asked over and over"
    );
    assert_eq!(desk.book.place_in_queue(&code(2)), Some(1));
    let applied = desk.answer("09:03:02", 1, LotAnswer::Taken);
    assert_eq!(calls(&applied), [(code(2), CallKind::Reserve)]);
    desk.answer("09:03:03", 2, LotAnswer::Taken);
    assert_eq!((desk.state(2), desk.state(3)), (S::Confirmed, S::Waiting));
}

#[test]
fn a_lot_that_had_no_space_is_asked_anew_after_a_while() {
    let mut desk = Desk::new(1);
    desk.request("09:00", 1, "10:30", true);
    desk.answer("09:00", 1, LotAnswer::NoSpace);
    assert_eq!((desk.state(1), desk.book.next_due(&desk.policy)), (S::Waiting, Some(t("09:01"))));
    let applied = desk.tick("09:01");
    assert_eq!(calls(&applied), [(code(1), CallKind::Reserve)]);
    // Or as soon as it counts a space.
    desk.answer("09:01", 1, LotAnswer::NoSpace);
    desk.apply("09:01:05", Command::Granted(granted(1, Some((0, t("09:01:05")))))).unwrap();
    assert_eq!(desk.state(1), S::Waiting);
    desk.apply("09:01:10", Command::Granted(granted(1, Some((1, t("09:01:10")))))).unwrap();
    assert_eq!(desk.state(1), S::Offered);
}

#[test]
fn a_place_whose_car_does_not_come_goes_to_the_waitlist_at_once() {
    let mut desk = Desk::new(1);
    desk.confirmed("09:00", 1, "09:30");
    desk.request("09:01", 2, "10:30", true);
    let applied = desk.tick("10:00");
    assert_eq!((desk.state(1), desk.state(2)), (S::NoShow, S::Offered));
    assert!(applied.effects.contains(&Effect::NoShowSuspected { code: code(1) }));
    // Its entry in the window turns up: the no-show is taken back, and nobody's place.
    let applied = desk.car("10:00:05", Direction::Entry, 1, "09:58");
    assert_eq!((desk.state(1), desk.state(2)), (S::Entered, S::Offered));
    assert!(applied.effects.contains(&Effect::NoShowRevoked { code: code(1) }));
}

#[test]
fn a_lot_that_took_what_it_had_refused_is_told_to_let_go_before_it_is_asked_again() {
    let mut desk = Desk::new(1);
    desk.request("09:00", 1, "10:30", true);
    desk.answer("09:00:05", 1, LotAnswer::Silent);
    desk.tick("09:00:10");
    desk.answer("09:00:11", 1, LotAnswer::NoSpace);
    let applied = desk.answer_attempt("09:00:12", 1, CallKind::Reserve, 1, LotAnswer::Taken);
    assert_eq!((desk.state(1), calls(&applied)), (S::Waiting, vec![(code(1), CallKind::Cancel)]));
    let applied = desk.answer("09:00:13", 1, LotAnswer::Taken);
    assert_eq!((desk.state(1), calls(&applied)), (S::Offered, vec![(code(1), CallKind::Reserve)]));
}

#[test]
fn a_resend_is_the_same_order() {
    let mut desk = Desk::new(2);
    desk.request("09:00", 1, "10:30", false);
    let before = desk.book.clone();
    desk.request("09:00", 1, "10:30", false);
    assert_eq!(desk.book, before);
    // A second attempt carries the same code, and the answer to the first is as good.
    desk.answer("09:00:05", 1, LotAnswer::Silent);
    let applied = desk.tick("09:00:10");
    assert_eq!(calls(&applied), [(code(1), CallKind::Reserve)]);
    desk.answer_attempt("09:00:11", 1, CallKind::Reserve, 1, LotAnswer::Taken);
    desk.answer_attempt("09:00:12", 1, CallKind::Reserve, 2, LotAnswer::NoSpace);
    desk.answer_attempt("09:00:13", 1, CallKind::Reserve, 2, LotAnswer::Taken);
    assert_eq!((desk.state(1), desk.order(1).call.clone()), (S::Confirmed, None));
    let other = NewOrder { plate: plate(7), ..new(1, t("10:30"), false) };
    assert_eq!(desk.apply("09:01", Command::Request(other)), Err(Declined::CodeTaken));
}

/// What is seen of an order, step by step: all but why.
fn seen(desk: &Desk, number: u32) -> (S, u64, u32, Vec<(Timestamp, S)>) {
    let order = desk.order(number);
    let steps = order.steps.iter().map(|step| (step.at, step.to)).collect();
    (order.state, order.version, order.attempts, steps)
}

#[test]
fn a_barred_order_is_like_one_that_the_lot_refuses() {
    let refuses = || LotAnswer::Refused { code: 5005, why: "黑名单".to_owned() };
    let both = |act: &dyn Fn(&mut Desk)| {
        let [is, is_not] = [Some(Limit::PerDay), None].map(|limit| {
            let mut desk = Desk::new(1);
            let order = NewOrder { limit, ..new(1, t("10:30"), true) };
            desk.apply("09:00", Command::Request(order)).unwrap();
            // It takes the last place, as long as the lot takes.
            desk.request("09:00", 2, "10:30", true);
            act(&mut desk);
            [1, 2].map(|number| seen(&desk, number))
        });
        assert_eq!(is, is_not);
        is[0].0
    };
    assert_eq!(both(&|_| {}), S::Held);
    assert_eq!(both(&|desk| _ = desk.answer("09:00:02", 1, refuses())), S::Refused);
    assert_eq!(both(&|desk| _ = desk.cancel("09:00:02", 1, Party::Driver).unwrap()), S::Cancelled);
    // A lot that is not there is not there for any.
    let silent = |desk: &mut Desk| {
        desk.answer("09:00:05", 1, LotAnswer::Silent);
        desk.tick("09:00:10");
        desk.answer("09:00:15", 1, LotAnswer::NotReachable);
    };
    assert_eq!(both(&silent), S::Unknown);
    assert_eq!(
        both(&|desk| {
            silent(desk);
            desk.tick("09:10");
        }),
        S::Expired
    );
    // It never has a place, whatever is said.
    let mut desk = Desk::new(1);
    let order = NewOrder { limit: Some(Limit::PerDay), ..new(1, t("10:30"), true) };
    desk.apply("09:00", Command::Request(order)).unwrap();
    desk.answer("09:00", 1, LotAnswer::Taken);
    assert_eq!(desk.order(1).steps.last().unwrap().reason, Reason::Limited { why: Limit::PerDay });
    // And so a plate that has an order for that time already; a car that comes comes under that one.
    let mut desk = Desk::new(5);
    desk.confirmed("09:00", 2, "10:30");
    let twice = NewOrder { plate: plate(2), ..new(3, t("10:15"), true) };
    desk.apply("10:00", Command::Request(twice)).unwrap();
    desk.car("10:00:05", Direction::Entry, 2, "10:00:05");
    assert_eq!((desk.state(2), desk.state(3)), (S::Entered, S::Held));
    desk.answer("10:00:06", 3, LotAnswer::Taken);
    assert_eq!(desk.order(3).steps.last().unwrap().reason, Reason::Limited { why: Limit::SameTime });
}

#[test]
fn a_change_does_not_tell_what_else_the_plate_has() {
    for is_waiting in [false, true] {
        let mut desk = Desk::new(if is_waiting { 1 } else { 9 });
        desk.confirmed("09:00", 1, "09:30");
        let other = NewOrder { plate: plate(1), ..new(2, t("10:45"), true) };
        desk.apply("09:00", Command::Request(other)).unwrap();
        if !is_waiting {
            desk.answer("09:00", 2, LotAnswer::Taken);
        }
        desk.change("09:01", 2, "10:00").unwrap();
        if is_waiting {
            assert_eq!((desk.order(2).enter_at, &desk.order(2).barred), (t("10:00"), &Some(Limit::SameTime)));
            // At another time it is like any other again.
            desk.change("09:02", 2, "10:45").unwrap();
            assert_eq!(desk.order(2).barred, None);
        } else {
            assert!(desk.order(2).call.as_ref().unwrap().is_pretended);
            desk.answer("09:02", 2, LotAnswer::Taken);
            let order = desk.order(2);
            assert_eq!((order.state, order.enter_at), (S::Confirmed, t("10:45")));
            assert_eq!(order.steps.last().unwrap().reason, Reason::ChangeRefused);
            // Called off, the lot is told: it has it.
            desk.cancel("09:03", 2, Party::Driver).unwrap();
            assert!(!desk.order(2).call.as_ref().unwrap().is_pretended);
        }
    }
}

#[test]
fn a_driver_who_puts_his_time_off_late_does_not_get_out_of_it() {
    let mut desk = Desk::new(1);
    desk.confirmed("09:00", 1, "10:00");
    desk.change("09:40", 1, "11:00").unwrap();
    desk.answer("09:40", 1, LotAnswer::Taken);
    let applied = desk.cancel("09:41", 1, Party::Driver).unwrap();
    assert!(applied.effects.contains(&Effect::LateCancel { code: code(1) }));
    for (by, at, is_late) in [
        (Party::Driver, "10:00", false),
        (Party::Driver, "10:00:01", true),
        (Party::Lot, "10:20", false),
        (Party::Office, "10:20", false),
    ] {
        let mut desk = Desk::new(1);
        desk.confirmed("09:00", 1, "10:30");
        let applied = desk.cancel(at, 1, by).unwrap();
        assert_eq!(applied.effects.contains(&Effect::LateCancel { code: code(1) }), is_late, "{by:?} {at}");
        assert_eq!(calls(&applied).is_empty(), by == Party::Lot, "the lot knows what it has called off");
    }
}
