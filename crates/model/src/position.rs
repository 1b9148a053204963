//! Where things are. Inside, every position is WGS 84; the texts' positions come in the datums that Chinese maps
//! use (GCJ-02, and BD-09 on top of it) and go out again in them.

use serde::{Deserialize, Serialize};
use std::f64::consts::PI;

/// The datum of a pair of degrees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Datum {
    /// GPS.
    Wgs84,
    /// 国测局 02: AMap, Tencent; the default of the texts.
    #[default]
    Gcj02,
    /// 百度 09: Baidu.
    Bd09,
}

/// A position in WGS 84, degrees east and north.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Position {
    /// Degrees east, −180 to 180.
    pub longitude: f64,
    /// Degrees north, −90 to 90.
    pub latitude: f64,
}

impl Position {
    /// The position that a pair of degrees in `datum` names; `None` for what is no place on Earth.
    pub fn read(longitude: f64, latitude: f64, datum: Datum) -> Option<Self> {
        let sane = longitude.is_finite()
            && latitude.is_finite()
            && longitude.abs() <= 180.0
            && latitude.abs() <= 90.0;
        if !sane {
            return None;
        }
        let given = (longitude, latitude);
        let (longitude, latitude) = match datum {
            Datum::Wgs84 => given,
            Datum::Gcj02 => invert(wgs_to_gcj, given),
            Datum::Bd09 => invert(wgs_to_gcj, invert(gcj_to_bd, given)),
        };
        Some(Self { longitude, latitude })
    }

    /// Degrees east and north in `datum`.
    pub fn write(self, datum: Datum) -> (f64, f64) {
        let here = (self.longitude, self.latitude);
        match datum {
            Datum::Wgs84 => here,
            Datum::Gcj02 => wgs_to_gcj(here),
            Datum::Bd09 => gcj_to_bd(wgs_to_gcj(here)),
        }
    }

    /// Metres between two positions on the sphere of mean radius; within 0.5% of the ellipsoid.
    pub fn metres_to(self, other: Self) -> f64 {
        const MEAN_RADIUS_M: f64 = 6_371_008.8;
        let (a, b) = (self.latitude.to_radians(), other.latitude.to_radians());
        let half_lat = (b - a) / 2.0;
        let half_lon = (other.longitude - self.longitude).to_radians() / 2.0;
        let h = half_lat.sin().powi(2) + a.cos() * b.cos() * half_lon.sin().powi(2);
        2.0 * MEAN_RADIUS_M * h.sqrt().min(1.0).asin()
    }
}

/// Finds what `forward` maps to `target`. The shifts are under a kilometre and smooth, so that taking the
/// remaining difference off converges by about a factor of a thousand a round.
fn invert(forward: impl Fn((f64, f64)) -> (f64, f64), target: (f64, f64)) -> (f64, f64) {
    /// Enough for under a millimetre from any start within China.
    const ROUNDS: usize = 8;
    let mut guess = target;
    for _ in 0..ROUNDS {
        let there = forward(guess);
        guess = (guess.0 + target.0 - there.0, guess.1 + target.1 - there.1);
    }
    guess
}

/// Outside this box the shift does not apply.
fn outside_china((longitude, latitude): (f64, f64)) -> bool {
    !(72.004..=137.8347).contains(&longitude) || !(0.8293..=55.8271).contains(&latitude)
}

fn wgs_to_gcj(here: (f64, f64)) -> (f64, f64) {
    /// Krasovsky 1940: semi-major axis in metres and squared eccentricity.
    const AXIS_M: f64 = 6_378_245.0;
    const ECCENTRICITY_SQUARED: f64 = 0.006_693_421_622_965_943;
    if outside_china(here) {
        return here;
    }
    let (longitude, latitude) = here;
    let (x, y) = (longitude - 105.0, latitude - 35.0);
    let ripple = (20.0 * (6.0 * x * PI).sin() + 20.0 * (2.0 * x * PI).sin()) * 2.0 / 3.0;
    let north = -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * x.abs().sqrt()
        + ripple
        + (20.0 * (y * PI).sin() + 40.0 * (y / 3.0 * PI).sin()) * 2.0 / 3.0
        + (160.0 * (y / 12.0 * PI).sin() + 320.0 * (y * PI / 30.0).sin()) * 2.0 / 3.0;
    let east = 300.0
        + x
        + 2.0 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * x.abs().sqrt()
        + ripple
        + (20.0 * (x * PI).sin() + 40.0 * (x / 3.0 * PI).sin()) * 2.0 / 3.0
        + (150.0 * (x / 12.0 * PI).sin() + 300.0 * (x / 30.0 * PI).sin()) * 2.0 / 3.0;
    let radians = latitude.to_radians();
    let flattened = 1.0 - ECCENTRICITY_SQUARED * radians.sin().powi(2);
    let root = flattened.sqrt();
    let meridian = AXIS_M * (1.0 - ECCENTRICITY_SQUARED) / (flattened * root);
    (
        longitude + (east * 180.0) / (AXIS_M / root * radians.cos() * PI),
        latitude + (north * 180.0) / (meridian * PI),
    )
}

fn gcj_to_bd((longitude, latitude): (f64, f64)) -> (f64, f64) {
    const WAVE: f64 = PI * 3000.0 / 180.0;
    let radius = longitude.hypot(latitude) + 0.00002 * (latitude * WAVE).sin();
    let angle = latitude.atan2(longitude) + 0.000003 * (longitude * WAVE).cos();
    (radius * angle.cos() + 0.0065, radius * angle.sin() + 0.006)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn gcj_lies_a_few_hundred_metres_from_gps() {
        let position = Position::read(120.0868, 30.8937, Datum::Gcj02).unwrap();
        let (longitude, latitude) = (120.0868, 30.8937);
        let shifted = Position { longitude, latitude };
        let metres = position.metres_to(shifted);
        assert!((300.0..700.0).contains(&metres), "{metres} m");
    }

    #[test]
    fn no_place_on_earth_is_refused() {
        assert_eq!(Position::read(f64::NAN, 30.0, Datum::Wgs84), None);
        assert_eq!(Position::read(181.0, 30.0, Datum::Gcj02), None);
        assert_eq!(Position::read(120.0, -91.0, Datum::Bd09), None);
    }

    proptest! {
        #[test]
        fn every_datum_comes_back_to_within_a_decimetre(
            longitude in 73.5..135.0f64, latitude in 18.0..53.5f64,
        ) {
            let here = Position { longitude, latitude };
            for datum in [Datum::Wgs84, Datum::Gcj02, Datum::Bd09] {
                let (x, y) = here.write(datum);
                let back = Position::read(x, y, datum).unwrap();
                prop_assert!(here.metres_to(back) < 0.1, "{datum:?}: {} m", here.metres_to(back));
            }
        }
    }
}
