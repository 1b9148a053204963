//! From what lots report to cases and rates, over the API.

mod cases;
mod maintenance;
mod orders;
mod rates;
mod statistics;
