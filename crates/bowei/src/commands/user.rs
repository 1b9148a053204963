//! `bowei user`: people's accounts, where nobody is there yet to make them in the console.

use super::registry::known_provider;
use super::stores::Records;
use super::{Failure, bad_use, block_on, operator, print};
use bowei_model::moment;
use bowei_platform::accounts::user::{self, NewUser};
use bowei_platform::accounts::{Role, entry};
use bowei_platform::config::AccountsConfig;
use bowei_platform::{Clock as _, SystemClock};
use bowei_store::{Change, Store, UserRow};
use clap::{Args, Subcommand};
use serde_json::json;
use std::io::Read as _;

/// Makes, lists and closes people's accounts 管理用户账号.
#[derive(Subcommand)]
pub(crate) enum User {
    /// Makes an account and prints its login and password as JSON, once 新建账号，账号与初始密码以 JSON 打印一次
    Create(Create),
    /// Lists accounts by login, name, role, district and state 列出账号
    List(Users),
    /// Closes an account and signs its person out 停用账号并结束其会话
    Disable(One),
    /// Makes a new password, opens a closed account, takes its second factor away and unties it from the identity provider 重置密码、两步验证与统一身份绑定，恢复停用的账号
    Reset(One),
}

/// Makes an account 新建账号.
#[derive(Args)]
#[command(after_help = "Example 示例:\n  bowei user create --login zhang --name 张三 --role operator\n  \
    bowei user create --login li --name 李四 --role regulator --district 330502\n  \
    bowei user create --login wang --name 王五 --role provider --provider hz-demo\n  \
    printf %s \"$PASSWORD\" | bowei user create --login zhao --name 赵六 --role security-admin --password-stdin")]
pub(crate) struct Create {
    /// What the person signs in with: small letters, digits, dots, hyphens, underscores 账号：小写字母、数字、点、连字符、下划线
    #[arg(long)]
    login: String,
    /// The person's name 姓名
    #[arg(long)]
    name: String,
    /// operator, regulator, provider, viewer, system-admin, security-admin or auditor 角色
    #[arg(long)]
    role: String,
    /// The person sees lots of this district alone: a prefix of a GB/T 2260 code, such as 3305 只可见此辖区：行政区划代码的前两位、四位或六位
    #[arg(long, value_name = "CODE")]
    district: Option<String>,
    /// The provider whose lots are all that the person sees, for the role provider 接入单位代码，用于 provider 角色
    #[arg(long, value_name = "CODE")]
    provider: Option<String>,
    /// Read the password from standard input; without it one is made, which has to be changed at the first sign-in 从标准输入读取密码；不填则生成初始密码，首次登录须修改
    #[arg(long)]
    password_stdin: bool,
    #[command(flatten)]
    users: Users,
}

/// The accounts of a store 人员账号.
#[derive(Args)]
#[command(after_help = "Example 示例:\n  bowei user list --data bowei-data")]
pub(crate) struct Users {
    #[command(flatten)]
    records: Records,
}

/// One account 账号.
#[derive(Args)]
#[command(after_help = "Example 示例:\n  bowei user reset zhang --data bowei-data")]
pub(crate) struct One {
    /// The account's login, as `bowei user list` shows it 账号
    login: String,
    #[command(flatten)]
    users: Users,
}

impl User {
    pub(crate) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Create(create) => create.run(),
            Self::List(users) => users.list(),
            Self::Disable(one) => one.disable(),
            Self::Reset(one) => one.reset(),
        }
    }
}

impl Create {
    fn run(self) -> Result<(), Failure> {
        let Self { login, name, role, district, provider, password_stdin, users } = self;
        let role = user::role_of(&role, provider.as_deref()).map_err(bad_use)?;
        let password = if password_stdin { password_given(&login)? } else { user::new_password()? };
        let printed = user::login_of(&login);
        let digest = user::password_digest(&password).ok_or("no memory is left for the password's hash")?;
        let new = NewUser { login, name, role: role.clone(), district };
        let row = new.row(digest, !password_stdin, SystemClock.now()).map_err(bad_use)?;
        block_on(async {
            let store = users.records.open().await?;
            if let Role::Provider(code) = &role {
                known_provider(store.as_ref(), code).await?;
            }
            let after = Some(user::shown(&row));
            keep(store.as_ref(), "user.create", (None, after), row, Vec::new()).await
        })?;
        if password_stdin {
            return print(&json!({"login": printed, "password": null}).to_string());
        }
        print(&json!({"login": printed, "password": password}).to_string())
    }
}

/// The password on standard input: what a person chose, and as good as the rules ask.
fn password_given(login: &str) -> Result<String, Failure> {
    let mut text = String::new();
    std::io::stdin().take(4_096).read_to_string(&mut text)?;
    let password = text.trim_end_matches(['\r', '\n']).to_owned();
    user::password_fits(&password, &user::login_of(login), &AccountsConfig::default())?;
    Ok(password)
}

/// Keeps an account, and with it what the audit says of that.
pub(super) async fn keep(
    store: &dyn Store,
    action: &str,
    details: (Option<serde_json::Value>, Option<serde_json::Value>),
    row: UserRow,
    mut changes: Vec<Change>,
) -> Result<(), Failure> {
    let audited = entry(&operator(), SystemClock.now(), (action, format!("user:{}", row.login)), details);
    changes.push(Change::User(Box::new(row)));
    Ok(store.administer(changes, vec![audited]).await?)
}

impl Users {
    fn list(&self) -> Result<(), Failure> {
        let rows = block_on(async { Ok(self.records.open().await?.users().await?) })?;
        for row in rows {
            let district = row.district.as_deref().unwrap_or("-");
            let state = if row.disabled { "closed" } else { "open" };
            let last = row.last_sign_in_at.map_or("-".to_owned(), moment::rfc3339);
            print(&format!("{}\t{}\t{}\t{district}\t{state}\t{last}", row.login, row.name, row.role))?;
        }
        Ok(())
    }
}

impl One {
    async fn found(&self) -> Result<(std::sync::Arc<dyn Store>, UserRow), Failure> {
        let store = self.users.records.open().await?;
        let row = store.user(&user::login_of(&self.login)).await?;
        let row =
            row.ok_or_else(|| format!("there is no account {:?}: see `bowei user list`", self.login))?;
        Ok((store, row))
    }

    fn disable(self) -> Result<(), Failure> {
        block_on(async {
            let (store, before) = self.found().await?;
            let row = UserRow { disabled: true, ..before.clone() };
            let details = (Some(user::shown(&before)), Some(user::shown(&row)));
            let ended = Change::SessionsEnd { login: row.login.clone(), but: None };
            keep(store.as_ref(), "user.change", details, row, vec![ended]).await
        })
    }

    fn reset(self) -> Result<(), Failure> {
        let password = user::new_password()?;
        let digest = user::password_digest(&password).ok_or("no memory is left for the password's hash")?;
        let login = block_on(async {
            let (store, before) = self.found().await?;
            let mut row = UserRow { disabled: false, totp: None, identity: None, ..before.clone() };
            user::set_password(&mut row, digest, true, SystemClock.now(), &AccountsConfig::default());
            // One who has been away too long is let in again.
            row.last_sign_in_at = Some(row.password_set_at);
            let login = row.login.clone();
            let details = (Some(user::shown(&before)), Some(user::shown(&row)));
            let others = vec![
                Change::SessionsEnd { login: login.clone(), but: None },
                Change::FailuresClear(format!("login:{login}")),
            ];
            keep(store.as_ref(), "user.reset", details, row, others).await?;
            Ok(login)
        })?;
        print(&json!({"login": login, "password": password}).to_string())
    }
}
