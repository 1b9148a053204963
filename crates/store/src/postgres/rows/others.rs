//! Photos, charging records, documents, signs of life, tallies.

use super::Text;
use crate::Result;
use crate::plan::Plan;
use crate::postgres::commit::write;
use crate::postgres::statements::Statements;
use crate::postgres::values::{day, millis, text, to_json};
use deadpool_postgres::Client;

/// Which records show which pictures.
#[derive(Default)]
pub(in crate::postgres) struct Photos<'p> {
    lots: Vec<Text<'p>>,
    days: Vec<i32>,
    pictures: Vec<Text<'p>>,
    records: Vec<Text<'p>>,
    roles: Vec<&'p str>,
    media_types: Vec<Text<'p>>,
}

impl<'p> Photos<'p> {
    pub(in crate::postgres) fn of(plan: &'p Plan<'_>) -> Self {
        let mut rows = Self::default();
        for photo in &plan.photos {
            rows.lots.push(text(photo.lot.as_str()));
            rows.days.push(day(photo.day));
            rows.pictures.push(text(&photo.sha256));
            rows.records.push(text(photo.record_id.as_str()));
            rows.roles.push(photo.role);
            rows.media_types.push(text(&photo.media_type));
        }
        rows
    }

    pub(in crate::postgres) async fn write(&self, client: &Client, statements: &Statements) -> Result<()> {
        let Self { lots, days, pictures, records, roles, media_types } = self;
        write(
            client,
            &statements.photos_new,
            [lots, days, pictures, records, roles, media_types],
            !lots.is_empty(),
        )
        .await
    }
}

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
}

impl<'p> Charging<'p> {
    pub(in crate::postgres) fn of(plan: &'p Plan<'_>) -> Result<Self> {
        let mut rows = Self::default();
        for (operator, record) in &plan.charging {
            rows.orders.push(text(&record.order_no));
            rows.operators.push(text(operator.as_str()));
            rows.lots.push(text(record.lot.as_str()));
            rows.ended.push(millis(record.ended_at));
            rows.docs.push(to_json(record)?);
            rows.stations.push(text(&record.station));
            rows.devices.push(text(&record.device));
            rows.started.push(millis(record.started_at));
        }
        Ok(rows)
    }

    pub(in crate::postgres) async fn write(&self, client: &Client, statements: &Statements) -> Result<()> {
        let Self { orders, operators, lots, ended, docs, stations, devices, started } = self;
        write(
            client,
            &statements.charging_new,
            [orders, operators, lots, ended, docs, stations, devices, started],
            !orders.is_empty(),
        )
        .await
    }
}

/// What is known by a name.
#[derive(Default)]
pub(in crate::postgres) struct Documents<'p> {
    lots: Vec<Text<'p>>,
    kinds: Vec<&'p str>,
    names: Vec<Text<'p>>,
    docs: Vec<String>,
}

impl<'p> Documents<'p> {
    pub(in crate::postgres) fn of(plan: &'p Plan<'_>) -> Result<Self> {
        let mut rows = Self::default();
        for (key, kept) in &plan.documents {
            rows.lots.push(text(key.lot.as_str()));
            rows.kinds.push(key.kind);
            rows.names.push(text(&key.name));
            rows.docs.push(to_json(kept)?);
        }
        Ok(rows)
    }

    pub(in crate::postgres) async fn write(&self, client: &Client, statements: &Statements) -> Result<()> {
        let Self { lots, kinds, names, docs } = self;
        write(client, &statements.documents_now, [lots, kinds, names, docs], !lots.is_empty()).await
    }
}

/// Signs of life of accounts.
#[derive(Default)]
pub(in crate::postgres) struct Accounts<'p> {
    providers: Vec<Text<'p>>,
    standards: Vec<&'p str>,
    at: Vec<i64>,
}

impl<'p> Accounts<'p> {
    pub(in crate::postgres) fn of(plan: &'p Plan<'_>) -> Self {
        let mut rows = Self::default();
        for account in &plan.accounts {
            rows.providers.push(text(account.provider.as_str()));
            rows.standards.push(&account.standard);
            rows.at.push(millis(account.at));
        }
        rows
    }

    pub(in crate::postgres) async fn write(&self, client: &Client, statements: &Statements) -> Result<()> {
        let Self { providers, standards, at } = self;
        write(client, &statements.accounts, [providers, standards, at], !providers.is_empty()).await
    }
}

/// What to add to a writer's tallies.
#[derive(Default)]
pub(in crate::postgres) struct Tallies<'p> {
    days: Vec<i32>,
    writers: Vec<i16>,
    standards: Vec<&'p str>,
    outcomes: Vec<&'p str>,
    kinds: Vec<&'p str>,
    counts: Vec<i64>,
}

impl<'p> Tallies<'p> {
    pub(in crate::postgres) fn of(plan: &'p Plan<'_>, writer: i16) -> Self {
        let mut rows = Self::default();
        for (key, count) in &plan.tallies {
            rows.days.push(day(key.day));
            rows.writers.push(writer);
            rows.standards.push(key.standard);
            rows.outcomes.push(key.outcome);
            rows.kinds.push(key.kind);
            rows.counts.push(*count);
        }
        rows
    }

    pub(in crate::postgres) async fn write(&self, client: &Client, statements: &Statements) -> Result<()> {
        let Self { days, writers, standards, outcomes, kinds, counts } = self;
        write(
            client,
            &statements.tallies,
            [days, writers, standards, outcomes, kinds, counts],
            !days.is_empty(),
        )
        .await
    }
}
