//! A package of evidence, as an officer and a court verify it: with the command and nothing else.

use crate::support;

use bowei_evidence::{AuditRecord, EvidenceFiles, KeptStatement, SigningKey, Writer, verify};
use bowei_model::supervision::order::{Action, Content, DocumentNumber, Order, OrderFinding, Party, Term};
use bowei_model::{Direction, Lot, LotKind, ParkingSession, Passage, RecordId, Report, Statement, rules};
use bowei_store::{AuditHead, NewAuditEntry};
use jiff::{SignedDuration, Timestamp};
use std::path::Path;
use std::process::Command;
use support::bowei;

fn received() -> Timestamp {
    "2026-11-20T09:00:02+08:00".parse().unwrap()
}

/// Entries as the platform chains them, in the form of a package.
fn audit() -> Vec<AuditRecord> {
    let mut head = AuditHead::EMPTY;
    let mut records = Vec::new();
    for action in ["order.draft", "order.issue"] {
        let entry = NewAuditEntry {
            at: received(),
            user: "zhang".to_owned(),
            source: "command".to_owned(),
            action: action.to_owned(),
            object: "order:o-1".to_owned(),
            ok: true,
            before: String::new(),
            after: "{\"理由\":1}".to_owned(),
        };
        let kept = head.chain(entry.clone());
        let NewAuditEntry { at, user, source, action, object, ok, before, after } = entry;
        records.push(AuditRecord {
            seq: kept.seq,
            at: at.as_millisecond(),
            user,
            source,
            action,
            object,
            ok,
            before,
            after,
            former_hash: bowei_encoding::hex(&head.hash),
            hash: bowei_encoding::hex(&kept.hash),
        });
        head = kept.head();
    }
    records
}

/// A small package, about an exit that came half an hour late and has no entry; and the public key of who signed it.
fn package() -> (Vec<u8>, String) {
    let text = |text: &str| text.to_owned();
    let lot = Lot::new("330502-001".into(), "hz-demo".into(), LotKind::OffStreet);
    let passed = received() - SignedDuration::from_mins(30);
    let report =
        Report::Passage(Passage::new(lot.code.clone(), RecordId::from("R1"), Direction::Exit, passed));
    let doubts = rules::doubts(&report, &lot, received());
    let statement = Statement {
        standard: text("a-standard"),
        provider: "hz-demo".into(),
        sent_at: received(),
        received_at: received(),
        report,
        doubts,
    };
    let mut session = ParkingSession::new(lot.code.clone(), RecordId::from("R1"), &statement);
    let Report::Passage(passage) = &statement.report else { panic!("a passage") };
    session.absorb_passage(passage, &statement);
    let found = session.history();
    assert_eq!(found.len(), 2, "late, and without an entry");
    let mut evidence = EvidenceFiles::new();
    evidence.lots(&[bowei_evidence::LotSince { since: passed, lot: lot.clone() }]).unwrap();
    let message_sha256 = bowei_encoding::sha256_hex(b"{}");
    evidence.statements(&[KeptStatement { message_sha256, statement, unnamed_fields: None }]).unwrap();
    evidence.message(b"{}".to_vec());
    let content = Content {
        case: text("case-1"),
        lot: lot.code.clone(),
        lot_name: lot.name.clone(),
        provider: lot.provider.clone(),
        agency: text("示范市综合行政执法局"),
        title: text("责令限期改正通知书"),
        party: Party { name: text("示范停车公司"), ..Party::default() },
        facts: text("上报的数据有误。"),
        rule_broken: text("《示范市办法》第四条"),
        basis: text("行政处罚法"),
        demand: text("更正"),
        report_back: text("在平台上答复"),
        consequence: text("依法处理"),
        remedies: text("复议、诉讼"),
        contact: text("张三"),
        term: Term::WorkingDays { days: 5, hour: 17 },
        rule_set: 1,
        findings: OrderFinding::numbered(&found),
    };
    let mut order = Order::draft(text("o-1"), content, text("zhang"), received()).unwrap();
    let number = DocumentNumber { year: 2026, n: 12 };
    let issue = Action::Issue { number, evidence_sha256: evidence.sha256() };
    order.act(issue, text("zhang"), received() + SignedDuration::from_hours(1)).unwrap();
    let (key, _) = SigningKey::generate().unwrap();
    let mut bytes = Vec::new();
    let writer = Writer::new(&order, &evidence).unwrap().audit(&audit()).unwrap();
    writer.write(&key, received() + SignedDuration::from_hours(2), &mut bytes).unwrap();
    (bytes, key.public().unwrap().to_pem())
}

/// The command in an empty folder, without an environment; its exit code and what it says.
fn verified(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(bowei().get_program());
    let output = command.arg("verify").args(arguments).current_dir(folder).env_clear().output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

#[test]
fn a_package_is_verified_with_nothing_but_itself() {
    let (bytes, pem) = package();
    let (empty, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = |name: &str, content: &[u8]| {
        let path = elsewhere.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (file, key) = (path("order.zip", &bytes), path("key.pem", pem.as_bytes()));
    let (code, said) = verified(empty.path(), &[&file, "--key", &key]);
    assert_eq!(code, Some(0), "{said}");
    for part in ["结论：证据包核验通过", "问题 1（", "问题 2（", "审计 2 条", "由所给公钥签署"]
    {
        assert!(said.contains(part), "{part}: {said}");
    }
    let (code, said) = verified(empty.path(), &[&file]);
    assert_eq!(code, Some(0), "{said}");
    let fingerprint = bowei_evidence::PublicKey::from_pem(&pem).unwrap().fingerprint();
    assert!(said.contains("未提供公钥") && said.contains(&fingerprint), "{said}");
    // Whole, and signed by somebody else.
    let (other, other_pem) = package();
    let (code, said) = verified(empty.path(), &[&path("other.zip", &other), "--key", &key]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("签名无效") && said.contains("结论：证据包核验未通过"), "{said}");
    let (code, said) = verified(empty.path(), &[&path("words.zip", b"words")]);
    assert_eq!(code, Some(1), "{said}");
    assert_ne!(other_pem, pem);
    let (file, empty_folder) = (file.as_str(), empty.path().to_str().unwrap());
    for bad_use in [
        &[][..],
        &["/no/such/file.zip"],
        &[empty_folder],
        &[file, "--key", "/no/such/key.pem"],
        &[file, "--key", file],
        &[file, "--unknown"],
    ] {
        let (code, said) = verified(empty.path(), bad_use);
        assert_eq!(code, Some(2), "{bad_use:?}: {said}");
    }
    assert_eq!(std::fs::read_dir(empty.path()).unwrap().count(), 0, "nothing is left behind");
}

#[test]
fn every_flipped_byte_of_a_package_fails() {
    let (whole, pem) = package();
    let key = bowei_evidence::PublicKey::from_pem(&pem).unwrap();
    assert!(verify(whole.as_slice(), Some(&key)).holds());
    let mut bytes = whole.clone();
    for place in 0..bytes.len() {
        bytes[place] = !whole[place];
        assert!(!verify(bytes.as_slice(), Some(&key)).holds(), "byte {place}");
        assert!(!verify(bytes.as_slice(), None).holds(), "byte {place}, without a key");
        bytes[place] = whole[place];
    }
}
