use super::*;
use crate::message::{Message, Says};
use crate::plan::Accounts;
use bowei_model::{Direction, Passage};
use std::collections::HashMap;
use std::path::PathBuf;

const LOTS: &str = "\
place_id,place_name,city_name,num_all,address,latitude,longitude,place_url
one,Parkhaus Eins,Aachen,10,\"Parkhaus Eins
Wallstr. 1
52062
Aachen\",50.77,6.09,http://example.org/1
two,Parkplatz Zwei,Kiel,,,,,http://example.org/2
small,Zu klein,Ulm,3,,,,http://example.org/3
";

/// `two` begins late and falls below zero, `small` has more free than spaces, `none` was never counted, `still`
/// never changes and is full, `empty` never changes and is empty.
const FREE: &str = "\
timestamp,one,two,small,none,still,empty
2021-07-19T00:00:01+00:00,6,,5,,0,4
2021-07-19T00:15:02+00:00,4,8,,,,
2021-07-19T00:30:01+00:00,,-2,,,,
2021-07-19T01:00:01+00:00,9,,2,,,
";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn replay() -> Replay {
    Replay::read(LOTS.as_bytes(), FREE.as_bytes(), &ReplayOptions::default()).unwrap()
}

fn passages(replay: &Replay, now: Timestamp) -> Vec<Passage> {
    let passage = |message: Message| match message.says {
        Says::Passage(passage) => passage,
        other => panic!("a replay has passages alone, and not {other:?}"),
    };
    replay.traffic(now).map(passage).collect()
}

#[test]
fn lots_without_counts_are_left_out_and_sizes_fit_what_was_counted() {
    let replay = replay();
    let of = |lot: &CityLot| (lot.code.to_string(), lot.spaces_total, lot.name.clone());
    let lots: Vec<_> = replay.plan().lots.iter().map(|lot| of(lot)).collect();
    assert_eq!(
        lots,
        [
            ("replay-0001".to_owned(), 10, "Parkhaus Eins（Aachen）".to_owned()),
            ("replay-0002".to_owned(), 8, "Parkplatz Zwei（Kiel）".to_owned()),
            ("replay-0003".to_owned(), 5, "Zu klein（Ulm）".to_owned()),
            ("replay-0004".to_owned(), 1, "still".to_owned()),
            ("replay-0005".to_owned(), 4, "empty".to_owned()),
        ]
    );
    assert_eq!(replay.unobserved, 1);
    assert_eq!(replay.plan().lots[0].address, "Parkhaus Eins, Wallstr. 1, 52062, Aachen");
    assert_eq!((replay.plan().lots[0].longitude, replay.plan().lots[0].datum), (6.09, Datum::Wgs84));
    assert!(replay.to_string().contains("5 个停车场"), "{replay}");
}

#[test]
fn a_count_becomes_cars_inside_and_changes_become_entries_and_exits() {
    let replay = replay();
    // one: 4 inside, 2 in, 5 out; two: none inside, 10 in; small: none inside, 3 in; still: 1 inside; empty: none.
    assert_eq!(replay.amount(), (5, 20));
    let passages = passages(&replay, at("2026-04-01T12:00:30Z"));
    assert_eq!(passages.len(), 25);
    let of = |lot: &str, direction| {
        let fits = |passage: &&Passage| passage.lot.as_str() == lot && passage.direction == direction;
        passages.iter().filter(fits).collect::<Vec<_>>()
    };
    let one_in = of("replay-0001", Direction::Entry);
    // The last moment of the file, 01:00:01, is 12:00:00 now: the day is 10:59:59 later.
    assert!(
        one_in[..4].iter().all(|p| p.at >= at("2026-04-01T10:55:00Z") && p.at < at("2026-04-01T11:00:00Z"))
    );
    let changes: Vec<_> = one_in[4..].iter().map(|p| p.at).collect();
    assert_eq!(changes, [at("2026-04-01T11:07:30Z"), at("2026-04-01T11:15:01Z")]);
    let one_out = of("replay-0001", Direction::Exit);
    assert_eq!(one_out.len(), 5);
    assert_eq!(one_out[4].at, at("2026-04-01T12:00:00Z"));
    assert_eq!(one_out[4].vacant, Some(9));
    let (first_in, first_out) = (&one_in[0].record_id, &one_out[0].record_id);
    assert_eq!(first_in, first_out, "the car that is inside longest leaves first");
    assert_eq!(one_out[0].entered_at, Some(one_in[0].at));
}

#[test]
fn messages_come_in_the_order_of_time_and_never_from_the_future() {
    let now = at("2026-04-01T12:00:30Z");
    let passages = passages(&replay(), now);
    assert!(passages.is_sorted_by_key(|passage| passage.at));
    assert!(passages.iter().all(|passage| passage.at <= now));
}

#[test]
fn the_truth_ends_at_the_files_last_counts() {
    let replay = replay();
    let traffic = replay.traffic(at("2026-04-01T12:00:30Z"));
    let truth = traffic.truth();
    assert_eq!(traffic.count(), 25);
    assert_eq!(truth.look().expected(), replay.expected());
    let vacant = |lot: &str| replay.expected()[&LotCode::from(lot)];
    assert_eq!(vacant("replay-0001"), Expected { derived: 9, reported: Some(9) });
    assert_eq!(vacant("replay-0002"), Expected { derived: -2, reported: Some(-2) });
    assert_eq!(vacant("replay-0003"), Expected { derived: 2, reported: Some(2) });
    assert_eq!(vacant("replay-0004"), Expected { derived: 0, reported: Some(0) });
    assert_eq!(vacant("replay-0005"), Expected { derived: 4, reported: None });
}

#[test]
fn a_standard_of_charges_hears_of_every_stay_that_ended() {
    let options = ReplayOptions { standard: "yunkuaichong", ..ReplayOptions::default() };
    let replay = Replay::read(LOTS.as_bytes(), FREE.as_bytes(), &options).unwrap();
    let traffic = replay.traffic(at("2026-04-01T12:00:30Z"));
    let truth = traffic.truth();
    let mut charges = HashMap::new();
    for message in traffic {
        let Says::Charge(charge) = message.says else { panic!("{:?}", message.says) };
        assert!(charge.started_at < charge.ended_at && charge.ended_at == message.due, "{charge:?}");
        *charges.entry(charge.lot).or_insert(0) += 1;
    }
    assert_eq!(charges, HashMap::from([(LotCode::from("replay-0001"), 5)]));
    assert_eq!(replay.expected_charges().values().sum::<u64>(), 5);
    assert_eq!(replay.expected_charges()[&LotCode::from("replay-0001")], 5);
    assert_eq!(truth.look().charges().count(), 5);
    // The platform hears nothing of who is inside.
    let vacant = &replay.expected()[&LotCode::from("replay-0001")];
    assert_eq!(*vacant, Expected { derived: 10, reported: None });
}

#[test]
fn a_standard_without_numbers_below_zero_says_none_are_free() {
    let options = ReplayOptions { standard: "shenzhen", ..ReplayOptions::default() };
    let replay = Replay::read(LOTS.as_bytes(), FREE.as_bytes(), &options).unwrap();
    let vacant = &replay.expected()[&LotCode::from("replay-0002")];
    assert_eq!(*vacant, Expected { derived: -2, reported: Some(0) });
}

#[test]
fn the_same_day_shifted_the_same_is_the_same_messages() {
    let now = at("2026-04-01T12:00:30Z");
    assert_eq!(passages(&replay(), now), passages(&replay(), now));
}

#[test]
fn what_is_wrong_with_a_file_is_said_with_its_line() {
    let read = |free: &str| {
        let options = ReplayOptions::default();
        Replay::read(LOTS.as_bytes(), free.as_bytes(), &options).unwrap_err().to_string()
    };
    assert!(read("timestamp,one\nyesterday,3\n").contains("line 2"));
    assert!(read("timestamp,one\n2021-07-19T00:00:01+00:00,many\n").contains("\"many\""));
    assert!(read("timestamp,one\n2021-07-19T00:00:01+00:00,\n").contains("no count of any lot"));
    assert!(read("time,one\n").contains("timestamp"));
}

#[test]
fn a_time_without_an_offset_is_by_the_city_s_clock() {
    let counts =
        |time: &str| files::Recording::read(LOTS.as_bytes(), format!("timestamp,one\n{time},3\n").as_bytes());
    for time in ["2026-11-23 00:05:00", "2026-11-23T00:05:00+08:00", "2026-11-22T16:05:00Z"] {
        let recording = counts(time).unwrap();
        assert_eq!(recording.columns[0].counts, [(at("2026-11-22T16:05:00Z").as_second(), 3)], "{time}");
    }
}

/// The recorded day that is kept beside the workspace, where it is.
fn real_day() -> Option<Replay> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let (lots, free) = (folder.join("lots.csv"), folder.join("free-spaces-2021-07-19.csv"));
    if !lots.exists() || !free.exists() {
        println!("skipped: no recorded day in ../shared/data beside the workspace");
        return None;
    }
    Some(Replay::open(&lots, &free, &ReplayOptions::default()).unwrap())
}

#[test]
fn a_real_day_replays_to_its_last_counts() {
    let Some(replay) = real_day() else { return };
    assert_eq!((replay.plan().lots.len(), replay.unobserved), (579, 166));
    let (opening, changes) = replay.amount();
    assert_eq!(changes, 93_164 + 93_984);
    let now = at("2026-04-01T12:00:00Z");
    let traffic = replay.traffic(now);
    let truth = traffic.truth();
    let mut latest: HashMap<LotCode, (Timestamp, i64)> = HashMap::new();
    let (mut messages, mut before) = (0_u64, traffic.start());
    for message in traffic {
        let Says::Passage(passage) = message.says else { panic!("a replay has no photos") };
        assert!(passage.at >= before && passage.at <= now);
        assert!(now.duration_since(passage.at) < SignedDuration::from_hours(24), "{}", passage.at);
        before = passage.at;
        messages += 1;
        let word = (passage.at, passage.vacant.unwrap());
        let newest = latest.entry(passage.lot.clone()).or_insert(word);
        // No two last words in one second: which of them is latest must not depend on the order of arrival.
        *newest = if word.0 > newest.0 { word } else { *newest };
    }
    assert_eq!(messages, opening + changes);
    let expected = replay.expected();
    assert_eq!(truth.look().expected(), expected);
    for (lot, expected) in &expected {
        assert_eq!(latest.get(lot).map(|word| word.1), expected.reported, "{lot}");
    }
    // Nothing to seal here; only that every lot would have an account.
    assert!(Accounts::default().cover(replay.plan()).is_err());
}
