//! What `bowei seal` and `bowei open` have in common: which standard, with what credential, at what time, and how
//! steps are shown.

use super::{BadUse, Failure, bad_use, open_named, print};
use bowei_edge::{Clock as _, SystemClock};
use bowei_encoding::shown::shown_up_to;
use bowei_standards::platform_side::{CredentialFault, Fields};
use bowei_standards::{Standard, Step};
use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use jiff::Timestamp;
use std::convert::Infallible;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// A credential's field is a key in PEM at most.
const FIELD_MAX_BYTES: u64 = 64 * 1024;

/// A standard, a credential under it, and a clock.
#[derive(Args)]
pub(super) struct Under {
    /// The standard 标准
    #[arg(value_name = "STANDARD", value_parser = standards())]
    pub(super) standard: &'static dyn Standard,
    /// A field of the credential, as in the registry file and as handed out; NAME=@FILE reads it from a file, where
    /// other users of the machine do not see it 凭证的一项，名称与登记文件相同；名称=@文件 从文件读取
    #[arg(long = "key", value_name = "NAME=VALUE|NAME=@FILE")]
    keys: Vec<Key>,
    /// The time to take for now, such as 2026-04-01T08:15:30+08:00 作为当前时间的时刻
    #[arg(long, value_name = "TIME", value_parser = moment)]
    at: Option<Timestamp>,
}

impl Under {
    /// The credential's fields as given.
    pub(super) fn fields(&self) -> Result<Fields, Failure> {
        let mut fields = Fields::new();
        for Key { name, value } in &self.keys {
            let bytes = value.read(FIELD_MAX_BYTES)?;
            let text = String::from_utf8(bytes).map_err(|_| {
                format!("--key {name}: the file is no UTF-8 text: name the file with the key itself")
            })?;
            // Editors and `echo` end a file with a line break, which is no part of any secret.
            let text = text.trim_end_matches(['\r', '\n']).to_owned();
            if fields.insert(name.clone(), text).is_some() {
                return Err(BadUse(format!("--key {name} is given twice: leave one out")).into());
            }
        }
        match self.standard.card().unknown_field(&fields) {
            Some(words) => Err(bad_use(format!("--key：{words}"))),
            None => Ok(fields),
        }
    }

    /// Now, or the time to take for it.
    pub(super) fn now(&self) -> Timestamp {
        self.at.unwrap_or_else(|| SystemClock.now())
    }
}

/// A credential that cannot be used, with what to do.
pub(super) fn unusable(fault: &CredentialFault) -> Failure {
    let field = fault.field;
    bad_use(format!("the credential's {fault}: give it with --key {field}=VALUE or --key {field}=@FILE"))
}

pub(super) fn standards() -> impl TypedValueParser<Value = &'static dyn Standard> {
    let named = |standard: &&'static dyn Standard| {
        let card = standard.card();
        PossibleValue::new(card.name).help(card.title.0)
    };
    let names: Vec<_> = bowei_standards::all().iter().map(named).collect();
    PossibleValuesParser::new(names)
        .try_map(|name| bowei_standards::by_name(&name).ok_or("this version does not know it"))
}

fn moment(text: &str) -> Result<Timestamp, String> {
    text.parse()
        .map_err(|_| "a time with its offset is expected, such as 2026-04-01T08:15:30+08:00".to_owned())
}

/// One `--key`.
#[derive(Clone)]
struct Key {
    name: String,
    value: Input,
}

impl FromStr for Key {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text
            .split_once('=')
            .filter(|(name, _)| !name.is_empty())
            .ok_or("NAME=VALUE or NAME=@FILE is expected, such as app_id=hz-0001")?;
        Ok(Self { name: name.to_owned(), value: Input::text_or_file(value) })
    }
}

/// Where a text or some bytes come from.
#[derive(Clone, Debug)]
pub(super) enum Input {
    /// The argument itself.
    Text(String),
    /// `@FILE`.
    File(PathBuf),
    /// `-`.
    Stdin,
}

impl FromStr for Input {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(if text == "-" { Self::Stdin } else { Self::text_or_file(text) })
    }
}

impl Input {
    /// `@FILE`, or the text; one that begins with @ is written with two.
    fn text_or_file(text: &str) -> Self {
        match text.strip_prefix('@') {
            Some(literal) if literal.starts_with('@') => Self::Text(literal.to_owned()),
            Some(path) => Self::File(path.into()),
            None => Self::Text(text.to_owned()),
        }
    }

    /// Reads a message or a report, which no file's name is: the @ is forgotten easily.
    pub(super) fn read_message(&self, max_bytes: u64) -> Result<Vec<u8>, Failure> {
        match self {
            Self::Text(text) if Path::new(text).is_file() => Err(bad_use(format!(
                "{text} 是文件名，读取文件请写 @{text} {text} is a file: write @{text} to have it read"
            ))),
            input => input.read(max_bytes),
        }
    }

    /// Reads it, refusing what is larger.
    pub(super) fn read(&self, max_bytes: u64) -> Result<Vec<u8>, Failure> {
        match self {
            Self::Text(text) => Ok(text.clone().into_bytes()),
            Self::File(path) => bounded(open_named(path)?, max_bytes)
                .map_err(|error| format!("{}: {error}", path.display()).into()),
            Self::Stdin => bounded(std::io::stdin().lock(), max_bytes),
        }
    }
}

fn bounded(from: impl Read, max_bytes: u64) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    from.take(max_bytes.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max_bytes {
        return Err(format!("at most {max_bytes} bytes are expected, more came").into());
    }
    Ok(bytes)
}

/// Prints steps in their order, a value of several lines below its name.
pub(super) fn print_steps(steps: &[Step]) -> Result<(), Failure> {
    for Step { name, value } in steps {
        let lines: Vec<_> = value.lines().map(plain).collect();
        let below = if lines.len() > 1 { "\n  " } else { "" };
        print(&format!("{name}：{below}{}", lines.join("\n  ")))?;
    }
    Ok(())
}

/// A text that came from outside, whole, with nothing in it that a terminal would obey.
pub(super) fn plain(text: &str) -> String {
    shown_up_to(text, usize::MAX)
}
