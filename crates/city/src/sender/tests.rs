//! The sender against a small platform in this process, which opens every message with the standards' own other
//! side and is sometimes not itself.

use super::*;
use crate::plan::PlanOptions;
use crate::replay::{Replay, ReplayOptions};
use crate::run::{HoursOptions, hours};
use crate::simulation::{PhotoShare, Simulation, SimulationOptions};
use crate::truth::SharedTruth;
use crate::verdict::{Counts, judge};
use bowei_model::{Direction, LotCode, LotState, PhotoRole, Report, SpaceCount};
use bowei_standards::Standard;
use bowei_standards::platform_side::{Account, LotAnswer, LotBook, Opened, Outcome};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use jiff::SignedDuration;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::net::TcpListener;

const STANDARD: &str = "huzhou";

pub(crate) struct Platform {
    standard: &'static dyn Standard,
    accounts: HashMap<String, Account>,
    book: Book,
    /// Every so many requests: 503, and a connection cut without an answer. 0 for never.
    later_every: u64,
    cut_every: u64,
    requests: AtomicU64,
    pub(crate) heard: Mutex<Vec<Report>>,
}

struct Book(HashMap<String, LotCode>);

impl LotBook for Book {
    fn lot(&self, id: &str) -> LotAnswer {
        self.0.get(id).map_or(LotAnswer::Unknown, |lot| LotAnswer::Yours(lot.clone()))
    }
}

impl Platform {
    /// A platform that knows `plan`, and the accounts that it hands out.
    pub(crate) fn knowing(plan: &CityPlan, later_every: u64, cut_every: u64) -> (Arc<Self>, Accounts) {
        let standard = bowei_standards::by_name(STANDARD).unwrap();
        let mut accounts = HashMap::new();
        let mut handed_out = Accounts::default();
        let given = |number: usize| BTreeMap::from([("app_id".to_owned(), format!("hz-{number}"))]);
        // Making a key takes its time: all providers of the test share one.
        let issued = standard.issue(&given(0)).unwrap();
        for (number, provider) in plan.providers.iter().enumerate() {
            let renamed = |fields: &BTreeMap<String, String>| {
                let mut fields = fields.clone();
                fields.extend(given(number));
                fields
            };
            let credential = standard.credential(&renamed(&issued.kept)).unwrap();
            let name = format!("hz-{number}");
            accounts.insert(
                name.clone(),
                Account { provider: provider.code.clone(), name, credentials: vec![credential] },
            );
            handed_out.add(provider.code.as_str(), STANDARD, &renamed(&issued.handed_out)).unwrap();
        }
        let book = Book(plan.lots.iter().map(|lot| (lot.lot_id.clone(), lot.code.clone())).collect());
        let requests = AtomicU64::new(0);
        let heard = Mutex::default();
        (Arc::new(Self { standard, accounts, book, later_every, cut_every, requests, heard }), handed_out)
    }

    pub(crate) async fn listen(self: &Arc<Self>) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let platform = self.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let platform = platform.clone();
                let service = service_fn(move |request| {
                    let platform = platform.clone();
                    async move { platform.answer(request).await }
                });
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new()
                        .pipeline_flush(true)
                        .serve_connection(TokioIo::new(stream), service),
                );
            }
        });
        address
    }

    async fn answer(&self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, std::io::Error> {
        let number = self.requests.fetch_add(1, Ordering::Relaxed) + 1;
        let every = |every: u64| every > 0 && number.is_multiple_of(every);
        let (parts, body) = request.into_parts();
        let body = body.collect().await.map_err(std::io::Error::other)?.to_bytes();
        let outcome = if every(self.later_every) {
            Outcome::Unavailable { retry_after_s: 0 }
        } else {
            self.take(Request::from_parts(parts, body));
            Outcome::Accepted { receipt: None }
        };
        if every(self.cut_every) {
            // Taken, but nobody is told.
            return Err(std::io::ErrorKind::ConnectionReset.into());
        }
        Ok(self.standard.answer(&outcome, Timestamp::now()).map(Full::new))
    }

    fn take(&self, request: Request<Bytes>) {
        let envelope = self.standard.read(request).unwrap();
        let bowei_standards::platform_side::Claim::Account(name) = envelope.claim();
        let account = &self.accounts[name];
        let now = Timestamp::now();
        envelope.authenticate(Some(account), now).unwrap();
        let Opened::Delivery(delivery) = envelope.open(account, &self.book, now).unwrap();
        self.heard.lock().unwrap().extend(delivery.reports.into_iter().map(|said| said.report));
    }

    /// Derived and reported counts, from nothing but what was heard.
    fn counts(&self, plan: &CityPlan) -> Counts {
        let mut states: HashMap<LotCode, (HashSet<String>, HashSet<String>, LotState)> = HashMap::new();
        for report in self.heard.lock().unwrap().iter() {
            let Report::Passage(passage) = report else { continue };
            let (entries, exits, state) = states.entry(passage.lot.clone()).or_default();
            let side = if passage.direction == Direction::Entry { entries } else { exits };
            side.insert(passage.record_id.to_string());
            state.absorb_count(&SpaceCount::of_passage(passage).unwrap(), Timestamp::MAX);
        }
        let of = |code: &LotCode, spaces: u32| match states.get(code) {
            Some((entries, exits, state)) => {
                let inside = entries.difference(exits).count() as i64;
                (Some(i64::from(spaces) - inside), state.reported.map(|word| word.vacant))
            }
            None => (Some(i64::from(spaces)), None),
        };
        plan.lots.iter().map(|lot| (lot.code.clone(), of(&lot.code, lot.spaces_total))).collect()
    }
}

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

fn small_plan() -> CityPlan {
    let mut plan = CityPlan::new(&PlanOptions { lots: 8, ..PlanOptions::default() }).unwrap();
    // The large lots would only make it long: opening a message costs a private-key operation.
    for lot in &mut plan.lots {
        Arc::make_mut(lot).spaces_total = lot.spaces_total.min(30);
    }
    plan
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_arrives_in_the_order_of_each_record_whatever_the_line_does() {
    let plan = small_plan();
    let (platform, accounts) = Platform::knowing(&plan, 13, 29);
    let start = Timestamp::now() - SignedDuration::from_hours(1);
    let simulation = Simulation::new(
        &plan,
        SimulationOptions {
            photos: PhotoShare::always(0.04),
            ..SimulationOptions::new(3, start, Some(Timestamp::now()))
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
    for report in &heard {
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_day_ends_in_the_truth() {
    let plan = small_plan();
    let (platform, accounts) = Platform::knowing(&plan, 0, 0);
    let faults =
        crate::faults::FaultOptions { outages_per_hour: 1.0, ..crate::faults::FaultOptions::bad_day(1) };
    let options = HoursOptions { hours: 1.0, photos: 0.0, faults: Some(faults), ..HoursOptions::default() };
    let prepared = hours(&plan, &options, Timestamp::now());
    let truth = prepared.truth.clone();
    let progress = run(&platform, &plan, &accounts, prepared).await;
    assert!(progress.is_complete(), "{progress}");
    let verdict = judge(&truth.look().expected(), &platform.counts(&plan));
    assert!(verdict.is_right(), "{verdict}");
    assert_eq!(verdict.checked, plan.lots.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replayed_day_ends_at_its_last_counts() {
    let lots = "place_id,place_name,city_name,num_all\na,A,X,20\nb,B,Y,\n";
    let free = "timestamp,a,b\n2021-07-19T00:00:01+00:00,12,\n2021-07-19T10:00:00+00:00,3,9\n\
                2021-07-19T20:00:00+00:00,18,4\n";
    let replay = Replay::read(lots.as_bytes(), free.as_bytes(), &ReplayOptions::default()).unwrap();
    let (platform, accounts) = Platform::knowing(replay.plan(), 7, 0);
    let progress = run(&platform, replay.plan(), &accounts, replay.prepare(Timestamp::now())).await;
    let (opening, changes) = replay.amount();
    assert_eq!((progress.accepted, progress.photos), (opening + changes, 0));
    let verdict = judge(&replay.expected(), &platform.counts(replay.plan()));
    assert!(verdict.is_right(), "{verdict}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_is_kept_with_the_platforms_words_and_a_stop_is_heard() {
    let plan = small_plan();
    let (platform, _) = Platform::knowing(&plan, 0, 0);
    let address = platform.listen().await;
    // Accounts of a platform that is not there: nobody answers, patience has no end, and stopping is the only way.
    let (_, accounts) = Platform::knowing(&plan, 0, 0);
    let nowhere = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    assert_ne!(address, nowhere);
    let (stop, signal) = Stop::new();
    let options = SendOptions { patience: None, ..options(nowhere) };
    let prepared = hours(&plan, &HoursOptions { hours: 0.2, ..HoursOptions::default() }, Timestamp::now());
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
    let (_, accounts) = Platform::knowing(&plan, 0, 0);
    let (_stop, signal) = Stop::new();
    let prepared = hours(&plan, &HoursOptions::default(), Timestamp::now());
    let options = SendOptions::new("https://example.org");
    let error = send(prepared, &plan, &accounts, &options, clock(), |_| {}, signal).await.unwrap_err();
    assert!(error.to_string().contains("http://HOST:PORT"), "{error}");
}
