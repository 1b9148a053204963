//! Open data: the city's public lots in the field's own formats, for whoever builds on them. One view of all public lots
//! ([`City`]) is taken now and then, and each format is a writer from it; nothing in here knows of plates or passages.
//! Bodies are made off the async threads, one at a time, and kept for as long as what they say holds.

mod apds;
mod catalog;
mod city;
mod contradictions;
mod datex2;
mod format;
mod lots_csv;
mod ngsi_ld;
mod public_lot;
mod publisher;
mod writers;

pub(crate) use city::Revision;
pub(crate) use format::Format;
pub(crate) use public_lot::degrees;

use crate::clock::Clock;
use crate::config::Config;
use crate::registry::Registry;
use crate::vacancy::Vacancy;
use bowei_model::{LotCode, LotKind, Position};
use bowei_store::{Store, StoreError};
use bytes::Bytes;
use city::City;
use contradictions::Contradictions;
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use publisher::Publisher;
use std::collections::HashMap;
use std::io::{self, Write as _};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Bodies made at once: one, so that whoever asks for all formats of a large city keeps one core busy and no more. Who
/// asks meanwhile waits for it, and then mostly finds what it made.
const BUILDS_AT_ONCE: usize = 1;

/// The lots' counts are looked over anew no sooner than so long after the last time, for each lot of the city: at once in a
/// small one, each second in one of 10,000. Making all formats takes about as long.
const FRESH_FOR_EACH_LOT: SignedDuration = SignedDuration::from_micros(100);

/// What is found of counts changes by the hour, mostly.
const CONTRADICTIONS_EVERY: SignedDuration = SignedDuration::from_secs(60);

/// Bytes of bodies that are kept, a body of each format at most: 10,000 lots have about 50 MB in all of them. Beyond it
/// they are made anew.
const KEPT_BYTES_MAX: usize = 256 * 1024 * 1024;

/// Why there is no body.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unpublished {
    /// What is found of counts was never read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Writing it failed.
    #[error("writing it failed: {0}")]
    Write(#[from] io::Error),
    /// The thread that made it broke off, or the platform stops.
    #[error("making it broke off")]
    Broken,
}

/// A file, made.
pub(crate) struct Body {
    etag: String,
    pub(crate) plain: Bytes,
    pub(crate) gzip: Bytes,
}

/// Where the view is taken from.
struct Sources {
    store: Arc<dyn Store>,
    registry: Arc<Registry>,
    vacancy: Arc<Vacancy>,
    clock: Arc<dyn Clock>,
}

/// The view that was taken last, and what was found of counts.
#[derive(Default)]
struct Known {
    city: Option<Arc<City>>,
    contradictions: Option<(Timestamp, Arc<Contradictions>)>,
}

/// The open data.
pub(crate) struct OpenData {
    publisher: Arc<Publisher>,
    sources: Sources,
    known: tokio::sync::Mutex<Known>,
    kept: Arc<Mutex<HashMap<Format, Arc<Body>>>>,
    builder: Arc<Semaphore>,
}

impl OpenData {
    pub(crate) fn new(
        config: &Config,
        store: &Arc<dyn Store>,
        (registry, vacancy): (&Arc<Registry>, &Arc<Vacancy>),
        clock: &Arc<dyn Clock>,
    ) -> Self {
        let sources = Sources {
            store: Arc::clone(store),
            registry: Arc::clone(registry),
            vacancy: Arc::clone(vacancy),
            clock: Arc::clone(clock),
        };
        Self {
            publisher: Arc::new(Publisher::of(config)),
            sources,
            known: tokio::sync::Mutex::default(),
            kept: Arc::default(),
            builder: Arc::new(Semaphore::new(BUILDS_AT_ONCE)),
        }
    }

    /// The city's public lots, as they are now or were a moment ago.
    pub(crate) async fn city(&self) -> Result<Arc<City>, Unpublished> {
        let mut known = self.known.lock().await;
        let now = self.sources.clock.now();
        if let Some(city) = known.city.as_ref().filter(|city| city.is_fresh(now)) {
            return Ok(Arc::clone(city));
        }
        let found = self.contradictions(&mut known.contradictions, now).await?;
        let (snapshot, vacancy) = (self.sources.registry.snapshot(), Arc::clone(&self.sources.vacancy));
        let before = known.city.clone();
        let take = move || City::take(&snapshot, &vacancy, &found, now, before.as_deref());
        let city = Arc::new(tokio::task::spawn_blocking(take).await.map_err(|_| Unpublished::Broken)?);
        known.city = Some(Arc::clone(&city));
        Ok(city)
    }

    /// What was found of counts: where it cannot be read again, as it was known last.
    async fn contradictions(
        &self,
        known: &mut Option<(Timestamp, Arc<Contradictions>)>,
        now: Timestamp,
    ) -> Result<Arc<Contradictions>, StoreError> {
        if let Some((at, found)) = known
            && (SignedDuration::ZERO..CONTRADICTIONS_EVERY).contains(&now.duration_since(*at))
        {
            return Ok(Arc::clone(found));
        }
        match (Contradictions::read(self.sources.store.as_ref(), now).await, known) {
            (Ok(found), known) => Ok(Arc::clone(&known.insert((now, Arc::new(found))).1)),
            (Err(error), Some((_, found))) => {
                tracing::warn!(%error, "what was found of counts cannot be read: open data go by what was found before");
                Ok(Arc::clone(found))
            }
            (Err(error), None) => Err(error),
        }
    }

    /// A format's file.
    pub(crate) async fn body(&self, city: &Arc<City>, format: Format) -> Result<Arc<Body>, Unpublished> {
        let etag = city.etag(format);
        let kept = |kept: &Mutex<HashMap<Format, Arc<Body>>>| {
            kept.lock().get(&format).filter(|body| body.etag == etag).cloned()
        };
        if let Some(body) = kept(&self.kept) {
            return Ok(body);
        }
        let place = Arc::clone(&self.builder).acquire_owned().await.map_err(|_| Unpublished::Broken)?;
        if let Some(body) = kept(&self.kept) {
            return Ok(body);
        }
        let (city, publisher) = (Arc::clone(city), Arc::clone(&self.publisher));
        let keep = Arc::clone(&self.kept);
        // Whoever asked may hang up: what was made is kept all the same, and until then nothing else is made.
        let make = move || {
            let _place = place;
            let plain = writers::write(format, &city, &publisher)?;
            let mut gzip = GzEncoder::new(Vec::with_capacity(plain.len() / 8), Compression::fast());
            gzip.write_all(&plain)?;
            let body = Arc::new(Body { etag, plain: plain.into(), gzip: gzip.finish()?.into() });
            keep_within_bound(&mut keep.lock(), format, &body);
            Ok(body)
        };
        tokio::task::spawn_blocking(make).await.map_err(|_| Unpublished::Broken)?
    }

    /// Some lots alone, in a format that is made of lots: not kept.
    pub(crate) async fn some(
        &self,
        city: &Arc<City>,
        format: Format,
        which: Which,
    ) -> Result<Bytes, Unpublished> {
        let place = Arc::clone(&self.builder).acquire_owned().await.map_err(|_| Unpublished::Broken)?;
        let (city, publisher) = (Arc::clone(city), Arc::clone(&self.publisher));
        let make = move || {
            let _place = place;
            writers::write(format, &city.only(&which), &publisher).map(Bytes::from)
        };
        Ok(tokio::task::spawn_blocking(make).await.map_err(|_| Unpublished::Broken)??)
    }

    /// One element of a list of APDS; `None` where there is none of that id.
    pub(crate) fn apds_one(&self, city: &City, format: Format, code: &LotCode) -> Option<serde_json::Value> {
        let lot = city.lot(code)?;
        match format {
            Format::ApdsPlaces { occupancy } => Some(apds::place(lot, occupancy)),
            Format::ApdsObservations => apds::observation(lot, &self.publisher),
            _ => None,
        }
    }
}

/// Which lots are asked for.
#[derive(Debug, Default)]
pub(crate) struct Which {
    /// Of this kind.
    pub(crate) kind: Option<LotKind>,
    /// Of these codes.
    pub(crate) codes: Option<Vec<LotCode>>,
    /// Within so many metres of a place.
    pub(crate) near: Option<(Position, f64)>,
    /// Without the first so many.
    pub(crate) offset: usize,
    /// At most so many.
    pub(crate) limit: Option<usize>,
}

fn keep_within_bound(kept: &mut HashMap<Format, Arc<Body>>, format: Format, body: &Arc<Body>) {
    let bytes = |body: &Arc<Body>| body.plain.len() + body.gzip.len();
    kept.remove(&format);
    if kept.values().map(bytes).sum::<usize>() + bytes(body) > KEPT_BYTES_MAX {
        kept.clear();
    }
    if bytes(body) <= KEPT_BYTES_MAX {
        kept.insert(format, Arc::clone(body));
    }
}
