use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// 发文字号 without its prefix: 〔2026〕12号.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Number {
    /// Four digits.
    pub year: i16,
    /// From 1, printed without leading zeros.
    pub number: u32,
}

/// Whom a paper is addressed to (当事人).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// The registered name.
    pub name: String,
    /// 统一社会信用代码, where it is known.
    pub credit_code: Option<String>,
}

/// Something that proves a fact.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// What it is, such as 2026年10月过车上报原始报文128条.
    pub name: String,
    /// Its digest in hexadecimal with the algorithm before it, such as `SM3 3f2a…`.
    pub digest: Option<String>,
}

/// A provision that is cited.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Citation {
    /// The text's name without 《》.
    pub document: String,
    /// Where in it, such as 第十一条第二款.
    pub article: String,
    /// What it says there, word by word, where it is quoted.
    pub text: Option<String>,
}

/// An attachment (附件): listed with its number below the text and, with a table, printed on pages of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Its name, without a mark at its end.
    pub title: String,
    /// What it holds; without one it is handed over apart.
    pub table: Option<Table>,
}

/// A table; each row has as many cells as there are columns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Its heads.
    pub columns: Vec<Column>,
    /// Its cells as they are printed.
    pub rows: Vec<Vec<String>>,
}

/// A column's head.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// What stands at its top.
    pub title: String,
    /// Where its cells stand.
    #[serde(default)]
    pub align: Align,
}

/// Where a column's cells stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Align {
    /// Words.
    #[default]
    Left,
    /// Short signs and days.
    Center,
    /// Numbers.
    Right,
}

/// A number of a period, with that of the period before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// What is counted, such as 在线率.
    pub name: String,
    /// In what.
    pub unit: Unit,
    /// Of the period; absent: too few cases to say (未评分). A rate is 0 to 1.
    pub now: Option<f64>,
    /// Of the period before.
    pub before: Option<f64>,
}

/// What a [`Figure`] is counted in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// A rate of 0 to 1, printed in percent.
    Rate,
    /// Points of a score.
    Points,
    /// Whole things, with their measure word, such as 个 or 条.
    Count(String),
    /// Seconds.
    Seconds,
    /// 元.
    Yuan,
}

/// The days that a notice or a report is about, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// The first.
    pub from: Date,
    /// The last.
    pub to: Date,
}
