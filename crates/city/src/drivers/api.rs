//! The platform's own API, as drivers and gateways use it.

use bowei_service::outgoing::{BadAddress, ClientBounds, HttpClient, SendError};
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Method, Request, StatusCode};
use serde_json::Value;
use std::time::Duration;

/// One after the other, each answered at once.
const BOUNDS: ClientBounds = ClientBounds {
    idle_connections: 2,
    answer_timeout: Duration::from_secs(30),
    answer_max_bytes: 4 * 1024 * 1024,
    https: false,
};

/// A client of it.
pub struct Api {
    client: HttpClient,
}

/// Why something could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The address is none.
    #[error(transparent)]
    Address(#[from] BadAddress),
    /// The request has no form.
    #[error("{path}: {source}")]
    Request {
        /// The path.
        path: String,
        /// Why.
        source: http::Error,
    },
    /// No answer.
    #[error("{path}: {source}")]
    Unreachable {
        /// The path.
        path: String,
        /// Why.
        source: SendError,
    },
    /// An answer that nothing was prepared for.
    #[error("{path}: {status} {received}")]
    Unexpected {
        /// The path.
        path: String,
        /// Its status.
        status: StatusCode,
        /// Its body.
        received: Value,
    },
}

impl Api {
    /// The API at that address.
    pub fn to(url: &str) -> Result<Self, ApiError> {
        Ok(Self { client: HttpClient::to(url, BOUNDS)? })
    }

    /// Asks, and gives the answer's status and JSON; null where it has none.
    pub(super) async fn ask(
        &self,
        (method, path): (Method, &str),
        token: Option<&str>,
        body: Option<&Value>,
    ) -> Result<(StatusCode, Value), ApiError> {
        let body = body.map(|body| ("application/json", Bytes::from(body.to_string())));
        self.send((method, path), token, body).await
    }

    async fn send(
        &self,
        (method, path): (Method, &str),
        token: Option<&str>,
        body: Option<(&str, Bytes)>,
    ) -> Result<(StatusCode, Value), ApiError> {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        if let Some((media_type, _)) = body {
            request = request.header(CONTENT_TYPE, media_type);
        }
        let bytes = body.map(|(_, bytes)| bytes).unwrap_or_default();
        let request =
            request.body(bytes).map_err(|source| ApiError::Request { path: path.to_owned(), source })?;
        let answer = self.client.send(request).await;
        let answer = answer.map_err(|source| ApiError::Unreachable { path: path.to_owned(), source })?;
        Ok((answer.status(), serde_json::from_slice(answer.body()).unwrap_or_default()))
    }

    /// The same where nothing but a success is prepared for.
    pub async fn done(
        &self,
        (method, path): (Method, &str),
        token: Option<&str>,
        body: Option<&Value>,
    ) -> Result<Value, ApiError> {
        succeeded(path, self.ask((method, path), token, body).await?)
    }

    /// Hands a table in, as CSV.
    pub async fn hand_in_table(&self, path: &str, token: &str, csv: String) -> Result<Value, ApiError> {
        let body = Some(("text/csv", Bytes::from(csv)));
        succeeded(path, self.send((Method::POST, path), Some(token), body).await?)
    }
}

fn succeeded(path: &str, (status, received): (StatusCode, Value)) -> Result<Value, ApiError> {
    if status.is_success() {
        return Ok(received);
    }
    Err(ApiError::Unexpected { path: path.to_owned(), status, received })
}
