//! Opening a message step by step, for an engineer who holds the account's own password and wonders why it is refused.

use super::credential::{self, HASH, PASSWORD, PlatformKeys};
use super::envelope::Message;
use super::open;
use crate::platform_side::{Explained, Fields, Opened};
use crate::shared::every_lot::EveryLot;
use crate::shared::explained::{unproven, unusable_credential, what_was_read};
use crate::shared::result_form::FAILURE;
use crate::{Refusal, Step};
use bytes::Bytes;
use http::Request;
use jiff::Timestamp;

/// Opens a message, telling every step; stops at the first that fails.
pub(super) fn explain(
    request: &Request<Bytes>,
    kept: &Fields,
    now: Timestamp,
    steps: &mut Vec<Step>,
) -> Result<Explained, Refusal> {
    let keys = keys(kept)?;
    let message = Message::read(request)?;
    steps.extend(message.steps());
    let same = message.portname == keys.portname;
    steps.push(Step::new("账号", if same { "与凭证的 portname 一致" } else { "与凭证的 portname 不一致" }));
    if !same {
        return Err(message.refusal(message.unknown_account()));
    }
    let has_password = kept.contains_key(PASSWORD) || kept.contains_key(HASH);
    if has_password {
        let right = keys.password.verify(&message.md5);
        steps.push(Step::new("密码", if right { "一致" } else { "不一致" }));
        if !right {
            return Err(message.refusal(Message::wrong_password()));
        }
    } else {
        steps.push(unproven("密码", PASSWORD));
    }
    let delivery = match open::open(&message, &EveryLot, now)? {
        Opened::Delivery(delivery) | Opened::Conditional(delivery, _) => delivery,
        Opened::Login(_) | Opened::PlatesToReplenish(_) => return Ok(Explained::Whole),
    };
    what_was_read(&delivery, steps);
    if let Some(receipt) = delivery.receipt {
        steps.push(Step::new("应答 data", receipt));
    }
    Ok(match has_password {
        true => Explained::Whole,
        false => Explained::Partly(
            "可以读取；没有 portpwd，密码未核对",
            "it can be read; without the portpwd the password was not looked at",
        ),
    })
}

/// The credential: its password may be in the clear, from a command line.
fn keys(kept: &Fields) -> Result<PlatformKeys, Refusal> {
    let keys = if kept.contains_key(HASH) {
        PlatformKeys::from_kept(kept)
    } else {
        credential::issue(kept).and_then(|issued| PlatformKeys::from_kept(&issued.kept))
    };
    keys.map_err(|fault| Refusal::of(unusable_credential(&fault), FAILURE))
}
