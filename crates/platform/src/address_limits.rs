//! How much one address may ask of what needs no account: the public API, and signing in. Proxies' own addresses have no
//! bound; who is behind them is told by the header that they are trusted with.

use crate::clock::Clock;
use crate::config::LimitsConfig;
use crate::elapsed::Elapsed;
use bowei_model::LotCode;
use bowei_service::Client;
use governor::clock::Clock as _;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

/// Addresses (and pairs of one and a lot) that are counted at once; beyond it those that have asked nothing of late are forgotten. Each takes some
/// hundred bytes.
const ADDRESSES_MAX: usize = 100_000;

/// Attempts to sign in of one address, at once and then by the minute: an office of twenty on a Monday, and nothing for
/// whoever tries passwords.
const SIGN_INS_PER_MINUTE: NonZeroU32 = NonZeroU32::new(60).unwrap();

/// Changes of registrations of one address, at once and then by the hour: a business fills a form, hands its papers in and
/// mends what it is asked about.
const REGISTRATION_CHANGES_PER_HOUR: NonZeroU32 = NonZeroU32::new(120).unwrap();

/// Reservations that one address asks for, by the hour: a phone network puts many drivers behind one.
const RESERVATIONS_PER_HOUR: NonZeroU32 = NonZeroU32::new(600).unwrap();
/// And at once.
const RESERVATIONS_AT_ONCE: NonZeroU32 = NonZeroU32::new(60).unwrap();

/// Taps of one address, by the hour: a phone network puts many drivers behind one.
const TAPS_PER_HOUR: NonZeroU32 = NonZeroU32::new(600).unwrap();
/// And at once.
const TAPS_AT_ONCE: NonZeroU32 = NonZeroU32::new(60).unwrap();
/// Taps of one address at one lot, by the hour: nobody finds a space there more often, and few of a phone network do at once.
const LOT_TAPS_PER_HOUR: NonZeroU32 = NonZeroU32::new(12).unwrap();
/// And at once.
const LOT_TAPS_AT_ONCE: NonZeroU32 = NonZeroU32::new(3).unwrap();

type Limiter<K = IpAddr> = RateLimiter<K, DashMapStateStore<K>, Elapsed, NoOpMiddleware<Nanos>>;

/// What addresses have asked.
pub(crate) struct AddressLimits {
    public: Limiter,
    sign_ins: Limiter,
    registrations: Limiter,
    reservations: Limiter,
    taps: Limiter,
    lot_taps: Limiter<(IpAddr, LotCode)>,
    clock: Elapsed,
}

impl AddressLimits {
    pub(crate) fn new(limits: &LimitsConfig, clock: Arc<dyn Clock>) -> Self {
        let clock = Elapsed::new(clock);
        let at_least_one = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        let public = Quota::per_second(at_least_one(limits.public_requests_per_second))
            .allow_burst(at_least_one(limits.public_burst));
        let limiter = |quota| RateLimiter::new(quota, DashMapStateStore::default(), clock.clone());
        let sign_ins = limiter(Quota::per_minute(SIGN_INS_PER_MINUTE));
        let registrations = limiter(Quota::per_hour(REGISTRATION_CHANGES_PER_HOUR));
        let reservations = limiter(Quota::per_hour(RESERVATIONS_PER_HOUR).allow_burst(RESERVATIONS_AT_ONCE));
        let taps = limiter(Quota::per_hour(TAPS_PER_HOUR).allow_burst(TAPS_AT_ONCE));
        let lot_taps = Quota::per_hour(LOT_TAPS_PER_HOUR).allow_burst(LOT_TAPS_AT_ONCE);
        let lot_taps = RateLimiter::new(lot_taps, DashMapStateStore::default(), clock.clone());
        Self { public: limiter(public), sign_ins, registrations, reservations, taps, lot_taps, clock }
    }

    /// Takes one request to the public API, or says in how many seconds there will be one.
    pub(crate) fn take_public(&self, client: Option<&Client>) -> Result<(), u64> {
        self.take(&self.public, client)
    }

    /// Takes one attempt to sign in, likewise.
    pub(crate) fn take_sign_in(&self, client: Option<&Client>) -> Result<(), u64> {
        self.take(&self.sign_ins, client)
    }

    /// Takes one change of a registration, likewise.
    pub(crate) fn take_registration(&self, client: Option<&Client>) -> Result<(), u64> {
        self.take(&self.registrations, client)
    }

    /// Takes one reservation, likewise.
    pub(crate) fn take_reservation(&self, client: Option<&Client>) -> Result<(), u64> {
        self.take(&self.reservations, client)
    }

    /// Takes one tap at a lot, likewise.
    pub(crate) fn take_tap(&self, client: Option<&Client>, lot: &LotCode) -> Result<(), u64> {
        self.take_by(&self.lot_taps, client, |address| (address, lot.clone()))?;
        self.take(&self.taps, client)
    }

    fn take(&self, limiter: &Limiter, client: Option<&Client>) -> Result<(), u64> {
        self.take_by(limiter, client, |address| address)
    }

    fn take_by<K: Hash + Eq + Clone>(
        &self,
        limiter: &Limiter<K>,
        client: Option<&Client>,
        key: impl Fn(IpAddr) -> K,
    ) -> Result<(), u64> {
        let Some(client) = client.filter(|client| !client.is_proxy) else { return Ok(()) };
        if limiter.len() > ADDRESSES_MAX {
            limiter.retain_recent();
        }
        let taken = limiter.check_key(&key(client.address));
        taken.map_err(|not_until| not_until.wait_time_from(self.clock.now()).as_secs() + 1)
    }
}
