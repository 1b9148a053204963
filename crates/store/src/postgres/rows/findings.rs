//! Findings.

use super::Text;
use crate::Result;
use crate::plan::{FindingRow, Plan};
use crate::postgres::commit::write;
use crate::postgres::of_a_day::{OfADay, by_day};
use crate::postgres::statements::Statements;
use crate::postgres::values::{millis, text};
use aws_lc_rs::digest::{SHA256, digest};
use deadpool_postgres::Client;
use futures::future::try_join_all;
use tokio_postgres::types::ToSql;

/// Findings that go and that come.
pub(in crate::postgres) struct Findings<'p> {
    gone: &'p [FindingRow],
    new: FindingColumns<'p>,
}

#[derive(Default)]
struct FindingColumns<'p> {
    lots: Vec<Text<'p>>,
    at: Vec<i64>,
    marks: Vec<Vec<u8>>,
    subjects: Vec<Text<'p>>,
    kinds: Vec<&'p str>,
    details: Vec<Text<'p>>,
    records: Vec<Option<Text<'p>>>,
}

impl<'p> FindingColumns<'p> {
    fn of(findings: impl IntoIterator<Item = &'p FindingRow>) -> Self {
        let mut rows = Self::default();
        for FindingRow { subject, finding } in findings {
            rows.lots.push(text(finding.lot.as_str()));
            rows.at.push(millis(finding.at));
            rows.marks.push(mark(subject, finding.kind.name(), &finding.detail));
            rows.subjects.push(text(subject));
            rows.kinds.push(finding.kind.name());
            rows.details.push(text(&finding.detail));
            rows.records.push(finding.record_id.as_deref().map(text));
        }
        rows
    }
}

/// What stands for a finding's subject, kind and words in its key: half of their SHA-256.
pub(in crate::postgres) fn mark(subject: &str, kind: &str, detail: &str) -> Vec<u8> {
    let words = format!("{}\n{subject}\n{kind}\n{detail}", subject.len());
    digest(&SHA256, words.as_bytes()).as_ref().iter().copied().take(16).collect()
}

impl<'p> Findings<'p> {
    pub(in crate::postgres) fn of(plan: &'p Plan<'_>) -> Self {
        Self { gone: &plan.findings_gone, new: FindingColumns::of(&plan.findings_new) }
    }

    /// Deletes those that go. Day by day, and so before everything that is said at once.
    pub(in crate::postgres) async fn clear(&self, client: &Client) -> Result<()> {
        for (from, of_the_day) in by_day(self.gone, |row| millis(row.finding.at)) {
            let statement = OfADay::FindingsGone.prepared(client, from).await?;
            let rows = FindingColumns::of(of_the_day);
            let keys = rows.lots.iter().zip(&rows.at).zip(&rows.marks);
            let gone = keys.map(|((lot, at), mark)| write(client, &statement, [lot, at, mark], true));
            try_join_all(gone).await?;
        }
        Ok(())
    }

    pub(in crate::postgres) async fn write(&self, client: &Client, statements: &Statements) -> Result<()> {
        let FindingColumns { lots, at, marks, subjects, kinds, details, records } = &self.new;
        let values: [&(dyn ToSql + Sync); 7] = [lots, at, marks, subjects, kinds, details, records];
        write(client, &statements.findings_new, values, !lots.is_empty()).await
    }
}
