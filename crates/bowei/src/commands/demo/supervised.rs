//! What supervision has to look at: the last days of the past with signs of life, declarations and faults.

use super::state::State;
use bowei_city::declaring::Declaring;
use bowei_city::faults::{InjectOptions, Injector, Schedule};
use bowei_city::run::Traffic;
use bowei_city::signs_of_life::{Merged, signs_of_life};
use bowei_city::{CityLot, CityPlan, Prepared};
use bowei_model::moment;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// So many whole days of the past are supervised. There all passages have pictures, and lots show signs of life, which is
/// more to take in than the passages themselves.
const SUPERVISED: SignedDuration = SignedDuration::from_hours(3 * 24);
/// One in so many of the lots without a gateway is a faulty one.
const FAULTY_ONE_IN: usize = 4;

/// The first moment of the first day that is supervised.
pub(super) fn supervised_from(state: &State) -> Timestamp {
    let some = state.live_from.checked_sub(SUPERVISED).unwrap_or(state.live_from);
    let day = moment::span_of_day(moment::day(some));
    day.map_or(some, |(begins, _)| begins).max(state.start)
}

/// The city's traffic with signs of life, with what lots declare of their days, and with faults in the past of some of them,
/// for the console to have something to show. Gateways are told who is inside their lots: these are as they should be.
pub(super) fn with_faults(
    prepared: Prepared,
    plan: &CityPlan,
    at_gateways: &[Arc<CityLot>],
    state: &State,
    now: Timestamp,
) -> Traffic {
    let has_gateway = |lot: &&Arc<CityLot>| at_gateways.iter().any(|other| other.code == lot.code);
    let others = plan.lots.iter().filter(|lot| !has_gateway(lot));
    let faulty = others.step_by(FAULTY_ONE_IN).take(state.faulty_lots).map(|lot| lot.code.clone());
    let options = InjectOptions {
        calm_days: 0,
        rounds: 1,
        lots: Some(faulty.collect()),
        ..InjectOptions::new(state.seed, supervised_from(state), state.live_from)
    };
    let declaring = Declaring::new(prepared.traffic, plan, state.start);
    let traffic = Merged::new(declaring, signs_of_life(plan, supervised_from(state), now));
    Box::new(Injector::new(traffic, Schedule::new(plan, &options)))
}
