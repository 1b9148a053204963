//! A message as it came: who speaks (表 27 authorization, or the account that logs in), and whether it is authentic.

use super::annexes::a_codes::Code;
use super::body::Body;
use super::codes::{Coded, Read, refusal};
use super::credential::{self, PlatformAccount};
use super::login::{Login, TOKEN_CHARS, wrong_user_or_password};
use super::picture::Parts;
use super::{Interface, sign, sm4};
use crate::platform_side::{Account, Claim};
use crate::shared::multipart;
use crate::{Fault, Refusal, Step};
use bowei_encoding::password;
use bowei_encoding::shown::{shown, shown_up_to};
use bowei_model::{Doubt, moment};
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderMap, Method, Request};
use jiff::Timestamp;

/// How much of what was signed is shown: whole, unless it is a list of hundreds of cars.
const SIGNED_MAX: usize = 4 * 1024;
/// How much of it stands in the answer, whose message has 255 characters in all.
const SIGNED_IN_ANSWER_MAX: usize = 120;

/// How many bytes take as long to digest as an RSA block takes to open.
const BYTES_PER_UNIT: usize = 32 * 1024;

/// A message as it came.
pub(super) struct Message {
    pub(super) interface: Interface,
    path: String,
    pub(super) claim: Claim,
    pub(super) content: Content,
    /// 表 27 encrypted 0.
    pub(super) encrypted: bool,
}

/// What a message holds.
pub(super) enum Content {
    /// Table 28, found to be of its form.
    Json(Json),
    /// `picture`: a form.
    Form(Parts),
}

pub(super) struct Json {
    pub(super) body: Bytes,
    pub(super) sent_at: Timestamp,
    pub(super) said_at_doubt: Option<Doubt>,
    version: String,
    sign: String,
    pub(super) data: Bytes,
    /// `login`: the password as it travels.
    password: Option<String>,
}

impl Message {
    pub(super) fn read(request: &Request<Bytes>) -> Result<Self, Refusal> {
        Self::of(request).map_err(|coded| refusal(coded, None, Vec::new()))
    }

    fn of(request: &Request<Bytes>) -> Read<Self> {
        let path = request.uri().path();
        let interface =
            Interface::at(path).filter(|_| request.method() == Method::POST).ok_or_else(|| {
                Fault::Unreadable {
                    expected: "以 POST 方式请求表 30 所列的上行接口".to_owned(),
                    received: shown(&format!("{} {path}", request.method())),
                }
            })?;
        let (content, user_id) = match interface {
            Interface::Picture => {
                let parts = multipart::read(request.headers(), request.body())?;
                (Content::Form(Parts::of(parts)?), None)
            }
            Interface::Login => login(request.body()).map_err(without_secrets)?,
            _ => (Content::Json(Json::of(request.body())?.0), None),
        };
        let claim = match user_id {
            Some(user_id) => Claim::Account(user_id),
            None => Claim::Token(token(request.headers())?.to_owned()),
        };
        let encrypted = encrypted(request.headers())?;
        Ok(Self { interface, path: path.to_owned(), claim, content, encrypted })
    }

    /// What was signed, passwords cut out; `None` for a form, which is not signed.
    fn signed_text(&self) -> Option<String> {
        let Content::Json(json) = &self.content else { return None };
        let text = json.data_text();
        Some(match self.interface {
            Interface::Login => sign::without_passwords(text),
            _ => text.to_owned(),
        })
    }

    /// What the message was read as, for the message inspector.
    pub(super) fn read_as(&self) -> String {
        let text = match &self.content {
            Content::Json(_) => self.signed_text().unwrap_or_default(),
            Content::Form(parts) => {
                let file = parts.file.as_ref().map_or(0, Bytes::len);
                format!("{}，file：[图片 {file} 字节]", parts.fields)
            }
        };
        shown_up_to(&text, SIGNED_MAX)
    }

    /// The steps up to the signature. The token is not among them.
    pub(super) fn steps(&self) -> Vec<Step> {
        let mut steps = vec![Step::new("请求路径", shown(&self.path))];
        let who = match &self.claim {
            Claim::Account(user_id) => Step::new("userId", shown(user_id)),
            Claim::Token(_) => Step::new("authorization", format!("{TOKEN_CHARS} 个字符")),
        };
        steps.push(who);
        if self.encrypted {
            steps.push(Step::new("encrypted", "0（车牌已加密）"));
        }
        match &self.content {
            Content::Json(json) => {
                steps.push(Step::new("timestamp", moment::rfc3339(json.sent_at)));
                steps.push(Step::new("version", shown(&json.version)));
                let signed = self.signed_text().unwrap_or_default();
                steps.push(Step::new("data 原文字节数", json.data.len().to_string()));
                steps.push(Step::new("待签名的 data 原文", shown_up_to(&signed, SIGNED_MAX)));
                // It has no key, and is the digest of what stands above it.
                steps.push(Step::new("收到的 sign", shown(&json.sign)));
            }
            Content::Form(parts) => {
                steps.push(Step::new("表单", shown_up_to(&parts.fields, SIGNED_MAX)));
                steps.push(Step::new("file", format!("{} 字节", parts.file.as_ref().map_or(0, Bytes::len))));
            }
        }
        steps
    }

    pub(super) fn cost_of_signature(&self) -> usize {
        match &self.content {
            Content::Json(json) if !sign::is_right_as_sent(&json.sign, json.data_text()) => {
                sign::bytes_to_digest(json.data_text()) / BYTES_PER_UNIT
            }
            _ => 0,
        }
    }

    pub(super) fn check_sign(&self) -> Read<()> {
        let Content::Json(json) = &self.content else { return Ok(()) };
        if sign::is_right(&json.sign, json.data_text()) {
            return Ok(());
        }
        let signed = self.signed_text().unwrap_or_default();
        let signed = shown_up_to(&signed, SIGNED_IN_ANSWER_MAX);
        Err(Fault::WrongSignature { field: "sign", signed, form: &sign::FORM }.into())
    }

    /// The password of a login, as we would have written it.
    pub(super) fn password(&self) -> Option<String> {
        let Content::Json(json) = &self.content else { return None };
        json.password.as_deref().map(credential::as_we_write_it)
    }

    /// A login's password against every credential of the account: first those that know it already.
    pub(super) fn check_password(&self, accounts: &[&PlatformAccount]) -> Read<()> {
        let Some(password) = self.password() else { return Ok(()) };
        let mut accounts: Vec<_> = accounts.iter().map(|account| &account.password).collect();
        accounts.sort_by_key(|hashed| hashed.cost(&password));
        let right = accounts.into_iter().any(|hashed| hashed.verify(&password));
        if right { Ok(()) } else { Err(wrong_user_or_password()) }
    }

    pub(super) fn authentic(&self, account: Option<&Account>) -> Read<()> {
        let Some(account) = account else {
            let Claim::Account(_) = self.claim else { return Err(dead_token()) };
            // The same checks, the same work and the same words as of an account that there is.
            self.check_sign()?;
            password::verify_of_nobody(&self.password().unwrap_or_default());
            return Err(wrong_user_or_password());
        };
        self.check_sign()?;
        self.check_password(&platform_accounts(account))
    }
}

impl Json {
    fn of(bytes: &Bytes) -> Read<(Self, Body<'_>)> {
        let body = Body::read(bytes)?;
        let json = Self {
            body: bytes.clone(),
            sent_at: body.sent_at,
            said_at_doubt: body.said_at_doubt.clone(),
            version: body.version.clone().into_owned(),
            sign: body.sign.clone().into_owned(),
            data: bytes.slice_ref(body.data.as_bytes()),
            password: None,
        };
        Ok((json, body))
    }

    fn data_text(&self) -> &str {
        // It is part of a body that was found to be UTF-8.
        std::str::from_utf8(&self.data).unwrap_or_default()
    }
}

/// A login: its item is read at once, since it says who speaks.
fn login(bytes: &Bytes) -> Read<(Content, Option<String>)> {
    let (mut json, body) = Json::of(bytes)?;
    let login = Login::read(only(&body)?)?;
    let user_id = login.user_id.into_owned();
    json.password = Some(login.password.into_owned());
    Ok((Content::Json(json), Some(user_id)))
}

/// The item of a message that asks one thing.
pub(super) fn only<'b, 'a>(body: &'b Body<'a>) -> Read<&'b crate::shared::Object<'a>> {
    match body.items.as_slice() {
        [item] => Ok(item),
        items => Err(Fault::TooLong {
            field: "data".to_owned(),
            max: "1 项".to_owned(),
            received: format!("{} 项", items.len()),
        }
        .into()),
    }
}

/// The same fault without the piece of the body that it shows, in which a password may stand; a field alone shows
/// itself and nothing else.
fn without_secrets(coded: Coded) -> Coded {
    let began = |received: &str| received.split('：').next().unwrap_or_default().to_owned();
    let fault = match coded.fault {
        Fault::Unreadable { expected, received } => {
            Fault::Unreadable { expected, received: began(&received) }
        }
        Fault::WrongType { field, expected, .. } if field.starts_with("data") && !field.contains('.') => {
            Fault::WrongType { field, expected, received: "其他内容".to_owned() }
        }
        fault => fault,
    };
    Coded { fault, ..coded }
}

/// 表 27 authorization, String 32, 必填: the token, alone or after `Bearer`.
pub(super) fn token(headers: &HeaderMap) -> Read<&str> {
    const BEARER: &str = "bearer";
    const FIELD: &str = "authorization";
    const EXPECTED: &str = "login 返回的 accessToken，32 个字符";
    let coded = |fault| Coded::new(Code::Token, fault);
    let header = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default().trim();
    if header.is_empty() {
        return Err(coded(Fault::Missing { field: FIELD.to_owned(), expected: EXPECTED.to_owned() }));
    }
    // The scheme's blank is forgotten more often than not; no token is that long.
    let token = match header.get(..BEARER.len()) {
        Some(scheme) if header.len() > TOKEN_CHARS && scheme.eq_ignore_ascii_case(BEARER) => {
            header.get(BEARER.len()..).unwrap_or_default().trim_start_matches(':').trim()
        }
        _ => header,
    };
    let well_formed = token.len() == TOKEN_CHARS && token.bytes().all(|b| b.is_ascii_graphic());
    if well_formed { Ok(token) } else { Err(coded(mismatch(EXPECTED))) }
}

/// Code 5 of a token that nobody was given, or that is no longer alive.
pub(super) fn dead_token() -> Coded {
    Coded::new(Code::Token, mismatch("有效的 accessToken：登录后 90 秒内未收到心跳即失效，请重新调用 login"))
}

fn mismatch(expected: &str) -> Fault {
    Fault::Mismatch { field: "authorization".to_owned(), expected: expected.to_owned(), received: None }
}

/// 表 27 encrypted, Int, 否: 0 加密, 1 不加密.
fn encrypted(headers: &HeaderMap) -> Read<bool> {
    match headers.get("encrypted").map(|value| value.as_bytes().trim_ascii()) {
        None | Some(b"" | b"1") => Ok(false),
        Some(b"0") => Ok(true),
        Some(other) => Err(Fault::OutsideList {
            field: "encrypted".to_owned(),
            expected: "整数 0 或 1（0=加密, 1=不加密）".to_owned(),
            received: shown(&String::from_utf8_lossy(other)),
        }
        .into()),
    }
}

/// An account's credentials, newest first.
pub(super) fn platform_accounts(account: &Account) -> Vec<&PlatformAccount> {
    account.credentials.iter().filter_map(|credential| credential.as_any().downcast_ref()).collect()
}

/// An account's keys for plates, newest first.
pub(super) fn plate_keys(account: &Account) -> Vec<&sm4::Key> {
    platform_accounts(account).into_iter().filter_map(|account| account.sm4_key.as_ref()).collect()
}
