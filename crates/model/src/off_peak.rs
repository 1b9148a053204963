//! Off-peak parking: offers and their orders. Of several of one id the one sent last counts.

use crate::{LotCode, Plate};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// An off-peak offer (错峰套餐): spaces that a lot shares at hours when it has too many.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OffPeakPackage {
    /// The lot.
    pub lot: LotCode,
    /// The offer's number (套餐编号): its identity within the lot.
    pub package_no: String,
    /// Number of the lot's licence (许可决定文书号).
    pub permit_no: Option<String>,
    /// Code of the off-peak service (服务商编码).
    pub service_code: String,
    /// The kind of offer, in the parties' own numbering (套餐类型).
    pub package_kind: i64,
    /// Its price in yuan (套餐价格).
    pub price: Decimal,
    /// Its state: 0 off, 1 on (套餐状态).
    pub status: i64,
}

impl OffPeakPackage {
    /// Whether it can be bought (上架).
    #[must_use]
    pub fn is_on_sale(&self) -> bool {
        self.status == 1
    }
}

/// An order of an off-peak offer (错峰订单).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OffPeakOrder {
    /// The lot.
    pub lot: LotCode,
    /// The order's number (订单号): its identity within the lot.
    pub order_no: String,
    /// Code of the off-peak service (服务商编码).
    pub service_code: String,
    /// The offer ordered (套餐编号).
    pub package_no: String,
    /// The car.
    pub plate: Option<Plate>,
    /// What the order costs, in yuan (订单金额).
    pub amount: Decimal,
    /// Its state, in the parties' own numbering (订单状态).
    pub status: i64,
    /// From when on the car may park by it, where its service says so (4.14 leaves that to the parties).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<Timestamp>,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Timestamp>,
}

/// How long an order of which nobody says until when it is valid is taken to be: a night, or a day.
const VALID_HOURS: i64 = 24;

impl OffPeakOrder {
    /// When the car may park by it: from when its service says or, where it does not, from when it was first heard of.
    pub fn validity(&self, first_sent_at: Timestamp) -> (Timestamp, Timestamp) {
        let from = self.valid_from.unwrap_or(first_sent_at);
        let a_day = SignedDuration::from_hours(VALID_HOURS);
        let until = self.valid_until.unwrap_or_else(|| from.checked_add(a_day).unwrap_or(Timestamp::MAX));
        (from, until)
    }

    /// Whether a stay of its car at its lot is one by it: the two have time in common. A car that has not left is inside
    /// still.
    pub fn covers(
        &self,
        first_sent_at: Timestamp,
        entered_at: Timestamp,
        left_at: Option<Timestamp>,
    ) -> bool {
        let (from, until) = self.validity(first_sent_at);
        entered_at < until && left_at.is_none_or(|left_at| left_at > from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hour)
    }

    #[test]
    fn a_stay_is_an_orders_while_it_is_valid() {
        let order = OffPeakOrder {
            lot: "L1".into(),
            order_no: "O1".to_owned(),
            service_code: "S1".to_owned(),
            package_no: "P1".to_owned(),
            plate: Plate::read("粤B12345"),
            amount: Decimal::ONE,
            status: 1,
            valid_from: Some(at(18)),
            valid_until: Some(at(32)),
        };
        assert!(order.covers(at(2), at(17), Some(at(20))), "it came an hour early");
        assert!(order.covers(at(2), at(31), None));
        assert!(!order.covers(at(2), at(10), Some(at(18))), "it had gone");
        assert!(!order.covers(at(2), at(32), None), "it came too late");
        let unsaid = OffPeakOrder { valid_from: None, valid_until: None, ..order };
        assert_eq!(unsaid.validity(at(2)), (at(2), at(26)));
        assert!(unsaid.covers(at(2), at(25), None) && !unsaid.covers(at(2), at(26), None));
    }
}
