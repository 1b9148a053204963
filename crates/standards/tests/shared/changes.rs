//! Texts changed on the way, for the properties of the standards that seal what they send.

use proptest::prelude::*;
use proptest::sample::Index;

/// Something done to a text: a byte changed, a piece cut out, a piece said twice, an end cut off.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Byte(Index, u8),
    Cut(Index, Index),
    Twice(Index, Index),
    End(Index),
}

pub(crate) fn change() -> impl Strategy<Value = Change> {
    let place = any::<Index>;
    prop_oneof![
        (place(), any::<u8>()).prop_map(|(at, byte)| Change::Byte(at, byte)),
        (place(), place()).prop_map(|(from, to)| Change::Cut(from, to)),
        (place(), place()).prop_map(|(from, to)| Change::Twice(from, to)),
        place().prop_map(Change::End),
    ]
}

pub(crate) fn apply(bytes: &mut Vec<u8>, change: &Change) {
    let within = |index: &Index| index.index(bytes.len() + 1);
    let span = |from: &Index, to: &Index| within(from).min(within(to))..within(from).max(within(to));
    match change {
        Change::Byte(at, byte) if !bytes.is_empty() => {
            let at = at.index(bytes.len());
            bytes[at] = *byte;
        }
        Change::Byte(..) => {}
        Change::Cut(from, to) => drop(bytes.drain(span(from, to))),
        Change::Twice(from, to) => {
            let span = span(from, to);
            let piece = bytes[span.clone()].to_vec();
            bytes.splice(span.start..span.start, piece);
        }
        Change::End(at) => bytes.truncate(within(at)),
    }
}
