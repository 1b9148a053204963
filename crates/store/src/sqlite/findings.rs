//! Findings, newest first by either of their times.

use super::SqliteStore;
use super::conditions::{Conditions, rows_for, text};
use super::values::{millis, moment, read_facts, read_kind};
use crate::cursor::{page, page_size};
use crate::{FindingQuery, FindingStates, FindingTime, Findings, Page, Result, cursor};
use async_trait::async_trait;
use bowei_model::{Finding, LotCode};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, Row, params, params_from_iter};
use std::cmp::Reverse;
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

/// A list as its cursors know it: a place in the one order is none in the other.
fn list(by: FindingTime) -> &'static str {
    match by {
        FindingTime::At => "findings",
        FindingTime::Received => "findings by reception",
    }
}

const COLUMNS: &str = "at, lot, subject, kind, which, detail, record_id, facts, opened_at, resolved_at";

/// The time that orders the list, then a finding's key: moment, lot, subject, kind, which.
type Place = (i64, i64, String, String, String, String);

/// What one index answers in its order: findings that hold or are resolved, of everybody or of one lot.
struct Part<'q> {
    query: &'q FindingQuery,
    is_open: bool,
    lot: Option<&'q LotCode>,
}

/// The parts of what is asked for.
fn parts(query: &FindingQuery) -> Vec<Part<'_>> {
    let lots: BTreeSet<_> = match &query.lots {
        None => [None].into(),
        Some(lots) => lots.iter().map(Some).collect(),
    };
    let of = |state| query.states == state || query.states == FindingStates::All;
    let states = [(true, FindingStates::Open), (false, FindingStates::Resolved)];
    let states = states.into_iter().filter(|(_, state)| of(*state));
    states.flat_map(|(is_open, _)| lots.iter().map(move |lot| Part { query, is_open, lot: *lot })).collect()
}

/// A page of findings.
fn findings(connection: &Connection, query: &FindingQuery) -> Result<Page<Finding>> {
    let after: Option<Place> = cursor::read(list(query.by), query.cursor.as_ref())?;
    let size = page_size(query.limit);
    let mut wanted = Vec::new();
    for part in parts(query) {
        if let Some(latest) = part.latest(connection, after.as_ref())? {
            wanted.push((latest, part));
        }
    }
    // The part with the latest finding first: where the page is full of later ones, it is of none of the rest.
    wanted.sort_by_key(|(latest, _)| Reverse(*latest));
    let mut found = BTreeMap::new();
    for (latest, part) in &wanted {
        let earliest = found.first_key_value().map(|((time, ..), _): (&Place, _)| *time);
        if found.len() > size && earliest.is_some_and(|earliest| *latest < earliest) {
            break;
        }
        part.read(connection, after.as_ref(), size, &mut found)?;
    }
    page(list(query.by), size, found.into_iter().rev().collect())
}

impl Part<'_> {
    /// The index that has what is asked for in its order.
    fn index(&self) -> String {
        let by = match (self.lot, self.query.kind) {
            (Some(_), Some(_)) => "_by_case",
            (Some(_), None) => "_by_lot",
            (None, Some(_)) => "_by_kind",
            (None, None) => "",
        };
        let time = if self.query.by == FindingTime::Received { "_received" } else { "" };
        format!("findings_{}{by}{time}", if self.is_open { "open" } else { "resolved" })
    }

    /// The column that orders the list.
    fn time(&self) -> &'static str {
        match self.query.by {
            FindingTime::At => "at",
            FindingTime::Received => "opened_at",
        }
    }

    /// The question for so many rows after a place, and its values.
    fn list(&self, columns: &str, after: Option<&Place>, rows: Value) -> (String, Vec<Value>) {
        let mut conditions = self.conditions();
        // A key begins with its moment: by that, it is all that there is to order by.
        let first = match self.query.by {
            FindingTime::At => None,
            FindingTime::Received => Some("opened_at"),
        };
        let order: Vec<_> = first.into_iter().chain(["at", "lot", "subject", "kind", "which"]).collect();
        if let Some((time, at, lot, subject, kind, which)) = after {
            let key = [Value::Integer(*at), text(lot), text(subject), text(kind), text(which)];
            let place = first.map(|_| Value::Integer(*time)).into_iter().chain(key);
            conditions.and(&format!("{} <= ?", self.time()), [Value::Integer(*time)]);
            let values = vec!["?"; order.len()].join(", ");
            conditions.and(&format!("({}) < ({values})", order.join(", ")), place);
        }
        conditions.values.push(rows);
        let sql = format!(
            "SELECT {columns} FROM findings INDEXED BY {} {} ORDER BY {} DESC LIMIT ?",
            self.index(),
            conditions.sql,
            order.join(" DESC, ")
        );
        (sql, conditions.values)
    }

    /// The moment of the latest one.
    fn latest(&self, connection: &Connection, after: Option<&Place>) -> Result<Option<i64>> {
        let (sql, values) = self.list(self.time(), after, Value::Integer(1));
        let mut find = connection.prepare_cached(&sql)?;
        Ok(find.query_row(params_from_iter(values), |row| row.get(0)).optional()?)
    }

    /// Adds those that are among the latest `size`, and one more, to those that were `found` in other parts.
    fn read(
        &self,
        connection: &Connection,
        after: Option<&Place>,
        size: usize,
        found: &mut BTreeMap<Place, Finding>,
    ) -> Result<()> {
        let (sql, values) = self.list(COLUMNS, after, rows_for(size));
        let mut find = connection.prepare_cached(&sql)?;
        let mut rows = find.query(params_from_iter(values))?;
        while let Some(row) = rows.next()? {
            let finding = read(row)?;
            let place = place(row, self.query.by)?;
            found.insert(place.clone(), finding);
            if found.len() > size + 1 && found.pop_first().is_some_and(|(earliest, _)| earliest == place) {
                break;
            }
        }
        Ok(())
    }

    fn count(&self, connection: &Connection) -> Result<u64> {
        let conditions = self.conditions();
        let sql = format!("SELECT count(*) FROM findings INDEXED BY {} {}", self.index(), conditions.sql);
        let mut count = connection.prepare_cached(&sql)?;
        let count: i64 = count.query_row(params_from_iter(conditions.values), |row| row.get(0))?;
        Ok(count.unsigned_abs())
    }

    fn conditions(&self) -> Conditions {
        let mut conditions = Conditions::default();
        let query = self.query;
        let state = if self.is_open { "resolved_at IS NULL" } else { "resolved_at IS NOT NULL" };
        conditions.and(state, []);
        conditions.of_lots(self.lot.map(std::slice::from_ref));
        if let Some(kind) = query.kind {
            conditions.and("kind = ?", [text(kind.name())]);
        }
        if let Some(cause) = &query.cause {
            conditions.and("cause = ?", [text(cause)]);
        }
        if let Some(from) = query.from {
            conditions.and(&format!("{} >= ?", self.time()), [Value::Integer(millis(from))]);
        }
        if let Some(to) = query.to {
            conditions.and(&format!("{} < ?", self.time()), [Value::Integer(millis(to))]);
        }
        if let Some((kind, at)) = query.not_yet_due() {
            conditions.and("(kind <> ? OR at <= ?)", [text(kind.name()), Value::Integer(millis(at))]);
        }
        conditions
    }
}

/// Where a row of [`COLUMNS`] lies in its list.
fn place(row: &Row<'_>, by: FindingTime) -> Result<Place> {
    let time = match by {
        FindingTime::At => 0,
        FindingTime::Received => 8,
    };
    Ok((row.get(time)?, row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
}

fn read(row: &Row<'_>) -> Result<Finding> {
    let (lot, kind): (String, String) = (row.get(1)?, row.get(3)?);
    let (sentence, facts): (String, Option<String>) = (row.get(5)?, row.get(7)?);
    let resolved_at: Option<i64> = row.get(9)?;
    Ok(Finding {
        kind: read_kind(&kind)?,
        lot: LotCode::from(lot),
        subject: row.get(2)?,
        which: row.get(4)?,
        record_id: row.get(6)?,
        at: moment(row.get(0)?)?,
        facts: read_facts(facts.as_deref(), &sentence)?,
        opened_at: moment(row.get(8)?)?,
        resolved_at: resolved_at.map(moment).transpose()?,
    })
}

/// Findings that the evaluation of a day found.
pub(super) fn of_day(connection: &Connection, lot: &LotCode, day: u32) -> Result<Vec<Finding>> {
    let mut find = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM findings WHERE lot = ?1 AND evaluated_day = ?2 AND evaluated_day IS NOT NULL"
    ))?;
    let mut rows = find.query(params![lot.as_str(), day])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}

/// How many findings there are.
fn findings_count(connection: &Connection, query: &FindingQuery) -> Result<u64> {
    parts(query).iter().map(|part| part.count(connection)).sum()
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
        let place: Place = (1, 1, "L1".to_owned(), "s".to_owned(), "k".to_owned(), String::new());
        let many: Vec<_> = (0..600).map(|n| LotCode::from(format!("L{n}"))).collect();
        let lots =
            [None, Some(vec![]), Some(vec!["L1".into()]), Some(vec!["L1".into(), "L2".into()]), Some(many)];
        let states = [FindingStates::Open, FindingStates::Resolved, FindingStates::All];
        let times = [FindingTime::At, FindingTime::Received];
        let asked = lots.iter().flat_map(|lots| states.map(|states| (lots, states)));
        for ((lots, states), by) in asked.flat_map(|asked| times.map(|by| (asked, by))) {
            for (kind, from) in [(None, None), (Some(FindingKind::LateReport), Some(moment))] {
                let query = FindingQuery {
                    lots: lots.clone(),
                    kind,
                    cause: kind.map(|_| String::new()),
                    by,
                    from,
                    to: from,
                    states,
                    due_at: from,
                    ..FindingQuery::default()
                };
                for part in parts(&query) {
                    let (sql, values) = part.list(COLUMNS, Some(&place), rows_for(100));
                    let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
                    let plan =
                        explain.query_map(params_from_iter(values), |row| row.get::<_, String>(3)).unwrap();
                    let plan: Vec<_> = plan.collect::<rusqlite::Result<_>>().unwrap();
                    let step = plan.first().unwrap();
                    assert!(step.starts_with("SEARCH") && step.contains(&part.index()), "{plan:?}");
                    assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE")), "{plan:?}");
                }
            }
        }
    }
}
