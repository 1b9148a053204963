//! Which plates' records of a day do not add up, of cars with reservations: what a lot is to report once more.
//!
//! It follows from the sessions and the lot's own lists of the cars inside as they are when it is asked, so that it
//! does not matter in which order they came.

use crate::cars_inside::last_list;
use crate::reservations::settlement;
use bowei_model::{CarsInside, FindingKind, LotCode, ParkingSession, Plate, moment};
use bowei_store::{SessionQuery, Store, StoreError};
use jiff::{SignedDuration, Timestamp};

/// Sessions read at once.
const PAGE: usize = 1_000;

/// The plates, in their order.
pub(super) async fn plates_to_mend(
    store: &dyn Store,
    lot: &LotCode,
    day: u32,
    now: Timestamp,
) -> Result<Vec<Plate>, StoreError> {
    let Some((from, to)) = moment::span_of_day(day) else { return Ok(Vec::new()) };
    let inside = last_list(store, lot, Some(to)).await?;
    let orders = settlement::of_day(store, lot, (from, to)).await?;
    let mut plates = orders.plates;
    // Parkings of orders, over however many days they went.
    for record_id in &orders.stays {
        if let Some(session) = store.session(lot, record_id.as_str()).await?
            && !adds_up(&session, inside.as_ref())
        {
            plates.extend(session.plate().cloned());
        }
    }
    let mut cursor = None;
    loop {
        let query = SessionQuery {
            lot: Some(lot.clone()),
            // Who came in the evening before may leave on the day.
            from: Some(from - SignedDuration::from_hours(24)),
            to: Some(to),
            limit: PAGE,
            cursor,
            ..SessionQuery::default()
        };
        let page = store.sessions(query).await?;
        for session in &page.items {
            let of_day = |at: Option<Timestamp>| at.is_some_and(|at| (from..to).contains(&at));
            let asked = of_day(session.entered_at()) || of_day(session.exited_at());
            if asked && is_reserved(session) && !adds_up(session, inside.as_ref()) {
                plates.extend(session.plate().cloned());
            }
        }
        cursor = page.next;
        if cursor.is_none() {
            if orders.has_orders {
                settlement::note_asked(store, (lot, day), plates.len(), now).await?;
            }
            return Ok(plates.into_iter().collect());
        }
    }
}

fn bookings(session: &ParkingSession) -> [Option<&str>; 2] {
    [session.entry(), session.exit()]
        .map(|version| version.and_then(|v| v.content.reservation_code.as_deref()))
}

fn is_reserved(session: &ParkingSession) -> bool {
    bookings(session).iter().any(Option::is_some)
}

fn adds_up(session: &ParkingSession, inside: Option<&CarsInside>) -> bool {
    let broken = session.findings().iter().any(|finding| {
        matches!(
            finding.kind,
            FindingKind::UnmatchedExit | FindingKind::ExitBeforeEntry | FindingKind::PlateMismatch
        )
    });
    if broken {
        return false;
    }
    match (session.entry(), session.exit()) {
        (Some(_), Some(_)) => {
            let [received, went] = bookings(session);
            received == went
        }
        // Inside as far as we know: then a list made since must have the car.
        (Some(entry), None) => inside.is_none_or(|cars| {
            cars.at < entry.content.at || session.plate().is_none_or(|plate| cars.plates.contains(plate))
        }),
        _ => false,
    }
}
