//! Every message but the login: a bearer token in the header, and a body that nobody reads before the token has
//! proved right.

use super::field::PARK_CODE;
use super::login::{form_value, platform_keys};
use super::token::Presented;
use super::{Interface, codes, open};
use crate::platform_side::{Account, Claim, Envelope, LotLookup, Opened};
use crate::{Fault, Refusal, Step};
use bowei_encoding::shown::shown;
use bytes::Bytes;
use http::{Request, header};
use jiff::Timestamp;

/// How much of a body is parsed, decoded from base64 and digested in the time of one RSA block.
const BYTES_A_UNIT: usize = 64 * 1024;

/// A message as it came.
pub(super) struct Call {
    pub(super) interface: Interface,
    pub(super) token: Presented,
    pub(super) body: Bytes,
    claim: Claim,
}

impl Call {
    pub(super) fn read(interface: Interface, request: &Request<Bytes>) -> Result<Self, Fault> {
        let in_query = |name| form_value(request.uri().query().unwrap_or_default(), name);
        let header = request.headers().get(header::AUTHORIZATION);
        // Some senders have no hand on their headers.
        let token = match header.is_none().then(|| in_query("access_token").or_else(|| in_query("token"))) {
            Some(Some(token)) => Presented::of(&token)?,
            _ => Presented::read(header)?,
        };
        let claim = Claim::Account(token.client_id().to_owned());
        let mut body = request.body().clone();
        // Many clients send no body with a DELETE.
        if interface == Interface::SpotRemoval
            && body.trim_ascii().is_empty()
            && let Some(codes) = in_query(PARK_CODE)
        {
            body = Bytes::from(serde_json::json!({ PARK_CODE: codes }).to_string());
        }
        Ok(Self { interface, token, body, claim })
    }

    /// What can be said of it before it is opened.
    pub(super) fn steps(&self) -> Vec<Step> {
        vec![
            Step::new("请求", format!("{} {}", self.interface.method(), self.interface.path())),
            Step::new("access_token", self.token.began()),
            Step::new("client_id", shown(self.token.client_id())),
            Step::new("令牌", self.token.described()),
        ]
    }

    fn authentic(&self, account: Option<&Account>, now: Timestamp) -> Result<(), Fault> {
        let account = account.ok_or_else(|| self.token.of_nobody())?;
        self.token.check(platform_keys(account).map(|keys| &keys.token_key), now)
    }
}

impl Envelope for Call {
    fn claim(&self) -> &Claim {
        &self.claim
    }

    fn authenticate(&self, account: Option<&Account>, now: Timestamp) -> Result<(), Refusal> {
        self.authentic(account, now).map_err(|fault| codes::refusal(fault, self.steps()))
    }

    fn cost(&self) -> usize {
        self.body.len() / BYTES_A_UNIT
    }

    fn open(
        self: Box<Self>,
        _account: &Account,
        lots: &dyn LotLookup,
        now: Timestamp,
    ) -> Result<Opened, Refusal> {
        let mut steps = self.steps();
        open::open(self.interface, &self.body, lots, now, &mut steps)
            .map(Opened::Delivery)
            .map_err(|refused| refused.refusal(steps))
    }
}
