//! Cases (案件): the findings of one lot, rule and cause. Whether the doubt still holds (the *condition*) is kept apart from
//! who has it and how far it is (the *handling*): the platform writes the one, people the other.

use super::{ChangedFindings, Cursor, Page, Result, StoreError};
use async_trait::async_trait;
use bowei_model::{FindingKind, LotCode, ProviderCode};
use jiff::Timestamp;

/// The longest handling of a case: comments and pauses of years have well under it.
pub const CASE_DOC_MAX: usize = 256 * 1024;

/// The state in which a case begins.
pub const CASE_NEW: &str = "new";

/// The condition of a case, as the platform finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionRow {
    /// The case's id: the same whoever finds it, so that two nodes open one case.
    pub id: String,
    /// The lot; `None` of a case above those of several lots.
    pub lot: Option<LotCode>,
    /// The rule: a finding kind's name.
    pub rule: String,
    /// The cause; empty where the rule says it all.
    pub cause: String,
    /// Which case of its lot, rule and cause it is, from 1.
    pub ordinal: i64,
    /// The case above it.
    pub parent: Option<String>,
    /// The lot's provider.
    pub provider: Option<ProviderCode>,
    /// GB/T 2260 code of the lot's district; empty: of none.
    pub district: String,
    /// The vendor of the lot's software; empty where nobody said.
    pub vendor: String,
    /// In the words of the platform: `holds`, `quiet`.
    pub condition: String,
    /// Whether another case explains it.
    pub inhibited: bool,
    /// Findings.
    pub count: i64,
    /// The first of them.
    pub first_at: Timestamp,
    /// The last of them.
    pub last_at: Timestamp,
    /// When the case was opened. Of one that is kept already the moment stays.
    pub opened_at: Timestamp,
    /// What else is known of its condition, as JSON.
    pub condition_doc: String,
}

/// A case: its condition, and its handling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseRow {
    /// Whether it holds. [`Change::Case`](super::Change::Case) leaves it as it is.
    pub condition: ConditionRow,
    /// How far its handling is.
    pub state: String,
    /// The login of who has it.
    pub assignee: Option<String>,
    /// Until when something is due.
    pub due_at: Option<Timestamp>,
    /// Until when it is paused.
    pub paused_until: Option<Timestamp>,
    /// The order that was made of it.
    pub order_id: Option<String>,
    /// All of its handling, as JSON.
    pub doc: String,
    /// Grows with every change of the handling, from 1.
    pub revision: i64,
}

impl CaseRow {
    /// The revision that a change of the handling is kept as, in place of the one that is `found`.
    pub(crate) fn kept(&self, found: Option<i64>) -> Result<i64> {
        let (id, revision) = (&self.condition.id, self.revision);
        if self.doc.len() > CASE_DOC_MAX {
            let bytes = self.doc.len();
            return Err(StoreError::Conflict(format!(
                "the handling of case {id} has {bytes} bytes, and {CASE_DOC_MAX} are the most"
            )));
        }
        match found {
            None => Err(StoreError::Conflict(format!("there is no case {id}"))),
            Some(found) if found != revision => Err(StoreError::Outdated { based_on: revision, found }),
            Some(_) => Ok(revision + 1),
        }
    }
}

/// In which order cases are listed; of equals by id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CaseOrder {
    /// The one with the last finding first.
    #[default]
    LastAt,
    /// The one with most findings first.
    Count,
    /// The one due first first; those without a date at the end.
    DueAt,
}

/// Which cases to list.
#[derive(Clone, Debug, Default)]
pub struct CaseQuery {
    /// In one of these states; none named: in any.
    pub states: Vec<String>,
    /// Of one of these rules; none named: of any.
    pub rules: Vec<String>,
    /// Of these lots alone; `None`: of all, and those above several lots.
    pub lots: Option<Vec<LotCode>>,
    /// Of this provider.
    pub provider: Option<ProviderCode>,
    /// In districts whose code begins so.
    pub district: Option<String>,
    /// Of this vendor.
    pub vendor: Option<String>,
    /// Of this login.
    pub assignee: Option<String>,
    /// In this condition.
    pub condition: Option<String>,
    /// Paused at `now` or not.
    pub paused: Option<bool>,
    /// Explained by another case or not.
    pub inhibited: Option<bool>,
    /// Under this case.
    pub parent: Option<String>,
    /// Whose last finding is of this moment or later.
    pub from: Option<Timestamp>,
    /// Whose last finding is from before this moment.
    pub to: Option<Timestamp>,
    /// The moment that `paused` is about.
    pub now: Timestamp,
    /// In which order.
    pub order: CaseOrder,
    /// At most this many.
    pub limit: usize,
    /// Go on from here.
    pub cursor: Option<Cursor>,
}

/// How many cases a selection has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseCounts {
    /// In all.
    pub total: u64,
    /// By state, in the order of their names.
    pub by_state: Vec<(String, u64)>,
    /// By rule, in the order of their names.
    pub by_rule: Vec<(String, u64)>,
}

/// Cases. Their handling is changed by [`Administration`](super::Administration) alone, any number in one transaction.
#[async_trait]
pub trait Cases {
    /// A page of cases.
    async fn cases(&self, query: CaseQuery) -> Result<Page<CaseRow>>;

    /// How many there are. Of the query `order`, `limit` and `cursor` are ignored.
    async fn cases_count(&self, query: CaseQuery) -> Result<CaseCounts>;

    /// Those of `ids` that there are, by id.
    async fn cases_named(&self, ids: Vec<String>) -> Result<Vec<CaseRow>>;

    /// All cases of those lots and kinds, and of `None` those above several lots; by id.
    async fn cases_of(&self, of: Vec<(Option<LotCode>, FindingKind)>) -> Result<Vec<CaseRow>>;

    /// How many cases are under each of `parents`; those without any are left out.
    async fn case_children(&self, parents: Vec<String>) -> Result<Vec<(String, u64)>>;

    /// Writes conditions, in one transaction. A case that is not kept yet begins in state [`CASE_NEW`] with an empty
    /// handling (`{}`) and revision 1; of one that is, handling, revision, `ordinal` and `opened_at` stay. What was `judged`
    /// is no more among [`changed_findings`](super::FindingTallies::changed_findings), unless it has changed meanwhile.
    async fn write_conditions(
        &self,
        conditions: Vec<ConditionRow>,
        judged: Vec<ChangedFindings>,
    ) -> Result<()>;
}
