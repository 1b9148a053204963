//! Opening a message step by step, for an engineer who holds the account's own credential and wonders why it is
//! refused.

use super::call::Call;
use super::credential::{self, CLIENT_SECRET, PlatformKeys, SECRET_HASH, TOKEN_KEY};
use super::login::Login;
use super::open::{self, Refused};
use super::{HIDDEN, Interface};
use crate::platform_side::{CredentialFault, Explained, Fields};
use crate::shared::every_lot::EveryLot;
use crate::shared::explained::{unproven, unusable_credential, what_was_read};
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
) -> Result<Explained, Refused> {
    let has_token_key = kept.contains_key(TOKEN_KEY);
    let keys = keys(kept).map_err(|fault| unusable_credential(&fault))?;
    let interface = Interface::of(request)?;
    if interface == Interface::Token {
        let login = Login::read(request)?;
        steps.extend(login.steps());
        account(login.client_id() == keys.client_id, || login.of_nobody(), steps)?;
        if !has_secret(kept) {
            steps.push(unproven("密钥", CLIENT_SECRET));
            return Ok(Explained::Partly(
                "可以读取；没有 client_secret，密钥未核对",
                "it can be read; without the client_secret the secret was not looked at",
            ));
        }
        let right = login.is_secret_of(&keys);
        steps.push(Step::new("密钥", if right { "一致" } else { "不一致" }));
        return if right { Ok(Explained::Whole) } else { Err(login.wrong_secret().into()) };
    }
    let call = Call::read(interface, request)?;
    steps.extend(call.steps());
    account(call.token.client_id() == keys.client_id, || call.token.of_nobody(), steps)?;
    let checked = match has_token_key {
        true => call.token.check(std::iter::once(&keys.token_key), now),
        false => call.token.check_time(now),
    };
    let verdict = match &checked {
        Ok(()) if has_token_key => "有效".to_owned(),
        Ok(()) => "在有效期内；签名未核对：只有签发令牌的平台才有核对所用的 token_key".to_owned(),
        Err(fault) => format!("无效：{}", fault.received().unwrap_or_default()),
    };
    steps.push(Step::new("令牌核对", verdict));
    checked?;
    body(&call, now, steps)?;
    Ok(match has_token_key {
        true => Explained::Whole,
        false => Explained::Partly(
            "可以读取；令牌的签名未核对",
            "it can be read; whether the token is genuine only its platform knows",
        ),
    })
}

fn has_secret(kept: &Fields) -> bool {
    kept.contains_key(CLIENT_SECRET) || kept.contains_key(SECRET_HASH)
}

/// The account's keys. A vendor has no token key: then there is one that has signed nothing.
fn keys(kept: &Fields) -> Result<PlatformKeys, CredentialFault> {
    let mut keys = credential::issue(kept)?.kept;
    // One beside a secret in the clear is the platform's all the same.
    keys.extend(kept.get_key_value(TOKEN_KEY).map(|(field, key)| (field.clone(), key.clone())));
    PlatformKeys::from_kept(&keys)
}

fn account(same: bool, of_nobody: impl FnOnce() -> Fault, steps: &mut Vec<Step>) -> Result<(), Fault> {
    let reported = if same { "与凭证的 client_id 一致" } else { "与凭证的 client_id 不一致" };
    steps.push(Step::new("账号核对", reported));
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
