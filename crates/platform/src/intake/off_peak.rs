//! What a third party's off-peak service says over the platform's own API (4.14 leaves the form to the parties).

use super::quota::UsedUp;
use super::{Intake, quota};
use crate::after_commit::Commit;
use aws_lc_rs::digest::{SHA256, digest};
use bowei_model::{Effect, NamedRecordKey, ProviderCode, Report, Statement};
use bowei_store::{NewDelivery, NewStatement, StoreError};
use std::sync::Arc;

/// The name under which its words are kept, in the place of a standard's.
const API: &str = "off-peak";

/// Why a service's word was not kept.
#[derive(Debug)]
pub(crate) enum NotReported {
    /// The lot does not let that service in.
    NotLetIn,
    /// The number is another service's, or one of the lot's own.
    OthersNumber,
    /// It has said too much today.
    TooMuch {
        /// What, in words.
        words: String,
        /// Until when.
        retry_after_s: u32,
    },
    /// The store did not keep it.
    Store(StoreError),
}

impl From<StoreError> for NotReported {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<UsedUp> for NotReported {
    fn from(UsedUp { words, retry_after_s }: UsedUp) -> Self {
        Self::TooMuch { words, retry_after_s }
    }
}

impl Intake {
    /// Keeps an offer or an order of `service`, and gives what it changed. A number that is anybody else's at that lot
    /// stays so.
    pub(crate) async fn keep_off_peak(
        &self,
        service: &ProviderCode,
        report: Report,
    ) -> Result<Effect, NotReported> {
        let snapshot = self.registry.snapshot();
        let lot = report.lot().and_then(|code| snapshot.lots.get(code)).ok_or(NotReported::NotLetIn)?;
        let key = NamedRecordKey::of(&report).ok_or(NotReported::NotLetIn)?;
        if !lot.off_peak_parties.contains(service) {
            return Err(NotReported::NotLetIn);
        }
        let account = quota::Account {
            key: (API, service.to_string()),
            provider: service,
            of_any_lot: false,
            snapshot: &snapshot,
        };
        let taken = self.quotas.take(account, std::iter::once(&report))?;
        // Two services that choose one number at the same moment: the first has it. Between nodes they may both have it,
        // and the word said last counts.
        let _turn = self.off_peak_turn.lock().await;
        let known = self.store.documents_named(key.kind, vec![(key.lot.clone(), key.name.clone())]).await?;
        let current = known.first().and_then(|row| row.document.current());
        if current.is_some_and(|current| service_of(&current.content) != Some(service.as_str())) {
            return Err(NotReported::OthersNumber);
        }
        let now = self.clock.now();
        // With the moment: on, off and on again is three words.
        let reported = serde_json::to_vec(&(now, &report)).unwrap_or_default();
        let mut message_sha256 = [0u8; 32];
        message_sha256.copy_from_slice(digest(&SHA256, &reported).as_ref());
        let statement = Statement {
            standard: API.to_owned(),
            provider: service.clone(),
            sent_at: now,
            received_at: now,
            report,
            doubts: Vec::new(),
        };
        let statements: Arc<[_]> = Arc::new([NewStatement { statement, unnamed_fields: None }]);
        let delivered = NewDelivery { message_sha256, statements: Arc::clone(&statements), condition: None };
        let committed = self.store.commit(delivered).await?;
        taken.keep(&committed.effects);
        let commit = Commit { statements: &statements, committed: &committed };
        for step in &self.after_commit {
            step.after_commit(&commit).await?;
        }
        Ok(committed.effects.first().copied().unwrap_or(Effect::Duplicate))
    }
}

fn service_of(report: &Report) -> Option<&str> {
    match report {
        Report::OffPeakPackage(package) => Some(&package.service_code),
        Report::OffPeakOrder(order) => Some(&order.service_code),
        _ => None,
    }
}
