//! What the office keeps of its own.

use super::people::entry;
use super::speech::at;
use bowei_store::{Change, OFFICE_DOC_MAX, OfficeQuery, OfficeRecord, Store, StoreError};
use std::sync::Arc;

type Kept = Arc<dyn Store>;

pub(crate) fn record(id: &str, minute: i64) -> OfficeRecord {
    OfficeRecord {
        kind: "registration".to_owned(),
        id: id.to_owned(),
        state: "submitted".to_owned(),
        provider: None,
        district: "330502".to_owned(),
        at: at(minute),
        words: "湖州示范\0 abc".to_owned(),
        doc: "{\"名\":\"\0\"}".to_owned(),
        revision: 0,
    }
}

fn keep(record: &OfficeRecord) -> Vec<Change> {
    vec![Change::Office(Box::new(record.clone()))]
}

pub(crate) async fn records_of_the_office_are_replaced_by_who_knows_their_revision(store: Kept) {
    store.administer(keep(&record("a\0", 1)), vec![entry("office", "a")]).await.unwrap();
    let kept = OfficeRecord { revision: 1, ..record("a\0", 1) };
    assert_eq!(store.office_record("registration", "a\0").await.unwrap(), Some(kept.clone()));
    assert_eq!(store.office_record("business", "a\0").await.unwrap(), None);
    let approved =
        OfficeRecord { state: "approved".to_owned(), provider: Some("p\0".into()), ..kept.clone() };
    store.administer(keep(&approved), vec![]).await.unwrap();
    let kept_anew = OfficeRecord { revision: 2, ..approved.clone() };
    assert_eq!(store.office_record("registration", "a\0").await.unwrap(), Some(kept_anew));
    let outdated = store.administer(keep(&approved), vec![]).await;
    assert!(matches!(outdated, Err(StoreError::Outdated { based_on: 1, found: 2 })), "{outdated:?}");
    let large = OfficeRecord { doc: "x".repeat(OFFICE_DOC_MAX + 1), ..record("b", 1) };
    let refusals = [
        (record("a\0", 1), "already"),
        (OfficeRecord { revision: 3, ..record("c", 1) }, "create it first"),
        (large, "the most"),
    ];
    for (refused, words) in refusals {
        let head = store.audit_head().await.unwrap();
        let refused = store.administer(keep(&refused), vec![entry("office", "")]).await;
        assert!(matches!(&refused, Err(StoreError::Conflict(why)) if why.contains(words)), "{refused:?}");
        assert_eq!(store.audit_head().await.unwrap(), head);
    }
    let remove = || vec![Change::OfficeRemove { kind: "registration".to_owned(), id: "a\0".to_owned() }];
    store.administer(remove(), vec![]).await.unwrap();
    store.administer(remove(), vec![]).await.unwrap();
    assert_eq!(store.office_record("registration", "a\0").await.unwrap(), None);
}

pub(crate) async fn records_of_the_office_are_listed_by_what_is_asked_for(store: Kept) {
    let records = [
        record("a", 1),
        OfficeRecord { state: "approved".to_owned(), provider: Some("p".into()), ..record("b", 2) },
        OfficeRecord { district: "330503".to_owned(), words: "100% OTHER".to_owned(), ..record("c", 2) },
        OfficeRecord { kind: "business".to_owned(), ..record("d", 3) },
    ];
    for record in &records {
        store.administer(keep(record), vec![]).await.unwrap();
    }
    let all = OfficeQuery { kind: "registration".to_owned(), limit: 9, ..OfficeQuery::default() };
    let ids = async |query: &OfficeQuery| -> Vec<String> {
        let page = store.office_records(query.clone()).await.unwrap();
        page.items.into_iter().map(|record| record.id).collect()
    };
    assert_eq!(ids(&all).await, ["c", "b", "a"]);
    let words = |words: &str| OfficeQuery { words: Some(words.to_owned()), ..all.clone() };
    let questions = [
        (OfficeQuery { states: vec!["approved".to_owned(), "x".to_owned()], ..all.clone() }, vec!["b"]),
        (OfficeQuery { provider: Some("p".into()), ..all.clone() }, vec!["b"]),
        (OfficeQuery { district: Some("3305".to_owned()), ..all.clone() }, vec!["c", "b", "a"]),
        (OfficeQuery { district: Some("330502".to_owned()), ..all.clone() }, vec!["b", "a"]),
        (OfficeQuery { before: Some(at(2)), ..all.clone() }, vec!["a"]),
        (words("示范"), vec!["b", "a"]),
        (words("other"), vec!["c"]),
        (words("%"), vec!["c"]),
        (words("_"), vec![]),
        (OfficeQuery { and_words: Some("%".to_owned()), ..words("other") }, vec!["c"]),
        (OfficeQuery { and_words: Some("%".to_owned()), ..words("示范") }, vec![]),
        (OfficeQuery { from: Some(at(1)), before: Some(at(2)), ..all.clone() }, vec!["a"]),
    ];
    for (query, expected) in questions {
        assert_eq!(ids(&query).await, expected, "{query:?}");
    }
    let first = store.office_records(OfficeQuery { limit: 2, ..all.clone() }).await.unwrap();
    let rest = OfficeQuery { limit: 2, cursor: first.next, ..all };
    assert_eq!(ids(&rest).await, ["a"]);
    let counts = store.office_counts("registration", Some("330502")).await.unwrap();
    assert_eq!(counts, [("approved".to_owned(), 1), ("submitted".to_owned(), 1)]);
    let districts = store.office_districts("registration", Some("3305"), (at(2), at(3))).await.unwrap();
    let districts: Vec<_> =
        districts.iter().map(|of| (of.district.as_str(), of.state.as_str(), of.count, of.within)).collect();
    let expected =
        [("330502", "approved", 1, 1), ("330502", "submitted", 1, 0), ("330503", "submitted", 1, 1)];
    assert_eq!(districts, expected);
}
