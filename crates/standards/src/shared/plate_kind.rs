//! The kind of a car's plate, as messages that want one are written.

use bowei_model::plate::PlateShape;
use bowei_model::{Passage, Plate, PlateKind};

/// 挂车号牌.
const TRAILER: u8 = 15;

/// The kind that the lot says, or the one that the plate's own shape shows: new-energy plates and trailers'.
pub(crate) fn kind_of(passage: &Passage) -> Option<PlateKind> {
    passage.plate_kind.or_else(|| match passage.plate.as_ref().and_then(Plate::shape)? {
        PlateShape::NewEnergySmall => Some(PlateKind::SMALL_NEW_ENERGY),
        PlateShape::NewEnergyLarge => Some(PlateKind::LARGE_NEW_ENERGY),
        PlateShape::Marked('挂') => PlateKind::from_code(TRAILER),
        _ => None,
    })
}

/// Whether a kind is that of large vehicles: 大型汽车, 拖拉机, 挂车.
pub(crate) fn is_large(kind: PlateKind) -> bool {
    matches!(kind.code(), 1 | 14 | TRAILER)
}
