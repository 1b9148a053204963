//! From an authentic message to the charging record in it: the lot first, then every other field in the table's order.

use super::charging_record::{self, ChargingRecord, LOT_ID, ORDER_NO, STATION_ID, STATION_ID_EXPECTED};
use super::credential::keys;
use super::envelope::{BYTES_PER_UNIT, Message, SERVICE};
use super::sign::SIGN;
use crate::platform_side::{Account, Claim, Delivery, Envelope, LotAccess, LotLookup, Opened, OpenedReport};
use crate::shared::object::Unnamed;
use crate::shared::{Object, RECORD_ID_MAX, repaired_json};
use crate::{Fault, Refusal};
use bowei_encoding::shown::shown;
use bowei_model::{Facts, LotCode, Report};
use jiff::Timestamp;

/// Opens a message.
pub(super) fn open(message: &Message, lots: &dyn LotLookup) -> Result<Delivery, Fault> {
    let object = Object::read(&message.json).map_err(|unfit| unfit.fault())?;
    // Asked for here too, so that they do not count as fields that the text does not name.
    object.optional(SIGN, "");
    if message.by_service {
        object.optional(SERVICE, "");
    }
    let lot = lot(&object, lots)?;
    let wire = ChargingRecord::read(&object)?;
    let mut doubts = Vec::new();
    if wire.end_time.at() < wire.start_time.at() {
        let facts = Facts::EndBeforeStart {
            start_field: "startTime".to_owned(),
            start: wire.start_time.to_string(),
            end_field: "endTime".to_owned(),
            end: wire.end_time.to_string(),
        };
        doubts.push(facts.into());
    }
    if wire.station_id.is_empty() {
        let (field, expected) = (STATION_ID.to_owned(), STATION_ID_EXPECTED.to_owned());
        doubts.push(Facts::FieldBlank { field, expected }.into());
    }
    if message.repaired {
        doubts.push(repaired_json::doubt());
    }
    let mut unnamed = Unnamed::default();
    object.add_unnamed_to(&mut unnamed)?;
    let report = Report::ChargingRecord(wire.into_record(lot));
    let reported = OpenedReport { report, doubts, unnamed_fields: unnamed.into_json() };
    Ok(Delivery { reports: vec![reported], ..Delivery::default() })
}

/// The lot that the message names, if its records may name it.
fn lot(object: &Object<'_>, lots: &dyn LotLookup) -> Result<LotCode, Fault> {
    let id = charging_record::park_id(object)?;
    let field = || LOT_ID.to_owned();
    match lots.lot(&id) {
        LotAccess::Granted(code) => Ok(code),
        LotAccess::Denied => Err(Fault::NotYourLot { field: field(), received: shown(&id) }),
        LotAccess::Unknown => Err(Fault::UnknownLot { field: field(), received: shown(&id) }),
    }
}

impl Envelope for Message {
    fn claim(&self) -> &Claim {
        &self.claim
    }

    fn cost_of_authentication(&self, account: Option<&Account>) -> usize {
        let digests = account.map_or(0, |account| keys(account).count());
        self.strings.iter().map(String::len).sum::<usize>() * digests / BYTES_PER_UNIT
    }

    /// 2.2: 订单号重复时，返回成功.
    fn charging_order(&self) -> Option<String> {
        let object = Object::read(&self.json).ok()?;
        object.optional(ORDER_NO, "")?.text(RECORD_ID_MAX).ok().map(Into::into)
    }

    fn authenticate(&self, account: Option<&Account>, _now: Timestamp) -> Result<(), Refusal> {
        let account = account.ok_or_else(|| self.refusal(self.unknown_account()))?;
        if self.is_signed_by(keys(account)) {
            return self.check_unambiguous().map_err(|fault| self.refusal(fault));
        }
        let mut refusal = self.refusal(self.wrong_signature());
        refusal.steps.push(self.sign_began());
        Err(refusal)
    }

    fn open(
        self: Box<Self>,
        _account: &Account,
        lots: &dyn LotLookup,
        _now: Timestamp,
    ) -> Result<Opened, Refusal> {
        open(&self, lots).map(Opened::Delivery).map_err(|fault| self.refusal(fault))
    }
}
