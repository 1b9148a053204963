//! Lots by seed: habits of the week, days that are busier than others, and chance.

use super::*;
use bowei_model::forecast::Summary;

/// A lot whose free spaces are as its week has them, less what of today is unusual, and chance.
pub(super) struct Habits {
    state: u64,
    pub(super) capacity: i64,
    /// When it is busy, in hours, and how busy: 1 is as many cars as spaces.
    pub(super) peak: f64,
    pub(super) busy: f64,
    pub(super) weekend: f64,
    unusual: f64,
}

impl Habits {
    pub(super) fn new(seed: u64) -> Self {
        let mut habits = Self { state: seed, capacity: 0, peak: 0.0, busy: 0.0, weekend: 0.0, unusual: 0.0 };
        habits.capacity = 40 + (habits.uniform() * 400.0) as i64;
        habits.peak = 10.0 + habits.uniform() * 8.0;
        habits.busy = 0.5 + habits.uniform() * 0.8;
        habits.weekend = habits.uniform() * 1.3;
        habits
    }

    /// SplitMix64, in 0..1.
    fn uniform(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }

    /// A day's free spaces.
    pub(super) fn day(&mut self, day: Date) -> DaySamples {
        let is_weekend = day.weekday().to_monday_zero_offset() >= 5;
        let busy = self.busy * if is_weekend { self.weekend } else { 1.0 } * (1.0 + 0.1 * self.normal());
        let cars: Vec<f64> = (0..144)
            .map(|index| {
                self.unusual = 0.97 * self.unusual + 0.012 * self.normal();
                let hours = (index as f64 / 6.0 - self.peak) / 3.0;
                0.1 + busy * (-hours * hours / 2.0).exp() + self.unusual
            })
            .collect();
        let capacity = self.capacity as f64;
        samples(day, |index| (capacity * (1.0 - cars[index]).clamp(0.0, 1.0)) as i64)
    }
}

#[test]
fn what_is_shown_beats_as_it_is_now_with_every_seed() {
    let calendar = Calendar::default();
    for seed in 0..20_u64 {
        let mut summary = Summary::default();
        for lot in 0..12 {
            let mut habits = Habits::new(seed * 1_000 + lot);
            let mut forecast = LotForecast::default();
            for number in 0..70 {
                let samples = habits.day(day(number));
                forecast.absorb(day(number), &samples, u32::try_from(habits.capacity).ok(), &calendar);
            }
            summary.add(&forecast, day(42));
        }
        println!("seed {seed}: {summary}");
        for (minutes, row) in HORIZONS.iter().zip(&summary.rows) {
            assert!(row.shown.brier() < row.shown.persistence_brier(), "seed {seed}, {minutes} minutes");
            assert!(row.lots_shown > 0, "seed {seed}, {minutes} minutes: nothing shown");
        }
    }
}
