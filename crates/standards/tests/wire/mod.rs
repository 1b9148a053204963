//! What lots send and what they are answered, to the byte, as data files: run here against the standards alone.
mod frames {
    pub(crate) mod isp;
    pub(crate) mod ningbo;
    pub(crate) mod shenzhen;
    pub(crate) mod yunkuaichong;
}
mod mini_platform;
#[allow(dead_code, reason = "each frame uses what it needs of it")]
mod runner;

use mini_platform::MiniPlatform;
use runner::Frame;
use std::path::Path;

/// Runs the standard's cases.
fn run(frame: &mut dyn Frame) {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wire/cases");
    let mut platform = MiniPlatform::of(frame);
    if let Err(wrong) = runner::run(frame, &mut platform, &cases) {
        panic!("{wrong}");
    }
}

#[test]
fn ningbo() {
    run(&mut frames::ningbo::Ningbo::new());
}

#[test]
fn yunkuaichong() {
    run(&mut frames::yunkuaichong::Yunkuaichong::default());
}

#[test]
fn isp() {
    run(&mut frames::isp::Isp::default());
}

#[test]
fn shenzhen() {
    run(&mut frames::shenzhen::Shenzhen);
}
