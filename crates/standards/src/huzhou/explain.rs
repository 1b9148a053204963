//! Opening a message step by step, for an engineer who holds the account's own keys and wonders why it is refused.

use super::credential::{self, PRIVATE_KEY, PlatformKeys, SECRET_KEY};
use super::envelope::{Message, refusal, sign};
use super::{HIDDEN, Interface, blocks, open};
use crate::platform_side::{CredentialFault, Delivery, Explained, Fields};
use crate::shared::every_lot::EveryLot;
use crate::shared::explained::{unproven, unusable_credential, what_was_read};
use crate::shared::shown_json::{SHOWN_MAX_BYTES, shown_json};
use crate::{Fault, Refusal, Step};
use bowei_encoding::shown;
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
    let refused = |fault| refusal(fault, Vec::new());
    let (has_secret, has_private_key) = (kept.contains_key(SECRET_KEY), kept.contains_key(PRIVATE_KEY));
    let keys = keys(kept).map_err(|fault| refused(unusable_credential(&fault)))?;
    let message = Message::read(request)?;
    steps.extend(message.steps(now));
    account(&message, &keys, steps).map_err(refused)?;
    match has_secret {
        true => signature(&message, &keys, steps).map_err(refused)?,
        false => steps.extend([message.signature_step(), unproven("签名", SECRET_KEY)]),
    }
    window(&message, now, steps).map_err(refused)?;
    if !has_private_key && !message.data.says_nothing() {
        steps.push(Step::new("解密", "没有私钥，未解密：私钥只在平台一方"));
        return Ok(match has_secret {
            true => Explained::Partly(
                "签名、时间一致；没有私钥，未解密",
                "signature and time are right; without the private key it was not decrypted",
            ),
            false => Explained::Partly(
                "时间一致；没有 secret_key，签名未核对；没有私钥，未解密",
                "the time is right; without the secret_key the signature was not looked at, without the private key it was not \
                 decrypted",
            ),
        });
    }
    let delivery = data(&message, &keys, steps).map_err(|fault| Refusal {
        lot_id: fault.lot_id,
        record_id: fault.record_id,
        read_as: fault.read_as,
        ..refused(fault.fault)
    })?;
    what_was_read(&delivery, steps);
    Ok(match has_secret {
        true => Explained::Whole,
        false => Explained::Partly(
            "可以读取；没有 secret_key，签名未核对",
            "it can be read; without the secret_key the signature was not looked at",
        ),
    })
}

/// The account's keys. A vendor has no private key: then there is one that opens nothing.
fn keys(kept: &Fields) -> Result<PlatformKeys, CredentialFault> {
    if kept.contains_key(PRIVATE_KEY) && kept.contains_key(SECRET_KEY) {
        return PlatformKeys::from_kept(kept);
    }
    credential::issue(kept).and_then(|issued| PlatformKeys::from_kept(&issued.kept))
}

fn account(message: &Message, keys: &PlatformKeys, steps: &mut Vec<Step>) -> Result<(), Fault> {
    let same = message.app_id == keys.app_id;
    steps.push(Step::new("账号", if same { "与凭证的 app_id 一致" } else { "与凭证的 app_id 不一致" }));
    if same {
        return Ok(());
    }
    Err(Fault::UnknownAccount { field: "appId", received: shown::shown(&message.app_id) })
}

fn signature(message: &Message, keys: &PlatformKeys, steps: &mut Vec<Step>) -> Result<(), Fault> {
    steps.push(message.signature_step());
    // Only here, where the reader has the SecretKey anyway, may the right signature be seen.
    for text in message.strings_to_sign() {
        steps.push(Step::new("应有的 signature", sign(&keys.secret, &text)));
    }
    let right = message.is_signed_by(std::iter::once(&keys.secret));
    steps.push(Step::new("签名", if right { "一致" } else { "不一致" }));
    if right { Ok(()) } else { Err(message.wrong_signature()) }
}

fn window(message: &Message, now: Timestamp, steps: &mut Vec<Step>) -> Result<(), Fault> {
    let result = message.check_window(now);
    steps.push(Step::new(
        "时间窗口",
        match (&result, message.looks_like_seconds()) {
            (Ok(()), _) => "在 ±5 分钟之内",
            (Err(_), true) => "超出 ±5 分钟：timestamp 像是秒，应为毫秒",
            (Err(_), false) => "超出 ±5 分钟",
        },
    ));
    result
}

fn data(message: &Message, keys: &PlatformKeys, steps: &mut Vec<Step>) -> Result<Delivery, open::Refused> {
    if message.interface == Interface::Heartbeat && message.data.says_nothing() {
        steps.push(Step::new("业务参数", "无"));
        return Ok(super::heartbeat::delivery(None));
    }
    message.check_blocks()?;
    let base64 = message.data.base64()?;
    steps.push(Step::new("Base64 字符数", base64.len().to_string()));
    let opening = blocks::look(&base64, &[keys], message.interface.fits());
    let Some(bytes) = opening.encrypted_bytes else {
        steps.push(Step::new("Base64 解码", "失败：不是标准 Base64"));
        return Err(blocks::cannot_open().into());
    };
    let rest = bytes % blocks::BLOCK_BYTES;
    let whole = if rest == 0 { String::new() } else { format!("，余 {rest} 字节：密文不完整") };
    steps.push(Step::new("密文字节数", bytes.to_string()));
    steps.push(Step::new("密文块数", format!("{}{whole}", bytes / blocks::BLOCK_BYTES)));
    if let Some((first, count)) = opening.shut {
        steps.push(Step::new("解密", format!("第 {first} 块起失败，共 {count} 块无法解密")));
    }
    let plain = opening.plain.ok_or_else(blocks::cannot_open)?;
    steps.push(Step::new("解密", format!("成功，明文 {} 字节", plain.len())));
    let shown = shown_json(&plain, &HIDDEN).unwrap_or_else(|| {
        let text = String::from_utf8_lossy(&plain);
        format!("不是 UTF-8 的 JSON：{}", shown::shown_up_to(&text, SHOWN_MAX_BYTES / 4))
    });
    steps.push(Step::new("明文", shown));
    if !message.interface.fits()(&plain) {
        return Err(blocks::cannot_open().into());
    }
    open::business(message.interface, &plain, &EveryLot)
}
