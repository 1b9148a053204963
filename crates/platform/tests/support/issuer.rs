//! An identity provider that says whatever a test has it say, in tokens that it really signs. What a provider does right
//! is tried on a real one, in a browser (`web/e2e/sso.test.mjs`): that one cannot be made to lie.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::Ed25519KeyPair;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use oauth2::url::form_urlencoded;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;

pub const CLIENT: &str = "bowei";
/// Nothing that stands in a header as it is.
pub const SECRET: &str = "a:b+c/d e%";
pub const CALLBACK: &str = "http://127.0.0.1:8080/api/v1/session/oidc/callback";

/// A key that tokens are signed with.
pub struct Signer {
    pub kid: Option<&'static str>,
    pub alg: Algorithm,
    pub key: EncodingKey,
}

impl Signer {
    pub fn es256(kid: &'static str) -> Self {
        let made = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
        let key = EncodingKey::from_ec_der(&made.serialize_der());
        Self { kid: Some(kid), alg: Algorithm::ES256, key }
    }

    pub fn ed25519(kid: &'static str) -> Self {
        let made = Ed25519KeyPair::generate().unwrap();
        // Without the public key beside it, which is what the library makes a JWK of.
        let key = EncodingKey::from_ed_der(made.to_pkcs8v1().unwrap().as_ref());
        Self { kid: Some(kid), alg: Algorithm::EdDSA, key }
    }

    /// A secret that both sides have.
    pub fn hs256(secret: &[u8]) -> Self {
        Self { kid: Some("k1"), alg: Algorithm::HS256, key: EncodingKey::from_secret(secret) }
    }

    /// As it is published.
    pub fn jwk(&self) -> Value {
        let mut jwk = Jwk::from_encoding_key(&self.key, self.alg).unwrap();
        jwk.common.key_id = self.kid.map(str::to_owned);
        serde_json::to_value(jwk).unwrap()
    }

    pub fn sign(&self, claims: &Value) -> String {
        let mut header = Header::new(self.alg);
        header.kid = self.kid.map(str::to_owned);
        jsonwebtoken::encode(&header, claims, &self.key).unwrap()
    }
}

/// What it answers, and how often it was asked.
#[derive(Default)]
pub struct Said {
    /// Its discovery document, where it is another than the right one.
    pub metadata: Option<Value>,
    /// What it publishes.
    pub keys: Vec<Value>,
    pub keys_read: usize,
    /// What it says at the userinfo endpoint.
    pub userinfo: Value,
    /// It is broken.
    pub is_down: bool,
    grants: HashMap<String, Grant>,
}

struct Grant {
    challenge: String,
    id_token: String,
}

#[derive(Clone)]
pub struct Issuer {
    pub url: String,
    pub said: Arc<Mutex<Said>>,
}

impl Issuer {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let issuer = Self { url, said: Arc::default() };
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(metadata))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .route("/me", get(userinfo))
            .with_state(issuer.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        issuer
    }

    pub fn metadata(&self) -> Value {
        let at = |path: &str| format!("{}{path}", self.url);
        json!({
            "issuer": self.url, "authorization_endpoint": at("/auth"), "token_endpoint": at("/token"),
            "jwks_uri": at("/keys"), "userinfo_endpoint": at("/me"),
        })
    }

    /// The code that a browser is sent back with, which is good once, for that token.
    pub fn grant(&self, asked: &HashMap<String, String>, id_token: String) -> String {
        assert_eq!(asked["code_challenge_method"], "S256");
        let mut said = self.said.lock().unwrap();
        let code = format!("code-{}", said.grants.len());
        said.grants.insert(code.clone(), Grant { challenge: asked["code_challenge"].clone(), id_token });
        code
    }
}

async fn metadata(State(issuer): State<Issuer>) -> Response {
    let said = issuer.said.lock().unwrap();
    if said.is_down {
        return StatusCode::BAD_GATEWAY.into_response();
    }
    Json(said.metadata.clone().unwrap_or_else(|| issuer.metadata())).into_response()
}

async fn keys(State(issuer): State<Issuer>) -> Json<Value> {
    let mut said = issuer.said.lock().unwrap();
    said.keys_read += 1;
    Json(json!({"keys": said.keys}))
}

async fn userinfo(State(issuer): State<Issuer>, headers: HeaderMap) -> Response {
    if headers["authorization"] != "Bearer an-access-token" {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    Json(issuer.said.lock().unwrap().userinfo.clone()).into_response()
}

async fn token(State(issuer): State<Issuer>, headers: HeaderMap, body: String) -> Response {
    let form: HashMap<String, String> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let basic = format!("Basic {}", STANDARD.encode(format!("{}:{}", encoded(CLIENT), encoded(SECRET))));
    let refused = |error: &str| (StatusCode::BAD_REQUEST, Json(json!({"error": error}))).into_response();
    let in_body = form.get("client_secret").is_some_and(|secret| secret == SECRET);
    if !in_body && headers.get("authorization").is_none_or(|given| given != basic.as_str()) {
        return refused("invalid_client");
    }
    let grant = form.get("code").and_then(|code| issuer.said.lock().unwrap().grants.remove(code));
    let verified = |grant: &Grant| {
        let verifier = form.get("code_verifier").map(String::as_str).unwrap_or_default();
        let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
        challenge == grant.challenge && form["redirect_uri"] == CALLBACK
    };
    match grant.filter(verified) {
        Some(grant) => Json(json!({
            "access_token": "an-access-token", "token_type": "Bearer", "expires_in": 60, "id_token": grant.id_token,
        }))
        .into_response(),
        None => refused("invalid_grant"),
    }
}
