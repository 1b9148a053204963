//! Opening a message step by step, for an engineer.

use crate::ningbo::scene::{KEPT, UPLOAD_BUSINESS, departure, fields, now, post};
use bowei_standards::ningbo::Ningbo;
use bowei_standards::platform_side::Explained;
use bowei_standards::{PlatformSide, Refusal};
use serde_json::{Value, json};

fn explain(
    kept: &bowei_standards::platform_side::Fields,
    body: &Value,
) -> (String, Result<Explained, Refusal>) {
    let (steps, result) = Ningbo.explain_open(post(UPLOAD_BUSINESS, body.to_string()), kept, now());
    let shown: String = steps.iter().map(|step| format!("{}: {}\n", step.name, step.value)).collect();
    for secret in ["123456", "e10adc", "argon2"] {
        assert!(!shown.contains(secret), "{secret} is shown in\n{shown}");
    }
    (shown, result)
}

#[test]
fn a_right_message_is_explained_to_its_end() {
    let clear = fields(&[("portname", "admin"), ("portpwd", "123456")]);
    for kept in [&clear, &*KEPT] {
        let mut body = departure();
        body["extra"] = json!(1);
        let (shown, result) = explain(kept, &body);
        assert!(result.is_ok(), "{result:?}");
        for line in [
            "portname: admin",
            "密码: 一致",
            "解析结果: {\"kind\":\"passage\"",
            "规范未列的字段: {\"extra\":1}",
        ] {
            assert!(shown.contains(line), "no “{line}” in\n{shown}");
        }
    }
}

#[test]
fn it_stops_at_the_first_step_that_fails() {
    let mut body = departure();
    body["portpwd"] = json!("wrong");
    let (shown, result) = explain(&KEPT, &body);
    assert_eq!(result.unwrap_err().fault.field(), Some("portpwd"));
    assert!(
        shown.contains("按密码明文取 MD5") && shown.contains("密码: 不一致") && !shown.contains("解析结果")
    );
    let (shown, result) = explain(&fields(&[("portname", "b"), ("portpwd", "x")]), &departure());
    assert_eq!(result.unwrap_err().fault.field(), Some("portname"));
    assert!(shown.contains("账号: 与凭证的 portname 不一致"));
    let (_, result) = explain(&fields(&[("portname", ""), ("portpwd", "x")]), &departure());
    assert!(result.unwrap_err().fault.message().contains("portname"));
}
