//! The daily loop (每日对账): after midnight a platform that has an API for it is asked which records it has of the day
//! that is over. First the numbers and their digests are compared, then the ids; what it lacks is sent again from the
//! local log, in the platform's own standard, behind whatever is live, and it is told which records the lot has.
//!
//! Every gateway asks at a time of its own within two hours, so that what it sends again is there before the day is closed
//! at 04:00. Days that were missed while the gateway was off are made up for, up to a week back; a day that was done
//! with is looked at again in the nights after, and compared anew if the lot's own log of it has changed. The platform's
//! open orders on the lot are asked for too, and a new one about missing records has the days compared again at once. See
//! docs/supervision/daily-loop.md.

mod kept;
mod local;
mod orders;
mod platform_api;

use crate::config::UplinkConfig;
use crate::outbox::{Outbox, Seq, Standing};
use crate::uplink::{Transport, Uplink};
use bowei_encoding::sha256_hex;
use bowei_model::moment::{self, rfc3339};
use bowei_service::stopping::stopped;
use bytes::Bytes;
use http::Response;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use kept::{DayResult, Kept, Numbers};
use local::{Difference, LocalDay, Records};
use orders::Orders;
use platform_api::Kind;
pub(crate) use platform_api::PlatformApi;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// Nobody asks before that: what happened before midnight is still on its way.
const FROM: SignedDuration = SignedDuration::from_mins(10);
/// Gateways ask at times of their own within so many minutes after it: the platform has them all, and two hours are left
/// to send again what is missing.
const WITHIN_MINS: u32 = 110;
/// The first look is within so many looks of the start: after a power cut all lots of a district start at once.
const FIRST_LOOKS: u32 = 8;
/// After a failure the platform is asked again so many looks later: five minutes as a rule.
const AGAIN_LOOKS: u32 = 20;
/// Orders are asked for every so many looks: every hour as a rule.
const ORDERS_LOOKS: u32 = 240;
/// Records that are sent again before the platform is asked how it stands.
const RESENT_AT_ONCE_MAX: usize = 2_000;
/// A platform that lacks as much as before after what it lacked was delivered, so many times, is left alone.
const IN_VAIN_MAX: u32 = 2;

/// The comparison with one platform.
pub struct Reconciliation {
    uplink: Arc<Uplink>,
    outbox: Outbox,
    api: PlatformApi,
    /// How long the log has everything.
    keep: SignedDuration,
    look: Duration,
    /// What tells one lot's time from another's.
    spread: u32,
    kept: Mutex<Kept>,
    /// Why the platform could not be asked, by day.
    failed: Mutex<BTreeMap<Date, String>>,
    orders: Mutex<Orders>,
}

/// How far a day has got since the start.
#[derive(Default)]
struct Progress {
    /// What is being sent again.
    under_way: Vec<Seq>,
    /// What was missing when the platform was last asked, where it was.
    missing: Option<u64>,
    in_vain: u32,
    not_before: Option<Instant>,
}

/// What there is to be compared of a day.
struct Compared {
    had: Numbers,
    all: Difference,
    unknown_to_lot: u64,
}

impl Reconciliation {
    /// As an uplink's configuration has it; `None`: it has none. `transport` reaches the platform's API.
    pub(crate) fn open<E>(
        config: &UplinkConfig,
        (uplink, outbox): (&Arc<Uplink>, &Outbox),
        keep: Duration,
        look: Duration,
        transport: impl FnOnce(&str) -> Result<Box<dyn Transport>, E>,
    ) -> Result<Option<Self>, E> {
        let Some(asked) = &config.reconciliation else { return Ok(None) };
        let transport = transport(asked.url.as_deref().unwrap_or(&config.url))?;
        let api = PlatformApi { transport, token: asked.token.clone(), lot: asked.lot.clone() };
        let digest = sha256_hex(format!("{}/{}", asked.lot, config.name()).as_bytes());
        let spread = digest.get(..8).and_then(|hex| u32::from_str_radix(hex, 16).ok()).unwrap_or(0);
        let kept = outbox.load(&document(uplink)).and_then(|kept| serde_json::from_slice(&kept).ok());
        Ok(Some(Self {
            kept: Mutex::new(kept.unwrap_or_else(|| Kept::new(uplink.clock.now()))),
            uplink: Arc::clone(uplink),
            outbox: outbox.clone(),
            api,
            keep: SignedDuration::try_from(keep).unwrap_or(SignedDuration::MAX),
            look,
            spread,
            failed: Mutex::default(),
            orders: Mutex::default(),
        }))
    }

    /// Whose it is.
    pub(crate) fn is_of(&self, uplink: &Uplink) -> bool {
        self.uplink.name == uplink.name
    }

    /// Compares, until `stopping` turns true.
    pub(crate) async fn run(self: Arc<Self>, stopping: watch::Receiver<bool>) {
        // Since when it compares is known after a restart too.
        self.save().await;
        let mut progress = BTreeMap::new();
        let mut rest = self.look * (self.spread % FIRST_LOOKS);
        let mut orders_due = Instant::now();
        loop {
            tokio::select! {
                () = stopped(stopping.clone()) => return,
                () = tokio::time::sleep(rest) => {}
            }
            bowei_watch::injection_point("reconciliation");
            if orders_due <= Instant::now() {
                let looks = if self.ask_for_orders().await { ORDERS_LOOKS } else { AGAIN_LOOKS };
                orders_due = Instant::now() + self.look * looks;
            }
            self.take_a_look(&mut progress).await;
            rest = self.look;
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn failures(&self) -> MutexGuard<'_, BTreeMap<Date, String>> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn orders(&self) -> MutexGuard<'_, Orders> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks for the open orders on the lot; gives whether the platform answered.
    async fn ask_for_orders(&self) -> bool {
        let open = match self.api.orders().await {
            Ok(page) => Orders::of(page, self.uplink.clock.now()),
            Err(why) => {
                self.orders().failed(why);
                return false;
            }
        };
        let has_changed = self.kept().note_orders(open.about_missing());
        *self.orders() = open;
        if has_changed {
            self.save().await;
        }
        true
    }

    /// How long after midnight this lot asks.
    fn after_midnight(&self) -> SignedDuration {
        FROM + SignedDuration::from_mins(i64::from(self.spread % WITHIN_MINS))
    }

    async fn take_a_look(&self, progress: &mut BTreeMap<Date, Progress>) {
        let now = self.uplink.clock.now();
        let due = self.kept().due(now, self.after_midnight(), self.keep);
        progress.retain(|day, _| due.contains(day));
        self.failures().retain(|day, _| due.contains(day));
        for day in due {
            let progress = progress.entry(day).or_default();
            let rests = progress.not_before.is_some_and(|until| until > Instant::now());
            let waits = |seq: &Seq| self.outbox.how(&self.uplink.name, *seq) == Standing::Waiting;
            if rests || progress.under_way.iter().any(waits) {
                continue;
            }
            match self.compare(day, now, progress).await {
                Ok(()) => drop(self.failures().remove(&day)),
                Err(why) => {
                    tracing::warn!(uplink = self.uplink.name, %day, why, "the day could not be compared");
                    progress.not_before = Some(Instant::now() + self.look * AGAIN_LOOKS);
                    self.failures().insert(day, why);
                }
            }
        }
    }

    /// Asks the platform for a day, and sends again what it lacks.
    async fn compare(&self, day: Date, now: Timestamp, progress: &mut Progress) -> Result<(), String> {
        let own = LocalDay::read(&self.outbox, &self.uplink, day).await;
        let of = digest(&own);
        let today = moment::to_wall(now).date();
        let known = self.kept().days.get(&day).cloned();
        let mut result = known.unwrap_or_else(|| DayResult::new(now));
        if result.done && result.of.as_ref() == Some(&of) {
            result.looked_on = Some(today);
            self.note(day, result, now).await;
            return Ok(());
        }
        let compared = self.difference(day, &own).await?;
        let Compared { had, all, unknown_to_lot } = compared;
        if self.uplink.standard.carries_passages()
            && self.kept().is_whole(day)
            && result.declared.as_ref() != Some(&of)
        {
            self.api.declare(day, &own).await?;
            result.declared = Some(of.clone());
        }
        // What it refused for good is for people to mend.
        let can_be_sent = |seq: &&Seq| {
            matches!(self.outbox.how(&self.uplink.name, **seq), Standing::Delivered | Standing::Waiting)
        };
        let to_send: Vec<Seq> =
            all.seqs.iter().filter(can_be_sent).take(RESENT_AT_ONCE_MAX).copied().collect();
        match progress.missing {
            Some(before) if all.missing >= before => progress.in_vain += 1,
            Some(_) => progress.in_vain = 0,
            // A day of which some was sent again before a restart goes on.
            None if result.done || result.resent == 0 => (result.missing, result.resent) = (all.missing, 0),
            None => {}
        }
        progress.missing = Some(all.missing);
        let goes_on = !to_send.is_empty() && progress.in_vain < IN_VAIN_MAX;
        if goes_on {
            let is_sent = |seq: &&Seq| self.outbox.how(&self.uplink.name, **seq) == Standing::Delivered;
            result.resent += to_send.iter().filter(is_sent).count() as u64;
            tracing::info!(
                uplink = self.uplink.name, %day, missing = all.missing, records = to_send.len(),
                "records that the platform lacks are sent again"
            );
            self.uplink.resend(&to_send).await;
            progress.under_way = to_send;
        } else {
            progress.under_way.clear();
        }
        (result.asked_at, result.own, result.had) = (now, numbers(&own), had);
        (result.still_missing, result.unknown_to_lot) = (all.missing, unknown_to_lot);
        (result.done, result.of) = (!goes_on, Some(of));
        result.looked_on = Some(today).filter(|_| result.done);
        self.note(day, result, now).await;
        Ok(())
    }

    /// What the platform lacks of a day, of what its standard has a message for.
    async fn difference(&self, day: Date, own: &LocalDay) -> Result<Compared, String> {
        let there = self.api.day(day).await?;
        let had = Numbers {
            entries: there.entries,
            exits: there.exits,
            photos: there.photos,
            charges: there.charges,
        };
        let (mut all, mut unknown_to_lot) = (Difference::default(), 0);
        for kind in Kind::ALL.into_iter().filter(|kind| self.is_compared(*kind, own)) {
            let ours = records(own, kind);
            let theirs = there.digest(kind).ok_or_else(|| {
                "the platform does not show ids to this token: one of the lot's provider is expected"
                    .to_owned()
            })?;
            if ours.digest() == theirs {
                continue;
            }
            let difference = ours.against(&self.api.ids(day, kind).await?);
            all.missing += difference.missing;
            all.seqs.extend(difference.seqs);
            if matches!(kind, Kind::Entries | Kind::Exits) {
                unknown_to_lot += difference.unknown;
            }
        }
        all.seqs.sort_unstable();
        Ok(Compared { had, all, unknown_to_lot })
    }

    fn is_compared(&self, kind: Kind, own: &LocalDay) -> bool {
        let standard = self.uplink.standard;
        match kind {
            Kind::Entries | Kind::Exits => standard.carries_passages(),
            // A picture that goes within its record goes with it, or another in its place; one that goes first is known by a
            // name of its own, and by no record.
            Kind::Photos => {
                standard.picture_max_bytes().is_some()
                    && !standard.picture_goes_within()
                    && !standard.pictures_go_first()
            }
            // Charges may be reported by others, over lines of their own.
            Kind::Charges => own.charges.count() > 0,
        }
    }

    async fn note(&self, day: Date, result: DayResult, now: Timestamp) {
        {
            let mut kept = self.kept();
            kept.days.insert(day, result);
            kept.forget(now);
        }
        self.save().await;
    }

    /// Not kept, a day is compared once more after a restart.
    async fn save(&self) {
        let Ok(bytes) = serde_json::to_vec(&*self.kept()) else { return };
        let (outbox, document) = (self.outbox.clone(), document(&self.uplink));
        let saved = tokio::task::spawn_blocking(move || outbox.save(&document, &bytes)).await;
        if let Ok(Err(error)) = saved {
            tracing::warn!(uplink = self.uplink.name, %error, "what became of a day could not be kept");
        }
    }

    /// How it goes, for the status: the days newest first.
    pub(crate) fn status(&self) -> Value {
        let now = self.uplink.clock.now();
        let kept = self.kept().clone();
        let why = self.failed();
        let is_under_way = kept.days.values().any(|day| !day.done);
        let state = match &why {
            Some(_) => "failed",
            None if is_under_way => "resending",
            None => "waiting",
        };
        let today = moment::to_wall(now).date();
        let nights = [Some(today), today.checked_add(1.day()).ok()]
            .into_iter()
            .flatten()
            .filter_map(moment::start_of_date);
        let next = nights.map(|midnight| midnight + self.after_midnight()).find(|at| *at > now);
        let days = kept.days.iter().rev().map(|(day, it)| {
            json!({
                "day": day, "asked_at": rfc3339(it.asked_at), "own": it.own, "had": it.had, "missing": it.missing,
                "resent": it.resent, "still_missing": it.still_missing, "unknown_to_lot": it.unknown_to_lot,
                "done": it.done,
            })
        });
        json!({
            "configured": true, "state": state, "why": why, "next": next.map(rfc3339),
            "days": days.collect::<Vec<_>>(), "orders": self.orders().status(),
        })
    }

    /// What the platform says is taken off a stay whose car charged.
    pub(crate) async fn relief(&self, of: (&str, &str)) -> Result<Response<Bytes>, String> {
        self.api.relief(of).await
    }

    /// Records of the last days that the platform lacks and will not get by itself.
    pub(crate) fn still_missing(&self) -> u64 {
        self.kept().days.values().filter(|day| day.done).map(|day| day.still_missing).sum()
    }

    /// Why the platform could not be asked last.
    pub(crate) fn failed(&self) -> Option<String> {
        self.failures().values().next_back().cloned()
    }
}

/// The status of an uplink without one.
pub(crate) fn not_configured() -> Value {
    json!({ "configured": false })
}

fn records(day: &LocalDay, kind: Kind) -> &Records {
    match kind {
        Kind::Entries => &day.entries,
        Kind::Exits => &day.exits,
        Kind::Photos => &day.photos,
        Kind::Charges => &day.charges,
    }
}

fn numbers(day: &LocalDay) -> Numbers {
    Numbers {
        entries: day.entries.count(),
        exits: day.exits.count(),
        photos: day.photos.count(),
        charges: day.charges.count(),
    }
}

/// What tells whether the lot's own log of a day has changed.
fn digest(day: &LocalDay) -> String {
    let all = Kind::ALL.map(|kind| records(day, kind).digest());
    sha256_hex(all.join("\n").as_bytes())
}

fn document(uplink: &Uplink) -> String {
    // A document's name has fewer letters than an uplink's may have.
    let name: String = sha256_hex(uplink.name.as_bytes()).chars().take(16).collect();
    format!("reconciliation-{name}")
}
