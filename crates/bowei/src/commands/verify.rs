//! `bowei verify`: whether a package of evidence holds, by nothing but itself.

use super::{BadUse, Failure, open_named, print};
use bowei_evidence::{Outcome, PublicKey, Step, verify};
use clap::Args;
use std::path::{Path, PathBuf};

/// Verifies the signed package of an order, and finds anew what it says was found 离线核验文书证据包.
#[derive(Args)]
#[command(
    after_help = "Needs nothing but the package: no network, no platform, no data folder. Exit code 0 where it holds, 1 where it does not,\n\
    2 where it cannot be opened.\n\
    Without --key the signature proves that the package is whole, and not who made it: compare the fingerprint that is shown\n\
    with the one that the platform publishes. 不提供公钥时，签名只证明包未被改动，不证明由谁制作。\n\n\
    Example 示例:\n  \
    bowei verify order-2026-12.zip --key platform.pem\n  \
    bowei verify order-2026-12.zip"
)]
pub(crate) struct Verify {
    /// The package 证据包
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The platform's public key, as it publishes it 平台公布的公钥
    #[arg(long, value_name = "PUBLIC.pem")]
    key: Option<PathBuf>,
}

impl Verify {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let key = self.key.as_deref().map(public_key).transpose()?;
        let verdict = verify(open_named(&self.file)?, key.as_ref());
        for Step { outcome, zh, en } in &verdict.steps {
            let outcome = match outcome {
                Outcome::Holds => "通过",
                Outcome::Fails => "不通过",
                Outcome::Note => "说明",
            };
            print(&format!("[{outcome}] {zh}\n  {en}"))?;
        }
        match verdict.holds() {
            true => print("结论：证据包核验通过 the package holds"),
            false => {
                Err("结论：证据包核验未通过，原因见上面标“不通过”的各项 the package does not hold: the steps above marked 不通过 say why"
                    .into())
            }
        }
    }
}

fn public_key(path: &Path) -> Result<PublicKey, Failure> {
    let pem = std::io::read_to_string(open_named(path)?);
    let key = pem.map_err(|error| error.to_string());
    let key = key.and_then(|pem| PublicKey::from_pem(&pem).map_err(|error| error.to_string()));
    Ok(key.map_err(|why| BadUse(format!("--key {}：{why}", path.display())))?)
}
