//! Where pictures belong. The day is part of the statement's words, so that no other day is locked.

use super::PostgresStore;
use super::errors::refused;
use super::readers::ask;
use super::values::{day as column, plain, text};
use crate::{PhotoRow, Result, ShownPhotos};
use async_trait::async_trait;
use bowei_model::LotCode;
use deadpool_postgres::Client;

#[async_trait]
impl ShownPhotos for PostgresStore {
    async fn photo(&self, day: u32, sha256: &str) -> Result<Vec<PhotoRow>> {
        ask!(self.readers, client => photo(client, day, sha256))
    }

    async fn photos_shown(&self, day: u32, sha256: Vec<String>) -> Result<Vec<(String, PhotoRow)>> {
        ask!(self.readers, client => photos_shown(client, day, &sha256))
    }

    async fn photos_unshown(&self, day: u32, sha256: Vec<String>) -> Result<Vec<String>> {
        ask!(self.readers, client => photos_unshown(client, day, &sha256))
    }
}

/// The records that show a picture.
async fn photo(client: &Client, day: u32, sha256: &str) -> Result<Vec<PhotoRow>> {
    let rows = client
        .query(
            &format!(
                "SELECT DISTINCT lot, record_id, media_type FROM photo_refs WHERE day = {} AND sha256 = $1
                 ORDER BY lot, record_id",
                column(day)
            ),
            &[&text(sha256)],
        )
        .await
        .map_err(refused)?;
    Ok(rows.iter().map(shown).collect())
}

fn shown(row: &tokio_postgres::Row) -> PhotoRow {
    PhotoRow {
        lot: LotCode::from(plain(row.get(0)).as_ref()),
        record_id: plain(row.get(1)).into_owned(),
        media_type: plain(row.get(2)).into_owned(),
    }
}

/// The records that show pictures.
async fn photos_shown(client: &Client, day: u32, sha256: &[String]) -> Result<Vec<(String, PhotoRow)>> {
    let rows = client
        .query(
            &format!(
                "SELECT DISTINCT lot, record_id, media_type, sha256 FROM photo_refs
                 WHERE day = {} AND sha256 = ANY($1::text[])",
                column(day)
            ),
            &[&sha256],
        )
        .await
        .map_err(refused)?;
    Ok(rows.iter().map(|row| (row.get(3), shown(row))).collect())
}

/// Those of a day's pictures that no record shows. A picture that has a name of its own belongs to no session, and is
/// shown by that name.
async fn photos_unshown(client: &Client, day: u32, sha256: &[String]) -> Result<Vec<String>> {
    let rows = client
        .query(
            &format!(
                "SELECT picture FROM unnest($1::text[]) WITH ORDINALITY AS wanted (picture, number)
                 WHERE NOT EXISTS (
                   SELECT FROM photo_refs AS shown WHERE day = {} AND sha256 = picture
                     AND (role NOT IN ('entry', 'exit') OR EXISTS (
                       SELECT FROM session_keys AS key JOIN sessions USING (lot, record_id, stands_at)
                       WHERE lot = shown.lot AND record_id = shown.record_id AND parking)))
                 ORDER BY number",
                column(day)
            ),
            &[&sha256],
        )
        .await
        .map_err(refused)?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}
