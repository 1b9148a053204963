//! The token that a gateway makes for itself where edge.toml has none: for whatever is not a program on the lot's own PC.
//! It lies in the data folder, where only the gateway's own user reads it.

use crate::Gateway;
use crate::config::{Config, ConfigError};
use crate::outbox::Disk;
use std::io;

/// The file's name in the data folder.
const TOKEN_FILE: &str = "token";
/// What is written before it gets its name: a token is there whole or not at all.
const HALF: &str = "token.new";
/// Of randomness: as much as a key.
const TOKEN_BYTES: usize = 24;
/// The longest file that is taken for one.
const FILE_MAX_BYTES: u64 = 1024;

impl Gateway {
    /// The token that opens the local API: that of edge.toml, or the one that the gateway made.
    pub(crate) fn token(&self) -> Option<&str> {
        self.config.token.as_deref().or(self.made_token.as_deref())
    }

    /// Where that token is to be found.
    pub(crate) fn token_place(&self) -> String {
        if self.made_token.is_none() {
            return "edge.toml".to_owned();
        }
        self.config.data.join(TOKEN_FILE).display().to_string()
    }
}

/// The token that the gateway makes where edge.toml has none. On an address that other machines reach everybody must show
/// it, as if it stood in edge.toml; on loopback only what is no program of this machine.
pub(crate) fn made(config: &mut Config, disk: &dyn Disk) -> Result<Option<String>, ConfigError> {
    if config.token.is_some() {
        return Ok(None);
    }
    let file = config.data.join(TOKEN_FILE);
    let is_local = config.listen.ip().is_loopback();
    match kept(disk) {
        Ok(token) => {
            tracing::info!(file = %file.display(), "edge.toml has no token: the one made for this gateway is in this file");
            if !is_local {
                config.token = Some(token.clone());
            }
            Ok(Some(token))
        }
        Err(error) if is_local => {
            tracing::warn!(%error, file = %file.display(), "no token could be made: only this machine's programs are let in");
            Ok(None)
        }
        Err(error) => {
            let why = format!(
                "必须填写：其他机器可以访问 {}，而自动生成未成功 is needed, since {} can be reached from other machines, and none could be made in {}: {error}",
                config.listen,
                config.listen,
                file.display()
            );
            Err(ConfigError::setting("token", why))
        }
    }
}

/// The token in the data folder, made at the first start.
fn kept(disk: &dyn Disk) -> io::Result<String> {
    if disk.list("")?.iter().any(|name| name == TOKEN_FILE) {
        return read(disk);
    }
    let mut random = [0; TOKEN_BYTES];
    aws_lc_rs::rand::fill(&mut random)
        .map_err(|_| io::Error::other("this machine gives no random numbers to make a token of"))?;
    let token: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    disk.remove(HALF)?;
    disk.append(HALF, format!("{token}\n").as_bytes())?;
    disk.sync_data(HALF)?;
    disk.rename(HALF, TOKEN_FILE)?;
    disk.sync_dir("")?;
    Ok(token)
}

fn read(disk: &dyn Disk) -> io::Result<String> {
    let bytes = disk.len(TOKEN_FILE)?;
    let mut text = vec![0; usize::try_from(bytes.min(FILE_MAX_BYTES)).unwrap_or_default()];
    disk.read(TOKEN_FILE, 0, &mut text)?;
    let token = String::from_utf8_lossy(&text).trim().to_owned();
    if token.is_empty() {
        return Err(io::Error::other("the file is empty: remove it, and another token is made"));
    }
    Ok(token)
}
