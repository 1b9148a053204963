//! The fields of one report, taken out one by one: what is asked for is known, what is left over at the end is not.

use super::ReportFault;
use super::form::{self, Form};
use bowei_encoding::shown::shown;
use bowei_model::{ExactPosition, Position};
use serde_json::{Map, Value};

/// A report's fields.
pub(super) struct Fields {
    object: Map<String, Value>,
    asked: Vec<&'static str>,
}

impl Fields {
    pub(super) fn of(object: Map<String, Value>) -> Self {
        Self { object, asked: Vec::new() }
    }

    /// The value of a field; null and empty text count as absent.
    pub(super) fn value(&mut self, field: &'static str) -> Option<Value> {
        self.asked.push(field);
        self.object.remove(field).filter(|value| !value.is_null() && value.as_str() != Some(""))
    }

    /// A field that may be left out.
    pub(super) fn optional<T>(
        &mut self,
        field: &'static str,
        form: Form<T>,
    ) -> Result<Option<T>, ReportFault> {
        let Some(value) = self.value(field) else { return Ok(None) };
        (form.read)(&value).map(Some).ok_or_else(|| ReportFault::new(field, form.expected, received(&value)))
    }

    /// A field that may not.
    pub(super) fn needed<T>(&mut self, field: &'static str, form: Form<T>) -> Result<T, ReportFault> {
        let expected = form.expected;
        self.optional(field, form)?.ok_or_else(|| ReportFault::new(field, expected, "nothing"))
    }

    /// `longitude` and `latitude`, in `datum`; absent where neither is there.
    pub(super) fn position(&mut self) -> Result<Option<ExactPosition>, ReportFault> {
        let longitude = self.optional("longitude", form::DEGREES)?;
        let latitude = self.optional("latitude", form::DEGREES)?;
        let datum = self.optional("datum", form::DATUM)?.unwrap_or_default();
        match (longitude, latitude) {
            (None, None) => Ok(None),
            (Some(_), None) => {
                Err(ReportFault::new("latitude", "degrees north, beside longitude", "nothing"))
            }
            (None, Some(_)) => Err(ReportFault::new("longitude", "degrees east, beside latitude", "nothing")),
            (Some(longitude), Some(latitude)) => {
                let position = Position::read(longitude, latitude, datum).ok_or_else(|| {
                    let received = format!("{longitude} and {latitude}");
                    ReportFault::new(
                        "longitude, latitude",
                        "a place on Earth, degrees east and north",
                        received,
                    )
                })?;
                Ok(Some(ExactPosition(position)))
            }
        }
    }

    /// That nothing is left over: a misspelt field must not silently say nothing.
    pub(super) fn finish(self) -> Result<(), ReportFault> {
        let Some((field, value)) = self.object.into_iter().next() else { return Ok(()) };
        let expected = format!("one of the fields of this kind ({})", self.asked.join(", "));
        Err(ReportFault::new(shown(&field), expected, received(&value)))
    }
}

/// A value as it can be shown.
pub(super) fn received(value: &Value) -> String {
    shown(&value.to_string())
}
