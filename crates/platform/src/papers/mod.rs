//! The office's papers (责令限期改正通知书, 整改复查意见, 送达回证, 通报, 约谈通知书) and reports, as pages that print to the
//! boxes of GB/T 9704-2012.
//!
//! A paper is its data and the settings, put into a template: nothing here knows the store, HTTP or the clock, so that the
//! same data are the same page for ever. Ours are the templates of `templates/papers`; a city's folder replaces them one by
//! one. What a template may use is in `docs/supervision/papers.md`.

mod check;
pub mod data;
mod error;
mod office;
mod page;
mod paper;
pub mod samples;
mod templates;
#[cfg(test)]
mod tests;
mod words;

pub use error::PaperError;
pub use page::{Papers, content_policy};
pub use paper::{Paper, PaperKind};
pub use templates::TemplateError;
