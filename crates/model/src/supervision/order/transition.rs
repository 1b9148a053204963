//! The machine: which action is legal in which state, and what it makes of an order.

use super::action::digest;
use super::record::{
    Answer, Decision, Entry, Escalation, Extension, ExtensionAsked, ExtensionDecision, Issue, IssuedReview,
    Objected, Objection, OrderRecord, Verification, VoidNumber, Withdrawal,
};
use super::refused::{Why, positive, text};
use super::{Action, ActionKind, DocumentNumber, OrderState, Severity, Term};
use ActionKind as K;
use OrderState as S;
use std::collections::BTreeSet;

/// What one order takes of each, so that nobody can make it grow without end.
const ANSWERS_MAX: usize = 100;
const OBJECTIONS_MAX: usize = 1_000;
const EXTENSIONS_MAX: usize = 50;
const VOID_NUMBERS_MAX: usize = 100;
const REVIEWS_MAX: usize = 100;

/// In which state which action is legal, and to which states it may lead.
pub const TRANSITIONS: &[(OrderState, ActionKind, &[OrderState])] = &[
    (S::Draft, K::Revise, &[S::Draft]),
    (S::Draft, K::VoidNumber, &[S::Draft]),
    (S::Draft, K::Issue, &[S::Issued]),
    (S::Draft, K::Withdraw, &[S::Withdrawn]),
    (S::Issued, K::Serve, &[S::Served]),
    (S::Issued, K::Withdraw, &[S::Withdrawn]),
    (S::Served, K::Answer, &[S::Answered]),
    (S::Served, K::AskExtension, &[S::Served]),
    (S::Served, K::Extend, &[S::Served]),
    (S::Served, K::RefuseExtension, &[S::Served]),
    (S::Served, K::Object, &[S::Served]),
    (S::Served, K::Decide, &[S::Served, S::Withdrawn]),
    (S::Served, K::Verify, &[S::Served, S::Verified]),
    (S::Served, K::IssueReview, &[S::Served]),
    (S::Served, K::Expire, &[S::Overdue]),
    (S::Served, K::Withdraw, &[S::Withdrawn]),
    (S::Answered, K::Answer, &[S::Answered]),
    (S::Answered, K::AskExtension, &[S::Answered]),
    (S::Answered, K::Extend, &[S::Answered]),
    (S::Answered, K::RefuseExtension, &[S::Answered]),
    (S::Answered, K::Object, &[S::Answered]),
    (S::Answered, K::Decide, &[S::Answered, S::Withdrawn]),
    (S::Answered, K::Verify, &[S::Served, S::Overdue, S::Verified]),
    (S::Answered, K::IssueReview, &[S::Answered]),
    (S::Answered, K::Withdraw, &[S::Withdrawn]),
    (S::Overdue, K::Answer, &[S::Overdue]),
    (S::Overdue, K::Extend, &[S::Served]),
    (S::Overdue, K::RefuseExtension, &[S::Overdue]),
    (S::Overdue, K::Object, &[S::Overdue]),
    (S::Overdue, K::Decide, &[S::Overdue, S::Withdrawn]),
    (S::Overdue, K::Verify, &[S::Overdue, S::Verified]),
    (S::Overdue, K::IssueReview, &[S::Overdue]),
    (S::Overdue, K::Escalate, &[S::Escalated]),
    (S::Overdue, K::Withdraw, &[S::Withdrawn]),
    (S::Escalated, K::Answer, &[S::Escalated]),
    (S::Escalated, K::Object, &[S::Escalated]),
    (S::Escalated, K::Decide, &[S::Escalated, S::Withdrawn]),
    (S::Escalated, K::Verify, &[S::Escalated, S::Verified]),
    (S::Escalated, K::IssueReview, &[S::Escalated]),
    (S::Escalated, K::Escalate, &[S::Escalated]),
    (S::Escalated, K::Withdraw, &[S::Withdrawn]),
    (S::Verified, K::Decide, &[S::Verified, S::Withdrawn]),
    (S::Verified, K::IssueReview, &[S::Verified]),
    (S::Verified, K::Withdraw, &[S::Withdrawn]),
];

/// What may be done in a state, but for what the clock does.
pub fn legal(state: OrderState) -> impl Iterator<Item = ActionKind> {
    let of_state = TRANSITIONS.iter().filter(move |(from, ..)| *from == state);
    of_state.map(|(_, kind, _)| *kind).filter(|kind| *kind != K::Expire)
}

impl OrderRecord {
    /// Does what an entry says, or nothing.
    pub(super) fn step(&mut self, entry: Entry) -> Result<(), Why> {
        let kind = entry.done.kind();
        if !TRANSITIONS.iter().any(|(from, legal, _)| (*from, *legal) == (self.state, kind)) {
            return Err(Why::State);
        }
        let last = self.log.last().map_or(self.drafted_at, |last| last.at);
        if entry.at < last {
            return Err(Why::field("at", "不早于上一步的时间", "no earlier than the step before", entry.at));
        }
        let is_over = self.deadline().is_some_and(|deadline| deadline.is_over(entry.at));
        if self.state == S::Served && is_over && kind != K::Expire {
            return Err(Why::State);
        }
        text("by", &entry.by)?;
        entry.done.check()?;
        self.state = self.done(&entry, is_over)?;
        self.log.push(entry);
        Ok(())
    }

    /// Changes all but the state and the log, and gives the state; changes nothing where it refuses.
    fn done(&mut self, entry: &Entry, is_over: bool) -> Result<OrderState, Why> {
        let (at, by, state) = (entry.at, entry.by.clone(), self.state);
        match entry.done.clone() {
            Action::Revise {} => {}
            Action::VoidNumber { number, reason } => {
                positive("void_numbers", self.void_numbers.len() as u64 + 1, VOID_NUMBERS_MAX as u64)?;
                self.unused("number", number)?;
                self.void_numbers.push(VoidNumber { number, at, by, reason });
            }
            Action::Issue { number, evidence_sha256 } => {
                self.unused("number", number)?;
                digest("evidence_sha256", &evidence_sha256)?;
                self.content.check(true)?;
                if let Term::Moment { due_at } = self.content.term
                    && due_at <= at
                {
                    return Err(Why::field("term.due_at", "晚于现在的期限", "a deadline after now", due_at));
                }
                self.issue = Some(Issue { number, at, by, evidence_sha256 });
                return Ok(S::Issued);
            }
            Action::Serve { service, due_at } => {
                let issued_at = self.issue.as_ref().map_or(at, |issue| issue.at);
                if !(issued_at..=at).contains(&service.at) {
                    let expected =
                        ("制发之后、不晚于现在的时间", "a moment after its issue, and not after now");
                    return Err(Why::field("service.at", expected.0, expected.1, service.at));
                }
                let named = match self.content.term {
                    Term::Moment { due_at } => Some(due_at),
                    Term::WorkingDays { .. } => None,
                };
                if due_at <= service.at || named.is_some_and(|named| named != due_at) {
                    let expected = (
                        "文书所定期限，且在送达之后",
                        "the deadline that the order names, and after service",
                    );
                    return Err(Why::field("due_at", expected.0, expected.1, due_at));
                }
                (self.service, self.due_at) = (Some(service), Some(due_at));
                return Ok(S::Served);
            }
            Action::Answer { text, attachments } => {
                positive("answers", self.answers.len() as u64 + 1, ANSWERS_MAX as u64)?;
                self.answers.push(Answer { at, by, text, attachments, is_late: is_over });
                return Ok(if state == S::Served { S::Answered } else { state });
            }
            Action::AskExtension { due_at, reason } => {
                positive("extensions", self.extensions.len() as u64 + 1, EXTENSIONS_MAX as u64)?;
                if self.pending_extension().is_some() {
                    let expected = ("前一次延期申请须先有决定", "the request before to be decided first");
                    return Err(Why::field("due_at", expected.0, expected.1, due_at));
                }
                if is_over {
                    return Err(Why::field("at", "期限届满之前", "a moment before the deadline", at));
                }
                self.later(due_at, at)?;
                let asked = Some(ExtensionAsked { at, by, due_at, reason });
                self.extensions.push(Extension { asked, decision: None });
            }
            Action::Extend { due_at, reason } => {
                self.later(due_at, at)?;
                // What was asked for in time is not lost because the office was slow.
                if state == S::Overdue && self.pending_extension().is_none() {
                    return Err(Why::State);
                }
                if self.pending_extension().is_none() {
                    positive("extensions", self.extensions.len() as u64 + 1, EXTENSIONS_MAX as u64)?;
                }
                let decision = Some(ExtensionDecision { at, by, due_at: Some(due_at), reason });
                match self.pending_extension() {
                    Some(pending) => pending.decision = decision,
                    None => self.extensions.push(Extension { asked: None, decision }),
                }
                self.due_at = Some(due_at);
                return Ok(if state == S::Overdue { S::Served } else { state });
            }
            Action::RefuseExtension { reason } => {
                let pending = self.pending_extension().ok_or(Why::State)?;
                pending.decision = Some(ExtensionDecision { at, by, due_at: None, reason });
            }
            Action::Object { findings, reason, attachments } => {
                positive("objections", self.objections.len() as u64 + 1, OBJECTIONS_MAX as u64)?;
                let findings = self.objectionable(&findings)?;
                let number = u32::try_from(self.objections.len()).unwrap_or(u32::MAX).saturating_add(1);
                self.objections.push(Objection { number, at, by, reason, attachments, findings });
            }
            Action::Decide { objection, findings, sustained, reason, document } => {
                let chosen = self.chosen(objection, &findings)?;
                let withdraws = sustained && self.is_all(&chosen);
                match document {
                    Some(number) if withdraws => self.unused("document", number)?,
                    None if !withdraws => {}
                    _ => {
                        let expected = (
                            "全部问题均已撤销时填写撤回文书的文号，其他情形不填",
                            "the number of the document that withdraws the order where no finding is left, and none elsewhere",
                        );
                        let received =
                            document.map_or_else(|| "空 nothing".to_owned(), |number| number.to_string());
                        return Err(Why::field("document", expected.0, expected.1, received));
                    }
                }
                let decision = Decision { at, by: by.clone(), sustained, reason: reason.clone() };
                let of_it = self.objections.iter_mut().filter(|it| it.number == objection);
                let objected = of_it.flat_map(|it| &mut it.findings);
                for objected in objected.filter(|it| it.decision.is_none() && chosen.contains(&it.finding)) {
                    objected.decision = Some(decision.clone());
                }
                if withdraws {
                    self.withdrawal = Some(Withdrawal { at, by, document, reason });
                    return Ok(S::Withdrawn);
                }
            }
            Action::Verify { as_of, uncured } => {
                let since = self.verification.as_ref().map(|verification| verification.as_of);
                let since = since.or(self.service.as_ref().map(|service| service.at)).unwrap_or(at);
                if !(since..=at).contains(&as_of) {
                    let expected = (
                        "送达及上次复查之后、不晚于现在",
                        "after service and the verification before, not after now",
                    );
                    return Err(Why::field("as_of", expected.0, expected.1, as_of));
                }
                let (numbers, standing) = (uncured.len(), self.standing());
                let uncured: BTreeSet<_> = uncured.into_iter().collect();
                if uncured.len() != numbers || !uncured.is_subset(&standing) {
                    let expected =
                        ("未撤销的问题编号，不得重复", "numbers of findings that were not struck, each once");
                    return Err(Why::field("uncured", expected.0, expected.1, format!("{uncured:?}")));
                }
                let to = match state {
                    _ if uncured.is_empty() => S::Verified,
                    S::Answered if is_over => S::Overdue,
                    S::Answered => S::Served,
                    state => state,
                };
                let same = self.verification.as_ref().is_some_and(|before| before.uncured == uncured);
                if same && to == state {
                    let expected = ("与上次复查不同的结果", "another outcome than the verification before");
                    return Err(Why::field("uncured", expected.0, expected.1, format!("{uncured:?}")));
                }
                self.verification = Some(Verification { at, by, as_of, uncured });
                return Ok(to);
            }
            Action::IssueReview { document } => {
                positive("reviews", self.reviews.len() as u64 + 1, REVIEWS_MAX as u64)?;
                let untold = self.verification.clone().filter(|_| self.review().is_none());
                let Some((verification, due_at)) = untold.zip(self.due_at) else {
                    let expected = (
                        "上次制发复查意见之后的复查结果",
                        "a verification since the last document that told of one",
                    );
                    return Err(Why::field("verification", expected.0, expected.1, "空 nothing"));
                };
                self.unused("document", document)?;
                let standing = self.standing();
                self.reviews.push(IssuedReview { document, at, by, verification, standing, due_at });
            }
            Action::Expire {} => {
                // Noted at the deadline itself, which is the last moment of the term, or later.
                if self.due_at.is_none_or(|due_at| at < due_at) {
                    return Err(Why::State);
                }
                return Ok(S::Overdue);
            }
            Action::Withdraw { document, reason } => {
                match document {
                    Some(number) if state != S::Draft => self.unused("document", number)?,
                    None if state == S::Draft => {}
                    Some(number) => {
                        return Err(Why::field(
                            "document",
                            "空（草稿无需文书）",
                            "nothing: nobody has seen a draft",
                            number,
                        ));
                    }
                    None => {
                        let expected = ("撤回文书的文号", "the number of the document that withdraws it");
                        return Err(Why::field("document", expected.0, expected.1, "空 nothing"));
                    }
                }
                self.withdrawal = Some(Withdrawal { at, by, document, reason });
                return Ok(S::Withdrawn);
            }
            Action::Escalate { to, document, reason, amount } => {
                if let Some((objection, finding)) = self.undecided().next() {
                    let received = format!("objection {objection}, finding {finding}");
                    let expected = ("须先对全部申诉作出决定", "every objection to be decided first");
                    return Err(Why::field("objections", expected.0, expected.1, received));
                }
                if self.escalations.last().is_some_and(|before| before.to >= to) {
                    let expected = ("比上一次更重的处理", "something more severe than before");
                    return Err(Why::field("to", expected.0, expected.1, format!("{to:?}")));
                }
                let is_sum = |amount: &rust_decimal::Decimal| {
                    amount.is_sign_positive() && !amount.is_zero() && amount.normalize().scale() <= 2
                };
                let fits = match &amount {
                    Some(amount) => to == Severity::Fine && is_sum(amount),
                    None => to != Severity::Fine,
                };
                if !fits {
                    let expected = (
                        "罚款的金额（元，至多两位小数），其他处理不填",
                        "the sum of a fine in yuan, two decimals at most, and nothing of anything else",
                    );
                    return Err(Why::field("amount", expected.0, expected.1, format!("{amount:?}")));
                }
                self.unused("document", document)?;
                self.escalations.push(Escalation { at, by, to, document, reason, amount });
                return Ok(S::Escalated);
            }
        }
        Ok(state)
    }

    /// Refuses a number that this order has used.
    fn unused(&self, field: &'static str, number: DocumentNumber) -> Result<(), Why> {
        match number.n > 0 && number.year > 0 && !self.numbers().any(|used| used == number) {
            true => Ok(()),
            false => Err(Why::field(field, "未使用过的文号", "a number that was not used before", number)),
        }
    }

    /// Refuses a deadline that gives no more time.
    fn later(&self, due_at: jiff::Timestamp, now: jiff::Timestamp) -> Result<(), Why> {
        match self.due_at.is_some_and(|before| due_at > before) && due_at > now {
            true => Ok(()),
            false => {
                let expected = ("晚于原期限且晚于现在", "later than the deadline before, and than now");
                Err(Why::field("due_at", expected.0, expected.1, due_at))
            }
        }
    }

    fn pending_extension(&mut self) -> Option<&mut Extension> {
        self.extensions.last_mut().filter(|extension| extension.is_pending())
    }

    /// Findings that may be objected to: of the order, neither struck nor objected to already.
    fn objectionable(&self, findings: &[u32]) -> Result<Vec<Objected>, Why> {
        positive("findings", findings.len() as u64, self.content.findings.len() as u64)?;
        let undecided: BTreeSet<_> = self.undecided().map(|(_, finding)| finding).collect();
        let mut open = self.standing();
        open.retain(|finding| !undecided.contains(finding));
        let objected = findings.iter().map(|finding| match open.remove(finding) {
            true => Ok(Objected { finding: *finding, decision: None }),
            false => {
                let expected = (
                    "本文书中未撤销且无待决申诉的问题编号，不得重复",
                    "numbers of findings that neither are struck nor wait for a decision, each once",
                );
                Err(Why::field("findings", expected.0, expected.1, finding))
            }
        });
        objected.collect()
    }

    /// The findings that a decision is about.
    pub(super) fn chosen(&self, objection: u32, findings: &[u32]) -> Result<BTreeSet<u32>, Why> {
        let undecided: BTreeSet<_> =
            self.undecided().filter(|(number, _)| *number == objection).map(|(_, finding)| finding).collect();
        if undecided.is_empty() {
            let expected = ("待决定的申诉的编号", "the number of an objection that is not decided");
            return Err(Why::field("objection", expected.0, expected.1, objection));
        }
        if findings.is_empty() {
            return Ok(undecided);
        }
        match findings.iter().find(|finding| !undecided.contains(finding)) {
            None => Ok(findings.iter().copied().collect()),
            Some(finding) => {
                let expected = ("该申诉中待决定的问题编号", "numbers of findings of it that are not decided");
                Err(Why::field("findings", expected.0, expected.1, finding))
            }
        }
    }

    /// Whether these are all the findings that it still holds against the party.
    pub(super) fn is_all(&self, findings: &BTreeSet<u32>) -> bool {
        self.standing().is_subset(findings)
    }
}
