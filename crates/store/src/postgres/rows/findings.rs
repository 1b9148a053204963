//! Findings.

use super::Text;
use crate::Result;
use crate::plan::Plan;
use crate::postgres::commit::write;
use crate::postgres::day_statements::{OfADay, by_day};
use crate::postgres::statements::Statements;
use crate::postgres::values::{kept_facts, millis, text};
use aws_lc_rs::digest::{SHA256, digest};
use bowei_model::{Finding, FindingKind};
use deadpool_postgres::Client;
use futures::future::try_join_all;
use tokio_postgres::types::ToSql;

/// Findings that go and that come.
pub(in crate::postgres) struct Findings<'p> {
    /// Each with the mark of a row that stays.
    gone: Vec<(&'p Finding, Vec<u8>)>,
    new: FindingColumns<'p>,
}

#[derive(Default)]
struct FindingColumns<'p> {
    lots: Vec<Text<'p>>,
    at: Vec<i64>,
    marks: Vec<Vec<u8>>,
    subjects: Vec<Text<'p>>,
    kinds: Vec<&'p str>,
    which: Vec<Text<'p>>,
    details: Vec<Text<'p>>,
    records: Vec<Option<Text<'p>>>,
    facts: Vec<Option<String>>,
    opened: Vec<i64>,
    resolved: Vec<Option<i64>>,
}

/// What stands for a finding's subject, kind and which in its key: half of their SHA-256.
pub(in crate::postgres) fn mark(subject: &str, kind: &str, which: &str) -> Vec<u8> {
    let words = format!("{}\n{subject}\n{kind}\n{which}", subject.len());
    digest(&SHA256, words.as_bytes()).as_ref().iter().copied().take(16).collect()
}

impl<'p> Findings<'p> {
    pub(in crate::postgres) fn of(plan: &'p Plan<'_>) -> Result<Self> {
        let of = |finding: &Finding| mark(&finding.subject, finding.kind.name(), &finding.which);
        // An overlap may be kept already, and a node of an older version kept it under a mark of its own.
        let again = plan.findings_new.iter().filter(|finding| finding.kind == FindingKind::ChargingOverlap);
        let again = again.map(|finding| (finding, of(finding)));
        let mut new = FindingColumns::default();
        for finding in &plan.findings_new {
            let (facts, detail) = kept_facts(&finding.facts)?;
            new.lots.push(text(finding.lot.as_str()));
            new.at.push(millis(finding.at));
            new.marks.push(of(finding));
            new.subjects.push(text(&finding.subject));
            new.kinds.push(finding.kind.name());
            new.which.push(text(&finding.which));
            new.details.push(text(detail));
            new.records.push(finding.record_id.as_deref().map(text));
            new.facts.push(facts);
            new.opened.push(millis(finding.opened_at));
            new.resolved.push(finding.resolved_at.map(millis));
        }
        let gone = plan.findings_gone.iter().map(|finding| (finding, Vec::new()));
        Ok(Self { gone: gone.chain(again).collect(), new })
    }

    /// Deletes those that go. Day by day, and so before everything that is said at once.
    pub(in crate::postgres) async fn clear(&self, client: &Client) -> Result<()> {
        for (from, of_the_day) in by_day(&self.gone, |(finding, _)| millis(finding.at)) {
            let statement = OfADay::FindingsGone.prepared(client, from).await?;
            let keys: Vec<_> = of_the_day
                .iter()
                .map(|(finding, stays)| {
                    let (lot, subject) = (text(finding.lot.as_str()), text(&finding.subject));
                    (lot, millis(finding.at), subject, finding.kind.name(), text(&finding.which), stays)
                })
                .collect();
            let gone = keys.iter().map(|(lot, at, subject, kind, which, stays)| {
                write(client, &statement, [lot, at, subject, kind, which, *stays], true)
            });
            try_join_all(gone).await?;
        }
        Ok(())
    }

    pub(in crate::postgres) async fn write(&self, client: &Client, statements: &Statements) -> Result<()> {
        let new = &self.new;
        let values: [&(dyn ToSql + Sync); 11] = [
            &new.lots,
            &new.at,
            &new.marks,
            &new.subjects,
            &new.kinds,
            &new.which,
            &new.details,
            &new.records,
            &new.facts,
            &new.opened,
            &new.resolved,
        ];
        write(client, &statements.findings_new, values, !new.lots.is_empty()).await
    }
}
