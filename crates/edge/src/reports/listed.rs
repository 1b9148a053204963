//! `cars-inside`, `named-photo`, `off-peak-package` and `off-peak-order`.

use super::fields::Fields;
use super::{About, ReportFault, form, picture};
use bowei_model::{CarsInside, NamedPhoto, OffPeakOrder, OffPeakPackage};

pub(super) fn cars_inside(fields: &mut Fields, about: About<'_>) -> Result<CarsInside, ReportFault> {
    Ok(CarsInside {
        lot: about.lot.clone(),
        at: fields.needed("at", form::MOMENT)?,
        plates: fields.needed("plates", form::PLATES)?,
    })
}

pub(super) fn named_photo(fields: &mut Fields, about: About<'_>) -> Result<NamedPhoto, ReportFault> {
    Ok(NamedPhoto {
        lot: about.lot.clone(),
        photo_id: fields.needed("photo_id", form::RECORD_ID)?,
        shows: fields.needed("shows", form::SUBJECT)?,
        taken_at: fields.optional("taken_at", form::MOMENT)?,
        file_name: fields.optional("file_name", form::TEXT)?,
        picture: picture(fields, about)?,
    })
}

pub(super) fn off_peak_package(fields: &mut Fields, about: About<'_>) -> Result<OffPeakPackage, ReportFault> {
    Ok(OffPeakPackage {
        lot: about.lot.clone(),
        package_no: fields.needed("package_no", form::RECORD_ID)?,
        permit_no: fields.optional("permit_no", form::TEXT)?,
        service_code: fields.needed("service_code", form::TEXT)?,
        package_kind: fields.needed("package_kind", form::WHOLE)?,
        price: fields.needed("price", form::DECIMAL)?,
        status: fields.needed("status", form::WHOLE)?,
    })
}

pub(super) fn off_peak_order(fields: &mut Fields, about: About<'_>) -> Result<OffPeakOrder, ReportFault> {
    Ok(OffPeakOrder {
        lot: about.lot.clone(),
        order_no: fields.needed("order_no", form::RECORD_ID)?,
        service_code: fields.needed("service_code", form::TEXT)?,
        package_no: fields.needed("package_no", form::RECORD_ID)?,
        plate: fields.optional("plate", form::PLATE)?.flatten(),
        amount: fields.needed("amount", form::DECIMAL)?,
        status: fields.needed("status", form::WHOLE)?,
    })
}
