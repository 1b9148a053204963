//! A port for a server.

use std::hash::{BuildHasher as _, RandomState};
use std::net::{Ipv4Addr, TcpListener};

/// Below the ports from which systems take those of outgoing connections, so that none of these sits on a server's
/// port while it is stopped.
const FIRST: u16 = 16_000;
const COUNT: u16 = 16_000;

/// Ports tried before one is taken unseen; the server says if it is in use after all.
const TRIES: u64 = 50;

/// A port that nobody listens on at this moment. Within a network namespace somebody may all the same.
pub(crate) fn free() -> u16 {
    let chance = RandomState::new();
    let port =
        |number: u64| FIRST + u16::try_from(chance.hash_one(number) % u64::from(COUNT)).unwrap_or_default();
    let unused = |port: &u16| TcpListener::bind((Ipv4Addr::UNSPECIFIED, *port)).is_ok();
    (0..TRIES).map(port).find(unused).unwrap_or_else(|| port(TRIES))
}
