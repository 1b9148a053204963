//! Off-peak parking: offers and their orders. Of several of one id the one sent last counts.

use crate::{LotCode, Plate};
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
}
