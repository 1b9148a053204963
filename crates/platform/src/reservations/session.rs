//! One batch at work on a book: every command is worked out, and what is to be written with the book follows from what
//! they did.

use super::ask::{Ask, Done, PretendedAct};
use super::kept::{KeptOrder, LotTerms, NoShow, Pretence, with_pretended};
use super::notices::OfficeEvent;
use super::plate_records::PlateRecords;
use super::{NotDone, Parts, admission, notices};
use crate::office::{self, Kept};
use bowei_model::reservation::{
    Applied, Book, Command, Declined, Effect, Grant, Granted, NewOrder, Order, OrderCode, OrderState, Policy,
    Reason, STEPS_MAX, Step,
};
use bowei_model::{Lot, Plate, SpaceKind};
use bowei_store::{Change, StoreError};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// Documents read at once for one batch.
const READ_AT_ONCE: usize = 8;

/// For how long at least a stranger is shown what would have become of an order whose plate has a limit: a lot takes so long.
const PRETENCE: SignedDuration = SignedDuration::from_millis(300);
/// And up to so much longer.
const PRETENCE_SPREAD_MS: u32 = 2_000;

/// One batch at work on a book.
pub(super) struct Session<'a> {
    pub(super) parts: &'a Parts,
    pub(super) now: Timestamp,
    pub(super) policy: &'a Policy,
    pub(super) before: Book,
    pub(super) book: Book,
    /// See [`super::kept::KeptBook::pretended`].
    pub(super) pretended: BTreeMap<OrderCode, Order>,
    /// Orders that the book forgot within the batch.
    pub(super) over: BTreeMap<OrderCode, Order>,
    /// What was added to the history of each order that has changed.
    pub(super) new_steps: BTreeMap<OrderCode, Vec<Step>>,
    /// Orders that came into being, with what is kept beside them.
    pub(super) fresh: BTreeMap<OrderCode, (Option<String>, Option<Pretence>)>,
    pub(super) plates: PlateRecords,
    pub(super) effects: Vec<Effect>,
}

impl Session<'_> {
    /// What the lot grants may have changed since its book was last written.
    pub(super) fn take_grants(&mut self, lot: Option<&Lot>, terms: &LotTerms) {
        let Some(lot) = lot else { return };
        let spaces = admission::granted(lot, terms);
        let known: BTreeMap<_, _> =
            self.book.granted.by_space.iter().map(|(space, grant)| (*space, grant.reservable)).collect();
        if spaces == known {
            return;
        }
        let mut granted = Granted::default();
        for (space, reservable) in spaces {
            let before = self.book.granted.by_space.get(&space).copied().unwrap_or_default();
            granted.by_space.insert(space, Grant { reservable, ..before });
        }
        // A grant is never declined.
        let _ = self.apply(Command::Granted(granted));
    }

    pub(super) fn execute(&mut self, ask: &Ask) -> Result<Done, NotDone> {
        match &ask.pretended {
            Some((code, PretendedAct::End)) => _ = self.pretended.remove(code),
            Some((code, PretendedAct::Change(enter_at, space))) => {
                let order = self.change_pretended(code, (*enter_at, *space)).map_err(NotDone::Declined)?;
                return Ok(Done { pretended: Some(order), state: None, place: None });
            }
            None => {}
        }
        let command = match &ask.command {
            Command::Request(new) => return self.request(new, ask.phone.clone()),
            // Only what was counted of the kinds that are granted is news.
            Command::Granted(counted) => Command::Granted(self.with_counts(counted)),
            other => other.clone(),
        };
        let code = code_of(&command).cloned();
        self.apply(command).map_err(NotDone::Declined)?;
        Ok(self.done(code.as_ref(), None))
    }

    fn with_counts(&self, counted: &Granted) -> Granted {
        let mut granted = self.book.granted.clone();
        for (space, grant) in &mut granted.by_space {
            let said = counted.by_space.get(space).and_then(|counted| counted.unused);
            let is_later = said.is_some_and(|(_, at)| grant.unused.is_none_or(|(_, before)| before < at));
            if is_later {
                grant.unused = said;
            }
        }
        granted
    }

    fn request(&mut self, new: &NewOrder, phone: Option<String>) -> Result<Done, NotDone> {
        let unlimited = self.book.clone();
        let limit = self.plates.limit(&new.plate, self.now, self.policy).or_else(|| {
            // Only who would really wait is held against what it waits for elsewhere.
            let why = self.plates.wait_limit(&new.plate, self.policy)?;
            let would_be = self.would_be(unlimited.clone(), new)?;
            (would_be.state == OrderState::Waiting).then_some(why)
        });
        let known = self.book.orders.contains_key(&new.code);
        self.apply(Command::Request(NewOrder { limit, ..new.clone() })).map_err(NotDone::Declined)?;
        let order = self.order(&new.code).cloned();
        let is_limited = order
            .as_ref()
            .and_then(|order| order.steps.last())
            .is_some_and(|step| matches!(step.reason, Reason::Limited { .. }));
        let pretence = if is_limited && !known { self.pretend(self.would_be(unlimited, new)) } else { None };
        if !known && let Some(order) = order {
            if order.state.is_open() {
                self.plates.booked(&order, self.now);
            }
            self.fresh.insert(new.code.clone(), (phone, pretence.clone()));
        }
        Ok(self.done(Some(&new.code), pretence.as_ref()))
    }

    /// What would have become of an order, were there no limit: of a plate that nobody has.
    fn would_be(&self, mut book: Book, new: &NewOrder) -> Option<Order> {
        let plate = Plate::pseudonym(&[0; 32]);
        let new = NewOrder { plate, limit: None, ..new.clone() };
        book.apply(Command::Request(new.clone()), self.now, self.policy).ok()?;
        book.orders.remove(&new.code)
    }

    /// What a stranger is shown of an order that a limit of its plate refused. `None`: refused, as it is.
    fn pretend(&mut self, would_be: Option<Order>) -> Option<Pretence> {
        let order = would_be.filter(|order| order.state.is_open())?;
        let closes_at = order.waitlist_closes_at(self.policy);
        let is_full = self.pretended.len() >= self.policy.waiting_max as usize;
        let waits = order.wait && self.now < closes_at && !is_full;
        let is_held = order.state != OrderState::Waiting;
        // As long as a lot may take, and no two alike.
        let held_until = self.now.checked_add(PRETENCE + spread(&order.code)).ok().filter(|_| is_held);
        // When the time is up is seen at the next look at the clock, not to the millisecond.
        let waits_until = closes_at.checked_add(spread(&order.code) / 2).ok().filter(|_| waits);
        if !is_held && !waits {
            return None;
        }
        if waits {
            let order = Order { state: OrderState::Waiting, call: None, steps: Vec::new(), ..order };
            self.pretended.insert(order.code.clone(), order);
        }
        Some(Pretence { held_until, waits_until, changed: Vec::new(), cancelled_at: None })
    }

    /// Changes what an order pretends to wait for, as it would be changed.
    fn change_pretended(
        &mut self,
        code: &OrderCode,
        (enter_at, space): (Option<Timestamp>, Option<SpaceKind>),
    ) -> Result<Order, Declined> {
        let mut book = self.book.clone();
        let order = self.pretended.get(code).ok_or(Declined::State)?;
        let version = order.version;
        book.orders.insert(code.clone(), order.clone());
        book.apply(Command::Change { code: code.clone(), enter_at, space, version }, self.now, self.policy)?;
        let order = book.orders.remove(code).ok_or(Declined::State)?;
        let order = Order { state: OrderState::Waiting, call: None, steps: Vec::new(), ..order };
        self.pretended.insert(code.clone(), order.clone());
        Ok(order)
    }

    fn apply(&mut self, command: Command) -> Result<(), Declined> {
        let histories: BTreeMap<_, _> =
            self.book.orders.values().map(|order| (order.code.clone(), order.steps.len())).collect();
        let Applied { effects, changed } = self.book.apply(command, self.now, self.policy)?;
        for code in &changed {
            let Some(order) = self.book.orders.get(code) else { continue };
            let known = histories.get(code).copied().unwrap_or_default();
            let added = order.steps.get(known..).unwrap_or_default();
            self.new_steps.entry(code.clone()).or_default().extend_from_slice(added);
        }
        self.effects.extend(effects);
        for order in self.book.forget(self.now, self.policy) {
            if self.new_steps.contains_key(&order.code) {
                self.over.insert(order.code.clone(), order);
            }
        }
        Ok(())
    }

    fn order(&self, code: &OrderCode) -> Option<&Order> {
        self.book.orders.get(code).or_else(|| self.over.get(code))
    }

    fn done(&self, code: Option<&OrderCode>, pretence: Option<&Pretence>) -> Done {
        let order = code.and_then(|code| self.order(code));
        let pretended = pretence.map(|pretence| pretence.state(self.now));
        let state = pretended.or(order.map(|order| order.state));
        let shown = with_pretended(&self.book, &self.pretended);
        let place = code.and_then(|code| shown.place_in_queue(code));
        let place = place.filter(|_| state == Some(OrderState::Waiting));
        Done { pretended: None, state, place }
    }

    /// What follows for the plates of what has happened to their orders.
    pub(super) async fn settle_plates(&mut self) -> Result<(), StoreError> {
        let changed: Vec<_> = self.new_steps.keys().cloned().collect();
        let orders: Vec<_> = changed.iter().filter_map(|code| self.order(code).cloned()).collect();
        let with_record = orders.iter().filter(|order| !self.fresh.contains_key(&order.code));
        self.plates.load(self.parts, with_record.map(|order| order.plate.clone())).await?;
        for effect in self.effects.clone() {
            let (Effect::LateCancel { code } | Effect::NoShowRevoked { code }) = &effect else { continue };
            let Some(order) = orders.iter().find(|order| order.code == *code) else { continue };
            match effect {
                Effect::LateCancel { .. } => self.plates.late_cancelled(order, self.now),
                _ => self.plates.revoke(order),
            }
        }
        orders.iter().for_each(|order| self.plates.follow(order));
        Ok(())
    }

    /// The orders that have changed, whole, and who is told of it.
    pub(super) async fn order_changes(&mut self, lot: Option<&Lot>) -> Result<Vec<Change>, StoreError> {
        let codes: Vec<_> = self.new_steps.keys().cloned().collect();
        let old: Vec<_> = codes.iter().filter(|code| !self.fresh.contains_key(*code)).cloned().collect();
        let store = self.parts.store.as_ref();
        let kept: BTreeMap<_, _> = stream::iter(old)
            .map(|code| async move {
                let kept = office::one::<KeptOrder>(store, code.as_str()).await?;
                Ok::<_, StoreError>(kept.map(|kept| (code, kept)))
            })
            .buffer_unordered(READ_AT_ONCE)
            .try_collect::<Vec<_>>()
            .await?
            .into_iter()
            .flatten()
            .collect();
        let mut changes = Vec::new();
        let mut whole = BTreeMap::new();
        for code in codes {
            let Some(order) = self.order(&code).cloned() else { continue };
            let added = self.new_steps.remove(&code).unwrap_or_default();
            let mut kept = match kept.get(&code) {
                Some(kept) => kept.clone(),
                None => {
                    let (phone, pretence) = self.fresh.get(&code).cloned().unwrap_or_default();
                    let (provider, district) = lot
                        .map(|lot| (lot.provider.clone(), lot.district.clone()))
                        .unwrap_or_else(|| ("".into(), String::new()));
                    let order = Order { steps: Vec::new(), ..order.clone() };
                    let document = KeptOrder {
                        order,
                        provider,
                        district,
                        phone,
                        pretence,
                        no_show: None,
                        erased_at: None,
                    };
                    Kept::new(code.to_string(), document)
                }
            };
            let document = &mut kept.document;
            let mut steps = std::mem::take(&mut document.order.steps);
            for step in added {
                if steps.len() >= STEPS_MAX {
                    // The first ones stay: how it began is asked for most.
                    steps.remove(STEPS_MAX / 2);
                }
                steps.push(step);
            }
            let plate =
                if document.erased_at.is_some() { document.order.plate.clone() } else { order.plate.clone() };
            document.order = Order { steps, plate, ..order };
            for effect in &self.effects {
                match effect {
                    Effect::NoShowSuspected { code: of } if *of == code => {
                        document.no_show = Some(NoShow {
                            suspected_at: self.now,
                            counted_at: None,
                            revoked_at: None,
                            dropped_at: None,
                            proof: None,
                        });
                    }
                    Effect::NoShowRevoked { code: of } if *of == code => {
                        if let Some(no_show) = &mut document.no_show {
                            no_show.revoked_at = Some(self.now);
                        }
                    }
                    _ => {}
                }
            }
            changes.push(kept.change()?);
            whole.insert(code, kept);
        }
        if self.parts.is_told {
            for effect in &self.effects {
                let (Effect::Notice { code, .. } | Effect::NoShowRevoked { code }) = effect else { continue };
                let Some(kept) = whole.get(code).map(|kept| &kept.document) else { continue };
                changes.extend(match effect {
                    // A stranger is told what he is shown, when he is.
                    Effect::Notice { event, .. } => match &kept.pretence {
                        None => notices::told(kept, *event, lot, self.now)?,
                        Some(pretence) => {
                            let at = pretence.held_until.unwrap_or(self.now);
                            notices::as_if(kept, pretence.first_notice(), lot, at)?
                        }
                    },
                    Effect::NoShowRevoked { .. } if was_counted(kept) => {
                        notices::told_by_office(kept, OfficeEvent::NoShowRevoked, lot, self.now)?
                    }
                    _ => None,
                });
            }
        }
        Ok(changes)
    }
}

fn was_counted(kept: &KeptOrder) -> bool {
    kept.no_show.as_ref().is_some_and(|no_show| no_show.counted_at.is_some())
}

/// Something up to [`PRETENCE_SPREAD_MS`] that nobody can tell from the code, which is a digest itself.
fn spread(code: &OrderCode) -> SignedDuration {
    let sum = code.as_str().bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    SignedDuration::from_millis((sum % PRETENCE_SPREAD_MS).into())
}

/// Which order a command is about.
fn code_of(command: &Command) -> Option<&OrderCode> {
    match command {
        Command::Request(new) => Some(&new.code),
        Command::Change { code, .. }
        | Command::Cancel { code, .. }
        | Command::Sent { code, .. }
        | Command::Answer { code, .. } => Some(code),
        Command::Granted(_) | Command::Passage(_) | Command::Suspend { .. } | Command::Tick => None,
    }
}
