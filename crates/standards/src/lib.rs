//! The city standards: each a folder with the same faces, each a pure translator between HTTP messages and the
//! model. Nothing here opens a socket, reads the clock or knows another standard; time, keys and the lots of the
//! speaker are handed in.
//!
//! [`platform_side`] is what a platform needs to take messages in, [`lot_side`] what a lot's gateway needs to get
//! them there, [`downlink`] what platforms ask of lots. [`all`] is the one list: a new city is one folder and one line
//! in it.

pub mod base_data;
pub mod downlink;
pub mod fault;
pub mod huzhou;
pub mod isp;
pub mod lot_side;
pub mod ningbo;
pub mod platform_side;
pub mod shared;
pub mod shenzhen;
pub mod yunkuaichong;

pub use downlink::Downlink;
pub use fault::{Fault, Refusal, Step};
pub use lot_side::LotSide;
pub use platform_side::PlatformSide;

/// A standard with both its sides.
pub trait Standard: PlatformSide + LotSide {}

impl<T: PlatformSide + LotSide> Standard for T {}

/// Every standard, in the order in which pages list them.
pub fn all() -> &'static [&'static dyn Standard] {
    &[&huzhou::Huzhou, &shenzhen::Shenzhen, &ningbo::Ningbo, &isp::Isp, &yunkuaichong::Yunkuaichong]
}

/// The standard of that name.
pub fn by_name(name: &str) -> Option<&'static dyn Standard> {
    all().iter().copied().find(|standard| standard.card().name == name)
}
