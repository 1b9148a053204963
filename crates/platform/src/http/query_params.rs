//! Query parameters: one without a value (`?lot=&kind=`) counts as left out, and one that does not fit is a problem
//! in the API's own form.

use super::problem::Problem;
use axum::extract::{FromRequestParts, Query};
use axum::http::Uri;
use axum::http::request::Parts;
use serde::de::{DeserializeOwned, value};
use std::error::Error as _;

/// Why axum could not read a query, and at which parameter.
type Misplaced = serde_path_to_error::Error<value::Error>;

/// What the query asks.
pub(super) struct QueryParams<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for QueryParams<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        let given: Vec<_> = query.split('&').filter(|pair| !pair.ends_with('=')).collect();
        let uri: Uri = format!("/?{}", given.join("&")).parse().map_err(|_| {
            Problem::bad_request("查询参数含有非法字符 the query cannot be read: bad characters")
        })?;
        let Query(asked) = Query::try_from_uri(&uri).map_err(|error| {
            let words = format!("查询参数不符合要求 the query cannot be read: {}", error.body_text());
            let causes = std::iter::successors(error.source(), |cause| (*cause).source());
            match causes.filter_map(|cause| cause.downcast_ref::<Misplaced>()).next() {
                Some(misplaced) => Problem::unfit(misplaced.path(), words),
                None => Problem::bad_request(words),
            }
        })?;
        Ok(Self(asked))
    }
}
