//! A small platform in this process, which opens every message with the standards' own other side, keeps what it
//! heard, and is sometimes not itself.

use crate::plan::{Accounts, CityPlan};
use crate::verdict::Counts;
use bowei_model::{Direction, LotCode, LotState, Report, SpaceCount};
use bowei_standards::platform_side::{
    Account, Claim, Delivery, Fields, LotAccess, LotLookup, Opened, Outcome,
};
use bowei_standards::{Refusal, Standard};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

/// What goes wrong every so many requests; 0 for never.
#[derive(Clone, Copy, Default)]
pub(crate) struct Troubles {
    /// 503.
    pub(crate) later_every: u64,
    /// The connection is cut without an answer.
    pub(crate) cut_every: u64,
    /// All tokens are forgotten.
    pub(crate) forgets_every: u64,
}

/// Standard and account.
type Name = (&'static str, String);

#[derive(Default)]
pub(crate) struct Platform {
    accounts: HashMap<Name, Account>,
    book: HashMap<(&'static str, String), LotCode>,
    troubles: Troubles,
    requests: AtomicU64,
    /// Tokens that are alive, one an account.
    tokens: Mutex<HashMap<String, Name>>,
    pub(crate) logins: AtomicU64,
    pub(crate) heard: Mutex<Vec<(&'static str, Report)>>,
    pub(crate) refused: Mutex<Vec<String>>,
}

struct Book<'a> {
    standard: &'static str,
    ids: &'a HashMap<(&'static str, String), LotCode>,
}

impl LotLookup for Book<'_> {
    fn lot(&self, id: &str) -> LotAccess {
        let lot = self.ids.get(&(self.standard, id.to_owned()));
        lot.map_or(LotAccess::Unknown, |lot| LotAccess::Granted(lot.clone()))
    }
}

impl Platform {
    /// A platform that knows `plan`, and the accounts that it hands out.
    pub(crate) fn knowing(plan: &CityPlan) -> (Arc<Self>, Accounts) {
        Self::troubled(plan, Troubles::default())
    }

    /// The same with troubles.
    pub(crate) fn troubled(plan: &CityPlan, troubles: Troubles) -> (Arc<Self>, Accounts) {
        let mut platform = Self { troubles, ..Self::default() };
        let mut handed_out = Accounts::default();
        // Making a key takes its time: all providers of a standard share one.
        let mut issued: HashMap<&str, (Fields, Fields)> = HashMap::new();
        for provider in &plan.providers {
            for (name, fields) in &provider.accounts {
                let standard = bowei_standards::by_name(name).unwrap();
                let own: Fields = fields.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect();
                let (kept, told) = issued.entry(*name).or_insert_with(|| {
                    let issued = standard.issue(&own).unwrap();
                    (issued.kept, issued.handed_out)
                });
                kept.extend(own.clone());
                told.extend(own.clone());
                let account = own[standard.card().account_field].clone();
                let credentials = vec![standard.credential(kept).unwrap()];
                let holder = Account { provider: provider.code.clone(), name: account.clone(), credentials };
                platform.accounts.insert((name, account), holder);
                handed_out.add(provider.code.as_str(), name, told).unwrap();
            }
        }
        for lot in &plan.lots {
            let ids = lot.ids().map(|(standard, id)| ((standard, id.to_owned()), lot.code.clone()));
            platform.book.extend(ids);
        }
        (Arc::new(platform), handed_out)
    }

    pub(crate) async fn listen(self: &Arc<Self>) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let platform = self.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let platform = platform.clone();
                let service = service_fn(move |request| {
                    let platform = platform.clone();
                    async move { platform.answer(request).await }
                });
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new()
                        .pipeline_flush(true)
                        .serve_connection(TokioIo::new(stream), service),
                );
            }
        });
        address
    }

    async fn answer(&self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, std::io::Error> {
        let number = self.requests.fetch_add(1, Ordering::Relaxed) + 1;
        let every = |every: u64| every > 0 && number.is_multiple_of(every);
        let (parts, body) = request.into_parts();
        let body = body.collect().await.map_err(std::io::Error::other)?.to_bytes();
        let path = parts.uri.path();
        let listens =
            |standard: &&&dyn Standard| standard.card().routes.iter().any(|route| route.path == path);
        let standard = *bowei_standards::all().iter().find(listens).unwrap();
        if every(self.troubles.forgets_every) {
            self.tokens.lock().unwrap().clear();
        }
        let taken;
        let outcome = if every(self.troubles.later_every) {
            Outcome::Unavailable { retry_after_s: 0 }
        } else {
            taken = self.take(standard, Request::from_parts(parts, body));
            match &taken {
                Ok(receipt) => Outcome::Accepted { receipt: receipt.as_deref() },
                Err(refusal) => Outcome::Refused(refusal),
            }
        };
        if let Outcome::Refused(refusal) = &outcome {
            self.refused.lock().unwrap().push(refusal.fault.message());
        }
        if every(self.troubles.cut_every) {
            // Taken, but nobody is told.
            return Err(std::io::ErrorKind::ConnectionReset.into());
        }
        Ok(standard.answer(&outcome, Timestamp::now()).map(Full::new))
    }

    fn take(
        &self,
        standard: &'static dyn Standard,
        request: Request<Bytes>,
    ) -> Result<Option<String>, Refusal> {
        let (name, now) = (standard.card().name, Timestamp::now());
        let envelope = standard.read(request)?;
        let account = match envelope.claim() {
            Claim::Account(account) => self.accounts.get(&(name, account.clone())),
            Claim::Token(token) => {
                let holder = self.tokens.lock().unwrap().get(token).cloned();
                holder.and_then(|holder| self.accounts.get(&holder))
            }
        };
        envelope.authenticate(account, now)?;
        let account = account.unwrap();
        match envelope.open(account, &Book { standard: name, ids: &self.book }, now)? {
            Opened::Delivery(Delivery { reports, receipt, .. })
            | Opened::Conditional(Delivery { reports, receipt, .. }, _) => {
                self.heard
                    .lock()
                    .unwrap()
                    .extend(reports.into_iter().map(|received| (name, received.report)));
                Ok(receipt)
            }
            Opened::Login(login) => {
                self.logins.fetch_add(1, Ordering::Relaxed);
                let holder = (name, account.name.clone());
                let mut tokens = self.tokens.lock().unwrap();
                tokens.retain(|_, other| *other != holder);
                tokens.insert(login.token, holder);
                Ok(login.receipt)
            }
            other => panic!("nobody asked for {other:?}"),
        }
    }

    /// Derived and reported counts, from nothing but what was heard.
    pub(crate) fn counts(&self, plan: &CityPlan) -> Counts {
        let mut states: HashMap<LotCode, (HashSet<String>, HashSet<String>, LotState)> = HashMap::new();
        for (_, report) in self.heard.lock().unwrap().iter() {
            let Some(lot) = report.lot() else { continue };
            let (entries, exits, state) = states.entry(lot.clone()).or_default();
            let count = match report {
                Report::Passage(passage) => {
                    let side = if passage.direction == Direction::Entry { entries } else { exits };
                    side.insert(passage.record_id.to_string());
                    SpaceCount::of_passage(passage)
                }
                Report::SpaceCount(count) => Some(count.clone()),
                _ => None,
            };
            if let Some(count) = count {
                state.absorb_count(&count, Timestamp::MAX, Timestamp::MAX);
            }
        }
        let of = |code: &LotCode, spaces: u32| match states.get(code) {
            Some((entries, exits, state)) => {
                // Whichever exit belongs to whichever entry, as many are inside as came more than left.
                let inside = entries.len() as i64 - exits.len() as i64;
                (Some(i64::from(spaces) - inside), state.reported.map(|word| word.vacant))
            }
            None => (Some(i64::from(spaces)), None),
        };
        plan.lots.iter().map(|lot| (lot.code.clone(), of(&lot.code, lot.spaces_total))).collect()
    }

    /// How many different reports of that kind were heard, by lot.
    pub(crate) fn records(&self, kind: &str) -> BTreeMap<LotCode, u64> {
        let heard = self.heard.lock().unwrap();
        let of_kind = heard.iter().filter(|(_, report)| report.kind() == kind);
        let records: HashSet<(LotCode, String)> = of_kind
            .map(|(_, report)| (report.lot().unwrap().clone(), report.record_id().unwrap().to_owned()))
            .collect();
        let mut numbers = BTreeMap::new();
        for (lot, _) in records {
            *numbers.entry(lot).or_default() += 1;
        }
        numbers
    }
}
