//! A record on disk: magic, length, number, a sum over those, a sum over all, and the payload.
//!
//! The header has a sum of its own, so that a length that a bit has flipped in is told from one that a power loss
//! has cut short. What cannot be read costs itself alone: reading goes on at the next magic.

/// Begins a frame. No JSON has these bytes, as no UTF-8 has.
const MAGIC: [u8; 4] = [0xFE, 0xB0, 0x3E, 0xFF];

/// Bytes before the payload.
pub(super) const HEADER: usize = 24;

/// The longest payload: twice the largest report, so that a length read from a damaged header is not believed.
pub(super) const PAYLOAD_MAX: usize = 2 * super::REPORT_BYTES_MAX;

/// A frame that was read whole.
#[derive(Clone, Copy)]
pub(super) struct Frame<'a> {
    pub(super) number: u64,
    pub(super) payload: &'a [u8],
}

/// Writes a frame; gives how long it is.
pub(super) fn write(into: &mut Vec<u8>, number: u64, payload: &[u8]) -> usize {
    let mut header = Vec::with_capacity(HEADER);
    header.extend_from_slice(&MAGIC);
    header.extend_from_slice(&u32::try_from(payload.len()).unwrap_or(u32::MAX).to_le_bytes());
    header.extend_from_slice(&number.to_le_bytes());
    header.extend_from_slice(&crc32fast::hash(&header).to_le_bytes());
    header.extend_from_slice(&sum(&header, payload).to_le_bytes());
    into.extend_from_slice(&header);
    into.extend_from_slice(payload);
    HEADER + payload.len()
}

fn sum(header: &[u8], payload: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(header);
    hasher.update(payload);
    hasher.finalize()
}

enum Parsed<'a> {
    Whole(Frame<'a>),
    /// The header is good and names more bytes than there are.
    CutShort,
    /// The header is good and the payload is not.
    Spoiled(usize),
    NoHeader,
}

fn parse(bytes: &[u8]) -> Parsed<'_> {
    let Some(header) = bytes.get(..HEADER) else { return Parsed::NoHeader };
    if !header.starts_with(&MAGIC) || number(header, 16) != Some(crc32fast::hash(head(header, 16))) {
        return Parsed::NoHeader;
    }
    let length = number(header, 4).map_or(usize::MAX, |length| length as usize);
    if length > PAYLOAD_MAX {
        return Parsed::NoHeader;
    }
    let Some(payload) = bytes.get(HEADER..HEADER + length) else { return Parsed::CutShort };
    if number(header, 20) != Some(sum(head(header, 20), payload)) {
        return Parsed::Spoiled(HEADER + length);
    }
    let seq = header.get(8..16).and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_le_bytes);
    Parsed::Whole(Frame { number: seq, payload })
}

fn head(header: &[u8], length: usize) -> &[u8] {
    header.get(..length).unwrap_or_default()
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map(u32::from_le_bytes)
}

/// The one frame that `bytes` are.
pub(super) fn single(bytes: &[u8]) -> Option<Frame<'_>> {
    match parse(bytes) {
        Parsed::Whole(frame) if bytes.len() == HEADER + frame.payload.len() => Some(frame),
        _ => None,
    }
}

/// What a file holds, piece by piece.
pub(super) enum Piece<'a> {
    /// A frame, and where it begins.
    Frame { at: usize, frame: Frame<'a> },
    /// Bytes that are none, and are followed by frames or were one.
    Damaged { from: usize, to: usize },
    /// What a write that did not end has left at the end: nothing was promised about it.
    Torn { from: usize },
}

/// Reads a file's pieces.
pub(super) struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Scan<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    fn rest(&self, from: usize) -> &'a [u8] {
        self.bytes.get(from..).unwrap_or_default()
    }

    /// The next place after `from` where a header is good.
    fn resume(&self, from: usize) -> Option<usize> {
        let mut at = from;
        loop {
            let rest = self.rest(at);
            let found = rest.windows(MAGIC.len()).position(|window| window == MAGIC)?;
            at += found;
            if !matches!(parse(self.rest(at)), Parsed::NoHeader) {
                return Some(at);
            }
            at += 1;
        }
    }
}

impl<'a> Iterator for Scan<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        let from = self.at;
        let rest = self.rest(from);
        if rest.is_empty() {
            return None;
        }
        let parsed = parse(rest);
        if let Parsed::Whole(frame) = parsed {
            self.at = from + HEADER + frame.payload.len();
            return Some(Piece::Frame { at: from, frame });
        }
        if let Parsed::Spoiled(length) = parsed {
            let next = from + length;
            // The length is to be believed where a frame or the end follows.
            if self.rest(next).is_empty() || !matches!(parse(self.rest(next)), Parsed::NoHeader) {
                self.at = next;
                return Some(Piece::Damaged { from, to: next });
            }
        }
        if let Some(next) = self.resume(from + 1) {
            self.at = next;
            return Some(Piece::Damaged { from, to: next });
        }
        self.at = self.bytes.len();
        let torn =
            matches!(parsed, Parsed::CutShort) || rest.len() < HEADER || rest.iter().all(|byte| *byte == 0);
        Some(if torn { Piece::Torn { from } } else { Piece::Damaged { from, to: self.bytes.len() } })
    }
}
