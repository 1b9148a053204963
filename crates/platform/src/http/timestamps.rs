//! Times in the API: RFC 3339 out, with `+08:00`; in, any offset.

use super::problem::Problem;
use bowei_model::moment;
use jiff::Timestamp;

/// A time as the API writes it.
pub(super) fn shown(at: Timestamp) -> String {
    moment::rfc3339(at)
}

/// A time in a query.
pub(super) fn asked(name: &'static str, text: Option<&str>) -> Result<Option<Timestamp>, Problem> {
    let Some(text) = text else { return Ok(None) };
    // A plus sign that was not percent-encoded arrives as a blank.
    let text = text.replace(' ', "+");
    text.parse().map(Some).map_err(|_| {
        Problem::invalid(
            name,
            format!(
                "{name}={text} 不是有效时间，应为 RFC 3339 格式 is no time of RFC 3339, such as 2026-04-01T08:00:00+08:00"
            ),
        )
    })
}
