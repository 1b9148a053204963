//! The `bowei` command: one binary for the city platform and its tools.
//!
//! Everything here is wiring: flags into configurations, errors onto stderr with what to do next, and exit codes:
//! 0 done, 1 failed, 2 bad use.

mod commands;
mod logging;
mod repeats;

use clap::{CommandFactory as _, Parser, Subcommand};
use std::process::ExitCode;
use std::sync::LazyLock;

/// Reports are made by threads that serve connections and freed by the one that writes: the system's allocator has
/// both wait for each other. The gateway alone has a few reports at a time, and the system's allocator takes less.
#[cfg(feature = "platform")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What this was built from: the commit, where whoever built it said so (`BOWEI_COMMIT`).
const BUILD: &str = match option_env!("BOWEI_COMMIT") {
    Some(commit) => commit,
    None => "development build",
};

/// The version, what it was built from, and whether it has the pages.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    #[cfg(feature = "platform")]
    let pages = if bowei_platform::http::has_pages() { "with pages" } else { "without pages" };
    #[cfg(not(feature = "platform"))]
    let pages = "the gateway alone";
    format!("{} ({BUILD}, {pages})", env!("CARGO_PKG_VERSION"))
});

/// 泊位 Bowei：城市停车数据，从道闸到城市平台 city parking data, from the barrier to the city platform.
#[derive(Parser)]
#[command(version = VERSION.as_str(), propagate_version = true, arg_required_else_help = true)]
#[command(
    after_help = "Example 示例:\n  bowei demo\n  bowei serve --listen 127.0.0.1:8080 --data bowei-data\n\n\
    Exit codes 退出码: 0 done 成功, 1 failed 失败, 2 bad use 用法错误"
)]
struct Command {
    #[command(subcommand)]
    what: Subcommands,
}

#[derive(Subcommand)]
enum Subcommands {
    /// Runs the city platform 运行城市平台
    #[cfg(feature = "platform")]
    Serve(commands::serve::Serve),
    /// Runs the gateway at a lot 运行停车场网关
    Edge(commands::edge::Edge),
    /// Runs a platform and a simulated city on this machine 一键演示
    #[cfg(feature = "platform")]
    Demo(commands::demo::Demo),
    /// Drives a seeded city, or replays real days, against a platform 模拟城市与真实数据回放
    #[cfg(feature = "platform")]
    City(commands::city::City),
    /// Registers providers, lots and credentials 登记接入单位、停车场与访问凭证
    #[cfg(feature = "platform")]
    #[command(subcommand)]
    Registry(commands::registry::Registry),
    /// Makes, lists and revokes API tokens 签发、列出、吊销接口令牌
    #[cfg(feature = "platform")]
    #[command(subcommand)]
    Token(commands::token::Token),
    /// Makes, lists and closes people's accounts 管理用户账号
    #[cfg(feature = "platform")]
    #[command(subcommand)]
    User(commands::user::User),
    /// Looks whether the audit is whole 核验审计日志
    #[cfg(feature = "platform")]
    #[command(subcommand)]
    Audit(commands::audit::Audit),
    /// Verifies the signed package of an order, offline 离线核验文书证据包
    #[cfg(feature = "platform")]
    Verify(commands::verify::Verify),
    /// Shows, changes and tries the rules of supervision 监管规则集
    #[cfg(feature = "platform")]
    #[command(subcommand)]
    Rules(commands::rules::Rules),
    /// Judges the forecasts of free spaces 评估空位预测
    #[cfg(feature = "platform")]
    #[command(subcommand)]
    Forecast(commands::forecast::Forecast),
    /// Moves a running small city to a shared database 将运行中的小型城市迁移到共享数据库
    #[cfg(feature = "cluster")]
    Migrate(commands::migrate::Migrate),
    /// Puts a store away in a folder, while it is in use 备份（可在运行时进行）
    #[cfg(feature = "cluster")]
    Backup(commands::backup::Backup),
    /// Gets a store back out of a folder 恢复
    #[cfg(feature = "cluster")]
    Restore(commands::backup::Restore),
    /// Puts old days of a shared database away into Parquet files 归档旧日数据
    #[cfg(feature = "cluster")]
    Archive(commands::archive::Archive),
    /// Makes one message of a standard and shows each step 按标准生成一条报文并显示每一步
    Seal(commands::seal::Seal),
    /// Opens one message of a standard and shows each step 解析一条报文并显示每一步
    Open(commands::open::Open),
    /// Prints the OpenAPI document 输出接口文档
    #[cfg(feature = "platform")]
    #[command(after_help = "Example 示例:\n  bowei openapi > openapi.json")]
    Openapi,
    /// Prints what a shell needs to complete this command 输出命令行补全脚本
    Completions(commands::completions::Completions),
}

/// What this process makes is for its own user alone: plates, pictures, keys, copies of all of them.
const UMASK: u32 = 0o077;

/// Files open at once, each connection being one: sixteen times the connections that a platform takes by default.
const FILES_MAX: u64 = 65_536;

/// Lets the process open as many files as its system permits it: what a login shell begins with is too few for a city.
fn allow_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = maximum.unwrap_or(FILES_MAX).min(FILES_MAX);
    if current.is_some_and(|current| current < wanted) {
        // Without it there is less room, which is no reason not to start.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum });
    }
}

fn main() -> ExitCode {
    // Before anything is written, and before there is a second thread.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(UMASK));
    allow_files();
    let command = Command::parse();
    // Dropped last, after which nothing is logged any more: it writes what still waits.
    let _log = logging::start();
    let done = match command.what {
        #[cfg(feature = "platform")]
        Subcommands::Serve(serve) => serve.run(),
        Subcommands::Edge(edge) => edge.run(),
        #[cfg(feature = "platform")]
        Subcommands::Demo(demo) => demo.run(),
        #[cfg(feature = "platform")]
        Subcommands::City(city) => city.run(),
        #[cfg(feature = "platform")]
        Subcommands::Registry(registry) => registry.run(),
        #[cfg(feature = "platform")]
        Subcommands::Token(token) => token.run(),
        #[cfg(feature = "platform")]
        Subcommands::User(user) => user.run(),
        #[cfg(feature = "platform")]
        Subcommands::Audit(audit) => audit.run(),
        #[cfg(feature = "platform")]
        Subcommands::Verify(verify) => verify.run(),
        #[cfg(feature = "platform")]
        Subcommands::Rules(rules) => rules.run(),
        #[cfg(feature = "platform")]
        Subcommands::Forecast(forecast) => forecast.run(),
        #[cfg(feature = "cluster")]
        Subcommands::Migrate(migrate) => migrate.run(),
        #[cfg(feature = "cluster")]
        Subcommands::Backup(backup) => backup.run(),
        #[cfg(feature = "cluster")]
        Subcommands::Restore(restore) => restore.run(),
        #[cfg(feature = "cluster")]
        Subcommands::Archive(archive) => archive.run(),
        Subcommands::Seal(seal) => seal.run(),
        Subcommands::Open(open) => open.run(),
        #[cfg(feature = "platform")]
        Subcommands::Openapi => commands::print(bowei_platform::http::openapi().trim_end()),
        Subcommands::Completions(completions) => completions.run(Command::command()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            commands::note(&format!("bowei: {error}"));
            if error.is::<commands::BadUse>() { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}
