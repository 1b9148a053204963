//! Findings.

use super::Text;
use crate::Result;
use crate::plan::{Plan, TallyChanges};
use crate::postgres::commit::write;
use crate::postgres::errors::refused;
use crate::postgres::findings::WHICH;
use crate::postgres::statements::Statements;
use crate::postgres::values::{day, kept_facts, millis, plain, text};
use aws_lc_rs::digest::{SHA256, digest};
use bowei_model::{Finding, FindingKind};
use deadpool_postgres::Client;
use futures::future::try_join_all;
use std::collections::HashMap;
use tokio_postgres::types::ToSql;

/// Findings that go and that come.
pub(in crate::postgres) struct Findings<'p> {
    /// Each with the mark of a row that stays.
    gone: Vec<(&'p Finding, Vec<u8>)>,
    found: &'p [Finding],
    new: FindingColumns<'p>,
    /// Which of the new ones may be kept already: overlaps and duplicates are found of several records at once, of which
    /// a batch does not know all.
    unsure: Vec<usize>,
    evaluated_day: Option<i32>,
    received_at: i64,
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
    causes: Vec<Text<'p>>,
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
            new.causes.push(text(finding.facts.cause()));
        }
        let gone = plan.findings_gone.iter().map(|finding| (finding, Vec::new()));
        let is_unsure = |(_, finding): &(usize, &Finding)| {
            let kinds = [FindingKind::ChargingOverlap, FindingKind::DuplicateRecord];
            plan.findings_unsure || kinds.contains(&finding.kind)
        };
        Ok(Self {
            gone: gone.chain(again).collect(),
            unsure: plan
                .findings_new
                .iter()
                .enumerate()
                .filter(is_unsure)
                .map(|(number, _)| number)
                .collect(),
            found: &plan.findings_new,
            new,
            evaluated_day: plan.evaluated_day.map(day),
            received_at: plan.received_at,
        })
    }

    /// Deletes those that go, and tells how the tallies change with that and with those that come.
    pub(in crate::postgres) async fn clear(&self, client: &Client) -> Result<TallyChanges> {
        let mut changes = TallyChanges::at(self.received_at);
        // But for the row of one mark.
        let delete = format!(
            "DELETE FROM findings
             WHERE lot = $1 AND at = $2 AND subject = $3 AND kind = $4 AND {WHICH} = $5 AND mark <> $6
             RETURNING cause, coalesce(opened_at, at), resolved_at IS NULL"
        );
        let delete = client.prepare_cached(&delete).await.map_err(refused)?;
        let gone = self.gone.iter().map(async |(finding, stays)| {
            let (lot, at, kind) = (text(finding.lot.as_str()), millis(finding.at), finding.kind.name());
            let (subject, which) = (text(&finding.subject), text(&finding.which));
            let values: [&(dyn ToSql + Sync); 6] = [&lot, &at, &subject, &kind, &which, stays];
            client.query(&delete, &values).await.map_err(refused)
        });
        for ((finding, _), rows) in self.gone.iter().zip(try_join_all(gone).await?) {
            for row in rows {
                let of = (finding.lot.as_str(), finding.kind.name(), &*plain(row.get(0)));
                changes.add(of, row.get(1), row.get(2), -1);
            }
        }
        let kept = self.kept(client).await?;
        for (number, finding) in self.found.iter().enumerate() {
            match kept.get(&number) {
                None => changes.found(finding),
                Some((cause, was, is_open)) if millis(finding.opened_at) < *was => {
                    let of = (finding.lot.as_str(), finding.kind.name(), cause.as_str());
                    changes.add(of, *was, *is_open, -1);
                    changes.add(of, millis(finding.opened_at), *is_open, 1);
                }
                Some(_) => {}
            }
        }
        Ok(changes)
    }

    /// Of those that come the ones that are there already, by their place among them: cause, beginning, whether it holds.
    async fn kept(&self, client: &Client) -> Result<HashMap<usize, (String, i64, bool)>> {
        let mut kept = HashMap::new();
        if self.unsure.is_empty() {
            return Ok(kept);
        }
        let find = "SELECT wanted.number, finding.cause, finding.opened_at, finding.is_open
             FROM unnest($1::text[], $2::bigint[], $3::bytea[]) WITH ORDINALITY AS wanted (lot, at, mark, number)
             CROSS JOIN LATERAL (
               SELECT cause, coalesce(opened_at, at) AS opened_at, resolved_at IS NULL AS is_open FROM findings
               WHERE lot = wanted.lot AND at = wanted.at AND mark = wanted.mark LIMIT 1) AS finding";
        let find = client.prepare_cached(find).await.map_err(refused)?;
        let (mut lots, mut at, mut marks) = (Vec::new(), Vec::<i64>::new(), Vec::new());
        for number in &self.unsure {
            lots.extend(self.new.lots.get(*number));
            at.extend(self.new.at.get(*number));
            marks.extend(self.new.marks.get(*number));
        }
        for row in client.query(&find, &[&lots, &at, &marks]).await.map_err(refused)? {
            let place = usize::try_from(row.get::<_, i64>(0) - 1).unwrap_or(usize::MAX);
            if let Some(number) = self.unsure.get(place) {
                kept.insert(*number, (plain(row.get(1)).into_owned(), row.get(2), row.get(3)));
            }
        }
        Ok(kept)
    }

    pub(in crate::postgres) async fn write(&self, client: &Client, statements: &Statements) -> Result<()> {
        let new = &self.new;
        let values: [&(dyn ToSql + Sync); 13] = [
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
            &new.causes,
            &self.evaluated_day,
        ];
        write(client, &statements.findings_new, values, !new.lots.is_empty()).await
    }
}
