//! One batch at work on a book: every command is worked out, and what is to be written with the book follows from what
//! they did.

use super::ask::{Ask, Done};
use super::kept::{KeptOrder, LotTerms, NoShow};
use super::notices::OfficeEvent;
use super::plate_records::PlateRecords;
use super::{NotDone, Parts, admission, notices};
use crate::office::{self, Kept};
use bowei_model::Lot;
use bowei_model::reservation::{
    Applied, Book, Command, Declined, Effect, Grant, Granted, NewOrder, Order, OrderCode, Policy, STEPS_MAX,
    Step,
};
use bowei_store::{Change, StoreError};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Documents read at once for one batch.
const READ_AT_ONCE: usize = 8;

/// One batch at work on a book.
pub(super) struct Session<'a> {
    pub(super) parts: &'a Parts,
    pub(super) now: Timestamp,
    pub(super) policy: &'a Policy,
    pub(super) before: Book,
    pub(super) book: Book,
    /// Orders that the book forgot within the batch.
    pub(super) over: BTreeMap<OrderCode, Order>,
    /// What was added to the history of each order that has changed.
    pub(super) new_steps: BTreeMap<OrderCode, Vec<Step>>,
    /// Orders that came into being, with their phone numbers.
    pub(super) fresh: BTreeMap<OrderCode, Option<String>>,
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
        let command = match &ask.command {
            Command::Request(new) => return self.request(new, ask.phone.clone()),
            // Only what was counted of the kinds that are granted is news.
            Command::Granted(counted) => Command::Granted(self.with_counts(counted)),
            other => other.clone(),
        };
        let code = code_of(&command).cloned();
        self.apply(command).map_err(NotDone::Declined)?;
        Ok(self.done(code.as_ref()))
    }

    fn with_counts(&self, counted: &Granted) -> Granted {
        let mut granted = self.book.granted.clone();
        for (space, grant) in &mut granted.by_space {
            let reported = counted.by_space.get(space).and_then(|counted| counted.unused);
            let is_later = reported.is_some_and(|(_, at)| grant.unused.is_none_or(|(_, before)| before < at));
            if is_later {
                grant.unused = reported;
            }
        }
        granted
    }

    fn request(&mut self, new: &NewOrder, phone: Option<String>) -> Result<Done, NotDone> {
        let limit = self.plates.limit(&new.plate, self.now, self.policy);
        let wait_limit = self.plates.wait_limit(&new.plate, self.policy);
        let known = self.book.orders.contains_key(&new.code);
        self.apply(Command::Request(NewOrder { limit, wait_limit, ..new.clone() }))
            .map_err(NotDone::Declined)?;
        if let Some(order) = self.order(&new.code).cloned().filter(|_| !known) {
            if order.state.is_open() {
                self.plates.booked(&order, self.now);
            }
            self.fresh.insert(new.code.clone(), phone);
        }
        Ok(self.done(Some(&new.code)))
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

    fn done(&self, code: Option<&OrderCode>) -> Done {
        let state = code.and_then(|code| self.order(code)).map(|order| order.state);
        Done { state, place: code.and_then(|code| self.book.place_in_queue(code)) }
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
                    let phone = self.fresh.get(&code).cloned().unwrap_or_default();
                    let (provider, district) = lot
                        .map(|lot| (lot.provider.clone(), lot.district.clone()))
                        .unwrap_or_else(|| ("".into(), String::new()));
                    let order = Order { steps: Vec::new(), ..order.clone() };
                    let document =
                        KeptOrder { order, provider, district, phone, no_show: None, erased_at: None };
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
                    Effect::Notice { event, .. } => notices::told(kept, *event, lot, self.now)?,
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
