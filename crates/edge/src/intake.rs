//! What comes in, from wherever it comes: on disk first, then the lot's own view follows, then the sender is told.

use crate::Gateway;
use crate::outbox::{NewEntry, NotTaken, Taken};
use bowei_model::{Direction, Report};
use bytes::Bytes;

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
    pub async fn take(&self, new: Vec<NewReport>) -> Result<Vec<Taken>, NotTaken> {
        // Between the disk and the view nobody takes a snapshot. Many take at once, and share one sync.
        let _following = self.following.read().await;
        let (new, taken) = self.keep(new).await?;
        let mut keeper = self.keeper.lock().await;
        for (NewReport { report, .. }, taken) in new.iter().zip(&taken) {
            if matches!(taken, Taken::New(_)) {
                keeper.hear(report);
            }
        }
        drop(keeper);
        for NewReport { report, .. } in &new {
            self.keep_profile(report).await;
        }
        Ok(taken)
    }

    /// Keeps reports, while somebody else sees to the view.
    pub(crate) async fn keep(
        &self,
        mut new: Vec<NewReport>,
    ) -> Result<(Vec<NewReport>, Vec<Taken>), NotTaken> {
        for NewReport { report, .. } in &mut new {
            self.find_booking(report).await;
            if let Report::Lot(profile) = report {
                *profile = self.completed(profile.clone());
            }
        }
        let entries = new.iter().map(|NewReport { report, picture }| NewEntry {
            report: report.clone(),
            picture: picture.clone(),
            only: None,
        });
        let taken = self.outbox.take(entries.collect()).await?;
        Ok((new, taken))
    }

    /// A car that comes under a reservation has its code in its record, where the lot's system does not say so
    /// itself: platforms settle reservations by it.
    async fn find_booking(&self, report: &mut Report) {
        let Report::Passage(passage) = report else { return };
        if passage.direction != Direction::Entry {
            return;
        }
        if let Some(booking) = self.desk.arrived(passage, self.now()).await
            && passage.booking.is_none()
        {
            passage.booking = Some(booking);
        }
    }
}
