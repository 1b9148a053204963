//! Conditions, handling, inhibition, and faults of a vendor.

use bowei_model::FindingKind as K;
use bowei_model::supervision::{
    Action, CaseKey, Condition, ConditionState, Handling, HandlingSettings, HandlingState as S, HourTally,
    Inhibitors, Minutes, Pause, Refused, RuleSet, VendorMember, condition, conditions, vendor_wide,
};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

/// So many hours after the beginning of a day.
fn h(hours: i64) -> Timestamp {
    "2026-03-01T00:00:00+08:00".parse::<Timestamp>().unwrap() + SignedDuration::from_hours(hours)
}

fn tally(hour: i64, found: u32) -> HourTally {
    HourTally { hour: Minutes::hour_and_bit(h(hour)).0, found, open: found }
}

fn of(kind: K, tallies: &[HourTally], now: i64) -> Option<Condition> {
    let rules = RuleSet::default();
    condition(kind, tallies, &Inhibitors::NONE, (&rules.case(kind), &rules.handling), h(now))
}

#[test]
fn a_case_opens_after_enough_within_enough_hours() {
    // Ten late passages of a day.
    let late = |tallies: &[HourTally]| of(K::LateReport, tallies, 30).map(|case| case.opened_at);
    assert_eq!(late(&[]), None);
    assert_eq!(late(&[tally(0, 9)]), None);
    assert_eq!(late(&[tally(0, 10)]), Some(h(0)));
    assert_eq!(late(&[tally(0, 10_000)]), Some(h(0)), "ten thousand are one case");
    assert_eq!(late(&[tally(0, 5), tally(23, 5)]), Some(h(23)));
    assert_eq!(late(&[tally(0, 5), tally(24, 5)]), None);
    // Odd plates in two hours of a day.
    let odd = |tallies: &[HourTally]| of(K::OddPlate, tallies, 30).map(|case| case.opened_at);
    assert_eq!(odd(&[tally(0, 50)]), None, "one car, or one bad hour");
    assert_eq!(odd(&[tally(0, 4), tally(3, 1)]), Some(h(3)));
}

#[test]
fn it_grows_quiet_and_comes_back() {
    let first = [tally(0, 10), tally(5, 3)];
    let state = |tallies: &[HourTally], now| {
        let case = of(K::LateReport, tallies, now).unwrap();
        (case.ordinal, case.state, case.count, case.relapses)
    };
    assert_eq!(state(&first, 29), (1, ConditionState::Holds, 13, 0));
    assert_eq!(state(&first, 30), (1, ConditionState::Quiet, 13, 0));
    let again = [first.to_vec(), vec![tally(200, 12)]].concat();
    assert_eq!(state(&again, 201), (1, ConditionState::Holds, 25, 1));
    let few = [first.to_vec(), vec![tally(200, 2)]].concat();
    assert_eq!(state(&few, 201), (1, ConditionState::Quiet, 13, 0), "too few for a relapse");
    let months = [first.to_vec(), vec![tally(5 + 24 * 30 + 1, 12)]].concat();
    assert_eq!(state(&months, 24 * 31), (2, ConditionState::Holds, 12, 0), "more than thirty days later");
    let cured = first.map(|tally| HourTally { open: 0, ..tally });
    assert_eq!(state(&cured, 6), (1, ConditionState::Quiet, 13, 0), "everything came after all");
}

#[test]
fn an_absence_explains_what_is_late_and_not_what_is_wrong() {
    let rules = RuleSet::default();
    let mut away = Inhibitors::default();
    away.add_offline(h(2), h(6));
    let mut platform = Inhibitors::default();
    platform.add_platform_away(h(2), h(6));
    let inhibited = |kind, hours: &[i64], by: &Inhibitors| {
        let tallies: Vec<_> = hours.iter().map(|hour| tally(*hour, 100)).collect();
        condition(kind, &tallies, by, (&rules.case(kind), &rules.handling), h(10)).unwrap().inhibited
    };
    assert!(inhibited(K::LateReport, &[6, 8], &away), "what had gathered arrives late");
    assert!(!inhibited(K::LateReport, &[6, 9], &away));
    assert!(!inhibited(K::ClockOff, &[3], &away));
    assert!(!inhibited(K::HeartbeatMissed, &[3], &away), "it is the absence");
    assert!(inhibited(K::HeartbeatMissed, &[3], &platform) && inhibited(K::ClockOff, &[3], &platform));
}

fn act(handling: &Handling, action: &Action) -> Result<Handling, Refused> {
    handling.act(action, "张三", &HandlingSettings::default(), h(0))
}

fn reason() -> String {
    "核实".to_owned()
}

#[test]
fn a_case_goes_its_way() {
    let order = Action::Order { order: "〔2026〕1号".to_owned(), due_at: h(240) };
    let way = [
        (Action::Assign { user: Some("李四".to_owned()) }, S::New),
        (Action::File, S::Filed),
        (order.clone(), S::Ordered),
        (Action::Verify, S::Verifying),
        (Action::Reject { reason: reason() }, S::Ordered),
        (Action::Verify, S::Verifying),
        (Action::Close { reason: Some(reason()) }, S::Closed),
        (Action::Reopen { reason: Some(reason()) }, S::New),
        (Action::Dismiss { reason: reason() }, S::Dismissed),
    ];
    let mut handling = Handling::default();
    for (action, state) in way {
        handling = act(&handling, &action).unwrap();
        assert_eq!(handling.state, state, "{action:?}");
    }
    assert_eq!((handling.history.len(), handling.assignee.as_deref()), (9, Some("李四")));
    assert_eq!(act(&handling, &order), Err(Refused::NotFrom(S::Dismissed)));
    assert_eq!(
        act(&Handling::default(), &Action::Dismiss { reason: " ".to_owned() }),
        Err(Refused::NoReason)
    );
    let past = Action::Order { order: String::new(), due_at: h(0) };
    assert_eq!(act(&Handling::default(), &past), Err(Refused::NotInFuture));
}

#[test]
fn a_pause_has_an_author_a_reason_and_an_end() {
    let pause = |reason: &str, until| Action::Pause { reason: reason.to_owned(), until: h(until) };
    let new = Handling::default();
    assert_eq!(act(&new, &pause("", 5)), Err(Refused::NoReason));
    assert_eq!(act(&new, &pause("道路施工", 0)), Err(Refused::NotInFuture));
    assert_eq!(act(&new, &pause("道路施工", 24 * 30 + 1)), Err(Refused::PauseTooLong(30)));
    let paused = act(&new, &pause("道路施工", 24 * 30)).unwrap();
    let shown = paused.paused(h(1)).unwrap();
    assert_eq!((shown.author.as_str(), shown.reason.as_str(), shown.until), ("张三", "道路施工", h(720)));
    assert_eq!(paused.paused(h(720)), None);
    assert_eq!(act(&paused, &pause("道路施工", 5)), Err(Refused::IsPaused));
    let resumed = paused.act(&Action::Resume, "李四", &HandlingSettings::default(), h(2)).unwrap();
    assert_eq!((resumed.paused(h(2)), resumed.pauses[0].until), (None, h(2)));
    assert_eq!(act(&new, &Action::Resume), Err(Refused::NotPaused));
    let closed = paused
        .act(&Action::Close { reason: Some(reason()) }, "李四", &HandlingSettings::default(), h(3))
        .unwrap();
    assert_eq!(closed.paused(h(4)), None, "what is closed is not hidden");
}

#[test]
fn a_relapse_opens_what_was_closed() {
    let closed = act(&Handling::default(), &Action::Close { reason: Some(reason()) }).unwrap();
    let back = of(K::LateReport, &[tally(-50, 10), tally(5, 12)], 6).unwrap();
    let open = closed.relapse(&back, h(6)).unwrap();
    assert_eq!((open.state, open.history.last().unwrap().by.as_deref()), (S::New, None));
    let old = of(K::LateReport, &[tally(-5, 10)], 1).unwrap();
    assert_eq!(closed.relapse(&old, h(1)), None, "nothing new since it was closed");
    let dismissed = act(&Handling::default(), &Action::Dismiss { reason: reason() }).unwrap();
    assert_eq!(dismissed.relapse(&back, h(6)), None);
}

#[test]
fn a_fault_of_three_lots_of_one_vendor_is_the_vendors() {
    let member = |lot: &str, vendor: &str, kind, hour| VendorMember {
        key: CaseKey { lot: lot.into(), kind, cause: String::new() },
        vendor: vendor.to_owned(),
        opened_at: h(hour),
    };
    let of = |cases: &[VendorMember]| {
        let found = vendor_wide(cases, &HandlingSettings::default());
        found.into_iter().map(|wide| (wide.vendor, wide.lots.len(), wide.opened_at)).collect::<Vec<_>>()
    };
    let mut cases = vec![
        member("L1", "甲", K::ClockOff, 0),
        member("L2", "甲", K::ClockOff, 10),
        member("L4", "乙", K::ClockOff, 11),
        member("L5", "甲", K::Silence, 11),
        member("L2", "甲", K::ClockOff, 12),
    ];
    assert_eq!(of(&cases), []);
    cases.push(member("L3", "甲", K::ClockOff, 25));
    assert_eq!(of(&cases), [], "more than a day after the first");
    cases.push(member("L6", "甲", K::ClockOff, 30));
    cases.reverse();
    assert_eq!(of(&cases), [("甲".to_owned(), 4, h(30))]);
    let nobodys: Vec<_> = ["L1", "L2", "L3"].map(|lot| member(lot, "", K::ClockOff, 0)).to_vec();
    assert_eq!(of(&nobodys), []);
}

fn action() -> impl Strategy<Value = Action> {
    let text = || prop_oneof![Just(String::new()), Just("核实".to_owned()), Just("长".repeat(3_000))];
    prop_oneof![
        proptest::option::of(text()).prop_map(|user| Action::Assign { user }),
        text().prop_map(|text| Action::Comment { text }),
        Just(Action::File),
        (text(), -10..800_i64).prop_map(|(order, due)| Action::Order { order, due_at: h(due) }),
        Just(Action::Verify),
        text().prop_map(|reason| Action::Reject { reason }),
        text().prop_map(|reason| Action::Close { reason: Some(reason) }),
        text().prop_map(|reason| Action::Dismiss { reason }),
        text().prop_map(|reason| Action::Reopen { reason: Some(reason) }),
        (text(), -10..800_i64).prop_map(|(reason, until)| Action::Pause { reason, until: h(until) }),
        Just(Action::Resume),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn every_sequence_of_actions_ends_in_a_legal_state(actions in proptest::collection::vec((action(), 0..100_i64), 0..40)) {
        let (mut handling, mut now) = (Handling::default(), 0);
        let settings = HandlingSettings::default();
        for (action, later) in actions {
            now += later;
            let Ok(next) = handling.act(&action, "张三", &settings, h(now)) else { continue };
            prop_assert_eq!(next.history.len(), handling.history.len() + 1);
            prop_assert_eq!(&next.history[..handling.history.len()], &handling.history[..]);
            prop_assert_eq!(next.state.is_ended(), next.ended_at.is_some());
            prop_assert!(next.state != S::Ordered || next.order.is_some() && next.due_at.is_some());
            prop_assert!(!next.state.is_ended() || next.paused(h(now)).is_none());
            prop_assert!(next.pauses.windows(2).all(|two| two[0].until <= two[1].from));
            let longest = SignedDuration::from_hours(720);
            let is_legal = |pause: &Pause| !pause.reason.is_empty() && pause.until.duration_since(pause.from) <= longest;
            prop_assert!(next.pauses.iter().all(is_legal));
            let json = serde_json::to_string(&next).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Handling>(&json).unwrap(), &next);
            handling = next;
        }
    }

    #[test]
    fn conditions_are_those_of_the_set_of_tallies(
        tallies in proptest::collection::vec((-2_000..2_000_i64, 0..9_u32), 0..60).prop_flat_map(|tallies| {
            (Just(tallies.clone()), Just(tallies).prop_shuffle())
        }),
        now in -2_000..3_000_i64,
    ) {
        let rules = RuleSet::default();
        let of = |tallies: &[(i64, u32)]| {
            let tallies: Vec<_> = tallies.iter().map(|(hour, found)| tally(*hour, *found)).collect();
            let kind = K::LateReport;
            conditions(kind, &tallies, &Inhibitors::NONE, (&rules.case(kind), &rules.handling), h(now))
        };
        let (once, again) = (of(&tallies.0), of(&tallies.1));
        prop_assert_eq!(&once, &again);
        for (at, case) in once.iter().enumerate() {
            prop_assert_eq!(case.ordinal as usize, at + 1);
            prop_assert!(case.first_at <= case.opened_at && case.opened_at <= case.last_at);
        }
        prop_assert!(once.windows(2).all(|two| two[0].last_at < two[1].first_at));
    }
}
