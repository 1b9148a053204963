//! The wire cases of the standards, run against the whole platform: the same files as the translators alone are
//! held to, answered here by router, intake and store.

mod frames;
#[path = "../../../standards/tests/wire/runner.rs"]
#[allow(dead_code, reason = "each frame uses what it needs of it")]
mod runner;
use crate::support;

use axum::body::Body;
use bytes::Bytes;
use http::{Request, Response};
use jiff::SignedDuration;
use runner::{Answers, Frame};
use std::path::Path;
use support::City;
use tokio::runtime::Runtime;

/// A platform that knows the frame's account and lots, and somebody else's lot.
struct Whole {
    runtime: Runtime,
    city: City,
}

impl Whole {
    fn of(frame: &dyn Frame) -> Self {
        let runtime = Runtime::new().unwrap();
        let city = runtime.block_on(async {
            let city = City::new().await;
            city.apply(&registry(frame), SignedDuration::ZERO).await;
            city
        });
        Self { runtime, city }
    }
}

fn registry(frame: &dyn Frame) -> String {
    let standard = frame.standard();
    let mut registry = format!("[[provider]]\ncode = \"demo\"\nname = \"示范\"\n[provider.{standard}]\n");
    for (field, value) in frame.account() {
        registry.push_str(&format!("{field} = {value:?}\n"));
    }
    registry.push_str("[[provider]]\ncode = \"other\"\nname = \"别家\"\n");
    let lots = frame.lots();
    let yours = lots.yours.iter().map(|id| (*id, "demo"));
    for (i, (id, provider)) in yours.chain([(lots.not_yours, "other")]).enumerate() {
        // Some answers are made from the platform's code: where it can be, it is the id, as in the translators' tests.
        let fits = id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        let code = if fits { id.to_owned() } else { format!("wire-{i}") };
        registry.push_str(&format!(
            "[[lot]]\ncode = {code:?}\nprovider = \"{provider}\"\nname = \"停车场 {i}\"\nkind = \"off-street\"\n\
             district = \"330502\"\nlongitude = 120.1\nlatitude = 30.9\nspaces_total = 1000\n\
             parties = [\"{provider}\"]\nids = {{ {standard} = {id:?} }}\n"
        ));
    }
    registry
}

impl Answers for Whole {
    fn answer(&mut self, request: Request<Bytes>) -> Response<Bytes> {
        let answer = self.runtime.block_on(self.city.send(request.map(Body::from)));
        let mut response = Response::new(answer.bytes);
        *response.status_mut() = answer.status;
        *response.headers_mut() = answer.headers;
        response
    }
}

fn run(mut frame: impl Frame) {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../standards/tests/wire/cases");
    let mut platform = Whole::of(&frame);
    if let Err(wrong) = runner::run(&mut frame, &mut platform, &cases) {
        panic!("{wrong}");
    }
}

#[test]
fn ningbo() {
    run(frames::ningbo::Ningbo::new());
}

#[test]
fn isp() {
    run(frames::isp::Isp::default());
}

#[test]
fn yunkuaichong() {
    run(frames::yunkuaichong::Yunkuaichong::default());
}

#[test]
fn shenzhen() {
    run(frames::shenzhen::Shenzhen);
}
