//! Load for benchmarks: messages sealed beforehand, as the raw bytes of their requests, and a loader that pushes
//! them through kept connections, so that the generator costs little beside the platform that it measures.

mod answers;
mod push;
mod sealed;
#[cfg(test)]
mod tests;

pub use push::{LoadOptions, LoadResult, push};
pub use sealed::{LoadError, Sealing, logged_in, presealed};
