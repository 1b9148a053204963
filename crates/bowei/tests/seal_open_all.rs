//! The integrator's two tools under every standard: what is sealed is opened, and a wrong secret is told apart.

use crate::support;

use serde_json::Value;
use std::process::Command;
use support::{bowei, printed};

const AT: &str = "2026-04-01T08:15:30+08:00";
const EXIT: &str = r#"{"kind":"exit","record_id":"R-1","at":"2026-04-01T08:15:30+08:00","entered_at":"2026-04-01T07:15:30+08:00",
    "plate":"浙E12345","plate_kind":"02","gate":"G00001","gate_name":"东门出口","vacant":127,
    "payable":"34.50","paid":"34.50","paid_at":"2026-04-01T08:14:00+08:00","pay_kind":"alipay","brand":"大众"}"#;
const CHARGE: &str = r#"{"kind":"charging-record","order_no":"1","plate":"浙E12345","started_at":"2026-04-01T07:20:00+08:00",
    "ended_at":"2026-04-01T08:05:00+08:00","energy_kwh":"23.45","total_fee":"28.14","station":"S-88 站","device":"D-01 桩"}"#;

/// A standard's account, as its two tools take it, and one thing that it can say.
struct StandardProfile {
    standard: &'static str,
    keys: &'static [&'static str],
    wrong: &'static [&'static str],
    lot_id: &'static str,
    report: &'static str,
    token: Option<&'static str>,
    /// What the message shows when it is opened.
    shows: &'static str,
}

const SPEAK: [StandardProfile; 4] = [
    StandardProfile {
        standard: "shenzhen",
        keys: &["user_id=sz-1", "password=S3cret-密码"],
        wrong: &["user_id=sz-1", "password=another"],
        lot_id: "9f3b6c1e4d2a48f7a0b5c6d7e8f90a1b",
        report: EXIT,
        token: Some("0123456789abcdef0123456789abcdef"),
        shows: "浙E12345",
    },
    StandardProfile {
        standard: "ningbo",
        keys: &["portname=admin", "portpwd=123456"],
        wrong: &["portname=admin", "portpwd=654321"],
        lot_id: "330212077102",
        report: EXIT,
        token: None,
        shows: "浙E12345",
    },
    StandardProfile {
        standard: "isp",
        keys: &["client_id=isp-1", "client_secret=s3cret"],
        wrong: &["client_id=isp-1", "client_secret=another"],
        lot_id: "ATXL/1",
        report: EXIT,
        token: Some("a.b.c"),
        shows: "浙E12345",
    },
    StandardProfile {
        standard: "yunkuaichong",
        keys: &["port_name=ykc-gate", "key=k-9d2f"],
        wrong: &["port_name=ykc-gate", "key=another"],
        lot_id: "3302122004",
        report: CHARGE,
        token: None,
        shows: "浙E12345",
    },
];

fn tool(tool: &str, standard: &str, keys: &[&str]) -> Command {
    let mut command = bowei();
    command.args([tool, standard, "--at", AT]);
    for key in keys {
        command.args(["--key", key]);
    }
    command
}

fn sealed(command: &mut Command) -> Value {
    serde_json::from_str(&printed(command.arg("--json"))).unwrap()
}

/// `bowei open` with the message as it was sealed.
fn opening(message: &Value, standard: &str, keys: &[&str]) -> Command {
    let mut open = tool("open", standard, keys);
    open.args(["--path", message["path"].as_str().unwrap(), "--body", message["body"].as_str().unwrap()]);
    for (name, value) in message["headers"].as_object().unwrap() {
        open.arg("--header").arg(format!("{name}: {}", value.as_str().unwrap()));
    }
    open
}

#[test]
fn what_carries_its_own_proof_is_sealed_and_opened() {
    for speaks in SPEAK.iter().filter(|speaks| speaks.token.is_none()) {
        let mut seal = tool("seal", speaks.standard, speaks.keys);
        let message = sealed(seal.args(["--lot-id", speaks.lot_id, "--report", speaks.report]));
        let opened = printed(&mut opening(&message, speaks.standard, speaks.keys));
        assert!(opened.contains("可以读取") && opened.contains(speaks.shows), "{opened}");
        let refused = opening(&message, speaks.standard, speaks.wrong).output().unwrap();
        assert_eq!(refused.status.code(), Some(1), "{}", speaks.standard);
    }
}

#[test]
fn a_login_is_sealed_and_opened_and_a_wrong_password_is_told() {
    for speaks in SPEAK.iter().filter(|speaks| speaks.token.is_some()) {
        let message = sealed(tool("seal", speaks.standard, speaks.keys).arg("--login"));
        let opened = printed(&mut opening(&message, speaks.standard, speaks.keys));
        assert!(opened.contains("可以读取"), "{}: {opened}", speaks.standard);
        let refused = opening(&message, speaks.standard, speaks.wrong).output().unwrap();
        assert_eq!(refused.status.code(), Some(1), "{}", speaks.standard);
        let said = String::from_utf8_lossy(&refused.stdout).into_owned();
        assert!(!said.contains("S3cret") && !said.contains("s3cret"), "{said}");
    }
}

#[test]
fn what_no_credential_has_is_no_field_and_what_is_not_given_is_not_looked_at() {
    let others = SPEAK.iter().map(|speaks| (speaks.standard, speaks.keys[0]));
    for (standard, name) in std::iter::once(("huzhou", "app_id=hz-0001")).chain(others) {
        let card = bowei_standards::by_name(standard).unwrap().card();
        let mut open = tool("open", standard, &[name, "secretkey=xx"]);
        let refused = open.args(["--path", card.routes[0].path, "--body", "{}"]).output().unwrap();
        let words = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(2), "{standard}: {words}");
        let known = card.fields().collect::<Vec<_>>().join(", ");
        assert!(words.contains(&format!("secretkey is no field of {standard}: {known}")), "{words}");
        let mut seal = tool("seal", standard, &[name, "secretkey=xx"]);
        let refused = seal.args(["--lot-id", "L", "--report", "{}"]).output().unwrap();
        assert_eq!(refused.status.code(), Some(2), "{standard}");
    }
    for speaks in &SPEAK {
        let mut seal = tool("seal", speaks.standard, speaks.keys);
        let message = match speaks.token {
            Some(_) => sealed(seal.arg("--login")),
            None => sealed(seal.args(["--lot-id", speaks.lot_id, "--report", speaks.report])),
        };
        // The name alone, without the secret.
        let opened = opening(&message, speaks.standard, &speaks.keys[..1]).output().unwrap();
        let said = String::from_utf8_lossy(&opened.stdout).into_owned();
        assert_eq!(opened.status.code(), Some(0), "{}: {said}", speaks.standard);
        assert!(said.contains("未核对：未提供") && said.contains("未核对 it can be read"), "{said}");
        assert!(!said.contains("应有的") && !said.contains("不一致"), "{said}");
    }
}

#[test]
fn a_header_that_is_wanted_is_named_with_its_option() {
    let [shenzhen, _, isp, _] = &SPEAK;
    let mut seal = tool("seal", shenzhen.standard, shenzhen.keys);
    seal.args(["--lot-id", shenzhen.lot_id, "--report", EXIT, "--token", shenzhen.token.unwrap()]);
    let message = sealed(&mut seal);
    let of_shenzhen = (message["path"].as_str().unwrap(), message["body"].as_str().unwrap());
    for (speaks, (path, body)) in [(shenzhen, of_shenzhen), (isp, ("/park/spot-num", "[]"))] {
        let mut open = tool("open", speaks.standard, speaks.keys);
        let refused = open.args(["--path", path, "--body", body]).output().unwrap();
        let said = String::from_utf8_lossy(&refused.stdout).into_owned();
        assert!(said.contains("--header 'authorization: …'"), "{}: {said}", speaks.standard);
        let words = String::from_utf8_lossy(&refused.stderr).into_owned();
        // No step stands above.
        assert!(!words.contains("the last step above"), "{words}");
    }
}

#[test]
fn a_message_under_a_token_is_sealed_once_there_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("car.jpg");
    std::fs::write(&picture, [0xff, 0xd8, 0xff, 0xe0, 1, 2, 3]).unwrap();
    for speaks in SPEAK.iter().filter(|speaks| speaks.token.is_some()) {
        let seal = || {
            let mut seal = tool("seal", speaks.standard, speaks.keys);
            seal.args(["--lot-id", speaks.lot_id, "--report", speaks.report]);
            if speaks.standard == "isp" {
                // There the record carries its picture.
                seal.arg("--picture").arg(&picture);
            }
            seal
        };
        let without = seal().output().unwrap();
        assert_ne!(without.status.code(), Some(0), "{}", speaks.standard);
        let message = sealed(seal().args(["--token", speaks.token.unwrap()]));
        assert!(message["body"].as_str().unwrap().contains("浙E12345"), "{message}");
    }
    // Whose token it is only a platform knows; everything else can be read.
    let [shenzhen, ..] = &SPEAK;
    let mut seal = tool("seal", shenzhen.standard, shenzhen.keys);
    seal.args(["--lot-id", shenzhen.lot_id, "--report", EXIT, "--token", shenzhen.token.unwrap()]);
    let message = sealed(&mut seal);
    let opened = printed(&mut opening(&message, shenzhen.standard, shenzhen.keys));
    assert!(opened.contains("可以读取") && opened.contains("exitRecord"), "{opened}");
}
