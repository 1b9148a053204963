//! The city's rules for reservations, in versions.

pub(crate) use crate::office::settings::apply;

use crate::office::settings::Settings;
use bowei_model::reservation::Policy;

impl Settings for Policy {
    const KIND: &'static str = "reservation-policy";
    const OBJECT: &'static str = "reservation-rules";
    const NAME: (&'static str, &'static str) = ("预约规则", "rules of reservations");

    fn contradiction(&self) -> Option<String> {
        self.check().err().map(|fault| fault.to_string())
    }
}
