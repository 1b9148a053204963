//! Open data: what lots of every kind and state look like in every format, held against the published schemas.

mod cost;
mod formats;
mod http;
mod json_schemas;
mod schemas;
mod withheld;

use crate::support::{City, Lot, entry};
use bowei_model::{LotKind, Report};
use bowei_standards::lot_side::Outgoing;
use bowei_standards::{LotSide as _, huzhou::Huzhou};
use jiff::SignedDuration;

/// A lot of each sort and state, beside those that every city of these tests has.
const LOTS: &str = r#"
[[lot]]
code = "330502-full"
provider = "hz-demo"
name = "满 <P&R> \"东\" 'A' 🚗 ]]> \u0001"
kind = "off-street"
category = "public"
district = "330502"
address = "=人民路 <2> & 3 号"
longitude = 120.1
latitude = 30.9
spaces_total = 10
accessible_spaces = 2
tariff = "首小时 5 元 & 之后 <3> 元"
hours = "00:00-24:00"
ids = { huzhou = "HZ1" }

[[lot]]
code = "330502-closed"
provider = "hz-demo"
name = "已停用停车场"
kind = "off-street"
district = "330502"
longitude = 120.11
latitude = 30.91
spaces_total = 50
closed = true
ids = { huzhou = "HZ2" }

[[lot]]
code = "330502-impossible"
provider = "hz-demo"
name = "空位多于泊位"
kind = "off-street"
district = "330502"
longitude = 120.12
latitude = 30.92
spaces_total = 20
ids = { huzhou = "HZ3" }

[[lot]]
code = "330502-never"
provider = "hz-demo"
name = "从未上报"
kind = "on-street"
category = "parallel"
district = "330502"
longitude = 120.13
latitude = 30.93
spaces_total = 5
ids = { huzhou = "HZ4" }

[[lot]]
code = "330502-路段"
provider = "hz-demo"
name = "车位数未知"
kind = "on-street"
district = "330502"
longitude = 120.14
latitude = 30.94
spaces_total = 0
ids = { huzhou = "HZ5" }

[[lot]]
code = "330502-trial"
provider = "hz-demo"
name = "SECRET 试运行"
kind = "off-street"
district = "330502"
longitude = 120.15
latitude = 30.95
spaces_total = 5
trial = true
ids = { huzhou = "HZ6" }
"#;

const REGISTRY_LOTS: [(&str, &str, LotKind); 6] = [
    ("330521-007", "HZLD0007", LotKind::OnStreet),
    ("330502-full", "HZ1", LotKind::OffStreet),
    ("330502-closed", "HZ2", LotKind::OffStreet),
    ("330502-impossible", "HZ3", LotKind::OffStreet),
    ("330502-路段", "HZ5", LotKind::OnStreet),
    ("330502-trial", "HZ6", LotKind::OffStreet),
];

/// Seals and sends a report of any of these lots.
async fn say(city: &City, lot: &Lot, report: &Report) {
    let code = report.lot().unwrap();
    let known = REGISTRY_LOTS.iter().find(|(known, ..)| code.as_str() == *known);
    let (_, lot_id, lot_kind) = known.copied().unwrap_or(("", "HZ330502001", LotKind::OffStreet));
    let outgoing = Outgoing { report, lot_id, lot_kind, picture: None };
    let request = Huzhou.seal(outgoing, lot.own.as_ref(), bowei_platform::Clock::now(city.clock.as_ref()));
    let answer = city.send(request.unwrap().request.map(axum::body::Body::from)).await;
    assert_eq!(answer.code(), 200, "{code}: {}", answer.json());
}

/// A city with a lot of each sort: by code full, closed, impossible, never heard, with chargers (`330502-001`: 117 of
/// 200 free), on-street (`330521-007`, which is stale: 12 of 30 were free), and one on trial, which is not public.
async fn city_of_each() -> City {
    let city = City::new().await;
    every_lot(&city).await;
    city
}

async fn every_lot(city: &City) {
    city.apply(LOTS, SignedDuration::ZERO).await;
    let lot = city.lot_of("hz-demo");
    say(city, &lot, &entry("330521-007", "S1", 0, 12)).await;
    city.clock.turn(SignedDuration::from_hours(3));
    for (code, vacant) in [
        ("330502-full", 0),
        ("330502-closed", 7),
        ("330502-impossible", 21),
        ("330502-路段", 0),
        ("330502-trial", 3),
    ] {
        let mut report = entry(code, "R1", 180, vacant);
        if let (Report::Passage(passage), "330502-路段") = (&mut report, code) {
            (passage.gate, passage.berth) = (None, Some("A-001".to_owned()));
        }
        say(city, &lot, &report).await;
    }
    let mut report = entry("330502-001", "R1", 180, 117);
    if let Report::Passage(passage) = &mut report {
        passage.charging_vacant = Some(11);
    }
    say(city, &lot, &report).await;
    // What is shown may be so old.
    city.clock.turn(SignedDuration::from_secs(1));
}

/// The paths, with the media type that each has.
const PATHS: [(&str, &str); 10] = [
    ("/open/v1/catalog.json", "application/ld+json"),
    ("/open/v1/datex2/parking-table.xml", "application/xml"),
    ("/open/v1/datex2/parking-status.xml", "application/xml"),
    ("/open/v1/apds/places", "application/json"),
    ("/open/v1/apds/places?expand=occupancy", "application/json"),
    ("/open/v1/apds/observations", "application/json"),
    ("/open/v1/ngsi-ld/entities", "application/json"),
    ("/open/v1/ngsi-ld/entities?type=OffStreetParking", "application/json"),
    ("/open/v1/ngsi-ld/entities?type=OnStreetParking", "application/json"),
    ("/open/v1/lots.csv", "text/csv; charset=utf-8; header=present"),
];
