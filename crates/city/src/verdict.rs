//! Whether the platform counts what really happened: its two counts of every lot against the truth's.

use crate::sender::in_words;
use bowei_model::LotCode;
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;

/// What a platform should count for a lot once everything has arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    /// All spaces less the cars inside.
    pub derived: i64,
    /// The lot's own last word; `None` where it has said nothing.
    pub reported: Option<i64>,
}

/// What the platform counts: derived and reported, by lot.
pub type Counts = BTreeMap<LotCode, (Option<i64>, Option<i64>)>;

/// The outcome of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Lots looked at.
    pub checked: usize,
    /// Lots of which both counts are right.
    pub equal: usize,
    /// The others.
    pub differing: Vec<Difference>,
}

/// A lot that the platform counts otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The lot.
    pub lot: LotCode,
    /// What it should be.
    pub expected: Expected,
    /// What the platform says, derived and reported; `None` where it does not know the lot.
    pub found: Option<(Option<i64>, Option<i64>)>,
}

/// Holds what was found against what is expected.
pub fn judge(expected: &BTreeMap<LotCode, Expected>, found: &Counts) -> Verdict {
    let differing: Vec<Difference> = expected
        .iter()
        .filter_map(|(lot, expected)| {
            let found = found.get(lot).copied();
            let right = found.is_some_and(|(derived, reported)| {
                derived == Some(expected.derived) && reported == expected.reported
            });
            (!right).then(|| Difference { lot: lot.clone(), expected: *expected, found })
        })
        .collect();
    Verdict { checked: expected.len(), equal: expected.len() - differing.len(), differing }
}

impl Verdict {
    /// Whether every lot is right.
    pub fn is_right(&self) -> bool {
        self.differing.is_empty()
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Differences beyond these are counted only.
        const SHOWN_MAX: usize = 40;
        let differing = self.differing.len();
        write!(f, "核对 {} 个停车场：一致 {}，不一致 {differing}", self.checked, self.equal)?;
        let number = |count: Option<i64>| count.map_or("无".to_owned(), |count| count.to_string());
        for Difference { lot, expected, found } in self.differing.iter().take(SHOWN_MAX) {
            write!(f, "\n  {lot}  应推算 {}、应上报 {}", expected.derived, number(expected.reported))?;
            match found {
                Some((derived, reported)) => {
                    write!(f, "；平台推算 {}、上报 {}", number(*derived), number(*reported))?;
                }
                None => write!(f, "；平台没有这个停车场")?,
            }
        }
        if differing > SHOWN_MAX {
            write!(f, "\n  另有 {} 个", differing - SHOWN_MAX)?;
        }
        Ok(())
    }
}

/// Why the platform's counts could not be had.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The address is none.
    #[error("{url:?} is no http address: {source}")]
    Address {
        /// The address.
        url: String,
        /// What is wrong with it.
        source: http::Error,
    },
    /// Nothing answered.
    #[error("{url} does not answer: {why}")]
    Unreachable {
        /// The address.
        url: String,
        /// Why.
        why: String,
    },
    /// It answered something else.
    #[error(
        "{url} answers {status}: {said}; a token from `bowei token create --role regulator` may be needed"
    )]
    Refused {
        /// The address.
        url: String,
        /// The status.
        status: http::StatusCode,
        /// What it said.
        said: String,
    },
    /// What it answered is not a list of lots.
    #[error("{url} does not answer with a list of lots: {source}")]
    Unreadable {
        /// The address.
        url: String,
        /// What is wrong.
        source: serde_json::Error,
    },
}

#[derive(Deserialize)]
struct Page {
    items: Vec<Item>,
    #[serde(default)]
    next: Option<String>,
}

#[derive(Deserialize)]
struct Item {
    code: String,
    #[serde(default)]
    derived: Option<i64>,
    #[serde(default)]
    reported: Option<i64>,
}

/// Asks the platform at `url` for its counts of every lot that `token` may see.
pub async fn fetch_counts(url: &str, token: &str) -> Result<Counts, FetchError> {
    let client = Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
    let mut counts = Counts::new();
    let mut cursor: Option<String> = None;
    loop {
        let mut page = format!("{}/api/v1/lots", url.trim_end_matches('/'));
        if let Some(cursor) = &cursor {
            page = format!("{page}?cursor={cursor}");
        }
        let request = http::Request::get(&page)
            .header(AUTHORIZATION, format!("Bearer {token}"))
            .body(Empty::new())
            .map_err(|source| FetchError::Address { url: page.clone(), source })?;
        let unreachable = |why: String| FetchError::Unreachable { url: page.clone(), why };
        let answer = client.request(request).await.map_err(|error| unreachable(in_words(&error)))?;
        let status = answer.status();
        let body = answer.into_body().collect().await.map_err(|error| unreachable(in_words(&error)))?;
        let body = body.to_bytes();
        if !status.is_success() {
            let said = String::from_utf8_lossy(&body).chars().take(300).collect();
            return Err(FetchError::Refused { url: page, status, said });
        }
        let list: Page = serde_json::from_slice(&body)
            .map_err(|source| FetchError::Unreadable { url: page.clone(), source })?;
        counts.extend(list.items.into_iter().map(|item| (item.code.into(), (item.derived, item.reported))));
        match list.next {
            Some(next) if Some(&next) != cursor.as_ref() => cursor = Some(next),
            _ => return Ok(counts),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_names_what_differs() {
        let expected = |vacant| Expected { derived: vacant, reported: Some(vacant) };
        let should =
            BTreeMap::from([("a".into(), expected(1)), ("b".into(), expected(2)), ("c".into(), expected(3))]);
        let is = Counts::from([("a".into(), (Some(1), Some(1))), ("b".into(), (Some(2), None))]);
        let verdict = judge(&should, &is);
        assert_eq!((verdict.checked, verdict.equal, verdict.is_right()), (3, 1, false));
        let text = verdict.to_string();
        assert!(text.contains("一致 1，不一致 2"), "{text}");
        assert!(text.contains("b  应推算 2、应上报 2；平台推算 2、上报 无"), "{text}");
        assert!(text.contains("c  应推算 3、应上报 3；平台没有这个停车场"), "{text}");
    }
}
