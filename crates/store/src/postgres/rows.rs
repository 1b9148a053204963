//! A plan's changes as columns: what a statement takes in one go, whole tables at a time.

use super::commit::write;
use super::statements::Statements;
use super::values::{day, document, millis, text};
use crate::Result;
use crate::plan::{FindingRow, Plan, SessionSpan};
use aws_lc_rs::digest::{SHA256, digest};
use bowei_model::{LotCode, ParkingSession, Plate, RecordId};
use deadpool_postgres::Client;
use futures::try_join;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

type Text<'p> = Cow<'p, str>;

/// Rows of the ledger.
#[derive(Default)]
pub(super) struct Ledger<'p> {
    lots: Vec<Text<'p>>,
    received: Vec<i64>,
    providers: Vec<Text<'p>>,
    standards: Vec<&'p str>,
    kinds: Vec<&'p str>,
    amended: Vec<bool>,
    messages: Vec<&'p [u8]>,
    statements: Vec<String>,
    unnamed: Vec<Option<Text<'p>>>,
}

impl<'p> Ledger<'p> {
    pub(super) fn of(plan: &Plan<'p>) -> Result<Self> {
        let mut rows = Self::default();
        for row in &plan.ledger {
            let statement = &row.said.statement;
            rows.lots.push(text(statement.report.lot().map_or("", LotCode::as_str)));
            rows.received.push(millis(statement.received_at));
            rows.providers.push(text(statement.provider.as_str()));
            rows.standards.push(&statement.standard);
            rows.kinds.push(statement.report.kind());
            rows.amended.push(row.amended);
            rows.messages.push(&row.delivery.message_sha256);
            rows.statements.push(document(statement)?);
            rows.unnamed.push(row.said.unnamed_fields.as_deref().map(text));
        }
        Ok(rows)
    }

    pub(super) async fn write(&self, client: &Client, statements: &Statements) -> Result<()> {
        let Self { lots, received, providers, standards, kinds, amended, messages, .. } = self;
        write(
            client,
            &statements.ledger_new,
            [lots, received, providers, standards, kinds, amended, messages, &self.statements, &self.unnamed],
            !lots.is_empty(),
        )
        .await
    }
}

/// Sessions as they are now, with their keys where those change, and what of the former ones goes.
#[derive(Default)]
pub(super) struct Sessions<'p> {
    keys: (Vec<Text<'p>>, Vec<Text<'p>>, Vec<i64>),
    keys_gone: (Vec<Text<'p>>, Vec<Text<'p>>),
    gone: (Vec<Text<'p>>, Vec<Text<'p>>, Vec<i64>),
    lots: Vec<Text<'p>>,
    records: Vec<Text<'p>>,
    stands: Vec<i64>,
    parking: Vec<bool>,
    entered: Vec<Option<i64>>,
    exited: Vec<Option<i64>>,
    present_from: Vec<Option<i64>>,
    present_to: Vec<Option<i64>>,
    open: Vec<bool>,
    plates: Vec<Option<Text<'p>>>,
    docs: Vec<String>,
}

impl<'p> Sessions<'p> {
    pub(super) fn of(plan: &'p Plan<'_>, filed: &HashMap<(LotCode, RecordId), i64>) -> Result<Self> {
        let mut rows = Self::default();
        for change in &plan.sessions {
            let session = &change.after;
            let span = SessionSpan::of(session);
            let (lot, record_id) = (text(session.lot.as_str()), text(session.record_id.as_str()));
            let stands_at = stands_at(session, &span);
            let was = filed.get(&(session.lot.clone(), session.record_id.clone()));
            if was != Some(&stands_at) {
                rows.keys.0.push(lot.clone());
                rows.keys.1.push(record_id.clone());
                rows.keys.2.push(stands_at);
            }
            if let Some(was) = was.filter(|was| **was != stands_at) {
                rows.leaves(lot.clone(), record_id.clone(), *was);
            }
            rows.lots.push(lot);
            rows.records.push(record_id);
            rows.stands.push(stands_at);
            rows.parking.push(span.begun_at.is_some());
            rows.entered.push(span.entered_at.map(millis));
            rows.exited.push(span.exited_at.map(millis));
            rows.present_from.push(span.present_from.map(millis));
            rows.present_to.push(span.present_to.map(millis));
            rows.open.push(span.open);
            rows.plates.push(session.plate().map(Plate::as_str).map(text));
            rows.docs.push(document(session)?);
        }
        for session in &plan.sessions_gone {
            let (lot, record_id) = (text(session.lot.as_str()), text(session.record_id.as_str()));
            if let Some(was) = filed.get(&(session.lot.clone(), session.record_id.clone())) {
                rows.leaves(lot.clone(), record_id.clone(), *was);
            }
            rows.keys_gone.0.push(lot);
            rows.keys_gone.1.push(record_id);
        }
        Ok(rows)
    }

    fn leaves(&mut self, lot: Text<'p>, record_id: Text<'p>, stood_at: i64) {
        self.gone.0.push(lot);
        self.gone.1.push(record_id);
        self.gone.2.push(stood_at);
    }

    pub(super) async fn write(&self, client: &Client, statements: &Statements) -> Result<()> {
        let Self { keys, keys_gone, gone, .. } = self;
        try_join!(
            write(client, &statements.sessions_gone, [&gone.0, &gone.1, &gone.2], !gone.0.is_empty()),
            write(
                client,
                &statements.session_keys_gone,
                [&keys_gone.0, &keys_gone.1],
                !keys_gone.0.is_empty()
            ),
            write(client, &statements.session_keys, [&keys.0, &keys.1, &keys.2], !keys.0.is_empty()),
            write(
                client,
                &statements.sessions_now,
                [
                    &self.lots,
                    &self.records,
                    &self.stands,
                    &self.parking,
                    &self.entered,
                    &self.exited,
                    &self.present_from,
                    &self.present_to,
                    &self.open,
                    &self.plates,
                    &self.docs,
                ],
                !self.lots.is_empty()
            ),
        )?;
        Ok(())
    }
}

/// By which moment a session is filed.
pub(super) fn stands_at(session: &ParkingSession, span: &SessionSpan) -> i64 {
    let first_photo = || session.photos.iter().map(|version| version.received_at).min();
    span.begun_at.or_else(first_photo).map_or(0, millis)
}

/// Lots' states.
#[derive(Default)]
pub(super) struct Lots<'p> {
    lots: Vec<Text<'p>>,
    revisions: Vec<i64>,
    docs: Vec<String>,
}

impl<'p> Lots<'p> {
    pub(super) fn of(plan: &'p Plan<'_>) -> Result<Self> {
        let mut rows = Self::default();
        for row in &plan.lots {
            rows.lots.push(text(row.lot.as_str()));
            rows.revisions.push(row.revision);
            rows.docs.push(document(&row.state)?);
        }
        Ok(rows)
    }

    pub(super) async fn write(&self, client: &Client, statements: &Statements) -> Result<()> {
        let Self { lots, revisions, docs } = self;
        write(client, &statements.lots_now, [lots, revisions, docs], !lots.is_empty()).await
    }
}

/// Words on free spaces, and counts said on their own.
#[derive(Default)]
pub(super) struct Counts<'p> {
    lots: Vec<Text<'p>>,
    as_of: Vec<i64>,
    said: Vec<i64>,
    vacant: Vec<i64>,
    charging: Vec<Option<i64>>,
    reports: (Vec<Text<'p>>, Vec<i64>, Vec<String>, Vec<String>),
}

impl<'p> Counts<'p> {
    pub(super) fn of(plan: &'p Plan<'_>) -> Result<Self> {
        let mut rows = Self::default();
        // A statement cannot change a row twice: of the words of one millisecond the greatest counts.
        let mut words = BTreeMap::new();
        for ((lot, as_of), word) in &plan.words {
            let this = (millis(word.said_at), word.vacant, word.charging_vacant);
            let kept = words.entry((lot, millis(*as_of))).or_insert(this);
            *kept = (*kept).max(this);
        }
        for ((lot, as_of), (said, vacant, charging)) in words {
            rows.lots.push(text(lot.as_str()));
            rows.as_of.push(as_of);
            rows.said.push(said);
            rows.vacant.push(vacant);
            rows.charging.push(charging);
        }
        let mut reports = BTreeMap::new();
        for change in &plan.counts {
            let count = &change.count;
            reports.insert((&count.lot, millis(count.at), count.numbers()), &change.first);
        }
        for ((lot, at, numbers), first) in reports {
            rows.reports.0.push(text(lot.as_str()));
            rows.reports.1.push(at);
            rows.reports.2.push(numbers);
            rows.reports.3.push(document(first)?);
        }
        Ok(rows)
    }

    pub(super) async fn write(&self, client: &Client, statements: &Statements) -> Result<()> {
        let Self { lots, as_of, said, vacant, charging, reports } = self;
        try_join!(
            write(client, &statements.words, [lots, as_of, said, vacant, charging], !lots.is_empty()),
            write(
                client,
                &statements.counts_now,
                [&reports.0, &reports.1, &reports.2, &reports.3],
                !reports.0.is_empty()
            ),
        )?;
        Ok(())
    }
}

/// Findings that go and that come.
pub(super) struct Findings<'p> {
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
pub(super) fn mark(subject: &str, kind: &str, detail: &str) -> Vec<u8> {
    let words = format!("{}\n{subject}\n{kind}\n{detail}", subject.len());
    digest(&SHA256, words.as_bytes()).as_ref().iter().copied().take(16).collect()
}

impl<'p> Findings<'p> {
    pub(super) fn of(plan: &'p Plan<'_>) -> Self {
        Self { gone: FindingColumns::of(&plan.findings_gone), new: FindingColumns::of(&plan.findings_new) }
    }

    pub(super) async fn write(&self, client: &Client, statements: &Statements) -> Result<()> {
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

/// Photos, charging records, documents, signs of life, tallies.
#[derive(Default)]
#[allow(clippy::type_complexity, reason = "a list for each column, in their order")]
pub(super) struct Others<'p> {
    photos: (Vec<Text<'p>>, Vec<i32>, Vec<Text<'p>>, Vec<Text<'p>>, Vec<&'p str>, Vec<Text<'p>>),
    charging: (Vec<Text<'p>>, Vec<Text<'p>>, Vec<Text<'p>>, Vec<i64>, Vec<String>),
    documents: (Vec<Text<'p>>, Vec<&'p str>, Vec<Text<'p>>, Vec<String>),
    accounts: (Vec<Text<'p>>, Vec<&'p str>, Vec<i64>),
    tallies: (Vec<i32>, Vec<i16>, Vec<&'p str>, Vec<&'p str>, Vec<&'p str>, Vec<i64>),
}

impl<'p> Others<'p> {
    pub(super) fn of(plan: &'p Plan<'_>, tally_row: i16) -> Result<Self> {
        let mut rows = Self::default();
        for photo in &plan.photos {
            rows.photos.0.push(text(photo.lot.as_str()));
            rows.photos.1.push(day(photo.day));
            rows.photos.2.push(text(&photo.sha256));
            rows.photos.3.push(text(photo.record_id.as_str()));
            rows.photos.4.push(photo.role);
            rows.photos.5.push(text(&photo.media_type));
        }
        for (operator, record) in &plan.charging {
            rows.charging.0.push(text(&record.order_no));
            rows.charging.1.push(text(operator.as_str()));
            rows.charging.2.push(text(record.lot.as_str()));
            rows.charging.3.push(millis(record.ended_at));
            rows.charging.4.push(document(record)?);
        }
        for (key, kept) in &plan.documents {
            rows.documents.0.push(text(key.lot.as_str()));
            rows.documents.1.push(key.kind);
            rows.documents.2.push(text(&key.name));
            rows.documents.3.push(document(kept)?);
        }
        for account in &plan.accounts {
            rows.accounts.0.push(text(account.provider.as_str()));
            rows.accounts.1.push(&account.standard);
            rows.accounts.2.push(millis(account.at));
        }
        for (key, count) in &plan.tallies {
            rows.tallies.0.push(day(key.day));
            rows.tallies.1.push(tally_row);
            rows.tallies.2.push(key.standard);
            rows.tallies.3.push(key.outcome);
            rows.tallies.4.push(key.kind);
            rows.tallies.5.push(*count);
        }
        Ok(rows)
    }

    /// What other writers may want too comes last, so that they wait for the commit alone.
    pub(super) async fn write(&self, client: &Client, statements: &Statements) -> Result<()> {
        let Self { photos, charging, documents, accounts, tallies } = self;
        try_join!(
            write(
                client,
                &statements.photos_new,
                [&photos.0, &photos.1, &photos.2, &photos.3, &photos.4, &photos.5],
                !photos.0.is_empty()
            ),
            write(
                client,
                &statements.charging_new,
                [&charging.0, &charging.1, &charging.2, &charging.3, &charging.4],
                !charging.0.is_empty()
            ),
            write(
                client,
                &statements.documents_now,
                [&documents.0, &documents.1, &documents.2, &documents.3],
                !documents.0.is_empty()
            ),
            write(
                client,
                &statements.accounts,
                [&accounts.0, &accounts.1, &accounts.2],
                !accounts.0.is_empty()
            ),
            write(
                client,
                &statements.tallies,
                [&tallies.0, &tallies.1, &tallies.2, &tallies.3, &tallies.4, &tallies.5],
                !tallies.0.is_empty()
            ),
        )?;
        Ok(())
    }
}
