//! Whether a platform finds what is wrong and nothing else: for each rule, of the faults injected how many were found, and
//! of the findings how many are faults.

use crate::faults::{Found, InjectedFault};
use bowei_model::FindingKind;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Both figures are to be at least this.
pub const AIM: f64 = 0.99;

/// A finding as the platform tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundFinding {
    /// Its identity.
    pub id: String,
    /// What.
    pub kind: FindingKind,
    /// Where.
    pub lot: String,
    /// The record, where it is about one.
    pub record: Option<String>,
    /// The time of what is doubted.
    pub at: Timestamp,
    /// In words.
    pub detail: String,
}

/// How one rule does.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RuleFigures {
    /// Faults injected that must be found.
    pub injected: usize,
    /// Of these, found.
    pub found: usize,
    /// Of those injected, just beyond the threshold.
    pub at_edge: usize,
    /// Of these, found.
    pub at_edge_found: usize,
    /// What lies just short of the threshold.
    pub near_misses: usize,
    /// Of these, found all the same.
    pub near_misses_found: usize,
    /// Findings that are a fault of the kind.
    pub right: usize,
    /// Findings that follow lawfully from a fault of another kind.
    pub explained: usize,
    /// Findings that nothing explains.
    pub false_alarms: usize,
    /// Of the findings that are right or false, the share of those that are right; none where there are none.
    pub precision: Option<f64>,
    /// Of the faults injected, the share of those that were found; none where there are none.
    pub recall: Option<f64>,
    /// What was missed.
    pub missed: Vec<String>,
    /// The false alarms.
    pub examples: Vec<String>,
}

/// How all rules do.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RuleVerdict {
    /// By rule.
    pub rules: BTreeMap<&'static str, RuleFigures>,
    /// Rules of which no better is expected, and why.
    pub excepted: BTreeMap<&'static str, &'static str>,
}

/// Examples that are shown of what a rule misses, and of its false alarms.
const EXAMPLES_MAX: usize = 5;

/// Holds what was found against what was injected. `excepted` are rules of which no better is expected, with the reason.
pub fn judge_findings(
    injected: &[InjectedFault],
    found: &[FoundFinding],
    excepted: &[(FindingKind, &'static str)],
) -> RuleVerdict {
    let mut by_lot: BTreeMap<&str, Vec<(usize, &InjectedFault)>> = BTreeMap::new();
    for (index, fault) in injected.iter().enumerate() {
        by_lot.entry(fault.lot.as_str()).or_default().push((index, fault));
    }
    let mut rules: BTreeMap<&'static str, RuleFigures> =
        FindingKind::ALL.into_iter().map(|kind| (kind.name(), RuleFigures::default())).collect();
    let mut were_found: BTreeSet<usize> = BTreeSet::new();
    for finding in found {
        let figures = rules.entry(finding.kind.name()).or_default();
        let what = Found {
            kind: finding.kind,
            lot: &finding.lot,
            record: finding.record.as_deref(),
            at: finding.at,
        };
        let here = by_lot.get(finding.lot.as_str()).map(Vec::as_slice).unwrap_or_default();
        let are: Vec<usize> =
            here.iter().filter(|(_, fault)| fault.is(&what)).map(|(index, _)| *index).collect();
        were_found.extend(&are);
        let is_fault =
            |index: &usize| injected.get(*index).is_some_and(|fault| fault.certain && !fault.near_miss);
        if are.iter().any(is_fault) {
            figures.right += 1;
        } else if here.iter().any(|(_, fault)| fault.explains(&what)) {
            figures.explained += 1;
        } else {
            figures.false_alarms += 1;
            figures.examples.push(finding.to_string());
        }
    }
    for (index, fault) in injected.iter().enumerate().filter(|(_, fault)| fault.certain) {
        let Some(kind) = fault.kind else { continue };
        rules.entry(kind.name()).or_default().count(fault, were_found.contains(&index));
    }
    for figures in rules.values_mut() {
        figures.precision = share(figures.right, figures.right + figures.false_alarms);
        figures.recall = share(figures.found, figures.injected);
    }
    RuleVerdict { rules, excepted: excepted.iter().map(|(kind, why)| (kind.name(), *why)).collect() }
}

fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

impl RuleFigures {
    fn count(&mut self, fault: &InjectedFault, is_found: bool) {
        let one = usize::from(is_found);
        if fault.near_miss {
            self.near_misses += 1;
            self.near_misses_found += one;
            return;
        }
        self.injected += 1;
        self.found += one;
        if fault.at_edge {
            self.at_edge += 1;
            self.at_edge_found += one;
        }
        if !is_found {
            self.missed.push(fault.to_string());
        }
    }

    /// Whether both figures are what they are to be.
    pub fn is_good(&self) -> bool {
        let good = |share: Option<f64>| share.is_none_or(|share| share >= AIM);
        good(self.precision) && good(self.recall)
    }
}

impl RuleVerdict {
    /// The rules that do worse than they should and are not excepted.
    pub fn bad(&self) -> Vec<&'static str> {
        let is_bad = |(rule, figures): &(&&'static str, &RuleFigures)| {
            !figures.is_good() && !self.excepted.contains_key(**rule)
        };
        self.rules.iter().filter(is_bad).map(|(rule, _)| *rule).collect()
    }
}

impl fmt::Display for InjectedFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rfc3339 = bowei_model::moment::rfc3339;
        write!(f, "{} {} – {}", self.lot, rfc3339(self.from), rfc3339(self.to))?;
        self.records.iter().try_for_each(|record| write!(f, " {record}"))
    }
}

impl fmt::Display for FoundFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { lot, record, at, detail, .. } = self;
        let record = record.as_deref().unwrap_or_default();
        write!(f, "{lot} {} {record} {detail}", bowei_model::moment::rfc3339(*at))
    }
}

impl fmt::Display for RuleVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<29}{:>9}{:>7}{:>11}{:>9}{:>9}{:>13}{:>12}",
            "rule", "injected", "found", "precision", "recall", "at edge", "near misses", "also found"
        )?;
        let shown = |share: Option<f64>| share.map_or("–".to_owned(), |share| format!("{share:.3}"));
        for (rule, figures) in &self.rules {
            let edge = format!("{}/{}", figures.at_edge_found, figures.at_edge);
            let near = format!("{}/{}", figures.near_misses_found, figures.near_misses);
            writeln!(
                f,
                "{rule:<29}{:>9}{:>7}{:>11}{:>9}{edge:>9}{near:>13}{:>12}{}",
                figures.injected,
                figures.found,
                shown(figures.precision),
                shown(figures.recall),
                figures.explained,
                if figures.is_good() { "" } else { "  ←" },
            )?;
        }
        for rule in self.rules.iter().filter(|(_, figures)| !figures.is_good()) {
            let (rule, figures) = rule;
            if let Some(why) = self.excepted.get(rule) {
                writeln!(f, "{rule}: 已知 expected: {why}")?;
            }
            for missed in figures.missed.iter().take(EXAMPLES_MAX) {
                writeln!(f, "{rule} 漏报 missed: {missed}")?;
            }
            for example in figures.examples.iter().take(EXAMPLES_MAX) {
                writeln!(f, "{rule} 误报 false alarm: {example}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(1_775_000_000).unwrap() + SignedDuration::from_hours(hour)
    }

    fn fault(kind: FindingKind, hour: i64, record: Option<&str>) -> InjectedFault {
        InjectedFault {
            kind: Some(kind),
            lot: "L1".into(),
            from: at(hour),
            to: at(hour),
            effects_to: at(hour),
            records: record.map(str::to_owned).into_iter().collect(),
            touched: BTreeSet::new(),
            at_edge: false,
            near_miss: false,
            certain: true,
            also: BTreeSet::new(),
        }
    }

    fn finding(kind: FindingKind, hour: i64, record: Option<&str>) -> FoundFinding {
        FoundFinding {
            id: String::new(),
            kind,
            lot: "L1".to_owned(),
            record: record.map(str::to_owned),
            at: at(hour),
            detail: String::new(),
        }
    }

    #[test]
    fn what_is_missed_made_up_or_explained_is_told_apart() {
        use FindingKind::{LateReport, MissingExit, OddPlate, VacancyDrift};
        let also = BTreeSet::from([VacancyDrift]);
        let injected = [
            fault(OddPlate, 0, Some("a")),
            fault(OddPlate, 0, Some("b")),
            InjectedFault { near_miss: true, ..fault(OddPlate, 0, Some("c")) },
            InjectedFault { also, effects_to: at(300), ..fault(MissingExit, 0, Some("d")) },
            InjectedFault { certain: false, ..fault(LateReport, 0, Some("e")) },
        ];
        let found = [
            finding(OddPlate, 0, Some("a")),
            finding(OddPlate, 0, Some("a")),
            finding(OddPlate, 0, Some("c")),
            finding(OddPlate, 0, Some("nobody")),
            finding(MissingExit, 200, Some("d")),
            finding(VacancyDrift, 200, None),
            finding(VacancyDrift, 900, None),
            finding(LateReport, 0, Some("e")),
        ];
        let verdict = judge_findings(&injected, &found, &[(MissingExit, "why")]);
        let of = |kind: FindingKind| &verdict.rules[kind.name()];
        let odd = of(OddPlate);
        assert_eq!((odd.injected, odd.found, odd.right, odd.false_alarms), (2, 1, 2, 2));
        assert_eq!((odd.near_misses, odd.near_misses_found, odd.recall), (1, 1, Some(0.5)));
        assert_eq!((of(MissingExit).recall, of(MissingExit).precision), (Some(1.0), Some(1.0)));
        assert_eq!((of(VacancyDrift).explained, of(VacancyDrift).false_alarms), (1, 1));
        assert_eq!(
            (of(LateReport).injected, of(LateReport).explained, of(LateReport).precision),
            (0, 1, None)
        );
        assert_eq!(verdict.bad(), ["odd-plate", "vacancy-drift"]);
        assert!(verdict.to_string().contains("nobody"), "{verdict}");
    }
}
