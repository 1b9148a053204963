//! Opening a message step by step, for an engineer who holds the account's own credential and wonders why it is
//! refused.

use super::call::Call;
use super::credential::PlatformKeys;
use super::login::Login;
use super::open::{self, Refused};
use super::{HIDDEN, Interface};
use crate::platform_side::Fields;
use crate::shared::every_lot::EveryLot;
use crate::shared::explained::{unusable_credential, what_was_read};
use crate::shared::shown_json::shown_json;
use crate::{Fault, Step};
use bytes::Bytes;
use http::Request;
use jiff::Timestamp;

/// Opens a message, telling every step; stops at the first that fails.
pub(super) fn explain(
    request: &Request<Bytes>,
    kept: &Fields,
    now: Timestamp,
    steps: &mut Vec<Step>,
) -> Result<(), Refused> {
    let keys = PlatformKeys::from_kept(kept).map_err(|fault| unusable_credential(&fault))?;
    let interface = Interface::of(request)?;
    if interface == Interface::Token {
        let login = Login::read(request)?;
        steps.extend(login.steps());
        account(login.client_id() == keys.client_id, || login.of_nobody(), steps)?;
        let right = login.is_secret_of(&keys);
        steps.push(Step::new("密钥", if right { "一致" } else { "不一致" }));
        return if right { Ok(()) } else { Err(login.wrong_secret().into()) };
    }
    let call = Call::read(interface, request)?;
    steps.extend(call.steps());
    account(call.token.client_id() == keys.client_id, || call.token.of_nobody(), steps)?;
    let checked = call.token.check(std::iter::once(&keys.token_key), now);
    let verdict = match &checked {
        Ok(()) => "有效".to_owned(),
        Err(fault) => {
            let why = fault.received().unwrap_or_default();
            format!("无效：{why}（只有签发令牌的平台才有核对签名所用的 token_key）")
        }
    };
    steps.push(Step::new("令牌核对", verdict));
    checked?;
    body(&call, now, steps)
}

fn account(same: bool, of_nobody: impl FnOnce() -> Fault, steps: &mut Vec<Step>) -> Result<(), Fault> {
    let said = if same { "与凭证的 client_id 一致" } else { "与凭证的 client_id 不一致" };
    steps.push(Step::new("账号核对", said));
    if same { Ok(()) } else { Err(of_nobody()) }
}

fn body(call: &Call, now: Timestamp, steps: &mut Vec<Step>) -> Result<(), Refused> {
    steps.push(Step::new("请求体字节数", call.body.len().to_string()));
    if let Some(shown) = shown_json(&call.body, &HIDDEN) {
        steps.push(Step::new("请求体", shown));
    }
    let delivery = open::open(call.interface, &call.body, &EveryLot, now, steps)?;
    what_was_read(&delivery, steps);
    Ok(())
}
