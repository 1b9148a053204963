//! People: they sign in, see what is theirs, and leave a trace.

mod accounts;
mod bounds;
mod exports;
mod hardening;
mod holds;
mod reveals;
mod sign_in;
