//! DATEX II 3.5: the lots as a `ParkingTablePublication`, how full they are as a `ParkingStatusPublication` that refers to it.

pub(super) mod status;
pub(super) mod table;
mod xml;

use super::Publisher;
use super::public_lot::PublicLot;
use bowei_model::moment::rfc3339;
use jiff::Timestamp;
use std::io;
use xml::Xml;

/// The namespaces of a payload.
const NAMESPACES: [(&str, &str); 7] = [
    ("xmlns:d2", "http://datex2.eu/schema/3/d2Payload"),
    ("xmlns:com", "http://datex2.eu/schema/3/common"),
    ("xmlns:fac", "http://datex2.eu/schema/3/facilities"),
    ("xmlns:loc", "http://datex2.eu/schema/3/locationReferencing"),
    ("xmlns:locx", "http://datex2.eu/schema/3/locationExtension"),
    ("xmlns:prk", "http://datex2.eu/schema/3/parking"),
    ("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"),
];

/// The id of the one table.
const TABLE: &str = "lots";

/// A publication of that type, with what all have at their beginning.
fn publication(
    kind: &str,
    publisher: &Publisher,
    at: Timestamp,
    inner: impl FnOnce(&mut Xml) -> io::Result<()>,
) -> io::Result<Vec<u8>> {
    let mut xml = Xml::new()?;
    let mut attributes = NAMESPACES.to_vec();
    attributes.extend([("xsi:type", kind), ("lang", "zh"), ("modelBaseVersion", "3")]);
    xml.within("d2:payload", &attributes, |xml| {
        xml.leaf("com:publicationTime", &rfc3339(at))?;
        creator(xml, "com:publicationCreator", publisher)?;
        inner(xml)
    })?;
    Ok(xml.finish())
}

fn creator(xml: &mut Xml, name: &str, publisher: &Publisher) -> io::Result<()> {
    xml.within(name, &[], |xml| {
        xml.leaf("com:country", "cn")?;
        xml.leaf("com:nationalIdentifier", &publisher.name)
    })
}

fn header(xml: &mut Xml) -> io::Result<()> {
    xml.within("prk:headerInformation", &[], |xml| {
        xml.leaf("com:confidentiality", "noRestriction")?;
        xml.leaf("com:informationStatus", "real")
    })
}

/// Words in several languages.
fn words(xml: &mut Xml, name: &str, values: &[(&str, &str)]) -> io::Result<()> {
    xml.within(name, &[], |xml| {
        xml.within("com:values", &[], |xml| {
            values.iter().try_for_each(|&(lang, text)| xml.leaf_with("com:value", &[("lang", lang)], text))
        })
    })
}

/// The id of a lot's chargers, which are equipment of it.
fn chargers_of(lot: &PublicLot) -> String {
    format!("{}/charging", lot.code())
}
