//! `cars-inside`: the cars that a lot lists as inside.

use super::fields::Fields;
use super::{About, ReportFault, form};
use bowei_model::CarsInside;

pub(super) fn read(fields: &mut Fields, about: About<'_>) -> Result<CarsInside, ReportFault> {
    Ok(CarsInside {
        lot: about.lot.clone(),
        at: fields.needed("at", form::MOMENT)?,
        plates: fields.needed("plates", form::PLATES)?,
    })
}
