//! When lots and accounts were heard.

use super::fold::Fold;
use crate::{heard_account, heard_lot};
use bowei_model::supervision::Minutes;
use bowei_model::{LotCode, Statement};
use jiff::Timestamp;

impl Fold<'_> {
    /// Takes in that a lot was heard.
    pub(super) fn observe(&mut self, lot: &LotCode, at: Timestamp) {
        let (hour, bit) = Minutes::hour_and_bit(at);
        // The minute in which it was last heard is written already.
        if self.lot(lot).last_heard_at.map(Minutes::hour_and_bit) != Some((hour, bit)) {
            *self.plan.heard.entry((hour, heard_lot(lot))).or_default() |= bit;
        }
        self.lot(lot).observe(at);
        let last = self.received.entry(lot.clone()).or_insert(at);
        *last = (*last).max(at);
    }

    /// Takes in a heartbeat that names no lot.
    pub(super) fn account_heard(&mut self, statement: &Statement) {
        let at = statement.received_at;
        let (hour, bit) = Minutes::hour_and_bit(at);
        let subject = heard_account(&statement.provider, &statement.standard);
        *self.plan.heard.entry((hour, subject)).or_default() |= bit;
        let account = (statement.provider.clone(), statement.standard.clone());
        let last = self.accounts.entry(account).or_insert(at);
        *last = (*last).max(at);
    }
}
