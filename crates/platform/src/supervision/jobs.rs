//! When days are evaluated: the day that is going on every hour, one that is over at its close, and what was touched
//! since every hour.

use super::days::Days;
use super::judge::Judge;
use crate::jobs::{Job, Schedule, Words};
use bowei_model::moment;
use bowei_model::supervision::Minutes;
use bowei_store::Store;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// The hour of the night at which the day before is closed: what lots send until then counts as theirs in time.
const CLOSE_HOUR: u8 = 4;

/// For how many days signs of life are kept: a day older than that is not evaluated any more, and of a year its figures are.
pub(crate) const HEARD_DAYS: u32 = 400;

/// Pieces of signs of life that one night forgets at most, some thousands of rows each: several days' of the largest city.
/// What is left is the next night's.
const HEARD_PIECES_MAX: usize = 400;

/// The day that is going on, once an hour: at midnight the one that has just ended.
pub(crate) fn hourly(days: Arc<Days>) -> Job {
    Job::new("supervision by the hour", Schedule::Hourly, move |period| {
        let days = Arc::clone(&days);
        async move {
            let day = moment::day(just_before(period.from));
            let lots = days.evaluate(day, period.from).await?;
            let anew = days.evaluate_dirty(period.from).await?;
            Ok(Words::new(
                format!("{day} 评价停车场 {lots} 个，另重新评价往日 {anew} 个停车场日"),
                format!("{lots} lots of {day}, {anew} earlier days once more"),
            ))
        }
    })
}

/// The day before, closed.
pub(crate) fn closing(days: Arc<Days>) -> Job {
    Job::new("closing of days", Schedule::Daily { hour: CLOSE_HOUR }, move |period| {
        let days = Arc::clone(&days);
        async move {
            let day = moment::day(just_before(moment::start_of_day(period.from)));
            let lots = days.evaluate(day, period.from).await?;
            Ok(Words::new(format!("{day} 已结算，停车场 {lots} 个"), format!("{day} closed for {lots} lots")))
        }
    })
    .catching_up()
}

/// What no node has judged since it changed, once a minute.
pub(crate) fn sweep(judge: Arc<Judge>) -> Job {
    Job::new("cases", Schedule::Minutes(1), move |period| {
        let judge = Arc::clone(&judge);
        async move { Ok(judge.sweep(period.from).await?) }
    })
}

/// Signs of life past their time go, in pieces that others need not wait for.
pub(crate) fn old_signs_of_life(store: Arc<dyn Store>) -> Job {
    Job::new("old signs of life", Schedule::Daily { hour: 2 }, move |period| {
        let store = Arc::clone(&store);
        async move {
            let (before, _) = Minutes::hour_and_bit(
                period.from.checked_sub(SignedDuration::from_hours(24 * i64::from(HEARD_DAYS)))?,
            );
            let mut forgotten = 0;
            for _ in 0..HEARD_PIECES_MAX {
                match store.forget_heard(before).await? {
                    0 => break,
                    some => forgotten += some,
                }
            }
            Ok(Words::when(
                forgotten > 0,
                format!("清理旧在线记录 {forgotten} 小时"),
                format!("{forgotten} hours of signs of life are forgotten"),
            ))
        }
    })
}

fn just_before(at: Timestamp) -> Timestamp {
    at.saturating_sub(SignedDuration::from_millis(1)).unwrap_or(at)
}
