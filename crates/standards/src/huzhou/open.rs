//! From an authentic envelope to what was said in it.
//!
//! The checks come in this order: the data opens, `parkinglotId` can be read, the lot exists and is the speaker's,
//! then every other field in the text's order. The lot comes before the rest because a message for somebody else's
//! lot is nobody's business to help along.

use super::blocks::Decrypting;
use super::credential::PlatformKeys;
use super::envelope::{Message, platform_keys, refusal};
use super::parking_in::ParkingIn;
use super::parking_out::ParkingOut;
use super::parkinglot_in::ParkinglotIn;
use super::parkinglot_out::ParkinglotOut;
use super::photo_upload::PhotoUpload;
use super::{HIDDEN, Interface, encrypted_data, heartbeat, passage};
use crate::platform_side::{Account, Claim, Delivery, Envelope, LotAccess, LotLookup, Opened, OpenedReport};
use crate::shared::object::Unnamed;
use crate::shared::shown_json::shown_json;
use crate::shared::{Object, clock};
use crate::{Fault, Refusal, Step};
use bowei_encoding::shown::shown;
use bowei_model::{Direction, Doubt, LotCode, Passage, Report};
use jiff::Timestamp;

/// Why a message was refused after its envelope was found right, with as much as was read of it.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) fault: Fault,
    pub(super) lot_id: Option<String>,
    pub(super) record_id: Option<String>,
    pub(super) read_as: Option<String>,
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Self { fault, lot_id: None, record_id: None, read_as: None }
    }
}

/// Opens a message.
pub(super) fn open(
    message: &mut Message,
    keys: &[&PlatformKeys],
    lots: &dyn LotLookup,
    steps: &mut Vec<Step>,
) -> Result<Delivery, Refused> {
    let delivery = if message.interface == Interface::Heartbeat && message.data.says_nothing() {
        heartbeat::delivery(None)
    } else {
        message.check_blocks()?;
        let begun = message.decrypting.take();
        let decrypting =
            begun.map_or_else(|| Ok(Decrypting::new(&message.data.base64()?)), Ok::<_, Fault>)?;
        let plain = decrypting.finish(keys, message.interface.fits())?;
        steps.push(Step::new("解密后的字节数", plain.len().to_string()));
        business(message.interface, &plain, lots)?
    };
    Ok(Delivery { sent_at: message.sent_at(), ..delivery })
}

/// Reads the business data of an interface.
pub(super) fn business(
    interface: Interface,
    plain: &[u8],
    lots: &dyn LotLookup,
) -> Result<Delivery, Refused> {
    if interface == Interface::Heartbeat && encrypted_data::says_nothing(plain) {
        return Ok(heartbeat::delivery(None));
    }
    let object = Object::read(plain).map_err(|unfit| unfit.fault())?;
    delivery(interface, &object, lots).map_err(|fault| Refused {
        fault,
        lot_id: passage::lot_id(&object).ok().map(Into::into),
        record_id: passage::record_id(&object).ok().map(Into::into),
        read_as: shown_json(plain, &HIDDEN),
    })
}

fn delivery(interface: Interface, object: &Object<'_>, lots: &dyn LotLookup) -> Result<Delivery, Fault> {
    if interface == Interface::Heartbeat {
        return Ok(heartbeat::delivery(unnamed(object)?));
    }
    let lot = lot(object, lots)?;
    let kind = lots.kind(&lot);
    let passage = match interface {
        Interface::PhotoUpload | Interface::Heartbeat => {
            return PhotoUpload::read(object)?.into_delivery(&lot, kind, object);
        }
        Interface::ParkingIn => ParkingIn::read(object)?.into_passage(lot),
        Interface::ParkingOut => ParkingOut::read(object)?.into_passage(lot),
        Interface::ParkinglotIn => ParkinglotIn::read(object)?.into_passage(lot),
        Interface::ParkinglotOut => ParkinglotOut::read(object)?.into_passage(lot),
    };
    let doubt = interface
        .lot_kind()
        .zip(kind)
        .and_then(|(for_kind, kind)| passage::wrong_lot_kind(None, for_kind, kind));
    of_passage(passage, doubt, object)
}

fn of_passage(passage: Passage, doubt: Option<Doubt>, object: &Object<'_>) -> Result<Delivery, Fault> {
    let receipt = Some(passage.record_id.as_str().to_owned());
    let unnamed_fields = unnamed(object)?;
    // An exit was read with its parkTime, or with one that nobody has set.
    let unset = passage.direction == Direction::Exit && passage.entered_at.is_none();
    let unset = unset.then(|| clock::unset_doubt(passage::PARK_TIME_NAME));
    let doubts = unset.into_iter().chain(doubt).collect();
    let reported = OpenedReport { report: Report::Passage(passage), doubts, unnamed_fields };
    Ok(Delivery { reports: vec![reported], receipt, ..Delivery::default() })
}

/// The speaker's lot that the message names.
fn lot(object: &Object<'_>, lots: &dyn LotLookup) -> Result<LotCode, Fault> {
    let id = passage::lot_id(object)?;
    let field = || passage::LOT_ID.to_owned();
    match lots.lot(&id) {
        LotAccess::Granted(code) => Ok(code),
        LotAccess::Denied => Err(Fault::NotYourLot { field: field(), received: shown(&id) }),
        LotAccess::Unknown => Err(Fault::UnknownLot { field: field(), received: shown(&id) }),
    }
}

fn unnamed(object: &Object<'_>) -> Result<Option<String>, Fault> {
    let mut unnamed = Unnamed::default();
    object.add_unnamed_to(&mut unnamed)?;
    Ok(unnamed.into_json())
}

impl Envelope for Message {
    fn claim(&self) -> &Claim {
        &self.claim
    }

    fn authenticate(&self, account: Option<&Account>, now: Timestamp) -> Result<(), Refusal> {
        self.authentic(account, now).map_err(|fault| {
            let mut steps = self.steps(now);
            if matches!(fault, Fault::WrongSignature { .. }) {
                steps.push(self.signature_began());
            }
            refusal(fault, steps)
        })
    }

    /// More blocks than a record can have are refused without opening any of them.
    fn cost(&self) -> usize {
        self.check_blocks().map_or(0, |()| self.data.blocks())
    }

    fn work_ahead(&mut self, account: &Account, units: usize) -> bool {
        let Ok(base64) = self.check_blocks().and_then(|()| self.data.base64()) else { return false };
        let decrypting = self.decrypting.get_or_insert_with(|| Decrypting::new(&base64));
        decrypting.work(&platform_keys(account), self.interface.fits(), units)
    }

    fn open(
        mut self: Box<Self>,
        account: &Account,
        lots: &dyn LotLookup,
        now: Timestamp,
    ) -> Result<Opened, Refusal> {
        let mut steps = self.steps(now);
        open(&mut self, &platform_keys(account), lots, &mut steps).map(Opened::Delivery).map_err(|refused| {
            Refusal {
                lot_id: refused.lot_id,
                record_id: refused.record_id,
                read_as: refused.read_as,
                ..refusal(refused.fault, steps)
            }
        })
    }
}
