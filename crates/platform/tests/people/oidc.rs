//! What comes back from an identity provider and proves nothing lets nobody in.

use crate::support::issuer::{CALLBACK, CLIENT, Issuer, SECRET, Signer};
use crate::support::person::{OFFICE, Person, without_second_factor};
use crate::support::{Answer, City};
use aws_lc_rs::digest::{SHA256, digest};
use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bowei_platform::config::OidcConfig;
use bowei_platform::{Clock as _, Config};
use bowei_service::Client;
use http::Request;
use jiff::SignedDuration;
use jsonwebtoken::Algorithm;
use oauth2::url::{Url, form_urlencoded};
use serde_json::{Value, json};
use std::collections::HashMap;

/// A city whose people may sign in by a provider.
pub(crate) struct Sso {
    pub(crate) city: City,
    pub(crate) issuer: Issuer,
    pub(crate) signer: Signer,
}

/// A browser on the way.
pub(crate) struct Way {
    /// What the provider was asked.
    pub(crate) asked: HashMap<String, String>,
    pub(crate) cookie: String,
}

pub(crate) fn location(answer: &Answer) -> String {
    assert_eq!(answer.status, 303, "{}", String::from_utf8_lossy(&answer.bytes));
    answer.headers["location"].to_str().unwrap().to_owned()
}

/// The cookie of that name that an answer sets.
pub(crate) fn cookie(answer: &Answer, name: &str) -> Option<String> {
    let set = answer.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    set.map(str::to_owned).find(|cookie| cookie.starts_with(&format!("{name}=")))
}

fn pair(cookie: &str) -> String {
    cookie.split(';').next().unwrap().to_owned()
}

impl Sso {
    pub(crate) async fn new() -> Self {
        Self::with(without_second_factor(), |_| {}).await
    }

    pub(crate) async fn with(mut config: Config, change: impl FnOnce(&mut OidcConfig)) -> Self {
        let (issuer, signer) = (Issuer::start().await, Signer::es256("k1"));
        issuer.said.lock().unwrap().keys = vec![signer.jwk()];
        let mut oidc: OidcConfig = serde_json::from_value(json!({
            "issuer": issuer.url, "client_id": CLIENT, "client_secret": SECRET, "redirect_uri": CALLBACK,
        }))
        .unwrap();
        change(&mut oidc);
        config.accounts.oidc = Some(oidc);
        Self { city: City::with(config).await, issuer, signer }
    }

    /// Asks as a browser at the office does.
    pub(crate) async fn go(&self, path: &str, cookie: &str) -> Answer {
        let client = Client { address: OFFICE, is_proxy: false };
        let request = Request::get(path).header("cookie", cookie).header("user-agent", "a browser");
        self.city.send(request.extension(client).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn start(&self, query: &str, cookies: &str) -> Way {
        let answer = self.go(&format!("/api/v1/session/oidc?{query}"), cookies).await;
        let url = Url::parse(&location(&answer)).unwrap();
        let kept = cookie(&answer, "bowei_oidc").unwrap();
        assert!(kept.contains("HttpOnly") && kept.contains("SameSite=Lax"), "{kept}");
        Way { asked: url.query_pairs().into_owned().collect(), cookie: pair(&kept) }
    }

    /// What a provider says of somebody who has just given a password there.
    pub(crate) fn claims(&self, way: &Way, subject: &str, name: &str) -> Value {
        let now = self.city.clock.now().as_second();
        json!({
            "iss": self.issuer.url, "aud": CLIENT, "sub": subject, "preferred_username": name, "iat": now,
            "exp": now + 300, "auth_time": now, "nonce": way.asked["nonce"],
        })
    }

    /// The browser comes back, with a token that says so.
    pub(crate) async fn back_with(&self, way: &Way, id_token: String) -> Answer {
        let code = self.issuer.grant(&way.asked, id_token);
        self.back(&way.cookie, &[("code", &code), ("state", &way.asked["state"])]).await
    }

    pub(crate) async fn back(&self, cookie: &str, query: &[(&str, &str)]) -> Answer {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        self.go(&format!("/api/v1/session/oidc/callback?{query}"), cookie).await
    }

    /// The whole way of somebody.
    pub(crate) async fn sign_in(&self, subject: &str, name: &str) -> Answer {
        let way = self.start("", "").await;
        let token = self.signer.sign(&self.claims(&way, subject, name));
        self.back_with(&way, token).await
    }

    /// Who an answer has signed in.
    pub(crate) async fn person(&self, answer: &Answer) -> Person {
        let place = location(answer);
        let cookie =
            cookie(answer, "bowei_session").unwrap_or_else(|| panic!("nobody is signed in: {place}"));
        assert!(cookie.contains("SameSite=Strict") && cookie.contains("HttpOnly"), "{cookie}");
        let person = Person { cookie: pair(&cookie), csrf: String::new() };
        let csrf = self.city.read(&person, "/api/v1/me").await.json()["csrf"].as_str().unwrap().to_owned();
        Person { csrf, ..person }
    }

    /// Why nobody was signed in, as the audit has it.
    pub(crate) async fn why(&self, action: &str) -> String {
        let last = self.city.audited(action).await.remove(0);
        assert!(!last.entry.ok);
        let after: Value = serde_json::from_str(&last.entry.after).unwrap();
        assert_eq!(after["method"], "oidc");
        after["why"].as_str().unwrap().to_owned()
    }
}

const FAILED: &str = "/console/sign-in?sso=failed&back=%2Fconsole";

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_is_asked_by_the_book_and_whoever_it_names_goes_on_where_he_wanted() {
    let sso = Sso::new().await;
    sso.city.account("zhang", "regulator", Some("330502")).await;
    let way = sso.start("next=/console/lots%3Fq%3Da", "").await;
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", CLIENT),
        ("redirect_uri", CALLBACK),
        ("scope", "openid profile"),
        ("code_challenge_method", "S256"),
        ("max_age", "43200"),
    ] {
        assert_eq!(way.asked[name], value);
    }
    let again = sso.start("", "").await;
    for fresh in ["state", "nonce", "code_challenge"] {
        assert!(way.asked[fresh].len() >= 43 && way.asked[fresh] != again.asked[fresh], "{fresh}");
    }
    assert!(way.cookie.len() < 3_000 && !way.cookie.contains(&way.asked["state"]));
    let answer = sso.back_with(&way, sso.signer.sign(&sso.claims(&way, "7", "Zhang"))).await;
    assert_eq!(location(&answer), "/console/lots?q=a");
    assert!(cookie(&answer, "bowei_oidc").unwrap().contains("Max-Age=0"));
    let told = sso.city.read(&sso.person(&answer).await, "/api/v1/me").await.json();
    assert_eq!((&told["login"], &told["session"]["method"]), (&json!("zhang"), &json!("oidc")));
    let begun = sso.city.audited("session.begin").await.remove(0).entry;
    assert!(begun.ok && begun.after.contains("\"method\":\"oidc\""), "{begun:?}");
    assert_eq!((begun.user.as_str(), begun.source.as_str()), ("zhang", "192.0.2.7"));
    // Nobody is led away from the console.
    for next in ["//evil.example", "https%3A%2F%2Fevil.example", "/%5Cevil.example", "/api/v1/me"] {
        let way = sso.start(&format!("next={next}"), "").await;
        let answer = sso.back_with(&way, sso.signer.sign(&sso.claims(&way, "7", "zhang"))).await;
        assert_eq!(location(&answer), "/console", "{next}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_proves_nothing_lets_nobody_in() {
    let sso = Sso::new().await;
    sso.city.account("zhang", "regulator", None).await;
    let now = sso.city.clock.now().as_second();
    let at_hash = |token: &str| URL_SAFE_NO_PAD.encode(&digest(&SHA256, token.as_bytes()).as_ref()[..16]);
    let set = |field: &'static str, value: Value| (field, vec![(field, value)]);
    for (why, fields) in [
        set("nonce", json!("another")),
        set("nonce", Value::Null),
        set("aud", json!("another")),
        set("aud", json!([])),
        ("azp", vec![("aud", json!([CLIENT, "another"]))]),
        ("azp", vec![("aud", json!([CLIENT, "another"])), ("azp", json!("another"))]),
        set("azp", json!("another")),
        set("iss", json!("https://evil.example")),
        set("iss", json!(format!("{}/", sso.issuer.url))),
        set("exp", json!(now - 61)),
        set("iat", json!(now + 61)),
        set("iat", json!(now - 61)),
        set("nbf", json!(now + 61)),
        set("auth_time", json!(now + 61)),
        set("sub", json!("")),
        set("sub", json!("x".repeat(256))),
        set("at_hash", json!(at_hash("another-token"))),
        ("claims", vec![("exp", Value::Null)]),
        ("claims", vec![("iat", json!("now"))]),
        ("claims", vec![("sub", json!(7))]),
    ] {
        let way = sso.start("", "").await;
        let mut claims = sso.claims(&way, "7", "zhang");
        for (field, value) in &fields {
            claims[field] = value.clone();
        }
        let answer = sso.back_with(&way, sso.signer.sign(&claims)).await;
        assert_eq!(location(&answer), FAILED, "{fields:?}");
        assert!(cookie(&answer, "bowei_session").is_none());
        assert_eq!(
            sso.why("session.begin").await,
            format!("the ID token's {why} does not fit"),
            "{fields:?}"
        );
    }
    assert!(sso.city.platform.app().store.user("zhang").await.unwrap().unwrap().identity.is_none());
    sso.city.clock.turn(SignedDuration::from_mins(1));
    // What is good at its edge, or said in another way, is taken.
    let now = now + 60;
    for fields in [
        vec![("exp", json!(now - 59)), ("iat", json!(now - 59))],
        vec![("aud", json!([CLIENT, "another"])), ("azp", json!(CLIENT))],
        vec![("at_hash", json!(at_hash("an-access-token"))), ("exp", json!(now as f64 + 0.5))],
    ] {
        let way = sso.start("", "").await;
        let mut claims = sso.claims(&way, "7", "zhang");
        for (field, value) in &fields {
            claims[field] = value.clone();
        }
        let answer = sso.back_with(&way, sso.signer.sign(&claims)).await;
        assert_eq!(location(&answer), "/console", "{fields:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_signed_by_a_key_of_the_provider_s_own() {
    let sso = Sso::new().await;
    sso.city.account("zhang", "regulator", None).await;
    let public = sso.signer.jwk();
    let stolen = Signer::es256("k1");
    let unnamed = |signer: Signer| Signer { kid: None, ..signer };
    let signers = [
        ("signature", stolen),
        ("signature", unnamed(Signer::es256("k1"))),
        ("alg", Signer::hs256(SECRET.as_bytes())),
        ("alg", Signer::hs256(public["x"].as_str().unwrap().as_bytes())),
        ("key", Signer::ed25519("k1")),
        ("key", Signer::es256("k2")),
    ];
    for (why, signer) in signers {
        let way = sso.start("", "").await;
        let answer = sso.back_with(&way, signer.sign(&sso.claims(&way, "7", "zhang"))).await;
        assert_eq!(location(&answer), FAILED, "{:?}", signer.alg);
        assert_eq!(sso.why("session.begin").await, format!("the ID token's {why} does not fit"));
    }
    let way = sso.start("", "").await;
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let none = format!("{}.{}.", part(json!({"alg": "none"})), part(sso.claims(&way, "7", "zhang")));
    let (signed, _) = sso
        .signer
        .sign(&sso.claims(&way, "8", "zhang"))
        .rsplit_once('.')
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap();
    for (why, token) in
        [("header", none), ("signature", format!("{signed}.")), ("header", "a.b.c".to_owned())]
    {
        let way = sso.start("", "").await;
        assert_eq!(location(&sso.back_with(&way, token).await), FAILED);
        assert_eq!(sso.why("session.begin").await, format!("the ID token's {why} does not fit"));
    }
    assert_eq!(location(&sso.sign_in("7", "zhang").await), "/console");
}

#[tokio::test(flavor = "multi_thread")]
async fn new_keys_are_read_and_withdrawn_ones_forgotten_and_nobody_has_them_read_all_the_time() {
    let mut sso = Sso::new().await;
    sso.city.account("zhang", "regulator", None).await;
    // What cannot be used here stands beside what can.
    let odd = [json!({"kty": "OKP", "crv": "X25519", "x": "AA", "kid": "x"}), json!({"kty": "?"}), json!(7)];
    sso.issuer.said.lock().unwrap().keys.extend(odd);
    assert_eq!(location(&sso.sign_in("7", "zhang").await), "/console");
    let first = std::mem::replace(&mut sso.signer, Signer::ed25519("k2"));
    sso.issuer.said.lock().unwrap().keys = vec![first.jwk(), sso.signer.jwk()];
    assert_eq!(location(&sso.sign_in("7", "zhang").await), FAILED, "read a moment ago");
    assert_eq!(sso.issuer.said.lock().unwrap().keys_read, 1);
    sso.city.clock.turn(SignedDuration::from_secs(30));
    assert_eq!(location(&sso.sign_in("7", "zhang").await), "/console");
    let unknown = Signer::es256("k3");
    for _ in 0..5 {
        let way = sso.start("", "").await;
        assert_eq!(
            location(&sso.back_with(&way, unknown.sign(&sso.claims(&way, "7", "zhang"))).await),
            FAILED
        );
    }
    assert_eq!(sso.issuer.said.lock().unwrap().keys_read, 2);
    // Two keys, and a token that names neither.
    let way = sso.start("", "").await;
    let unnamed = Signer { kid: None, ..Signer::es256("k4") };
    let token = unnamed.sign(&sso.claims(&way, "7", "zhang"));
    assert_eq!(location(&sso.back_with(&way, token).await), FAILED);
    sso.issuer.said.lock().unwrap().keys = vec![first.jwk()];
    sso.city.clock.turn(SignedDuration::from_hours(1));
    assert_eq!(location(&sso.sign_in("7", "zhang").await), FAILED, "withdrawn");
    sso.signer = first;
    assert_eq!(
        (location(&sso.sign_in("7", "zhang").await), sso.signer.alg),
        ("/console".to_owned(), Algorithm::ES256)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_browser_that_was_sent_comes_back_once_and_in_time() {
    let sso = Sso::new().await;
    sso.city.account("zhang", "regulator", None).await;
    let way = sso.start("", "").await;
    let grant = |way: &Way| sso.issuer.grant(&way.asked, sso.signer.sign(&sso.claims(way, "7", "zhang")));
    let code = grant(&way);
    let state = way.asked["state"].as_str();
    let other = sso.start("", "").await;
    for (cookie, query) in [
        ("", vec![("code", code.as_str()), ("state", state)]),
        ("bowei_oidc=AAAA", vec![("code", &code), ("state", state)]),
        (&other.cookie, vec![("code", &code), ("state", state)]),
        (&way.cookie, vec![("code", &code), ("state", &other.asked["state"])]),
        (&way.cookie, vec![("code", &code)]),
        (&way.cookie, vec![("code", &code), ("state", state), ("state", state)]),
        (&way.cookie, vec![("error", "access_denied"), ("state", state)]),
        (&way.cookie, vec![("code", &code), ("state", state), ("iss", "https://evil.example")]),
        (&way.cookie, vec![("state", state)]),
    ] {
        let answer = sso.back(cookie, &query).await;
        assert_eq!(location(&answer), FAILED, "{query:?}");
        assert!(cookie_gone(&answer), "{query:?}");
    }
    // A code of another way has another verifier: the provider does not take it.
    let foreign = grant(&other);
    assert_eq!(location(&sso.back(&way.cookie, &[("code", &foreign), ("state", state)]).await), FAILED);
    assert!(sso.why("session.begin").await.contains("invalid_grant"));
    let own = [("code", code.as_str()), ("state", state), ("session_state", "x"), ("iss", &sso.issuer.url)];
    assert_eq!(location(&sso.back(&way.cookie, &own).await), "/console");
    assert_eq!(location(&sso.back(&way.cookie, &own).await), FAILED, "a code is good once");
    let late = sso.start("", "").await;
    sso.city.clock.turn(SignedDuration::from_mins(10));
    let answer = sso.back_with(&late, sso.signer.sign(&sso.claims(&late, "7", "zhang"))).await;
    assert_eq!(location(&answer), FAILED, "ten minutes are over");
}

fn cookie_gone(answer: &Answer) -> bool {
    cookie(answer, "bowei_oidc").is_some_and(|cookie| cookie.contains("Max-Age=0"))
        && cookie(answer, "bowei_session").is_none()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_away_or_another_is_told_so_and_asked_again() {
    let sso = Sso::new().await;
    sso.city.account("zhang", "regulator", None).await;
    let begin = || async { location(&sso.go("/api/v1/session/oidc", "").await) };
    let unfit = [
        ("issuer", json!("https://evil.example")),
        ("token_endpoint", json!("http://evil.example/token")),
        ("jwks_uri", json!("file:///etc/passwd")),
        ("authorization_endpoint", json!("javascript:alert(1)")),
        ("token_endpoint", Value::Null),
        ("padding", json!("x".repeat(300_000))),
    ];
    for (field, value) in unfit {
        let mut metadata = sso.issuer.metadata();
        metadata[field] = value;
        sso.issuer.said.lock().unwrap().metadata = Some(metadata);
        assert_eq!(begin().await, FAILED, "{field}");
        sso.city.clock.turn(SignedDuration::from_secs(5));
    }
    sso.issuer.said.lock().unwrap().metadata = None;
    sso.issuer.said.lock().unwrap().is_down = true;
    assert_eq!(begin().await, FAILED);
    sso.issuer.said.lock().unwrap().is_down = false;
    assert_eq!(begin().await, FAILED, "it has just failed");
    sso.city.clock.turn(SignedDuration::from_secs(5));
    assert!(begin().await.starts_with(&sso.issuer.url));
    // Where there is none nobody is led anywhere.
    let city = City::with(without_second_factor()).await;
    for path in ["/api/v1/session/oidc", "/api/v1/session/oidc/callback"] {
        assert_eq!(city.get(path, None).await.status, 404);
    }
    assert!(city.get("/open/v1/settings", None).await.json()["single_sign_on"].is_null());
    assert_eq!(
        sso.city.get("/open/v1/settings", None).await.json()["single_sign_on"],
        json!({"label": null})
    );
}
