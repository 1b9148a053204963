//! A lot's curve.

use super::speech::*;
use bowei_model::{LotCode, Report};
use bowei_store::{CountPoint, Store};
use std::sync::Arc;

type Kept = Arc<dyn Store>;

/// The curve from one minute to another as (minute, reported, inside).
async fn curve(store: &dyn Store, from: i64, to: i64) -> Vec<(i64, Option<i64>, i64)> {
    let points = store.counts(&LotCode::from("L1"), at(from), at(to), 1_000).await.unwrap();
    points.iter().map(|point| (minute(point), point.reported, point.inside)).collect()
}

fn minute(point: &CountPoint) -> i64 {
    (point.at.as_second() - at(0).as_second()) / 60
}

pub(crate) async fn the_curve_walks_back_from_now(store: Kept) {
    let (mut came, mut went) = (entry("L1", "R1", 10), exit("L1", "R1", 40));
    (came.vacant, went.vacant) = (Some(9), Some(8));
    keep(&*store, [told(&came), told(&entry("L1", "R2", 20)), told(&went)]).await;
    keep(&*store, [told(&entry("L2", "R1", 15)), said(Report::SpaceCount(count("L1", 30, 7)), 30)]).await;
    let whole = [(0, None, 0), (10, Some(9), 1), (20, Some(9), 2), (30, Some(7), 2), (40, Some(8), 1)];
    assert_eq!(curve(&*store, 0, 100).await, whole);
    assert_eq!(curve(&*store, 10, 100).await, whole[1..]);
    assert_eq!(curve(&*store, 25, 30).await, [(25, Some(9), 2), (30, Some(7), 2)]);
    assert_eq!(curve(&*store, 90, 100).await, [(90, Some(8), 1)]);
}

pub(crate) async fn a_stay_known_by_its_exit_alone_counts_for_its_claimed_span(store: Kept) {
    let mut claimed = exit("L1", "R1", 30);
    claimed.entered_at = Some(at(10));
    // Of this one not even a claim is known.
    keep(&*store, [told(&claimed), told(&exit("L1", "R2", 20))]).await;
    assert_eq!(curve(&*store, 0, 60).await, [(0, None, 0), (10, None, 1), (30, None, 0)]);
    assert_eq!(curve(&*store, 20, 60).await, [(20, None, 1), (30, None, 0)]);
}

pub(crate) async fn a_stay_that_ends_before_it_begins_never_counts(store: Kept) {
    keep(&*store, [said(Report::Passage(entry("L1", "R1", 30)), 31)]).await;
    assert_eq!(curve(&*store, 20, 60).await, [(20, None, 0), (30, None, 1)]);
    keep(&*store, [said(Report::Passage(exit("L1", "R1", 10)), 40)]).await;
    assert_eq!(curve(&*store, 0, 60).await, [(0, None, 0)]);
    assert_eq!(curve(&*store, 20, 60).await, [(20, None, 0)]);
}

pub(crate) async fn a_clock_that_runs_ahead_does_not_bend_the_last_point(store: Kept) {
    let mut ahead = entry("L1", "R1", 24 * 60);
    ahead.vacant = Some(5);
    let committed = keep(&*store, [said(Report::Passage(ahead), 1)]).await;
    assert_eq!(committed.lots[0].state.inside, 1);
    assert_eq!(curve(&*store, 0, 2).await, [(0, None, 0), (1, Some(5), 1)]);
}

pub(crate) async fn of_two_words_of_one_moment_the_later_said_counts(store: Kept) {
    let (three, four) = (Report::SpaceCount(count("L1", 5, 3)), Report::SpaceCount(count("L1", 5, 4)));
    keep(&*store, [said(three.clone(), 7), said(four, 6)]).await;
    assert_eq!(curve(&*store, 5, 9).await, [(5, Some(3), 0)]);
    keep(&*store, [said(Report::SpaceCount(count("L1", 5, 4)), 8)]).await;
    assert_eq!(curve(&*store, 5, 9).await, [(5, Some(4), 0)]);
    let reported = store.lot_states().await.unwrap()[0].state.reported.unwrap();
    assert_eq!((reported.vacant, reported.sent_at), (4, at(8)));
}

pub(crate) async fn a_long_curve_is_thinned_between_its_ends(store: Kept) {
    let words = (1..=100).map(|i| said(Report::SpaceCount(count("L1", i, i)), i));
    store.commit(delivery(words)).await.unwrap();
    for limit in [2, 3, 10, 99, 100] {
        let points = store.counts(&"L1".into(), at(0), at(200), limit).await.unwrap();
        assert_eq!(points.len(), limit);
        assert_eq!((points[0].at, points[0].reported), (at(0), None));
        assert_eq!(points[limit - 1].reported, Some(100));
        assert!(points.is_sorted_by(|a, b| a.at < b.at));
    }
    assert_eq!(store.counts(&"L1".into(), at(0), at(200), 1_000).await.unwrap().len(), 101);
}

pub(crate) async fn an_unheard_lot_has_a_flat_curve(store: Kept) {
    assert_eq!(curve(&*store, 0, 60).await, [(0, None, 0)]);
}

pub(crate) async fn of_every_five_minutes_the_last_word_is_handed_out(store: Kept) {
    let said_at = |minute: i64, vacant: i64| said(Report::SpaceCount(count("L1", minute, vacant)), minute);
    let words =
        [(5, 50), (6, 49), (9, 48), (10, 47), (11, 46), (31, 45), (90, 44)].map(|(at, n)| said_at(at, n));
    keep(&*store, words).await;
    keep(&*store, [said(Report::SpaceCount(count("L2", 12, 7)), 12)]).await;
    let words = async |from, to| {
        let words = store.words(&"L1".into(), at(from), at(to)).await.unwrap();
        let minute = |at_: jiff::Timestamp| (at_.as_second() - at(0).as_second()) / 60;
        words.into_iter().map(|(at, vacant)| (minute(at), vacant)).collect::<Vec<_>>()
    };
    // Whoever looks at the full five minutes sees what was last said by then.
    let base = at(0).as_second() / 60 % 5;
    assert_eq!(base, 0, "the suite's clock begins at a full five minutes");
    assert_eq!(words(0, 60).await, [(5, 50), (10, 47), (11, 46), (31, 45)]);
    assert_eq!(words(5, 11).await, [(10, 47), (11, 46)]);
    assert_eq!(words(40, 60).await, []);
}
