//! A body as an engineer may see it: whole fields, but no pictures, and not without end.

use crate::shared::shown;
use serde_json::Value;

/// How much of it is shown.
const SHOWN_MAX_BYTES: usize = 4 * 1024;

/// A body with every picture replaced by its length.
pub(super) fn shown_body(text: &str) -> Option<String> {
    let mut value: Value = serde_json::from_str(text).ok()?;
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
                    Value::String(text)
                        if matches!(name.trim(), "enter_pic" | "depart_pic") && !text.trim().is_empty() =>
                    {
                        *text = format!("[图片 Base64 {} 个字符]", text.chars().count());
                    }
                    value => take_pictures_out(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(take_pictures_out),
        _ => {}
    }
}
