//! A camera's own id in a message, whoever made it: for cameras whose paths cannot be set.

use super::{ID_MAX, json, multipart, text_nodes, texts};
use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_TYPE;

/// What makers call it, in any case of letters: Dahua, Hikvision, Vzenith and cameras built after it.
const NAMES: [&str; 8] =
    ["DeviceID", "macAddress", "serialno", "seriaIno", "serialNumber", "device_id", "sn", "deviceNo"];
/// The most ids of one message that are looked at.
const IDS_MAX: usize = 8;

/// The ids of its sender that a message has, in its body or in the query of its address.
pub(crate) fn device_ids(query: &str, headers: &HeaderMap, body: &Bytes) -> Vec<String> {
    let text = texts::decoded(body);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let mut found: Vec<(String, String)> = texts::pairs(query).collect();
    let content_type = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    match multipart::boundary(content_type).or_else(|| multipart::boundary_of_body(body)) {
        Some(boundary) => {
            for part in multipart::split(body, boundary) {
                let value = texts::decoded(&part.bytes);
                if value.trim_start().starts_with(['{', '<']) {
                    found.extend(document(&value));
                } else if let Some(name) = part.name() {
                    found.push((name.to_owned(), value.into_owned()));
                }
            }
        }
        None if text.starts_with(['{', '<']) => found.extend(document(text)),
        None => found.extend(texts::pairs(text.trim())),
    }
    // In the order of the names, so that a proper id goes before what may be one.
    let of = |name: &'static str| {
        let named = found.iter().filter(move |(key, _)| key.trim().eq_ignore_ascii_case(name));
        named.filter_map(|(_, value)| texts::name(value, ID_MAX))
    };
    NAMES.into_iter().flat_map(of).take(IDS_MAX).collect()
}

/// Names and texts of a document in JSON or XML, whatever they stand below.
fn document(text: &str) -> Vec<(String, String)> {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let leaves = if text.starts_with('{') {
        json::read(text).and_then(|value| text_nodes::of_json(&value))
    } else {
        text_nodes::of_xml(text)
    };
    leaves.map(text_nodes::TextNodes::named).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(query: &str, body: &'static str) -> Vec<String> {
        device_ids(query, &HeaderMap::new(), &Bytes::from_static(body.as_bytes()))
    }

    #[test]
    fn an_id_is_found_in_every_form() {
        for (query, body, id) in [
            ("", "{\"Picture\": {\"SnapInfo\": {\"DeviceID\": \"D-1\"}}}", "D-1"),
            ("", "{\"AlarmInfoPlate\": {\"serialno\": \"S-1\", \"result\": {},}}", "S-1"),
            (
                "",
                "<?xml version=\"1.0\"?><E><macAddress>00:00:5e:00:53:01</macAddress></E>",
                "00:00:5e:00:53:01",
            ),
            ("", "device_name=IVS&ipaddr=192.168.1.100&serialno=S-2", "S-2"),
            ("deviceid=D-3", "", "D-3"),
            ("", "--b\r\nContent-Disposition: form-data; name=\"serialno\"\r\n\r\nS-4\r\n--b--\r\n", "S-4"),
        ] {
            assert_eq!(ids(query, body), [id], "{body}");
        }
        assert!(ids("", "{\"DeviceID\": \"\", \"DeviceID2\": \"x\"}").is_empty());
        assert!(ids("", "\u{1}\u{2}").is_empty());
    }
}
