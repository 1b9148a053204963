//! Who speaks, and whether the signature is right. 1.3: the data are not encrypted; account and signature stand among the
//! record's own fields.

use super::charging_record::{FIELDS, LOT_ID, ORDER_NO, PORT_NAME};
use super::credential::Keys;
use super::sign::{self, SIGN};
use super::{CHARGING_RECORD, RECORD_PATH, SERVICE_PATH};
use crate::fault::KEYED;
use crate::platform_side::Claim;
use crate::shared::result_form::FAILURE;
use crate::shared::shown_json::{Hidden, shown_json};
use crate::shared::{Object, TEXT_MAX, path as paths, repaired_json};
use crate::{Fault, Refusal, Step};
use aws_lc_rs::constant_time;
use bowei_encoding::shown::{shown, shown_up_to};
use bytes::Bytes;
use http::{Method, Request};

/// A string to sign is shown whole, unless somebody plays: sixteen fields at their longest.
const SIGNED_MAX: usize = 4_096;

/// How many bytes take as long to digest as an RSA block takes to open: a record is signed on the spot, a body of the
/// largest size waits its turn.
pub(super) const BYTES_PER_UNIT: usize = 128 * 1024;

pub(super) const SERVICE: &str = "service";

/// A message as it came.
pub(super) struct Message {
    pub(super) port_name: String,
    pub(super) claim: Claim,
    sign: String,
    /// The strings that may have been signed, without the key.
    pub(super) strings: Vec<String>,
    pub(super) json: Bytes,
    /// The JSON had to be repaired.
    pub(super) repaired: bool,
    /// It came by the one address for all interfaces.
    pub(super) by_service: bool,
}

impl Message {
    pub(super) fn read(request: &Request<Bytes>) -> Result<Self, Refusal> {
        let path = request.uri().path();
        let by_service = paths::ends_with(path, SERVICE_PATH);
        if request.method() != Method::POST || !(by_service || paths::ends_with(path, RECORD_PATH)) {
            let expected = format!("以 POST 方式请求 {RECORD_PATH} 或 {SERVICE_PATH}");
            let received = shown(&format!("{} {path}", request.method()));
            return Err(refusal(Fault::Unreadable { expected, received }, &[]));
        }
        let (json, repaired) = repaired_json::read(request.body());
        Self::of(&json, repaired, by_service).map_err(|fault| refusal(fault, &json))
    }

    fn of(json: &Bytes, repaired: bool, by_service: bool) -> Result<Self, Fault> {
        let object = Object::read(json).map_err(|unfit| unfit.fault())?;
        if by_service {
            let service = object.required(SERVICE, "接口名称，chargePile/chargingRecord")?;
            let name = service.text(TEXT_MAX)?;
            if name.trim().trim_start_matches('/') != CHARGING_RECORD {
                return Err(service.outside_list(&name));
            }
        }
        let port_name =
            object.required(PORT_NAME, "第三方账号，字符串，不超过 255 个字符")?.text(TEXT_MAX)?;
        let sign = object.required(SIGN, "签名，MD5 的 32 位十六进制")?.text(TEXT_MAX)?;
        Ok(Self {
            claim: Claim::Account(port_name.clone().into_owned()),
            port_name: port_name.into_owned(),
            sign: sign.trim().to_ascii_uppercase(),
            strings: strings(json)?,
            json: json.clone(),
            repaired,
            by_service,
        })
    }

    /// Whether one of the keys makes the signature. Every key and string is tried, whatever came of the one before.
    pub(super) fn is_signed_by<'k>(&self, keys: impl Iterator<Item = &'k Keys>) -> bool {
        let mut right = false;
        for keys in keys {
            for string in &self.strings {
                let ours = sign::sign(string, &keys.key);
                right |=
                    constant_time::verify_slices_are_equal(ours.as_bytes(), self.sign.as_bytes()).is_ok();
            }
        }
        right
    }

    /// The strings without the key, for whoever holds it.
    pub(super) fn strings(&self) -> &[String] {
        &self.strings
    }

    pub(super) fn steps(&self) -> Vec<Step> {
        let mut steps = vec![Step::new(PORT_NAME, shown(&self.port_name))];
        if self.repaired {
            steps.push(Step::new("JSON", "不合法，按本意读取（弯引号、缺少逗号、全角标点或未加引号的值）"));
        }
        steps.extend(self.strings.iter().map(|string| {
            Step::new("待签名字符串", shown_up_to(&sign::string_sign_temp(string, "***"), SIGNED_MAX))
        }));
        steps
    }

    /// As much of the signature as tells it from another.
    pub(super) fn sign_began(&self) -> Step {
        let chars = self.sign.chars().count();
        Step::new("收到的 sign", format!("{}（{chars} 个字符）", shown_up_to(&self.sign, 8)))
    }

    pub(super) fn wrong_signature(&self) -> Fault {
        let string = self.strings.first().map(String::as_str).unwrap_or_default();
        let signed = shown_up_to(&sign::string_sign_temp(string, "***"), SIGNED_MAX);
        Fault::WrongSignature { field: SIGN, signed, form: &KEYED }
    }

    /// A signature proves a message only if no other message has the same string to sign.
    pub(super) fn check_unambiguous(&self) -> Result<(), Fault> {
        let text = std::str::from_utf8(&self.json).unwrap_or_default();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let Some((field, hides)) = sign::ambiguous(text, &FIELDS) else { return Ok(()) };
        Err(Fault::OutsideList {
            field: shown(&field),
            expected: "不含“&字段名=”的内容（签名串以 & 和 = 拼接，否则会与另一字段混淆）".to_owned(),
            received: format!("其中含有“&{hides}=”"),
        })
    }

    pub(super) fn unknown_account(&self) -> Fault {
        Fault::UnknownAccount { field: PORT_NAME, received: shown(&self.port_name) }
    }

    /// The refusal of this message, with all that is known of it.
    pub(super) fn refusal(&self, fault: Fault) -> Refusal {
        Refusal { steps: self.steps(), ..refusal(fault, &self.json) }
    }
}

/// The strings that may have been signed: with the names as they stand, and with the blanks around them taken away.
fn strings(json: &[u8]) -> Result<Vec<String>, Fault> {
    let text = std::str::from_utf8(json).unwrap_or_default();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let string = |trimmed| {
        sign::string_a(text, trimmed).ok_or_else(|| Fault::Unreadable {
            expected: "UTF-8 编码的 JSON 对象，字符串不含无效的转义".to_owned(),
            received: "无法作为文本签名的值".to_owned(),
        })
    };
    let mut strings = vec![string(false)?];
    let trimmed = string(true)?;
    if strings.first() != Some(&trimmed) {
        strings.push(trimmed);
    }
    Ok(strings)
}

/// A refusal with as much as can be read of the message. Not its signature: a right one lets the record be sent again.
fn refusal(fault: Fault, json: &[u8]) -> Refusal {
    let object = Object::read(json).ok();
    let text = |name| object.as_ref()?.optional(name, "")?.text(TEXT_MAX).ok().map(Into::into);
    Refusal {
        fault,
        code: FAILURE.to_owned(),
        lot_id: text(LOT_ID),
        record_id: text(ORDER_NO),
        read_as: shown_json(json, &Hidden { secrets: &[SIGN], ..Hidden::NOTHING }),
        steps: Vec::new(),
    }
}
