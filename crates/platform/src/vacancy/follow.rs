//! Following what other nodes keep.
//!
//! The store is asked several times a second which lots were kept anew since, and then for those alone that have
//! another revision than is known here. Asking is chosen over being told (`LISTEN`/`NOTIFY`): a notification takes a
//! lock that every commit of the whole cluster then queues for, it is lost while a connection is being made anew, and
//! not every engine that speaks PostgreSQL has it. What is asked for is as much as was kept meanwhile, and nothing can
//! be missed.

use super::Vacancy;
use bowei_store::{Store, StoreError};
use std::sync::Arc;
use std::time::Duration;

/// The store is asked so often. With the asking itself, views of all nodes agree well within a second.
pub(crate) const EVERY: Duration = Duration::from_millis(300);

/// Lots asked for at once.
const AT_ONCE: usize = 1_000;

/// Catches up with what was kept since an earlier time's horizon, `None` for everything; the horizon for the next time.
pub(crate) async fn catch_up(
    store: &Arc<dyn Store>,
    vacancy: &Vacancy,
    since: Option<i64>,
) -> Result<Option<i64>, StoreError> {
    let revisions = store.lot_revisions(since).await?;
    for lots in vacancy.behind(&revisions.lots).chunks(AT_ONCE) {
        vacancy.apply(&store.lot_states_of(lots.to_vec()).await?);
    }
    vacancy.apply_last_seen(store.accounts_last_seen().await?);
    Ok(next_since(since, revisions.horizon))
}

/// A horizon that has gone back is another server's: next time everything is looked at.
fn next_since(since: Option<i64>, horizon: i64) -> Option<i64> {
    (since.unwrap_or(horizon) <= horizon).then_some(horizon)
}

#[cfg(test)]
mod tests {
    use super::next_since;

    #[test]
    fn a_horizon_that_goes_back_has_everything_looked_at_again() {
        assert_eq!(next_since(None, 7), Some(7));
        assert_eq!(next_since(Some(7), 7), Some(7));
        assert_eq!(next_since(Some(7), 9), Some(9));
        assert_eq!(next_since(Some(7), 3), None);
    }
}
