//! A platform's clock, as far as it is known here.
//!
//! What is kept is the platform's time at one moment of the machine's own counter, which no one sets: the machine's
//! clock may leap a day either way and what platforms are told stays right.

use bowei_service::Clock;
use http::Response;
use http::header::DATE;
use jiff::{SignedDuration, Timestamp};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// A clock that is further off is shown as drifting.
pub(crate) const DRIFT: SignedDuration = SignedDuration::from_secs(60);
/// So far from the machine's clock a platform's word dates what happens at the lot. What is further off may be a
/// platform that is wrong itself: messages to it are stamped with its time all the same, for it takes no others.
const BELIEVED: SignedDuration = SignedDuration::from_mins(10);
/// An answer that took longer says too little of when its time was.
const ROUND_TRIP_MAX: Duration = Duration::from_secs(5);
/// What HTTP's own date, of whole seconds, is good for: to notice a clock that is wrong by more.
const COARSE: SignedDuration = SignedDuration::from_secs(3);

/// How well a time is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    /// The `Date` of an answer: whichever machine stands in front says it.
    Header,
    /// The standard's own word.
    Standard,
}

#[derive(Clone, Copy)]
struct Measured {
    theirs: Timestamp,
    at: Instant,
    source: Source,
}

/// The platform's clock.
pub struct PlatformClock {
    uplink: String,
    wall: Arc<dyn Clock>,
    /// The machine's clock when this began: by its counter it goes on from there, though somebody set it since.
    began: (Timestamp, Instant),
    is_doubted: AtomicBool,
    measured: Mutex<Option<Measured>>,
}

/// How far the machine's clock is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offset {
    /// Platform's time minus the machine's.
    pub offset: SignedDuration,
    /// When it was measured, by the machine's clock of now.
    pub measured_at: Timestamp,
    /// Whether it is so large that what happens at the lot keeps the machine's time.
    pub is_doubted: bool,
}

impl PlatformClock {
    /// A clock that nothing is known of yet.
    pub fn new(uplink: String, wall: Arc<dyn Clock>) -> Self {
        let began = (wall.now(), Instant::now());
        Self { uplink, wall, began, is_doubted: AtomicBool::new(false), measured: Mutex::new(None) }
    }

    /// The time to stamp messages with: the platform's where it is known, the machine's where not.
    pub fn now(&self) -> Timestamp {
        self.now_there().unwrap_or_else(|| self.wall.now())
    }

    /// The platform's time, where the standard itself says it and it is within [`BELIEVED`] of the machine's: of what
    /// that says now, or of what it would say had nobody set it since the start.
    pub(crate) fn believed(&self) -> Option<Timestamp> {
        let measured = self.measured().filter(|measured| measured.source == Source::Standard)?;
        later(measured).filter(|theirs| self.is_near(*theirs))
    }

    fn is_near(&self, theirs: Timestamp) -> bool {
        let (wall, at) = self.began;
        let own = [Some(self.wall.now()), wall.checked_add(at.elapsed()).ok()];
        own.into_iter().flatten().any(|own| theirs.duration_since(own).abs() <= BELIEVED)
    }

    fn now_there(&self) -> Option<Timestamp> {
        let measured = self.measured()?;
        let theirs = later(measured)?;
        let coarse = measured.source == Source::Header;
        // Whole seconds are no reason to leave a clock that is right.
        let off = theirs.duration_since(self.wall.now()).abs();
        (!coarse || off > COARSE).then_some(theirs)
    }

    /// How far off the machine's clock is, where that is known.
    pub fn offset(&self) -> Option<Offset> {
        let measured = self.measured()?;
        let now = self.wall.now();
        let age = SignedDuration::try_from(measured.at.elapsed()).ok()?;
        let measured_at = now.checked_sub(age).ok()?;
        let theirs = later(measured)?;
        let (offset, is_doubted) = (theirs.duration_since(now), !self.is_near(theirs));
        let coarse = measured.source == Source::Header && offset.abs() <= COARSE;
        Some(Offset { offset: if coarse { SignedDuration::ZERO } else { offset }, measured_at, is_doubted })
    }

    /// An answer has come to what was asked at `asked`; `said` is the standard's own word in it, if it has one.
    pub fn observe(&self, asked: Instant, received: Option<Timestamp>, answer: &Response<bytes::Bytes>) {
        let took = asked.elapsed();
        if took > ROUND_TRIP_MAX {
            return;
        }
        let heard = match received {
            Some(theirs) => Some((theirs, Source::Standard)),
            None => date(answer).map(|theirs| (theirs, Source::Header)),
        };
        let Some((theirs, source)) = heard else { return };
        // It was said somewhere on the way back and forth.
        let Some(at) = Instant::now().checked_sub(took / 2) else { return };
        let mut measured = self.lock();
        if measured.is_none_or(|before| before.source <= source) {
            *measured = Some(Measured { theirs, at, source });
            drop(measured);
            self.say_doubt(theirs);
        }
    }

    /// Says that a platform's time is not believed, once, and once that it is again.
    fn say_doubt(&self, theirs: Timestamp) {
        let is_doubted = !self.is_near(theirs);
        if self.is_doubted.swap(is_doubted, Relaxed) == is_doubted {
            return;
        }
        let (uplink, own) = (&self.uplink, self.wall.now());
        if is_doubted {
            tracing::warn!(
                uplink, %theirs, %own,
                "the platform's clock is too far from this machine's: what happens at the lot keeps the machine's time"
            );
        } else {
            tracing::info!(uplink, %theirs, "the platform's clock is near this machine's again");
        }
    }

    fn measured(&self) -> Option<Measured> {
        *self.lock()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Measured>> {
        // One assignment at a time: a panic elsewhere leaves nothing half done.
        self.measured.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn later(measured: Measured) -> Option<Timestamp> {
    measured.theirs.checked_add(measured.at.elapsed()).ok()
}

fn date(answer: &Response<bytes::Bytes>) -> Option<Timestamp> {
    let received = answer.headers().get(DATE)?.to_str().ok()?;
    Some(jiff::fmt::rfc2822::parse(received).ok()?.timestamp())
}
