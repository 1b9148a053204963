//! What supervision goes by: signs of life, tallies of findings, days to be evaluated anew and what came of it.

use super::retention::{gone_through, hold, pseudonym};
use super::speech::*;
use super::whole;
use bowei_model::supervision::{KeptDay, Minutes};
use bowei_model::{
    CarsInside, Facts, Finding, FindingKind, LotCode, Passage, Plate, Report, Statement, moment,
};
use bowei_store::{
    Change, ChangedFindings, DirtyDay, EvaluationRow, FindingQuery, FindingStates, FindingTime,
    HEARD_PLATFORM, HoldRow, HourTally, PassageHour, RatePeriod, RateQuery, RateRow, Store, finding_hour,
    heard_account, heard_lot,
};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

type Kept = Arc<dyn Store>;

/// The day of [`at`], and the minutes of one.
const DAY: u32 = 20_260_401;
const DAYS: i64 = 24 * 60;

pub(crate) async fn all_findings(store: &dyn Store) -> Vec<Finding> {
    whole(|cursor| {
        let states = FindingStates::All;
        store.findings(FindingQuery { states, limit: 7, cursor, ..FindingQuery::default() })
    })
    .await
}

/// The tallies that follow from findings.
fn tallied(findings: &[Finding]) -> Vec<HourTally> {
    let mut tallies = BTreeMap::<_, (i64, i64)>::new();
    for finding in findings {
        let cause = finding.facts.cause().to_owned();
        let key = (finding.lot.clone(), finding.kind, cause, finding_hour(finding));
        let tally = tallies.entry(key).or_default();
        *tally = (tally.0 + 1, tally.1 + i64::from(finding.is_open()));
    }
    let tally = |((lot, kind, cause, hour), (found, open))| HourTally { lot, kind, cause, hour, found, open };
    tallies.into_iter().map(tally).collect()
}

/// The tallies as they are kept, of the lots and kinds that have findings or had any.
pub(crate) async fn tallies(store: &dyn Store) -> Vec<HourTally> {
    let of = store.changed_findings(10_000).await.unwrap();
    let of = of.into_iter().map(|of| (of.lot, of.kind)).collect();
    store.finding_tallies(of, i64::MIN).await.unwrap()
}

/// Holds the tallies against the findings, where nothing was judged so far.
pub(crate) async fn tallies_are_of_findings(store: &dyn Store) {
    assert_eq!(tallies(store).await, tallied(&all_findings(store).await));
}

pub(crate) async fn minutes_in_which_somebody_was_heard_are_kept(store: Kept) {
    // 08:15 is the 16th minute of its hour.
    let (hour, _) = Minutes::hour_and_bit(at(0));
    keep(&*store, [told(&entry("L1", "R1", 0)), said(heartbeat(Some("L2")), 1), said(heartbeat(None), 2)])
        .await;
    let late = Statement { received_at: second(59), ..told(&entry("L1", "R2", 0)) };
    let batch = [told(&entry("L1", "R3", 3)), told(&exit("L1", "R3", 4)), told(&entry("L1", "R4", 46)), late];
    store.commit(delivery(batch)).await.unwrap();
    let account = heard_account(&"p".into(), "huzhou");
    store.mark_heard(HEARD_PLATFORM, at(-20)).await.unwrap();
    store.mark_heard(HEARD_PLATFORM, at(-15)).await.unwrap();
    store.mark_heard(HEARD_PLATFORM, at(-15)).await.unwrap();
    let subjects =
        || vec![heard_lot(&"L1".into()), account.clone(), HEARD_PLATFORM.to_owned(), heard_lot(&"L2".into())];
    let heard = store.heard(subjects(), hour - 1, hour + 2).await.unwrap();
    let minutes = |of: &[u32]| of.iter().map(|minute| 1u64 << minute).sum::<u64>();
    let heard: Vec<_> = heard.into_iter().map(|of| (of.subject, of.hour - hour, of.minutes)).collect();
    let expected = [
        (account.clone(), 0, minutes(&[17])),
        ("lot:L1".to_owned(), 0, minutes(&[15, 18, 19])),
        ("lot:L1".to_owned(), 1, minutes(&[1])),
        ("lot:L2".to_owned(), 0, minutes(&[16])),
        (HEARD_PLATFORM.to_owned(), -1, minutes(&[55])),
        (HEARD_PLATFORM.to_owned(), 0, minutes(&[0])),
    ];
    assert_eq!(heard, expected);
    assert_eq!(store.forget_heard(hour).await.unwrap(), 1);
    assert_eq!(store.heard(subjects(), hour - 1, hour + 2).await.unwrap().len(), 5);
}

fn missing(field: &str, report: Report, minute: i64) -> Statement {
    let facts =
        Facts::FieldAbsent { field: field.to_owned(), expected: String::new(), assumed: String::new() };
    Statement { doubts: vec![facts.into()], ..said(report, minute) }
}

pub(crate) async fn findings_are_tallied_by_hour_and_cause(store: Kept) {
    let said_of = |committed: bowei_store::Committed| committed.findings_changed;
    let first = keep(&*store, [missing("gate", Report::Passage(entry("L1", "R1", 0)), 0)]).await;
    assert_eq!(said_of(first), [("L1".into(), FindingKind::MissingField)]);
    let more = keep(
        &*store,
        [told(&exit("L2", "R2", 50)), missing("plate", Report::Passage(entry("L1", "R3", 1)), 1)],
    );
    assert_eq!(said_of(more.await), [("L1".into(), FindingKind::MissingField)]);
    tallies_are_of_findings(&*store).await;
    let counted = tallies(&*store).await;
    let missing_fields: Vec<_> = counted
        .iter()
        .filter(|of| of.kind == FindingKind::MissingField)
        .map(|of| (&*of.cause, of.found, of.open))
        .collect();
    assert_eq!(missing_fields, [("gate", 1, 1), ("plate", 1, 1)]);
    // The entry comes: the exit without one is resolved, in the hour in which it was opened.
    let resolved = keep(&*store, [Statement { received_at: at(200), ..told(&entry("L2", "R2", 10)) }]).await;
    assert_eq!(said_of(resolved), [("L2".into(), FindingKind::UnmatchedExit)]);
    tallies_are_of_findings(&*store).await;
    let unmatched =
        store.finding_tallies(vec![("L2".into(), FindingKind::UnmatchedExit)], i64::MIN).await.unwrap();
    assert_eq!(unmatched.iter().map(|of| (of.found, of.open)).collect::<Vec<_>>(), [(1, 0)]);
    // Of hours long past only those in which something still holds.
    let late = Minutes::hour_and_bit(at(0)).0 + 100;
    let both = vec![("L2".into(), FindingKind::UnmatchedExit), ("L1".into(), FindingKind::MissingField)];
    assert_eq!(store.finding_tallies(both, late).await.unwrap().len(), 2);
    // Overlaps are found of other records' too, and the earlier beginning counts.
    let overlap =
        |order, from, to, minute| said(Report::ChargingRecord(charge("L3", order, from, to)), minute);
    keep(&*store, [overlap("O1", 0, 60, 300), overlap("O2", 30, 90, 500), overlap("O3", 40, 80, 310)]).await;
    tallies_are_of_findings(&*store).await;
    // One car under two ids, and one of the two turns out to be another.
    keep(&*store, [told(&entry("L4", "R8", 9)), told(&entry("L4", "R9", 9))]).await;
    let other = Passage { plate: Plate::read("浙E54321"), ..entry("L4", "R9", 9) };
    keep(&*store, [said(Report::Passage(other), 80)]).await;
    tallies_are_of_findings(&*store).await;
}

pub(crate) async fn a_photo_that_overtakes_its_record_leaves_no_tally(store: Kept) {
    let tallied = async || {
        let of = vec![("L1".into(), FindingKind::PhotoWithoutRecord)];
        let tallies = store.finding_tallies(of, i64::MIN).await.unwrap();
        tallies_are_of_findings(&*store).await;
        tallies.iter().map(|of| (of.found, of.open)).collect::<Vec<_>>()
    };
    let alone = |record: &str| said(Report::Photo(photo("L1", record, 1)), 4);
    let entered = |record: &str, minute| said(Report::Passage(entry("L1", record, 3)), minute);
    keep(&*store, [alone("R1")]).await;
    assert_eq!(tallied().await, [(1, 1)], "it may yet be the record that is missing");
    keep(&*store, [entered("R1", 5)]).await;
    assert_eq!(tallied().await, [], "it was never due");
    // One that waited for longer than it may was found.
    keep(&*store, [alone("R2"), alone("R3"), entered("R3", 30)]).await;
    assert_eq!(tallied().await, [(2, 1)]);
    // Both in one batch.
    store.commit(delivery([alone("R4"), entered("R4", 5)])).await.unwrap();
    assert_eq!(tallied().await, [(2, 1)]);
}

pub(crate) async fn what_changed_is_judged_until_it_changes_again(store: Kept) {
    keep(&*store, [told(&exit("L1", "R1", 0)), told(&exit("L2", "R1", 1))]).await;
    let changed = store.changed_findings(10).await.unwrap();
    let of = |changed: &[ChangedFindings]| {
        changed.iter().map(|of| (of.lot.as_str().to_owned(), of.kind)).collect::<Vec<_>>()
    };
    let both = [("L1".to_owned(), FindingKind::UnmatchedExit), ("L2".to_owned(), FindingKind::UnmatchedExit)];
    assert_eq!(of(&changed), both);
    assert_eq!(store.changed_findings(1).await.unwrap(), changed[..1]);
    // One of them changes while it is judged.
    keep(&*store, [told(&exit("L2", "R2", 2))]).await;
    store.write_conditions(vec![], changed).await.unwrap();
    let left = store.changed_findings(10).await.unwrap();
    assert_eq!(of(&left), both[1..]);
    store.write_conditions(vec![], left).await.unwrap();
    assert_eq!(store.changed_findings(10).await.unwrap(), []);
}

async fn dirty(store: &dyn Store) -> Vec<(String, u32)> {
    let mut days: Vec<_> =
        store.dirty_days(1_000).await.unwrap().into_iter().map(|of| (of.lot.to_string(), of.day)).collect();
    days.sort();
    days
}

pub(crate) async fn what_is_said_of_a_past_day_makes_it_dirty(store: Kept) {
    let day = |number| ("L1".to_owned(), DAY + number);
    keep(
        &*store,
        [told(&entry("L1", "R1", 0)), told(&exit("L1", "R1", 20)), said(heartbeat(None), 3 * DAYS)],
    )
    .await;
    keep(
        &*store,
        [
            said(Report::SpaceCount(count("L1", 30, 5)), 31),
            said(Report::ChargingRecord(charge("L1", "O1", 0, 9)), 10),
        ],
    )
    .await;
    assert_eq!(dirty(&*store).await, [], "all of it is of its own day");
    // A car that leaves the day after: the day on which it came ends otherwise.
    keep(&*store, [told(&entry("L1", "R2", 30)), told(&exit("L1", "R2", DAYS))]).await;
    assert_eq!(dirty(&*store).await, [day(0)]);
    let seq = store.dirty_days(1).await.unwrap()[0].seq;
    // Two days late: an exit, a count, a charge, a list.
    keep(&*store, [said(Report::Passage(exit("L1", "R3", DAYS)), 3 * DAYS)]).await;
    assert_eq!(dirty(&*store).await, [day(0), day(1)]);
    keep(&*store, [said(Report::SpaceCount(count("L1", 2 * DAYS, 5)), 4 * DAYS)]).await;
    keep(&*store, [said(Report::ChargingRecord(charge("L1", "O2", 3 * DAYS, 3 * DAYS + 9)), 5 * DAYS)]).await;
    let list = CarsInside { lot: "L1".into(), at: at(4 * DAYS), plates: vec![] };
    keep(&*store, [said(Report::CarsInside(list), 5 * DAYS + 1)]).await;
    assert_eq!(dirty(&*store).await, [0, 1, 2, 3, 4].map(day));
    keep(&*store, [said(Report::Passage(exit("L1", "R4", 0)), 6 * DAYS)]).await;
    let first = store.dirty_days(1_000).await.unwrap().into_iter().find(|of| of.day == DAY).unwrap();
    assert!(first.seq > seq, "{first:?} after {seq}");
    // A stay of a year touches the last days alone.
    keep(&*store, [told(&entry("L2", "R1", -400 * DAYS)), told(&exit("L2", "R1", 0))]).await;
    let days = dirty(&*store).await.into_iter().filter(|(lot, _)| lot == "L2").collect::<Vec<_>>();
    assert_eq!(days.len(), 40, "{days:?}");
    assert_eq!(days.last().unwrap().1, 20_260_331);
}

/// A finding of a day's evaluation.
pub(crate) fn found(lot: &str, record: &str, minute: i64) -> Finding {
    Finding {
        kind: FindingKind::OddPlate,
        lot: lot.into(),
        subject: format!("record:{record}"),
        which: format!("day {DAY}"),
        record_id: Some(record.to_owned()),
        at: at(minute),
        facts: Facts::OddPlate { plate: Plate::read("浙E12345").unwrap() },
        opened_at: at(minute + 1),
        resolved_at: None,
    }
}

pub(crate) fn evaluation(lot: &str, day: u32, findings: Vec<Finding>, dirty: Option<i64>) -> EvaluationRow {
    EvaluationRow {
        lot: lot.into(),
        day,
        evaluated_at: at(DAYS),
        findings,
        rates: r#"{"rates":{"online":[3,4],"delays":[1,0,2]}}"#.to_owned(),
        at_close: None,
        passages: vec![],
        dirty,
        elsewhere: BTreeMap::new(),
    }
}

pub(crate) async fn a_lot_that_could_not_know_of_a_car_elsewhere_is_evaluated_again(store: Kept) {
    store.write_evaluation(evaluation("L2", DAY, vec![], None)).await.unwrap();
    let known = async |minute: i64| {
        let elsewhere = BTreeMap::from(["L2", "never evaluated"].map(|lot| (lot.into(), at(minute))));
        let row = EvaluationRow { elsewhere, ..evaluation("L1", DAY, vec![], None) };
        store.write_evaluation(row).await.unwrap();
        let dirty = store.dirty_days(9).await.unwrap();
        dirty.into_iter().map(|of| (of.lot.to_string(), of.day)).collect::<Vec<_>>()
    };
    assert_eq!(known(DAYS).await, [], "it knew as much");
    assert_eq!(known(DAYS + 1).await, [("L2".to_owned(), DAY)]);
    let seq = store.dirty_days(9).await.unwrap()[0].seq;
    known(DAYS + 1).await;
    assert!(store.dirty_days(9).await.unwrap()[0].seq > seq, "whoever evaluates it meanwhile may not know");
}

pub(crate) async fn an_evaluation_takes_the_place_of_the_one_before(store: Kept) {
    // One finding of a batch, which is none of the evaluation's.
    keep(&*store, [told(&exit("L1", "R1", 0))]).await;
    let of_record = all_findings(&*store).await;
    let (a, b) = (found("L1", "A", 10), found("L1", "B", -3 * DAYS));
    let kinds =
        store.write_evaluation(evaluation("L1", DAY, vec![a.clone(), b.clone()], None)).await.unwrap();
    assert_eq!(kinds, [FindingKind::OddPlate]);
    store.write_evaluation(evaluation("L2", DAY, vec![found("L2", "A", 10)], None)).await.unwrap();
    assert_eq!(all_findings(&*store).await.len(), 4);
    tallies_are_of_findings(&*store).await;
    let again =
        store.write_evaluation(evaluation("L1", DAY, vec![b.clone(), a.clone()], None)).await.unwrap();
    assert_eq!(again, [], "the same changes nothing");
    // Another day's stay; of this day one goes, one is resolved.
    let other = Finding { which: "day 20260402".to_owned(), ..found("L1", "A", 10) };
    store.write_evaluation(evaluation("L1", DAY + 1, vec![other.clone()], None)).await.unwrap();
    let resolved = Finding { resolved_at: Some(at(700)), ..a };
    store.write_evaluation(evaluation("L1", DAY, vec![resolved.clone()], None)).await.unwrap();
    let of_l1: Vec<_> =
        all_findings(&*store).await.into_iter().filter(|of| of.lot.as_str() == "L1").collect();
    let mut expected = [of_record, vec![resolved, other]].concat();
    expected.sort();
    let mut of_l1 = of_l1;
    of_l1.sort();
    assert_eq!(of_l1, expected);
    tallies_are_of_findings(&*store).await;
    store.write_evaluation(evaluation("L1", DAY, vec![], None)).await.unwrap();
    assert_eq!(all_findings(&*store).await.len(), 3);
    tallies_are_of_findings(&*store).await;
}

pub(crate) async fn a_day_stays_dirty_if_it_is_touched_while_it_is_evaluated(store: Kept) {
    keep(&*store, [said(Report::Passage(exit("L1", "R1", 0)), DAYS)]).await;
    let lot = LotCode::from("L1");
    let dirty = store.day_evidence(&lot, DAY).await.unwrap().dirty;
    assert_eq!(
        store.dirty_days(9).await.unwrap(),
        [DirtyDay { lot: lot.clone(), day: DAY, seq: dirty.unwrap() }]
    );
    keep(&*store, [said(Report::Passage(exit("L1", "R2", 0)), DAYS)]).await;
    store.write_evaluation(evaluation("L1", DAY, vec![], dirty)).await.unwrap();
    let again = store.day_evidence(&lot, DAY).await.unwrap().dirty;
    assert!(again > dirty, "{again:?} after {dirty:?}");
    store.write_evaluation(evaluation("L1", DAY, vec![], again)).await.unwrap();
    assert_eq!(store.dirty_days(9).await.unwrap(), []);
    // What comes after it has a number of its own, so that an evaluation of before cannot clear it.
    keep(&*store, [said(Report::Passage(exit("L1", "R3", 0)), DAYS + 1)]).await;
    let after = store.day_evidence(&lot, DAY).await.unwrap().dirty;
    store.write_evaluation(evaluation("L1", DAY, vec![], dirty)).await.unwrap();
    assert_eq!(store.day_evidence(&lot, DAY).await.unwrap().dirty, after);
}

pub(crate) async fn findings_of_a_day_get_pseudonyms_with_its_statements(store: Kept) {
    keep(&*store, [told(&entry("L1", "A", 10)), told(&entry("L2", "A", 10))]).await;
    for lot in ["L1", "L2"] {
        store.write_evaluation(evaluation(lot, DAY, vec![found(lot, "A", 10)], None)).await.unwrap();
    }
    let held = HoldRow { lot: Some("L2".into()), ..hold("h") };
    store.administer(vec![Change::Hold(Box::new(held))], vec![]).await.unwrap();
    gone_through(&*store, 600).await;
    let plates = all_findings(&*store).await.into_iter().map(|of| match of.facts {
        Facts::OddPlate { plate } => (of.lot.to_string(), plate),
        other => panic!("{other:?}"),
    });
    let plates: BTreeMap<_, _> = plates.collect();
    let kept = Plate::read("浙E12345").unwrap();
    assert_eq!(plates, BTreeMap::from([("L1".to_owned(), pseudonym("浙E12345")), ("L2".to_owned(), kept)]));
    tallies_are_of_findings(&*store).await;
    // It is the day's still.
    store.write_evaluation(evaluation("L1", DAY, vec![], None)).await.unwrap();
    assert_eq!(all_findings(&*store).await.len(), 1);
}

async fn rates(store: &dyn Store, query: &RateQuery) -> Vec<RateRow> {
    whole(|cursor| store.rates(RateQuery { cursor, ..query.clone() })).await
}

pub(crate) async fn a_months_rates_are_the_sum_of_its_days(store: Kept) {
    let of = |num: i64, at_close: Option<i64>| {
        let rates = |num: i64| format!(r#"{{"rates":{{"online":[{num},10],"delays":[{num},1]}}}}"#);
        (rates(num), at_close.map(rates))
    };
    let write = async |lot: &str, day: u32, num: i64, at_close: Option<i64>| {
        let (rates, at_close) = of(num, at_close);
        let row = EvaluationRow { rates, at_close, ..evaluation(lot, day, vec![], None) };
        store.write_evaluation(row).await.unwrap();
    };
    for (lot, day, num) in
        [("L2", 20_260_401, 1), ("L1", 20_260_430, 2), ("L1", 20_260_331, 3), ("L1", 20_260_501, 4)]
    {
        write(lot, day, num, None).await;
    }
    write("L1", 20_260_401, 5, Some(4)).await;
    write("L1", 20_260_401, 6, Some(4)).await;
    let all = RateQuery { from: 0, to: 20_261_231, limit: 2, ..RateQuery::default() };
    let days: Vec<_> =
        rates(&*store, &all).await.into_iter().map(|row| (row.period, row.lot.to_string())).collect();
    let expected =
        [(20_260_331, "L1"), (20_260_401, "L1"), (20_260_401, "L2"), (20_260_430, "L1"), (20_260_501, "L1")];
    assert_eq!(days, expected.map(|(day, lot)| (day, lot.to_owned())));
    let months = RateQuery {
        by: RatePeriod::Month,
        from: 202_604,
        to: 202_604,
        lots: Some(vec!["L1".into()]),
        limit: 9,
        ..all.clone()
    };
    let month = rates(&*store, &months).await;
    let json = |text: &str| serde_json::from_str::<KeptDay>(text).unwrap();
    assert_eq!(month.len(), 1);
    assert_eq!(json(&month[0].rates), json(r#"{"rates":{"online":[8,20],"delays":[8,2]}}"#));
    assert_eq!(
        json(month[0].at_close.as_deref().unwrap()),
        json(&of(0, Some(4)).1.unwrap()),
        "of the one day that has it"
    );
    let few = RateQuery {
        from: 20_260_401,
        to: 20_260_430,
        lots: Some(vec!["L1".into(), "L9".into()]),
        limit: 1,
        ..all
    };
    assert_eq!(rates(&*store, &few).await.len(), 2);
}

pub(crate) async fn a_day_is_evaluated_by_all_that_touches_it(store: Kept) {
    let plate = |plate: &str, passage: Passage| told(&Passage { plate: Plate::read(plate), ..passage });
    let lot = LotCode::from("L1");
    let of =
        |record: &str, direction: fn(&str, &str, i64) -> Passage, minute| direction("L1", record, minute);
    let statements = [
        // Through it, into it, out of it; before it and after it; open since long ago, and since yesterday.
        plate("浙E00001", of("through", entry, -2 * DAYS)),
        plate("浙E00001", of("through", exit, 2 * DAYS)),
        plate("浙E00002", of("into", entry, 0)),
        plate("浙E00003", of("out", entry, -DAYS)),
        plate("浙E00003", of("out", exit, 10)),
        plate("浙E00004", of("before", entry, -DAYS)),
        plate("浙E00004", of("before", exit, -DAYS + 5)),
        plate("浙E00005", of("after", entry, DAYS)),
        plate("浙E00006", of("long", entry, -60 * DAYS)),
        plate("浙E00007", of("open", entry, -DAYS)),
        plate("浙E00008", of("unmatched", exit, 20)),
        // The same car elsewhere: at the same time, at another, and another car.
        said(Report::Passage(Passage { plate: Plate::read("浙E00002"), ..entry("L2", "there", 30) }), 45),
        plate("浙E00099", entry("L4", "misread", 40)),
        plate("浙E00002", exit("L4", "misread", 70)),
        plate("浙E00003", entry("L2", "later", 20)),
        plate("浙E00009", entry("L2", "other", 5)),
    ];
    keep(&*store, statements).await;
    let vacant = |minute, vacant| said(Report::SpaceCount(count("L1", minute, vacant)), minute);
    keep(&*store, [vacant(-2 * DAYS, 1), vacant(-DAYS, 2), vacant(5, 3), vacant(3, 4), vacant(DAYS, 5)])
        .await;
    for minute in [-DAYS, 0, 60, DAYS] {
        let list = CarsInside { lot: lot.clone(), at: at(minute), plates: vec![] };
        keep(&*store, [said(Report::CarsInside(list), minute + 1)]).await;
    }
    keep(
        &*store,
        [("O1", -DAYS), ("O2", 30), ("O3", DAYS)].map(|(order, ended)| {
            said(Report::ChargingRecord(charge("L1", order, ended - 9, ended)), ended + 1)
        }),
    )
    .await;
    let (hour, _) = Minutes::hour_and_bit(at(0));
    let passages = |at: i64| vec![PassageHour { hour: at, entries: 3, exits: 1 }];
    for (day, hour) in [(DAY, hour), (20_260_331, hour - 24), (20_260_101, hour - 90 * 24)] {
        let row = EvaluationRow { passages: passages(hour), ..evaluation("L1", day, vec![], None) };
        store.write_evaluation(row).await.unwrap();
    }
    let day = store.day_evidence(&lot, DAY).await.unwrap();
    let ids: Vec<_> = day.sessions.iter().map(|session| session.record_id.as_str()).collect();
    assert_eq!(ids, ["through", "open", "out", "into", "unmatched"]);
    assert_eq!((day.open_before, day.truncated), (4, false), "through, out, open, long");
    assert_eq!(day.counts.iter().map(|count| count.vacant).collect::<Vec<_>>(), [2, 4, 3]);
    let lists: Vec<_> = day.lists.iter().map(|list| list.words().last().unwrap().content.clone()).collect();
    let dated = |report: &Report| matches!(report, Report::CarsInside(list) if moment::day(list.at) == DAY);
    assert!(lists.len() == 2 && lists.iter().all(dated), "{lists:?}");
    let charges: Vec<_> =
        day.charges.iter().map(|of| (of.record.order_no.as_str(), of.received_at)).collect();
    assert_eq!(charges, [("O2", at(31))]);
    assert!(day.heard.contains(8 * 60 + 15) && !day.heard.contains(8 * 60 + 14), "{:?}", day.heard);
    assert_eq!(day.passage_hours, passages(hour - 24));
    let elsewhere: Vec<_> = day
        .elsewhere
        .iter()
        .map(|of| (of.record_id.as_str(), of.other_lot.as_str(), of.other_record_id.as_str(), of.received_at))
        .collect();
    let expected = [("into", "L2", "there", at(45)), ("into", "L4", "misread", at(70))];
    assert_eq!(elsewhere, expected);
    let never = store.day_evidence(&"L9".into(), DAY).await.unwrap();
    assert_eq!(never, Default::default());
    assert!(store.day_evidence(&lot, 20_261_341).await.is_err());
}

pub(crate) async fn findings_are_listed_alike_by_every_filter(store: Kept) {
    let mut statements = Vec::new();
    for number in 0..40 {
        let lot = format!("L{}", number % 4);
        statements.push(told(&exit(&lot, &format!("R{number}"), number / 3)));
        let doubtful = missing(
            ["gate", "plate"][number as usize % 2],
            Report::Passage(entry(&lot, &format!("Q{number}"), number)),
            number,
        );
        statements.push(doubtful);
    }
    // Every third exit gets its entry.
    let entries = (0..40).step_by(3);
    statements.extend(entries.map(|number| Statement {
        received_at: at(500),
        ..told(&entry(&format!("L{}", number % 4), &format!("R{number}"), -5))
    }));
    store.commit(delivery(statements)).await.unwrap();
    let all = all_findings(&*store).await;
    let lots = |of: &[&str]| Some(of.iter().map(|lot| LotCode::from(*lot)).collect::<Vec<_>>());
    let many = || Some((0..600).map(|n| LotCode::from(format!("L{n}"))).collect());
    for wanted in [None, lots(&[]), lots(&["L1"]), lots(&["L2", "L1", "L1"]), many()] {
        for kind in [None, Some(FindingKind::UnmatchedExit), Some(FindingKind::MissingField)] {
            for states in [FindingStates::Open, FindingStates::Resolved, FindingStates::All] {
                let others = [(None, None), (Some("gate".to_owned()), None), (None, Some(at(6)))];
                let times = [FindingTime::At, FindingTime::Received];
                for ((cause, from), by) in others.iter().flat_map(|other| times.map(|by| (other.clone(), by)))
                {
                    let query = FindingQuery {
                        lots: wanted.clone(),
                        kind,
                        cause,
                        by,
                        from,
                        states,
                        limit: 3,
                        ..Default::default()
                    };
                    let time = |of: &Finding| match by {
                        FindingTime::At => of.at,
                        FindingTime::Received => of.opened_at,
                    };
                    let is_wanted = |of: &&Finding| {
                        wanted.as_ref().is_none_or(|lots| lots.contains(&of.lot))
                            && kind.is_none_or(|kind| of.kind == kind)
                            && query.cause.as_deref().is_none_or(|cause| of.facts.cause() == cause)
                            && from.is_none_or(|from| time(of) >= from)
                            && (states == FindingStates::All
                                || (states == FindingStates::Open) == of.is_open())
                    };
                    let mut expected: Vec<_> = all.iter().filter(is_wanted).cloned().collect();
                    let mut listed =
                        whole(|cursor| store.findings(FindingQuery { cursor, ..query.clone() })).await;
                    assert!(listed.is_sorted_by_key(|of| Reverse((time(of), of.at))), "{query:?}");
                    if by == FindingTime::Received {
                        // Those of one moment come as the engine has them.
                        expected.sort();
                        listed.sort();
                    }
                    assert_eq!(listed, expected, "{query:?}");
                    assert_eq!(store.findings_count(query).await.unwrap(), expected.len() as u64);
                }
            }
        }
    }
}
