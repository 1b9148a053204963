//! Eight recorded weeks of sixty real car parks, where they are.

use super::*;
use bowei_model::forecast::Summary;
use bowei_model::working_days::YearOfDays;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The last two weeks judge.
const JUDGED_SINCE: Date = date(2025, 5, 19);

#[test]
fn real_car_parks_are_foretold_better_than_as_it_is_now() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let Ok(text) = std::fs::read_to_string(folder.join("free-spaces-eight-weeks.csv")) else {
        println!("skipped: no recorded weeks in ../shared/data beside the workspace");
        return;
    };
    let off = vec![date(2025, 4, 18), date(2025, 4, 21), date(2025, 5, 1), date(2025, 5, 29)];
    let worked = Vec::new();
    let calendar = Calendar::default().with(BTreeMap::from([(2025, YearOfDays { off, worked })]));
    let mut lots: Vec<Vec<(Timestamp, Option<i64>)>> = Vec::new();
    for line in text.lines().skip(1) {
        let mut cells = line.split(',');
        let time = cells.next().unwrap().replace(' ', "T");
        let at: Timestamp = format!("{time}:00+08:00").parse().unwrap();
        for (index, cell) in cells.enumerate() {
            if lots.len() <= index {
                lots.push(Vec::new());
            }
            lots[index].push((at, cell.parse().ok()));
        }
    }
    let mut summary = Summary::default();
    for lot in &lots {
        let mut forecast = LotForecast::default();
        for of_day in lot.chunks(144) {
            let day = bowei_model::moment::to_wall(of_day[0].0).date();
            // A gap is a gap.
            let samples = DaySamples::from_samples(of_day.iter().flat_map(|(_, vacant)| [*vacant, *vacant]));
            forecast.absorb(day, &samples, None, &calendar);
        }
        summary.add(&forecast, JUDGED_SINCE);
    }
    println!("{summary}");
    for (minutes, row) in HORIZONS.iter().zip(&summary.rows) {
        assert!(row.all.error_percent() < row.all.persistence_error_percent(), "{minutes}");
        assert!(row.filling.brier() < row.filling.persistence_brier(), "{minutes}");
        assert!(row.shown.brier() < row.shown.persistence_brier(), "{minutes}");
        assert!(row.lots_shown >= 20, "{minutes}: {}", row.lots_shown);
    }
    // What the decaying anomaly reached on another archive of car parks, and a tenth.
    for (index, error, brier) in [(1, 2.3, 0.024), (2, 3.5, 0.034), (3, 5.1, 0.042)] {
        let row = &summary.rows[index];
        assert!(row.all.error_percent() < error * 1.1, "{index}: {}", row.all.error_percent());
        assert!(row.filling.brier() < brier * 1.1, "{index}: {}", row.filling.brier());
    }
}
