//! 2.1.3 安全性: who speaks, and whether the password is right. There is nothing else around the data: the account stands
//! among the record's own fields.

use super::credential::{NAME, PASSWORD};
use super::{HIDDEN, Interface, fields};
use crate::platform_side::Claim;
use crate::shared::result_form::FAILURE;
use crate::shared::shown_json::shown_json;
use crate::shared::{Object, TEXT_MAX, Unfit, multipart, repaired_json};
use crate::{Fault, Refusal, Step};
use bowei_encoding::md5_hex;
use bowei_encoding::shown::shown;
use bowei_model::{Doubt, Facts};
use bytes::Bytes;
use http::{Method, Request};

/// How many bytes of a picture take as long to digest as an RSA block takes to open.
pub(super) const BYTES_PER_UNIT: usize = 128 * 1024;

const DATA: &str = "multipart 表单的 data 部分，JSON 对象";

/// A message as it came.
pub(super) struct Message {
    pub(super) interface: Interface,
    pub(super) portname: String,
    pub(super) claim: Claim,
    /// The MD5 of the password, lower-case hex.
    pub(super) md5: String,
    /// The password came as it is, and we took its MD5.
    pub(super) unhashed: bool,
    /// The JSON: of a form, its part `data`.
    pub(super) json: Bytes,
    /// The JSON had to be repaired.
    pub(super) repaired: bool,
    /// A form's part `file`.
    pub(super) file: Option<Bytes>,
}

impl Message {
    pub(super) fn read(request: &Request<Bytes>) -> Result<Self, Refusal> {
        let path = request.uri().path();
        let interface = Interface::at(path).filter(|_| request.method() == Method::POST);
        let Some(interface) = interface else {
            let expected = "以 POST 方式请求规范第 5 章所列的服务地址".to_owned();
            let received = shown(&format!("{} {path}", request.method()));
            return Err(refusal(Fault::Unreadable { expected, received }, &[], None));
        };
        let (json, file) = match interface {
            Interface::UploadBusinessImg => parts(request).map_err(|fault| refusal(fault, &[], None))?,
            _ => (request.body().clone(), None),
        };
        let (json, repaired) = repaired_json::read(&json);
        match account(&json) {
            Ok((portname, password)) => Ok(Self {
                interface,
                claim: Claim::Account(portname.clone()),
                portname,
                unhashed: !is_md5(&password),
                md5: if is_md5(&password) {
                    password.to_ascii_lowercase()
                } else {
                    md5_hex(password.as_bytes())
                },
                json,
                repaired,
                file,
            }),
            Err(fault) => Err(refusal(fault, &json, file.as_ref())),
        }
    }

    /// What the message's own form makes doubtful of each of its reports.
    pub(super) fn doubts(&self) -> Vec<Doubt> {
        let mut doubts = Vec::new();
        if self.repaired {
            doubts.push(repaired_json::doubt());
        }
        if self.unhashed {
            doubts.push(Facts::PasswordNotHashed { field: "portpwd".to_owned() }.into());
        }
        doubts
    }

    pub(super) fn steps(&self) -> Vec<Step> {
        let form = if self.unhashed {
            "不是 32 位十六进制，按密码明文取 MD5"
        } else {
            "32 位十六进制"
        };
        let mut steps = vec![
            Step::new("portname", shown(&self.portname)),
            Step::new("portpwd", format!("***（{form}）")),
        ];
        if self.repaired {
            steps.push(Step::new("JSON", "不合法，按本意读取（弯引号、缺少逗号、全角标点或未加引号的值）"));
        }
        if let Some(file) = &self.file {
            steps.push(Step::new("file", format!("{} 字节", file.len())));
        }
        steps
    }

    /// The refusal of this message, with all that is known of it.
    pub(super) fn refusal(&self, fault: Fault) -> Refusal {
        Refusal { steps: self.steps(), ..refusal(fault, &self.json, self.file.as_ref()) }
    }

    pub(super) fn wrong_password() -> Fault {
        let expected = "密码的 MD5（32 位十六进制，大小写均可），请核对接入时分配的密码".to_owned();
        Fault::Mismatch { field: PASSWORD.to_owned(), expected, received: None }
    }

    pub(super) fn unknown_account(&self) -> Fault {
        Fault::UnknownAccount { field: NAME, received: shown(&self.portname) }
    }
}

/// The parts of a form; of parts of the same name the last one counts, as it does of keys.
fn parts(request: &Request<Bytes>) -> Result<(Bytes, Option<Bytes>), Fault> {
    let mut parts = multipart::read(request.headers(), request.body())?;
    let mut take = |name: &str| {
        let place = parts.iter().rposition(|part| part.name == name)?;
        Some(parts.remove(place).bytes)
    };
    let data = take("data").filter(|data| !data.trim_ascii().is_empty());
    let file = take(fields::FILE).filter(|file| !file.is_empty());
    let missing = || Fault::Missing { field: "data".to_owned(), expected: DATA.to_owned() };
    Ok((data.ok_or_else(missing)?, file))
}

/// portname and portpwd.
fn account(json: &[u8]) -> Result<(String, String), Fault> {
    let object = Object::read(json).map_err(unreadable)?;
    let name = object.required(NAME, "调用接口的帐号，字符串，不超过 255 个字符")?.text(TEXT_MAX)?;
    let password = object.required(PASSWORD, "调用接口的密码（MD5加密），32 位十六进制")?;
    // What came is never repeated in an answer, of whatever type it is.
    let password = password.text(TEXT_MAX).map_err(|fault| match fault {
        Fault::WrongType { field, expected, .. } => {
            Fault::WrongType { field, expected, received: "其他类型的值".to_owned() }
        }
        other => other,
    })?;
    Ok((name.into_owned(), password.into_owned()))
}

/// What is wrong with the JSON, without its beginning: the password stands there.
fn unreadable(unfit: Unfit) -> Fault {
    match unfit.fault() {
        Fault::Unreadable { expected, received } => Fault::Unreadable {
            expected,
            received: received.split('：').next().unwrap_or_default().to_owned(),
        },
        other => other,
    }
}

fn is_md5(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// A refusal with as much as can be read of the message.
fn refusal(fault: Fault, json: &[u8], file: Option<&Bytes>) -> Refusal {
    let object = Object::read(json).ok();
    let text = |name| object.as_ref()?.optional(name, "")?.text(TEXT_MAX).ok().map(Into::into);
    let read_as = shown_json(json, &HIDDEN).map(|shown| match file {
        Some(file) => format!("{shown} [图片 {} 字节]", file.len()),
        None => shown,
    });
    let (lot_id, record_id) = (text(fields::LOT_ID), text(fields::BUSINESS_ID));
    Refusal { fault, code: FAILURE.to_owned(), lot_id, record_id, read_as, steps: Vec::new() }
}
