//! What the commands that move a store have in common: where stores are, and how far the work is.

use super::stores::Pictures;
use super::{BadUse, Failure, note};
use bowei_platform::config::PhotosConfig;
use bowei_platform::stores;
use bowei_store::transfer::{Progress, RowCounts, Step};
use bowei_store::{DayFiles, PhotoStore};
use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often the bar moves by itself.
const TICK: Duration = Duration::from_millis(200);

/// How often a line is written where there is no terminal: often enough to see that it goes on.
const LINE_INTERVAL: Duration = Duration::from_secs(5);

/// Where a shared store is.
#[derive(Args)]
pub(crate) struct StoreFlags {
    /// The shared database: postgres://USER:PASSWORD@HOST:PORT/NAME 共享数据库
    #[arg(long, env = "BOWEI_DATABASE", value_name = "postgres://…", hide_env_values = true)]
    pub(crate) database: Option<String>,
    #[command(flatten)]
    pub(crate) pictures: Pictures,
}

impl StoreFlags {
    /// The photos that `--photos` names, in a bucket or a folder, if it is given.
    pub(crate) async fn named_photos(&self) -> Result<Option<Arc<dyn PhotoStore>>, Failure> {
        let mut config = PhotosConfig::default();
        self.pictures.over(&mut config);
        Ok(stores::named_photos(&config).await?)
    }

    /// Whether `--photos` names the very folder in which the photos of the data folder `data` are.
    pub(crate) fn names_photos_of(&self, data: &Path) -> bool {
        let mut config = PhotosConfig::default();
        self.pictures.over(&mut config);
        config.folder().is_some_and(|folder| same(&folder, &data.join("photos")))
    }

    /// The photos that go with the store: those that are named, or else those in its data folder.
    pub(crate) async fn photos_of(
        &self,
        data: Option<&Path>,
    ) -> Result<Option<Arc<dyn PhotoStore>>, Failure> {
        if let Some(photos) = self.named_photos().await? {
            return Ok(Some(photos));
        }
        Ok(match data {
            Some(data) => Some(Arc::new(DayFiles::open(data)?)),
            None => None,
        })
    }

    /// The one store that is meant.
    pub(crate) fn one<'f>(&'f self, data: Option<&'f Path>) -> Result<Place<'f>, Failure> {
        match (data, self.database.as_deref()) {
            // As everywhere: a platform on a database has a data folder besides, for its key and its pictures.
            (_, Some(url)) => Ok(Place::Database(url)),
            (Some(data), None) => Ok(Place::Folder(data)),
            (None, None) => {
                let why = "请指明存储：--data 数据目录（或 BOWEI_DATA）或 --database postgres://…（或 BOWEI_DATABASE） name the store: --data DIR \
                           (or BOWEI_DATA) or --database postgres://… (or BOWEI_DATABASE)";
                Err(Box::new(BadUse(why.to_owned())))
            }
        }
    }
}

/// A store.
pub(crate) enum Place<'f> {
    /// An embedded one, by its data folder.
    Folder(&'f Path),
    /// A shared one, by its address.
    Database(&'f str),
}

/// Shows on stderr how far the work is: a line that moves on a terminal, and otherwise a line now and then.
pub(crate) struct TransferProgress {
    bar: ProgressBar,
    state: Mutex<State>,
    lines: bool,
}

struct State {
    what: String,
    done: u64,
    of: u64,
    pictures: u64,
    sent_at: Instant,
}

impl TransferProgress {
    pub(crate) fn start() -> Self {
        let lines = !std::io::stderr().is_terminal();
        let bar = ProgressBar::new_spinner();
        if lines {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        } else {
            if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed_precise} {msg}") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(TICK);
        }
        let state = State { what: String::new(), done: 0, of: 0, pictures: 0, sent_at: Instant::now() };
        Self { bar, state: Mutex::new(state), lines }
    }

    /// Takes the line away.
    pub(crate) fn end(&self) {
        self.bar.finish_and_clear();
    }
}

impl Progress for TransferProgress {
    fn told(&self, step: Step) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let was = state.what.clone();
        match step {
            Step::Comparing(table) => {
                (state.what, state.done, state.of) = (format!("comparing 比对 {table}"), 0, 0)
            }
            Step::Copying(table, rows) => {
                (state.what, state.done, state.of) = (format!("copying 复制 {table}"), 0, rows);
            }
            Step::Compared(rows) if state.of == 0 => state.done += rows,
            Step::Compared(_) => {}
            Step::Copied(rows) => state.done += rows,
            Step::Pictures(day) => {
                (state.what, state.done, state.of) = (format!("photos 照片 {day}"), state.pictures, 0)
            }
            Step::Picture => {
                state.pictures += 1;
                state.done = state.pictures;
            }
            Step::Standstill => {
                state.what = "the old store stands still: its platform answers 503 旧库暂停写入".to_owned();
                (state.done, state.of) = (0, 0);
            }
        }
        let count = match (state.done, state.of) {
            (0, 0) => String::new(),
            (done, 0) => format!(": {done}"),
            (done, of) => format!(": {done}/{of}"),
        };
        let line = format!("{}{count}", state.what);
        let due = step == Step::Standstill || state.sent_at.elapsed() >= LINE_INTERVAL;
        if self.lines && due {
            note(&format!("bowei: {line}"));
            state.sent_at = Instant::now();
        } else if !self.lines && (was != state.what || state.done.is_multiple_of(100)) {
            self.bar.set_message(line);
        }
    }
}

/// Tables with their rows, a line each, as far as they have any.
pub(crate) fn rows(counts: &RowCounts) -> String {
    let lines = counts.iter().filter(|(_, rows)| *rows > 0);
    lines.map(|(table, rows)| format!("  {table:<20} {rows:>12}\n")).collect()
}

/// What nobody may forget.
pub(crate) const MASTER_KEY: &str = "The master key is not in the store: keep master.key safe by itself, and give it to every platform on this store\n\
    (BOWEI_MASTER_KEY_FILE). 主密钥不在库中：请另行妥善保存 master.key，并提供给使用本库的每个节点（BOWEI_MASTER_KEY_FILE）。";

pub(crate) fn same(one: &std::path::Path, other: &std::path::Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}
