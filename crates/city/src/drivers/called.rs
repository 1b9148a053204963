//! Lots whose systems the platform calls: one server for all of them, each account under a path of its own.

use super::lock;
use super::lot_system::{LotSystem, Word};
use crate::plan::{CityLot, CityPlan};
use crate::sender::Clock;
use bowei_model::LotCode;
use bowei_standards::downlink::{Directive, Downlink, DownlinkRefusal};
use bowei_standards::platform_side::{LotAccess, LotLookup};
use bowei_standards::{Standard, by_name};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::collections::BTreeMap;
use std::io::{Error, ErrorKind};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// As much as a reservation could ever be.
const BODY_MAX_BYTES: usize = 64 * 1024;

/// One account that is called.
struct Account {
    standard: &'static dyn Standard,
    token: String,
    lots: BTreeMap<String, (LotCode, Arc<Mutex<LotSystem>>)>,
}

impl LotLookup for Account {
    fn lot(&self, id: &str) -> LotAccess {
        self.lots.get(id).map_or(LotAccess::Unknown, |(code, _)| LotAccess::Granted(code.clone()))
    }
}

struct Shared {
    accounts: Mutex<BTreeMap<String, Arc<Account>>>,
    clock: Clock,
}

/// The server. It ends when this goes.
pub struct CalledLots {
    /// Where it listens.
    pub address: SocketAddr,
    shared: Arc<Shared>,
    listening: JoinHandle<()>,
}

impl Drop for CalledLots {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

impl CalledLots {
    /// Listens at an address of this machine's own.
    pub async fn listen(clock: Clock) -> std::io::Result<Self> {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared { accounts: Mutex::default(), clock });
        let calls = Arc::clone(&shared);
        let listening = tokio::spawn(async move {
            // The platform alone calls here: it bounds how many connections there are.
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&calls);
                let service = service_fn(move |request| {
                    let shared = Arc::clone(&shared);
                    async move { call(&shared, request).await }
                });
                // One that ends without an answer is how a lot says nothing.
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        Ok(Self { address, shared, listening })
    }

    /// Has the accounts of lots that are called say where.
    pub fn be_called(&self, plan: &mut CityPlan) {
        for provider in &mut plan.providers {
            for (standard, fields) in &mut provider.accounts {
                if let Some(field) = crate::plan::speaks(standard).and_then(|speaks| speaks.callback_field) {
                    fields.insert(field, format!("http://{}/{}", self.address, provider.code));
                }
            }
        }
    }

    /// Answers for a lot from now on, under the token that its account was given.
    pub(super) fn answer_for(&self, lot: &CityLot, token: &str, system: &Arc<Mutex<LotSystem>>) {
        let Some(standard) = by_name(lot.standard) else { return };
        let mut accounts = lock(&self.shared.accounts);
        let name = lot.provider.to_string();
        let mut lots = accounts.get(&name).map(|account| account.lots.clone()).unwrap_or_default();
        lots.insert(lot.lot_id.clone(), (lot.code.clone(), Arc::clone(system)));
        accounts.insert(name, Arc::new(Account { standard, token: token.to_owned(), lots }));
    }
}

type Answer = Response<Full<Bytes>>;

/// Answers a call; an error cuts the connection.
async fn call(shared: &Shared, request: Request<Incoming>) -> Result<Answer, Error> {
    let name = request.uri().path().split('/').nth(1).unwrap_or_default();
    let account = lock(&shared.accounts).get(name).cloned();
    let Some(account) = account else { return Ok(plain(StatusCode::NOT_FOUND, Bytes::new())) };
    let Some(downlink) = account.standard.downlink() else {
        return Ok(plain(StatusCode::NOT_FOUND, Bytes::new()));
    };
    let (parts, body) = request.into_parts();
    let body = Limited::new(body, BODY_MAX_BYTES).collect().await.map_err(Error::other)?.to_bytes();
    let now = (shared.clock)();
    let asked = match downlink.open(Request::from_parts(parts, body), &account.token, &*account) {
        Ok(asked) => asked,
        Err(refusal) => {
            let refused = DownlinkRefusal::Message(Box::new(refusal));
            return Ok(downlink.answer(Err(&refused), now).map(Full::new));
        }
    };
    let system = account.lots.values().find(|(code, _)| code == lot_of(&asked)).map(|(_, system)| system);
    let word = system.map_or(Word::NoSuchOrder, |system| lock(system).ask(&asked, now));
    received(downlink, word, asked.reservation_code(), now)
}

fn lot_of(asked: &Directive) -> &LotCode {
    match asked {
        Directive::Reservation(reservation) => &reservation.lot,
        Directive::Cancellation(cancellation) => &cancellation.lot,
    }
}

fn received(downlink: &dyn Downlink, word: Word, code: &str, now: jiff::Timestamp) -> Result<Answer, Error> {
    let outcome = match word {
        Word::Taken => Ok(code),
        Word::TakenBefore => Err(DownlinkRefusal::BookingExists),
        Word::NoSpace => Err(DownlinkRefusal::NoSpace),
        Word::Blacklisted => Err(DownlinkRefusal::Blacklisted),
        Word::NoSuchOrder => Err(DownlinkRefusal::NoSuchBooking),
        Word::Garbled => return Ok(plain(StatusCode::OK, Bytes::from_static(b"<html>OK</html>"))),
        Word::Silence => return Err(ErrorKind::ConnectionAborted.into()),
    };
    Ok(downlink.answer(outcome.as_ref().copied(), now).map(Full::new))
}

fn plain(status: StatusCode, body: Bytes) -> Answer {
    let mut answer = Response::new(Full::new(body));
    *answer.status_mut() = status;
    answer
}
