//! Legal holds (证据保全): what must stay though its time is over, as long as somebody answers for why.

use super::{Result, StoreError};
use async_trait::async_trait;
use bowei_model::{LotCode, Plate};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Holds that may be open at once: each is looked at for whatever goes. An authority has a few dozen cases under way; more
/// would be a way to keep everything for ever.
pub const HOLDS_OPEN_MAX: usize = 200;

/// A hold: what lies within all that it names stays, until it is lifted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldRow {
    /// Made by whoever makes it, unique.
    pub id: String,
    /// Of this lot; `None`: of all.
    pub lot: Option<LotCode>,
    /// From this moment; `None`: from the beginning.
    pub from: Option<Timestamp>,
    /// To before this one; `None`: with no end.
    pub to: Option<Timestamp>,
    /// Of this plate; `None`: of all.
    pub plate: Option<Plate>,
    /// Of this record, order or picture by its id; `None`: of all.
    pub record_id: Option<String>,
    /// The case that it is for.
    pub case: String,
    /// Why.
    pub reason: String,
    /// The login of who made it.
    pub made_by: String,
    /// When.
    pub made_at: Timestamp,
    /// The login of who lifted it; `None` while it holds.
    pub lifted_by: Option<String>,
    /// When.
    pub lifted_at: Option<Timestamp>,
    /// Why.
    pub lifted_why: Option<String>,
    /// Grows with every change, from 1. A new hold has 0 until it is kept.
    pub revision: i64,
}

/// What a hold may be about.
#[derive(Clone, Copy, Debug)]
pub struct Holdable<'a> {
    /// The lot.
    pub lot: Option<&'a LotCode>,
    /// The first and the last of its moments.
    pub moments: (Timestamp, Timestamp),
    /// Its id.
    pub record_id: Option<&'a str>,
    /// Its plates.
    pub plates: &'a [&'a Plate],
}

impl HoldRow {
    /// Whether it holds still.
    pub fn is_open(&self) -> bool {
        self.lifted_at.is_none()
    }

    /// Whether it holds this. What is known of no lot, and of no record, is held by whoever names none.
    pub fn covers(&self, what: &Holdable<'_>) -> bool {
        let (first, last) = what.moments;
        self.lot.as_ref().is_none_or(|lot| what.lot == Some(lot))
            && self.from.is_none_or(|from| from <= last)
            && self.to.is_none_or(|to| first < to)
            && self.record_id.as_deref().is_none_or(|id| what.record_id == Some(id))
            && self.plate.as_ref().is_none_or(|plate| what.plates.contains(&plate))
    }

    /// The row as it is kept, in place of the one that is `found`, with `open` others; refuses a change that contradicts
    /// what is kept.
    pub(crate) fn kept(&self, found: Option<i64>, open: i64) -> Result<Self> {
        let (based_on, id) = (self.revision, &self.id);
        match found {
            None if based_on != 0 => Err(StoreError::Conflict(format!("there is no hold {id}"))),
            None if usize::try_from(open).is_ok_and(|open| open >= HOLDS_OPEN_MAX) => {
                Err(StoreError::Conflict(format!(
                    "已有 {HOLDS_OPEN_MAX} 项保全，请先解除不再需要的 there are {HOLDS_OPEN_MAX} open holds: lift some first"
                )))
            }
            Some(_) if based_on == 0 => Err(StoreError::Conflict(format!("there is a hold {id} already"))),
            Some(found) if found != based_on => Err(StoreError::Outdated { based_on, found }),
            _ => Ok(Self { revision: based_on + 1, ..self.clone() }),
        }
    }
}

/// Holds. They are changed by [`Administration`](super::Administration) alone.
#[async_trait]
pub trait Holds {
    /// The hold of that id.
    async fn hold(&self, id: &str) -> Result<Option<HoldRow>>;

    /// Holds, the open ones first and of these the newest; open ones alone, where that is asked.
    async fn holds(&self, open: bool, limit: usize) -> Result<Vec<HoldRow>>;
}
