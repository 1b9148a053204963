use super::shared::{Number, Party};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// 送达回证. What is absent is left free, to be filled in by hand.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Receipt {
    /// What is served, such as 责令限期改正通知书.
    pub document: String,
    /// Its number.
    pub number: Number,
    /// Whom it is served on (受送达人).
    pub recipient: Party,
    /// 送达地点.
    pub place: Option<String>,
    /// 送达方式.
    pub manner: Option<Manner>,
    /// Who signed; absent: signature or seal by hand.
    pub signed_by: Option<String>,
    /// When, to the minute.
    pub served_at: Option<Timestamp>,
    /// 代收人, where another took it.
    pub proxy: Option<Proxy>,
    /// 见证人.
    pub witness: Option<String>,
    /// 送达人: those who served it.
    pub servers: Vec<String>,
    /// 备注.
    pub remarks: Option<String>,
}

/// Who took a paper for another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proxy {
    /// His name.
    pub name: String,
    /// What he is to the recipient.
    pub relation: String,
    /// 代收理由.
    pub reason: String,
}

/// 送达方式.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Manner {
    /// 直接送达.
    Direct,
    /// 留置送达.
    Left,
    /// 邮寄送达.
    Post,
    /// 委托送达.
    Entrusted,
    /// 电子送达.
    Electronic,
    /// 公告送达.
    Published,
}
