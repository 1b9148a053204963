//! `bowei city --drivers --judge`: a day on which drivers reserve at a platform of its own over its public API, and lots
//! answer well and badly; what the platform makes of every order is held against what really became of it.

use super::super::past::{note_presence, take_in};
use crate::commands::local_platform::{self, Registered};
use crate::commands::{Failure, bad_use, print};
use bowei_city::drivers::{Api, CalledLots, Drive, DriversOptions, DriversPlan, NO_SHOWS, Platform};
use bowei_city::message::Message;
use bowei_city::past::Past;
use bowei_city::verdict::{ReservationVerdict, fetch_reservations, fetch_suspensions, judge_reservations};
use bowei_city::{CityPlan, PlanOptions};
use bowei_model::moment;
use bowei_platform::accounts::{Role, token};
use bowei_platform::{App, Clock, SystemClock};
use bowei_store::RegistryChange;
use http::Method;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

/// Drivers begin to reserve at this hour, so that the last window is over before midnight.
const STARTS_HOUR: i8 = 9;
/// The most hours in which they do.
const HOURS_MAX: f64 = 10.0;
/// After midnight lots ask which records they are to send again.
const REPLENISHED_AFTER: SignedDuration = SignedDuration::from_mins(10);
/// And then it is looked at who did not come: lots have had their say by then.
const PROVEN_AFTER: SignedDuration = SignedDuration::from_mins(150);
/// It is looked so often and so many times.
const PROOF_EVERY: SignedDuration = SignedDuration::from_mins(5);
const PROOFS: i32 = 3;
/// The day after, drivers look at their pages so long before others reserve.
const AROUND: SignedDuration = SignedDuration::from_mins(60);
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// The day that is judged: the one before yesterday.
pub(super) struct DriversDay {
    pub(super) seed: u64,
    pub(super) lots: usize,
    pub(super) hours: f64,
}

/// A clock that is turned on.
struct TurnedClock(AtomicI64);

impl TurnedClock {
    fn turn(&self, to: Timestamp) {
        self.0.fetch_max(to.as_millisecond(), Ordering::SeqCst);
    }
}

impl Clock for TurnedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.0.load(Ordering::SeqCst)).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

/// The platform that the drivers drive.
struct Ground {
    app: App,
    past: Past,
    clock: Arc<TurnedClock>,
}

impl Platform for Ground {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn turn(&self, to: Timestamp) {
        self.clock.turn(to);
    }

    async fn take_in(&mut self, message: Message) -> Result<(), String> {
        let Some(prepared) = self.past.prepare(message) else { return Ok(()) };
        for told in prepared.told() {
            self.clock.turn(told.received_at);
            take_in(&self.app, &prepared, &told).await?;
        }
        Ok(())
    }

    async fn settle(&self) -> Result<(), String> {
        self.app.settle_reservations().await.map_err(|error| error.to_string())
    }
}

impl DriversDay {
    /// Prints how each kind of order went, and fails where one went otherwise than it should.
    pub(super) async fn judge(&self, json: Option<&Path>) -> Result<(), Failure> {
        if !(0.0..=HOURS_MAX).contains(&self.hours) {
            return Err(bad_use(format!("--hours {}: from 0 to {HOURS_MAX} are expected", self.hours)));
        }
        let begun = Instant::now();
        let verdict = self.verdict().await?;
        print(&verdict.to_string())?;
        let seconds = begun.elapsed().as_secs();
        print(&format!("用时 {seconds} 秒 {} orders, {seconds} s", verdict.orders()))?;
        if let Some(path) = json {
            std::fs::write(path, serde_json::to_vec_pretty(&verdict)?)?;
        }
        if verdict.is_right() {
            return Ok(());
        }
        Err("平台对预约的处理与真实情况不一致 the platform's orders are not what they should be: see above"
            .into())
    }

    async fn verdict(&self) -> Result<ReservationVerdict, Failure> {
        let start = start(SystemClock.now());
        let midnight = start - SignedDuration::from_hours(i64::from(STARTS_HOUR)) + DAY;
        let clock = Arc::new(TurnedClock(AtomicI64::new((start - DAY).as_millisecond())));
        let time = Arc::clone(&clock);
        let called = CalledLots::listen(Arc::new(move || time.now())).await?;
        let mut city = CityPlan::new(&PlanOptions { seed: self.seed, lots: self.lots, standard: None })?;
        called.be_called(&mut city);
        let options = DriversOptions { seed: self.seed, start, hours: self.hours };
        let plan = DriversPlan::new(&city, options);

        let folder = tempfile::Builder::new().prefix("bowei-city-").tempdir()?;
        let running =
            local_platform::open_turned(folder.path(), Arc::clone(&clock) as _).await?.start().await?;
        let app = App::clone(running.app());
        let url = format!("http://{}", running.address);
        let (store, key) = (app.store.as_ref(), app.registry.key());
        let Registered { accounts, token, .. } =
            local_platform::register_in(store, key, &city, folder.path(), clock.now()).await?;
        let tokens = provider_tokens(&app, &city, clock.now()).await?;
        app.registry.refresh().await?;
        let api = Api::to(&url)?;
        for lot in plan.lots.iter().filter(|lot| !lot.is_called) {
            let path = format!("/api/v1/reservations/lots/{}", lot.lot.code);
            let terms = json!({ "granted": { "ordinary": lot.granted }, "reason": "模拟城市" });
            api.done((Method::POST, &path), Some(&token), Some(&terms)).await?;
        }
        let rules = json!({ "toml": format!("no_shows_per_month = {NO_SHOWS}"), "note": "模拟城市" });
        api.done((Method::POST, "/api/v1/reservations/policy"), Some(&token), Some(&rules)).await?;
        let log_in = |standard, request| app.receive(standard, request);
        let past = Past::new(&city, &accounts, clock.now(), log_in).await?.with_stock_pictures();
        note_presence(&app, start - DAY, midnight + DAY).await?;

        let called_lots: Vec<_> = plan.lots.iter().filter(|lot| lot.is_called).cloned().collect();
        let token_of = |lot: &bowei_city::drivers::ReservableLot| past.token(&lot.lot).map(str::to_owned);
        let mut drive = Drive::new((&city, plan.clone()), api, &tokens, &called, token_of);
        let mut ground = Ground { app: App::clone(&app), past, clock: Arc::clone(&clock) };
        drive.run(&mut ground).await?;

        clock.turn(midnight + REPLENISHED_AFTER);
        // Its tokens have run out meanwhile.
        let past = Past::new(&city, &accounts, clock.now(), log_in).await?;
        for lot in &called_lots {
            let day = moment::to_wall(start).date();
            if let Some((standard, asked)) = past.replenishment(&lot.lot, day, 1, clock.now()) {
                app.receive(standard, asked).await;
            }
        }
        app.settle_reservations().await?;
        // The platform itself may be at it at the same moment: what the first run leaves is done by the next.
        for run in 0..PROOFS {
            clock.turn(midnight + PROVEN_AFTER + PROOF_EVERY * run);
            app.jobs.do_all_due().await?;
        }
        let next = start + DAY;
        clock.turn(next - AROUND);
        let suspended = drive.object(&token, clock.now()).await?;
        let past = Past::new(&city, &accounts, clock.now(), log_in).await?.with_stock_pictures();
        let token_of = |lot: &bowei_city::drivers::ReservableLot| past.token(&lot.lot).map(str::to_owned);
        let plan = plan.day_after(&suspended);
        let mut day_after = Drive::new((&city, plan), Api::to(&url)?, &tokens, &called, token_of);
        let mut ground = Ground { app: App::clone(&app), past, clock: Arc::clone(&clock) };
        day_after.run(&mut ground).await?;

        let found = fetch_reservations(&url, &token).await?;
        let found_suspended = fetch_suspensions(&url, &token).await?;
        running.stop().await;
        let ((mut orders, breaches), (others, more)) = (drive.truth(), day_after.truth());
        orders.extend(others);
        let mut verdict = judge_reservations(&orders, &found, &[breaches, more].concat());
        verdict.hold_suspensions(&suspended, found_suspended);
        Ok(verdict)
    }
}

/// When the first driver of the day before yesterday reserves; of the one before that at a month's end, with which suspensions
/// end.
fn start(now: Timestamp) -> Timestamp {
    let wall = moment::to_wall(now).date().at(STARTS_HOUR, 0, 0, 0);
    let start = moment::from_wall(wall).unwrap_or(now) - DAY - DAY;
    if moment::to_wall(start + DAY).day() == 1 { start - DAY } else { start }
}

/// A token of each provider, as its gateways ask with.
async fn provider_tokens(
    app: &App,
    city: &CityPlan,
    now: Timestamp,
) -> Result<BTreeMap<String, String>, Failure> {
    let mut tokens = BTreeMap::new();
    let mut rows = Vec::new();
    for provider in &city.providers {
        let (token, row) = token::make(&Role::Provider(provider.code.clone()), None, now, None)?;
        tokens.insert(provider.code.to_string(), token);
        rows.push(row);
    }
    app.store.change_registry(RegistryChange { tokens: rows, ..RegistryChange::default() }).await?;
    Ok(tokens)
}
