//! How good forecasts of free spaces are: on weeks of a seeded city, and on recorded ones. Each day is foretold with what the
//! days before it say, and then learned, as a platform does every night.

use crate::message::Says;
use crate::plan::{CityPlan, PlanError, PlanOptions};
use crate::simulation::{PhotoShare, Simulation, SimulationOptions};
use bowei_model::forecast::{DaySamples, LotForecast, Summary};
use bowei_model::working_days::Calendar;
use bowei_model::{Direction, LotCode, Report, moment};
use jiff::civil::{Date, DateTime};
use jiff::{Timestamp, ToSpan as _};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Why forecasts cannot be judged.
#[derive(Debug, thiserror::Error)]
pub enum ForecastsError {
    /// There is no such city.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The file cannot be read.
    #[error("{path} cannot be read as CSV: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: csv::Error,
    },
    /// A time that is none.
    #[error("line {line}: {received:?} is no time: YYYY-MM-DD HH:MM by the wall clock is expected")]
    Time {
        /// The line.
        line: u64,
        /// What came.
        received: String,
    },
    /// A count that is none.
    #[error("line {line}, lot {lot:?}: {received:?} is no whole number")]
    Count {
        /// The line.
        line: u64,
        /// The lot.
        lot: String,
        /// What came.
        received: String,
    },
    /// Nothing in it.
    #[error("there is no count of any lot")]
    Nothing,
}

/// Counts of lots over some days.
#[derive(Debug, Default)]
pub struct Vacancies {
    lots: BTreeMap<String, Lot>,
    days: Option<(Date, Date)>,
}

#[derive(Debug, Default)]
struct Lot {
    spaces: Option<u32>,
    /// In the order of their time; `None` where nobody knows.
    counts: Vec<(Timestamp, Option<i64>)>,
}

impl Vacancies {
    /// The free spaces of a seeded city from the day `first` on, for so many days.
    pub fn simulated(seed: u64, lots: usize, first: Date, days: u16) -> Result<Self, ForecastsError> {
        let plan = CityPlan::new(&PlanOptions { seed, lots, standard: None })?;
        let (Some(start), Some(until)) = (
            moment::start_of_date(first),
            moment::start_of_date(first.saturating_add(i64::from(days).days())),
        ) else {
            return Err(ForecastsError::Nothing);
        };
        let options = SimulationOptions {
            photos: PhotoShare::always(0.0),
            gone_kept: Some(0),
            ..SimulationOptions::new(seed, start, Some(until))
        };
        let mut vacancies = Self::default();
        let mut inside: BTreeMap<LotCode, i64> = BTreeMap::new();
        for message in Simulation::new(&plan, options) {
            let passage = match message.says {
                Says::Passage(passage) | Says::OfLot(Report::Passage(passage)) => passage,
                _ => continue,
            };
            let cars = inside.entry(passage.lot.clone()).or_default();
            *cars += if passage.direction == Direction::Entry { 1 } else { -1 };
            let spaces = message.lot.spaces_total;
            let lot = vacancies.lots.entry(passage.lot.to_string()).or_default();
            lot.spaces = Some(spaces);
            // Who is inside at the start is said to have come before it.
            lot.counts.push((message.due.max(start), Some(i64::from(spaces) - *cars)));
        }
        vacancies.days = Some((first, first.saturating_add((i64::from(days) - 1).days())));
        Ok(vacancies)
    }

    /// A recording: a column `time` by the wall clock, and one a lot; nothing in a cell is that nobody knows.
    pub fn recorded(path: &Path) -> Result<Self, ForecastsError> {
        let file = |source| ForecastsError::File { path: path.to_owned(), source };
        let mut reader = csv::Reader::from_path(path).map_err(file)?;
        let names: Vec<String> = reader.headers().map_err(file)?.iter().skip(1).map(str::to_owned).collect();
        let mut vacancies = Self::default();
        for row in reader.records() {
            let row = row.map_err(file)?;
            let line = row.position().map_or(0, csv::Position::line);
            let time = row.get(0).unwrap_or_default();
            let at =
                time.parse::<DateTime>().ok().and_then(|wall| Some((wall.date(), moment::from_wall(wall)?)));
            let (day, at) = at.ok_or_else(|| ForecastsError::Time { line, received: time.to_owned() })?;
            for (name, cell) in names.iter().zip(row.iter().skip(1)) {
                let unfit = |_| ForecastsError::Count { line, lot: name.clone(), received: cell.to_owned() };
                let vacant = if cell.is_empty() { None } else { Some(cell.parse().map_err(unfit)?) };
                vacancies.lots.entry(name.clone()).or_default().counts.push((at, vacant));
            }
            let (first, _) = vacancies.days.unwrap_or((day, day));
            vacancies.days = Some((first, day));
        }
        if vacancies.lots.is_empty() { Err(ForecastsError::Nothing) } else { Ok(vacancies) }
    }

    /// Learns day after day, and says how good the forecasts of the last `judged` days were.
    pub fn judge(&self, calendar: &Calendar, judged: u16) -> Summary {
        let mut summary = Summary::default();
        let Some((first, last)) = self.days else { return summary };
        let since = last.saturating_sub((i64::from(judged) - 1).days());
        for lot in self.lots.values() {
            let mut forecast = LotForecast::default();
            for day in first.series(1.day()).take_while(|day| *day <= last) {
                forecast.absorb(day, &lot.samples(day), lot.spaces, calendar);
            }
            summary.add(&forecast, since);
        }
        summary
    }
}

impl Lot {
    fn samples(&self, day: Date) -> DaySamples {
        // A day and the one before it: what is older says nothing of the day.
        let from = moment::start_of_date(day.saturating_sub(1.day())).unwrap_or(Timestamp::MIN);
        let begins = self.counts.partition_point(|(at, _)| *at < from);
        DaySamples::new(day, self.counts.iter().skip(begins).copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bowei_model::forecast::HORIZONS;
    use bowei_model::working_days::YearOfDays;
    use jiff::civil::date;

    #[test]
    fn a_seeded_city_is_foretold_better_than_as_it_is_now() {
        let vacancies = Vacancies::simulated(7, 24, date(2026, 3, 2), 56).unwrap();
        let summary = vacancies.judge(&Calendar::default(), 14);
        println!("{summary}");
        for (minutes, row) in HORIZONS.iter().zip(&summary.rows) {
            assert!(row.lots_shown > 0, "{minutes}: nothing is shown");
            assert!(row.shown.brier() < row.shown.persistence_brier(), "{minutes}");
            assert!(row.all.error_percent() < row.all.persistence_error_percent(), "{minutes}");
        }
    }

    #[test]
    fn real_car_parks_are_foretold_better_than_as_it_is_now() {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
        let recording = folder.join("free-spaces-eight-weeks.csv");
        if !recording.exists() {
            println!("skipped: no recorded weeks in ../shared/data beside the workspace");
            return;
        }
        let off = vec![date(2025, 4, 18), date(2025, 4, 21), date(2025, 5, 1), date(2025, 5, 29)];
        let year = YearOfDays { off, worked: Vec::new() };
        let calendar = Calendar::default().with(BTreeMap::from([(2025, year)]));
        let summary = Vacancies::recorded(&recording).unwrap().judge(&calendar, 14);
        println!("{summary}");
        for (minutes, row) in HORIZONS.iter().zip(&summary.rows) {
            assert!(row.all.error_percent() < row.all.persistence_error_percent(), "{minutes}");
            assert!(row.filling.brier() < row.filling.persistence_brier(), "{minutes}");
            assert!(row.shown.brier() < row.shown.persistence_brier(), "{minutes}");
            assert!(row.lots_shown >= 15, "{minutes}: {}", row.lots_shown);
        }
        // What the decaying anomaly reached on other car parks, and a tenth.
        for (index, error, brier) in [(1, 2.3, 0.024), (2, 3.5, 0.034), (3, 5.1, 0.042)] {
            let row = &summary.rows[index];
            assert!(row.all.error_percent() < error * 1.1, "{index}: {}", row.all.error_percent());
            assert!(row.filling.brier() < brier * 1.1, "{index}: {}", row.filling.brier());
        }
    }

    #[test]
    fn what_is_no_recording_is_refused_in_words() {
        let folder = tempfile::tempdir().unwrap();
        let read = |text: &str| {
            let path = folder.path().join("counts.csv");
            std::fs::write(&path, text).unwrap();
            Vacancies::recorded(&path).map(drop).map_err(|error| error.to_string())
        };
        read("time,a,b\n2025-04-07 00:00,1,\n2025-04-07 00:10,2,3\n").unwrap();
        assert!(read("time,a\nyesterday,1\n").unwrap_err().contains("line 2: \"yesterday\""));
        assert!(read("time,a\n2025-04-07 00:00,many\n").unwrap_err().contains("lot \"a\": \"many\""));
        assert!(read("time,a\n").unwrap_err().contains("no count"));
        assert!(read("time,a\n2025-04-07 00:00,1,2\n").unwrap_err().contains("CSV"));
    }
}
