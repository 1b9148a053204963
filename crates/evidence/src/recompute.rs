//! Finding anew what an order says was found.

use crate::files::{Contents, LotSince};
use crate::fold::{Folded, Identity, identity};
use bowei_model::supervision::order::{IssuedOrder, OrderFinding};
use bowei_model::supervision::{evaluate, rule};
use bowei_model::{Facts, Finding, Statement, rules};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// What became of a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Recomputed {
    /// Found anew from statements, and so was what was doubted about them.
    Doubted,
    /// Found anew from statements; what it rests on was doubted when a message was read, which is not done again here.
    AsRead,
    /// Found anew from statements.
    Folded,
    /// Found anew from the evidence of a day.
    Evaluated,
    /// Not found.
    Missing,
    /// Found otherwise.
    Differs(Box<Finding>),
    /// The model doubts nothing of the kind about any statement, of the lot as it was.
    NotDoubted,
}

/// All that findings are looked for in.
pub(crate) struct Recomputation {
    by_record: BTreeMap<Identity, Finding>,
    by_day: BTreeMap<Identity, Finding>,
    doubted: BTreeSet<Facts>,
}

impl Recomputation {
    pub(crate) fn new(contents: &Contents, folded: Folded) -> Self {
        let rules = contents.rules.as_ref().map(|kept| &kept.rules);
        let days = contents.days.iter().zip(rules.into_iter().cycle());
        let of_days = days.flat_map(|(day, rules)| evaluate(day, rules).findings);
        let doubted = contents.statements.iter().flat_map(|kept| doubts(&kept.statement, &contents.lots));
        Self {
            by_day: of_days.map(|finding| (identity(&finding), finding)).collect(),
            by_record: folded.findings,
            doubted: doubted.collect(),
        }
    }

    /// Looks for a finding of the order.
    pub(crate) fn look_for(&self, order: &IssuedOrder, claimed: &OrderFinding) -> Recomputed {
        let claimed = claimed.finding(&order.content.lot);
        let by_day = rule(claimed.kind).by_day;
        let found = if by_day { &self.by_day } else { &self.by_record };
        match found.get(&identity(&claimed)) {
            None => Recomputed::Missing,
            Some(found) if in_milliseconds(found) != in_milliseconds(&claimed) => {
                Recomputed::Differs(Box::new(found.clone()))
            }
            Some(_) if by_day => Recomputed::Evaluated,
            Some(_) => match origin(&claimed.facts) {
                Origin::Rules if self.doubted.contains(&claimed.facts) => Recomputed::Doubted,
                Origin::Rules => Recomputed::NotDoubted,
                Origin::Reading => Recomputed::AsRead,
                Origin::Fold => Recomputed::Folded,
            },
        }
    }
}

/// Where a doubt comes from.
enum Origin {
    /// The model's rules over one report.
    Rules,
    /// Reading a message, under its standard.
    Reading,
    /// What is known of a record, a device, a count.
    Fold,
}

fn origin(facts: &Facts) -> Origin {
    match facts {
        Facts::OddPlate { .. }
        | Facts::RemainingExceedsTotal { .. }
        | Facts::TimeInFuture { .. }
        | Facts::LateReport { .. }
        | Facts::ReportedAbnormal { .. }
        | Facts::PlateKindMismatch { .. }
        | Facts::ChargingFeeMismatch { .. }
        | Facts::ChargingEnergyImplausible { .. } => Origin::Rules,
        Facts::Sentence { .. }
        | Facts::EndBeforeStart { .. }
        | Facts::PhotoTooSmall { .. }
        | Facts::PhotoCut { .. }
        | Facts::FieldUnset { .. }
        | Facts::FieldBlank { .. }
        | Facts::FieldAbsent { .. }
        | Facts::MalformedJson
        | Facts::SecondsForMilliseconds { .. }
        | Facts::PasswordNotHashed { .. }
        | Facts::UnlistedValue { .. }
        | Facts::WrongLotKind { .. } => Origin::Reading,
        _ => Origin::Fold,
    }
}

/// What the model doubts about a statement, of the lot as it was when that was received.
fn doubts(statement: &Statement, lots: &[LotSince]) -> Vec<Facts> {
    let of_lot = |lot: &&LotSince| statement.report.lot() == Some(&lot.lot.code);
    let known = lots.iter().filter(of_lot).filter(|lot| lot.since <= statement.received_at);
    let Some(at_the_time) = known.max_by_key(|lot| lot.since) else { return Vec::new() };
    let doubts = rules::doubts(&statement.report, &at_the_time.lot, statement.received_at);
    doubts.into_iter().map(|doubt| doubt.facts).collect()
}

/// A finding with its moments as the platform's store has them.
fn in_milliseconds(finding: &Finding) -> Finding {
    let whole = |at: Timestamp| Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at);
    Finding {
        at: whole(finding.at),
        opened_at: whole(finding.opened_at),
        resolved_at: finding.resolved_at.map(whole),
        ..finding.clone()
    }
}
