//! Opening a message step by step, for an engineer.

use crate::yunkuaichong::scene::{KEY, RECORD, fields, kept, known, now, post};
use bowei_standards::platform_side::Explained;
use bowei_standards::yunkuaichong::Yunkuaichong;
use bowei_standards::{PlatformSide, Refusal};
use serde_json::{Value, json};

fn explain(alter: impl FnOnce(&mut Value)) -> (String, Result<Explained, Refusal>) {
    let mut body = known("charging record, empty spaceNo");
    alter(&mut body);
    let (steps, result) = Yunkuaichong.explain_open(post(RECORD, body.to_string()), &kept(), now());
    let shown: String = steps.iter().map(|step| format!("{}: {}\n", step.name, step.value)).collect();
    assert!(!shown.contains(KEY), "the key is shown");
    (shown, result)
}

#[test]
fn a_right_message_is_explained_to_its_end() {
    let (shown, result) = explain(|_| {});
    assert!(result.is_ok(), "{result:?}");
    for line in [
        "portName: ykc-gate\n",
        "待签名字符串: deviceId=D-01&",
        "应有的 sign: 725189871EB95D23C70D531F68D52881\n",
        "签名: 一致\n",
        "解析结果: {\"kind\":\"charging-record\"",
    ] {
        assert!(shown.contains(line), "no “{line}” in\n{shown}");
    }
}

#[test]
fn it_stops_at_the_first_step_that_fails() {
    let (shown, result) = explain(|body| body["sign"] = json!("9A0A8659F005D6984697E2CA0A9CF3B7"));
    assert_eq!(result.unwrap_err().fault.field(), Some("sign"));
    assert!(shown.contains("收到的 sign: 9A0A8659…（32 个字符）\n") && shown.contains("签名: 不一致\n"));
    assert!(!shown.contains("解析结果"));
    let (shown, result) = explain(|body| body["portName"] = json!("b"));
    assert_eq!(result.unwrap_err().fault.field(), Some("portName"));
    assert!(shown.contains("账号: 与凭证的 port_name 不一致\n") && !shown.contains("应有的 sign"));
    let (_, result) =
        Yunkuaichong.explain_open(post(RECORD, "{}"), &fields(&[("port_name", ""), ("key", "x")]), now());
    assert!(result.unwrap_err().fault.message().contains("port_name"));
}
