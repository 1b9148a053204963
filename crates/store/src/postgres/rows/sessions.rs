//! Sessions, and where each is filed.

use super::Text;
use crate::Result;
use crate::plan::{Plan, SessionSpan};
use crate::postgres::commit::write;
use crate::postgres::statements::Statements;
use crate::postgres::values::{document, millis, text};
use bowei_model::{LotCode, ParkingSession, Plate, RecordId};
use deadpool_postgres::Client;
use futures::try_join;
use std::collections::HashMap;

/// Sessions as they are now, with their keys where those change, and what of the former ones goes.
#[derive(Default)]
pub(in crate::postgres) struct Sessions<'p> {
    keys: (Vec<Text<'p>>, Vec<Text<'p>>, Vec<i64>),
    keys_gone: (Vec<Text<'p>>, Vec<Text<'p>>),
    gone: (Vec<Text<'p>>, Vec<Text<'p>>, Vec<i64>),
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
            let stands_at = stands_at(session, &span);
            let was = filed.get(&(session.lot.clone(), session.record_id.clone()));
            if was != Some(&stands_at) {
                rows.keys.0.push(lot.clone());
                rows.keys.1.push(record_id.clone());
                rows.keys.2.push(stands_at);
            }
            if let Some(was) = was.filter(|was| **was != stands_at) {
                rows.leaves(lot.clone(), record_id.clone(), *was);
            }
            rows.lots.push(lot);
            rows.records.push(record_id);
            rows.stands.push(stands_at);
            rows.parking.push(span.begun_at.is_some());
            rows.entered.push(span.entered_at.map(millis));
            rows.exited.push(span.exited_at.map(millis));
            rows.present_from.push(span.present_from.map(millis));
            rows.present_to.push(span.present_to.map(millis));
            rows.open.push(span.open);
            rows.plates.push(session.plate().map(Plate::as_str).map(text));
            rows.docs.push(document(session)?);
        }
        for session in &plan.sessions_gone {
            let (lot, record_id) = (text(session.lot.as_str()), text(session.record_id.as_str()));
            if let Some(was) = filed.get(&(session.lot.clone(), session.record_id.clone())) {
                rows.leaves(lot.clone(), record_id.clone(), *was);
            }
            rows.keys_gone.0.push(lot);
            rows.keys_gone.1.push(record_id);
        }
        Ok(rows)
    }

    fn leaves(&mut self, lot: Text<'p>, record_id: Text<'p>, stood_at: i64) {
        self.gone.0.push(lot);
        self.gone.1.push(record_id);
        self.gone.2.push(stood_at);
    }

    pub(in crate::postgres) async fn write(&self, client: &Client, statements: &Statements) -> Result<()> {
        let Self { keys, keys_gone, gone, .. } = self;
        try_join!(
            write(client, &statements.sessions_gone, [&gone.0, &gone.1, &gone.2], !gone.0.is_empty()),
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
pub(in crate::postgres) fn stands_at(session: &ParkingSession, span: &SessionSpan) -> i64 {
    let first_photo = || session.photos.iter().map(|version| version.received_at).min();
    span.begun_at.or_else(first_photo).map_or(0, millis)
}
