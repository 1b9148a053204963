//! The standard of Shenzhen, from the outside: what lots send, what the platform makes of it and answers, what lots
//! make of the answer — and what platforms ask of lots.
mod answers;
mod authenticity;
mod credentials;
mod downlink;
mod explained;
mod fuzz;
mod known_answers;
mod not_sealed;
mod readings;
mod round_trip;
mod said;
mod scene;
