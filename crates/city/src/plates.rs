//! Plates of the cars that come: mostly of Huzhou (浙E), some of the neighbours, a few from far away; a good third
//! of the small ones new-energy. No plate is twice in the city at once.

use crate::rng::Rng;
use bowei_model::{Plate, PlateKind};
use std::collections::HashSet;

/// Letters and digits of a serial: I and O are left out, as they read as 1 and 0.
const PLACES: &[u8] = b"0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";
const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ";
/// GA 36-2018: most new-energy cars are battery-electric (D, A, B, C, E), the rest hybrids (F, G, H, J, K).
const NEW_ENERGY: [(f64, char); 6] =
    [(60.0, 'D'), (8.0, 'A'), (4.0, 'B'), (22.0, 'F'), (4.0, 'G'), (2.0, 'H')];

/// Where plates come from and how often.
const ISSUERS: [(f64, &str); 22] = [
    (660.0, "浙E"),
    (60.0, "浙A"),
    (40.0, "浙F"),
    (15.0, "浙D"),
    (12.0, "浙B"),
    (10.0, "浙C"),
    (8.0, "浙G"),
    (45.0, "苏E"),
    (14.0, "苏B"),
    (8.0, "苏A"),
    (6.0, "苏D"),
    (38.0, "沪A"),
    (14.0, "沪C"),
    (22.0, "皖P"),
    (10.0, "皖A"),
    (8.0, "皖R"),
    (6.0, "赣E"),
    (6.0, "豫N"),
    (5.0, "鲁H"),
    (5.0, "鄂A"),
    (4.0, "闽D"),
    (4.0, "粤B"),
];

/// How much of the traffic is large vehicles, where they can go at all.
const LARGE_SHARE: f64 = 0.025;
const NEW_ENERGY_SHARE: f64 = 0.36;

/// Makes plates and knows which are inside the city.
#[derive(Debug, Default)]
pub(crate) struct PlateMaker {
    inside: HashSet<Plate>,
}

impl PlateMaker {
    /// A plate that is not inside. On the street there are only small cars.
    pub(crate) fn arrive(&mut self, on_street: bool, rng: &mut Rng) -> (Plate, PlateKind) {
        loop {
            let large = !on_street && rng.happens(LARGE_SHARE);
            let new_energy = rng.happens(if large { 0.2 } else { NEW_ENERGY_SHARE });
            let (text, kind) = match (large, new_energy) {
                (false, false) => (ordinary(rng), PlateKind::SMALL),
                (false, true) => (new_energy_small(rng), PlateKind::SMALL_NEW_ENERGY),
                (true, false) => (ordinary(rng), PlateKind::LARGE),
                (true, true) => (new_energy_large(rng), PlateKind::LARGE_NEW_ENERGY),
            };
            if let Some(plate) = Plate::read(&text)
                && self.inside.insert(plate.clone())
            {
                return (plate, kind);
            }
        }
    }

    /// The car has gone: its plate may come again.
    pub(crate) fn leave(&mut self, plate: &Plate) {
        self.inside.remove(plate);
    }
}

fn issuer(rng: &mut Rng) -> &'static str {
    rng.weighted(&ISSUERS).copied().unwrap_or("浙E")
}

fn of(choices: &[u8], rng: &mut Rng) -> char {
    rng.one_of(choices).map_or('0', |byte| char::from(*byte))
}

/// Five places, as most owners choose them: digits with a letter or two among them, the last mostly a digit.
fn ordinary(rng: &mut Rng) -> String {
    let mut text = issuer(rng).to_owned();
    let letters = [rng.below(5), if rng.happens(0.5) { rng.below(5) } else { 9 }];
    for place in 0..5 {
        let letter = letters.contains(&place) && !(place == 4 && rng.happens(0.8));
        text.push(of(if letter { LETTERS } else { b"0123456789" }, rng));
    }
    text
}

fn new_energy_small(rng: &mut Rng) -> String {
    let mut text = issuer(rng).to_owned();
    text.push(rng.weighted(&NEW_ENERGY).copied().unwrap_or('D'));
    // The second place may be a letter, the last four are digits.
    text.push(of(PLACES, rng));
    (0..4).for_each(|_| text.push(of(b"0123456789", rng)));
    text
}

fn new_energy_large(rng: &mut Rng) -> String {
    let mut text = issuer(rng).to_owned();
    (0..5).for_each(|_| text.push(of(b"0123456789", rng)));
    text.push(rng.weighted(&NEW_ENERGY).copied().unwrap_or('D'));
    text
}

/// What a camera makes of a plate on a bad day: a character lost, or a digit read as a letter that no plate has.
pub(crate) fn misread(plate: &Plate, rng: &mut Rng) -> Option<Plate> {
    let mut chars: Vec<char> = plate.as_str().chars().collect();
    let serial = 2..chars.len();
    let at = serial.start + rng.below(serial.len());
    if rng.happens(0.5) {
        chars.truncate(chars.len().saturating_sub(1 + rng.below(2)));
    } else if let Some(place) = chars.get_mut(at) {
        *place = if rng.happens(0.5) { 'O' } else { 'I' };
    }
    Plate::read(&chars.into_iter().collect::<String>()).filter(|read| read != plate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Purpose;
    use bowei_model::plate::PlateShape;

    #[test]
    fn plates_fit_their_kind_and_are_unique_inside() {
        let mut rng = Rng::new(1, Purpose::Traffic);
        let mut maker = PlateMaker::default();
        let mut seen = HashSet::new();
        let mut local = 0;
        for _ in 0..20_000 {
            let (plate, kind) = maker.arrive(false, &mut rng);
            let wanted = match kind {
                PlateKind::SMALL | PlateKind::LARGE => PlateShape::Ordinary,
                PlateKind::SMALL_NEW_ENERGY => PlateShape::NewEnergySmall,
                _ => PlateShape::NewEnergyLarge,
            };
            assert_eq!(plate.shape(), Some(wanted), "{plate}");
            local += usize::from(plate.as_str().starts_with("浙E"));
            assert!(seen.insert(plate));
        }
        assert!((12_000..14_500).contains(&local), "{local} of 20,000 from Huzhou");
    }

    #[test]
    fn a_misread_plate_is_another_one() {
        let mut rng = Rng::new(1, Purpose::Faults);
        let plate = Plate::read("浙E12345").unwrap();
        let odd = (0..200)
            .filter_map(|_| misread(&plate, &mut rng))
            .inspect(|read| assert_ne!(*read, plate))
            .filter(|read| read.shape().is_none())
            .count();
        assert!(odd > 150, "{odd}");
    }
}
