//! What is found of businesses is found anew as the registry changes.

use super::{BUSINESSES_MAX, Business, Matcher};
use crate::jobs::{Job, Schedule, Words};
use crate::office::{self, Document as _, Kept};
use bowei_store::{Change, OfficeQuery, Store, StoreError};
use std::sync::Arc;

/// Businesses that are read together, and those that one transaction changes.
const READ_AT_ONCE: usize = 1_000;
pub(crate) const CHANGED_AT_ONCE: usize = 500;

/// The job. What people read meanwhile is as it was found last; what they change themselves is found at once.
pub(crate) fn job(store: Arc<dyn Store>) -> Job {
    Job::new("businesses", Schedule::Minutes(15), move |_| {
        let store = Arc::clone(&store);
        async move {
            let changed = refresh(store.as_ref()).await?;
            Ok(Words::when(
                changed > 0,
                format!("{changed} 家企业的接入情况有变化"),
                format!("{changed} businesses are found otherwise than before"),
            ))
        }
    })
}

/// Finds every business anew; how many are found otherwise.
pub(crate) async fn refresh(store: &dyn Store) -> Result<usize, StoreError> {
    let failed = |error: tokio::task::JoinError| StoreError::Unavailable(format!("matching: {error}"));
    if store.office_counts(Business::KIND, None).await?.is_empty() {
        return Ok(0);
    }
    let registered = store.registry().await?;
    let index = move || Matcher::new(&registered.providers, &registered.lots);
    let matcher = Arc::new(tokio::task::spawn_blocking(index).await.map_err(failed)?);
    let (mut cursor, mut changed) = (None, 0);
    for _ in 0..=BUSINESSES_MAX / READ_AT_ONCE {
        let query = OfficeQuery { limit: READ_AT_ONCE, cursor, ..OfficeQuery::default() };
        let page = office::list::<Business>(store, query).await?;
        let matcher = Arc::clone(&matcher);
        let find = move || page.items.into_iter().filter_map(|kept| found_anew(kept, &matcher)).collect();
        let found: Vec<_> = tokio::task::spawn_blocking(find).await.map_err(failed)?;
        changed += found.len();
        keep(store, &found).await?;
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    Ok(changed)
}

/// A business as it is found now, if that is otherwise.
fn found_anew(mut kept: Kept<Business>, matcher: &Matcher) -> Option<Kept<Business>> {
    kept.document.look_up(matcher).then_some(kept)
}

async fn keep(store: &dyn Store, found: &[Kept<Business>]) -> Result<(), StoreError> {
    for some in found.chunks(CHANGED_AT_ONCE) {
        let changes = some.iter().map(Kept::change).collect::<Result<Vec<Change>, _>>()?;
        match store.administer(changes.clone(), Vec::new()).await {
            // Somebody has changed one of them: the others one by one, and that one at the next turn.
            Err(StoreError::Outdated { .. } | StoreError::Conflict(_)) => {
                for change in changes {
                    match store.administer(vec![change], Vec::new()).await {
                        Err(StoreError::Outdated { .. } | StoreError::Conflict(_)) => {}
                        kept => kept?,
                    }
                }
            }
            kept => kept?,
        }
    }
    Ok(())
}

impl Business {
    /// Finds the provider that it is; whether that is another than before, or has reported since.
    pub(crate) fn look_up(&mut self, matcher: &Matcher) -> bool {
        let found = matcher.find_again(&self.listed, self.found.as_ref());
        let is_connected = found.as_ref().is_some_and(|found| matcher.is_connected(&found.provider));
        let is_other = found != self.found || is_connected != self.is_connected;
        (self.found, self.is_connected) = (found, is_connected);
        is_other
    }
}
