//! `Retry-After` of a platform's answer.

use bytes::Bytes;
use http::Response;
use http::header::RETRY_AFTER;
use jiff::SignedDuration;

/// However long a platform wants to be left alone, an hour later we knock again.
const RETRY_AFTER_MAX_S: i64 = 3_600;

/// When the platform says to come back, in seconds from now; `None` where it does not say so in seconds.
pub(crate) fn retry_after(answer: &Response<Bytes>) -> Option<SignedDuration> {
    let seconds: i64 = answer.headers().get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(SignedDuration::from_secs(seconds.clamp(0, RETRY_AFTER_MAX_S)))
}
