//! What holds, and what is said of it.

use super::made::{
    at, audit, day, evidence, found, found_elsewhere, key, lot, order, package, rule_set, statements, usual,
};
use bowei_evidence::{EvidenceFiles, Outcome, PublicKey, SigningKey, Verdict, WriteError, Writer, verify};
use bowei_model::supervision::evaluate;
use bowei_model::{Direction, Facts, FindingKind, ParkingSession, Passage, RecordId, Report};
use std::collections::BTreeSet;

fn words(verdict: &Verdict) -> String {
    let steps = verdict.steps.iter().map(|step| format!("{:?} {}\n  {}\n", step.outcome, step.zh, step.en));
    steps.collect()
}

#[test]
fn every_finding_is_found_anew() {
    let statements = statements();
    let findings = [found(&statements), found_elsewhere()].concat();
    let kinds: BTreeSet<_> = findings.iter().map(|finding| finding.kind).collect();
    let expected = BTreeSet::from([
        FindingKind::PlateMismatch,
        FindingKind::DurationMismatch,
        FindingKind::UnlistedValue,
        FindingKind::LateReport,
        FindingKind::UnmatchedExit,
        FindingKind::DuplicateRecord,
        FindingKind::RemainingExceedsTotal,
    ]);
    assert_eq!(kinds, expected, "the morning has what it is there for");
    let bytes = usual();
    let public = key().public().unwrap();
    let verdict = verify(bytes.as_slice(), Some(&public));
    assert!(verdict.holds(), "{}", words(&verdict));
    let of_findings = verdict.steps.iter().filter(|step| step.zh.starts_with("问题 "));
    assert_eq!(of_findings.filter(|step| step.outcome == Outcome::Holds).count(), findings.len());
    let said = words(&verdict);
    for part in [
        "〔2026〕12号",
        "已送达",
        "7 条",
        "1 份附有原文",
        "审计 3 条",
        "1 处",
        "-12 毫秒",
        &public.fingerprint(),
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn the_same_evidence_has_the_same_digest_and_the_same_bytes() {
    assert_eq!(usual(), usual());
    let files = evidence(&statements());
    let kept = files.files().map(|(path, content)| (path.to_owned(), content.to_vec()));
    assert_eq!(EvidenceFiles::from_files(kept).unwrap().sha256(), files.sha256());
    let zip = files.to_zip().unwrap();
    assert_eq!(EvidenceFiles::from_zip(&zip), Some(files));
    assert!(EvidenceFiles::from_zip(&zip[1..]).is_none() && EvidenceFiles::from_zip(&usual()).is_none());
    for path in ["evidence/../key.pem", "order.json", "evidence/other", "/evidence/lots.json"] {
        assert_eq!(EvidenceFiles::from_files([(path.to_owned(), Vec::new())]), None, "{path}");
    }
}

#[test]
fn without_a_key_the_signature_proves_that_it_is_whole_and_no_more() {
    let bytes = usual();
    let verdict = verify(bytes.as_slice(), None);
    assert!(verdict.holds());
    let note = verdict.steps.iter().find(|step| step.zh.contains("未提供公钥")).unwrap();
    assert!(note.en.contains("only that the package is whole"));
    assert!(note.zh.contains(&key().public().unwrap().fingerprint()));
    let other = SigningKey::generate().unwrap().0.public().unwrap();
    let verdict = verify(bytes.as_slice(), Some(&other));
    assert!(!verdict.holds() && verdict.steps[0].en.contains("signature does not hold"));
}

#[test]
fn a_key_is_exchanged_as_pem() {
    let public = key().public().unwrap();
    let pem = public.to_pem();
    assert_eq!(PublicKey::from_pem(&pem), Ok(public));
    assert_eq!(PublicKey::from_pem(&format!("words\r\n{}", pem.replace('\n', "\r\n"))), Ok(public));
    for wrong in
        ["", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", &pem.replace("PUBLIC", "PRIVATE")]
    {
        assert!(PublicKey::from_pem(wrong).is_err(), "{wrong}");
    }
    assert!(SigningKey::from_pkcs8(b"nothing").is_err());
}

#[test]
fn findings_of_days_are_evaluated_anew() {
    let statements = statements();
    let mut files = evidence(&statements);
    let first = statements.iter().filter(|kept| kept.statement.report.record_id() == Some("R1"));
    let mut session = ParkingSession::new(lot().code, RecordId::from("R1"), &statements[0].statement);
    for kept in first {
        match &kept.statement.report {
            Report::Passage(passage) => session.absorb_passage(passage, &kept.statement),
            Report::Photo(photo) => session.absorb_photo(photo, &kept.statement),
            _ => continue,
        };
    }
    let day = day(vec![session]);
    files.day(&day).unwrap();
    let mut findings = evaluate(&day, &rule_set().rules).findings;
    let of_days = findings.len();
    findings.extend(found(&statements));
    let verdict = verify(package(&findings, &files).as_slice(), None);
    assert!(verdict.holds(), "{}", words(&verdict));
    assert!(words(&verdict).contains("停车记录 1 条，其中 1 条与所附上报记录一致"));
    let evaluated = verdict.steps.iter().filter(|step| step.zh.contains("由当日证据按规则集重新得出"));
    assert_eq!(evaluated.count(), of_days);
    // A stay that its statements do not tell.
    let mut other = day.clone();
    other.sessions[0].exits.clear();
    files.day(&other).unwrap();
    let verdict = verify(package(&found(&statements), &files).as_slice(), None);
    assert!(!verdict.holds() && words(&verdict).contains("记录 R1 与其上报记录不符"), "{}", words(&verdict));
}

#[test]
fn what_does_not_follow_from_the_evidence_fails() {
    let statements = statements();
    let findings = found(&statements);
    let files = evidence(&statements);
    let fails = |findings: &[_], files: &EvidenceFiles, part: &str| {
        let verdict = verify(package(findings, files).as_slice(), None);
        assert!(!verdict.holds() && words(&verdict).contains(part), "{part}: {}", words(&verdict));
    };
    // One of a record that nobody spoke of.
    let mut invented = findings.clone();
    invented[0].subject = "record:R9".to_owned();
    fails(&invented, &files, "得不出此问题");
    // One with other facts, and one that was opened earlier.
    let mut otherwise = findings.clone();
    let duration = otherwise.iter_mut().find(|it| it.kind == FindingKind::DurationMismatch).unwrap();
    duration.facts = Facts::DurationMismatch { received: 5, expected: 61 };
    fails(&otherwise, &files, "重算结果不同");
    let mut earlier = findings.clone();
    earlier[0].opened_at = at(1, 0);
    fails(&earlier, &files, "重算结果不同");
    // A doubt that intake is said to have had, and that the model has not.
    let mut doubted = statements.clone();
    let third = &mut doubted[4].statement;
    third.doubts.push(Facts::ReportedAbnormal { memo: None }.into());
    fails(&found(&doubted), &evidence(&doubted), "所附上报记录不存在此问题");
    // A statement from after the issue.
    let mut later = statements.clone();
    let exit = Passage::new(lot().code, RecordId::from("R8"), Direction::Entry, at(8, 0));
    later[4].statement.report = Report::Passage(exit);
    later[4].statement.received_at = at(23, 0) + jiff::SignedDuration::from_hours(48);
    fails(&findings, &evidence(&later), "接收于制发之后");
    // A message that nothing names, another rule set, and another lot's day.
    let mut unnamed = files.clone();
    unnamed.message(b"another".to_vec());
    fails(&findings, &unnamed, "无上报记录提及");
    let mut other_rules = files.clone();
    other_rules.rules(&bowei_evidence::KeptRules { version: 4, ..rule_set() }).unwrap();
    fails(&findings, &other_rules, "规则集版本与文书不符");
    let mut other_lot = files.clone();
    let mut elsewhere = day(Vec::new());
    elsewhere.lot.code = "330502-002".into();
    other_lot.day(&elsewhere).unwrap();
    fails(&findings, &other_lot, "属于另一停车场");
}

#[test]
fn the_lot_is_as_it_was_when_a_statement_was_received() {
    let statements = statements();
    let mut files = evidence(&statements);
    let since = |since, spaces_total| bowei_evidence::LotSince {
        since,
        lot: bowei_model::Lot { spaces_total, ..lot() },
    };
    files.lots(&[since(at(12, 0), 150), since(at(0, 0), 100)]).unwrap();
    let findings = found_elsewhere();
    assert!(verify(package(&findings, &files).as_slice(), None).holds(), "150 spaces came later");
    files.lots(&[since(at(0, 0), 150)]).unwrap();
    assert!(!verify(package(&findings, &files).as_slice(), None).holds());
}

#[test]
fn only_what_was_issued_on_this_evidence_is_written() {
    let files = evidence(&statements());
    let other = order(&found(&statements()), "0".repeat(64));
    assert!(
        matches!(Writer::new(&other, &files), Err(WriteError::OtherEvidence(digest)) if digest == files.sha256())
    );
    let same = order(&found(&statements()), files.sha256());
    let mut bytes = Vec::new();
    Writer::new(&same, &files)
        .unwrap()
        .audit(&audit())
        .unwrap()
        .write(&key(), at(12, 0), &mut bytes)
        .unwrap();
    assert!(verify(bytes.as_slice(), None).holds());
}
