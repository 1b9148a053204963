//! Writing rows that came from elsewhere: by the thousand, as columns.

use super::errors::refused;
use super::rows::{mark, pairing_time};
use super::transfer::condition;
use super::values::{from_json, text};
use crate::Result;
use crate::plan::SessionSpan;
use crate::transfer::{Kind, Pages, Row, Slice, Table, Value};
use deadpool_postgres::Client;
use tokio_postgres::types::ToSql;

/// Has `rows` stand in the place of what `lots` have in a slice of a table, within the transaction that `client` is in.
pub(super) async fn write(
    client: &Client,
    table: &'static Table,
    slice: Slice,
    lots: Option<Vec<String>>,
    mut rows: Pages,
) -> Result<()> {
    let condition = condition(table, slice);
    let name = table.name;
    match (lots, table.lot) {
        (Some(lots), Some(column)) => {
            let lots: Vec<_> = lots.iter().map(|lot| text(lot).into_owned()).collect();
            if name == "sessions" {
                let keys = format!(
                    "DELETE FROM session_keys USING sessions
                     WHERE session_keys.lot = sessions.lot AND session_keys.record_id = sessions.record_id
                       AND session_keys.stands_at = sessions.stands_at AND sessions.lot = ANY($1::text[])
                       AND {}",
                    condition.replace("stands_at", "sessions.stands_at")
                );
                client.execute(&keys, &[&lots]).await.map_err(refused)?;
            }
            let sql = format!("DELETE FROM {name} WHERE {column} = ANY($1::text[]) AND {condition}");
            client.execute(&sql, &[&lots]).await.map_err(refused)?;
        }
        _ if name == "marks" => {}
        _ => drop(
            client.execute(&format!("DELETE FROM {name} WHERE {condition}"), &[]).await.map_err(refused)?,
        ),
    }
    let insert = client.prepare(&insertion(table)).await.map_err(refused)?;
    let keys = "INSERT INTO session_keys (lot, record_id, stands_at)
                SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])
                ON CONFLICT (lot, record_id) DO UPDATE SET stands_at = excluded.stands_at";
    while let Some(page) = rows.recv().await {
        let page = page?;
        if page.is_empty() {
            continue;
        }
        let columns = columns(table, page)?;
        let values: Vec<&(dyn ToSql + Sync)> = columns.iter().map(Array::values).collect();
        if name == "sessions" {
            // As the columns of the insertion stand: lot, record, place.
            let Some(key) = values.get(..3) else { continue };
            client.execute(keys, key).await.map_err(refused)?;
        }
        client.execute(&insert, &values).await.map_err(refused)?;
    }
    Ok(())
}

/// A column of many rows.
enum Array {
    Ints(Vec<Option<i64>>),
    Bools(Vec<Option<bool>>),
    Texts(Vec<Option<String>>),
    Bytes(Vec<Option<Vec<u8>>>),
}

impl Array {
    fn of(kind: Kind) -> Self {
        match kind {
            Kind::Int => Self::Ints(Vec::new()),
            Kind::Bool => Self::Bools(Vec::new()),
            Kind::Text | Kind::Clean => Self::Texts(Vec::new()),
            Kind::Bytes => Self::Bytes(Vec::new()),
        }
    }

    fn values(&self) -> &(dyn ToSql + Sync) {
        match self {
            Self::Ints(values) => values,
            Self::Bools(values) => values,
            Self::Texts(values) => values,
            Self::Bytes(values) => values,
        }
    }

    fn push(&mut self, value: Value, kind: Kind) {
        match (self, value) {
            (Self::Ints(values), Value::Int(number)) => values.push(Some(number)),
            (Self::Bools(values), Value::Bool(yes)) => values.push(Some(yes)),
            (Self::Texts(values), Value::Text(words)) if kind == Kind::Text && text(&words) != words => {
                values.push(Some(text(&words).into_owned()));
            }
            (Self::Texts(values), Value::Text(words)) => values.push(Some(words)),
            (Self::Bytes(values), Value::Bytes(bytes)) => values.push(Some(bytes)),
            // Nothing, and what is not of the column's kind, which reading it back will show.
            (Self::Ints(values), _) => values.push(None),
            (Self::Bools(values), _) => values.push(None),
            (Self::Texts(values), _) => values.push(None),
            (Self::Bytes(values), _) => values.push(None),
        }
    }
}

/// The columns of this engine for a table's: those that follow from others beside or in the place of them.
fn named(table: &Table) -> Vec<(&'static str, Kind)> {
    let own = table.columns.iter().map(|column| (column.name, column.kind));
    match table.name {
        "sessions" => own
            .map(|(name, kind)| if name == "begun_at" { ("stands_at", kind) } else { (name, kind) })
            .chain([("parking", Kind::Bool)])
            .collect(),
        "findings" => own.chain([("mark", Kind::Bytes)]).collect(),
        "tallies" => own.chain([("writer", Kind::Int)]).collect(),
        "marks" => own.chain([("probe", Kind::Int)]).collect(),
        _ => own.collect(),
    }
}

fn insertion(table: &Table) -> String {
    let columns = named(table);
    let names: Vec<_> = columns.iter().map(|(name, _)| *name).collect();
    let names = names.join(", ");
    let arrays = columns.iter().zip(1..).map(|((_, kind), number)| {
        let of = match kind {
            Kind::Int => "bigint",
            Kind::Bool => "boolean",
            Kind::Text | Kind::Clean => "text",
            Kind::Bytes => "bytea",
        };
        format!("${number}::{of}[]")
    });
    let arrays = arrays.collect::<Vec<_>>().join(", ");
    let conflict = match table.name {
        // The row is there to be locked, and stays.
        "marks" => " ON CONFLICT (id) DO UPDATE SET registry_version = excluded.registry_version",
        // A lot that was only locked.
        "lot_states" => " ON CONFLICT (lot) DO UPDATE SET revision = excluded.revision, doc = excluded.doc",
        _ => "",
    };
    format!(
        "INSERT INTO {} ({names}) SELECT {names} FROM unnest({arrays}) AS new ({names}){conflict}",
        table.name
    )
}

fn columns(table: &Table, page: Vec<Row>) -> Result<Vec<Array>> {
    let named = named(table);
    let mut arrays: Vec<_> = named.iter().map(|(_, kind)| Array::of(*kind)).collect();
    for mut row in page {
        follow(table, &mut row)?;
        for ((array, (_, kind)), value) in arrays.iter_mut().zip(&named).zip(row) {
            array.push(value, *kind);
        }
    }
    Ok(arrays)
}

/// Adds to a row what follows from it.
fn follow(table: &Table, row: &mut Row) -> Result<()> {
    let at = |name: &str| table.position(name).unwrap_or(usize::MAX);
    let words = |row: &Row, name: &str| row.get(at(name)).map_or("", Value::words).to_owned();
    match table.name {
        "sessions" => {
            let parking = row.get(at("begun_at")) != Some(&Value::Null);
            if !parking {
                let session = from_json("a session", &words(row, "doc"))?;
                let place = pairing_time(&session, &SessionSpan::default());
                if let Some(begun_at) = row.get_mut(at("begun_at")) {
                    *begun_at = Value::Int(place);
                }
            }
            row.push(Value::Bool(parking));
        }
        "findings" => {
            let (subject, kind, which) = (words(row, "subject"), words(row, "kind"), words(row, "which"));
            row.push(Value::Bytes(mark(&subject, &kind, &which)));
        }
        "tallies" | "marks" => row.push(Value::Int(0)),
        _ => {}
    }
    Ok(())
}
