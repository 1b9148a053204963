//! `off-peak-package` and `off-peak-order`.

use super::fields::Fields;
use super::{About, ReportFault, form};
use bowei_model::{OffPeakOrder, OffPeakPackage};

pub(super) fn package(fields: &mut Fields, about: About<'_>) -> Result<OffPeakPackage, ReportFault> {
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

pub(super) fn order(fields: &mut Fields, about: About<'_>) -> Result<OffPeakOrder, ReportFault> {
    Ok(OffPeakOrder {
        lot: about.lot.clone(),
        order_no: fields.needed("order_no", form::RECORD_ID)?,
        service_code: fields.needed("service_code", form::TEXT)?,
        package_no: fields.needed("package_no", form::RECORD_ID)?,
        plate: fields.optional("plate", form::PLATE)?.flatten(),
        amount: fields.needed("amount", form::DECIMAL)?,
        status: fields.needed("status", form::WHOLE)?,
        // No text has a place for it: what cannot be passed on is not taken.
        valid_from: None,
        valid_until: None,
    })
}
