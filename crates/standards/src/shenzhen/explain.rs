//! Opening a message step by step, for an engineer who holds the account and wonders why it is refused.

use super::codes::{Coded, Read, refusal};
use super::credential::{self, PASSWORD, PASSWORD_HASH, PlatformAccount};
use super::envelope::{Content, Message};
use super::login::wrong_user_or_password;
use super::{open, sign};
use crate::platform_side::{Claim, Explained, Fields, Opened};
use crate::shared::every_lot::EveryLot;
use crate::shared::explained::{unproven, unusable_credential, what_was_read};
use crate::{Refusal, Step};
use bytes::Bytes;
use http::Request;
use jiff::Timestamp;

/// Opens a message, telling every step; stops at the first that fails. Whether a token is alive is known to a running
/// platform alone.
pub(super) fn explain(
    request: &Request<Bytes>,
    kept: &Fields,
    now: Timestamp,
    steps: &mut Vec<Step>,
) -> Result<Explained, Refusal> {
    let has_password = kept.contains_key(PASSWORD) || kept.contains_key(PASSWORD_HASH);
    let account = credential::issue(kept)
        .and_then(|issued| PlatformAccount::from_kept(&issued.kept))
        .map_err(|fault| refusal(Coded::from(unusable_credential(&fault)), None, Vec::new()))?;
    let message = Message::read(request)?;
    steps.extend(message.steps());
    let refused = |coded: Coded| refusal(coded, Some(message.read_as()), Vec::new());
    known(&message, &account, steps).map_err(refused)?;
    signature(&message, steps).map_err(refused)?;
    let is_login = matches!(crate::platform_side::Envelope::claim(&message), Claim::Account(_));
    match has_password || !is_login {
        true => password(&message, &account, steps).map_err(refused)?,
        false => steps.push(unproven("密码", PASSWORD)),
    }
    let keys: Vec<_> = account.sm4_key.iter().collect();
    let opened = open::open(&message, &keys, &EveryLot, now)
        .map_err(|refused| refusal(refused, Some(message.read_as()), Vec::new()))?;
    match opened {
        Opened::Delivery(delivery) => what_was_read(&delivery, steps),
        Opened::PlatesToReplenish(asked) => {
            steps.push(Step::new(
                "解析结果",
                format!("查询停车场 {} 于 {} 需补报的车牌", asked.lot, asked.day),
            ));
        }
        Opened::Login(_) => steps.push(Step::new("解析结果", "登录成功，平台将返回 accessToken")),
        Opened::Conditional(..) => {}
    }
    Ok(match has_password || !is_login {
        true => Explained::Whole,
        false => Explained::Partly(
            "可以读取；没有 password，密码未核对",
            "it can be read; without the password it was not looked at whether it is right",
        ),
    })
}

fn known(message: &Message, account: &PlatformAccount, steps: &mut Vec<Step>) -> Read<()> {
    let Claim::Account(user_id) = crate::platform_side::Envelope::claim(message) else {
        steps.push(Step::new("令牌", "形式正确；是否有效由平台在运行时核对，此处不核对"));
        return Ok(());
    };
    let same = *user_id == account.user_id;
    steps.push(Step::new("账号", if same { "与凭证的 user_id 一致" } else { "与凭证的 user_id 不一致" }));
    if same { Ok(()) } else { Err(wrong_user_or_password()) }
}

fn signature(message: &Message, steps: &mut Vec<Step>) -> Read<()> {
    let result = message.check_sign();
    if let Content::Json(json) = &message.content {
        let data = std::str::from_utf8(&json.data).unwrap_or_default();
        // It has no key: whoever sees the data can make it.
        steps.push(Step::new("data 原文的 SM3", sign::sign(data)));
        let compact = sign::compact(data);
        if compact != data {
            steps.push(Step::new("data 紧凑化后的 SM3", sign::sign(&compact)));
        }
        steps.push(Step::new("签名", if result.is_ok() { "一致" } else { "不一致" }));
    }
    result
}

fn password(message: &Message, account: &PlatformAccount, steps: &mut Vec<Step>) -> Read<()> {
    let result = message.check_password(&[account]);
    if matches!(crate::platform_side::Envelope::claim(message), Claim::Account(_)) {
        steps.push(Step::new("密码", if result.is_ok() { "一致" } else { "不一致：应为 base64(SM3(密码))" }));
    }
    result
}
