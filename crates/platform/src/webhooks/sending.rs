//! Sending what waits.

use super::{Delivery, SEALED, WAITING};
use crate::config::{WebhookConfig, is_guarded};
use crate::jobs::{Job, Schedule, Words};
use crate::office::{self, Kept};
use crate::seal::MasterKey;
use aws_lc_rs::hmac;
use bowei_encoding::{from_base64, hex};
use bowei_service::outgoing::{BadAddress, ClientBounds, HttpClient};
use bowei_store::{OfficeQuery, Store, StoreError};
use bytes::Bytes;
use http::{Request, header};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// A receiver of one's own: it answers at once, with a few words.
const BOUNDS: ClientBounds = ClientBounds {
    idle_connections: 2,
    answer_timeout: Duration::from_secs(10),
    answer_max_bytes: 64 * 1024,
    https: true,
};

/// Deliveries of one turn.
const AT_ONCE: usize = 200;

/// The wait after the first failure; it doubles with each.
const RETRY_AFTER: SignedDuration = SignedDuration::from_mins(1);
/// And at most.
const RETRY_AFTER_MAX: SignedDuration = SignedDuration::from_hours(6);
/// What was not taken for so long is told nobody any more.
const GIVEN_UP_AFTER: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Receipts are kept for so long.
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

/// The shortest secret.
const SECRET_MIN: usize = 16;

/// Why webhooks cannot be sent.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// The address.
    #[error("webhook.url is {0:?}: https://HOST/… is expected; plain http to this machine alone")]
    Address(String),
    /// TLS cannot be used.
    #[error(transparent)]
    Client(#[from] BadAddress),
    /// The secret.
    #[error("webhook.secret_file is expected with webhook.url: a file with at least {SECRET_MIN} bytes: {0}")]
    Secret(String),
}

/// Who is told.
pub(crate) struct Webhooks {
    receiver: Option<Receiver>,
}

struct Receiver {
    url: String,
    key: hmac::Key,
    /// What data are sealed with until they are sent.
    seal: MasterKey,
    client: HttpClient,
}

impl Webhooks {
    /// By the configuration; nobody without an address.
    pub(crate) fn open(config: &WebhookConfig, seal: &MasterKey) -> Result<Self, WebhookError> {
        let Some((url, key)) = Self::receiver(config)? else { return Ok(Self { receiver: None }) };
        let client = HttpClient::to_any(BOUNDS)?;
        Ok(Self { receiver: Some(Receiver { url, key, seal: seal.clone(), client }) })
    }

    /// The address, and the key that a delivery is signed with.
    pub(crate) fn receiver(config: &WebhookConfig) -> Result<Option<(String, hmac::Key)>, WebhookError> {
        let Some(url) = config.url.clone() else { return Ok(None) };
        if !is_guarded(&url) {
            return Err(WebhookError::Address(url));
        }
        let file =
            config.secret_file.as_deref().ok_or_else(|| WebhookError::Secret("none is named".to_owned()))?;
        let secret = std::fs::read(file).map_err(|error| WebhookError::Secret(error.to_string()))?;
        let secret = secret.trim_ascii();
        if secret.len() < SECRET_MIN {
            return Err(WebhookError::Secret(format!("{} has {}", file.display(), secret.len())));
        }
        Ok(Some((url, hmac::Key::new(hmac::HMAC_SHA256, secret))))
    }

    /// Whether anybody is told anything.
    pub(crate) fn is_told(&self) -> bool {
        self.receiver.is_some()
    }
}

/// The job.
pub(crate) fn job(store: Arc<dyn Store>, webhooks: Arc<Webhooks>) -> Job {
    Job::new("webhooks", Schedule::Minutes(1), move |period| {
        let (store, webhooks) = (Arc::clone(&store), Arc::clone(&webhooks));
        async move {
            let Some(receiver) = &webhooks.receiver else { return Ok(Words::none()) };
            let (sent, failed) = send(store.as_ref(), receiver, period.from).await?;
            forget(store.as_ref(), period.from).await?;
            Ok(if sent + failed == 0 {
                Words::none()
            } else {
                Words::new(
                    format!("推送成功 {sent} 条，失败 {failed} 条"),
                    format!("{sent} taken, {failed} not"),
                )
            })
        }
    })
}

async fn send(store: &dyn Store, receiver: &Receiver, now: Timestamp) -> Result<(usize, usize), StoreError> {
    let query = OfficeQuery { states: vec![WAITING.to_owned()], limit: AT_ONCE, ..OfficeQuery::default() };
    let waiting = office::list::<Delivery>(store, query).await?.items;
    let (mut sent, mut failed) = (0, 0);
    // The oldest first: what happened later is told later.
    for mut kept in waiting.into_iter().rev().filter(|kept| kept.document.next_at <= now) {
        let told = receiver.tell(&kept).await;
        let delivery = &mut kept.document;
        delivery.attempts += 1;
        match told {
            Ok(status) => {
                (delivery.delivered, delivery.failure) = (Some((now, status)), None);
                sent += 1;
            }
            Err(why) => {
                delivery.failure = Some(why);
                delivery.is_given_up = now.duration_since(delivery.at) > GIVEN_UP_AFTER;
                let doubled = RETRY_AFTER * (1 << delivery.attempts.min(9)) / 2;
                delivery.next_at = now.saturating_add(doubled.min(RETRY_AFTER_MAX)).unwrap_or(now);
                failed += 1;
            }
        }
        if delivery.delivered.is_some() || delivery.is_given_up {
            // Whom it was for is not kept with the receipt.
            if let Value::Object(data) = &mut delivery.data {
                data.remove(SEALED);
            }
        }
        match store.administer(vec![kept.change()?], Vec::new()).await {
            // Another node, or this one before it was stopped, has noted it: told twice it has one id.
            Err(StoreError::Outdated { .. }) => {}
            noted => noted?,
        }
    }
    Ok((sent, failed))
}

async fn forget(store: &dyn Store, now: Timestamp) -> Result<(), StoreError> {
    let before = now.saturating_sub(KEPT).unwrap_or(Timestamp::MIN);
    let query = OfficeQuery { before: Some(before), limit: AT_ONCE, ..OfficeQuery::default() };
    let old = office::list::<Delivery>(store, query).await?.items;
    let removals: Vec<_> = old.iter().map(Kept::removal).collect();
    if removals.is_empty() { Ok(()) } else { store.administer(removals, Vec::new()).await }
}

impl Receiver {
    /// The data with what is sealed in them opened.
    fn opened(&self, data: &Value) -> Result<Value, String> {
        let mut data = data.clone();
        let Some(Value::Object(sealed)) = data.as_object_mut().and_then(|data| data.remove(SEALED)) else {
            return Ok(data);
        };
        for (name, secret) in sealed {
            let text = |field: &str| secret.get(field).and_then(Value::as_str).unwrap_or_default();
            let bytes = from_base64(text("sealed")).ok_or("what is sealed is no base64")?;
            let opened = self.seal.open(text("for"), &bytes).map_err(|error| error.to_string())?;
            if let Value::Object(data) = &mut data {
                data.insert(name, String::from_utf8_lossy(&opened).into_owned().into());
            }
        }
        Ok(data)
    }

    /// Sends one; the status that took it, or why it was not taken.
    async fn tell(&self, kept: &Kept<Delivery>) -> Result<u16, String> {
        let Delivery { event, at, data, .. } = &kept.document;
        let data = self.opened(data)?;
        let body =
            json!({"id": kept.id, "event": event, "at": bowei_model::moment::rfc3339(*at), "data": data});
        let body = Bytes::from(body.to_string());
        let signature = hex(hmac::sign(&self.key, &body).as_ref());
        let request = Request::post(&self.url)
            .header(header::CONTENT_TYPE, "application/json")
            .header("x-bowei-delivery", &kept.id)
            .header("x-bowei-signature", format!("sha256={signature}"))
            .body(body)
            .map_err(|error| error.to_string())?;
        let answer = self.client.send(request).await.map_err(|error| error.to_string())?;
        let status = answer.status();
        if status.is_success() { Ok(status.as_u16()) } else { Err(format!("answered {status}")) }
    }
}
