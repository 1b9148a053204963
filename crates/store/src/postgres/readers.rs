//! Connections that read, beside those that write batches; and the few that change something else.

use super::connection::{Address, For, PooledClient};
use super::errors::refused;
use crate::{Result, StoreError};
use deadpool_postgres::{Client, Pool};
use std::future::Future;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Questions that may wait for a connection. They hold little; yet what waits behind this many is answered faster
/// when it is asked again later.
const WAITING_MAX: usize = 512;

/// How long a question waits for a connection.
const WAITING_TIMEOUT: Duration = Duration::from_secs(3);

/// How long an answer may take: with the waiting and the connecting before it, less than whoever asks waits.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// The pool.
pub(super) struct Readers {
    pool: Pool,
    waiting: Semaphore,
}

impl Readers {
    pub(super) fn new(address: &Address, connections: usize) -> Result<Self> {
        let pool = address.pool(For::Questions, connections, WAITING_TIMEOUT)?;
        Ok(Self { pool, waiting: Semaphore::new(WAITING_MAX) })
    }

    /// The pool, for whoever needs a connection for longer.
    pub(super) fn pool(&self) -> &Pool {
        &self.pool
    }

    /// A connection to ask on.
    pub(super) async fn session(&self) -> Result<PooledClient> {
        let _place =
            self.waiting.try_acquire().map_err(|_| StoreError::Overloaded { waiting: WAITING_MAX })?;
        PooledClient::from(&self.pool).await
    }

    /// Closes the pool: nothing more is answered.
    pub(super) fn close(&self) {
        self.pool.close();
    }
}

/// Waits for an answer, for no longer than [`ANSWER_TIMEOUT`].
pub(super) async fn in_time<T>(answer: impl Future<Output = Result<T>>) -> Result<T> {
    within(ANSWER_TIMEOUT, answer).await
}

/// Waits for an answer, for no longer than `timeout`.
pub(super) async fn within<T>(timeout: Duration, answer: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::time::timeout(timeout, answer).await.unwrap_or_else(|_| {
        Err(StoreError::Unavailable(format!(
            "the database did not answer within {} s: look at its load, and at the network in between",
            timeout.as_secs()
        )))
    })
}

/// Lets everything that is asked on `client` until [`leave_moment`] be answered from one moment of the database.
pub(super) async fn enter_moment(client: &Client) -> Result<()> {
    client.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await.map_err(refused)
}

/// Ends the moment.
pub(super) async fn leave_moment(client: &Client) -> Result<()> {
    client.batch_execute("COMMIT").await.map_err(refused)
}

/// Asks one question on a connection of its own; the connection goes back only if it was answered.
macro_rules! ask {
    ($readers:expr, $client:ident => $question:expr) => {{
        let session = $readers.session().await?;
        let answer = {
            let $client = session.client()?;
            $crate::postgres::readers::in_time($question).await?
        };
        session.done();
        Ok(answer)
    }};
}
pub(super) use ask;

/// The same, all of it at one moment of the database.
macro_rules! ask_of_a_moment {
    ($readers:expr, $client:ident => $question:expr) => {{
        $crate::postgres::readers::ask!($readers, $client => async {
            $crate::postgres::readers::enter_moment($client).await?;
            let answer = $question.await?;
            $crate::postgres::readers::leave_moment($client).await?;
            Ok(answer)
        })
    }};
}
pub(super) use ask_of_a_moment;
