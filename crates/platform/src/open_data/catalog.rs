//! The catalogue: what open data there are, in DCAT-AP as JSON-LD, for portals that gather catalogues and for the page that
//! shows it.

use super::{City, Format, Publisher};
use bowei_model::LotKind;
use bowei_model::moment::rfc3339;
use serde_json::{Value, json};
use std::io;

/// Lists of the Publications Office that DCAT-AP takes its words from.
const AUTHORITY: &str = "http://publications.europa.eu/resource/authority";

/// A way to the data.
struct Distribution {
    path: &'static str,
    /// `None`: it is made from the lots as they are at each question.
    format: Option<Format>,
    media_type: &'static str,
    /// What it conforms to.
    conforms_to: &'static str,
    zh: &'static str,
    en: &'static str,
}

const fn of(
    path: &'static str,
    format: Format,
    media_type: &'static str,
    conforms_to: &'static str,
    [zh, en]: [&'static str; 2],
) -> Distribution {
    Distribution { path, format: Some(format), media_type, conforms_to, zh, en }
}

const DATEX2: &str = "http://datex2.eu/schema/3/parking";
const APDS: &str = "https://www.allianceforparkingdatastandards.org/";
const OFF_STREET: &str = "https://smart-data-models.github.io/dataModel.Parking/OffStreetParking/schema.json";
const ON_STREET: &str = "https://smart-data-models.github.io/dataModel.Parking/OnStreetParking/schema.json";

const DISTRIBUTIONS: [Distribution; 9] = [
    of(
        "/open/v1/datex2/parking-table.xml",
        Format::ParkingTable,
        "application/xml",
        DATEX2,
        ["DATEX II 3.5 停车场表", "DATEX II 3.5 ParkingTable"],
    ),
    of(
        "/open/v1/datex2/parking-status.xml",
        Format::ParkingStatus,
        "application/xml",
        DATEX2,
        ["DATEX II 3.5 停车场状态", "DATEX II 3.5 ParkingStatus"],
    ),
    of(
        "/open/v1/apds/places",
        Format::ApdsPlaces { occupancy: false },
        "application/json",
        APDS,
        ["APDS 4.1 停车场", "APDS 4.1 places"],
    ),
    of(
        "/open/v1/apds/observations",
        Format::ApdsObservations,
        "application/json",
        APDS,
        ["APDS 4.1 观测", "APDS 4.1 observations"],
    ),
    of(
        "/open/v1/ngsi-ld/entities?type=OffStreetParking",
        Format::NgsiLd(Some(LotKind::OffStreet)),
        "application/json",
        OFF_STREET,
        ["NGSI-LD 停车场", "NGSI-LD OffStreetParking"],
    ),
    of(
        "/open/v1/ngsi-ld/entities?type=OnStreetParking",
        Format::NgsiLd(Some(LotKind::OnStreet)),
        "application/json",
        ON_STREET,
        ["NGSI-LD 道路停车", "NGSI-LD OnStreetParking"],
    ),
    of(
        "/open/v1/lots.csv",
        Format::LotsCsv,
        "text/csv",
        "https://www.rfc-editor.org/rfc/rfc4180",
        ["CSV 表格", "CSV table"],
    ),
    Distribution {
        path: "/open/v1/lots",
        format: None,
        media_type: "application/geo+json",
        conforms_to: "https://www.rfc-editor.org/rfc/rfc7946",
        zh: "GeoJSON 要素",
        en: "GeoJSON features",
    },
    Distribution {
        path: "/open/v1/stream",
        format: None,
        media_type: "text/event-stream",
        conforms_to: "https://html.spec.whatwg.org/multipage/server-sent-events.html",
        zh: "实时变化（服务器推送事件）",
        en: "Changes as they happen (server-sent events)",
    },
];

pub(super) fn write(city: &City, publisher: &Publisher) -> io::Result<Vec<u8>> {
    let told = &publisher.told;
    let base = told.url.as_deref().unwrap_or_default().trim_end_matches('/');
    let iri = |path: &str| json!({"@id": format!("{base}{path}")});
    let agent = json!({"@type": "foaf:Agent", "foaf:name": publisher.name});
    let modified = |at| json!({"@type": "xsd:dateTime", "@value": rfc3339(at)});
    let distributions = DISTRIBUTIONS.iter().map(|distribution| {
        let mut entry = json!({
            "@type": "dcat:Distribution",
            "dct:title": both(distribution.zh, distribution.en),
            "dcat:accessURL": iri(distribution.path),
            "dcat:mediaType": {
                "@id": format!("https://www.iana.org/assignments/media-types/{}", distribution.media_type)
            },
            "dct:conformsTo": {"@id": distribution.conforms_to},
        });
        if let Some(format) = distribution.format {
            set(&mut entry, "dcat:downloadURL", Some(iri(distribution.path)));
            set(&mut entry, "dct:modified", Some(modified(city.revision(format).at)));
        }
        licensed(&mut entry, publisher);
        entry
    });
    let mut dataset = json!({
        "@id": format!("{base}/open/v1/catalog.json#lots"),
        "@type": "dcat:Dataset",
        "dct:identifier": "lots",
        "dct:title": both(
            &format!("{}停车场及空余泊位", publisher.city),
            &format!("Parking lots and free spaces of {}", publisher.city),
        ),
        "dct:description": both(
            "公共停车场和道路停车泊位：名称、位置、泊位数、收费、空余泊位及其时间。不含车牌等任何车辆信息。",
            "Public lots and on-street sections: names, places, spaces, tariffs, free spaces and their time. Nothing of any vehicle.",
        ),
        "dct:publisher": agent,
        "dct:modified": modified(city.whole.at),
        "dct:accrualPeriodicity": {"@id": format!("{AUTHORITY}/frequency/UPDATE_CONT")},
        "dcat:theme": {"@id": format!("{AUTHORITY}/data-theme/TRAN")},
        "dcat:keyword": ["停车场", "空余泊位", "parking", "availability"],
        "dcat:landingPage": iri("/open-data"),
        "dcat:distribution": distributions.collect::<Vec<_>>(),
    });
    let contact = told.contact.as_ref().map(|contact| {
        let name = if contact.starts_with("mailto:") { "vcard:hasEmail" } else { "vcard:hasURL" };
        json!({"@type": "vcard:Kind", "vcard:fn": publisher.name, name: {"@id": contact}})
    });
    set(&mut dataset, "dcat:contactPoint", contact);
    let mut catalog = json!({
        "@context": {
            "dcat": "http://www.w3.org/ns/dcat#",
            "dct": "http://purl.org/dc/terms/",
            "foaf": "http://xmlns.com/foaf/0.1/",
            "vcard": "http://www.w3.org/2006/vcard/ns#",
            "xsd": "http://www.w3.org/2001/XMLSchema#",
        },
        "@id": format!("{base}/open/v1/catalog.json"),
        "@type": "dcat:Catalog",
        "dct:title": both(
            &format!("{}停车开放数据", publisher.city),
            &format!("Open parking data of {}", publisher.city),
        ),
        "dct:description": both(
            "城市停车平台的开放数据目录。",
            "The catalogue of the city parking platform's open data.",
        ),
        "dct:publisher": agent,
        "dct:language": [
            {"@id": format!("{AUTHORITY}/language/ZHO")}, {"@id": format!("{AUTHORITY}/language/ENG")},
        ],
        "dct:modified": modified(city.whole.at),
        "foaf:homepage": iri("/open-data"),
        "dcat:dataset": [dataset],
    });
    licensed(&mut catalog, publisher);
    Ok(serde_json::to_vec(&catalog)?)
}

fn licensed(entry: &mut Value, publisher: &Publisher) {
    set(entry, "dct:license", publisher.told.licence.as_ref().map(|licence| json!({"@id": licence})));
}

fn both(zh: &str, en: &str) -> Value {
    json!([{"@language": "zh", "@value": zh}, {"@language": "en", "@value": en}])
}

fn set(entry: &mut Value, name: &str, value: Option<Value>) {
    if let (Some(entry), Some(value)) = (entry.as_object_mut(), value) {
        entry.insert(name.to_owned(), value);
    }
}
