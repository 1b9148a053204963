//! What whoever asks can read compressed.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_ENCODING;

/// The weights that a coding is named with, by RFC 9110, 12.5.3: 1 where none is said, 0 where it is refused.
pub(super) fn weights(asked: &HeaderMap, coding: &str) -> impl Iterator<Item = f32> {
    let named = asked.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    named.flat_map(|value| value.split(',')).filter_map(move |one| {
        let (name, weight) = one.split_once(';').unwrap_or((one, ""));
        let weight = weight.trim().trim_start_matches("q=").parse().unwrap_or(1.0);
        name.trim().eq_ignore_ascii_case(coding).then_some(weight)
    })
}
