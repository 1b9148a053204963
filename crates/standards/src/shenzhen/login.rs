//! 4.2 安全认证: `POST /dataReceive/v1/login`, for which the platform gives an accessToken.

use super::annexes::a_codes::Code;
use super::codes::{Coded, Read};
use super::credential::{LotAccount, USER_ID_MAX};
use super::fields;
use crate::Fault;
use crate::shared::Object;
use jiff::SignedDuration;
use serde::Serialize;
use std::borrow::Cow;

/// 表 3 accessToken, 表 27 authorization: String 32.
pub(super) const TOKEN_CHARS: usize = 32;
/// 6.2: three heartbeats of 30 s missed, and the token is dead.
pub(super) const TOKEN_TTL: SignedDuration = SignedDuration::from_secs(90);
/// 表 2 password: String 64.
const PASSWORD_MAX: usize = 64;

const PASSWORD: &str = "password";

/// 表 2, in its order.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Login<'a> {
    /// 表 2 序号 1, String 32, 必填: 用户账号
    pub(super) user_id: Cow<'a, str>,
    /// 表 2 序号 2, String 64, 必填: 密码，SM3 后 Base64
    pub(super) password: Cow<'a, str>,
}

impl<'a> Login<'a> {
    pub(super) fn read(object: &Object<'a>) -> Read<Self> {
        let user_id = fields::text(object, "userId", "用户账号，不超过 32 个字符", USER_ID_MAX)?;
        let value = object.required(PASSWORD, "密码：SM3 摘要的 Base64，不超过 64 个字符")?;
        let password = value.text(PASSWORD_MAX).map_err(|fault| match fault {
            // What came in its place may be the password all the same.
            Fault::WrongType { field, expected, .. } => {
                Coded::new(Code::WrongType, Fault::Mismatch { field, expected, received: None })
            }
            fault => fault.into(),
        })?;
        Ok(Self { user_id, password })
    }

    pub(super) fn write(own: &'a LotAccount) -> Self {
        Self { user_id: Cow::Borrowed(&own.user_id), password: Cow::Borrowed(&own.password) }
    }
}

/// 表 3, in its order.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Token<'a> {
    /// 表 3 序号 1, String 32, 必填: 权限 Token
    pub(super) access_token: &'a str,
}

/// One code and one message for an account that nobody has and for a password that is not its own, so that neither
/// tells which accounts exist.
pub(super) fn wrong_user_or_password() -> Coded {
    let fault = Fault::Mismatch {
        field: "data[0].userId、data[0].password".to_owned(),
        expected: "平台分配的用户账号及其密码，password 为 base64(SM3(密码))".to_owned(),
        received: None,
    };
    Coded::new(Code::WrongUserOrPassword, fault)
}
