//! The registry.

use super::speech::at;
use bowei_model::position::Datum;
use bowei_model::{Edit, GateDirection, Lot, LotCategory, LotGate, LotKind, Position, Standing};
use bowei_store::{
    ChangeSource, CredentialRow, FieldChange, HistoryEntry, ProviderDetails, ProviderRow, RegistryChange,
    Store, StoreError, TokenRow,
};
use serde_json::Value;
use std::sync::Arc;

type Kept = Arc<dyn Store>;

fn provider(code: &str) -> ProviderRow {
    ProviderRow {
        code: code.into(),
        name: "湖州示范停车".to_owned(),
        contact: Some("0572".to_owned()),
        details: ProviderDetails {
            credit_code: Some("91330500MA2B3C4D5E".to_owned()),
            notified_at: Some(at(0)),
            ..Default::default()
        },
    }
}

pub(crate) fn told(object: &str, minute: i64) -> HistoryEntry {
    HistoryEntry {
        object: object.to_owned(),
        at: at(minute),
        user: "li\0".to_owned(),
        source: ChangeSource::Console,
        effective_at: Some(at(0)),
        note: Some("换牌\0 🚗".to_owned()),
        changes: vec![FieldChange { field: "tariff".to_owned(), from: Value::Null, to: "5 元\0".into() }],
    }
}

pub(crate) async fn the_history_of_an_object_is_told_from_its_end_page_by_page(store: Kept) {
    let history = ["lot:a\0", "lot:b", "lot:a\0"].into_iter().zip([1, 2, 3]);
    let history = history.map(|(object, minute)| told(object, minute)).collect();
    let change = RegistryChange { providers: vec![provider("p")], history, ..RegistryChange::default() };
    store.change_registry(change).await.unwrap();
    let change = RegistryChange {
        providers: vec![provider("p")],
        history: vec![told("lot:a\0", 4)],
        ..Default::default()
    };
    store.change_registry(change).await.unwrap();
    let first = store.registry_history("lot:a\0", 2, None).await.unwrap();
    assert_eq!(first.items, [told("lot:a\0", 4), told("lot:a\0", 3)]);
    let rest = store.registry_history("lot:a\0", 2, first.next).await.unwrap();
    assert_eq!((rest.items, rest.next), (vec![told("lot:a\0", 1)], None));
    assert!(store.registry_history("lot:c", 2, None).await.unwrap().items.is_empty());
}

fn lot(code: &str, huzhou: &str) -> Lot {
    Lot {
        code: code.into(),
        provider: "p".into(),
        name: "东门停车场".to_owned(),
        kind: LotKind::OffStreet,
        district: "330502".to_owned(),
        address: "人民路 1 号".to_owned(),
        position: Position::read(120.0868, 30.8937, Datum::Gcj02),
        spaces_total: 200,
        charging_spaces: 20,
        accessible_spaces: 4,
        tariff: None,
        category: Some(LotCategory::Public),
        hours: Some("全天\0".to_owned()),
        gates: vec![LotGate { name: "东门".to_owned(), direction: GateDirection::Both }],
        vendor: Some("捷停软件\0".to_owned()),
        tariff_pictures: vec!["f1".to_owned()],
        ids: [("huzhou".to_owned(), huzhou.to_owned())].into(),
        parties: vec![],
        off_peak_parties: vec![],
        charging_relief: vec![],
        closed: false,
        standing: Standing::Registered,
        described_at: None,
        details: Default::default(),
        edited: [("hours".to_owned(), Edit { by: "li\0".to_owned(), at: at(0) })].into(),
    }
}

fn credential(id: &str, provider: &str) -> CredentialRow {
    CredentialRow {
        id: id.to_owned(),
        provider: provider.into(),
        standard: "huzhou".to_owned(),
        account: "hz-0001".to_owned(),
        sealed: vec![1, 2, 3],
        issued_at: at(0),
        expires_at: None,
    }
}

fn conflict(answer: bowei_store::Result<i64>, words: &[&str]) {
    let Err(StoreError::Conflict(said)) = answer else { panic!("{answer:?}") };
    for word in words {
        assert!(said.contains(word), "{said}");
    }
}

async fn with_lots(store: &dyn Store) -> i64 {
    let change = RegistryChange {
        providers: vec![provider("p")],
        lots: vec![lot("L1", "HZ1"), lot("L2", "HZ2")],
        ..RegistryChange::default()
    };
    store.change_registry(change).await.unwrap()
}

pub(crate) async fn the_registry_is_read_as_it_was_written(store: Kept) {
    let before = store.registry_version().await.unwrap();
    let token = TokenRow {
        id: "t1".to_owned(),
        sha256: vec![9; 32],
        role: "provider:p".to_owned(),
        district: Some("3305".to_owned()),
        issued_at: at(0),
        expires_at: Some(at(60)),
    };
    let change = RegistryChange {
        based_on: None,
        providers: vec![provider("p")],
        lots: vec![lot("L1", "HZ1")],
        credentials: vec![credential("c1", "p")],
        ends: vec![],
        sealed_anew: vec![],
        tokens: vec![token.clone()],
        history: vec![told("lot:L1", 0)],
    };
    let version = store.change_registry(change).await.unwrap();
    assert!(version > before);
    assert_eq!(store.registry_version().await.unwrap(), version);
    let registry = store.registry().await.unwrap();
    assert_eq!(registry.version, version);
    assert_eq!(registry.providers, [provider("p")]);
    assert_eq!(registry.lots, [lot("L1", "HZ1")]);
    assert_eq!(registry.credentials, [credential("c1", "p")]);
    assert_eq!(registry.tokens, [token]);
    // Replacing.
    let mut closed = lot("L1", "HZ9");
    closed.closed = true;
    let change = RegistryChange { lots: vec![closed.clone()], ..RegistryChange::default() };
    assert!(store.change_registry(change).await.unwrap() > version);
    assert_eq!(store.registry().await.unwrap().lots, [closed]);
}

pub(crate) async fn an_account_belongs_to_one_provider(store: Kept) {
    let change = RegistryChange {
        providers: vec![provider("p"), provider("q")],
        credentials: vec![credential("c1", "p")],
        ..RegistryChange::default()
    };
    store.change_registry(change).await.unwrap();
    // A second credential of the same account: how keys are changed over.
    let change = RegistryChange { credentials: vec![credential("c2", "p")], ..RegistryChange::default() };
    store.change_registry(change).await.unwrap();
    let change = RegistryChange { credentials: vec![credential("c3", "q")], ..RegistryChange::default() };
    conflict(store.change_registry(change).await, &["hz-0001", "provider p", "provider q"]);
    let change = RegistryChange { credentials: vec![credential("c1", "p")], ..RegistryChange::default() };
    conflict(store.change_registry(change).await, &["c1"]);
}

pub(crate) async fn a_credential_is_ended_and_a_missing_one_is_not(store: Kept) {
    let change = RegistryChange {
        providers: vec![provider("p")],
        credentials: vec![credential("c1", "p")],
        ..RegistryChange::default()
    };
    store.change_registry(change).await.unwrap();
    let change = RegistryChange { ends: vec![("c1".to_owned(), at(9))], ..RegistryChange::default() };
    store.change_registry(change).await.unwrap();
    assert_eq!(store.registry().await.unwrap().credentials[0].expires_at, Some(at(9)));
    let change = RegistryChange { ends: vec![("c9".to_owned(), at(9))], ..RegistryChange::default() };
    conflict(store.change_registry(change).await, &["c9"]);
    let anew = |id: &str| RegistryChange {
        sealed_anew: vec![(id.to_owned(), vec![7])],
        ..RegistryChange::default()
    };
    store.change_registry(anew("c1")).await.unwrap();
    assert_eq!(store.registry().await.unwrap().credentials[0].sealed, [7]);
    conflict(store.change_registry(anew("c9")).await, &["c9"]);
}

pub(crate) async fn a_provider_comes_before_its_lots(store: Kept) {
    let change = RegistryChange { lots: vec![lot("L1", "HZ1")], ..RegistryChange::default() };
    conflict(store.change_registry(change).await, &["L1", "provider p"]);
    let change = RegistryChange { credentials: vec![credential("c1", "p")], ..RegistryChange::default() };
    conflict(store.change_registry(change).await, &["c1", "provider p"]);
}

pub(crate) async fn a_change_is_done_whole_or_not_at_all(store: Kept) {
    let version = with_lots(&*store).await;
    let change = RegistryChange {
        providers: vec![provider("new")],
        lots: vec![lot("L3", "HZ3"), Lot { provider: "nobody".into(), ..lot("L4", "HZ4") }],
        ..RegistryChange::default()
    };
    conflict(store.change_registry(change).await, &["L4", "provider nobody"]);
    let registry = store.registry().await.unwrap();
    assert_eq!((registry.version, registry.providers.len(), registry.lots.len()), (version, 1, 2));
    // The writer is none the worse for it.
    assert_eq!(store.change_registry(RegistryChange::default()).await.unwrap(), version);
}
