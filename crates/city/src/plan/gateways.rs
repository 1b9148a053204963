//! Lots with a gateway: they tell it what happens in its own words, and it speaks to the platform for them.

use super::{CityLot, CityPlan, CityProvider};
use bowei_model::LotKind;
use std::sync::Arc;

/// In each of these every login ends the one before: two who share an account would take it from one another for
/// ever, so that a gateway has one of its own.
const ONE_LOGIN: [&str; 1] = ["shenzhen"];

impl CityPlan {
    /// Puts gateways at so many lots off the street, the standards taking turns. Answers these lots.
    pub fn put_gateways(&mut self, number: usize) -> Vec<Arc<CityLot>> {
        let mut standards: Vec<Vec<usize>> = Vec::new();
        for (standard, _) in self.mix() {
            let speaks = |(place, lot): (usize, &Arc<CityLot>)| {
                let fits =
                    lot.kind == LotKind::OffStreet && lot.standard == standard && !lot.says_charges_only();
                fits.then_some(place)
            };
            standards.push(self.lots.iter().enumerate().filter_map(speaks).rev().collect());
        }
        let mut chosen = Vec::new();
        while chosen.len() < number && standards.iter().any(|places| !places.is_empty()) {
            for places in &mut standards {
                chosen.extend(places.pop());
            }
        }
        chosen.truncate(number);
        chosen.sort_unstable();
        chosen.into_iter().filter_map(|place| self.put_gateway(place)).collect()
    }

    fn put_gateway(&mut self, place: usize) -> Option<Arc<CityLot>> {
        let lot = self.lots.get_mut(place)?;
        if ONE_LOGIN.contains(&lot.standard) {
            let number = self.providers.len() + 1;
            let (code, name) = (format!("{}-gw", lot.code), format!("{}（网关）", lot.name));
            let provider = CityProvider::new((&code, &name), number, lot.standard);
            Arc::make_mut(lot).provider = provider.code.clone();
            self.providers.push(provider);
        }
        Some(Arc::clone(lot))
    }
}
