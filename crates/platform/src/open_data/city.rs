//! The city's public lots at one moment, and since when they have been so.

use super::contradictions::Contradictions;
use super::public_lot::PublicLot;
use super::{FRESH_FOR_EACH_LOT, Format, Which};
use crate::registry::Snapshot;
use crate::vacancy::Vacancy;
use aws_lc_rs::digest::{Context, SHA256};
use bowei_encoding::hex;
use bowei_model::LotCode;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashSet;

/// Bytes of a digest in a tag: nobody but the platform makes two of one city.
const TAG_BYTES: usize = 12;

/// The public lots, in the codes' order.
pub(crate) struct City {
    pub(super) lots: Vec<PublicLot>,
    /// Of the lots alone.
    pub(super) base: Revision,
    /// Of the lots and their counts.
    pub(super) whole: Revision,
    taken_at: Timestamp,
}

/// What something is by now, and since when.
#[derive(Clone, Debug)]
pub(crate) struct Revision {
    pub(super) digest: String,
    /// Since when, by this node's clock, to the second.
    pub(crate) at: Timestamp,
    /// Whether what was before was told of the same second: its date says nothing then.
    pub(crate) shares_second: bool,
}

impl Revision {
    fn new(digest: String, second: Timestamp, before: Option<&Self>) -> Self {
        match before {
            Some(before) if before.digest == digest => before.clone(),
            before => {
                let shares_second = before.is_some_and(|before| before.at >= second);
                Self { digest, at: second, shares_second }
            }
        }
    }
}

impl City {
    pub(super) fn take(
        snapshot: &Snapshot,
        vacancy: &Vacancy,
        found: &Contradictions,
        now: Timestamp,
        before: Option<&Self>,
    ) -> Self {
        // HTTP's dates have no more, and what is printed is compared with them.
        let second = Timestamp::from_second(now.as_second()).unwrap_or(now);
        let lots = snapshot.live_lots().map(|lot| {
            let before = before.and_then(|before| before.lot(&lot.code));
            PublicLot::new(lot, &vacancy.of(lot, now), found, second, before)
        });
        let lots: Vec<_> = lots.collect();
        let (mut base, mut whole) = (Context::new(&SHA256), Context::new(&SHA256));
        // Another version may write the same in another way.
        base.update(env!("CARGO_PKG_VERSION").as_bytes());
        for lot in &lots {
            let line = format!("\n{} {}", lot.code(), lot.version);
            base.update(line.as_bytes());
            whole.update(&serde_json::to_vec(&lot.counts()).unwrap_or_default());
        }
        let short = |context: Context| hex(context.finish().as_ref().get(..TAG_BYTES).unwrap_or_default());
        let base = short(base);
        whole.update(base.as_bytes());
        let whole = Revision::new(short(whole), second, before.map(|before| &before.whole));
        let base = Revision::new(base, second, before.map(|before| &before.base));
        Self { lots, base, whole, taken_at: now }
    }

    /// Whether it need not be taken anew yet.
    pub(super) fn is_fresh(&self, now: Timestamp) -> bool {
        let lots = i32::try_from(self.lots.len()).unwrap_or(i32::MAX);
        (SignedDuration::ZERO..=FRESH_FOR_EACH_LOT * lots).contains(&now.duration_since(self.taken_at))
    }

    /// Whether it has no lot.
    pub(crate) fn is_empty(&self) -> bool {
        self.lots.is_empty()
    }

    /// The lot of that code.
    pub(super) fn lot(&self, code: &LotCode) -> Option<&PublicLot> {
        let at = self.lots.binary_search_by(|lot| lot.lot.code.cmp(code)).ok()?;
        self.lots.get(at)
    }

    /// What a format's file is by now.
    pub(crate) fn revision(&self, format: Format) -> &Revision {
        if format.is_static() { &self.base } else { &self.whole }
    }

    /// The tag of a format's file. Weak: two nodes may tell of other times at which they saw the same.
    pub(crate) fn etag(&self, format: Format) -> String {
        format!("W/\"{}-{}\"", self.revision(format).digest, format.name())
    }

    /// The same with some of its lots alone.
    pub(super) fn only(&self, which: &Which) -> Self {
        let codes: Option<HashSet<_>> = which.codes.as_ref().map(|codes| codes.iter().collect());
        let asked = self.lots.iter().filter(|lot| {
            let lot = &lot.lot;
            which.kind.is_none_or(|kind| lot.kind == kind)
                && codes.as_ref().is_none_or(|codes| codes.contains(&lot.code))
                && which.near.is_none_or(|(near, radius_m)| {
                    lot.position.is_some_and(|place| near.metres_to(place) <= radius_m)
                })
        });
        let limit = which.limit.unwrap_or(usize::MAX);
        let lots = asked.skip(which.offset).take(limit).cloned().collect();
        Self { lots, base: self.base.clone(), whole: self.whole.clone(), taken_at: self.taken_at }
    }
}
