//! Lot vendors' own ways of speaking the standards, from where the translators' tests have them.

#[path = "../../../standards/tests/wire/frames/isp.rs"]
pub(crate) mod isp;
#[path = "../../../standards/tests/wire/frames/ningbo.rs"]
pub(crate) mod ningbo;
#[path = "../../../standards/tests/wire/frames/shenzhen.rs"]
pub(crate) mod shenzhen;
#[path = "../../../standards/tests/wire/frames/yunkuaichong.rs"]
pub(crate) mod yunkuaichong;
