//! A platform with one account, two kinds of lots, a clock that stands still, and no store: just enough to ask a
//! standard what it answers.

use crate::wire::runner::{Answers, Frame, Lots};
use bowei_model::{LotCode, ProviderCode};
use bowei_standards::platform_side::{Account, Claim, LotAccess, LotLookup, Opened, Outcome};
use bowei_standards::{Refusal, Standard};
use bytes::Bytes;
use http::{Request, Response};
use jiff::Timestamp;

/// 2026-04-01 08:15:30 in UTC+08:00.
pub(crate) const NOW_MS: i64 = 1_775_002_530_000;

pub(crate) struct MiniPlatform {
    standard: &'static dyn Standard,
    account: Account,
    lots: Book,
    /// The token that the account was given last, where it is one that must be known.
    token: Option<String>,
    now: Timestamp,
}

struct Book(Lots);

impl LotLookup for Book {
    fn lot(&self, id: &str) -> LotAccess {
        match id {
            id if self.0.yours.contains(&id) => LotAccess::Granted(LotCode::from(id)),
            id if id == self.0.not_yours => LotAccess::Denied,
            _ => LotAccess::Unknown,
        }
    }
}

impl MiniPlatform {
    pub(crate) fn of(frame: &dyn Frame) -> Self {
        let standard = bowei_standards::by_name(frame.standard()).unwrap();
        let given = frame.account().iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let issued = standard.issue(&given).unwrap();
        let name = issued.kept[standard.card().account_field].clone();
        let credentials = vec![standard.credential(&issued.kept).unwrap()];
        Self {
            standard,
            account: Account { provider: ProviderCode::from("demo"), name, credentials },
            lots: Book(frame.lots()),
            token: None,
            now: Timestamp::from_millisecond(NOW_MS).unwrap(),
        }
    }

    fn receipt(&mut self, request: Request<Bytes>) -> Result<Option<String>, Refusal> {
        let envelope = self.standard.read(request)?;
        let known = match envelope.claim() {
            Claim::Account(name) => *name == self.account.name,
            Claim::Token(token) => self.token.as_ref() == Some(token),
        };
        envelope.authenticate(known.then_some(&self.account), self.now)?;
        match envelope.open(&self.account, &self.lots, self.now)? {
            Opened::Delivery(delivery) | Opened::Conditional(delivery, _) => Ok(delivery.receipt),
            Opened::PlatesToReplenish(question) => (question.answer)(Vec::new()).map(Some),
            Opened::Login(login) => {
                if login.ttl.is_some() {
                    self.token = Some(login.token);
                }
                Ok(login.receipt)
            }
        }
    }
}

impl Answers for MiniPlatform {
    fn answer(&mut self, request: Request<Bytes>) -> Response<Bytes> {
        let (method, path) = (request.method(), request.uri().path());
        let Some(route) = self.standard.card().route(method, path) else {
            let refusal = self.standard.unserved(method, path);
            return self.standard.answer(&Outcome::Refused(&refusal), self.now);
        };
        if request.body().len() > route.body_max_bytes {
            let outcome = Outcome::TooLarge { max_bytes: route.body_max_bytes };
            return self.standard.answer(&outcome, self.now);
        }
        let result = self.receipt(request);
        let outcome = match &result {
            Ok(receipt) => Outcome::Accepted { receipt: receipt.as_deref() },
            Err(refusal) => Outcome::Refused(refusal),
        };
        self.standard.answer(&outcome, self.now)
    }
}
