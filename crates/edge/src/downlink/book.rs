//! The rules of reservations. Pure.

use bowei_model::{Direction, Passage, Plate, RecordId, Reservation, SpaceKind};
use bowei_standards::downlink::DownlinkRefusal;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A reservation is remembered so long after its end, so that what is asked about it late gets the right answer.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24);
/// One whose car is inside, so long: its exit names it.
const INSIDE_AT_MOST: SignedDuration = SignedDuration::from_hours(30 * 24);
/// More reservations at once than the largest garage has spaces: beyond, there is no space.
const BOOKINGS_MAX: usize = 5_000;
/// So many directives are kept for a lot's system that was away; beyond, the oldest go, for their cars have come.
const DIRECTIVES_MAX: usize = 1_000;
/// What was answered to a platform that is asked for its directives is known so long: longer than any order stays open.
const ANSWERS_REMEMBERED: SignedDuration = SignedDuration::from_hours(48);
/// So many answers are known; beyond, the oldest go.
const ANSWERS_MAX: usize = 5_000;
/// Cancellations of the lot's own that wait for their platform; beyond, the oldest go: their orders have ended by themselves.
const LOT_CANCELLATIONS_MAX: usize = 1_000;
/// A car may come so much earlier than agreed.
const EARLY: SignedDuration = SignedDuration::from_hours(2);

/// What became of a reservation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ReservationState {
    Waiting,
    Arrived,
    Cancelled,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Booking {
    reservation: Reservation,
    stands: ReservationState,
    /// The parking that it became.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    record_id: Option<RecordId>,
    /// Its car has gone again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    left: bool,
    /// The uplink whose platform asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    uplink: Option<String>,
}

/// What the lot makes of a directive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Done.
    Taken,
    /// No space is free.
    NoSpace,
    /// Refused for good.
    Refused,
}

/// The lot's answer to a directive that it had asked for, as it goes to the platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectiveAnswer {
    /// What became of it.
    pub outcome: Outcome,
    /// Of a refusal: why, by the numbers of 表 A.1 and A.2, which platforms have for it whatever the uplink speaks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Of a refusal: why, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl DirectiveAnswer {
    /// Done.
    pub fn taken() -> Self {
        Self { outcome: Outcome::Taken, code: None, why: None }
    }

    /// Refused for good.
    pub fn refused(code: &str, why: impl Into<String>) -> Self {
        Self { outcome: Outcome::Refused, code: Some(code.to_owned()), why: Some(why.into()) }
    }
}

impl From<&DownlinkRefusal> for DirectiveAnswer {
    fn from(refusal: &DownlinkRefusal) -> Self {
        match refusal {
            DownlinkRefusal::NoSpace => Self { outcome: Outcome::NoSpace, code: None, why: None },
            DownlinkRefusal::BookingExists => Self::refused("1201", "预约编码已存在"),
            DownlinkRefusal::NoSuchBooking => Self::refused("1104", "预约订单不存在"),
            DownlinkRefusal::Expired => Self::refused("1301", "预约已过期"),
            DownlinkRefusal::Cancelled => Self::refused("1401", "预约已取消"),
            DownlinkRefusal::WrongTime => Self::refused("5004", "预约时间有误"),
            DownlinkRefusal::Blacklisted => Self::refused("5005", "车牌在黑名单中"),
            DownlinkRefusal::Message(_) => Self::refused("2", "报文有误"),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Answered {
    at: Timestamp,
    answer: DirectiveAnswer,
}

/// A reservation that the lot itself has called off, and of which its platform does not know yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LotCancellation {
    /// The uplink whose platform asked for the reservation.
    pub uplink: String,
    /// Its code.
    pub booking: String,
    /// Why, in the lot's words.
    pub reason: String,
}

/// What a platform asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[allow(clippy::large_enum_variant, reason = "a thousand at most, and most are the large one")]
pub enum Notification {
    /// Keep a space.
    Reservation(Reservation),
    /// Keep it no longer.
    Cancellation {
        /// The reservation's code.
        booking: String,
        /// The car.
        plate: Plate,
    },
}

/// What the lot's system is told, numbered from 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directive {
    /// Its number.
    pub id: u64,
    /// What was asked.
    #[serde(flatten)]
    pub asked: Notification,
}

/// What the lot has left for reservations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Room {
    /// Spaces that are free and not reserved, where they are known.
    pub vacant: Option<i64>,
    /// Spaces of the wanted kind that may be reserved at once; `None`: as many as are free.
    pub reservable: Option<u32>,
}

/// All reservations that are remembered, and what the lot's system is to be told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Book {
    bookings: BTreeMap<String, Booking>,
    directives: Vec<Directive>,
    next: u64,
    /// The last directive that the lot's system has taken by webhook.
    pub posted: u64,
    /// What was answered to directives that the gateway had asked for, by uplink and id.
    #[serde(default)]
    answered: BTreeMap<String, Answered>,
    /// What the lot has called off and its platform is still to be told, oldest first.
    #[serde(default)]
    lot_cancellations: Vec<LotCancellation>,
}

impl Book {
    /// The number of the newest directive; 0 before the first.
    pub fn newest(&self) -> u64 {
        self.next
    }

    /// What was asked after `after`.
    pub fn after(&self, after: u64) -> Vec<Directive> {
        self.directives.iter().filter(|directive| directive.id > after).cloned().collect()
    }

    /// What was answered to a directive before.
    pub fn answered(&self, key: &str) -> Option<&DirectiveAnswer> {
        self.answered.get(key).map(|it| &it.answer)
    }

    /// Notes what is answered to a directive: asked again, the same is answered.
    pub fn note_answer(&mut self, key: String, answer: DirectiveAnswer, now: Timestamp) {
        self.answered.insert(key, Answered { at: now, answer });
    }

    /// Takes a reservation. Asked again with the same content it is the same one: a platform that had no answer in
    /// five seconds asks again.
    pub fn reserve(
        &mut self,
        reservation: Reservation,
        Room { vacant, reservable }: Room,
        uplink: &str,
        now: Timestamp,
    ) -> Result<(), DownlinkRefusal> {
        let known = self.bookings.get(&reservation.reservation_code);
        if known.is_some_and(|known| {
            known.stands == ReservationState::Waiting && same(&known.reservation, &reservation)
        }) {
            return Ok(());
        }
        match known {
            None if reservation.changes => return Err(DownlinkRefusal::NoSuchBooking),
            Some(_) if !reservation.changes => return Err(DownlinkRefusal::BookingExists),
            Some(Booking { stands: ReservationState::Cancelled, .. }) => {
                return Err(DownlinkRefusal::Cancelled);
            }
            Some(known)
                if known.stands == ReservationState::Arrived || known.reservation.expires_at <= now =>
            {
                return Err(DownlinkRefusal::Expired);
            }
            _ => {}
        }
        if reservation.expires_at <= reservation.arrives_at || reservation.expires_at <= now {
            return Err(DownlinkRefusal::WrongTime);
        }
        // A change keeps the space that it has.
        if known.is_none() {
            let held = self.held_of(reservation.space, now);
            // 预约订单类型 1: the platform does not ask whether there is room.
            let no_room = reservation.only_if_free
                && (vacant.is_some_and(|vacant| vacant <= 0) || reservable.is_some_and(|most| held >= most));
            if no_room || self.bookings.len() >= BOOKINGS_MAX {
                return Err(DownlinkRefusal::NoSpace);
            }
        }
        self.tell(Notification::Reservation(reservation.clone()));
        let uplink = Some(uplink.to_owned());
        let booking =
            Booking { reservation, stands: ReservationState::Waiting, record_id: None, left: false, uplink };
        self.bookings.insert(booking.reservation.reservation_code.clone(), booking);
        Ok(())
    }

    /// Calls a reservation off. One that is called off already stays so: the platform may not have heard the answer.
    pub fn cancel(&mut self, booking: &str, now: Timestamp) -> Result<(), DownlinkRefusal> {
        let known = self.bookings.get_mut(booking).ok_or(DownlinkRefusal::NoSuchBooking)?;
        match known.stands {
            ReservationState::Cancelled => return Ok(()),
            ReservationState::Arrived => return Err(DownlinkRefusal::Expired),
            ReservationState::Waiting if known.reservation.expires_at <= now => {
                return Err(DownlinkRefusal::Expired);
            }
            ReservationState::Waiting => known.stands = ReservationState::Cancelled,
        }
        let plate = known.reservation.plate.clone();
        self.tell(Notification::Cancellation { booking: booking.to_owned(), plate });
        Ok(())
    }

    /// The uplink whose platform asked for a reservation, where that is known.
    pub fn uplink_of(&self, booking: &str) -> Option<&str> {
        self.bookings.get(booking)?.uplink.as_deref()
    }

    /// Calls a reservation off for the lot itself, and notes that its platform is to be told.
    pub fn cancel_by_lot(
        &mut self,
        booking: &str,
        reason: String,
        now: Timestamp,
    ) -> Result<(), DownlinkRefusal> {
        let known = self.bookings.get(booking).ok_or(DownlinkRefusal::NoSuchBooking)?;
        let was = known.stands;
        let uplink = known.uplink.clone();
        self.cancel(booking, now)?;
        if was == ReservationState::Waiting {
            let uplink = uplink.unwrap_or_default();
            self.lot_cancellations.push(LotCancellation { uplink, booking: booking.to_owned(), reason });
        }
        Ok(())
    }

    /// The oldest of what that platform is still to be told.
    pub fn untold(&self, uplink: &str) -> Option<&LotCancellation> {
        self.lot_cancellations.iter().find(|it| it.uplink == uplink)
    }

    /// Its platform knows of it.
    pub fn told(&mut self, cancellation: &LotCancellation) {
        self.lot_cancellations.retain(|it| it != cancellation);
    }

    /// The reservation that a car came under: the one that its record names, or the one of its plate. The same
    /// passage again finds the same one.
    pub fn arrived(&mut self, passage: &Passage) -> Option<String> {
        if passage.direction != Direction::Entry {
            return None;
        }
        let is_its = |booking: &&mut Booking| {
            let Reservation { plate, arrives_at, expires_at, .. } = &booking.reservation;
            let in_time = arrives_at.checked_sub(EARLY).is_ok_and(|from| from <= passage.at)
                && passage.at <= *expires_at;
            booking.stands != ReservationState::Cancelled && in_time && passage.plate.as_ref() == Some(plate)
        };
        let booking = match &passage.reservation_code {
            Some(named) => self.bookings.get_mut(named)?,
            None => self.bookings.values_mut().find(is_its)?,
        };
        if booking.stands == ReservationState::Waiting {
            booking.stands = ReservationState::Arrived;
            booking.record_id = Some(passage.record_id.clone());
        }
        Some(booking.reservation.reservation_code.clone())
    }

    /// The reservation of a car that goes out: that of its parking, or the one of its plate under which it came.
    pub fn left(&mut self, passage: &Passage) -> Option<String> {
        if passage.direction != Direction::Exit {
            return None;
        }
        let received = |booking: &&mut Booking| booking.stands == ReservationState::Arrived;
        let of_record = |booking: &&mut Booking| booking.record_id.as_ref() == Some(&passage.record_id);
        let of_plate = |booking: &&mut Booking| {
            let Reservation { plate, arrives_at, .. } = &booking.reservation;
            let in_time = arrives_at.checked_sub(EARLY).is_ok_and(|from| from <= passage.at);
            !booking.left && in_time && passage.plate.as_ref() == Some(plate)
        };
        let found = match self.bookings.values_mut().filter(received).find(of_record) {
            Some(booking) => Some(booking),
            None => self.bookings.values_mut().filter(received).find(of_plate),
        }?;
        found.left = true;
        Some(found.reservation.reservation_code.clone())
    }

    /// How many spaces are held: a reservation holds one from when it is taken until its car has come, or the time
    /// for which it is kept is over.
    pub fn held(&self, now: Timestamp) -> u32 {
        self.held_where(now, |_| true)
    }

    /// How many of those are of the spaces that a reservation of that kind is of: chargers are counted apart.
    pub(crate) fn held_of(&self, space: SpaceKind, now: Timestamp) -> u32 {
        let charging = |space| space == SpaceKind::Charging;
        self.held_where(now, |held| charging(held) == charging(space))
    }

    fn held_where(&self, now: Timestamp, counts: impl Fn(SpaceKind) -> bool) -> u32 {
        let holds = |booking: &&Booking| {
            let Reservation { arrives_at, expires_at, kept_minutes, .. } = &booking.reservation;
            let kept = SignedDuration::from_mins((*kept_minutes).clamp(0, 1_000_000));
            let until = arrives_at.checked_add(kept).map_or(*expires_at, |until| until.min(*expires_at));
            booking.stands == ReservationState::Waiting && until > now && counts(booking.reservation.space)
        };
        u32::try_from(self.bookings.values().filter(holds).count()).unwrap_or(u32::MAX)
    }

    /// Forgets what is long over.
    pub fn forget(&mut self, now: Timestamp) {
        self.bookings.retain(|_, booking| {
            let inside = booking.stands == ReservationState::Arrived && !booking.left;
            let remembered = if inside { INSIDE_AT_MOST } else { REMEMBERED };
            booking.reservation.expires_at.checked_add(remembered).is_ok_and(|until| until > now)
        });
        let beyond = self.directives.len().saturating_sub(DIRECTIVES_MAX);
        self.directives.drain(..beyond);
        let beyond = self.lot_cancellations.len().saturating_sub(LOT_CANCELLATIONS_MAX);
        self.lot_cancellations.drain(..beyond);
        self.answered.retain(|_, it| it.at.checked_add(ANSWERS_REMEMBERED).is_ok_and(|until| until > now));
        while self.answered.len() > ANSWERS_MAX {
            let oldest = self.answered.iter().min_by_key(|(_, it)| it.at).map(|(key, _)| key.clone());
            let Some(oldest) = oldest else { break };
            self.answered.remove(&oldest);
        }
    }

    fn tell(&mut self, asked: Notification) {
        self.next += 1;
        self.directives.push(Directive { id: self.next, asked });
    }
}

/// Whether it is the same reservation, however it was asked for.
fn same(known: &Reservation, asked: &Reservation) -> bool {
    Reservation { changes: asked.changes, ..known.clone() } == *asked
}
