//! `bowei migrate`.

use super::transfer_args::{MASTER_KEY, StoreFlags, TransferProgress, rows};
use super::{BadUse, Failure, block_on, print};
use bowei_store::DayFiles;
use bowei_store::transfer::{Migrated, Migration, RowCounts, migrate};
use clap::Args;
use std::path::PathBuf;

/// Moves a running small city to a shared database 将运行中的小型城市迁移到共享数据库.
#[derive(Args)]
#[command(
    after_help = "The platform may be running: most is copied meanwhile. At the end its store stands still for as long as reading both\n\
    stores once takes; lots are answered 503 and send again. Then the old store takes nothing more in, and Bowei is started\n\
    with --database. Broken off, it is run again. 迁移期间平台可继续运行；中断后重新运行即可。\n\n\
    Example 示例:\n  bowei migrate --data bowei-data --database postgres://bowei:PASSWORD@db:5432/bowei \\\n    \
    --photos s3://photos/huzhou --s3-endpoint https://s3.example --s3-path-style"
)]
pub(crate) struct Migrate {
    /// The data folder of the platform to move 待迁移的数据目录
    #[arg(long, env = "BOWEI_DATA", default_value = "bowei-data", value_name = "DIR")]
    data: PathBuf,
    #[command(flatten)]
    to: StoreFlags,
}

impl Migrate {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let shown = TransferProgress::start();
        let migrated = block_on(self.migrate(&shown));
        shown.end();
        say(&migrated?)
    }

    async fn migrate(&self, shown: &TransferProgress) -> Result<Migrated, Failure> {
        let Some(database) = &self.to.database else {
            return Err(Box::new(BadUse("name the database to move to: --database postgres://…".to_owned())));
        };
        if self.to.names_photos_of(&self.data) {
            let why =
                "--photos names the folder in which the pictures are: leave it out, and they stay there";
            return Err(Box::new(BadUse(why.to_owned())));
        }
        let name = name()?;
        let there = self.to.named_photos().await?;
        let here = match &there {
            Some(_) => Some(DayFiles::open(&self.data)?),
            None => None,
        };
        let photos = match (&here, &there) {
            (Some(here), Some(there)) => Some((here as &dyn bowei_store::PhotoStore, &**there)),
            _ => None,
        };
        let migration = Migration { data: &self.data, database, photos, name: &name };
        Ok(migrate(&migration, shown).await?)
    }
}

/// What the migration is known by at both ends.
fn name() -> Result<[u8; 16], Failure> {
    use std::io::Read as _;
    let mut name = [0; 16];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut name)?;
    Ok(name)
}

fn say(migrated: &Migrated) -> Result<(), Failure> {
    let Migrated { place, tables, photos, photos_there, standstill } = migrated;
    let counts: RowCounts = tables.iter().map(|table| (table.table, table.destination.rows)).collect();
    let standstill = standstill.as_secs_f64();
    print(&format!("Moved to {place}. Rows by table 各表行数:\n{}", rows(&counts)))?;
    print("Every table's count and digest is the same at both ends. 两端各表行数与摘要一致。")?;
    match (photos, photos_there) {
        (Some(photos), Some(there)) => {
            let (days, pictures) = (photos.source.days, there.sum.rows);
            print(&format!(
                "{pictures} pictures of {days} days are there, each read back, and digests are equal. \
                 照片 {pictures} 张，{days} 天，均已回读校验，摘要一致。"
            ))?;
        }
        _ => print("Photos were not moved: no --photos was given. 未指定 --photos，照片未迁移。")?,
    }
    print(&format!(
        "Nothing could be acknowledged for {standstill:.1} s. 期间 {standstill:.1} 秒未应答上报。"
    ))?;
    print(
        "The old store takes nothing more in: stop its platform, and start Bowei with --database. 旧库不再写入：请停止旧平台，以 --database 启动。",
    )?;
    print(MASTER_KEY)
}
