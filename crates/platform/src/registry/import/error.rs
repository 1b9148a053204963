//! Why a table is not imported: all that is wrong with it at once, each by row and column.

use crate::registry::Undoing;
use bowei_store::StoreError;
use std::fmt;

/// How many faults are told: whoever has more has one that repeats.
const FAULTS_MAX: usize = 50;

/// Why a table was not imported. Nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file is larger than any table.
    #[error("文件超过 64 MiB，请拆分 the file has more than 64 MiB: split it into several")]
    TooLarge,
    /// It is no table.
    #[error("文件无法读取 the file cannot be read: {0}")]
    Unreadable(String),
    /// It has more rows than any city has lots.
    #[error("表格超过 {0} 行，请拆成多个文件 the table has more than {0} rows: split it into several files")]
    TooManyRows(usize),
    /// It has no header.
    #[error(
        "no row among the first {within} has a cell {name:?}: the row with the columns' names is expected there"
    )]
    NoHeader {
        /// How far it is looked for.
        within: usize,
        /// The column that tells it.
        name: &'static str,
    },
    /// Columns are missing.
    #[error("the table lacks the columns {}: their cells may be empty, their names must be there", .0.join(", "))]
    MissingColumns(Vec<&'static str>),
    /// A column has a name that another has.
    #[error("the table has two columns {0:?}: which counts?")]
    ColumnTwice(String),
    /// The provider given for all is not registered.
    #[error("there is no provider {0:?}: register it with `bowei registry apply`")]
    NoSuchProvider(String),
    /// The district given is none.
    #[error("--district is the six digits of GB/T 2260, such as 330203; {0:?} came")]
    District(String),
    /// Rows are wrong.
    #[error("nothing was imported:\n{0}")]
    Rows(Faults),
    /// It would undo what persons have changed.
    #[error("nothing was imported: {0}")]
    Undoes(Undoing),
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// One cell that does not fit.
#[derive(Debug, PartialEq, Eq)]
pub struct CellFault {
    /// The row, counted as spreadsheets do.
    pub row: usize,
    /// The column's name.
    pub column: String,
    /// What was expected.
    pub expected: String,
    /// What came.
    pub received: String,
}

impl CellFault {
    pub(super) fn new(
        row: usize,
        column: impl Into<String>,
        expected: impl Into<String>,
        received: impl Into<String>,
    ) -> Self {
        Self { row, column: column.into(), expected: expected.into(), received: received.into() }
    }
}

impl fmt::Display for CellFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { row, column, expected, received } = self;
        write!(f, "row {row}, {column}: expected {expected}, came {received}")
    }
}

/// All that does not fit, the first of them told one by one.
#[derive(Debug, Default)]
pub struct Faults {
    told: Vec<CellFault>,
    more: usize,
}

impl Faults {
    pub(super) fn add(&mut self, fault: CellFault) {
        if self.told.len() < FAULTS_MAX {
            self.told.push(fault);
        } else {
            self.more += 1;
        }
    }

    pub(super) fn or_none(mut self) -> Option<Self> {
        self.told.sort_by_key(|fault| fault.row);
        (!self.told.is_empty()).then_some(self)
    }

    /// The faults that are told, by row.
    pub fn told(&self) -> &[CellFault] {
        &self.told
    }

    /// How many there are besides.
    pub fn more(&self) -> usize {
        self.more
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<_> = self.told.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))?;
        if self.more > 0 {
            write!(f, "\nand {} more", self.more)?;
        }
        Ok(())
    }
}
