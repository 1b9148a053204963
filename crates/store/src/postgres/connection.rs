//! Connections: how the database is reached, which settings a session has, and why.

use super::errors::{no_connection, refused};
use super::schema;
use crate::{Result, StoreError};
use deadpool_postgres::{
    Client, Hook, HookError, Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime,
};
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;
use std::time::Duration;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

/// How long reaching the database may take: a fifth of an answer's time limit, so that there is time left for another
/// try.
const CONNECTING_TIMEOUT: Duration = Duration::from_secs(2);

/// How long bytes may stay unacknowledged before the connection counts as broken: a network that is cut says nothing.
const SILENCE_MAX: Duration = Duration::from_secs(5);

/// What a session asks of the server, in words that it takes at the connection's start.
///
/// Some are about a node that vanishes from the network in the middle of a transaction: the server must let its locks go
/// well before others stop waiting for them. Working out a batch, which is all that a transaction of ours pauses for,
/// takes milliseconds. `synchronous_commit` is never weaker than a commit that survives the
/// server's crash, whatever the server's own default is.
const EVERY_SESSION: &str = "
    SET statement_timeout = '8s';
    SET lock_timeout = '4s';
    SET idle_in_transaction_session_timeout = '2s';
    SET tcp_keepalives_idle = 3;
    SET tcp_keepalives_interval = 1;
    SET tcp_keepalives_count = 3;
    SET tcp_user_timeout = '5s';
    SET jit = off;
    SET client_min_messages = warning;
    SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off';
";

/// What a session that writes batches asks besides: a statement keeps its plan whatever values it is run with, and the
/// plan goes by the keys from the first row on, not only once there are statistics that say so.
const WRITING_SESSION: &str = "
    SET plan_cache_mode = force_generic_plan;
    SET enable_seqscan = off;
    SET enable_hashjoin = off;
    SET enable_mergejoin = off;
";

/// What a session that moves a city asks besides: a table is read in one go, however long that takes, and what is read
/// may have to wait until it is written elsewhere.
const MOVING_SESSION: &str = "
    SET statement_timeout = 0;
    SET lock_timeout = '10s';
    SET idle_in_transaction_session_timeout = 0;
    SET tcp_user_timeout = '5min';
    SET application_name = 'bowei transfer';
";

/// How long bytes may stay unacknowledged while a city is moved: whoever reads may be waiting for a disk.
const MOVING_SILENCE_MAX: Duration = Duration::from_secs(300);

/// What a session is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum For {
    /// Batches of deliveries.
    Batches,
    /// Questions, and changes by hand or by the minute.
    Questions,
    /// Rows by the million, into another store or out of one.
    Transfers,
}

/// How to reach a database.
#[derive(Clone)]
pub(super) struct Address {
    config: Config,
    tls: MakeRustlsConnect,
    /// Where it leads, without the password: for messages.
    pub(super) shown: String,
}

impl Address {
    /// Reads `postgres://user:password@host:port/name?sslmode=…`.
    pub(super) fn read(url: &str) -> Result<Self> {
        let mut config: Config = url.parse().map_err(|error| {
            StoreError::Conflict(format!(
                "the database's address cannot be read ({error}): write it as postgres://USER:PASSWORD@HOST:PORT/NAME"
            ))
        })?;
        config
            .application_name("bowei")
            .connect_timeout(CONNECTING_TIMEOUT)
            .tcp_user_timeout(SILENCE_MAX)
            .keepalives(true)
            .keepalives_idle(Duration::from_secs(3))
            .keepalives_interval(Duration::from_secs(1))
            .keepalives_retries(3);
        let host = |host: &Host| match host {
            Host::Tcp(name) => name.clone(),
            Host::Unix(folder) => folder.display().to_string(),
        };
        encrypted(&mut config)?;
        let hosts: Vec<_> = config.get_hosts().iter().map(host).collect();
        let name = config.get_dbname().unwrap_or("postgres");
        let shown = format!("the database {name} on {}", hosts.join(", "));
        Ok(Self { tls: tls()?, config, shown })
    }

    /// A pool of at most `connections`, to wait for `timeout` for.
    pub(super) fn pool(&self, what: For, connections: usize, timeout: Duration) -> Result<Pool> {
        let mut config = self.config.clone();
        if what == For::Transfers {
            config.tcp_user_timeout(MOVING_SILENCE_MAX);
        }
        let manager = Manager::from_config(
            config,
            self.tls.clone(),
            ManagerConfig { recycling_method: RecyclingMethod::Fast },
        );
        Pool::builder(manager)
            .max_size(connections.max(1))
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(timeout))
            .create_timeout(Some(CONNECTING_TIMEOUT))
            .recycle_timeout(Some(CONNECTING_TIMEOUT))
            .post_create(Hook::async_fn(move |client, _| {
                Box::pin(async move {
                    client.batch_execute(EVERY_SESSION).await.map_err(HookError::Backend)?;
                    match what {
                        For::Batches => client.batch_execute(WRITING_SESSION).await,
                        For::Transfers => client.batch_execute(MOVING_SESSION).await,
                        For::Questions => Ok(()),
                    }
                    .map_err(HookError::Backend)
                })
            }))
            .build()
            .map_err(|error| StoreError::Unavailable(format!("no pool of connections: {error}")))
    }
}

/// Has what leaves this machine be encrypted. `prefer`, which is what an address without a word has, hands the password to
/// whatever server says that it has no TLS; beyond this machine it is therefore taken for `require`.
fn encrypted(config: &mut Config) -> Result<()> {
    let named = config.get_hosts().iter().map(|host| match host {
        Host::Tcp(name) => is_here(name),
        Host::Unix(_) => true,
    });
    // Where both are given, the address is what is connected to and the name only what is verified.
    let numbered = config.get_hostaddrs();
    let here = match numbered {
        [] => named.into_iter().all(|here| here),
        numbered => numbered.iter().all(std::net::IpAddr::is_loopback),
    };
    match config.get_ssl_mode() {
        _ if here => {}
        SslMode::Prefer => {
            config.ssl_mode(SslMode::Require);
        }
        SslMode::Disable if config.get_password().is_some() => {
            return Err(StoreError::Conflict(
                "the database's address has a password, names another machine and says sslmode=disable: the password \
                 would cross the network in the clear. Say sslmode=require, which needs TLS at the server; or reach the \
                 database by its socket or over loopback; or leave the password out"
                    .to_owned(),
            ));
        }
        _ => {}
    }
    Ok(())
}

/// Whether a host's name leads to this machine, whoever answers for names.
fn is_here(name: &str) -> bool {
    name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The system's own certificates say whom to trust; whether TLS is used at all the address says (`sslmode`).
fn tls() -> Result<MakeRustlsConnect> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| StoreError::Unavailable(format!("TLS cannot be used: {error}")))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

/// Brings the schema up to date, and looks at settings that would break what the store promises.
pub(super) async fn prepare(pool: &Pool) -> Result<()> {
    let mut client = pool.get().await.map_err(no_connection)?;
    schema::migrate(&mut client).await?;
    let row = client.query_one("SELECT current_setting('fsync')", &[]).await.map_err(refused)?;
    if row.get::<_, &str>(0) == "off" {
        tracing::warn!("the database runs with fsync=off: a power cut can lose what was acknowledged");
    }
    Ok(())
}

/// A connection that is given back to its pool only when nothing is left half done on it: whoever asked may stop
/// waiting at any moment, and a broken connection must not be handed to the next.
pub(super) struct PooledClient {
    client: Option<Client>,
    clean: bool,
}

impl PooledClient {
    /// Takes a connection out of a pool.
    pub(super) async fn from(pool: &Pool) -> Result<Self> {
        Ok(Self { client: Some(pool.get().await.map_err(no_connection)?), clean: false })
    }

    /// The connection.
    pub(super) fn client(&self) -> Result<&Client> {
        self.client.as_ref().ok_or_else(|| StoreError::Unavailable("the connection is gone".to_owned()))
    }

    /// The connection, for a transaction.
    pub(super) fn client_mut(&mut self) -> Result<&mut Client> {
        self.client.as_mut().ok_or_else(|| StoreError::Unavailable("the connection is gone".to_owned()))
    }

    /// Says that nothing is left half done.
    pub(super) fn done(mut self) {
        self.clean = true;
    }
}

impl Drop for PooledClient {
    fn drop(&mut self) {
        if !self.clean
            && let Some(client) = self.client.take()
        {
            drop(Object::take(client));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leaves_the_machine_is_encrypted() {
        for (address, mode) in [
            ("postgres://bowei:x@db.internal/bowei", SslMode::Require),
            ("postgres://bowei:x@db.internal/bowei?sslmode=prefer", SslMode::Require),
            ("postgres://bowei:x@localhost,10.0.0.7/bowei", SslMode::Require),
            ("postgres://bowei@localhost/bowei?hostaddr=10.0.0.7", SslMode::Require),
            ("postgres://bowei:x@localhost.example/bowei", SslMode::Require),
            ("host=db.internal user=bowei password=x", SslMode::Require),
            ("postgres://bowei@db.internal/bowei?sslmode=disable", SslMode::Disable),
            ("postgres://bowei:x@127.0.0.1,[::1],localhost/bowei", SslMode::Prefer),
            ("postgres://bowei:x@%2Fvar%2Frun%2Fpostgresql/bowei", SslMode::Prefer),
            ("postgres://bowei:x@localhost/bowei?sslmode=disable", SslMode::Disable),
            ("postgres://bowei:x@localhost/bowei?sslmode=require", SslMode::Require),
        ] {
            let read = Address::read(address).unwrap();
            assert_eq!(read.config.get_ssl_mode(), mode, "{address}");
        }
    }

    #[test]
    fn no_password_crosses_a_network_in_the_clear() {
        for address in [
            "postgres://bowei:geheim@db.internal/bowei?sslmode=disable",
            "postgres://bowei:geheim@localhost,db.internal/bowei?sslmode=disable",
            "host=localhost hostaddr=10.0.0.7 user=bowei password=geheim sslmode=disable",
        ] {
            let Err(StoreError::Conflict(words)) = Address::read(address).map(|_| ()) else {
                panic!("{address} is taken")
            };
            assert!(words.contains("sslmode=require") && !words.contains("geheim"), "{words}");
        }
    }
}
