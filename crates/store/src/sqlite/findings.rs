//! Findings, newest first.

use super::SqliteStore;
use super::conditions::{Conditions, rows_for, text};
use super::values::{millis, moment, read_facts, read_kind};
use crate::cursor::{page, page_size};
use crate::{FindingQuery, FindingStates, Findings, Page, Result, cursor};
use async_trait::async_trait;
use bowei_model::{Finding, LotCode};
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params, params_from_iter};
use std::collections::{BTreeMap, BTreeSet};

#[async_trait]
impl Findings for SqliteStore {
    async fn findings(&self, query: FindingQuery) -> Result<Page<Finding>> {
        self.readers.ask(move |connection| findings(connection, &query)).await
    }

    async fn findings_count(&self, query: FindingQuery) -> Result<u64> {
        self.readers.ask(move |connection| findings_count(connection, &query)).await
    }
}

const LIST: &str = "findings";

const COLUMNS: &str = "at, lot, subject, kind, which, detail, record_id, facts, opened_at, resolved_at";

/// A finding's key: moment, lot, subject, kind, which.
type Place = (i64, String, String, String, String);

/// Lots of which each is asked for by its own index, a prepared statement of some kilobytes each; of more, a list walks back
/// in time and looks at every finding.
const LOTS_APART_MAX: usize = 500;

/// A part of a list that one index answers in its order.
struct Part {
    index: String,
    query: FindingQuery,
}

/// The parts of what is asked for: what holds and what is resolved, of each lot where they are few.
fn parts(query: &FindingQuery) -> Vec<Part> {
    let lots: Vec<Option<Vec<LotCode>>> = match &query.lots {
        Some(lots) if lots.len() <= LOTS_APART_MAX => {
            let lots: BTreeSet<_> = lots.iter().collect();
            lots.into_iter().map(|lot| Some(vec![lot.clone()])).collect()
        }
        lots => vec![lots.clone()],
    };
    let states = match query.states {
        FindingStates::All => vec![FindingStates::Open, FindingStates::Resolved],
        state => vec![state],
    };
    let part = |lots: &Option<Vec<LotCode>>, states| {
        let of_a_lot = lots.as_ref().is_some_and(|lots| lots.len() == 1);
        let by = match (of_a_lot, query.kind) {
            (true, Some(_)) => "_by_case",
            (true, None) => "_by_lot",
            (false, Some(_)) => "_by_kind",
            (false, None) => "",
        };
        let state = if states == FindingStates::Open { "open" } else { "resolved" };
        Part {
            index: format!("findings_{state}{by}"),
            query: FindingQuery { states, lots: lots.clone(), ..query.clone() },
        }
    };
    let of_lots =
        |lots: &Option<Vec<LotCode>>| states.iter().map(|state| part(lots, *state)).collect::<Vec<_>>();
    lots.iter().flat_map(of_lots).collect()
}

/// A page of findings.
fn findings(connection: &Connection, query: &FindingQuery) -> Result<Page<Finding>> {
    let after: Option<Place> = cursor::read(LIST, query.cursor.as_ref())?;
    let size = page_size(query.limit);
    let parts: Vec<_> = parts(query).iter().map(|part| part.page(after.as_ref(), size)).collect();
    let statements = parts.iter().map(|(sql, _)| connection.prepare(sql));
    let mut statements: Vec<_> = statements.collect::<rusqlite::Result<_>>()?;
    let lists =
        statements.iter_mut().zip(parts).map(|(find, (_, values))| find.query(params_from_iter(values)));
    let mut lists: Vec<_> = lists.collect::<rusqlite::Result<_>>()?;
    // Of each part the next one, and of these the last: no more is read than that.
    let mut heads = BTreeMap::new();
    for (number, rows) in lists.iter_mut().enumerate() {
        if let Some((place, finding)) = rows.next()?.map(read).transpose()? {
            heads.insert((place, number), finding);
        }
    }
    let mut found = Vec::new();
    while found.len() <= size
        && let Some(((place, number), finding)) = heads.pop_last()
    {
        found.push((place, finding));
        if let Some(rows) = lists.get_mut(number)
            && let Some((place, finding)) = rows.next()?.map(read).transpose()?
        {
            heads.insert((place, number), finding);
        }
    }
    page(LIST, size, found)
}

impl Part {
    /// The question for a page of `size` after a place, and its values.
    fn page(&self, after: Option<&Place>, size: usize) -> (String, Vec<Value>) {
        let mut conditions = conditions(&self.query);
        if let Some((at, lot, subject, kind, which)) = after {
            let place = [Value::Integer(*at), text(lot), text(subject), text(kind), text(which)];
            conditions.and("at <= ?", [Value::Integer(*at)]);
            conditions.and("(at, lot, subject, kind, which) < (?, ?, ?, ?, ?)", place);
        }
        conditions.values.push(rows_for(size));
        let sql = format!(
            "SELECT {COLUMNS} FROM findings INDEXED BY {} {}
             ORDER BY at DESC, lot DESC, subject DESC, kind DESC, which DESC LIMIT ?",
            self.index, conditions.sql
        );
        (sql, conditions.values)
    }
}

fn read(row: &Row<'_>) -> Result<(Place, Finding)> {
    let place: Place = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?);
    let (at, lot, subject, kind, which) = place.clone();
    let (sentence, facts): (String, Option<String>) = (row.get(5)?, row.get(7)?);
    let resolved_at: Option<i64> = row.get(9)?;
    let finding = Finding {
        kind: read_kind(&kind)?,
        lot: LotCode::from(lot),
        subject,
        which,
        record_id: row.get(6)?,
        at: moment(at)?,
        facts: read_facts(facts.as_deref(), &sentence)?,
        opened_at: moment(row.get(8)?)?,
        resolved_at: resolved_at.map(moment).transpose()?,
    };
    Ok((place, finding))
}

/// Findings that the evaluation of a day found.
pub(super) fn of_day(connection: &Connection, lot: &LotCode, day: u32) -> Result<Vec<Finding>> {
    let mut find = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM findings WHERE lot = ?1 AND evaluated_day = ?2 AND evaluated_day IS NOT NULL"
    ))?;
    let mut rows = find.query(params![lot.as_str(), day])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?.1);
    }
    Ok(found)
}

/// How many findings there are.
fn findings_count(connection: &Connection, query: &FindingQuery) -> Result<u64> {
    let mut all = 0;
    for Part { index, query } in parts(query) {
        let conditions = conditions(&query);
        let sql = format!("SELECT count(*) FROM findings INDEXED BY {index} {}", conditions.sql);
        let mut count = connection.prepare_cached(&sql)?;
        let count: i64 = count.query_row(params_from_iter(conditions.values), |row| row.get(0))?;
        all += count.unsigned_abs();
    }
    Ok(all)
}

fn conditions(query: &FindingQuery) -> Conditions {
    let mut conditions = Conditions::default();
    conditions.of_lots(query.lots.as_deref());
    if let Some(kind) = query.kind {
        conditions.and("kind = ?", [text(kind.name())]);
    }
    if let Some(cause) = &query.cause {
        conditions.and("cause = ?", [text(cause)]);
    }
    match query.states {
        FindingStates::Open => conditions.and("resolved_at IS NULL", []),
        FindingStates::Resolved => conditions.and("resolved_at IS NOT NULL", []),
        FindingStates::All => {}
    }
    if let Some(from) = query.from {
        conditions.and("at >= ?", [Value::Integer(millis(from))]);
    }
    if let Some(to) = query.to {
        conditions.and("at < ?", [Value::Integer(millis(to))]);
    }
    if let Some((kind, at)) = query.not_yet_due() {
        conditions.and("(kind <> ? OR at <= ?)", [text(kind.name()), Value::Integer(millis(at))]);
    }
    conditions
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::{Options, connection};
    use bowei_model::FindingKind;

    #[test]
    fn every_list_is_read_in_the_order_of_an_index_and_sorts_nothing() {
        let dir = tempfile::tempdir().unwrap();
        SqliteStore::open(dir.path(), Options::default()).unwrap().close();
        let connection = connection::reader(&dir.path().join(crate::sqlite::DATABASE)).unwrap();
        let moment = moment(1_775_000_000_000).unwrap();
        let place: Place = (1, "L1".to_owned(), "s".to_owned(), "k".to_owned(), String::new());
        let many: Vec<_> = (0..600).map(|n| LotCode::from(format!("L{n}"))).collect();
        let lots =
            [None, Some(vec![]), Some(vec!["L1".into()]), Some(vec!["L1".into(), "L2".into()]), Some(many)];
        let states = [FindingStates::Open, FindingStates::Resolved, FindingStates::All];
        for (lots, states) in lots.iter().flat_map(|lots| states.map(|states| (lots, states))) {
            for (kind, from) in [(None, None), (Some(FindingKind::LateReport), Some(moment))] {
                let query = FindingQuery {
                    lots: lots.clone(),
                    kind,
                    cause: kind.map(|_| String::new()),
                    from,
                    to: from,
                    states,
                    due_at: from,
                    ..FindingQuery::default()
                };
                for part in parts(&query) {
                    let (sql, values) = part.page(Some(&place), 100);
                    let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
                    let plan =
                        explain.query_map(params_from_iter(values), |row| row.get::<_, String>(3)).unwrap();
                    let plan: Vec<_> = plan.collect::<rusqlite::Result<_>>().unwrap();
                    let step = plan.first().unwrap();
                    assert!(step.starts_with("SEARCH") && step.contains(&part.index), "{plan:?}");
                    assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE")), "{plan:?}");
                }
            }
        }
    }
}
