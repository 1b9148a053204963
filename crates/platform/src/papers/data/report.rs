use super::shared::{Figure, Period, Table};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// 报表: a page of figures and tables, without the head of an official paper.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// What it is called, such as 停车数据质量月报.
    pub title: String,
    /// Of whom, such as 吴兴区.
    pub subject: Option<String>,
    /// About when.
    pub period: Period,
    /// Its parts in order, at least one.
    pub sections: Vec<Section>,
    /// When it was made.
    pub made_at: Timestamp,
    /// How the figures are to be read, a sentence each.
    pub notes: Vec<String>,
}

/// A part of a [`Report`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Section {
    /// Its heading.
    pub title: String,
    /// Words before the figures.
    pub paragraphs: Vec<String>,
    /// Figures with their change.
    pub figures: Vec<Figure>,
    /// Rows.
    pub table: Option<Table>,
}
