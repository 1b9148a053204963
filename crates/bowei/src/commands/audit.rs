//! `bowei audit`: whether the audit's chain holds.

use super::stores::Records;
use super::{BadUse, Failure, block_on, day, operator, print};
use bowei_model::moment;
use bowei_platform::{Clock as _, SystemClock};
use bowei_store::{AuditArchive, AuditHead, archive_audit, verify_audit, verify_audit_across};
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Looks at the audit 审计日志.
#[derive(Subcommand)]
pub(crate) enum Audit {
    /// Walks the chain from its first entry to its last; exit code 1 and the first broken number where it does not hold 逐条核验审计链，断开时退出码为 1
    Verify(Verify),
    /// Puts entries older than half a year into files, reads them back, and takes them out of the store 归档半年前的审计日志
    Archive(Archive),
}

/// Puts old entries away 归档旧审计条目.
#[derive(Args)]
#[command(
    after_help = "The chain goes on through the files: bowei audit verify --archive DIR walks both. Cut off at any moment nothing is lost,\n\
    and the same once more goes on. 中断后重新执行即可继续。\n\nExample 示例:\n  \
    bowei audit archive --data bowei-data --before 2026-01-01 --to /archive/audit"
)]
pub(crate) struct Archive {
    /// Entries from before this day, in UTC+08:00; six months ago at the latest 此日期之前
    #[arg(long, value_name = "YYYY-MM-DD")]
    before: String,
    /// Where the files go, beside those that were put away before 归档目录
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    #[command(flatten)]
    records: Records,
}

/// Walks the chain 逐条核验审计链.
#[derive(Args)]
#[command(after_help = "Example 示例:\n  bowei audit verify --data bowei-data\n  \
    bowei audit verify --data bowei-data --noted 1042:3f0c…   (an end of the chain that the log or a paper has)")]
pub(crate) struct Verify {
    /// An end of the chain that was noted elsewhere, as NUMBER:HASH; may be given several times 另处抄录的链尾，序号:校验值，可多次给出
    #[arg(long, value_name = "NUMBER:HASH")]
    noted: Vec<Noted>,
    /// A folder with entries that were put away, to walk them first; may be given several times 归档目录
    #[arg(long, value_name = "DIR")]
    archive: Vec<PathBuf>,
    #[command(flatten)]
    records: Records,
}

/// An end of the chain 另处抄录的链尾，序号:校验值，可多次给出.
#[derive(Clone)]
struct Noted(AuditHead);

impl std::str::FromStr for Noted {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unfit = "NUMBER:HASH is expected, with the 64 hex digits of the hash";
        let (seq, hex) = text.split_once(':').ok_or(unfit)?;
        let mut hash = [0; 32];
        if hex.len() != 64 || !hex.is_ascii() {
            return Err(unfit);
        }
        for (i, byte) in hash.iter_mut().enumerate() {
            *byte =
                hex.get(2 * i..2 * i + 2).and_then(|two| u8::from_str_radix(two, 16).ok()).ok_or(unfit)?;
        }
        Ok(Self(AuditHead { seq: seq.parse().map_err(|_| unfit)?, hash }))
    }
}

impl Audit {
    pub(crate) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Verify(verify) => verify.run(),
            Self::Archive(archive) => archive.run(),
        }
    }
}

impl Archive {
    fn run(self) -> Result<(), Failure> {
        let (before, _) = moment::span_of_day(day(&self.before)?)
            .ok_or_else(|| BadUse(format!("--before {} is no day", self.before)))?;
        let done = block_on(async {
            let store = self.records.open().await?;
            let what =
                AuditArchive { before, folder: &self.to, now: SystemClock.now(), user: operator().user };
            Ok(archive_audit(store.as_ref(), what).await?)
        })?;
        for file in &done.files {
            print(&file.display().to_string())?;
        }
        print(&format!(
            "已归档 {} 条 {} entries are put away, {} rows are gone from the store",
            done.entries, done.entries, done.removed
        ))
    }
}

impl Verify {
    fn run(self) -> Result<(), Failure> {
        let Self { noted, archive, records } = self;
        let noted: Vec<_> = noted.into_iter().map(|noted| noted.0).collect();
        let verdict = block_on(async {
            let store = records.open().await?;
            Ok(match archive.is_empty() {
                true => verify_audit(store.as_ref(), &noted).await?,
                false => verify_audit_across(&archive, store.as_ref(), &noted).await?,
            })
        })?;
        match verdict.fault {
            None => {
                let anchor = verdict.anchor.seq;
                let archived = match anchor {
                    0 => String::new(),
                    _ => format!(
                        "；第 1 至 {anchor} 条已归档 entries 1 to {anchor} are put away: --archive walks them"
                    ),
                };
                print(&format!(
                    "审计链完整 the chain holds: {} entries, to {}{archived}",
                    verdict.head.seq - anchor,
                    verdict.head
                ))
            }
            Some(fault) => {
                print(&fault.seq().to_string())?;
                Err(format!("审计链在第 {} 条处断开 the chain is broken: {fault}", fault.seq()).into())
            }
        }
    }
}
