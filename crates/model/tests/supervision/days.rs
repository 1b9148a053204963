//! Days to hold rules against: an ordinary one, of which each test changes what it is about.

use bowei_model::occupancy::Reported;
use bowei_model::supervision::{
    BaseDataFacts, Durations, Evaluation, Evidence, Minutes, Profile, RuleSet, evaluate,
};
use bowei_model::{
    Direction, Facts, FindingKind, Lot, LotCategory, LotKind, ParkingSession, Passage, Photo, PhotoRole,
    Picture, Plate, Position, Report, Statement,
};
use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// A Wednesday.
pub(super) const DAY: Date = date(2026, 3, 18);

/// A time of the day, `HH:MM` or `HH:MM:SS`; of the days around with `-1 ` or `+1 ` before it.
pub(super) fn t(text: &str) -> Timestamp {
    let (days, clock) = match text.split_once(' ') {
        Some((days, clock)) => (days.parse::<i64>().unwrap(), clock),
        None => (0, text),
    };
    let clock = if clock.len() == 5 { format!("{clock}:00") } else { clock.to_owned() };
    let at: Timestamp = format!("{DAY}T{clock}+08:00").parse().unwrap();
    at + SignedDuration::from_hours(24 * days)
}

pub(super) fn s(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

pub(super) fn plate(number: usize) -> Plate {
    Plate::read(&format!("浙E{:05}", 10_000 + number * 37)).unwrap()
}

pub(super) fn lot() -> Lot {
    Lot {
        name: "人民广场地下停车场".to_owned(),
        district: "330502".to_owned(),
        address: "人民路 1 号".to_owned(),
        position: Some(Position { longitude: 120.09, latitude: 30.87 }),
        spaces_total: 100,
        tariff: Some("5 元/小时".to_owned()),
        category: Some(LotCategory::Commercial),
        ..Lot::new("330502-001".into(), "p".into(), LotKind::OffStreet)
    }
}

pub(super) fn passage(id: &str, direction: Direction, at: Timestamp, plate: Option<Plate>) -> Passage {
    Passage { plate, gate: Some("东门".to_owned()), ..Passage::new(lot().code, id.into(), direction, at) }
}

pub(super) fn statement(report: Report, received_at: Timestamp) -> Statement {
    Statement {
        standard: "huzhou".to_owned(),
        provider: "p".into(),
        sent_at: received_at,
        received_at,
        report,
        doubts: Vec::new(),
    }
}

/// A session of passages, each with when it was received.
pub(super) fn session(passages: &[(Passage, Timestamp)]) -> ParkingSession {
    let first = &passages[0].0;
    let mut session = ParkingSession::new(
        first.lot.clone(),
        first.record_id.clone(),
        &statement(Report::Passage(first.clone()), passages[0].1),
    );
    for (passage, received_at) in passages {
        session.absorb_passage(passage, &statement(Report::Passage(passage.clone()), *received_at));
    }
    session
}

/// A stay, each end received 2 s later and with a picture.
pub(super) fn stay(
    id: &str,
    car: usize,
    entry: Option<Timestamp>,
    exit: Option<Timestamp>,
) -> ParkingSession {
    let ends = [(Direction::Entry, entry), (Direction::Exit, exit)];
    let ends = ends.into_iter().filter_map(|(direction, at)| Some((direction, at?)));
    let passages: Vec<_> =
        ends.map(|(direction, at)| (passage(id, direction, at, Some(plate(car))), at + s(2))).collect();
    let mut session = session(&passages);
    for (passage, received_at) in passages {
        picture(&mut session, passage.direction.into(), received_at + s(1));
    }
    session
}

pub(super) fn picture(session: &mut ParkingSession, role: PhotoRole, received_at: Timestamp) {
    let picture =
        Picture::Bytes { sha256: format!("{role:?}"), bytes: 150_000, media_type: "image/jpeg".to_owned() };
    let (lot, record_id) = (session.lot.clone(), session.record_id.clone());
    let photo = Photo { lot, record_id, role, slot: None, taken_at: None, picture };
    session.absorb_photo(&photo, &statement(Report::Photo(photo.clone()), received_at));
}

pub(super) fn word(as_of: Timestamp, vacant: i64) -> Reported {
    Reported { as_of, sent_at: as_of + s(2), vacant, charging_vacant: None }
}

/// The words that a right count says with each passage, and one before the day.
pub(super) fn right_counts(evidence: &mut Evidence) {
    let total = i64::from(evidence.lot.spaces_total);
    let moments: Vec<_> = evidence
        .sessions
        .iter()
        .flat_map(|session| [session.entered_at(), session.exited_at()])
        .flatten()
        .filter(|at| (t("00:00")..t("+1 00:00")).contains(at))
        .chain([t("-1 23:50")])
        .collect();
    let inside = |at: Timestamp| {
        let there = |session: &&ParkingSession| {
            session.entered_at().is_some_and(|entered| entered <= at)
                && session.exited_at().is_none_or(|exited| exited > at)
        };
        i64::try_from(evidence.sessions.iter().filter(there).count()).unwrap()
    };
    evidence.counts = moments.into_iter().map(|at| word(at, total - inside(at))).collect();
}

/// A car every six minutes from 07:00 to 20:54, each for two hours and some minutes; evaluated the next noon.
pub(super) fn ordinary() -> Evidence {
    let sessions: Vec<_> = (0..140)
        .map(|car| {
            let entry = t("07:00") + s(360 * i64::try_from(car).unwrap());
            let exit = entry + s(7_200 + 60 * (i64::try_from(car).unwrap() % 25));
            stay(&format!("R{car}"), car, Some(entry), Some(exit))
        })
        .collect();
    let mut stays = Durations::default();
    (0..5_000).for_each(|stay| stays.add(3_600 + stay % 20_000));
    let mut passages = vec![0.0; 168];
    for day in 0..7 {
        (7..23)
            .for_each(|hour| passages[day * 24 + hour] = if (9..21).contains(&hour) { 20.0 } else { 10.0 });
    }
    let mut evidence = Evidence {
        lot: lot(),
        day: DAY,
        now: t("+1 12:00"),
        sessions,
        open_before: 0,
        counts: Vec::new(),
        lists: Vec::new(),
        charges: Vec::new(),
        heard: Minutes::ALL,
        account_heard: Minutes::NONE,
        platform_away: Minutes::NONE,
        maintenance: Minutes::NONE,
        carries_photos: true,
        named_photos: BTreeMap::new(),
        heartbeat_minutes: 5,
        profile: Profile { weeks: 8, days: 90, passages, stays, stays_before: None },
        declarations: Vec::new(),
        elsewhere: Vec::new(),
        base_data: BaseDataFacts::default(),
    };
    right_counts(&mut evidence);
    evidence
}

/// The ordinary day with a change.
pub(super) fn day(change: impl FnOnce(&mut Evidence)) -> Evidence {
    let mut evidence = ordinary();
    change(&mut evidence);
    evidence
}

pub(super) fn evaluated(change: impl FnOnce(&mut Evidence)) -> Evaluation {
    evaluate(&day(change), &RuleSet::default())
}

/// The facts found of a kind.
pub(super) fn found(kind: FindingKind, change: impl FnOnce(&mut Evidence)) -> Vec<Facts> {
    let findings = evaluated(change).findings.into_iter();
    findings.filter(|found| found.kind == kind).map(|found| found.facts).collect()
}

/// All kinds found.
pub(super) fn kinds(change: impl FnOnce(&mut Evidence)) -> Vec<FindingKind> {
    evaluated(change).findings.into_iter().map(|found| found.kind).collect()
}

#[test]
fn nothing_is_found_of_an_ordinary_day() {
    assert_eq!(kinds(|_| {}), []);
    // Nor of a holiday with few cars, a concert with many, or a day that has just begun.
    assert_eq!(
        kinds(|evidence| {
            evidence.sessions.retain(|session| session.record_id.as_str().ends_with('0'));
            right_counts(evidence);
        }),
        []
    );
    assert_eq!(
        kinds(|evidence| {
            evidence.sessions.extend((0..90).map(|car| {
                stay(
                    &format!("C{car}"),
                    500 + car,
                    Some(t("18:00") + s(20 * car as i64)),
                    Some(t("22:00") + s(10 * car as i64)),
                )
            }));
            evidence.lot.spaces_total = 200;
            right_counts(evidence);
        }),
        []
    );
    assert_eq!(
        kinds(|evidence| {
            evidence.now = t("00:20");
            evidence.sessions.clear();
            right_counts(evidence);
        }),
        []
    );
}

#[test]
fn nothing_is_asked_of_a_lot_out_of_service() {
    let evaluation = evaluated(|evidence| {
        evidence.lot.closed = true;
        evidence.heard = Minutes::NONE;
    });
    assert_eq!((evaluation.findings.len(), evaluation.rates.online.den), (0, 0));
}
