//! Inspur's standard, from the outside: who is let in, what is made of what lots send, and what lots make of the
//! answer. What is answered to the byte is in tests/wire.
mod answers;
mod credentials;
mod explained;
mod fuzz;
mod logins;
mod passages;
mod round_trip;
mod scene;
mod spots;
mod tokens;
