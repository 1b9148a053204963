//! What the store promises, said about parking, and held against every engine.

mod photos;
mod plan;
mod sqlite;
mod suite;
