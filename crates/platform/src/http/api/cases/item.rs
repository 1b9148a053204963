//! A case as the API shows it.

use crate::app::App;
use crate::http::problem::Problem;
use crate::http::{enums, timestamps};
use crate::supervision::attribution;
use crate::supervision::cases::{handling, state};
use bowei_model::supervision::attribution::{Party, Reason};
use bowei_model::supervision::{ActionKind, Handling, HandlingState, Minutes, Severity, rule};
use bowei_model::{Finding, FindingKind, LotCode};
use bowei_store::{CaseRow, finding_hour};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// A case.
#[derive(Serialize, ToSchema)]
pub(in crate::http::api) struct CaseItem {
    id: String,
    /// Null: one above those of several lots of a vendor.
    lot: Option<String>,
    lot_name: Option<String>,
    provider: Option<String>,
    provider_name: Option<String>,
    district: String,
    vendor: String,
    #[schema(value_type = enums::FindingKind)]
    rule: String,
    /// What the rule is called.
    title: &'static str,
    title_en: &'static str,
    /// `notice`, `warning` or `serious`.
    #[schema(value_type = enums::Severity)]
    severity: Severity,
    /// The articles of the Huzhou measures that the rule carries out.
    article: &'static str,
    /// What tells it from the rule's other cases; empty where the rule says it all.
    cause: String,
    /// The case above it.
    parent: Option<String>,
    /// Cases under it.
    children: u64,
    #[schema(value_type = enums::CaseState)]
    state: HandlingState,
    /// `holds` while the fault is there, `quiet` after it.
    condition: String,
    /// Whether the lot's or the platform's absence explains all of it.
    inhibited: bool,
    /// Findings.
    count: i64,
    first_at: String,
    last_at: String,
    /// When there was enough for a case.
    opened_at: String,
    /// A login.
    assignee: Option<String>,
    /// Until when it is hidden; null where it is not.
    paused_until: Option<String>,
    /// The order that was made of it.
    order: Option<String>,
    due_at: Option<String>,
    /// How often the fault had gone and came back.
    relapses: u64,
    /// What a change names as the state that it was worked out from.
    revision: i64,
}

/// A case with what it rests on and what was done.
#[derive(Serialize, ToSchema)]
pub(in crate::http::api) struct CasePage {
    #[serde(flatten)]
    item: CaseItem,
    /// What the rule looks at.
    evidence: &'static str,
    evidence_en: &'static str,
    /// What mends it.
    cure: &'static str,
    cure_en: &'static str,
    /// What was done, the oldest first.
    history: Vec<CaseHistoryItem>,
    /// Every pause; the last may be in force.
    pauses: Vec<CasePause>,
    /// Whose fault it is, where other lots tell; null where that is not asked of the rule, or not known yet.
    attribution: Option<CaseAttribution>,
    /// Findings since the pause that is in force began.
    hidden: i64,
}

/// Whose fault it is.
#[derive(Serialize, ToSchema)]
pub(in crate::http::api) struct CaseAttribution {
    /// Whose most of it is.
    #[schema(value_type = enums::Party)]
    to: Party,
    /// In Chinese.
    words: &'static str,
    /// The same in English.
    words_en: &'static str,
    /// Why.
    reasons: Vec<CaseReason>,
}

/// A reason.
#[derive(Serialize, ToSchema)]
pub(in crate::http::api) struct CaseReason {
    /// In Chinese.
    detail: String,
    /// The same in English.
    detail_en: String,
}

/// Something that was done.
#[derive(Serialize, ToSchema)]
pub(in crate::http::api) struct CaseHistoryItem {
    at: String,
    /// A login; null: the platform.
    by: Option<String>,
    /// What.
    #[schema(value_type = enums::CaseAction)]
    action: ActionKind,
    /// Whom, why, or what was said.
    text: Option<String>,
    #[schema(value_type = enums::CaseState)]
    state: HandlingState,
}

/// A pause.
#[derive(Serialize, ToSchema)]
pub(in crate::http::api) struct CasePause {
    author: String,
    reason: String,
    from: String,
    until: String,
}

/// Cases as lists show them.
pub(super) async fn items(app: &App, cases: Vec<CaseRow>) -> Result<Vec<CaseItem>, Problem> {
    let parents =
        cases.iter().filter(|case| case.condition.lot.is_none()).map(|case| case.condition.id.clone());
    let parents: Vec<_> = parents.collect();
    let children: BTreeMap<_, _> = if parents.is_empty() {
        BTreeMap::new()
    } else {
        app.store.case_children(parents).await?.into_iter().collect()
    };
    Ok(cases.into_iter().map(|case| item(app, case, &children)).collect())
}

fn item(app: &App, case: CaseRow, children: &BTreeMap<String, u64>) -> CaseItem {
    let now = app.clock.now();
    let known = FindingKind::from_name(&case.condition.rule).map(rule);
    let state = state(&case);
    let row = case.condition;
    let known_as = app.registry.snapshot();
    let relapses = serde_json::from_str(&row.condition_doc)
        .ok()
        .and_then(|doc: serde_json::Value| doc.get("relapses")?.as_u64());
    CaseItem {
        children: children.get(&row.id).copied().unwrap_or(0),
        lot_name: row.lot.as_ref().and_then(|lot| known_as.lot_name(lot)),
        lot: row.lot.map(|lot| lot.to_string()),
        provider_name: row.provider.as_ref().and_then(|provider| known_as.provider_name(provider)),
        provider: row.provider.map(|provider| provider.to_string()),
        district: row.district,
        vendor: row.vendor,
        title: known.map_or("", |rule| rule.title.zh),
        title_en: known.map_or("", |rule| rule.title.en),
        severity: known.map_or(Severity::Notice, |rule| rule.severity),
        article: known.map_or("", |rule| rule.article),
        rule: row.rule,
        cause: row.cause,
        parent: row.parent,
        state,
        condition: row.condition,
        inhibited: row.inhibited,
        count: row.count,
        first_at: timestamps::shown(row.first_at),
        last_at: timestamps::shown(row.last_at),
        opened_at: timestamps::shown(row.opened_at),
        assignee: case.assignee,
        paused_until: case.paused_until.filter(|until| *until > now).map(timestamps::shown),
        order: case.order_id,
        due_at: case.due_at.map(timestamps::shown),
        relapses: relapses.unwrap_or(0),
        revision: case.revision,
        id: row.id,
    }
}

/// One case whole.
pub(super) async fn page(app: &App, case: CaseRow) -> Result<CasePage, Problem> {
    let known: Handling = handling(&case)?;
    let now = app.clock.now();
    let hidden =
        match (known.paused(now), case.condition.lot.clone(), FindingKind::from_name(&case.condition.rule)) {
            (Some(pause), Some(lot), Some(kind)) => {
                let since = Minutes::hour_and_bit(pause.from).0;
                let tallies = app.store.finding_tallies(vec![(lot, kind)], since).await?;
                let of_it =
                    tallies.iter().filter(|tally| tally.cause == case.condition.cause && tally.hour >= since);
                of_it.map(|tally| tally.found).sum()
            }
            _ => 0,
        };
    let attribution =
        attribution::of_case(&app.supervision.days, &case, now).await?.and_then(|(kind, of)| {
            let to = of.to()?;
            let reason = |reason: &Reason| CaseReason {
                detail: reason.chinese(kind),
                detail_en: reason.english(kind),
            };
            let reasons = of.reasons.iter().map(reason).collect();
            Some(CaseAttribution { to, words: to.chinese(), words_en: to.english(), reasons })
        });
    let rule = FindingKind::from_name(&case.condition.rule).map(rule);
    let children = if case.condition.lot.is_none() {
        app.store.case_children(vec![case.condition.id.clone()]).await?.into_iter().collect()
    } else {
        BTreeMap::new()
    };
    let history = known.history.into_iter().map(|entry| CaseHistoryItem {
        at: timestamps::shown(entry.at),
        by: entry.by,
        action: entry.action,
        text: entry.text,
        state: entry.state,
    });
    let pauses = known.pauses.into_iter().map(|pause| CasePause {
        author: pause.author,
        reason: pause.reason,
        from: timestamps::shown(pause.from),
        until: timestamps::shown(pause.until),
    });
    Ok(CasePage {
        evidence: rule.map_or("", |rule| rule.evidence.zh),
        evidence_en: rule.map_or("", |rule| rule.evidence.en),
        cure: rule.map_or("", |rule| rule.cure.zh),
        cure_en: rule.map_or("", |rule| rule.cure.en),
        history: history.collect(),
        pauses: pauses.collect(),
        attribution,
        hidden,
        item: item(app, case, &children),
    })
}

/// Which case a finding belongs to: of those of its lot, rule and cause the one that was open when it was.
#[derive(Default)]
pub(in crate::http::api) struct CaseOfFinding(BTreeMap<(LotCode, String, String), Vec<(i64, String)>>);

impl CaseOfFinding {
    /// For findings of a list.
    pub(in crate::http::api) async fn of(app: &App, findings: &[Finding]) -> Result<Self, Problem> {
        let pairs: BTreeSet<_> = findings.iter().map(|one| (Some(one.lot.clone()), one.kind)).collect();
        if pairs.is_empty() {
            return Ok(Self(BTreeMap::new()));
        }
        let cases = app.store.cases_of(pairs.into_iter().collect()).await?;
        let mut known = Self(BTreeMap::new());
        cases.iter().for_each(|case| known.add(case));
        Ok(known)
    }

    fn add(&mut self, case: &CaseRow) {
        let row = &case.condition;
        if let Some(lot) = row.lot.clone() {
            let hour = Minutes::hour_and_bit(row.first_at).0;
            let of = self.0.entry((lot, row.rule.clone(), row.cause.clone())).or_default();
            of.push((hour, row.id.clone()));
            of.sort();
        }
    }

    /// The case's id; none where there were too few findings for one.
    pub(in crate::http::api) fn id(&self, finding: &Finding) -> Option<String> {
        let key = (finding.lot.clone(), finding.kind.name().to_owned(), finding.facts.cause().to_owned());
        let hour = finding_hour(finding);
        let cases = self.0.get(&key)?.iter();
        cases.rev().find(|(first, _)| *first <= hour).map(|(_, id)| id.clone())
    }
}
