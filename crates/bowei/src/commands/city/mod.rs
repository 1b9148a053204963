//! `bowei city`: drives a seeded city, or replays real days, against a platform, and says whether the platform's
//! counts equal the truth.

mod drivers;
mod judge;

use super::local_platform::Registered;
use super::stores::Secrets;
use super::{BadUse, Failure, block_on, local_platform, open_named, print, read_named, show, stop_signal};
use bowei_city::faults::FaultOptions;
use bowei_city::replay::{Replay, ReplayOptions};
use bowei_city::run::{HoursOptions, hours};
use bowei_city::verdict::{
    Expected, Records, fetch_charges, fetch_sessions, judge_charge_numbers, judge_charges, judge_sessions,
};
use bowei_city::{
    Accounts, CityPlan, PlanOptions, Prepared, Progress, SendOptions, SharedTruth, Speed, Stop, fetch_counts,
    judge, send,
};
use bowei_model::LotCode;
use bowei_platform::{Clock as _, Running, SystemClock};
use clap::{ArgGroup, Args};
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;
use tempfile::TempDir;

/// Drives a seeded city, or replays real days 用模拟城市或真实数据驱动平台.
#[derive(Args)]
#[command(group = ArgGroup::new("judged").args(["faults", "drivers"]).multiple(true))]
#[command(after_help = "Example 示例:\n  \
    bowei city                                            a city and a platform of its own, four hours, and the verdict\n  \
    bowei city --standard isp --faults                    a bad day under one standard instead of the mix\n  \
    bowei city --days 28 --faults --judge                 weeks with every fault, and whether each rule finds it\n  \
    bowei city --hours 4 --drivers --judge                drivers who reserve, and whether every order ends as it should\n  \
    bowei city --replay LOTS.csv FREE-SPACES.csv          a real day on a platform of its own\n  \
    bowei city --url http://127.0.0.1:8080 --data DIR     against a running platform on the same data\n  \
    bowei city --plan city.toml                           only the registry file, for a platform elsewhere; then:\n  \
    bowei city --url http://HOST:PORT --credentials FILE --token TOKEN")]
pub(crate) struct City {
    /// The platform's address; without it a platform is started for the purpose 平台地址，不填则临时启动一个
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    #[command(flatten)]
    secrets: Secrets,
    /// What `bowei registry apply` printed for the city's registry file, for a platform elsewhere 在别处登记时打印的凭证文件
    #[arg(long, value_name = "FILE", requires = "url", requires = "token")]
    credentials: Option<PathBuf>,
    /// An operator's token, for the verdict, on a platform elsewhere 别处平台的运营令牌，用于核对
    #[arg(long, value_name = "TOKEN")]
    token: Option<String>,
    /// Write the city's registry file and do nothing else 只生成登记文件
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    /// The seed: the same seed, the same city 种子，相同的种子生成相同的城市
    #[arg(long, default_value_t = 2026)]
    seed: u64,
    /// How many lots and on-street sections: 48, or 20 where weeks are judged, or 12 with drivers 停车场与路段数
    #[arg(long)]
    lots: Option<usize>,
    /// The standard that all lots speak; without it a city speaks them all, and a real day that of Huzhou 所有停车场采用的标准，不填则五种都用
    #[arg(long, value_name = "NAME", value_parser = standard)]
    standard: Option<&'static str>,
    /// How many hours of the city; they end now 模拟的小时数，到现在为止
    #[arg(long, default_value_t = 4.0)]
    hours: f64,
    /// Simulated seconds a second, from 1, or max: as quickly as the platform takes it 模拟速度，max 为尽快
    #[arg(long, default_value = "max")]
    speed: Speed,
    /// The share of parkings that are photographed, 0 to 1 拍照的停车比例，0 至 1
    #[arg(long, default_value_t = 0.1)]
    photos: f64,
    /// Let things go wrong: messages repeated, late and out of order, plates misread 加入故障：重复、迟到、乱序、车牌误识别
    #[arg(long)]
    faults: bool,
    /// Let drivers reserve spaces, at lots that answer well and badly: a day of a platform of its own 让车主预约一天的车位
    #[arg(long, requires = "judge", conflicts_with = "faults")]
    drivers: bool,
    /// With --faults: make weeks of the past with every fault that a rule is about, and say how well each rule finds them.
    /// With --drivers: say whether every order ended as it should 生成数周数据并评价每条规则，或核对每个预约的结果
    #[arg(long, requires = "judged", conflicts_with_all = ["url", "plan", "replay", "standard"])]
    judge: bool,
    /// How many days are judged; the first two weeks are what rules learn from 评价的天数
    #[arg(long, default_value_t = 28, requires = "judge", value_parser = clap::value_parser!(u16).range(2..=400))]
    days: u16,
    /// The day before which they end, a past one: the same seed and end, the same weeks [default: yesterday] 结束日期（不含当日），默认昨天
    #[arg(long, value_name = "DATE", requires = "judge", conflicts_with = "drivers")]
    until: Option<Date>,
    /// Write the figures of every rule, or of the orders, as JSON 以 JSON 写出指标
    #[arg(long, value_name = "FILE", requires = "judge")]
    json: Option<PathBuf>,
    /// Connections at once 并发连接数
    #[arg(long, default_value_t = 8)]
    connections: usize,
    /// Take a real day: the lots, and their free spaces over the day 回放真实的一天：停车场文件与空位文件
    #[arg(long, num_args = 2, value_names = ["LOTS.csv", "FREE-SPACES.csv"])]
    replay: Option<Vec<PathBuf>>,
    /// Of a real day, take so many lots only 只取前若干个停车场
    #[arg(long, value_name = "N", requires = "replay")]
    replay_lots: Option<usize>,
}

/// How many lots a city has, and one of which weeks are judged.
const LOTS: usize = 48;
const JUDGED_LOTS: usize = 20;
const DRIVERS_LOTS: usize = 12;

/// A city made ready: what it does, and what must come of it.
struct Ready {
    plan: CityPlan,
    prepared: Prepared,
    outcome: Outcome,
}

/// What must come of it.
enum Outcome {
    /// What really happened, record by record.
    Truth(SharedTruth),
    /// The last counts of a recorded day and, of a standard of charges, how many there were.
    Recorded(BTreeMap<LotCode, Expected>, BTreeMap<LotCode, u64>),
}

/// The standard of that name.
pub(super) fn standard(name: &str) -> Result<&'static str, String> {
    let known: Vec<_> = bowei_city::plan::spoken().collect();
    let found = known.iter().copied().find(|known| *known == name);
    found.ok_or_else(|| format!("one of {} is expected", known.join(", ")))
}

/// A platform to drive it against.
struct Against {
    url: String,
    accounts: Accounts,
    token: String,
    own: Option<(Running, TempDir)>,
}

impl City {
    pub(crate) fn run(self) -> Result<(), Failure> {
        if self.drivers {
            let lots = self.lots.unwrap_or(DRIVERS_LOTS);
            let day = drivers::DriversDay { seed: self.seed, lots, hours: self.hours };
            return block_on(day.judge(self.json.as_deref()));
        }
        if self.judge {
            let (lots, until) = (self.lots.unwrap_or(JUDGED_LOTS), self.until);
            let weeks = judge::Weeks { seed: self.seed, lots, days: self.days, until };
            return block_on(weeks.judge(self.json.as_deref()));
        }
        let ready = self.ready()?;
        if let Some(path) = &self.plan {
            std::fs::write(path, ready.plan.registry_file())?;
            return print(&format!("{}：{}", path.display(), ready.plan));
        }
        block_on(self.drive(ready))
    }

    fn ready(&self) -> Result<Ready, Failure> {
        let now = SystemClock.now();
        if let Some([lots, free_spaces]) = self.replay.as_deref() {
            let usual = ReplayOptions::default();
            let standard = self.standard.unwrap_or(usual.standard);
            let options = ReplayOptions { seed: self.seed, lots_max: self.replay_lots, standard, ..usual };
            for named in [lots, free_spaces] {
                open_named(named)?;
            }
            let replay = Replay::open(lots, free_spaces, &options)?;
            print(&replay.to_string())?;
            let outcome = Outcome::Recorded(replay.expected(), replay.expected_charges());
            return Ok(Ready { plan: replay.plan().clone(), prepared: replay.prepare(now), outcome });
        }
        let options =
            PlanOptions { seed: self.seed, lots: self.lots.unwrap_or(LOTS), standard: self.standard };
        let plan = CityPlan::new(&options)?;
        let faults = self.faults.then(|| FaultOptions::bad_day(self.seed));
        let options =
            HoursOptions { hours: self.hours, photos: self.photos, faults, ..HoursOptions::default() };
        let prepared = hours(&plan, &options, now);
        let truth = prepared.truth.clone();
        print(&plan.to_string())?;
        Ok(Ready { plan, prepared, outcome: Outcome::Truth(truth) })
    }

    async fn against(&self, plan: &CityPlan) -> Result<Against, Failure> {
        if let (Some(url), Some(file), Some(token)) = (&self.url, &self.credentials, &self.token) {
            let accounts = Accounts::read(&read_named(file)?)?;
            return Ok(Against { url: url.clone(), accounts, token: token.clone(), own: None });
        }
        let records = &self.secrets.records;
        match (&self.url, records.data.is_some() || records.database.is_some()) {
            (Some(url), true) => {
                let Registered { accounts, token, .. } = local_platform::register(plan, &self.secrets).await?;
                // A running platform sees what was registered within two seconds.
                tokio::time::sleep(std::time::Duration::from_secs(2)).await;
                Ok(Against { url: url.clone(), accounts, token, own: None })
            }
            (Some(_), false) => Err(BadUse(
                "--url needs --data DIR or --database URL (the platform's own), or --credentials FILE --token TOKEN"
                    .to_owned(),
            )
            .into()),
            (None, _) => {
                let folder = tempfile::Builder::new().prefix("bowei-city-").tempdir()?;
                let data = records.data.clone().unwrap_or_else(|| folder.path().to_owned());
                let running = local_platform::platform(&data, &self.secrets).await?;
                let app = running.app();
                let Registered { accounts, token, .. } = local_platform::register_in(
                    app.store.as_ref(),
                    app.registry.key(),
                    plan,
                    &data,
                    SystemClock.now(),
                )
                .await?;
                app.registry.refresh().await?;
                let url = format!("http://{}", running.address);
                Ok(Against { url, accounts, token, own: Some((running, folder)) })
            }
        }
    }

    async fn drive(&self, ready: Ready) -> Result<(), Failure> {
        let stop_asked = stop_signal()?;
        let Ready { plan, prepared, outcome } = ready;
        let against = self.against(&plan).await?;
        let options = SendOptions {
            connections: self.connections,
            speed: self.speed,
            ..SendOptions::new(&against.url)
        };
        let (stop, stop_signal) = Stop::new();
        let begun = Instant::now();
        let tell = |progress: &Progress| {
            if std::io::stderr().is_terminal() {
                show(&format!("\r── {progress}        "));
            }
        };
        let clock = Arc::new(|| SystemClock.now());
        let sending = send(prepared, &plan, &against.accounts, &options, clock, tell, stop_signal);
        tokio::pin!(sending);
        let progress = tokio::select! {
            sent = &mut sending => sent?,
            () = stop_asked => {
                stop.give();
                sending.await?
            }
        };
        let seconds = begun.elapsed().as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
        let rate = progress.accepted as f64 / seconds;
        print(&format!("{progress}"))?;
        print(&format!("用时 {seconds:.1} 秒，每秒 {rate:.0} 条 took {seconds:.1} s, {rate:.0} a second"))?;
        let is_right = outcome.judged(&plan, &against).await?;
        if let Some((running, _folder)) = against.own {
            running.stop().await;
        }
        if is_right && progress.is_complete() {
            return Ok(());
        }
        Err("平台的计数与真实情况不一致 the platform's counts do not equal the truth: see above".into())
    }
}

impl Outcome {
    /// Whether the platform knows just what happened; says how it compares.
    async fn judged(self, plan: &CityPlan, against: &Against) -> Result<bool, Failure> {
        let (url, token) = (&against.url, &against.token);
        let expected = match &self {
            Self::Truth(truth) => truth.look().expected(),
            Self::Recorded(expected, _) => expected.clone(),
        };
        let verdict = judge(&expected, &fetch_counts(url, token).await?);
        print(&verdict.to_string())?;
        let records: Vec<Records> = match self {
            Self::Truth(truth) => {
                let mut sessions = Vec::new();
                for lot in &plan.lots {
                    sessions.extend(fetch_sessions(url, token, &lot.code).await?);
                }
                let charges = fetch_charges(url, token).await?;
                let truth = truth.look();
                vec![judge_sessions(&truth, &sessions), judge_charges(&truth, &charges)]
            }
            Self::Recorded(_, charges) if charges.values().any(|number| *number > 0) => {
                vec![judge_charge_numbers(&charges, &fetch_charges(url, token).await?)]
            }
            Self::Recorded(..) => Vec::new(),
        };
        for records in &records {
            print(&records.to_string())?;
        }
        Ok(verdict.is_right() && records.iter().all(Records::is_right))
    }
}
