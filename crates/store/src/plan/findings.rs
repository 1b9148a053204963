//! Which findings a batch changes.

use super::Plan;
use bowei_model::finding::{Subject, of_doubts};
use bowei_model::version::Version;
use bowei_model::{Finding, SpaceCount};

/// Notes which of the `old` findings go and which of the `new` ones come.
pub(crate) fn differ(plan: &mut Plan<'_>, old: &[Finding], new: &[Finding]) {
    plan.findings_gone.extend(old.iter().filter(|finding| !new.contains(finding)).cloned());
    plan.findings_new.extend(new.iter().filter(|finding| !old.contains(finding)).cloned());
}

/// What is doubtful about a count said on its own: no record is. Its subject is what was counted, and the moment tells one
/// from another of the same numbers.
pub(super) fn of_count(count: &SpaceCount, first: &Version<()>) -> Vec<Finding> {
    let name = format!("count:{}", count.numbers());
    let subject = Subject { lot: count.lot.clone(), name, record_id: None };
    let part = count.at.as_millisecond().to_string();
    of_doubts(&subject, (&part, count.at), first.received_at, &first.doubts)
}
