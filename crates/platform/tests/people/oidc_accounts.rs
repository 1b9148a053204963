//! Which account it is that an identity provider names, and what is still asked here.

use super::oidc::{Sso, cookie, location};
use crate::support::person::{OFFICE, PASSWORD, Person, without_second_factor};
use crate::support::{Answer, issuer};
use axum::body::Body;
use bowei_platform::{Clock as _, Config};
use bowei_service::Client;
use http::{Method, Request};
use jiff::SignedDuration;
use oauth2::url::Url;
use serde_json::{Value, json};
use std::collections::HashMap;
use totp_rs::{Algorithm, Secret, TOTP};

const REFUSED: &str = "/console/sign-in?sso=refused&back=%2Fconsole";

impl Sso {
    async fn change(&self, login: &str, change: Value) -> Answer {
        let admin = self.city.signed_in("admin").await;
        self.city.ask(&admin, Method::PATCH, &format!("/api/v1/users/{login}"), Some(change)).await
    }

    async fn send_code(&self, cookie: &str, code: &str) -> Answer {
        let client = Client { address: OFFICE, is_proxy: false };
        let request = Request::post("/api/v1/session/oidc").header("cookie", cookie).extension(client);
        let request = request.header("content-type", "application/json");
        self.city.send(request.body(Body::from(json!({"code": code}).to_string())).unwrap()).await
    }

    /// The code that an app shows now.
    fn code(&self, secret: &str) -> String {
        let secret = Secret::Encoded(secret.to_owned()).to_bytes().unwrap();
        let totp = TOTP::new(Algorithm::SHA1, 6, 1, 30, secret, None, "x".to_owned()).unwrap();
        totp.generate(u64::try_from(self.city.clock.now().as_second()).unwrap())
    }

    async fn enrol(&self, person: &Person) -> String {
        let begun = self.city.ask(person, Method::POST, "/api/v1/me/totp", Some(json!({}))).await.json();
        let secret = begun["secret"].as_str().unwrap().to_owned();
        let body = json!({"code": self.code(&secret)});
        assert_eq!(self.city.ask(person, Method::POST, "/api/v1/me/totp", Some(body)).await.status, 200);
        self.city.clock.turn(SignedDuration::from_secs(60));
        secret
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_tied_to_who_first_signs_in_and_a_name_alone_opens_nothing_then() {
    let sso = Sso::new().await;
    for login in ["zhang", "li"] {
        sso.city.account(login, "regulator", None).await;
    }
    sso.city.account("admin", "security-admin", None).await;
    sso.person(&sso.sign_in("7", "zhang").await).await;
    let tied = sso.city.audited("user.identity").await.remove(0).entry;
    assert!(tied.object == "user:zhang" && tied.after.contains("\"subject\":\"7\""), "{tied:?}");
    // Somebody else who is called so now, or calls himself so.
    assert_eq!(location(&sso.sign_in("8", "zhang").await), REFUSED);
    assert_eq!(sso.why("session.begin").await, "another identity");
    // And who is another's subject stays who he is, whatever he is called.
    let renamed = sso.person(&sso.sign_in("7", "li").await).await;
    assert_eq!(sso.city.read(&renamed, "/api/v1/me").await.json()["login"], "zhang");
    assert!(sso.city.platform.app().store.user("li").await.unwrap().unwrap().identity.is_none());
    // Until the security administrator says otherwise, which ends what was begun.
    let done = sso.change("zhang", json!({"reset_identity": true})).await;
    assert_eq!((done.status.as_u16(), &done.json()["user"]["identity"]), (200, &Value::Null));
    assert_eq!(sso.city.read(&renamed, "/api/v1/me").await.status, 401);
    sso.person(&sso.sign_in("8", "zhang").await).await;
    let listed = sso.change("zhang", json!({})).await.json();
    assert_eq!(listed["user"]["identity"], "8");
    let changed = sso.city.audited("user.change").await.remove(1).entry;
    assert!(changed.before.contains("\"identity\":\"7\"") && changed.after.contains("\"identity\":null"));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_not_let_in_is_told_the_same_and_the_audit_says_why() {
    let sso = Sso::new().await;
    for login in ["closed", "locked", "zhang"] {
        sso.city.account(login, "regulator", None).await;
    }
    sso.city.account("admin", "security-admin", None).await;
    sso.person(&sso.sign_in("2", "closed").await).await;
    assert_eq!(sso.change("closed", json!({"disabled": true})).await.status, 200);
    for _ in 0..5 {
        sso.city.sign_in(&json!({"login": "locked", "password": "Ab3-something-else"})).await;
    }
    let long = "x".repeat(65);
    for (subject, name, why, user) in [
        ("1", "nobody", "no account", "nobody"),
        ("2", "closed", "closed", "closed"),
        ("3", "locked", "locked", "locked"),
        ("4", "", "no account", ""),
        ("5", &long, "no login claim", ""),
    ] {
        assert_eq!(location(&sso.sign_in(subject, name).await), REFUSED, "{why}");
        assert_eq!(sso.why("session.begin").await, why);
        assert_eq!(sso.city.audited("session.begin").await.remove(0).entry.user, user);
    }
    // No account is made on the way, and nobody locks another's.
    assert!(sso.city.platform.app().store.user("nobody").await.unwrap().is_none());
    for _ in 0..6 {
        sso.sign_in("9", "zhang-2").await;
    }
    sso.person(&sso.sign_in("7", "zhang").await).await;
    for _ in 0..6 {
        assert_eq!(location(&sso.sign_in("8", "zhang").await), REFUSED);
    }
    assert_eq!(sso.city.sign_in(&json!({"login": "zhang", "password": PASSWORD})).await.status, 200);
    sso.city.clock.turn(SignedDuration::from_mins(31));
    sso.person(&sso.sign_in("3", "locked").await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_no_id_token_has_is_asked_for_and_must_be_of_the_same_person() {
    let sso = Sso::with(without_second_factor(), |oidc| oidc.login_claim = "employee".to_owned()).await;
    sso.city.account("zhang", "regulator", None).await;
    for userinfo in
        [json!({"sub": "8", "employee": "zhang"}), json!({"employee": "zhang"}), json!({"sub": "7"})]
    {
        sso.issuer.said.lock().unwrap().userinfo = userinfo;
        assert_eq!(location(&sso.sign_in("7", "zhang").await), REFUSED);
    }
    sso.issuer.said.lock().unwrap().userinfo = json!({"sub": "7", "employee": "zhang"});
    sso.person(&sso.sign_in("7", "other").await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_factor_here_is_asked_for_unless_the_provider_s_counts() {
    let sso = Sso::with(Config::default(), |_| {}).await;
    sso.city.account("zhang", "operator", None).await;
    let person = sso.person(&sso.sign_in("7", "zhang").await).await;
    // Without one nothing else opens, as by a password.
    assert_eq!(sso.city.read(&person, "/api/v1/lots").await.json()["code"], "totp-required");
    let secret = sso.enrol(&person).await;
    assert_eq!(sso.city.read(&person, "/api/v1/lots").await.status, 200);
    let answer = sso.sign_in("7", "zhang").await;
    assert_eq!(location(&answer), "/console/sign-in?sso=code&back=%2Fconsole");
    assert!(cookie(&answer, "bowei_session").is_none());
    let kept = cookie(&answer, "bowei_oidc").unwrap();
    assert!(kept.contains("SameSite=Strict") && kept.contains("HttpOnly"), "{kept}");
    let kept = kept.split(';').next().unwrap();
    assert_eq!(sso.send_code(kept, "000000").await.status, 401);
    assert_eq!(sso.why("session.begin").await, "code");
    let code = sso.code(&secret);
    let done = sso.send_code(kept, &format!(" {code} ")).await;
    assert_eq!((done.status.as_u16(), &done.json()["session"]["method"]), (200, &json!("oidc")));
    assert!(cookie(&done, "bowei_session").unwrap().contains("SameSite=Strict"));
    assert_eq!(sso.send_code(kept, &code).await.status, 401, "a code is good once");
    // What was kept for one thing opens nothing else, nor later.
    let way = sso.start("", "").await;
    for unfit in ["", "bowei_oidc=x", &way.cookie] {
        assert_eq!(sso.send_code(unfit, "000000").await.json()["code"], "signed-out", "{unfit}");
    }
    sso.city.clock.turn(SignedDuration::from_mins(10));
    assert_eq!(sso.send_code(kept, &sso.code(&secret)).await.json()["code"], "signed-out");
    // Codes are counted as at a password, and the lock holds for both.
    let again = cookie(&sso.sign_in("7", "zhang").await, "bowei_oidc").unwrap();
    let again = again.split(';').next().unwrap();
    // The code that was shown twice was the first of five.
    for _ in 0..4 {
        assert_eq!(sso.send_code(again, "000000").await.status, 401);
    }
    assert_eq!(sso.send_code(again, &sso.code(&secret)).await.status, 429);
    assert_eq!(location(&sso.sign_in("7", "zhang").await), REFUSED);

    let sso = Sso::with(Config::default(), |oidc| oidc.trust_second_factor = true).await;
    sso.city.account("zhang", "operator", None).await;
    let person = sso.person(&sso.sign_in("7", "zhang").await).await;
    assert_eq!(sso.city.read(&person, "/api/v1/me").await.json()["totp"], "none");
    assert_eq!(sso.city.read(&person, "/api/v1/lots").await.status, 200);
    // By a password it is needed all the same; once there is one, still not by the provider.
    let by_password = sso.city.signed_in("zhang").await;
    assert_eq!(sso.city.read(&by_password, "/api/v1/lots").await.json()["code"], "totp-required");
    sso.enrol(&by_password).await;
    sso.person(&sso.sign_in("7", "zhang").await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_provider_asks_once_more_before_what_one_answers_for() {
    let sso = Sso::new().await;
    for login in ["zhang", "li"] {
        sso.city.account(login, "regulator", None).await;
    }
    // Signed in there an hour ago: here, too, it is an hour that nobody was asked.
    let way = sso.start("", "").await;
    let mut claims = sso.claims(&way, "7", "zhang");
    claims["auth_time"] = json!(sso.city.clock.now().as_second() - 3_600);
    let person = sso.person(&sso.back_with(&way, sso.signer.sign(&claims)).await).await;
    let needs = async || {
        let answer = sso.city.ask(&person, Method::POST, "/api/v1/me/totp", Some(json!({}))).await;
        answer.json()["code"] == "password-needed"
    };
    assert!(needs().await);
    let way = sso.start("confirm=true", &person.cookie).await;
    assert_eq!((&*way.asked["prompt"], &*way.asked["max_age"]), ("login", "0"));
    let now = sso.city.clock.now().as_second();
    for (subject, auth_time, why) in [
        ("7", json!(now - 61), "auth_time"),
        ("7", Value::Null, "auth_time"),
        ("8", json!(now), "another identity"),
    ] {
        let mut claims = sso.claims(&way, subject, "zhang");
        claims["auth_time"] = auth_time;
        let answer = sso.back_with(&way, sso.signer.sign(&claims)).await;
        assert_eq!(location(&answer), "/console/confirmed?sso=refused&back=%2Fconsole", "{why}");
        assert_eq!(sso.why("session.confirm").await, why);
        assert!(needs().await);
    }
    // Even a whole way of another person signs nobody in on the way of a confirmation.
    let answer = sso.back_with(&way, sso.signer.sign(&sso.claims(&way, "9", "li"))).await;
    assert!(location(&answer).contains("refused") && cookie(&answer, "bowei_session").is_none());
    let answer = sso.back_with(&way, sso.signer.sign(&sso.claims(&way, "7", "zhang"))).await;
    assert_eq!(location(&answer), "/console/confirmed");
    assert!(cookie(&answer, "bowei_session").is_none());
    assert!(!needs().await);
    let confirmed = sso.city.audited("session.confirm").await.remove(0).entry;
    assert!(confirmed.ok && confirmed.after.contains("\"method\":\"oidc\""), "{confirmed:?}");
    sso.city.clock.turn(SignedDuration::from_mins(6));
    assert!(needs().await);
    // A session that has ended is not confirmed; one by a password gives the password.
    let way = sso.start("confirm=true", &person.cookie).await;
    sso.city.ask(&person, Method::DELETE, "/api/v1/session", None).await;
    let answer = sso.back_with(&way, sso.signer.sign(&sso.claims(&way, "7", "zhang"))).await;
    assert!(location(&answer).contains("refused"));
    let by_password = sso.city.signed_in("li").await;
    for (cookie, status) in [(by_password.cookie.as_str(), 403), ("", 401)] {
        assert_eq!(sso.go("/api/v1/session/oidc?confirm=true", cookie).await.status, status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_needs_no_password_is_not_asked_to_change_it_and_sessions_end_as_ever() {
    let sso = Sso::new().await;
    sso.city.account("admin", "security-admin", None).await;
    let admin = sso.city.signed_in("admin").await;
    let new = json!({"login": "zhang", "name": "张伟", "role": "regulator"});
    let made = sso.city.ask(&admin, Method::POST, "/api/v1/users", Some(new)).await.json();
    let person = sso.person(&sso.sign_in("7", "zhang").await).await;
    assert_eq!(sso.city.read(&person, "/api/v1/me").await.json()["must_change_password"], false);
    assert_eq!(sso.city.read(&person, "/api/v1/lots").await.status, 200);
    // By the password that was made it has to be.
    let body = json!({"login": "zhang", "password": made["password"]});
    assert_eq!(sso.city.sign_in(&body).await.json()["must_change_password"], true);
    sso.city.clock.turn(SignedDuration::from_mins(30));
    assert_eq!(sso.city.read(&person, "/api/v1/me").await.json()["code"], "signed-out");
    // And an account that nobody used for ninety days is closed to the provider's people too.
    sso.city.clock.turn(SignedDuration::from_hours(24 * 91));
    assert_eq!(location(&sso.sign_in("7", "zhang").await), REFUSED);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_gives_its_secret_as_the_provider_takes_it_and_a_wrong_one_opens_nothing() {
    let sso = Sso::new().await;
    sso.city.account("zhang", "regulator", None).await;
    let mut metadata = sso.issuer.metadata();
    metadata["token_endpoint_auth_methods_supported"] = json!(["client_secret_post"]);
    sso.issuer.said.lock().unwrap().metadata = Some(metadata);
    sso.person(&sso.sign_in("7", "zhang").await).await;
    for secret in [None, Some("another".to_owned())] {
        let sso = Sso::with(without_second_factor(), |oidc| oidc.client_secret = secret).await;
        sso.city.account("zhang", "regulator", None).await;
        assert!(location(&sso.sign_in("7", "zhang").await).contains("failed"));
        assert!(sso.why("session.begin").await.contains("invalid_client"));
    }
    assert!(!format!("{:?}", sso.city.audited("session.begin").await).contains(issuer::SECRET));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_out_goes_on_to_the_provider_that_has_a_place_for_it() {
    let sso = Sso::new().await;
    sso.city.account("zhang", "regulator", None).await;
    // Somebody signs in with a token of so many bytes more, and out; what is kept of the token, and the answer.
    let in_and_out = async |padding: usize| {
        let way = sso.start("", "").await;
        let mut claims = sso.claims(&way, "7", "zhang");
        claims["groups"] = json!("x".repeat(padding));
        let token = sso.signer.sign(&claims);
        let begun = sso.back_with(&way, token.clone()).await;
        let hint = cookie(&begun, "bowei_oidc_hint").unwrap();
        let mut person = sso.person(&begun).await;
        person.cookie = format!("{}; {}", person.cookie, hint.split(';').next().unwrap());
        let answer = sso.city.ask(&person, Method::DELETE, "/api/v1/session", None).await;
        assert_eq!(sso.city.read(&person, "/api/v1/me").await.status, 401, "signed out here whatever comes");
        assert!(cookie(&answer, "bowei_oidc_hint").unwrap().contains("Max-Age=0"));
        (token, hint, answer)
    };
    assert_eq!(in_and_out(0).await.2.status, 204, "the provider has no such place");

    let mut metadata = sso.issuer.metadata();
    metadata["end_session_endpoint"] = json!(format!("{}/end?realm=city", sso.issuer.url));
    sso.issuer.said.lock().unwrap().metadata = Some(metadata);
    sso.city.clock.turn(SignedDuration::from_hours(1));
    let (token, hint, answer) = in_and_out(0).await;
    assert!(hint.contains("HttpOnly") && hint.contains("SameSite=Strict"), "{hint}");
    assert!(!hint.contains(&token) && hint.len() < 4_096, "{hint}");
    let place = answer.json()["end_session"].as_str().unwrap().to_owned();
    assert!(place.starts_with(&format!("{}/end?realm=city&", sso.issuer.url)), "{place}");
    let asked: HashMap<_, _> = Url::parse(&place).unwrap().query_pairs().into_owned().collect();
    assert_eq!(asked["id_token_hint"], token);
    assert_eq!(asked["client_id"], issuer::CLIENT);
    assert_eq!(asked["post_logout_redirect_uri"], "http://127.0.0.1:8080/console/sign-in");

    // Without a token that no browser could keep the provider asks its person.
    let (_, hint, answer) = in_and_out(3_000).await;
    assert!(hint.contains("Max-Age=0"), "{hint}");
    assert!(!answer.json()["end_session"].as_str().unwrap().contains("id_token_hint"));

    // By a password nobody was signed in there.
    let person = sso.city.signed_in("zhang").await;
    assert_eq!(sso.city.ask(&person, Method::DELETE, "/api/v1/session", None).await.status, 204);

    // A provider that is away keeps nobody here.
    let person = sso.person(&sso.sign_in("7", "zhang").await).await;
    // Until what was read of the provider is too old, and the session is not.
    for _ in 0..4 {
        sso.city.clock.turn(SignedDuration::from_mins(15));
        assert_eq!(sso.city.read(&person, "/api/v1/me").await.status, 200);
    }
    sso.issuer.said.lock().unwrap().is_down = true;
    assert_eq!(sso.city.ask(&person, Method::DELETE, "/api/v1/session", None).await.status, 204);
}
