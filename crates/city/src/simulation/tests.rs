use super::*;
use crate::message::Says;
use crate::plan::PlanOptions;
use bowei_model::Direction;
use bowei_model::LotKind;
use std::collections::{HashMap, HashSet};

/// Noon of a Wednesday in Huzhou.
fn noon() -> Timestamp {
    moment::from_wall(jiff::civil::date(2026, 4, 1).at(12, 0, 0, 0)).unwrap()
}

fn plan() -> CityPlan {
    CityPlan::new(&PlanOptions::default()).unwrap()
}

fn hours(from: Timestamp, hours: i64) -> SimulationOptions {
    SimulationOptions {
        photos: PhotoShare::always(0.1),
        ..SimulationOptions::new(5, from, Some(from + SignedDuration::from_hours(hours)))
    }
}

fn passage(message: &Message) -> Option<&Passage> {
    message.passage()
}

#[test]
fn the_same_seed_is_the_same_messages() {
    let messages = |seed| {
        let options = SimulationOptions { seed, ..hours(noon(), 1) };
        Simulation::new(&plan(), options).collect::<Vec<_>>()
    };
    assert_eq!(messages(5), messages(5));
    assert_ne!(messages(5), messages(6));
}

#[test]
fn more_photos_do_not_change_who_comes() {
    let passages = |share| {
        let options = SimulationOptions { photos: PhotoShare::always(share), ..hours(noon(), 1) };
        let messages: Vec<Message> = Simulation::new(&plan(), options).collect();
        messages.iter().filter_map(passage).cloned().collect::<Vec<_>>()
    };
    assert_eq!(passages(0.0), passages(1.0));
}

#[test]
fn a_lot_never_holds_more_than_its_spaces_and_says_what_is_true() {
    let simulation = Simulation::new(&plan(), hours(noon(), 6));
    let truth = simulation.truth();
    let spaces: HashMap<_, _> =
        plan().lots.iter().map(|lot| (lot.code.clone(), i64::from(lot.spaces_total))).collect();
    let mut inside: HashMap<_, i64> = HashMap::new();
    let mut latest = HashMap::new();
    for message in simulation {
        let Some(passage) = passage(&message) else { continue };
        let count = inside.entry(passage.lot.clone()).or_default();
        *count += if passage.direction == Direction::Entry { 1 } else { -1 };
        assert!((0..=spaces[&passage.lot]).contains(count), "{passage:?}");
        assert_eq!(passage.vacant, Some(spaces[&passage.lot] - *count));
        let last = latest.insert(passage.lot.clone(), passage.at);
        assert!(last.is_none_or(|last| last < passage.at), "two passages in one second: {passage:?}");
    }
    let truth = truth.look();
    for (lot, count) in inside {
        assert_eq!(truth.vacant(&lot), Some(spaces[&lot] - count));
    }
}

#[test]
fn no_plate_is_inside_twice() {
    let mut inside = HashSet::new();
    for message in Simulation::new(&plan(), hours(noon(), 6)) {
        let Some(passage) = passage(&message) else { continue };
        let plate = passage.plate.clone().unwrap();
        match passage.direction {
            Direction::Entry => assert!(inside.insert(plate), "{passage:?}"),
            Direction::Exit => assert!(inside.remove(&plate), "{passage:?}"),
        }
    }
}

#[test]
fn the_opening_state_is_reported_by_entries_before_the_start() {
    let start = noon();
    let simulation = Simulation::new(&plan(), hours(start, 1));
    let messages: Vec<Message> = simulation.collect();
    let before = |message: &&Message| passage(message).is_some_and(|passage| passage.at < start);
    let opening: Vec<&Message> = messages.iter().filter(before).collect();
    assert!(opening.len() > 1_000, "{} cars inside at noon", opening.len());
    assert!(opening.iter().all(|message| message.due == start), "said when the run starts");
    let mut passages = messages.iter().filter(|message| passage(message).is_some());
    assert!(passages.by_ref().take(opening.len()).all(|message| before(&message)), "and before all others");
    let oldest = opening.iter().filter_map(|message| passage(message)).map(|p| p.at).min().unwrap();
    assert!(start.duration_since(oldest) <= WARM_UP);
    assert!(opening.iter().all(|m| passage(m).is_some_and(|p| p.direction == Direction::Entry)));
}

#[test]
fn every_exit_knows_its_entry_and_every_record_is_in_the_truth() {
    let simulation = Simulation::new(&plan(), hours(noon(), 3));
    let truth = simulation.truth();
    let mut entries = HashMap::new();
    let mut exits = 0;
    for message in simulation {
        let Some(passage) = passage(&message) else { continue };
        match passage.direction {
            Direction::Entry => {
                assert!(entries.insert(passage.record_id.clone(), passage.at).is_none());
            }
            Direction::Exit => {
                exits += 1;
                assert_eq!(passage.entered_at, entries.get(&passage.record_id).copied());
                let stay = passage.at.duration_since(entries[&passage.record_id]);
                assert_eq!(passage.minutes, Some(stay.as_mins()));
                let truth = truth.look();
                assert_eq!(truth.parking(&passage.record_id).unwrap().exited_at, Some(passage.at));
            }
        }
    }
    let truth = truth.look();
    assert_eq!(truth.parkings().count(), entries.len());
    assert_eq!(truth.parkings().filter(|(_, parking)| parking.exited_at.is_some()).count(), exits);
}

#[test]
fn berths_are_taken_once_and_gates_are_named() {
    let mut taken = HashSet::new();
    let kinds: HashMap<_, _> = plan().lots.iter().map(|lot| (lot.code.clone(), lot.kind)).collect();
    for message in Simulation::new(&plan(), hours(noon(), 2)) {
        let Some(passage) = passage(&message) else { continue };
        if kinds[&passage.lot] == LotKind::OffStreet {
            assert!(passage.gate.is_some() && passage.berth.is_none());
            continue;
        }
        assert!(passage.gate.is_none());
        let berth = (passage.lot.clone(), passage.berth.clone().unwrap());
        match passage.direction {
            Direction::Entry => assert!(taken.insert(berth), "{passage:?}"),
            Direction::Exit => assert!(taken.remove(&berth), "{passage:?}"),
        }
    }
}

#[test]
fn a_full_lot_turns_cars_away() {
    let options = SimulationOptions { busyness: 4.0, ..hours(noon(), 2) };
    let simulation = Simulation::new(&plan(), options);
    let truth = simulation.truth();
    assert!(simulation.count() > 0);
    assert!(truth.look().lots().values().any(|lot| lot.turned_away > 0));
}

#[test]
fn a_night_with_a_floor_is_never_dead() {
    let three = moment::from_wall(jiff::civil::date(2026, 4, 1).at(2, 0, 0, 0)).unwrap();
    let per_second = |floor| {
        let options = SimulationOptions {
            floor_passages_per_s: floor,
            photos: PhotoShare::always(0.0),
            ..hours(three, 2)
        };
        let passages = Simulation::new(&plan(), options).filter(|m| {
            passage(m).is_some_and(|passage| passage.at >= three + SignedDuration::from_hours(1))
        });
        passages.count() as f64 / 3_600.0
    };
    let (quiet, lively) = (per_second(0.0), per_second(0.65));
    println!("{quiet:.2} and {lively:.2} passages a second at three in the morning");
    assert!(quiet < 0.5, "{quiet}");
    assert!((0.5..0.8).contains(&lively), "{lively}");
}

#[test]
fn a_live_day_has_a_few_passages_a_second() {
    let ten = moment::from_wall(jiff::civil::date(2026, 4, 1).at(10, 0, 0, 0)).unwrap();
    let options = SimulationOptions { busyness: 1.5, photos: PhotoShare::always(0.0), ..hours(ten, 1) };
    let messages: Vec<Message> = Simulation::new(&plan(), options).collect();
    let passages = messages.iter().filter_map(passage).filter(|passage| passage.at >= ten).count();
    let per_second = passages as f64 / 3_600.0;
    println!("{per_second:.2} passages a second at ten in the morning");
    assert!((1.2..6.0).contains(&per_second), "{per_second}");
}

#[test]
fn a_day_fills_and_empties_lots_by_their_kind() {
    let midnight = moment::start_of_date(jiff::civil::date(2026, 4, 1)).unwrap();
    let plan = plan();
    let mut inside: HashMap<_, i64> = HashMap::new();
    let mut fullest: HashMap<_, (i64, i8)> = HashMap::new();
    for message in Simulation::new(&plan, hours(midnight, 24)) {
        let Some(passage) = passage(&message) else { continue };
        let count = inside.entry(message.lot.place).or_default();
        *count += if passage.direction == Direction::Entry { 1 } else { -1 };
        let hour = moment::to_wall(message.due).hour();
        let most = fullest.entry(message.lot.place).or_default();
        if *count > most.0 {
            *most = (*count, hour);
        }
    }
    let mut table: Vec<_> = fullest.iter().collect();
    table.sort();
    for (place, (most, hour)) in table {
        let spaces: u32 =
            plan.lots.iter().filter(|lot| lot.place == *place).map(|lot| lot.spaces_total).sum();
        println!("{place:?}: at most {most} of {spaces}, at {hour} o'clock");
        assert!(*most * 5 > i64::from(spaces), "{place:?} is never even a fifth full");
    }
    use crate::plan::PlaceKind::{Hospital, Mall, Office, Scenic};
    assert!((8..13).contains(&fullest[&Hospital].1) && (8..15).contains(&fullest[&Office].1));
    assert!((16..21).contains(&fullest[&Mall].1) && (9..15).contains(&fullest[&Scenic].1));
}

#[test]
fn a_charge_is_said_when_it_is_over_and_lies_within_its_stay() {
    let simulation = Simulation::new(&plan(), hours(noon(), 6));
    let truth = simulation.truth();
    let mut stays: HashMap<String, (Timestamp, Option<Timestamp>)> = HashMap::new();
    let mut charges = Vec::new();
    for message in simulation {
        match &message.says {
            Says::Passage(passage) => {
                let stay = stays.entry(passage.record_id.to_string()).or_insert((passage.at, None));
                if passage.direction == Direction::Exit {
                    stay.1 = Some(passage.at);
                }
            }
            Says::Charge(charge) => {
                assert_eq!(message.due, charge.ended_at, "{charge:?}");
                charges.push(charge.clone());
            }
            Says::Photo(_) | Says::OfLot(_) | Says::DayDeclared(_) | Says::LotChanged(_) => {}
        }
    }
    assert!(charges.len() > 100, "{} charges in an afternoon", charges.len());
    let truth = truth.look();
    let known: HashMap<_, _> = truth.charges().collect();
    assert_eq!(known.len(), charges.len());
    for charge in &charges {
        let record = known[&charge.order_no].parking.clone().unwrap();
        let (received, left) = stays[record.as_str()];
        assert!(received < charge.started_at && charge.started_at < charge.ended_at, "{charge:?}");
        assert!(left.is_none_or(|left| charge.ended_at < left), "{charge:?}");
        assert_eq!(charge.plate, truth.parking(&record).unwrap().plate);
        let sum = charge.electricity_fee.unwrap() + charge.service_fee.unwrap();
        assert_eq!(charge.total_fee, Some(sum), "{charge:?}");
        assert!(charge.energy_kwh.unwrap().scale() == 2 && sum.scale() == 2, "{charge:?}");
    }
}

#[test]
fn what_a_car_pays_follows_from_its_stay_and_its_looks_stay_its_own() {
    let mut looks = HashMap::new();
    let mut paid = 0;
    for message in Simulation::new(&plan(), hours(noon(), 2)) {
        let Some(passage) = passage(&message) else { continue };
        let vehicle = passage.vehicle.clone().unwrap();
        let before = looks.insert(passage.record_id.clone(), vehicle.clone());
        assert!(before.is_none_or(|before| before == vehicle), "{passage:?}");
        assert!(passage.gate_code.is_some(), "{passage:?}");
        let fee = message.lot.fee.filter(|_| passage.direction == Direction::Exit);
        let due = fee.map(|fee| fee.of(passage.minutes.unwrap(), passage.plate_kind.unwrap()));
        assert_eq!(passage.payment.as_ref().and_then(|payment| payment.payable), due, "{passage:?}");
        if let Some(payment) = passage.payment.as_ref().filter(|payment| payment.paid_at.is_some()) {
            paid += 1;
            assert!(payment.paid == payment.payable && payment.pay_kind.is_some(), "{payment:?}");
            assert!(
                payment.paid_at > passage.entered_at && payment.paid_at < Some(passage.at),
                "{passage:?}"
            );
        }
    }
    assert!(paid > 100, "{paid} stays were paid for");
}

#[test]
fn pictures_go_within_the_passage_or_apart_and_never_both() {
    let mut within = 0;
    for message in Simulation::new(&plan(), hours(noon(), 2)) {
        let goes_within = message.lot.standard == "isp";
        assert!(goes_within || message.within.is_none(), "{message:?}");
        assert!(!goes_within || !matches!(message.says, Says::Photo(_)), "{message:?}");
        within += usize::from(message.within.is_some());
    }
    assert!(within > 5, "{within}");
}

#[test]
fn cars_without_a_plate_have_its_kind_and_can_be_told_apart_where_times_alone_tell() {
    let plan = CityPlan::new(&PlanOptions { standard: Some("isp"), ..PlanOptions::default() }).unwrap();
    let options = SimulationOptions { unplated_share: 0.2, ..hours(noon(), 6) };
    let mut last: HashMap<_, Timestamp> = HashMap::new();
    let (mut unplated, mut all) = (0, 0);
    for message in Simulation::new(&plan, options) {
        let Some(passage) = passage(&message) else { continue };
        all += 1;
        assert_eq!(passage.plate.is_none(), passage.plate_kind == Some(PlateKind::NONE), "{passage:?}");
        if passage.plate.is_some() {
            continue;
        }
        unplated += 1;
        assert!(passage.vehicle.as_ref().is_some_and(|vehicle| vehicle.plate_color.is_none()));
        if passage.direction == Direction::Entry {
            let before = last.insert(passage.lot.clone(), passage.at);
            let far = |before| passage.at.duration_since(before) > bowei_model::pairing::NEAR * 2;
            assert!(before.is_none_or(far), "{passage:?}");
        }
    }
    assert!(unplated * 30 > all, "{unplated} of {all}");
}

#[test]
fn no_lot_begins_empty_at_any_hour() {
    for hour in [3, 12] {
        let start = moment::from_wall(jiff::civil::date(2026, 4, 1).at(hour, 0, 0, 0)).unwrap();
        let plan = plan().resized(7);
        let simulation =
            Simulation::new(&plan, SimulationOptions { opening_on_time: true, ..hours(start, 0) });
        let truth = simulation.truth();
        let messages: Vec<_> = simulation.collect();
        assert!(messages.is_sorted_by_key(|message| message.due));
        assert!(messages.iter().all(|m| passage(m).is_none_or(|passage| passage.at == m.due)));
        assert!(truth.look().lots().values().all(|lot| lot.inside > 0 && lot.vacant() >= 0), "at {hour}");
    }
}

#[test]
fn lots_say_who_they_are_first_and_who_is_inside_on_the_hour() {
    let plan = plan();
    let described = plan.lots.iter().filter(|lot| matches!(lot.standard, "shenzhen" | "isp")).count();
    let gates: usize = plan
        .lots
        .iter()
        .filter(|lot| lot.standard == "shenzhen")
        .map(|lot| lot.entrances.len() + lot.exits.len())
        .sum();
    let messages: Vec<Message> = Simulation::new(&plan, hours(noon(), 3)).collect();
    let of_lot = |message: &Message| match &message.says {
        Says::OfLot(report) => Some(report.kind()),
        _ => None,
    };
    let kinds: Vec<_> = messages.iter().map_while(of_lot).collect();
    assert_eq!(kinds.len(), described + gates, "{kinds:?}");
    let lists: Vec<_> = messages.iter().filter(|message| of_lot(message) == Some("cars-inside")).collect();
    let shenzhen = plan.lots.iter().filter(|lot| lot.standard == "shenzhen").count();
    assert_eq!(lists.len(), 2 * shenzhen, "at one and at two o'clock");
    assert!(lists.iter().all(|list| list.due.as_second() % 3_600 == 0));
}
