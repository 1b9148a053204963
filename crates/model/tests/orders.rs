//! Orders: every sequence of actions ends in a legal state, nothing changes what was issued, and the log tells it all.

use bowei_model::finding::Facts;
use bowei_model::supervision::order::*;
use bowei_model::working_days::Calendar;
use bowei_model::{Finding, FindingKind, moment};
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use std::collections::BTreeSet;

const DIGEST: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const DOCUMENT: &str = include_str!("../../../docs/supervision/orders.md");

fn at(day: i8, hour: i8, minute: i8) -> Timestamp {
    moment::from_wall(date(2026, 11, day).at(hour, minute, 0, 0)).unwrap()
}

fn finding(n: i64) -> Finding {
    let passed = at(20, 8, 0) + SignedDuration::from_mins(n);
    Finding {
        kind: FindingKind::UnmatchedExit,
        lot: "330502-001".into(),
        subject: format!("record:R{n}"),
        which: String::new(),
        record_id: Some(format!("R{n}")),
        at: passed,
        facts: Facts::UnmatchedExit,
        opened_at: passed + SignedDuration::from_secs(3),
        resolved_at: None,
    }
}

fn content(findings: i64) -> Content {
    let text = |text: &str| text.to_owned();
    let found: Vec<_> = (1..=findings).map(finding).collect();
    Content {
        case: text("case-1"),
        lot: "330502-001".into(),
        lot_name: text("东门停车场"),
        provider: "hz-demo".into(),
        agency: text("示范市综合行政执法局"),
        title: text("责令限期改正通知书"),
        party: Party { name: text("示范停车公司"), ..Party::default() },
        facts: text("东门停车场上报的出场记录没有对应的入场记录。"),
        rule_broken: text("《示范市停车数据管理办法》第四条"),
        basis: text("《中华人民共和国行政处罚法》第二十八条"),
        demand: text("补报入场记录。"),
        report_back: text("在平台上答复并上传证明材料。"),
        consequence: text("逾期不改正的，依法处理。"),
        remedies: text("可以陈述、申辩；六十日内申请复议，六个月内提起诉讼。"),
        contact: text("张三 0572-0000000"),
        term: Term::WorkingDays { days: 5, hour: 17 },
        rule_set: 3,
        findings: OrderFinding::numbered(&found),
    }
}

fn number(n: u32) -> DocumentNumber {
    DocumentNumber { year: 2026, n }
}

fn service(at: Timestamp) -> Service {
    let text = |text: &str| text.to_owned();
    Service {
        at,
        manner: Manner::InPerson,
        recipient: text("示范停车公司"),
        place: text("人民路 1 号"),
        server: text("李四"),
        proxy: String::new(),
        reason: String::new(),
        witness: String::new(),
        remarks: String::new(),
    }
}

fn draft(findings: i64) -> Order {
    Order::draft("o-1".to_owned(), content(findings), "zhang".to_owned(), at(23, 9, 0)).unwrap()
}

fn act(order: &mut Order, action: Action, when: Timestamp) -> Result<(), Refused> {
    order.act(action, "zhang".to_owned(), when)
}

fn issue(n: u32) -> Action {
    Action::Issue { number: number(n), evidence_sha256: DIGEST.to_owned() }
}

/// Served on Tuesday, 24 November 2026, at 10:30: five working days later is Tuesday, 1 December, 17:00.
fn served(findings: i64) -> Order {
    let mut order = draft(findings);
    act(&mut order, issue(12), at(23, 10, 0)).unwrap();
    let serve = order.serve(service(at(24, 10, 30)), &Calendar::default()).unwrap();
    act(&mut order, serve, at(24, 11, 0)).unwrap();
    order
}

fn reason() -> String {
    "理由".to_owned()
}

fn verify(as_of: Timestamp, uncured: &[u32]) -> Action {
    Action::Verify { as_of, uncured: uncured.to_vec() }
}

fn due() -> Timestamp {
    moment::from_wall(date(2026, 12, 1).at(17, 0, 0, 0)).unwrap()
}

fn frozen(order: &Order) -> Option<String> {
    order.issued().map(|issued| serde_json::to_string(&issued).unwrap())
}

fn read_again(order: &Order) -> Order {
    serde_json::from_str(&serde_json::to_string(order).unwrap()).unwrap()
}

#[test]
fn an_order_goes_from_its_case_to_its_verification() {
    let mut order = served(2);
    assert_eq!((order.state, order.due_at), (OrderState::Served, Some(due())));
    assert_eq!(order.issue.as_ref().unwrap().number.to_string(), "〔2026〕12号");
    let answer = Action::Answer { text: "已补报".to_owned(), attachments: Vec::new() };
    act(&mut order, answer, at(25, 9, 0)).unwrap();
    act(&mut order, verify(at(25, 9, 59), &[2]), at(25, 10, 0)).unwrap();
    assert_eq!(order.state, OrderState::Served, "one finding is left, and so is time");
    act(&mut order, verify(at(26, 9, 59), &[]), at(26, 10, 0)).unwrap();
    assert_eq!(order.state, OrderState::Verified);
    let late = act(&mut order, verify(at(27, 9, 0), &[1]), at(27, 10, 0)).unwrap_err();
    assert_eq!(late.legal, [ActionKind::Decide, ActionKind::IssueReview, ActionKind::Withdraw]);
    assert!(late.in_chinese().contains("已改正") && late.in_chinese().contains("撤回"), "{late}");
    assert!(late.in_english().contains("verified") && late.in_english().contains("withdraw"), "{late}");
    assert_eq!(read_again(&order), order);
}

#[test]
fn a_deadline_that_has_passed_is_not_issued() {
    let issued = |when| {
        let content = Content { term: Term::Moment { due_at: at(24, 10, 0) }, ..content(1) };
        let mut order = Order::draft("o-1".to_owned(), content, "zhang".to_owned(), at(23, 9, 0)).unwrap();
        act(&mut order, issue(12), when)
    };
    assert!(issued(at(24, 9, 59)).is_ok());
    let refused = issued(at(24, 10, 0)).unwrap_err();
    assert!(refused.in_chinese().contains("晚于现在的期限"), "{refused}");
}

#[test]
fn each_verification_is_told_of_in_one_document() {
    let mut order = served(2);
    let issue = |n| Action::IssueReview { document: number(n) };
    assert!(act(&mut order, issue(20), at(24, 12, 0)).is_err(), "nothing was verified");
    act(&mut order, verify(at(25, 9, 59), &[2]), at(25, 10, 0)).unwrap();
    assert!(order.review().is_none());
    assert!(act(&mut order, issue(12), at(25, 11, 0)).is_err(), "the order's own number");
    act(&mut order, issue(20), at(25, 11, 0)).unwrap();
    assert!(act(&mut order, issue(21), at(25, 12, 0)).is_err(), "it was told of");
    let review = order.review().unwrap().clone();
    assert_eq!((review.document, review.standing.len(), review.due_at), (number(20), 2, due()));
    act(&mut order, verify(at(26, 9, 59), &[]), at(26, 10, 0)).unwrap();
    assert_eq!((order.review(), &order.reviews[..]), (None, &[review][..]), "the one before stays as it was");
    act(&mut order, issue(21), at(26, 11, 0)).unwrap();
    assert_eq!((order.state, order.numbers().count()), (OrderState::Verified, 3));
    assert_eq!(read_again(&order), order);
}

#[test]
fn the_deadline_begins_with_service_warns_twice_and_passes_by_the_clock() {
    let mut order = served(1);
    let deadline = order.deadline().unwrap();
    let whole = due().duration_since(at(24, 10, 30));
    assert_eq!(deadline.at_percent(50), at(24, 10, 30) + whole / 2);
    let second = SignedDuration::from_secs(1);
    let (half, most) = (deadline.at_percent(50), deadline.at_percent(80));
    assert_eq!(deadline.warnings(half - second).count(), 0);
    assert_eq!(deadline.warnings(half).collect::<Vec<_>>(), [50]);
    assert_eq!(deadline.warnings(most).collect::<Vec<_>>(), [50, 80]);
    assert_eq!(
        [deadline.next(at(24, 11, 0)), deadline.next(half), deadline.next(most)],
        [Some(half), Some(most), Some(due())]
    );
    assert!(!order.pass(due()), "its last moment belongs to it");
    assert!(order.pass(due() + second) && !order.pass(due() + second));
    let last = order.log.last().unwrap();
    assert_eq!((order.state, last.at, last.by.as_str()), (OrderState::Overdue, due(), CLOCK));
    let answer = Action::Answer { text: "迟了".to_owned(), attachments: Vec::new() };
    act(&mut order, answer, due() + SignedDuration::from_hours(1)).unwrap();
    assert_eq!((order.state, order.answers[0].is_late), (OrderState::Overdue, true));
    assert_eq!(read_again(&order), order);
}

#[test]
fn terms_leave_out_holidays_and_say_where_a_year_is_not_announced() {
    let term = Term::WorkingDays { days: 3, hour: 17 };
    let served = moment::from_wall(date(2026, 9, 30).at(9, 0, 0, 0)).unwrap();
    let due = term.due(served, &Calendar::default()).unwrap();
    // After the National Day week the Saturday is worked.
    assert_eq!(moment::to_wall(due.at), date(2026, 10, 10).at(17, 0, 0, 0));
    assert!(due.is_announced);
    let served = moment::from_wall(date(2026, 12, 30).at(9, 0, 0, 0)).unwrap();
    assert!(!term.due(served, &Calendar::default()).unwrap().is_announced);
}

#[test]
fn escalation_goes_by_severity_and_waits_for_objections() {
    let mut order = served(2);
    let object = Action::Object { findings: vec![1], reason: reason(), attachments: Vec::new() };
    act(&mut order, object, at(25, 9, 0)).unwrap();
    let later = |hours| due() + SignedDuration::from_hours(hours);
    let to = |to, n, amount: Option<&str>| Action::Escalate {
        to,
        document: number(n),
        reason: reason(),
        amount: amount.map(|amount| amount.parse().unwrap()),
    };
    let early = act(&mut order, to(Severity::Notice, 20, None), at(25, 10, 0)).unwrap_err();
    assert_eq!(early.why, Why::State);
    let waits = act(&mut order, to(Severity::Notice, 20, None), later(1)).unwrap_err();
    assert!(waits.in_chinese().contains("申诉") && order.state == OrderState::Overdue, "{waits}");
    let decide =
        Action::Decide { objection: 1, findings: vec![], sustained: false, reason: reason(), document: None };
    act(&mut order, decide, later(2)).unwrap();
    act(&mut order, to(Severity::Warning, 20, None), later(3)).unwrap();
    for (severity, n, amount) in [
        (Severity::Notice, 21, None),
        (Severity::Warning, 21, None),
        (Severity::Fine, 21, None),
        (Severity::Fine, 21, Some("0")),
        (Severity::Fine, 21, Some("-1")),
        (Severity::Fine, 21, Some("0.001")),
        (Severity::Fine, 20, Some("5000")),
        (Severity::Fine, 12, Some("5000")),
    ] {
        let refused = act(&mut order, to(severity, n, amount), later(4)).unwrap_err();
        assert!(matches!(refused.why, Why::Field { .. }), "{severity:?} {n} {amount:?}");
    }
    act(&mut order, to(Severity::Fine, 21, Some("5000.00")), later(5)).unwrap();
    assert_eq!((order.state, order.escalations.len()), (OrderState::Escalated, 2));
    act(&mut order, verify(later(6), &[]), later(7)).unwrap();
    assert_eq!(order.state, OrderState::Verified);
    assert_eq!(read_again(&order), order);
}

#[test]
fn an_order_of_which_no_finding_is_left_is_withdrawn_by_a_document() {
    let mut order = served(2);
    let object = |findings: &[u32]| Action::Object {
        findings: findings.to_vec(),
        reason: reason(),
        attachments: Vec::new(),
    };
    act(&mut order, object(&[1, 2]), at(25, 9, 0)).unwrap();
    assert!(act(&mut order, object(&[2]), at(25, 9, 1)).is_err(), "it waits for a decision already");
    let decide = |findings: &[u32], sustained, document| Action::Decide {
        objection: 1,
        findings: findings.to_vec(),
        sustained,
        reason: reason(),
        document,
    };
    assert!(!order.decision_withdraws(1, &[1], true) && order.decision_withdraws(1, &[], true));
    act(&mut order, decide(&[1], true, None), at(25, 10, 0)).unwrap();
    assert_eq!(order.standing(), BTreeSet::from([2]));
    assert!(order.decision_withdraws(1, &[], true) && !order.decision_withdraws(1, &[], false));
    let refused = act(&mut order, decide(&[], true, None), at(25, 11, 0)).unwrap_err();
    assert!(refused.in_chinese().contains("撤回文书的文号"), "{refused}");
    assert!(act(&mut order, decide(&[], true, Some(number(12))), at(25, 11, 0)).is_err(), "that is its own");
    act(&mut order, decide(&[], true, Some(number(13))), at(25, 11, 0)).unwrap();
    assert_eq!(order.state, OrderState::Withdrawn);
    assert_eq!(order.withdrawal.as_ref().unwrap().document, Some(number(13)));
    assert!(order.legal().is_empty());
}

#[test]
fn a_void_number_stays_visible_and_is_not_used_again() {
    let mut order = draft(1);
    let void = |n| Action::VoidNumber { number: number(n), reason: reason() };
    act(&mut order, void(7), at(23, 9, 30)).unwrap();
    assert!(
        act(&mut order, issue(7), at(23, 9, 31)).is_err() && act(&mut order, void(7), at(23, 9, 31)).is_err()
    );
    act(&mut order, issue(8), at(23, 9, 32)).unwrap();
    assert_eq!(order.numbers().collect::<Vec<_>>(), [number(7), number(8)]);
}

#[test]
fn an_extension_that_was_asked_for_in_time_may_be_given_late() {
    let ask = |due_at| Action::AskExtension { due_at, reason: reason() };
    let give = |due_at| Action::Extend { due_at, reason: reason() };
    let (later, new) = (due() + SignedDuration::from_hours(1), due() + SignedDuration::from_hours(48));
    let mut order = served(1);
    assert!(act(&mut order, ask(due()), at(25, 9, 0)).is_err(), "that is no more time");
    act(&mut order, ask(new), at(25, 9, 0)).unwrap();
    assert!(act(&mut order, ask(new), at(25, 9, 1)).is_err(), "one waits already");
    act(&mut order, give(new), later).unwrap();
    assert_eq!((order.state, order.due_at), (OrderState::Served, Some(new)));
    assert_eq!(read_again(&order), order);
    let mut order = served(1);
    assert_eq!(act(&mut order, give(new), later).unwrap_err().why, Why::State, "nobody has asked");
    let mut order = served(1);
    act(&mut order, ask(new), at(25, 9, 0)).unwrap();
    act(&mut order, Action::RefuseExtension { reason: reason() }, later).unwrap();
    assert!(act(&mut order, give(new), later).is_err() && order.state == OrderState::Overdue);
}

#[test]
fn data_that_the_log_does_not_give_is_no_order() {
    let order = served(1);
    let read = |json: &serde_json::Value| serde_json::from_value::<Order>(json.clone());
    let json = serde_json::to_value(&order).unwrap();
    assert_eq!(read(&json).unwrap(), order);
    for (pointer, other) in [
        ("/state", serde_json::json!("verified")),
        ("/due_at", serde_json::json!("2027-01-01T00:00:00Z")),
        ("/issue/number/n", serde_json::json!(13)),
        ("/service/recipient", serde_json::json!("另一公司")),
        ("/log/0/done/evidence_sha256", serde_json::json!("0".repeat(64))),
        ("/log/1/at", serde_json::json!("2026-01-01T00:00:00Z")),
        ("/content/findings/0/number", serde_json::json!(2)),
        ("/content/demand", serde_json::json!("")),
    ] {
        let mut changed = json.clone();
        *changed.pointer_mut(pointer).unwrap() = other;
        assert!(read(&changed).is_err(), "{pointer}");
    }
    let mut more = json.clone();
    more["other"] = serde_json::json!(1);
    assert!(read(&more).is_err(), "a field that nobody knows");
    let mut more = json;
    more["log"][0]["done"]["other"] = serde_json::json!(1);
    assert!(read(&more).is_err(), "a field of an action that nobody knows");
}

#[test]
fn only_a_draft_is_revised() {
    let mut order = draft(1);
    order.revise(content(3), "wang".to_owned(), at(23, 9, 30)).unwrap();
    assert_eq!(order.content.findings.len(), 3);
    let empty = Content { demand: String::new(), ..content(3) };
    order.revise(empty, "wang".to_owned(), at(23, 9, 31)).unwrap();
    let refused = act(&mut order, issue(1), at(23, 9, 32)).unwrap_err();
    assert!(refused.in_chinese().contains("demand"), "{refused}");
    let mut order = served(1);
    let before = order.clone();
    assert!(order.revise(content(2), "wang".to_owned(), at(25, 9, 0)).is_err());
    assert_eq!(order, before);
}

#[test]
fn the_picture_is_the_table() {
    let mut lines = vec!["stateDiagram-v2".to_owned(), "  [*] --> draft".to_owned()];
    for (from, kind, to) in TRANSITIONS {
        lines.extend(to.iter().map(|to| format!("  {} --> {}: {}", from.name(), to.name(), kind.name())));
    }
    let block = format!("```mermaid\n{}\n```", lines.join("\n"));
    assert!(DOCUMENT.contains(&block), "docs/supervision/orders.md should have\n{block}");
    for state in OrderState::ALL {
        assert!(DOCUMENT.contains(&format!("| `{}` | {} |", state.name(), state.in_chinese())), "{state:?}");
    }
    for kind in ActionKind::ALL {
        assert!(DOCUMENT.contains(&format!("| `{}` | {} |", kind.name(), kind.in_chinese())), "{kind:?}");
    }
}

/// An action of every kind, often legal.
fn actions() -> impl Strategy<Value = Action> {
    let n = || (1..20_u32).prop_map(number);
    let some = || proptest::collection::vec(1..5_u32, 0..4);
    let moment = || (0..400_i64).prop_map(|hours| at(24, 0, 0) + SignedDuration::from_hours(hours));
    let words = || prop_oneof![9 => Just("理由".to_owned()), 1 => Just(String::new())];
    let document = || proptest::option::of(n());
    prop_oneof![
        1 => (n(), words()).prop_map(|(number, reason)| Action::VoidNumber { number, reason }),
        3 => n().prop_map(|number| Action::Issue { number, evidence_sha256: DIGEST.to_owned() }),
        3 => (moment(), moment()).prop_map(|(at, due_at)| Action::Serve { service: service(at), due_at }),
        2 => words().prop_map(|text| Action::Answer { text, attachments: Vec::new() }),
        1 => (moment(), words()).prop_map(|(due_at, reason)| Action::AskExtension { due_at, reason }),
        1 => (moment(), words()).prop_map(|(due_at, reason)| Action::Extend { due_at, reason }),
        1 => words().prop_map(|reason| Action::RefuseExtension { reason }),
        3 => (some(), words()).prop_map(|(findings, reason)| Action::Object { findings, reason, attachments: Vec::new() }),
        3 => (1..4_u32, some(), any::<bool>(), document()).prop_map(|(objection, findings, sustained, document)| {
            Action::Decide { objection, findings, sustained, reason: "理由".to_owned(), document }
        }),
        3 => (moment(), some()).prop_map(|(as_of, uncured)| Action::Verify { as_of, uncured }),
        3 => n().prop_map(|document| Action::IssueReview { document }),
        1 => Just(Action::Expire {}),
        1 => (document(), words()).prop_map(|(document, reason)| Action::Withdraw { document, reason }),
        3 => (0..3_usize, n(), proptest::option::of(1..9_000_i64)).prop_map(|(to, document, amount)| Action::Escalate {
            to: [Severity::Notice, Severity::Warning, Severity::Fine][to],
            document,
            reason: "理由".to_owned(),
            amount: amount.map(Into::into),
        }),
    ]
}

/// Actions, each with the hours since the one before: mostly soon, sometimes after any term.
fn sequences() -> impl Strategy<Value = Vec<(Action, i64)>> {
    proptest::collection::vec((actions(), prop_oneof![8 => 0..20_i64, 1 => 100..300_i64]), 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn every_sequence_of_actions_ends_in_a_legal_state(sequence in sequences(), is_served in any::<bool>()) {
        let mut order = if is_served { served(3) } else { draft(3) };
        let mut now = at(24, 12, 0);
        let mut issued = frozen(&order);
        for (action, hours) in sequence {
            now += SignedDuration::from_hours(hours);
            order.pass(now);
            let before = order.clone();
            let kind = action.kind();
            let legal = order.legal();
            match act(&mut order, action, now) {
                Ok(()) => {
                    let to = TRANSITIONS.iter().find(|(from, of, _)| (*from, *of) == (before.state, kind)).unwrap().2;
                    prop_assert!(to.contains(&order.state), "{:?} {kind:?} {:?}", before.state, order.state);
                    prop_assert!(legal.contains(&kind));
                    prop_assert_eq!(order.log.len(), before.log.len() + 1);
                    let severities: Vec<_> = order.escalations.iter().map(|it| it.to).collect();
                    prop_assert!(severities.is_sorted_by(|a, b| a < b), "never backwards, and none twice");
                }
                Err(refused) => {
                    prop_assert_eq!(&order, &before);
                    prop_assert_eq!(&refused.legal, &legal);
                    prop_assert!(refused.why != Why::State || !legal.contains(&kind) || matches!(kind, ActionKind::Extend | ActionKind::RefuseExtension));
                    prop_assert!(!refused.in_chinese().is_empty() && !refused.in_english().is_empty());
                }
            }
            prop_assert!(issued.is_none() || frozen(&order) == issued, "what was issued has changed");
            issued = frozen(&order);
            let numbers: Vec<_> = order.numbers().collect();
            prop_assert_eq!(numbers.iter().collect::<BTreeSet<_>>().len(), numbers.len(), "each number once");
            prop_assert!(!order.standing().is_empty() || order.state == OrderState::Withdrawn);
        }
        prop_assert_eq!(read_again(&order), order, "the log gives the same order");
    }
}
