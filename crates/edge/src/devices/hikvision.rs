//! Hikvision's ISAPI event notifications (`EventNotificationAlert`) as `httpHosts` and the alarm server push them: XML,
//! or JSON with the same names, alone or in a multipart message with pictures beside it.
//!
//! Field names are those of the ISAPI documents, misspellings included (`vehileSubLogoRecog`).

use super::text_nodes::{self, TextNodes};
use super::words::{self, PlateColor};
use super::{
    CameraEvent, DeviceFault, Heard, ID_MAX, Maker, Picture, Shows, arranged, json, multipart, texts, times,
};
use bowei_encoding::picture::media_type;
use bowei_model::{Direction, PlateKind, Vehicle};
use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_TYPE;

const EXPECTED: &str = "XML 或 JSON 的 EventNotificationAlert，单独或在 multipart 中 an EventNotificationAlert in XML or JSON, alone or as a part of a multipart message";
/// An id shorter than this names nothing.
const UUID_MIN: usize = 8;
/// What drives or walks past and takes no space of a car; with a plate it is taken all the same.
const NO_CARS: [&str; 5] = ["pedestrian", "twoWheelVehicle", "nonmotorVehicle", "human", "bicycle"];

/// Some firmware writes the event's texts into the address's query, and only its pictures into the body.
pub(super) fn read(query: &str, headers: &HeaderMap, body: &Bytes) -> Result<Vec<Heard>, DeviceFault> {
    let in_query = || {
        let named =
            |query: &TextNodes| query.get("eventType").or_else(|| query.get("licensePlate")).is_some();
        text_nodes::of_query(query, "ANPR").filter(named)
    };
    // A sign of life may be no more than a request.
    if body.trim_ascii().is_empty() {
        return Ok(vec![in_query().map_or(Heard::Alive, |alert| heard(&alert, &[]))]);
    }
    let content_type = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let boundary = multipart::boundary(content_type).or_else(|| multipart::boundary_of_body(body));
    let Some(boundary) = boundary else {
        if let Some(alert) = alert(body) {
            return Ok(vec![heard(&alert, &[])]);
        }
        let alert = in_query().ok_or_else(|| Maker::Hikvision.unreadable(EXPECTED, body))?;
        let bare = multipart::Part { head: String::new(), bytes: body.clone() };
        return Ok(vec![heard(&alert, &[&bare])]);
    };
    // Whatever a header promises, a camera may send the document bare.
    let parts = match multipart::split(body, boundary) {
        none if none.is_empty() => vec![multipart::Part { head: String::new(), bytes: body.clone() }],
        some => some,
    };
    let mut events: Vec<(TextNodes, Vec<&multipart::Part>)> = Vec::new();
    for part in &parts {
        if media_type(&part.bytes).is_some() {
            // Pictures follow the event that they show.
            if let Some((_, pictures)) = events.last_mut() {
                pictures.push(part);
            }
        } else if let Some(alert) = alert(&part.bytes) {
            events.push((alert, Vec::new()));
        }
    }
    if events.is_empty() {
        events.extend(in_query().map(|alert| (alert, Vec::new())));
    }
    // Some firmware sends the pictures first.
    if let [(_, pictures)] = events.as_mut_slice()
        && pictures.is_empty()
    {
        *pictures = parts.iter().filter(|part| media_type(&part.bytes).is_some()).collect();
    }
    if events.is_empty() {
        return Err(Maker::Hikvision.unreadable(EXPECTED, body));
    }
    Ok(events.iter().map(|(alert, pictures)| heard(alert, pictures)).collect())
}

/// The notification in some bytes, if they are one.
fn alert(bytes: &[u8]) -> Option<TextNodes> {
    let text = texts::decoded(bytes);
    let text = text.trim_start_matches(['\u{feff}', '\0']).trim();
    let leaves = if text.starts_with('{') {
        text_nodes::of_json(&json::read(text)?)?
    } else {
        text_nodes::of_xml(text)?
    };
    let named = leaves.root.eq_ignore_ascii_case("EventNotificationAlert");
    (named || leaves.get("eventType").is_some() || leaves.below("ANPR")).then_some(leaves)
}

fn heard(alert: &TextNodes, pictures: &[&multipart::Part]) -> Heard {
    let is_anpr =
        alert.get("eventType").map_or(alert.below("ANPR"), |kind| kind.eq_ignore_ascii_case("ANPR"));
    if !is_anpr {
        return Heard::Alive;
    }
    let plate_text = ["ANPR/licensePlate", "ANPR/originalLicensePlate", "ANPR/plateNumber", "ANPR/plate"]
        .iter()
        .find_map(|path| alert.get(path));
    let plate = plate_text.and_then(words::plate);
    let what = alert.get("ANPR/vehicleType").unwrap_or_default();
    if plate.is_none() && NO_CARS.iter().any(|none| none.eq_ignore_ascii_case(what)) {
        return Heard::Alive;
    }
    let plate_type = alert.get("ANPR/plateType").unwrap_or_default();
    let color = plate_color(alert, plate_text, plate_type);
    let kind = kind(plate_type, color).filter(|_| plate.is_some());
    let time = alert.get("dateTime");
    Heard::Car(CameraEvent {
        event_id: alert.get("UUID").filter(|id| id.len() >= UUID_MIN).and_then(|id| texts::name(id, ID_MAX)),
        plate_kind: kind.or_else(|| words::kind(plate.as_ref(), color)),
        plate,
        vehicle: vehicle(alert, color),
        at: time.and_then(times::read),
        unread_time: time.and_then(times::unread),
        retold: alert.get("isDataRetransmission").is_some_and(|flag| flag.eq_ignore_ascii_case("true")),
        direction: match alert.get("ANPR/direction").map(str::to_ascii_lowercase).as_deref() {
            Some("forward") => Some(Direction::Entry),
            Some("reverse") => Some(Direction::Exit),
            _ => None,
        },
        channel: ["channelID", "dynChannelID", "ANPR/line", "ANPR/lane"]
            .iter()
            .find_map(|path| alert.get(path))
            .and_then(|channel| texts::name(channel, ID_MAX)),
        confidence: alert.get("ANPR/confidenceLevel").and_then(|level| {
            level.split('.').next().unwrap_or_default().parse().ok().and_then(words::confidence)
        }),
        pictures: arranged(pictures.iter().map(|part| picture(alert, part)).collect()),
        fingerprint: None,
        receipt: None,
    })
}

/// `plateColor`, or the colour before the plate, or that of GA 24 (`plateColorByGAT`: 0 white, 1 yellow, 2 blue,
/// 3 black, 4 green).
fn plate_color(alert: &TextNodes, plate_text: Option<&str>, plate_type: &str) -> Option<PlateColor> {
    let reported = alert.get("ANPR/plateColor").and_then(words::plate_color);
    let marked = || match plate_text?.chars().next()? {
        '蓝' => Some(PlateColor::Blue),
        '绿' => Some(PlateColor::Green),
        '白' => Some(PlateColor::White),
        '黄' if plate_text.is_some_and(|text| text.starts_with("黄绿")) => Some(PlateColor::YellowGreen),
        '黄' => Some(PlateColor::Yellow),
        _ => None,
    };
    let by_type = || match plate_type {
        "newEnergy" => Some(PlateColor::Green),
        "yellowTwoLine" => Some(PlateColor::Yellow),
        _ => None,
    };
    let by_gat = || match alert.get("VehicleGATInfo/plateColorByGAT")? {
        "0" => Some(PlateColor::White),
        "1" => Some(PlateColor::Yellow),
        "2" => Some(PlateColor::Blue),
        "3" => Some(PlateColor::Black),
        "4" => Some(PlateColor::Green),
        _ => None,
    };
    reported.or_else(marked).or_else(by_type).or_else(by_gat)
}

/// The kinds that `plateType` alone settles; the others follow from plate and colour.
fn kind(plate_type: &str, color: Option<PlateColor>) -> Option<PlateKind> {
    let code = match (plate_type, color) {
        // ISAPI's "arm" is a police car's plate, and "92TypeArm" and "oneLineArm" are those of the armed police.
        ("arm", _) => 23,
        ("92TypeArm" | "oneLineArm" | "twoLineArm" | "2012TypeOneLineArm" | "2012TypeTwoLineArm", _) => 31,
        ("upDownMilitay" | "leftRightMilitay" | "04NewMilitay", _) => 32,
        ("embassy", _) => 3,
        ("consulate", _) => 4,
        ("motorola", Some(PlateColor::Yellow)) => 7,
        ("motorola", Some(PlateColor::Blue)) => 8,
        ("yellow1225FarmVehicle" | "yellow1325FarmVehicle", _) => 13,
        ("green1325FarmVehicle", _) => 14,
        ("trailer", _) => 15,
        ("coach", _) => 16,
        ("tempEntry", _) => 20,
        ("tempTravl" | "tempTravel", _) => 22,
        _ => return None,
    };
    PlateKind::from_code(code)
}

fn vehicle(alert: &TextNodes, color: Option<PlateColor>) -> Vehicle {
    let reported = alert.get("ANPR/vehicleInfo/color").or_else(|| alert.get("ANPR/vehicleColor"));
    // GA 24.8, by letters.
    let by_gat = || match alert.get("VehicleGATInfo/colorByGAT")? {
        "A" => Some("白色"),
        "B" => Some("灰色"),
        "C" => Some("黄色"),
        "D" => Some("粉色"),
        "E" => Some("红色"),
        "F" => Some("紫色"),
        "G" => Some("绿色"),
        "H" => Some("蓝色"),
        "I" => Some("棕色"),
        "J" => Some("黑色"),
        _ => None,
    };
    let brand = |path: &str| alert.get(path).and_then(|text| words::brand(text, &["0"]));
    Vehicle {
        color: reported.and_then(words::car_color).or_else(|| by_gat().map(str::to_owned)),
        plate_color: color.map(|color| color.word().to_owned()),
        brand: brand("ANPR/vehicleInfo/brand").or_else(|| brand("ANPR/vehicleInfo/vehicleLogoRecog")),
        sub_brand: brand("ANPR/vehicleInfo/vehileSubLogoRecog")
            .or_else(|| brand("ANPR/vehicleInfo/vehicleSubLogoRecog")),
    }
}

/// A picture shows the plate where its part, or the list in the event, says so.
fn picture(alert: &TextNodes, part: &multipart::Part) -> Picture {
    let listed = || {
        let names = alert.ending("pictureInfo/fileName");
        let kinds = alert.ending("pictureInfo/type");
        names.zip(kinds).any(|(name, kind)| {
            kind == "licensePlatePicture"
                && !name.is_empty()
                && part.head.contains(&name.to_ascii_lowercase())
        })
    };
    let plate = part.head.contains("licenseplate") || part.head.contains("plate.jpg") || listed();
    Picture { bytes: part.bytes.clone(), shows: if plate { Shows::Plate } else { Shows::Scene } }
}
