//! What each kind of fault does to a message. Siblings that look alike: a function is given a [`Hit`](super::hit::Hit),
//! changes it, and says what has become of it.

pub(super) mod amendments;
pub(super) mod charges;
pub(super) mod counts;
pub(super) mod days;
pub(super) mod doubles;
pub(super) mod lists;
pub(super) mod loss;
pub(super) mod photos;
pub(super) mod plates;
pub(super) mod silence;
pub(super) mod times;
pub(super) mod wire;
