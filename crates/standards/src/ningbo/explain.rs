//! Opening a message step by step, for an engineer who holds the account's own password and wonders why it is refused.

use super::credential::{self, HASH, PlatformKeys};
use super::envelope::Message;
use super::open;
use crate::platform_side::{Fields, Opened};
use crate::shared::every_lot::EveryLot;
use crate::shared::result_form::FAILURE;
use crate::shared::shown;
use crate::{Fault, Refusal, Step};
use bytes::Bytes;
use http::Request;
use jiff::Timestamp;

/// How much of the opened data is shown.
const SHOWN_MAX_BYTES: usize = 4 * 1024;

/// Opens a message, telling every step; stops at the first that fails.
pub(super) fn explain(
    request: &Request<Bytes>,
    kept: &Fields,
    now: Timestamp,
    steps: &mut Vec<Step>,
) -> Result<(), Refusal> {
    let keys = keys(kept)?;
    let message = Message::read(request)?;
    steps.extend(message.steps());
    let same = message.portname == keys.portname;
    steps.push(Step::new("账号", if same { "与凭证的 portname 一致" } else { "与凭证的 portname 不一致" }));
    if !same {
        return Err(message.refusal(message.unknown_account()));
    }
    let right = keys.password.verify(&message.md5);
    steps.push(Step::new("密码", if right { "一致" } else { "不一致" }));
    if !right {
        return Err(message.refusal(Message::wrong_password()));
    }
    let delivery = match open::open(&message, &EveryLot, now)? {
        Opened::Delivery(delivery) | Opened::Conditional(delivery, _) => delivery,
        Opened::Login(_) | Opened::PlatesToMend(_) => return Ok(()),
    };
    for said in &delivery.reports {
        let report = serde_json::to_string(&said.report).unwrap_or_default();
        steps.push(Step::new("读作", shown::cut(&report, SHOWN_MAX_BYTES)));
        steps.extend(said.doubts.iter().map(|doubt| Step::new("存疑", doubt.in_chinese())));
        if let Some(unnamed) = &said.unnamed_fields {
            steps.push(Step::new("规范未列的字段", unnamed.clone()));
        }
    }
    if let Some(receipt) = delivery.receipt {
        steps.push(Step::new("应答 data", receipt));
    }
    Ok(())
}

/// The credential: its password may be in the clear, from a command line.
fn keys(kept: &Fields) -> Result<PlatformKeys, Refusal> {
    let keys = if kept.contains_key(HASH) {
        PlatformKeys::from_kept(kept)
    } else {
        credential::issue(kept).and_then(|issued| PlatformKeys::from_kept(&issued.kept))
    };
    keys.map_err(|fault| Refusal {
        fault: Fault::Unreadable { expected: "可用的访问凭证".to_owned(), came: fault.to_string() },
        code: FAILURE.to_owned(),
        lot_id: None,
        record_id: None,
        read_as: None,
        steps: Vec::new(),
    })
}
