//! Findings.

use super::Text;
use crate::Result;
use crate::plan::{FindingRow, Plan};
use crate::postgres::commit::write;
use crate::postgres::statements::Statements;
use crate::postgres::values::{millis, text};
use aws_lc_rs::digest::{SHA256, digest};
use deadpool_postgres::Client;
use futures::try_join;

/// Findings that go and that come.
pub(in crate::postgres) struct Findings<'p> {
    gone: FindingColumns<'p>,
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
    fn of(findings: &'p [FindingRow]) -> Self {
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
        Self { gone: FindingColumns::of(&plan.findings_gone), new: FindingColumns::of(&plan.findings_new) }
    }

    pub(in crate::postgres) async fn write(&self, client: &Client, statements: &Statements) -> Result<()> {
        let Self { gone, new } = self;
        try_join!(
            write(
                client,
                &statements.findings_gone,
                [&gone.lots, &gone.at, &gone.marks],
                !gone.lots.is_empty()
            ),
            write(
                client,
                &statements.findings_new,
                [&new.lots, &new.at, &new.marks, &new.subjects, &new.kinds, &new.details, &new.records],
                !new.lots.is_empty()
            ),
        )?;
        Ok(())
    }
}
