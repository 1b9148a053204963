//! Errors of the API: `application/problem+json` after RFC 9457.

use crate::cursors::UnknownCursor;
use crate::seal::SealError;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bowei_store::StoreError;
use serde::Serialize;
use utoipa::ToSchema;

/// An error, as the API tells it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// What kind of problem: `about:blank`, the status says it all.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The status in words.
    title: &'static str,
    /// The status.
    status: u16,
    /// What is wrong here, and what to do.
    detail: String,
    /// The parameters of the query and the fields of the body that are at fault, where it is known which.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<InvalidField>,
    /// What a page has to do about it, where there is something.
    #[schema(value_type = Option<super::enums::ProblemCode>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    /// Seconds after which to try again, for the header of that name.
    #[serde(skip)]
    retry_after: Option<u64>,
}

/// A parameter or a field at fault.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct InvalidField {
    /// JSON pointer to it in the body or, for a parameter of the query, in the query as an object: `#/state`.
    pointer: String,
    /// What is wrong with it.
    detail: String,
}

/// What a page can do something about: sign in, read the csrf anew, ask for the password, have a password chosen or a
/// second factor set up, say that the password is not right.
pub(super) const CODES: [&str; 6] =
    ["signed-out", "csrf", "password-needed", "must-change-password", "totp-required", "password-wrong"];

/// Seconds after which to try again when the store is busy or away.
const RETRY_AFTER: u64 = 5;

impl Problem {
    /// A problem of that status.
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: detail.into(),
            errors: Vec::new(),
            code: None,
            retry_after: None,
        }
    }

    /// The same with another status.
    #[must_use]
    pub(crate) fn with_status(self, status: StatusCode) -> Self {
        Self { title: status.canonical_reason().unwrap_or("Error"), status: status.as_u16(), ..self }
    }

    /// The same, with what a page has to do about it.
    #[must_use]
    pub(crate) fn coded(self, code: &'static str) -> Self {
        Self { code: Some(code), ..self }
    }

    /// The same, to be tried again after so many seconds.
    #[must_use]
    pub(crate) fn after_seconds(self, seconds: u64) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    /// 400: the parameter or the field of that name is at fault.
    pub(crate) fn invalid(name: &str, detail: impl Into<String>) -> Self {
        let problem = Self::bad_request(detail);
        let errors = vec![InvalidField { pointer: format!("#/{name}"), detail: problem.detail.clone() }];
        Self { errors, ..problem }
    }

    /// The same, of the one of several that it is about.
    #[must_use]
    pub(crate) fn about(self, name: &str) -> Self {
        Self { detail: format!("{name}: {}", self.detail), ..self }
    }

    /// 400: fields that have to be there and are not, each of them named.
    pub(crate) fn missing(fields: &[&str]) -> Self {
        let errors = fields.iter().map(|field| InvalidField {
            pointer: format!("#/{field}"),
            detail: "请填写该项 this is required".to_owned(),
        });
        let words = format!("缺少 {} these are missing: {}", fields.join("、"), fields.join(", "));
        Self { errors: errors.collect(), ..Self::bad_request(words) }
    }

    /// 400: what does not fit was met at that place, which may be none.
    pub(crate) fn unfit(at: &serde_path_to_error::Path, detail: impl Into<String>) -> Self {
        use serde_path_to_error::Segment;
        let steps = at.iter().filter_map(|segment| match segment {
            Segment::Map { key } => Some(key.clone()),
            Segment::Seq { index } => Some(index.to_string()),
            Segment::Enum { .. } | Segment::Unknown => None,
        });
        match steps.collect::<Vec<_>>().join("/") {
            name if name.is_empty() => Self::bad_request(detail),
            name => Self::invalid(&name, detail),
        }
    }

    /// The same of what lies within `place`: `#/longitude` within `lots/0` is `#/lots/0/longitude`.
    #[must_use]
    pub(crate) fn within(mut self, place: &str) -> Self {
        for error in &mut self.errors {
            let field = error.pointer.trim_start_matches("#/");
            error.pointer = format!("#/{place}/{field}");
        }
        self.detail = format!("{place}: {}", self.detail);
        self
    }

    /// 400.
    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// 404.
    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    /// Whether it says that there is none.
    pub(crate) fn is_missing(&self) -> bool {
        self.status == StatusCode::NOT_FOUND.as_u16()
    }

    /// 500: a password's hash takes more memory than there is.
    pub(crate) fn no_memory() -> Self {
        let words = "内存不足，无法计算口令 no memory is left for the password's hash";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, words)
    }

    /// 405.
    pub(crate) fn wrong_method() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "this path does not answer this method: see /openapi.json")
    }

    /// 403.
    pub(crate) fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, detail)
    }
}

impl From<UnknownCursor> for Problem {
    fn from(error: UnknownCursor) -> Self {
        Self::invalid("cursor", error.to_string())
    }
}

impl From<SealError> for Problem {
    fn from(error: SealError) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict(detail) => Self::bad_request(detail),
            StoreError::Outdated { .. } => {
                let words = "已被他人更改，请刷新后重试 somebody else has changed it meanwhile: look again, and do it anew";
                Self::new(StatusCode::CONFLICT, words)
            }
            StoreError::Overloaded { .. } | StoreError::Contended(_) | StoreError::Unavailable(_) => {
                tracing::warn!(%error, "the store did not answer");
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "the store is busy or away: try again in a moment")
            }
            StoreError::Unreadable(_) => {
                tracing::error!(%error, "the store holds something unreadable");
                Self::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "the store holds something unreadable: see the log",
                )
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry_after = self.retry_after.unwrap_or(RETRY_AFTER);
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE || status == StatusCode::TOO_MANY_REQUESTS {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(retry_after));
        }
        response
    }
}
