//! The examples of docs/open-data.md: each is run against a platform, and what comes is what the page says but for times.
//! `BOWEI_WRITE_EXAMPLES=1` writes what comes into the page.

use crate::docs::{blocks, commands, root};
use crate::support::{Served, bowei_on, printed};
use serde_json::Value;
use std::process::Command;
use std::time::{Duration, Instant};

/// Stands between what two commands print.
const BETWEEN: &str = "\u{1e}\n";

#[test]
fn the_examples_of_the_open_data_come_as_the_page_says() {
    if !Command::new("python3").arg("--version").output().is_ok_and(|said| said.status.success()) {
        println!("not run, for this machine has no python3");
        return;
    }
    let file = root().join("docs/open-data.md");
    let page = std::fs::read_to_string(&file).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path(), None);
    let (_, registry) = blocks(&page).into_iter().find(|(language, _)| language == "toml").unwrap();
    let registered = folder.path().join("registry.toml");
    std::fs::write(&registered, registry).unwrap();
    printed(bowei_on(folder.path()).args(["registry", "apply"]).arg(&registered));
    // What was registered is seen within two seconds.
    let until = Instant::now() + Duration::from_secs(20);
    while !run(&served, "curl -s http://127.0.0.1:8080/open/v1/lots.csv").contains("330212-002") {
        assert!(Instant::now() < until, "the lots are not seen");
        std::thread::sleep(Duration::from_millis(100));
    }
    let ningbo = std::fs::read_to_string(root().join("docs/standards/ningbo.md")).unwrap();
    let (_, message) = blocks(&ningbo).into_iter().find(|(language, _)| language == "python").unwrap();
    let mut say = Command::new("python3");
    say.args(["-c", &message, &served.url, "demo", "demo-password", "330212077102"]);
    let said = printed(say.env("PYTHONIOENCODING", "utf-8"));
    assert!(said.contains(r#"{"result":0}"#), "{said}");
    while !run(&served, "curl -s http://127.0.0.1:8080/open/v1/lots.csv").contains(",21,") {
        assert!(Instant::now() < until, "the count is not seen");
        std::thread::sleep(Duration::from_millis(100));
    }
    let (mut written, mut seen) = (page.clone(), 0);
    for (language, block) in blocks(&page) {
        if !language.is_empty() || !block.starts_with("$ ") {
            continue;
        }
        let commands = commands(&block);
        let came = run(&served, &commands.join(&format!("\nprintf '{BETWEEN}'\n")));
        let shown: String = commands
            .iter()
            .zip(came.split(BETWEEN))
            .map(|(command, came)| format!("$ {command}\n{}\n", came.trim_end()).replace("\n\n", "\n"))
            .collect();
        seen += commands.len();
        written = written.replace(&block, &shown);
    }
    assert!(seen >= 8, "{seen} examples were found: the page is written in another way now");
    if std::env::var_os("BOWEI_WRITE_EXAMPLES").is_some() {
        std::fs::write(&file, &written).unwrap();
    } else {
        let (came, told) = (masked(&written), masked(&page));
        let other = came.lines().zip(told.lines()).find(|(came, told)| came != told);
        assert!(came == told, "the page says something else than what comes: {other:#?}");
    }
    // The catalogue's addresses lead somewhere.
    let catalog = run(&served, "curl -s http://127.0.0.1:8080/open/v1/catalog.json");
    let catalog: Value = serde_json::from_str(&catalog).unwrap();
    assert_eq!(catalog["dcat:dataset"][0]["dcat:distribution"].as_array().unwrap().len(), 9);
}

fn run(served: &Served, script: &str) -> String {
    let script = script.replace("http://127.0.0.1:8080", &served.url);
    let said = Command::new("sh").arg("-c").arg(script).output().unwrap();
    String::from_utf8_lossy(&said.stdout).into_owned()
}

/// The text without what is another each time: times, digests, long numbers.
fn masked(text: &str) -> String {
    let of_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | ':' | '.');
    let mut masked = String::new();
    for part in text.split_inclusive(|c| !of_word(c)) {
        let word = part.trim_end_matches(|c| !of_word(c));
        let bare = word.trim_start_matches(':');
        let is_time = bare.starts_with("20") && bare.contains('T') && bare.ends_with("+08:00");
        let is_digest = bare.len() >= 24 && bare.chars().all(|c| c.is_ascii_hexdigit());
        let is_number = bare.len() >= 10 && bare.chars().all(|c| c.is_ascii_digit());
        if is_time || is_digest || is_number {
            masked.push_str(&part.replace(bare, "…"));
        } else {
            masked.push_str(part);
        }
    }
    masked
}
