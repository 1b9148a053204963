//! Packages made to do harm: each ends with a verdict, soon, and none with a panic.

use super::broken::{files, packed, signed_anew};
use super::made::usual;
use bowei_evidence::verify;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::LazyLock;
use zip::CompressionMethod;

static USUAL: LazyLock<Vec<u8>> = LazyLock::new(usual);
static FILES: LazyLock<BTreeMap<String, Vec<u8>>> = LazyLock::new(|| files(&USUAL).into_iter().collect());

/// Files in the layout of a package, by the numbers of its documentation.
pub fn laid_out(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let (mut bytes, mut central) = (Vec::new(), Vec::new());
    for (name, content) in files {
        let offset = bytes.len() as u32;
        let crc = crc32fast::hash(content).to_le_bytes();
        let size = (content.len() as u32).to_le_bytes();
        let name_len = (name.len() as u16).to_le_bytes();
        let common =
            [&[20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0][..], &crc, &size, &size, &name_len, &[0, 0]].concat();
        bytes.extend([b"PK\x03\x04", &common[..], name.as_bytes(), content].concat());
        let place = offset.to_le_bytes();
        central.extend([b"PK\x01\x02", &[20, 0][..], &common, &[0; 10], &place, name.as_bytes()].concat());
    }
    let (count, begins) = ((files.len() as u16).to_le_bytes(), (bytes.len() as u32).to_le_bytes());
    let size = (central.len() as u32).to_le_bytes();
    bytes.extend(central);
    bytes.extend([b"PK\x05\x06", &[0; 4][..], &count, &count, &size, &begins, &[0, 0]].concat());
    bytes
}

fn fails(bytes: &[u8]) {
    assert!(!verify(bytes, None).holds());
}

#[test]
fn bombs_are_not_unpacked() {
    let zeros = vec![0; 32 * 1024 * 1024];
    let bomb = packed(&[("order.json".to_owned(), zeros)], CompressionMethod::Deflated);
    assert!(bomb.len() < 100_000);
    fails(&bomb);
    // A size that is not there, at the local header and in the directory.
    let mut lies = laid_out(&[("order.json".to_owned(), b"{}".to_vec())]);
    let directory = lies.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    for place in [18, 22, directory + 20, directory + 24] {
        lies[place..place + 4].copy_from_slice(&0xffff_fff0_u32.to_le_bytes());
    }
    fails(&lies);
}

#[test]
fn overlapping_repeated_and_countless_files_fail() {
    // Two entries of the directory for the same bytes.
    let one = laid_out(&[("key.pem".to_owned(), b"x".to_vec())]);
    let directory = one.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    let end = one.len() - 22;
    let mut twice = [&one[..end], &one[directory..end], &one[end..]].concat();
    let at = twice.len();
    twice[at - 14..at - 10].copy_from_slice(&[2, 0, 2, 0]);
    let size = ((end - directory) as u32 * 2).to_le_bytes();
    twice[at - 10..at - 6].copy_from_slice(&size);
    fails(&twice);
    let named = ("key.pem".to_owned(), b"x".to_vec());
    fails(&laid_out(&[named.clone(), named]));
    let many: Vec<_> = (0..20_001).map(|n| (format!("evidence/photos/{n:064x}"), Vec::new())).collect();
    fails(&laid_out(&many));
    fails(&laid_out(&[]));
    fails(b"");
    fails(b"PK\x05\x06");
}

#[test]
fn deep_wide_and_huge_json_fails() {
    let deep = "[".repeat(200_000);
    let wide = format!("[{}1]", "1,".repeat(200_000));
    let string = format!("\"{}\"", "x".repeat(1_000_000));
    let number = "1".repeat(100_000);
    let texts = [
        deep,
        wide,
        string,
        number,
        "{}".to_owned(),
        "null".to_owned(),
        "\u{feff}{}".to_owned(),
        "\"\\ud800\"".to_owned(),
    ];
    for path in FILES.keys().filter(|path| {
        !path.starts_with("manifest.") && !path.contains("photos") && !path.contains("messages")
    }) {
        for text in &texts {
            let mut changed = FILES.clone();
            changed.insert(path.clone(), format!("{text}\n").into_bytes());
            fails(&signed_anew(changed));
        }
    }
}

/// A value of JSON in the place of another.
fn values() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::json;
    prop_oneof![
        Just(json!(null)),
        any::<i64>().prop_map(|number| json!(number)),
        any::<f64>().prop_map(|number| json!(number)),
        (-(1_i64 << 53)..1 << 53).prop_map(|number| json!(number)),
        "\\PC{0,20}".prop_map(|text| json!(text)),
        (1000..8999_u16, 1..12_u8, 1..28_u8)
            .prop_map(|(y, m, d)| json!(format!("{y:04}-{m:02}-{d:02}T00:00:00Z"))),
        Just(json!([])),
        Just(json!({})),
        Just(json!([[1_439, 1]])),
    ]
}

/// Puts `value` in the place of the leaf or the branch that `path` leads to.
fn put(json: &mut serde_json::Value, path: &[usize], value: serde_json::Value) {
    let children = match json {
        serde_json::Value::Array(items) => items.iter_mut().collect::<Vec<_>>(),
        serde_json::Value::Object(fields) => fields.values_mut().collect(),
        _ => Vec::new(),
    };
    let number = children.len();
    match path.split_first() {
        Some((step, rest)) if number > 0 => {
            put(children.into_iter().nth(step % number).unwrap(), rest, value);
        }
        _ => *json = value,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_bytes_end_with_a_verdict(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        prop_assert!(!verify(bytes.as_slice(), None).holds());
    }

    #[test]
    fn a_package_with_any_bytes_in_any_place_ends_with_a_verdict(
        place in any::<proptest::sample::Index>(), bytes in proptest::collection::vec(any::<u8>(), 1..40),
    ) {
        let mut changed = USUAL.clone();
        let place = place.index(changed.len());
        let end = (place + bytes.len()).min(changed.len());
        changed.splice(place..end, bytes);
        prop_assert!(changed == *USUAL || !verify(changed.as_slice(), None).holds());
    }

    #[test]
    fn any_value_in_any_place_of_what_is_signed_ends_with_a_verdict(
        file in any::<proptest::sample::Index>(),
        line in any::<proptest::sample::Index>(),
        path in proptest::collection::vec(0..20_usize, 1..8),
        value in values(),
    ) {
        let jsons: Vec<_> = FILES.keys().filter(|path| path.ends_with(".json") || path.ends_with(".jsonl")).collect();
        let name = jsons[file.index(jsons.len())];
        let text = String::from_utf8(FILES[name].clone()).unwrap();
        let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
        let number = line.index(lines.len());
        let mut json: serde_json::Value = serde_json::from_str(&lines[number]).unwrap();
        put(&mut json, &path, value);
        lines[number] = json.to_string();
        let mut changed = FILES.clone();
        changed.insert(name.clone(), format!("{}\n", lines.join("\n")).into_bytes());
        // Whether it holds depends on what was changed: that it ends without a panic is the point.
        let _ = verify(signed_anew(changed).as_slice(), None);
    }
}
