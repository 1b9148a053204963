//! Business data as an engineer may see it: whole fields, but no pictures, and not without end.

use crate::shared::{encoding, shown};
use serde_json::Value;

/// How much of it is shown.
const SHOWN_MAX_BYTES: usize = 4 * 1024;

/// Business data with every picture replaced by its size.
pub(super) fn shown_plain(plain: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(plain).ok()?;
    let mut value: Value = serde_json::from_str(text.strip_prefix('\u{feff}').unwrap_or(text)).ok()?;
    take_pictures_out(&mut value);
    let text = value.to_string();
    let cut = shown::cut(&text, SHOWN_MAX_BYTES);
    Some(if cut.len() < text.len() { format!("{cut}…") } else { text })
}

fn take_pictures_out(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(text) if name.trim() == "imgBase64" && !text.trim().is_empty() => {
                        *text = format!("[图片 {} 字节]", bytes_of(text));
                    }
                    value => take_pictures_out(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(take_pictures_out),
        _ => {}
    }
}

/// The bytes that some base64 stands for, told by its length.
fn bytes_of(text: &str) -> usize {
    let base64 = encoding::without_data_uri(text).unwrap_or(text);
    base64.bytes().filter(|b| !b.is_ascii_whitespace() && *b != b'=').count() * 3 / 4
}
