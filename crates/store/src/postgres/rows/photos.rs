//! Which records show which pictures.

use super::Text;
use crate::Result;
use crate::plan::Plan;
use crate::postgres::commit::write;
use crate::postgres::statements::Statements;
use crate::postgres::values::{day, text};
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
