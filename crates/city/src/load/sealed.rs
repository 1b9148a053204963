//! Messages sealed before the clock is started.

use crate::chance::{Chance, Purpose};
use crate::plan::{Account, Accounts, CityLot, CityPlan, CredentialsError};
use crate::plates::PlateMaker;
use crate::simulation::run_stamp;
use bowei_model::{Direction, LotKind, Passage, Plate, PlateKind, Report};
use bowei_standards::lot_side::{CannotSeal, Outgoing};
use bytes::Bytes;
use http::Request;
use jiff::{SignedDuration, Timestamp};
use std::thread;

/// What to seal.
#[derive(Clone, Debug)]
pub struct Sealing {
    /// The seed of plates and lots.
    pub seed: u64,
    /// How many messages: entries and exits in turn, so that the city does not fill up.
    pub messages: usize,
    /// Only on-street sections, whose messages are one encrypted block each.
    pub on_street_only: bool,
    /// What stands in the requests' `Host` header.
    pub host: String,
    /// What stands before the standards' own paths; mostly nothing.
    pub path_prefix: String,
}

/// Why there is no load.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// No lot to speak for.
    #[error("the city has no lot to speak for: on-street sections were asked for, or there are none at all")]
    NoLots,
    /// A lot has no account.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// A message cannot be sealed.
    #[error(transparent)]
    Seal(#[from] CannotSeal),
}

/// Seals messages with the time `now`; the texts give them some minutes (Huzhou: five) to be pushed.
pub fn presealed(
    plan: &CityPlan,
    accounts: &Accounts,
    sealing: &Sealing,
    now: Timestamp,
) -> Result<Vec<Bytes>, LoadError> {
    let passages = passages(plan, sealing, now)?;
    let speakers = plan
        .lots
        .iter()
        .map(|lot| accounts.of(lot.provider.as_str(), lot.standard))
        .collect::<Result<Vec<_>, _>>()?;
    let threads = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let share = passages.len().div_ceil(threads).max(1);
    let speakers = &speakers;
    let parts: Vec<Result<Vec<Bytes>, LoadError>> = thread::scope(|scope| {
        let workers: Vec<_> = passages
            .chunks(share)
            .map(|part| {
                scope.spawn(move || {
                    part.iter()
                        .map(|(i, passage)| {
                            let lot = plan.lots.get(*i).ok_or(LoadError::NoLots)?;
                            let account = speakers.get(*i).ok_or(LoadError::NoLots)?;
                            seal(lot, account, passage, sealing, now)
                        })
                        .collect()
                })
            })
            .collect();
        workers.into_iter().map(|worker| worker.join().unwrap_or(Err(LoadError::NoLots))).collect()
    });
    let mut messages = Vec::with_capacity(passages.len());
    for part in parts {
        messages.extend(part?);
    }
    Ok(messages)
}

/// The passages, each with its lot's place in the plan.
fn passages(plan: &CityPlan, sealing: &Sealing, now: Timestamp) -> Result<Vec<(usize, Passage)>, LoadError> {
    let mut chance = Chance::new(sealing.seed, Purpose::Load);
    let lots: Vec<(usize, &CityLot)> = plan
        .lots
        .iter()
        .enumerate()
        .filter(|(_, lot)| !sealing.on_street_only || lot.kind == LotKind::OnStreet)
        .map(|(i, lot)| (i, lot.as_ref()))
        .collect();
    let mut plates = PlateMaker::default();
    let stamp = run_stamp(now);
    // The wall clocks of the texts know no fractions.
    let exited_at = Timestamp::from_second(now.as_second()).unwrap_or(now);
    let entered_at = exited_at.saturating_sub(SignedDuration::from_mins(40)).unwrap_or(exited_at);
    let mut passages = Vec::with_capacity(sealing.messages);
    let mut record = 0_u64;
    while passages.len() < sealing.messages {
        let (i, lot) = *chance.one_of(&lots).ok_or(LoadError::NoLots)?;
        record += 1;
        let car = plates.arrive(lot.kind == LotKind::OnStreet, &mut chance);
        let entry = entry(lot, format!("b{stamp}-{record}"), car, entered_at, &mut chance);
        let exit = Passage {
            direction: Direction::Exit,
            at: exited_at,
            gate: lot.exits.first().cloned(),
            entered_at: Some(entered_at),
            minutes: Some(40),
            ..entry.clone()
        };
        passages.extend([(i, entry), (i, exit)]);
    }
    passages.truncate(sealing.messages);
    Ok(passages)
}

fn entry(
    lot: &CityLot,
    record_id: String,
    (plate, plate_kind): (Plate, PlateKind),
    at: Timestamp,
    chance: &mut Chance,
) -> Passage {
    Passage {
        plate: Some(plate),
        plate_kind: Some(plate_kind),
        gate: lot.entrances.first().cloned(),
        berth: chance.one_of(&lot.berths).cloned(),
        vacant: Some(i64::from(lot.spaces_total / 2)),
        ..Passage::new(lot.code.clone(), record_id.into(), Direction::Entry, at)
    }
}

fn seal(
    lot: &CityLot,
    account: &Account,
    passage: &Passage,
    sealing: &Sealing,
    now: Timestamp,
) -> Result<Bytes, LoadError> {
    let report = Report::Passage(passage.clone());
    let outgoing = Outgoing { report: &report, lot_id: &lot.lot_id, lot_kind: lot.kind, picture: None };
    let sealed = account.standard.seal(outgoing, &*account.own, now)?;
    Ok(raw(&sealed.request, &sealing.host, &sealing.path_prefix))
}

/// A request as HTTP/1.1 writes it.
fn raw(request: &Request<Bytes>, host: &str, prefix: &str) -> Bytes {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let mut bytes = Vec::with_capacity(request.body().len() + 256);
    bytes.extend_from_slice(
        format!("{} {prefix}{path} HTTP/1.1\r\nhost: {host}\r\n", request.method()).as_bytes(),
    );
    for (name, value) in request.headers() {
        bytes.extend_from_slice(name.as_str().as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(format!("content-length: {}\r\n\r\n", request.body().len()).as_bytes());
    bytes.extend_from_slice(request.body());
    Bytes::from(bytes)
}
