//! What is done to the audit in the file itself.

use super::open;
use crate::suite::audit::what_is_done_to_it_shows;
use bowei_store::sqlite::DATABASE;

#[tokio::test]
async fn what_is_done_to_the_audit_shows() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let raw = rusqlite::Connection::open(dir.path().join(DATABASE)).unwrap();
    let sql = |sql: &str| raw.execute_batch(sql).unwrap();
    let bytes = |bytes: &[u8]| {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("x'{hex}'")
    };
    what_is_done_to_it_shows(&store, sql, bytes).await;
}
