//! `bowei city --days N --faults --judge`: weeks of a city with every fault that a rule is about, taken in by a platform of
//! its own as if they had just passed, and how well each rule finds what was injected. Findings are read back through the
//! API, as anybody outside would.

use crate::commands::local_platform::{self, Registered};
use crate::commands::past::{Lanes, Progress, Tally, note_presence};
use crate::commands::{BadUse, Failure, note, print};
use bowei_city::declaring::Declaring;
use bowei_city::faults::{InjectOptions, InjectedFault, Injector, Schedule, SharedFaults, misregister};
use bowei_city::past::{Past, PastMessage};
use bowei_city::signs_of_life::{Merged, signs_of_life};
use bowei_city::simulation::{Life, PhotoShare, Simulation, SimulationOptions};
use bowei_city::verdict::{AIM, RuleVerdict, fetch_findings, judge_findings};
use bowei_city::{CityPlan, PlanOptions};
use bowei_model::{FindingKind, moment};
use bowei_platform::{App, Clock as _, SystemClock, clock};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::mpsc;

/// How large the lots are, in percent of a real city's.
const SIZE_PERCENT: u32 = 7;
/// The share of cars without a plate.
const UNPLATED_SHARE: f64 = 0.015;
/// When a day is evaluated, after its end: it has been closed by then.
const EVALUATED_AFTER: SignedDuration = SignedDuration::from_mins(4 * 60 + 10);
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// When, and how long, the platform itself is away: by day, in the second half of the weeks.
const AWAY: (SignedDuration, SignedDuration) =
    (SignedDuration::from_mins(13 * 60 + 10), SignedDuration::from_mins(95));
/// Messages that the simulation may be ahead.
const AHEAD_MAX: usize = 1_024;

/// Rules of which no better is expected, and why.
const EXCEPTED: &[(FindingKind, &str)] = &[];

/// The weeks that are judged. They end with the day before yesterday, so that every day of them is closed.
pub(super) struct Weeks {
    pub(super) seed: u64,
    pub(super) lots: usize,
    pub(super) days: u16,
    /// The day before which they end; yesterday without it.
    pub(super) until: Option<Date>,
}

/// What came of them.
struct Judged {
    verdict: RuleVerdict,
    injected: Vec<InjectedFault>,
    messages: u64,
}

struct Span {
    start: Timestamp,
    until: Timestamp,
    days: i64,
}

impl Weeks {
    /// Prints how well each rule does, and fails where one does worse than it should.
    pub(super) async fn judge(&self, json: Option<&Path>) -> Result<(), Failure> {
        let begun = Instant::now();
        let span = self.span(SystemClock.now())?;
        let until = span.until;
        let Judged { verdict, injected, messages } = self.verdict(span).await?;
        print(&verdict.to_string())?;
        let seconds = begun.elapsed().as_secs();
        let (seed, until) = (self.seed, moment::to_wall(until).date());
        print(&format!(
            "种子 {seed}，至 {until}：{messages} 条，用时 {seconds} 秒 seed {seed}, until {until}: {messages} messages, {seconds} s"
        ))?;
        if let Some(path) = json {
            let figures = serde_json::json!({
                "rules": verdict.rules, "excepted": verdict.excepted, "injected": injected,
            });
            std::fs::write(path, serde_json::to_vec_pretty(&figures)?)?;
        }
        let bad = verdict.bad();
        if bad.is_empty() {
            return Ok(());
        }
        Err(format!("低于 {AIM} 的规则 rules below {AIM}: {}", bad.join(", ")).into())
    }

    async fn verdict(&self, span: Span) -> Result<Judged, Failure> {
        let mut plan = CityPlan::new(&PlanOptions { seed: self.seed, lots: self.lots, standard: None })?
            .resized(SIZE_PERCENT);
        let mut injected = misregister(&mut plan, span.start, span.until);
        let folder = tempfile::Builder::new().prefix("bowei-city-").tempdir()?;
        let platform = local_platform::open_without_pictures(folder.path()).await?;
        let app = Arc::clone(platform.app());
        let registered_at = span.start - DAY;
        let (store, key) = (app.store.as_ref(), app.registry.key());
        let Registered { accounts, token, .. } =
            local_platform::register_in(store, key, &plan, folder.path(), registered_at).await?;
        app.registry.refresh().await?;
        let log_in = |standard, request| app.receive(standard, request);
        let past = Past::new(&plan, &accounts, span.until, log_in).await?.with_stock_pictures();

        let (traffic, faults) = self.traffic(&plan, &span);
        let messages = take_in(&app, past, traffic, &span, self.away(&span)).await?;
        injected.extend(faults.look().iter().cloned());

        let running = platform.start().await?;
        let mut found = fetch_findings(&format!("http://{}", running.address), &token).await?;
        running.stop().await;
        injected.retain(|fault| fault.from < span.until);
        // What is said before is who is inside as the weeks begin, and no more.
        found.retain(|found| (span.start..span.until).contains(&found.at));
        Ok(Judged { verdict: judge_findings(&injected, &found, EXCEPTED), injected, messages })
    }

    fn span(&self, now: Timestamp) -> Result<Span, Failure> {
        let latest = moment::start_of_day(now) - DAY;
        let asked = self.until.map(|until| {
            let until = moment::start_of_date(until).filter(|until| *until <= latest);
            let late = "--until：应为昨天或更早的日期 yesterday or a day before it is expected";
            until.ok_or_else(|| BadUse(late.to_owned()))
        });
        let (until, days) = (asked.transpose()?.unwrap_or(latest), i64::from(self.days));
        Ok(Span { start: until - SignedDuration::from_hours(24 * days), until, days })
    }

    fn away(&self, span: &Span) -> (Timestamp, Timestamp) {
        let (from, lasts) = AWAY;
        let from = span.start + SignedDuration::from_hours(24 * (span.days * 5 / 8)) + from;
        (from, from + lasts)
    }

    fn traffic(
        &self,
        plan: &CityPlan,
        span: &Span,
    ) -> (impl Iterator<Item = bowei_city::Message> + Send + use<>, SharedFaults) {
        let &Span { start, until, .. } = span;
        let options = SimulationOptions {
            photos: PhotoShare::always(1.0),
            unplated_share: UNPLATED_SHARE,
            opening_on_time: true,
            life: Life::of(plan, self.seed, start, until),
            ..SimulationOptions::new(self.seed, start, Some(until))
        };
        let declaring = Declaring::new(Simulation::new(plan, options), plan, start);
        let traffic = Merged::new(declaring, signs_of_life(plan, start, until));
        let (from, to) = self.away(span);
        let options = InjectOptions {
            platform_away: Some((from, to.duration_since(from))),
            ..InjectOptions::new(self.seed, start, until)
        };
        let injector = Injector::new(traffic, Schedule::new(plan, &options));
        let faults = injector.faults();
        (injector, faults)
    }
}

/// Takes everything in, day by day, and has each day evaluated once it is closed.
async fn take_in(
    app: &App,
    mut past: Past,
    traffic: impl Iterator<Item = bowei_city::Message> + Send + 'static,
    span: &Span,
    away: (Timestamp, Timestamp),
) -> Result<u64, Failure> {
    let (ahead, mut coming) = mpsc::channel::<PastMessage>(AHEAD_MAX);
    let source = tokio::task::spawn_blocking(move || {
        let mut is_wanted = true;
        // What was injected is known once all of it has come out.
        for message in traffic {
            is_wanted = is_wanted
                && past.prepare(message).is_none_or(|prepared| ahead.blocking_send(prepared).is_ok());
        }
    });
    let tally = Arc::new(Tally::default());
    let mut progress = Progress::new("正在生成并监管 making and supervising", span.start, span.until);
    let mut waiting = coming.recv().await;
    for day in 0..span.days {
        let from = span.start + SignedDuration::from_hours(24 * day);
        let closed = from + DAY + EVALUATED_AFTER;
        let lanes = Lanes::open(app, &tally);
        // What follows the last day is nobody's: the city ends there.
        while let Some(message) = waiting.take_if(|message| message.received_at < closed) {
            progress.reached(message.received_at);
            lanes.take(message).await;
            waiting = coming.recv().await;
        }
        lanes.finish().await;
        for (from, to) in present(from, from + DAY, away) {
            note_presence(app, from, to).await?;
        }
        // With it all those before that something was received of since.
        clock::at(closed, app.evaluate_day(moment::day(from), closed)).await?;
    }
    drop((waiting, coming));
    source.await?;
    progress.end();
    if let Some(trouble) = tally.trouble() {
        note(&trouble);
    }
    Ok(tally.taken())
}

/// A span without that in which the platform is away.
fn present(from: Timestamp, to: Timestamp, away: (Timestamp, Timestamp)) -> Vec<(Timestamp, Timestamp)> {
    let parts = [(from, to.min(away.0)), (from.max(away.1), to)];
    parts.into_iter().filter(|(from, to)| from < to).collect()
}
