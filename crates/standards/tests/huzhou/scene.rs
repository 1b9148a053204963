//! The scene of every test: an account with known keys, its lots, somebody else's lot, a clock — and a lot vendor's
//! own way of making messages, which shares no code with ours.

use aws_lc_rs::hmac;
use aws_lc_rs::rsa::{Pkcs1PublicEncryptingKey, PublicEncryptingKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bowei_model::{LotCode, ProviderCode};
use bowei_standards::huzhou::Huzhou;
use bowei_standards::platform_side::{
    Account, Credential, Delivery, Envelope, Fields, LotAccess, LotLookup, Opened, Outcome,
};
use bowei_standards::{PlatformSide, Refusal};
use bytes::Bytes;
use http::{Request, Response};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::sync::{Arc, LazyLock};

/// The known answers, made with other libraries than ours.
pub(crate) static VECTORS: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("vectors.json")).unwrap());

/// The account of the known answers.
pub(crate) static HOLDER: LazyLock<Holder> = LazyLock::new(|| {
    let fact = |name: &str| VECTORS[name].as_str().unwrap().to_owned();
    Holder::new(fact("app_id"), fact("secret_key"), fact("private_key_pkcs8_pem"), &fact("public_key_base64"))
});

/// A second key pair, and a block that opens with both.
pub(crate) static TWO_KEYS: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("two_keys.json")).unwrap());

/// Somebody else.
pub(crate) static STRANGER: LazyLock<Holder> = LazyLock::new(|| {
    let fact = |name: &str| TWO_KEYS[name].as_str().unwrap().to_owned();
    let (pem, public) = (fact("private_key_pkcs8_pem"), fact("public_key_base64"));
    Holder::new("hz-0002".to_owned(), "somebody-else".to_owned(), pem, &public)
});

/// The clock of the platform: the moment of the first known answer.
pub(crate) const NOW_MS: i64 = 1_775_002_530_000;

pub(crate) fn now() -> Timestamp {
    at(NOW_MS)
}

pub(crate) fn at(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap()
}

/// Both sides of an account.
pub(crate) struct Holder {
    pub(crate) app_id: String,
    pub(crate) secret: String,
    pub(crate) kept: Fields,
    pub(crate) handed_out: Fields,
    pub(crate) public: Pkcs1PublicEncryptingKey,
    pub(crate) credential: Arc<dyn Credential>,
}

impl Holder {
    fn new(app_id: String, secret: String, pem: String, public: &str) -> Self {
        let kept = fields(&[("app_id", &app_id), ("secret_key", &secret), ("private_key_pem", &pem)]);
        let handed_out = fields(&[("app_id", &app_id), ("secret_key", &secret), ("public_key", public)]);
        let der = STANDARD.decode(public).unwrap();
        let public = Pkcs1PublicEncryptingKey::new(PublicEncryptingKey::from_der(&der).unwrap()).unwrap();
        let credential = Huzhou.credential(&kept).unwrap();
        Self { app_id, secret, kept, handed_out, public, credential }
    }

    /// The account as the registry hands it to the platform.
    pub(crate) fn account(&self) -> Account {
        self.account_with(vec![self.credential.clone()])
    }

    pub(crate) fn account_with(&self, credentials: Vec<Arc<dyn Credential>>) -> Account {
        Account { provider: ProviderCode::from("hz-demo"), name: self.app_id.clone(), credentials }
    }

    /// Blocks of at most `block` bytes each, joined, base64 once.
    pub(crate) fn encrypt(&self, plain: &[u8], block: usize) -> String {
        STANDARD.encode(self.encrypted(plain, block))
    }

    pub(crate) fn encrypted(&self, plain: &[u8], block: usize) -> Vec<u8> {
        let mut out = vec![0; 256];
        plain.chunks(block).flat_map(|chunk| self.public.encrypt(chunk, &mut out).unwrap().to_vec()).collect()
    }

    pub(crate) fn sign(&self, path: &str, timestamp: &str) -> String {
        self.sign_as(&self.app_id, path, timestamp)
    }

    pub(crate) fn sign_as(&self, app_id: &str, path: &str, timestamp: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.secret.as_bytes());
        let text = format!("appId={app_id}&timestamp={timestamp}&path={path}");
        STANDARD.encode(hmac::sign(&key, text.as_bytes()))
    }

    /// A rightly made message at the platform's own time.
    pub(crate) fn message(&self, path: &str, plain: &[u8]) -> Request<Bytes> {
        self.envelope(path, json!(self.encrypt(plain, 245)))
    }

    /// A rightly signed envelope around whatever is said to be encrypted.
    pub(crate) fn envelope(&self, path: &str, encrypted: Value) -> Request<Bytes> {
        let body = json!({
            "appId": self.app_id,
            "encryptedData": encrypted,
            "timestamp": NOW_MS,
            "signature": self.sign(path, &NOW_MS.to_string()),
        });
        post(path, body.to_string())
    }
}

pub(crate) fn fields(pairs: &[(&str, &str)]) -> Fields {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

pub(crate) fn from_base64(text: &str) -> Vec<u8> {
    STANDARD.decode(text).unwrap()
}

pub(crate) fn post(path: &str, body: impl Into<Bytes>) -> Request<Bytes> {
    Request::post(path).body(body.into()).unwrap()
}

/// The lots: two of the account's, one of somebody else's, and no others.
pub(crate) struct Lots;

impl LotLookup for Lots {
    fn lot(&self, id: &str) -> LotAccess {
        match id {
            "HZ330502001" => LotAccess::Granted(LotCode::from("330502-001")),
            "HZLD0007" => LotAccess::Granted(LotCode::from("330502-R07")),
            "HZ330502002" => LotAccess::Denied,
            _ => LotAccess::Unknown,
        }
    }
}

/// Takes a message in as the platform does, at its own time.
pub(crate) fn deliver(request: Request<Bytes>) -> Result<Delivery, Refusal> {
    deliver_at(request, &HOLDER.account(), now())
}

pub(crate) fn deliver_at(
    request: Request<Bytes>,
    account: &Account,
    now: Timestamp,
) -> Result<Delivery, Refusal> {
    let envelope = Huzhou.read(request.clone())?;
    envelope.authenticate(Some(account), now)?;
    let at_once = open(envelope, account, now);
    // A block at a time, others having their turn in between, comes to the same; looked at for all but large pictures.
    let mut envelope = Huzhou.read(request)?;
    if envelope.cost() <= 100 {
        let mut turns = 0;
        while envelope.work_ahead(account, 1) {
            turns += 1;
        }
        assert!(turns <= 2 * envelope.cost(), "each key takes every block once at most");
        let in_turns = open(envelope, account, now);
        assert_eq!(format!("{at_once:?}"), format!("{in_turns:?}"));
    }
    at_once
}

pub(crate) fn open(
    envelope: Box<dyn Envelope>,
    account: &Account,
    now: Timestamp,
) -> Result<Delivery, Refusal> {
    match envelope.open(account, &Lots, now)? {
        Opened::Delivery(delivery) => Ok(delivery),
        // Other standards have other kinds of message.
        #[allow(unreachable_patterns)]
        _ => panic!("Huzhou has no messages but deliveries"),
    }
}

/// The answer's body, byte for byte.
pub(crate) fn answer(result: &Result<Delivery, Refusal>) -> String {
    let response = match result {
        Ok(delivery) => respond(&Outcome::Accepted { receipt: delivery.receipt.as_deref() }),
        Err(refusal) => respond(&Outcome::Refused(refusal)),
    };
    assert_eq!(response.status(), 200, "answers of the protocol travel in HTTP 200");
    String::from_utf8(response.into_body().to_vec()).unwrap()
}

pub(crate) fn respond(outcome: &Outcome<'_>) -> Response<Bytes> {
    Huzhou.answer(outcome, now())
}

/// How many cases a property takes: fewer than usual by default, since each costs RSA.
pub(crate) fn config(cases: u32) -> proptest::prelude::ProptestConfig {
    let mut config = proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = cases;
    }
    config
}
