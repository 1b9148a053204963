//! `bowei rules`: the rules by which lots are supervised.

use super::stores::Records;
use super::{Failure, block_on, note, operator, print, read_named};
use bowei_model::supervision::RuleSet;
use bowei_platform::supervision::replay::{Progress, Replayed, replay};
use bowei_platform::supervision::rule_book::{RuleVersion, apply, in_force, read};
use bowei_platform::{Clock as _, SystemClock};
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How often the bar moves.
const TICK: Duration = Duration::from_millis(250);

/// The versioned rule set 监管规则集.
#[derive(Subcommand)]
pub(crate) enum Rules {
    /// Prints the rules that are in force, every setting with its value 查看现行规则集
    Show(Show),
    /// Puts a rule set in force; every node goes by it within seconds 启用规则集
    Apply(Apply),
    /// Shows what a rule set would change of the last days, and puts nothing in force 试算规则集
    Replay(Replay),
}

/// Prints the rules that are in force 显示现行规则集.
#[derive(Args)]
#[command(after_help = "Example 示例:\n  bowei rules show --data bowei-data > rules.toml")]
pub(crate) struct Show {
    /// What was changed alone 仅列出改动
    #[arg(long)]
    changed: bool,
    #[command(flatten)]
    records: Records,
}

/// Puts a rule set in force 启用规则集.
#[derive(Args)]
#[command(
    after_help = "What is not in the file is the default. Orders keep the version that they were issued under.\n\n\
    Example 示例:\n  bowei rules apply rules.toml --note 试运行期放宽及时率 --data bowei-data"
)]
pub(crate) struct Apply {
    /// The rule set, TOML 规则集文件
    file: PathBuf,
    /// Why 理由
    #[arg(long, default_value = "bowei rules apply")]
    note: String,
    #[command(flatten)]
    records: Records,
}

/// Shows what a rule set would change 试算规则集.
#[derive(Args)]
#[command(after_help = "Example 示例:\n  bowei rules replay rules.toml --days 90 --data bowei-data")]
pub(crate) struct Replay {
    /// The rule set, TOML 规则集文件
    file: PathBuf,
    /// Over so many days back from today, 92 at most 天数
    #[arg(long, default_value_t = 90)]
    days: u32,
    /// As JSON 以 JSON 输出
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    records: Records,
}

impl Rules {
    pub(crate) fn run(self) -> Result<(), Failure> {
        block_on(async {
            match self {
                Self::Show(show) => show.run().await,
                Self::Apply(apply) => apply.run().await,
                Self::Replay(replay) => replay.run().await,
            }
        })
    }
}

impl Show {
    async fn run(self) -> Result<(), Failure> {
        let store = self.records.open().await?;
        let RuleVersion { version, toml, by, at, note, .. } = in_force(store.as_ref()).await?;
        match version {
            0 => print("# 默认规则集 the default rules")?,
            _ => print(&format!(
                "# 第 {version} 版 version {version}: {by}, {}: {note}",
                bowei_model::moment::rfc3339(at)
            ))?,
        }
        let rules: RuleSet = read(&toml)?;
        print(if self.changed { toml } else { toml::to_string(&rules)? }.trim_end())
    }
}

impl Apply {
    async fn run(self) -> Result<(), Failure> {
        let text = read_named(&self.file)?;
        let store = self.records.open().await?;
        let done = apply(store.as_ref(), &text, (&self.note, None), &operator(), SystemClock.now()).await?;
        print(&format!("第 {0} 版已启用 version {0} is in force", done.version))
    }
}

impl Replay {
    async fn run(self) -> Result<(), Failure> {
        let draft = Arc::new(read(&read_named(&self.file)?)?);
        let store = self.records.open().await?;
        let current = Arc::new(read(&in_force(store.as_ref()).await?.toml)?);
        let lots = store.registry().await?.lots;
        let progress = Progress::default();
        let bar = ProgressBar::new(0).with_style(ProgressStyle::with_template("{bar:40} {pos}/{len} {eta}")?);
        let work =
            replay(Arc::clone(&store), lots, (current, draft), self.days, SystemClock.now(), &progress);
        tokio::pin!(work);
        let done = loop {
            tokio::select! {
                done = &mut work => break done?,
                () = tokio::time::sleep(TICK) => {
                    bar.set_length(progress.all.load(Ordering::Relaxed));
                    bar.set_position(progress.done.load(Ordering::Relaxed));
                }
            }
        };
        bar.finish_and_clear();
        if self.json {
            return print(&serde_json::to_string_pretty(&done)?);
        }
        let Replayed { days, lots, passages, rules } = done;
        note(&format!(
            "{days} 天，{lots} 个停车场，{passages} 次进出 {days} days, {lots} lots, {passages} passages"
        ));
        if rules.is_empty() {
            return print("没有变化 nothing would change");
        }
        print("规则 rule\t问题 findings\t新增 new\t消失 gone\t案件 cases\t停车场 lots")?;
        for change in rules {
            let named = |sign: &str, lots: &[String]| {
                lots.iter().map(|lot| format!(" {sign}{lot}")).collect::<String>()
            };
            print(&format!(
                "{}\t{} → {}\t+{}\t−{}\t{} → {}\t{}{}",
                change.rule,
                change.findings_before,
                change.findings_after,
                change.findings_new,
                change.findings_gone,
                change.cases_before,
                change.cases_after,
                named("+", &change.lots_new),
                named("−", &change.lots_gone),
            ))?;
        }
        Ok(())
    }
}
