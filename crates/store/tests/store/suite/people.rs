//! Accounts of people, their sessions, and their failed attempts to sign in.

use super::speech::at;
use bowei_store::{
    Change, FailureCount, Identity, LockoutPolicy, NewAuditEntry, RegistryChange, SESSIONS_PER_USER_MAX,
    SignInMethod, Store, StoreError, TokenRow, TotpRow, UserRow, UserSessionRow,
};
use jiff::SignedDuration;
use std::sync::Arc;
use tokio::task::JoinSet;

type Kept = Arc<dyn Store>;

pub(crate) fn user(login: &str) -> UserRow {
    UserRow {
        login: login.to_owned(),
        name: "张\0伟 🚗".to_owned(),
        role: "district".to_owned(),
        district: Some("330502".to_owned()),
        passwords: vec!["$argon2id$1".to_owned(), "$argon2id$0".to_owned()],
        password_set_at: at(0),
        must_change_password: true,
        disabled: false,
        totp: Some(TotpRow {
            sealed: vec![0, 255],
            confirmed: true,
            last_step: 7,
            recovery: vec!["r".to_owned()],
        }),
        identity: None,
        created_at: at(0),
        last_sign_in_at: Some(at(1)),
        revision: 0,
    }
}

pub(crate) fn entry(action: &str, object: &str) -> NewAuditEntry {
    NewAuditEntry {
        at: at(0),
        user: "li".to_owned(),
        source: "192.0.2.7".to_owned(),
        action: action.to_owned(),
        object: object.to_owned(),
        ok: true,
        before: String::new(),
        after: "{}".to_owned(),
    }
}

pub(crate) fn session(login: &str, number: u8, minute: i64) -> UserSessionRow {
    UserSessionRow {
        sha256: vec![number; 32],
        id: format!("s{number}"),
        login: login.to_owned(),
        created_at: at(minute),
        last_seen_at: at(minute),
        expires_at: at(minute + 600),
        method: if number.is_multiple_of(2) { SignInMethod::Password } else { SignInMethod::Oidc },
        authenticated_at: at(minute),
        address: "192.0.2.7".to_owned(),
        user_agent: "浏览器\0".to_owned(),
    }
}

fn keep(user: UserRow) -> Vec<Change> {
    vec![Change::User(Box::new(user))]
}

fn begin(session: UserSessionRow) -> Vec<Change> {
    vec![Change::SessionBegin(Box::new(session))]
}

async fn ids(store: &dyn Store, login: &str) -> Vec<String> {
    store.user_sessions(login).await.unwrap().into_iter().map(|session| session.id).collect()
}

pub(crate) async fn an_account_is_created_and_replaced_by_who_knows_its_revision(store: Kept) {
    assert_eq!(store.user("zhang").await.unwrap(), None);
    store.administer(keep(user("zhang")), vec![entry("user.create", "user:zhang")]).await.unwrap();
    let kept = store.user("zhang").await.unwrap().unwrap();
    assert_eq!(kept, UserRow { revision: 1, ..user("zhang") });
    let changed = UserRow { disabled: true, totp: None, ..kept.clone() };
    store.administer(keep(changed.clone()), vec![]).await.unwrap();
    assert_eq!(store.user("zhang").await.unwrap(), Some(UserRow { revision: 2, ..changed }));
    let outdated = store.administer(keep(kept), vec![]).await;
    assert!(matches!(outdated, Err(StoreError::Outdated { based_on: 1, found: 2 })), "{outdated:?}");
    let taken = store.administer(keep(user("zhang")), vec![]).await;
    assert!(matches!(&taken, Err(StoreError::Conflict(words)) if words.contains("zhang")), "{taken:?}");
    let nobody = store.administer(keep(UserRow { revision: 3, ..user("wang") }), vec![]).await;
    assert!(matches!(&nobody, Err(StoreError::Conflict(words)) if words.contains("wang")), "{nobody:?}");
    store.administer(keep(user("li")), vec![]).await.unwrap();
    let logins: Vec<_> = store.users().await.unwrap().into_iter().map(|user| user.login).collect();
    assert_eq!(logins, ["li", "zhang"]);
}

pub(crate) async fn changes_and_their_entry_are_kept_whole_or_not_at_all(store: Kept) {
    let token = |id: &str| TokenRow {
        id: id.to_owned(),
        sha256: vec![1],
        role: "viewer".to_owned(),
        district: None,
        issued_at: at(0),
        expires_at: None,
    };
    let registry = |tokens: &[&str]| {
        let tokens = tokens.iter().map(|id| token(id)).collect();
        Change::Registry(Box::new(RegistryChange { tokens, ..RegistryChange::default() }))
    };
    let done = vec![Change::User(Box::new(user("li"))), registry(&["t1", "t2"])];
    store
        .administer(done, vec![entry("user.create", "user:li"), entry("token.create", "token:t1")])
        .await
        .unwrap();
    let (version, head) = (store.registry_version().await.unwrap(), store.audit_head().await.unwrap());
    assert_eq!(head.seq, 2);
    let all_kinds = vec![
        Change::User(Box::new(user("zhang"))),
        Change::SessionBegin(Box::new(session("zhang", 1, 0))),
        registry(&["t3"]),
        Change::TokenRemove { id: "t1".to_owned() },
    ];
    let fails = [
        Change::User(Box::new(user("li"))),
        Change::TokenRemove { id: "nobody's".to_owned() },
        Change::Registry(Box::new(RegistryChange {
            based_on: Some(version - 1),
            tokens: vec![token("t4")],
            ..RegistryChange::default()
        })),
    ];
    for fails in fails {
        let changes = all_kinds.iter().cloned().chain([fails]).collect();
        let failed = store.administer(changes, vec![entry("user.create", "user:zhang")]).await;
        assert!(matches!(failed, Err(StoreError::Conflict(_) | StoreError::Outdated { .. })), "{failed:?}");
        assert_eq!(store.user("zhang").await.unwrap(), None);
        assert_eq!(store.user_sessions("zhang").await.unwrap(), []);
        assert_eq!(store.registry_version().await.unwrap(), version);
        assert_eq!(store.audit_head().await.unwrap(), head);
    }
    store.administer(all_kinds, vec![entry("user.create", "user:zhang")]).await.unwrap();
    let registry = store.registry().await.unwrap();
    assert!(registry.version > version, "every node hears of a token that is gone");
    assert_eq!(registry.tokens.iter().map(|token| token.id.as_str()).collect::<Vec<_>>(), ["t2", "t3"]);
    assert_eq!(store.audit_head().await.unwrap().seq, 3);
}

pub(crate) async fn an_identity_is_one_account_s(store: Kept) {
    let identity =
        |issuer: &str, subject: &str| Identity { issuer: issuer.to_owned(), subject: subject.to_owned() };
    let zhang = identity("https://id.example", "7\0 🚗");
    let bound =
        |login: &str, identity: &Identity| UserRow { identity: Some(identity.clone()), ..user(login) };
    store.administer(keep(bound("zhang", &zhang)), vec![]).await.unwrap();
    store.administer(keep(user("li")), vec![]).await.unwrap();
    let found = store.user_by_identity(&zhang).await.unwrap();
    assert_eq!(found, Some(UserRow { revision: 1, ..bound("zhang", &zhang) }));
    for other in [identity("https://id.example", "7"), identity("https://other.example", "7\0 🚗")] {
        assert_eq!(store.user_by_identity(&other).await.unwrap(), None);
    }
    for taken in [bound("wang", &zhang), UserRow { revision: 1, ..bound("li", &zhang) }] {
        let refused = store.administer(keep(taken), vec![entry("user.identity", "user:li")]).await;
        assert!(
            matches!(&refused, Err(StoreError::Conflict(words)) if words.contains("zhang")),
            "{refused:?}"
        );
    }
    // Its own it may keep; once it is let go it is free.
    store.administer(keep(UserRow { revision: 1, ..bound("zhang", &zhang) }), vec![]).await.unwrap();
    store.administer(keep(UserRow { revision: 2, ..user("zhang") }), vec![]).await.unwrap();
    assert_eq!(store.user_by_identity(&zhang).await.unwrap(), None);
    store.administer(keep(UserRow { revision: 1, ..bound("li", &zhang) }), vec![]).await.unwrap();
    assert_eq!(store.user_by_identity(&zhang).await.unwrap().unwrap().login, "li");
}

pub(crate) async fn a_session_is_used_confirmed_and_ended_by_its_owner(store: Kept) {
    for number in 1..=4 {
        let login = if number == 4 { "li" } else { "zhang" };
        store.administer(begin(session(login, number, i64::from(number))), vec![]).await.unwrap();
    }
    assert_eq!(store.user_session(&[1; 32]).await.unwrap(), Some(session("zhang", 1, 1)));
    let again = store
        .administer(begin(UserSessionRow { id: "other".to_owned(), ..session("li", 1, 0) }), vec![])
        .await;
    assert!(matches!(again, Err(StoreError::Conflict(_))), "{again:?}");
    store.touch_user_session(&[1; 32], at(30)).await.unwrap();
    store.touch_user_session(&[1; 32], at(20)).await.unwrap();
    store.touch_user_session(&[9; 32], at(20)).await.unwrap();
    let confirm = |minute| vec![Change::SessionConfirmed { sha256: vec![1; 32], at: at(minute) }];
    store.administer(confirm(31), vec![]).await.unwrap();
    store.administer(confirm(29), vec![]).await.unwrap();
    let used = UserSessionRow { last_seen_at: at(30), authenticated_at: at(31), ..session("zhang", 1, 1) };
    assert_eq!(store.user_session(&[1; 32]).await.unwrap(), Some(used));
    assert_eq!(ids(&*store, "zhang").await, ["s1", "s3", "s2"]);
    let end = |login: &str, id: &str| vec![Change::SessionEnd { login: login.to_owned(), id: id.to_owned() }];
    store.administer(end("li", "s3"), vec![]).await.unwrap();
    assert_eq!(ids(&*store, "zhang").await, ["s1", "s3", "s2"], "nobody ends another's");
    store.administer(end("zhang", "s3"), vec![]).await.unwrap();
    assert_eq!(store.user_session(&[3; 32]).await.unwrap(), None);
    let end_but = |but: Option<&str>| {
        vec![Change::SessionsEnd { login: "zhang".to_owned(), but: but.map(str::to_owned) }]
    };
    store.administer(end_but(Some("s2")), vec![]).await.unwrap();
    assert_eq!(ids(&*store, "zhang").await, ["s2"]);
    store.administer(end_but(None), vec![]).await.unwrap();
    assert_eq!((ids(&*store, "zhang").await.len(), ids(&*store, "li").await.len()), (0, 1));
}

pub(crate) async fn of_too_many_sessions_those_longest_unused_end(store: Kept) {
    let max = u8::try_from(SESSIONS_PER_USER_MAX).unwrap();
    for number in 0..max {
        store.administer(begin(session("zhang", number, i64::from(number))), vec![]).await.unwrap();
    }
    store.administer(begin(session("li", 200, 0)), vec![]).await.unwrap();
    store.touch_user_session(&[0; 32], at(100)).await.unwrap();
    // By a clock that is behind all others: it is begun all the same.
    store.administer(begin(session("zhang", 100, -5)), vec![]).await.unwrap();
    let kept = ids(&*store, "zhang").await;
    assert_eq!(kept.len(), SESSIONS_PER_USER_MAX);
    assert!(kept.contains(&"s0".to_owned()) && kept.contains(&"s100".to_owned()), "{kept:?}");
    assert!(!kept.contains(&"s1".to_owned()), "{kept:?}");
    assert_eq!(ids(&*store, "li").await, ["s200"]);
}

pub(crate) async fn expired_and_unused_sessions_are_purged(store: Kept) {
    for (number, minute) in [(1, 0), (2, 100), (3, 200)] {
        store.administer(begin(session("zhang", number, minute)), vec![]).await.unwrap();
    }
    store.touch_user_session(&[1; 32], at(300)).await.unwrap();
    // The first expired at minute 600, the second was last used at minute 100.
    assert_eq!(store.purge_user_sessions(at(600), at(100)).await.unwrap(), 0);
    assert_eq!(store.purge_user_sessions(at(601), at(101)).await.unwrap(), 2);
    assert_eq!(ids(&*store, "zhang").await, ["s3"]);
}

const POLICY: LockoutPolicy = LockoutPolicy {
    failures_max: 3,
    window: SignedDuration::from_mins(10),
    lock: SignedDuration::from_mins(30),
};

fn count(failures: u32, locked_until: Option<i64>) -> FailureCount {
    FailureCount { failures, locked_until: locked_until.map(at) }
}

pub(crate) async fn failures_in_a_row_lock_and_a_lock_ends(store: Kept) {
    let fail = async |minute| store.count_failure("zhang", at(minute), POLICY).await.unwrap();
    assert_eq!(store.failures("zhang").await.unwrap(), FailureCount::default());
    assert_eq!(fail(0).await, count(1, None));
    assert_eq!(fail(10).await, count(2, None));
    // Too far apart to be in a row.
    assert_eq!(fail(21).await, count(1, None));
    assert_eq!(fail(22).await, count(2, None));
    assert_eq!(fail(23).await, count(3, Some(53)));
    // While locked: counted, and neither lengthened nor ended by the pause.
    assert_eq!(fail(40).await, count(4, Some(53)));
    assert_eq!(fail(52).await, count(5, Some(53)));
    assert_eq!(store.failures("zhang").await.unwrap(), count(5, Some(53)));
    assert_eq!(store.failures("li").await.unwrap(), FailureCount::default());
    assert_eq!(fail(53).await, count(1, None), "after the lock a new row begins");
    // By a clock that is behind: in the row, and the last failure stays the last.
    assert_eq!(fail(50).await, count(2, None));
    store.clear_failures("zhang").await.unwrap();
    assert_eq!(store.failures("zhang").await.unwrap(), FailureCount::default());
    assert_eq!(fail(54).await, count(1, None));
    store.administer(vec![Change::FailuresClear("zhang".to_owned())], vec![]).await.unwrap();
    assert_eq!(store.failures("zhang").await.unwrap(), FailureCount::default());
    let long = store.count_failure(&"长".repeat(1_000), at(0), POLICY).await;
    assert!(matches!(long, Err(StoreError::Conflict(_))), "{long:?}");
}

pub(crate) async fn failures_counted_at_once_are_all_counted(store: Kept) {
    let mut counting = JoinSet::new();
    for _ in 0..20 {
        let store = Arc::clone(&store);
        counting
            .spawn(async move { store.count_failure("192.0.2.7\0", at(0), POLICY).await.unwrap().failures });
    }
    let mut counts = counting.join_all().await;
    counts.sort_unstable();
    assert_eq!(counts, (1..=20).collect::<Vec<_>>());
    assert_eq!(store.failures("192.0.2.7\0").await.unwrap(), count(20, Some(30)));
}

pub(crate) async fn counts_that_are_over_are_purged_and_locks_are_not(store: Kept) {
    store.count_failure("once", at(0), POLICY).await.unwrap();
    for _ in 0..3 {
        store.count_failure("locked", at(0), POLICY).await.unwrap();
    }
    assert_eq!(store.purge_failures(at(0)).await.unwrap(), 0);
    assert_eq!(store.purge_failures(at(30)).await.unwrap(), 1);
    assert_eq!(store.failures("locked").await.unwrap(), count(3, Some(30)));
    assert_eq!(store.purge_failures(at(31)).await.unwrap(), 1);
}
