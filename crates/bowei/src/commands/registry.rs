//! `bowei registry`.

use super::message::standards;
use super::stores::{Records, Secrets};
use super::{Failure, bad_use, block_on, note, open_named, operator, print, read_named};
use bowei_model::{Lot, ProviderCode, Standing};
use bowei_platform::registry::apply::{ApplyOptions, HandedOut, OVERLAP, apply, rotate};
use bowei_platform::registry::approve;
use bowei_platform::registry::import::{FILE_MAX_BYTES, ImportError, ImportOptions, Imported, import};
use bowei_platform::{Clock as _, SystemClock};
use bowei_standards::Standard;
use bowei_store::Store;
use clap::{Args, Subcommand};
use jiff::SignedDuration;
use serde_json::json;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// How many lots without an id are named one by one.
const NAMED_MAX: usize = 50;

/// Registers providers, lots and credentials 登记接入单位、停车场与访问凭证.
#[derive(Subcommand)]
pub(crate) enum Registry {
    /// Creates or updates what a file lists, and prints the credentials it made as JSON, once 按登记文件新建或更新，凭证以 JSON 打印一次
    Apply(Apply),
    /// Creates or updates lots from the table of the Ningbo standard's annex 导入停车场静态数据信息表
    Import(Import),
    /// Approves lots that describe themselves; without a code, lists those that wait 审批自行上报的停车场
    Approve(Approve),
    /// Gives a provider's account a new credential; the old one is accepted for a while beside it 轮换凭证，旧凭证在一段时间内仍有效
    Rotate(Rotate),
}

/// Creates or updates what a file lists 按登记文件新建或更新.
#[derive(Args)]
#[command(
    after_help = "Example 示例:\n  bowei registry apply city.toml --data bowei-data > credentials.json\n\
    A platform that runs on the same data sees the change within two seconds."
)]
pub(crate) struct Apply {
    /// The registry file 登记文件
    file: PathBuf,
    /// Hours that a replaced credential is still accepted 被更换的凭证继续有效的小时数
    #[arg(long, value_name = "HOURS", default_value_t = OVERLAP.as_hours())]
    overlap: i64,
    /// Undo what was changed in the console, where the file says otherwise 以文件为准，覆盖控制台的修改
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    secrets: Secrets,
}

/// Creates or updates lots from the table of the Ningbo standard's annex 导入停车场静态数据信息表.
#[derive(Args)]
#[command(
    after_help = "Columns are found by their names, in any order; docs/registry.md lists them. CSV may be UTF-8 or GB18030.\n\n\
    Example 示例:\n  bowei registry import 停车场静态数据.xlsx --data bowei-data\n  \
    bowei registry import lots.csv --provider nb-demo --district 330203"
)]
pub(crate) struct Import {
    /// The table: .csv or .xlsx 表格文件，.csv 或 .xlsx
    file: PathBuf,
    /// The provider of all its lots; without it each row's 经营单位, registered by that name where it is new
    #[arg(long, value_name = "CODE")]
    provider: Option<String>,
    /// The district of lots without a 停车场编号: six digits, GB/T 2260 [default: 330200, 宁波市]
    #[arg(long, value_name = "CODE")]
    district: Option<String>,
    /// Undo what was changed in the console, where the table says otherwise 以表格为准，覆盖控制台的修改
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    records: Records,
}

/// Approves lots that describe themselves, so that they are public and counted 审批自行上报的停车场.
#[derive(Args)]
#[command(after_help = "Example 示例:\n  bowei registry approve --data bowei-data\n  \
    bowei registry approve isp-0a1b2c3d isp-4e5f6a7b --data bowei-data")]
pub(crate) struct Approve {
    /// The lots' codes 停车场编号
    codes: Vec<String>,
    #[command(flatten)]
    records: Records,
}

/// Gives a provider's account a new credential 轮换凭证.
#[derive(Args)]
#[command(after_help = "Example 示例:\n  bowei registry rotate hz-demo huzhou\n  \
    bowei registry rotate hz-demo huzhou --overlap 0     (the old one is dead at once: after abuse)")]
pub(crate) struct Rotate {
    /// The provider's code 接入单位代码
    provider: String,
    /// The standard 标准
    #[arg(value_parser = standards())]
    standard: &'static dyn Standard,
    /// Hours that the old credential is still accepted 旧凭证继续有效的小时数
    #[arg(long, value_name = "HOURS", default_value_t = OVERLAP.as_hours())]
    overlap: i64,
    #[command(flatten)]
    secrets: Secrets,
}

impl Registry {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let handed_out = block_on(async {
            let now = SystemClock.now();
            match self {
                Self::Import(import) => import.run().await.map(|()| None),
                Self::Approve(approve) => approve.run().await.map(|()| None),
                Self::Apply(Apply { file, overlap, force, secrets }) => {
                    let options = ApplyOptions { overlap: hours(overlap)?, force };
                    let text = read_named(&file)?;
                    let (store, key) = secrets.open_or_make().await?;
                    Ok(Some(apply(store.as_ref(), &key, &text, options, now, &operator()).await?))
                }
                Self::Rotate(Rotate { provider, standard, overlap, secrets }) => {
                    let (overlap, standard) = (hours(overlap)?, standard.card().name);
                    let (store, key) = secrets.open().await?;
                    let provider = provider.as_str().into();
                    known_provider(store.as_ref(), &provider).await?;
                    let handed_out =
                        rotate(store.as_ref(), &key, &provider, standard, overlap, now, &operator()).await?;
                    Ok(Some(handed_out))
                }
            }
        })?;
        handed_out.as_ref().map_or(Ok(()), say)
    }
}

impl Approve {
    async fn run(self) -> Result<(), Failure> {
        let store = self.records.open().await?;
        if self.codes.is_empty() {
            for lot in
                store.registry().await?.lots.into_iter().filter(|lot| lot.standing == Standing::Waiting)
            {
                let Lot { code, provider, district, name, address, .. } = lot;
                print(&format!("{code}\t{provider}\t{district}\t{name}\t{address}"))?;
            }
            return Ok(());
        }
        let codes: Vec<_> = self.codes.iter().map(|code| code.as_str().into()).collect();
        approve(store.as_ref(), &codes, &operator(), SystemClock.now()).await.map_err(|error| {
            format!("{error}: `bowei registry approve` without a code lists those that wait").into()
        })
    }
}

impl Import {
    async fn run(self) -> Result<(), Failure> {
        let bytes = read(&self.file)?;
        let provider = self.provider.map(Into::into);
        let options = ImportOptions {
            provider,
            district: self.district,
            force: self.force,
            by: operator(),
            now: SystemClock.now(),
        };
        let store = self.records.open_or_make().await?;
        let imported = import(store.as_ref(), bytes, &options).await.map_err(|error| match error {
            ImportError::District(_) => bad_use(error),
            _ => format!("{}: {error}", self.file.display()).into(),
        })?;
        let Imported { created, changed, unchanged, providers, without_id } = imported;
        for provider in &providers {
            let (code, name) = (&provider.code, &provider.name);
            note(&format!(
                "bowei: {name} is registered as provider {code}: `bowei registry apply` gives it a credential"
            ));
        }
        for lot in without_id.iter().take(NAMED_MAX) {
            let (row, name, code) = (lot.row, &lot.name, &lot.code);
            note(&format!("bowei: row {row}: {name} ({code}) cannot report until it has a 停车场编号"));
        }
        if let Some(more) = without_id.len().checked_sub(NAMED_MAX).filter(|more| *more > 0) {
            note(&format!("bowei: and {more} more without a 停车场编号"));
        }
        let without_id = without_id.len();
        let summary = json!({
            "created": created, "changed": changed, "unchanged": unchanged, "without_id": without_id,
            "providers": providers.iter().map(|provider| provider.code.as_str()).collect::<Vec<_>>(),
        });
        print(&summary.to_string())
    }
}

/// Sees that there is such a provider.
pub(super) async fn known_provider(store: &dyn Store, code: &ProviderCode) -> Result<(), Failure> {
    if store.registry().await?.providers.iter().any(|provider| provider.code == *code) {
        return Ok(());
    }
    Err(format!(
        "没有登记接入单位 {code} there is no such provider: register it first, with `bowei registry apply`"
    )
    .into())
}

/// Reads a table whole, and of what is too large no more than shows that it is.
fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = open_named(path)?.take(FILE_MAX_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(|error| format!("{}：无法读取 cannot be read: {error}", path.display()))?;
    Ok(bytes)
}

fn say(handed_out: &HandedOut) -> Result<(), Failure> {
    print(&serde_json::to_string_pretty(handed_out)?)
}

fn hours(hours: i64) -> Result<SignedDuration, Failure> {
    if !(0..=24 * 366).contains(&hours) {
        return Err(bad_use(
            "--overlap 为小时数，应为 0 至一年 --overlap is in hours: 0 to a year is expected",
        ));
    }
    Ok(SignedDuration::from_hours(hours))
}
