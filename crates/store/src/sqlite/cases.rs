//! Cases: their conditions, and their handling.

use super::SqliteStore;
use super::conditions::{Conditions, rows_for, text as value};
use super::queue::About;
use super::values::{millis, moment, text};
use crate::cursor::{page, page_size};
use crate::{
    CASE_NEW, CaseCounts, CaseOrder, CaseQuery, CaseRow, Cases, ChangedFindings, ConditionRow, Page, Result,
    cursor,
};
use async_trait::async_trait;
use bowei_model::{FindingKind, LotCode, ProviderCode};
use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, Row, params, params_from_iter};

#[async_trait]
impl Cases for SqliteStore {
    async fn cases(&self, query: CaseQuery) -> Result<Page<CaseRow>> {
        self.readers.ask(move |connection| list(connection, &query)).await
    }

    async fn cases_count(&self, query: CaseQuery) -> Result<CaseCounts> {
        self.readers.ask(move |connection| counts(connection, &query)).await
    }

    async fn cases_named(&self, ids: Vec<String>) -> Result<Vec<CaseRow>> {
        self.readers
            .ask(move |connection| {
                let wanted = "id IN (SELECT value FROM json_each(?)) ORDER BY id";
                read_all(connection, wanted, [Value::Text(serde_json::Value::from(ids).to_string())])
            })
            .await
    }

    async fn cases_of(&self, of: Vec<(Option<LotCode>, FindingKind)>) -> Result<Vec<CaseRow>> {
        self.readers
            .ask(move |connection| {
                let mut found = Vec::new();
                for (lot, kind) in &of {
                    let lot = lot.as_ref().map(|lot| lot.as_str().to_owned());
                    let values = [lot.map_or(Value::Null, Value::Text), value(kind.name())];
                    found.extend(read_all(connection, "lot IS ? AND rule = ?", values)?);
                }
                found.sort_by(|a: &CaseRow, b| a.condition.id.cmp(&b.condition.id));
                found.dedup();
                Ok(found)
            })
            .await
    }

    async fn case_children(&self, parents: Vec<String>) -> Result<Vec<(String, u64)>> {
        self.readers
            .ask(move |connection| {
                let mut count = connection.prepare_cached(
                    "SELECT parent, count(*) FROM cases
                     WHERE parent IS NOT NULL AND parent IN (SELECT value FROM json_each(?1)) GROUP BY parent ORDER BY 1",
                )?;
                counted(count.query([serde_json::Value::from(parents).to_string()])?)
            })
            .await
    }

    async fn write_conditions(
        &self,
        conditions: Vec<ConditionRow>,
        judged: Vec<ChangedFindings>,
    ) -> Result<()> {
        let write = move |connection: &_| write_conditions(connection, &conditions, &judged);
        self.committer.execute(About::Upkeep, write, self.options.lock_timeout).await
    }
}

const LIST: &str = "cases";

const COLUMNS: &str = "id, lot, rule, cause, ordinal, parent, provider, district, vendor, condition, inhibited, count, \
                       first_at, last_at, opened_at, condition_doc, state, assignee, due_at, paused_until, order_id, \
                       doc, revision";

/// What a list is ordered by, and the id.
type Place = (i64, String);

fn list(connection: &Connection, query: &CaseQuery) -> Result<Page<CaseRow>> {
    let after: Option<Place> = cursor::read(LIST, query.cursor.as_ref())?;
    let size = page_size(query.limit);
    let mut conditions = conditions(query);
    let (by, order) = match query.order {
        CaseOrder::LastAt => ("last_at", "DESC"),
        CaseOrder::Count => ("count", "DESC"),
        CaseOrder::DueAt => ("ifnull(due_at, 9223372036854775807)", "ASC"),
    };
    if let Some((at, id)) = after {
        let beyond = if order == "DESC" { "<" } else { ">" };
        conditions.and(&format!("({by}, id) {beyond} (?, ?)"), [Value::Integer(at), Value::Text(id)]);
    }
    conditions.values.push(rows_for(size));
    let sql =
        format!("SELECT {COLUMNS} FROM cases {} ORDER BY {by} {order}, id {order} LIMIT ?", conditions.sql);
    let mut find = connection.prepare_cached(&sql)?;
    let mut rows = find.query(params_from_iter(conditions.values))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let case = read(row)?;
        let place = match query.order {
            CaseOrder::LastAt => millis(case.condition.last_at),
            CaseOrder::Count => case.condition.count,
            CaseOrder::DueAt => case.due_at.map_or(i64::MAX, millis),
        };
        found.push(((place, case.condition.id.clone()), case));
    }
    page(LIST, size, found)
}

fn counts(connection: &Connection, query: &CaseQuery) -> Result<CaseCounts> {
    let conditions = conditions(query);
    let by = |column: &str| -> Result<Vec<(String, u64)>> {
        let sql =
            format!("SELECT {column}, count(*) FROM cases {} GROUP BY {column} ORDER BY 1", conditions.sql);
        let mut count = connection.prepare_cached(&sql)?;
        counted(count.query(params_from_iter(&conditions.values))?)
    };
    let (by_state, by_rule) = (by("state")?, by("rule")?);
    Ok(CaseCounts { total: by_state.iter().map(|(_, count)| count).sum(), by_state, by_rule })
}

fn counted(mut rows: rusqlite::Rows<'_>) -> Result<Vec<(String, u64)>> {
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let count: i64 = row.get(1)?;
        found.push((row.get(0)?, count.unsigned_abs()));
    }
    Ok(found)
}

fn conditions(query: &CaseQuery) -> Conditions {
    let mut conditions = Conditions::default();
    let words = |words: &[String]| Value::Text(serde_json::Value::from(words.to_vec()).to_string());
    for (column, wanted) in [("state", &query.states), ("rule", &query.rules)] {
        if !wanted.is_empty() {
            conditions.and(&format!("{column} IN (SELECT value FROM json_each(?))"), [words(wanted)]);
        }
    }
    conditions.of_lots(query.lots.as_deref());
    let equal = [
        ("provider", query.provider.as_ref().map(ProviderCode::as_str)),
        ("vendor", query.vendor.as_deref()),
        ("assignee", query.assignee.as_deref()),
        ("condition", query.condition.as_deref()),
        ("parent", query.parent.as_deref()),
    ];
    for (column, wanted) in equal {
        if let Some(wanted) = wanted {
            conditions.and(&format!("{column} = ?"), [value(wanted)]);
        }
    }
    if let Some(district) = &query.district {
        conditions.and("substr(district, 1, length(?)) = ?", [value(district), value(district)]);
    }
    if let Some(paused) = query.paused {
        let sql = if paused { "ifnull(paused_until, 0) > ?" } else { "ifnull(paused_until, 0) <= ?" };
        conditions.and(sql, [Value::Integer(millis(query.now))]);
    }
    if let Some(inhibited) = query.inhibited {
        conditions.and("inhibited = ?", [Value::Integer(inhibited.into())]);
    }
    if let Some(from) = query.from {
        conditions.and("last_at >= ?", [Value::Integer(millis(from))]);
    }
    if let Some(to) = query.to {
        conditions.and("last_at < ?", [Value::Integer(millis(to))]);
    }
    conditions
}

fn read_all(
    connection: &Connection,
    wanted: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<CaseRow>> {
    let mut find = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM cases WHERE {wanted}"))?;
    let mut rows = find.query(params_from_iter(values))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}

fn read(row: &Row<'_>) -> Result<CaseRow> {
    let optional = |column: usize| -> Result<Option<Timestamp>> {
        row.get::<_, Option<i64>>(column)?.map(moment).transpose()
    };
    let (lot, provider): (Option<String>, Option<String>) = (row.get(1)?, row.get(6)?);
    let condition = ConditionRow {
        id: row.get(0)?,
        lot: lot.map(LotCode::from),
        rule: row.get(2)?,
        cause: row.get(3)?,
        ordinal: row.get(4)?,
        parent: row.get(5)?,
        provider: provider.map(|code| ProviderCode::from(code.as_str())),
        district: row.get(7)?,
        vendor: row.get(8)?,
        condition: row.get(9)?,
        inhibited: row.get(10)?,
        count: row.get(11)?,
        first_at: moment(row.get(12)?)?,
        last_at: moment(row.get(13)?)?,
        opened_at: moment(row.get(14)?)?,
        condition_doc: row.get(15)?,
    };
    Ok(CaseRow {
        condition,
        state: row.get(16)?,
        assignee: row.get(17)?,
        due_at: optional(18)?,
        paused_until: optional(19)?,
        order_id: row.get(20)?,
        doc: text(row, 21)?.to_owned(),
        revision: row.get(22)?,
    })
}

fn write_conditions(
    connection: &Connection,
    conditions: &[ConditionRow],
    judged: &[ChangedFindings],
) -> Result<()> {
    let mut keep = connection.prepare_cached(&format!(
        "INSERT INTO cases ({COLUMNS})
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, NULL, NULL, NULL, NULL, '{{}}', 1)
         ON CONFLICT (id) DO UPDATE
           SET parent = excluded.parent, provider = excluded.provider, district = excluded.district,
               vendor = excluded.vendor, condition = excluded.condition, inhibited = excluded.inhibited,
               count = excluded.count, first_at = excluded.first_at, last_at = excluded.last_at,
               condition_doc = excluded.condition_doc"
    ))?;
    for row in conditions {
        keep.execute(params![
            row.id,
            row.lot.as_ref().map(LotCode::as_str),
            row.rule,
            row.cause,
            row.ordinal,
            row.parent,
            row.provider.as_ref().map(ProviderCode::as_str),
            row.district,
            row.vendor,
            row.condition,
            row.inhibited,
            row.count,
            millis(row.first_at),
            millis(row.last_at),
            millis(row.opened_at),
            row.condition_doc,
            CASE_NEW,
        ])?;
    }
    let mut done = connection
        .prepare_cached("DELETE FROM changed_findings WHERE lot = ?1 AND kind = ?2 AND seq = ?3")?;
    for ChangedFindings { lot, kind, seq } in judged {
        done.execute(params![lot.as_str(), kind.name(), seq])?;
    }
    Ok(())
}

/// Changes a case's handling.
pub(super) fn keep(connection: &Connection, case: &CaseRow) -> Result<()> {
    let id = &case.condition.id;
    let mut find = connection.prepare_cached("SELECT revision FROM cases WHERE id = ?1")?;
    let revision = case.kept(find.query_row([id], |row| row.get(0)).optional()?)?;
    connection
        .prepare_cached(
            "UPDATE cases SET state = ?2, assignee = ?3, due_at = ?4, paused_until = ?5, order_id = ?6, doc = ?7,
                              revision = ?8
             WHERE id = ?1",
        )?
        .execute(params![
            id,
            case.state,
            case.assignee,
            case.due_at.map(millis),
            case.paused_until.map(millis),
            case.order_id,
            case.doc,
            revision
        ])?;
    Ok(())
}
