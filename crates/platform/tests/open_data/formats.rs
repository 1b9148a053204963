//! What each format says of each lot: read back, and the same in all of them.

use super::{PATHS, city_of_each};
use crate::support::City;
use quick_xml::events::Event;
use quick_xml::{Reader, XmlVersion};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The name of the lot that tries every quotation mark.
const ODD_NAME: &str = "满 <P&R> \"东\" 'A' 🚗 ]]> ";

async fn text(city: &City, path: &str) -> String {
    let answer = city.get(path, None).await;
    assert_eq!(answer.status, 200, "{path}");
    String::from_utf8(answer.bytes.to_vec()).unwrap()
}

/// The rows of the table by code, each by its head.
async fn rows(city: &City) -> BTreeMap<String, BTreeMap<String, String>> {
    let text = text(city, "/open/v1/lots.csv").await;
    let mut table = csv::Reader::from_reader(text.as_bytes());
    let rows = table.deserialize().map(|row| row.unwrap());
    rows.map(|row: BTreeMap<String, String>| (row["code"].clone(), row)).collect()
}

/// The texts of an element by the id that stands before each.
fn by_id(xml: &str, ids: &str, element: &str) -> BTreeMap<String, Vec<String>> {
    let mut reader = Reader::from_str(xml);
    let (mut found, mut id, mut inside) = (BTreeMap::<String, Vec<String>>::new(), String::new(), false);
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) | Event::Empty(start) => {
                let name = start.name().into_inner().to_owned();
                if let Some(value) = start.try_get_attribute("id").unwrap().filter(|_| name == ids) {
                    id = value.normalized_value(XmlVersion::Implicit1_0).unwrap().into_owned();
                }
                inside = name == element;
                if inside {
                    found.entry(id.clone()).or_default().push(String::new());
                }
            }
            Event::Text(words) if inside => {
                let last = found.get_mut(&id).unwrap().last_mut().unwrap();
                last.push_str(&words.xml10_content());
            }
            Event::GeneralRef(reference) if inside => {
                let known = quick_xml::escape::resolve_xml_entity(&reference.xml10_content()).unwrap();
                found.get_mut(&id).unwrap().last_mut().unwrap().push_str(known);
            }
            Event::End(_) => inside = false,
            Event::Eof => return found,
            _ => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_format_says_the_same_of_every_lot() {
    let city = city_of_each().await;
    let rows = rows(&city).await;
    let state = |code: &str| (rows[code]["status"].as_str(), rows[code]["vacant"].as_str());
    let expected = [
        ("330502-001", ("online", "117"), "spacesAvailable", "available"),
        ("330502-full", ("online", "0"), "full", "full"),
        ("330502-closed", ("closed", ""), "unknown", "closed"),
        ("330502-impossible", ("unknown", ""), "unknown", "unknown"),
        ("330502-never", ("stale", ""), "unknown", "stale"),
        ("330502-路段", ("unknown", ""), "unknown", "unknown"),
        ("330521-007", ("stale", "12"), "unknown", "stale"),
        ("330522-001", ("stale", ""), "unknown", "stale"),
    ];
    assert_eq!(rows.len(), expected.len(), "the lot on trial is none of the public's: {rows:?}");
    let xml = text(&city, "/open/v1/datex2/parking-status.xml").await;
    let datex = |element: &str| by_id(&xml, "fac:reference", element);
    let (statuses, vacant, faults) =
        (datex("prk:status"), datex("prk:numberOfVacantSpaces"), datex("prk:parkingFault"));
    let places: Value = city.get("/open/v1/apds/places?expand=occupancy", None).await.json();
    let entities = city.get("/open/v1/ngsi-ld/entities", None).await.json();
    let of = |list: &Value, name: &str, value: &str| {
        list.as_array().unwrap().iter().find(|one| one[name] == value).cloned().unwrap_or_default()
    };
    for (code, csv, status, level) in expected {
        assert_eq!(state(code), csv, "{code}");
        // Chargers follow the lot that they are of.
        let last = if code == "330502-001" { "330502-001/charging" } else { code };
        assert_eq!(statuses[last], [status], "{code}");
        assert_eq!(vacant.get(last).map_or("", |vacant| vacant[0].as_str()), csv.1, "{code}");
        let place = of(&places["data"], "id", code);
        let indicator = &place["occupancyLevel"]["occupancyIndicator"]["entryDefinedValue"];
        assert_eq!(*indicator, level, "{code}");
        let demand = &place["hierarchyElementReference"]["demandTable"][0]["demandType"][0];
        let taken =
            csv.1.parse::<i64>().ok().map(|free| rows[code]["spaces_total"].parse::<i64>().unwrap() - free);
        assert_eq!(demand["count"].as_i64(), taken, "{code}");
        let kind = if rows[code]["kind"] == "off-street" { "OffStreetParking" } else { "OnStreetParking" };
        let urn = format!("urn:ngsi-ld:{kind}:{}", code.replace("路段", "%E8%B7%AF%E6%AE%B5"));
        let entity = of(&entities, "id", &urn);
        assert_eq!(entity["reportingStatus"], csv.0, "{code}");
        assert_eq!(entity["availableSpotNumber"].as_i64(), csv.1.parse().ok(), "{code}");
    }
    assert_eq!(faults["330521-007"], ["communicationsFailure"], "stale data are marked");
    assert_eq!(faults["330502-impossible"], ["erroneousOccupancyInformation"]);
    assert_eq!(faults["330502-never"], ["noParkingInformationAvailable"]);
    assert!(!faults.contains_key("330502-001/charging") && !faults.contains_key("330502-full"));
    // Chargers have counts of their own.
    assert_eq!(rows["330502-001"]["charging_vacant"], "11");
    assert_eq!(datex("fac:vacantSubitems")["330502-001/charging"], ["11"]);
    let entity = of(&entities, "id", "urn:ngsi-ld:OffStreetParking:330502-001");
    assert_eq!(
        (&entity["chargingSpotNumber"], &entity["availableChargingSpotNumber"]),
        (&json!(20), &json!(11))
    );
    assert_eq!(entity["occupancy"], 0.415);
}

#[tokio::test(flavor = "multi_thread")]
async fn ages_are_told() {
    let city = city_of_each().await;
    let (said, old) = ("2026-04-01T11:15:30+08:00", "2026-04-01T08:15:30+08:00");
    let rows = rows(&city).await;
    assert_eq!((rows["330502-001"]["as_of"].as_str(), rows["330521-007"]["as_of"].as_str()), (said, old));
    assert_eq!(rows["330502-never"]["as_of"], "");
    let xml = text(&city, "/open/v1/datex2/parking-status.xml").await;
    assert_eq!(by_id(&xml, "fac:reference", "fac:lastUpdated")["330521-007"], [old]);
    assert!(xml.contains("<com:publicationTime>2026-04-01T11:15:31+08:00</com:publicationTime>"), "{xml}");
    let observation = city.get("/open/v1/apds/observations/330521-007", None).await.json();
    assert_eq!(observation["observationStartTime"], old);
    assert_eq!(observation["hierarchyElementReference"]["demandTable"][0]["timestamp"], old);
    let entities = city.get("/open/v1/ngsi-ld/entities?type=OnStreetParking", None).await.json();
    let entity = entities.as_array().unwrap().iter().find(|one| one["name"] == "武康路段").unwrap();
    assert_eq!((&entity["occupancyModified"], &entity["observationDateTime"]), (&json!(old), &json!(old)));
}

#[tokio::test(flavor = "multi_thread")]
async fn names_come_out_as_they_went_in() {
    let city = city_of_each().await;
    let table = text(&city, "/open/v1/datex2/parking-table.xml").await;
    let names = by_id(&table, "prk:hierarchyElementGeneral", "com:value");
    assert_eq!(names["330502-full"][0], ODD_NAME, "but for what XML has no form for");
    assert!(names["330502-full"].iter().any(|words| words == "收费：首小时 5 元 & 之后 <3> 元"), "{names:?}");
    assert!(names["330502-closed"].iter().any(|words| words == "已停用"), "closed lots are marked");
    let whole = format!("{ODD_NAME}\u{1}");
    let rows = rows(&city).await;
    assert_eq!(rows["330502-full"]["name"], whole);
    assert_eq!(rows["330502-full"]["address"], "'=人民路 <2> & 3 号", "a spreadsheet takes it for a text");
    let place = city.get("/open/v1/apds/places/330502-full", None).await.json();
    assert_eq!(place["name"][0]["string"], whole);
    let entities = city.get("/open/v1/ngsi-ld/entities?limit=1&offset=4", None).await.json();
    assert_eq!((entities.as_array().unwrap().len(), &entities[0]["name"]), (1, &json!("从未上报")));
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_stay_and_versions_follow_what_is_said_of_the_lot_alone() {
    let city = city_of_each().await;
    let ids = async || {
        let table = text(&city, "/open/v1/datex2/parking-table.xml").await;
        let mut versions = BTreeMap::new();
        let mut reader = Reader::from_str(&table);
        loop {
            match reader.read_event().unwrap() {
                Event::Start(start) if start.name().into_inner() == "prk:hierarchyElementGeneral" => {
                    let value = |name: &str| {
                        let value = start.try_get_attribute(name).unwrap().unwrap();
                        value.normalized_value(XmlVersion::Implicit1_0).unwrap().into_owned()
                    };
                    versions.insert(value("id"), value("version"));
                }
                Event::Eof => return versions,
                _ => {}
            }
        }
    };
    let before = ids().await;
    let lot = city.lot_of("hz-demo");
    super::say(&city, &lot, &crate::support::entry("330502-001", "R2", 181, 90)).await;
    city.clock.turn(jiff::SignedDuration::from_secs(1));
    assert_eq!(ids().await, before);
    let renamed = super::LOTS.replace("从未上报", "从未上报的路段");
    city.apply(&renamed, jiff::SignedDuration::ZERO).await;
    city.clock.turn(jiff::SignedDuration::from_secs(1));
    let after = ids().await;
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    let other: Vec<_> = before.iter().filter(|(code, version)| after[*code] != **version).collect();
    assert_eq!(other.len(), 1, "{other:?}");
    assert_ne!(before["330502-never"], after["330502-never"]);
    // Places of APDS have the same.
    let place = city.get("/open/v1/apds/places/330502-never", None).await.json();
    assert_eq!(place["version"].to_string(), after["330502-never"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_catalogue_lists_what_is_there() {
    let mut config = bowei_platform::Config::default();
    config.open_data.licence = Some("https://creativecommons.org/licenses/by/4.0/".to_owned());
    config.open_data.contact = Some("mailto:data@example.org".to_owned());
    config.open_data.url = Some("https://parking.example.org".to_owned());
    let city = City::with(config).await;
    super::every_lot(&city).await;
    let catalog = city.get("/open/v1/catalog.json", None).await.json();
    assert_eq!(catalog["@type"], "dcat:Catalog");
    let dataset = &catalog["dcat:dataset"][0];
    // What DCAT-AP requires of each class.
    for (class, required) in [
        (&catalog, &["dct:title", "dct:description", "dct:publisher", "dcat:dataset", "dct:license"][..]),
        (dataset, &["dct:title", "dct:description", "dcat:distribution", "dcat:contactPoint"]),
    ] {
        for name in required {
            assert!(!class[*name].is_null(), "{name}: {class}");
        }
    }
    assert_eq!(catalog["dct:publisher"]["foaf:name"], "湖州市");
    let mut listed = Vec::new();
    for distribution in dataset["dcat:distribution"].as_array().unwrap() {
        assert_eq!(distribution["dct:license"]["@id"], "https://creativecommons.org/licenses/by/4.0/");
        let address = distribution["dcat:accessURL"]["@id"].as_str().unwrap();
        let path = address.strip_prefix("https://parking.example.org").unwrap();
        let told = distribution["dcat:mediaType"]["@id"].as_str().unwrap();
        if path != "/open/v1/stream" {
            let answer = city.get(path, None).await;
            let kind = answer.headers["content-type"].to_str().unwrap();
            let kind = kind.split(';').next().unwrap();
            assert_eq!((answer.status.as_u16(), told.ends_with(kind)), (200, true), "{path}: {told} {kind}");
            listed.push(path.to_owned());
        }
    }
    let variants =
        ["/open/v1/catalog.json", "/open/v1/apds/places?expand=occupancy", "/open/v1/ngsi-ld/entities"];
    for (path, _) in PATHS.iter().filter(|(path, _)| !variants.contains(path)) {
        assert!(listed.iter().any(|one| one == path), "{path} is not listed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_plate_no_record_and_nobody_s_business_is_in_any_of_it() {
    let city = city_of_each().await;
    for (path, _) in PATHS {
        let text = text(&city, path).await;
        for withheld in ["浙E12345", "浙E", "S1\"", "HZ330502001", "hz-demo", "湖州示范停车", "SECRET"]
        {
            assert!(!text.contains(withheld), "{path} tells of {withheld}");
        }
    }
}
