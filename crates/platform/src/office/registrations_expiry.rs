//! The files of registrations that came to nothing go.

use super::files::{File, forget};
use super::registrations::{FILES_KEPT, Registration};
use super::{Kept, list, one};
use crate::jobs::{Job, Schedule, Words};
use bowei_store::{OfficeQuery, PhotoStore, Store, StoreError};
use jiff::Timestamp;
use std::sync::Arc;

/// Registrations that are read together.
const READ_AT_ONCE: usize = 100;

/// The job.
pub(crate) fn job(store: Arc<dyn Store>, photos: Arc<dyn PhotoStore>) -> Job {
    Job::new("registrations' files", Schedule::Daily { hour: 2 }, move |period| {
        let (store, photos) = (Arc::clone(&store), Arc::clone(&photos));
        async move {
            let before = period.from.saturating_sub(FILES_KEPT)?;
            let removed = remove(store.as_ref(), photos.as_ref(), before).await?;
            Ok(Words::when(
                removed > 0,
                format!("删除已退回、已撤回的登记申请材料 {removed} 份"),
                format!("{removed} files of registrations that came to nothing are deleted"),
            ))
        }
    })
}

async fn remove(store: &dyn Store, photos: &dyn PhotoStore, before: Timestamp) -> Result<usize, StoreError> {
    let (mut cursor, mut removed) = (None, 0);
    loop {
        let states = Registration::states_in_vain();
        let query = OfficeQuery { states, limit: READ_AT_ONCE, cursor, ..OfficeQuery::default() };
        let page = list::<Registration>(store, query).await?;
        for mut kept in page.items.into_iter().filter(|kept| kept.document.has_files_in_vain(before)) {
            let (mut changes, mut digests) = (Vec::new(), Vec::new());
            for file in std::mem::take(&mut kept.document.files) {
                let file: Option<Kept<File>> = one(store, &file.id).await?;
                if let Some(file) = file {
                    changes.push(file.removal());
                    digests.push(file.document.sha256);
                }
            }
            changes.push(kept.change()?);
            store.administer(changes, Vec::new()).await?;
            removed += digests.len();
            for sha256 in digests {
                forget(store, photos, &sha256).await?;
            }
        }
        cursor = page.next;
        if cursor.is_none() {
            return Ok(removed);
        }
    }
}
