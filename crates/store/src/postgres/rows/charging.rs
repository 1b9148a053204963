//! Charging records.

use super::Text;
use crate::Result;
use crate::plan::{ChargingRecordRow, Plan};
use crate::postgres::commit::write;
use crate::postgres::statements::Statements;
use crate::postgres::values::{millis, text, to_json};
use deadpool_postgres::Client;

/// Charging records.
#[derive(Default)]
pub(in crate::postgres) struct Charging<'p> {
    orders: Vec<Text<'p>>,
    operators: Vec<Text<'p>>,
    lots: Vec<Text<'p>>,
    ended: Vec<i64>,
    docs: Vec<String>,
    stations: Vec<Text<'p>>,
    devices: Vec<Text<'p>>,
    started: Vec<i64>,
    received: Vec<i64>,
}

impl<'p> Charging<'p> {
    pub(in crate::postgres) fn of(plan: &'p Plan<'_>) -> Result<Self> {
        let mut rows = Self::default();
        for ChargingRecordRow { operator, received_at, record } in &plan.charging {
            rows.orders.push(text(&record.order_no));
            rows.operators.push(text(operator.as_str()));
            rows.lots.push(text(record.lot.as_str()));
            rows.ended.push(millis(record.ended_at));
            rows.docs.push(to_json(record)?);
            rows.stations.push(text(&record.station));
            rows.devices.push(text(&record.device));
            rows.started.push(millis(record.started_at));
            rows.received.push(millis(*received_at));
        }
        Ok(rows)
    }

    pub(in crate::postgres) async fn write(&self, client: &Client, statements: &Statements) -> Result<()> {
        let Self { orders, operators, lots, ended, docs, stations, devices, started, received } = self;
        write(
            client,
            &statements.charging_new,
            [orders, operators, lots, ended, docs, stations, devices, started, received],
            !orders.is_empty(),
        )
        .await
    }
}
