//! One lot at a time.

use super::seeded::Habits;
use super::*;
use bowei_model::forecast::{DayKind, JUDGED_DAYS, Verdict, enough};
use bowei_model::working_days::YearOfDays;
use jiff::civil::Weekday;
use std::time::{Duration, Instant};

/// Full from ten to four on working days, empty at night and on weekends.
fn office(day: Date) -> DaySamples {
    let is_weekend = day.weekday().to_monday_zero_offset() >= 5;
    samples(day, |index| match index / 6 {
        _ if is_weekend => 190,
        10..16 => 0,
        8..10 | 16..18 => 100,
        _ => 190,
    })
}

fn learned(days: i64, of: impl Fn(Date) -> DaySamples) -> LotForecast {
    let mut forecast = LotForecast::default();
    (0..days)
        .for_each(|number| forecast.absorb(day(number), &of(day(number)), Some(200), &Calendar::default()));
    forecast
}

#[test]
fn it_knows_that_a_lot_fills_before_it_does() {
    let (forecast, calendar) = (learned(56, office), Calendar::default());
    let at = |day: Date, hour, vacant, minutes| {
        forecast.outlook(day.at(hour, 0, 0, 0), vacant, minutes, &calendar)
    };
    // A Monday.
    let outlook = at(day(56), 9, 100, 120).unwrap();
    assert_eq!((outlook.minutes, outlook.verdict), (120, Verdict::Unlikely), "{outlook:?}");
    assert!(outlook.vacant < 20 && outlook.probability < 0.1 && outlook.low <= outlook.vacant);
    let outlook = at(day(56), 15, 0, 120).unwrap();
    assert_eq!(outlook.verdict, Verdict::Likely, "{outlook:?}");
    assert!((80..=120).contains(&outlook.vacant), "{outlook:?}");
    // A Saturday is not.
    assert_eq!(at(day(61), 9, 190, 60).unwrap().verdict, Verdict::Likely);
    assert_eq!(forecast.usual(day(56), 12 * 60, &calendar), Some(0));
    assert_eq!(forecast.usual(day(61), 12 * 60, &calendar), Some(190));
    // From one day into the next.
    assert_eq!(at(day(56), 23, 190, 120).unwrap().verdict, Verdict::Likely);
    assert_eq!(at(day(56), 9, 100, 121), None, "further than it is judged");
    assert_eq!(at(day(56), 9, 100, 0), None);
}

#[test]
fn it_says_when_there_will_likely_be_a_space() {
    let (forecast, calendar) = (learned(56, office), Calendar::default());
    let likely_after = |forecast: &LotForecast, hour, vacant| {
        forecast.likely_after(day(56).at(hour, 30, 0, 0), vacant, &calendar)
    };
    // Full until four: half an hour from half past three, as the quarters of an hour have it.
    let minutes = likely_after(&forecast, 15, 0).unwrap();
    assert!((20..=45).contains(&minutes), "{minutes}");
    assert_eq!(likely_after(&forecast, 11, 0), None, "not within two hours");
    assert_eq!(likely_after(&forecast, 18, 190), Some(5), "there is");
    assert_eq!(likely_after(&learned(20, office), 15, 0), None, "nothing is shown yet");
}

#[test]
fn holidays_are_no_weekdays_and_worked_weekends_are() {
    let calendar = Calendar::default();
    let kinds = [
        (date(2026, 10, 1), DayKind::Holiday),
        (date(2026, 10, 3), DayKind::Weekday(Weekday::Saturday)),
        (date(2026, 10, 10), DayKind::Worked),
        (date(2026, 10, 12), DayKind::Weekday(Weekday::Monday)),
    ];
    kinds.into_iter().for_each(|(day, kind)| assert_eq!(DayKind::of(day, &calendar), kind, "{day}"));
    let forecast = learned(100, office);
    // Thursday, the first of a holiday that the lot has never seen: as on a Saturday or Sunday.
    assert_eq!(forecast.usual(date(2026, 10, 1), 12 * 60, &calendar), Some(190));
    assert_eq!(forecast.usual(date(2026, 10, 10), 12 * 60, &calendar), Some(0));
}

#[test]
fn nothing_is_foretold_or_shown_of_a_lot_that_is_little_known() {
    let calendar = Calendar::default();
    let noon = |number| day(number).at(12, 0, 0, 0);
    assert_eq!(LotForecast::default().outlook(noon(0), 10, 30, &calendar), None);
    assert_eq!(learned(6, office).outlook(noon(6), 10, 30, &calendar), None);
    let week = learned(7, office);
    assert!(week.outlook(noon(7), 10, 30, &calendar).is_some());
    assert!(!week.is_published(30, day(7)));
    assert!(!learned(20, office).is_published(120, day(20)));
    let known = learned(40, office);
    assert!(known.is_published(120, day(40)) && known.is_published(90, day(40)));
    assert!(!known.is_published(121, day(40)) && !known.is_published(0, day(40)));
    // Weeks later nobody knows how good it is.
    assert!(!known.is_published(120, day(60)));
    // One that has always space: "as it is now" is always right.
    let empty = learned(40, |day| samples(day, |_| 190));
    assert!(HORIZONS.iter().all(|minutes| !empty.is_published(*minutes, day(40))));
    // Counts without a day that anybody knows.
    let unknown = learned(40, |day| DaySamples::new(day, []));
    assert_eq!((unknown.days, unknown.learned), (0, None));
}

#[test]
fn a_lot_whose_habits_change_loses_its_forecast_within_days() {
    let calendar = Calendar::default();
    for seed in 0..10 {
        let mut habits = Habits::new(seed);
        (habits.busy, habits.weekend, habits.peak) = (1.3, 1.0, 12.0);
        let mut forecast = LotForecast::default();
        let mut absorb = |habits: &mut Habits, number| {
            let samples = habits.day(day(number));
            forecast.absorb(day(number), &samples, u32::try_from(habits.capacity).ok(), &calendar);
            forecast.is_published(120, day(number + 1))
        };
        (0..70).for_each(|number| _ = absorb(&mut habits, number));
        assert!(absorb(&mut habits, 70), "seed {seed}: never shown");
        // It fills in the evening from now on.
        habits.peak = 20.0;
        let lost = (71..77).find(|number| !absorb(&mut habits, *number));
        assert!(lost.is_some(), "seed {seed}: still shown");
        // And has one again, when it is better again.
        let again = (77..140).find(|number| absorb(&mut habits, *number));
        assert!(again.is_some(), "seed {seed}: never again");
    }
}

#[test]
fn days_come_once_and_in_their_order() {
    let (once, calendar) = (learned(30, office), Calendar::default());
    let mut twice = once.clone();
    twice.absorb(day(29), &office(day(29)), Some(200), &calendar);
    twice.absorb(day(3), &office(day(3)), Some(200), &calendar);
    assert_eq!(twice, once);
}

#[test]
fn counts_that_make_no_sense_do_no_harm() {
    let calendar = Calendar::default();
    let forecast = learned(40, |day| {
        samples(day, |index| match index % 7 {
            0 => i64::MIN,
            1 => i64::MAX,
            2 => -400,
            _ => 10_000,
        })
    });
    for vacant in [i64::MIN, -1, 0, 200, i64::MAX] {
        let outlook = forecast.outlook(day(40).at(12, 0, 0, 0), vacant, 60, &calendar).unwrap();
        assert!((0.0..=1.0).contains(&outlook.probability), "{outlook:?}");
        assert!(
            outlook.low <= outlook.vacant && outlook.vacant <= outlook.high && outlook.high <= 200,
            "{outlook:?}"
        );
    }
    // No word on its size: as large as the most that was ever free.
    let mut unsized_lot = LotForecast::default();
    (0..10).for_each(|number| unsized_lot.absorb(day(number), &office(day(number)), None, &calendar));
    assert_eq!(unsized_lot.capacity, 190);
    assert_eq!([1, 2, 3, 150, 151, 1_000].map(enough), [1, 2, 3, 3, 4, 20]);
}

#[test]
fn a_count_is_carried_over_the_night_and_not_over_a_day_without_any() {
    let day = day(0);
    let at = |clock: &str| -> Timestamp { clock.parse().unwrap() };
    let counts = [
        ("2027-01-03T22:00:00+08:00", 50),
        ("2027-01-04T08:03:00+08:00", 40),
        ("2027-01-04T08:04:00+08:00", 39),
    ];
    let samples = DaySamples::new(day, counts.map(|(clock, vacant)| (at(clock), Some(vacant))));
    let known =
        [0, 235, 240, 245, 8 * 60, 8 * 60 + 5, 14 * 60, 14 * 60 + 10, 1_440].map(|minute| samples.at(minute));
    assert_eq!(known, [Some(50), Some(50), Some(50), None, None, Some(39), Some(39), None, None]);
}

#[test]
fn it_is_small_and_quick_and_read_as_it_was_written() {
    let mut habits = Habits::new(7);
    habits.capacity = 1_500;
    let holidays = YearOfDays { off: vec![day(4), day(11)], worked: Vec::new() };
    let calendar = Calendar::default().with([(2027, holidays)].into());
    let mut forecast = LotForecast::default();
    (0..150)
        .for_each(|number| forecast.absorb(day(number), &habits.day(day(number)), Some(1_500), &calendar));
    let json = serde_json::to_string(&forecast).unwrap();
    assert!(json.len() < 13 * 1_024, "{} bytes", json.len());
    let read: LotForecast = serde_json::from_str(&json).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), json);
    assert_eq!(read.judgement, forecast.judgement);
    assert_eq!(read.judgement.days(0).count(), JUDGED_DAYS);
    // The best of many tries: a machine that is busy with other things is slower.
    let try_once = |_| {
        let began = Instant::now();
        for minutes in 1..=120 {
            assert!(read.outlook(day(150).at(9, 30, 0, 0), 300, minutes, &calendar).is_some());
        }
        began.elapsed() / 120
    };
    let best = (0..50).map(try_once).min().unwrap();
    assert!(best < Duration::from_micros(50), "{best:?}");
    println!("{} bytes, {best:?} an answer", json.len());
}

#[test]
fn probabilities_come_as_often_as_they_say() {
    let calendar = Calendar::default();
    let (mut said, mut came, mut cases) = (0.0, 0.0, 0.0);
    for seed in 0..20 {
        let mut habits = Habits::new(seed);
        habits.busy = 1.1;
        let mut forecast = LotForecast::default();
        for number in 0..84 {
            forecast.absorb(
                day(number),
                &habits.day(day(number)),
                u32::try_from(habits.capacity).ok(),
                &calendar,
            );
        }
        let classes = forecast.judgement.reliability(3).enumerate();
        for (class, lately) in classes.filter(|(class, _)| (2..8).contains(class)) {
            said += f64::from(lately.cases) * (class as f64 + 0.5) / 10.0;
            came += f64::from(lately.came);
            cases += f64::from(lately.cases);
        }
    }
    assert!(cases > 500.0, "{cases}");
    assert!((said - came).abs() / cases < 0.1, "said {said}, came {came} of {cases}");
}
