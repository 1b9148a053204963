//! `bowei forecast judge`: how good forecasts of free spaces are, beside "as it is now".

use super::stores::Records;
use super::{BadUse, Failure, block_on, open_named, print};
use bowei_city::forecasts::Vacancies;
use bowei_model::forecast::{HORIZONS, Score, Summary};
use bowei_model::moment;
use bowei_model::working_days::{Calendar, YearOfDays};
use bowei_platform::{Clock as _, SystemClock, forecast};
use clap::{Args, Subcommand};
use jiff::ToSpan as _;
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::path::PathBuf;

/// Forecasts of free spaces.
#[derive(Subcommand)]
pub(crate) enum Forecast {
    /// Prints errors, Brier scores and reliability, beside those of "as it is now" 评估空位预测
    Judge(Judge),
}

/// Judges forecasts.
#[derive(Args)]
#[command(
    after_help = "Without --recording and --seeds: the forecasts that a platform made itself, of all its lots.\n\n\
    Example 示例:\n  bowei forecast judge --data bowei-data\n  \
    bowei forecast judge --recording free-spaces.csv --holidays 2025-05-01,2025-05-29\n  \
    bowei forecast judge --seeds 20 --lots 24 --weeks 8"
)]
pub(crate) struct Judge {
    /// A recording, CSV: a column `time` by the wall clock and one a lot with its free spaces 历史空位数据
    #[arg(long, value_name = "FILE", conflicts_with = "seeds")]
    recording: Option<PathBuf>,
    /// Weekdays of the recording that are holidays, between commas 节假日
    #[arg(long, value_name = "YYYY-MM-DD,…", value_delimiter = ',', requires = "recording")]
    holidays: Vec<Date>,
    /// So many seeded cities, from --seed on 模拟城市数
    #[arg(long, value_name = "N")]
    seeds: Option<u16>,
    /// The first seed 第一个种子
    #[arg(long, default_value_t = 1, requires = "seeds")]
    seed: u64,
    /// Lots of a city 每个城市的停车场数
    #[arg(long, default_value_t = 24, requires = "seeds", value_parser = clap::value_parser!(u16).range(1..=1_000))]
    lots: u16,
    /// Weeks of a city 每个城市的周数
    #[arg(long, default_value_t = 8, requires = "seeds", value_parser = clap::value_parser!(u16).range(2..=52))]
    weeks: u16,
    /// The last so many days judge, 28 at most 评估天数
    #[arg(long, default_value_t = 14, value_parser = clap::value_parser!(u16).range(1..=28))]
    days: u16,
    #[command(flatten)]
    records: Records,
}

impl Forecast {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let Self::Judge(judge) = self;
        match (&judge.recording, judge.seeds) {
            (Some(path), _) => {
                open_named(path)?;
                let summary = Vacancies::recorded(path)?.judge(&judge.calendar(), judge.days);
                print(summary.to_string().trim_end())
            }
            (None, Some(seeds)) => judge.seeded(seeds),
            (None, None) => judge.platform(),
        }
    }
}

impl Judge {
    /// Working days with the holidays given: of a year of which some are given, they are all.
    fn calendar(&self) -> Calendar {
        let mut years: BTreeMap<i16, YearOfDays> = BTreeMap::new();
        for day in &self.holidays {
            years.entry(day.year()).or_default().off.push(*day);
        }
        Calendar::default().with(years)
    }

    fn seeded(&self, seeds: u16) -> Result<(), Failure> {
        let days = 7 * self.weeks;
        // A spring without a holiday: of one that comes once nothing can be learned.
        let first = Date::new(2026, 3, 2)?;
        let mut table = ShownTable::default();
        for seed in (self.seed..).take(usize::from(seeds)) {
            let vacancies = Vacancies::simulated(seed, usize::from(self.lots), first, days)?;
            let summary = vacancies.judge(&Calendar::default(), self.days);
            print(&format!("种子 seed {seed}\n{}", summary.to_string().trim_end()))?;
            table.add(seed, &summary);
        }
        print(&table.to_string())
    }

    fn platform(&self) -> Result<(), Failure> {
        block_on(async {
            let store = self.records.open().await?;
            let today = moment::to_wall(SystemClock.now()).date();
            let since = today.saturating_sub(i64::from(self.days).days());
            let summary = forecast::summary(store.as_ref(), since).await?;
            if summary.lots == 0 {
                let words = "该平台还没有任何停车场的空位预测，每日 5:00 更新 no forecast has been learned here yet: one is each night at 05:00";
                return Err(BadUse(words.to_owned()).into());
            }
            print(summary.to_string().trim_end())
        })
    }
}

/// The forecasts that were shown, a line a city: lots, Brier score, and that of "as now".
#[derive(Default)]
struct ShownTable {
    lines: String,
    all: [Score; HORIZONS.len()],
}

impl ShownTable {
    fn add(&mut self, seed: u64, summary: &Summary) {
        // Writing into a text cannot fail.
        _ = write!(self.lines, "\n{seed:4}");
        for (row, all) in summary.rows.iter().zip(&mut self.all) {
            let (shown, asnow) = (row.shown.brier(), row.shown.persistence_brier());
            _ = write!(self.lines, " | {:4} {shown:.4} {asnow:.4}", row.lots_shown);
            all.merge(row.shown);
        }
    }
}

impl fmt::Display for ShownTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "已公布的预测 what was shown: lots, Brier, as now\nseed")?;
        HORIZONS.iter().try_for_each(|minutes| write!(f, " | {:18}", format!("{minutes} min")))?;
        write!(f, "{}\n all", self.lines)?;
        self.all
            .iter()
            .try_for_each(|all| write!(f, " |      {:.4} {:.4}", all.brier(), all.persistence_brier()))
    }
}
