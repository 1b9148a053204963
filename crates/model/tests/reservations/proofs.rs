//! The proof that a car did not come.

use super::*;
use bowei_model::reservation::{Lack, PlateSeen, Witnessed, WitnessedDay, is_alike, proof};
use bowei_model::supervision::Minutes;
use jiff::civil::{Date, date};

const DAY: Date = date(2026, 11, 20);

/// An order for 10:00, let in from 09:30 until 10:30.
fn order() -> Order {
    let mut desk = Desk::new(1);
    desk.confirmed("09:00", 1, "10:00");
    desk.order(1).clone()
}

/// A lot that was heard every two minutes all day long, and has been asked for what was missing.
fn known() -> Witnessed {
    let mut heard = Minutes::NONE;
    (0..1_440).step_by(2).for_each(|minute| heard.add(minute));
    Witnessed {
        days: vec![WitnessedDay { day: DAY, heard, platform_away: Minutes::NONE }],
        heard_for_minutes: 2,
        is_settled: true,
        passages: 14,
        ..Witnessed::default()
    }
}

#[test]
fn a_car_that_a_wakeful_lot_did_not_see_has_not_come() {
    let proof = proof(&order(), &known());
    assert_eq!((proof.is_proven, proof.lacks), (true, vec![]));
    let facts = proof.facts;
    assert_eq!((facts.window_from, facts.window_to), (t("09:30"), t("10:30")));
    assert_eq!((facts.minutes, facts.heard_minutes, facts.passages), (60, 60, 14));
}

#[test]
fn whatever_speaks_for_the_driver_keeps_it_from_being_proven() {
    let lacks = |change: &dyn Fn(&mut Witnessed)| {
        let mut known = known();
        change(&mut known);
        let proof = proof(&order(), &known);
        assert_eq!(proof.is_proven, proof.lacks.is_empty());
        proof.lacks
    };
    let away = |from: &str, to: &str| Minutes::between(DAY, t(from), t(to));
    let silent =
        |from, to| lacks(&|known: &mut Witnessed| known.days[0].heard = known.days[0].heard - away(from, to));
    assert_eq!(silent("09:45", "09:50"), [Lack::LotAway]);
    assert_eq!(silent("10:28", "10:30"), [Lack::LotAway], "to its last minute");
    assert_eq!(silent("10:31", "11:00"), [], "afterwards it does not matter");
    assert_eq!(lacks(&|known| known.days.clear()), [Lack::LotAway]);
    assert_eq!(lacks(&|known| known.days[0].platform_away = away("10:00", "10:01")), [Lack::PlatformAway]);
    assert_eq!(lacks(&|known| known.days[0].platform_away = away("11:00", "12:01")), []);
    assert_eq!(lacks(&|known| known.is_settled = false), [Lack::NotSettled]);
    assert_eq!(lacks(&|known| known.lacking = 1), [Lack::RecordsLacking]);
    assert_eq!(lacks(&|known| known.unread = 1), [Lack::PlateUnread]);
    assert_eq!(lacks(&|known| known.alike = 1), [Lack::PlateAlike]);
    assert_eq!(lacks(&|known| known.heard_for_minutes = 0), [Lack::LotAway]);
    for (entered_at, left_at, is_seen) in [
        ("09:10", None, true),
        ("09:10", Some("09:40"), true),
        ("09:10", Some("09:20"), false),
        ("09:50", None, true),
        ("10:31", None, false),
    ] {
        let seen = PlateSeen { entered_at: t(entered_at), left_at: left_at.map(t) };
        let expected: &[Lack] = if is_seen { &[Lack::CarSeen] } else { &[] };
        assert_eq!(lacks(&|known| known.seen = vec![seen]), expected, "{entered_at} {left_at:?}");
    }
}

#[test]
fn a_car_that_came_after_its_window_is_shown_with_when() {
    let mut known = known();
    known.seen = vec![PlateSeen { entered_at: t("10:47"), left_at: None }];
    let proof = proof(&order(), &known);
    assert!(proof.is_proven);
    assert_eq!(proof.facts.came_late_at, Some(t("10:47")));
}

#[test]
fn a_window_over_midnight_needs_both_days() {
    let mut desk = Desk::new(1);
    desk.confirmed("22:30", 1, "23:55");
    let (order, mut known) = (desk.order(1).clone(), known());
    assert_eq!(proof(&order, &known).lacks, [Lack::LotAway]);
    assert_eq!(proof(&order, &known).facts.minutes, 60);
    let tomorrow = WitnessedDay { day: DAY.tomorrow().unwrap(), ..known.days[0] };
    known.days.push(tomorrow);
    assert!(proof(&order, &known).is_proven);
}

#[test]
fn plates_that_a_camera_may_have_misread() {
    let alike = |a: &str, b: &str| is_alike(&Plate::read(a).unwrap(), &Plate::read(b).unwrap());
    assert!(alike("粤B12345", "粤B12346"));
    assert!(alike("粤B12345", "粤8 12345"));
    assert!(alike("粤BD12345", "粤B12345"), "a new-energy plate with a character lost");
    assert!(alike("粤B1234", "粤B12345"));
    assert!(!alike("粤B12345", "粤B12345"));
    assert!(!alike("粤B12345", "粤B12354"));
    assert!(!alike("粤B12345", "粤BD123456"));
}
