//! What opening a message step by step shows in every standard.

use crate::platform_side::{CredentialFault, Delivery};
use crate::shared::shown_json::SHOWN_MAX_BYTES;
use crate::{Fault, Step};
use bowei_encoding::shown::cut;

/// What was read of a message, with what is doubted about it and the fields that the text does not name.
pub(crate) fn what_was_read(delivery: &Delivery, steps: &mut Vec<Step>) {
    for said in &delivery.reports {
        let report = serde_json::to_string(&said.report).unwrap_or_default();
        steps.push(Step::new("解析结果", cut(&report, SHOWN_MAX_BYTES)));
        steps.extend(said.doubts.iter().map(|doubt| Step::new("存疑", doubt.in_chinese())));
        if let Some(unnamed) = &said.unnamed_fields {
            steps.push(Step::new("规范未列的字段", unnamed.clone()));
        }
    }
}

/// The credential that the engineer gave cannot be used.
pub(crate) fn unusable_credential(fault: &CredentialFault) -> Fault {
    Fault::Unreadable { expected: "可用的访问凭证".to_owned(), received: fault.to_string() }
}
