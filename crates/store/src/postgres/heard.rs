//! Signs of life, by the minute.

use super::errors::refused;
use super::readers::ask;
use super::values::{plain, text};
use super::{PostgresStore, prepared};
use crate::contract::HEARD_FORGOTTEN_AT_ONCE;
use crate::{Heard, HeardHour, Result};
use async_trait::async_trait;
use bowei_model::supervision::Minutes;
use deadpool_postgres::Client;
use jiff::Timestamp;

#[async_trait]
impl Heard for PostgresStore {
    async fn heard(&self, subjects: Vec<String>, from_hour: i64, to_hour: i64) -> Result<Vec<HeardHour>> {
        ask!(self.readers, client => heard(client, &subjects, from_hour, to_hour))
    }

    async fn mark_heard(&self, subject: &str, at: Timestamp) -> Result<()> {
        let (hour, bit) = Minutes::hour_and_bit(at);
        let mark = "INSERT INTO heard AS kept (hour, subject, minutes) VALUES ($1, $2, $3)
                    ON CONFLICT (hour, subject) DO UPDATE SET minutes = kept.minutes | excluded.minutes
                      WHERE kept.minutes | excluded.minutes <> kept.minutes";
        ask!(self.readers, client => async {
            prepared::execute(client, mark, &[&hour, &text(subject), &bit.cast_signed()]).await.map(drop)
        })
    }

    async fn forget_heard(&self, before_hour: i64) -> Result<u64> {
        let forget = "DELETE FROM heard WHERE (hour, subject) IN
                        (SELECT hour, subject FROM heard WHERE hour < $1 LIMIT $2)";
        ask!(self.readers, client => async {
            client.execute(forget, &[&before_hour, &HEARD_FORGOTTEN_AT_ONCE]).await.map_err(refused)
        })
    }
}

/// The hours in which subjects were heard.
pub(super) async fn heard(
    client: &Client,
    subjects: &[String],
    from: i64,
    to: i64,
) -> Result<Vec<HeardHour>> {
    let subjects: Vec<_> = subjects.iter().map(|subject| text(subject)).collect();
    let hours: Vec<i64> = (from..to).collect();
    let find = "SELECT subject, hour, minutes FROM heard WHERE hour = ANY($1::bigint[]) AND subject = ANY($2::text[])
                ORDER BY subject, hour";
    let rows = prepared::query(client, find, &[&hours, &subjects]).await?;
    let read = |row: &tokio_postgres::Row| HeardHour {
        subject: plain(row.get(0)).into_owned(),
        hour: row.get(1),
        minutes: row.get::<_, i64>(2).cast_unsigned(),
    };
    Ok(rows.iter().map(read).collect())
}
