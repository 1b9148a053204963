//! PostgreSQL's errors in the contract's words.

use crate::StoreError;
use deadpool_postgres::PoolError;
use deadpool_postgres::TimeoutType;
use tokio_postgres::error::SqlState;

/// What an error of PostgreSQL means to the platform.
#[expect(clippy::needless_pass_by_value, reason = "so that it can be named in map_err")]
pub(super) fn refused(error: tokio_postgres::Error) -> StoreError {
    let Some(reported) = error.as_db_error() else {
        // Not the server's words: the connection broke, or a value is not what its column is.
        return if error.is_closed()
            || std::error::Error::source(&error).is_some_and(|why| why.is::<std::io::Error>())
        {
            StoreError::Unavailable(format!("the connection to the database broke: {error}"))
        } else {
            StoreError::Unreadable(format!(
                "{}; this is a fault of Bowei's, please report it",
                in_full(&error)
            ))
        };
    };
    let words = match reported.detail() {
        Some(detail) => format!("{} ({detail})", reported.message()),
        None => reported.message().to_owned(),
    };
    let code = reported.code();
    if again(code) {
        return StoreError::Contended(words);
    }
    match code.code().get(..2).unwrap_or_default() {
        // Values that the database cannot hold.
        "22" | "23" | "54" => StoreError::Conflict(words),
        "53" if *code == SqlState::DISK_FULL => {
            StoreError::Unavailable(format!("{words}: free some space on the database's disk"))
        }
        "25" if *code == SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT => StoreError::Unavailable(format!(
            "{words}: this node was too slow, or cut off, in the middle of a batch"
        )),
        "08" | "53" | "57" | "58" => StoreError::Unavailable(words),
        "25" => StoreError::Unavailable(format!(
            "{words}: does the address lead to a standby? Name the primary, or add target_session_attrs=read-write"
        )),
        "28" | "3D" => {
            StoreError::Unavailable(format!("{words}: look at the user, password and name in --database"))
        }
        "55" => StoreError::Unavailable(format!("{words}: something holds a lock for too long")),
        "42" => StoreError::Unreadable(format!(
            "{words}: is this a database of Bowei's, and may its user do this? Name another with --database"
        )),
        _ => StoreError::Unavailable(format!("{words} ({})", code.code())),
    }
}

/// Whether what failed is to be done once more: somebody else did the like at the same moment.
fn again(code: &SqlState) -> bool {
    [
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::UNIQUE_VIOLATION,
        SqlState::DUPLICATE_TABLE,
        SqlState::DUPLICATE_OBJECT,
    ]
    .contains(code)
}

/// What it means that no connection could be had.
pub(super) fn no_connection(error: PoolError) -> StoreError {
    match error {
        PoolError::Timeout(TimeoutType::Wait) => {
            StoreError::Unavailable("every connection to the database is in use".to_owned())
        }
        PoolError::Timeout(_) => StoreError::Unavailable(
            "the database does not answer: is it running, and does --database name its address?".to_owned(),
        ),
        PoolError::Backend(error) if error.as_db_error().is_some() => refused(error),
        PoolError::Backend(error) => {
            let why = in_full(&error);
            let hint = if why.contains("does not support TLS") {
                "beyond this machine TLS is asked for: set ssl = on at the server, or reach it by its socket or over \
                 loopback"
            } else {
                "is it running, and does --database name its address?"
            };
            StoreError::Unavailable(format!("the database cannot be reached: {why}; {hint}"))
        }
        PoolError::Closed => StoreError::Unavailable("the store is closed: Bowei is stopping".to_owned()),
        other => StoreError::Unavailable(format!("no connection to the database: {other}")),
    }
}

/// An error with what caused it.
fn in_full(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(why) = cause {
        words = format!("{words}: {why}");
        cause = why.source();
    }
    words
}
