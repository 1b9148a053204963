//! One message and its answer, with the login that the platform may want first.

use super::authenticator::NoLogin;
use super::{TransportError, Uplink};
use bowei_standards::lot_side::{CannotSeal, Reading};
use bowei_standards::platform_side::Credential;
use bytes::Bytes;
use http::{Request, Response};
use std::sync::Arc;
use tokio::time::Instant;

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
}

/// [`Unanswered::LoginAgain`] in words.
pub(super) const LOGIN_AGAIN: &str = "the platform wants one login after the other";

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
                    let reading = self.standard.read_answer(&answer);
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
}
