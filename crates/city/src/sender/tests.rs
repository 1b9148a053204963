//! The sender against a small platform in this process.

use super::fake_platform::{Platform, Troubles};
use super::*;
use crate::plan::{PlanOptions, Records, speaks, spoken};
use crate::replay::{Replay, ReplayOptions};
use crate::run::{HoursOptions, hours};
use crate::simulation::{PhotoShare, Simulation, SimulationOptions};
use crate::truth::SharedTruth;
use crate::verdict::judge;
use bowei_model::{Direction, PhotoRole, Report};
use jiff::SignedDuration;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use tokio::net::TcpListener;

fn clock() -> Clock {
    Arc::new(Timestamp::now)
}

fn options(address: SocketAddr) -> SendOptions {
    SendOptions::new(format!("http://{address}"))
}

async fn run(platform: &Arc<Platform>, plan: &CityPlan, accounts: &Accounts, prepared: Prepared) -> Progress {
    let (_stop, signal) = Stop::new();
    let options = options(platform.listen().await);
    send(prepared, plan, accounts, &options, clock(), |_| {}, signal).await.unwrap()
}

/// The end of what is simulated: a busy hour, whatever the hour of the test.
fn noon() -> Timestamp {
    "2026-04-01T12:00:00+08:00".parse().unwrap()
}

fn small_plan() -> CityPlan {
    small_plan_of(Some("huzhou"))
}

fn small_plan_of(standard: Option<&'static str>) -> CityPlan {
    let mut plan = CityPlan::new(&PlanOptions { lots: 8, standard, ..PlanOptions::default() }).unwrap();
    // The large lots would only make it long: opening a message costs a private-key operation.
    for lot in &mut plan.lots {
        let lot = Arc::make_mut(lot);
        lot.spaces_total = lot.spaces_total.min(30);
        lot.charging_spaces = lot.charging_spaces.min(20);
    }
    plan
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_arrives_in_the_order_of_each_record_whatever_the_line_does() {
    let plan = small_plan();
    let troubles = Troubles { later_every: 13, cut_every: 29, ..Troubles::default() };
    let (platform, accounts) = Platform::troubled(&plan, troubles);
    let start = noon() - SignedDuration::from_hours(1);
    let simulation = Simulation::new(
        &plan,
        SimulationOptions {
            photos: PhotoShare::always(0.04),
            ..SimulationOptions::new(3, start, Some(noon()))
        },
    );
    let truth: SharedTruth = simulation.truth();
    let prepared = Prepared { traffic: Box::new(simulation), truth: truth.clone(), start };
    let progress = run(&platform, &plan, &accounts, prepared).await;
    assert!(progress.is_complete(), "{progress} {:?}", progress.refusals);
    assert!(progress.later > 0 && progress.unreachable > 0, "{progress}");
    assert_eq!(progress.heartbeats, plan.providers.len() as u64);
    assert!(progress.photos > 0 && progress.accepted > 100, "{progress}");

    let mut steps: HashMap<String, Vec<u8>> = HashMap::new();
    let heard = platform.heard.lock().unwrap().clone();
    assert!(heard.len() as u64 > progress.accepted, "what was cut off is sent again");
    for (_, report) in &heard {
        let step = match report {
            Report::Passage(passage) if passage.direction == Direction::Entry => 0,
            Report::Photo(photo) if photo.role == PhotoRole::Entry => 1,
            Report::Passage(_) => 2,
            Report::Photo(_) => 3,
            _ => continue,
        };
        let record = report.record_id().unwrap().to_owned();
        let so_far = steps.entry(record).or_default();
        assert!(so_far.last().is_none_or(|last| *last <= step), "{report:?} after {so_far:?}");
        so_far.push(step);
    }
    let truth = truth.look();
    assert_eq!(steps.len(), truth.parkings().count());
    for (record, parking) in truth.parkings() {
        let steps = &steps[record.as_str()];
        assert!(
            steps.contains(&0) && steps.contains(&2) == parking.exited_at.is_some(),
            "{record}: {steps:?}"
        );
    }
    let verdict = judge(&truth.expected(), &platform.counts(&plan));
    assert!(verdict.is_right(), "{verdict}");
}

async fn a_bad_day_of(standard: Option<&'static str>, photos: f64) -> (Arc<Platform>, Progress) {
    let plan = small_plan_of(standard);
    let (platform, accounts) = Platform::knowing(&plan);
    let faults =
        crate::faults::FaultOptions { outages_per_hour: 1.0, ..crate::faults::FaultOptions::bad_day(1) };
    // However quiet the hour of the test, cars come.
    let floor_passages_per_s = 0.08;
    let options =
        HoursOptions { hours: 1.0, photos, faults: Some(faults), floor_passages_per_s, busyness: 1.0 };
    let prepared = hours(&plan, &options, noon());
    let truth = prepared.truth.clone();
    let progress = run(&platform, &plan, &accounts, prepared).await;
    assert!(progress.is_complete(), "{standard:?}: {progress} {:?}", progress.refusals);
    let verdict = judge(&truth.look().expected(), &platform.counts(&plan));
    assert!(verdict.is_right(), "{standard:?}: {verdict}");
    assert_eq!(verdict.checked, plan.lots.len());
    (platform, progress)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_day_ends_in_the_truth_under_every_standard() {
    for standard in spoken().filter(|name| crate::plan::speaks(name).unwrap().records != Records::ChargesOnly)
    {
        a_bad_day_of(Some(standard), 0.05).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_city_of_five_standards_says_everything_through_its_own() {
    let (platform, progress) = a_bad_day_of(None, 0.3).await;
    let heard = platform.heard.lock().unwrap();
    let said = |standard, kind| {
        heard.iter().filter(|(by, report)| *by == standard && report.kind() == kind).count() as u64
    };
    let of_passages = |standard: &&str| speaks(standard).unwrap().records != Records::ChargesOnly;
    for standard in spoken().filter(of_passages) {
        assert!(said(standard, "entry") > 0 && said(standard, "exit") > 0, "{standard}");
    }
    // Where passages carry no count, the lot says it apart; where they do, it does not.
    assert!(said("shenzhen", "space-count") > 0 && said("isp", "space-count") > 0);
    assert_eq!(said("huzhou", "space-count") + said("ningbo", "space-count"), 0);
    assert_eq!(said("shenzhen", "space-count") + said("isp", "space-count"), progress.counts);
    // Every passage of ISP has its picture within; nobody else's has.
    assert_eq!(said("isp", "named-photo"), said("isp", "entry") + said("isp", "exit"));
    assert_eq!(said("isp", "photo"), 0);
    assert!(said("huzhou", "photo") > 0);
    assert!(said("yunkuaichong", "charging-record") > 0 && progress.charges > 0);
    // Signs of life: the account's at Huzhou and Shenzhen, each lot's at Ningbo, none at the others.
    assert!(said("huzhou", "heartbeat") > 0 && said("shenzhen", "heartbeat") > 0);
    assert!(said("ningbo", "heartbeat") > 0);
    assert_eq!(said("isp", "heartbeat") + said("yunkuaichong", "heartbeat"), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_logs_in_once_and_again_only_when_its_token_is_dead() {
    let plan = small_plan_of(Some("shenzhen"));
    let prepared = || {
        let options = HoursOptions { hours: 0.5, photos: 0.0, ..HoursOptions::default() };
        hours(&plan, &options, noon())
    };
    let (platform, accounts) = Platform::knowing(&plan);
    let progress = run(&platform, &plan, &accounts, prepared()).await;
    assert!(progress.is_complete() && progress.accepted > 20, "{progress} {:?}", progress.refusals);
    assert_eq!(progress.logins, plan.providers.len() as u64, "one login an account, whoever asks first");
    assert_eq!(platform.logins.load(Ordering::Relaxed), progress.logins);

    let (platform, accounts) =
        Platform::troubled(&plan, Troubles { forgets_every: 20, ..Troubles::default() });
    let progress = run(&platform, &plan, &accounts, prepared()).await;
    assert!(progress.is_complete(), "{progress} {:?}", progress.refusals);
    assert!(progress.logins > plan.providers.len() as u64, "{progress}");
    let refused = platform.refused.lock().unwrap().len() as u64;
    assert!(progress.logins <= refused + plan.providers.len() as u64, "{progress}, {refused} refused");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_is_a_refusal_and_no_endless_knocking() {
    let plan = small_plan_of(Some("isp"));
    let (platform, _) = Platform::knowing(&plan);
    // Accounts of the same names, and other secrets.
    let (_, accounts) = Platform::knowing(&plan);
    let options = HoursOptions { hours: 0.1, photos: 0.0, ..HoursOptions::default() };
    let progress = run(&platform, &plan, &accounts, hours(&plan, &options, noon())).await;
    assert!(progress.accepted == 0 && progress.logins == 0 && !progress.is_complete(), "{progress}");
    assert!(progress.refused > 0 && !progress.refusals[0].why.is_empty(), "{progress}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replayed_day_ends_at_its_last_counts_under_every_standard() {
    let lots = "place_id,place_name,city_name,num_all\na,A,X,20\nb,B,Y,\nc,C,Z,5\n";
    let free = "timestamp,a,b,c\n2021-07-19T00:00:01+00:00,12,,1\n2021-07-19T10:00:00+00:00,3,9,\n\
                2021-07-19T20:00:00+00:00,18,4,-2\n";
    for standard in spoken() {
        let options = ReplayOptions { standard, ..ReplayOptions::default() };
        let replay = Replay::read(lots.as_bytes(), free.as_bytes(), &options).unwrap();
        let troubles = Troubles { later_every: 7, ..Troubles::default() };
        let (platform, accounts) = Platform::troubled(replay.plan(), troubles);
        let progress = run(&platform, replay.plan(), &accounts, replay.prepare(Timestamp::now())).await;
        assert!(progress.is_complete(), "{standard}: {progress} {:?}", progress.trouble);
        let (opening, changes) = replay.amount();
        let expected = replay.expected_charges();
        let charges: u64 = expected.values().sum();
        let passages = if charges > 0 { 0 } else { opening + changes };
        assert_eq!((progress.accepted, progress.photos), (passages + charges, 0), "{standard}");
        let verdict = judge(&replay.expected(), &platform.counts(replay.plan()));
        assert!(verdict.is_right(), "{standard}: {verdict}");
        // 15 cars leave the first, none the others.
        assert_eq!(charges, if standard == "yunkuaichong" { 15 } else { 0 }, "{standard}");
        let heard = platform.records("charging-record");
        assert!(expected.iter().all(|(lot, number)| heard.get(lot).copied().unwrap_or(0) == *number));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_is_kept_with_the_platforms_words_and_a_stop_is_heard() {
    let plan = small_plan();
    // Accounts of a platform that is not there: nobody answers, timeout has no end, and stopping is the only way.
    let (_, accounts) = Platform::knowing(&plan);
    let nowhere = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let (stop, signal) = Stop::new();
    let options = SendOptions { timeout: None, ..options(nowhere) };
    let prepared = hours(&plan, &HoursOptions { hours: 0.2, ..HoursOptions::default() }, noon());
    let sending = send(prepared, &plan, &accounts, &options, clock(), |_| {}, signal);
    let stopping = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        stop.give();
    };
    let (progress, ()) = tokio::join!(sending, stopping);
    let progress = progress.unwrap();
    assert!(progress.accepted == 0 && progress.given_up > 0 && !progress.is_complete(), "{progress}");
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_at_once() {
    let plan = small_plan();
    let (_, accounts) = Platform::knowing(&plan);
    let (_stop, signal) = Stop::new();
    let prepared = hours(&plan, &HoursOptions::default(), noon());
    let options = SendOptions::new("https://example.org");
    let error = send(prepared, &plan, &accounts, &options, clock(), |_| {}, signal).await.unwrap_err();
    assert!(error.to_string().contains("http://HOST:PORT"), "{error}");
}
