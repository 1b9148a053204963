//! How a paper becomes a page.

use super::error::{FONT_NAME_MAX, PaperError};
use super::office::Office;
use super::paper::Paper;
use super::samples;
use super::templates::{TemplateError, Templates};
use crate::config::{PaperFonts, PapersConfig};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minijinja::value::Serde;
use minijinja::{Value, context};
use std::sync::Arc;

/// Looks for the fonts, says which are missing, and prints. Not a template: the policy names its digest.
const SCRIPT: &str = include_str!("../../templates/papers/paper.js");

/// The templates and the settings, ready to print.
#[derive(Debug)]
pub struct Papers {
    templates: Templates,
    config: PapersConfig,
}

impl Papers {
    /// Reads the city's templates, and tries each paper with a sample, so that a broken template is found at the start and
    /// not on the day of the first order. Settings that are missing are no error here: a city may need none.
    pub fn load(config: &PapersConfig) -> Result<Self, PaperError> {
        check_fonts(&config.fonts)?;
        let papers =
            Self { templates: Templates::load(config.templates.as_deref())?, config: config.clone() };
        for (_, sample) in samples::all() {
            papers.page(&sample, config)?;
        }
        Ok(papers)
    }

    /// The paper as one HTML page that needs nothing from elsewhere. Of a long notice it takes some milliseconds of
    /// computing: not on a thread that others wait for.
    pub fn render(&self, paper: &Paper) -> Result<String, PaperError> {
        self.render_of(paper, &self.config)
    }

    /// The same of an office as it was when the paper was issued.
    pub fn render_of(&self, paper: &Paper, office: &PapersConfig) -> Result<String, PaperError> {
        paper.check()?;
        let (page, missing) = self.page(paper, office)?;
        if missing.is_empty() {
            return Ok(page);
        }
        let settings = missing.into_iter().map(|name| format!("papers.{name}")).collect();
        Err(PaperError::MissingSettings { title: paper.kind().title(), settings })
    }

    /// The page, and the settings that it wanted in vain.
    fn page(
        &self,
        paper: &Paper,
        office: &PapersConfig,
    ) -> Result<(String, Vec<&'static str>), TemplateError> {
        let office = Arc::new(Office::new(office));
        let kind = paper.kind();
        let values = context! {
            kind => kind.name(),
            fonts => Value::from(Serde(&self.config.fonts)),
            script => Value::from_safe_string(SCRIPT.to_owned()),
            office => Value::from_dyn_object(office.clone()),
            paper => Value::from(Serde(paper)),
        };
        let page = self.templates.render(&format!("{}.html", kind.name()), values)?;
        Ok((page, office.missing()))
    }
}

/// The policy that the page is served with: it loads nothing from anywhere, and runs no script but ours.
pub fn content_policy() -> String {
    let script = STANDARD.encode(digest(&SHA256, SCRIPT.as_bytes()));
    format!(
        "default-src 'none'; script-src 'sha256-{script}'; style-src 'unsafe-inline'; img-src data:; font-src data:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

fn check_fonts(fonts: &PaperFonts) -> Result<(), PaperError> {
    let all = [&fonts.body, &fonts.title, &fonts.heading, &fonts.subheading, &fonts.number];
    let fits = |name: &str| {
        !name.trim().is_empty()
            && name.chars().count() <= FONT_NAME_MAX
            && !name.chars().any(char::is_control)
    };
    match all.into_iter().flatten().find(|name| !fits(name)) {
        Some(name) => Err(PaperError::UnfitFont { name: name.clone() }),
        None => Ok(()),
    }
}
