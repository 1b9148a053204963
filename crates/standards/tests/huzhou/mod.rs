//! The standard of Huzhou, from the outside: what lots send, what the platform makes of it and answers, and what
//! lots make of the answer.
mod answers;
mod credentials;
mod envelope;
mod explained;
mod fields;
mod fuzz;
mod known_answers;
mod lenient;
mod photos;
mod round_trip;
mod scene;
