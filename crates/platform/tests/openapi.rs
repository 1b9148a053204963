//! The OpenAPI document is what the pages' client is made from: it may not change unseen.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[test]
fn the_document_is_the_one_that_the_pages_are_built_on() {
    let kept = include_str!("../../../web/openapi.json");
    assert!(
        kept == bowei_platform::http::openapi(),
        "the API has changed: run `make api`, look at what changed in web/openapi.json, and commit it"
    );
}
