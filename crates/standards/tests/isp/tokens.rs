//! 1.2: tokens are JWTs that prove themselves by the credential's own key and the clock that is handed in.

use crate::isp::scene::{
    CLIENT_ID, HOLDER, Holder, NOW_S, SECRET, at, claims, deliver_at, log_in, login, signed, with_token,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bowei_standards::isp::Isp;
use bowei_standards::platform_side::Claim;
use bowei_standards::{Fault, PlatformSide, Refusal};
use bytes::Bytes;
use http::{Method, Request};
use serde_json::{Value, json};

const BODY: &str = r#"[{"park_code":"ATXL/1","coordinate_system":"GCJ02"}]"#;

fn heard(token: &str, now_s: i64) -> Result<(), Refusal> {
    let request = with_token(Method::POST, "/park/spot", BODY, token);
    deliver_at(request, &HOLDER.account(), at(now_s)).map(drop)
}

fn with_header(value: &str) -> Result<(), Refusal> {
    let request = Request::post("/park/spot").header("authorization", value);
    let request = request.body(Bytes::from(BODY)).unwrap();
    deliver_at(request, &HOLDER.account(), at(NOW_S)).map(drop)
}

#[test]
fn a_token_says_what_the_text_shows() {
    let body = json!({ "username": CLIENT_ID, "password": SECRET, "grant_type": "password" });
    let login = log_in(login(&body), &HOLDER.account()).unwrap();
    assert_eq!(login.ttl, None, "it proves itself");
    let answer: Value = serde_json::from_str(login.receipt.as_deref().unwrap()).unwrap();
    let names: Vec<_> = answer.as_object().unwrap().keys().collect();
    assert_eq!(names, ["access_token", "token_type", "expires_in", "scope", "token"]);
    assert_eq!(answer["access_token"], login.token.as_str());
    assert_eq!(answer["expires_in"], "43200");
    let parts: Vec<_> = login.token.split('.').collect();
    let part =
        |text: &str| -> Value { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap() };
    assert_eq!(part(parts[0]), json!({ "typ": "JWT", "alg": "HS256" }));
    let said = part(parts[1]);
    let jti = said["jti"].as_str().unwrap();
    assert_eq!(
        said,
        json!({ "scope": ["all"], "exp": NOW_S + 43_200, "authorities": ["ROLE_USER"], "jti": jti, "client_id": CLIENT_ID })
    );
    assert_eq!(jti.len(), 36);
    let short = STANDARD.decode(answer["token"].as_str().unwrap()).unwrap();
    let hex: String = short.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(jti.replace('-', ""), hex, "the short word is the token's id");
    let ours = signed(&json!({ "typ": "JWT", "alg": "HS256" }), &said, &HOLDER.token_key());
    assert_eq!(ours, login.token, "anyone with the key makes the same");
}

#[test]
fn a_token_is_good_until_its_end_and_no_longer() {
    let body = json!({ "client_id": CLIENT_ID, "client_secret": SECRET });
    let token = log_in(login(&body), &HOLDER.account()).unwrap().token;
    assert!(heard(&token, NOW_S).is_ok());
    assert!(heard(&token, NOW_S + 43_199).is_ok());
    let refusal = heard(&token, NOW_S + 43_200).unwrap_err();
    assert_eq!(refusal.code, "401");
    assert_eq!(
        refusal.fault.message(),
        "Authorization 验证失败：应为有效的 access_token，请重新调用 /oauth/token 获取，\
         收到已于 2026-04-01 20:15:30 过期的令牌"
    );
    let shown = format!("{:?}", refusal.steps);
    assert!(!shown.contains(&token) && !shown.contains(token.rsplit('.').next().unwrap()));
}

#[test]
fn the_scheme_is_read_in_any_case_and_may_be_left_out() {
    let token = HOLDER.good();
    for header in
        [format!("Bearer {token}"), format!("bearer {token}"), format!("BEARER  {token} "), token.clone()]
    {
        assert!(with_header(&header).is_ok(), "{header}");
    }
    for header in
        ["Bearer", "Bearer ", "Bearer x y", "Basic aXNw", "Token abc", "a.b.c", "...", "Bearer ..", "é"]
    {
        let refusal = with_header(header).unwrap_err();
        assert_eq!(
            (refusal.code.as_str(), refusal.fault.field()),
            ("401", Some("Authorization")),
            "{header}"
        );
    }
}

#[test]
fn nobody_can_make_or_change_a_token() {
    let key = [0x41; 32];
    let hs256 = json!({ "alg": "HS256", "typ": "JWT" });
    let good = HOLDER.good();
    let [header, body, signature] = good.split('.').collect::<Vec<_>>()[..] else { panic!("three parts") };
    let longer = URL_SAFE_NO_PAD.encode(claims(NOW_S + 9_999_999).to_string());
    let none = URL_SAFE_NO_PAD.encode(json!({ "alg": "none" }).to_string());
    let hs512 = URL_SAFE_NO_PAD.encode(json!({ "alg": "HS512" }).to_string());
    for forged in [
        signed(&hs256, &claims(NOW_S + 60), &key),
        signed(&hs256, &claims(NOW_S + 60), b""),
        format!("{header}.{longer}.{signature}"),
        format!("{none}.{body}."),
        format!("{none}.{body}.{signature}"),
        format!("{hs512}.{body}.{signature}"),
        format!("{header}.{body}."),
        format!("{header}.{body}"),
        format!("{header}.{body}.{}", &signature[..signature.len() - 2]),
    ] {
        let refusal = heard(&forged, NOW_S).unwrap_err();
        assert_eq!(refusal.code, "401", "{forged}");
        assert!(matches!(refusal.fault, Fault::Mismatch { .. }), "{forged}");
    }
    let somebody = Holder::new("isp-0002", "x");
    assert!(heard(&somebody.good(), NOW_S).is_err(), "another account's key is no key of this one's");
}

#[test]
fn a_token_says_whose_it_is_before_anyone_believes_it() {
    let request = with_token(Method::POST, "/park/spot", BODY, &HOLDER.good());
    let envelope = Isp.read(request).unwrap();
    assert_eq!(*envelope.claim(), Claim::Account(CLIENT_ID.to_owned()));
    assert_eq!(envelope.cost_of_authentication(Some(&HOLDER.account())), 0);
    let refusal = envelope.authenticate(None, at(NOW_S)).unwrap_err();
    assert_eq!(refusal.code, "401");
    assert!(matches!(refusal.fault, Fault::UnknownAccount { .. }));
    for odd in [json!({ "exp": 1 }), json!({ "exp": 1, "client_id": "" }), json!({ "client_id": CLIENT_ID })]
    {
        let token = HOLDER.token(&odd);
        assert_eq!(heard(&token, NOW_S).unwrap_err().code, "401");
    }
    assert!(heard(&HOLDER.token(&claims(i64::MAX)), NOW_S).is_ok());
    assert!(heard(&HOLDER.token(&claims(i64::MIN)), NOW_S).is_err());
    let long = HOLDER.token(&json!({ "exp": NOW_S + 60, "client_id": CLIENT_ID, "jti": "x".repeat(2_000) }));
    assert_eq!(heard(&long, NOW_S).unwrap_err().code, "401");
}

#[test]
fn a_token_may_stand_in_the_query() {
    let token = HOLDER.good();
    for name in ["access_token", "token"] {
        let path = format!("/park/spot?park_code=ATXL/1%2CATXL%2F2&{name}={token}");
        let request = Request::delete(path).body(Bytes::new()).unwrap();
        let delivery = deliver_at(request, &HOLDER.account(), at(NOW_S)).unwrap();
        assert_eq!(delivery.reports.len(), 2, "both lots that the query names");
    }
    for path in ["/park/spot?park_code=ATXL/1&access_token=x.y.z", "/park/spot?park_code=ATXL/1&token="] {
        let request = Request::delete(path).body(Bytes::new()).unwrap();
        let refusal = deliver_at(request, &HOLDER.account(), at(NOW_S)).unwrap_err();
        assert_eq!(refusal.code, "401", "{path}");
    }
}
