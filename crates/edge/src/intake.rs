//! What comes in, from wherever it comes: on disk first, then the lot's own view follows, then the sender is told.

use crate::Gateway;
use crate::gateway::GATES;
use crate::known::Known;
use crate::outbox::{EnqueueError, NewEntry, Taken, session_of};
use bowei_model::{Direction, Photo, PhotoRole, RecordId, Report};
use bytes::Bytes;
use std::collections::HashMap;

/// Reports of one record that are looked at for a photo's place: more than any record has.
const PHOTOS_OF_RECORD: usize = 64;

/// A report with the picture beside it, if one came.
#[derive(Clone, Debug)]
pub struct NewReport {
    /// The report.
    pub report: Report,
    /// The picture.
    pub picture: Option<Bytes>,
}

impl Gateway {
    /// Takes reports, all of them or none. When this returns they are on disk.
    pub async fn take(&self, new: Vec<NewReport>) -> Result<Vec<Taken>, EnqueueError> {
        // Between the disk and the view nobody takes a snapshot. Many take at once, and share one sync.
        let _following = self.following.read().await;
        // Two photos of one record that come at once must not have the same place.
        let without_record_id =
            |new: &NewReport| matches!(&new.report, Report::Photo(it) if it.slot.is_none());
        let _numbering = match new.iter().any(without_record_id) {
            true => Some(self.numbering.lock().await),
            false => None,
        };
        let bookings = self.bookings(&new).await;
        let mut known = self.known(&new).await;
        let mut given: HashMap<(RecordId, PhotoRole), u32> = HashMap::new();
        for (NewReport { report, .. }, known) in new.iter().zip(&mut known) {
            if let Report::Photo(photo) = report
                && photo.slot.is_none()
            {
                let before = self.places_of(report, photo).await;
                let last = given.entry((photo.record_id.clone(), photo.role)).or_insert(before);
                *last = last.saturating_add(1);
                known.slot = Some(*last);
            }
        }
        for (known, reservation_code) in known.iter_mut().zip(bookings) {
            known.reservation_code = reservation_code;
        }
        let (new, taken) = self.keep_with(new, known).await?;
        let now = self.now();
        let mut tracker = self.tracker.lock().await;
        for (NewReport { report, .. }, taken) in new.iter().zip(&taken) {
            if matches!(taken, Taken::New(_)) {
                tracker.hear_at(report, now);
            }
        }
        drop(tracker);
        self.passed(&new, &taken);
        for NewReport { report, .. } in &new {
            self.keep_profile(report).await;
        }
        Ok(taken)
    }

    /// Keeps reports, while somebody else sees to the view.
    pub(crate) async fn keep(
        &self,
        new: Vec<NewReport>,
    ) -> Result<(Vec<NewReport>, Vec<Taken>), EnqueueError> {
        let bookings = self.bookings(&new).await;
        let known = bookings
            .into_iter()
            .map(|reservation_code| Known { reservation_code, ..Known::default() })
            .collect();
        let (new, taken) = self.keep_with(new, known).await?;
        self.passed(&new, &taken);
        Ok((new, taken))
    }

    /// After a car has passed there are other free spaces.
    fn passed(&self, new: &[NewReport], taken: &[Taken]) {
        let mut both = new.iter().zip(taken);
        if both.any(|(new, taken)| matches!((&new.report, taken), (Report::Passage(_), Taken::New(_)))) {
            self.spaces_changed();
        }
    }

    async fn keep_with(
        &self,
        mut new: Vec<NewReport>,
        mut known: Vec<Known>,
    ) -> Result<(Vec<NewReport>, Vec<Taken>), EnqueueError> {
        for (NewReport { report, .. }, known) in new.iter_mut().zip(&mut known) {
            if let Report::Lot(profile) = report {
                *profile = self.completed(profile.clone());
            }
            self.complete_gate(report, known).await;
        }
        let entry = |(NewReport { report, picture }, known): (&NewReport, Known)| {
            (NewEntry { report: report.clone(), picture: picture.clone(), only: None }, known)
        };
        let taken = self.outbox.take_with(new.iter().zip(known).map(entry).collect()).await?;
        Ok((new, taken))
    }

    /// The reservations under which cars come and go, where the lot's system does not say so itself: platforms settle
    /// reservations by them.
    async fn bookings(&self, new: &[NewReport]) -> Vec<Option<String>> {
        let now = self.now();
        let mut bookings = Vec::with_capacity(new.len());
        for NewReport { report, .. } in new {
            bookings.push(match report {
                Report::Passage(passage) => self.desk.booking_of(passage, now).await,
                _ => None,
            });
        }
        bookings
    }

    /// What the lot does not say of its passages, as far as the gateway knows it.
    async fn known(&self, new: &[NewReport]) -> Vec<Known> {
        let mut known = vec![Known::default(); new.len()];
        let lacks = |report: &Report| {
            matches!(report, Report::Passage(it) if it.vacant.is_none()
                || (it.direction == Direction::Exit && it.entered_at.is_none()))
        };
        // Looking ahead costs a copy of all cars inside.
        if !new.iter().any(|new| lacks(&new.report)) {
            return known;
        }
        let now = self.now();
        let reserved = self.desk.held(now).await;
        let mut ahead = self.tracker.lock().await.clone();
        ahead.set_reserved(reserved);
        for (NewReport { report, .. }, known) in new.iter().zip(&mut known) {
            if let Report::Passage(passage) = report
                && passage.direction == Direction::Exit
                && passage.entered_at.is_none()
            {
                known.entered_at = ahead.entered_at(passage);
            }
            ahead.hear_at(report, now);
            if let Report::Passage(passage) = report
                && passage.vacant.is_none()
            {
                known.vacant = ahead.vacant();
            }
        }
        known
    }

    /// The last place that a photo of the same record and side has; 0 before the first.
    async fn places_of(&self, report: &Report, photo: &Photo) -> u32 {
        let mut last = 0;
        for seq in self.outbox.of_session(session_of(report), PHOTOS_OF_RECORD) {
            let Ok(entry) = self.outbox.read(seq).await else { continue };
            if let Report::Photo(other) = &entry.report
                && other.role == photo.role
            {
                last = last.max(other.slot.or(entry.known.slot).unwrap_or(1));
            }
        }
        last
    }

    /// What a passage does not say of its gate; and what it says of it is learned.
    async fn complete_gate(&self, report: &Report, known: &mut Known) {
        let news = {
            // One map, changed in one go: a panic elsewhere leaves nothing half done.
            let mut gates = self.gates.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            if let Report::Passage(passage) = report {
                gates.complete(passage, known);
            }
            gates.observe(report).then(|| serde_json::to_vec(&*gates).ok()).flatten()
        };
        if let Some(bytes) = news {
            let outbox = self.outbox.clone();
            // Not kept, it is learned again from the next passage.
            let _ = tokio::task::spawn_blocking(move || outbox.save(GATES, &bytes)).await;
        }
    }
}
