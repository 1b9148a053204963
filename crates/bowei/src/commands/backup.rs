//! `bowei backup` and `bowei restore`.

use super::generations;
use super::stores::existing;
use super::transfer_args::{MASTER_KEY, Place, StoreFlags, TransferProgress, rows, same};
use super::{BadUse, Failure, block_on, print};
use bowei_platform::{Clock as _, SystemClock};
use bowei_store::transfer::{
    Copied, RowCounts, Surplus, back_up_database, back_up_folder, copy_pictures, refuse_other_pictures,
    restore_database, restore_folder,
};
use bowei_store::{DayFiles, PhotoStore};
use clap::Args;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Puts a store away in a folder 备份.
#[derive(Args)]
#[command(
    after_help = "The platform may be running. The folder is an embedded store: `bowei serve --data FOLDER` could open it. A further backup\n\
    into the same folder replaces the database and adds the pictures that are new; it deletes none. 平台可继续运行；再次备份只补充新照片。\n\n\
    Example 示例:\n  bowei backup --data bowei-data --to /backup/bowei\n  \
    bowei backup --data bowei-data --to /backup/bowei --keep 14        (each night; two weeks are kept)\n  \
    bowei backup --database postgres://bowei:PASSWORD@db:5432/bowei --photos s3://photos/huzhou --to /backup/bowei"
)]
pub(crate) struct Backup {
    /// Where to put it 备份目录
    #[arg(long, value_name = "FOLDER")]
    to: PathBuf,
    /// The data folder of an embedded store 平台的数据目录
    #[arg(long, env = "BOWEI_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(flatten)]
    store: StoreFlags,
    /// The database alone 不含照片
    #[arg(long)]
    without_photos: bool,
    /// Put each backup into a folder of its own below --to, named by its time, and keep the newest of so many days 每次备份各存一个子目录，保留最近几天
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=3_650))]
    keep: Option<u32>,
}

/// Gets a store back out of a folder 恢复.
#[derive(Args)]
#[command(
    after_help = "Into an empty store alone; everything is verified against the folder. 仅恢复到空库，并逐项校验。\n\n\
    Example 示例:\n  bowei restore --from /backup/bowei --data bowei-data\n  \
    bowei restore --from /backup/bowei --database postgres://bowei:PASSWORD@db:5432/bowei --photos s3://photos/huzhou"
)]
pub(crate) struct Restore {
    /// The folder 备份目录
    #[arg(long, value_name = "FOLDER")]
    from: PathBuf,
    /// The data folder of an embedded store that is not there yet 恢复到的数据目录
    #[arg(long, env = "BOWEI_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(flatten)]
    store: StoreFlags,
    /// The database alone 不含照片
    #[arg(long)]
    without_photos: bool,
}

impl Backup {
    pub(crate) fn run(mut self) -> Result<(), Failure> {
        let all = self.to.clone();
        if let Place::Folder(data) = self.store.one(self.data.as_deref())? {
            existing(data)?;
        }
        let traces = Traces::before(&self.to);
        if self.keep.is_some() {
            self.to = generations::begin(&all, SystemClock.now())?;
        }
        let shown = TransferProgress::start();
        let done = block_on(self.back_up(&shown));
        shown.end();
        let (counts, pictures) = match done {
            Ok(done) => done,
            Err(error) => {
                // Half a backup is none, and would be taken for one.
                if self.keep.is_some() {
                    let _ = std::fs::remove_dir_all(&self.to);
                }
                traces.remove();
                return Err(error);
            }
        };
        if let Some(days) = self.keep {
            for old in generations::end(&all, days, SystemClock.now())? {
                print(&format!("Deleted 已删除过期备份 {}", old.display()))?;
            }
        }
        let to = self.to.display();
        print(&format!("Put away in {to}. Rows by table 已备份，各表行数:\n{}", rows(&counts)))?;
        print("The database is sound by SQLite's own check and has every row. 数据库完整性检查通过。")?;
        say_pictures(pictures.as_ref())?;
        print(MASTER_KEY)
    }

    async fn back_up(&self, shown: &TransferProgress) -> Result<(RowCounts, Option<Copied>), Failure> {
        let data = self.data.as_deref();
        if data.is_some_and(|data| same(data, &self.to)) {
            return Err(Box::new(BadUse("--to is the data folder itself: name another folder".to_owned())));
        }
        if !self.without_photos && self.store.names_photos_of(&self.to) {
            return Err(Box::new(BadUse("--photos lies in --to itself: name another folder".to_owned())));
        }
        let photos = self.photos().await?;
        let counts = match self.store.one(data)? {
            Place::Folder(data) => back_up_folder(data, &self.to).await?,
            Place::Database(url) => back_up_database(url, &self.to, shown).await?,
        };
        // After the database, so that no record refers to a picture that came too late.
        let Some(photos) = photos else { return Ok((counts, None)) };
        let there = DayFiles::open(&self.to)?;
        Ok((counts, Some(copy_pictures(&*photos, &there, self.surplus(), false, shown).await?)))
    }

    /// A folder of copies keeps what was deleted since; a backup of its own is of its own moment.
    fn surplus(&self) -> Surplus {
        if self.keep.is_some() { Surplus::Goes } else { Surplus::Stays }
    }

    async fn photos(&self) -> Result<Option<Arc<dyn PhotoStore>>, Failure> {
        if self.without_photos {
            return Ok(None);
        }
        let photos = self.store.photos_of(self.data.as_deref()).await?;
        photos.map(Some).ok_or_else(missing_photos)
    }
}

impl Restore {
    pub(crate) fn run(self) -> Result<(), Failure> {
        generations::one(&self.from)?;
        let traces = self.data.as_deref().map(Traces::before);
        let shown = TransferProgress::start();
        let done = block_on(self.restore(&shown));
        shown.end();
        let (counts, pictures) = done.inspect_err(|_| {
            if let Some(traces) = &traces {
                traces.remove();
            }
        })?;
        print(&format!("Restored. Rows by table 已恢复，各表行数:\n{}", rows(&counts)))?;
        print("Every table's count and digest is that of the backup. 各表行数与摘要与备份一致。")?;
        say_pictures(pictures.as_ref())?;
        print(MASTER_KEY)
    }

    async fn restore(&self, shown: &TransferProgress) -> Result<(RowCounts, Option<Copied>), Failure> {
        let data = self.data.as_deref();
        let place = self.store.one(data)?;
        let mut pictures = None;
        if !self.without_photos {
            let here = DayFiles::open(&self.from)?;
            let there = self.store.photos_of(data).await?.ok_or_else(missing_photos)?;
            refuse_other_pictures(&here, &*there).await?;
            // Before the database, for whoever finds a record looks for its pictures.
            pictures = Some(copy_pictures(&here, &*there, Surplus::Stays, true, shown).await?);
        }
        let counts = match place {
            Place::Folder(data) => restore_folder(&self.from, data, shown).await?,
            Place::Database(url) => restore_database(&self.from, url, shown).await?,
        };
        Ok((counts, pictures))
    }
}

/// What a command that fails would leave in a folder that was not there before it.
struct Traces {
    folder: PathBuf,
    was_there: bool,
}

impl Traces {
    fn before(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), was_there: folder.exists() }
    }

    /// Takes the folder away, where it is all the command's own, and otherwise what is unfinished in it.
    fn remove(&self) {
        if !self.was_there {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
        for unfinished in ["bowei.db.new", "bowei.db.new-wal", "bowei.db.new-shm", "bowei.db.new-journal"] {
            let _ = std::fs::remove_file(self.folder.join(unfinished));
        }
    }
}

fn missing_photos() -> Failure {
    Box::new(BadUse(
        "请用 --photos 指明照片所在：s3://…，或照片所在的数据目录；或用 --without-photos 不含照片 say where the photos are with \
         --photos s3://… or --photos /FOLDER (the data folder that the platform keeps them in), or leave them with \
         --without-photos"
            .to_owned(),
    ))
}

fn say_pictures(copied: Option<&Copied>) -> Result<(), Failure> {
    let Some(Copied { source, pictures, .. }) = copied else {
        return print("Photos were left out. 未包含照片。");
    };
    let (all, days) = (source.sum.rows, source.days);
    print(&format!(
        "{all} pictures of {days} days, {pictures} of them copied now and read back. \
         照片 {all} 张，{days} 天，本次复制并回读校验 {pictures} 张。"
    ))
}
