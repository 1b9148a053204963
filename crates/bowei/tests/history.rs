//! A week of a city that is made up, through the platform itself: what it comes to is what it would have come to.

use bowei_city::past::{Past, PastMessage as Prepared};
use bowei_city::plan::{CityPlan, Describes, PlanOptions};
use bowei_city::simulation::{PhotoShare, Simulation, SimulationOptions};
use bowei_city::verdict::{fetch_charges, fetch_sessions, judge_charges, judge_sessions};
use bowei_city::{Accounts, Says, SharedTruth, fetch_counts, judge};
use bowei_model::{Direction, FindingKind, Report, moment};
use bowei_platform::accounts::{Role, Source, token};
use bowei_platform::registry::apply::{OVERLAP, apply};
use bowei_platform::{App, Clock, Config, PastMessage, Platform, ScopedClock, clock};
use bowei_store::{DocumentQuery, FindingQuery, FindingStates, RegistryChange};
use futures::StreamExt as _;
use jiff::civil::Weekday;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Noon of a Sunday, whatever the day of the test.
const NOW: &str = "2026-04-05T12:00:00+08:00";
/// As many as the demonstration has under way, or nearly.
const AT_ONCE: usize = 64;

/// The platform's clock where nothing else is said.
struct Noon(Timestamp);

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        ScopedClock.now().min(self.0)
    }
}

async fn take_in(app: &App, messages: &[Prepared]) {
    let taking = messages.iter().map(|message| take_one_in(app, message));
    futures::stream::iter(taking).buffered(AT_ONCE).collect::<Vec<()>>().await;
}

async fn take_one_in(app: &App, message: &Prepared) {
    for told in message.told() {
        let sealed = || message.sealed(&told);
        let said = PastMessage {
            standard: message.speaker().standard,
            account: &message.speaker().account,
            outgoing: message.outgoing(&told),
            sealed: &sealed,
            with_pictures: told.is_photographed,
        };
        clock::at(told.received_at, app.receive_past(said)).await.unwrap();
    }
}

/// Both counts of every lot and every record are the truth's.
async fn is_the_truth(url: &str, token: &str, plan: &CityPlan, truth: &SharedTruth) {
    let counts = fetch_counts(url, token).await.unwrap();
    let verdict = judge(&truth.look().expected(), &counts);
    assert!(verdict.is_right() && verdict.checked == plan.lots.len(), "{verdict}");
    let mut sessions = Vec::new();
    for lot in &plan.lots {
        sessions.extend(fetch_sessions(url, token, &lot.code).await.unwrap());
    }
    let charges = fetch_charges(url, token).await.unwrap();
    let truth = truth.look();
    let verdict = judge_sessions(&truth, &sessions);
    assert!(verdict.is_right() && verdict.checked > 5_000, "{verdict}");
    let verdict = judge_charges(&truth, &charges);
    assert!(verdict.is_right() && verdict.checked > 50, "{verdict}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_week_that_is_made_up_comes_to_the_truth_and_is_not_made_twice() {
    let folder = tempfile::tempdir().unwrap();
    let now: Timestamp = NOW.parse().unwrap();
    let start = now - SignedDuration::from_hours(7 * 24);
    let last_day = now - SignedDuration::from_hours(24);
    let plan = CityPlan::new(&PlanOptions { seed: 7, lots: 8, standard: None }).unwrap().resized(5);

    let mut config = Config::default();
    config.server.listen = "127.0.0.1:0".parse().unwrap();
    config.server.data = folder.path().to_owned();
    config.limits.daily_quota_factor = 0;
    config.accounts.second_factor = false;
    let platform = Platform::open(config, Arc::new(Noon(now))).await.unwrap();
    let app = Arc::clone(platform.app());
    let by = Source { user: "test".to_owned(), address: "command".to_owned() };
    let (store, key) = (app.store.as_ref(), app.registry.key());
    let handed_out = apply(store, key, &plan.registry_file(), OVERLAP, start, &by).await.unwrap();
    let accounts = Accounts::read(&serde_json::to_string(&handed_out).unwrap()).unwrap();
    let (token, row) = token::make(&Role::Operator, None, start, None).unwrap();
    store.change_registry(RegistryChange { tokens: vec![row], ..RegistryChange::default() }).await.unwrap();
    app.registry.refresh().await.unwrap();

    let photos = PhotoShare { from: Some(last_day), history: 0.05, ..PhotoShare::default() };
    let simulation = Simulation::new(
        &plan,
        SimulationOptions {
            photos,
            unplated_share: 0.05,
            opening_on_time: true,
            ..SimulationOptions::new(7, start, Some(now))
        },
    );
    let truth = simulation.truth();
    let log_in = |standard, request| app.receive(standard, request);
    let mut past = Past::new(&plan, &accounts, now, log_in).await.unwrap();
    let messages: Vec<Prepared> = simulation.filter_map(|message| past.prepare(message)).collect();
    take_in(&app, &messages).await;

    let running = platform.start().await.unwrap();
    let url = format!("http://{}", running.address);
    is_the_truth(&url, &token, &plan, &truth).await;

    days_are_as_they_should_be(&plan, &messages);
    nothing_is_found(&app, now).await;
    no_lot_began_empty(&plan, &messages, start);
    cars_without_plates_are_everywhere(&truth);
    lots_have_said_who_they_are(&app, &plan, &truth, now).await;
    // A picture is kept in the file of its day.
    let files = std::fs::read_dir(folder.path().join("photos")).unwrap();
    let days: BTreeSet<String> =
        files.map(|file| file.unwrap().file_name().to_string_lossy().chars().take(8).collect()).collect();
    assert_eq!(days, BTreeSet::from(["20260404".to_owned(), "20260405".to_owned()]));

    // An interrupted start tells some of it again.
    take_in(&app, &messages[messages.len() - 2_000..]).await;
    is_the_truth(&url, &token, &plan, &truth).await;
    nothing_is_found(&app, now).await;
    running.stop().await;
}

fn all_findings(now: Timestamp) -> FindingQuery {
    FindingQuery { states: FindingStates::All, due_at: Some(now), limit: 1_000, ..FindingQuery::default() }
}

/// There are no signs of life in this past and few pictures, so that both are missed as soon as the platform looks at its days.
async fn nothing_is_found(app: &App, now: Timestamp) {
    let mut found = app.store.findings(all_findings(now)).await.unwrap().items;
    found.retain(|finding| !matches!(finding.kind, FindingKind::HeartbeatMissed | FindingKind::MissingPhoto));
    assert!(found.is_empty(), "nothing went wrong, and this was found: {:?}", found.first());
}

/// Seven days, an office full on those that people work, a market hall's never empty.
fn days_are_as_they_should_be(plan: &CityPlan, messages: &[Prepared]) {
    use bowei_city::plan::PlaceKind::{Office, Scenic};
    let mut entries: BTreeMap<_, f64> = BTreeMap::new();
    for message in messages {
        let Some(passage) = message.message.passage() else { continue };
        if passage.direction == Direction::Entry {
            let date = moment::to_wall(passage.at).date();
            *entries.entry((message.lot().place, date)).or_default() += 1.0;
        }
    }
    let days: BTreeSet<_> = entries.keys().map(|(_, date)| *date).collect();
    // Noon to noon, and who was inside when the first began.
    assert!(days.len() >= 8, "{days:?}");
    for lot in &plan.lots {
        for day in days.iter().rev().take(8) {
            assert!(entries.contains_key(&(lot.place, *day)), "{} on {day}", lot.name);
        }
    }
    let a_day = |place, wanted: fn(Weekday) -> bool| {
        let whole = days.iter().rev().skip(1).take(6).filter(|day| wanted(day.weekday()));
        let cars: Vec<f64> =
            whole.map(|day| entries.get(&(place, *day)).copied().unwrap_or_default()).collect();
        cars.iter().sum::<f64>() / cars.len() as f64
    };
    let work: fn(Weekday) -> bool = |day| !matches!(day, Weekday::Saturday | Weekday::Sunday);
    let rest: fn(Weekday) -> bool = |day| matches!(day, Weekday::Saturday | Weekday::Sunday);
    let offices = (a_day(Office, work), a_day(Office, rest));
    let sights = (a_day(Scenic, work), a_day(Scenic, rest));
    println!("offices {offices:?}, sights {sights:?} cars a day at work and at rest");
    assert!(offices.0 > 1.5 * offices.1, "{offices:?}");
    assert!(sights.1 > 1.2 * sights.0, "{sights:?}");
}

fn no_lot_began_empty(plan: &CityPlan, messages: &[Prepared], start: Timestamp) {
    let before = messages.iter().filter_map(|message| message.message.passage()).filter(|it| it.at < start);
    let lots: BTreeSet<_> = before.map(|passage| passage.lot.clone()).collect();
    assert_eq!(lots.len(), plan.lots.len(), "someone is inside each when the week begins: {lots:?}");
}

fn cars_without_plates_are_everywhere(truth: &SharedTruth) {
    let truth = truth.look();
    let unplated = truth.parkings().filter(|(_, parking)| parking.plate.is_none());
    let (by_times, by_number): (Vec<_>, Vec<_>) =
        unplated.partition(|(_, parking)| parking.without_record_id);
    println!("{} without a plate, and {} known by their times alone", by_number.len(), by_times.len());
    let over = by_times.iter().filter(|(_, parking)| parking.exited_at.is_some()).count();
    assert!(by_number.len() > 50 && over > 5, "{over} of {}", by_times.len());
}

async fn lots_have_said_who_they_are(app: &App, plan: &CityPlan, truth: &SharedTruth, now: Timestamp) {
    let describes = |lot: &bowei_city::CityLot| lot.speaks().unwrap().describes;
    for lot in plan.lots.iter().filter(|lot| describes(lot) != Describes::Nothing) {
        let known = Arc::clone(&app.registry.snapshot().lots[&lot.code]);
        assert!(known.described_at.is_some() && known.name == lot.name, "{known:?}");
    }
    let lot = plan.lots.iter().find(|lot| describes(lot) == Describes::ItselfAndGates).unwrap();
    let of_kind = |kind: &str| DocumentQuery {
        kind: kind.to_owned(),
        lots: Some(vec![lot.code.clone()]),
        name_upto: None,
        limit: 1_000,
        cursor: None,
    };
    let gates = app.store.documents(of_kind("gate")).await.unwrap().items;
    assert_eq!(gates.len(), lot.entrances.len() + lot.exits.len());
    let lists = app.store.documents(of_kind("cars-inside")).await.unwrap().items;
    assert_eq!(lists.len(), 7 * 24 - 1, "one on every hour between the first noon and the last");
    let truth = truth.look();
    for list in &lists {
        let Some(Report::CarsInside(cars)) = list.document.current().map(|version| &version.content) else {
            panic!("{list:?}");
        };
        assert!(cars.at < now && cars.at.as_second() % 3_600 == 0);
        let inside = truth.parkings().filter(|(_, parking)| {
            let entered = parking.lot == lot.code && parking.entered_at <= cars.at;
            entered && parking.exited_at.is_none_or(|exited_at| exited_at > cars.at)
        });
        let plates: BTreeSet<_> = inside.filter_map(|(_, parking)| parking.plate.clone()).collect();
        // Who passes within the very second may be in it or not.
        let listed: BTreeSet<_> = cars.plates.iter().cloned().collect();
        assert!(listed.symmetric_difference(&plates).count() <= 1, "{}", cars.at);
    }
}

#[test]
fn a_message_of_the_past_that_is_read_back_is_what_a_sealed_one_opens_to() {
    let plan = CityPlan::new(&PlanOptions { seed: 7, lots: 8, standard: None }).unwrap().resized(5);
    let huzhou = bowei_standards::by_name("huzhou").unwrap();
    let issued = huzhou.issue(&[("app_id".to_owned(), "hz-0001".to_owned())].into()).unwrap();
    let own = huzhou.own_credential(&issued.handed_out).unwrap();
    let account = bowei_standards::platform_side::Account {
        provider: "hz-a".into(),
        name: "hz-0001".to_owned(),
        credentials: vec![huzhou.credential(&issued.kept).unwrap()],
    };
    struct Lots<'a>(&'a CityPlan);
    impl bowei_standards::platform_side::LotLookup for Lots<'_> {
        fn lot(&self, id: &str) -> bowei_standards::platform_side::LotAccess {
            let lot = self.0.lots.iter().find(|lot| lot.lot_id == id).unwrap();
            bowei_standards::platform_side::LotAccess::Granted(lot.code.clone())
        }
    }
    let now: Timestamp = NOW.parse().unwrap();
    let options = SimulationOptions {
        unplated_share: 0.1,
        photos: PhotoShare::always(0.0),
        ..SimulationOptions::new(7, now - SignedDuration::from_mins(40), Some(now))
    };
    let mut compared = 0;
    for message in Simulation::new(&plan, options).filter(|message| message.lot.standard == "huzhou") {
        let Says::Passage(passage) = &message.says else { continue };
        let report = Report::Passage(passage.clone());
        let lot = &message.lot;
        let outgoing = bowei_standards::lot_side::Outgoing {
            report: &report,
            lot_id: &lot.lot_id,
            lot_kind: lot.kind,
            picture: None,
        };
        let sealed = huzhou.seal(outgoing, &*own, now).unwrap();
        let envelope = huzhou.read(sealed.request).unwrap();
        let opened = envelope.open(&account, &Lots(&plan), now).unwrap();
        let bowei_standards::platform_side::Opened::Delivery(opened) = opened else { panic!("{opened:?}") };
        let read_back = huzhou.read_back(outgoing, &Lots(&plan)).unwrap().unwrap();
        // When it was sent stands in the envelope.
        assert_eq!(format!("{:?}", opened.reports), format!("{:?}", read_back.reports));
        compared += 1;
    }
    assert!(compared > 50, "{compared}");
}
