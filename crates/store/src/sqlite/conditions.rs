//! The conditions of a question, and how a page of the answer is read.

use bowei_model::LotCode;
use rusqlite::types::Value;

/// How many rows to read for a page: one more shows whether there is a next page.
pub(super) fn rows_for(size: usize) -> Value {
    Value::Integer(i64::try_from(size).unwrap_or(i64::MAX).saturating_add(1))
}

/// The conditions of a question, each with its values.
#[derive(Default)]
pub(super) struct Conditions {
    pub(super) sql: String,
    pub(super) values: Vec<Value>,
}

impl Conditions {
    /// One more condition that must hold.
    pub(super) fn and(&mut self, condition: &str, values: impl IntoIterator<Item = Value>) {
        self.sql.push_str(if self.sql.is_empty() { "WHERE " } else { " AND " });
        self.sql.push_str(condition);
        self.values.extend(values);
    }

    /// Of these lots alone. One lot goes by the lot's index. More go by the list's own order, with the `+` that
    /// keeps the planner from sorting everything these lots ever had; as one value, for they may be more than a
    /// statement may have parameters.
    pub(super) fn of_lots(&mut self, lots: Option<&[LotCode]>) {
        match lots {
            None => {}
            Some([lot]) => self.and("lot = ?", [text(lot.as_str())]),
            Some(lots) => {
                let codes: Vec<&str> = lots.iter().map(LotCode::as_str).collect();
                let json = serde_json::Value::from(codes).to_string();
                self.and("+lot IN (SELECT value FROM json_each(?))", [Value::Text(json)]);
            }
        }
    }
}

pub(super) fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}
