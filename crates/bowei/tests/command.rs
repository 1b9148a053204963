//! The command as its users meet it.

use crate::support;

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt;
use support::{Served, bowei, bowei_on, printed};

const LOT: &str = r#"
[[provider]]
code = "hz-demo"
name = "湖州示范停车"
[provider.huzhou]
[[lot]]
code = "330502-001"
provider = "hz-demo"
name = "东门停车场"
kind = "off-street"
district = "330502"
address = "人民路 1 号"
longitude = 120.0868
latitude = 30.8937
spaces_total = 200
ids = { huzhou = "HZ330502001" }
"#;

fn file(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

#[test]
fn every_command_explains_itself_with_an_example() {
    for command in [
        &["serve"][..],
        &["demo"],
        &["city"],
        &["registry", "apply"],
        &["registry", "import"],
        &["registry", "rotate"],
        &["token", "create"],
        &["token", "list"],
        &["token", "revoke"],
        &["seal"],
        &["open"],
        &["verify"],
    ] {
        let said = printed(bowei().args(command).arg("--help"));
        assert!(said.contains("Example"), "{command:?}");
    }
}

#[test]
fn bad_use_is_exit_code_2_and_failure_1_with_words_on_stderr() {
    let bad_use = bowei().args(["token", "create", "--role", "king"]).output().unwrap();
    assert_eq!(bad_use.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&bad_use.stderr).contains("regulator, operator"));
    let failed = bowei().args(["registry", "apply", "/no/such/file.toml"]).output().unwrap();
    assert_eq!(failed.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&failed.stderr).contains("/no/such/file.toml"));
    assert!(failed.stdout.is_empty());
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("data")).unwrap();
    let registry = folder.path().join("registry.toml");
    std::fs::write(&registry, LOT.replace("[provider.huzhou]", "[provider.huzhou]\nsecretkey = \"x\""))
        .unwrap();
    let user = ["user", "create", "--login", "zhang", "--name", "张三", "--role", "viewer"];
    let user = |with: &[&'static str]| [&user[..], with].concat();
    let token = |role: &'static str| vec!["token", "create", "--role", role];
    // What fits no store and no platform, and files to read that are not there.
    for (args, words) in [
        (token("king"), "provider:CODE, off-peak:CODE, viewer"),
        (token("security-admin"), "are people, who have accounts"),
        ([token("viewer"), vec!["--district", "abc"]].concat(), "GB/T 2260"),
        (vec!["user", "create", "--login", "a", "--name", "b", "--role", "king"], "security-admin, auditor"),
        (vec!["user", "create", "--login", "A B", "--name", "b", "--role", "viewer"], "small letters"),
        (
            vec!["user", "create", "--login", "a", "--name", "b", "--role", "provider"],
            "needs the provider's code",
        ),
        (user(&["--district", "abc"]), "GB/T 2260"),
        (vec!["registry", "rotate", "hz-demo", "beijing"], "huzhou, shenzhen"),
        (vec!["registry", "rotate", "hz-demo", "huzhou", "--overlap", "99999"], "--overlap"),
        (vec!["registry", "apply", "none.toml"], "none.toml"),
        (vec!["registry", "apply", "registry.toml", "--master-key-file", "none.key"], "none.key"),
        (vec!["registry", "import", "none.xlsx"], "none.xlsx"),
        (vec!["rules", "apply", "none.toml", "--note", "x"], "none.toml"),
        (vec!["serve", "--config", "none.toml"], "none.toml"),
        (vec!["serve", "--master-key-file", "none.key"], "none.key"),
        (vec!["edge", "--config", "none.toml"], "none.toml"),
        (vec!["verify", "none.zip"], "none.zip"),
        (
            vec!["open", "huzhou", "--key", "app_id=a", "--path", "/api/heartbeat", "--body", "@none.json"],
            "none.json",
        ),
        (vec!["seal", "huzhou", "--key", "app_id=@none", "--lot-id", "L", "--report", "{}"], "none"),
        (vec!["city", "--replay", "none.csv", "none.csv"], "none.csv"),
        (vec!["forecast", "judge", "--recording", "none.csv"], "none.csv"),
        (vec!["audit", "archive", "--before", "soon", "--to", "archive"], "YYYY-MM-DD"),
        (vec!["backup", "--to", "copy"], "BOWEI_DATA"),
    ] {
        let mut command = bowei();
        command.args(&args).current_dir(folder.path()).stdin(std::process::Stdio::null());
        let said = command.output().unwrap();
        let told = String::from_utf8_lossy(&said.stderr).into_owned();
        assert_eq!(said.status.code(), Some(2), "{args:?}: {told}");
        assert!(told.contains(words), "{args:?}: {told}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "{args:?} left something behind");
    }
    // What the store has or lacks, and what is in a file.
    printed(
        bowei().args(["registry", "apply", "--data"]).arg(folder.path().join("data")).arg(file(LOT).path()),
    );
    for (args, words) in [
        (vec!["registry", "approve", "nosuch", "--data", "data"], "there is no lot \"nosuch\""),
        (vec!["registry", "apply", "registry.toml", "--data", "data"], "secretkey is no field of huzhou"),
        (vec!["token", "revoke", "tk-none", "--data", "data"], "there is no token"),
        (vec!["user", "reset", "none", "--data", "data"], "there is no account"),
    ] {
        let said = bowei().args(&args).current_dir(folder.path()).output().unwrap();
        let told = String::from_utf8_lossy(&said.stderr).into_owned();
        assert!(said.status.code() == Some(1) && told.contains(words), "{args:?}: {told}");
    }
}

#[test]
fn a_first_start_that_fails_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = other.local_addr().unwrap().to_string();
    let config = |text: &str| file(text).into_temp_path();
    let tls =
        config("[tls]\nlisten = \"127.0.0.1:0\"\ncertificate = \"none.pem\"\nprivate_key = \"none.pem\"\n");
    let metrics = config(&format!("[server]\nmetrics_listen = \"{taken}\"\n"));
    let webhook = config("[webhook]\nurl = \"https://example.org/\"\nsecret_file = \"none\"\n");
    let papers = config("[papers]\ntemplates = \"none\"\n");
    let lax = folder.path().join("lax.key");
    std::fs::write(&lax, format!("{}=\n", "A".repeat(43))).unwrap();
    std::fs::set_permissions(&lax, PermissionsExt::from_mode(0o644)).unwrap();
    for (args, words) in [
        (vec!["--listen", taken.as_str()], taken.as_str()),
        // An address of documentation, and of no machine.
        (vec!["--listen", "192.0.2.1:18080"], "192.0.2.1:18080"),
        (vec!["--config", tls.to_str().unwrap()], "none.pem"),
        (vec!["--config", metrics.to_str().unwrap()], taken.as_str()),
        (vec!["--config", webhook.to_str().unwrap()], "webhook.secret_file"),
        (vec!["--config", papers.to_str().unwrap()], "none"),
        (vec!["--master-key-file", lax.to_str().unwrap()], "chmod 600"),
        (vec!["--master-key-file", "none.key"], "none.key"),
    ] {
        let mut serve = bowei();
        serve.args(["serve", "--data", "data"]).env("BOWEI_LISTEN", "127.0.0.1:0");
        let said = serve.args(&args).current_dir(folder.path()).output().unwrap();
        let told = String::from_utf8_lossy(&said.stderr).into_owned();
        assert!(!said.status.success() && told.contains(words), "{args:?}: {told}");
        assert!(!folder.path().join("data").exists(), "{args:?} left {told}");
    }
}

#[test]
fn a_copy_of_a_store_without_its_master_key_gets_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("master.key");
    let serve = |more: &[&str]| {
        let mut command = bowei();
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(folder.path()).args(more);
        command
    };
    Served::run(serve(&[])).kill();
    let away = tempfile::tempdir().unwrap();
    let elsewhere = away.path().join("the.key");
    std::fs::rename(&key, &elsewhere).unwrap();
    for _ in 0..2 {
        let refused = serve(&[]).output().unwrap();
        let told = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(1), "{told}");
        assert!(told.contains("there is no master key in") && !key.exists(), "{told}");
    }
    let named = Served::run(serve(&["--master-key-file", elsewhere.to_str().unwrap()]));
    assert!(!key.exists());
    named.kill();
}

/// The names below `Commands:` of a help.
fn subcommands(help: &str) -> Vec<String> {
    let below = help.split("Commands:\n").nth(1).unwrap_or_default();
    let lines = below.lines().take_while(|line| !line.is_empty());
    let names = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names
        .filter_map(|line| line.split_whitespace().next())
        .map(str::to_owned)
        .filter(|name| name != "help")
        .collect()
}

#[test]
fn every_subcommand_and_option_says_in_chinese_too_what_it_is() {
    let mut all: Vec<Vec<String>> = vec![Vec::new()];
    while let Some(path) = all.pop() {
        let help = printed(bowei().args(&path).arg("-h"));
        let is_chinese = |line: &str| line.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        assert!(is_chinese(help.lines().next().unwrap()), "{path:?}: {help}");
        let of_clap = ["-h, --help", "-V, --version", "help "];
        // An entry and the lines that go on with it.
        let mut entries: Vec<String> = Vec::new();
        for line in help.lines() {
            let begins = line.starts_with("  ") && !line.starts_with("          ");
            match entries.last_mut() {
                Some(entry) if line.starts_with("          ") => entry.push_str(line),
                _ if begins => entries.push(line.to_owned()),
                _ => {}
            }
        }
        for entry in entries.iter().take_while(|entry| !entry.contains("bowei ")) {
            let own = !of_clap.iter().any(|start| entry.trim().starts_with(start));
            assert!(!own || is_chinese(entry), "{path:?}: {entry}");
        }
        all.extend(subcommands(&help).into_iter().map(|name| [path.clone(), vec![name]].concat()));
    }
}

#[test]
fn no_tool_makes_a_store_by_accident_and_what_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let here = |args: &[&str]| {
        let said = bowei().args(args).current_dir(folder.path()).output().unwrap();
        (said.status.code(), String::from_utf8_lossy(&said.stderr).into_owned())
    };
    for args in [
        &["token", "create", "--role", "operator"][..],
        &["token", "list", "--data", "nope"],
        &["user", "list"],
        &["audit", "verify"],
        &["rules", "show"],
        &["registry", "rotate", "hz-demo", "huzhou"],
        &["backup", "--data", "nope", "--to", "copy"],
        &["restore", "--from", "nope", "--data", "new"],
        &["city", "--url", "http://127.0.0.1:9", "--data", "nope"],
    ] {
        let (code, words) = here(args);
        assert_eq!(code, Some(1), "{args:?}: {words}");
        let told = match args.first() {
            Some(&"restore") => ["there is no backup in", "bowei backup"],
            _ => ["there is no store in", "--data"],
        };
        assert!(told.iter().all(|part| words.contains(part)), "{args:?}: {words}");
        let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
        assert!(left.is_empty(), "{args:?} left {left:?}");
    }
    assert_eq!(here(&["token", "create", "--role", "operator", "--days", "0"]).0, Some(2));
    // In a folder that is there and was named the registry may come before the platform.
    let registry = file(LOT);
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    printed(bowei().args(["registry", "apply"]).arg(registry.path()).arg("--data").arg(&data));
    for (args, words) in [
        (&["token", "create", "--role", "provider:nix", "--data", "data"][..], "no such provider"),
        (&["registry", "rotate", "nix", "huzhou", "--data", "data"], "no such provider"),
    ] {
        let (code, said) = here(args);
        assert!(code == Some(1) && said.contains(words), "{args:?}: {said}");
    }
    // A key that was made for the occasion is not left where it would be taken for the store's.
    let key = data.join("master.key");
    std::fs::rename(&key, folder.path().join("the.key")).unwrap();
    let (code, said) = here(&["registry", "rotate", "hz-demo", "huzhou", "--data", "data"]);
    assert!(code == Some(1) && said.contains("there is no master key") && !key.exists(), "{said}");
    let done =
        here(&["registry", "rotate", "hz-demo", "huzhou", "--data", "data", "--master-key-file", "the.key"]);
    assert_eq!(done.0, Some(0), "{}", done.1);
    assert!(!key.exists());
}

#[test]
fn the_version_says_what_it_was_built_from_and_whether_it_has_the_pages() {
    let said = printed(bowei().arg("--version"));
    assert!(said.contains("with pages") || said.contains("without pages"), "{said}");
    assert!(printed(bowei().args(["completions", "bash"])).contains("bowei"));
}

#[test]
fn what_is_wrong_with_a_registry_file_is_said_and_nothing_of_it_is_done() {
    let folder = tempfile::tempdir().unwrap();
    for (broken, words) in [
        (LOT.replace("spaces_total = 200", ""), "spaces_total"),
        (LOT.replace("provider = \"hz-demo\"", "provider = \"nobody\""), "nobody"),
        (LOT.replace("huzhou = \"HZ", "atlantis = \"HZ"), "atlantis"),
        (LOT.replace("120.0868", "520.0868"), "520.0868"),
        (LOT.replace("off-street", "underground"), "underground"),
    ] {
        let file = file(&broken);
        let mut command = bowei_on(folder.path());
        let failed = command.args(["registry", "apply"]).arg(file.path()).output().unwrap();
        let said = String::from_utf8_lossy(&failed.stderr).into_owned();
        assert_eq!(failed.status.code(), Some(1), "{words}");
        assert!(said.contains(words), "{words}: {said}");
    }
    let file = file(LOT);
    let done = printed(bowei_on(folder.path()).args(["registry", "apply"]).arg(file.path()));
    assert!(done.contains("secret_key"), "{done}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_platform_sees_what_is_registered_within_two_seconds() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path(), None);
    let token = support::operator(folder.path());
    let file = file(LOT);
    printed(bowei_on(folder.path()).args(["registry", "apply"]).arg(file.path()));
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    let lots = support::get(&served.url, "/api/v1/lots", &token).await;
    assert_eq!(lots["items"][0]["code"], "330502-001");
    let listed = printed(bowei_on(folder.path()).args(["token", "list"]));
    let id = listed.split('\t').next().unwrap();
    printed(bowei_on(folder.path()).args(["token", "revoke", id]));
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    assert_eq!(support::status(&served.url, "/api/v1/lots", &token).await, 401);
    let (code, took) = served.terminate();
    assert_eq!(code, Some(0));
    assert!(took.as_secs() < 10, "a stop takes ten seconds at most, this took {took:?}");
}

#[test]
fn a_second_platform_on_the_same_folder_is_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let serve = |folder: &std::path::Path| {
        let mut command = bowei();
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(folder);
        command
    };
    let first = Served::run(serve(folder.path()));
    let second = serve(folder.path()).output().unwrap();
    let words = String::from_utf8_lossy(&second.stderr).into_owned();
    assert_eq!(second.status.code(), Some(1), "{words}");
    assert!(words.contains("another platform") && words.contains("--database"), "{words}");
    // Tools work beside it, and after its death nothing stands in the way.
    let file = file(LOT);
    printed(bowei().args(["registry", "apply"]).arg(file.path()).arg("--data").arg(folder.path()));
    first.kill();
    assert_eq!(Served::run(serve(folder.path())).terminate().0, Some(0));
}

#[test]
fn a_gateway_s_configuration_is_checked_without_a_start() {
    const EDGE: &str = r#"
[lot]
code = "L1"
name = "东门停车场"
spaces_total = 200
district = "440305"
[[uplink]]
standard = "shenzhen"
url = "http://127.0.0.1:9"
lot_id = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
user_id = "sz-0001"
password = "S3cret-0001"
"#;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let check = |text: &str| {
        let file = file(text);
        let mut command = bowei();
        command.args(["edge", "--check", "--config"]).arg(file.path()).arg("--data").arg(&data);
        command.output().unwrap()
    };
    let lacking = check(EDGE);
    assert_eq!(lacking.status.code(), Some(1));
    let said = String::from_utf8_lossy(&lacking.stdout);
    for place in ["[lot] address", "[lot.details] imageId", "[lot.details] parkType"] {
        assert!(said.contains(place), "no {place} in {said}");
    }
    assert!(!said.contains("district"), "{said}");
    let wrong = check(&EDGE.replace("user_id", "user"));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("user_id"), "{wrong:?}");
    let right = check(
        &EDGE
            .replace("shenzhen", "ningbo")
            .replace("user_id", "portname")
            .replace("password", "portpwd")
            .replace("0f1e2d3c4b5a69788796a5b4c3d2e1f0", "330212077102"),
    );
    assert_eq!(right.status.code(), Some(0), "{right:?}");
    assert!(String::from_utf8_lossy(&right.stdout).contains("配置可用"));
    // What it would stumble over later: an id that is none, a folder that is not there.
    for (more, words) in [("", "lot_id"), ("[folder]\npath = \"/nowhere/at/all\"\n", "folder.path")] {
        let id = if more.is_empty() { "123" } else { "330212077102" };
        let text =
            EDGE.replace("shenzhen", "ningbo").replace("user_id", "portname").replace("password", "portpwd");
        let wrong = check(&(text.replace("0f1e2d3c4b5a69788796a5b4c3d2e1f0", id) + more));
        assert!(wrong.status.code() == Some(1), "{words}: {wrong:?}");
        assert!(String::from_utf8_lossy(&wrong.stderr).contains(words), "{wrong:?}");
    }
    assert!(!data.exists(), "nothing was started");
}
