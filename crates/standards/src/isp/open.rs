//! From an authentic message to what was said in it.
//!
//! The checks come in this order: the body is JSON, and a list within its bound; then item by item the lot's code,
//! the lot itself, and every other field in the table's order. One item that is wrong refuses all.

use super::departure::Departure;
use super::entrance::Entrance;
use super::picture::PassagePicture;
use super::{HIDDEN, Interface, codes, field, spot, spot_num, spot_removal};
use crate::platform_side::{Delivery, LotLookup};
use crate::shared::Object;
use crate::shared::repaired_json;
use crate::shared::shown_json::shown_json;
use crate::{Fault, Refusal, Step};
use bowei_encoding::json_repair::repaired;
use bowei_encoding::shown::shown;
use bowei_model::{Doubt, Passage, Report};
use jiff::Timestamp;
use serde::de::IgnoredAny;
use std::borrow::Cow;

/// Why a message was refused, with as much as was read of it.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) fault: Fault,
    lot_id: Option<String>,
    record_id: Option<String>,
    read_as: Option<String>,
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Self { fault, lot_id: None, record_id: None, read_as: None }
    }
}

impl Refused {
    pub(super) fn refusal(self, steps: Vec<Step>) -> Refusal {
        Refusal {
            lot_id: self.lot_id,
            record_id: self.record_id,
            read_as: self.read_as,
            ..codes::refusal(self.fault, steps)
        }
    }
}

/// Opens a message.
pub(super) fn open(
    interface: Interface,
    body: &[u8],
    lots: &dyn LotLookup,
    now: Timestamp,
    steps: &mut Vec<Step>,
) -> Result<Delivery, Refused> {
    let (text, is_repaired) = read(body)?;
    if is_repaired {
        steps.push(Step::new("请求体", "不是合法的 JSON，按规范印刷示例的写法补正后读取"));
    }
    let mut delivery = items(interface, &text, lots, now).map_err(|mut refused| {
        refused.read_as = shown_json(text.as_bytes(), &HIDDEN);
        refused
    })?;
    if is_repaired {
        for reported in &mut delivery.reports {
            reported.doubts.push(repaired_json::doubt());
        }
    }
    Ok(delivery)
}

/// The body's text, repaired if it is as malformed as the text's own example of section 7.
fn read(body: &[u8]) -> Result<(Cow<'_, str>, bool), Fault> {
    let unreadable =
        |received: String| Fault::Unreadable { expected: "UTF-8 编码的 JSON".to_owned(), received };
    let text = std::str::from_utf8(body).map_err(|_| unreadable("不是 UTF-8 编码的内容".to_owned()))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim_ascii().is_empty() {
        return Err(unreadable("空内容".to_owned()));
    }
    match serde_json::from_str::<IgnoredAny>(text) {
        Ok(_) => Ok((Cow::Borrowed(text), false)),
        Err(error) => match repaired(text) {
            Some(text) => Ok((Cow::Owned(text), true)),
            None => {
                let place = format!("第 {} 行第 {} 列", error.line(), error.column());
                Err(unreadable(format!("JSON 语法错误（{place}）：{}", shown(text))))
            }
        },
    }
}

fn items(
    interface: Interface,
    text: &str,
    lots: &dyn LotLookup,
    now: Timestamp,
) -> Result<Delivery, Refused> {
    let bare_object = text.trim_ascii_start().starts_with('{');
    let items = match bare_object {
        // 4 shows an object where all the others show a list; of these some senders put one item into none.
        true => vec![Object::at("", text).map_err(|unfit| unfit.fault())?],
        false => Object::list(text, interface.items_max())?,
    };
    let mut delivery = Delivery::default();
    if interface == Interface::SpotRemoval {
        delivery.receipt = Some(codes::RECEIPT_OF_ZERO.to_owned());
    }
    for item in &items {
        one(interface, item, lots, now, &mut delivery).map_err(|fault| Refused {
            fault,
            lot_id: field::park_code(item).ok().map(Cow::into_owned),
            record_id: record_id(interface, item),
            read_as: None,
        })?;
    }
    Ok(delivery)
}

fn one(
    interface: Interface,
    item: &Object<'_>,
    lots: &dyn LotLookup,
    now: Timestamp,
    delivery: &mut Delivery,
) -> Result<(), Fault> {
    match interface {
        // A login is no call.
        Interface::Token => Ok(()),
        Interface::Spot => {
            let (profile, doubts) = spot::read(item, lots)?;
            field::say(delivery, Report::Lot(profile), doubts, item)
        }
        Interface::SpotRemoval => {
            for closure in spot_removal::read(item, lots)? {
                field::say(delivery, Report::LotClosed(closure), Vec::new(), item)?;
            }
            Ok(())
        }
        Interface::SpotNum => {
            let lot = field::lot_of(item, lots)?;
            let count = spot_num::SpotNum::read(item)?.into_count(lot, now);
            field::say(delivery, Report::SpaceCount(count), Vec::new(), item)
        }
        Interface::Entrance => {
            let lot = field::lot_of(item, lots)?;
            let (passage, picture, doubts) = Entrance::read(item)?.into_passage(lot);
            say_passage(delivery, passage, picture, doubts, item)
        }
        Interface::Departure => {
            let lot = field::lot_of(item, lots)?;
            let (passage, picture, doubts) = Departure::read(item)?.into_passage(lot);
            say_passage(delivery, passage, picture, doubts, item)
        }
    }
}

/// Adds a passage, and its picture where there is one.
fn say_passage(
    delivery: &mut Delivery,
    passage: Passage,
    picture: Option<PassagePicture>,
    doubts: Vec<Doubt>,
    item: &Object<'_>,
) -> Result<(), Fault> {
    match picture {
        Some(picture) => picture.add_to(delivery, passage, doubts, item),
        None => field::say(delivery, Report::Passage(passage), doubts, item),
    }
}

/// The id that the passage would have had.
fn record_id(interface: Interface, item: &Object<'_>) -> Option<String> {
    let id = match interface {
        Interface::Entrance => super::entrance::record_id(item),
        Interface::Departure => super::departure::record_id(item),
        _ => None,
    };
    id.map(Into::into)
}
