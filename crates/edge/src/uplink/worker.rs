//! The worker of an uplink: whose turn it is, and what follows from how it ended.

use super::circuit_breaker::CircuitBreaker;
use super::delivery::{AttachedPhotos, Outcome, deliver};
use super::queue::{Bounds, End, Item, Queue, Turn};
use super::{Uplink, pictures::Pictures};
use crate::outbox::{Head, Kind, Seq, Settled};
use bowei_service::stopping::stopped;
use futures::FutureExt as _;
use std::collections::{HashMap, HashSet};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// A report that a platform answered so often with "not now", while it took others, stands in no one's way any longer:
/// some four hours after the first attempt, as long as sessions rest.
pub const ASIDE_AFTER: u32 = 30;
/// The same for one whose content is refused while nothing else is taken: what it holds up may be what the platform
/// takes.
const REFUSED_ASIDE_AFTER: u32 = 3;
/// What stands aside rests so many times as long as a session rests at most, an hour as a rule, for as long as it
/// takes: nobody has said that it is at fault.
const ASIDE_RESTS: u32 = 6;
/// Where pictures go before their records, a record that has just come waits so long for one: cameras' pictures come
/// with the plate or right after it.
const PICTURE_FIRST_MS: u64 = 2_000;
/// Sessions of which a picture is known to have come: those of a day. One that is forgotten waits a moment in vain.
const SHOWN_MAX: usize = 50_000;
/// Reports are fetched from the outbox's index so many at once.
const FETCH: usize = 4_096;
/// After a rest of the whole uplink.
const PROBE: Bounds = Bounds { in_flight: 1, backlog: 1, heavy: 1 };
/// What is on its way when the gateway stops may take so long to end; what has not is sent again at the next start.
const FINISH_WITHIN: Duration = Duration::from_secs(5);

/// How a session's report in front has failed.
#[derive(Default)]
struct Failing {
    /// So often by its own fault, as far as can be told: others were taken since the time before.
    times: u32,
    /// How many had been taken when it failed last.
    taken: u64,
    /// How often the platform has refused what it says.
    refusals: u32,
    /// Under which number it was sent when it was refused first.
    refused_as: u64,
}

/// A report on its way.
struct Sent {
    turn: Turn,
    /// Counted from the start: what has a higher number was sent later.
    number: u64,
    /// It was refused before, and a report that was sent after that time has been accepted: if it is refused again, it
    /// is to blame and not the platform.
    others_pass: bool,
}

struct Worker {
    uplink: Arc<Uplink>,
    started: Instant,
    queue: Queue,
    pictures: Pictures,
    health: CircuitBreaker,
    /// Reports that were taken, or refused for good.
    taken: u64,
    /// Sessions whose report in front has failed.
    failing: HashMap<u64, Failing>,
    /// How many were sent, and the highest number among those accepted.
    sent: u64,
    accepted: u64,
    /// Sessions whose report in front is refused and waits for another to be accepted, and from when on it may go.
    refused: HashMap<u64, u64>,
    /// Sessions of which a picture has come, where pictures go first.
    shown: HashSet<u64>,
    /// Reports that stand aside: the number of their session of one, and the session that they are of.
    aside: HashMap<u64, u64>,
    /// How far the outbox has been read.
    seen: Seq,
    on_their_way: JoinSet<(Sent, AttachedPhotos, Outcome)>,
}

/// Delivers until `stopping` turns true.
pub(super) async fn run(uplink: Arc<Uplink>, stopping: watch::Receiver<bool>) {
    let mut newest = uplink.outbox.newest();
    let mut again = uplink.once_more();
    let mut worker = Worker {
        started: Instant::now(),
        queue: Queue::default(),
        pictures: Pictures::default(),
        health: CircuitBreaker::new(uplink.tuning.uplink, format!("{} {}", uplink.name, uplink.lot_id)),
        taken: 0,
        failing: HashMap::new(),
        sent: 0,
        accepted: 0,
        refused: HashMap::new(),
        shown: HashSet::new(),
        aside: HashMap::new(),
        seen: 0,
        on_their_way: JoinSet::new(),
        uplink,
    };
    // What was there before is backlog, however young it is.
    worker.fetch(false);
    loop {
        bowei_watch::injection_point("uplink");
        worker.send();
        let look = worker.next_look();
        tokio::select! {
            () = stopped(stopping.clone()) => break,
            changed = newest.changed() => match changed {
                Ok(()) => worker.fetch(true),
                Err(_) => break,
            },
            Some(heads) = again.recv() => worker.once_more(&heads),
            Some(ended) = worker.on_their_way.join_next() => worker.ended(ended),
            () = rest(look) => {}
        }
    }
    let finish = async {
        while let Some(ended) = worker.on_their_way.join_next().await {
            worker.ended(ended)
        }
    };
    let _ = tokio::time::timeout(FINISH_WITHIN, finish).await;
}

async fn rest(until: Option<Instant>) {
    match until {
        Some(until) => tokio::time::sleep_until(until).await,
        None => std::future::pending().await,
    }
}

impl Worker {
    fn now_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn at(&self, ms: u64) -> Instant {
        self.started + Duration::from_millis(ms)
    }

    /// Takes in what has come to the outbox.
    fn fetch(&mut self, live: bool) {
        loop {
            let heads = self.uplink.outbox.pending(&self.uplink.name, self.seen, FETCH);
            for head in &heads {
                self.add(head, live);
                self.seen = self.seen.max(head.seq);
            }
            if heads.len() < FETCH {
                return;
            }
        }
    }

    /// Takes in what is to be delivered once more.
    fn once_more(&mut self, heads: &[Head]) {
        for head in heads {
            self.add(head, false);
        }
    }

    fn add(&mut self, head: &Head, live: bool) {
        let now_ms = self.now_ms();
        if self.uplink.standard.picture_goes_within() && head.kind == Kind::Photo {
            // It goes within its record's message: it has no turn of its own.
            self.pictures.add(head.session, head.seq, now_ms);
            self.queue.requeue_now(head.session, now_ms);
            return;
        }
        let item = Item {
            seq: head.seq,
            added_ms: now_ms,
            heavy: head.picture_bytes > 0,
            passage: head.kind.is_passage(),
        };
        if self.uplink.standard.pictures_go_first() && head.kind == Kind::Photo {
            if self.shown.len() >= SHOWN_MAX {
                self.shown.clear();
            }
            self.shown.insert(head.session);
            self.queue.add_before(head.session, item, live, now_ms);
        } else {
            self.queue.add(head.session, item, live);
        }
    }

    /// Sends whatever may go.
    fn send(&mut self) {
        let now_ms = self.now_ms();
        for seq in self.pictures.left_over(now_ms, |session| self.queue.has(session)) {
            self.uplink.outbox.settle(&self.uplink.name, seq, Settled::Unsupported);
        }
        if self.health.shut_until(Instant::now()).is_none() {
            let bounds = if self.health.is_probing() { PROBE } else { self.uplink.tuning.bounds };
            while let Some(turn) = self.queue.next(now_ms, &bounds) {
                if let Some(until_ms) = self.waits_for_its_picture(&turn, now_ms) {
                    self.queue.end(&turn, End::Later { until_ms, failed: false }, now_ms);
                    continue;
                }
                self.start(turn);
            }
        }
        self.uplink.board.in_flight(self.queue.in_flight());
    }

    fn start(&mut self, turn: Turn) {
        let uplink = Arc::clone(&self.uplink);
        let patient = turn.item.passage && self.patient_until(&turn) > self.now_ms();
        let maybe = self.pictures.of(self.parking_of(turn.session));
        let mut pictures = AttachedPhotos { maybe, patient, own: Vec::new() };
        self.sent += 1;
        let failing = self.failing.get(&turn.session).filter(|failing| failing.refusals > 0);
        let others_pass = failing.is_some_and(|failing| self.accepted > failing.refused_as);
        let sent = Sent { turn, number: self.sent, others_pass };
        self.on_their_way.spawn(async move {
            let delivering = async {
                bowei_watch::injection_point("delivery");
                deliver(&uplink, turn.item.seq, &mut pictures).await
            };
            let ended = AssertUnwindSafe(delivering).catch_unwind().await.unwrap_or_else(|panic| {
                bowei_watch::report("delivery", &*panic);
                // Tried again like what a platform puts off, and put aside when it goes on.
                let why = "a fault of the gateway's own, which its log names".to_owned();
                Outcome::Later { after: None, why, answered: true }
            });
            (sent, pictures, ended)
        });
    }

    /// The session that a report is of, whether or not it stands aside.
    fn parking_of(&self, session: u64) -> u64 {
        self.aside.get(&session).copied().unwrap_or(session)
    }

    fn patient_until(&self, turn: &Turn) -> u64 {
        let timeout = u64::try_from(self.uplink.tuning.picture_within.as_millis()).unwrap_or(u64::MAX);
        turn.item.added_ms.saturating_add(timeout)
    }

    /// Where a message carries its picture, or comes after it, a record that has none yet is held back for a while.
    fn waits_for_its_picture(&self, turn: &Turn, now_ms: u64) -> Option<u64> {
        if self.uplink.standard.pictures_go_first() {
            let until_ms = turn.item.added_ms.saturating_add(PICTURE_FIRST_MS).min(self.patient_until(turn));
            let waits = turn.item.passage && turn.live && !self.shown.contains(&turn.session);
            return (waits && until_ms > now_ms).then_some(until_ms);
        }
        if !self.uplink.standard.picture_goes_within()
            || !self.pictures.of(self.parking_of(turn.session)).is_empty()
        {
            return None;
        }
        let until_ms = self.patient_until(turn);
        (turn.item.passage && until_ms > now_ms).then_some(until_ms)
    }

    fn ended(&mut self, ended: Result<(Sent, AttachedPhotos, Outcome), tokio::task::JoinError>) {
        let Ok((sent, pictures, ended)) = ended else {
            // Only a defect of ours ends a delivery that way. Its session stays where it is until the next start.
            tracing::error!(uplink = self.uplink.name, "a delivery broke off");
            return;
        };
        let Sent { turn, number, others_pass } = sent;
        let (now, now_ms) = (Instant::now(), self.now_ms());
        let session = turn.session;
        match ended {
            Outcome::Settled(how) => {
                if how == Settled::Delivered {
                    self.accepted = self.accepted.max(number);
                    self.works(now_ms);
                    // While the platform takes one, it is asked again of those that it refused.
                    for (session, from_ms) in std::mem::take(&mut self.refused) {
                        self.queue.hasten(session, from_ms.max(now_ms));
                    }
                }
                self.settle(&turn, &pictures.own, how, now_ms);
            }
            Outcome::Refused { code, why } if others_pass => {
                self.works(now_ms);
                self.settle(&turn, &pictures.own, Settled::Refused { code, why }, now_ms);
            }
            Outcome::Refused { code, why } => {
                self.uplink.board.waiting(&format!("{code} {why}"));
                // What is refused while nothing is taken may be the platform's fault.
                self.health.record_failure(session, None, now);
                let failing = self.failing.entry(session).or_default();
                failing.refusals += 1;
                if failing.refusals == 1 {
                    failing.refused_as = number;
                }
                let aside = failing.refusals >= REFUSED_ASIDE_AFTER || self.is_in_front_of_record(&turn);
                let session = self.rests(&turn, None, true, aside, &why);
                let first = u64::try_from(self.uplink.tuning.session.first.as_millis()).unwrap_or(u64::MAX);
                self.refused.insert(session, now_ms.saturating_add(first));
            }
            Outcome::Later { after, why, answered } => {
                if answered {
                    self.uplink.board.waiting(&why)
                } else {
                    self.uplink.board.down(&why)
                }
                // While the platform itself is ill, failures are not the report's. It was well if others were taken
                // since it was last ill.
                let failed = answered && !self.health.is_probing();
                self.health.record_failure(session, after, now);
                let aside = failed && self.failed(session) >= ASIDE_AFTER
                    || answered && self.is_in_front_of_record(&turn);
                self.rests(&turn, after, failed, aside, &why);
            }
            Outcome::AwaitsPicture => {
                // One that came while it was looked at did not find it resting.
                let more = self.pictures.of(self.parking_of(session)).len() > pictures.maybe.len();
                let until_ms = if more { now_ms } else { self.patient_until(&turn) };
                self.queue.end(&turn, End::Later { until_ms, failed: false }, now_ms);
            }
            Outcome::Held(why) => {
                self.uplink.board.held(&why);
                self.health.trip(now);
                // Others have their turn, should it be this one's alone after all.
                let aside = self.failed(session) >= ASIDE_AFTER;
                let longest = self.uplink.tuning.uplink.longest;
                let rest = self.own_rest(&turn).min(longest);
                self.put_off(&turn, rest, true, aside, &why);
            }
            Outcome::NoAccount(why) => {
                self.uplink.board.refused(&why);
                self.health.trip(now);
                let until_ms = now_ms.saturating_add(1);
                self.queue.end(&turn, End::Later { until_ms, failed: false }, now_ms);
            }
        }
        self.uplink.board.retry_at(self.health.shut_until(now));
    }

    /// A picture that goes before its record must not hold it up when it fails.
    fn is_in_front_of_record(&self, turn: &Turn) -> bool {
        self.uplink.standard.pictures_go_first() && turn.item.heavy && !turn.item.passage
    }

    /// The platform has taken a report, or refused one while it takes others.
    fn works(&mut self, now_ms: u64) {
        self.taken += 1;
        self.uplink.board.up();
        if self.health.record_success() {
            self.queue.wake_all(now_ms);
        }
    }

    /// How long a report rests by itself after one failure more.
    fn own_rest(&self, turn: &Turn) -> Duration {
        let who = [self.uplink.lot_id.as_str(), &turn.session.to_string()];
        self.uplink.tuning.session.after(turn.attempts + 1, &who)
    }

    /// A report rests, as long as the platform says or longer.
    fn rests(&mut self, turn: &Turn, after: Option<Duration>, failed: bool, aside: bool, why: &str) -> u64 {
        let rest = after.unwrap_or_default().max(self.own_rest(turn));
        self.put_off(turn, rest, failed, aside, why)
    }

    /// A report is put off, in front of its session or aside. Says as which session it waits.
    fn put_off(&mut self, turn: &Turn, rest: Duration, failed: bool, aside: bool, why: &str) -> u64 {
        let now_ms = self.now_ms();
        let after =
            |rest: Duration| now_ms.saturating_add(u64::try_from(rest.as_millis()).unwrap_or(u64::MAX));
        if aside && !self.aside.contains_key(&turn.session) {
            tracing::warn!(
                uplink = self.uplink.name,
                seq = turn.item.seq,
                why,
                "set aside; it is tried again and again"
            );
            // Sessions are hashes: that one is what this number turned over is, is as unlikely as two being one.
            let alone = !turn.item.seq;
            self.aside.insert(alone, turn.session);
            if let Some(failing) = self.failing.remove(&turn.session) {
                self.failing.insert(alone, failing);
            }
            self.queue.set_aside(turn, alone, after(rest), now_ms);
            return alone;
        }
        // What nobody blames is tried for ever, at its leisure.
        let worn = self.failing.get(&turn.session).is_some_and(|failing| failing.times >= ASIDE_AFTER);
        let rest = if worn { rest.max(self.uplink.tuning.session.longest * ASIDE_RESTS) } else { rest };
        self.queue.end(turn, End::Later { until_ms: after(rest), failed }, now_ms);
        tracing::debug!(uplink = self.uplink.name, seq = turn.item.seq, why, "not delivered yet");
        turn.session
    }

    /// A report was answered with "not now": how often that was its own fault. With no other taken in between it may
    /// be the platform that breaks on everything, which too few sessions try for that to be seen at once.
    fn failed(&mut self, session: u64) -> u32 {
        let failing = self.failing.entry(session).or_default();
        if failing.times == 0 || failing.taken < self.taken {
            failing.times += 1;
        }
        failing.taken = self.taken;
        failing.times
    }

    fn settle(&mut self, turn: &Turn, pictures: &[Seq], how: Settled, now_ms: u64) {
        let outbox = &self.uplink.outbox;
        if let Settled::Refused { code, why } = &how {
            tracing::warn!(uplink = self.uplink.name, seq = turn.item.seq, code, why, "refused for good");
        }
        outbox.settle(&self.uplink.name, turn.item.seq, how);
        self.failing.remove(&turn.session);
        self.queue.end(turn, End::Settled, now_ms);
        let parking = self.parking_of(turn.session);
        self.aside.remove(&turn.session);
        // The pictures of a record that has gone went with it, or had their chance.
        for seq in pictures {
            if self.pictures.take(parking, *seq) {
                outbox.settle(&self.uplink.name, *seq, Settled::Delivered);
            }
        }
    }

    /// When to look again, if nothing happens before.
    fn next_look(&self) -> Option<Instant> {
        let waits = self.queue.next_wake_ms().map(|ms| self.at(ms));
        let pictures = self.pictures.next_look_ms().map(|ms| self.at(ms));
        let shut = self.health.shut_until(Instant::now()).filter(|_| self.queue.waiting() > 0);
        // While all rests, nothing is to be done before its end.
        shut.or_else(|| [waits, pictures].into_iter().flatten().min())
    }
}
