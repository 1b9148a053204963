//! `bowei audit archive`, as an operator meets it.

use crate::support;

use bowei_platform::open_embedded;
use bowei_store::NewAuditEntry;
use jiff::{SignedDuration, Timestamp};
use support::{bowei_on, printed};

#[tokio::test(flavor = "multi_thread")]
async fn old_entries_are_put_away_and_the_chain_is_walked_across() {
    let folder = tempfile::tempdir().unwrap();
    let (data, archive) = (folder.path().join("data"), folder.path().join("archive"));
    std::fs::create_dir(&data).unwrap();
    let now = Timestamp::now();
    let days_ago = |days: i64| now - SignedDuration::from_hours(24 * days);
    {
        let (store, _) = open_embedded(&data).unwrap();
        let entry = |days: i64| NewAuditEntry {
            at: days_ago(days),
            user: "li".to_owned(),
            source: "192.0.2.7".to_owned(),
            action: "plate.search".to_owned(),
            object: "lot:L1".to_owned(),
            ok: true,
            before: String::new(),
            after: String::new(),
        };
        store.administer(vec![], (0..30).map(|number| entry(400 - number * 10)).collect()).await.unwrap();
    }
    let day = |days: i64| bowei_model::moment::to_wall(days_ago(days)).date().to_string();
    let archived = |before: &str| {
        let mut command = bowei_on(&data);
        command.args(["audit", "archive", "--before", before, "--to"]).arg(&archive);
        command
    };
    for (before, words) in [(day(100), "six months"), ("2026-13-01".to_owned(), "YYYY-MM-DD")] {
        let refused = archived(&before).output().unwrap();
        assert!(!refused.status.success());
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(said.contains(words), "{said}");
    }
    assert!(printed(&mut archived(&day(500))).contains("0 entries are put away"));
    assert!(!archive.exists(), "nothing was old enough");
    let said = printed(&mut archived(&day(300)));
    assert!(said.contains("entries are put away") && said.contains("audit-000000000001-"), "{said}");
    assert!(printed(&mut archived(&day(300))).contains("0 entries are put away"));
    let verify = || {
        let mut command = bowei_on(&data);
        command.args(["audit", "verify"]);
        command
    };
    let said = printed(&mut verify());
    assert!(said.contains("the chain holds") && said.contains("are put away"), "{said}");
    let said = printed(verify().arg("--archive").arg(&archive));
    assert!(said.contains("the chain holds: 31 entries"), "{said}");
    let file = std::fs::read_dir(&archive).unwrap().next().unwrap().unwrap().path();
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replacen("\"user\":\"li\"", "\"user\":\"lj\"", 1)).unwrap();
    let broken = verify().arg("--archive").arg(&archive).output().unwrap();
    assert_eq!(broken.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&broken.stdout).trim(), "1");
}
