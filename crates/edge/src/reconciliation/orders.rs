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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_shown_by_what_it_is_about() {
        let order = |id: &str, rule: Value| {
            json!({
                "id": id, "number": "湖停改〔2026〕12号", "state": "served", "state_zh": "已送达", "case": "C1",
                "lot": "330502-001", "rule": rule, "due_at": "2026-04-20T17:00:00+08:00", "findings": 7, "cured": 3,
            })
        };
        let items = [
            order("O1", json!("missing-record")),
            order("O2", json!("vacancy-drift")),
            order("O3", json!("of-a-later-version")),
            order("O4", Value::Null),
        ];
        let page = serde_json::from_value(json!({ "items": items, "next": "further" })).unwrap();
        let mut orders = Orders::of(page, Timestamp::UNIX_EPOCH);
        assert_eq!(orders.about_missing(), BTreeSet::from(["O1".to_owned()]));
        orders.failed("503".to_owned());
        let status = orders.status();
        assert_eq!((&status["why"], &status["more"]), (&json!("503"), &json!(true)));
        let titles: Vec<_> = (0..4).map(|place| status["items"][place]["what"]["en"].clone()).collect();
        let missing = rule(FindingKind::MissingRecord).title.en;
        let drift = rule(FindingKind::VacancyDrift).title.en;
        assert_eq!(titles, [missing, drift, "of-a-later-version", ""]);
        let first = &status["items"][0];
        assert_eq!((&first["findings"], &first["cured"]), (&json!(7), &json!(3)));
    }
}
