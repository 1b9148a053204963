use super::templates::TemplateError;

/// Characters of a font's name.
pub(super) const FONT_NAME_MAX: usize = 100;

/// A paper that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum PaperError {
    /// Settings that its template prints are not set.
    #[error("《{title}》缺少配置 {0}，请补充后重新启动 it needs {0} in the configuration: set {1} and start again", settings.join(", "), if settings.len() == 1 { "it" } else { "them" })]
    MissingSettings {
        /// The paper's name.
        title: &'static str,
        /// Such as `papers.court`.
        settings: Vec<String>,
    },
    /// A part that the paper must have is empty.
    #[error("《{title}》缺少 {field}，不能制作 it has no {field}, and is not made without")]
    MissingData {
        /// The paper's name.
        title: &'static str,
        /// The field.
        field: &'static str,
    },
    /// A table's row has not as many cells as the table has columns.
    #[error("a table of {title} has {columns} columns and a row of {cells} cells")]
    UnevenTable {
        /// The paper's name.
        title: &'static str,
        /// Its columns.
        columns: usize,
        /// The row's cells.
        cells: usize,
    },
    /// A font's name that none has.
    #[error("papers.fonts has {name:?}: a font's name is expected, 1 to {FONT_NAME_MAX} characters")]
    UnfitFont {
        /// As it is set.
        name: String,
    },
    /// A template is wrong.
    #[error(transparent)]
    Template(#[from] TemplateError),
}
