//! What became of orders in a period.

use super::period::Period;
use crate::office::{self, Kept};
use crate::orders::KeptOrder;
use bowei_store::{OfficeQuery, Store, StoreError};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Orders of a page, and pages of a period.
const PAGE: usize = 1_000;
const PAGES_MAX: usize = 20;

/// Orders in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct OrderFigures {
    /// Issued in the period.
    pub(crate) issued: u64,
    /// Found cured in it.
    pub(crate) verified: u64,
    /// Withdrawn in it, after they were issued.
    pub(crate) withdrawn: u64,
    /// Escalated in it.
    pub(crate) escalated: u64,
    /// Findings objected to in it.
    pub(crate) objected: u64,
    /// Objections to findings that were found right in it.
    pub(crate) sustained: u64,
    /// Those that were not.
    pub(crate) rejected: u64,
}

/// What became of the orders that are seen.
pub(crate) async fn of_period(
    store: &dyn Store,
    period: Period,
    sees: impl Fn(&KeptOrder) -> bool,
) -> Result<OrderFigures, StoreError> {
    let (from, to) = period.moments();
    let within = |at: Timestamp| (from..to).contains(&at);
    let mut figures = OrderFigures::default();
    let mut cursor = None;
    for _ in 0..PAGES_MAX {
        let query = OfficeQuery { before: Some(to), limit: PAGE, cursor, ..OfficeQuery::default() };
        let page = office::list::<KeptOrder>(store, query).await?;
        for Kept { document, .. } in page.items.iter().filter(|kept| sees(&kept.document)) {
            let order = &document.order;
            figures.issued += u64::from(order.issue.as_ref().is_some_and(|issue| within(issue.at)));
            let cured = order.verification.as_ref().filter(|last| within(last.at) && last.uncured.is_empty());
            figures.verified += u64::from(cured.is_some());
            let withdrawn = order.withdrawal.as_ref().filter(|one| within(one.at) && one.document.is_some());
            figures.withdrawn += u64::from(withdrawn.is_some());
            figures.escalated += order.escalations.iter().filter(|one| within(one.at)).count() as u64;
            for objection in &order.objections {
                figures.objected += if within(objection.at) { objection.findings.len() as u64 } else { 0 };
                let decided = objection.findings.iter().filter_map(|one| one.decision.as_ref());
                for decision in decided.filter(|decision| within(decision.at)) {
                    *(if decision.sustained { &mut figures.sustained } else { &mut figures.rejected }) += 1;
                }
            }
        }
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    Ok(figures)
}
