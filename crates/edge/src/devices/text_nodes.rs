//! A document's texts by their paths, from XML or JSON alike: what is left of Hikvision's messages once namespaces,
//! prefixes and the choice of format are forgotten. Entities are not expanded but for the five of XML itself.

use super::texts;
use bowei_encoding::shown::cut;
use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::Value;

/// The deepest nesting that is followed; the messages have six levels.
const DEPTH_MAX: usize = 32;
/// The most texts that are kept; a message with every option has about three hundred.
const LEAVES_MAX: usize = 4_096;
/// The most bytes of one text; none that we read is longer than an id.
const LEAF_MAX_BYTES: usize = 1_024;
/// The most bytes of a path; the longest read has forty. Names of any length above every text would be kept as often.
const PATH_MAX_BYTES: usize = 256;

/// Texts with their paths, such as `ANPR/licensePlate`, in the order of the document. The root is no part of a path.
#[derive(Debug, Default)]
pub(super) struct TextNodes {
    /// The root element's name; empty for JSON without one.
    pub(super) root: String,
    all: Vec<(String, String)>,
}

impl TextNodes {
    /// The first text at `path`, unless it is empty.
    pub(super) fn get(&self, path: &str) -> Option<&str> {
        self.all
            .iter()
            .find(|(at, text)| at.eq_ignore_ascii_case(path) && !text.is_empty())
            .map(|(_, text)| text.as_str())
    }

    /// Whether anything lies below `path`.
    pub(super) fn below(&self, path: &str) -> bool {
        self.all.iter().any(|(at, _)| {
            at.get(..path.len()).is_some_and(|head| head.eq_ignore_ascii_case(path))
                && at.get(path.len()..).is_some_and(|rest| rest.starts_with('/'))
        })
    }

    /// Every text whose path ends with `end`, in the document's order.
    pub(super) fn ending<'a>(&'a self, end: &'a str) -> impl Iterator<Item = &'a str> {
        self.all.iter().filter(move |(at, _)| at.ends_with(end)).map(|(_, text)| text.as_str())
    }

    /// Every text with the last name of its path.
    pub(super) fn named(self) -> Vec<(String, String)> {
        let last = |path: String| path.rsplit('/').next().unwrap_or_default().to_owned();
        self.all.into_iter().map(|(path, text)| (last(path), text)).collect()
    }

    fn keep(&mut self, path: &[String], text: &str) {
        let text = text.trim();
        let path_bytes: usize = path.iter().map(|name| name.len() + 1).sum();
        if self.all.len() < LEAVES_MAX && text.len() <= LEAF_MAX_BYTES && path_bytes <= PATH_MAX_BYTES {
            self.all.push((path.join("/"), text.to_owned()));
        }
    }
}

/// Reads XML as far as it goes: what stands before a flaw is kept, since a message cut off after the plate has said
/// what matters. `None` where there is not even a root, or where a document type is declared, which no camera does.
pub(super) fn of_xml(text: &str) -> Option<TextNodes> {
    let mut reader = Reader::from_str(text);
    let mut leaves = TextNodes::default();
    let mut path: Vec<String> = Vec::new();
    let mut content = String::new();
    loop {
        match reader.read_event() {
            Ok(Event::Start(start)) => {
                let name = start.local_name().into_inner().to_string();
                content.clear();
                if leaves.root.is_empty() {
                    leaves.root = name;
                    continue;
                }
                path.push(name);
                if path.len() > DEPTH_MAX {
                    break;
                }
            }
            Ok(Event::Text(text)) => push(&mut content, &text.xml10_content()),
            Ok(Event::CData(text)) => push(&mut content, &text.xml10_content()),
            Ok(Event::GeneralRef(reference)) => {
                let known = match reference.xml10_content().as_ref() {
                    "amp" => Some('&'),
                    "lt" => Some('<'),
                    "gt" => Some('>'),
                    "quot" => Some('"'),
                    "apos" => Some('\''),
                    _ => reference.resolve_char_ref().ok().flatten(),
                };
                content.extend(known);
            }
            Ok(Event::End(_)) => {
                if path.is_empty() {
                    break;
                }
                leaves.keep(&path, &content);
                content.clear();
                path.pop();
            }
            Ok(Event::DocType(_)) => return None,
            Ok(Event::Eof) | Err(_) => break,
            Ok(_) => {}
        }
    }
    (!leaves.root.is_empty()).then_some(leaves)
}

/// Adds text to an element's content: enough to see that it is too long to be kept, and no more.
fn push(content: &mut String, text: &str) {
    if content.len() <= LEAF_MAX_BYTES {
        content.push_str(cut(text, LEAF_MAX_BYTES + 1));
    }
}

/// The same of JSON: an object with one object in it counts as that one, by its name.
pub(super) fn of_json(value: &Value) -> Option<TextNodes> {
    let object = value.as_object()?;
    let mut leaves = TextNodes::default();
    let inner = object
        .iter()
        .find(|(name, value)| name.eq_ignore_ascii_case("EventNotificationAlert") && value.is_object());
    let (root, start) = inner.map_or((String::new(), value), |(name, value)| (name.clone(), value));
    leaves.root = root;
    walk(start, &mut Vec::new(), &mut leaves);
    Some(leaves)
}

/// The same of a query (`dateTime=…&licensePlate=…`), whose names have no paths: each text stands both at the root and
/// below `under`. `None` where there is none.
pub(super) fn of_query(query: &str, under: &str) -> Option<TextNodes> {
    let mut leaves = TextNodes::default();
    for (name, value) in texts::pairs(query) {
        leaves.keep(std::slice::from_ref(&name), &value);
        leaves.keep(&[under.to_owned(), name], &value);
    }
    (!leaves.all.is_empty()).then_some(leaves)
}

fn walk(value: &Value, path: &mut Vec<String>, leaves: &mut TextNodes) {
    if path.len() > DEPTH_MAX {
        return;
    }
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                path.push(name.clone());
                walk(value, path, leaves);
                path.pop();
            }
        }
        Value::Array(items) => items.iter().for_each(|item| walk(item, path, leaves)),
        Value::String(text) => leaves.keep(path, text),
        Value::Number(number) => leaves.keep(path, &number.to_string()),
        Value::Bool(flag) => leaves.keep(path, if *flag { "true" } else { "false" }),
        Value::Null => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_references_and_what_follows_a_flaw_do_not_matter() {
        let text = "<?xml version=\"1.0\"?><n:A xmlns:n=\"x\"><n:b>1 &amp; &#50;</n:b><c><d><![CDATA[ 浙 ]]></d></c><e>cut";
        let leaves = of_xml(text).unwrap();
        assert_eq!(leaves.root, "A");
        assert_eq!((leaves.get("b"), leaves.get("c/d"), leaves.get("e")), (Some("1 & 2"), Some("浙"), None));
        assert!(leaves.below("c") && !leaves.below("b"));
    }

    #[test]
    fn entities_are_not_expanded_and_depth_has_an_end() {
        assert!(of_xml("<!DOCTYPE a [<!ENTITY x \"xx\">]><a><b>&x;</b></a>").is_none());
        assert!(of_xml("no xml").is_none());
        let deep = "<a>".repeat(100_000);
        assert!(of_xml(&deep).is_some());
        let long =
            format!("<a><{0}><c>x</c></{0}><d>{1}</d><e>y</e></a>", "b".repeat(300), "z".repeat(2_000));
        let leaves = of_xml(&long).unwrap();
        assert_eq!((leaves.all.len(), leaves.get("e")), (1, Some("y")));
    }
}
