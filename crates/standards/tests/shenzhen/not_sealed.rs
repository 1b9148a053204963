//! What a lot's gateway does not seal, because no platform would take it.

use crate::shenzhen::said::{
    cars, count, gate, lot, named_photo, order, own, package, passage, profile, seal, seal_with,
};
use crate::shenzhen::scene::now;
use bowei_model::{
    Direction, Gate, LotKind, LotProfile, NamedPhoto, OffPeakOrder, OffPeakPackage, Passage, Picture, Plate,
    Report, SpaceCount,
};
use bowei_standards::LotSide;
use bowei_standards::base_data::BaseDataItem;
use bowei_standards::lot_side::{CannotSeal, Outgoing};
use bowei_standards::shenzhen::Shenzhen;
use std::collections::BTreeMap;

#[test]
fn a_report_without_what_the_text_requires_is_not_sealed() {
    let missing = |report: Report, field: &'static str| {
        assert_eq!(seal(&report, &own()).unwrap_err(), CannotSeal::Missing { field });
    };
    let nameless = |direction| Passage { gate: None, gate_code: Some(" ".to_owned()), ..passage(direction) };
    missing(Report::Passage(nameless(Direction::Entry)), "entranceCode");
    missing(Report::Passage(nameless(Direction::Exit)), "exitCode");
    for field in [
        "serviceType",
        "reservable",
        "reservableSpaces",
        "totalReservableCharingSpaces",
        "imageId",
        "parkType",
    ] {
        let mut said = profile();
        said.details.remove(field);
        missing(Report::Lot(said), field);
    }
    let bare = LotProfile { details: BTreeMap::new(), ..profile() };
    missing(Report::Lot(LotProfile { name: None, ..bare.clone() }), "parkName");
    missing(Report::Lot(LotProfile { district: None, kind: Some(LotKind::OnStreet), ..bare }), "areaCode");
    missing(Report::Lot(LotProfile { position: None, ..profile() }), "longitude");
    missing(Report::Lot(LotProfile { in_service: None, ..profile() }), "bizStatus");
    missing(Report::Lot(LotProfile { spaces_total: None, ..profile() }), "totalSpaces");
    let fault = seal_with(&Report::NamedPhoto(named_photo()), &own(), None).unwrap_err();
    assert_eq!(fault, CannotSeal::Missing { field: "file" });
}

#[test]
fn what_the_text_requires_of_base_data_is_what_sealing_wants() {
    assert!(Shenzhen.missing_base_data(&profile()).is_empty());
    for item in Shenzhen.required_base_data() {
        let mut said = profile();
        said.details.remove(item.field);
        match item.item {
            BaseDataItem::Name => said.name = Some(" ".to_owned()),
            BaseDataItem::District => said.district = None,
            BaseDataItem::Address => said.address = None,
            BaseDataItem::Longitude | BaseDataItem::Latitude => said.position = None,
            BaseDataItem::SpacesTotal => said.spaces_total = None,
            BaseDataItem::Detail | BaseDataItem::DetailOffStreet => {}
        }
        let fields: Vec<_> = Shenzhen.missing_base_data(&said).iter().map(|it| it.field).collect();
        assert!(fields.contains(&item.field), "{}: {fields:?}", item.field);
        let CannotSeal::Missing { field } = seal(&Report::Lot(said), &own()).unwrap_err() else {
            panic!("{}", item.field)
        };
        assert!(fields.contains(&field), "{field} is not among {fields:?}");
    }
    let on_street = LotProfile { kind: Some(LotKind::OnStreet), details: BTreeMap::new(), ..profile() };
    let fields: Vec<_> = Shenzhen.missing_base_data(&on_street).iter().map(|it| it.field).collect();
    assert!(!fields.contains(&"parkType") && fields.contains(&"imageId"), "{fields:?}");
}

#[test]
fn a_report_beyond_the_text_s_limits_is_not_sealed() {
    let unfit = |report: Report, field: &str| {
        let fault = seal(&report, &own()).unwrap_err();
        assert!(matches!(&fault, CannotSeal::Unfit { field: f, .. } if *f == field), "{fault:?}");
    };
    let car = |change: &dyn Fn(&mut Passage)| {
        let mut car = passage(Direction::Entry);
        change(&mut car);
        Report::Passage(car)
    };
    unfit(car(&|car| car.plate = Plate::read(&"粤".repeat(21))), "plateNo");
    unfit(car(&|car| car.reservation_code = Some("b".repeat(33))), "bookCode");
    unfit(car(&|car| car.photo_id = Some("p".repeat(33))), "entryCarPhotoId");
    unfit(car(&|car| car.gate_code = Some("g".repeat(256))), "entranceCode");
    unfit(car(&|car| car.at = jiff::Timestamp::MIN), "enterTime");
    unfit(Report::Gate(Gate { code: "G0001".to_owned(), ..gate() }), "entranceExitCode");
    unfit(Report::Gate(Gate { name: "门".repeat(21), ..gate() }), "name");
    unfit(Report::Gate(Gate { road: Some("路".repeat(11)), ..gate() }), "roadName");
    unfit(Report::SpaceCount(SpaceCount { vacant: -1, ..count() }), "unusedStalls");
    unfit(Report::Lot(LotProfile { district: Some("440399".to_owned()), ..profile() }), "areaCode");
    unfit(
        Report::OffPeakPackage(OffPeakPackage { price: "0.001".parse().unwrap(), ..package() }),
        "packagePrice",
    );
    unfit(Report::OffPeakPackage(OffPeakPackage { status: 2, ..package() }), "packageStatus");
    unfit(Report::OffPeakOrder(OffPeakOrder { status: -1, ..order() }), "orderStatus");
    unfit(
        Report::NamedPhoto(NamedPhoto { picture: Picture::Url("http://a/b".to_owned()), ..named_photo() }),
        "file",
    );
    let large = vec![0xff; 500 * 1024 + 1];
    for wrong in [&b"\xff\xd8\xff another car"[..], b"<html>", &large] {
        let fault = seal_with(&Report::NamedPhoto(named_photo()), &own(), Some(wrong)).unwrap_err();
        assert!(matches!(fault, CannotSeal::Unfit { field: "file", .. }), "{fault:?}");
    }
    let outgoing = Outgoing {
        report: &Report::CarsInside(cars()),
        lot_id: "停车场",
        lot_kind: LotKind::OffStreet,
        picture: None,
    };
    let fault = Shenzhen.seal(outgoing, own().as_ref(), now()).unwrap_err();
    assert!(matches!(fault, CannotSeal::Unfit { field: "parkCode", .. }), "{fault:?}");
}

#[test]
fn reports_that_shenzhen_has_no_message_for_are_named() {
    let report = Report::LotClosed(bowei_model::Closure { lot: lot() });
    assert_eq!(seal(&report, &own()).unwrap_err(), CannotSeal::NoMessage { kind: "lot-closed" });
}
