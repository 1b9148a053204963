//! Statements about the rows of one day.
//!
//! A statement that finds rows of a table that is filed by day has to say which day, in words that are known when it is
//! planned: otherwise it takes a lock on every day there is, and on every index of each, and a database that has a year
//! of days runs out of locks. So there is one statement a day, and a batch uses those of the days that it is about:
//! mostly one or two.

use super::errors::refused;
use crate::Result;
use crate::plan::RECORDS_ALIKE_MAX;
use deadpool_postgres::Client;
use std::collections::BTreeMap;
use tokio_postgres::Statement;

/// Statements that a connection keeps prepared: more than a few weeks' of days. Beyond it all are prepared anew: a backlog
/// of a year passes by, and need not stay.
const STATEMENTS_KEPT_MAX: usize = 256;

/// Milliseconds of a day, and how far the city's is ahead of UTC's.
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
const AHEAD_MS: i64 = 8 * 60 * 60 * 1_000;

/// What is done with rows of a day.
#[derive(Clone, Copy)]
pub(super) enum OfADay {
    /// Reads sessions by record and place.
    Sessions,
    /// Reads counts by what they say.
    Counts,
    /// Reads the records that have or had a passage, and when.
    Passages,
    /// Deletes a passage of a record.
    PassagesGone,
    /// Deletes a session.
    SessionsGone,
}

impl OfADay {
    fn sql(self, from: i64, to: i64) -> String {
        match self {
            Self::Sessions => format!(
                "SELECT wanted.number, session.doc
                 FROM unnest($1::text[], $2::text[], $3::bigint[]) WITH ORDINALITY
                   AS wanted (lot, record_id, stands_at, number)
                 CROSS JOIN LATERAL (
                   SELECT doc FROM sessions
                   WHERE lot = wanted.lot AND record_id = wanted.record_id AND stands_at = wanted.stands_at
                     AND stands_at >= {from} AND stands_at < {to} LIMIT 1) AS session"
            ),
            Self::Counts => format!(
                "SELECT wanted.number, report.doc
                 FROM unnest($1::text[], $2::bigint[], $3::text[]) WITH ORDINALITY AS wanted (lot, at, said, number)
                 CROSS JOIN LATERAL (
                   SELECT doc FROM space_count_reports
                   WHERE lot = wanted.lot AND at = wanted.at AND said = wanted.said
                     AND at >= {from} AND at < {to} LIMIT 1) AS report"
            ),
            Self::Passages => format!(
                "SELECT wanted.number, passage.record_id, passage.number, passage.since, passage.until, passage.earlier
                 FROM unnest($1::text[], $2::bigint[], $3::text[], $4::boolean[]) WITH ORDINALITY
                   AS wanted (lot, at, plate, is_entry, number)
                 CROSS JOIN LATERAL (
                   SELECT record_id, number, since, until, earlier FROM passages
                   WHERE lot = wanted.lot AND at = wanted.at AND plate = wanted.plate
                     AND is_entry = wanted.is_entry AND at >= {from} AND at < {to}
                   LIMIT {RECORDS_ALIKE_MAX}) AS passage"
            ),
            Self::PassagesGone => format!(
                "DELETE FROM passages USING unnest($1::text[], $2::bigint[], $3::text[], $4::boolean[], $5::text[])
                   AS gone (lot, at, plate, is_entry, record_id)
                 WHERE passages.lot = gone.lot AND passages.at = gone.at AND passages.plate = gone.plate
                   AND passages.is_entry = gone.is_entry AND passages.record_id = gone.record_id
                   AND passages.at >= {from} AND passages.at < {to}"
            ),
            Self::SessionsGone => format!(
                "DELETE FROM sessions WHERE lot = $1 AND record_id = $2 AND stands_at = $3
                   AND stands_at >= {from} AND stands_at < {to}"
            ),
        }
    }

    /// The statement for the day that begins at `from`.
    pub(super) async fn prepared(self, client: &Client, from: i64) -> Result<Statement> {
        if client.statement_cache.size() > STATEMENTS_KEPT_MAX {
            client.statement_cache.clear();
        }
        client.prepare_cached(&self.sql(from, from.saturating_add(DAY_MS))).await.map_err(refused)
    }
}

/// Parts things by the day that they are about: by the beginning of each day, its things.
pub(super) fn by_day<T>(
    things: impl IntoIterator<Item = T>,
    at: impl Fn(&T) -> i64,
) -> BTreeMap<i64, Vec<T>> {
    let mut days = BTreeMap::<i64, Vec<T>>::new();
    for thing in things {
        let day = at(&thing).saturating_add(AHEAD_MS).div_euclid(DAY_MS);
        days.entry(day.saturating_mul(DAY_MS).saturating_sub(AHEAD_MS)).or_default().push(thing);
    }
    days
}

#[cfg(test)]
mod tests {
    use super::*;
    use bowei_model::moment;

    #[test]
    fn a_day_here_is_a_day_of_the_calendar() {
        let (from, to) = moment::span_of_day(20_260_401).unwrap();
        let (from, to) = (from.as_millisecond(), to.as_millisecond());
        let parted = by_day([from - 1, from, to - 1, to], |at| *at);
        assert_eq!(
            parted,
            BTreeMap::from([(from - DAY_MS, vec![from - 1]), (from, vec![from, to - 1]), (to, vec![to])])
        );
    }
}
