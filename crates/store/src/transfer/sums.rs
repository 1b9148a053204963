//! Rows, and sums of them that do not depend on their order.

use super::tables::{Filed, Table};
use aws_lc_rs::digest::{Context, SHA256};
use bowei_model::moment;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Days outside of these are a clock's fault, and their rows are compared together: nobody parked before 2000, and
/// nobody who reads this will after 2100.
const FIRST_DAY: u32 = 20_000_101;
const LAST_DAY: u32 = 20_991_231;

/// A value of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A whole number.
    Int(i64),
    /// Yes or no.
    Bool(bool),
    /// Words.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

impl Value {
    /// About how much memory it takes.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Self::Null | Self::Int(_) | Self::Bool(_) => size_of::<Self>(),
            Self::Text(text) => size_of::<Self>() + text.len(),
            Self::Bytes(bytes) => size_of::<Self>() + bytes.len(),
        }
    }

    /// Its words; empty where it has none.
    pub(crate) fn words(&self) -> &str {
        match self {
            Self::Text(text) => text,
            _ => "",
        }
    }

    /// Its number, if it is one.
    pub(crate) fn number(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            _ => None,
        }
    }
}

/// A row: a value for each of its table's columns.
pub type Row = Vec<Value>;

/// A part of a table that is read and replaced together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slice {
    /// All of it.
    All,
    /// Of a table that is filed by day, rows of no day, or of one that cannot be meant.
    Odd,
    /// Rows of a day, `yyyymmdd`.
    Day(u32),
}

impl Slice {
    /// The part that a row lies in.
    pub fn of(table: &Table, row: &[Value]) -> Self {
        let Some(filed) = table.filed else { return Self::All };
        let number = |column| row.get(table.position(column)?)?.number();
        let day = match filed {
            Filed::ByMoment(column) => {
                number(column).and_then(|millis| Timestamp::from_millisecond(millis).ok()).map(moment::day)
            }
            Filed::ByDay(column) => number(column).and_then(|day| u32::try_from(day).ok()),
        };
        let meant = day.filter(|day| (FIRST_DAY..=LAST_DAY).contains(day));
        meant.filter(|day| moment::span_of_day(*day).is_some()).map_or(Self::Odd, Self::Day)
    }

    /// The first value of a day in the column that a table is filed by, and the first that is past it. Of [`Slice::Odd`]
    /// the span that such rows lie outside of.
    pub fn span(self, filed: Filed) -> Option<(i64, i64)> {
        let (first, last) = match self {
            Self::All => return None,
            Self::Odd => (FIRST_DAY, LAST_DAY),
            Self::Day(day) => (day, day),
        };
        let (from, to) = (moment::span_of_day(first)?.0, moment::span_of_day(last)?.1);
        Some(match filed {
            Filed::ByMoment(_) => (from.as_millisecond(), to.as_millisecond()),
            Filed::ByDay(_) => (i64::from(first), i64::from(last) + 1),
        })
    }
}

/// How many rows, and the sum of their digests modulo 2^256: the same in whatever order they come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// How many rows.
    pub rows: u64,
    digest: [u64; 4],
}

impl Sum {
    /// Adds a row.
    pub fn add(&mut self, row: &[Value]) {
        let mut context = Context::new(&SHA256);
        for value in row {
            let (tag, bytes): (u8, &[u8]) = match value {
                Value::Null => (0, &[]),
                Value::Int(number) => (1, &number.to_be_bytes()),
                Value::Bool(yes) => (2, &[u8::from(*yes)]),
                Value::Text(text) => (3, text.as_bytes()),
                Value::Bytes(bytes) => (4, bytes),
            };
            // With its length, so that no two rows are written alike.
            context.update(&[tag]);
            context.update(&(bytes.len() as u64).to_be_bytes());
            context.update(bytes);
        }
        let digest = context.finish();
        let mut words = [0; 4];
        for (word, bytes) in words.iter_mut().zip(digest.as_ref().chunks_exact(8)) {
            *word = bytes.iter().fold(0, |word, byte| (word << 8) | u64::from(*byte));
        }
        self.join(&Self { rows: 1, digest: words });
    }

    /// Adds the rows of another sum.
    pub fn join(&mut self, other: &Self) {
        self.rows += other.rows;
        let mut carry = false;
        // The last word is the lowest.
        for (word, added) in self.digest.iter_mut().zip(other.digest).rev() {
            let (sum, over) = word.overflowing_add(added);
            let (sum, over_again) = sum.overflowing_add(u64::from(carry));
            (*word, carry) = (sum, over || over_again);
        }
    }

    /// The digest in hex.
    pub fn hex(&self) -> String {
        self.digest.iter().map(|word| format!("{word:016x}")).collect()
    }
}

/// The sums of a table's units. A unit is a lot's rows of one day, or as much of that as the table knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sums(pub BTreeMap<(Slice, String), Sum>);

impl Sums {
    /// Adds a row of `table`.
    pub fn add(&mut self, table: &Table, row: &[Value]) {
        self.0.entry((Slice::of(table, row), lot(table, row).to_owned())).or_default().add(row);
    }

    /// The sum of all units.
    pub fn whole(&self) -> Sum {
        let mut whole = Sum::default();
        self.0.values().for_each(|unit| whole.join(unit));
        whole
    }
}

/// The lot of a row; empty in tables that are not compared lot by lot.
pub(super) fn lot<'r>(table: &Table, row: &'r [Value]) -> &'r str {
    let value = table.lot.and_then(|column| row.get(table.position(column)?));
    value.map_or("", Value::words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_does_not_depend_on_the_order_and_does_on_every_value() {
        let rows = [
            vec![Value::Text("a".into()), Value::Int(1)],
            vec![Value::Text("b".into()), Value::Null],
            vec![Value::Text("b".into()), Value::Null],
        ];
        let sum = |order: &[usize]| {
            let mut sum = Sum::default();
            order.iter().for_each(|row| sum.add(&rows[*row]));
            sum
        };
        assert_eq!(sum(&[0, 1, 2]), sum(&[2, 0, 1]));
        assert_ne!(sum(&[0, 1, 2]), sum(&[0, 1]));
        // A row that is there twice is not one that is not there.
        assert_ne!(sum(&[1, 2]).hex(), Sum::default().hex());
        let mut apart = Sum::default();
        apart.add(&[Value::Text("a1".into())]);
        let mut together = Sum::default();
        together.add(&[Value::Text("a".into()), Value::Text("1".into())]);
        assert_ne!(apart, together);
    }

    #[test]
    fn a_row_of_no_day_is_filed_apart() {
        let table = super::super::table("space_counts").unwrap();
        let at = |millis| {
            vec![Value::Text("L1".into()), Value::Int(millis), Value::Int(0), Value::Int(0), Value::Null]
        };
        assert_eq!(Slice::of(table, &at(1_775_002_500_000)), Slice::Day(20_260_401));
        assert_eq!(Slice::of(table, &at(-62_000_000_000_000)), Slice::Odd);
        let (from, to) = Slice::Day(20_260_401).span(Filed::ByMoment("as_of")).unwrap();
        assert!((from..to).contains(&1_775_002_500_000));
        assert_eq!(to - from, 24 * 3_600_000);
    }
}
