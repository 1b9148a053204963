//! JSON as some texts print it: curly quotation marks, a comma forgotten at a line's end, full-width punctuation, a
//! bare word for a value. A lot that copies such an example to the letter should still be understood.
//!
//! Only ever tried after strict reading has failed, and only for these four: whatever else is wrong stays wrong.

use bowei_model::{Doubt, Facts};
use bytes::Bytes;
use serde::de::IgnoredAny;

/// As deep as the JSON reader itself goes.
const DEPTH_MAX: usize = 128;

/// A message's JSON as it came, or mended where that alone makes it readable; and whether it was mended.
pub fn or_mended(body: &Bytes) -> (Bytes, bool) {
    let Ok(text) = std::str::from_utf8(body) else { return (body.clone(), false) };
    if is_json(text.strip_prefix('\u{feff}').unwrap_or(text)) {
        return (body.clone(), false);
    }
    match mended(text) {
        Some(mended) => (Bytes::from(mended), true),
        None => (body.clone(), false),
    }
}

/// What is doubted about every report of a message that had to be mended.
pub fn doubt() -> Doubt {
    Facts::MalformedJson.into()
}

/// Valid JSON made of a text whose only faults are those that the standards' printed examples have; `None` where it
/// is something else. What stands within properly quoted strings is never changed. One pass, linear in the text.
pub fn mended(text: &str) -> Option<String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut mending = Mending { rest: text, out: String::with_capacity(text.len()), within: Vec::new() };
    let mut awaited = Awaited::Value;
    while let Some(c) = mending.rest.chars().next() {
        awaited = mending.step(c, awaited)?;
    }
    let whole = awaited == Awaited::End && mending.within.is_empty();
    let out = mending.out;
    (whole && out != text && is_json(&out)).then_some(out)
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// What should come next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Awaited {
    /// A key; in an object that has just begun, its end too.
    Key,
    Colon,
    /// A value; in a list that has just begun, its end too.
    Value,
    /// A comma, or the end of what we are within.
    End,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Object,
    List,
}

struct Mending<'a> {
    rest: &'a str,
    out: String,
    within: Vec<Within>,
}

impl Mending<'_> {
    /// Takes the next piece, which begins with `c`; `None` where it is not to be mended.
    fn step(&mut self, c: char, awaited: Awaited) -> Option<Awaited> {
        let place = self.within.last().copied();
        match (c, awaited) {
            (' ' | '\t' | '\r' | '\n', _) => {
                self.pass(c, c);
                Some(awaited)
            }
            // A value follows a value: the comma between them was forgotten.
            (_, Awaited::End) if !matches!(c, ',' | '，' | '}' | ']') => {
                self.out.push(',');
                match place? {
                    Within::Object if is_quote(c) => self.string(c).map(|()| Awaited::Colon),
                    Within::Object => None,
                    Within::List => self.value(c),
                }
            }
            (',' | '，', Awaited::End) => {
                self.pass(c, ',');
                Some(match place? {
                    Within::Object => Awaited::Key,
                    Within::List => Awaited::Value,
                })
            }
            (':' | '：', Awaited::Colon) => {
                self.pass(c, ':');
                Some(Awaited::Value)
            }
            ('}', Awaited::Key | Awaited::End) if place == Some(Within::Object) => self.close(c),
            (']', Awaited::Value | Awaited::End) if place == Some(Within::List) => self.close(c),
            (_, Awaited::Key) if is_quote(c) => self.string(c).map(|()| Awaited::Colon),
            (_, Awaited::Value) => self.value(c),
            _ => None,
        }
    }

    fn pass(&mut self, c: char, written: char) {
        self.out.push(written);
        self.rest = self.rest.get(c.len_utf8()..).unwrap_or_default();
    }

    fn close(&mut self, c: char) -> Option<Awaited> {
        self.within.pop()?;
        self.pass(c, c);
        Some(Awaited::End)
    }

    fn value(&mut self, c: char) -> Option<Awaited> {
        match c {
            '{' | '[' => {
                if self.within.len() >= DEPTH_MAX {
                    return None;
                }
                let (within, awaited) = match c {
                    '{' => (Within::Object, Awaited::Key),
                    _ => (Within::List, Awaited::Value),
                };
                self.within.push(within);
                self.pass(c, c);
                Some(awaited)
            }
            _ if is_quote(c) => self.string(c).map(|()| Awaited::End),
            _ => self.word().map(|()| Awaited::End),
        }
    }

    /// A string, whose opening mark `c` is next.
    fn string(&mut self, c: char) -> Option<()> {
        let inner = self.rest.get(c.len_utf8()..)?;
        let (end, mark) = closing(inner, c)?;
        let content = inner.get(..end)?;
        if c == '"' && mark == '"' {
            // Properly quoted: to the byte.
            self.out.push_str(self.rest.get(..end + 2)?);
        } else {
            self.out.push('"');
            let mut escaped = false;
            for inside in content.chars() {
                if inside == '"' && !escaped {
                    self.out.push('\\');
                }
                escaped = inside == '\\' && !escaped;
                self.out.push(inside);
            }
            self.out.push('"');
        }
        self.rest = inner.get(end + mark.len_utf8()..)?;
        Some(())
    }

    /// A number or one of JSON's words as it stands; any other word, as an object's member only, as a string.
    fn word(&mut self) -> Option<()> {
        let line = self.rest.find(ends_a_bare_word).and_then(|end| self.rest.get(..end)).unwrap_or(self.rest);
        let whole = line.trim_matches([' ', '\t']);
        if whole.is_empty() {
            return None;
        }
        if is_json(whole) {
            self.out.push_str(whole);
        } else if self.within.last() == Some(&Within::Object) {
            self.out.push_str(&serde_json::to_string(whole).ok()?);
        } else {
            return None;
        }
        self.rest = self.rest.get(whole.len()..)?;
        Some(())
    }
}

fn ends_a_bare_word(c: char) -> bool {
    matches!(c, ',' | '，' | '{' | '}' | '[' | ']' | '\r' | '\n') || is_quote(c)
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '„' | '‟' | '＂')
}

/// Where a string opened by `opened` ends, and by which mark. A straight mark is closed by a straight one, if what
/// follows that can follow a string; otherwise, and for all other marks, by the first of any kind of which that
/// holds. No string goes beyond its line.
fn closing(inner: &str, opened: char) -> Option<(usize, char)> {
    let mut otherwise = None;
    let mut escaped = false;
    for (at, c) in inner.char_indices() {
        if matches!(c, '\n' | '\r') {
            break;
        }
        if !escaped && is_quote(c) {
            let ends = otherwise.is_none() && can_follow(inner.get(at + c.len_utf8()..)?);
            if c == '"' && opened == '"' {
                return match otherwise {
                    None if ends => Some((at, c)),
                    Some(_) if can_follow(inner.get(at + 1..)?) => Some((at, c)),
                    other => other,
                };
            }
            if ends && opened != '"' {
                return Some((at, c));
            }
            if ends {
                otherwise = Some((at, c));
            }
        }
        escaped = c == '\\' && !escaped;
    }
    otherwise
}

/// Whether a string can end before this.
fn can_follow(rest: &str) -> bool {
    let next = rest.trim_start_matches([' ', '\t']).chars().next();
    next.is_none_or(|c| matches!(c, ',' | '，' | ':' | '：' | '}' | ']' | '\r' | '\n') || is_quote(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read(text: &str) -> Value {
        serde_json::from_str(&mended(text).unwrap()).unwrap()
    }

    #[test]
    fn the_printed_departure_is_read() {
        let printed = "{\n\"portname\":\"admin\",\n\"businessid\":10,\n\"businesstype\":”2”,\n\
            \"freeparklotcount\":20,\n\"vehnum\":\"浙B12345\"\n\"vehtype\":”02”,\n\
            \"parktime\":\"2017-10-01 11:55:00\"\n\"leavetime\":\"2017-10-01 12:00:00\"\n}";
        let expected = json!({
            "portname": "admin", "businessid": 10, "businesstype": "2", "freeparklotcount": 20,
            "vehnum": "浙B12345", "vehtype": "02", "parktime": "2017-10-01 11:55:00",
            "leavetime": "2017-10-01 12:00:00"
        });
        assert_eq!(read(printed), expected);
    }

    #[test]
    fn the_other_printed_examples_are_read() {
        let answer = "{\n\"result\":0\n\"data\":{\"systime\":\"2018-01-01 00:00:00\"}\n}";
        assert_eq!(read(answer), json!({"result": 0, "data": {"systime": "2018-01-01 00:00:00"}}));
        let photo = "{\"imgIndex\":\"1\",\"imageHash\":\"\" \"takeTime\":\"20180101101010\"}";
        assert_eq!(read(photo), json!({"imgIndex": "1", "imageHash": "", "takeTime": "20180101101010"}));
        let signed = "{\n“appid”:”wxd930ea5d5a258f4f”,\n“mch_id”:”10000100”\n}";
        assert_eq!(read(signed), json!({"appid": "wxd930ea5d5a258f4f", "mch_id": "10000100"}));
        assert_eq!(
            read("{“result”:0, “description”:”失败原因”}"),
            json!({"result": 0, "description": "失败原因"})
        );
        let departure = r#"[{ "park_code ":" ATXL/1", "paid_fee":34.5, "pay_type":支付宝 }]"#;
        assert_eq!(
            read(departure),
            json!([{"park_code ": " ATXL/1", "paid_fee": 34.5, "pay_type": "支付宝"}])
        );
    }

    #[test]
    fn a_string_opened_straight_and_closed_curly_is_closed() {
        for text in
            [r#"{"a”:"b”,"c”:"d”}"#, r#"{"a":"b”,"c":"d”}"#, r#"{“a":”b",“c":„d"}"#, "{“a”：“b”，＂c＂：„d‟}"]
        {
            assert_eq!(read(text), json!({"a": "b", "c": "d"}), "{text}");
        }
    }

    #[test]
    fn properly_quoted_strings_are_left_alone() {
        let text = r#"{"a":"他说“好”，走了","b":"x, y: “z”", "c":"\"”\"," "d":支付宝}"#;
        let expected = json!({"a": "他说“好”，走了", "b": "x, y: “z”", "c": "\"”\",", "d": "支付宝"});
        assert_eq!(read(text), expected);
        assert_eq!(read(r#"{“a”:“say "so" now”}"#), json!({"a": "say \"so\" now"}));
    }

    #[test]
    fn bare_words_are_members_of_objects() {
        assert_eq!(
            read("{\"t\":2017-10-01 11:55:00\r\n\"v\":02, \"w\": 支付宝 \"n\":null \"x\":-1.5e3}"),
            json!({"t": "2017-10-01 11:55:00", "v": "02", "w": "支付宝", "n": null, "x": -1.5e3})
        );
        for text in ["<html>", "支付宝", "[a, b]", "{a:1}", "{\"a\":}", "{\"a\" 1}"] {
            assert_eq!(mended(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_valid_or_otherwise_wrong_is_not_mended() {
        for text in [
            r#"{"a":1}"#,
            "{“result”,0}",
            r#"{"a":1,}"#,
            r#"{"a":[1,}"#,
            r#"{"a":"b"#,
            "{“a”:“b\n”}",
            r#"{"a":1 x"#,
            r#"{"a":1}} "b""#,
            r#"{"a":1} {"b":2}"#,
            "",
            "“",
        ] {
            assert_eq!(mended(text), None, "{text}");
        }
        let deep = "[".repeat(DEPTH_MAX + 1) + &"]".repeat(DEPTH_MAX + 1);
        assert_eq!(mended(&deep), None);
    }

    #[test]
    fn a_long_text_takes_no_longer_than_its_length() {
        let text = format!("{{{}", "\"a”,”:“ ".repeat(200_000));
        assert_eq!(mended(&text), None);
    }
}
