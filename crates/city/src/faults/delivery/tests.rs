use super::*;
use crate::plan::{CityPlan, PlanOptions};
use crate::simulation::{Simulation, SimulationOptions};
use bowei_model::{Passage, moment};
use std::collections::HashSet;

fn simulation() -> Simulation {
    let plan = CityPlan::new(&PlanOptions { lots: 12, ..PlanOptions::default() }).unwrap();
    let start = moment::from_wall(jiff::civil::date(2026, 4, 1).at(12, 0, 0, 0)).unwrap();
    Simulation::new(&plan, SimulationOptions::new(5, start, Some(start + SignedDuration::from_hours(3))))
}

fn faulty(options: FaultOptions) -> Faulty<Simulation> {
    let simulation = simulation();
    let truth = simulation.truth();
    Faulty::new(simulation, truth, options)
}

/// What is said, without when: a record's id and what kind of message it is.
fn said(messages: impl Iterator<Item = Message>) -> Vec<(String, bool, Option<Direction>)> {
    messages
        .map(|message| {
            let direction = message.passage().map(|passage| passage.direction);
            let photo_of_exit =
                matches!(&message.says, Says::Photo(scene) if scene.role == bowei_model::PhotoRole::Exit);
            (message.record_id().to_string(), photo_of_exit, direction)
        })
        .collect()
}

#[test]
fn without_faults_nothing_changes() {
    let plain: Vec<Message> = simulation().collect();
    assert_eq!(faulty(FaultOptions::none(1)).collect::<Vec<_>>(), plain);
}

#[test]
fn faults_keep_the_set_of_messages_and_the_truth() {
    let clean = simulation();
    let truth = clean.truth();
    let plain = said(clean);
    let bad = FaultOptions {
        repeat: 0.1,
        shuffle: 0.2,
        outages_per_hour: 1.0,
        misread: 0.05,
        ..FaultOptions::none(9)
    };
    let faulty = faulty(bad);
    let also_truth = faulty.truth.clone();
    let after = said(faulty);
    assert!(after.len() > plain.len() + plain.len() / 20, "some are said twice");
    assert_ne!(after, plain);
    let set = |said: Vec<_>| said.into_iter().collect::<HashSet<_>>();
    assert_eq!(set(after), set(plain));
    assert_eq!(also_truth.look().expected(), truth.look().expected());
}

#[test]
fn the_same_seed_is_the_same_faults() {
    let bad = || faulty(FaultOptions::bad_day(3)).collect::<Vec<_>>();
    assert_eq!(bad(), bad());
    assert_ne!(bad(), faulty(FaultOptions::bad_day(4)).collect::<Vec<_>>());
}

#[test]
fn messages_still_come_in_the_order_in_which_they_fall_due() {
    let options = FaultOptions { shuffle: 0.3, outages_per_hour: 2.0, ..FaultOptions::none(2) };
    let messages: Vec<Message> = faulty(options).collect();
    assert!(messages.is_sorted_by_key(|message| message.due));
    let overtaken = messages.iter().zip(messages.iter().skip(1)).any(|(a, b)| match (&a.says, &b.says) {
        (Says::Passage(a), Says::Passage(b)) => a.at > b.at,
        _ => false,
    });
    assert!(overtaken, "later passages overtake earlier ones");
}

#[test]
fn an_outage_holds_everything_of_a_lot_back() {
    let options = FaultOptions { outages_per_hour: 2.0, ..FaultOptions::none(2) };
    let late = faulty(options).filter(|message| {
        let late = |passage: &Passage| message.due.duration_since(passage.at) > SignedDuration::from_secs(60);
        message.passage().is_some_and(late)
    });
    assert!(late.filter(|message| message.due > simulation_start()).count() > 20);
}

fn simulation_start() -> Timestamp {
    moment::from_wall(jiff::civil::date(2026, 4, 1).at(12, 0, 0, 0)).unwrap()
}

#[test]
fn a_misread_plate_is_known_to_the_truth() {
    let faulty = faulty(FaultOptions { misread: 0.2, ..FaultOptions::none(2) });
    let truth = faulty.truth.clone();
    let mut misread = 0;
    for message in faulty {
        let Says::Passage(passage) = &message.says else { continue };
        let truth = truth.look();
        let parking = truth.parking(&passage.record_id).unwrap();
        let read = match passage.direction {
            Direction::Entry => &parking.misread_in,
            Direction::Exit => &parking.misread_out,
        };
        misread += usize::from(read.is_some());
        // Where a passage is known by its plate, a misread one would be another car.
        assert!(read.is_none() || message.lot.standard != "isp", "{passage:?}");
        assert_eq!(read.as_ref().or(parking.plate.as_ref()), passage.plate.as_ref());
    }
    assert!(misread > 50, "{misread}");
}
