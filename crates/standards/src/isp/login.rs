//! 1.2 获取授权 Token 接口: `POST /oauth/token`. The text's table of the body is empty and its example of the answer cut;
//! what is taken is every form in which OAuth clients ask for a token.

use super::codes;
use super::credential::{CLIENT_ID, CLIENT_SECRET, PlatformKeys};
use super::field::mismatch;
use super::token::{AUTHORIZATION, LIFE_S, NewToken};
use crate::platform_side::{self, Account, Claim, Envelope, LotLookup, Opened};
use crate::shared::{Object, Present, TEXT_MAX};
use crate::{Fault, Refusal, Step};
use bowei_encoding::from_base64;
use bowei_encoding::shown::shown;
use bytes::Bytes;
use http::{HeaderValue, Request, header};
use jiff::Timestamp;
use serde::Serialize;
use std::borrow::Cow;

const USERNAME: &str = "username";
const PASSWORD: &str = "password";
const GRANT_TYPE: &str = "grant_type";

const ID_EXPECTED: &str = "平台分配的账号，字符串，不超过 255 个字符";
const SECRET_EXPECTED: &str = "平台分配的密钥，字符串，不超过 255 个字符";
const GRANTS: &str = "password 或 client_credentials，可不填";
const BASIC_EXPECTED: &str = "Basic 加 client_id:client_secret 的 Base64";

/// A login as it came.
pub(super) struct Login {
    claim: Claim,
    client_id: String,
    secret: String,
    /// Where the two stood.
    id_field: &'static str,
    secret_field: &'static str,
}

/// 1.2: the answer, in the order of the example.
#[derive(Serialize)]
struct Answer<'a> {
    access_token: &'a str,
    token_type: &'a str,
    /// A string in the example.
    expires_in: String,
    scope: &'a str,
    token: &'a str,
}

impl Login {
    pub(super) fn read(request: &Request<Bytes>) -> Result<Self, Fault> {
        let body = std::str::from_utf8(request.body()).map_err(|_| unreadable("不是 UTF-8 编码的内容"))?;
        let body = body.trim_start_matches('\u{feff}').trim();
        let fields = match body.starts_with('{') {
            // What the JSON reader would say of a broken body shows its beginning, and with it a secret.
            true => Asked::of_object(&Object::at("", body).map_err(|_| unreadable("无法解析的 JSON"))?)?,
            false => Asked::of_form(body)?,
        };
        if let Some(grant) = &fields.grant_type
            && !matches!(grant.as_str(), "password" | "client_credentials")
        {
            return Err(Fault::OutsideList {
                field: GRANT_TYPE.to_owned(),
                expected: GRANTS.to_owned(),
                received: shown(grant),
            });
        }
        let basic = request.headers().get(header::AUTHORIZATION).and_then(basic_of).transpose()?;
        let client = (CLIENT_ID, CLIENT_SECRET, fields.client_id, fields.client_secret);
        let user = (USERNAME, PASSWORD, fields.username, fields.password);
        // There is one account, whatever a client's library calls it; the grant says where to look first.
        let basic = basic.map(|(id, secret)| (AUTHORIZATION, AUTHORIZATION, Some(id), Some(secret)));
        let mut pairs: Vec<_> = basic.into_iter().chain([client]).collect();
        let place = if fields.grant_type.as_deref() == Some("password") { 0 } else { pairs.len() };
        pairs.insert(place, user);
        let half = pairs.iter().find_map(|(id_field, secret_field, id, secret)| match (id, secret) {
            (Some(_), None) => Some(missing(secret_field, SECRET_EXPECTED)),
            (None, Some(_)) => Some(missing(id_field, ID_EXPECTED)),
            _ => None,
        });
        let whole = pairs.into_iter().find_map(|(id_field, secret_field, id, secret)| {
            let client_id = id?;
            let claim = Claim::Account(client_id.clone());
            Some(Self { claim, client_id, secret: secret?, id_field, secret_field })
        });
        whole.ok_or_else(|| half.unwrap_or_else(|| missing(CLIENT_ID, ID_EXPECTED)))
    }

    pub(super) fn client_id(&self) -> &str {
        &self.client_id
    }

    /// What can be said of it; never its secret.
    pub(super) fn steps(&self) -> Vec<Step> {
        let place = match self.id_field {
            AUTHORIZATION => "请求头 Authorization（Basic）".to_owned(),
            _ => format!("请求体 {}、{}", self.id_field, self.secret_field),
        };
        vec![Step::new("凭证位置", place), Step::new("账号", shown(&self.client_id))]
    }

    pub(super) fn of_nobody(&self) -> Fault {
        Fault::UnknownAccount { field: self.id_field, received: shown(&self.client_id) }
    }

    pub(super) fn wrong_secret(&self) -> Fault {
        mismatch(self.secret_field, "与账号相符的密钥，请核对接入时分配的密钥", None)
    }

    pub(super) fn is_secret_of(&self, keys: &PlatformKeys) -> bool {
        keys.secret.verify(&self.secret)
    }

    fn authentic(&self, account: Option<&Account>) -> Result<(), Fault> {
        // Whether an account exists is said anyway, to help engineers, so that its time need not hide it.
        let account = account.ok_or_else(|| self.of_nobody())?;
        let mut keys = platform_keys(account);
        if keys.any(|keys| self.is_secret_of(keys)) { Ok(()) } else { Err(self.wrong_secret()) }
    }
}

impl Envelope for Login {
    fn claim(&self) -> &Claim {
        &self.claim
    }

    fn cost_of_authentication(&self, account: Option<&Account>) -> usize {
        account.map_or(0, |account| platform_keys(account).map(|keys| keys.secret.cost(&self.secret)).sum())
    }

    fn authenticate(&self, account: Option<&Account>, _now: Timestamp) -> Result<(), Refusal> {
        self.authentic(account).map_err(|fault| codes::refusal(fault, self.steps()))
    }

    fn open(
        self: Box<Self>,
        account: &Account,
        _lots: &dyn LotLookup,
        now: Timestamp,
    ) -> Result<Opened, Refusal> {
        // The secret that has just proved right costs nothing now. Signed with its own credential's key, the token ends
        // with it.
        let mut known = platform_keys(account).filter(|keys| keys.secret.cost(&self.secret) == 0);
        let keys = known.next().or_else(|| platform_keys(account).find(|keys| self.is_secret_of(keys)));
        let keys = keys.ok_or_else(|| codes::refusal(self.wrong_secret(), self.steps()))?;
        let token = keys.token_key.issue(&keys.client_id, now);
        let token = token.ok_or_else(|| codes::ours("令牌生成失败", self.steps()))?;
        let receipt = Some(answer(&token));
        Ok(Opened::Login(platform_side::Login { token: token.jwt, ttl: None, receipt }))
    }
}

/// An account's credentials, newest first.
pub(super) fn platform_keys(account: &Account) -> impl Iterator<Item = &PlatformKeys> {
    account.credentials.iter().filter_map(|credential| credential.as_any().downcast_ref())
}

fn answer(token: &NewToken) -> String {
    let answer = Answer {
        access_token: &token.jwt,
        token_type: "bearer",
        expires_in: LIFE_S.to_string(),
        scope: "all",
        token: &token.short,
    };
    serde_json::to_string(&answer).unwrap_or_default()
}

/// The fields of a login's body that matter.
#[derive(Default)]
struct Asked {
    grant_type: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
    username: Option<String>,
    password: Option<String>,
}

impl Asked {
    fn of_object(object: &Object<'_>) -> Result<Self, Fault> {
        let open = |name, expected| {
            let value = object.optional(name, expected);
            value.map(|value| value.text(TEXT_MAX).map(|text| text.trim().to_owned())).transpose()
        };
        let secret = |name: &'static str| {
            let value = object.optional(name, SECRET_EXPECTED);
            // The usual faults show what came. A secret is no text to be trimmed.
            let whole = |value: &Present<'_>| {
                value.text(TEXT_MAX).and_then(|_| value.any_text()).map(Cow::into_owned)
            };
            value.map(|value| whole(&value).map_err(|_| not_shown(name))).transpose()
        };
        Ok(Self {
            grant_type: open(GRANT_TYPE, GRANTS)?,
            client_id: open(CLIENT_ID, ID_EXPECTED)?,
            client_secret: secret(CLIENT_SECRET)?,
            username: open(USERNAME, ID_EXPECTED)?,
            password: secret(PASSWORD)?,
        })
    }

    fn of_form(body: &str) -> Result<Self, Fault> {
        let mut asked = Self::default();
        for pair in body.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decoded(name);
            let (slot, name) = match name.as_deref().map(str::trim) {
                Some(GRANT_TYPE) => (&mut asked.grant_type, GRANT_TYPE),
                Some(CLIENT_ID) => (&mut asked.client_id, CLIENT_ID),
                Some(CLIENT_SECRET) => (&mut asked.client_secret, CLIENT_SECRET),
                Some(USERNAME) => (&mut asked.username, USERNAME),
                Some(PASSWORD) => (&mut asked.password, PASSWORD),
                _ => continue,
            };
            let value =
                decoded(value).filter(|value| !value.contains('\0') && value.chars().count() <= TEXT_MAX);
            let value = value.ok_or_else(|| not_shown(name))?;
            *slot = Some(value).filter(|value| !value.trim().is_empty());
        }
        Ok(asked)
    }
}

/// The value of that name in a form or a query; `None` where it is blank.
pub(super) fn form_value(form: &str, name: &str) -> Option<String> {
    let mut pairs = form.split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(known, _)| decoded(known).as_deref().map(str::trim) == Some(name))?;
    decoded(value).filter(|value| !value.trim().is_empty())
}

/// A name or value of a form (`application/x-www-form-urlencoded`); `None` where it stands for no UTF-8.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16).and_then(|d| u8::try_from(d).ok());
                digit()? * 16 + digit()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

/// The account and secret of HTTP Basic; `None` for another scheme.
fn basic_of(header: &HeaderValue) -> Option<Result<(String, String), Fault>> {
    let (scheme, rest) = header.to_str().ok()?.trim().split_once(char::is_whitespace)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let plain = from_base64(rest).and_then(|bytes| String::from_utf8(bytes).ok());
    let pair = plain.as_deref().and_then(|plain| plain.split_once(':')).filter(|(id, secret)| {
        [id, secret].iter().all(|text| !text.trim().is_empty() && text.chars().count() <= TEXT_MAX)
    });
    Some(
        pair.map(|(id, secret)| (id.trim().to_owned(), secret.to_owned()))
            .ok_or_else(|| mismatch(AUTHORIZATION, BASIC_EXPECTED, None)),
    )
}

fn missing(field: &str, expected: &str) -> Fault {
    Fault::Missing { field: field.to_owned(), expected: expected.to_owned() }
}

fn not_shown(field: &str) -> Fault {
    let expected = if matches!(field, CLIENT_SECRET | PASSWORD) { SECRET_EXPECTED } else { ID_EXPECTED };
    Fault::WrongType {
        field: field.to_owned(),
        expected: expected.to_owned(),
        received: "不符合的内容（不予显示）".to_owned(),
    }
}

fn unreadable(received: &str) -> Fault {
    Fault::Unreadable {
        expected: "JSON 对象或 application/x-www-form-urlencoded 表单".to_owned(),
        received: format!("{received}（可能含密钥，不予显示）"),
    }
}
