//! Signs of life, by the minute.

use super::SqliteStore;
use super::queue::About;
use crate::contract::HEARD_FORGOTTEN_AT_ONCE;
use crate::{Heard, HeardHour, Result};
use async_trait::async_trait;
use bowei_model::supervision::Minutes;
use jiff::Timestamp;
use rusqlite::{Connection, params};
use std::collections::BTreeMap;

#[async_trait]
impl Heard for SqliteStore {
    async fn heard(&self, subjects: Vec<String>, from_hour: i64, to_hour: i64) -> Result<Vec<HeardHour>> {
        self.readers.ask(move |connection| heard(connection, &subjects, from_hour, to_hour)).await
    }

    async fn mark_heard(&self, subject: &str, at: Timestamp) -> Result<()> {
        let (hour, bit) = Minutes::hour_and_bit(at);
        let minutes = BTreeMap::from([((hour, subject.to_owned()), bit)]);
        let mark = move |connection: &_| write(connection, &minutes);
        self.committer.execute(About::Upkeep, mark, self.options.lock_timeout).await
    }

    async fn forget_heard(&self, before_hour: i64) -> Result<u64> {
        let forget = move |connection: &Connection| {
            let mut delete = connection.prepare_cached(
                "DELETE FROM heard WHERE (hour, subject) IN
                   (SELECT hour, subject FROM heard WHERE hour < ?1 LIMIT ?2)",
            )?;
            Ok(delete.execute([before_hour, HEARD_FORGOTTEN_AT_ONCE])? as u64)
        };
        self.committer.execute(About::Upkeep, forget, self.options.lock_timeout).await
    }
}

/// The hours in which subjects were heard.
pub(super) fn heard(
    connection: &Connection,
    subjects: &[String],
    from: i64,
    to: i64,
) -> Result<Vec<HeardHour>> {
    let mut find = connection.prepare_cached("SELECT minutes FROM heard WHERE hour = ?1 AND subject = ?2")?;
    let mut found = Vec::new();
    for subject in subjects {
        for hour in from..to {
            let mut rows = find.query(params![hour, subject])?;
            if let Some(row) = rows.next()? {
                let minutes: i64 = row.get(0)?;
                found.push(HeardHour { subject: subject.clone(), hour, minutes: minutes.cast_unsigned() });
            }
        }
    }
    found.sort_by(|a, b| (&a.subject, a.hour).cmp(&(&b.subject, b.hour)));
    Ok(found)
}

/// Adds minutes to hours.
pub(super) fn write(connection: &Connection, minutes: &BTreeMap<(i64, String), u64>) -> Result<()> {
    let mut mark = connection.prepare_cached(
        "INSERT INTO heard AS kept (hour, subject, minutes) VALUES (?1, ?2, ?3)
         ON CONFLICT (hour, subject) DO UPDATE SET minutes = kept.minutes | excluded.minutes
           WHERE kept.minutes | excluded.minutes <> kept.minutes",
    )?;
    for ((hour, subject), bits) in minutes {
        mark.execute(params![hour, subject, bits.cast_signed()])?;
    }
    Ok(())
}
