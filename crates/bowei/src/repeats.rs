//! What is logged again and again is logged a few times, and then once a minute with how often: a database that is away
//! for an hour is one line a minute on each node, and not a line for each message.

use std::collections::HashMap;
use std::fmt::{Debug, Write as _};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tracing::callsite::Identifier;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata};
use tracing_subscriber::layer::{Context, Filter};

/// So many times within [`WINDOW`] a line is logged as it is.
const WHOLE: u64 = 5;
/// How long a line's repetitions are counted together.
const WINDOW: Duration = Duration::from_secs(60);
/// Places in the program that log: more than there are.
const PLACES_MAX: usize = 4_096;

/// What was logged by each place, warnings and errors alone.
static PLACES: LazyLock<Mutex<HashMap<Identifier, Place>>> = LazyLock::new(Mutex::default);

struct Place {
    since: Instant,
    times: u64,
    last: String,
}

fn places() -> MutexGuard<'static, HashMap<Identifier, Place>> {
    PLACES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Leaves out what was logged often within a minute.
pub(crate) struct Repeats;

impl<S> Filter<S> for Repeats {
    fn enabled(&self, _: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        true
    }

    /// Sometimes, for what may be left out: of a place that is always logged the registry is not asked first, and it
    /// then takes [`Self::event_enabled`]'s no for a fault of its own.
    fn callsite_enabled(&self, about: &'static Metadata<'static>) -> Interest {
        if *about.level() > Level::WARN { Interest::always() } else { Interest::sometimes() }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::TRACE)
    }

    fn event_enabled(&self, event: &Event<'_>, _: &Context<'_, S>) -> bool {
        let about = event.metadata();
        if *about.level() > Level::WARN || about.target() == module_path!() {
            return true;
        }
        let mut places = places();
        if places.len() >= PLACES_MAX && !places.contains_key(&about.callsite()) {
            return true;
        }
        let now = Instant::now();
        let begin = || Place { since: now, times: 0, last: String::new() };
        let place = places.entry(about.callsite()).or_insert_with(begin);
        if now.duration_since(place.since) >= WINDOW && place.times <= WHOLE {
            *place = begin();
        }
        place.times += 1;
        if place.times <= WHOLE {
            return true;
        }
        place.last.clear();
        event.record(&mut Words(&mut place.last));
        false
    }
}

/// Logs once a minute what was left out, for as long as the process lives.
pub(crate) fn tell() {
    let telling = || loop {
        std::thread::sleep(WINDOW);
        let mut told = Vec::new();
        places().retain(|_, place| {
            if place.times > WHOLE {
                told.push((place.times - WHOLE, std::mem::take(&mut place.last)));
            }
            place.since.elapsed() < WINDOW
        });
        for (times, line) in told {
            tracing::warn!(times, "近一分钟内重复 repeated within the last minute: {line}");
        }
    };
    // Without the thread what is repeated is left out without a word.
    let _ = std::thread::Builder::new().name("log-repeats".to_owned()).spawn(telling);
}

/// An event's words and fields in one line.
struct Words<'w>(&'w mut String);

impl Visit for Words<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        // Writing to memory cannot fail.
        let _ = match field.name() {
            "message" => write!(self.0, "{value:?} "),
            name => write!(self.0, "{name}={value:?} "),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
    use tracing_subscriber::layer::SubscriberExt as _;
    use tracing_subscriber::{Layer, Registry};

    struct Count(Arc<AtomicU64>);

    impl Layer<Registry> for Count {
        fn on_event(&self, _: &Event<'_>, _: Context<'_, Registry>) {
            self.0.fetch_add(1, Relaxed);
        }
    }

    #[test]
    fn a_line_that_is_repeated_is_logged_a_few_times_and_counted() {
        let lines = Arc::new(AtomicU64::new(0));
        let log = Registry::default().with(Count(Arc::clone(&lines)).with_filter(Repeats));
        tracing::subscriber::with_default(log, || {
            for n in 0..684 {
                tracing::warn!(n, "the database is away");
            }
            for n in 0..20 {
                tracing::info!(n, "a message was taken");
            }
            tracing::error!("something else");
        });
        assert_eq!(lines.load(Relaxed), WHOLE + 20 + 1);
        let places = places();
        let place = places.values().find(|place| place.times == 684).unwrap();
        assert!(
            place.last.contains("the database is away") && place.last.contains("n=683"),
            "{}",
            place.last
        );
    }
}
