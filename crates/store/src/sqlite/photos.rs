//! Where pictures belong.

use super::SqliteStore;
use crate::{PhotoRow, Result, ShownPhotos};
use async_trait::async_trait;
use bowei_model::LotCode;
use rusqlite::{Connection, params};

#[async_trait]
impl ShownPhotos for SqliteStore {
    async fn photo(&self, day: u32, sha256: &str) -> Result<Vec<PhotoRow>> {
        let sha256 = sha256.to_owned();
        self.readers.ask(move |connection| photo(connection, day, &sha256)).await
    }

    async fn photos_shown(&self, day: u32, sha256: Vec<String>) -> Result<Vec<(String, PhotoRow)>> {
        self.readers
            .ask(move |connection| {
                let mut shown = Vec::new();
                for picture in sha256 {
                    let rows = photo(connection, day, &picture)?;
                    shown.extend(rows.into_iter().map(|row| (picture.clone(), row)));
                }
                Ok(shown)
            })
            .await
    }

    async fn photos_unshown(&self, day: u32, sha256: Vec<String>) -> Result<Vec<String>> {
        self.readers.ask(move |connection| photos_unshown(connection, day, sha256)).await
    }
}

/// The records that show a picture.
fn photo(connection: &Connection, day: u32, sha256: &str) -> Result<Vec<PhotoRow>> {
    let mut find = connection.prepare_cached(
        "SELECT DISTINCT lot, record_id, media_type FROM photo_refs WHERE day = ?1 AND sha256 = ?2
         ORDER BY lot, record_id",
    )?;
    let rows = find.query_map(params![day, sha256], |row| {
        let lot: String = row.get(0)?;
        Ok(PhotoRow { lot: LotCode::from(lot), record_id: row.get(1)?, media_type: row.get(2)? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Those of a day's pictures that no record shows.
fn photos_unshown(connection: &Connection, day: u32, sha256: Vec<String>) -> Result<Vec<String>> {
    // A picture that has a name of its own belongs to no session, and is shown by that name.
    let mut find = connection.prepare_cached(
        "SELECT 1 FROM photo_refs AS shown WHERE day = ?1 AND sha256 = ?2
           AND (role NOT IN ('entry', 'exit') OR EXISTS (
             SELECT 1 FROM sessions WHERE lot = shown.lot AND record_id = shown.record_id AND begun_at IS NOT NULL))
         LIMIT 1",
    )?;
    let mut unshown = Vec::new();
    for picture in sha256 {
        if !find.exists(params![day, picture])? {
            unshown.push(picture);
        }
    }
    Ok(unshown)
}
