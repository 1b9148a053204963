//! The engines under a test: the embedded ones or, with `BOWEI_TEST_ENGINE=postgres`, a real PostgreSQL and a real S3.
//! `make test` runs every test of the platform both ways.

use bowei_platform::{Config, stores};
use bowei_store::Store;
use bowei_test_servers::{Postgres, S3};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Has the configuration name the engines asked for.
pub fn choose(config: &mut Config) {
    match std::env::var("BOWEI_TEST_ENGINE").as_deref() {
        Err(_) | Ok("sqlite") => {}
        Ok("postgres") => shared(config),
        Ok(other) => panic!("BOWEI_TEST_ENGINE is {other}: sqlite or postgres is expected"),
    }
}

/// The records alone, on the engine asked for.
pub async fn store(data: &Path) -> Arc<dyn Store> {
    let mut config = Config::default();
    choose(&mut config);
    stores::open_store(data, config.store.database.as_deref()).await.unwrap()
}

/// Has the configuration name a database and a place in a bucket of its own.
pub fn shared(config: &mut Config) {
    static PREFIXES: AtomicU32 = AtomicU32::new(0);
    config.store.database = Some(Postgres::shared().create_database());
    let s3 = S3::shared();
    let prefix = PREFIXES.fetch_add(1, Ordering::Relaxed);
    config.photos.url = Some(format!("s3://{}/{prefix}", s3.bucket()));
    config.photos.endpoint = Some(s3.endpoint());
    config.photos.path_style = true;
    config.photos.access_key = Some(s3.access_key().to_owned());
    config.photos.secret_key = Some(s3.secret_key().to_owned());
}
