//! The platform's open orders to correct (责令限期改正) on the lot, as the gateway shows them.

use super::platform_api::{Page, TheirOrder};
use bowei_model::FindingKind;
use bowei_model::moment::rfc3339;
use bowei_model::supervision::rule;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What a lot may cure by sending again what the platform lacks.
const ABOUT_MISSING: [FindingKind; 5] = [
    FindingKind::MissingRecord,
    FindingKind::MissingExit,
    FindingKind::MissingPhoto,
    FindingKind::UnmatchedExit,
    FindingKind::PhotoWithoutRecord,
];

/// As the platform had them when it last answered.
#[derive(Default)]
pub(super) struct Orders {
    asked_at: Option<Timestamp>,
    items: Vec<TheirOrder>,
    /// There are more than these.
    more: bool,
    /// Why it could not be asked last.
    why: Option<String>,
}

impl Orders {
    pub(super) fn of(page: Page<TheirOrder>, asked_at: Timestamp) -> Self {
        Self { asked_at: Some(asked_at), items: page.items, more: page.next.is_some(), why: None }
    }

    /// It could not be asked; what it had before is shown still.
    pub(super) fn failed(&mut self, why: String) {
        self.why = Some(why);
    }

    /// Those that are about records that the platform lacks, by id.
    pub(super) fn about_missing(&self) -> BTreeSet<String> {
        let is_about = |order: &&TheirOrder| kind(order).is_some_and(|kind| ABOUT_MISSING.contains(&kind));
        self.items.iter().filter(is_about).map(|order| order.id.clone()).collect()
    }

    /// For the gateway's status.
    pub(super) fn status(&self) -> Value {
        let item = |order: &TheirOrder| {
            let (zh, en) = match kind(order).map(rule) {
                Some(rule) => (rule.title.zh, rule.title.en),
                None => order.rule.as_deref().map_or(("", ""), |name| (name, name)),
            };
            json!({
                "number": order.number, "what": { "zh": zh, "en": en }, "due_at": order.due_at, "state": order.state,
                "state_zh": order.state_zh, "findings": order.findings, "cured": order.cured,
            })
        };
        json!({
            "asked_at": self.asked_at.map(rfc3339), "why": self.why, "more": self.more,
            "items": self.items.iter().map(item).collect::<Vec<_>>(),
        })
    }
}

fn kind(order: &TheirOrder) -> Option<FindingKind> {
    order.rule.as_deref().and_then(FindingKind::from_name)
}
