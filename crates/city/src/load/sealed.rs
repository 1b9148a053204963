//! Messages sealed before the clock is started.

use crate::charge;
use crate::picture;
use crate::plan::{Account, Accounts, CityLot, CityPlan, CredentialsError};
use crate::plates::PlateMaker;
use crate::rng::{Purpose, Rng};
use crate::sender::{BadAddress, http_client};
use crate::simulation::run_stamp;
use bowei_model::{Direction, LotKind, Passage, Plate, PlateKind, ProviderCode, Report};
use bowei_standards::lot_side::{CannotSeal, LoginReading, Outgoing};
use bytes::Bytes;
use http::Request;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use std::thread;

/// What to seal.
#[derive(Clone, Debug)]
pub struct Sealing {
    /// The seed of plates and lots.
    pub seed: u64,
    /// The standard: the lots are those that speak it; of a standard of charges, those that its operator may name.
    pub standard: &'static str,
    /// How many messages: entries and exits in turn, so that the city does not fill up; or charges.
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
    #[error("the city has no lot to speak for: no on-street section, or none that speaks the standard")]
    NoLots,
    /// A lot has no account.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// A message cannot be sealed.
    #[error(transparent)]
    Seal(#[from] CannotSeal),
    /// The platform's address is none.
    #[error(transparent)]
    Address(#[from] BadAddress),
    /// The platform lets nobody in.
    #[error("provider {provider} cannot log in: {why}")]
    NoLogin {
        /// Whose account.
        provider: ProviderCode,
        /// Why not.
        why: String,
    },
}

/// The accounts with every one that speaks the standard in `plan` logged in at `url`, where the standard has logins;
/// otherwise as they are. Tokens die: Shenzhen's a minute and a half later, for a load has no heartbeats.
pub async fn logged_in(
    plan: &CityPlan,
    accounts: &Accounts,
    standard: &'static str,
    url: &str,
    now: Timestamp,
) -> Result<Accounts, LoadError> {
    let mut accounts = accounts.clone();
    let speak: BTreeSet<&ProviderCode> =
        plan.lots.iter().filter_map(|lot| voice(lot, standard)).map(|(provider, _)| provider).collect();
    let client = http_client(url, 1)?;
    for provider in speak {
        let Account { standard: speaks, own } = accounts.of(provider.as_str(), standard)?.clone();
        let Some(login) = speaks.login() else { continue };
        let no_login = |why| LoadError::NoLogin { provider: provider.clone(), why };
        let answer = client.send(login.seal_login(&*own, now)?.request).await;
        let answer = answer.map_err(|error| no_login(error.to_string()))?;
        match login.read_login(&*own, &answer) {
            LoginReading::LoggedIn { own, .. } => accounts.hold(provider.as_str(), standard, own),
            LoginReading::Refused { why, .. } | LoginReading::TryLater { why, .. } => {
                return Err(no_login(why));
            }
        }
    }
    Ok(accounts)
}

/// Who speaks for the lot under the standard, and what it calls the lot.
fn voice<'a>(lot: &'a CityLot, standard: &str) -> Option<(&'a ProviderCode, &'a str)> {
    if lot.standard == standard {
        return Some((&lot.provider, &lot.lot_id));
    }
    let operator = lot.operator.as_ref().filter(|operator| operator.standard == standard)?;
    Some((&operator.provider, &operator.lot_id))
}

/// Seals messages with the time `now`; the texts give them some minutes (Huzhou: five) to be pushed. Of a standard
/// that has logins, `accounts` are those of [`logged_in`].
pub fn presealed(
    plan: &CityPlan,
    accounts: &Accounts,
    sealing: &Sealing,
    now: Timestamp,
) -> Result<Vec<Bytes>, LoadError> {
    let reports = reports(plan, sealing, now)?;
    let speakers = plan
        .lots
        .iter()
        .map(|lot| {
            let Some((provider, lot_id)) = voice(lot, sealing.standard) else { return Ok(None) };
            Ok(Some((accounts.of(provider.as_str(), sealing.standard)?, lot_id)))
        })
        .collect::<Result<Vec<_>, CredentialsError>>()?;
    let threads = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let share = reports.len().div_ceil(threads).max(1);
    let speakers = &speakers;
    let parts: Vec<Result<Vec<Bytes>, LoadError>> = thread::scope(|scope| {
        let workers: Vec<_> = reports
            .chunks(share)
            .map(|part| {
                scope.spawn(move || {
                    part.iter()
                        .map(|(i, report)| {
                            let lot = plan.lots.get(*i).ok_or(LoadError::NoLots)?;
                            let (account, lot_id) =
                                speakers.get(*i).copied().flatten().ok_or(LoadError::NoLots)?;
                            seal(report, lot_id, lot.kind, account, sealing, now)
                        })
                        .collect()
                })
            })
            .collect();
        workers.into_iter().map(|worker| worker.join().unwrap_or(Err(LoadError::NoLots))).collect()
    });
    let mut messages = Vec::with_capacity(reports.len());
    for part in parts {
        messages.extend(part?);
    }
    Ok(messages)
}

/// The reports, each with its lot's place in the plan.
fn reports(plan: &CityPlan, sealing: &Sealing, now: Timestamp) -> Result<Vec<(usize, Report)>, LoadError> {
    let mut rng = Rng::new(sealing.seed, Purpose::Load);
    let lots: Vec<(usize, &CityLot)> = plan
        .lots
        .iter()
        .enumerate()
        .filter(|(_, lot)| voice(lot, sealing.standard).is_some())
        .filter(|(_, lot)| !sealing.on_street_only || lot.kind == LotKind::OnStreet)
        .map(|(i, lot)| (i, lot.as_ref()))
        .collect();
    let mut plates = PlateMaker::default();
    let stamp = run_stamp(now);
    // The wall clocks of the texts know no fractions.
    let exited_at = Timestamp::from_second(now.as_second()).unwrap_or(now);
    let entered_at = exited_at.saturating_sub(STAY).unwrap_or(exited_at);
    let mut reports = Vec::with_capacity(sealing.messages);
    let mut record = 0_u64;
    while reports.len() < sealing.messages {
        let (i, lot) = *rng.one_of(&lots).ok_or(LoadError::NoLots)?;
        record += 1;
        let record_id = format!("b{stamp}-{record}");
        let car = plates.arrive(lot.kind == LotKind::OnStreet, &mut rng);
        if lot.standard != sealing.standard || lot.says_charges_only() {
            let span = (entered_at, exited_at);
            let charge = charge::record(lot, record_id, Some(car.0), span, (0, STAY.as_secs()));
            reports.push((i, Report::ChargingRecord(charge)));
            continue;
        }
        let entry = entry(lot, record_id, car, entered_at, &mut rng);
        let gate = lot.exits.first();
        let exit = Passage {
            direction: Direction::Exit,
            at: exited_at,
            gate_code: gate.map(|gate| gate.code.clone()),
            gate: gate.map(|gate| gate.name.clone()),
            entered_at: Some(entered_at),
            minutes: Some(STAY.as_mins()),
            ..entry.clone()
        };
        reports.extend([(i, Report::Passage(entry)), (i, Report::Passage(exit))]);
    }
    reports.truncate(sealing.messages);
    Ok(reports)
}

/// How long each car stays, or charges.
const STAY: SignedDuration = SignedDuration::from_mins(40);

fn entry(
    lot: &CityLot,
    record_id: String,
    (plate, plate_kind): (Plate, PlateKind),
    at: Timestamp,
    rng: &mut Rng,
) -> Passage {
    let gate = lot.entrances.first();
    Passage {
        plate: Some(plate),
        plate_kind: Some(plate_kind),
        gate_code: gate.map(|gate| gate.code.clone()),
        gate: gate.map(|gate| gate.name.clone()),
        berth: rng.one_of(&lot.berths).cloned(),
        vacant: Some(i64::from(lot.spaces_total / 2)),
        ..Passage::new(lot.code.clone(), record_id.into(), Direction::Entry, at)
    }
}

fn seal(
    report: &Report,
    lot_id: &str,
    lot_kind: LotKind,
    account: &Account,
    sealing: &Sealing,
    now: Timestamp,
) -> Result<Bytes, LoadError> {
    // Where a record has to have a picture, the smallest one: it is the record that is measured.
    let picture = account.standard.picture_goes_within().then(picture::smallest);
    let outgoing = Outgoing { report, lot_id, lot_kind, picture };
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
