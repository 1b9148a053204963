//! `ParkingStatusPublication`: how full the lots of the table are, and how far that can be believed.

use super::super::public_lot::{OpenStatus, PublicLot};
use super::super::{City, Publisher};
use super::xml::Xml;
use super::{TABLE, chargers_of, header, publication, words};
use bowei_model::moment::rfc3339;
use std::io;

pub(in super::super) fn write(city: &City, publisher: &Publisher) -> io::Result<Vec<u8>> {
    publication("prk:ParkingStatusPublication", publisher, city.whole.at, |xml| {
        let table = [("targetClass", "prk:ParkingTable"), ("id", TABLE), ("version", &*city.base.digest)];
        xml.empty("prk:parkingTableReference", &table)?;
        header(xml)?;
        city.lots.iter().try_for_each(|lot| place(xml, lot))
    })
}

fn place(xml: &mut Xml, public: &PublicLot) -> io::Result<()> {
    let version = public.version.to_string();
    xml.within("prk:parkingStatusInformation", &[("xsi:type", "prk:PlaceStatus")], |xml| {
        reference(xml, public.code(), &version)?;
        if let Some(at) = public.as_of {
            xml.leaf("fac:lastUpdated", &rfc3339(at))?;
        }
        if public.status == OpenStatus::Closed {
            xml.leaf("fac:openingStatus", "closed")?;
        }
        if let Some(told) = told(public) {
            words(xml, "fac:statusDescription", &told)?;
        }
        if let Some(vacant) = public.charging_vacant.filter(|_| public.lot.charging_spaces > 0) {
            xml.within("fac:supplementalFacilityStatus", &[], |xml| {
                reference(xml, &chargers_of(public), &version)?;
                xml.leaf("fac:vacantSubitems", &vacant.to_string())
            })?;
        }
        if let Some(fault) = fault(public) {
            xml.leaf("prk:parkingFault", fault)?;
        }
        if let (Some(vacant), Some(occupied), Some(occupancy)) =
            (public.vacant, public.occupied(), public.occupancy())
        {
            xml.within("prk:occupancy", &[], |xml| {
                xml.leaf("prk:numberOfVacantSpaces", &vacant.to_string())?;
                xml.leaf("prk:numberOfOccupiedSpaces", &occupied.to_string())?;
                xml.leaf("prk:occupancy", &format!("{:.1}", occupancy * 100.0))
            })?;
        }
        xml.leaf("prk:status", status(public))
    })
}

fn reference(xml: &mut Xml, id: &str, version: &str) -> io::Result<()> {
    xml.empty("fac:reference", &[("targetClass", "fac:FacilityObject"), ("id", id), ("version", version)])
}

/// What is wrong with the counts.
fn fault(public: &PublicLot) -> Option<&'static str> {
    match public.status {
        OpenStatus::Stale if public.vacant.is_none() => Some("noParkingInformationAvailable"),
        OpenStatus::Stale => Some("communicationsFailure"),
        OpenStatus::Unknown => Some("erroneousOccupancyInformation"),
        OpenStatus::Online | OpenStatus::Closed => None,
    }
}

fn told(public: &PublicLot) -> Option<[(&'static str, &'static str); 2]> {
    match public.status {
        OpenStatus::Stale if public.vacant.is_none() => {
            Some([("zh", "尚无数据"), ("en", "There are no counts")])
        }
        OpenStatus::Stale => {
            Some([("zh", "失联，为最后一次上报的数据"), ("en", "Not heard from: the last counts")])
        }
        OpenStatus::Unknown => {
            Some([("zh", "数据矛盾，空位不明"), ("en", "The counts contradict one another")])
        }
        OpenStatus::Closed => Some([("zh", "已停用"), ("en", "Out of service")]),
        OpenStatus::Online => None,
    }
}

fn status(public: &PublicLot) -> &'static str {
    match (public.status, public.vacant) {
        (OpenStatus::Online, Some(0)) => "full",
        (OpenStatus::Online, Some(_)) => "spacesAvailable",
        _ => "unknown",
    }
}
