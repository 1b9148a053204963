//! The standard of Ningbo, from the outside: what lots send, what the platform makes of it and answers, and what lots
//! make of the answer. Which messages get which answer is in `tests/wire/cases/ningbo`.
mod answers;
mod credentials;
mod explained;
mod fuzz;
mod known_answers;
mod photos;
mod round_trip;
mod said;
mod scene;
