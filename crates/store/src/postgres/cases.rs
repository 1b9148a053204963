//! Cases: their conditions, and their handling.

use super::PostgresStore;
use super::conditions::{Conditions, number, text_value};
use super::errors::refused;
use super::readers::ask;
use super::values::{millis, moment, plain, text};
use crate::cursor::{page, page_size};
use crate::{
    CASE_NEW, CaseCounts, CaseOrder, CaseQuery, CaseRow, Cases, ChangedFindings, ConditionRow, Page, Result,
    cursor,
};
use async_trait::async_trait;
use bowei_model::{FindingKind, LotCode, ProviderCode};
use deadpool_postgres::{Client, Transaction};
use jiff::Timestamp;
use tokio_postgres::Row;

#[async_trait]
impl Cases for PostgresStore {
    async fn cases(&self, query: CaseQuery) -> Result<Page<CaseRow>> {
        ask!(self.readers, client => list(client, &query))
    }

    async fn cases_count(&self, query: CaseQuery) -> Result<CaseCounts> {
        ask!(self.readers, client => counts(client, &query))
    }

    async fn cases_named(&self, ids: Vec<String>) -> Result<Vec<CaseRow>> {
        ask!(self.readers, client => named(client, &ids))
    }

    async fn cases_of(&self, of: Vec<(Option<LotCode>, FindingKind)>) -> Result<Vec<CaseRow>> {
        ask!(self.readers, client => cases_of(client, &of))
    }

    async fn case_children(&self, parents: Vec<String>) -> Result<Vec<(String, u64)>> {
        let parents: Vec<_> = parents.iter().map(|parent| text(parent).into_owned()).collect();
        let count =
            "SELECT parent, count(*) FROM cases WHERE parent = ANY($1::text[]) GROUP BY parent ORDER BY 1";
        ask!(self.readers, client => async {
            Ok(counted(&client.query(count, &[&parents]).await.map_err(refused)?))
        })
    }

    async fn write_conditions(
        &self,
        conditions: Vec<ConditionRow>,
        judged: Vec<ChangedFindings>,
    ) -> Result<()> {
        ask!(self.readers, client => write_conditions(client, &conditions, &judged))
    }
}

const LIST: &str = "cases";

const COLUMNS: &str = "id, lot, rule, cause, ordinal, parent, provider, district, vendor, condition, inhibited, count, \
                       first_at, last_at, opened_at, condition_doc, state, assignee, due_at, paused_until, order_id, \
                       doc, revision";

/// What a list is ordered by, and the id.
type Place = (i64, String);

async fn list(client: &Client, query: &CaseQuery) -> Result<Page<CaseRow>> {
    let after: Option<Place> = cursor::read(LIST, query.cursor.as_ref())?;
    let size = page_size(query.limit);
    let mut conditions = conditions(query);
    let (by, order) = match query.order {
        CaseOrder::LastAt => ("last_at", "DESC"),
        CaseOrder::Count => ("count", "DESC"),
        CaseOrder::DueAt => ("coalesce(due_at, 9223372036854775807)", "ASC"),
    };
    if let Some((at, id)) = after {
        let beyond = if order == "DESC" { "<" } else { ">" };
        conditions.and(&format!("({by}, id) {beyond} (?, ?)"), [number(at), text_value(&id)]);
    }
    let rows = conditions.rows(client, COLUMNS, "cases", &format!("{by} {order}, id {order}"), size).await?;
    let found = rows.iter().map(|row| {
        let case = read(row)?;
        let place = match query.order {
            CaseOrder::LastAt => millis(case.condition.last_at),
            CaseOrder::Count => case.condition.count,
            CaseOrder::DueAt => case.due_at.map_or(i64::MAX, millis),
        };
        Ok(((place, case.condition.id.clone()), case))
    });
    page(LIST, size, found.collect::<Result<_>>()?)
}

async fn counts(client: &Client, query: &CaseQuery) -> Result<CaseCounts> {
    let conditions = conditions(query);
    let sql = format!("SELECT state, rule, count(*) FROM cases {} GROUP BY state, rule", conditions.sql);
    let mut counts = CaseCounts::default();
    let (mut states, mut rules) = (std::collections::BTreeMap::new(), std::collections::BTreeMap::new());
    for row in conditions.ask(client, &sql).await? {
        let count = row.get::<_, i64>(2).unsigned_abs();
        counts.total += count;
        *states.entry(plain(row.get(0)).into_owned()).or_default() += count;
        *rules.entry(plain(row.get(1)).into_owned()).or_default() += count;
    }
    (counts.by_state, counts.by_rule) = (states.into_iter().collect(), rules.into_iter().collect());
    Ok(counts)
}

fn counted(rows: &[Row]) -> Vec<(String, u64)> {
    let count = |row: &Row| (plain(row.get(0)).into_owned(), row.get::<_, i64>(1).unsigned_abs());
    rows.iter().map(count).collect()
}

fn conditions(query: &CaseQuery) -> Conditions {
    let mut conditions = Conditions::default();
    for (column, wanted) in [("state", &query.states), ("rule", &query.rules)] {
        if !wanted.is_empty() {
            let wanted: Vec<String> = wanted.iter().map(|word| text(word).into_owned()).collect();
            conditions.and(&format!("{column} = ANY(?::text[])"), [Box::new(wanted) as _]);
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
            conditions.and(&format!("{column} = ?"), [text_value(wanted)]);
        }
    }
    if let Some(district) = &query.district {
        conditions.and("starts_with(district, ?)", [text_value(district)]);
    }
    if let Some(paused) = query.paused {
        let sql = if paused { "coalesce(paused_until, 0) > ?" } else { "coalesce(paused_until, 0) <= ?" };
        conditions.and(sql, [number(millis(query.now))]);
    }
    if let Some(inhibited) = query.inhibited {
        conditions.and(if inhibited { "inhibited" } else { "NOT inhibited" }, []);
    }
    if let Some(from) = query.from {
        conditions.and("last_at >= ?", [number(millis(from))]);
    }
    if let Some(to) = query.to {
        conditions.and("last_at < ?", [number(millis(to))]);
    }
    conditions
}

async fn named(client: &Client, ids: &[String]) -> Result<Vec<CaseRow>> {
    let ids: Vec<_> = ids.iter().map(|id| text(id)).collect();
    let sql = format!("SELECT {COLUMNS} FROM cases WHERE id = ANY($1::text[]) ORDER BY id");
    client.query(&sql, &[&ids]).await.map_err(refused)?.iter().map(read).collect()
}

async fn cases_of(client: &Client, of: &[(Option<LotCode>, FindingKind)]) -> Result<Vec<CaseRow>> {
    let lots: Vec<_> = of.iter().map(|(lot, _)| lot.as_ref().map(|lot| text(lot.as_str()))).collect();
    let rules: Vec<_> = of.iter().map(|(_, kind)| kind.name()).collect();
    // Each by its index, and not one by one through all.
    let sql = format!(
        "SELECT {COLUMNS} FROM (
           SELECT found.* FROM (SELECT DISTINCT * FROM unnest($1::text[], $2::text[])) AS wanted (lot, rule)
           CROSS JOIN LATERAL (SELECT * FROM cases WHERE lot = wanted.lot AND rule = wanted.rule OFFSET 0) AS found
           UNION ALL
           SELECT * FROM cases WHERE lot IS NULL AND rule IN (
             SELECT wanted.rule FROM unnest($1::text[], $2::text[]) AS wanted (lot, rule) WHERE wanted.lot IS NULL)
         ) AS found ORDER BY id"
    );
    client.query(&sql, &[&lots, &rules]).await.map_err(refused)?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<CaseRow> {
    let words = |column: usize| plain(row.get(column)).into_owned();
    let optional = |column: usize| row.get::<_, Option<&str>>(column).map(|words| plain(words).into_owned());
    let at = |column: usize| row.get::<_, Option<i64>>(column).map(moment).transpose();
    let condition = ConditionRow {
        id: words(0),
        lot: optional(1).map(LotCode::from),
        rule: words(2),
        cause: words(3),
        ordinal: row.get(4),
        parent: optional(5),
        provider: optional(6).map(|code| ProviderCode::from(code.as_str())),
        district: words(7),
        vendor: words(8),
        condition: words(9),
        inhibited: row.get(10),
        count: row.get(11),
        first_at: moment(row.get(12))?,
        last_at: moment(row.get(13))?,
        opened_at: moment(row.get(14))?,
        condition_doc: words(15),
    };
    Ok(CaseRow {
        condition,
        state: words(16),
        assignee: optional(17),
        due_at: at(18)?,
        paused_until: at(19)?,
        order_id: optional(20),
        doc: words(21),
        revision: row.get(22),
    })
}

/// In one transaction. A connection on which this fails
/// does not go back into its pool, and its transaction ends with it.
async fn write_conditions(
    client: &Client,
    conditions: &[ConditionRow],
    judged: &[ChangedFindings],
) -> Result<()> {
    client.batch_execute("BEGIN").await.map_err(refused)?;
    let keep = format!(
        "INSERT INTO cases ({COLUMNS})
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, NULL, NULL, NULL, NULL, '{{}}', 1)
         ON CONFLICT (id) DO UPDATE
           SET parent = excluded.parent, provider = excluded.provider, district = excluded.district,
               vendor = excluded.vendor, condition = excluded.condition, inhibited = excluded.inhibited,
               count = excluded.count, first_at = excluded.first_at, last_at = excluded.last_at,
               condition_doc = excluded.condition_doc"
    );
    let keep = client.prepare_cached(&keep).await.map_err(refused)?;
    // In one order, so that two nodes wait for each other and not in a circle.
    let mut rows: Vec<_> = conditions.iter().collect();
    rows.sort_by(|a, b| a.id.cmp(&b.id));
    let kept = rows.into_iter().map(async |row| {
        let optional = |words: Option<&str>| words.map(|words| text(words).into_owned());
        let moments = [row.first_at, row.last_at, row.opened_at].map(millis);
        let [first_at, last_at, opened_at] = moments;
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 17] = [
            &text(&row.id),
            &optional(row.lot.as_ref().map(LotCode::as_str)),
            &text(&row.rule),
            &text(&row.cause),
            &row.ordinal,
            &optional(row.parent.as_deref()),
            &optional(row.provider.as_ref().map(ProviderCode::as_str)),
            &text(&row.district),
            &text(&row.vendor),
            &text(&row.condition),
            &row.inhibited,
            &row.count,
            &first_at,
            &last_at,
            &opened_at,
            &text(&row.condition_doc),
            &CASE_NEW,
        ];
        client.execute(&keep, &values).await.map_err(refused)
    });
    futures::future::try_join_all(kept).await?;
    let lots: Vec<_> = judged.iter().map(|of| text(of.lot.as_str())).collect();
    let kinds: Vec<_> = judged.iter().map(|of| of.kind.name()).collect();
    let seqs: Vec<_> = judged.iter().map(|of| of.seq).collect();
    // What a batch is changing at this moment is judged once more anyway: it is not waited for.
    let done = "DELETE FROM changed_findings WHERE (lot, kind) IN (
                  SELECT changed.lot, changed.kind
                  FROM unnest($1::text[], $2::text[], $3::bigint[]) AS judged (lot, kind, seq)
                  JOIN changed_findings AS changed USING (lot, kind, seq)
                  FOR UPDATE OF changed SKIP LOCKED)";
    client.execute(done, &[&lots, &kinds, &seqs]).await.map_err(refused)?;
    client.batch_execute("COMMIT").await.map_err(refused)
}

/// Changes a case's handling.
pub(super) async fn keep(transaction: &Transaction<'_>, case: &CaseRow) -> Result<()> {
    let id = text(&case.condition.id);
    let find = "SELECT revision FROM cases WHERE id = $1 FOR UPDATE";
    let found = transaction.query_opt(find, &[&id]).await.map_err(refused)?;
    let revision = case.kept(found.map(|row| row.get(0)))?;
    let change =
        "UPDATE cases SET state = $2, assignee = $3, due_at = $4, paused_until = $5, order_id = $6, doc = $7,
                                   revision = $8
                  WHERE id = $1";
    let optional = |words: &Option<String>| words.as_deref().map(|words| text(words).into_owned());
    let moments = |at: Option<Timestamp>| at.map(millis);
    let values: [&(dyn tokio_postgres::types::ToSql + Sync); 8] = [
        &id,
        &text(&case.state),
        &optional(&case.assignee),
        &moments(case.due_at),
        &moments(case.paused_until),
        &optional(&case.order_id),
        &text(&case.doc),
        &revision,
    ];
    transaction.execute(change, &values).await.map_err(refused)?;
    Ok(())
}
