//! The outbox as others see it.

use super::disk::Disk;
use super::faults::{EnqueueError, NoPicture, NotSaved, OutboxError, RetryFault, Unreadable};
use super::identity::{Kind, content, identity, session_of};
use super::index::Mark;
use super::letters::Letter;
use super::marks::Event;
use super::record::{Fields, with_known};
use super::state::{Ask, EVENTS_MAX, Picture, Prepared, Shared, Take};
use super::status::{Status, status};
use super::types::{DeadLetter, Entry, Head, Limits, NewEntry, Seq, Settled, Standing, Taken};
use super::{PICTURE_BYTES_MAX, REPORT_BYTES_MAX, TAKE_ENTRIES_MAX, documents, opening, reading};
use crate::Clock;
use crate::known::Known;
use bowei_model::Report;
use bytes::Bytes;
use jiff::Timestamp;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use tokio::sync::{oneshot, watch};

/// What the lot said, kept until every platform has it. Cheap to clone; when the last clone goes, what waits is
/// written and the folder is free.
#[derive(Clone)]
pub struct Outbox {
    shared: Arc<Shared>,
    thread: Arc<Thread>,
}

struct Thread {
    shared: Arc<Shared>,
    handle: Mutex<Option<JoinHandle<()>>>,
}

/// However the writer ends, nobody waits for it afterwards.
struct Ending(Arc<Shared>);

impl Drop for Ending {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.closed = true;
        state.takes.clear();
        state.asks.clear();
        drop(state);
        self.0.ended.send_replace(true);
    }
}

impl Thread {
    fn stop(&self) {
        self.shared.state().closed = true;
        self.shared.wake();
        let handle = self.handle.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(handle) = handle {
            // A panic in it has been reported where it was caught.
            let _ = handle.join();
        }
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Outbox {
    /// Opens what is on `disk`, or begins there. An uplink that was never configured before begins at the newest
    /// record: a platform added today has no business with last week. One that is no longer configured keeps its
    /// journal and holds nothing back.
    pub fn open(
        disk: Arc<dyn Disk>,
        clock: Arc<dyn Clock>,
        limits: Limits,
        uplinks: &[String],
    ) -> Result<Self, OutboxError> {
        let (shared, writer) = opening::open(disk, clock, limits, uplinks)?;
        let handle = std::thread::Builder::new()
            .name("outbox-writer".to_owned())
            .spawn(move || {
                let ending = Ending(Arc::clone(&writer.shared));
                // What it knows of its files is lost with it: only opening them again is sound after a panic.
                if let Err(panic) = catch_unwind(AssertUnwindSafe(|| writer.run())) {
                    bowei_watch::report(super::writer::WRITER, &*panic);
                }
                drop(ending);
            })
            .map_err(OutboxError::Thread)?;
        let thread = Thread { shared: Arc::clone(&shared), handle: Mutex::new(Some(handle)) };
        Ok(Self { shared, thread: Arc::new(thread) })
    }

    /// Keeps entries, all or none. Answers when they outlast a power loss; waits while the writer has more than it
    /// can do.
    pub async fn take(&self, entries: Vec<NewEntry>) -> Result<Vec<Taken>, EnqueueError> {
        self.take_with(entries.into_iter().map(|entry| (entry, Known::default())).collect()).await
    }

    /// The same, with what is known beside each: it is kept, and does not make a report another one.
    pub(crate) async fn take_with(
        &self,
        entries: Vec<(NewEntry, Known)>,
    ) -> Result<Vec<Taken>, EnqueueError> {
        let prepared = |(entry, known): (NewEntry, Known)| {
            let prepared = prepared(entry)?;
            Ok(Prepared { json: with_known(prepared.json, &known), ..prepared })
        };
        self.put(entries.into_iter().map(prepared).collect::<Result<_, EnqueueError>>()?).await
    }

    async fn put(&self, entries: Vec<Prepared>) -> Result<Vec<Taken>, EnqueueError> {
        if entries.len() > TAKE_ENTRIES_MAX {
            return Err(EnqueueError::TooLarge {
                what: "entries in one delivery",
                size: entries.len(),
                max: TAKE_ENTRIES_MAX,
            });
        }
        let permits = Arc::clone(&self.shared.permits);
        let permit = permits.acquire_owned().await.map_err(|_| EnqueueError::Closed)?;
        let (answer, answered) = oneshot::channel();
        {
            let mut state = self.shared.state();
            if state.closed {
                return Err(EnqueueError::Closed);
            }
            state.takes.push_back(Take { entries, answer, _permit: permit });
        }
        self.shared.wake();
        answered.await.map_err(|_| EnqueueError::Closed)?
    }

    /// What an uplink waits for behind `after`, at most `max`, in the order of taking. From memory.
    pub fn pending(&self, uplink: &str, after: Seq, max: usize) -> Vec<Head> {
        let state = self.shared.state();
        state.index.uplink(uplink).map(|uplink| state.index.pending(uplink, after, max)).unwrap_or_default()
    }

    /// One record. A damaged one is set aside and counted, and nobody waits for it any more.
    pub async fn read(&self, seq: Seq) -> Result<Entry, Unreadable> {
        let stopping = |why: String| Unreadable::Disk { why };
        self.spawn_blocking(move |shared| reading::entry(&shared, seq))
            .await
            .unwrap_or_else(|why| Err(stopping(why)))
    }

    /// A record's picture.
    pub async fn picture(&self, seq: Seq) -> Result<Bytes, NoPicture> {
        let stopping = |why: String| NoPicture::Disk { why };
        self.spawn_blocking(move |shared| reading::picture(&shared, seq))
            .await
            .unwrap_or_else(|why| Err(stopping(why)))
    }

    /// Does on another thread what waits for the disk.
    async fn spawn_blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(Arc<Shared>) -> T + Send + 'static,
    ) -> Result<T, String> {
        let shared = Arc::clone(&self.shared);
        tokio::task::spawn_blocking(move || work(shared)).await.map_err(|error| error.to_string())
    }

    /// Says how a waiting record ended with an uplink. Saying it twice changes nothing. It is written down within a
    /// second; what a power loss takes of it is delivered again.
    pub fn settle(&self, uplink: &str, seq: Seq, how: Settled) {
        let at_ms = self.shared.now_ms();
        let (mark, refusal) = match how {
            Settled::Delivered => (Mark::Delivered, None),
            Settled::Unsupported => (Mark::Unsupported, None),
            Settled::Refused { code, why } => (Mark::Refused, Some((code, why))),
        };
        {
            let mut state = self.shared.state();
            let Some(uplink) = state.index.uplink(uplink) else { return };
            let waits = state.index.mark(uplink, seq) == Some(Mark::Waiting);
            // A refusal's words are nowhere but in the event. While there is no place for one, the record waits on
            // and is refused again.
            if !waits || (refusal.is_some() && state.events.len() >= EVENTS_MAX) {
                return;
            }
            state.index.set(uplink, seq, mark);
            if let Some(uplink) = state.index.uplinks.get_mut(uplink) {
                match mark {
                    Mark::Delivered => {
                        uplink.accepted += 1;
                        uplink.last_accepted_ms = Some(at_ms);
                    }
                    Mark::Unsupported => uplink.not_carried += 1,
                    _ => uplink.refused += 1,
                }
            }
            state.note(Event { uplink, seq, mark, at_ms, refusal });
        }
        self.shared.wake();
    }

    /// The lot's base data at `seq` were taken: what was refused of them before is mended by that.
    pub fn base_data_taken(&self, uplink: &str, seq: Seq) {
        {
            let mut state = self.shared.state();
            let is_old = |letter: &&Letter| {
                letter.uplink == uplink && letter.seq < seq && matches!(letter.report, Report::Lot(_))
            };
            let old: Vec<u64> = state.letters.open.values().filter(is_old).map(|letter| letter.id).collect();
            for id in old {
                state.letters.close(id);
            }
        }
        self.shared.wake();
    }

    /// Has records delivered to an uplink once more, those from before it was there too. Others' alone, and damaged
    /// ones, are passed over.
    pub fn resend(&self, uplink: &str, seqs: &[Seq]) {
        let at_ms = self.shared.now_ms();
        {
            let mut state = self.shared.state();
            let Some(uplink) = state.index.uplink(uplink) else { return };
            let begins = state.index.uplinks.get(uplink).map_or(0, |uplink| uplink.begins);
            for seq in seqs {
                let others = state.index.mark(uplink, *seq) == Some(Mark::NotIts) && *seq > begins;
                if !others && state.index.set(uplink, *seq, Mark::Waiting) {
                    state.note(Event { uplink, seq: *seq, mark: Mark::Waiting, at_ms, refusal: None });
                }
            }
        }
        self.shared.wake();
        self.shared.newest.send_modify(|_| {});
    }

    /// The newest number; changes, or is sent again, when there is something to deliver.
    pub fn newest(&self) -> watch::Receiver<Seq> {
        self.shared.newest.subscribe()
    }

    /// The numbers of what was taken from one moment to another, both included, and is wanted. Reads the log.
    pub async fn find(
        &self,
        from: Timestamp,
        to: Timestamp,
        wanted: impl Fn(&Entry) -> bool + Send + 'static,
    ) -> Vec<Seq> {
        self.spawn_blocking(move |shared| reading::find(&shared, from, to, wanted)).await.unwrap_or_default()
    }

    /// Shows every record behind `after`, in order. Reads the log.
    pub async fn visit(&self, after: Seq, each: impl FnMut(Entry) + Send + 'static) {
        let _ = self.spawn_blocking(move |shared| reading::visit(&shared, after, each)).await;
    }

    /// Open dead letters, the newest first; those older than `after`, where it is given.
    pub fn dead_letters(&self, after: Option<u64>, limit: usize) -> Vec<DeadLetter> {
        let state = self.shared.state();
        let older = state.letters.open.range(..after.unwrap_or(u64::MAX)).rev();
        older.take(limit).map(|(_, letter)| letter.shown()).collect()
    }

    /// Takes a dead letter's report anew for its uplink alone, mended or as it was, with its picture where that is
    /// still there. The dead letter closes.
    pub async fn retry(&self, id: u64, mended: Option<Report>) -> Result<Seq, RetryFault> {
        let letter = self.letter(id)?;
        let report = mended.unwrap_or(letter.report);
        let mut entry = prepared(NewEntry { report, picture: None, only: Some(letter.uplink) })?;
        if let Some(pointer) = letter.picture {
            entry.picture = Picture::There(pointer);
        }
        let taken = self.put(vec![entry]).await?;
        self.shared.state().letters.close(id);
        self.shared.wake();
        taken.first().map(|taken| taken.seq()).ok_or(RetryFault::NoSuchLetter)
    }

    /// Closes a dead letter that is not to be sent again.
    pub fn set_aside(&self, id: u64) -> Result<(), RetryFault> {
        {
            let mut state = self.shared.state();
            if !state.letters.open.contains_key(&id) {
                return Err(RetryFault::NoSuchLetter);
            }
            state.letters.close(id);
        }
        self.shared.wake();
        Ok(())
    }

    fn letter(&self, id: u64) -> Result<Letter, RetryFault> {
        let state = self.shared.state();
        let letter = state.letters.open.get(&id).ok_or(RetryFault::NoSuchLetter)?;
        if state.index.uplink(&letter.uplink).is_none() {
            return Err(RetryFault::NoSuchUplink(letter.uplink.clone()));
        }
        Ok(letter.clone())
    }

    /// How everything is.
    pub fn status(&self) -> Status {
        status(&self.shared)
    }

    /// The newest `n` passages, the newest first.
    pub fn recent(&self, n: usize) -> Vec<Seq> {
        let state = self.shared.state();
        let passages =
            state.index.records.iter().rev().filter(|record| record.kind.is_passage() && !record.damaged);
        passages.take(n).map(|record| record.seq).collect()
    }

    /// The records of a session, the newest first, at most `max`. From memory.
    pub fn of_session(&self, session: u64, max: usize) -> Vec<Seq> {
        let state = self.shared.state();
        let of_it = |record: &&super::index::Record| record.session == session && !record.damaged;
        state.index.records.iter().rev().filter(of_it).take(max).map(|record| record.seq).collect()
    }

    /// How a record stands with an uplink, as far as is known.
    pub fn how(&self, uplink: &str, seq: Seq) -> Standing {
        let state = self.shared.state();
        let mark = state.index.uplink(uplink).and_then(|uplink| state.index.mark(uplink, seq));
        mark.map_or(Standing::Unknown, Mark::standing)
    }

    /// Keeps a document of another module in the place of the one with the same name. Waits for the disk: not to be
    /// called on an async thread.
    pub fn save(&self, name: &str, bytes: &[u8]) -> Result<(), NotSaved> {
        documents::save(&*self.shared.disk, name, bytes)
    }

    /// The document with a name; none where there is none or it is damaged. Reads the disk.
    pub fn load(&self, name: &str) -> Option<Vec<u8>> {
        documents::load(&*self.shared.disk, name)
    }

    /// Returns when the writer has written all it was given; `synced`: and it outlasts a power loss.
    pub async fn written(&self, synced: bool) {
        self.ask(synced, false).await;
    }

    /// Looks now for what may go. The writer does so by itself every minute.
    pub async fn tidy(&self) {
        self.ask(false, true).await;
    }

    async fn ask(&self, sync: bool, tidy: bool) {
        let (answer, answered) = oneshot::channel();
        {
            let mut state = self.shared.state();
            if state.closed {
                return;
            }
            state.asks.push(Ask { sync, tidy, answer });
        }
        self.shared.wake();
        let _ = answered.await;
    }

    /// Returns once nothing is written any more.
    pub async fn ended(&self) {
        // The sender lives as long as the outbox.
        let _ = self.shared.ended.subscribe().wait_for(|ended| *ended).await;
    }

    /// Takes nothing more, writes what is to be written, and frees the folder's files.
    pub async fn close(&self) {
        let thread = Arc::clone(&self.thread);
        let _ = tokio::task::spawn_blocking(move || thread.stop()).await;
    }
}

/// Makes an entry ready to be written.
fn prepared(entry: NewEntry) -> Result<Prepared, EnqueueError> {
    let bounded =
        |what, size, max| if size > max { Err(EnqueueError::TooLarge { what, size, max }) } else { Ok(()) };
    let json =
        serde_json::to_vec(&entry.report).map_err(|error| EnqueueError::Disk { why: error.to_string() })?;
    bounded("a report", json.len(), REPORT_BYTES_MAX)?;
    let picture = entry.picture.filter(|bytes| !bytes.is_empty());
    bounded("a picture", picture.as_ref().map_or(0, Bytes::len), PICTURE_BYTES_MAX)?;
    let picture = picture.map(|bytes| (crc32fast::hash(&bytes), bytes));
    let fields = Fields {
        kind: Kind::of(&entry.report),
        taken_ms: 0,
        session: session_of(&entry.report),
        identity: identity(&entry.report),
        content: content(&json, picture.as_ref().map(|(crc, bytes)| (*crc, bytes.len()))),
        picture: None,
        only: entry.only,
    };
    let picture = picture.map_or(Picture::None, |(crc, bytes)| Picture::Bytes { bytes, crc });
    Ok(Prepared { fields, json, picture })
}
