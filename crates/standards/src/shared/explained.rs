//! What opening a message step by step shows in every standard.

use crate::platform_side::{CredentialFault, Delivery};
use crate::shared::shown_json::SHOWN_MAX_BYTES;
use crate::{Fault, Step};
use bowei_encoding::shown::cut;
use bowei_model::{Report, moment};
use serde_json::Value;

/// What was read of a message, with what is doubted about it and the fields that the text does not name.
pub(crate) fn what_was_read(delivery: &Delivery, steps: &mut Vec<Step>) {
    for reported in &delivery.reports {
        let report = shown_report(&reported.report).to_string();
        steps.push(Step::new("解析结果", cut(&report, SHOWN_MAX_BYTES)));
        steps.extend(reported.doubts.iter().map(|doubt| Step::new("存疑", doubt.in_chinese())));
        if let Some(unnamed) = &reported.unnamed_fields {
            steps.push(Step::new("规范未列的字段", unnamed.clone()));
        }
    }
}

/// A report as JSON for people: its times in +08:00, as everywhere.
pub fn shown_report(report: &Report) -> Value {
    const TIMES: [&str; 8] =
        ["at", "entered_at", "taken_at", "paid_at", "started_at", "ended_at", "valid_from", "valid_until"];
    let mut shown = serde_json::to_value(report).unwrap_or_default();
    for name in TIMES {
        let Some(Value::String(text)) = shown.get_mut(name) else { continue };
        if let Ok(at) = text.parse() {
            *text = moment::rfc3339(at);
        }
    }
    shown
}

/// A proof that was not looked at, for the engineer did not give what it is made with.
pub(crate) fn unproven(proof: &'static str, missing: &str) -> Step {
    Step::new(proof, format!("未核对：未提供 {missing}"))
}

/// The credential that the engineer gave cannot be used.
pub(crate) fn unusable_credential(fault: &CredentialFault) -> Fault {
    Fault::Unreadable { expected: "可用的访问凭证".to_owned(), received: fault.to_string() }
}
