//! Every step of opening a message, for an engineer who wonders why it is refused.

use crate::isp::scene::{
    CLIENT_ID, HOLDER, NOW_S, SECRET, at, claims, entrance, login, message, now, with_token,
};
use bowei_standards::isp::Isp;
use bowei_standards::platform_side::{Explained, Outcome};
use bowei_standards::{PlatformSide, Refusal, Step};
use bytes::Bytes;
use http::{Method, Request};
use serde_json::json;

fn explained(request: Request<Bytes>) -> (Vec<Step>, Result<Explained, Refusal>) {
    Isp.explain_open(request, &HOLDER.kept, now())
}

fn names(steps: &[Step]) -> Vec<&str> {
    steps.iter().map(|step| step.name.as_str()).collect()
}

#[test]
fn a_good_message_is_explained_to_its_reports() {
    let body = json!([entrance()]).to_string();
    let (steps, result) = explained(message(Method::POST, "/park/entrance", body));
    assert_eq!(result, Ok(Explained::Whole));
    assert_eq!(
        names(&steps),
        [
            "请求",
            "access_token",
            "client_id",
            "令牌",
            "账号核对",
            "令牌核对",
            "请求体字节数",
            "请求体",
            "解析结果",
            "解析结果"
        ]
    );
    assert!(steps[8].value.contains("鲁A12345-in-1775002500"), "{}", steps[8].value);
    assert!(steps.iter().all(|step| !step.value.contains("/9j/4")));
}

#[test]
fn doubts_are_explained_too() {
    let (steps, _) = explained(message(Method::POST, "/park/spot", r#"[{"park_code":"ATXL/1"}]"#));
    assert!(names(&steps).contains(&"存疑"));
}

#[test]
fn explaining_stops_where_opening_fails() {
    let spot = r#"[{"park_code":"ATXL/1"}]"#;
    let dead = HOLDER.token(&claims(NOW_S - 1));
    let (steps, result) = explained(with_token(Method::POST, "/park/spot", spot, &dead));
    let refusal = result.unwrap_err();
    assert_eq!(refusal.code, "401");
    assert_eq!(names(&steps).last(), Some(&"令牌核对"));
    assert_eq!(refusal.steps, steps);

    let mut other = claims(NOW_S + 60);
    other["client_id"] = json!("isp-0002");
    let (steps, result) = explained(with_token(Method::POST, "/park/spot", spot, &HOLDER.token(&other)));
    assert!(result.is_err());
    assert_eq!(names(&steps).last(), Some(&"账号核对"));

    let (_, result) = explained(message(Method::POST, "/park/spot", "{"));
    assert_eq!(result.unwrap_err().code, "1");
    let (steps, result) = explained(message(Method::PUT, "/park/spot", spot));
    assert!(result.is_err() && steps.is_empty());
}

#[test]
fn a_login_is_explained_without_its_secret() {
    let (steps, result) = explained(login(&json!({ "client_id": CLIENT_ID, "client_secret": SECRET })));
    assert_eq!(result, Ok(Explained::Whole));
    assert!(!format!("{steps:?}").contains(SECRET));
    let (steps, result) = explained(login(&json!({ "client_id": CLIENT_ID, "client_secret": "wrong" })));
    assert_eq!(result.unwrap_err().code, "401");
    assert!(!format!("{steps:?}").contains("wrong"));
    let mut kept = HOLDER.kept.clone();
    kept.insert("token_key".to_owned(), "none".to_owned());
    let request = login(&json!({ "client_id": CLIENT_ID, "client_secret": SECRET }));
    let (_, result) = Isp.explain_open(request, &kept, at(NOW_S));
    let refusal = result.unwrap_err();
    assert_eq!(Isp.answer(&Outcome::Refused(&refusal), now()).status(), 200);
}

#[test]
fn a_vendor_without_the_token_key_has_its_fields_examined() {
    let mut kept = HOLDER.kept.clone();
    kept.remove("token_key");
    let asked = |body: &str| message(Method::POST, "/park/spot-num", body.to_owned());
    let right = r#"[{"park_code":"ATXL/1","total_spots_num":10,"remain_spots_num":4,"used_spots_num":6}]"#;
    let (steps, result) = Isp.explain_open(asked(right), &kept, now());
    assert!(matches!(result, Ok(Explained::Partly("可以读取；令牌的签名未核对", _))), "{result:?}");
    assert!(names(&steps).contains(&"解析结果"), "{steps:?}");
    let (_, result) = Isp.explain_open(asked(&right.replace("\"total_spots_num\":10,", "")), &kept, now());
    assert_eq!(result.unwrap_err().fault.field(), Some("[0].total_spots_num"));
}
