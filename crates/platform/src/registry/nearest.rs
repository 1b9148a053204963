//! Public lots by where they are: whoever asks for the nearest is answered without a look at all of them.

use bowei_model::{Lot, Position};
use rstar::RTree;
use rstar::primitives::GeomWithData;
use std::sync::Arc;

/// The lots, each at its place on the unit sphere: what is nearer there in a straight line is nearer on the ground, across the
/// date line too.
#[derive(Default)]
pub(crate) struct Nearest(RTree<GeomWithData<[f64; 3], Arc<Lot>>>);

impl Nearest {
    /// An index of those that have said where they are.
    pub(super) fn new<'a>(lots: impl Iterator<Item = &'a Arc<Lot>>) -> Self {
        let placed =
            lots.filter_map(|lot| Some(GeomWithData::new(on_sphere(lot.position?), Arc::clone(lot))));
        Self(RTree::bulk_load(placed.collect()))
    }

    /// The nearest first; of those that are equally far to within a rounding, in any order.
    pub(crate) fn to(&self, position: Position) -> impl Iterator<Item = &Arc<Lot>> {
        self.0.nearest_neighbor_iter(&on_sphere(position)).map(|placed| &placed.data)
    }
}

fn on_sphere(position: Position) -> [f64; 3] {
    let (latitude, longitude) = (position.latitude.to_radians(), position.longitude.to_radians());
    [latitude.cos() * longitude.cos(), latitude.cos() * longitude.sin(), latitude.sin()]
}
