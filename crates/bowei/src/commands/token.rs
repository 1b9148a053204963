//! `bowei token`.

use super::registry::known_provider;
use super::stores::Records;
use super::{Failure, bad_use, block_on, operator, print};
use bowei_model::moment;
use bowei_platform::accounts::{Role, entry, token, user};
use bowei_platform::{Clock as _, SystemClock};
use bowei_store::{Change, RegistryChange, Store, TokenRow};
use clap::{Args, Subcommand};
use jiff::SignedDuration;
use serde_json::json;

/// Makes, lists and revokes API tokens 签发、列出、吊销接口令牌.
#[derive(Subcommand)]
pub(crate) enum Token {
    /// Prints a new token, once: only its digest is kept 签发令牌，只打印一次
    Create(Create),
    /// Lists tokens by id, role, district and time 列出令牌
    List(Tokens),
    /// Ends a token; a running platform sees it within two seconds 吊销令牌，两秒内生效
    Revoke(Revoke),
}

/// The tokens of a store 接口令牌.
#[derive(Args)]
#[command(after_help = "Example 示例:\n  bowei token list --data bowei-data")]
pub(crate) struct Tokens {
    #[command(flatten)]
    records: Records,
}

/// Ends a token 吊销令牌.
#[derive(Args)]
#[command(after_help = "Example 示例:\n  bowei token revoke tk-4f0Jx2kQy1M --data bowei-data")]
pub(crate) struct Revoke {
    /// The token's id, as `bowei token list` shows it 令牌编号
    id: String,
    #[command(flatten)]
    tokens: Tokens,
}

/// Prints a new token 签发令牌.
#[derive(Args)]
#[command(after_help = "Example 示例:\n  bowei token create --role operator\n  \
    bowei token create --role provider:hz-demo\n  bowei token create --role regulator --district 330502")]
pub(crate) struct Create {
    /// regulator, operator, provider:CODE, viewer or, for an off-peak service, off-peak:CODE
    /// 角色：监管、运营、接入单位（provider:代码）、查看或错峰停车服务（off-peak:代码）
    #[arg(long, value_parser = token::role_of)]
    role: Role,
    /// It sees lots of this district alone: a prefix of a GB/T 2260 code, such as 3305 只可见此辖区：行政区划代码的前两位、四位或六位
    #[arg(long, value_name = "CODE")]
    district: Option<String>,
    /// It runs out after so many days; never without it 有效天数，不填则不过期
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    days: Option<u32>,
    #[command(flatten)]
    tokens: Tokens,
}

impl Token {
    pub(crate) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Create(create) => create.run(),
            Self::List(tokens) => tokens.list(),
            Self::Revoke(revoke) => revoke.run(),
        }
    }
}

impl Create {
    fn run(self) -> Result<(), Failure> {
        let now = SystemClock.now();
        let lifetime = self.days.map(|days| SignedDuration::from_hours(i64::from(days) * 24));
        let expires_at = lifetime.map(|lifetime| now.checked_add(lifetime)).transpose()?;
        user::bounded(&self.role, self.district.as_deref()).map_err(bad_use)?;
        let (token, row) = token::make(&self.role, self.district, now, expires_at)?;
        block_on(async {
            let store = self.tokens.records.open().await?;
            if let Role::Provider(code) = &self.role {
                known_provider(store.as_ref(), code).await?;
            }
            keep(store.as_ref(), "token.create", row).await
        })?;
        print(&token)
    }
}

impl Tokens {
    fn list(&self) -> Result<(), Failure> {
        let rows = block_on(async { Ok(self.records.open().await?.registry().await?.tokens) })?;
        let now = SystemClock.now();
        for row in rows {
            let issued = moment::rfc3339(row.issued_at);
            let district = row.district.unwrap_or_else(|| "-".to_owned());
            let until = match row.expires_at {
                None => "-".to_owned(),
                Some(at) if at <= now => format!("over since {}", moment::rfc3339(at)),
                Some(at) => format!("until {}", moment::rfc3339(at)),
            };
            print(&format!("{}\t{}\t{district}\t{issued}\t{until}", row.id, row.role))?;
        }
        Ok(())
    }
}

impl Revoke {
    fn run(self) -> Result<(), Failure> {
        block_on(async {
            let store = self.tokens.records.open().await?;
            let rows = store.registry().await?.tokens;
            let mut row = rows
                .into_iter()
                .find(|row| row.id == self.id)
                .ok_or_else(|| format!("there is no token {:?}: see `bowei token list`", self.id))?;
            row.expires_at = Some(SystemClock.now());
            keep(store.as_ref(), "token.delete", row).await
        })
    }
}

/// Keeps a token as it is now, and with it what the audit says of that.
async fn keep(store: &dyn Store, action: &str, row: TokenRow) -> Result<(), Failure> {
    let after = json!({"role": row.role, "district": row.district, "expires_at": row.expires_at.map(moment::rfc3339)});
    let what = (action, format!("token:{}", row.id));
    let audited = entry(&operator(), SystemClock.now(), what, (None, Some(after)));
    let change = RegistryChange { tokens: vec![row], ..RegistryChange::default() };
    Ok(store.administer(vec![Change::Registry(Box::new(change))], vec![audited]).await?)
}
