//! Passages and photos as they are kept, told to whoever watches now. Nothing is kept for those who do not: the
//! API has it all. While nobody watches, nothing is even copied.

pub(crate) mod follow;

use crate::after_commit::{AfterCommit, Commit};
use crate::registry::{Registry, Snapshot};
use async_trait::async_trait;
use bowei_model::{Effect, Lot, LotCode, PhotoSubject, Picture, Report, Statement, moment};
use bowei_store::StoreError;
use std::sync::Arc;
use tokio::sync::broadcast;

/// Events that a slow watcher may lag behind before it misses some: a few seconds of a busy city.
const LAG_MAX: usize = 4_096;

/// Something that was just kept.
#[derive(Clone, Debug)]
pub enum LiveEvent {
    /// A passage.
    Passage(Arc<LivePassage>),
    /// A photo.
    Photo(Arc<LivePhoto>),
}

/// A passage that was just kept.
#[derive(Debug)]
pub struct LivePassage {
    /// The lot, for who may see it.
    pub lot: Arc<Lot>,
    /// The statement.
    pub statement: Statement,
}

/// A photo that was just kept.
#[derive(Debug)]
pub struct LivePhoto {
    /// The lot, for who may see it.
    pub lot: Arc<Lot>,
    /// What it shows.
    pub of: PhotoOf,
    /// The id under which its bytes are served.
    pub id: String,
}

/// What a photo shows.
#[derive(Debug)]
pub enum PhotoOf {
    /// A record's entry or exit (`entry`, `exit`).
    Record(String, &'static str),
    /// Whatever passage names it by this id.
    Named(String),
}

/// The id of a photo in the API: the day it was received and its digest, which is where it is kept.
pub(crate) fn photo_id(received_at: jiff::Timestamp, sha256: &str) -> String {
    format!("{}-{sha256}", moment::day(received_at))
}

/// Tells whoever watches.
pub struct Live {
    registry: Arc<Registry>,
    sender: broadcast::Sender<LiveEvent>,
}

#[async_trait]
impl AfterCommit for Live {
    fn name(&self) -> &'static str {
        "live"
    }

    async fn after_commit(&self, commit: &Commit<'_>) -> Result<(), StoreError> {
        if self.watchers() > 0 {
            let snapshot = self.registry.snapshot();
            let kept = commit.statements.iter().zip(&commit.committed.effects);
            for (new, _) in kept.filter(|(_, effect)| **effect != Effect::Duplicate) {
                self.tell(&new.statement, &snapshot);
            }
        }
        Ok(())
    }
}

impl Live {
    pub(crate) fn new(registry: Arc<Registry>) -> Self {
        Self { registry, sender: broadcast::Sender::new(LAG_MAX) }
    }

    /// Passages and photos as they are kept, from now on.
    pub fn watch(&self) -> broadcast::Receiver<LiveEvent> {
        self.sender.subscribe()
    }

    /// How many watch now.
    fn watchers(&self) -> usize {
        self.sender.receiver_count()
    }

    fn tell(&self, statement: &Statement, snapshot: &Snapshot) {
        let lot = |code: &LotCode| snapshot.lots.get(code).cloned();
        let event = match &statement.report {
            Report::Passage(passage) => lot(&passage.lot)
                .map(|lot| LiveEvent::Passage(Arc::new(LivePassage { lot, statement: statement.clone() }))),
            Report::Photo(photo) => {
                let of = PhotoOf::Record(photo.record_id.to_string(), photo.role.name());
                lot(&photo.lot).and_then(|lot| shown(lot, of, &photo.picture, statement))
            }
            Report::NamedPhoto(photo) if photo.shows == PhotoSubject::Plate => {
                let of = PhotoOf::Named(photo.photo_id.clone());
                lot(&photo.lot).and_then(|lot| shown(lot, of, &photo.picture, statement))
            }
            _ => None,
        };
        if let Some(event) = event {
            // Nobody listening any more is no fault.
            let _ = self.sender.send(event);
        }
    }
}

fn shown(lot: Arc<Lot>, of: PhotoOf, picture: &Picture, statement: &Statement) -> Option<LiveEvent> {
    let Picture::Bytes { sha256, .. } = picture else { return None };
    let id = photo_id(statement.received_at, sha256);
    Some(LiveEvent::Photo(Arc::new(LivePhoto { lot, of, id })))
}
