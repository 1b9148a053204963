//! `bowei archive`.

use super::transfer_args::TransferProgress;
use super::{Failure, block_on, day, print};
use bowei_platform::{Clock as _, SystemClock};
use bowei_store::postgres;
use clap::Args;
use std::path::PathBuf;

/// Puts old days of a shared database away into Parquet files 归档共享数据库的旧日数据.
#[derive(Args)]
#[command(
    after_help = "One file a table and day, read back before anything goes. Sessions of cars that are still inside stay. Photos are not part of\n\
    it: they go by their own age, and a platform no longer finds those of days that went. 每表每天一个文件，回读校验后才删除；在场车辆的记录保留。\n\n\
    Example 示例:\n  bowei archive --database postgres://bowei:PASSWORD@db:5432/bowei --before 2026-01-01 --to /archive\n  \
    bowei archive --database postgres://bowei:PASSWORD@db:5432/bowei --before 2026-01-01 --to /archive --drop"
)]
pub(crate) struct Archive {
    /// The shared database 共享数据库
    #[arg(long, env = "BOWEI_DATABASE", value_name = "URL", hide_env_values = true)]
    database: String,
    /// Days before this one, in UTC+08:00 此日期之前
    #[arg(long, value_name = "YYYY-MM-DD")]
    before: String,
    /// Where the files go 归档目录
    #[arg(long, value_name = "FOLDER")]
    to: PathBuf,
    /// Takes what was put away out of the database; days of the last two weeks cannot go 归档后从库中删除（近两周除外）
    #[arg(long)]
    drop: bool,
}

impl Archive {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let before = day(&self.before)?;
        let shown = TransferProgress::start();
        let what = postgres::Archive {
            database: &self.database,
            before,
            folder: &self.to,
            drop: self.drop,
            now: SystemClock.now(),
        };
        let done = block_on(async { Ok(postgres::archive(what, &shown).await?) });
        shown.end();
        let (mut rows, mut days) = (0, std::collections::BTreeSet::new());
        for part in done? {
            let gone = if part.dropped { "\tdropped 已删除" } else { "" };
            print(&format!("{}\t{} rows{gone}", part.file.display(), part.rows))?;
            rows += part.rows;
            days.insert(part.day);
        }
        let days = days.len();
        print(&format!("{rows} rows of {days} days are put away. 已归档 {days} 天，{rows} 行。"))
    }
}
