//! A city moves from engine to engine and is the same city.

mod archive;
mod backup;
mod migration;
mod people;
mod rows;
mod supervision;

use bowei_store::photos::NewPicture;
use bowei_store::sqlite::{Options, SqliteEnd};
use bowei_store::transfer::{NoProgress, Rows, TableCopy, compare};
use bowei_store::{SqliteStore, Store};
use std::path::Path;

/// The embedded store in `dir`.
fn embedded(dir: &Path) -> SqliteStore {
    SqliteStore::open(dir, Options::default()).unwrap()
}

/// What a copy replaced, by table.
fn replaced(tables: &[TableCopy]) -> Vec<(&'static str, u64)> {
    let replaced = tables.iter().filter(|table| table.replaced_units > 0);
    replaced.map(|table| (table.table, table.replaced_units)).collect()
}

/// What two ends differ in.
async fn differences(one: &dyn Rows, other: &dyn Rows) -> Vec<String> {
    compare(one, other, &NoProgress).await.unwrap()
}

/// The moment of an embedded store, everything handed over before included.
async fn moment(store: &dyn Store, dir: &Path) -> SqliteEnd {
    store.flush().await.unwrap();
    SqliteEnd::moment(dir).unwrap()
}

/// A picture with the digest that it should have.
fn picture(content: &str) -> NewPicture {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, content.as_bytes());
    let sha256 = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    NewPicture { sha256, bytes: content.to_owned().into() }
}
