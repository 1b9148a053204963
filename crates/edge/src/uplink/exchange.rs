//! One message and its answer, with the login that the platform may want first.

use super::authenticator::NoLogin;
use super::{TransportError, Uplink};
use bowei_encoding::shown::{shown, shown_up_to};
use bowei_standards::lot_side::{CannotSeal, Reading};
use bowei_standards::platform_side::Credential;
use bytes::Bytes;
use http::header::LOCATION;
use http::{Request, Response, StatusCode};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use tokio::time::Instant;

/// So many characters of what was answered from a wrong address are shown.
const ANSWER_SHOWN: usize = 200;

/// Why there is no answer.
pub(super) enum Unanswered {
    /// It cannot be said in this standard, or not with this credential.
    Cannot(CannotSeal),
    /// There is no token to say it with.
    NoLogin(NoLogin),
    /// None came.
    Transport(TransportError),
    /// The platform wants one login after the other.
    LoginAgain,
    /// A setting of edge.toml is wrong, whatever is said: see [`own_setting`].
    Setting(String),
}

/// [`Unanswered::LoginAgain`] in words.
pub(super) const LOGIN_AGAIN: &str = "the platform wants one login after the other";

/// The settings of edge.toml that are known to be wrong without a word of the platform's: why begins with the name.
const OWN_SETTINGS: [&str; 2] = ["lot_id", "url"];

/// The setting of edge.toml that is wrong, by why an uplink says that it is refused.
pub(crate) fn own_setting(why: &str) -> Option<&'static str> {
    let (name, _) = why.split_once('：')?;
    OWN_SETTINGS.into_iter().find(|setting| *setting == name)
}

/// How servers answer who speaks no TLS to them, in a part of their words: nginx, Apache, Go.
const NO_TLS: [&str; 3] = ["plain HTTP request", "speaking plain HTTP", "HTTP request to an HTTPS server"];

impl Uplink {
    /// Says something and gives the platform's answer, with what the standard reads in it. Tried once, and once more
    /// after a login.
    pub(super) async fn exchange<S>(
        &self,
        seal: impl Fn(Arc<dyn Credential>) -> S,
    ) -> Result<(Response<Bytes>, Reading), Unanswered>
    where
        S: Future<Output = Result<Request<Bytes>, CannotSeal>>,
    {
        if let Err(cannot) = self.standard.check_lot_id(&self.lot_id) {
            return Err(Unanswered::Setting(format!("lot_id：{cannot}")));
        }
        for _ in 0..2 {
            let (credentials, ends_soon) = self.authenticator.credentials();
            let sealed = if ends_soon {
                Err(CannotSeal::LoginFirst)
            } else {
                seal(Arc::clone(&credentials.own)).await
            };
            match sealed {
                Ok(request) => {
                    let asked = Instant::now();
                    let answer = self.transport.send(request).await.map_err(Unanswered::Transport)?;
                    self.clock.observe(asked, self.standard.read_clock(&answer), &answer);
                    if let Some(why) = self.misaddressed(&answer) {
                        return Err(Unanswered::Setting(why));
                    }
                    let reading = self.standard.read_answer(&answer);
                    if reading == Reading::Accepted {
                        self.is_reached.store(true, Relaxed);
                    }
                    if reading != Reading::LoginFirst {
                        return Ok((answer, reading));
                    }
                }
                Err(CannotSeal::LoginFirst) => {}
                Err(cannot) => return Err(Unanswered::Cannot(cannot)),
            }
            self.authenticator.log_in(self, credentials.logins).await.map_err(Unanswered::NoLogin)?;
        }
        Err(Unanswered::LoginAgain)
    }

    /// What is wrong with `url`, by an answer that nothing of the standard is there. Once something was taken the address
    /// is right, and a platform without one of its interfaces must not hold up the others.
    pub(super) fn misaddressed(&self, answer: &Response<Bytes>) -> Option<String> {
        if self.is_reached.load(Relaxed) {
            return None;
        }
        let (status, text) = (answer.status(), String::from_utf8_lossy(answer.body()));
        let speaks_tls = status == StatusCode::BAD_REQUEST && NO_TLS.iter().any(|words| text.contains(words));
        let is_elsewhere = status.is_redirection()
            || matches!(status, StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED)
            || text.contains("没有此接口");
        if !(speaks_tls || is_elsewhere) {
            return None;
        }
        let words = match speaks_tls {
            true => "此端口只接受 https the port takes https alone",
            false => "此地址没有平台的接口 the platform's interfaces are not at this address",
        };
        let received = shown_up_to(text.trim(), ANSWER_SHOWN);
        let location = answer.headers().get(LOCATION).and_then(|to| to.to_str().ok()).map(shown);
        let received = location.unwrap_or(received);
        Some(format!(
            "url：{words}（HTTP {status}{}{received}）",
            if received.is_empty() { "" } else { "：" }
        ))
    }
}
