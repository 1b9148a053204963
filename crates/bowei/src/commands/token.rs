//! `bowei token`.

use super::{DataFolder, Failure, block_on, print};
use bowei_platform::registry::token::{self, Role};
use bowei_platform::{Clock as _, SystemClock, open_embedded};
use bowei_store::RegistryChange;
use clap::{Args, Subcommand};
use jiff::SignedDuration;

/// Makes API tokens.
#[derive(Subcommand)]
pub(crate) enum Token {
    /// Prints a new token, once: only its digest is kept
    Create(Create),
}

/// Prints a new token.
#[derive(Args)]
#[command(after_help = "Example 示例:\n  bowei token create --role operator\n  \
    bowei token create --role provider:hz-demo\n  bowei token create --role regulator --district 330502")]
pub(crate) struct Create {
    /// regulator, operator, provider:CODE or viewer
    #[arg(long)]
    role: Role,
    /// It sees lots of this district alone: a prefix of a GB/T 2260 code, such as 3305
    #[arg(long, value_name = "CODE")]
    district: Option<String>,
    /// It runs out after so many days; never without it
    #[arg(long, value_name = "N")]
    days: Option<u32>,
    #[command(flatten)]
    folder: DataFolder,
}

impl Token {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let Self::Create(create) = self;
        let now = SystemClock.now();
        let lifetime = create.days.map(|days| SignedDuration::from_hours(i64::from(days) * 24));
        let expires_at = lifetime.map(|lifetime| now.checked_add(lifetime)).transpose()?;
        let (token, row) = token::make(&create.role, create.district, now, expires_at)?;
        block_on(async {
            let (store, _) = open_embedded(&create.folder.data)?;
            store.change_registry(RegistryChange { tokens: vec![row], ..RegistryChange::default() }).await?;
            Ok(())
        })?;
        print(&token)
    }
}
