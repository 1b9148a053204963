//! Sessions, and where each is filed.

use super::Text;
use crate::Result;
use crate::plan::{Plan, SessionSpan};
use crate::postgres::commit::write;
use crate::postgres::day_statements::{OfADay, by_day};
use crate::postgres::statements::Statements;
use crate::postgres::values::{millis, text, to_json};
use bowei_model::{LotCode, ParkingSession, Plate, RecordId};
use deadpool_postgres::Client;
use futures::future::try_join_all;
use futures::try_join;
use std::collections::HashMap;

/// Sessions as they are now, with their keys where those change, and what of the former ones goes.
#[derive(Default)]
pub(in crate::postgres) struct Sessions<'p> {
    keys: (Vec<Text<'p>>, Vec<Text<'p>>, Vec<i64>),
    keys_gone: (Vec<Text<'p>>, Vec<Text<'p>>),
    gone: Vec<(Text<'p>, Text<'p>, i64)>,
    lots: Vec<Text<'p>>,
    records: Vec<Text<'p>>,
    stands: Vec<i64>,
    parking: Vec<bool>,
    entered: Vec<Option<i64>>,
    exited: Vec<Option<i64>>,
    present_from: Vec<Option<i64>>,
    present_to: Vec<Option<i64>>,
    open: Vec<bool>,
    plates: Vec<Option<Text<'p>>>,
    docs: Vec<String>,
}

impl<'p> Sessions<'p> {
    pub(in crate::postgres) fn of(
        plan: &'p Plan<'_>,
        filed: &HashMap<(LotCode, RecordId), i64>,
    ) -> Result<Self> {
        let mut rows = Self::default();
        for change in &plan.sessions {
            let session = &change.after;
            let span = SessionSpan::of(session);
            let (lot, record_id) = (text(session.lot.as_str()), text(session.record_id.as_str()));
            let pairing_time = pairing_time(session, &span);
            let was = filed.get(&(session.lot.clone(), session.record_id.clone()));
            if was != Some(&pairing_time) {
                rows.keys.0.push(lot.clone());
                rows.keys.1.push(record_id.clone());
                rows.keys.2.push(pairing_time);
            }
            if let Some(was) = was.filter(|was| **was != pairing_time) {
                rows.gone.push((lot.clone(), record_id.clone(), *was));
            }
            rows.lots.push(lot);
            rows.records.push(record_id);
            rows.stands.push(pairing_time);
            rows.parking.push(span.begun_at.is_some());
            rows.entered.push(span.entered_at.map(millis));
            rows.exited.push(span.exited_at.map(millis));
            rows.present_from.push(span.present_from.map(millis));
            rows.present_to.push(span.present_to.map(millis));
            rows.open.push(span.open);
            rows.plates.push(session.plate().map(Plate::as_str).map(text));
            rows.docs.push(to_json(session)?);
        }
        for session in &plan.sessions_gone {
            let (lot, record_id) = (text(session.lot.as_str()), text(session.record_id.as_str()));
            if let Some(was) = filed.get(&(session.lot.clone(), session.record_id.clone())) {
                rows.gone.push((lot.clone(), record_id.clone(), *was));
            }
            rows.keys_gone.0.push(lot);
            rows.keys_gone.1.push(record_id);
        }
        Ok(rows)
    }

    /// Deletes what is no more, or stands elsewhere now. Day by day, and so before everything that is said at once.
    pub(in crate::postgres) async fn clear(&self, client: &Client) -> Result<()> {
        for (from, of_the_day) in by_day(&self.gone, |(.., stood_at)| *stood_at) {
            let statement = OfADay::SessionsGone.prepared(client, from).await?;
            let gone = of_the_day.iter().map(|(lot, record_id, stood_at)| {
                write(client, &statement, [lot, record_id, stood_at], true)
            });
            try_join_all(gone).await?;
        }
        Ok(())
    }

    pub(in crate::postgres) async fn write(&self, client: &Client, statements: &Statements) -> Result<()> {
        let Self { keys, keys_gone, .. } = self;
        try_join!(
            write(
                client,
                &statements.session_keys_gone,
                [&keys_gone.0, &keys_gone.1],
                !keys_gone.0.is_empty()
            ),
            write(client, &statements.session_keys, [&keys.0, &keys.1, &keys.2], !keys.0.is_empty()),
            write(
                client,
                &statements.sessions_now,
                [
                    &self.lots,
                    &self.records,
                    &self.stands,
                    &self.parking,
                    &self.entered,
                    &self.exited,
                    &self.present_from,
                    &self.present_to,
                    &self.open,
                    &self.plates,
                    &self.docs,
                ],
                !self.lots.is_empty()
            ),
        )?;
        Ok(())
    }
}

/// By which moment a session is filed.
pub(in crate::postgres) fn pairing_time(session: &ParkingSession, span: &SessionSpan) -> i64 {
    let first_photo = || session.photos.iter().map(|version| version.received_at).min();
    span.begun_at.or_else(first_photo).map_or(0, millis)
}
