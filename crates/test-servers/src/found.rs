//! Where the servers' binaries are.

use crate::TestbedError;
use std::path::{Path, PathBuf};

/// The folder with `initdb`, `postgres` and `psql`: Debian's newest version, or what `PATH` has.
pub(crate) fn postgres() -> Result<PathBuf, TestbedError> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<_> = versions
        .filter_map(|entry| {
            let version: u32 = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .filter(|(_, bin)| has_all(bin))
        .collect();
    versions.sort();
    let newest = versions.pop().map(|(_, bin)| bin);
    newest.or_else(|| on_path().into_iter().find(|folder| has_all(folder))).ok_or(TestbedError::Missing {
        server: "PostgreSQL",
        remedy: "install it (Debian's package is `postgresql`)",
    })
}

/// The command `s3s-fs`: where `scripts/setup` puts it, or what `PATH` has.
pub(crate) fn s3s_fs() -> Result<PathBuf, TestbedError> {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.tools/bin");
    let folders = std::iter::once(tools).chain(on_path());
    folders.map(|folder| folder.join("s3s-fs")).find(|command| command.is_file()).ok_or(
        TestbedError::Missing {
            server: "s3s-fs",
            remedy: "install it (`cargo install s3s-fs --features binary`)",
        },
    )
}

fn on_path() -> Vec<PathBuf> {
    std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default()
}

fn has_all(bin: &Path) -> bool {
    ["initdb", "postgres", "psql"].iter().all(|command| bin.join(command).is_file())
}
