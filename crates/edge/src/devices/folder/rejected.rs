//! What lies in `rejected/`: files that wait for somebody, with how many rows and why, for page, status and log.

use super::columns::is_why;
use std::io;
use std::path::Path;
use std::time::SystemTime;
use tokio::fs;

/// Files that are spoken of: whoever has more looks into the folder.
const FILES_MAX: usize = 50;
/// Of a file so much is read for its reason.
const READ_MAX_BYTES: u64 = 4 * 1024 * 1024;

/// What is said of a row whose record was taken without its picture.
pub(super) const WITHOUT_PICTURE: &str = "记录已接收，缺照片";

/// The file beside a rejected one that is no table, which says why.
pub(super) fn note_of(file: &str) -> String {
    format!("{file}.why.txt")
}

/// A file in `rejected/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// Its name.
    pub file: String,
    /// Its rows; 0 where the whole file was no table.
    pub rows: usize,
    /// Of them, those whose record was taken and lacks its picture.
    pub without_picture: usize,
    /// Why, of its first row.
    pub why: String,
    stamp: (u64, Option<SystemTime>),
}

/// Looks again: what has not changed since `before` is not read again.
pub(super) async fn look(folder: &Path, before: &[Rejection]) -> Vec<Rejection> {
    let mut found = Vec::new();
    // No such folder: nothing was ever rejected.
    let Ok(mut entries) = fs::read_dir(folder).await else { return found };
    while let Ok(Some(entry)) = entries.next_entry().await {
        let file = entry.file_name().to_string_lossy().into_owned();
        let Ok(about) = entry.metadata().await else { continue };
        if !about.is_file() || !file.to_ascii_lowercase().ends_with(".csv") || found.len() >= FILES_MAX {
            continue;
        }
        let stamp = (about.len(), about.modified().ok());
        let known = before.iter().find(|known| known.file == file && known.stamp == stamp);
        found.push(match known {
            Some(known) => known.clone(),
            None => read(folder, file, stamp).await,
        });
    }
    found.sort_by(|a, b| a.file.cmp(&b.file));
    found
}

async fn read(folder: &Path, file: String, stamp: (u64, Option<SystemTime>)) -> Rejection {
    let note = folder.join(note_of(&file));
    let (rows, without_picture, why) = match rows_of(&folder.join(&file), stamp.0).await {
        Ok(Some(read)) => read,
        _ => (0, 0, fs::read_to_string(note).await.unwrap_or_default()),
    };
    let why = bowei_encoding::shown::shown_up_to(why.trim(), 300);
    Rejection { file, rows, without_picture, why, stamp }
}

/// The rows of a file that has the reasons in it, those that lack a picture alone, and the first reason.
async fn rows_of(path: &Path, bytes: u64) -> io::Result<Option<(usize, usize, String)>> {
    if bytes > READ_MAX_BYTES {
        return Ok(None);
    }
    let text = fs::read_to_string(path).await?;
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let place = reader.headers().ok().and_then(|header| header.iter().position(is_why));
    let Some(place) = place else { return Ok(None) };
    let (mut rows, mut without_picture, mut why) = (0, 0, String::new());
    for row in reader.records().map_while(Result::ok) {
        let its = row.get(place).unwrap_or_default();
        rows += 1;
        without_picture += usize::from(its.ends_with(WITHOUT_PICTURE));
        if why.is_empty() {
            why = its.to_owned();
        }
    }
    Ok(Some((rows, without_picture, why)))
}
