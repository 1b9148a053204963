//! Who may use whom within a crate: modules by a table, and files in no circle.

use super::source::{Crate, circles};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The modules at the top of a crate with those that each may use, from the bottom up.
type MayUse = &'static [(&'static str, &'static [&'static str])];

const PLATFORM: MayUse = &[
    ("config", &[]),
    ("cars_inside", &[]),
    ("readiness", &[]),
    ("after_commit", &[]),
    ("availability", &[]),
    ("evaluation_requests", &["after_commit"]),
    ("jobs", &[]),
    ("elapsed", &[]),
    ("seal", &[]),
    ("accounts", &["config", "jobs", "seal"]),
    ("address_limits", &["config", "elapsed"]),
    ("metrics", &["after_commit"]),
    // Neither the store nor HTTP: a paper is made of its data and the settings alone.
    ("papers", &["config"]),
    ("photos", &["jobs"]),
    ("retention", &["jobs", "seal"]),
    ("registry", &["accounts", "after_commit", "config", "seal"]),
    ("cursors", &["seal"]),
    ("vacancy", &["after_commit", "registry"]),
    ("open_data", &["config", "registry", "vacancy"]),
    ("office", &["accounts", "after_commit", "config", "jobs", "registry", "vacancy"]),
    ("supervision", &["accounts", "after_commit", "jobs", "office", "registry"]),
    ("webhooks", &["accounts", "config", "jobs", "office", "seal"]),
    ("orders", &["accounts", "config", "jobs", "office", "papers", "seal", "supervision", "webhooks"]),
    (
        "reservations",
        &[
            "accounts",
            "after_commit",
            "jobs",
            "office",
            "registry",
            "retention",
            "seal",
            "supervision",
            "webhooks",
        ],
    ),
    ("offers", &["reservations"]),
    ("forecast", &["jobs", "office", "registry"]),
    ("statistics", &["availability", "forecast", "jobs", "office", "orders", "registry", "supervision"]),
    ("live", &["after_commit", "registry"]),
    ("stores", &["config", "jobs", "seal"]),
    // It knows none of those that do something after a commit: they are handed in.
    (
        "intake",
        &[
            "after_commit",
            "cars_inside",
            "config",
            "elapsed",
            "jobs",
            "registry",
            "reservations",
            "retention",
            "seal",
        ],
    ),
    (
        "app",
        &[
            "accounts",
            "address_limits",
            "availability",
            "config",
            "cursors",
            "evaluation_requests",
            "forecast",
            "intake",
            "jobs",
            "live",
            "office",
            "offers",
            "open_data",
            "papers",
            "readiness",
            "registry",
            "reservations",
            "retention",
            "statistics",
            "supervision",
            "vacancy",
            "webhooks",
        ],
    ),
    (
        "background",
        &[
            "app",
            "availability",
            "evaluation_requests",
            "live",
            "metrics",
            "office",
            "readiness",
            "reservations",
            "supervision",
            "vacancy",
        ],
    ),
    (
        "http",
        &[
            "accounts",
            "app",
            "availability",
            "cars_inside",
            "config",
            "cursors",
            "forecast",
            "intake",
            "jobs",
            "live",
            "metrics",
            "office",
            "offers",
            "open_data",
            "orders",
            "papers",
            "registry",
            "reservations",
            "seal",
            "statistics",
            "supervision",
            "vacancy",
            "webhooks",
        ],
    ),
    (
        "platform",
        &[
            "accounts",
            "address_limits",
            "after_commit",
            "app",
            "availability",
            "background",
            "config",
            "cursors",
            "evaluation_requests",
            "forecast",
            "http",
            "intake",
            "jobs",
            "live",
            "metrics",
            "office",
            "offers",
            "open_data",
            "orders",
            "papers",
            "photos",
            "readiness",
            "registry",
            "reservations",
            "retention",
            "seal",
            "stores",
            "statistics",
            "supervision",
            "vacancy",
            "webhooks",
        ],
    ),
];

const EDGE: MayUse = &[
    ("config", &[]),
    ("known", &[]),
    ("lacking", &[]),
    ("reports", &[]),
    ("unknown_senders", &[]),
    ("devices", &["reports"]),
    ("sessions", &["devices"]),
    ("outbox", &["known"]),
    ("uplink", &["known", "lacking", "outbox"]),
    ("reconciliation", &["config", "outbox", "uplink"]),
    // The platform's own API, and its token.
    ("downlink", &["config", "outbox", "reconciliation", "uplink"]),
    ("cameras", &["config", "devices", "sessions", "uplink"]),
    ("token", &["config", "gateway", "outbox"]),
    ("intake", &["gateway", "known", "outbox"]),
    ("folder", &["devices", "gateway", "intake"]),
    ("camera_push", &["cameras", "devices", "gateway", "intake", "sessions"]),
    ("preflight", &["cameras", "config", "downlink", "gateway", "lacking", "uplink"]),
    ("schedule", &["gateway", "outbox", "uplink"]),
    ("directives", &["downlink", "gateway", "uplink"]),
    (
        "gateway",
        &[
            "cameras",
            "config",
            // What waits in the folder's `rejected/`.
            "devices",
            "downlink",
            // Its nonces of digest authentication.
            "http",
            "known",
            "outbox",
            "reconciliation",
            "sessions",
            "token",
            "unknown_senders",
            "uplink",
        ],
    ),
    (
        "http",
        &[
            "camera_push",
            "cameras",
            "devices",
            "downlink",
            "gateway",
            "intake",
            "outbox",
            "reconciliation",
            "reports",
            "unknown_senders",
            "uplink",
        ],
    ),
    (
        "running",
        &["config", "directives", "folder", "gateway", "http", "outbox", "preflight", "schedule", "sessions"],
    ),
];

/// Files that use one another in a circle all the same, and why.
const CIRCLES: &[(&str, &[&str], &str)] = &[
    (
        "model",
        &["charging.rs", "finding/facts.rs", "finding/mod.rs", "named_photo.rs", "occupancy.rs", "report.rs"],
        "passages and pictures stand in report.rs, of which other nouns are made; and a report carries the doubts about it",
    ),
    (
        "standards",
        &["downlink.rs", "lot_side.rs", "platform_side.rs"],
        "a standard may have a way down, which speaks in the credentials and lots of the way up",
    ),
    (
        "standards",
        &["shared/object.rs", "shared/value.rs"],
        "a value may be an object, and an object is made of values",
    ),
    (
        "store",
        &["postgres/bulk_import.rs", "postgres/transfer.rs"],
        "a transfer's end writes what arrives, in the place of a slice whose condition is the end's own",
    ),
    (
        "store",
        &[
            "postgres/commit.rs",
            "postgres/unpaired.rs",
            "postgres/load.rs",
            "postgres/rows/accounts.rs",
            "postgres/rows/charging.rs",
            "postgres/rows/counts.rs",
            "postgres/rows/documents.rs",
            "postgres/rows/findings.rs",
            "postgres/rows/ledger.rs",
            "postgres/rows/passages.rs",
            "postgres/rows/photos.rs",
            "postgres/rows/sessions.rs",
            "postgres/rows/supervision.rs",
            "postgres/rows/tallies.rs",
        ],
        "what sends one statement of a batch stands with the batch",
    ),
    (
        "edge",
        &[
            "devices/answer.rs",
            "devices/dahua.rs",
            "devices/hikvision.rs",
            "devices/maker.rs",
            "devices/vzenith.rs",
        ],
        "the list of makers names each, and what is common to all stands beside the list",
    ),
    (
        "edge",
        &["gateway.rs", "token.rs"],
        "a gateway begins by making its token, and what it does with that is written beside",
    ),
    (
        "city",
        &["sender/counts.rs", "sender/delivery.rs", "sender/authenticator.rs"],
        "a delivery's state goes through all who have a hand in it, and they tell it what became of a message",
    ),
];

const CRATES: [&str; 12] = [
    "model",
    "watch",
    "encoding",
    "standards",
    "store",
    "service",
    "platform",
    "edge",
    "city",
    "bowei",
    "test-servers",
    "bench",
];

fn read(name: &str) -> Crate {
    Crate::read(&Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).join(name).join("src"))
}

/// The module at the top of the crate that a file is in.
fn module(file: &str) -> &str {
    file.split('/').next().unwrap().trim_end_matches(".rs")
}

fn check(name: &str, may_use: MayUse) {
    let may_use: BTreeMap<_, _> = may_use.iter().copied().collect();
    for (file, used) in read(name).uses() {
        // The root hands on what others may use.
        let (user, others) = (module(file), used.iter().map(|used| module(used)));
        for other in others.filter(|other| user != "lib" && *other != user) {
            let allowed = may_use.get(user);
            let allowed = allowed.unwrap_or_else(|| panic!("{name}: {user} has no place in the house"));
            assert!(allowed.contains(&other), "{name}: {file} may not use {other}");
        }
    }
}

#[test]
fn every_module_of_the_platform_uses_only_those_that_it_may() {
    check("platform", PLATFORM);
}

#[test]
fn every_module_of_the_gateway_uses_only_those_that_it_may() {
    check("edge", EDGE);
}

#[test]
fn no_files_use_one_another_in_a_circle() {
    let known = |(of, files, _): &(&str, &[&str], &str)| format!("{of}: {:?}", BTreeSet::from_iter(*files));
    let known: BTreeSet<_> = CIRCLES.iter().map(known).collect();
    let mut found = BTreeSet::new();
    for name in CRATES {
        let read = read(name);
        let uses = read.uses();
        assert!(!uses.is_empty(), "{name} is not there");
        found.extend(circles(&uses).into_iter().map(|circle| format!("{name}: {circle:?}")));
    }
    let new: Vec<_> = found.difference(&known).collect();
    assert!(
        new.is_empty(),
        "files use one another in a circle: break it, or say in CIRCLES why not: {new:#?}"
    );
    let gone: Vec<_> = known.difference(&found).collect();
    assert!(gone.is_empty(), "a circle that is gone goes from CIRCLES: {gone:#?}");
}
