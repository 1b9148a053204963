//! The templates: ours, built in, and a city's in a folder, each in place of ours of the same name.

use super::words;
use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, escape_formatter};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

macro_rules! built_in {
    ($($name:literal),+ $(,)?) => {
        /// Ours, by their names.
        const BUILT_IN: &[(&str, &str)] = &[$(($name, include_str!(concat!("../../templates/papers/", $name)))),+];
    };
}

built_in!(
    "base.html",
    "interview.html",
    "notice.html",
    "order.html",
    "paper.css",
    "parts.html",
    "receipt.html",
    "report.html",
    "review.html",
);

/// Ours are found under this too, so that a city's file may extend the one it takes the place of.
const OURS: &str = "bowei/";

/// Bytes of a city's template: ours have some thousand; with a font embedded a few million.
const TEMPLATE_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// Files of a city's folder.
const TEMPLATES_MAX: usize = 100;

/// Steps of one paper: a notice with seven annexes of ten thousand lots takes some four million.
const STEPS_MAX: u64 = 20_000_000;

/// Templates that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// The folder or a file of it cannot be read.
    #[error("cannot read {path}, which [papers] templates names: {source}")]
    Unreadable {
        /// The folder or the file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// There is too much of it.
    #[error(
        "{path} is more than a template may be: at most {TEMPLATES_MAX} files of {TEMPLATE_BYTES_MAX} bytes"
    )]
    TooMuch {
        /// The folder or the file.
        path: PathBuf,
    },
    /// A template is wrong, or asks for what is not there.
    #[error("{file}, line {line}: {problem}")]
    Broken {
        /// The file, or ours by its name.
        file: String,
        /// Counted from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
}

/// All templates, compiled.
#[derive(Debug)]
pub(super) struct Templates {
    environment: Environment<'static>,
    /// Those of the city by their names.
    replaced: BTreeMap<String, PathBuf>,
}

impl Templates {
    pub(super) fn load(folder: Option<&Path>) -> Result<Self, TemplateError> {
        let mut templates = Self { environment: environment(), replaced: BTreeMap::new() };
        for &(name, text) in BUILT_IN {
            templates.add(format!("{OURS}{name}"), text.to_owned())?;
            templates.add(name.to_owned(), text.to_owned())?;
        }
        if let Some(folder) = folder {
            templates.add_folder(folder)?;
        }
        Ok(templates)
    }

    fn add_folder(&mut self, folder: &Path) -> Result<(), TemplateError> {
        let unreadable = |path: &Path| {
            let path = path.to_owned();
            move |source| TemplateError::Unreadable { path, source }
        };
        let mut paths = Vec::new();
        for entry in fs::read_dir(folder).map_err(unreadable(folder))? {
            let path = entry.map_err(unreadable(folder))?.path();
            if path.extension().is_some_and(|extension| extension == "html" || extension == "css") {
                paths.push(path);
            }
            if paths.len() > TEMPLATES_MAX {
                return Err(TemplateError::TooMuch { path: folder.to_owned() });
            }
        }
        paths.sort();
        for path in paths {
            let bytes = fs::metadata(&path).map_err(unreadable(&path))?.len();
            if bytes > TEMPLATE_BYTES_MAX {
                return Err(TemplateError::TooMuch { path });
            }
            let text = fs::read_to_string(&path).map_err(unreadable(&path))?;
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            self.replaced.insert(name.clone(), path);
            self.add(name, text)?;
        }
        Ok(())
    }

    fn add(&mut self, name: String, text: String) -> Result<(), TemplateError> {
        self.environment.add_template_owned(name, text).map_err(|error| self.broken(&error))
    }

    /// The page of a template with these values.
    pub(super) fn render(&self, name: &str, values: Value) -> Result<String, TemplateError> {
        let template = self.environment.get_template(name).map_err(|error| self.broken(&error))?;
        template.render(values).map_err(|error| self.broken(&error))
    }

    /// The innermost place that an error comes from, which is the line to mend.
    fn broken(&self, error: &Error) -> TemplateError {
        let mut innermost = error;
        let mut source = std::error::Error::source(error);
        while let Some(inner) = source {
            if let Some(inner) = inner.downcast_ref::<Error>().filter(|inner| inner.name().is_some()) {
                innermost = inner;
            }
            source = inner.source();
        }
        let name = innermost.name().unwrap_or("a template");
        let file = self.replaced.get(name).map_or(name.to_owned(), |path| path.display().to_string());
        let detail = innermost.detail().map_or(String::new(), |detail| format!(": {detail}"));
        TemplateError::Broken {
            file,
            line: innermost.line().unwrap_or(1),
            problem: format!("{}{detail}", innermost.kind()),
        }
    }
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    // A misspelt name is an error, not an empty place on an order.
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|name| {
        if name.ends_with(".css") { AutoEscape::None } else { AutoEscape::Html }
    });
    environment.set_fuel(Some(STEPS_MAX));
    environment.set_formatter(|output, state, value| {
        if value.is_none() {
            let words = "a value is printed that is absent here: ask for it with `if` first";
            return Err(Error::new(ErrorKind::InvalidOperation, words));
        }
        match value.as_str() {
            Some(text) if !value.is_safe() && text.contains(words::is_unprintable) => {
                let clean = text.replace(words::is_unprintable, "\u{fffd}");
                escape_formatter(output, state, &Value::from(clean))
            }
            _ => escape_formatter(output, state, value),
        }
    });
    words::add_filters(&mut environment);
    environment
}
