//! Any changed byte, any missing or added file: each fails, and what it was is said.

use super::made::{evidence, found, key, order, package, statements, usual};
use bowei_evidence::{Outcome, Writer, verify};
use std::collections::BTreeMap;
use std::io::{Cursor, Read as _, Write as _};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// Files in their order, as any reader of ZIPs has them.
pub fn files(package: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = ZipArchive::new(Cursor::new(package)).unwrap();
    let mut files = Vec::new();
    for number in 0..archive.len() {
        let mut file = archive.by_index(number).unwrap();
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        files.push((file.name().unwrap().into_owned(), content));
    }
    files
}

/// Put together by a common library.
pub fn packed(files: &[(String, Vec<u8>)], method: CompressionMethod) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        writer.start_file(name.as_str(), SimpleFileOptions::default().compression_method(method)).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn fails_and_says(bytes: &[u8], part: &str) {
    let verdict = verify(bytes, Some(&key().public().unwrap()));
    let failed = verdict.steps.iter().filter(|step| step.outcome == Outcome::Fails);
    let said: Vec<_> = failed.map(|step| format!("{} {}", step.zh, step.en)).collect();
    assert!(!verdict.holds() && said.iter().any(|said| said.contains(part)), "{part}: {said:?}");
}

#[test]
fn every_changed_byte_fails() {
    // Small: one finding, its two statements, nothing else.
    let mut of_one = statements();
    of_one.retain(|kept| kept.statement.report.record_id() == Some("R2"));
    let mut files = bowei_evidence::EvidenceFiles::new();
    files.statements(&of_one).unwrap();
    let findings = found(&of_one);
    let order = order(&findings, files.sha256());
    let mut bytes = Vec::new();
    Writer::new(&order, &files).unwrap().write(&key(), super::made::at(12, 0), &mut bytes).unwrap();
    let public = key().public().unwrap();
    let whole = bytes.clone();
    for place in 0..bytes.len() {
        for changed in [whole[place] ^ 0x01, whole[place] ^ 0x80] {
            bytes[place] = changed;
            assert!(!verify(bytes.as_slice(), Some(&public)).holds(), "byte {place}, with the key");
            assert!(!verify(bytes.as_slice(), None).holds(), "byte {place}, without");
        }
        bytes[place] = whole[place];
    }
    for end in 0..whole.len() {
        assert!(!verify(&whole[..end], None).holds(), "cut at {end}");
    }
    for more in
        [[&whole[..], b"\0"].concat(), [b"\0", &whole[..]].concat(), [&whole[..], &whole[..]].concat()]
    {
        assert!(!verify(more.as_slice(), None).holds(), "bytes that are nobody's");
    }
}

#[test]
fn a_missing_an_added_and_a_changed_file_are_named() {
    let whole = files(&usual());
    let stored = |files: &[(String, Vec<u8>)]| packed(files, CompressionMethod::Stored);
    for (name, _) in &whole {
        let without: Vec<_> = whole.iter().filter(|(other, _)| other != name).cloned().collect();
        fails_and_says(&stored(&without), name);
        let mut changed = whole.clone();
        changed.iter_mut().find(|(other, _)| other == name).unwrap().1.push(b' ');
        fails_and_says(&stored(&changed), name);
    }
    for added in [
        "evidence/days/2026-11-20.json",
        "readme.txt",
        "../key.pem",
        "/etc/passwd",
        "evidence/photos/../../x",
        "a\\b",
    ] {
        let mut more = whole.clone();
        more.push((added.to_owned(), b"{}".to_vec()));
        fails_and_says(&stored(&more), added.rsplit(['/', '\\']).next().unwrap());
    }
    // Nothing is missing, added or changed: but it is another file than the one that was signed.
    fails_and_says(&stored(&whole), "结构");
    let mut otherwise = whole.clone();
    otherwise.swap(3, 4);
    fails_and_says(&stored(&otherwise), "次序");
    fails_and_says(&packed(&whole, CompressionMethod::Deflated), "已压缩");
}

/// The same files signed anew by whoever has a key.
pub fn signed_anew(mut files: BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    // The writer writes only what holds. What it wrote is opened, changed, and given a manifest and a signature.
    let evidence: Vec<_> = files
        .iter()
        .map(|(path, content)| (path.clone(), bowei_encoding::sha256_hex(content), content.len()))
        .collect();
    let listed: Vec<_> = evidence
        .iter()
        .filter(|(path, ..)| !path.starts_with("manifest."))
        .map(|(path, sha256, bytes)| format!(r#"{{"path":"{path}","bytes":{bytes},"sha256":"{sha256}"}}"#))
        .collect();
    let fingerprint = key().public().unwrap().fingerprint();
    let manifest = format!(
        r#"{{"format":"bowei-evidence/1","order":"x","made_at":"2026-11-28T00:00:00Z","key_sha256":"{fingerprint}","files":[{}]}}"#,
        listed.join(",")
    );
    let pair = aws_lc_rs::signature::Ed25519KeyPair::from_pkcs8_maybe_unchecked(&super::made::KEPT).unwrap();
    files.insert("manifest.sig".to_owned(), pair.sign(manifest.as_bytes()).as_ref().to_vec());
    files.insert("manifest.json".to_owned(), manifest.into_bytes());
    let first = ["manifest.json", "manifest.sig"];
    let mut in_order: Vec<_> = first.iter().map(|path| ((*path).to_owned(), files[*path].clone())).collect();
    in_order.extend(files.into_iter().filter(|(path, _)| !first.contains(&path.as_str())));
    super::hostile::laid_out(&in_order)
}

#[test]
fn what_is_signed_and_does_not_hold_fails_for_what_it_says() {
    let whole: BTreeMap<_, _> = files(&usual()).into_iter().collect();
    assert!(verify(signed_anew(whole.clone()).as_slice(), None).holds(), "the test's own packing");
    let change = |path: &str, from: &str, to: &str, part: &str| {
        let mut changed = whole.clone();
        let content = changed.get_mut(path).unwrap();
        let text = String::from_utf8(content.clone()).unwrap();
        assert!(text.contains(from), "{path} has no {from}");
        *content = text.replacen(from, to, 1).into_bytes();
        fails_and_says(&signed_anew(changed), part);
    };
    change("order.json", "\"n\":12", "\"n\":13", "所载文书不同");
    change("order.json", "\"case\":", "\"cases\":", "order.json 无法读取");
    change("record.json", "\"state\":\"served\"", "\"state\":\"verified\"", "record.json 核验不通过");
    change("audit.jsonl", "order.issue", "order.serve", "entry 8");
    change("audit.jsonl", "\"seq\":11", "\"seq\":9", "entry 9");
    change("evidence/statements.jsonl", "\"received_at\"", "\"received_at\" ", "证据与制发时不符");
    change("evidence/statements.jsonl", "\"kind\":\"passage\"", "\"kind\":\"flight\"", "line 1");
    change("evidence/clocks.json", "-12", "-9223372036854775808", "the number");
    change("evidence/clocks.json", "2026-11", "9999-11", "the year");
    change("evidence/rules.json", "\"version\":3", "\"version\":4", "规则集版本");
    // Evidence with other bytes fails by its digest, whatever it says.
    let mut photo = whole.clone();
    let path = photo.keys().find(|path| path.starts_with("evidence/photos/")).unwrap().clone();
    photo.get_mut(&path).unwrap().push(0);
    fails_and_says(&signed_anew(photo), "与其摘要不符");
}

#[test]
fn another_packages_parts_do_not_fit() {
    let of_one = package(&found(&statements())[..1], &evidence(&statements()));
    let mut mixed: BTreeMap<_, _> = files(&usual()).into_iter().collect();
    let other = files(&of_one).into_iter().find(|(path, _)| path == "record.json").unwrap();
    mixed.insert(other.0, other.1);
    fails_and_says(&signed_anew(mixed), "所载文书不同");
}
