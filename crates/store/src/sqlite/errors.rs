//! SQLite's errors in the contract's words.

use crate::StoreError;
use rusqlite::ErrorCode;

impl StoreError {
    /// What an error of SQLite means to the platform.
    pub(crate) fn from_sqlite(error: &rusqlite::Error) -> Self {
        use rusqlite::Error as E;
        match error {
            E::SqliteFailure(cause, _) => Self::of_code(cause.code, error),
            E::FromSqlConversionFailure(..)
            | E::IntegralValueOutOfRange(..)
            | E::InvalidColumnType(..)
            | E::Utf8Error(..) => Self::Unreadable(error.to_string()),
            other => Self::Unreadable(format!("{other}; this is a fault of Bowei's, please report it")),
        }
    }

    fn of_code(code: ErrorCode, error: &rusqlite::Error) -> Self {
        match code {
            ErrorCode::DiskFull => {
                Self::Unavailable(format!("{error}: free some space on the data directory's disk"))
            }
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Unavailable(format!(
                "{error}: another process holds the database; let it finish, or stop it"
            )),
            ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen => Self::Unavailable(
                format!("{error}: see that the data directory exists and that Bowei's user may write to it"),
            ),
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => {
                Self::Unreadable(format!("{error}: stop Bowei and restore the database from a copy"))
            }
            ErrorCode::ConstraintViolation | ErrorCode::TooBig | ErrorCode::TypeMismatch => {
                Self::Conflict(error.to_string())
            }
            _ => Self::Unavailable(format!(
                "{error}: look at the data directory's disk and at the system's log"
            )),
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::from_sqlite(&error)
    }
}
