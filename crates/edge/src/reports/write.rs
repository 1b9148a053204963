//! A report in the form that [`read`](super::read) takes: what a dead letter is mended in.

use bowei_model::{
    CarsInside, ChargingRecord, Direction, ExactPosition, Gate, LotProfile, NamedPhoto, OffPeakOrder,
    OffPeakPackage, Passage, Photo, Picture, Report, SpaceCount, Vehicle, moment,
};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// Writes a report. A picture beside it is not in it.
pub fn write(report: &Report) -> Value {
    let mut object = Written(Map::new());
    object.put("kind", report.kind());
    match report {
        Report::Heartbeat(_) | Report::LotClosed(_) => {}
        Report::Passage(it) => passage(&mut object, it),
        Report::SpaceCount(it) => space_count(&mut object, it),
        Report::Photo(it) => photo(&mut object, it),
        Report::ChargingRecord(it) => charging_record(&mut object, it),
        Report::Lot(it) => lot(&mut object, it),
        Report::Gate(it) => gate(&mut object, it),
        Report::CarsInside(CarsInside { at, plates, .. }) => {
            object.at("at", Some(*at));
            object.put("plates", plates);
        }
        Report::NamedPhoto(it) => named_photo(&mut object, it),
        Report::OffPeakPackage(it) => off_peak_package(&mut object, it),
        Report::OffPeakOrder(it) => off_peak_order(&mut object, it),
    }
    Value::Object(object.0)
}

/// The object so far; what is absent is left out.
struct Written(Map<String, Value>);

impl Written {
    fn put(&mut self, field: &str, value: impl Serialize) {
        let value = json!(value);
        if !value.is_null() {
            self.0.insert(field.to_owned(), value);
        }
    }

    fn at(&mut self, field: &str, at: Option<Timestamp>) {
        self.put(field, at.map(moment::rfc3339));
    }

    fn position(&mut self, position: Option<ExactPosition>) {
        if let Some(ExactPosition(position)) = position {
            self.put("longitude", position.longitude);
            self.put("latitude", position.latitude);
            self.put("datum", "WGS84");
        }
    }

    fn url(&mut self, picture: &Picture) {
        if let Picture::Url(url) = picture {
            self.put("url", url);
        }
    }
}

fn passage(object: &mut Written, it: &Passage) {
    object.put("record_id", &it.record_id);
    object.at("at", Some(it.at));
    object.put("plate", &it.plate);
    object.put("plate_kind", it.plate_kind);
    if let Some(Vehicle { color, plate_color, brand, sub_brand }) = &it.vehicle {
        object.put("color", color);
        object.put("plate_color", plate_color);
        object.put("brand", brand);
        object.put("sub_brand", sub_brand);
    }
    object.put("gate", &it.gate_code);
    object.put("gate_name", &it.gate);
    object.put("berth", &it.berth);
    object.put("booking", &it.reservation_code);
    object.put("photo_id", &it.photo_id);
    object.put("vacant", it.vacant);
    object.put("charging_vacant", it.charging_vacant);
    object.put("abnormal", it.abnormal);
    object.put("memo", &it.memo);
    if it.direction == Direction::Entry {
        return;
    }
    object.at("entered_at", it.entered_at);
    object.put("minutes", it.minutes);
    if let Some(payment) = &it.payment {
        object.put("payable", payment.payable);
        object.put("paid", payment.paid);
        object.at("paid_at", payment.paid_at);
        object.put("pay_kind", payment.pay_kind);
    }
}

fn space_count(object: &mut Written, it: &SpaceCount) {
    object.at("at", Some(it.at));
    object.put("vacant", it.vacant);
    object.put("charging_vacant", it.charging_vacant);
    object.put("total", it.total);
    if let Some(parts) = &it.parts {
        object.put("used", parts.used);
        object.put("reserved", parts.reserved);
        object.put("charging_used", parts.charging_used);
        object.put("reservable_vacant", parts.reservable_vacant);
        object.put("monthly_vacant", parts.monthly_vacant);
        object.put("fixed_vacant", parts.fixed_vacant);
        object.put("temporary_vacant", parts.temporary_vacant);
    }
}

fn photo(object: &mut Written, it: &Photo) {
    object.put("record_id", &it.record_id);
    object.put("role", it.role);
    object.put("slot", it.slot);
    object.at("taken_at", it.taken_at);
    object.url(&it.picture);
}

fn charging_record(object: &mut Written, it: &ChargingRecord) {
    object.put("order_no", &it.order_no);
    object.put("plate", &it.plate);
    object.at("started_at", Some(it.started_at));
    object.at("ended_at", Some(it.ended_at));
    object.put("energy_kwh", it.energy_kwh);
    object.put("electricity_fee", it.electricity_fee);
    object.put("service_fee", it.service_fee);
    object.put("total_fee", it.total_fee);
    object.put("station", &it.station);
    object.put("device", &it.device);
    object.put("berth", &it.berth);
}

fn lot(object: &mut Written, it: &LotProfile) {
    object.put("name", &it.name);
    object.put("lot_kind", it.kind);
    object.put("district", &it.district);
    object.put("address", &it.address);
    object.position(it.position);
    object.put("spaces_total", it.spaces_total);
    object.put("charging_spaces", it.charging_spaces);
    object.put("tariff", &it.tariff);
    object.put("in_service", it.in_service);
    if !it.details.is_empty() {
        let item = |(name, text): (&String, &String)| {
            let value = serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.clone()));
            (name.clone(), value)
        };
        object.put("details", it.details.iter().map(item).collect::<Map<_, _>>());
    }
}

fn gate(object: &mut Written, it: &Gate) {
    object.put("gate", &it.code);
    object.put("gate_name", &it.name);
    object.put("gate_kind", it.kind);
    object.position(Some(it.position));
    object.put("status", it.status);
    object.put("road", &it.road);
}

fn named_photo(object: &mut Written, it: &NamedPhoto) {
    object.put("photo_id", &it.photo_id);
    object.put("shows", it.shows);
    object.at("taken_at", it.taken_at);
    object.put("file_name", &it.file_name);
    object.url(&it.picture);
}

fn off_peak_package(object: &mut Written, it: &OffPeakPackage) {
    object.put("package_no", &it.package_no);
    object.put("permit_no", &it.permit_no);
    object.put("service_code", &it.service_code);
    object.put("package_kind", it.package_kind);
    object.put("price", it.price);
    object.put("status", it.status);
}

fn off_peak_order(object: &mut Written, it: &OffPeakOrder) {
    object.put("order_no", &it.order_no);
    object.put("service_code", &it.service_code);
    object.put("package_no", &it.package_no);
    object.put("plate", &it.plate);
    object.put("amount", it.amount);
    object.put("status", it.status);
}
