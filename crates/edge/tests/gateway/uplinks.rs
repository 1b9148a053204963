//! What reaches a platform: in order, on time, and whatever becomes of the platform meanwhile.

use crate::gateway::harness::{Lot, STEP, entry, exit, passage, picture, plate, seconds};
use crate::gateway::platform::{Arrived, Platform, Say, What, of_logins};
use crate::gateway::time::DAY;
use bowei_edge::uplink::ASIDE_AFTER;
use bowei_model::{Direction, Report};
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

/// A lot that was away so long that so many cars are to be told of, just started again.
async fn after_an_outage(standard: &str, cars: u32, set: impl Fn(&Platform)) -> (Lot, Arc<Platform>) {
    let (mut lot, platforms) = Lot::speaking(&[standard]);
    platforms[0].goes_away();
    lot.start().await;
    let at = lot.now();
    lot.keeps((0..cars).map(|car| passage(&format!("B{car}"), car, Direction::Entry, at))).await;
    lot.stop().await;
    platforms[0].takes_all();
    platforms[0].forget_arrived();
    set(&platforms[0]);
    lot.start().await;
    (lot, Arc::clone(&platforms[0]))
}

fn gaps(arrived: &[Arrived]) -> Vec<Duration> {
    arrived.windows(2).map(|two| two[1].at - two[0].at).collect()
}

/// Answers a record in one way and everything else in another.
fn of_record(record: &'static str, say: Say) -> impl FnMut(&Arrived) -> Say + Send + 'static {
    move |arrived| match arrived.passage() {
        Some(passage) if passage.record_id.as_str() == record => say.clone(),
        _ => Say::Take,
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_goes_in_order_while_many_go_at_once() {
    let (lot, platform) = Lot::with("ningbo").await;
    let mut answers = 0_u64;
    platform.answers(move |_| {
        answers += 1;
        // As uneven as a network is.
        Say::Slow(Duration::from_millis(answers * 7_919 % 900))
    });
    let at = lot.now();
    for memo in 0..4 {
        let batch: Vec<Value> = (0..50)
            .map(|car| {
                let record = format!("R{car}");
                let mut report = if memo < 3 { entry(&record, car, at) } else { exit(&record, car, at, at) };
                report["vacant"] = json!(memo);
                report
            })
            .collect();
        lot.says(Value::from(batch)).await;
    }
    lot.pass(MINUTE).await;
    let mut by_record: BTreeMap<String, Vec<Option<i64>>> = BTreeMap::new();
    for passage in platform.passages() {
        by_record.entry(passage.record_id.to_string()).or_default().push(passage.vacant);
    }
    assert_eq!(by_record.len(), 50);
    for (record, said) in by_record {
        assert_eq!(said, [Some(0), Some(1), Some(2), Some(3)], "{record}");
    }
    let first = platform.received("uploadBusiness");
    assert!(first[10].at - first[0].at < Duration::from_millis(100), "one after the other is too slow");
}

#[tokio::test(start_paused = true)]
async fn live_reports_pass_a_backlog_that_drains_at_five_hundred_a_second() {
    let (lot, platform) = after_an_outage("ningbo", 20_000, |_| {}).await;
    let mut said = BTreeMap::new();
    for car in 0..30 {
        lot.pass(SECOND).await;
        said.insert(format!("L{car}"), platform.age());
        lot.says(entry(&format!("L{car}"), 90_000 + car, lot.now())).await;
    }
    lot.pass(15 * SECOND).await;
    let taken = platform.taken("uploadBusiness");
    assert_eq!(taken.len(), 20_030);
    let span = taken[taken.len() - 1].at - taken[0].at;
    assert!(span <= 40 * SECOND + SECOND, "20,000 in {span:?}");
    for live in taken.iter().filter(|one| one.passage().unwrap().record_id.as_str().starts_with('L')) {
        let passage = live.passage().unwrap();
        let late = live.at - said[passage.record_id.as_str()];
        assert!(late < 2 * SECOND, "{} came {late:?} later", passage.record_id);
    }
}

#[tokio::test(start_paused = true)]
async fn heartbeats_are_on_time_while_a_backlog_drains() {
    for (standard, interval, path) in [("shenzhen", 30, "heartBeats"), ("huzhou", 300, "heartbeat")] {
        let (lot, platform) = after_an_outage(standard, 20_000, |platform| {
            platform.leaves_closed();
            platform.set_latency(4 * SECOND);
        })
        .await;
        lot.pass(12 * interval * SECOND).await;
        let uplink = lot.uplink(standard).await;
        assert!(uplink["backlog"].as_u64().unwrap() > 0, "it drains still: {uplink}");
        let beats = platform.received(path);
        assert!(beats.len() >= 12, "{standard}: {}", beats.len());
        for gap in gaps(&beats).iter().skip(1) {
            let off = gap.abs_diff(interval * SECOND);
            assert!(off < Duration::from_millis(100), "{standard}: {gap:?} between two");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_platform_that_says_when_to_come_back_is_left_alone_until_then() {
    let (lot, platform) = Lot::with("ningbo").await;
    let mut first = true;
    platform.answers(move |arrived| {
        let busy = arrived.passage().is_some() && std::mem::take(&mut first);
        if busy { Say::Later(Some(120)) } else { Say::Take }
    });
    lot.says(entry("R1", 1, lot.now())).await;
    lot.pass(SECOND).await;
    let others: Vec<Value> = (2..40).map(|car| entry(&format!("R{car}"), car, lot.now())).collect();
    lot.says(Value::from(others)).await;
    lot.pass(3 * MINUTE).await;
    let received = platform.received("uploadBusiness");
    let waits = received[1].at - received[0].at;
    assert!(waits >= 120 * SECOND && waits < 122 * SECOND, "{waits:?}");
    assert_eq!(platform.plates().len(), 39);
    assert!(received[2].at > received[1].at, "one alone asks whether it is well again");
    assert!(received[38].at - received[1].at < SECOND, "then all go");
}

#[tokio::test(start_paused = true)]
async fn a_platform_that_fails_for_all_is_asked_with_one_report_at_a_time() {
    let (lot, platform) = Lot::with("ningbo").await;
    platform.answers(|arrived| if arrived.passage().is_some() { Say::Later(None) } else { Say::Take });
    let many: Vec<Value> = (0..100).map(|car| entry(&format!("R{car}"), car, lot.now())).collect();
    lot.says(Value::from(many)).await;
    lot.pass(5 * MINUTE).await;
    let received = platform.received("uploadBusiness");
    let probes: Vec<_> =
        received.iter().filter(|one| one.at - received[0].at > SECOND / 2).cloned().collect();
    assert!((8..20).contains(&probes.len()), "{} times in five minutes", probes.len());
    for gap in gaps(&probes) {
        assert!(gap >= SECOND && gap < 39 * SECOND, "{gap:?}");
    }
    let waiting = lot.uplink("ningbo").await;
    assert_eq!((&waiting["state"], &waiting["backlog"]), (&json!("waiting"), &json!(100)));
    assert!(waiting["retry_at"].is_string(), "{waiting}");
    platform.takes_all();
    lot.pass(MINUTE).await;
    assert_eq!(platform.plates().len(), 100);
    let well = lot.uplink("ningbo").await;
    assert_eq!((&well["state"], &well["dead_letters"]), (&json!("up"), &json!(0)), "no report was to blame");
}

#[tokio::test(start_paused = true)]
async fn one_poisonous_report_blocks_nothing_and_is_never_given_up() {
    for say in [Say::Later(None), Say::Later(Some(5)), Say::Garbage, Say::Fail(500, "系统异常")] {
        let (lot, platform) = Lot::with("ningbo").await;
        let poison = say.clone();
        platform.answers(move |arrived| match arrived.passage() {
            Some(it) if it.record_id.as_str() == "poison" && it.direction == Direction::Entry => {
                poison.clone()
            }
            _ => Say::Take,
        });
        lot.says(json!([entry("poison", 1, lot.now()), exit("poison", 1, lot.now(), lot.now())])).await;
        let tried = || platform.received("uploadBusiness").into_iter().filter(|one| !one.accepted).count();
        for car in 0..60 {
            let before = platform.plates().len();
            lot.says(entry(&format!("R{car}"), 100 + car, lot.now())).await;
            lot.pass(10 * SECOND).await;
            assert!(platform.plates().len() > before, "{say:?}: R{car} was held up");
            lot.pass(10 * MINUTE).await;
        }
        assert!(tried() >= ASIDE_AFTER as usize, "{say:?}: {} times", tried());
        assert!(platform.plates().contains(&plate(1)), "{say:?}: its exit goes on in the end");
        assert_eq!(lot.dead_letters().await, [Value::Null; 0], "{say:?}: nobody blames what it says");
        assert_eq!(lot.uplink("ningbo").await["backlog"], 1, "and it is seen to wait");
        platform.takes_all();
        lot.pass(61 * MINUTE).await;
        assert_eq!(lot.uplink("ningbo").await["backlog"], 0, "{say:?}: it is tried once an hour");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_for_good_stands_in_nobodys_way() {
    let (lot, platform) = Lot::with("ningbo").await;
    platform.answers(of_record("R1", Say::Refuse("车牌号不合规")));
    lot.says(json!([entry("R1", 1, lot.now()), entry("R2", 2, lot.now())])).await;
    lot.pass(SECOND / 2).await;
    assert_eq!(platform.plates(), [plate(2)]);
    lot.says(entry("R3", 3, lot.now())).await;
    lot.pass(5 * SECOND).await;
    assert_eq!(platform.plates(), [plate(2), plate(3)]);
    let letters = lot.dead_letters().await;
    assert_eq!(letters.len(), 1);
    assert!(letters[0]["why"].as_str().unwrap().contains("车牌号不合规"), "{letters:?}");
    platform.takes_all();
    lot.says(exit("R1", 1, lot.now(), lot.now())).await;
    lot.pass(5 * SECOND).await;
    assert_eq!(platform.plates(), [plate(2), plate(3), plate(1)], "its exit goes on");
}

#[tokio::test(start_paused = true)]
async fn a_report_whose_answer_was_lost_is_sent_again() {
    let (lot, platform) = Lot::with("huzhou").await;
    let mut first = true;
    platform.answers(move |arrived| {
        let lost = arrived.passage().is_some() && std::mem::take(&mut first);
        if lost { Say::TakeInSilence } else { Say::Take }
    });
    lot.says(json!([entry("R1", 1, lot.now()), exit("R1", 1, lot.now(), lot.now())])).await;
    lot.pass(2 * MINUTE).await;
    let said: Vec<Direction> = platform.passages().iter().map(|it| it.direction).collect();
    assert_eq!(said, [Direction::Entry, Direction::Entry, Direction::Exit]);
}

#[tokio::test(start_paused = true)]
async fn many_that_wait_for_a_login_log_in_once() {
    let (lot, platform) = after_an_outage("shenzhen", 500, |_| {}).await;
    lot.pass(10 * SECOND).await;
    assert_eq!(platform.passages().len(), 500);
    assert_eq!(platform.received("login").len(), 1);
    // The token dies in the middle: one login more, and nothing is lost or doubled.
    platform.forgets_token();
    let batch: Vec<Value> = (0..200).map(|car| entry(&format!("R{car}"), car, lot.now())).collect();
    lot.says(Value::from(batch)).await;
    lot.pass(10 * SECOND).await;
    assert_eq!((platform.received("login").len(), platform.passages().len()), (2, 700));
    assert_eq!(lot.uplink("shenzhen").await["dead_letters"], 0);
}

#[tokio::test(start_paused = true)]
async fn a_token_is_renewed_before_it_ends() {
    let (mut lot, platforms) = Lot::speaking(&["isp"]);
    let platform = &platforms[0];
    platform.set_token_life(600);
    lot.start().await;
    for car in 0..60 {
        lot.says(entry(&format!("R{car}"), car, lot.now())).await;
        lot.pass(MINUTE).await;
    }
    let logins = platform.received("/oauth/token");
    assert!((6..=8).contains(&logins.len()), "{}", logins.len());
    for gap in gaps(&logins) {
        assert!(gap >= 480 * SECOND && gap < 600 * SECOND, "{gap:?}");
    }
    assert_eq!(platform.passages().len(), 60);
    for one in platform.arrived() {
        if let What::Refused(words) = one.what {
            panic!("{}: {words}", one.path);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_platform_that_wants_one_login_after_the_other_gets_no_storm_of_them() {
    let (lot, platform) = Lot::with("shenzhen").await;
    lot.pass(5 * SECOND).await;
    platform.answers(|arrived| if matches!(arrived.what, What::Login) { Say::Take } else { Say::DeadToken });
    platform.forget_arrived();
    let batch: Vec<Value> = (0..100).map(|car| entry(&format!("R{car}"), car, lot.now())).collect();
    lot.says(Value::from(batch)).await;
    lot.pass(10 * MINUTE).await;
    let logins = platform.received("login").len();
    assert!(logins < 400, "{logins} logins in ten minutes");
    platform.takes_all();
    lot.pass(MINUTE).await;
    assert_eq!(platform.passages().len(), 100);
    assert_eq!(lot.uplink("shenzhen").await["dead_letters"], 0);
}

#[tokio::test(start_paused = true)]
async fn a_refused_account_is_said_so_and_tried_again_later() {
    for standard in of_logins() {
        let (mut lot, platforms) = Lot::speaking(&[standard]);
        let platform = &platforms[0];
        let is_login = |one: &Arrived| matches!(one.what, What::Login);
        platform.answers(move |arrived| if is_login(arrived) { Say::NoAccount } else { Say::Take });
        lot.start().await;
        let batch: Vec<Value> = (0..50).map(|car| entry(&format!("R{car}"), car, lot.now())).collect();
        lot.says(Value::from(batch)).await;
        lot.pass(10 * MINUTE).await;
        let refused = lot.uplink(standard).await;
        assert_eq!(
            (&refused["state"], &refused["dead_letters"]),
            (&json!("refused"), &json!(0)),
            "{refused}"
        );
        assert!(refused["backlog"].as_u64().unwrap() >= 50);
        let logins = platform.arrived().iter().filter(|one| is_login(one)).count();
        // Every half minute from the backlog, and as often from heartbeats: accounts are locked for knocking.
        assert!((10..80).contains(&logins), "{standard}: {logins} logins in ten minutes");
        platform.takes_all();
        lot.pass(MINUTE).await;
        let well = lot.uplink(standard).await;
        assert_eq!((&well["state"], &well["backlog"]), (&json!("up"), &json!(0)), "{standard}: {well}");
        assert_eq!(platform.passages().len(), 50);
    }
}

/// How far from the platform's own time its messages said they were sent. One of free spaces says when they were counted:
/// virtual time goes on while a count is written to disk, by a step of the lot's at most.
fn worst_stamp(platform: &Platform, from: usize) -> SignedDuration {
    let arrived = platform.arrived();
    let begin = platform.now() - SignedDuration::try_from(platform.age()).unwrap();
    let off = arrived.iter().skip(from).filter_map(|one| {
        let at = begin + SignedDuration::try_from(one.at).unwrap();
        let off = one.sent_at?.duration_since(at).abs();
        let is_count = matches!(one.reports(), [Report::SpaceCount(_), ..]);
        Some(if is_count { off - SignedDuration::try_from(STEP).unwrap() } else { off })
    });
    off.max().unwrap()
}

#[tokio::test(start_paused = true)]
async fn messages_are_stamped_with_the_platforms_time_and_drift_is_shown() {
    for standard in ["huzhou", "shenzhen", "ningbo"] {
        for off in [3_600, -3_600] {
            let (mut lot, platforms) = Lot::speaking(&[standard]);
            let platform = &platforms[0];
            platform.set_clock_off(seconds(off));
            if standard == "huzhou" {
                // It says its time nowhere else.
                platform.says_date();
            }
            lot.start().await;
            lot.pass(2 * MINUTE).await;
            let from = platform.arrived().len();
            lot.says(entry("R1", 1, lot.gateway().now())).await;
            lot.pass(MINUTE).await;
            assert_eq!(platform.plates(), [plate(1)], "{standard} {off}");
            if standard != "ningbo" {
                assert!(worst_stamp(platform, from) < seconds(3), "{standard} {off}");
            }
            let clock = lot.uplink(standard).await["clock"].clone();
            let shown = clock["offset_ms"].as_i64().unwrap();
            assert!((shown - off * 1_000).abs() < 3_000 && clock["drifting"] == true, "{standard}: {clock}");
            let warnings = lot.status().await["warnings"].clone();
            assert!(warnings.to_string().contains("clock-drift"), "{standard}: {warnings}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_photo_without_a_time_has_the_platforms_though_the_clock_is_an_hour_off() {
    for off in [3_600, -3_600] {
        let (mut lot, platforms) = Lot::speaking(&["ningbo"]);
        let platform = &platforms[0];
        lot.wall.set_off(seconds(off));
        lot.start().await;
        lot.pass(2 * MINUTE).await;
        let right = lot.now();
        lot.shows("R1", "entry", picture(1)).await;
        lot.pass(MINUTE).await;
        let taken = platform.taken("uploadBusinessImg");
        let Some(Report::Photo(photo)) = taken[0].reports().first() else { panic!("{taken:?}") };
        let apart = photo.taken_at.unwrap().duration_since(right).abs();
        assert!(apart < seconds(3), "{off}: {apart:?} off");
    }
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_leaps_a_day_changes_no_message() {
    for standard in ["huzhou", "shenzhen"] {
        for days in [1, -1] {
            let (mut lot, platforms) = Lot::speaking(&[standard]);
            let platform = &platforms[0];
            platform.says_date();
            lot.start().await;
            lot.says(entry("R1", 1, lot.now())).await;
            lot.pass(6 * MINUTE).await;
            let from = platform.arrived().len();
            lot.wall.set_off(SignedDuration::from_hours(24 * days));
            for car in 2..8 {
                lot.says(entry(&format!("R{car}"), car, lot.now())).await;
                lot.pass(2 * MINUTE).await;
            }
            assert_eq!(platform.plates().len(), 7, "{standard} {days}");
            assert!(worst_stamp(platform, from) < seconds(3), "{standard} {days}");
            let clock = lot.uplink(standard).await["clock"].clone();
            assert_eq!(clock["drifting"], true, "{clock}");
            lot.wall.set_off(SignedDuration::ZERO);
            lot.pass(MINUTE).await;
            assert_eq!(lot.uplink(standard).await["clock"]["drifting"], false);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_week_away_is_made_up_for_and_holds_nothing_new_up() {
    let (lot, platform) = Lot::with("huzhou").await;
    platform.goes_away();
    for day in 0..7 {
        let cars: Vec<Value> =
            (day * 40..day * 40 + 40).map(|car| entry(&format!("R{car}"), car, lot.now())).collect();
        lot.says(Value::from(cars)).await;
        lot.pass(DAY).await;
    }
    platform.takes_all();
    platform.set_latency(2 * SECOND);
    lot.pass_until(2 * MINUTE, || platform.plates().len() >= 10).await;
    let before = platform.plates().len();
    lot.says(entry("now", 999, lot.now())).await;
    lot.pass(2 * MINUTE).await;
    let plates = platform.plates();
    let place = plates.iter().position(|it| *it == plate(999)).unwrap();
    assert!(place <= before + 24, "what is new waits for no more than is on its way already: {place}");
    let mut all = plates;
    all.sort();
    assert_eq!(all, (0..280).chain([999]).map(plate).collect::<Vec<_>>(), "each once");
}

#[tokio::test(start_paused = true)]
async fn a_platform_whose_clock_is_far_off_dates_nothing_of_the_lot_nor_of_another_platform() {
    let five_years = 5 * 365 * 86_400;
    // How far off it is, and whether that is believed.
    for (off, is_believed) in
        [(240, true), (-240, true), (3_600, false), (five_years, false), (-five_years, false)]
    {
        let (mut lot, platforms) = Lot::speaking(&["ningbo", "shenzhen"]);
        let (wrong, right) = (&platforms[0], &platforms[1]);
        wrong.set_clock_off(seconds(off));
        lot.start().await;
        lot.pass(2 * MINUTE).await;
        let apart = lot.gateway().now().duration_since(lot.now());
        let expected = seconds(if is_believed { off } else { 0 });
        assert!((apart - expected).abs() < seconds(3), "{off}: {apart:?}");
        let warnings = lot.status().await["warnings"].to_string();
        assert_eq!(warnings.contains("clock-doubted"), !is_believed, "{off}: {warnings}");
        // To the other nothing says a wrong time: neither its messages nor what the gateway itself dates.
        let from = right.arrived().len();
        lot.shows("R1", "entry", picture(1)).await;
        lot.says(entry("R1", 1, lot.now())).await;
        lot.pass(6 * MINUTE).await;
        assert_eq!(right.plates(), [plate(1)], "{off}");
        assert!(worst_stamp(right, from) < seconds(3), "{off}");
        for report in right.arrived().iter().skip(from).flat_map(|one| one.reports().to_vec()) {
            let Report::SpaceCount(count) = report else { continue };
            let apart = count.at.duration_since(lot.now()).abs();
            assert!(apart < seconds(600), "{off}: a count of {apart:?} away");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_machines_clock_that_somebody_sets_wrong_is_mended_by_a_platform_that_was_believed() {
    let (lot, _platform) = Lot::with("shenzhen").await;
    lot.pass(2 * MINUTE).await;
    lot.wall.set_off(SignedDuration::from_hours(24 * 365));
    lot.pass(2 * MINUTE).await;
    let apart = lot.gateway().now().duration_since(lot.now()).abs();
    assert!(apart < seconds(3), "{apart:?}");
}
