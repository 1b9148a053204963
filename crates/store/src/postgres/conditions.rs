//! The conditions of a question, and how a page of the answer is read.

use super::day_ranges;
use super::errors::refused;
use super::values::text;
use crate::Result;
use bowei_model::LotCode;
use deadpool_postgres::Client;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

/// The conditions of a question, each with its values.
#[derive(Default)]
pub(super) struct Conditions {
    pub(super) sql: String,
    pub(super) values: Vec<Box<dyn ToSql + Sync + Send>>,
}

impl Conditions {
    /// One more condition that must hold; each `?` in it stands for the next of its values.
    pub(super) fn and(
        &mut self,
        condition: &str,
        values: impl IntoIterator<Item = Box<dyn ToSql + Sync + Send>>,
    ) {
        self.sql.push_str(if self.sql.is_empty() { "WHERE " } else { " AND " });
        let mut number = self.values.len();
        for part in condition.split_inclusive('?') {
            match part.strip_suffix('?') {
                Some(before) => {
                    number += 1;
                    self.sql.push_str(&format!("{before}${number}"));
                }
                None => self.sql.push_str(part),
            }
        }
        self.values.extend(values);
    }

    /// Of these lots alone.
    pub(super) fn of_lots(&mut self, lots: Option<&[LotCode]>) {
        match lots {
            None => {}
            Some([lot]) => self.and("lot = ?", [text_value(lot.as_str())]),
            Some(lots) => {
                let codes: Vec<String> = lots.iter().map(|lot| text(lot.as_str()).into_owned()).collect();
                self.and("lot = ANY(?::text[])", [Box::new(codes) as _]);
            }
        }
    }

    /// Asks for a page of `size` and one row more, which shows whether there is a next page.
    pub(super) async fn rows(
        &self,
        client: &Client,
        columns: &str,
        table: &str,
        order: &str,
        size: usize,
    ) -> Result<Vec<Row>> {
        let sql = format!(
            "SELECT {columns} FROM {table} {} ORDER BY {order} LIMIT {}",
            self.sql,
            size.saturating_add(1)
        );
        self.ask(client, &sql).await
    }

    /// The same of a table that is filed by day: newest first, in stretches of days, until there are enough.
    pub(super) async fn rows_of_days(
        &self,
        client: &Client,
        columns: &str,
        (table, filed_by): (&str, &str),
        order: &str,
        size: usize,
        (from, to): (i64, i64),
    ) -> Result<Vec<Row>> {
        let mut rows = Vec::new();
        for (begin, end) in day_ranges::of(client, table, from, to).await? {
            let within = self.within(filed_by, begin, end);
            let left = size.saturating_add(1) - rows.len();
            let sql = format!("SELECT {columns} FROM {table} {within} ORDER BY {order} LIMIT {left}");
            rows.extend(self.ask(client, &sql).await?);
            if rows.len() > size {
                break;
            }
        }
        Ok(rows)
    }

    /// The conditions, with one more: that the row is filed within a stretch.
    pub(super) fn within(&self, filed_by: &str, begin: i64, end: i64) -> String {
        self.with(&format!("{filed_by} >= {begin} AND {filed_by} < {end}"))
    }

    /// The conditions, with more that have no values of their own.
    pub(super) fn with(&self, more: &str) -> String {
        let and = if self.sql.is_empty() { "WHERE" } else { " AND" };
        format!("{}{and} {more}", self.sql)
    }

    /// Asks a question that these conditions are part of. It is planned for its own values: which days it is about
    /// decides which partitions are looked at.
    pub(super) async fn ask(&self, client: &Client, sql: &str) -> Result<Vec<Row>> {
        let values: Vec<&(dyn ToSql + Sync)> = self.values.iter().map(|value| &**value as _).collect();
        client.query(sql, &values).await.map_err(refused)
    }
}

pub(super) fn text_value(value: &str) -> Box<dyn ToSql + Sync + Send> {
    Box::new(text(value).into_owned())
}

pub(super) fn number(number: i64) -> Box<dyn ToSql + Sync + Send> {
    Box::new(number)
}
