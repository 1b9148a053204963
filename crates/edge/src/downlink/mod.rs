//! What platforms ask of the lot, where a standard has such a thing: to keep a space for a car, and to keep it no
//! longer. Taken by what the lot has left, kept on disk before it is answered, handed to the lot's own system.
//!
//! [`book`] has the rules and no I/O; [`ReservationService`] keeps the book and wakes whoever waits; [`webhook`] posts it to the
//! lot's system, which may as well wait on `GET /v1/directives`. [`platform_directives`] is how a platform is asked that
//! cannot call the gateway, or whose standard has no such thing.

pub mod book;
mod platform_directives;
mod webhook;

pub use book::{Book, Directive, DirectiveAnswer, LotCancellation, Notification, Outcome, Room};
pub(crate) use platform_directives::{AskedDirective, PlatformDirectives, Unanswered, not_configured};

use crate::config::ConfigError;
use crate::outbox::Outbox;
use bowei_model::{Cancellation, Direction, Passage, Reservation};
use bowei_service::outgoing::BadAddress;
use bowei_standards::downlink::{Directive as Asked, DownlinkRefusal};
use jiff::Timestamp;
use std::sync::Arc;
use tokio::sync::{Mutex, watch};

/// That reservations could be posted to an address.
pub(crate) fn check_webhook(address: &str) -> Result<(), ConfigError> {
    let setting = |bad: BadAddress| ConfigError::setting("downlink.webhook", bad.to_string());
    webhook::Webhook::at(address).map(drop).map_err(setting)
}

/// The name that the book is kept under.
const DOCUMENT: &str = "reservations";

/// The reservations of the lot.
pub struct ReservationService {
    outbox: Outbox,
    book: Mutex<Book>,
    newest: watch::Sender<u64>,
}

impl ReservationService {
    /// Reads the book as it was kept; a new one where there is none.
    pub fn open(outbox: Outbox) -> Self {
        let kept = outbox.load(DOCUMENT);
        let book = kept.as_deref().and_then(|kept| match serde_json::from_slice::<Book>(kept) {
            Ok(book) => Some(book),
            Err(error) => {
                tracing::error!(%error, "the reservations cannot be read and are begun anew");
                None
            }
        });
        let book = book.unwrap_or_default();
        let newest = watch::Sender::new(book.newest());
        Self { outbox, book: Mutex::new(book), newest }
    }

    /// Takes a reservation that the platform of `uplink` asks for, or says why not.
    pub async fn reserve(
        &self,
        reservation: Reservation,
        room: Room,
        uplink: &str,
        now: Timestamp,
    ) -> Result<(), NotDone> {
        self.change(now, |book| book.reserve(reservation, room, uplink, now)).await
    }

    /// Calls one off.
    pub async fn cancel(&self, cancellation: &Cancellation, now: Timestamp) -> Result<(), NotDone> {
        self.change(now, |book| book.cancel(&cancellation.reservation_code, now)).await
    }

    /// What was answered to a directive of that uplink's platform before.
    pub async fn answered(&self, uplink: &str, id: &str) -> Option<DirectiveAnswer> {
        self.book.lock().await.answered(&answer_key(uplink, id)).cloned()
    }

    /// Does what the platform of `uplink` asks under `id`, and keeps what is answered to it in the same write: asked again,
    /// after a restart too, the same is answered and nothing more is done.
    pub async fn answer(
        &self,
        (uplink, id): (&str, &str),
        asked: Result<Asked, DirectiveAnswer>,
        room: Room,
        now: Timestamp,
    ) -> Result<DirectiveAnswer, NotDone> {
        let key = answer_key(uplink, id);
        let mut given = None;
        self.change(now, |book| {
            let answer = book.answered(&key).cloned().unwrap_or_else(|| {
                let done = match asked {
                    Ok(Asked::Reservation(reservation)) => book.reserve(reservation, room, uplink, now),
                    Ok(Asked::Cancellation(cancellation)) => book.cancel(&cancellation.reservation_code, now),
                    Err(refused) => return refused,
                };
                done.as_ref().err().map_or_else(DirectiveAnswer::taken, DirectiveAnswer::from)
            });
            if book.answered(&key).is_none() {
                book.note_answer(key, answer.clone(), now);
            }
            given = Some(answer);
            Ok(())
        })
        .await?;
        given.ok_or_else(|| NotDone::NotKept("nothing was answered".to_owned()))
    }

    /// The uplink whose platform asked for a reservation, where that is known.
    pub async fn uplink_of(&self, reservation_code: &str) -> Option<String> {
        self.book.lock().await.uplink_of(reservation_code).map(str::to_owned)
    }

    /// Calls one off for the lot itself; its platform is told as soon as it can be.
    pub async fn cancel_by_lot(
        &self,
        reservation_code: &str,
        reason: String,
        now: Timestamp,
    ) -> Result<(), NotDone> {
        self.change(now, |book| book.cancel_by_lot(reservation_code, reason, now)).await
    }

    /// The oldest cancellation of the lot's own that the platform of `uplink` is still to be told.
    pub async fn untold(&self, uplink: &str) -> Option<LotCancellation> {
        self.book.lock().await.untold(uplink).cloned()
    }

    /// Its platform knows of it.
    pub async fn told(&self, cancellation: &LotCancellation, now: Timestamp) -> Result<(), NotDone> {
        self.change(now, |book| {
            book.told(cancellation);
            Ok(())
        })
        .await
    }

    /// Under which reservation a car has come in or goes out, if under one. Once it has come in, that holds no space
    /// any longer.
    pub(crate) async fn booking_of(&self, passage: &Passage, now: Timestamp) -> Option<String> {
        let mut reservation_code = None;
        let kept = self
            .change(now, |book| {
                reservation_code = match passage.direction {
                    Direction::Entry => book.arrived(passage),
                    Direction::Exit => book.left(passage),
                };
                Ok(())
            })
            .await;
        if kept.is_err() {
            tracing::warn!("that a reservation was used could not be written down yet");
        }
        reservation_code
    }

    /// How many spaces are held at `now`.
    pub async fn held(&self, now: Timestamp) -> u32 {
        self.book.lock().await.held(now)
    }

    /// What was asked after `after`, oldest first.
    pub async fn directives(&self, after: u64) -> Vec<Directive> {
        self.book.lock().await.after(after)
    }

    /// Wakes with the number of the newest directive.
    pub fn newest(&self) -> watch::Receiver<u64> {
        self.newest.subscribe()
    }

    /// How far the webhook has got.
    async fn posted(&self) -> u64 {
        self.book.lock().await.posted
    }

    async fn set_posted(&self, posted: u64, now: Timestamp) -> Result<(), NotDone> {
        self.change(now, |book| {
            book.posted = book.posted.max(posted);
            Ok(())
        })
        .await
    }

    /// Changes the book and keeps it; a change that cannot be kept has not happened.
    async fn change(
        &self,
        now: Timestamp,
        change: impl FnOnce(&mut Book) -> Result<(), DownlinkRefusal>,
    ) -> Result<(), NotDone> {
        let mut book = self.book.lock().await;
        let mut changed = book.clone();
        change(&mut changed).map_err(NotDone::Refused)?;
        changed.forget(now);
        if changed == *book {
            return Ok(());
        }
        let bytes = serde_json::to_vec(&changed).map_err(|error| NotDone::NotKept(error.to_string()))?;
        let outbox = self.outbox.clone();
        let kept = tokio::task::spawn_blocking(move || outbox.save(DOCUMENT, &bytes)).await;
        kept.map_err(|broken| NotDone::NotKept(broken.to_string()))?
            .map_err(|error| NotDone::NotKept(error.to_string()))?;
        let newest = changed.newest();
        *book = changed;
        self.newest.send_if_modified(|known| std::mem::replace(known, newest) != newest);
        Ok(())
    }

    /// Starts posting to the lot's system, where one is named.
    pub fn start(
        self: &Arc<Self>,
        webhook: Option<&str>,
        clock: Arc<dyn bowei_service::Clock>,
        stopping: &watch::Receiver<bool>,
        tasks: &mut tokio::task::JoinSet<()>,
    ) -> Result<(), bowei_service::outgoing::BadAddress> {
        let Some(webhook) = webhook else { return Ok(()) };
        let hook = Arc::new(webhook::Webhook::at(webhook)?);
        let (desk, stopping) = (Arc::clone(self), stopping.clone());
        tasks.spawn(bowei_watch::task("webhook", move || {
            webhook::run(Arc::clone(&desk), Arc::clone(&hook), Arc::clone(&clock), stopping.clone())
        }));
        Ok(())
    }
}

fn answer_key(uplink: &str, id: &str) -> String {
    format!("{uplink}/{id}")
}

/// Why something asked was not done.
#[derive(Debug)]
pub enum NotDone {
    /// The lot says no.
    Refused(DownlinkRefusal),
    /// It could not be written down; asked again it may be.
    NotKept(String),
}
