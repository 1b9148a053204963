//! Wire cases: data files that say which message gets which answer, run against anything that answers HTTP.
//!
//! README.md beside this file has the form of a case file. A [`Frame`] is a lot vendor's own way of speaking a
//! standard and shares no code with ours; whoever answers is behind [`Answers`].

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, Request, Response};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::Path;

/// Whoever takes messages: the standard alone, or a whole platform.
pub(crate) trait Answers {
    /// The answer to one request.
    fn answer(&mut self, request: Request<Bytes>) -> Response<Bytes>;
}

/// A lot vendor's way of speaking a standard.
pub(crate) trait Frame {
    /// The standard's name, which is that of its folder of cases.
    fn standard(&self) -> &'static str;
    /// The account's credential, as the registry file gives it.
    fn account(&self) -> &'static [(&'static str, &'static str)];
    /// The lots that the registry knows.
    fn lots(&self) -> Lots;
    /// What refusals put in front of a field's name: `data[0].`.
    fn place(&self, options: &Map<String, Value>) -> String;
    /// Makes the request, talking to the platform first where a token is needed.
    fn request(&mut self, message: &Message, platform: &mut dyn Answers) -> Request<Bytes>;
    /// The answer's code for a kind of fault.
    fn code(&self, kind: Kind) -> &'static str;
    /// The whole body of an answer that refuses.
    fn refused(&self, code: &str, why: &str, message: &Message) -> String;
}

/// The lots that the registry knows, by what the standard calls them.
#[derive(Clone, Copy)]
pub(crate) struct Lots {
    /// The account's own.
    pub(crate) yours: &'static [&'static str],
    /// Somebody else's.
    pub(crate) not_yours: &'static str,
    /// Nobody's, though of the right form.
    pub(crate) unknown: &'static str,
}

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    Unreadable,
    Missing,
    WrongType,
    TooLong,
    OutsideList,
    Mismatch,
    UnknownAccount,
    WrongSignature,
    NotYourLot,
    UnknownLot,
}

/// A message to frame.
#[derive(Clone)]
pub(crate) struct Message {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) content: Content,
    /// It is to be signed wrongly.
    pub(crate) sign_is_bad: bool,
    pub(crate) token: Token,
    /// The file's and the case's `options`: whatever the frame alone understands.
    pub(crate) options: Map<String, Value>,
}

/// What a message says.
#[derive(Clone)]
pub(crate) enum Content {
    /// Records: one, unless the case says otherwise.
    Records(Vec<Map<String, Value>>),
    /// The body as it is.
    Raw(String),
}

/// Which token a message shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Token {
    #[default]
    Good,
    Dead,
    None,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "interface and source are there for whoever reads the file")]
struct File {
    interface: String,
    source: String,
    method: String,
    path: String,
    #[serde(default)]
    options: Map<String, Value>,
    base: Map<String, Value>,
    accepted: Value,
    #[serde(default)]
    fields: Vec<Field>,
    #[serde(default)]
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Field {
    name: String,
    expected: String,
    #[serde(default)]
    required: bool,
    /// Though required, it may be there with nothing in it.
    #[serde(default)]
    blank: bool,
    #[serde(default)]
    lot: bool,
    max: Option<usize>,
    fill: Option<String>,
    /// Whether a value of the greatest length is accepted: not so where it must name something that exists.
    full: Option<bool>,
    #[serde(default)]
    values: Vec<Value>,
    #[serde(default)]
    outside: Vec<Value>,
    #[serde(default)]
    wrong: Vec<Value>,
    #[serde(default)]
    codes: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Case {
    name: String,
    set: Map<String, Value>,
    drop: Vec<String>,
    raw: Option<Value>,
    repeat: Option<usize>,
    sign: Option<String>,
    token: Token,
    headers: BTreeMap<String, Option<String>>,
    options: Map<String, Value>,
    method: Option<String>,
    path: Option<String>,
    answer: Expected,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Expected {
    accepted: bool,
    status: Option<u16>,
    body: Option<Value>,
    refused: Option<String>,
    kind: Option<Kind>,
    code: Option<String>,
}

/// Runs every case of the standard's folder under `cases`; the number of cases, or everything that went otherwise.
pub(crate) fn run(frame: &mut dyn Frame, platform: &mut dyn Answers, cases: &Path) -> Result<usize, String> {
    let mut paths: Vec<_> = std::fs::read_dir(cases.join(frame.standard()))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "json"))
        .collect();
    paths.sort();
    let (mut count, mut wrong) = (0, Vec::new());
    for path in paths {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let mut file: File = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut cases = derived(&file, frame);
        cases.append(&mut file.cases);
        count += cases.len();
        for case in cases {
            if let Err(difference) = check(&file, &case, frame, platform) {
                wrong.push(format!("{name}: {}\n{difference}", case.name));
            }
        }
    }
    assert!(count > 0, "no cases in {}", cases.display());
    if wrong.is_empty() {
        Ok(count)
    } else {
        Err(format!("{} of {count} cases:\n\n{}", wrong.len(), wrong.join("\n\n")))
    }
}

fn check(file: &File, case: &Case, frame: &mut dyn Frame, platform: &mut dyn Answers) -> Result<(), String> {
    let mut record = file.base.clone();
    case.drop.iter().for_each(|name| drop(record.shift_remove(name)));
    record.extend(case.set.clone());
    let content = match &case.raw {
        Some(raw) => Content::Raw(text(raw)),
        None => Content::Records(vec![record.clone(); case.repeat.unwrap_or(1)]),
    };
    let mut options = file.options.clone();
    options.extend(case.options.clone());
    let message = Message {
        method: case.method.clone().unwrap_or_else(|| file.method.clone()),
        path: case.path.clone().unwrap_or_else(|| file.path.clone()),
        content,
        sign_is_bad: case.sign.as_deref() == Some("bad"),
        token: case.token,
        options,
    };
    let mut request = frame.request(&message, platform);
    for (name, value) in &case.headers {
        let name: HeaderName = name.parse().unwrap();
        match value {
            Some(value) => drop(request.headers_mut().insert(name, HeaderValue::from_str(value).unwrap())),
            None => drop(request.headers_mut().remove(name)),
        }
    }
    let expected = match &case.answer {
        Expected { body: Some(body), .. } => text(body),
        Expected { refused: Some(why), kind, code, .. } => {
            let code = code.as_deref().or(kind.map(|kind| frame.code(kind)));
            frame.refused(code.expect("a refusal's kind or code"), why, &message)
        }
        Expected { accepted: true, .. } => text(&file.accepted),
        Expected { .. } => panic!("{}: what is the answer?", case.name),
    };
    let expected = record.iter().fold(expected, |text, (name, value)| {
        text.replace(&format!("<{name}>"), value.as_str().unwrap_or(&value.to_string()))
    });
    let expected_status = case.answer.status.unwrap_or(200);

    let answer = platform.answer(request);
    let received = String::from_utf8_lossy(answer.body());
    let kind = answer.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let right = answer.status().as_u16() == expected_status
        && fits(&expected, &received)
        && kind.starts_with("application/json");
    if right {
        return Ok(());
    }
    Err(format!(
        "  expected {expected_status} {expected}\n  came     {} {received} ({kind})",
        answer.status().as_u16()
    ))
}

/// Whether the answer is the one expected; `<*>` stands for anything up to the next quotation mark or comma.
fn fits(expected: &str, received: &str) -> bool {
    let Some((before, after)) = expected.split_once("<*>") else { return expected == received };
    let Some(rest) = received.strip_prefix(before) else { return false };
    let end = rest.find(['"', ',', '}']).unwrap_or(rest.len());
    fits(after, &rest[end..])
}

/// A text, lines of it, or JSON to be written compactly.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n"),
        value => value.to_string(),
    }
}

/// Latin letters, digits and quotes are set off from a Chinese character before them.
fn after_han(text: &str) -> String {
    match text.bytes().next() {
        Some(b'!'..=b'~') => format!(" {text}"),
        _ => text.to_owned(),
    }
}

/// The cases that follow from what a file says of its fields.
fn derived(file: &File, frame: &dyn Frame) -> Vec<Case> {
    let accepted = || Expected { accepted: true, ..Expected::default() };
    let mut cases = vec![Case { name: "as it should be".to_owned(), answer: accepted(), ..Case::default() }];
    for field in &file.fields {
        let (name, expected) = (&field.name, &field.expected);
        let place = format!("{}{name}", frame.place(&file.options));
        let with = |what: &str, value: Value, answer: Expected| Case {
            name: format!("{name} {what}"),
            set: Map::from_iter([(name.clone(), value)]),
            answer,
            ..Case::default()
        };
        let expected = after_han(expected);
        let refused = |kind: Kind, why: String| Expected {
            refused: Some(why),
            code: field.codes.get(key(kind)).cloned(),
            kind: Some(kind),
            ..Expected::default()
        };
        let absent = || match field.required {
            true => refused(Kind::Missing, format!("{place} 缺失：必填，应为{expected}")),
            false => accepted(),
        };
        cases.push(Case { drop: vec![name.clone()], ..with("left out", Value::Null, absent()) });
        cases.last_mut().unwrap().set.clear();
        cases.push(with("null", Value::Null, absent()));
        cases.push(with("blank", " ".into(), if field.blank { accepted() } else { absent() }));
        if field.lot {
            let Lots { not_yours, unknown, .. } = frame.lots();
            let why = format!("{place} 无权限：停车场“{not_yours}”不属于本账号，应为本账号名下的停车场编号");
            cases.push(with("somebody else's", not_yours.into(), refused(Kind::NotYourLot, why)));
            let why = format!("{place} 不存在：没有编号为“{unknown}”的停车场，应为平台已登记的停车场编号");
            cases.push(with("nobody's", unknown.into(), refused(Kind::UnknownLot, why)));
        }
        if let Some(max) = field.max {
            let fill = |count: usize| Value::from(field.fill.as_deref().unwrap_or("车").repeat(count));
            if field.full.unwrap_or(!field.lot) {
                cases.push(with(&format!("of {max} characters"), fill(max), accepted()));
            }
            let over = max + 1;
            let why = format!("{place} 过长：应不超过 {max} 个字符，收到 {over} 个字符");
            let answer = refused(Kind::TooLong, why);
            cases.push(with(&format!("of {over} characters"), fill(over), answer));
        }
        for value in &field.values {
            cases.push(with(&format!("= {value}"), value.clone(), accepted()));
        }
        for value in &field.outside {
            let received = text(value);
            let why = format!("{place} 取值错误：应为{expected}，收到{}", after_han(&received));
            cases.push(with(&format!("= {value}"), value.clone(), refused(Kind::OutsideList, why)));
        }
        for value in &field.wrong {
            let why =
                format!("{place} 类型或格式错误：应为{expected}，收到{}", after_han(&value.to_string()));
            cases.push(with(&format!("= {value}"), value.clone(), refused(Kind::WrongType, why)));
        }
    }
    cases
}

/// A kind's name in `codes`.
fn key(kind: Kind) -> &'static str {
    match kind {
        Kind::Missing => "missing",
        Kind::WrongType => "wrong-type",
        Kind::TooLong => "too-long",
        Kind::OutsideList => "outside-list",
        Kind::NotYourLot => "not-your-lot",
        Kind::UnknownLot => "unknown-lot",
        _ => "",
    }
}

/// A picture of exactly so many bytes, as far as its first and last bytes tell.
pub(crate) fn jpeg(bytes: usize) -> Vec<u8> {
    let mut picture = vec![0xff, 0xd8, 0xff, 0xe0];
    picture.resize(bytes.saturating_sub(2), 0x20);
    picture.extend([0xff, 0xd9]);
    picture
}
