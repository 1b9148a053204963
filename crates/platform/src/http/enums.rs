//! The model's closed sets by the names that the document gives them: their words are serde's or the model's own list, so
//! that what is described and what is written cannot part. And how a word of a query is read as one of a set.

use super::problem::Problem;
use bowei_model::{Effect, Report};
use serde::de::{self, DeserializeOwned, IntoDeserializer as _};
use std::fmt;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

macro_rules! enums {
    ($($name:ident = $words:expr;)*) => { $(
        #[doc = concat!("The `value_type` of a field that is one word of `", stringify!($name), "`.")]
        pub(super) enum $name {}

        impl ToSchema for $name {}

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new().schema_type(Type::String).enum_values(Some($words)).into()
            }
        }
    )* };
}

enums! {
    Direction = words::<bowei_model::Direction>();
    CaseAction = words::<bowei_model::supervision::ActionKind>();
    CaseState = words::<bowei_model::supervision::HandlingState>();
    ChangeSource = words::<bowei_store::ChangeSource>();
    Datum = words::<bowei_model::position::Datum>();
    ExportKind = words::<bowei_store::ExportKind>();
    FindingKind = words::<bowei_model::FindingKind>();
    GateKind = words::<bowei_model::GateKind>();
    GateStatus = words::<bowei_model::GateStatus>();
    JobOutcome = bowei_store::JobOutcome::ALL.map(bowei_store::JobOutcome::name);
    LotCategory = words::<bowei_model::LotCategory>();
    LotGateDirection = words::<bowei_model::GateDirection>();
    LotKind = words::<bowei_model::LotKind>();
    Permission = crate::accounts::Permission::all().map(crate::accounts::Permission::name);
    ProblemCode = super::problem::CODES;
    Role = crate::accounts::Role::WORDS;
    Severity = words::<bowei_model::supervision::Severity>();
    ForecastVerdict = words::<bowei_model::forecast::Verdict>();
    LotStatus = words::<crate::vacancy::Status>();
    Manner = words::<bowei_model::supervision::order::Manner>();
    NoRelief = words::<bowei_model::NoRelief>();
    OrderAction = words::<bowei_model::supervision::order::ActionKind>();
    OrderSeverity = words::<bowei_model::supervision::order::Severity>();
    OrderState = words::<bowei_model::supervision::order::OrderState>();
    Party = words::<bowei_model::supervision::attribution::Party>();
    PayKind = words::<bowei_model::PayKind>();
    PhotoRole = words::<bowei_model::PhotoRole>();
    Rate = words::<bowei_model::supervision::Rate>();
    ReservationState = words::<bowei_model::reservation::OrderState>();
    SpaceKind = words::<bowei_model::SpaceKind>();
    ReportKind = Report::KINDS;
    // What was refused has had no effect.
    ReportOutcome = Effect::ALL.map(Effect::outcome).into_iter().chain(["refused"]);
}

/// The words of the set that a word was not of.
#[derive(Debug)]
struct NoneOf(&'static [&'static str]);

impl fmt::Display for NoneOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "none of {}", self.0.join(", "))
    }
}

impl std::error::Error for NoneOf {}

impl de::Error for NoneOf {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self(&[])
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self(expected)
    }
}

fn one<T: DeserializeOwned>(word: &str) -> Result<T, NoneOf> {
    T::deserialize(word.into_deserializer())
}

/// Every word of an enum without fields, as serde has them.
fn words<T: DeserializeOwned>() -> Vec<&'static str> {
    // No enum has a variant without a name.
    one::<T>("").err().map(|NoneOf(words)| words.to_vec()).unwrap_or_default()
}

/// The one of a set that the parameter `name` names, where it names any: the first of several.
pub(super) fn first<T: DeserializeOwned>(name: &str, asked: Option<&str>) -> Result<Option<T>, Problem> {
    Ok(several(name, asked)?.into_iter().next())
}

/// What the parameter `name` names of a set, split at commas.
pub(super) fn several<T: DeserializeOwned>(name: &str, asked: Option<&str>) -> Result<Vec<T>, Problem> {
    let words = asked.unwrap_or_default().split(',').map(str::trim).filter(|word| !word.is_empty());
    words
        .map(|word| one(word).map_err(|error| Problem::invalid(name, format!("{name}={word} is {error}"))))
        .collect()
}
