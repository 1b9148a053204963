//! The same JSON in other writings: libraries sign `data` before they, or something on the way, write the body anew. Keys
//! keep their order and numbers their text, which a re-serialisation through floating point would not.

use std::borrow::Cow;

/// How many writings there are at most: what a wrong signature costs.
pub(super) const WRITINGS: usize = LAYOUTS.len() * ESCAPES.len();

/// The blanks that a library puts between a text's pieces.
#[derive(Clone, Copy)]
struct Layout {
    /// Before each level's lines; `None` where all is one line.
    indent: Option<&'static str>,
    colon: &'static str,
    comma: &'static str,
    /// Lists stay on their line, a blank inside their brackets.
    lists_in_line: bool,
}

const fn one_line(colon: &'static str, comma: &'static str) -> Layout {
    Layout { indent: None, colon, comma, lists_in_line: false }
}

const fn pretty(indent: &'static str, colon: &'static str) -> Layout {
    Layout { indent: Some(indent), colon, comma: ",", lists_in_line: false }
}

/// In the order in which they are tried: compact; Python's `json.dumps`; pretty-printed as most libraries do, with four
/// blanks, with tabs, as fastjson and as Jackson do.
const LAYOUTS: [Layout; 7] = [
    one_line(":", ","),
    one_line(": ", ", "),
    pretty("  ", ": "),
    pretty("    ", ": "),
    pretty("\t", ": "),
    pretty("\t", ":"),
    Layout { lists_in_line: true, ..pretty("  ", " : ") },
];

/// Which characters of a string are escaped that need not be.
#[derive(Clone, Copy)]
struct Escape {
    /// Everything beyond ASCII, as `\u….`.
    beyond_ascii: bool,
    /// The slash, as PHP does.
    slash: bool,
    /// `<`, `>`, `&`, `=` and `'`, as Gson does.
    html: bool,
}

const ESCAPES: [Escape; 5] = [
    Escape { beyond_ascii: false, slash: false, html: false },
    Escape { beyond_ascii: true, slash: false, html: false },
    Escape { beyond_ascii: true, slash: true, html: false },
    Escape { beyond_ascii: false, slash: true, html: false },
    Escape { beyond_ascii: false, slash: false, html: true },
];

/// The compact writing, nothing escaped that need not be.
pub(super) fn compact(json: &str) -> String {
    let [layout, ..] = LAYOUTS;
    let [escape, ..] = ESCAPES;
    layout.write(&pieces(json, escape))
}

/// Every writing, the likeliest first.
pub(super) fn writings(json: &str) -> impl Iterator<Item = String> {
    ESCAPES.into_iter().flat_map(move |escape| {
        let pieces = pieces(json, escape);
        LAYOUTS.map(|layout| layout.write(&pieces))
    })
}

/// What stands in the text but for blanks, strings escaped as asked.
fn pieces(json: &str, escape: Escape) -> Vec<Cow<'_, str>> {
    let solid = Tokens(json).filter(|token| !token.starts_with(is_blank));
    solid
        .map(|token| if token.starts_with('"') { escape.write(token) } else { Cow::Borrowed(token) })
        .collect()
}

impl Escape {
    fn write(self, token: &str) -> Cow<'_, str> {
        let plain = serde_json::from_str::<String>(token).and_then(|text| serde_json::to_string(&text));
        // A lone surrogate stays as it stands.
        let Ok(plain) = plain else { return Cow::Borrowed(token) };
        let mut text = String::with_capacity(plain.len());
        for c in plain.chars() {
            let html = self.html && matches!(c, '<' | '>' | '&' | '=' | '\'');
            if html || self.beyond_ascii && !c.is_ascii() {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    text.push_str(&format!("\\u{unit:04x}"));
                }
            } else if self.slash && c == '/' {
                text.push_str("\\/");
            } else {
                text.push(c);
            }
        }
        Cow::Owned(text)
    }
}

impl Layout {
    fn write(self, pieces: &[Cow<'_, str>]) -> String {
        let mut text = String::with_capacity(pieces.iter().map(|piece| piece.len() + 2).sum());
        let mut within: Vec<bool> = Vec::new();
        let mut pieces = pieces.iter().map(Cow::as_ref).peekable();
        while let Some(piece) = pieces.next() {
            match piece {
                "{" | "[" => {
                    text.push_str(piece);
                    let closes = pieces.peek().is_some_and(|next| matches!(*next, "}" | "]"));
                    let in_line = piece == "[" && self.lists_in_line;
                    within.push(in_line);
                    if !closes {
                        self.line(&mut text, &within, in_line);
                    } else if self.lists_in_line {
                        text.push(' ');
                    }
                }
                "}" | "]" => {
                    let in_line = within.pop().unwrap_or_default();
                    if !["{", "[", "{ ", "[ "].into_iter().any(|opened| text.ends_with(opened)) {
                        self.line(&mut text, &within, in_line);
                    }
                    text.push_str(piece);
                }
                "," => {
                    text.push_str(self.comma);
                    let in_line = within.last().copied().unwrap_or_default();
                    self.line(&mut text, &within, in_line);
                }
                ":" => text.push_str(self.colon),
                piece => text.push_str(piece),
            }
        }
        text
    }

    /// A new line, or in a list that stays on its line a blank; nothing where all is one line.
    fn line(self, text: &mut String, within: &[bool], in_line: bool) {
        let Some(indent) = self.indent else { return };
        if in_line {
            text.push(' ');
            return;
        }
        text.push('\n');
        // A list on its line does not move what is in it further in.
        for _ in within.iter().filter(|in_line| !**in_line) {
            text.push_str(indent);
        }
    }
}

/// A string with nothing escaped that need not be.
pub(super) fn plain_string(token: &str) -> Cow<'_, str> {
    let [escape, ..] = ESCAPES;
    if token.contains('\\') { escape.write(token) } else { Cow::Borrowed(token) }
}

pub(super) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// The pieces of a JSON text, which joined give it again: strings with their quotes, runs of blanks, marks, and
/// whatever else stands between these.
pub(super) struct Tokens<'a>(pub(super) &'a str);

impl<'a> Iterator for Tokens<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let first = self.0.chars().next()?;
        let len = match first {
            '"' => string_len(self.0),
            '{' | '}' | '[' | ']' | ',' | ':' => 1,
            _ if is_blank(first) => run_len(self.0, is_blank),
            _ => run_len(self.0, |c| !is_blank(c) && !"\"{}[],:".contains(c)),
        };
        let (token, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(token)
    }
}

fn run_len(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

/// The bytes of the string in front, up to and with its closing quote.
fn string_len(text: &str) -> usize {
    let mut escaped = false;
    for (place, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return place + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compact_text_keeps_the_order_of_keys_and_the_text_of_numbers() {
        let received =
            "[ {\"b\" : 1.50, \"a\":\t1e2 ,\"c\":\"\\u7ca4 B\\/\\\"\\n\" , \"d\":12345678901234567890123}\n]";
        let compacted = "[{\"b\":1.50,\"a\":1e2,\"c\":\"粤 B/\\\"\\n\",\"d\":12345678901234567890123}]";
        assert_eq!(compact(received), compacted);
        assert_eq!(compact(compacted), compacted);
    }

    #[test]
    fn what_stands_in_a_string_is_left_alone() {
        assert_eq!(compact("[\"a , : [ ] { } b\", \"\\ud800\"]"), "[\"a , : [ ] { } b\",\"\\ud800\"]");
    }

    #[test]
    fn every_writing_of_a_text_has_the_same_writings() {
        let first: Vec<_> = writings(r#"[{"a":"粤/B=","b":[],"c":{},"d":[1,2]}]"#).collect();
        assert_eq!(first.len(), WRITINGS);
        for writing in &first {
            assert_eq!(&writings(writing).collect::<Vec<_>>(), &first, "{writing}");
        }
        for writing in [
            r#"[{"a": "粤/B=", "b": [], "c": {}, "d": [1, 2]}]"#,
            r#"[{"a":"\u7ca4/B=","b":[],"c":{},"d":[1,2]}]"#,
            r#"[{"a":"\u7ca4\/B=","b":[],"c":{},"d":[1,2]}]"#,
            r#"[{"a":"粤/B\u003d","b":[],"c":{},"d":[1,2]}]"#,
            "[\n  {\n    \"a\": \"粤/B=\",\n    \"b\": [],\n    \"c\": {},\n    \"d\": [\n      1,\n      2\n    ]\n  }\n]",
            "[ {\n  \"a\" : \"粤/B=\",\n  \"b\" : [ ],\n  \"c\" : { },\n  \"d\" : [ 1, 2 ]\n} ]",
            "[\n\t{\n\t\t\"a\":\"粤/B=\",\n\t\t\"b\":[],\n\t\t\"c\":{},\n\t\t\"d\":[\n\t\t\t1,\n\t\t\t2\n\t\t]\n\t}\n]",
        ] {
            assert!(first.iter().any(|known| known == writing), "{writing}");
        }
    }
}
