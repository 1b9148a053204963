//! Chance that can be had again: every draw comes from the city's seed, and each purpose has a stream of its own,
//! so that asking for more pictures does not change which cars come.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What a stream of rng is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Which lots there are, beyond those written down.
    Places = 1,
    /// Arrivals, stays, plates.
    Traffic = 2,
    /// Repeats, delays, outages, misreadings.
    Faults = 3,
    /// The plates of a replayed day.
    Replay = 4,
    /// Which passages are photographed.
    Photos = 5,
    /// Load for a benchmark.
    Load = 6,
    /// Which lots speak which standard.
    Standards = 7,
    /// How long a charge takes.
    Charging = 8,
    /// How a stay is paid for.
    Payment = 9,
    /// Which faults befall which lot when.
    Injection = 10,
    /// Who parks for weeks.
    LongStays = 11,
    /// Who reserves spaces, and how lots take it.
    Reservations = 12,
}

/// A stream of rng.
#[derive(Clone, Debug)]
pub(crate) struct Rng(ChaCha8Rng);

impl Rng {
    pub(crate) fn new(seed: u64, purpose: Purpose) -> Self {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        generator.set_stream(purpose as u64);
        Self(generator)
    }

    /// One of many streams that a purpose has.
    pub(crate) fn numbered(seed: u64, purpose: Purpose, number: u64) -> Self {
        Self::new(seed ^ number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15), purpose)
    }

    /// Between 0 and 1, 1 left out.
    pub(crate) fn share(&mut self) -> f64 {
        self.0.random()
    }

    pub(crate) fn happens(&mut self, probability: f64) -> bool {
        self.share() < probability
    }

    /// A whole number below `bound`; 0 where there is none.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        if bound == 0 { 0 } else { self.0.random_range(0..bound) }
    }

    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.share()
    }

    #[cfg(test)]
    pub(crate) fn number(&mut self) -> u64 {
        self.0.random()
    }

    /// The wait until the next of a Poisson process of `rate` a second, in seconds.
    pub(crate) fn wait_s(&mut self, rate: f64) -> f64 {
        -(1.0 - self.share()).ln() / rate
    }

    /// A log-normal draw: `median` times e to the normal of deviation `spread`.
    pub(crate) fn around(&mut self, median: f64, spread: f64) -> f64 {
        let radius = (-2.0 * (1.0 - self.share()).ln()).sqrt();
        let normal = radius * (std::f64::consts::TAU * self.share()).cos();
        median * (spread * normal).exp()
    }

    /// One of `choices`, the more likely the heavier.
    pub(crate) fn weighted<'a, T>(&mut self, choices: &'a [(f64, T)]) -> Option<&'a T> {
        let total: f64 = choices.iter().map(|(weight, _)| weight).sum();
        let mut left = self.share() * total;
        for (weight, choice) in choices {
            left -= weight;
            if left < 0.0 {
                return Some(choice);
            }
        }
        choices.last().map(|(_, choice)| choice)
    }

    pub(crate) fn one_of<'a, T>(&mut self, choices: &'a [T]) -> Option<&'a T> {
        let at = self.below(choices.len());
        choices.get(at)
    }
}

/// A share that belongs to a number for ever, whatever else was drawn: between 0 and 1, 1 left out.
pub(crate) fn share_of(seed: u64, purpose: Purpose, number: u64) -> f64 {
    // The finaliser of SplitMix64 over what names the draw.
    let mut bits = seed ^ (purpose as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ number.rotate_left(29);
    for _ in 0..2 {
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
    }
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_always_the_same_chance_and_purposes_do_not_touch() {
        let draw = |seed, purpose| {
            let mut rng = Rng::new(seed, purpose);
            [rng.number(), rng.number()]
        };
        assert_eq!(draw(7, Purpose::Traffic), draw(7, Purpose::Traffic));
        assert_ne!(draw(7, Purpose::Traffic), draw(8, Purpose::Traffic));
        assert_ne!(draw(7, Purpose::Traffic), draw(7, Purpose::Faults));
    }

    #[test]
    fn shares_of_numbers_are_spread_evenly() {
        let low = (0..10_000).filter(|n| share_of(1, Purpose::Photos, *n) < 0.2).count();
        assert!((1_850..2_150).contains(&low), "{low} of 10,000 below a fifth");
    }

    #[test]
    fn stays_lie_around_their_median() {
        let mut rng = Rng::new(3, Purpose::Traffic);
        let below = (0..10_000).filter(|_| rng.around(60.0, 0.8) < 60.0).count();
        assert!((4_800..5_200).contains(&below), "{below} of 10,000 below the median");
    }
}
