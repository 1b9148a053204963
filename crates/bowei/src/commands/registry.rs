//! `bowei registry`.

use super::{DataFolder, Failure, block_on, print};
use bowei_platform::registry::apply::{HandedOut, OVERLAP, apply, rotate};
use bowei_platform::registry::seal::MasterKey;
use bowei_platform::{Clock as _, SystemClock, open_embedded};
use clap::{Args, Subcommand};
use jiff::SignedDuration;
use std::path::PathBuf;

/// Registers providers, lots and credentials.
#[derive(Subcommand)]
pub(crate) enum Registry {
    /// Creates or updates what a file lists, and prints the credentials it made as JSON, once
    Apply(Apply),
    /// Gives a provider's account a new credential; the old one is accepted for a while beside it
    Rotate(Rotate),
}

/// Creates or updates what a file lists.
#[derive(Args)]
#[command(
    after_help = "Example 示例:\n  bowei registry apply city.toml --data bowei-data > credentials.json\n\
    A platform that runs on the same data sees the change within two seconds."
)]
pub(crate) struct Apply {
    /// The registry file
    file: PathBuf,
    /// Hours that a replaced credential is still accepted
    #[arg(long, value_name = "HOURS", default_value_t = OVERLAP.as_hours())]
    overlap: i64,
    #[command(flatten)]
    folder: DataFolder,
}

/// Gives a provider's account a new credential.
#[derive(Args)]
#[command(after_help = "Example 示例:\n  bowei registry rotate hz-demo huzhou\n  \
    bowei registry rotate hz-demo huzhou --overlap 0     (the old one is dead at once: after abuse)")]
pub(crate) struct Rotate {
    /// The provider's code
    provider: String,
    /// The standard
    standard: String,
    /// Hours that the old credential is still accepted
    #[arg(long, value_name = "HOURS", default_value_t = OVERLAP.as_hours())]
    overlap: i64,
    #[command(flatten)]
    folder: DataFolder,
}

impl Registry {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let handed_out = block_on(async {
            let now = SystemClock.now();
            match self {
                Self::Apply(Apply { file, overlap, folder }) => {
                    let text = std::fs::read_to_string(&file).map_err(|error| {
                        format!("cannot read the registry file {}: {error}", file.display())
                    })?;
                    let (store, key) = open(&folder)?;
                    Ok(apply(store.as_ref(), &key, &text, hours(overlap)?, now).await?)
                }
                Self::Rotate(Rotate { provider, standard, overlap, folder }) => {
                    let (store, key) = open(&folder)?;
                    let provider = provider.as_str().into();
                    Ok(rotate(store.as_ref(), &key, &provider, &standard, hours(overlap)?, now).await?)
                }
            }
        })?;
        say(&handed_out)
    }
}

fn say(handed_out: &HandedOut) -> Result<(), Failure> {
    print(&serde_json::to_string_pretty(handed_out)?)
}

fn hours(hours: i64) -> Result<SignedDuration, Failure> {
    if !(0..=24 * 366).contains(&hours) {
        return Err("--overlap is in hours: 0 to a year is expected".into());
    }
    Ok(SignedDuration::from_hours(hours))
}

fn open(folder: &DataFolder) -> Result<(std::sync::Arc<dyn bowei_store::Store>, MasterKey), Failure> {
    let (store, _) = open_embedded(&folder.data)?;
    let key = MasterKey::load(folder.master_key_file.as_deref(), &folder.data)?;
    Ok((store, key))
}
