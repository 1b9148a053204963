//! Old entries of the audit, put away: the chain goes on through the files, whenever whoever does it is cut off.

use super::people::entry;
use super::speech::at;
use bowei_store::{
    ArchivedAudit, AuditArchive, AuditFault, AuditHead, Change, NewAuditEntry, Store, StoreError,
    VerifiedAudit, archive_audit, verify_audit, verify_audit_across, verify_audit_archive,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;

type Kept = Arc<dyn Store>;

const YEAR: i64 = 365 * 24 * 60;

/// So many entries, a minute each, from the beginning and from a year later.
async fn filled(store: &dyn Store, old: i64, new: i64) {
    let of = |minute: i64| NewAuditEntry {
        at: at(minute),
        after: "{\"事由\":\"核对 🚗 \\\"号牌\\\"\"}".to_owned(),
        ..entry("plate.search", "lot:L1")
    };
    let minutes = (0..old).chain((0..new).map(|minute| YEAR + minute));
    let entries: Vec<_> = minutes.map(of).collect();
    for some in entries.chunks(700) {
        store.administer(vec![], some.to_vec()).await.unwrap();
    }
}

async fn put_away(store: &dyn Store, folder: &Path, minute: i64) -> bowei_store::Result<ArchivedAudit> {
    let (now, user) = (at(YEAR + 60), "li".to_owned());
    archive_audit(store, AuditArchive { before: at(minute), folder, now, user }).await
}

async fn across(store: &dyn Store, folder: &Path) -> VerifiedAudit {
    verify_audit_across(&[folder.to_owned()], store, &[]).await.unwrap()
}

pub(crate) async fn the_chain_goes_on_through_what_was_put_away(store: Kept) {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    filled(&*store, 1_500, 5).await;
    let before = store.audit_head().await.unwrap();
    let too_young = put_away(&*store, folder, YEAR - 60).await;
    assert!(
        matches!(&too_young, Err(StoreError::Conflict(why)) if why.contains("six months")),
        "{too_young:?}"
    );
    let done = put_away(&*store, folder, 1_000).await.unwrap();
    assert_eq!((done.files.len(), done.entries, done.removed), (1, 1_000, 1_000));
    // The store goes on after them, and the archive has what went.
    let kept = store.audit_after(0, 1_000).await.unwrap();
    assert_eq!((kept.first().unwrap().seq, kept.len()), (1_001, 506));
    let last = kept.last().unwrap();
    assert_eq!((last.entry.action.as_str(), last.entry.object.as_str()), ("audit.archive", "audit:1-1000"));
    assert!(last.entry.after.contains(&store.audit_anchor().await.unwrap().to_string()));
    for verified in [across(&*store, folder).await, verify_audit(&*store, &[before]).await.unwrap()] {
        assert_eq!((verified.fault, verified.head), (None, store.audit_head().await.unwrap()));
    }
    // Once more, and further: a second file goes on from the first.
    assert_eq!(put_away(&*store, folder, 1_000).await.unwrap().entries, 0);
    let done = put_away(&*store, folder, YEAR / 2 - 3 * 24 * 60).await.unwrap();
    assert_eq!((done.entries, done.removed), (500, 500));
    let verified = across(&*store, folder).await;
    assert_eq!((verified.fault, verified.anchor), (None, AuditHead::EMPTY));
    // Appended to, it goes on.
    filled(&*store, 0, 3).await;
    assert_eq!(across(&*store, folder).await.fault, None);
    let elsewhere = tempfile::tempdir().unwrap();
    assert_eq!(
        across(&*store, elsewhere.path()).await.fault,
        Some(AuditFault::Missing { seq: 1, next: 1_501 })
    );
}

pub(crate) async fn whoever_is_cut_off_goes_on_where_he_was(store: Kept) {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    filled(&*store, 1_300, 2).await;
    // While the file was written.
    std::fs::write(folder.join("audit-000000000001.1.unfinished"), "{\"format\":").unwrap();
    // Once it was there, and the store did not know.
    let other = tempfile::tempdir().unwrap();
    let anchor = store.audit_anchor().await.unwrap();
    let file = {
        let refused = AuditArchive {
            before: at(1_200),
            folder: other.path(),
            now: at(YEAR + 60),
            user: "li\0".repeat(200),
        };
        // An entry that is beyond its bounds: the file is written, and what comes after fails.
        assert!(archive_audit(&*store, refused).await.is_err());
        std::fs::read_dir(other.path()).unwrap().next().unwrap().unwrap().path()
    };
    assert_eq!(store.audit_anchor().await.unwrap(), anchor);
    std::fs::copy(&file, folder.join(file.file_name().unwrap())).unwrap();
    assert_eq!(across(&*store, folder).await.fault, None, "both have them");
    // Once the store knew, and the rows were there still.
    let verified = verify_audit_archive(&[folder.to_owned()], &[]).await.unwrap();
    assert_eq!((verified.head.seq, verified.fault), (1_200, None));
    let moved = Change::AuditArchived { anchor, upto: verified.head };
    store.administer(vec![moved.clone()], vec![entry("audit.archive", "audit:1-1200")]).await.unwrap();
    assert!(matches!(store.administer(vec![moved], vec![]).await, Err(StoreError::Conflict(_))), "twice");
    assert_eq!(store.forget_archived_audit().await.unwrap(), 1_000);
    assert_eq!(across(&*store, folder).await.fault, None);
    let done = put_away(&*store, folder, 1_250).await.unwrap();
    assert_eq!((done.entries, done.removed), (50, 250));
    assert_eq!(across(&*store, folder).await.fault, None);
    assert_eq!(store.audit_after(0, 10).await.unwrap().first().unwrap().seq, 1_251);
}

pub(crate) async fn what_is_appended_meanwhile_is_neither_lost_nor_forked(store: Kept) {
    let folder = tempfile::tempdir().unwrap();
    filled(&*store, 2_000, 0).await;
    let appending = {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            for number in 0..100 {
                store.administer(vec![], vec![entry("lot.change", &format!("lot:{number}"))]).await.unwrap();
            }
        })
    };
    for minute in [500, 900, 1_600] {
        put_away(&*store, folder.path(), minute).await.unwrap();
        assert_eq!(verify_audit(&*store, &[]).await.unwrap().fault, None);
    }
    appending.await.unwrap();
    let verified = across(&*store, folder.path()).await;
    assert_eq!((verified.fault, verified.head.seq), (None, 2_103));
}

pub(crate) async fn what_is_done_to_an_archive_shows(store: Kept) {
    let folder = tempfile::tempdir().unwrap();
    filled(&*store, 20, 2).await;
    put_away(&*store, folder.path(), 10).await.unwrap();
    put_away(&*store, folder.path(), 20).await.unwrap();
    let file = folder.path().join("audit-000000000001-000000000010.jsonl");
    let second = folder.path().join("audit-000000000011-000000000020.jsonl");
    let whole = std::fs::read_to_string(&file).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    assert_eq!(lines.len(), 12);
    let joined = |lines: &[&str]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    let swapped = {
        let mut lines = lines.clone();
        lines.swap(4, 5);
        joined(&lines)
    };
    let deleted = {
        let mut lines = lines.clone();
        lines.remove(7);
        joined(&lines)
    };
    let cut = joined(&lines[..9]);
    let without_end = joined(&lines[..11]);
    let shortened = format!("{}{}\n", joined(&lines[..10]), lines[11]);
    let byte = whole.replacen("\"seq\":6,", "\"seq\":6, ", 1);
    let word = {
        let mut lines = lines.clone();
        let changed = lines[3].replace("plate.search", "plate.reveal");
        lines[3] = &changed;
        joined(&lines)
    };
    for (text, seq) in [
        (swapped, 4),
        (deleted, 7),
        (cut, 9),
        (without_end, 11),
        (shortened, 10),
        (byte, 6),
        (word, 3),
        (String::new(), 1),
    ] {
        std::fs::write(&file, &text).unwrap();
        let fault = across(&*store, folder.path()).await.fault;
        assert_eq!(fault.as_ref().map(AuditFault::seq), Some(seq), "{fault:?} {text}");
    }
    // Each byte of an entry.
    let line = whole.find("\"seq\":5,").unwrap();
    for place in (line..line + 60).step_by(7) {
        let mut bytes = whole.clone().into_bytes();
        bytes[place] ^= 1;
        std::fs::write(&file, bytes).unwrap();
        let fault = across(&*store, folder.path()).await.fault;
        assert!(fault.is_some_and(|fault| (5..=6).contains(&fault.seq())), "{place}");
    }
    std::fs::write(&file, &whole).unwrap();
    assert_eq!(across(&*store, folder.path()).await.fault, None);
    let aside = folder.path().join("aside");
    let without = |gone: PathBuf| {
        let aside = aside.clone();
        let store = Arc::clone(&store);
        let folder = folder.path().to_owned();
        async move {
            std::fs::rename(&gone, &aside).unwrap();
            let fault = across(&*store, &folder).await.fault;
            std::fs::rename(&aside, &gone).unwrap();
            fault.map(|fault| fault.seq())
        }
    };
    assert_eq!((without(file).await, without(second).await), (Some(1), Some(11)));
    // An end that was noted before it was put away still shows.
    let noted = AuditHead { seq: 7, hash: [1; 32] };
    let rewritten = verify_audit_across(&[folder.path().to_owned()], &*store, &[noted]).await.unwrap();
    assert_eq!(rewritten.fault, Some(AuditFault::OtherHead { seq: 7 }));
}
