//! Dahua's ITSAPI as its parking cameras push it: JSON with a `Picture` for a car (`TollgateInfo`), and heartbeats,
//! device information and alarms under other names.

use super::words::{self, PlateColor};
use super::{CameraEvent, DeviceFault, Heard, ID_MAX, Maker, Picture, Shows, arranged, json, texts, times};
use bowei_encoding::{from_base64, without_data_uri};
use bowei_model::{Direction, Plate, PlateKind, Vehicle};
use bytes::Bytes;
use serde_json::Value;
use std::borrow::Cow;

const EXPECTED: &str = "JSON 对象：带 Picture 的 TollgateInfo、KeepAlive 或 DeviceInfo a JSON object: TollgateInfo with Picture, KeepAlive or DeviceInfo";
/// A plate in hex has at least the bytes of a province and five places.
const HEX_PLATE_MIN: usize = 12;

pub(super) fn read(body: &Bytes) -> Result<Vec<Heard>, DeviceFault> {
    let text = texts::decoded(body);
    let value = json::read(&text).ok_or_else(|| Maker::Dahua.unreadable(EXPECTED, body))?;
    let object = value.as_object().ok_or_else(|| Maker::Dahua.unreadable(EXPECTED, body))?;
    // One car, or the several that were kept while the network was down.
    match json::at(&value, &["Picture"]) {
        Some(Value::Array(cars)) => Ok(cars.iter().map(car).collect()),
        Some(picture @ Value::Object(_)) => Ok(vec![car(picture)]),
        Some(_) => Err(Maker::Dahua.unreadable(EXPECTED, body)),
        None if object.is_empty() => Ok(vec![Heard::Alive]),
        None => {
            // What speaks under none of ITSAPI's names is another maker's camera.
            let known =
                ["Active", "DeviceID", "DeviceInfo", "AlarmInfo", "DeviceName", "ParkingInfo", "KeepAlive"]
                    .iter()
                    .any(|name| json::at(&value, &[name]).is_some());
            if known { Ok(vec![Heard::Alive]) } else { Err(Maker::Dahua.unreadable(EXPECTED, body)) }
        }
    }
}

fn car(picture: &Value) -> Heard {
    // A berth's camera (`ParkingInfo`) sees cars stand, not pass.
    if json::at(picture, &["SnapInfo"]).is_none() && json::at(picture, &["ParkingInfo"]).is_some() {
        return Heard::Alive;
    }
    let exists = json::flag(picture, &["Plate", "IsExist"]);
    let number = json::text(picture, &["Plate", "PlateNumber"]).filter(|_| exists != Some(false));
    let plate = number.as_deref().and_then(plate);
    let color = json::text(picture, &["Plate", "PlateColor"]).and_then(|word| words::plate_color(&word));
    let kind =
        json::text(picture, &["Plate", "PlateType"]).and_then(|word| kind(&word)).filter(|_| plate.is_some());
    let time = json::text(picture, &["SnapInfo", "AccurateTime"])
        .or_else(|| json::text(picture, &["SnapInfo", "SnapTime"]));
    let device = json::text(picture, &["SnapInfo", "DeviceID"]);
    Heard::Car(CameraEvent {
        event_id: event_id(picture),
        plate_kind: kind.or_else(|| words::kind(plate.as_ref(), color)),
        plate,
        vehicle: vehicle(picture, color),
        at: time.as_deref().and_then(times::read),
        unread_time: time.and_then(|text| times::unread(&text)),
        retold: false,
        direction: match json::text(picture, &["SnapInfo", "Direction"])
            .map(|word| word.to_ascii_lowercase())
            .as_deref()
        {
            Some("obverse") => Some(Direction::Entry),
            Some("reverse") => Some(Direction::Exit),
            _ => None,
        },
        channel: json::text(picture, &["SnapInfo", "LanNo"])
            .or_else(|| json::text(picture, &["Plate", "Channel"]))
            .and_then(|channel| texts::name(&channel, ID_MAX)),
        confidence: json::whole(picture, &["Plate", "Confidence"]).and_then(words::confidence),
        pictures: pictures(picture),
        fingerprint: None,
        receipt: device.and_then(|id| texts::name(&id, ID_MAX)),
    })
}

/// ITSAPI numbers no events. The count of uploads, which begins anew with the camera, and the time to the millisecond
/// together do.
fn event_id(picture: &Value) -> Option<String> {
    let number = json::text(picture, &["Plate", "UploadNum"]);
    let time = json::text(picture, &["SnapInfo", "AccurateTime"]);
    match (number, time) {
        (Some(number), Some(time)) => texts::name(&format!("{number}@{time}"), ID_MAX),
        (None, Some(time)) if time.contains('.') => texts::name(&format!("@{time}"), ID_MAX),
        _ => None,
    }
}

/// `PlateNumber` is text, or the hex of its bytes in UTF-8 or GBK, as the camera is set.
fn plate(text: &str) -> Option<Plate> {
    let hex = text.len() >= HEX_PLATE_MIN
        && text.len().is_multiple_of(2)
        && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let decoded = || {
        let pairs = text.as_bytes().chunks(2);
        let bytes: Option<Vec<u8>> =
            pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect();
        let bytes = bytes?;
        let text = texts::flawless(&bytes)?;
        (!text.is_ascii() && !text.chars().any(char::is_control)).then(|| text.into_owned())
    };
    let text = if hex { decoded().map_or(Cow::Borrowed(text), Cow::Owned) } else { Cow::Borrowed(text) };
    words::plate(&text)
}

/// The kinds that `PlateType` alone settles.
fn kind(word: &str) -> Option<PlateKind> {
    let code = match word.to_ascii_lowercase().as_str() {
        "police" => 23,
        "armed" => 31,
        "military" => 32,
        "embassy" | "saintembassy" => 3,
        "consulate" | "consulategeneral" => 4,
        "motorcycle" | "motor" => 7,
        "agricultural" => 13,
        "tractor" => 14,
        "training" | "coach" => 16,
        "trail" | "trial" | "test" => 18,
        "hk" | "hongkong" | "sar" => 26,
        "macao" | "macau" => 27,
        _ => return None,
    };
    PlateKind::from_code(code)
}

fn vehicle(picture: &Value, color: Option<PlateColor>) -> Vehicle {
    let of = |name: &str| json::text(picture, &["Vehicle", name]);
    let series = of("VehicleSeries").or_else(|| of("VehocleSeries"));
    Vehicle {
        color: of("VehicleColor").and_then(|word| words::car_color(&word)),
        plate_color: color.map(|color| color.word().to_owned()),
        brand: of("VehicleSign").and_then(|name| words::brand(&name, &["0"])),
        sub_brand: series.and_then(|name| words::brand(&name, &["0"])),
    }
}

fn pictures(picture: &Value) -> Vec<Picture> {
    let kinds = [("NormalPic", Shows::Scene), ("CutoutPic", Shows::Plate), ("VehiclePic", Shows::Scene)];
    let found = kinds.iter().filter_map(|(name, shows)| {
        // A camera without the plate cut out has the vehicle cut out, which the scene shows already.
        let text = json::at(picture, &[name, "Content"])?.as_str()?;
        let bytes = Bytes::from(from_base64(without_data_uri(text)?)?);
        let first = *name != "VehiclePic" || json::text(picture, &["NormalPic", "Content"]).is_none();
        first.then_some(Picture { bytes, shows: *shows })
    });
    arranged(found.collect())
}
