//! What is known by a name.

use super::speech::{at, delivery, keep, said};
use super::whole;
use bowei_model::{
    CarsInside, Closure, Effect, Gate, GateKind, GateStatus, LotCode, Plate, Position, Report,
};
use bowei_store::{DocumentQuery, Store};
use std::sync::Arc;

type Kept = Arc<dyn Store>;

fn gate(lot: &str, code: &str, status: GateStatus) -> Report {
    let place = Position { longitude: 120.1, latitude: 30.9 };
    Report::Gate(Gate {
        lot: lot.into(),
        code: code.to_owned(),
        name: format!("{code} 门"),
        kind: GateKind::Both,
        position: bowei_model::ExactPosition(place),
        status,
        road: None,
    })
}

fn of_kind(kind: &str, lots: Option<Vec<LotCode>>) -> DocumentQuery {
    DocumentQuery { kind: kind.to_owned(), lots, limit: 2, ..DocumentQuery::default() }
}

pub(crate) async fn of_several_words_on_a_gate_the_one_said_last_counts(store: Kept) {
    let words = [
        (GateStatus::Open, 1, Effect::New),
        (GateStatus::Closed, 3, Effect::Amended),
        (GateStatus::Removed, 2, Effect::Amended),
        // Said again later, an earlier word counts once more.
        (GateStatus::Open, 4, Effect::Duplicate),
    ];
    for (status, minute, effect) in words {
        let done = keep(&*store, [said(gate("L1", "G1", status), minute)]).await;
        assert_eq!(done.effects, [effect]);
    }
    let named = store.documents_named("gate", vec![("L1".into(), "G1".to_owned())]).await.unwrap();
    let current = named[0].document.current().unwrap();
    assert_eq!((&current.content, current.sent_at), (&gate("L1", "G1", GateStatus::Open), at(4)));
}

pub(crate) async fn documents_come_by_lot_and_last_name_first_in_pages(store: Kept) {
    let gates = [("L2", "G1"), ("L1", "G1"), ("L1", "G2"), ("L1", "G3"), ("L3", "G1")];
    let statements = gates.map(|(lot, code)| said(gate(lot, code, GateStatus::Open), 1));
    store.commit(delivery(statements)).await.unwrap();
    store.commit(delivery([said(Report::LotClosed(Closure { lot: "L1".into() }), 1)])).await.unwrap();
    let all = whole(|cursor| store.documents(DocumentQuery { cursor, ..of_kind("gate", None) })).await;
    let places: Vec<_> = all.iter().map(|row| (row.lot.as_str(), row.name.as_str())).collect();
    assert_eq!(places, [("L1", "G3"), ("L1", "G2"), ("L1", "G1"), ("L2", "G1"), ("L3", "G1")]);
    let two = Some(vec![LotCode::from("L2"), LotCode::from("L3")]);
    assert_eq!(store.documents(of_kind("gate", two)).await.unwrap().items.len(), 2);
}

pub(crate) async fn the_last_list_before_a_moment_is_found(store: Kept) {
    for minute in [0, 60, 120] {
        let plates = Plate::read(&format!("浙E{minute:05}")).into_iter().collect();
        let cars = CarsInside { lot: "L1".into(), at: at(minute), plates };
        store.commit(delivery([said(Report::CarsInside(cars), minute)])).await.unwrap();
    }
    let upto = DocumentQuery {
        name_upto: Some(bowei_model::moment::rfc3339(at(100))),
        limit: 1,
        ..of_kind("cars-inside", Some(vec!["L1".into()]))
    };
    let found = store.documents(upto).await.unwrap().items;
    let Report::CarsInside(cars) = &found[0].document.current().unwrap().content else { panic!() };
    assert_eq!(cars.at, at(60));
}
