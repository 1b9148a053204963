//! The worker of an uplink: whose turn it is, and what follows from how it ended.

use super::delivery::{Ended, Within, deliver};
use super::health::Health;
use super::queue::{Bounds, End, Item, Queue, Turn};
use super::{Uplink, pictures::Pictures};
use crate::outbox::{Head, Kind, Seq, Settled};
use bowei_service::stopping::stopped;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// A report that a platform answered so often with "not now", while it took others, goes into the dead letters: some
/// four hours after the first attempt, as long as sessions rest.
pub const GIVE_UP_AFTER: u32 = 30;
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
}

struct Worker {
    uplink: Arc<Uplink>,
    started: Instant,
    queue: Queue,
    pictures: Pictures,
    health: Health,
    /// Reports that were taken, or refused for good.
    taken: u64,
    /// Sessions whose report in front has failed.
    failing: HashMap<u64, Failing>,
    /// How far the outbox has been read.
    seen: Seq,
    on_their_way: JoinSet<(Turn, Within, Ended)>,
}

/// Delivers until `stopping` turns true.
pub(super) async fn run(uplink: Arc<Uplink>, stopping: watch::Receiver<bool>) {
    let mut newest = uplink.outbox.newest();
    let mut again = uplink.once_more();
    let mut worker = Worker {
        started: Instant::now(),
        queue: Queue::default(),
        pictures: Pictures::default(),
        health: Health::new(uplink.tuning.uplink, format!("{} {}", uplink.name, uplink.lot_id)),
        taken: 0,
        failing: HashMap::new(),
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
            self.queue.rouse(head.session, now_ms);
            return;
        }
        let item = Item {
            seq: head.seq,
            added_ms: now_ms,
            heavy: head.picture_bytes > 0,
            passage: head.kind.is_passage(),
        };
        self.queue.add(head.session, item, live);
    }

    /// Sends whatever may go.
    fn send(&mut self) {
        let now_ms = self.now_ms();
        for seq in self.pictures.left_over(now_ms, |session| self.queue.has(session)) {
            self.uplink.outbox.settle(&self.uplink.name, seq, Settled::NotCarried);
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
        let mut pictures = Within { maybe: self.pictures.of(turn.session), patient, own: Vec::new() };
        self.on_their_way.spawn(async move {
            let ended = deliver(&uplink, turn.item.seq, &mut pictures).await;
            (turn, pictures, ended)
        });
    }

    fn patient_until(&self, turn: &Turn) -> u64 {
        let patience = u64::try_from(self.uplink.tuning.picture_within.as_millis()).unwrap_or(u64::MAX);
        turn.item.added_ms.saturating_add(patience)
    }

    /// Where a message carries its picture, a record that has none yet is held back for a while.
    fn waits_for_its_picture(&self, turn: &Turn, now_ms: u64) -> Option<u64> {
        if !self.uplink.standard.picture_goes_within() || !self.pictures.of(turn.session).is_empty() {
            return None;
        }
        let until_ms = self.patient_until(turn);
        (turn.item.passage && until_ms > now_ms).then_some(until_ms)
    }

    fn ended(&mut self, ended: Result<(Turn, Within, Ended), tokio::task::JoinError>) {
        let Ok((turn, pictures, ended)) = ended else {
            // Only a defect of ours ends a delivery that way. Its session stays where it is until the next start.
            tracing::error!(uplink = self.uplink.name, "a delivery broke off");
            return;
        };
        let (now, now_ms) = (Instant::now(), self.now_ms());
        let session = turn.session;
        match ended {
            Ended::Settled(how) => {
                let sent = !matches!(&how, Settled::NotCarried)
                    && !matches!(&how, Settled::Refused { code, .. } if code == super::delivery::NOT_SENT);
                self.settle(&turn, &pictures.own, how, now_ms);
                if sent {
                    self.taken += 1;
                    self.uplink.board.up();
                    if self.health.good() {
                        self.queue.wake_all(now_ms);
                    }
                }
            }
            Ended::Later { why, answered: true, .. }
                if !self.health.is_probing() && self.failed(session) >= GIVE_UP_AFTER =>
            {
                let why = format!(
                    "tried {GIVE_UP_AFTER} times while other reports were taken; the last answer: {why}"
                );
                self.settle(
                    &turn,
                    &pictures.own,
                    Settled::Refused { code: "given up".to_owned(), why },
                    now_ms,
                );
            }
            Ended::Later { after, why, answered } => {
                if answered {
                    self.uplink.board.waiting(&why)
                } else {
                    self.uplink.board.down(&why)
                }
                // While the platform itself is ill, failures are not the report's. It was well if others were taken
                // since it was last ill: a report that is told each time when to come back is given up like any.
                let failed = answered && !self.health.is_probing();
                self.health.bad(session, after, now);
                let backoff = &self.uplink.tuning.session;
                let own = backoff.after(turn.attempts + 1, &[&self.uplink.lot_id, &session.to_string()]);
                let rests = after.unwrap_or_default().max(own);
                let until_ms = now_ms.saturating_add(u64::try_from(rests.as_millis()).unwrap_or(u64::MAX));
                self.queue.end(&turn, End::Later { until_ms, failed }, now_ms);
                tracing::debug!(uplink = self.uplink.name, seq = turn.item.seq, why, "not delivered yet");
            }
            Ended::Held => {
                // One that came while it was looked at did not find it resting.
                let more = self.pictures.of(session).len() > pictures.maybe.len();
                let until_ms = if more { now_ms } else { self.patient_until(&turn) };
                self.queue.end(&turn, End::Later { until_ms, failed: false }, now_ms);
            }
            Ended::NoAccount(why) => {
                self.uplink.board.refused(&why);
                self.health.rest(now);
                let until_ms = now_ms.saturating_add(1);
                self.queue.end(&turn, End::Later { until_ms, failed: false }, now_ms);
            }
        }
        self.uplink.board.retry_at(self.health.shut_until(now));
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
        // The pictures of a record that has gone went with it, or had their chance.
        for seq in pictures {
            if self.pictures.take(turn.session, *seq) {
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
