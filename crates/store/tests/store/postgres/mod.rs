//! The engine for many nodes: the whole contract on a real server, and what is its own.

mod days;
pub(crate) mod differential;
mod nodes;
mod people;
mod trouble;

use crate::suite::alike::{FORMER_MOMENTS, after_moments_are_kept, before_moments_were_kept};
use crate::suite::sentences::{FORMER_SENTENCE, after_the_release, before_the_release};
use crate::suite::{Fresh, cases};
use bowei_store::postgres::Options;
use bowei_store::{PostgresStore, Store};
use bowei_test_servers::Postgres;
use std::sync::Arc;
use tokio::sync::OnceCell;

struct Database(Arc<PostgresStore>);

impl Fresh for Database {
    fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.0) as Arc<dyn Store>
    }
}

/// The URL of a database of its own, which has the schema already.
pub(crate) async fn database() -> String {
    static TEMPLATE: OnceCell<String> = OnceCell::const_new();
    let template = TEMPLATE
        .get_or_init(|| async {
            let url = Postgres::shared().create_database();
            open(&url).await.close();
            url
        })
        .await;
    Postgres::shared().create_database_like(template)
}

pub(crate) async fn open(url: &str) -> PostgresStore {
    PostgresStore::open(url, Options::default()).await.unwrap()
}

async fn fresh() -> Database {
    Database(Arc::new(open(&database().await).await))
}

cases!(fresh);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sentence_that_a_release_changes_orphans_nothing() {
    let url = database().await;
    let store = open(&url).await;
    let ids = before_the_release(&store).await;
    // As the release before kept it, and a node of it still does: under its sentences, which are none of today's.
    let former = format!(
        "UPDATE findings SET detail = CASE WHEN facts IS NULL THEN detail ELSE {FORMER_SENTENCE} END,
           mark = substr(sha256(convert_to(subject || kind || detail || which, 'UTF8')), 1, 16),
           which = NULL, facts = NULL, opened_at = NULL"
    );
    Postgres::shared().sql(&url, &former);
    // As they are tallied when the tallies come into being.
    let tallied = "DELETE FROM finding_tallies;
         INSERT INTO finding_tallies
           SELECT lot, kind, cause, (coalesce(opened_at, at) + 28800000) / 3600000, count(*),
                  count(*) FILTER (WHERE resolved_at IS NULL)
           FROM findings GROUP BY 1, 2, 3, 4";
    Postgres::shared().sql(&url, tallied);
    after_the_release(&store, &ids).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_kept_before_moments_were_is_taken_along() {
    let url = database().await;
    before_moments_were_kept(&open(&url).await).await;
    for sql in [
        "ALTER TABLE passages DROP COLUMN number, DROP COLUMN since, DROP COLUMN until, DROP COLUMN earlier",
        "ALTER TABLE charging_records DROP COLUMN received_at",
        "DROP TABLE heard, finding_tallies, changed_findings, dirty_days, day_rates, month_rates, passage_hours, \
         declarations, cases",
        "ALTER TABLE findings RENAME TO findings_whole",
        "CREATE TABLE findings (LIKE findings_whole, PRIMARY KEY (lot, at, mark)) PARTITION BY RANGE (at)",
        "CREATE TABLE findings_other PARTITION OF findings DEFAULT",
        "CREATE TABLE findings_20260401 PARTITION OF findings FOR VALUES FROM (1774972800000) TO (1775059200000)",
        "INSERT INTO findings SELECT * FROM findings_whole",
        "DROP TABLE findings_whole",
        "ALTER TABLE findings DROP COLUMN cause, DROP COLUMN evaluated_day",
        "DROP TABLE exports, holds, plates_progress, audit_anchor, office_records, registry_history",
        "ALTER TABLE providers DROP COLUMN doc",
        "ALTER TABLE users DROP COLUMN identity",
        "ALTER TABLE user_sessions DROP COLUMN method",
        "DELETE FROM schema_migrations WHERE number >= 7",
        FORMER_MOMENTS,
    ] {
        Postgres::shared().sql(&url, sql);
    }
    after_moments_are_kept(&open(&url).await).await;
}
