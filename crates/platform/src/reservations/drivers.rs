//! What a driver does, by the private link of an order. The link's token proves the order's code and is kept nowhere.

use super::ask::Ask;
use super::kept::{KeptOrder, KeptPlate};
use super::notices::phone_label;
use super::plate_records;
use super::{NotDone, Parts, Reservations};
use crate::accounts::random;
use crate::office::{self, Kept};
use aws_lc_rs::digest::{SHA256, digest};
use bowei_encoding::{hex, to_base64};
use bowei_model::reservation::{
    Command, Declined, Estimate, NewOrder, OrderCode, OrderState, Party, Policy, Suspension,
};
use bowei_model::{Lot, Plate, SpaceKind};
use bowei_store::StoreError;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// How often a change beside the book is done anew because something else has changed it meanwhile.
const TRIES_MAX: usize = 5;

/// A space that somebody wants.
#[derive(Clone, Debug)]
pub(crate) struct NewRequest {
    pub(crate) lot: Arc<Lot>,
    pub(crate) plate: Plate,
    pub(crate) space: SpaceKind,
    pub(crate) enter_at: Timestamp,
    pub(crate) phone: Option<String>,
    pub(crate) wait: bool,
}

/// What came of it, as whoever asked is told.
#[derive(Clone, Debug)]
pub(crate) struct Requested {
    pub(crate) code: OrderCode,
    pub(crate) token: String,
    pub(crate) state: OrderState,
    pub(crate) place: Option<usize>,
}

/// An order as its link opens it.
#[derive(Clone, Debug)]
pub(crate) struct View {
    pub(crate) kept: Kept<KeptOrder>,
    pub(crate) place: Option<usize>,
    pub(crate) estimate: Option<Estimate>,
    /// What its plate has behind it.
    pub(crate) plate: KeptPlate,
    pub(crate) suspension: Option<Suspension>,
    pub(crate) policy: Arc<Policy>,
    pub(crate) now: Timestamp,
}

/// The code that a link's token proves.
fn code_of(token: &str) -> OrderCode {
    let mut bytes = [0; 32];
    bytes.iter_mut().zip(digest(&SHA256, token.as_bytes()).as_ref()).for_each(|(to, from)| *to = *from);
    OrderCode::of_digest(&bytes)
}

/// When the private link of an order dies.
pub(crate) fn link_ends(kept: &KeptOrder, policy: &Policy) -> Timestamp {
    let hours = SignedDuration::from_hours(i64::from(policy.link_hours));
    kept.order.expires_at.checked_add(hours).unwrap_or(Timestamp::MAX)
}

impl Reservations {
    /// Takes an order down: what becomes of it is followed by its link.
    pub(crate) async fn request(&self, asked: NewRequest) -> Result<Requested, NotDone> {
        let parts = &self.parts;
        let spaces = parts.reservable(&asked.lot).await?.map_err(NotDone::NotReservable)?;
        if !spaces.contains_key(&asked.space) {
            return Err(NotDone::NotReservable(super::NotReservable::NotOffered));
        }
        let no_randomness = |_| NotDone::Unavailable("the system gives no random numbers".to_owned());
        let token = hex(&random::<16>().map_err(no_randomness)?);
        let code = code_of(&token);
        let phone = asked.phone.map(|phone| seal(parts, &code, &phone)).transpose()?;
        let order = NewOrder {
            code: code.clone(),
            plate: asked.plate,
            space: asked.space,
            enter_at: asked.enter_at,
            wait: asked.wait,
            notify: phone.is_some(),
            limit: None,
            wait_limit: None,
        };
        let ask = Ask { phone, ..Command::Request(order).into() };
        let done = parts.submit(&asked.lot.code, ask).await?;
        let state = done.state.unwrap_or(OrderState::Refused);
        Ok(Requested { code, token, state, place: done.place })
    }

    /// The order that a link opens. `None` where there is none, and where the link is dead.
    pub(crate) async fn opened(&self, token: &str) -> Result<Option<View>, NotDone> {
        let (code, now) = (code_of(token), self.parts.clock.now());
        let kept = office::one::<KeptOrder>(self.parts.store.as_ref(), code.as_str()).await?;
        let policy = self.parts.policy.settings();
        // The same work for a dead link as for a live one, and as much as can be for none.
        let view = match kept {
            Some(kept) => Some(self.view(kept, now).await?),
            None => None,
        };
        Ok(view.filter(|view| now < link_ends(&view.kept.document, &policy)))
    }

    /// An order with what is shown beside it.
    pub(crate) async fn view(&self, kept: Kept<KeptOrder>, now: Timestamp) -> Result<View, NotDone> {
        let parts = &self.parts;
        let policy = parts.policy.settings();
        let order = &kept.document.order;
        let seen = parts.seen(&order.lot).await?;
        let place = seen.book.place_in_queue(&order.code);
        let estimate = seen.book.estimate(&order.code, &policy);
        let pseudonym = parts.plates.pseudonym(&order.plate);
        let plate = plate_records::read(parts.store.as_ref(), &pseudonym, now).await?.document;
        let suspension = plate.record.suspension(now, &policy);
        Ok(View { kept, place, estimate, plate, suspension, policy, now })
    }

    /// Changes an order by its link.
    pub(crate) async fn change(
        &self,
        view: &View,
        (enter_at, space): (Option<Timestamp>, Option<SpaceKind>),
        version: u64,
    ) -> Result<(), NotDone> {
        let order = &view.kept.document.order;
        let command = Command::Change { code: order.code.clone(), enter_at, space, version };
        self.parts.submit(&order.lot, command).await.map(drop).map_err(over)
    }

    /// Calls an order off by its link.
    pub(crate) async fn cancel(&self, view: &View, version: Option<u64>) -> Result<(), NotDone> {
        let order = &view.kept.document.order;
        let command = Command::Cancel { code: order.code.clone(), by: Party::Driver, version };
        self.parts.submit(&order.lot, command).await.map(drop).map_err(over)
    }

    /// Objects to what counts against the order's plate.
    pub(crate) async fn appeal(&self, view: &View, text: &str) -> Result<(), NotDone> {
        let order = &view.kept.document.order;
        let pseudonym = self.parts.plates.pseudonym(&order.plate);
        let code = order.code.clone();
        change_plate(&self.parts, &pseudonym, |record, now| {
            record.appeal(code.clone(), text, now).map_err(NotDone::Appeal)
        })
        .await
    }
}

/// An order that the book has forgotten is over.
fn over(why: NotDone) -> NotDone {
    match why {
        NotDone::Declined(Declined::NoSuchOrder) => NotDone::Declined(Declined::State),
        other => other,
    }
}

fn seal(parts: &Parts, code: &OrderCode, phone: &str) -> Result<String, NotDone> {
    let sealed = parts.phones.seal(&phone_label(code.as_str()), phone.as_bytes());
    sealed.map(|bytes| to_base64(&bytes)).map_err(|error| NotDone::Unavailable(error.to_string()))
}

/// The phone number of an order, opened.
pub(crate) fn phone(parts: &Parts, kept: &KeptOrder) -> Option<String> {
    let sealed = bowei_encoding::from_base64(kept.phone.as_deref()?)?;
    let opened = parts.phones.open(&phone_label(kept.order.code.as_str()), &sealed).ok()?;
    String::from_utf8(opened).ok()
}

/// Changes what a plate has behind it, beside its orders.
pub(super) async fn change_plate(
    parts: &Parts,
    pseudonym: &Plate,
    work: impl Fn(&mut bowei_model::reservation::PlateRecord, Timestamp) -> Result<(), NotDone>,
) -> Result<(), NotDone> {
    let (policy, store) = (parts.policy.settings(), parts.store.as_ref());
    for _ in 0..TRIES_MAX {
        let now = parts.clock.now();
        let mut kept = plate_records::read(store, pseudonym, now).await?;
        work(&mut kept.document.record, now)?;
        match store.administer(vec![plate_records::change(kept, now, &policy)?], Vec::new()).await {
            Err(StoreError::Outdated { .. } | StoreError::Conflict(_)) => {}
            done => return Ok(done?),
        }
    }
    Err(NotDone::Busy)
}
