//! Replenishing (补报): at midnight the platform is asked whose records of the day do not add up, and those are sent
//! again from the local log.

use crate::Gateway;
use crate::uplink::Uplink;
use bowei_model::{Plate, Report, moment};
use bowei_standards::lot_side::ReplenishmentReading;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashSet;
use std::sync::Arc;

/// A day of the largest lot is fewer pages; a platform that never says "no more" is left after so many.
const PAGES_MAX: u32 = 200;
/// Records of a day may have been taken in a little before or after it.
const AROUND: SignedDuration = SignedDuration::from_hours(24);

/// Asks for the day that ended at `due` and sends again what is missing. Says whether it is done.
pub(super) async fn ask_and_mend(gateway: &Gateway, uplink: &Arc<Uplink>, due: Timestamp) -> bool {
    let Ok(before) = due.checked_sub(SignedDuration::from_secs(1)) else { return true };
    let day = moment::to_wall(before).date();
    // A duty without its question is none.
    let Some(replenishment) = uplink.standard.replenishment() else { return true };
    let mut plates: HashSet<Plate> = HashSet::new();
    for page in 1..=PAGES_MAX {
        let asked = uplink
            .ask(|own| replenishment.seal_replenishment(own, &uplink.lot_id, day, page, uplink.clock.now()))
            .await;
        let reading = match asked {
            Ok(answer) => replenishment.read_replenishment(&answer),
            Err(not_answered) => {
                tracing::warn!(
                    uplink = uplink.name,
                    why = %not_answered,
                    "whose records to mend is not known"
                );
                return false;
            }
        };
        match reading {
            ReplenishmentReading::Plates(page) => {
                let before = plates.len();
                plates.extend(page);
                // Nothing new on a page is the end as well.
                if plates.len() == before {
                    break;
                }
            }
            ReplenishmentReading::Failed(reading) => {
                tracing::warn!(uplink = uplink.name, ?reading, "whose records to mend is not known");
                return false;
            }
        }
    }
    if plates.is_empty() {
        return true;
    }
    let Some((from, to)) = moment::span_of_day(moment::day(before)) else { return true };
    let (look_from, look_to) =
        (from.checked_sub(AROUND).unwrap_or(from), to.checked_add(AROUND).unwrap_or(to));
    let wanted = plates.len();
    let seqs = gateway
        .outbox
        .find(look_from, look_to, move |entry| match &entry.report {
            Report::Passage(passage) => {
                let of_the_day = (from..to).contains(&passage.at);
                of_the_day && passage.plate.as_ref().is_some_and(|plate| plates.contains(plate))
            }
            _ => false,
        })
        .await;
    tracing::info!(uplink = uplink.name, plates = wanted, records = seqs.len(), %day, "records are sent again");
    uplink.resend(&seqs).await;
    true
}
