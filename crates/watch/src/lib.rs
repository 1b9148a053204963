//! Parts that run for as long as the process does: writers, accept loops, jobs. None of them may die unnoticed.
//!
//! A part that panics is counted (`bowei_panics_total`), said in the log, and started anew after a pause. What its
//! invariants need at a start stands in the part itself: it is the function handed in here that begins again, with
//! whatever it keeps outside.

use futures::FutureExt as _;
use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The pause before a part is started anew. It doubles with each panic in a row.
const PAUSE_FIRST: Duration = Duration::from_millis(100);
/// The longest pause: what breaks at every start must not fill the log, and must be back soon once its cause is gone.
const PAUSE_MAX: Duration = Duration::from_secs(10);
/// A part that ran so long before it panicked had come back: the next pause is the first again.
const RECOVERED_AFTER: Duration = Duration::from_secs(60);

/// Runs a part on this thread until it returns, and again whenever it panics.
pub fn thread(part: &'static str, mut run: impl FnMut()) {
    let mut restarts = Restarts::of(part);
    while let Err(panic) = catch_unwind(AssertUnwindSafe(&mut run)) {
        std::thread::sleep(restarts.pause_after(&*panic));
    }
}

/// Runs a part as a task until it returns, and again whenever it panics: `start` makes it anew each time.
pub async fn task<F: Future<Output = ()>>(part: &'static str, mut start: impl FnMut() -> F) {
    let mut restarts = Restarts::of(part);
    while let Err(panic) = AssertUnwindSafe(async { start().await }).catch_unwind().await {
        tokio::time::sleep(restarts.pause_after(&*panic)).await;
    }
}

/// How often each part has panicked since the process started, for whoever keeps no recorder of metrics.
static PANICS: Mutex<BTreeMap<&'static str, u64>> = Mutex::new(BTreeMap::new());

/// How often each part that did has panicked since the process started.
pub fn panics() -> BTreeMap<&'static str, u64> {
    PANICS.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Counts and logs a panic of `part` that its caller has caught.
pub fn report(part: &'static str, panic: &(dyn Any + Send)) {
    *PANICS.lock().unwrap_or_else(PoisonError::into_inner).entry(part).or_default() += 1;
    metrics::counter!("bowei_panics_total", "part" => part).increment(1);
    tracing::error!(
        part,
        panic = words(panic),
        "a fault of Bowei's: please report it with what stands before this"
    );
}

/// What a panic said.
pub fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no words")
}

/// How often a part has been started anew of late.
struct Restarts {
    part: &'static str,
    pause: Duration,
    started: Instant,
}

impl Restarts {
    fn of(part: &'static str) -> Self {
        Self { part, pause: PAUSE_FIRST, started: Instant::now() }
    }

    /// Says what happened, and how long to wait before the next start.
    fn pause_after(&mut self, panic: &(dyn Any + Send)) -> Duration {
        report(self.part, panic);
        if self.started.elapsed() >= RECOVERED_AFTER {
            self.pause = PAUSE_FIRST;
        }
        let pause = self.pause;
        self.pause = (pause * 2).min(PAUSE_MAX);
        self.started = Instant::now() + pause;
        tracing::warn!(part = self.part, ?pause, "it is started anew");
        pause
    }
}

/// A place in a part's loop where a test can have it panic. Nothing at all outside of tests.
pub fn injection_point(_part: &'static str) {
    #[cfg(feature = "inject")]
    inject::panic_if_wanted(_part);
}

#[cfg(feature = "inject")]
pub use inject::inject;

#[cfg(feature = "inject")]
mod inject {
    use std::collections::BTreeSet;
    use std::sync::{Mutex, PoisonError};

    static WANTED: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());

    /// Has the next part of that name which passes its injection point panic, once.
    pub fn inject(part: &'static str) {
        WANTED.lock().unwrap_or_else(PoisonError::into_inner).insert(part);
    }

    #[allow(clippy::panic, reason = "it is what a test asks for")]
    pub(super) fn panic_if_wanted(part: &'static str) {
        let wanted = WANTED.lock().unwrap_or_else(PoisonError::into_inner).remove(part);
        if wanted {
            panic!("injected into {part}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

    #[test]
    #[allow(clippy::panic, reason = "it is what is tested")]
    fn a_thread_that_panics_goes_on_with_what_it_keeps() {
        let mut runs = 0;
        thread("test", || {
            runs += 1;
            if runs < 3 {
                panic!("run {runs}");
            }
        });
        assert_eq!(runs, 3);
    }

    #[tokio::test(start_paused = true)]
    #[allow(clippy::panic, reason = "it is what is tested")]
    async fn a_task_that_panics_is_made_anew_and_pauses_longer_each_time() {
        let began = tokio::time::Instant::now();
        let runs = AtomicU32::new(0);
        task("test", || async {
            if runs.fetch_add(1, Relaxed) < 10 {
                panic!("again");
            }
        })
        .await;
        assert_eq!(runs.load(Relaxed), 11);
        // 0.1 + 0.2 + 0.4 + 0.8 + 1.6 + 3.2 + 6.4 + 3 × 10 seconds.
        assert_eq!(began.elapsed().as_millis() / 100, 427);
    }

    #[test]
    fn a_panic_says_its_words_whatever_they_are() {
        assert_eq!(words(&"text"), "text");
        assert_eq!(words(&"owned".to_owned()), "owned");
        assert_eq!(words(&7), "no words");
        report("counted", &"twice");
        report("counted", &"twice");
        assert_eq!(panics()["counted"], 2);
    }
}
