//! Exports, and the numbers that they are known by.

use super::people::entry;
use super::speech::at;
use bowei_store::{Change, ExportKind, ExportRow, ExportState, Store, StoreError};
use std::sync::Arc;
use tokio::task::JoinSet;

type Kept = Arc<dyn Store>;

pub(crate) fn export(id: &str, requested_by: &str) -> ExportRow {
    ExportRow {
        id: id.to_owned(),
        number: String::new(),
        kind: ExportKind::Sessions,
        lot: Some("L\0".into()),
        district: Some("330502".to_owned()),
        provider: None,
        from: at(0),
        to: at(60),
        purpose: "核对\0 🚗".to_owned(),
        rows: 7,
        state: ExportState::Pending,
        requested_by: requested_by.to_owned(),
        requested_at: at(60),
        decided_by: None,
        decided_at: None,
        expires_at: None,
        revision: 0,
    }
}

fn keep(export: ExportRow) -> Vec<Change> {
    vec![Change::Export(Box::new(export))]
}

pub(crate) async fn exports_are_numbered_and_replaced_by_who_knows_their_revision(store: Kept) {
    assert_eq!(store.export("a\0").await.unwrap(), None);
    store.administer(keep(export("a\0", "li\0")), vec![entry("export.request", "export:a")]).await.unwrap();
    let first = store.export("a\0").await.unwrap().unwrap();
    assert_eq!(first, ExportRow { number: "D2026-000001".to_owned(), revision: 1, ..export("a\0", "li\0") });
    store.administer(keep(export("b", "zhang")), vec![]).await.unwrap();
    // It keeps its number, whatever a change says of it.
    let decided = ExportRow {
        state: ExportState::Ready,
        number: "D2026-000009".to_owned(),
        decided_by: Some("zhang".to_owned()),
        decided_at: Some(at(61)),
        expires_at: Some(at(120)),
        ..first.clone()
    };
    store.administer(keep(decided.clone()), vec![]).await.unwrap();
    let kept = ExportRow { number: first.number.clone(), revision: 2, ..decided };
    assert_eq!(store.export("a\0").await.unwrap(), Some(kept.clone()));
    let outdated = store.administer(keep(first), vec![]).await;
    assert!(matches!(outdated, Err(StoreError::Outdated { based_on: 1, found: 2 })), "{outdated:?}");
    let nothing = ExportRow { revision: 3, ..export("c", "li") };
    for (refused, words) in [(export("b", "li"), "export b"), (nothing, "export c")] {
        let head = store.audit_head().await.unwrap();
        let refused = store.administer(keep(refused), vec![entry("export.request", "")]).await;
        assert!(matches!(&refused, Err(StoreError::Conflict(why)) if why.contains(words)), "{refused:?}");
        assert_eq!(store.audit_head().await.unwrap(), head);
    }
    let ids = async |by: Option<&str>, limit: usize| -> Vec<String> {
        store.exports(by, limit).await.unwrap().into_iter().map(|export| export.id).collect()
    };
    assert_eq!(ids(None, 9).await, ["b", "a\0"]);
    assert_eq!(ids(None, 1).await, ["b"]);
    assert_eq!(ids(Some("li\0"), 9).await, ["a\0"]);
    assert!(ids(Some("wang"), 9).await.is_empty());
    // The third number was never handed out, for what asked for it failed.
    store.administer(keep(export("d", "li")), vec![]).await.unwrap();
    assert_eq!(store.export("d").await.unwrap().unwrap().number, "D2026-000003");
}

pub(crate) async fn exports_asked_for_at_once_have_a_number_each(store: Kept) {
    let mut asking = JoinSet::new();
    for number in 0..20 {
        let store = Arc::clone(&store);
        asking.spawn(async move {
            let change = keep(export(&format!("e{number}"), "li"));
            store.administer(change, vec![entry("export.request", "")]).await.unwrap();
        });
    }
    asking.join_all().await;
    let mut numbers: Vec<_> =
        store.exports(None, 99).await.unwrap().into_iter().map(|export| export.number).collect();
    numbers.sort_unstable();
    let each: Vec<_> = (1..=20).map(|number| format!("D2026-{number:06}")).collect();
    assert_eq!(numbers, each);
}
