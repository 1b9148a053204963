//! Keeping a batch: load what its keys name, plan, write the plan.

use super::SqliteStore;
use super::load::{self, Loaded};
use super::values::{HistoryColumns, kept_facts, millis, text, to_json};
use super::{day_records, finding_tallies, heard, unpaired};
use crate::plan::{
    ChargingRecordRow, Keys, PassageRow, Plan, SessionChange, SessionSpan, TallyChanges, plan,
};
use crate::{Commit, Committed, NewDelivery, Result};
use async_trait::async_trait;
use bowei_model::{Direction, Finding, LotCode, Plate, RecordId};
use jiff::Timestamp;
use rusqlite::{Connection, params};
use std::collections::HashMap;

#[async_trait]
impl Commit for SqliteStore {
    async fn commit(&self, delivery: NewDelivery) -> Result<Committed> {
        self.committer.commit(delivery).await
    }

    async fn flush(&self) -> Result<()> {
        self.committer.flush().await
    }
}

/// Keeps `deliveries` within the transaction that `connection` is in.
pub(super) fn keep(connection: &Connection, deliveries: &[NewDelivery]) -> Result<Vec<Committed>> {
    let Loaded { known, ids } = load::load(connection, &Keys::of(deliveries), deliveries)?;
    let plan = plan(deliveries, known);
    write(connection, &plan, &ids)?;
    Ok(plan.committed)
}

/// Writes a plan; `ids` are the row numbers of the sessions that it is about, as far as they are kept already.
pub(super) fn write(
    connection: &Connection,
    plan: &Plan<'_>,
    ids: &HashMap<(LotCode, RecordId), i64>,
) -> Result<()> {
    ledger(connection, plan)?;
    for change in &plan.sessions {
        let (lot, record_id) = change.key();
        match ids.get(&(lot.clone(), record_id.clone())) {
            None => session_new(connection, change)?,
            Some(id) => session_changed(connection, *id, change)?,
        }
    }
    for session in &plan.sessions_gone {
        if let Some(id) = ids.get(&(session.lot.clone(), session.record_id.clone())) {
            connection.prepare_cached("DELETE FROM sessions WHERE id = ?1")?.execute([id])?;
        }
    }
    unpaired::forget(connection, &plan.unpaired_gone)?;
    unpaired::keep(connection, &plan.unpaired)?;
    passages(connection, plan)?;
    documents(connection, plan)?;
    lots(connection, plan)?;
    counts(connection, plan)?;
    change_findings(connection, plan)?;
    supervision(connection, plan)?;
    photos(connection, plan)?;
    charging(connection, plan)?;
    tallies(connection, plan)
}

fn ledger(connection: &Connection, plan: &Plan<'_>) -> Result<()> {
    let mut append = connection.prepare_cached(
        "INSERT INTO ledger
           (received_at, provider, standard, lot, kind, amended, message_sha256, statement, unnamed_fields)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    for row in &plan.ledger {
        let statement = &row.reported.statement;
        append.execute(params![
            millis(statement.received_at),
            statement.provider.as_str(),
            statement.standard,
            statement.report.lot().map(|lot| lot.as_str()),
            statement.report.kind(),
            row.amended,
            row.delivery.message_sha256,
            to_json(statement)?,
            row.reported.unnamed_fields,
        ])?;
    }
    Ok(())
}

fn session_new(connection: &Connection, change: &SessionChange) -> Result<()> {
    let session = &change.after;
    let span = SessionSpan::of(session);
    connection
        .prepare_cached(
            "INSERT INTO sessions (lot, record_id, begun_at, entered_at, exited_at, present_from, present_to,
                                   open, plate, doc)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![
            session.lot.as_str(),
            session.record_id.as_str(),
            span.begun_at.map(millis),
            span.entered_at.map(millis),
            span.exited_at.map(millis),
            span.present_from.map(millis),
            span.present_to.map(millis),
            span.open,
            session.plate().map(Plate::as_str),
            to_json(session)?,
        ])?;
    Ok(())
}

/// An index is written anew for every column that a statement sets, changed or not. So there are three: for a
/// photo, for a car that leaves as it came, and for everything else.
fn session_changed(connection: &Connection, id: i64, change: &SessionChange) -> Result<()> {
    let session = &change.after;
    let now = SessionSpan::of(session);
    let was = change.before.as_ref().map(SessionSpan::of).unwrap_or_default();
    let same_plate = change.before.as_ref().and_then(|before| before.plate()) == session.plate();
    let same_beginning =
        (was.begun_at, was.entered_at, was.present_from) == (now.begun_at, now.entered_at, now.present_from);
    let doc = to_json(session)?;
    if same_plate && was == now {
        connection.prepare_cached("UPDATE sessions SET doc = ?2 WHERE id = ?1")?.execute(params![id, doc])?;
    } else if same_plate && same_beginning {
        connection
            .prepare_cached(
                "UPDATE sessions SET exited_at = ?2, present_to = ?3, open = ?4, doc = ?5 WHERE id = ?1",
            )?
            .execute(params![id, now.exited_at.map(millis), now.present_to.map(millis), now.open, doc])?;
    } else {
        connection
            .prepare_cached(
                "UPDATE sessions SET begun_at = ?2, entered_at = ?3, exited_at = ?4, present_from = ?5,
                                     present_to = ?6, open = ?7, plate = ?8, doc = ?9
                 WHERE id = ?1",
            )?
            .execute(params![
                id,
                now.begun_at.map(millis),
                now.entered_at.map(millis),
                now.exited_at.map(millis),
                now.present_from.map(millis),
                now.present_to.map(millis),
                now.open,
                session.plate().map(Plate::as_str),
                doc,
            ])?;
    }
    Ok(())
}

fn passages(connection: &Connection, plan: &Plan<'_>) -> Result<()> {
    let mut delete = connection.prepare_cached(
        "DELETE FROM passages WHERE at = ?1 AND lot = ?2 AND plate = ?3 AND is_entry = ?4 AND record_id = ?5",
    )?;
    for (key, record_id) in &plan.passages_gone {
        let (lot, plate, is_entry) =
            (key.lot.as_str(), key.plate.as_str(), key.direction == Direction::Entry);
        delete.execute(params![millis(key.second), lot, plate, is_entry, record_id.as_str()])?;
    }
    let mut replace = connection.prepare_cached(
        "INSERT INTO passages (at, lot, plate, is_entry, record_id, number, since, until, earlier)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         ON CONFLICT (at, lot, plate, is_entry, record_id) DO UPDATE
           SET number = excluded.number, since = excluded.since, until = excluded.until,
               earlier = excluded.earlier",
    )?;
    for PassageRow { key, record_id, had } in &plan.passages {
        let (lot, plate, is_entry) =
            (key.lot.as_str(), key.plate.as_str(), key.direction == Direction::Entry);
        let HistoryColumns { number, since, until, earlier } = HistoryColumns::of(had)?;
        replace.execute(params![
            millis(key.second),
            lot,
            plate,
            is_entry,
            record_id.as_str(),
            number,
            since,
            until,
            earlier
        ])?;
    }
    Ok(())
}

fn documents(connection: &Connection, plan: &Plan<'_>) -> Result<()> {
    let mut replace = connection.prepare_cached(
        "INSERT INTO documents (lot, kind, name, doc) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (kind, lot, name) DO UPDATE SET doc = excluded.doc",
    )?;
    for (key, document) in &plan.documents {
        replace.execute(params![key.lot.as_str(), key.kind, key.name, super::values::to_json(document)?])?;
    }
    Ok(())
}

fn lots(connection: &Connection, plan: &Plan<'_>) -> Result<()> {
    let mut replace = connection.prepare_cached(
        "INSERT INTO lot_states (lot, doc, revision) VALUES (?1, ?2, ?3)
         ON CONFLICT (lot) DO UPDATE SET doc = excluded.doc, revision = excluded.revision",
    )?;
    for row in &plan.lots {
        replace.execute(params![row.lot.as_str(), to_json(&row.state)?, row.revision])?;
    }
    Ok(())
}

fn counts(connection: &Connection, plan: &Plan<'_>) -> Result<()> {
    // The same order as that of the model's `Reported`, in which no word on chargers comes before any.
    let mut replace = connection.prepare_cached(
        "INSERT INTO space_counts AS kept (lot, as_of, said_at, vacant, charging_vacant)
         VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (lot, as_of) DO UPDATE
           SET said_at = excluded.said_at, vacant = excluded.vacant, charging_vacant = excluded.charging_vacant
           WHERE (excluded.said_at, excluded.vacant,
                  excluded.charging_vacant IS NOT NULL, ifnull(excluded.charging_vacant, 0))
               > (kept.said_at, kept.vacant, kept.charging_vacant IS NOT NULL, ifnull(kept.charging_vacant, 0))",
    )?;
    for ((lot, as_of), word) in &plan.reported_counts {
        let (as_of, sent_at) = (millis(*as_of), millis(word.sent_at));
        replace.execute(params![lot.as_str(), as_of, sent_at, word.vacant, word.charging_vacant])?;
    }
    let mut reported = connection.prepare_cached(
        "INSERT INTO space_count_reports (lot, at, said, doc) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (lot, at, said) DO UPDATE SET doc = excluded.doc",
    )?;
    for change in &plan.counts {
        let count = &change.count;
        let first = to_json(&change.first)?;
        reported.execute(params![count.lot.as_str(), millis(count.at), count.numbers(), first])?;
    }
    Ok(())
}

/// Takes findings away and adds others, and tallies what really went and came.
pub(super) fn change_findings(connection: &Connection, plan: &Plan<'_>) -> Result<()> {
    let mut changes = TallyChanges::at(plan.received_at);
    let mut delete = connection.prepare_cached(
        "DELETE FROM findings WHERE at = ?1 AND lot = ?2 AND subject = ?3 AND kind = ?4 AND which = ?5
         RETURNING cause, opened_at, resolved_at IS NULL",
    )?;
    for Finding { kind, lot, subject, which, at, .. } in &plan.findings_gone {
        let mut rows = delete.query(params![millis(*at), lot.as_str(), subject, kind.name(), which])?;
        while let Some(row) = rows.next()? {
            changes.add((lot.as_str(), kind.name(), text(row, 0)?), row.get(1)?, row.get(2)?, -1);
        }
    }
    let mut kept = connection.prepare_cached(
        "SELECT cause, opened_at, resolved_at IS NULL FROM findings
         WHERE at = ?1 AND lot = ?2 AND subject = ?3 AND kind = ?4 AND which = ?5",
    )?;
    let mut earlier = connection.prepare_cached(
        "UPDATE findings SET opened_at = ?6 WHERE at = ?1 AND lot = ?2 AND subject = ?3 AND kind = ?4 AND which = ?5",
    )?;
    let mut insert = connection.prepare_cached(
        "INSERT INTO findings (at, lot, subject, kind, which, detail, record_id, facts, opened_at, resolved_at,
                               cause, evaluated_day)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?;
    for finding in &plan.findings_new {
        let (at, lot, kind) = (millis(finding.at), finding.lot.as_str(), finding.kind.name());
        let (subject, which, opened_at) = (&finding.subject, &finding.which, millis(finding.opened_at));
        let mut rows = kept.query(params![at, lot, subject, kind, which])?;
        if let Some(row) = rows.next()? {
            let was: i64 = row.get(1)?;
            if opened_at < was {
                let (cause, is_open) = (text(row, 0)?, row.get(2)?);
                changes.add((lot, kind, cause), was, is_open, -1);
                changes.add((lot, kind, cause), opened_at, is_open, 1);
                earlier.execute(params![at, lot, subject, kind, which, opened_at])?;
            }
            continue;
        }
        let (facts, detail) = kept_facts(&finding.facts)?;
        changes.found(finding);
        insert.execute(params![
            at,
            lot,
            subject,
            kind,
            which,
            detail,
            finding.record_id,
            facts,
            opened_at,
            finding.resolved_at.map(millis),
            finding.facts.cause(),
            plan.evaluated_day,
        ])?;
    }
    finding_tallies::write(connection, &changes)
}

/// What supervision goes by: minutes in which somebody was heard, and days to be evaluated anew.
fn supervision(connection: &Connection, plan: &Plan<'_>) -> Result<()> {
    heard::write(connection, &plan.heard)?;
    plan.dirty.iter().try_for_each(|((lot, day), seq)| day_records::touch(connection, lot, *day, *seq))
}

fn photos(connection: &Connection, plan: &Plan<'_>) -> Result<()> {
    let mut insert = connection.prepare_cached(
        "INSERT OR IGNORE INTO photo_refs (day, sha256, lot, record_id, role, media_type)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for photo in &plan.photos {
        let (lot, record_id) = (photo.lot.as_str(), photo.record_id.as_str());
        insert.execute(params![photo.day, photo.sha256, lot, record_id, photo.role, photo.media_type])?;
    }
    Ok(())
}

fn charging(connection: &Connection, plan: &Plan<'_>) -> Result<()> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO charging_records
           (operator, lot, order_no, ended_at, doc, station, device, started_at, received_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    for ChargingRecordRow { operator, received_at, record } in &plan.charging {
        insert.execute(params![
            operator.as_str(),
            record.lot.as_str(),
            record.order_no,
            millis(record.ended_at),
            to_json(record)?,
            record.station,
            record.device,
            millis(record.started_at),
            millis(*received_at),
        ])?;
    }
    Ok(())
}

fn tallies(connection: &Connection, plan: &Plan<'_>) -> Result<()> {
    for (key, count) in &plan.tallies {
        tally(connection, key.day, key.standard, key.outcome, key.kind, *count)?;
    }
    let mut heard = connection.prepare_cached(
        "INSERT INTO accounts_heard (provider, standard, at) VALUES (?1, ?2, ?3)
         ON CONFLICT (provider, standard) DO UPDATE SET at = excluded.at WHERE excluded.at > at",
    )?;
    for account in &plan.accounts {
        let at: Timestamp = account.at;
        heard.execute(params![account.provider.as_str(), account.standard, millis(at)])?;
    }
    Ok(())
}

/// Adds to a tally.
pub(super) fn tally(
    connection: &Connection,
    day: u32,
    standard: &str,
    outcome: &str,
    kind: &str,
    count: i64,
) -> Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO tallies (day, standard, outcome, kind, count) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (day, standard, outcome, kind) DO UPDATE SET count = count + excluded.count",
        )?
        .execute(params![day, standard, outcome, kind, count])?;
    Ok(())
}
