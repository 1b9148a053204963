//! Who may use whom: the crates' arrows point down one list only, the modules' of the two large crates along a table, and no
//! files use one another in a circle.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod modules;
mod source;

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

/// From the bottom up: a crate may use those that are named with it, and nothing else of the workspace.
const MAY_USE: &[(&str, &[&str])] = &[
    ("bowei-model", &[]),
    ("bowei-watch", &[]),
    ("bowei-encoding", &[]),
    ("bowei-evidence", &["bowei-model", "bowei-encoding"]),
    ("bowei-standards", &["bowei-model", "bowei-encoding"]),
    ("bowei-store", &["bowei-model", "bowei-encoding", "bowei-watch"]),
    ("bowei-service", &["bowei-watch"]),
    (
        "bowei-platform",
        &[
            "bowei-model",
            "bowei-encoding",
            "bowei-evidence",
            "bowei-standards",
            "bowei-store",
            "bowei-service",
            "bowei-watch",
        ],
    ),
    ("bowei-edge", &["bowei-model", "bowei-encoding", "bowei-standards", "bowei-service", "bowei-watch"]),
    ("bowei-city", &["bowei-model", "bowei-encoding", "bowei-standards", "bowei-service"]),
    (
        "bowei",
        &[
            "bowei-model",
            "bowei-encoding",
            "bowei-evidence",
            "bowei-standards",
            "bowei-store",
            "bowei-platform",
            "bowei-edge",
            "bowei-city",
        ],
    ),
    ("bowei-test-servers", &[]),
    (
        "bowei-bench",
        &[
            "bowei-model",
            "bowei-encoding",
            "bowei-standards",
            "bowei-store",
            "bowei-service",
            "bowei-platform",
            "bowei-edge",
            "bowei-city",
            "bowei-test-servers",
        ],
    ),
];

/// Libraries that would let a crate do what its room must not.
const NEVER: &[(&str, &[&str])] = &[
    ("bowei-model", &["tokio", "serde_json", "http", "rusqlite", "aws-lc-rs", "tracing", "rand"]),
    ("bowei-encoding", &["tokio", "http", "jiff"]),
    ("bowei-evidence", &["tokio", "http", "rusqlite", "rand"]),
    ("bowei-standards", &["tokio", "rusqlite", "axum", "hyper", "object_store", "rand"]),
    ("bowei-store", &["axum", "hyper", "http"]),
    ("bowei-platform", &["rusqlite", "tokio-postgres", "object_store"]),
    ("bowei-edge", &["rusqlite", "tokio-postgres", "object_store"]),
    ("bowei-city", &["rusqlite", "axum"]),
];

fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let said = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline", "--locked"])
        .output()
        .unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let metadata: Value = serde_json::from_slice(&said.stdout).unwrap();
    let of = |package: &Value| {
        let used = package["dependencies"].as_array().unwrap().iter();
        // What tests use does not reach the product.
        let used = used.filter(|dependency| dependency["kind"] != "dev");
        let names = used.map(|dependency| dependency["name"].as_str().unwrap().to_owned());
        (package["name"].as_str().unwrap().to_owned(), names.collect())
    };
    metadata["packages"].as_array().unwrap().iter().map(of).collect()
}

#[test]
fn every_crate_uses_only_those_below_it() {
    for (name, used) in dependencies() {
        let (_, allowed) = MAY_USE
            .iter()
            .find(|(known, _)| *known == name)
            .unwrap_or_else(|| panic!("{name} has no place in the house: give it one in MAY_USE"));
        let own = used.iter().filter(|dependency| dependency.starts_with("bowei"));
        for dependency in own {
            assert!(allowed.contains(&dependency.as_str()), "{name} may not use {dependency}");
        }
    }
}

#[test]
fn no_crate_has_a_library_that_its_room_forbids() {
    let dependencies = dependencies();
    for (name, forbidden) in NEVER {
        for library in *forbidden {
            assert!(!dependencies[*name].contains(*library), "{name} may not use {library}");
        }
    }
}

#[test]
fn the_model_names_no_standard() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../model/src"));
    for path in source::files(folder) {
        let text = std::fs::read_to_string(&path).unwrap().to_lowercase();
        // The dictionary of plate kinds is national; the Shenzhen text merely prints it.
        let text = text.replace("annex c of the shenzhen text", "");
        for standard in ["huzhou", "shenzhen", "ningbo", "yunkuaichong", "inspur"] {
            assert!(!text.contains(standard), "{} names {standard}", path.display());
        }
    }
}
