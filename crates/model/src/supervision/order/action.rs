//! What can be done with an order, and what is noted of it.

use super::content::DocumentNumber;
use super::refused::{Why, positive, text};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Files that one answer or objection may come with.
pub const ATTACHMENTS_MAX: usize = 50;

/// A file that proves something, by its digest; its bytes are kept elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attachment {
    /// What it is called.
    pub name: String,
    /// SHA-256 of its bytes, lower-case hex.
    pub sha256: String,
    /// Their number.
    pub bytes: u64,
    /// Their media type.
    pub media_type: String,
}

/// How a document was served (送达方式).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Manner {
    /// 直接送达: handed over.
    InPerson,
    /// 留置送达: left, where it was not taken.
    Left,
    /// 委托送达: by somebody who was asked to.
    Entrusted,
    /// 邮寄送达.
    Post,
    /// 电子送达.
    Electronic,
    /// 公告送达.
    Announcement,
}

impl Manner {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::InPerson, Self::Left, Self::Entrusted, Self::Post, Self::Electronic, Self::Announcement];

    /// As the receipt has it.
    pub fn in_chinese(self) -> &'static str {
        match self {
            Self::InPerson => "直接送达",
            Self::Left => "留置送达",
            Self::Entrusted => "委托送达",
            Self::Post => "邮寄送达",
            Self::Electronic => "电子送达",
            Self::Announcement => "公告送达",
        }
    }
}

/// Service (送达), as the 送达回证 has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Date and minute.
    pub at: Timestamp,
    /// How.
    pub manner: Manner,
    /// To whom (受送达人).
    pub recipient: String,
    /// Where (送达地点).
    pub place: String,
    /// Who served it (送达人).
    pub server: String,
    /// Who took it in the recipient's place (代收人), and in what capacity.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub proxy: String,
    /// Why a proxy took it, or why it was left (代收、拒收事由).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Who saw it (见证人).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub witness: String,
    /// 备注.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub remarks: String,
}

impl Service {
    pub(super) fn check(&self) -> Result<(), Why> {
        let Self { recipient, place, server, proxy, reason, witness, remarks, .. } = self;
        for (field, part) in [("recipient", recipient), ("place", place), ("server", server)] {
            text(field, part)?;
        }
        for (field, part) in
            [("proxy", proxy), ("reason", reason), ("witness", witness), ("remarks", remarks)]
        {
            if !part.is_empty() {
                text(field, part)?;
            }
        }
        if (!proxy.is_empty() || self.manner == Manner::Left) && reason.is_empty() {
            let expected = ("代收或留置的事由", "why a proxy took it, or why it was left");
            return Err(Why::field("reason", expected.0, expected.1, "空 nothing"));
        }
        Ok(())
    }
}

/// What follows where an order is not obeyed, the milder first (article 17 of the measures).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// 通报.
    Notice,
    /// 警告.
    Warning,
    /// 罚款.
    Fine,
}

/// What is done with an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Action {
    /// The draft's text was changed. The text itself is the order's content: what a draft said before binds nobody.
    Revise {},
    /// A number that was drawn for it and could not be used. It stays visible, and is never used again.
    VoidNumber {
        /// Which.
        number: DocumentNumber,
        /// Why.
        reason: String,
    },
    /// It is signed and numbered; from here on what it says does not change.
    Issue {
        /// Its number.
        number: DocumentNumber,
        /// The digest of the evidence as it was then, SHA-256 in lower-case hex.
        evidence_sha256: String,
    },
    /// It was served: the term begins.
    Serve {
        /// How and to whom.
        service: Service,
        /// By when to correct: what [`Term::due`](super::Term::due) makes of the service.
        due_at: Timestamp,
    },
    /// The party says what it did.
    Answer {
        /// Its words.
        text: String,
        /// Its proofs.
        #[serde(default)]
        attachments: Vec<Attachment>,
    },
    /// The party asks for more time.
    AskExtension {
        /// Until when.
        due_at: Timestamp,
        /// Why.
        reason: String,
    },
    /// More time is given, asked for or not.
    Extend {
        /// Until when.
        due_at: Timestamp,
        /// Why.
        reason: String,
    },
    /// More time is not given.
    RefuseExtension {
        /// Why.
        reason: String,
    },
    /// The party objects to findings.
    Object {
        /// Their numbers.
        findings: Vec<u32>,
        /// Why.
        reason: String,
        /// Its proofs.
        #[serde(default)]
        attachments: Vec<Attachment>,
    },
    /// An objection is decided, all of it or finding by finding.
    Decide {
        /// The objection's number.
        objection: u32,
        /// The findings that this decides; none: all of it that is undecided.
        #[serde(default)]
        findings: Vec<u32>,
        /// Whether the party is right.
        sustained: bool,
        /// Why.
        reason: String,
        /// Where no finding is left: the number of the document that withdraws the order.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        document: Option<DocumentNumber>,
    },
    /// The platform held what it has received since against the findings.
    Verify {
        /// Up to when data was looked at.
        as_of: Timestamp,
        /// The findings that are not cured, by their numbers; all others are.
        uncured: Vec<u32>,
    },
    /// What the platform found when it looked last is told the party in a document (整改复查意见).
    IssueReview {
        /// The number of the document.
        document: DocumentNumber,
    },
    /// The term is over. This the clock does.
    Expire {},
    /// It is withdrawn.
    Withdraw {
        /// The number of the document that withdraws it; none for a draft, which nobody has seen.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        document: Option<DocumentNumber>,
        /// Why.
        reason: String,
    },
    /// It was not obeyed, and more follows.
    Escalate {
        /// What.
        to: Severity,
        /// The number of the document.
        document: DocumentNumber,
        /// Why.
        reason: String,
        /// Of a fine, in yuan.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        amount: Option<Decimal>,
    },
}

macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$each:meta])* $variant:ident $text:literal $chinese:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum $name {
            $($(#[$each])* $variant,)*
        }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// As in the API, kebab-case.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }

            /// In Chinese.
            pub fn in_chinese(self) -> &'static str {
                match self {
                    $(Self::$variant => $chinese,)*
                }
            }
        }
    };
}

named! {
    /// What an [`Action`] does.
    ActionKind {
        /// See [`Action::Revise`].
        Revise "revise" "修改草稿",
        /// See [`Action::VoidNumber`].
        VoidNumber "void-number" "文号作废",
        /// See [`Action::Issue`].
        Issue "issue" "制发",
        /// See [`Action::Serve`].
        Serve "serve" "登记送达",
        /// See [`Action::Answer`].
        Answer "answer" "答复",
        /// See [`Action::AskExtension`].
        AskExtension "ask-extension" "申请延期",
        /// See [`Action::Extend`].
        Extend "extend" "准予延期",
        /// See [`Action::RefuseExtension`].
        RefuseExtension "refuse-extension" "不予延期",
        /// See [`Action::Object`].
        Object "object" "申诉",
        /// See [`Action::Decide`].
        Decide "decide" "处理申诉",
        /// See [`Action::Verify`].
        Verify "verify" "复查",
        /// See [`Action::IssueReview`].
        IssueReview "issue-review" "制发复查意见",
        /// See [`Action::Expire`].
        Expire "expire" "期限届满",
        /// See [`Action::Withdraw`].
        Withdraw "withdraw" "撤回",
        /// See [`Action::Escalate`].
        Escalate "escalate" "升级处理",
    }
}

named! {
    /// Where an order stands.
    OrderState {
        /// Its text may still change.
        Draft "draft" "草稿",
        /// Signed and numbered, not served yet.
        Issued "issued" "已制发",
        /// Served: the term runs.
        Served "served" "已送达",
        /// The party has answered within the term; the platform has yet to look.
        Answered "answered" "已答复",
        /// All that it still holds against the party is cured. Closed.
        Verified "verified" "已改正",
        /// The term is over, and it is not cured.
        Overdue "overdue" "逾期未改正",
        /// Withdrawn. Closed.
        Withdrawn "withdrawn" "已撤回",
        /// Overdue, and more has followed.
        Escalated "escalated" "已升级处理",
    }
}

impl Action {
    /// What it does.
    pub fn kind(&self) -> ActionKind {
        match self {
            Self::Revise {} => ActionKind::Revise,
            Self::VoidNumber { .. } => ActionKind::VoidNumber,
            Self::Issue { .. } => ActionKind::Issue,
            Self::Serve { .. } => ActionKind::Serve,
            Self::Answer { .. } => ActionKind::Answer,
            Self::AskExtension { .. } => ActionKind::AskExtension,
            Self::Extend { .. } => ActionKind::Extend,
            Self::RefuseExtension { .. } => ActionKind::RefuseExtension,
            Self::Object { .. } => ActionKind::Object,
            Self::Decide { .. } => ActionKind::Decide,
            Self::Verify { .. } => ActionKind::Verify,
            Self::IssueReview { .. } => ActionKind::IssueReview,
            Self::Expire {} => ActionKind::Expire,
            Self::Withdraw { .. } => ActionKind::Withdraw,
            Self::Escalate { .. } => ActionKind::Escalate,
        }
    }

    /// The words and proofs that it comes with are within their bounds.
    pub(super) fn check(&self) -> Result<(), Why> {
        let words = match self {
            Self::Revise {}
            | Self::Expire {}
            | Self::Issue { .. }
            | Self::Verify { .. }
            | Self::IssueReview { .. } => None,
            Self::Serve { service, .. } => return service.check(),
            Self::Answer { text, .. } => Some(("text", text)),
            Self::VoidNumber { reason, .. }
            | Self::AskExtension { reason, .. }
            | Self::Extend { reason, .. }
            | Self::RefuseExtension { reason }
            | Self::Object { reason, .. }
            | Self::Decide { reason, .. }
            | Self::Withdraw { reason, .. }
            | Self::Escalate { reason, .. } => Some(("reason", reason)),
        };
        if let Some((field, words)) = words {
            text(field, words)?;
        }
        if let Self::Answer { attachments, .. } | Self::Object { attachments, .. } = self {
            positive("attachments", attachments.len() as u64 + 1, ATTACHMENTS_MAX as u64 + 1)?;
            for attachment in attachments {
                text("attachments.name", &attachment.name)?;
                digest("attachments.sha256", &attachment.sha256)?;
            }
        }
        Ok(())
    }
}

/// Refuses what is no SHA-256 in lower-case hex.
pub(super) fn digest(field: &'static str, digest: &str) -> Result<(), Why> {
    let is_hex = digest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    match is_hex && digest.len() == 64 {
        true => Ok(()),
        false => Err(Why::field(
            field,
            "SHA-256 的 64 位小写十六进制",
            "a SHA-256, 64 digits of lower-case hex",
            digest.chars().take(80).collect::<String>(),
        )),
    }
}
