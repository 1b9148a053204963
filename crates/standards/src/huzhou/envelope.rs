//! 3.4 请求参数 and 4.1.3 签名验证: the envelope `{appId, encryptedData, timestamp, signature}`, read and written.
//!
//! Everything here is cheap, because anyone can send it: the encrypted data stays a slice of the request's own
//! bytes until the signature and the time have been found right.

use super::blocks::{self, Decrypting};
use super::credential::PlatformKeys;
use super::encrypted_data::{self, Data};
use super::{Interface, codes};
use crate::fault::KEYED;
use crate::platform_side::{Account, Claim};
use crate::shared::{Object, TEXT_MAX, path, value};
use crate::{Fault, Refusal, Step};
use aws_lc_rs::{constant_time, hmac};
use bowei_encoding::shown::{shown, shown_up_to};
use bytes::Bytes;
use http::{Method, Request};
use jiff::Timestamp;
use serde::Serialize;

/// 3.4: 时间戳有效期为 5 分钟内. Either way, since clocks run ahead as well as behind.
const WINDOW_MS: i64 = 5 * 60 * 1_000;
/// The bytes of HMAC-SHA256.
const SIGNATURE_BYTES: usize = 32;
/// A string to sign is shown whole, unless somebody plays.
const SIGNED_MAX: usize = 512;
/// Digits of a timestamp, with room for whatever else number formatting adds.
const TIMESTAMP_MAX: usize = 32;

/// 3.4 表, as it is written.
#[derive(Serialize)]
pub(super) struct Wire<'a> {
    /// 3.4 appId, string, 必填: 数据提供方的唯一标识
    #[serde(rename = "appId")]
    pub(super) app_id: &'a str,
    /// 3.4 encryptedData, string: 业务参数 JSON 经 RSA 加密
    #[serde(rename = "encryptedData")]
    pub(super) encrypted_data: &'a str,
    /// 3.4 timestamp, number, 必填: 毫秒
    pub(super) timestamp: i64,
    /// 3.4 signature, string, 必填
    pub(super) signature: &'a str,
}

/// The string that is signed: `appId={AppId}&timestamp={Timestamp}&path={RequestPath}`.
pub(super) fn string_to_sign(app_id: &str, timestamp: &str, path: &str) -> String {
    format!("appId={app_id}&timestamp={timestamp}&path={path}")
}

/// Base64 of HMAC-SHA256.
pub(super) fn sign(secret: &hmac::Key, text: &str) -> String {
    bowei_encoding::to_base64(hmac::sign(secret, text.as_bytes()).as_ref())
}

/// A message as it came.
pub(super) struct Message {
    pub(super) interface: Interface,
    /// The path as requested, without query.
    path: String,
    pub(super) claim: Claim,
    pub(super) app_id: String,
    /// The appId exactly as it stood in the body, blanks and all: that may have been signed.
    app_id_as_sent: String,
    /// The timestamp exactly as it stood in the body: that is what was signed.
    timestamp: String,
    pub(super) timestamp_ms: i64,
    signature: String,
    pub(super) data: Data,
    /// The data as far as they have been decrypted ahead.
    pub(super) decrypting: Option<Decrypting>,
}

impl Message {
    pub(super) fn read(request: &Request<Bytes>) -> Result<Self, Refusal> {
        Self::of(request).map_err(|fault| refusal(fault, Vec::new()))
    }

    fn of(request: &Request<Bytes>) -> Result<Self, Fault> {
        let path = request.uri().path();
        let interface =
            Interface::at(path).filter(|_| request.method() == Method::POST).ok_or_else(|| {
                Fault::Unreadable {
                    expected: "以 POST 方式请求规范 3.5 所列的接口地址".to_owned(),
                    received: shown(&format!("{} {path}", request.method())),
                }
            })?;
        let body = request.body();
        let object = Object::read(body).map_err(|unfit| unfit.fault())?;
        let app_id_value = object.required("appId", "调用方的唯一身份标识，字符串，不超过 255 个字符")?;
        let app_id = app_id_value.text(TEXT_MAX)?;
        let timestamp = object.required("timestamp", "毫秒时间戳，整数")?;
        timestamp.text(TIMESTAMP_MAX)?;
        let timestamp_text = timestamp.any_text()?;
        let signature = object.required("signature", "HMAC-SHA256 签名的 Base64，字符串")?.text(TEXT_MAX)?;
        let data = Data::of(object.optional(blocks::FIELD, encrypted_data::EXPECTED).as_ref(), body);
        Ok(Self {
            interface,
            path: path.to_owned(),
            claim: Claim::Account(app_id.clone().into_owned()),
            timestamp_ms: value::integer(timestamp_text.trim()).ok_or_else(|| timestamp.wrong_type())?,
            timestamp: timestamp_text.into_owned(),
            app_id: app_id.into_owned(),
            app_id_as_sent: app_id_value.any_text()?.into_owned(),
            signature: signature.into_owned(),
            data,
            decrypting: None,
        })
    }

    /// The strings that may have been signed: with the values as they stand and without the blanks around them; with the path as requested, with the same path without a slash too many,
    /// and with the text's own where a prefix stands in front of it, since a lot behind a city's reverse proxy may
    /// know either.
    pub(super) fn strings_to_sign(&self) -> Vec<String> {
        let tidy = path::tidy(&self.path);
        let mut paths = vec![self.path.as_str(), &tidy, self.interface.path()];
        paths.dedup();
        let mut senders = vec![(self.app_id.as_str(), self.timestamp.trim())];
        senders.push((&self.app_id_as_sent, &self.timestamp));
        senders.dedup();
        let string = |path| move |(app_id, timestamp): &(&str, &str)| string_to_sign(app_id, timestamp, path);
        paths.into_iter().flat_map(|path| senders.iter().map(string(path))).collect()
    }

    /// How far the message's time is ahead of `now`, in milliseconds.
    pub(super) fn off_ms(&self, now: Timestamp) -> i64 {
        self.timestamp_ms.saturating_sub(now.as_millisecond())
    }

    /// When the sender says it spoke; certain once the time has been found within the window.
    pub(super) fn sent_at(&self) -> Option<Timestamp> {
        Timestamp::from_millisecond(self.timestamp_ms).ok()
    }

    /// Whether one of the keys makes the signature. Every key and string is tried, whatever came of the one before.
    pub(super) fn is_signed_by<'k>(&self, secrets: impl Iterator<Item = &'k hmac::Key>) -> bool {
        // Base64 by the text; some write the digest's hex.
        let hex = bowei_encoding::from_hex::<SIGNATURE_BYTES>(&self.signature).map(Vec::from);
        let received = hex.or_else(|| bowei_encoding::from_base64(&self.signature)).unwrap_or_default();
        let strings = self.strings_to_sign();
        let mut right = false;
        for secret in secrets {
            for text in &strings {
                let ours = hmac::sign(secret, text.as_bytes());
                right |= constant_time::verify_slices_are_equal(ours.as_ref(), &received).is_ok();
            }
        }
        right
    }

    /// The signature that came, for the account's own engineer.
    pub(super) fn signature_step(&self) -> Step {
        Step::new("收到的 signature", shown(&self.signature))
    }

    /// As much of it as tells it from another, for everybody else: it may be the right one for another path.
    pub(super) fn signature_began(&self) -> Step {
        let chars = self.signature.chars().count();
        Step::new("收到的 signature", format!("{}（{chars} 个字符）", shown_up_to(&self.signature, 8)))
    }

    /// The fault of a signature that is not right.
    pub(super) fn wrong_signature(&self) -> Fault {
        let signed = string_to_sign(&self.app_id, &self.timestamp, &self.path);
        Fault::WrongSignature { field: "signature", signed: shown_up_to(&signed, SIGNED_MAX), form: &KEYED }
    }

    /// Ten digits where thirteen belong are the commonest slip of all.
    pub(super) fn looks_like_seconds(&self) -> bool {
        (1_000_000_000..10_000_000_000).contains(&self.timestamp_ms)
    }

    /// Whether the time is within the window.
    pub(super) fn check_window(&self, now: Timestamp) -> Result<(), Fault> {
        let off_ms = self.off_ms(now);
        if off_ms.saturating_abs() <= WINDOW_MS {
            return Ok(());
        }
        // Rounded away from zero, so that nobody reads "300 seconds off" beside a window of 300.
        let off_s = off_ms.saturating_add(off_ms.signum() * 999) / 1_000;
        let seconds = Some(self.timestamp_ms).filter(|_| self.looks_like_seconds());
        Err(Fault::OutsideWindow { field: "timestamp", window_s: WINDOW_MS / 1_000, off_s, seconds })
    }

    /// Whether the data have no more blocks than the interface's can have.
    pub(super) fn check_blocks(&self) -> Result<(), Fault> {
        let (blocks, max) = (self.data.blocks(), self.interface.blocks_max());
        if blocks <= max {
            return Ok(());
        }
        Err(Fault::TooLong {
            field: blocks::FIELD.to_owned(),
            max: format!("{max} 个加密块（图片由 /api/photo/upload 上报）"),
            received: format!("约 {blocks} 个加密块"),
        })
    }

    /// What can be said of the message without a key. Not its signature: a right one is good for five minutes in
    /// anyone's hands.
    pub(super) fn steps(&self, now: Timestamp) -> Vec<Step> {
        let mut steps = vec![
            Step::new("appId", shown(&self.app_id)),
            Step::new("timestamp", format!("{}（{}）", shown(&self.timestamp), off_text(self.off_ms(now)))),
            Step::new("请求路径", shown_up_to(&self.path, SIGNED_MAX)),
        ];
        let strings = self.strings_to_sign();
        steps.extend(strings.iter().map(|text| Step::new("待签名字符串", shown_up_to(text, SIGNED_MAX))));
        steps.push(Step::new("encryptedData", self.data.describe()));
        steps
    }

    pub(super) fn authentic(&self, account: Option<&Account>, now: Timestamp) -> Result<(), Fault> {
        let keys = account.map(platform_keys).unwrap_or_default();
        // Without an account the work is done all the same, so that its time does not tell which accounts exist.
        let nobody = hmac::Key::new(hmac::HMAC_SHA256, &[0; 32]);
        let secrets: Vec<_> = match keys.as_slice() {
            [] => vec![&nobody],
            keys => keys.iter().map(|keys| &keys.secret).collect(),
        };
        let signed = self.is_signed_by(secrets.into_iter()) & !keys.is_empty();
        if account.is_none() {
            return Err(Fault::UnknownAccount { field: "appId", received: shown(&self.app_id) });
        }
        if !signed {
            return Err(self.wrong_signature());
        }
        self.check_window(now)
    }
}

/// An account's credentials, newest first.
pub(super) fn platform_keys(account: &Account) -> Vec<&PlatformKeys> {
    account.credentials.iter().filter_map(|credential| credential.as_any().downcast_ref()).collect()
}

/// A difference from our clock in words.
fn off_text(off_ms: i64) -> String {
    let way = if off_ms >= 0 { "快" } else { "慢" };
    format!("比平台时间{way} {}.{:03} 秒", off_ms.unsigned_abs() / 1_000, off_ms.unsigned_abs() % 1_000)
}

/// A refusal of which no more is known than its fault and steps.
pub(super) fn refusal(fault: Fault, steps: Vec<Step>) -> Refusal {
    let code = codes::code(&fault).to_string();
    Refusal { fault, code, lot_id: None, record_id: None, read_as: None, steps }
}
