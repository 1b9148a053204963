//! Backups side by side: each in a folder of its own that is named by its time, the newest days of them kept.

use super::Failure;
use jiff::{Timestamp, Zoned, civil::DateTime, tz::TimeZone};
use std::io;
use std::path::{Path, PathBuf};

/// How a backup's folder is named: the time in the machine's own zone.
const NAME: &str = "%Y%m%d-%H%M%S";

/// The folder of the backup that begins now, with the last one's pictures in it already, which a file system that can
/// share what is alike keeps once: only new pictures are read from the platform, and those that were deleted there since
/// are taken out of this backup alone. (Links would not do: the files of days are written to.)
pub(crate) fn begin(all: &Path, now: Timestamp) -> Result<PathBuf, Failure> {
    let folder = all.join(Zoned::new(now, TimeZone::system()).strftime(NAME).to_string());
    let before = known(all)?.into_iter().rfind(|(_, before)| before.join("photos").is_dir());
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    if let Some((_, before)) = before {
        copy(&before.join("photos"), &folder.join("photos"))?;
    }
    Ok(folder)
}

/// Deletes the backups of more than `days` ago. The newest always stays.
pub(crate) fn end(all: &Path, days: u32, now: Timestamp) -> Result<Vec<PathBuf>, Failure> {
    let now = Zoned::new(now, TimeZone::system()).datetime();
    let since = now.checked_sub(jiff::Span::new().days(i64::from(days)))?;
    let mut known = known(all)?;
    known.pop();
    let old: Vec<PathBuf> = known.into_iter().filter(|(at, _)| *at < since).map(|(_, path)| path).collect();
    for folder in &old {
        std::fs::remove_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    Ok(old)
}

/// Sees that `from` is one backup, and says which there are where it holds several.
pub(crate) fn one(from: &Path) -> Result<(), Failure> {
    if from.join(bowei_store::sqlite::DATABASE).is_file() {
        return Ok(());
    }
    let place = from.display();
    let words = match known(from)?.last() {
        Some((_, newest)) => format!(
            "{place} 中有多次备份，请指明其中一个，最新的是 several backups are in it: name one of them, the newest is {}",
            newest.display()
        ),
        None => {
            format!("{place} 中没有备份 there is no backup in it: name the folder that `bowei backup` wrote")
        }
    };
    Err(words.into())
}

/// The whole backups in `all`, oldest first.
fn known(all: &Path) -> Result<Vec<(DateTime, PathBuf)>, Failure> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(all) else { return Ok(found) };
    for entry in entries {
        let path = entry?.path();
        let at = path.file_name().and_then(|name| DateTime::strptime(NAME, name.to_str()?).ok());
        if let Some(at) = at.filter(|_| path.join(bowei_store::sqlite::DATABASE).is_file()) {
            found.push((at, path));
        }
    }
    found.sort();
    Ok(found)
}

/// The files of a folder under the same names in another.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let there = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy(&entry.path(), &there)?,
            false => std::fs::copy(entry.path(), there).map(drop)?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_begins_with_the_last_ones_pictures_and_old_ones_go() {
        let all = tempfile::tempdir().unwrap();
        let at = |day: i64| Timestamp::from_second(1_775_000_000 + day * 86_400).unwrap();
        let make = |day| {
            let folder = begin(all.path(), at(day)).unwrap();
            std::fs::write(folder.join(bowei_store::sqlite::DATABASE), "").unwrap();
            folder
        };
        let first = make(0);
        std::fs::create_dir_all(first.join("photos/20260401")).unwrap();
        std::fs::write(first.join("photos/20260401/a"), "picture").unwrap();
        let second = make(1);
        assert_eq!(std::fs::read(second.join("photos/20260401/a")).unwrap(), b"picture");
        std::fs::create_dir(all.path().join("somebody's own")).unwrap();
        let third = make(9);
        let which = one(all.path()).unwrap_err().to_string();
        assert!(which.ends_with(third.to_str().unwrap()), "{which}");
        one(&third).unwrap();
        assert!(one(&all.path().join("somebody's own")).unwrap_err().to_string().contains("no backup"));
        assert_eq!(end(all.path(), 7, at(9)).unwrap(), [first, second]);
        assert!(third.join("photos/20260401/a").is_file() && all.path().join("somebody's own").is_dir());
        assert!(end(all.path(), 1, at(400)).unwrap().is_empty(), "the newest stays, however old");
    }
}
