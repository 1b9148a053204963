//! Has everything happen, one moment after the other: drivers reserve, look, change, call off, come and go; lots answer,
//! report, and call off.

mod deeds;
mod gates;
mod suspensions;

pub use suspensions::NO_SHOWS;

use super::api::{Api, ApiError};
use super::asking::Asking;
use super::called::CalledLots;
use super::cars::CarInside;
use super::lock;
use super::lot_system::LotSystem;
use super::plan::{Driver, DriversPlan, Manner, ReservableLot};
use super::truth::TrueOrder;
use super::witness::{Breach, Seen, Witness, is_over};
use crate::message::{Message, Says};
use crate::plan::{CityPlan, Detail, RESERVABLE_SPACES};
use crate::plates::PlateMaker;
use crate::rng::{Purpose, Rng};
use crate::signs_of_life::signs_of_life;
use bowei_model::{Direction, Heartbeat, LotCode, Report};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};

/// Where nothing happens, gateways ask and the platform tries again so often.
const STEP: SignedDuration = SignedDuration::from_secs(20);
/// Where nothing happens, pages are looked at so often.
const LOOK_EVERY: SignedDuration = SignedDuration::from_secs(60);
/// A lot that is called reports what is left when that changes, and so often where it does not.
const COUNT_EVERY: SignedDuration = SignedDuration::from_mins(2);
/// So long a report of a car may speak for a lot that shows no other sign of life; a little more than a text's three intervals.
const HEARD_FOR: SignedDuration = SignedDuration::from_mins(16);
/// Signs of life begin so long before the first driver, and all of it ends so long after the last window.
const AROUND: SignedDuration = SignedDuration::from_mins(40);
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// The platform, as far as it is no API: its clock, and what reaches it through lots' own standards.
pub trait Platform {
    /// What time it is there.
    fn now(&self) -> Timestamp;
    /// Turns its clock on; never back.
    fn turn(&self, to: Timestamp);
    /// Takes in what a lot reports now.
    fn take_in(&mut self, message: Message) -> impl Future<Output = Result<(), String>> + Send;
    /// Has everything done that is due, and lots called.
    fn settle(&self) -> impl Future<Output = Result<(), String>> + Send;
}

/// Why it could not go on.
#[derive(Debug, thiserror::Error)]
pub enum DriveError {
    /// The API.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// The platform itself.
    #[error("{0}")]
    Platform(String),
}

/// Something that happens.
enum Event {
    Ask(usize),
    CallOff(usize),
    Change(usize),
    Arrive(usize),
    Leave(usize),
    LotCallsOff(usize),
    Other(usize),
    OtherLeaves(usize, CarInside),
}

/// A driver's page.
#[derive(Clone, Debug, Deserialize)]
struct Page {
    state: String,
    version: u64,
    enter_at: Timestamp,
    from: Timestamp,
    until: Timestamp,
    changing: bool,
    can_change: bool,
    can_cancel: bool,
    suspended_until: Option<String>,
}

struct DriverNow {
    driver: Driver,
    token: String,
    order: Option<TrueOrder>,
    page: Option<Page>,
    /// What the page showed the time before.
    before: Option<String>,
    wanted: Option<Timestamp>,
    car: Option<CarInside>,
    is_called_off_soon: bool,
}

struct LotNow {
    of: ReservableLot,
    system: Arc<Mutex<LotSystem>>,
    asking: Option<Asking>,
    /// When it reported a car.
    heard_at: Vec<Timestamp>,
    /// When it last reported what is left.
    counted_at: Timestamp,
}

impl LotNow {
    /// Whether it was heard all through a window, where that is certain.
    fn is_heard(&self, order: &TrueOrder) -> Option<bool> {
        if self.of.is_heard {
            return Some(true);
        }
        let within = self.heard_at.iter().filter(|at| **at < order.window_until());
        let mut covered_to = order.window_from();
        for at in within {
            if *at > covered_to {
                return Some(false);
            }
            covered_to = covered_to.max(*at + HEARD_FOR);
        }
        (covered_to < order.window_until()).then_some(false)
    }
}

/// All of it.
pub struct Drive {
    api: Api,
    lots: Vec<LotNow>,
    drivers: Vec<DriverNow>,
    events: BTreeMap<(Timestamp, u64), Event>,
    beats: VecDeque<Message>,
    witness: Witness,
    others: (PlateMaker, Rng),
    start: Timestamp,
    until: Timestamp,
    numbers: u64,
    looked_at: Timestamp,
}

impl Drive {
    /// Ready to begin. `tokens` are those of the lots' providers for the platform's own API; `called` answers for lots that are
    /// called, each under the token that `token_of` has of its account.
    pub fn new(
        (city, plan): (&CityPlan, DriversPlan),
        api: Api,
        tokens: &BTreeMap<String, String>,
        called: &CalledLots,
        token_of: impl Fn(&ReservableLot) -> Option<String>,
    ) -> Self {
        let last = plan.drivers.iter().map(|driver| driver.enter_at).max().unwrap_or(plan.options.start);
        let (start, until) = (plan.options.start - AROUND, last + AROUND * 3);
        let unheard: BTreeSet<&LotCode> =
            plan.lots.iter().filter(|lot| !lot.is_heard).map(|lot| &lot.lot.code).collect();
        let is_heard = |message: &Message| match &message.says {
            Says::OfLot(Report::Heartbeat(Heartbeat { lot: Some(lot) })) => !unheard.contains(lot),
            _ => true,
        };
        let beats = signs_of_life(city, start, until).filter(is_heard).collect();
        let lots = plan.lots.iter().map(|of| {
            let system = Arc::new(Mutex::new(LotSystem::new(of)));
            let asking = if of.is_called {
                if let Some(token) = token_of(of) {
                    called.answer_for(&of.lot, &token, &system);
                }
                None
            } else {
                let token = tokens.get(of.lot.provider.as_str()).cloned().unwrap_or_default();
                Some(Asking::new(of.lot.code.clone(), token, &system))
            };
            LotNow { of: of.clone(), system, asking, heard_at: Vec::new(), counted_at: Timestamp::MIN }
        });
        let mut drive = Self {
            api,
            lots: lots.collect(),
            drivers: Vec::new(),
            events: BTreeMap::new(),
            beats,
            witness: Witness::default(),
            others: (PlateMaker::default(), Rng::numbered(plan.options.seed, Purpose::Reservations, 1)),
            start,
            until,
            numbers: 0,
            looked_at: start,
        };
        for (number, driver) in plan.drivers.into_iter().enumerate() {
            drive.plan_event(driver.asks_at, Event::Ask(number));
            drive.drivers.push(DriverNow {
                driver,
                token: String::new(),
                order: None,
                page: None,
                before: None,
                wanted: None,
                car: None,
                is_called_off_soon: false,
            });
        }
        // Other cars would be signs of life.
        let heard: Vec<_> = (0..drive.lots.len())
            .filter(|lot| drive.lots.get(*lot).is_some_and(|lot| lot.of.is_heard))
            .collect();
        for lot in heard {
            let first = SignedDuration::from_secs(61 * (lot as i64 + 1));
            drive.plan_event(plan.options.start + first, Event::Other(lot));
        }
        drive
    }

    /// What really became of every order, and what was seen that must not be.
    pub fn truth(&self) -> (Vec<TrueOrder>, &[Breach]) {
        let orders = self.drivers.iter().filter_map(|now| {
            let order = now.order.clone()?;
            let lot = self.lots.get(now.driver.lot)?;
            let is_refused = lock(&lot.system).has_refused(&order.code);
            Some(TrueOrder { is_refused, is_lot_heard: lot.is_heard(&order), ..order })
        });
        (orders.collect(), &self.witness.breaches)
    }

    fn plan_event(&mut self, at: Timestamp, event: Event) {
        self.numbers += 1;
        self.events.insert((at, self.numbers), event);
    }

    /// Has all of it happen, from the first sign of life until every window is over.
    pub async fn run<P: Platform>(&mut self, platform: &mut P) -> Result<(), DriveError> {
        let mut now = self.start;
        platform.turn(now);
        self.describe(platform).await?;
        while now < self.until {
            platform.turn(now);
            let mut is_busy = false;
            while let Some(beat) = self.beats.pop_front_if(|beat| beat.due <= now) {
                platform.take_in(beat).await.map_err(DriveError::Platform)?;
            }
            while let Some(((_, _), event)) = self.next_event(now) {
                self.happen(event, platform).await?;
                is_busy = true;
            }
            self.report(platform).await?;
            platform.settle().await.map_err(DriveError::Platform)?;
            is_busy |= self.turns(platform).await?;
            if is_busy {
                self.report(platform).await?;
                platform.settle().await.map_err(DriveError::Platform)?;
            }
            if is_busy || now.duration_since(self.looked_at) >= LOOK_EVERY {
                self.look(platform.now()).await?;
            }
            let next = self.events.first_key_value().map_or(self.until, |((at, _), _)| *at);
            now = next.min(now + STEP).max(platform.now() + SignedDuration::from_millis(1));
        }
        self.look(platform.now()).await
    }

    fn next_event(&mut self, now: Timestamp) -> Option<((Timestamp, u64), Event)> {
        let first = self.events.first_entry()?;
        (first.key().0 <= now).then(|| first.remove_entry())
    }

    /// Lots that are called say of themselves what they let be reserved.
    async fn describe<P: Platform>(&mut self, platform: &mut P) -> Result<(), DriveError> {
        for lot in self.lots.iter().filter(|lot| lot.of.is_called) {
            let mut profile = lot.of.lot.profile();
            let granted = Detail::Number(i64::from(lot.of.granted)).json();
            profile.details.insert(RESERVABLE_SPACES.to_owned(), granted);
            let message =
                Message::new(platform.now(), Arc::clone(&lot.of.lot), Says::OfLot(Report::Lot(profile)));
            platform.take_in(message).await.map_err(DriveError::Platform)?;
        }
        Ok(())
    }

    /// Lots let go what has run out; those that are called report what is left, where that has changed.
    async fn report<P: Platform>(&mut self, platform: &mut P) -> Result<(), DriveError> {
        let at = platform.now();
        for lot in &mut self.lots {
            let is_due = at.duration_since(lot.counted_at) >= COUNT_EVERY;
            let count = {
                let mut system = lock(&lot.system);
                system.run_out(at);
                let says = lot.of.is_called && (std::mem::take(&mut system.has_news) || is_due);
                says.then(|| system.count(at))
            };
            if let Some(count) = count {
                lot.counted_at = at;
                let says = Says::OfLot(Report::SpaceCount(count));
                let message = Message::new(at, Arc::clone(&lot.of.lot), says);
                platform.take_in(message).await.map_err(DriveError::Platform)?;
            }
        }
        Ok(())
    }

    /// Gateways ask what they are to do. Whether there was anything.
    async fn turns<P: Platform>(&mut self, platform: &P) -> Result<bool, DriveError> {
        let mut is_busy = false;
        for asking in self.lots.iter_mut().filter_map(|lot| lot.asking.as_mut()) {
            is_busy |= asking.turn(&self.api, platform.now()).await?;
        }
        Ok(is_busy)
    }

    async fn happen<P: Platform>(&mut self, event: Event, platform: &mut P) -> Result<(), DriveError> {
        let now = platform.now();
        match event {
            Event::Ask(number) => self.ask(number, now).await,
            Event::CallOff(number) => self.call_off(number, now).await,
            Event::Change(number) => self.change(number, now).await,
            Event::Arrive(number) => self.arrive(number, platform).await,
            Event::Leave(number) => self.leave(number, platform).await,
            Event::LotCallsOff(number) => self.lot_calls_off(number, now).await,
            Event::Other(lot) => self.other_comes(lot, platform).await,
            Event::OtherLeaves(lot, car) => self.pass((lot, Direction::Exit), &car, platform).await,
        }
    }

    async fn lot_calls_off(&mut self, number: usize, now: Timestamp) -> Result<(), DriveError> {
        let Some(one) = self.drivers.get_mut(number) else { return Ok(()) };
        let Some(order) = one.order.as_mut() else { return Ok(()) };
        let Some(lot) = self.lots.get_mut(one.driver.lot) else { return Ok(()) };
        let is_kept = lock(&lot.system).keeps(&order.code).is_some();
        if let (true, Some(asking)) = (is_kept, &lot.asking)
            && asking.call_off(&self.api, &order.code).await?
        {
            lock(&lot.system).let_go(&order.code);
            order.called_off_at = Some(now);
        }
        Ok(())
    }

    /// Everybody looks at his page, and the witness at every lot.
    async fn look(&mut self, now: Timestamp) -> Result<(), DriveError> {
        self.looked_at = now;
        for number in 0..self.drivers.len() {
            let is_open = self.drivers.get(number).is_some_and(|one| {
                one.order.is_some() && one.page.as_ref().is_none_or(|page| !is_over(&page.state))
            });
            if is_open {
                self.see(number, now).await?;
                self.called_off_soon(number, now);
            }
        }
        for (place, lot) in self.lots.iter().enumerate() {
            let here = self.drivers.iter().enumerate().filter(|(_, one)| one.driver.lot == place);
            let seen: Vec<_> = here.filter_map(|(number, one)| one.seen(number)).collect();
            self.witness.look(&seen, (&lock(&lot.system), lot.of.granted), now);
        }
        for one in &mut self.drivers {
            one.before = one.page.as_ref().map(|page| page.state.clone());
        }
        Ok(())
    }

    fn called_off_soon(&mut self, number: usize, now: Timestamp) {
        let Some(one) = self.drivers.get_mut(number) else { return };
        let is_confirmed = one.page.as_ref().is_some_and(|page| page.state == "confirmed");
        if one.driver.manner == Manner::CallsOff && is_confirmed && !one.is_called_off_soon {
            one.is_called_off_soon = true;
            self.plan_event(now + MINUTE * 4, Event::LotCallsOff(number));
        }
    }
}

impl DriverNow {
    fn seen(&self, number: usize) -> Option<Seen> {
        let (order, page) = (self.order.as_ref()?, self.page.as_ref()?);
        Some(Seen {
            code: order.code.clone(),
            state: page.state.clone(),
            before: self.before.clone(),
            enter_at: page.enter_at,
            until: page.until,
            changing: page.changing,
            number,
            is_done: order.entered.is_some() || order.called_off_at.is_some(),
            manner: order.manner,
        })
    }
}
