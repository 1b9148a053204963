//! Opening a message step by step, for an engineer.

use crate::huzhou::scene::{HOLDER, STRANGER, VECTORS, at, post};
use bowei_standards::huzhou::Huzhou;
use bowei_standards::platform_side::Explained;
use bowei_standards::{PlatformSide, Refusal};
use serde_json::{Value, json};

fn explain(case: &str, late_ms: i64, alter: impl FnOnce(&mut Value)) -> (String, Result<Explained, Refusal>) {
    let case = &VECTORS["cases"][case];
    let mut body = case["body"].clone();
    let now = at(body["timestamp"].as_i64().unwrap() + late_ms);
    alter(&mut body);
    let request = post(case["path"].as_str().unwrap(), body.to_string());
    let (steps, result) = Huzhou.explain_open(request, &HOLDER.kept, now);
    let shown: String = steps.iter().map(|step| format!("{}: {}\n", step.name, step.value)).collect();
    assert!(!shown.contains(&HOLDER.secret), "a secret is shown");
    assert!(!shown.contains("PRIVATE KEY"), "a key is shown");
    (shown, result)
}

fn check(shown: &str, lines: &[&str]) {
    for line in lines {
        assert!(shown.contains(line), "no “{line}” in\n{shown}");
    }
}

#[test]
fn a_right_message_is_explained_to_its_end() {
    let (shown, result) = explain("several blocks", 1_500, |_| {});
    assert!(result.is_ok(), "{result:?}");
    let signature = VECTORS["cases"]["several blocks"]["body"]["signature"].as_str().unwrap();
    check(
        &shown,
        &[
            "appId: hz-0001\n",
            "timestamp: 1775002531000（比平台时间慢 1.500 秒）",
            "请求路径: /api/parkinglot/in\n",
            "待签名字符串: appId=hz-0001&timestamp=1775002531000&path=/api/parkinglot/in\n",
            &format!("应有的 signature: {signature}\n"),
            "签名: 一致\n",
            "时间窗口: 在 ±5 分钟之内\n",
            "密文字节数: 1024\n",
            "密文块数: 4\n",
            "解密: 成功，明文 747 字节\n",
            "\"vehiclePlate\":\"浙ED12345\"",
            "解析结果: {\"kind\":\"passage\"",
        ],
    );
}

#[test]
fn a_wrong_signature_is_held_against_the_right_one() {
    let (shown, result) = explain("one block", 0, |body| body["signature"] = json!("AAAA"));
    assert_eq!(result.unwrap_err().code, "401");
    let right = VECTORS["cases"]["one block"]["body"]["signature"].as_str().unwrap();
    check(&shown, &["收到的 signature: AAAA\n", &format!("应有的 signature: {right}\n"), "签名: 不一致\n"]);
    assert!(!shown.contains("解密"), "nothing is decrypted after a wrong signature");
}

#[test]
fn seconds_in_place_of_milliseconds_are_recognised() {
    let (shown, result) = explain("one block", 0, |body| {
        body["timestamp"] = json!(1_775_002_530);
        body["signature"] = json!(HOLDER.sign("/api/parkinglot/in", "1775002530"));
    });
    assert_eq!(result.unwrap_err().code, "401");
    check(&shown, &["签名: 一致\n", "timestamp 像是秒，应为毫秒"]);
}

#[test]
fn the_block_that_does_not_open_is_named() {
    let (shown, result) = explain("one block", 0, |body| {
        let good = HOLDER.encrypted(&[b' '; 245], 245);
        let bad = STRANGER.encrypted(b"{}", 245);
        let blocks = [&good[..], &good, &bad, &good].concat();
        body["encryptedData"] =
            json!(base64::Engine::encode(&base64::engine::general_purpose::STANDARD, blocks));
    });
    assert_eq!(result.unwrap_err().code, "400");
    check(&shown, &["密文块数: 4\n", "第 3 块起失败，共 1 块无法解密"]);
}

#[test]
fn what_opens_but_is_no_json_is_shown() {
    let (shown, result) =
        explain("one block", 0, |body| body["encryptedData"] = json!(HOLDER.encrypt(b"<xml/>", 245)));
    assert_eq!(result.unwrap_err().code, "400");
    check(&shown, &["解密: 成功，明文 6 字节", "不是 UTF-8 的 JSON：<xml/>"]);
    let (shown, _) = explain("one block", 0, |body| body["encryptedData"] = json!("QUJD"));
    check(&shown, &["密文字节数: 3\n", "余 3 字节：密文不完整"]);
    let (shown, _) = explain("one block", 0, |body| body["encryptedData"] = json!("###"));
    check(&shown, &["不是标准 Base64"]);
}

#[test]
fn another_account_and_unusable_keys_are_told() {
    let case = &VECTORS["cases"]["one block"];
    let request = post(case["path"].as_str().unwrap(), case["body"].to_string());
    let now = at(case["body"]["timestamp"].as_i64().unwrap());
    let (_, result) = Huzhou.explain_open(request.clone(), &STRANGER.kept, now);
    assert_eq!(result.unwrap_err().code, "401");
    let mut unusable = HOLDER.kept.clone();
    unusable.insert("private_key_pem".to_owned(), "none".to_owned());
    let (_, result) = Huzhou.explain_open(request, &unusable, now);
    assert!(result.unwrap_err().fault.message().contains("private_key_pem"));
}

#[test]
fn a_vendor_without_the_private_key_learns_that_the_rest_is_right() {
    let case = &VECTORS["cases"]["one block"];
    let request = |body: &Value| post(case["path"].as_str().unwrap(), body.to_string());
    let now = at(case["body"]["timestamp"].as_i64().unwrap());
    let (steps, result) = Huzhou.explain_open(request(&case["body"]), &HOLDER.handed_out, now);
    assert!(matches!(result, Ok(Explained::Partly("签名、时间一致；没有私钥，未解密", _))), "{result:?}");
    assert!(steps.iter().any(|step| step.name == "签名" && step.value == "一致"), "{steps:?}");
    let mut wrong = case["body"].clone();
    wrong["signature"] = json!("AAAA");
    let (_, result) = Huzhou.explain_open(request(&wrong), &HOLDER.handed_out, now);
    assert_eq!(result.unwrap_err().code, "401");
}
