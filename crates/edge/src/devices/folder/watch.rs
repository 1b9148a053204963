//! Looking after a folder of CSV files: a file that has stopped growing is taken, then put into `done/`; what could
//! not be taken of it goes into `rejected/`.
//!
//! The order is: reports accepted, rejected rows written, file renamed. Falling over anywhere in between means the file
//! is read once more, and the same record ids say the same once more.

use super::plain::{self, Plain};
use super::rejected::{self, Rejection, WITHOUT_PICTURE, note_of};
use super::{NewReport, Table, TableFault, read, why};
use bowei_encoding::picture::{KINDS, media_type};
use bowei_encoding::sha256_hex;
use bowei_model::LotCode;
use bowei_standards::platform_side::PictureBytes;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use tokio::fs;
use tokio::time::{MissedTickBehavior, interval};

/// How often the folder is looked at. Network shares tell nobody of new files; a file must stand still for one round.
pub const POLL_EVERY: Duration = Duration::from_secs(5);
/// The longest file taken. A busy lot's year of passages; beyond, somebody put a backup there.
const FILE_MAX_BYTES: u64 = 64 * 1024 * 1024;
/// The largest picture taken, as the largest of cameras.
const PICTURE_MAX_BYTES: u64 = 8 * 1024 * 1024;
/// Reports handed over at once, so that a file of a year does not lie in memory twice.
const BATCH_REPORTS: usize = 500;
/// Bytes of pictures handed over at once.
const BATCH_PICTURE_BYTES: usize = 16 * 1024 * 1024;
/// Files taken in one look: a folder that was forgotten for years is worked off look by look.
const FILES_MAX: usize = 1_000;
/// Names tried for a file whose name is taken in `done/`: a system that names every file of a year alike.
const NAMES_MAX: u32 = 10_000;

/// A watched folder.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    lot: LotCode,
    lot_id: String,
    seen: BTreeMap<PathBuf, (u64, Option<SystemTime>)>,
    rejections: Vec<Rejection>,
    /// Why something was left at the last look.
    trouble: Option<String>,
}

impl Folder {
    /// The folder at `path`, whose files are the lot's.
    pub fn new(path: impl Into<PathBuf>, lot: LotCode, lot_id: impl Into<String>) -> Self {
        let (seen, rejections) = (BTreeMap::new(), Vec::new());
        Self { path: path.into(), lot, lot_id: lot_id.into(), seen, rejections, trouble: None }
    }

    /// Watches for as long as it is polled. `take` keeps the reports, all or none; what it refuses is offered again with
    /// the next look. `looked` is told after each look what waits in `rejected/`, and why something could not be worked
    /// off. May be dropped at any moment.
    pub async fn run<T, F, E>(mut self, mut take: T, mut looked: impl FnMut(&[Rejection], Option<&str>))
    where
        T: FnMut(Vec<NewReport>) -> F,
        F: Future<Output = Result<(), E>>,
        E: Display,
    {
        let mut rounds = interval(POLL_EVERY);
        rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            rounds.tick().await;
            bowei_watch::injection_point("folder");
            if let Err(error) = self.poll(&mut take).await {
                let folder = self.path.display();
                tracing::warn!(%folder, %error, "the folder of CSV files cannot be read");
                let words = "请核对 edge.toml 的 folder.path 与文件夹权限 the folder cannot be read";
                self.trouble = Some(format!("无法读取 {folder}（{error}），{words}"));
            }
            self.rejections = rejected::look(&self.path.join("rejected"), &self.rejections).await;
            looked(&self.rejections, self.trouble.as_deref());
        }
    }

    /// Looks once, and takes the files that have not changed since the last look. How many were taken.
    pub async fn poll<T, F, E>(&mut self, take: &mut T) -> io::Result<usize>
    where
        T: FnMut(Vec<NewReport>) -> F,
        F: Future<Output = Result<(), E>>,
        E: Display,
    {
        self.trouble = None;
        let found = self.files().await?;
        let still: Vec<PathBuf> = found
            .iter()
            .filter(|(path, state)| self.seen.get(*path) == Some(state))
            .map(|(path, _)| path.clone())
            .collect();
        self.seen = found;
        let mut taken = 0;
        for path in still {
            match self.take_file(&path, take).await {
                Ok(()) => {
                    self.seen.remove(&path);
                    taken += 1;
                }
                // It stays where it is. Another file may fare better.
                Err(error) => {
                    let file = path.display();
                    tracing::warn!(%file, %error, "a CSV file is left for the next look");
                    let words = "稍后再试；网关须能写入该文件夹 the file is left for the next look";
                    self.trouble = Some(format!("{file} 未处理完（{error}），{words}"));
                }
            }
        }
        Ok(taken)
    }

    /// The CSV files, by name, with what shows whether they are still written.
    async fn files(&self) -> io::Result<BTreeMap<PathBuf, (u64, Option<SystemTime>)>> {
        let mut found = BTreeMap::new();
        let mut entries = fs::read_dir(&self.path).await?;
        while let Some(entry) = entries.next_entry().await? {
            let path = entry.path();
            let is_csv = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("csv"));
            let hidden =
                entry.file_name().as_encoded_bytes().first().is_some_and(|byte| matches!(byte, b'.' | b'~'));
            if !is_csv || hidden {
                continue;
            }
            // A file may be gone again.
            let Ok(about) = entry.metadata().await else { continue };
            if about.is_file() {
                found.insert(path, (about.len(), about.modified().ok()));
            }
            if found.len() > FILES_MAX {
                found.pop_last();
            }
        }
        Ok(found)
    }

    async fn take_file<T, F, E>(&self, path: &Path, take: &mut T) -> io::Result<()>
    where
        T: FnMut(Vec<NewReport>) -> F,
        F: Future<Output = Result<(), E>>,
        E: Display,
    {
        let table = match plain::read(path, FILE_MAX_BYTES).await? {
            Plain::Bytes(bytes) => read(&bytes),
            Plain::TooLong(bytes) => Err(TableFault::TooLong { max_bytes: FILE_MAX_BYTES, bytes }),
        };
        let table = match table {
            Ok(table) => table,
            Err(fault) => return self.reject_whole(path, &fault).await,
        };
        let rejected = self.take_rows(&table, take).await?;
        if let Some((_, why)) = rejected.first() {
            let (file, rows) = (path.display(), rejected.len());
            tracing::warn!(%file, rows, why, "rows of a CSV file were not taken, or lack their picture: they are in rejected/");
            let into = own_folder(&self.path, "rejected").await?;
            let content = table.rejected(&rejected);
            write_new(&into, &name_of(path), &content).await?;
        }
        let pictures = table.rows.iter().filter_map(|row| row.picture.as_deref());
        let pictures: Vec<PathBuf> =
            pictures.filter_map(|name| bare(name).map(|name| self.path.join(name))).collect();
        let done = own_folder(&self.path, "done").await?;
        put_into(&done, path).await?;
        // The table first: pictures without a table are left over, a table without its pictures would be wrong.
        for picture in pictures {
            if plain::is_there(&picture).await? {
                put_into(&done, &picture).await?;
            }
        }
        // Why it was no table before, if it was none.
        let note = self.path.join("rejected").join(note_of(&name_of(path)));
        if plain::is_there(&note).await? {
            fs::remove_file(&note).await?;
        }
        Ok(())
    }

    /// Hands over the rows' reports, and gives the rows that are none with the reason.
    async fn take_rows<'a, T, F, E>(
        &self,
        table: &'a Table,
        take: &mut T,
    ) -> io::Result<Vec<(&'a super::Row, String)>>
    where
        T: FnMut(Vec<NewReport>) -> F,
        F: Future<Output = Result<(), E>>,
        E: Display,
    {
        let mut rejected = Vec::new();
        let mut batch = Vec::new();
        let mut picture_bytes = 0;
        for row in &table.rows {
            let picture = match &row.picture {
                Some(name) => self.picture(name).await.map(Some),
                None => Ok(None),
            };
            match row.reports(&self.lot, &self.lot_id, picture.as_ref().ok().and_then(Option::as_ref)) {
                Ok(reports) => {
                    picture_bytes +=
                        picture.as_ref().map_or(0, |picture| picture.as_ref().map_or(0, |p| p.bytes.len()));
                    batch.extend(reports);
                    // The passage counts without its picture; put right and put back, the row adds it.
                    if let Err(why) = picture {
                        rejected.push((row, format!("{why}；{WITHOUT_PICTURE}")));
                    }
                }
                Err(fault) => {
                    let fault = why::of_row(&fault, &table.header);
                    let why = picture.err().map_or_else(|| fault.clone(), |why| format!("{why}；{fault}"));
                    rejected.push((row, why));
                }
            }
            if batch.len() >= BATCH_REPORTS || picture_bytes >= BATCH_PICTURE_BYTES {
                hand_over(std::mem::take(&mut batch), take).await?;
                picture_bytes = 0;
            }
        }
        hand_over(batch, take).await?;
        Ok(rejected)
    }

    /// The picture of that name in the folder, or among those done with.
    async fn picture(&self, name: &str) -> Result<PictureBytes, String> {
        let expected = "图片应为同一文件夹中的文件名";
        let plain = bare(name).ok_or_else(|| format!("{expected}，收到 {name:?}"))?;
        let mut path = self.path.join(plain);
        if !plain::is_there(&path).await.unwrap_or(false) {
            let done = self.path.join("done");
            let is_own = fs::symlink_metadata(&done).await.is_ok_and(|about| about.is_dir());
            path = if is_own { done.join(plain) } else { path };
        }
        let bytes = match plain::read(&path, PICTURE_MAX_BYTES).await {
            Ok(Plain::Bytes(bytes)) => bytes,
            Ok(Plain::TooLong(bytes)) => {
                return Err(format!("图片应不超过 {PICTURE_MAX_BYTES} 字节，收到 {bytes} 字节"));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(format!("{expected}，没有文件 {name:?}"));
            }
            Err(error) => return Err(format!("图片 {name:?} 无法读取（{error}）")),
        };
        let media_type = media_type(&bytes).ok_or_else(|| format!("图片应为 {KINDS}，收到 {name:?}"))?;
        Ok(PictureBytes { sha256: sha256_hex(&bytes), bytes: Bytes::from(bytes), media_type })
    }

    /// A file that is no table: as it is, with a note beside it.
    async fn reject_whole(&self, path: &Path, fault: &TableFault) -> io::Result<()> {
        let into = own_folder(&self.path, "rejected").await?;
        let words = why::of_file(fault);
        tracing::warn!(file = %path.display(), why = words, "a CSV file was not taken: it is in rejected/");
        let rejected = free(&into, &name_of(path), None).await?;
        // What an earlier file of that name was rejected for is said no longer.
        plain::write_new(&into.join(note_of(&name_of(&rejected))), words.as_bytes()).await?;
        fs::rename(path, rejected).await
    }
}

/// The folder of that name in the watched one, made if it is not there. Never a link that leads out of it.
async fn own_folder(watched: &Path, name: &str) -> io::Result<PathBuf> {
    let path = watched.join(name);
    fs::create_dir_all(&path).await?;
    if fs::symlink_metadata(&path).await?.is_dir() {
        return Ok(path);
    }
    Err(io::Error::other(format!("{}: expected a folder, found a link", path.display())))
}

async fn hand_over<T, F, E>(batch: Vec<NewReport>, take: &mut T) -> io::Result<()>
where
    T: FnMut(Vec<NewReport>) -> F,
    F: Future<Output = Result<(), E>>,
    E: Display,
{
    if batch.is_empty() {
        return Ok(());
    }
    take(batch).await.map_err(|error| io::Error::other(error.to_string()))
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// A name that stays in its folder.
fn bare(name: &str) -> Option<&str> {
    let inside = !name.contains(['/', '\\', ':', '\0']) && !matches!(name, "." | "..");
    inside.then_some(name)
}

/// A name that is free in a folder, or whose file has this very content.
async fn free(folder: &Path, name: &str, content: Option<&[u8]>) -> io::Result<PathBuf> {
    let (stem, end) =
        name.rsplit_once('.').map_or((name, String::new()), |(stem, end)| (stem, format!(".{end}")));
    for number in 1..=NAMES_MAX {
        let path = if number == 1 { folder.join(name) } else { folder.join(format!("{stem}-{number}{end}")) };
        if !plain::is_there(&path).await? {
            return Ok(path);
        }
        if let Some(content) = content
            && let Ok(Plain::Bytes(there)) = plain::read(&path, content.len() as u64).await
            && there == content
        {
            return Ok(path);
        }
    }
    Err(io::Error::other(format!("{}: {NAMES_MAX} files are named {name:?}", folder.display())))
}

/// Writes a file whole or not at all.
async fn write_new(folder: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    let path = free(folder, name, Some(content)).await?;
    let half = path.with_extension("part");
    plain::write_new(&half, content).await?;
    fs::rename(&half, &path).await
}

/// Moves a file into a folder, under another name where its own is taken.
async fn put_into(folder: &Path, file: &Path) -> io::Result<()> {
    let path = free(folder, &name_of(file), None).await?;
    fs::rename(file, path).await
}
