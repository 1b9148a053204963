//! A message's JSON as an engineer may see it: whole fields, but neither secrets nor pictures, and not without end.

use bowei_encoding::shown::cut;
use bowei_encoding::without_data_uri;
use serde_json::Value;

/// How much of a message, or of what was read of it, is shown.
pub(crate) const SHOWN_MAX_BYTES: usize = 4 * 1024;

/// What is not shown of a message, by the names of its fields, whatever their case and however deep they are.
#[derive(Clone, Copy)]
pub(crate) struct Hidden {
    /// Fields shown as `***`.
    pub(crate) secrets: &'static [&'static str],
    /// Fields of pictures in base64.
    pub(crate) pictures: &'static [&'static str],
    /// What is shown of a picture.
    pub(crate) picture: fn(&str) -> String,
}

impl Hidden {
    /// Nothing is hidden.
    pub(crate) const NOTHING: Self = Self { secrets: &[], pictures: &[], picture: bytes };
}

/// A picture as the number of its bytes, told by the length of the base64.
fn bytes(text: &str) -> String {
    let base64 = without_data_uri(text).unwrap_or(text);
    let bytes = base64.bytes().filter(|b| !b.is_ascii_whitespace() && *b != b'=').count() * 3 / 4;
    format!("[图片 {bytes} 字节]")
}

/// The JSON without what is hidden; `None` where it is none.
pub(crate) fn shown_json(json: &[u8], hidden: &Hidden) -> Option<String> {
    let text = std::str::from_utf8(json).ok()?;
    let mut value: Value = serde_json::from_str(text.strip_prefix('\u{feff}').unwrap_or(text)).ok()?;
    hide(&mut value, hidden);
    Some(shortened(value.to_string()))
}

/// A text without what lies beyond [`SHOWN_MAX_BYTES`], and a mark where there was more.
pub(crate) fn shortened(text: String) -> String {
    let short = cut(&text, SHOWN_MAX_BYTES);
    if short.len() < text.len() { format!("{short}…") } else { text }
}

fn hide(value: &mut Value, hidden: &Hidden) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut() {
                let is_one_of = |names: &[&str]| names.iter().any(|it| name.trim().eq_ignore_ascii_case(it));
                match value {
                    value if is_one_of(hidden.secrets) => *value = Value::from("***"),
                    Value::String(text) if is_one_of(hidden.pictures) && !text.trim().is_empty() => {
                        *text = (hidden.picture)(text);
                    }
                    value => hide(value, hidden),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| hide(item, hidden)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_fields_are_not_shown() {
        let json = br#"{"a":"x"," PortPwd ":"secret","portpwd":1,"b":[2,{"portpwd":"secret"}]}"#;
        let secret = Hidden { secrets: &["portpwd"], ..Hidden::NOTHING };
        let shown = shown_json(json, &secret).unwrap();
        assert_eq!(shown, r#"{"a":"x"," PortPwd ":"***","portpwd":"***","b":[2,{"portpwd":"***"}]}"#);
        assert_eq!(shown_json(b"portpwd=secret", &secret), None);
        let long = format!(r#"{{"a":"{}"}}"#, "x".repeat(SHOWN_MAX_BYTES));
        assert!(shown_json(long.as_bytes(), &Hidden::NOTHING).unwrap().ends_with("x…"));
    }

    #[test]
    fn pictures_are_shown_by_their_size() {
        let json = r#"[{"img":"data:image/jpeg;base64,/9j/4AAQ","name":"img","other":{"img":" "}}]"#;
        let shown = shown_json(json.as_bytes(), &Hidden { pictures: &["img"], ..Hidden::NOTHING }).unwrap();
        assert_eq!(shown, r#"[{"img":"[图片 6 字节]","name":"img","other":{"img":" "}}]"#);
    }
}
