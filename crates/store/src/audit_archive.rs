//! Old entries of the audit, put away into files: read back before they go, with what proves that nothing is missing in
//! between.
//!
//! A file has one JSON object a line: a head (`first` number, `former_hash`), the entries in their order, and an end (`last`
//! number, `count`, `hash`), so that a cut one shows. Each is in the one form that Bowei writes, so that no byte can be
//! another. The chain goes through the files into the store, which keeps where it begins there (its anchor).
//!
//! The steps are: write a file and read it back; in one transaction move the anchor and append the entry that says so; remove
//! the rows before the anchor, some at a time. Whoever is cut off between two of them is taken up where he was: a file that
//! is there is not written again, and rows before the anchor go at the next time.

use crate::audit_walk::verify_audit;
use crate::contract::{AUDIT_DETAIL_MAX, AUDIT_WORDS_MAX};
use crate::values::hex;
use crate::{
    Audit, AuditEntry, AuditFault, AuditHead, Change, NewAuditEntry, Result, Store, StoreError, VerifiedAudit,
};
use bowei_model::moment;
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, BufWriter, Read as _};
use std::path::{Path, PathBuf};

/// The least age of an entry that is put away: half a year, which the law has logs be kept at hand for.
pub const AUDIT_KEPT_MIN: SignedDuration = SignedDuration::from_hours(183 * 24);

/// Entries of a file at most: some hundred megabytes.
const FILE_ENTRIES_MAX: i64 = 1_000_000;

/// Entries read at once.
const PAGE_ENTRIES: usize = 500;

/// Bytes of a line at most: each byte of an entry may be six of JSON.
const LINE_MAX: u64 = 6 * (4 * AUDIT_WORDS_MAX as u64 + 2 * AUDIT_DETAIL_MAX as u64) + 1_024;

const FORMAT: &str = "bowei-audit/1";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Beginning {
    format: String,
    first: i64,
    former_hash: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    seq: i64,
    at: i64,
    user: String,
    source: String,
    action: String,
    object: String,
    ok: bool,
    before: String,
    after: String,
    hash: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    last: i64,
    count: i64,
    hash: String,
}

impl From<&AuditEntry> for Line {
    fn from(AuditEntry { seq, entry, hash }: &AuditEntry) -> Self {
        let NewAuditEntry { at, user, source, action, object, ok, before, after } = entry.clone();
        Self {
            seq: *seq,
            at: at.as_millisecond(),
            user,
            source,
            action,
            object,
            ok,
            before,
            after,
            hash: hex(hash),
        }
    }
}

/// What to put away.
#[derive(Clone, Debug)]
pub struct AuditArchive<'a> {
    /// Entries from before this moment.
    pub before: Timestamp,
    /// Where the files go; those that were put away before are there already, or in another folder all of them.
    pub folder: &'a Path,
    /// The moment at which this is asked.
    pub now: Timestamp,
    /// Who asks.
    pub user: String,
}

/// What was put away.
#[derive(Clone, Debug, Default)]
pub struct ArchivedAudit {
    /// Files that the store's chain begins after now, of this time.
    pub files: Vec<PathBuf>,
    /// Entries that are in them.
    pub entries: i64,
    /// Entries that went from the store.
    pub removed: u64,
}

/// Puts old entries away.
///
/// # Errors
///
/// Where the moment is too young, the folder has not what was put away before, the chain does not hold, or the store or the
/// disk fails. Nothing is lost then, and the same once more goes on.
pub async fn archive_audit(store: &dyn Store, what: AuditArchive<'_>) -> Result<ArchivedAudit> {
    let youngest = what.now.saturating_sub(AUDIT_KEPT_MIN).unwrap_or(Timestamp::MIN);
    if what.before > youngest {
        return Err(StoreError::Conflict(format!(
            "审计日志须在库中保存至少六个月 entries of the last six months stay: name {} or an earlier day",
            moment::day(youngest)
        )));
    }
    let was_there = what.folder.exists();
    std::fs::create_dir_all(what.folder).map_err(|error| disk(what.folder, &error))?;
    let done = put_away(store, &what).await;
    if !was_there {
        // Only an empty one goes: nothing was old enough.
        let _ = std::fs::remove_dir(what.folder);
    }
    done
}

async fn put_away(store: &dyn Store, what: &AuditArchive<'_>) -> Result<ArchivedAudit> {
    let mut done = ArchivedAudit::default();
    loop {
        done.removed += forget(store).await?;
        let anchor = store.audit_anchor().await?;
        let (file, head) = match next_file(what.folder, anchor).await? {
            Some(found) => found,
            None => match write(store, what, anchor).await? {
                Some(written) => written,
                None => return Ok(done),
            },
        };
        // What is in the file is what goes: it is read back, from the former end to its own.
        let verified = verify_files(vec![file.clone()], anchor, vec![head]).await?;
        if verified.fault.is_some() || verified.head != head {
            let why =
                verified.fault.map_or_else(|| "it ends elsewhere".to_owned(), |fault| fault.to_string());
            return Err(StoreError::Unreadable(format!(
                "{} does not hold what it should: {why}. Nothing has gone; look at its disk, move it away and try again",
                file.display()
            )));
        }
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let entry = NewAuditEntry {
            at: what.now,
            user: what.user.clone(),
            source: "command".to_owned(),
            action: "audit.archive".to_owned(),
            object: format!("audit:{}-{}", anchor.seq + 1, head.seq),
            ok: true,
            before: json!({"begins_after": anchor.to_string()}).to_string(),
            after: json!({"begins_after": head.to_string(), "file": name}).to_string(),
        };
        store.administer(vec![Change::AuditArchived { anchor, upto: head }], vec![entry]).await?;
        done.entries += head.seq - anchor.seq;
        done.files.push(file);
    }
}

/// Removes what was put away, some at a time.
async fn forget(store: &dyn Store) -> Result<u64> {
    let mut removed = 0;
    loop {
        match store.forget_archived_audit().await? {
            0 => return Ok(removed),
            some => removed += some,
        }
    }
}

/// The file that goes on from the anchor, if it is there already: its writer was cut off before the store knew of it.
async fn next_file(folder: &Path, anchor: AuditHead) -> Result<Option<(PathBuf, AuditHead)>> {
    let files = files(&[folder.to_owned()])?;
    if let Some((_, last, file)) = files.iter().find(|(first, ..)| *first == anchor.seq + 1) {
        let verified = verify_files(vec![file.clone()], anchor, Vec::new()).await?;
        if let Some(fault) = verified.fault {
            return Err(StoreError::Unreadable(format!(
                "{} does not go on where the store's audit begins: {fault}. Move it away and try again",
                file.display()
            )));
        }
        return Ok((verified.head.seq == *last).then(|| (file.clone(), verified.head)));
    }
    match files.last() {
        Some((_, last, file)) if *last != anchor.seq => Err(StoreError::Conflict(format!(
            "the last file here is {}, and the store's audit begins after entry {}: name the folder that has the files in \
             between, or an empty one",
            file.display(),
            anchor.seq
        ))),
        _ => Ok(None),
    }
}

/// Writes the next file; `None` where no entry is old enough.
async fn write(
    store: &dyn Store,
    what: &AuditArchive<'_>,
    anchor: AuditHead,
) -> Result<Option<(PathBuf, AuditHead)>> {
    // Another process that does the same at the same time has a file of its own.
    let beside = what.folder.join(format!("audit-{:012}.{}.unfinished", anchor.seq + 1, std::process::id()));
    let failed = |error: std::io::Error| disk(&beside, &error);
    let file = OpenOptions::new().write(true).create(true).truncate(true).open(&beside).map_err(failed)?;
    let mut out = BufWriter::new(file);
    let former_hash = hex(&anchor.hash);
    put(&mut out, &Beginning { format: FORMAT.to_owned(), first: anchor.seq + 1, former_hash })
        .map_err(failed)?;
    let mut head = anchor;
    'pages: while head.seq - anchor.seq < FILE_ENTRIES_MAX {
        let page = store.audit_after(head.seq, PAGE_ENTRIES).await?;
        if page.is_empty() {
            break;
        }
        for kept in page {
            if kept.entry.at >= what.before {
                break 'pages;
            }
            let expected = head.chain(kept.entry.clone());
            if expected != kept {
                return Err(StoreError::Unreadable(format!(
                    "the audit's chain is broken at entry {}: nothing is put away; run bowei audit verify",
                    expected.seq
                )));
            }
            put(&mut out, &Line::from(&kept)).map_err(failed)?;
            head = kept.head();
        }
    }
    if head == anchor {
        drop(out);
        std::fs::remove_file(&beside).map_err(failed)?;
        return Ok(None);
    }
    put(&mut out, &End { last: head.seq, count: head.seq - anchor.seq, hash: hex(&head.hash) })
        .map_err(failed)?;
    let file = out.into_inner().map_err(|error| failed(error.into_error()))?;
    file.sync_all().map_err(failed)?;
    let path = what.folder.join(format!("audit-{:012}-{:012}.jsonl", anchor.seq + 1, head.seq));
    std::fs::rename(&beside, &path).map_err(failed)?;
    File::open(what.folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
    Ok(Some((path, head)))
}

fn put(out: &mut impl std::io::Write, line: &impl Serialize) -> std::io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    out.write_all(b"\n")
}

fn disk(path: &Path, error: &std::io::Error) -> StoreError {
    StoreError::Unavailable(format!("{}: {error}", path.display()))
}

/// The files of folders, by their first numbers, each with its first and last.
fn files(folders: &[PathBuf]) -> Result<Vec<(i64, i64, PathBuf)>> {
    let mut found = Vec::new();
    for folder in folders {
        for file in std::fs::read_dir(folder).map_err(|error| disk(folder, &error))? {
            let path = file.map_err(|error| disk(folder, &error))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let numbers = name.strip_prefix("audit-").and_then(|name| name.strip_suffix(".jsonl"));
            let numbers = numbers.and_then(|numbers| numbers.split_once('-'));
            let numbers = numbers.and_then(|(first, last)| Some((first.parse().ok()?, last.parse().ok()?)));
            if let Some((first, last)) = numbers {
                found.push((first, last, path));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Walks the chain through what was put away into `folders` and on through the store, with no gap between.
///
/// # Errors
///
/// Where a folder or the store cannot be read.
pub async fn verify_audit_across<A: Audit + Sync + ?Sized>(
    folders: &[PathBuf],
    audit: &A,
    noted: &[AuditHead],
) -> Result<VerifiedAudit> {
    let anchor = audit.audit_anchor().await?;
    let noted: Vec<_> = noted.iter().copied().chain([anchor]).collect();
    let archived = verify_audit_archive(folders, &noted).await?;
    if archived.fault.is_some() {
        return Ok(archived);
    }
    let (end, whole) = (archived.head, |verified| VerifiedAudit { anchor: AuditHead::EMPTY, ..verified });
    if end.seq < anchor.seq {
        let fault = Some(AuditFault::Missing { seq: end.seq + 1, next: anchor.seq + 1 });
        return Ok(VerifiedAudit { fault, ..archived });
    }
    // Files may be there that the store does not know of yet: then both have the same entries.
    let noted: Vec<_> = noted.into_iter().chain([end]).collect();
    verify_audit(audit, &noted).await.map(whole)
}

/// Walks the chain through the files of folders, from the first entry that there ever was to the last that was put away.
///
/// # Errors
///
/// Where a folder or a file cannot be read.
pub async fn verify_audit_archive(folders: &[PathBuf], noted: &[AuditHead]) -> Result<VerifiedAudit> {
    let files = files(folders)?.into_iter().map(|(.., path)| path).collect();
    verify_files(files, AuditHead::EMPTY, noted.to_vec()).await
}

async fn verify_files(files: Vec<PathBuf>, from: AuditHead, noted: Vec<AuditHead>) -> Result<VerifiedAudit> {
    let walk = move || {
        let mut head = from;
        for file in files {
            match walk_file(&file, &mut head, &noted)? {
                None => {}
                fault => return Ok(VerifiedAudit { anchor: from, head, fault }),
            }
        }
        Ok(VerifiedAudit { anchor: from, head, fault: None })
    };
    tokio::task::spawn_blocking(walk).await.map_err(|error| StoreError::ours(&error))?
}

/// Walks a file that comes after `head`; what does not hold in it.
fn walk_file(path: &Path, head: &mut AuditHead, noted: &[AuditHead]) -> Result<Option<AuditFault>> {
    let from = *head;
    let file = File::open(path).map_err(|error| disk(path, &error))?;
    let mut lines = BufReader::new(file);
    let mut line = Vec::new();
    let mut next = || -> Result<Option<Vec<u8>>> {
        line.clear();
        let read = lines.by_ref().take(LINE_MAX).read_until(b'\n', &mut line);
        let bytes = read.map_err(|error| disk(path, &error))?;
        Ok((bytes > 0).then(|| line.clone()))
    };
    let unreadable =
        |seq: i64, why: &str| Some(AuditFault::Unreadable { seq, why: format!("{}: {why}", path.display()) });
    let Some(Beginning { format, first, former_hash }) = next()?.as_deref().and_then(read) else {
        return Ok(unreadable(from.seq + 1, "its first line is not the head of an audit's archive"));
    };
    if format != FORMAT {
        return Ok(unreadable(from.seq + 1, "it is of a newer version"));
    }
    if first != from.seq + 1 {
        let (seq, next) = (from.seq + 1, first);
        return Ok(Some(if first > seq {
            AuditFault::Missing { seq, next }
        } else {
            AuditFault::Altered { seq: first }
        }));
    }
    if former_hash != hex(&from.hash) {
        return Ok(Some(AuditFault::Altered { seq: first }));
    }
    loop {
        let seq = head.seq + 1;
        let Some(bytes) = next()? else {
            return Ok(Some(AuditFault::TailMissing { seq, noted: seq }));
        };
        if let Some(Line { seq: number, at, user, source, action, object, ok, before, after, hash }) =
            read(&bytes)
        {
            if number != seq {
                return Ok(Some(AuditFault::Missing { seq, next: number }));
            }
            let Ok(at) = Timestamp::from_millisecond(at) else {
                return Ok(Some(AuditFault::Altered { seq }));
            };
            let entry = NewAuditEntry { at, user, source, action, object, ok, before, after };
            let expected = head.chain(entry);
            if hex(&expected.hash) != hash {
                return Ok(Some(AuditFault::Altered { seq }));
            }
            if noted.iter().any(|noted| noted.seq == seq && noted.hash != expected.hash) {
                return Ok(Some(AuditFault::OtherHead { seq }));
            }
            *head = expected.head();
        } else if let Some(End { last, count, hash }) = read(&bytes) {
            let holds = (last, count) == (head.seq, head.seq - from.seq) && hash == hex(&head.hash);
            return Ok(match next()? {
                Some(_) => unreadable(seq, "something follows its end"),
                None if holds => None,
                None if last > head.seq => Some(AuditFault::TailMissing { seq, noted: last }),
                None => Some(AuditFault::OtherHead { seq: head.seq }),
            });
        } else {
            return Ok(Some(AuditFault::Altered { seq }));
        }
    }
}

/// A line, if it is one in the form in which it is written.
fn read<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let line = bytes.strip_suffix(b"\n")?;
    let value: T = serde_json::from_slice(line).ok()?;
    (serde_json::to_vec(&value).ok()? == line).then_some(value)
}
