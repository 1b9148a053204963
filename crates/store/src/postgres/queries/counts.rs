//! A lot's curve, from the moments of its sessions and words.

use super::states::lot_state;
use super::{Conditions, number, words};
use crate::curve::Curve;
use crate::postgres::values::millis;
use crate::{CountPoint, Result};
use bowei_model::LotCode;
use deadpool_postgres::Client;
use jiff::Timestamp;

/// The curve of `lot` from `from` to `to`, all of it of the moment that `client` is in.
pub(in crate::postgres) async fn counts(
    client: &Client,
    lot: &LotCode,
    from: Timestamp,
    to: Timestamp,
    limit: usize,
) -> Result<Vec<CountPoint>> {
    let (from, to) = (millis(from), millis(to));
    let state = lot_state(client, lot).await?;
    let of = |more: &str, moments: &[i64]| {
        let mut conditions = Conditions::default();
        conditions.and("lot = ?", [words(lot.as_str())]);
        conditions.and(more, moments.iter().map(|at| number(*at)));
        conditions
    };
    let before = of("as_of <= ?", &[from]);
    let last = before.rows(client, "vacant", "space_counts", "as_of DESC", 0).await?;
    let mut curve = Curve::new(&state, from, to, last.first().map(|row| row.get(0)));
    // A car never counts from before its session began, so that whoever came after `from` lies in this range.
    let came = of("stands_at > ? AND parking AND present_from > ?", &[from, from]);
    let sql = format!("SELECT present_from FROM sessions {}", came.sql);
    for row in came.ask(client, &sql).await? {
        curve.moved(row.get(0), 1);
    }
    let went = of("present_to > ? AND present_to IS NOT NULL", &[from]);
    let sql = format!("SELECT present_to FROM sessions {}", went.sql);
    for row in went.ask(client, &sql).await? {
        curve.moved(row.get(0), -1);
    }
    let said = of("as_of > ? AND as_of <= ?", &[from, to]);
    let sql = format!("SELECT as_of, vacant FROM space_counts {}", said.sql);
    for row in said.ask(client, &sql).await? {
        curve.said(row.get(0), row.get(1));
    }
    curve.points(&state, limit)
}
