//! From an authentic message to what was said in it: the lot first, then every other field in the table's order. The lot
//! comes before the rest because a message for somebody else's lot is nobody's business to help along.

use super::envelope::{BYTES_PER_UNIT, Message};
use super::upload_business::Business;
use super::{Interface, credential, fields, heart_throb, time, upload_business_img};
use crate::platform_side::{Account, Claim, Condition, Delivery, Envelope, LotLookup, Opened};
use crate::shared::object::Unnamed;
use crate::shared::{Object, clock};
use crate::{Fault, Refusal};
use bowei_model::{Direction, Report};
use jiff::Timestamp;

/// Opens a message.
pub(super) fn open(message: &Message, lots: &dyn LotLookup, now: Timestamp) -> Result<Opened, Refusal> {
    let (mut delivery, condition) = read(message, lots, now).map_err(|fault| message.refusal(fault))?;
    let doubts = message.doubts();
    for reported in &mut delivery.reports {
        reported.doubts.extend(doubts.iter().cloned());
    }
    Ok(match condition {
        Some(condition) => Opened::Conditional(delivery, condition),
        None => Opened::Delivery(delivery),
    })
}

fn read(
    message: &Message,
    lots: &dyn LotLookup,
    now: Timestamp,
) -> Result<(Delivery, Option<Condition>), Fault> {
    let object = Object::read(&message.json).map_err(|unfit| unfit.fault())?;
    // Asked for here too, so that they do not count as fields that the text does not name.
    object.optional(super::credential::NAME, "");
    object.optional(super::credential::PASSWORD, "");
    let lot = fields::lot(&object, lots)?;
    let (mut delivery, condition) = match message.interface {
        Interface::HeartThrob => (heart_throb::read(&object, lot, now)?, None),
        Interface::Time => (time::delivery(now), None),
        Interface::UploadBusiness => {
            let passage = Business::read(&object)?.into_passage(lot);
            // A departure was read with its parktime, or with one that nobody has set.
            let unset = passage.direction == Direction::Exit && passage.entered_at.is_none();
            let mut reported = fields::opened(Report::Passage(passage));
            reported.doubts.extend(unset.then(|| clock::unset_doubt("parktime")));
            (Delivery { reports: vec![reported], ..Delivery::default() }, None)
        }
        Interface::UploadBusinessImg => {
            let (delivery, condition) = upload_business_img::read(message, &object, lot)?;
            (delivery, Some(condition))
        }
    };
    let mut unnamed = Unnamed::default();
    object.add_unnamed_to(&mut unnamed)?;
    if let Some(first) = delivery.reports.first_mut() {
        first.unnamed_fields = unnamed.into_json();
    }
    Ok((delivery, condition))
}

impl Envelope for Message {
    fn claim(&self) -> &Claim {
        &self.claim
    }

    /// Nobody's password costs nothing: the answer says that there is no such account, so there is nothing to hide.
    fn cost_of_authentication(&self, account: Option<&Account>) -> usize {
        account.map_or(0, |account| credential::cost(account, &self.md5))
    }

    fn authenticate(&self, account: Option<&Account>, _now: Timestamp) -> Result<(), Refusal> {
        let account = account.ok_or_else(|| self.refusal(self.unknown_account()))?;
        if credential::is_right(account, &self.md5) {
            Ok(())
        } else {
            Err(self.refusal(Self::wrong_password()))
        }
    }

    fn cost(&self) -> usize {
        self.file.as_ref().map_or(0, |file| file.len().div_ceil(BYTES_PER_UNIT))
    }

    fn open(
        self: Box<Self>,
        _account: &Account,
        lots: &dyn LotLookup,
        now: Timestamp,
    ) -> Result<Opened, Refusal> {
        open(&self, lots, now)
    }
}
