//! From an authentic message to what was said in it.
//!
//! For each item of the list: `parkCode` can be read, the lot exists and is the speaker's, then every other field in
//! the table's order. The list is one unit: one item that is wrong refuses all, and is named by its place.

use super::annexes::a_codes::Code;
use super::body::Body;
use super::codes::{Coded, Read, Refused, refusal};
use super::enter_record::EnterRecord;
use super::entrance_exit_info::{self, EntranceExitInfo};
use super::envelope::{Content, Json, Message, only, plate_keys, platform_accounts};
use super::exit_record::ExitRecord;
use super::fields::{self, PARK_CODE, Plates};
use super::heart_beats::HeartBeat;
use super::login::{TOKEN_TTL, Token};
use super::off_peak_order::{ORDER_NO, OffPeakOrderInfo};
use super::off_peak_package::{OffPeakPackageInfo, PACKAGE_CODE};
use super::park_car_info::ParkCarInfo;
use super::park_info::{Known, ParkInfo};
use super::park_space_info::ParkSpaceInfo;
use super::picture::{self, Parts, Upload};
use super::replenish_car_info::{Found, ReplenishCarInfo};
use super::{Interface, record, sm4};
use crate::platform_side::{
    Account, Claim, Delivery, Envelope, Login, LotAccess, LotLookup, Opened, OpenedReport, PlatesToReplenish,
    TooManyLots,
};
use crate::shared::Object;
use crate::shared::credential::random_hex;
use crate::shared::object::Unnamed;
use crate::{Fault, Refusal};
use bowei_encoding::password;
use bowei_encoding::shown::shown;
use bowei_model::{Doubt, LotCode, Plate, Report};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use std::borrow::Cow;

/// Opens a message.
pub(super) fn open(
    message: &Message,
    keys: &[&sm4::Key],
    lots: &dyn LotLookup,
    now: Timestamp,
) -> Result<Opened, Refused> {
    let json = match &message.content {
        Content::Form(parts) => return form(parts, lots).map(Opened::Delivery),
        Content::Json(json) => json,
    };
    let body = Body::read(&json.body)?;
    let reading = Reading {
        plates: if message.encrypted { Plates::Encrypted(keys.to_vec()) } else { Plates::Clear },
        lots,
        sent_at: json.sent_at,
        said_at_doubt: &json.said_at_doubt,
    };
    match message.interface {
        Interface::Login => login().map(Opened::Login).map_err(Into::into),
        Interface::HeartBeats => heart_beats(json, &body, now).map(Opened::Delivery),
        Interface::ReplenishCarInfo => {
            let item = only(&body)?;
            let encrypts = message.encrypted.then(|| keys.first().map(|key| (*key).clone()));
            plates_to_mend(message, item, lots, encrypts)
                .map(Opened::PlatesToReplenish)
                .map_err(|coded| of_item(coded, message.interface, item))
        }
        interface => {
            let mut delivery = Delivery { sent_at: Some(json.sent_at), ..Delivery::default() };
            let mut answers = Vec::with_capacity(body.items.len());
            for item in &body.items {
                let read = reading.item(interface, item).map_err(|coded| of_item(coded, interface, item))?;
                delivery.reports.push(read.opened);
                answers.push(read.answer);
            }
            delivery.receipt = Some(Value::Array(answers).to_string());
            Ok(Opened::Delivery(delivery))
        }
    }
}

/// The refusal of an item, with its ids as far as they can be read.
fn of_item(coded: Coded, interface: Interface, item: &Object<'_>) -> Refused {
    let text = |name| {
        let value = item.optional(name, name)?;
        value.text(crate::shared::RECORD_ID_MAX).ok().map(Cow::into_owned)
    };
    let record_id = match interface {
        Interface::EnterRecord | Interface::ExitRecord => text(record::ID),
        Interface::Picture => text(picture::ID),
        Interface::EntranceExitInfo => text("entranceExitCode"),
        Interface::OffPeakPackage => text(PACKAGE_CODE),
        Interface::OffPeakOrder => text(ORDER_NO),
        _ => None,
    };
    Refused { coded, lot_id: text(PARK_CODE), record_id }
}

/// What an item was read as.
struct ReadItem {
    opened: OpenedReport,
    /// Its part in the answer's data.
    answer: Value,
}

/// What reading an item takes besides the item.
struct Reading<'r> {
    plates: Plates<'r>,
    lots: &'r dyn LotLookup,
    sent_at: Timestamp,
    said_at_doubt: &'r Option<Doubt>,
}

impl Reading<'_> {
    fn item(&self, interface: Interface, item: &Object<'_>) -> Read<ReadItem> {
        let mut unnamed = Unnamed::default();
        let lot = match interface {
            Interface::ParkInfo => lot_to_describe(item, self.lots)?,
            Interface::OffPeakPackage | Interface::OffPeakOrder => {
                lot_among(item, |id| self.lots.off_peak_lot(id))?
            }
            _ => lot(item, self.lots)?,
        };
        let (report, answer) = match interface {
            Interface::ParkInfo => {
                let info = ParkInfo::read(item, &mut unnamed)?;
                let isv_park_id = fields::uuid_of(lot.as_str());
                let answer = json!(Known { park_code: &info.park_code, isv_park_id });
                (Report::Lot(info.into_profile(lot)), answer)
            }
            Interface::EntranceExitInfo => {
                let gate = EntranceExitInfo::read(item)?.into_gate(lot)?;
                let answer = json!({ "id": entrance_exit_info::gate_id(&gate) });
                (Report::Gate(gate), answer)
            }
            Interface::EnterRecord => {
                let record = EnterRecord::read(item, &self.plates)?;
                let answer = json!({ "id": record.id });
                (Report::Passage(record.into_passage(lot)), answer)
            }
            Interface::ExitRecord => {
                let record = ExitRecord::read(item, &self.plates)?;
                let answer = json!({ "id": record.id });
                (Report::Passage(record.into_passage(lot)), answer)
            }
            Interface::ParkSpaceInfo => {
                let info = ParkSpaceInfo::read(item)?;
                let answer = json!({ "parkCode": info.park_code });
                (Report::SpaceCount(info.into_count(lot, self.sent_at)), answer)
            }
            Interface::ParkCarInfo => {
                let info = ParkCarInfo::read(item, &self.plates)?;
                let answer = json!({ "parkCode": info.park_code });
                (Report::CarsInside(info.into_cars(lot, self.sent_at)), answer)
            }
            Interface::OffPeakPackage => {
                let info = OffPeakPackageInfo::read(item)?;
                let answer = json!({ "packageCode": info.package_code });
                (Report::OffPeakPackage(info.into_package(lot)), answer)
            }
            Interface::OffPeakOrder => {
                let info = OffPeakOrderInfo::read(item, &self.plates)?;
                let answer = json!({ "orderNo": info.order_no });
                (Report::OffPeakOrder(info.into_order(lot)), answer)
            }
            Interface::Login | Interface::HeartBeats | Interface::Picture | Interface::ReplenishCarInfo => {
                return Err(elsewhere());
            }
        };
        item.add_unnamed_to(&mut unnamed)?;
        let doubts = self.said_at_doubt.iter().cloned().collect();
        let opened = OpenedReport { report, doubts, unnamed_fields: unnamed.into_json() };
        Ok(ReadItem { opened, answer })
    }
}

/// The four interfaces that are no lists of reports are opened before items are looked at one by one.
fn elsewhere() -> Coded {
    let (expected, received) = ("数据上报接口".to_owned(), "其他接口".to_owned());
    Coded::new(Code::Other, Fault::Unreadable { expected, received })
}

fn login() -> Read<Login> {
    let token = random_hex::<16>("accessToken").map_err(|fault| {
        let (expected, received) = ("可用的平台".to_owned(), fault.problem);
        Coded::new(Code::Other, Fault::Unreadable { expected, received })
    })?;
    let receipt = json!([Token { access_token: &token }]).to_string();
    Ok(Login { token, ttl: Some(TOKEN_TTL), receipt: Some(receipt) })
}

/// However many items a heartbeat has, it is one sign of life.
fn heart_beats(json: &Json, body: &Body<'_>, now: Timestamp) -> Result<Delivery, Refused> {
    let mut unnamed = Unnamed::default();
    let mut heartbeat = None;
    for item in &body.items {
        heartbeat = Some(HeartBeat::read(item)?);
        item.add_unnamed_to(&mut unnamed).map_err(Coded::from)?;
    }
    let opened = |report| OpenedReport { report, doubts: Vec::new(), unnamed_fields: unnamed.into_json() };
    Ok(Delivery {
        sent_at: Some(json.sent_at),
        reports: heartbeat.map(opened).into_iter().collect(),
        pictures: Vec::new(),
        // 表 5 timestamp: 平台系统时间戳.
        receipt: Some(json!([{ "timestamp": now.as_millisecond() }]).to_string()),
    })
}

fn form(parts: &Parts, lots: &dyn LotLookup) -> Result<Delivery, Refused> {
    let object = Object::read(parts.fields.as_bytes()).map_err(|unfit| Coded::form(unfit.fault()))?;
    picture(parts, &object, lots).map_err(|coded| of_item(coded, Interface::Picture, &object))
}

fn picture(parts: &Parts, object: &Object<'_>, lots: &dyn LotLookup) -> Read<Delivery> {
    let lot = lot_to_picture(object, lots)?;
    let upload = Upload::read(object, parts.file.as_ref())?;
    let receipt = Some(json!([{ "id": upload.id }]).to_string());
    let sent_at = Some(upload.sent_at);
    let (photo, doubts, bytes) = upload.into_photo(lot);
    let mut unnamed = Unnamed::default();
    object.add_unnamed_to(&mut unnamed)?;
    let opened =
        OpenedReport { report: Report::NamedPhoto(photo), doubts, unnamed_fields: unnamed.into_json() };
    Ok(Delivery { sent_at, reports: vec![opened], pictures: vec![bytes], receipt })
}

/// `encrypts`: the answer's plates are to be encrypted as the question says its own are, with the key if there is one.
fn plates_to_mend(
    message: &Message,
    item: &Object<'_>,
    lots: &dyn LotLookup,
    encrypts: Option<Option<sm4::Key>>,
) -> Read<PlatesToReplenish> {
    let lot = lot(item, lots)?;
    let asked = ReplenishCarInfo::read(item)?;
    let key = match encrypts {
        Some(None) => return Err(sm4::cannot_open("plateNoList", "请求头 encrypted").into()),
        Some(key) => key,
        None => None,
    };
    let (park_code, page) = (asked.park_code.into_owned(), asked.page);
    let (read_as, steps) = (message.read_as(), message.steps());
    let answer = move |plates: Vec<Plate>| {
        let found = page.of(&plates).and_then(|page| {
            let written = page.iter().map(|plate| match &key {
                Some(key) => key.seal(plate.as_str()).map(Cow::Owned),
                None => Some(Cow::Borrowed(plate.as_str())),
            });
            let plate_no_list: Option<Vec<_>> = written.collect();
            let plate_no_list =
                plate_no_list.ok_or_else(|| sm4::cannot_open("plateNoList", "请求头 encrypted"))?;
            Ok(json(&[Found { park_code: &park_code, plate_no_list }]))
        });
        found.map_err(|coded| {
            let refused = Refused { coded, lot_id: Some(park_code.clone()), record_id: None };
            refusal(refused, Some(read_as), steps)
        })
    };
    Ok(PlatesToReplenish { lot, day: asked.day, answer: Box::new(answer) })
}

fn json(value: &impl Serialize) -> String {
    // Texts and lists of texts always serialise.
    serde_json::to_string(value).unwrap_or_default()
}

/// The speaker's lot that the item names.
pub(super) fn lot(item: &Object<'_>, lots: &dyn LotLookup) -> Read<LotCode> {
    lot_among(item, |id| lots.lot(id))
}

fn lot_among(item: &Object<'_>, lots: impl Fn(&str) -> LotAccess) -> Read<LotCode> {
    let id = fields::park_code(item)?;
    match lots(&id) {
        LotAccess::Granted(code) => Ok(code),
        LotAccess::Denied => Err(Fault::NotYourLot { field: field(item), received: shown(&id) }.into()),
        LotAccess::Unknown => Err(Fault::UnknownLot { field: field(item), received: shown(&id) }.into()),
    }
}

/// The lot that describes itself, which may be new: vendors number their own lots, so that a code of somebody else's is
/// another lot.
fn lot_to_describe(item: &Object<'_>, lots: &dyn LotLookup) -> Read<LotCode> {
    let id = fields::park_code(item)?;
    match lots.lot(&id) {
        LotAccess::Granted(code) => Ok(code),
        LotAccess::Unknown | LotAccess::Denied => lots.new_lot(&id).map_err(|TooManyLots { max }| {
            Fault::TooManyLots { field: field(item), received: shown(&id), max }.into()
        }),
    }
}

/// The lot of a picture, which may come before the lot describes itself: 表 16 names the picture that 表 15 gave.
fn lot_to_picture(item: &Object<'_>, lots: &dyn LotLookup) -> Read<LotCode> {
    let id = fields::park_code(item)?;
    match lots.lot(&id) {
        LotAccess::Granted(code) => Ok(code),
        LotAccess::Unknown | LotAccess::Denied => Ok(lots.code_for_new_lot(&id)),
    }
}

/// Where the lot's id stands.
fn field(item: &Object<'_>) -> String {
    item.optional(PARK_CODE, "").map_or_else(|| PARK_CODE.to_owned(), |value| value.field().to_owned())
}

impl Envelope for Message {
    fn claim(&self) -> &Claim {
        &self.claim
    }

    /// A signature that is not right at once costs the digests of all the other writings. A login costs its slow hash
    /// besides, whoever it names, unless its signature is wrong.
    fn cost_of_authentication(&self, account: Option<&Account>) -> usize {
        let signature = self.cost_of_signature();
        let Some(password) = self.password() else { return account.map_or(0, |_| signature) };
        if signature > 0 {
            return signature + password::COST;
        }
        if self.check_sign().is_err() {
            return 0;
        }
        let Some(account) = account else { return password::COST };
        let costs = || platform_accounts(account).into_iter().map(|account| account.password.cost(&password));
        if costs().any(|cost| cost == 0) { 0 } else { costs().sum() }
    }

    fn authenticate(&self, account: Option<&Account>, _now: Timestamp) -> Result<(), Refusal> {
        self.authentic(account).map_err(|coded| refusal(coded, Some(self.read_as()), self.steps()))
    }

    fn open(
        self: Box<Self>,
        account: &Account,
        lots: &dyn LotLookup,
        now: Timestamp,
    ) -> Result<Opened, Refusal> {
        open(&self, &plate_keys(account), lots, now)
            .map_err(|refused: Refused| refusal(refused, Some(self.read_as()), self.steps()))
    }
}
