//! What the documents say to type: each command line is one that the command takes, and what they promise comes of it,
//! in both languages.

use crate::support;

use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::{Served, bowei, bowei_on, printed};

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The documents.
fn documents() -> Vec<PathBuf> {
    let mut folders = vec![root().join("docs"), root().join("deploy")];
    let mut found = vec![root().join("README.md"), root().join("README.zh-CN.md")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "md") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The fenced blocks of a document, each with its language.
pub(crate) fn blocks(text: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut inside = false;
    // A block of a list stands further in, and so do its lines.
    let mut indent = 0;
    for line in text.lines() {
        match line.trim_start().strip_prefix("```") {
            Some(language) if !inside => {
                indent = line.len() - line.trim_start().len();
                found.push((language.to_owned(), String::new()));
            }
            Some(_) => {}
            None if inside => {
                let (_, block) = found.last_mut().unwrap();
                block.push_str(line.get(indent..).unwrap_or_default());
                block.push('\n');
            }
            None => continue,
        }
        inside ^= line.trim_start().starts_with("```");
    }
    found
}

/// The commands of a block: with `$` in front where what they print stands beside them. A command goes on behind a `\`
/// and within quotes.
pub(crate) fn commands(block: &str) -> Vec<String> {
    let shown = block.lines().any(|line| line.starts_with("$ "));
    let mut found: Vec<String> = Vec::new();
    let mut open = false;
    for line in block.lines() {
        if open {
            let command = found.last_mut().unwrap();
            command.push('\n');
            command.push_str(line);
        } else if let Some(command) = line.strip_prefix("$ ").or((!shown).then_some(line)) {
            found.push(command.to_owned());
        } else {
            continue;
        }
        let command = found.last().unwrap();
        open = command.ends_with('\\') || command.matches('\'').count() % 2 == 1;
    }
    found
}

/// The words behind `bowei`, as a shell takes them, without what follows in a pipe, a file or a comment.
fn words(command: &str) -> Option<Vec<String>> {
    let at = command.match_indices("bowei ").map(|(at, _)| at).find(|at| {
        let before = &command[..*at];
        before.is_empty()
            || before.ends_with("$(")
            || before.ends_with("-u bowei -- ")
            || before.ends_with("… ")
    })?;
    let rest = &command[at + "bowei ".len()..];
    let end = [" | ", " > ", "   (", "  #", " &&"].iter().filter_map(|stop| rest.find(stop)).min();
    let rest = rest[..end.unwrap_or(rest.len())].trim().trim_end_matches(')');
    let said = Command::new("sh").arg("-c").arg(format!("printf '%s\\n' {rest}")).output().unwrap();
    Some(String::from_utf8(said.stdout).unwrap().lines().map(str::to_owned).collect())
}

#[test]
fn every_command_line_in_the_documents_is_one_that_the_command_takes() {
    let mut seen = 0;
    for document in documents() {
        let text = std::fs::read_to_string(&document).unwrap();
        for (language, block) in blocks(&text) {
            if !matches!(language.as_str(), "" | "sh" | "bash" | "console") {
                continue;
            }
            for command in commands(&block) {
                let Some(words) = words(&command) else { continue };
                seen += 1;
                // Everything before is read, and nothing done.
                let said = bowei().args(&words).arg("--help").output().unwrap();
                let wrong = String::from_utf8_lossy(&said.stderr).into_owned();
                assert!(said.status.success(), "{}: {command}\n{wrong}", document.display());
            }
        }
    }
    assert!(seen > 30, "{seen} commands were found: the documents are written in another way now");
}

/// The blocks between a heading and the next of its rank.
fn section(text: &str, heading: &str) -> Vec<(String, String)> {
    let at = text.find(&format!("\n## {heading}\n")).unwrap_or_else(|| panic!("no section {heading}"));
    let rest = &text[at + 4..];
    blocks(&rest[..rest.find("\n## ").unwrap_or(rest.len())])
}

#[test]
fn the_first_report_and_the_message_step_by_step_go_as_the_readme_says() {
    for (file, first, message) in [
        ("README.md", "Your first report", "One message, step by step"),
        ("README.zh-CN.md", "第一条报文", "一条报文，一步一步"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("bowei-data");
        std::fs::create_dir(&data).unwrap();
        let text = std::fs::read_to_string(root().join(file)).unwrap();
        let mut served = bowei();
        served.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(&data);
        let served = Served::run(served);
        let mut script = "set -eu\n".to_owned();
        for (language, block) in [section(&text, first), section(&text, message)].concat() {
            match language.as_str() {
                "toml" => std::fs::write(folder.path().join("registry.toml"), block).unwrap(),
                "js" => std::fs::write(folder.path().join("send.mjs"), block).unwrap(),
                "" if block.contains("$ ") => {
                    for command in commands(&block) {
                        // The platform runs already, in a folder that is there.
                        let skipped = ["export PATH", "mkdir ", "bowei serve"];
                        if skipped.iter().any(|begin| command.starts_with(begin)) {
                            continue;
                        }
                        // What was registered is seen within two seconds.
                        let wait = if command.starts_with("node send.mjs") { "sleep 3\n" } else { "" };
                        script.push_str(&format!(
                            "{wait}{}\n",
                            command.replace("http://127.0.0.1:8080", &served.url)
                        ));
                    }
                }
                _ => {}
            }
        }
        let built = PathBuf::from(bowei().get_program().to_owned());
        let path = format!("{}:{}", built.parent().unwrap().display(), std::env::var("PATH").unwrap());
        let said = Command::new("sh")
            .arg("-c")
            .arg(&script)
            .current_dir(folder.path())
            .env("PATH", path)
            .env("BOWEI_LOG", "error")
            .output()
            .unwrap();
        let (out, wrong) = (String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
        assert!(said.status.success(), "{file}\n{script}\n{out}\n{wrong}");
        for promised in [
            r#"200 {"code":200,"msg":"成功","data":{"parkingdataId":"R000017"}}"#,
            r#""vacant":128"#,
            r#""record_id":"R000017""#,
            "待签名字符串：appId=hz-0001&timestamp=",
            "签名、时间一致；没有私钥，未解密",
        ] {
            assert!(out.contains(promised), "{file}: no {promised}\n{out}");
        }
    }
}

#[test]
fn the_examples_of_the_standards_pages_are_taken_by_a_platform() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path(), None);
    let file = folder.path().join("registry.toml");
    let page = std::fs::read_to_string(root().join("docs/standards/README.md")).unwrap();
    let (_, registry) = blocks(&page).into_iter().find(|(language, _)| language == "toml").unwrap();
    std::fs::write(&file, registry).unwrap();
    let handed_out = printed(bowei_on(folder.path()).args(["registry", "apply"]).arg(&file));
    let handed_out: Value = serde_json::from_str(&handed_out).unwrap();
    std::thread::sleep(std::time::Duration::from_secs(3));
    for (standard, fields, lot, accepted) in [
        ("huzhou", &["app_id", "secret_key", "public_key"][..], "HZ330502001", r#""code":200"#),
        (
            "shenzhen",
            &["user_id", "password"],
            "9f3b6c1e4d2a48f7a0b5c6d7e8f90a1b",
            r#"enterRecord {"code":0"#,
        ),
        ("ningbo", &["portname", "portpwd"], "330212077102", r#"{"result":0}"#),
        ("isp", &["client_id", "client_secret"], "ATXL/1", r#"/park/spot-num {"code":200"#),
        ("yunkuaichong", &["port_name", "key"], "3302122004", r#"{"result":0}"#),
    ] {
        let page = std::fs::read_to_string(root().join(format!("docs/standards/{standard}.md"))).unwrap();
        let (_, example) = blocks(&page).into_iter().find(|(language, _)| language == "python").unwrap();
        // What an example needs beyond Python itself may not be on this machine.
        let needs = match standard {
            "huzhou" => "import cryptography",
            "shenzhen" => "import hashlib; hashlib.new('sm3')",
            _ => "import sys",
        };
        if !Command::new("python3").args(["-c", needs]).output().is_ok_and(|said| said.status.success()) {
            println!("{standard}: not run, for this machine's python3 cannot {needs:?}");
            continue;
        }
        let credential = &handed_out["providers"][0][standard];
        let given = fields.iter().map(|field| credential[field].as_str().unwrap());
        let mut run = Command::new("python3");
        run.args(["-c", &example, &served.url]).args(given).arg(lot).env("PYTHONIOENCODING", "utf-8");
        let said = printed(&mut run);
        assert!(said.contains(accepted), "{standard}: {said}");
        // At a path that the platform does not have: what it says of that is printed.
        let mut run = Command::new("python3");
        let given = fields.iter().map(|field| credential[field].as_str().unwrap());
        run.args(["-c", &example, &format!("{}/elsewhere", served.url)]).args(given).arg(lot);
        let said = run.env("PYTHONIOENCODING", "utf-8").output().unwrap();
        let (out, wrong) = (String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
        assert!(out.contains("404") && !wrong.contains("Traceback"), "{standard}: {out}{wrong}");
    }
}

#[test]
fn every_status_of_the_api_has_its_line_among_the_errors() {
    let openapi: Value = serde_json::from_str(&printed(bowei().arg("openapi"))).unwrap();
    let page = std::fs::read_to_string(root().join("docs/API.md")).unwrap();
    let paths = openapi["paths"].as_object().unwrap().values();
    let operations = paths.flat_map(|path| path.as_object().unwrap().values());
    let statuses: BTreeSet<_> = operations
        .filter_map(|operation| operation["responses"].as_object())
        .flat_map(|responses| responses.keys())
        .filter(|status| status.as_str() >= "400")
        .collect();
    assert!(statuses.len() > 5, "{statuses:?}");
    let untold: Vec<_> =
        statuses.iter().filter(|status| !page.contains(&format!("\n| {status} |"))).collect();
    assert!(untold.is_empty(), "docs/API.md does not say when: {untold:?}");
}

#[test]
fn the_statistics_of_a_database_are_gathered_as_operators_are_told() {
    let page = std::fs::read_to_string(root().join("docs/OPERATIONS.md")).unwrap();
    let (_, script) = blocks(&page).into_iter().find(|(_, block)| block.contains("ANALYZE")).unwrap();
    let url = bowei_test_servers::Postgres::shared().create_database();
    let folder = tempfile::tempdir().unwrap();
    let mut serve = bowei();
    serve.args(["serve", "--listen", "127.0.0.1:0", "--database", &url, "--data"]).arg(folder.path());
    Served::run(serve).terminate();
    let schema = bowei_test_servers::Postgres::shared().sql(&url, "SELECT current_schema()");
    let script = script.replace("'bowei'::", &format!("'{}'::", schema.trim()));
    let said = Command::new("sh").args(["-euc", &script]).env("BOWEI_DATABASE", &url).output();
    let said = said.unwrap();
    let (out, wrong) = (String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
    assert!(said.status.success() && wrong.is_empty(), "{out}{wrong}");
    let never = "SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace \
                 AND reltuples < 0";
    assert_eq!(bowei_test_servers::Postgres::shared().sql(&url, never).trim(), "0");
}

/// The metrics that a source names behind one of the macros `counter!`, `gauge!` and `histogram!`, or their `describe_`.
fn metrics(source: &str, described: bool) -> impl Iterator<Item = &str> {
    let calls = source.match_indices("!(").filter_map(move |(at, _)| {
        let word = source[..at].rsplit(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
        let kind = word.strip_prefix("describe_");
        let is_metric = ["counter", "gauge", "histogram"].contains(&kind.unwrap_or(word));
        (is_metric && kind.is_some() == described).then(|| source[at + 2..].trim_start())
    });
    calls
        .filter_map(|rest| rest.strip_prefix('"')?.split('"').next())
        .filter(|name| name.starts_with("bowei_"))
}

#[test]
fn every_metric_has_its_help_and_the_platforms_their_line_for_operators() {
    let mut folders: Vec<_> =
        std::fs::read_dir(root().join("crates")).unwrap().map(|of| of.unwrap().path().join("src")).collect();
    let (mut told, mut described) = (BTreeSet::new(), BTreeSet::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let source = std::fs::read_to_string(&path).unwrap();
                told.extend(metrics(&source, false).map(str::to_owned));
                described.extend(metrics(&source, true).map(str::to_owned));
            }
        }
    }
    assert!(told.len() > 30, "{} metrics were found: they are written in another way now", told.len());
    assert_eq!(told.difference(&described).collect::<Vec<_>>(), Vec::<&String>::new(), "without HELP");
    let page = std::fs::read_to_string(root().join("docs/OPERATIONS.md")).unwrap();
    let untold: Vec<_> = described
        .iter()
        .filter(|name| !name.starts_with("bowei_edge_") && !page.contains(&format!("`{name}`")))
        .collect();
    assert!(untold.is_empty(), "docs/OPERATIONS.md does not say what they mean: {untold:?}");
}
