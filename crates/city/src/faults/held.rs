//! Messages that are held up until they fall due.

use crate::message::Message;
use jiff::Timestamp;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

/// Held messages, the next due first; of those due at once, the one that was held first.
#[derive(Debug, Default)]
pub(super) struct Held {
    due: BinaryHeap<Reverse<(Timestamp, u64)>>,
    messages: BTreeMap<u64, Message>,
    so_far: u64,
}

impl Held {
    pub(super) fn hold(&mut self, message: Message) {
        self.so_far += 1;
        self.due.push(Reverse((message.due, self.so_far)));
        self.messages.insert(self.so_far, message);
    }

    /// The next one that is due by then.
    pub(super) fn release(&mut self, by: Timestamp) -> Option<Message> {
        if self.due.peek().is_none_or(|next| next.0.0 > by) {
            return None;
        }
        let Reverse((_, number)) = self.due.pop()?;
        self.messages.remove(&number)
    }
}
