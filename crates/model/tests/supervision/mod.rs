//! The rules by day, the rates and the cases.

mod cases;
mod counts;
mod days;
mod presence;
mod properties;
mod rates;
mod records;
mod settings;
