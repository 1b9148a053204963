//! The makers whose cameras are understood, and what each is asked.

use super::{DeviceFault, Heard, answer, dahua, hikvision, texts, vzenith};
use bowei_encoding::sha256_hex;
use bowei_encoding::shown::shown;
use bytes::Bytes;
use http::{HeaderMap, Response};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Who made a camera: in which form it speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Maker {
    /// 海康威视: ISAPI event notifications, `eventType` ANPR.
    Hikvision,
    /// 大华: ITSAPI, `NotificationInfo/TollgateInfo`.
    Dahua,
    /// 臻识: `AlarmInfoPlate`, also spoken by cameras sold under other names.
    Vzenith,
}

impl Maker {
    /// The name in the configuration: `hikvision`, `dahua`, `vzenith`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hikvision => "hikvision",
            Self::Dahua => "dahua",
            Self::Vzenith => "vzenith",
        }
    }

    /// The maker's name in Chinese.
    pub fn chinese(self) -> &'static str {
        match self {
            Self::Hikvision => "海康威视",
            Self::Dahua => "大华",
            Self::Vzenith => "臻识",
        }
    }

    /// The longest message taken, in bytes. Pictures of cameras with eight million points have up to 3 MiB; base64
    /// adds a third.
    pub fn body_max_bytes(self) -> usize {
        const MIB: usize = 1024 * 1024;
        match self {
            // Up to four pictures as they are.
            Self::Hikvision => 12 * MIB,
            // Up to six pictures in base64.
            Self::Dahua => 16 * MIB,
            // Two pictures in base64.
            Self::Vzenith => 8 * MIB,
        }
    }

    /// Reads what a camera pushed in a body.
    pub fn read(self, headers: &HeaderMap, body: &Bytes) -> Result<Vec<Heard>, DeviceFault> {
        self.read_push("", headers, body)
    }

    /// Reads what a camera pushed, `query` being that of the address: some firmware writes the event there.
    pub fn read_push(
        self,
        query: &str,
        headers: &HeaderMap,
        body: &Bytes,
    ) -> Result<Vec<Heard>, DeviceFault> {
        if body.len() > self.body_max_bytes() {
            return Err(DeviceFault::TooLong { maker: self.name(), max_bytes: self.body_max_bytes() });
        }
        let mut heard = match self {
            Self::Hikvision => hikvision::read(query, headers, body),
            // A sign of life may be no more than a request.
            _ if body.trim_ascii().is_empty() => Ok(vec![Heard::Alive]),
            Self::Dahua => dahua::read(body),
            Self::Vzenith => vzenith::read(body),
        }?;
        let mut message = None;
        for (place, heard) in heard.iter_mut().enumerate() {
            if let Heard::Car(event) = heard
                && event.event_id.is_none()
                && (event.at.is_some() || !event.pictures.is_empty())
            {
                let message = message.get_or_insert_with(|| sha256_hex(body));
                event.fingerprint = fingerprint(&format!("{query}\0{message}\0{place}"));
            }
        }
        Ok(heard)
    }

    /// What the camera is told, in the form that it expects: of what was read of its message, once that is kept, or
    /// of what is wrong. 200 when taken; 400 for what cannot be read and 413 for what is too long; 503 for what
    /// could not be kept, which the camera sends again. Never a word that opens a barrier.
    pub fn answer(self, outcome: Result<&[Heard], &DeviceFault>) -> Response<Bytes> {
        answer::of(self, outcome)
    }

    /// The fault of a message that is not what this maker's cameras send.
    pub(super) fn unreadable(self, expected: &'static str, body: &[u8]) -> DeviceFault {
        let start = body.get(..body.len().min(256)).unwrap_or_default();
        let received: Cow<'_, str> = texts::decoded(start);
        // In one line: what it is of is seen by its words.
        let received = received.split_whitespace().collect::<Vec<_>>().join(" ");
        DeviceFault::Unreadable { maker: self.name(), expected, received: shown(&received) }
    }
}

/// The first 64 bits of a digest.
fn fingerprint(message: &str) -> Option<u64> {
    u64::from_str_radix(sha256_hex(message.as_bytes()).get(..16)?, 16).ok()
}
