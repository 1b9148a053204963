//! `ParkingTablePublication`: what lots there are, with what each is. It stays while counts move.

use super::super::public_lot::PublicLot;
use super::super::{City, Publisher};
use super::xml::Xml;
use super::{TABLE, chargers_of, creator, header, publication, words};
use bowei_model::LotKind;
use bowei_model::moment::rfc3339;
use std::io;

pub(in super::super) fn write(city: &City, publisher: &Publisher) -> io::Result<Vec<u8>> {
    let revision = &city.base;
    publication("prk:ParkingTablePublication", publisher, revision.at, |xml| {
        header(xml)?;
        xml.within("prk:parkingTable", &[("id", TABLE), ("version", &revision.digest)], |xml| {
            words(xml, "prk:name", &[("zh", &format!("{}公共停车场", publisher.city))])?;
            xml.leaf("prk:versionTime", &rfc3339(revision.at))?;
            creator(xml, "prk:informationManager", publisher)?;
            city.lots.iter().try_for_each(|lot| place(xml, lot))
        })
    })
}

fn place(xml: &mut Xml, public: &PublicLot) -> io::Result<()> {
    let (lot, version) = (&public.lot, public.version.to_string());
    let attributes = [("xsi:type", "prk:Place"), ("id", public.code()), ("version", &version)];
    xml.within("prk:hierarchyElementGeneral", &attributes, |xml| {
        words(xml, "fac:name", &[("zh", public.name())])?;
        xml.leaf("fac:lastUpdated", &rfc3339(public.recorded_at))?;
        if lot.accessible_spaces > 0 {
            xml.leaf("fac:accessibility", "disabilityFacilities")?;
        }
        for (zh, en, own) in public.words() {
            let (zh, en) = (format!("{zh}{own}"), format!("{en}{own}"));
            words(xml, "fac:additionalInformation", &[("zh", &zh), ("en", &en)])?;
        }
        location(xml, public)?;
        if lot.charging_spaces > 0 {
            chargers(xml, public, &version)?;
        }
        xml.leaf("prk:layer", "0")?;
        xml.leaf("prk:type", "place")?;
        xml.within("prk:supply", &[], |xml| {
            xml.leaf("prk:quantity", &lot.spaces_total.to_string())?;
            xml.leaf("prk:viewType", "spaceView")
        })?;
        xml.within("prk:commonComponents", &[], |xml| {
            xml.within("prk:characteristics", &[], |xml| {
                match lot.kind {
                    LotKind::OnStreet => xml.leaf("prk:structureType", "onStreet")?,
                    // Whether it is a building or a plain nobody has said, and the schema has no word for both.
                    LotKind::OffStreet => {
                        let attributes = [("_extendedValue", "offStreet")];
                        xml.leaf_with("prk:structureType", &attributes, "_extended")?;
                    }
                }
                xml.leaf("prk:openToPublic", "true")?;
                xml.leaf("prk:spacesTotal", &lot.spaces_total.to_string())?;
                if lot.accessible_spaces > 0 {
                    xml.leaf("prk:accessForPersonsWithDisabilities", "true")?;
                }
                Ok(())
            })
        })
    })
}

fn location(xml: &mut Xml, public: &PublicLot) -> io::Result<()> {
    let lot = &public.lot;
    xml.within("fac:locationReference", &[("xsi:type", "loc:PointLocation")], |xml| {
        xml.within("loc:_locationReferenceExtension", &[], |xml| {
            xml.within("loc:facilityLocation", &[], |xml| {
                xml.leaf("locx:timeZone", "+08:00")?;
                xml.within("locx:address", &[], |xml| {
                    xml.leaf("locx:countryCode", "cn")?;
                    line(xml, "0", "districtTerritory", &lot.district)?;
                    line(xml, "1", "generalTextLine", &lot.address)
                })
            })
        })?;
        let Some([longitude, latitude]) = public.position() else { return Ok(()) };
        xml.within("loc:pointByCoordinates", &[], |xml| {
            xml.within("loc:pointCoordinates", &[], |xml| {
                xml.leaf("loc:latitude", &latitude.to_string())?;
                xml.leaf("loc:longitude", &longitude.to_string())
            })
        })
    })
}

fn line(xml: &mut Xml, order: &str, kind: &str, text: &str) -> io::Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    xml.within("locx:addressLine", &[("order", order)], |xml| {
        xml.leaf("locx:type", kind)?;
        words(xml, "locx:text", &[("zh", text)])
    })
}

fn chargers(xml: &mut Xml, public: &PublicLot, version: &str) -> io::Result<()> {
    let id = chargers_of(public);
    let attributes = [("xsi:type", "fac:SupplementalEquipment"), ("id", &*id), ("version", version)];
    xml.within("fac:supplementalFacility", &attributes, |xml| {
        words(xml, "fac:name", &[("zh", "充电桩泊位"), ("en", "Spaces with a charger")])?;
        xml.leaf("fac:quantity", &public.lot.charging_spaces.to_string())?;
        xml.leaf("fac:equipmentType", "electricChargingStation")
    })
}
