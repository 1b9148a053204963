//! Why a message is refused, in words that a lot engineer can act on.

use bowei_model::words::after_han;
use serde::Serialize;

/// What is wrong with a message. Each standard maps these to its own codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nobody of that name has an account.
    UnknownAccount {
        /// The wire's name of the field.
        field: &'static str,
        /// What it said.
        received: String,
    },
    /// The signature is not what our key makes of the same string.
    WrongSignature {
        /// The wire's name of the field.
        field: &'static str,
        /// The string that we signed, secrets cut out.
        signed: String,
        /// How the standard makes it.
        form: &'static SignatureForm,
    },
    /// The message's time is outside the window around our clock.
    OutsideWindow {
        /// The wire's name of the field.
        field: &'static str,
        /// The window either way, in seconds.
        window_s: i64,
        /// How far off, in seconds; positive is ahead of our clock.
        off_s: i64,
        /// What came, where it looks like seconds in place of milliseconds.
        seconds: Option<i64>,
    },
    /// The encrypted part does not open. One fault for every cause, so that nobody learns which.
    CannotOpen {
        /// The wire's name of the field.
        field: &'static str,
        /// What the text asks for, to check against.
        check: String,
    },
    /// The lot is somebody else's.
    NotYourLot {
        /// The wire's name of the field.
        field: String,
        /// What it said.
        received: String,
    },
    /// No lot has that id.
    UnknownLot {
        /// The wire's name of the field.
        field: String,
        /// What it said.
        received: String,
    },
    /// A lot cannot come into being by its own word: the speaker has as many as may be that no operator stands behind.
    TooManyLots {
        /// The wire's name of the field.
        field: String,
        /// What it said.
        received: String,
        /// How many there may be.
        max: usize,
    },
    /// No interface is there, or it is asked by another method.
    Unserved {
        /// The interfaces that there are; the methods where only the method is wrong.
        expected: String,
        /// The method and the path.
        received: String,
        /// The path is one of an interface.
        method_only: bool,
    },
    /// The body is not of the form the text gives.
    Unreadable {
        /// What was expected.
        expected: String,
        /// What came.
        received: String,
    },
    /// A required field is missing.
    Missing {
        /// The wire's name of the field, with its place in a list (`imgList[2].imgType`).
        field: String,
        /// What was expected.
        expected: String,
    },
    /// A field has a value of the wrong type or form.
    WrongType {
        /// The wire's name of the field.
        field: String,
        /// What was expected.
        expected: String,
        /// What came.
        received: String,
    },
    /// A field is too long.
    TooLong {
        /// The wire's name of the field.
        field: String,
        /// The most allowed, with its unit (`128 个字符`).
        max: String,
        /// How long it was, with its unit.
        received: String,
    },
    /// A value that is well-formed and does not prove or agree with what it should: a password, a token, a digest.
    Mismatch {
        /// The wire's name of the field.
        field: String,
        /// What was expected.
        expected: String,
        /// What came; `None` where it is a secret.
        received: Option<String>,
    },
    /// A value outside a closed list or range.
    OutsideList {
        /// The wire's name of the field.
        field: String,
        /// The list or range.
        expected: String,
        /// What came.
        received: String,
    },
}

impl Fault {
    /// The field at fault, by the wire's name.
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::UnknownAccount { field, .. }
            | Self::WrongSignature { field, .. }
            | Self::OutsideWindow { field, .. }
            | Self::CannotOpen { field, .. } => Some(field),
            Self::NotYourLot { field, .. }
            | Self::UnknownLot { field, .. }
            | Self::TooManyLots { field, .. }
            | Self::Missing { field, .. }
            | Self::WrongType { field, .. }
            | Self::TooLong { field, .. }
            | Self::Mismatch { field, .. }
            | Self::OutsideList { field, .. } => Some(field),
            Self::Unreadable { .. } | Self::Unserved { .. } => None,
        }
    }

    /// What was expected, in Chinese.
    pub fn expected(&self) -> String {
        match self {
            Self::UnknownAccount { .. } => "平台已登记的账号".to_owned(),
            Self::WrongSignature { signed, form, .. } => {
                format!("对字符串“{signed}”的{}", after_han(form.what))
            }
            Self::OutsideWindow { window_s, .. } => format!("与平台时间相差不超过 {window_s} 秒"),
            Self::CannotOpen { check, .. } => check.clone(),
            Self::NotYourLot { .. } => "本账号名下的停车场编号".to_owned(),
            Self::UnknownLot { .. } => "平台已登记的停车场编号".to_owned(),
            Self::TooManyLots { max, .. } => {
                format!("平台已登记的停车场编号（待审批的新停车场不超过 {max} 个）")
            }
            Self::Unserved { expected, method_only: true, .. } => format!("请求方式 {expected}"),
            Self::Unserved { expected, .. } => format!("接口地址 {expected}"),
            Self::Unreadable { expected, .. }
            | Self::Missing { expected, .. }
            | Self::WrongType { expected, .. }
            | Self::Mismatch { expected, .. }
            | Self::OutsideList { expected, .. } => expected.clone(),
            Self::TooLong { max, .. } => format!("不超过 {max}"),
        }
    }

    /// What came, in Chinese where it is described; `None` where saying it would give something away.
    pub fn received(&self) -> Option<String> {
        match self {
            Self::UnknownAccount { received, .. }
            | Self::NotYourLot { received, .. }
            | Self::UnknownLot { received, .. }
            | Self::TooManyLots { received, .. }
            | Self::Unserved { received, .. }
            | Self::Unreadable { received, .. }
            | Self::WrongType { received, .. }
            | Self::TooLong { received, .. }
            | Self::OutsideList { received, .. } => Some(received.clone()),
            Self::OutsideWindow { seconds: Some(seconds), .. } => {
                Some(format!("{seconds}，看起来是秒，应为毫秒（13 位数字）"))
            }
            Self::OutsideWindow { off_s, .. } => {
                let way = if *off_s >= 0 { "快" } else { "慢" };
                Some(format!("比平台时间{way} {} 秒", off_s.unsigned_abs()))
            }
            Self::Mismatch { received, .. } => received.clone(),
            Self::Missing { .. } => Some("空".to_owned()),
            Self::WrongSignature { .. } | Self::CannotOpen { .. } => None,
        }
    }

    /// The whole refusal in one Chinese sentence: the field, what was expected, what came.
    pub fn message(&self) -> String {
        let expected = after_han(&self.expected());
        match self {
            Self::UnknownAccount { field, received } => {
                format!("{field} 无效：平台没有登记账号“{received}”，请核对接入时分配的账号")
            }
            Self::WrongSignature { field, form, .. } => {
                format!("{field} 验证失败：应为{expected}，{}", form.check)
            }
            Self::OutsideWindow { field, seconds: Some(_), .. } => {
                format!("{field} 单位错误：应{expected}，收到{}", after_han(&self.came_text()))
            }
            Self::OutsideWindow { field, .. } => {
                format!("{field} 已超出有效期：应{expected}，收到的时间{}，请校准时钟", self.came_text())
            }
            Self::CannotOpen { field, .. } => format!("{field} 无法解密：{expected}"),
            Self::NotYourLot { field, received } => {
                format!("{field} 无权限：停车场“{received}”不属于本账号，应为{expected}")
            }
            Self::UnknownLot { field, received } => {
                format!("{field} 不存在：没有编号为“{received}”的停车场，应为{expected}")
            }
            Self::TooManyLots { field, received, .. } => format!(
                "{field} 超出配额：停车场“{received}”未受理，应为{expected}；请联系平台运营方审批名下的新停车场，再重新上报"
            ),
            Self::Unserved { received, method_only: true, .. } => {
                format!("请求方式错误：收到 {received}，应为{expected}")
            }
            Self::Unserved { received, .. } => format!("没有此接口：收到 {received}，应为{expected}"),
            Self::Unreadable { received, .. } => {
                format!("请求体无法读取：应为{expected}，{}", clause(received))
            }
            Self::Missing { field, .. } => format!("{field} 缺失：必填，应为{expected}"),
            Self::WrongType { field, received, .. } => {
                format!("{field} 类型或格式错误：应为{expected}，{}", clause(received))
            }
            Self::TooLong { field, received, .. } => {
                format!("{field} 过长：应{expected}，{}", clause(received))
            }
            Self::Mismatch { field, received: None, .. } => format!("{field} 验证失败：应为{expected}"),
            Self::Mismatch { field, received: Some(received), .. } => {
                format!("{field} 验证失败：应为{expected}，{}", clause(received))
            }
            Self::OutsideList { field, received, .. } => {
                format!("{field} 取值错误：应为{expected}，{}", clause(received))
            }
        }
    }

    fn came_text(&self) -> String {
        self.received().unwrap_or_default()
    }
}

/// What a standard's signature is, in Chinese, for whoever has to make one.
#[derive(Debug, PartialEq, Eq)]
pub struct SignatureForm {
    /// Its name, after 的.
    pub what: &'static str,
    /// What to look at where it is wrong.
    pub check: &'static str,
}

/// A signature over a string that is put together, by a key.
pub(crate) const KEYED: SignatureForm =
    SignatureForm { what: "签名", check: "请核对密钥、拼接顺序与编码（UTF-8）" };

/// What was received, as the end of a sentence. What says itself what is wrong needs no 收到.
fn clause(received: &str) -> String {
    const WHOLE: [&str; 5] = ["JSON 语法错误", "已有 ", "没有 ", "其中含有", "超过 "];
    match received {
        _ if WHOLE.iter().any(|begins| received.starts_with(begins)) => received.to_owned(),
        _ if received.starts_with("不是") => format!("收到的{received}"),
        _ => format!("收到{}", after_han(received)),
    }
}

/// One step of making or opening a message, shown to an engineer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What the step is, in Chinese.
    pub name: String,
    /// What it gave.
    pub value: String,
}

impl Step {
    /// A step.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into() }
    }
}

/// A message refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub fault: Fault,
    /// The answer's code, in the standard's own numbering.
    pub code: String,
    /// The lot's id as the message gave it, as far as it was read.
    pub lot_id: Option<String>,
    /// The record's id as the message gave it, as far as it was read.
    pub record_id: Option<String>,
    /// What the message was read as, as far as reading got: secrets and pictures cut out.
    pub read_as: Option<String>,
    /// The steps of opening it, for the message inspector.
    pub steps: Vec<Step>,
}

impl Refusal {
    /// A refusal of which no more is known than its fault and its code.
    pub(crate) fn of(fault: Fault, code: impl Into<String>) -> Self {
        Self { fault, code: code.into(), lot_id: None, record_id: None, read_as: None, steps: Vec::new() }
    }
}
