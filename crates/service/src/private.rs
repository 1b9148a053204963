//! Folders that nobody else may look into.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// Permissions of others than the owner and its group.
const OF_OTHERS: u32 = 0o007;

/// Says where others can look into a folder that was made before by somebody who let them. It is not changed: it may be
/// somebody's intention, or a folder that is not ours alone.
pub fn warn_of_others(folder: &Path) {
    let Ok(about) = std::fs::metadata(folder) else { return };
    let mode = about.permissions().mode() & 0o777;
    if mode & OF_OTHERS != 0 {
        tracing::warn!(
            folder = %folder.display(),
            mode = format!("{mode:04o}"),
            "本机其他用户可进入数据目录：chmod 700。other users of this machine can look into the data folder: chmod 700"
        );
    }
}
