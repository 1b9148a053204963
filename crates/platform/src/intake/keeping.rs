//! Keeping what was said: its quota, its pictures, its records, and what follows.

use super::allowance::Key;
use super::{Intake, NotAccepted, quota, too_many};
use crate::after_commit::Commit;
use crate::registry::may_say;
use bowei_model::{Plate, Report, Statement, moment, rules};
use bowei_standards::Standard;
use bowei_standards::platform_side::{Account, Condition, Delivery, OpenedReport};
use bowei_store::photos::NewPicture;
use bowei_store::{NewDelivery, NewStatement, StoreError};
use jiff::Timestamp;
use std::sync::Arc;

impl Intake {
    /// Puts a delivery on stable storage, pictures first, and then has done what follows from it.
    pub(super) async fn keep(
        &self,
        standard: &'static dyn Standard,
        account: &Account,
        delivery: Delivery,
        message_sha256: [u8; 32],
        condition: Option<Condition>,
        now: Timestamp,
    ) -> Result<Option<String>, NotAccepted> {
        if delivery.reports.is_empty() {
            return Ok(delivery.receipt);
        }
        let (condition, otherwise) = match condition {
            None => (None, None),
            Some(Condition { photos, otherwise }) => {
                // Looked at before the picture is put away, which would be in vain; decided where the record is kept.
                let (lot, record_id) = (&photos.lot, photos.record_id.as_str());
                let session = self.store.session(lot, record_id).await?;
                if !photos.holds(session.as_ref()) {
                    return Err(NotAccepted::Refused(otherwise));
                }
                (Some(photos), Some(otherwise))
            }
        };
        let snapshot = self.registry.snapshot();
        let key: Key = (standard.card().name, account.name.clone());
        let unnamed = |reported: &OpenedReport| match &reported.report {
            Report::NamedPhoto(photo) => !snapshot.lots.contains_key(&photo.lot),
            _ => false,
        };
        if delivery.reports.iter().any(unnamed) {
            self.allowance.take_early_picture(&key).map_err(too_many)?;
        }
        let speaker = quota::Account {
            key,
            provider: &account.provider,
            of_any_lot: standard.speaks_of_any_lot(),
            snapshot: &snapshot,
        };
        let taken = self.quotas.take(speaker, delivery.reports.iter().map(|reported| &reported.report))?;
        let sent_at = delivery.sent_at.unwrap_or(now);
        let state = |reported: OpenedReport| {
            let mut doubts = reported.doubts;
            if let Some(lot) = reported.report.lot().and_then(|code| snapshot.lots.get(code)) {
                doubts.extend(rules::doubts(&reported.report, lot, now));
            }
            let statement = Statement {
                standard: standard.card().name.to_owned(),
                provider: account.provider.clone(),
                sent_at,
                received_at: now,
                report: reported.report,
                doubts,
            };
            NewStatement { statement, unnamed_fields: reported.unnamed_fields }
        };
        let mut stated = Vec::with_capacity(delivery.reports.len());
        for reported in delivery.reports {
            let mut reported = state(reported);
            if let Some(late) = self.plates.told_late(&reported.statement)?
                && self.has_pseudonyms(&late).await?
            {
                reported.statement = late;
            }
            stated.push(reported);
        }
        // Shared with the store, which writes them from where they are.
        let statements: Arc<[_]> = stated.into();
        self.registry.admit(&statements).await?;
        // Once more, whatever the standard has let through: the registry may have changed since the message was read.
        let snapshot = self.registry.snapshot();
        let is_his = |NewStatement { statement: reported, .. }: &NewStatement| {
            let lot = reported.report.lot().and_then(|code| snapshot.lots.get(code));
            lot.is_none_or(|lot| may_say(&account.provider, &reported.report, lot))
        };
        if !statements.iter().all(is_his) {
            return Err(NotAccepted::Unavailable("the lot has become somebody else's".to_owned()));
        }
        let pictures: Vec<_> = delivery
            .pictures
            .into_iter()
            .map(|picture| NewPicture { sha256: picture.sha256, bytes: picture.bytes })
            .collect();
        if !pictures.is_empty() {
            self.photos.put(moment::day(now), pictures).await?;
        }
        let delivered = NewDelivery { message_sha256, statements: Arc::clone(&statements), condition };
        let committed = self.store.commit(delivered).await?;
        if let Some(otherwise) = otherwise.filter(|_| !committed.kept) {
            return Err(NotAccepted::Refused(otherwise));
        }
        taken.keep(&committed.effects);
        let commit = Commit { statements: &statements, committed: &committed };
        for step in &self.after_commit {
            step.after_commit(&commit).await.inspect_err(|error| {
                tracing::warn!(step = step.name(), %error, "what follows a commit was not done");
            })?;
        }
        Ok(delivery.receipt)
    }

    /// Whether the parking that a passage is of, as it would be with pseudonyms, has them.
    async fn has_pseudonyms(&self, late: &Statement) -> Result<bool, StoreError> {
        let Report::Passage(passage) = &late.report else { return Ok(false) };
        let session = self.store.session(&passage.lot, passage.record_id.as_str()).await?;
        Ok(session.and_then(|session| session.plate().map(Plate::is_pseudonym)).unwrap_or_default())
    }
}
