//! How the files are sent: with a tag and a date of what they say, and compressed as they are kept.

use super::super::caching::{REVALIDATED, matches};
use crate::app::App;
use crate::http::encodings::weights;
use crate::http::problem::Problem;
use crate::open_data::{Format, Revision, Unpublished, Which};
use axum::body::Body;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED,
    VARY,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use bowei_model::LotCode;
use jiff::fmt::rfc2822::DateTimePrinter;

/// A format's file, or that whoever asks has it already: that is found out without making it.
pub(super) async fn whole(app: &App, headers: &HeaderMap, format: Format) -> Result<Response, Problem> {
    let city = app.open_data.city().await?;
    if format.needs_lots() && city.is_empty() {
        return Err(Problem::not_found(
            "尚无公共停车场 there are no public lots: DATEX II has no form for that",
        ));
    }
    let (etag, revision) = (city.etag(format), city.revision(format));
    let modified = http_date(revision)?;
    let known = is_known(headers, &etag, &modified, revision);
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let body = app.open_data.body(&city, format).await?;
        if takes_gzip(headers) {
            ([(CONTENT_ENCODING, "gzip")], Body::from(body.gzip.clone())).into_response()
        } else {
            Body::from(body.plain.clone()).into_response()
        }
    };
    let told = response.headers_mut();
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        told.insert(ETAG, etag);
    }
    told.insert(LAST_MODIFIED, modified);
    told.insert(CACHE_CONTROL, REVALIDATED);
    told.insert(CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
    told.insert(VARY, HeaderValue::from_static("accept-encoding"));
    Ok(response)
}

/// Some lots alone; the answer is tagged by what it says.
pub(super) async fn some(app: &App, format: Format, which: Which) -> Result<Response, Problem> {
    let city = app.open_data.city().await?;
    let modified = http_date(city.revision(format))?;
    let bytes = app.open_data.some(&city, format, which).await?;
    let kind = HeaderValue::from_static(format.media_type());
    Ok(([(CONTENT_TYPE, kind), (LAST_MODIFIED, modified)], Body::from(bytes)).into_response())
}

/// One element of a list.
pub(super) async fn one(app: &App, format: Format, id: &str) -> Result<Response, Problem> {
    let city = app.open_data.city().await?;
    let element = app.open_data.apds_one(&city, format, &LotCode::from(id));
    let element =
        element.ok_or_else(|| Problem::not_found(format!("there is no {id:?} here: see the list")))?;
    let kind = HeaderValue::from_static(format.media_type());
    let modified = http_date(city.revision(format))?;
    Ok(([(CONTENT_TYPE, kind), (LAST_MODIFIED, modified)], element.to_string()).into_response())
}

fn http_date(revision: &Revision) -> Result<HeaderValue, Problem> {
    let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&revision.at).ok();
    let no_date = || Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the clock shows no date");
    date.and_then(|date| HeaderValue::from_str(&date).ok()).ok_or_else(no_date)
}

/// RFC 9110, 13.2.2: a tag goes before a date. A date counts where it is ours to the second, and that second had one
/// content alone.
fn is_known(headers: &HeaderMap, etag: &str, modified: &HeaderValue, revision: &Revision) -> bool {
    if headers.contains_key(IF_NONE_MATCH) {
        return headers.get_all(IF_NONE_MATCH).iter().any(|shown| matches(shown, etag));
    }
    !revision.shares_second && headers.get(IF_MODIFIED_SINCE) == Some(modified)
}

/// Named, or any, and not refused.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let weight = |coding| weights(headers, coding).next();
    weight("gzip").or_else(|| weight("*")).is_some_and(|weight| weight > 0.0)
}

impl From<Unpublished> for Problem {
    fn from(error: Unpublished) -> Self {
        match error {
            Unpublished::Store(error) => error.into(),
            error => {
                tracing::error!(%error, "open data cannot be made");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "the file cannot be made: see the log")
            }
        }
    }
}
