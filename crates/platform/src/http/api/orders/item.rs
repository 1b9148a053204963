//! An order as the API shows it.

use super::files::of_order;
use crate::accounts::{Permission, Principal};
use crate::app::App;
use crate::http::api::files::FileItem;
use crate::http::problem::Problem;
use crate::http::{enums, shapes, timestamps};
use crate::office::Kept;
use crate::orders::KeptOrder;
use bowei_model::FindingKind;
use bowei_model::supervision::order::{Action, ActionKind, OrderFinding, OrderState, Party, Term};
use bowei_model::words;
use serde::Serialize;
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// An order.
#[derive(Serialize, ToSchema)]
pub(in crate::http::api) struct OrderItem {
    id: String,
    /// 〔2026〕12号 with what the city sets before it; null of a draft.
    number: Option<String>,
    #[schema(value_type = enums::OrderState)]
    state: OrderState,
    /// The state in Chinese.
    state_zh: &'static str,
    case: String,
    lot: String,
    lot_name: Option<String>,
    provider: String,
    provider_name: Option<String>,
    /// Whom it is addressed to.
    party: String,
    district: String,
    /// Of its findings.
    #[schema(value_type = Option<enums::FindingKind>)]
    rule: Option<FindingKind>,
    /// By when to correct; null before service where the term is in working days.
    due_at: Option<String>,
    drafted_at: String,
    issued_at: Option<String>,
    served_at: Option<String>,
    /// Findings that it still holds against the party.
    findings: usize,
    /// Of these, those that the platform has found cured.
    cured: usize,
    /// Percents of the term that were warned of.
    warned: Vec<u8>,
    /// Findings that were objected to and nobody has decided on.
    undecided: usize,
    /// Whether more time was asked for and nobody has decided.
    extension_asked: bool,
}

/// An order whole.
#[derive(Serialize, ToSchema)]
pub(in crate::http::api) struct OrderPage {
    #[serde(flatten)]
    item: OrderItem,
    /// What it says, part by part.
    content: OrderContent,
    /// What may be done now, by whoever asks.
    #[schema(value_type = Vec<enums::OrderAction>)]
    legal: Vec<ActionKind>,
    /// Everything that was done, the oldest first.
    log: Vec<OrderEntry>,
    /// What was handed in; answers and objections name those that they come with by SHA-256. The bytes are at `/api/v1/files/{id}`.
    files: Vec<FileItem>,
    /// What was found, one by one.
    list: Vec<OrderFindingItem>,
    /// SHA-256 of the evidence as it was at the issue.
    evidence_sha256: Option<String>,
    revision: i64,
}

/// What an order says.
#[derive(Serialize, ToSchema)]
pub(in crate::http::api) struct OrderContent {
    agency: String,
    title: String,
    #[schema(value_type = shapes::OrderParty)]
    party: Party,
    facts: String,
    rule_broken: String,
    basis: String,
    demand: String,
    report_back: String,
    consequence: String,
    remedies: String,
    contact: String,
    /// So many working days after service, or a moment.
    #[schema(value_type = shapes::OrderTerm)]
    term: Term,
    /// The version of the rule set by which it was found.
    rule_set: u64,
}

/// Something that was done.
#[derive(Serialize, ToSchema)]
pub(in crate::http::api) struct OrderEntry {
    at: String,
    /// A login, a token's id, or `clock`.
    by: String,
    #[schema(value_type = enums::OrderAction)]
    action: ActionKind,
    /// The action in Chinese.
    action_zh: &'static str,
    /// All of it.
    #[schema(value_type = shapes::OrderDone)]
    done: Action,
}

/// A finding of an order.
#[derive(Serialize, ToSchema)]
pub(in crate::http::api) struct OrderFindingItem {
    number: u32,
    #[schema(value_type = enums::FindingKind)]
    kind: FindingKind,
    record_id: Option<String>,
    at: String,
    detail: String,
    detail_en: String,
    /// `standing`, `cured`, `struck` or `objected`.
    state: &'static str,
}

/// An order as lists show it.
pub(super) fn item(app: &App, kept: &Kept<KeptOrder>) -> OrderItem {
    let KeptOrder { order, district, warned, .. } = &kept.document;
    let standing = order.standing();
    let uncured = order.verification.as_ref().map(|last| &last.uncured);
    let cured = uncured.map_or(0, |uncured| standing.difference(uncured).count());
    let due_at = order.due_at.or(match order.content.term {
        Term::Moment { due_at } => Some(due_at),
        Term::WorkingDays { .. } => None,
    });
    let known_as = app.registry.snapshot();
    OrderItem {
        id: kept.id.clone(),
        number: kept.document.number(&app.config.papers),
        state: order.state,
        state_zh: order.state.in_chinese(),
        case: order.content.case.clone(),
        lot: order.content.lot.to_string(),
        lot_name: known_as.lot_name(&order.content.lot),
        provider: order.content.provider.to_string(),
        provider_name: known_as.provider_name(&order.content.provider),
        party: order.content.party.name.clone(),
        district: district.clone(),
        rule: order.content.findings.first().map(|finding| finding.kind),
        due_at: due_at.map(timestamps::shown),
        drafted_at: timestamps::shown(order.drafted_at),
        issued_at: order.issue.as_ref().map(|issue| timestamps::shown(issue.at)),
        served_at: order.service.as_ref().map(|service| timestamps::shown(service.at)),
        findings: standing.len(),
        cured,
        warned: warned.iter().copied().collect(),
        undecided: order.undecided().count(),
        extension_asked: order.extensions.iter().any(bowei_model::supervision::order::Extension::is_pending),
    }
}

/// An order whole.
pub(super) async fn page(
    app: &App,
    principal: &Principal,
    kept: &Kept<KeptOrder>,
) -> Result<OrderPage, Problem> {
    let files = of_order(app, &kept.id).await?;
    let order = &kept.document.order;
    let content = &order.content;
    let (struck, standing) = (order.struck(), order.standing());
    let undecided: BTreeSet<u32> = order.undecided().map(|(_, finding)| finding).collect();
    let uncured = order.verification.as_ref().map(|last| &last.uncured);
    let finding = |one: &OrderFinding| OrderFindingItem {
        number: one.number,
        kind: one.kind,
        record_id: one.record_id.as_deref().map(|id| principal.record_id(id)),
        at: timestamps::shown(one.at),
        detail: words::chinese(one.kind, &one.facts),
        detail_en: words::english(one.kind, &one.facts),
        state: match () {
            () if struck.contains(&one.number) => "struck",
            () if undecided.contains(&one.number) => "objected",
            () if standing.contains(&one.number)
                && uncured.is_some_and(|left| !left.contains(&one.number)) =>
            {
                "cured"
            }
            () => "standing",
        },
    };
    let may = |kind: &ActionKind| principal.may(needed(*kind));
    Ok(OrderPage {
        content: OrderContent {
            agency: content.agency.clone(),
            title: content.title.clone(),
            party: content.party.clone(),
            facts: content.facts.clone(),
            rule_broken: content.rule_broken.clone(),
            basis: content.basis.clone(),
            demand: content.demand.clone(),
            report_back: content.report_back.clone(),
            consequence: content.consequence.clone(),
            remedies: content.remedies.clone(),
            contact: content.contact.clone(),
            term: content.term,
            rule_set: content.rule_set,
        },
        legal: order.legal().into_iter().filter(may).collect(),
        log: order
            .log
            .iter()
            .map(|entry| OrderEntry {
                at: timestamps::shown(entry.at),
                by: entry.by.clone(),
                action: entry.done.kind(),
                action_zh: entry.done.kind().in_chinese(),
                done: entry.done.clone(),
            })
            .collect(),
        files: files.iter().map(FileItem::of).collect(),
        list: content.findings.iter().map(finding).collect(),
        evidence_sha256: order.issue.as_ref().map(|issue| issue.evidence_sha256.clone()),
        revision: kept.revision,
        item: item(app, kept),
    })
}

/// What an action needs: the party answers for itself, the office does the rest.
pub(super) fn needed(kind: ActionKind) -> Permission {
    match kind {
        ActionKind::Answer | ActionKind::Object | ActionKind::AskExtension => Permission::OrdersAnswer,
        _ => Permission::OrdersHandle,
    }
}
