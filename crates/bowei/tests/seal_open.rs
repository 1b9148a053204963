//! An integrator's two tools: a message made by one is read by the other, and what is wrong is said.

use crate::support;

use bowei_standards::PlatformSide as _;
use bowei_standards::huzhou::Huzhou;
use bowei_standards::platform_side::{Fields, Issued};
use serde_json::Value;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;
use support::{bowei, printed};

const AT: &str = "2026-04-01T08:15:30+08:00";
const ENTRY: &str = r#"{"kind":"entry","record_id":"R-1","at":"2026-04-01T08:15:30+08:00","plate":"浙E12345",
    "plate_kind":"02","gate":"G1","gate_name":"东门's 入口","berth":"A12","vacant":127}"#;

/// An account as a registry would have made it: key pairs take a moment.
static ISSUED: LazyLock<Issued> =
    LazyLock::new(|| Huzhou.issue(&Fields::from([("app_id".into(), "hz-0001".into())])).unwrap());

/// A folder with the account's keys, one file each, as editors leave them.
struct Keys(tempfile::TempDir);

impl Keys {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, value) in ISSUED.handed_out.iter().chain(&ISSUED.kept) {
            std::fs::write(folder.path().join(name), format!("{value}\n")).unwrap();
        }
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// `bowei TOOL huzhou` with the keys of that side.
    fn tool(&self, tool: &str, names: &[&str]) -> Command {
        let mut command = bowei();
        command.args([tool, "huzhou", "--key", "app_id=hz-0001"]);
        for name in names {
            command.arg("--key").arg(format!("{name}=@{}", self.path(name).display()));
        }
        command
    }

    fn seal(&self) -> Command {
        let mut command = self.tool("seal", &["secret_key", "public_key"]);
        command.args(["--at", AT]);
        command
    }

    fn open(&self) -> Command {
        let mut command = self.tool("open", &["secret_key", "private_key_pem"]);
        command.args(["--at", AT]);
        command
    }
}

fn said(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

fn sealed(command: &mut Command) -> Value {
    serde_json::from_str(&printed(command.arg("--json"))).unwrap()
}

#[test]
fn both_tools_explain_themselves_with_an_example_and_the_standards() {
    for tool in ["seal", "open"] {
        let help = printed(bowei().args([tool, "--help"]));
        assert!(help.contains("Example"), "{help}");
        for standard in bowei_standards::all() {
            assert!(help.contains(standard.card().name), "{help}");
        }
    }
}

#[test]
fn what_is_sealed_is_opened() {
    let keys = Keys::new();
    for (kind, path) in [("off-street", "/api/parkinglot/in"), ("on-street", "/api/parking/in")] {
        let options = ["--lot-id", "HZ330502001", "--lot-kind", kind, "--report", ENTRY];
        let message = sealed(keys.seal().args(options));
        assert_eq!((message["method"].as_str(), message["path"].as_str()), (Some("POST"), Some(path)));
        let body = message["body"].as_str().unwrap();
        let opened = printed(keys.open().args(["--path", path, "--body", body]));
        assert!(opened.contains("可以读取"), "{opened}");
        assert!(opened.contains("浙E12345") && opened.contains("HZ330502001"), "{opened}");
    }
}

#[test]
fn a_command_line_carries_the_message_whole() {
    let keys = Keys::new();
    let text = printed(keys.seal().args(["--lot-id", "HZ330502001", "--report", ENTRY]));
    let (steps, curl) = text.split_once("\ncurl ").unwrap();
    assert!(steps.contains("待签名字符串：appId=hz-0001&timestamp="), "{steps}");
    assert!(steps.contains("东门's 入口"), "{steps}");
    // The shell itself says what curl would be given.
    let script = format!("curl() {{ printf '%s\\0' \"$@\"; }}\ncurl {curl}");
    let shell = Command::new("sh").arg("-c").arg(script).output().unwrap();
    let given = String::from_utf8(shell.stdout).unwrap();
    let given: Vec<_> = given.split('\0').collect();
    assert!(given.contains(&"http://127.0.0.1:8080/api/parkinglot/in"), "{given:?}");
    let body = given[given.iter().position(|word| *word == "--data-raw").unwrap() + 1];
    printed(keys.open().args(["--path", "/api/parkinglot/in", "--body", body]));
}

#[test]
fn a_body_too_long_for_a_command_line_goes_to_a_file() {
    let keys = Keys::new();
    let (picture, out) = (keys.path("car.jpg"), keys.path("body"));
    let bytes: Vec<u8> =
        [0xff, 0xd8, 0xff, 0xe0].into_iter().chain((0..60_000).map(|n| (n % 251) as u8)).collect();
    std::fs::write(&picture, bytes).unwrap();
    let photo = r#"{"kind":"photo","record_id":"R-1","role":"entry"}"#;
    let seal = || {
        let mut seal = keys.seal();
        seal.args(["--lot-id", "HZ330502001", "--report", photo, "--picture"]).arg(&picture);
        seal
    };
    let output = seal().output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).1.contains("--out FILE"), "{:?}", said(&output));
    let line = printed(seal().arg("--out").arg(&out));
    assert!(line.contains(&format!("--data-binary '@{}'", out.display())), "{line}");
    let body = format!("@{}", out.display());
    let opened = printed(keys.open().args(["--path", "/api/photo/upload", "--body", &body]));
    assert!(opened.contains("image/jpeg"), "{opened}");
}

#[test]
fn a_wrong_secret_shows_the_string_to_sign_and_fails() {
    let keys = Keys::new();
    let message = sealed(keys.seal().args(["--lot-id", "HZ330502001", "--report", ENTRY]));
    let body = message["body"].as_str().unwrap();
    // With the secret alone a signature can be examined.
    let mut open = bowei();
    open.args(["open", "huzhou", "--key", "app_id=hz-0001", "--key", "secret_key=wrong", "--at", AT]);
    let output = open.args(["--path", "/api/parkinglot/in", "--body", body]).output().unwrap();
    let (out, err) = said(&output);
    assert_eq!(output.status.code(), Some(1), "{out}{err}");
    assert!(out.contains("appId=hz-0001&timestamp=1775002530000&path=/api/parkinglot/in"), "{out}");
    assert!(out.contains("字段 field：signature") && out.contains("代码 code：401"), "{out}");
    // Without the secret there is none that it should have been.
    let mut open = keys.tool("open", &[]);
    let opened = printed(open.args(["--at", AT, "--path", "/api/parkinglot/in", "--body", body]));
    assert!(
        opened.contains("签名：未核对：未提供 secret_key") && !opened.contains("应有的 signature"),
        "{opened}"
    );
    // A vendor has no private key: with the right secret that is all there is to look at, and nothing is refused.
    let mut open = keys.tool("open", &["secret_key"]);
    let opened = printed(open.args(["--at", AT, "--path", "/api/parkinglot/in", "--body", body]));
    assert!(opened.contains("签名、时间一致；没有私钥，未解密"), "{opened}");
}

#[test]
fn yesterdays_message_is_examined_by_yesterdays_clock() {
    let keys = Keys::new();
    let message =
        sealed(keys.seal().args(["--lot-id", "HZ330502001", "--report", r#"{"kind":"heartbeat"}"#]));
    let file = keys.path("message.json");
    std::fs::write(&file, message["body"].as_str().unwrap()).unwrap();
    let open = |at: Option<&str>| {
        let mut open = keys.tool("open", &["secret_key", "private_key_pem"]);
        open.args(["--path", "/api/heartbeat", "--body", "-"]).stdin(std::fs::File::open(&file).unwrap());
        at.into_iter().for_each(|at| {
            open.args(["--at", at]);
        });
        open.output().unwrap()
    };
    assert_eq!(open(Some("2026-04-01T08:19:00+08:00")).status.code(), Some(0));
    let now = open(None);
    assert_eq!(now.status.code(), Some(1));
    assert!(said(&now).0.contains("timestamp"), "{:?}", said(&now));
}

#[test]
fn a_report_that_does_not_fit_names_its_field() {
    let keys = Keys::new();
    for (from, to, words) in [
        ("127", "\"many\"", "vacant: expected a whole number, came \"many\""),
        ("+08:00", "", "at: expected a time with its offset"),
        ("plate_kind", "plateKind", "plateKind: expected one of the fields"),
        ("\"entry\"", "\"arrival\"", "kind: expected one of heartbeat, entry, exit"),
        ("\"gate\":\"G1\",\"gate_name\":\"东门's 入口\",", "", "channel_name is required by the standard"),
    ] {
        let report = ENTRY.replace("\n    ", "").replace(from, to);
        let mut seal = keys.seal();
        let mut child = seal
            .args(["--lot-id", "HZ330502001", "--report", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(report.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{words}");
        assert!(said(&output).1.contains(words), "{words}: {:?}", said(&output));
    }
}

#[test]
fn bad_use_is_exit_code_2_and_says_what_would_be_right() {
    let keys = Keys::new();
    let message = ["--lot-id", "HZ330502001", "--report", ENTRY];
    let mut calls: Vec<(Command, Vec<&str>, &str)> = vec![
        (bowei(), vec!["seal", "atlantis", "--lot-id", "1", "--report", "{}"], "huzhou"),
        (keys.seal(), vec!["--report", ENTRY], "--lot-id"),
        (keys.seal(), vec!["--lot-id", "HZ330502001"], "--report"),
        (keys.seal(), vec!["--login"], "huzhou has no login"),
        (keys.seal(), [&message[..], &["--token", "T"]].concat(), "leave --token out"),
        (keys.seal(), [&message[..], &["--key", "app_id=hz-0002"]].concat(), "twice"),
        (keys.seal(), [&message[..], &["--key", "app_id"]].concat(), "NAME=VALUE"),
        (
            bowei(),
            [&["seal", "huzhou"], &message[..], &["--at", "today"]].concat(),
            "2026-04-01T08:15:30+08:00",
        ),
        (keys.open(), vec!["--path", "/api/nowhere", "--body", "{}"], "/api/parking/in"),
        (keys.open(), vec!["--path", "/api/heartbeat", "--body", "{}", "--header", "x"], "NAME: VALUE"),
        (bowei(), vec!["open", "huzhou", "--path", "/api/heartbeat", "--body", "{}"], "--key app_id=VALUE"),
    ];
    for (command, args, words) in &mut calls {
        let output = command.args(args.iter()).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{words}: {:?}", said(&output));
        assert!(said(&output).1.contains(*words), "{words}: {:?}", said(&output));
    }
}

#[test]
fn a_file_whose_at_sign_was_forgotten_is_told_so() {
    let keys = Keys::new();
    std::fs::write(keys.path("message.json"), "{}").unwrap();
    for (mut command, args) in [
        (keys.open(), ["--path", "/api/heartbeat", "--body", "message.json"]),
        (keys.seal(), ["--lot-id", "HZ330502001", "--report", "message.json"]),
    ] {
        let output = command.args(args).current_dir(keys.path("")).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{:?}", said(&output));
        assert!(said(&output).1.contains("write @message.json"), "{:?}", said(&output));
    }
}

#[test]
fn times_are_shown_in_the_city_s_own() {
    let keys = Keys::new();
    let message = sealed(keys.seal().args(["--lot-id", "HZ330502001", "--report", ENTRY]));
    let body = message["body"].as_str().unwrap();
    let opened = printed(keys.open().args(["--path", "/api/parkinglot/in", "--body", body]));
    assert!(opened.contains(r#""at":"2026-04-01T08:15:30+08:00""#), "{opened}");
}

#[test]
fn a_credential_that_lacks_a_field_is_told_which() {
    let keys = Keys::new();
    let mut seal = keys.tool("seal", &["secret_key"]);
    let output = seal.args(["--lot-id", "HZ330502001", "--report", ENTRY]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).1.contains("--key public_key=VALUE"), "{:?}", said(&output));
}
