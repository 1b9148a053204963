//! Stretches of days, newest first: a list looks at a few days, and only if these do not fill its page at more.
//!
//! A statement about a table that is filed by day takes a lock on each day that it is about, and on every index of each;
//! the server has room for some thousands. So no statement here is about more than [`DAYS_MAX`] of them, and the
//! statements of one list are no transaction, which would hold all the locks to its end. What moves between two days
//! while a list is read can be missed or come twice, as it can between two pages.

use super::days;
use crate::Result;
use crate::postgres::values::millis;
use bowei_model::moment;
use deadpool_postgres::Client;

/// Days of the first stretch: what most lists ask for is of today or yesterday. Each further stretch is four times as
/// long.
const DAYS_FIRST: usize = 12;

/// Days that one statement is about at most.
const DAYS_MAX: usize = 64;

/// The stretches that cover `from..to` of a table, newest first; each with its first moment and the one after its last.
pub(super) async fn of(client: &Client, table: &str, from: i64, to: i64) -> Result<Vec<(i64, i64)>> {
    let days = days::of_table(client, table).await?;
    let begins = days.into_iter().filter_map(moment::span_of_day).map(|(begin, _)| millis(begin));
    Ok(parted(begins, from, to))
}

/// Parts `from..to` at the beginnings of days, which come newest first.
fn parted(begins: impl Iterator<Item = i64>, from: i64, to: i64) -> Vec<(i64, i64)> {
    let (mut stretches, mut until) = (Vec::new(), to);
    let (mut days, mut days_max) = (0, DAYS_FIRST);
    for begin in begins.filter(|begin| (from..to).contains(begin)) {
        days += 1;
        if days == days_max {
            stretches.push((begin, until));
            (until, days, days_max) = (begin, 0, (days_max * 4).min(DAYS_MAX));
        }
    }
    // What lies before the oldest day lies in no day's table.
    if from < until {
        stretches.push((from, until));
    }
    stretches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_cover_everything_once_newest_first() {
        for days in [0, 1, 11, 12, 13, 100, 400] {
            let begins = || (0..days).rev().map(|day| day * 10);
            for (from, to) in [(i64::MIN, i64::MAX), (35, 77), (0, 4_000), (5, 6), (9, 9)] {
                let stretches = parted(begins(), from, to);
                let mut until = to;
                for (begin, end) in &stretches {
                    assert_eq!((*end, begin < end), (until, true));
                    until = *begin;
                    let within = begins().filter(|day| (begin..end).contains(&day)).count();
                    assert!(within <= DAYS_MAX, "{within} days in one stretch");
                }
                assert_eq!(until, if stretches.is_empty() { to } else { from }, "{days} days, {from}..{to}");
                assert!(!stretches.is_empty() || from >= to);
            }
        }
    }
}
