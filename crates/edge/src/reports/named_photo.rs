//! `named-photo`: a picture that is known by a name of its own.

use super::fields::Fields;
use super::{About, ReportFault, form, picture};
use bowei_model::NamedPhoto;

pub(super) fn read(fields: &mut Fields, about: About<'_>) -> Result<NamedPhoto, ReportFault> {
    Ok(NamedPhoto {
        lot: about.lot.clone(),
        photo_id: fields.needed("photo_id", form::RECORD_ID)?,
        shows: fields.needed("shows", form::SUBJECT)?,
        taken_at: fields.optional("taken_at", form::MOMENT)?,
        file_name: fields.optional("file_name", form::TEXT)?,
        picture: picture(fields, about)?,
    })
}
