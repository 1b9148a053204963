//! Opening a message step by step, for an engineer who holds the account's own key and wonders why it is refused.

use super::credential::{self, KEY, Keys};
use super::envelope::Message;
use super::{open, sign};
use crate::platform_side::{Explained, Fields};
use crate::shared::every_lot::EveryLot;
use crate::shared::explained::{unproven, unusable_credential, what_was_read};
use crate::shared::result_form::FAILURE;
use crate::{Refusal, Step};
use bytes::Bytes;
use http::Request;

/// Opens a message, telling every step; stops at the first that fails.
pub(super) fn explain(
    request: &Request<Bytes>,
    kept: &Fields,
    steps: &mut Vec<Step>,
) -> Result<Explained, Refusal> {
    let keys = credential::issue(kept)
        .and_then(|issued| Keys::from_fields(&issued.kept))
        .map_err(|fault| Refusal::of(unusable_credential(&fault), FAILURE))?;
    let has_key = kept.contains_key(KEY);
    let message = Message::read(request)?;
    steps.extend(message.steps());
    let same = message.port_name == keys.port_name;
    steps.push(Step::new("账号", if same { "与凭证的 port_name 一致" } else { "与凭证的 port_name 不一致" }));
    if !same {
        return Err(message.refusal(message.unknown_account()));
    }
    steps.push(message.sign_began());
    match has_key {
        true => signature(&message, &keys, steps)?,
        false => steps.push(unproven("签名", KEY)),
    }
    message.check_unambiguous().map_err(|fault| message.refusal(fault))?;
    let delivery = open::open(&message, &EveryLot).map_err(|fault| message.refusal(fault))?;
    what_was_read(&delivery, steps);
    Ok(match has_key {
        true => Explained::Whole,
        false => Explained::Partly(
            "可以读取；没有 key，签名未核对",
            "it can be read; without the key the signature was not looked at",
        ),
    })
}

fn signature(message: &Message, keys: &Keys, steps: &mut Vec<Step>) -> Result<(), Refusal> {
    // Only here, where the reader has the key anyway, may the right signature be seen.
    for string in message.strings() {
        steps.push(Step::new("应有的 sign", sign::sign(string, &keys.key)));
    }
    let right = message.is_signed_by(std::iter::once(keys));
    steps.push(Step::new("签名", if right { "一致" } else { "不一致" }));
    if right { Ok(()) } else { Err(message.refusal(message.wrong_signature())) }
}
