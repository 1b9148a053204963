//! What is known of an order, as plain data: the shape that is stored and answered.

use super::action::{Action, Attachment, OrderState, Service, Severity};
use super::content::{Content, DocumentNumber};
use super::deadline::Deadline;
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// An order as data. What it may be is decided by [`Order`](super::Order), which holds one and lets nobody change it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderRecord {
    /// The platform's own id of it, from its draft on.
    pub id: String,
    /// Where it stands.
    pub state: OrderState,
    /// When it was drafted.
    pub drafted_at: Timestamp,
    /// Who drafted it.
    pub drafted_by: String,
    /// What it says; frozen once it is issued.
    pub content: Content,
    /// Numbers that were drawn for it and could not be used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub void_numbers: Vec<VoidNumber>,
    /// When it was issued, and under which number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issue: Option<Issue>,
    /// How it was served.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<Service>,
    /// By when to correct, with all that was given since; none before service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// Extensions, asked for and given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extensions: Vec<Extension>,
    /// What the party says that it did.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<Answer>,
    /// What it objects to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objections: Vec<Objection>,
    /// What the platform found when it looked last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verification: Option<Verification>,
    /// What the party was told of verifications, in documents.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reviews: Vec<IssuedReview>,
    /// Why it holds no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawal: Option<Withdrawal>,
    /// What has followed, the milder first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub escalations: Vec<Escalation>,
    /// All that was done with it, in order. The rest follows from it and from what it says.
    pub log: Vec<Entry>,
}

/// Something that was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// Who: an account, `platform` or `clock`.
    pub by: String,
    /// What.
    pub done: Action,
}

/// A number that was drawn and could not be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VoidNumber {
    /// Which.
    pub number: DocumentNumber,
    /// When it was given up.
    pub at: Timestamp,
    /// Who gave it up.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// Its issue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issue {
    /// Its number.
    pub number: DocumentNumber,
    /// When.
    pub at: Timestamp,
    /// Who signed it.
    pub by: String,
    /// The digest of the evidence as it was then, SHA-256 in lower-case hex.
    pub evidence_sha256: String,
}

/// The frozen part of an order: what was issued, and nothing that came after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuedOrder {
    /// As [`OrderRecord::id`].
    pub id: String,
    /// When it was issued, and under which number.
    pub issue: Issue,
    /// What it says.
    pub content: Content,
}

/// An answer of the party.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// Its words.
    pub text: String,
    /// Its proofs.
    pub attachments: Vec<Attachment>,
    /// Whether the term was over.
    pub is_late: bool,
}

/// More time: asked for, decided, or given without having been asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extension {
    /// What was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<ExtensionAsked>,
    /// What was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<ExtensionDecision>,
}

/// More time that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtensionAsked {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// Until when.
    pub due_at: Timestamp,
    /// Why.
    pub reason: String,
}

/// Whether more time is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtensionDecision {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// Until when; none where it is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// Why.
    pub reason: String,
}

/// An objection (申诉) to findings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Objection {
    /// Its number, from 1.
    pub number: u32,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
    /// Its proofs.
    pub attachments: Vec<Attachment>,
    /// To what, and what became of it.
    pub findings: Vec<Objected>,
}

/// A finding that is objected to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Objected {
    /// Its number.
    pub finding: u32,
    /// What became of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
}

/// What became of an objection to a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// Whether the party is right: then the finding is struck from the order.
    pub sustained: bool,
    /// Why.
    pub reason: String,
}

/// What the platform found when it looked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verification {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// Up to when data was looked at.
    pub as_of: Timestamp,
    /// The findings that were not cured, by their numbers.
    pub uncured: BTreeSet<u32>,
}

/// A verification that the party was told of in a document (整改复查意见).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuedReview {
    /// The document's number.
    pub document: DocumentNumber,
    /// When it was issued.
    pub at: Timestamp,
    /// Who signed it.
    pub by: String,
    /// What was found.
    pub verification: Verification,
    /// The findings that the order held against the party then, by their numbers.
    pub standing: BTreeSet<u32>,
    /// By when they had to be corrected.
    pub due_at: Timestamp,
}

/// Why an order holds no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Withdrawal {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// The document that says so; none for a draft.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<DocumentNumber>,
    /// Why.
    pub reason: String,
}

/// What has followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Escalation {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// What.
    pub to: Severity,
    /// The number of the document.
    pub document: DocumentNumber,
    /// Why.
    pub reason: String,
    /// Of a fine, in yuan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Decimal>,
}

impl Extension {
    /// Whether it was asked for and nobody has decided yet.
    pub fn is_pending(&self) -> bool {
        self.decision.is_none()
    }
}

impl OrderRecord {
    /// The frozen part; none before it is issued.
    pub fn issued(&self) -> Option<IssuedOrder> {
        let (id, issue, content) = (self.id.clone(), self.issue.clone()?, self.content.clone());
        Some(IssuedOrder { id, issue, content })
    }

    /// From service to the moment by which to correct; none before service.
    pub fn deadline(&self) -> Option<Deadline> {
        Some(Deadline { begins_at: self.service.as_ref()?.at, due_at: self.due_at? })
    }

    /// The findings that sustained objections have struck, by their numbers.
    pub fn struck(&self) -> BTreeSet<u32> {
        let objected = self.objections.iter().flat_map(|objection| &objection.findings);
        let sustained = objected.filter(|objected| objected.decision.as_ref().is_some_and(|it| it.sustained));
        sustained.map(|objected| objected.finding).collect()
    }

    /// The findings that it still holds against the party, by their numbers.
    pub fn standing(&self) -> BTreeSet<u32> {
        let struck = self.struck();
        self.content.findings.iter().map(|finding| finding.number).filter(|n| !struck.contains(n)).collect()
    }

    /// Objections to findings on which nobody has decided, each as objection and finding.
    pub fn undecided(&self) -> impl Iterator<Item = (u32, u32)> {
        self.objections.iter().flat_map(|objection| {
            let undecided = objection.findings.iter().filter(|objected| objected.decision.is_none());
            undecided.map(|objected| (objection.number, objected.finding))
        })
    }

    /// The document that tells of the last verification, once it is issued.
    pub fn review(&self) -> Option<&IssuedReview> {
        self.reviews.last().filter(|review| self.verification.as_ref() == Some(&review.verification))
    }

    /// Every number that a document of it has or had, void ones among them.
    pub fn numbers(&self) -> impl Iterator<Item = DocumentNumber> {
        let void = self.void_numbers.iter().map(|void| void.number);
        let issued = self.issue.iter().map(|issue| issue.number);
        let reviews = self.reviews.iter().map(|review| review.document);
        let withdrawn = self.withdrawal.iter().filter_map(|withdrawal| withdrawal.document);
        let escalated = self.escalations.iter().map(|escalation| escalation.document);
        void.chain(issued).chain(reviews).chain(withdrawn).chain(escalated)
    }
}
