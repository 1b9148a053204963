//! How good the forecasts of many lots were, in one table.

use super::HORIZONS;
use super::judgement::{Reliability, Score};
use super::lot_forecast::LotForecast;
use jiff::civil::Date;
use std::fmt;

/// The forecasts of many lots, one row a horizon.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Lots with a forecast.
    pub lots: u32,
    /// One a horizon.
    pub rows: [SummaryRow; HORIZONS.len()],
}

/// How good forecasts so far ahead were.
#[derive(Clone, Debug, Default)]
pub struct SummaryRow {
    /// Of all lots.
    pub all: Score,
    /// Of lots that fill: where it changed whether there was [`super::enough`].
    pub filling: Score,
    /// Lots that fill.
    pub lots_filling: u32,
    /// Of those that were shown, on the days on which they were.
    pub shown: Score,
    /// Lots of which some were shown.
    pub lots_shown: u32,
    /// By tenths of probability.
    pub reliability: [Reliability; 10],
}

impl Summary {
    /// Adds a lot's days from `since` on.
    pub fn add(&mut self, forecast: &LotForecast, since: Date) {
        self.lots += 1;
        for (index, row) in self.rows.iter_mut().enumerate() {
            let score = forecast.judgement.score(index, since);
            row.all.merge(score);
            if score.persistence_brier() > 0.0 {
                row.filling.merge(score);
                row.lots_filling += 1;
            }
            let shown = forecast.judgement.score_shown(index, since);
            row.shown.merge(shown);
            row.lots_shown += u32::from(shown.cases > 0);
            for (sum, lately) in row.reliability.iter_mut().zip(forecast.judgement.reliability(index)) {
                sum.cases += lately.cases;
                sum.came += lately.came;
            }
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} lots; \"as now\" is persistence, MAE in % of capacity", self.lots)?;
        writeln!(
            f,
            "min  |   MAE  as now | Brier as now | lots that fill: n, Brier, as now | shown: n, Brier, as now"
        )?;
        for (minutes, row) in HORIZONS.iter().zip(&self.rows) {
            writeln!(
                f,
                "{minutes:4} | {:5.2} {:7.2} | {:.4} {:.4} | {:15} {:.4} {:.4}        | {:8} {:.4} {:.4}",
                row.all.error_percent(),
                row.all.persistence_error_percent(),
                row.all.brier(),
                row.all.persistence_brier(),
                row.lots_filling,
                row.filling.brier(),
                row.filling.persistence_brier(),
                row.lots_shown,
                row.shown.brier(),
                row.shown.persistence_brier(),
            )?;
        }
        writeln!(f, "said | came true, by minutes ahead (cases)")?;
        for class in 0..10 {
            write!(f, "{:3}% |", class * 10 + 5)?;
            for row in &self.rows {
                let Reliability { cases, came } = row.reliability.get(class).copied().unwrap_or_default();
                match cases {
                    0 => write!(f, "    -         ")?,
                    _ => write!(f, " {:3.0}% ({cases:6})", 100.0 * f64::from(came) / f64::from(cases))?,
                }
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
