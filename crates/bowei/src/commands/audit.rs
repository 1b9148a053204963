//! `bowei audit`: whether the audit's chain holds.

use super::stores::Records;
use super::{Failure, block_on, print};
use bowei_store::{AuditHead, verify_audit};
use clap::{Args, Subcommand};

/// Looks at the audit.
#[derive(Subcommand)]
pub(crate) enum Audit {
    /// Walks the chain from its first entry to its last; exit code 1 and the first broken number where it does not hold
    Verify(Verify),
}

/// Walks the chain.
#[derive(Args)]
#[command(after_help = "Example 示例:\n  bowei audit verify --data bowei-data\n  \
    bowei audit verify --data bowei-data --noted 1042:3f0c…   (an end of the chain that the log or a paper has)")]
pub(crate) struct Verify {
    /// An end of the chain that was noted elsewhere, as NUMBER:HASH; may be given several times
    #[arg(long, value_name = "NUMBER:HASH")]
    noted: Vec<Noted>,
    #[command(flatten)]
    records: Records,
}

/// An end of the chain.
#[derive(Clone)]
struct Noted(AuditHead);

impl std::str::FromStr for Noted {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unfit = "NUMBER:HASH is expected, with the 64 hex digits of the hash";
        let (seq, hex) = text.split_once(':').ok_or(unfit)?;
        let mut hash = [0; 32];
        if hex.len() != 64 || !hex.is_ascii() {
            return Err(unfit);
        }
        for (i, byte) in hash.iter_mut().enumerate() {
            *byte =
                hex.get(2 * i..2 * i + 2).and_then(|two| u8::from_str_radix(two, 16).ok()).ok_or(unfit)?;
        }
        Ok(Self(AuditHead { seq: seq.parse().map_err(|_| unfit)?, hash }))
    }
}

impl Audit {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let Self::Verify(Verify { noted, records }) = self;
        let noted: Vec<_> = noted.into_iter().map(|noted| noted.0).collect();
        let verdict = block_on(async {
            let store = records.open().await?;
            Ok(verify_audit(store.as_ref(), &noted).await?)
        })?;
        match verdict.fault {
            None => print(&format!(
                "审计链完整 the chain holds: {} entries, to {}",
                verdict.head.seq, verdict.head
            )),
            Some(fault) => {
                print(&fault.seq().to_string())?;
                Err(format!("审计链在第 {} 条处断开 the chain is broken: {fault}", fault.seq()).into())
            }
        }
    }
}
