//! The audit: what is found in it, and that it shows what was done to it.

use super::people::entry;
use super::speech::{at, second};
use super::whole;
use bowei_store::{
    AUDIT_DETAIL_MAX, AUDIT_WORDS_MAX, AuditEntry, AuditFault, AuditHead, AuditQuery, NewAuditEntry, Store,
    StoreError, verify_audit,
};
use std::sync::Arc;
use tokio::task::JoinSet;

type Kept = Arc<dyn Store>;

/// Entries whose words an engine might not take as they are.
fn odd() -> Vec<NewAuditEntry> {
    let texts = ["", "a\0b", "\u{F8FE}0\u{F8FE}E", "🚗浙E12345", "é", "'; --", "%_:."];
    let entries = texts.iter().map(|text| NewAuditEntry {
        user: text.to_string(),
        source: text.to_string(),
        action: text.to_string(),
        object: text.to_string(),
        before: text.to_string(),
        after: text.to_string(),
        ok: text.is_empty(),
        ..entry("", "")
    });
    entries.collect()
}

pub(crate) async fn entries(store: &dyn Store) -> Vec<AuditEntry> {
    store.audit_after(0, 10_000).await.unwrap()
}

pub(crate) async fn fault(store: &dyn Store) -> Option<AuditFault> {
    verify_audit(store, &[]).await.unwrap().fault
}

/// The chain, worked out from what was read and from nothing else, ends where the store says.
pub(crate) async fn is_chained(store: &dyn Store) -> Vec<AuditEntry> {
    let kept = entries(store).await;
    let mut head = AuditHead::EMPTY;
    for entry in &kept {
        let expected = head.chain(entry.entry.clone());
        assert_eq!(*entry, expected);
        head = expected.head();
    }
    assert_eq!(store.audit_head().await.unwrap(), head);
    let verified = verify_audit(store, &[]).await.unwrap();
    assert_eq!((verified.head, verified.fault), (head, None));
    kept
}

pub(crate) async fn the_chain_is_worked_out_from_what_is_read(store: Kept) {
    assert_eq!(store.audit_head().await.unwrap(), AuditHead::EMPTY);
    assert_eq!(is_chained(&*store).await, []);
    store.administer(vec![], vec![]).await.unwrap();
    for entry in odd() {
        store.administer(vec![], vec![entry]).await.unwrap();
    }
    // Many at once, and a moment that is finer than what is kept.
    let nanosecond = NewAuditEntry {
        at: jiff::Timestamp::from_nanosecond(1_775_002_500_123_456_789).unwrap(),
        ..entry("a", "b")
    };
    store.administer(vec![], [odd(), vec![nanosecond]].concat()).await.unwrap();
    let kept = is_chained(&*store).await;
    let said: Vec<_> = kept.iter().map(|kept| kept.entry.clone()).collect();
    assert_eq!(said[..14], [odd(), odd()].concat());
    assert_eq!(kept.len(), 15);
    assert_eq!(store.audit_after(13, 10).await.unwrap(), kept[13..]);
    assert_eq!(store.audit_after(3, 2).await.unwrap(), kept[3..5]);
}

pub(crate) async fn callers_at_once_make_one_chain(store: Kept) {
    let mut appending = JoinSet::new();
    for caller in 0..8 {
        let store = Arc::clone(&store);
        appending.spawn(async move {
            for number in 0..10 {
                let object = format!("lot:{caller}-{number}");
                store.administer(vec![], vec![entry("plate.reveal", &object)]).await.unwrap();
            }
        });
    }
    appending.join_all().await;
    assert_eq!(is_chained(&*store).await.len(), 80);
}

async fn found(store: &dyn Store, query: AuditQuery) -> Vec<i64> {
    let ask = |cursor| store.audit(AuditQuery { cursor, limit: 2, ..query.clone() });
    whole(ask).await.into_iter().map(|entry| entry.seq).collect()
}

pub(crate) async fn entries_are_found_by_each_filter_in_pages(store: Kept) {
    let said = [
        (0, "li", "user.create", "user:zhang"),
        (1, "li", "user.disable", "user:zhang-2"),
        (2, "wang", "users.list", "users"),
        (2, "wang", "plate.reveal", "lot:L1"),
        (9, "li", "plate.reveal", "lot:L2"),
        // By a clock that is behind.
        (1, "", "sign-in", "user:li"),
    ];
    for (minute, user, action, object) in said {
        let entry = NewAuditEntry { at: at(minute), user: user.to_owned(), ..entry(action, object) };
        store.administer(vec![], vec![entry]).await.unwrap();
    }
    let all = AuditQuery::default();
    assert_eq!(found(&*store, all.clone()).await, [5, 4, 3, 6, 2, 1]);
    let between = AuditQuery { from: Some(at(1)), to: Some(at(2)), ..all.clone() };
    assert_eq!(found(&*store, between.clone()).await, [4, 3, 6, 2]);
    let by = |user: &str| AuditQuery { user: Some(user.to_owned()), ..all.clone() };
    assert_eq!(found(&*store, by("li")).await, [5, 2, 1]);
    assert_eq!(found(&*store, by("")).await, [6]);
    assert_eq!(found(&*store, by("l")).await, [0; 0]);
    let what = |action: &str| AuditQuery { action: Some(action.to_owned()), ..all.clone() };
    assert_eq!(found(&*store, what("plate.reveal")).await, [5, 4]);
    assert_eq!(found(&*store, what("user.")).await, [2, 1]);
    assert_eq!(found(&*store, what("user")).await, [0; 0]);
    let to = |object: &str| AuditQuery { object: Some(object.to_owned()), ..all.clone() };
    assert_eq!(found(&*store, to("user:zhang")).await, [1]);
    assert_eq!(found(&*store, to("user:")).await, [6, 2, 1]);
    assert_eq!(found(&*store, to("lot:")).await, [5, 4]);
    let both = AuditQuery {
        user: Some("li".to_owned()),
        ..AuditQuery { object: Some("user:".to_owned()), ..between }
    };
    assert_eq!(found(&*store, both).await, [2]);
    let cursor = store.audit(AuditQuery { limit: 1, ..all.clone() }).await.unwrap().next;
    let page = store.audit(AuditQuery { limit: 1, cursor, ..all.clone() }).await.unwrap();
    assert_eq!(page.items[0], entries(&*store).await[3]);
    let odd = store.audit(AuditQuery { cursor: Some("x".to_owned()), ..all }).await;
    assert!(matches!(odd, Err(StoreError::Conflict(_))), "{odd:?}");
}

pub(crate) async fn an_entry_beyond_its_bounds_is_refused_with_its_changes(store: Kept) {
    let most = |max: usize| "\0".repeat(max);
    let largest = NewAuditEntry {
        user: most(AUDIT_WORDS_MAX),
        source: most(AUDIT_WORDS_MAX),
        action: most(AUDIT_WORDS_MAX),
        object: most(AUDIT_WORDS_MAX),
        before: most(AUDIT_DETAIL_MAX),
        after: most(AUDIT_DETAIL_MAX),
        ..entry("", "")
    };
    store.administer(vec![], vec![largest.clone()]).await.unwrap();
    assert_eq!(entries(&*store).await[0].entry, largest);
    let long = NewAuditEntry { object: most(AUDIT_WORDS_MAX + 1), ..entry("a", "") };
    let wide = NewAuditEntry { after: most(AUDIT_DETAIL_MAX + 1), ..entry("a", "b") };
    for (over, field) in [(long, "object"), (wide, "after")] {
        let refused = store.administer(vec![], vec![entry("a", "b"), over]).await;
        assert!(matches!(&refused, Err(StoreError::Conflict(words)) if words.contains(field)), "{refused:?}");
    }
    assert_eq!(store.audit_head().await.unwrap().seq, 1);
}

/// Changes the audit behind the store's back by `sql`, in every way, and sees each place named. `bytes` writes bytes.
pub(crate) async fn what_is_done_to_it_shows(
    store: &dyn Store,
    sql: impl Fn(&str),
    bytes: impl Fn(&[u8]) -> String,
) {
    for number in 0..8 {
        let entry = NewAuditEntry {
            at: second(number),
            before: "{\"a\":1}".to_owned(),
            ..entry("user.change", "user:zhang")
        };
        store.administer(vec![], vec![entry]).await.unwrap();
    }
    is_chained(store).await;
    let altered = |seq| Some(AuditFault::Altered { seq });
    let texts = ["actor", "source", "action", "object", "before", "after"];
    let texts = texts.map(|column| {
        let (more, less) = (format!("{column} || 'x'"), format!("substr({column}, 1, length({column}) - 1)"));
        (format!("{column} = {more}"), format!("{column} = {less}"), 3)
    });
    let hash = entries(store).await[2].hash;
    let mut other = hash;
    other[31] ^= 1;
    let others = [
        ("at = at + 1".to_owned(), "at = at - 1".to_owned(), 3),
        ("ok = NOT ok".to_owned(), "ok = NOT ok".to_owned(), 3),
        (format!("hash = {}", bytes(&other)), format!("hash = {}", bytes(&hash)), 3),
        // The same bytes in the same order, cut elsewhere.
        (
            "source = source || 'u', action = 'ser.change'".to_owned(),
            "source = '192.0.2.7', action = 'user.change'".to_owned(),
            3,
        ),
    ];
    for (change, back, seq) in texts.into_iter().chain(others) {
        sql(&format!("UPDATE audit SET {change} WHERE seq = {seq}"));
        assert_eq!(fault(store).await, altered(seq), "{change}");
        sql(&format!("UPDATE audit SET {back} WHERE seq = {seq}"));
        assert_eq!(fault(store).await, None, "{back}");
    }
    sql("UPDATE audit SET at = 9223372036854775807 WHERE seq = 3");
    assert!(matches!(fault(store).await, Some(AuditFault::Unreadable { seq: 3, .. })));
    sql(&format!(
        "UPDATE audit SET at = {}, hash = {} WHERE seq = 3",
        second(2).as_millisecond(),
        bytes(&hash[..31])
    ));
    let fault_found = fault(store).await;
    assert!(
        matches!(&fault_found, Some(AuditFault::Unreadable { seq: 3, why }) if why.contains("entry 3")),
        "{fault_found:?}"
    );
    sql(&format!("UPDATE audit SET hash = {} WHERE seq = 3", bytes(&hash)));
    let swap = || {
        sql("UPDATE audit SET seq = -1 WHERE seq = 5");
        sql("UPDATE audit SET seq = 5 WHERE seq = 6");
        sql("UPDATE audit SET seq = 6 WHERE seq = -1");
    };
    swap();
    assert_eq!(fault(store).await, altered(5));
    swap();
    is_chained(store).await;
    // A number that no entry has, and the end.
    sql("UPDATE audit SET seq = 100 WHERE seq = 4");
    assert_eq!(fault(store).await, Some(AuditFault::Missing { seq: 4, next: 5 }));
    sql("UPDATE audit SET seq = 4 WHERE seq = 100");
    let end = store.audit_head().await.unwrap();
    sql(&format!("UPDATE audit_head SET hash = {}", bytes(&other)));
    assert_eq!(fault(store).await, Some(AuditFault::OtherHead { seq: 8 }));
    sql(&format!("UPDATE audit_head SET seq = 7, hash = {}", bytes(&entries(store).await[6].hash)));
    assert_eq!(fault(store).await, Some(AuditFault::OtherHead { seq: 7 }));
    sql(&format!("UPDATE audit_head SET seq = 8, hash = {}", bytes(&end.hash)));
    is_chained(store).await;
    sql("DELETE FROM audit WHERE seq > 6");
    assert_eq!(fault(store).await, Some(AuditFault::TailMissing { seq: 7, noted: 8 }));
    // Whoever cuts the end off and notes it anew is found by an end that was noted elsewhere.
    sql(&format!("UPDATE audit_head SET seq = 6, hash = {}", bytes(&entries(store).await[5].hash)));
    assert_eq!(fault(store).await, None);
    let elsewhere = verify_audit(store, &[end]).await.unwrap();
    assert_eq!(elsewhere.fault, Some(AuditFault::TailMissing { seq: 7, noted: 8 }));
    assert_eq!(elsewhere.head.seq, 6);
    let rewritten = verify_audit(store, &[AuditHead { seq: 4, hash: other }]).await.unwrap();
    assert_eq!(rewritten.fault, Some(AuditFault::OtherHead { seq: 4 }));
    sql("DELETE FROM audit WHERE seq = 2");
    assert_eq!(fault(store).await, Some(AuditFault::Missing { seq: 2, next: 3 }));
}
