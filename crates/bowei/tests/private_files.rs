//! Whatever the command writes is for its own user alone, whoever else has an account on the machine.

use crate::support;

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use support::{Served, bowei, operator, printed};

/// Every file and folder below, with those of its permissions that are not the owner's.
fn open_to_others(folder: &Path, found: &mut Vec<String>, count: &mut usize) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let about = entry.metadata().unwrap();
        *count += 1;
        if about.permissions().mode() & 0o077 != 0 {
            found.push(format!("{} {:o}", entry.path().display(), about.permissions().mode()));
        }
        if about.is_dir() {
            open_to_others(&entry.path(), found, count);
        }
    }
}

fn assert_private(folder: &Path, at_least: usize) {
    let (mut found, mut count) = (Vec::new(), 0);
    open_to_others(folder, &mut found, &mut count);
    assert!(found.is_empty(), "{found:?}");
    assert!(count >= at_least, "only {count} files were written");
}

#[test]
fn a_platforms_folder_and_its_backup_are_nobody_elses() {
    let folder = tempfile::tempdir().unwrap();
    let (data, put_away) = (folder.path().join("data"), folder.path().join("backup"));
    let served = Served::start(&data, None);
    operator(&data);
    printed(bowei().args(["backup", "--data"]).arg(&data).arg("--to").arg(&put_away));
    assert_private(folder.path(), 8);
    served.kill();
}

#[test]
fn a_gateways_folder_and_its_token_are_nobody_elses() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("edge.toml");
    let text = "listen = \"127.0.0.1:0\"\n[lot]\ncode = \"L1\"\nname = \"停车场\"\nspaces_total = 20\n";
    std::fs::write(&config, text).unwrap();
    let data = folder.path().join("edge-data");
    let mut command = bowei();
    command.args(["edge", "--config"]).arg(&config).arg("--data").arg(&data);
    let served = Served::run(command);
    assert!(std::fs::read_to_string(data.join("token")).unwrap().trim().len() >= 32);
    served.kill();
    assert_private(&data, 4);
}

#[test]
fn a_master_key_that_others_can_read_starts_nothing_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("master.key");
    // A key of thirty-two noughts, as anybody may make one.
    std::fs::write(&key, format!("{}=\n", "A".repeat(43))).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let mut serve = bowei();
    serve.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(folder.path());
    let refused = serve.output().unwrap();
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1), "{words}");
    assert!(words.contains("chmod 600") && words.contains("master.key") && words.contains("权限"), "{words}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "the key alone");
}
