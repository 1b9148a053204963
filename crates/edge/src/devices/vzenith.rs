//! Vzenith's (臻识) push of plates: `AlarmInfoPlate` in JSON. Numbers are those of the tables in its HTTP push protocol.
//! Everything else that these cameras push (heartbeats as forms, inputs, serial data, single pictures) is a sign of life.

use super::words::{self, PlateColor};
use super::{CameraEvent, DeviceFault, Heard, ID_MAX, Maker, Picture, Shows, arranged, json, texts, times};
use bowei_encoding::{from_base64, without_data_uri};
use bowei_model::{Direction, Plate, PlateKind, Vehicle};
use bytes::Bytes;
use jiff::Timestamp;
use serde_json::Value;
use std::borrow::Cow;

const EXPECTED: &str =
    "带 AlarmInfoPlate 的 JSON 对象或心跳 a JSON object with AlarmInfoPlate, or a heartbeat";
/// Microseconds in a second, in the `usec` of a `Timeval`.
const MICROS: i64 = 1_000_000;
/// Seconds from 1970 to the year 5138: beyond, they are milliseconds.
const SECONDS_MAX: i64 = 100_000_000_000;

pub(super) fn read(body: &Bytes) -> Result<Vec<Heard>, DeviceFault> {
    let text = texts::decoded(body);
    let Some(value) = json::read(&text) else {
        // Heartbeats are forms, in parts or in one line. They carry the camera's password: nothing of them is shown.
        let form = !text.trim_start().starts_with(['{', '[', '<']) && !text.contains("AlarmInfoPlate");
        let named = text.contains("serialno") || text.contains("device_name");
        return if form && named {
            Ok(vec![Heard::Alive])
        } else {
            Err(Maker::Vzenith.unreadable(EXPECTED, body))
        };
    };
    if !value.is_object() {
        return Err(Maker::Vzenith.unreadable(EXPECTED, body));
    }
    // In its cloud's messages the alarm is wrapped once more.
    let alarm =
        json::at(&value, &["AlarmInfoPlate"]).or_else(|| json::at(&value, &["payload", "AlarmInfoPlate"]));
    match alarm.map(|alarm| (alarm, json::at(alarm, &["result", "PlateResult"]))) {
        Some((alarm, Some(result))) => Ok(vec![car(alarm, result)]),
        Some((_, None)) => Err(Maker::Vzenith.unreadable(EXPECTED, body)),
        None => {
            let known = [
                "AlarmGioIn",
                "SerialData",
                "TriggerImage",
                "heartbeat",
                "serialno",
                "device_name",
                "ipaddr",
                "sn",
            ]
            .iter()
            .any(|name| json::at(&value, &[name]).is_some());
            if known { Ok(vec![Heard::Alive]) } else { Err(Maker::Vzenith.unreadable(EXPECTED, body)) }
        }
    }
}

fn car(alarm: &Value, result: &Value) -> Heard {
    // Table 3.1: a car that stands, stands no more, or turned back before the barrier. None of them passes.
    if matches!(json::whole(result, &["triggerType"]), Some(64..=66)) {
        return Heard::Alive;
    }
    let plate = json::text(result, &["license"]).and_then(|text| plate(&text));
    let code = json::whole(result, &["type"]);
    let named = || json::text(result, &["platecolor"]).and_then(|word| words::plate_color(&word));
    let color = color(json::whole(result, &["colorType"]), code).or_else(named);
    let kind = code.and_then(kind).filter(|_| plate.is_some());
    let number = json::text(result, &["plateid"]);
    let (at, text) = (at(result), time_text(result));
    Heard::Car(CameraEvent {
        event_id: event_id(alarm, result),
        plate_kind: kind.or_else(|| words::kind(plate.as_ref(), color)),
        plate,
        vehicle: vehicle(result, color),
        at: at.or_else(|| text.as_deref().and_then(times::read)),
        unread_time: text.filter(|_| at.is_none()).and_then(|text| times::unread(&text)),
        retold: json::flag(result, &["isoffline"]) == Some(true),
        // Table 3.5: 3 is up the picture and so away from the camera, 4 down and towards it; 1 and 2 cross it.
        direction: match json::whole(result, &["direction"]) {
            Some(3) => Some(Direction::Exit),
            Some(4) => Some(Direction::Entry),
            _ => None,
        },
        channel: json::text(alarm, &["channel"]).and_then(|channel| texts::name(&channel, ID_MAX)),
        confidence: json::whole(result, &["confidence"]).and_then(words::confidence),
        pictures: pictures(result),
        fingerprint: None,
        receipt: number.and_then(|number| texts::name(&number, ID_MAX)),
    })
}

/// The time that cameras built after Vzenith's write as text, in place of a `Timeval`.
fn time_text(result: &Value) -> Option<Cow<'_, str>> {
    ["recotime", "recogtime", "recognitionTime", "captureTime", "timeStamp", "time"]
        .iter()
        .find_map(|name| json::text(result, &[name]))
}

/// The camera's serial number, the plate's number, and the time, since numbers begin anew in a camera set up anew.
/// Firmware without numbers is told apart by its microseconds.
fn event_id(alarm: &Value, result: &Value) -> Option<String> {
    let serial = json::text(alarm, &["serialno"]).unwrap_or(Cow::Borrowed(""));
    let number = json::text(result, &["plateid"]).unwrap_or(Cow::Borrowed(""));
    let time = |name| json::whole(result, &["timeStamp", "Timeval", name]);
    let (seconds, micros) = (time("sec")?, time("usec"));
    if number.is_empty() && micros.is_none() {
        return None;
    }
    texts::name(&format!("{serial}/{number}@{seconds}.{}", micros.unwrap_or(0)), ID_MAX)
}

/// `license` is text, in most firmware; some writes its base64.
fn plate(text: &str) -> Option<Plate> {
    let plain = words::plate(text);
    if plain.as_ref().is_some_and(|plate| plate.shape().is_some()) || !text.is_ascii() {
        return plain;
    }
    let decoded = from_base64(text).filter(|bytes| !bytes.is_empty());
    let decoded = decoded.as_deref().and_then(texts::flawless);
    // Chance seldom makes Chinese of letters and digits: what a foreign plate decodes to stays unused.
    match decoded {
        Some(decoded) if matches!(decoded.as_ref(), "_无_" | "无牌车" | "无牌") => None,
        Some(decoded) => words::plate(&decoded)
            .filter(|plate| {
                plate.as_str().chars().next().is_some_and(|c| words::PROVINCES.contains(c))
                    || plate.shape().is_some()
            })
            .or(plain),
        None => plain,
    }
}

/// `Timeval.sec` counts from 1970 in UTC, in milliseconds on some cameras; where it is missing or none, the calendar beside it is of UTC+08:00.
fn at(result: &Value) -> Option<Timestamp> {
    let time = |name| json::whole(result, &["timeStamp", "Timeval", name]);
    let micros = time("usec").filter(|micros| (0..MICROS).contains(micros)).unwrap_or(0);
    if let Some(millis) = time("sec").filter(|millis| *millis > SECONDS_MAX) {
        return Timestamp::from_millisecond(millis).ok();
    }
    if let Some(seconds) = time("sec").filter(|seconds| *seconds > 0) {
        let nanos = i32::try_from(micros * 1_000).unwrap_or(0);
        return Timestamp::new(seconds, nanos).ok();
    }
    let (year, month, day) = (time("decyear")?, time("decmon")?, time("decday")?);
    let (hour, minute, second) = (time("dechour")?, time("decmin")?, time("decsec")?);
    times::read(&format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"))
}

/// Table 3.3; where it says nothing, the type of table 3.2 does.
fn color(color: Option<i64>, code: Option<i64>) -> Option<PlateColor> {
    match (color, code) {
        (Some(1), _) => Some(PlateColor::Blue),
        (Some(2), _) => Some(PlateColor::Yellow),
        (Some(3), _) => Some(PlateColor::White),
        (Some(4), _) => Some(PlateColor::Black),
        (Some(5), Some(20)) => Some(PlateColor::YellowGreen),
        (Some(5), _) => Some(PlateColor::Green),
        (Some(6), _) | (_, Some(20)) => Some(PlateColor::YellowGreen),
        (_, Some(1)) => Some(PlateColor::Blue),
        (_, Some(3 | 4)) => Some(PlateColor::Yellow),
        (_, Some(19)) => Some(PlateColor::Green),
        _ => None,
    }
}

/// Table 3.2, where the type alone settles the kind. 19 and 20 are left to plate and colour, for cameras built after
/// Vzenith's number some types otherwise.
fn kind(code: i64) -> Option<PlateKind> {
    let code = match code {
        5 => 23,
        6 | 15 | 16 | 17 => 31,
        8 | 9 => 32,
        10 => 3,
        13 => 16,
        22 => 4,
        29 => 42,
        _ => return None,
    };
    PlateKind::from_code(code)
}

fn vehicle(result: &Value, color: Option<PlateColor>) -> Vehicle {
    // Table 3.4. Cameras that do not look at colours send 0 or 255 for every car, and 0 is also white: it is believed
    // where the camera recognises makes too.
    let brand = json::text(result, &["car_brand", "brand"]).or_else(|| json::text(result, &["carBrand"]));
    let brand = brand.and_then(|name| words::brand(&name, &["255", "65535"]));
    let paint = match json::whole(result, &["carColor"]) {
        Some(0) if brand.is_some() => Some("白色"),
        Some(1) => Some("灰色"),
        Some(2) => Some("黄色"),
        Some(3) => Some("粉色"),
        Some(4) => Some("红色"),
        Some(5) => Some("绿色"),
        Some(6) => Some("蓝色"),
        Some(7) => Some("棕色"),
        Some(8) => Some("黑色"),
        _ => None,
    };
    let year = json::text(result, &["car_brand", "year"]).filter(|_| brand.is_some());
    Vehicle {
        color: paint.map(str::to_owned),
        plate_color: color.map(|color| color.word().to_owned()),
        sub_brand: year.and_then(|year| words::brand(&year, &["0", "255", "65535"])),
        brand,
    }
}

fn pictures(result: &Value) -> Vec<Picture> {
    let names = [
        ("imageFile", Shows::Scene),
        ("full_image_content", Shows::Scene),
        ("imageFragmentFile", Shows::Plate),
        ("small_image_content", Shows::Plate),
    ];
    let found = names.iter().filter_map(|(name, shows)| {
        let text = json::at(result, &[name])?.as_str()?;
        let bytes = Bytes::from(from_base64(without_data_uri(text)?)?);
        Some(Picture { bytes, shows: *shows })
    });
    arranged(found.collect())
}
