//! The rule set and the catalogue.

use bowei_model::FindingKind;
use bowei_model::supervision::{CaseSettings, RULES, Rate, RuleSet, rule};
use std::collections::BTreeSet;

#[test]
fn every_kind_has_its_rule() {
    for kind in FindingKind::ALL {
        let rule = rule(kind);
        assert_eq!((rule.kind, rule.id()), (kind, kind.name()));
        assert!(rule.article.starts_with('第') && rule.case.hours >= 1, "{}", rule.id());
        assert!(rule.duties().split('、').all(|duty| rule.article.contains(duty) || duty == "第四条"));
        assert!(
            !["第十六条", "第十七条"].iter().any(|office| rule.duties().contains(office)),
            "{}",
            rule.duties()
        );
        assert!(rule.case.of_hours >= rule.case.hours && rule.case.quiet_hours >= 24, "{}", rule.id());
        for words in [rule.title, rule.evidence, rule.cure] {
            assert!(!words.zh.is_ascii() && words.en.is_ascii(), "{words:?}");
        }
    }
    let titles: BTreeSet<_> = RULES.iter().map(|rule| rule.title.zh).collect();
    assert_eq!(titles.len(), RULES.len());
}

#[test]
fn a_rule_set_says_what_it_changes_and_no_more() {
    let rules: RuleSet = serde_json::from_str(
        r#"{"vacancy_drift": {"alpha": 0.01}, "rates": {"aims": {"photos": 0.9}},
            "cases": {"late-report": {"findings": 50}}}"#,
    )
    .unwrap();
    assert_eq!((rules.vacancy_drift.alpha, rules.vacancy_drift.beta), (0.01, 0.01));
    assert_eq!((rules.rates.aim(Rate::Photos), rules.rates.aim(Rate::Online)), (0.9, 0.95));
    let case = CaseSettings { findings: 50, ..rule(FindingKind::LateReport).case };
    assert_eq!(rules.case(FindingKind::LateReport), case);
    assert_eq!(rules.case(FindingKind::OddPlate), rule(FindingKind::OddPlate).case);
    let written = serde_json::to_string(&rules).unwrap();
    assert_eq!(serde_json::from_str::<RuleSet>(&written).unwrap(), rules);
    assert_eq!(serde_json::from_str::<RuleSet>("{}").unwrap(), RuleSet::default());
    for wrong in [r#"{"vacancy": {}}"#, r#"{"silence": {"alfa": 1}}"#, r#"{"cases": {"no-such-rule": {}}}"#] {
        assert!(serde_json::from_str::<RuleSet>(wrong).is_err(), "{wrong}");
    }
}
