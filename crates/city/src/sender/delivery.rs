//! One message on its way: drawn if it is a picture, sealed with the time of this very attempt, sent, and sent again
//! until the platform has taken it or refused it for good.

use super::authenticator::{Authenticator, Authenticators, NoLogin};
use super::counts::Counts;
use super::gateway::Gateway;
use super::outcome::{BACKOFF_MAX, BACKOFF_MIN, Outcome, backed_off};
use super::tally::{RefusalHeard, Tally, one_more};
use super::{Clock, StopSignal};
use crate::message::{Message, Says};
use crate::picture::{self, Scene};
use crate::plan::{Accounts, CityLot, CityPlan, CredentialsError};
use bowei_encoding::sha256_hex;
use bowei_model::{Passage, Photo, Picture, Report};
use bowei_service::outgoing::HttpClient;
use bowei_standards::lot_side::{CannotSeal, Outgoing, Reading};
use jiff::Timestamp;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// However long a platform wants to be left alone, after this it is asked again.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(60);

pub(super) struct Delivering {
    pub(super) client: HttpClient,
    /// By the lot's code.
    gateways: HashMap<String, Gateway>,
    pub(super) authenticators: Authenticators,
    counts: Counts,
    clock: Clock,
    timeout: Option<Duration>,
    pub(super) tally: Arc<Tally>,
    stop: StopSignal,
}

impl Delivering {
    pub(super) fn new(
        plan: &CityPlan,
        accounts: &Accounts,
        (client, gateways): (HttpClient, HashMap<String, Gateway>),
        clock: Clock,
        timeout: Option<Duration>,
        tally: Arc<Tally>,
        stop: StopSignal,
    ) -> Result<Self, CredentialsError> {
        let (authenticators, counts) = (Authenticators::of(plan, accounts)?, Counts::of(plan));
        Ok(Self { client, gateways, authenticators, counts, clock, timeout, tally, stop })
    }

    pub(super) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Whether somebody else speaks for the lot.
    pub(super) fn has_gateway(&self, lot: &CityLot) -> bool {
        self.gateways.contains_key(lot.code.as_str())
    }

    pub(super) async fn deliver(&self, message: &Message) {
        let lot = &message.lot;
        let by = match (&message.says, &lot.operator) {
            (Says::Charge(_), Some(operator)) => (&operator.provider, operator.standard, &operator.lot_id),
            _ => (&lot.provider, lot.standard, &lot.lot_id),
        };
        let (provider, standard, lot_id) = by;
        let Some(authenticator) = self.authenticators.get(provider, standard) else {
            return one_more(&self.tally.unsaid);
        };
        let accepted = match &message.says {
            Says::Passage(passage) => {
                self.pass(passage, message.within.as_ref(), lot, &authenticator).await;
                return;
            }
            Says::Photo(scene) => {
                let least = lot.speaks().map_or(0, |speaks| speaks.picture_min_bytes);
                let jpeg = picture::draw_at_least(scene, least);
                let report = photo(scene, lot, &jpeg);
                let outgoing = Outgoing { report: &report, lot_id, lot_kind: lot.kind, picture: Some(&jpeg) };
                (self.say(outgoing, &authenticator, lot.code.as_str()).await, &self.tally.photos)
            }
            // A gateway says these itself.
            Says::OfLot(_) if self.has_gateway(lot) => return,
            // It is asked for after midnight by those who have a gateway, and said by nobody else.
            Says::DayDeclared(_) | Says::LotChanged(_) => return,
            Says::OfLot(report) => {
                let outgoing = Outgoing { report, lot_id, lot_kind: lot.kind, picture: None };
                (self.say(outgoing, &authenticator, lot.code.as_str()).await, &self.tally.of_lots)
            }
            Says::Charge(record) => {
                let report = Report::ChargingRecord(record.clone());
                let outgoing = Outgoing { report: &report, lot_id, lot_kind: lot.kind, picture: None };
                // The operator speaks for itself, whoever speaks for the lot.
                (self.say(outgoing, &authenticator, provider.as_str()).await, &self.tally.charges)
            }
        };
        if accepted.0 == Outcome::Accepted {
            one_more(&self.tally.accepted);
            one_more(accepted.1);
        }
    }

    /// A passage, with its picture where that goes within, and then the free spaces where these go apart.
    async fn pass(
        &self,
        passage: &Passage,
        within: Option<&Scene>,
        lot: &CityLot,
        authenticator: &Authenticator,
    ) {
        let report = Report::Passage(passage.clone());
        let drawn = within.map(picture::draw);
        // A text that has pictures within its records wants one in each.
        // A gateway sees to that itself.
        let wanted = authenticator.standard.picture_goes_within() && !self.has_gateway(lot);
        let shown = drawn.as_deref().or_else(|| wanted.then(picture::none));
        let outgoing = Outgoing { report: &report, lot_id: &lot.lot_id, lot_kind: lot.kind, picture: shown };
        if self.say(outgoing, authenticator, lot.code.as_str()).await == Outcome::Accepted {
            one_more(&self.tally.accepted);
            if drawn.is_some() {
                one_more(&self.tally.photos);
            }
        }
        // Whatever became of it, the car has come or gone.
        self.counts.after(passage, lot, authenticator, self).await;
    }

    /// Says it until it is taken, refused, or there is no more point.
    pub(super) async fn say(
        &self,
        outgoing: Outgoing<'_>,
        authenticator: &Authenticator,
        of: &str,
    ) -> Outcome {
        if let Some(gateway) = self.gateways.get(of) {
            return gateway.say(outgoing, &self.tally, &self.stop, of).await;
        }
        let started = Instant::now();
        let mut backoff = BACKOFF_MIN;
        let mut has_logged_in = false;
        loop {
            if self.stop.is_given() {
                one_more(&self.tally.given_up);
                return Outcome::Lost;
            }
            let credentials = authenticator.credentials();
            let reading = match authenticator.standard.seal(outgoing, &*credentials.own, self.now()) {
                Ok(sealed) => {
                    let answer = self.client.send(sealed.request).await;
                    answer.map(|answer| authenticator.standard.read_answer(&answer))
                }
                Err(CannotSeal::LoginFirst) => Ok(Reading::LoginFirst),
                Err(cannot) => {
                    one_more(&self.tally.unsaid);
                    self.tally.trouble(cannot.to_string());
                    return Outcome::Lost;
                }
            };
            let wait = match reading {
                Ok(Reading::Accepted) => return Outcome::Accepted,
                Ok(Reading::Refused { code, why }) => {
                    let record_id = outgoing.report.record_id().map(str::to_owned);
                    self.tally.refused(RefusalHeard { of: of.to_owned(), record_id, code, why });
                    return Outcome::Lost;
                }
                Ok(Reading::Held { why }) => {
                    one_more(&self.tally.later);
                    self.tally.trouble(why);
                    None
                }
                Ok(Reading::TryLater { after, why }) => {
                    one_more(&self.tally.later);
                    self.tally.trouble(why);
                    after.and_then(|after| Duration::try_from(after).ok())
                }
                Ok(Reading::LoginFirst) => match authenticator.log_in(self, credentials.logins).await {
                    // A platform that wants one login after the other is given time.
                    Ok(()) if !has_logged_in => {
                        has_logged_in = true;
                        continue;
                    }
                    Ok(()) => None,
                    Err(NoLogin::Later(after)) => after,
                    Err(NoLogin::Refused) => return Outcome::Lost,
                },
                Err(why) => {
                    one_more(&self.tally.unreachable);
                    self.tally.trouble(why.to_string());
                    None
                }
            };
            if self.timeout.is_some_and(|timeout| started.elapsed() > timeout) {
                one_more(&self.tally.given_up);
                return Outcome::Lost;
            }
            let wait = wait.map_or(backoff, |wait| wait.clamp(BACKOFF_MIN, RETRY_AFTER_MAX));
            backed_off(&self.stop, wait).await;
            backoff = (backoff * 2).min(BACKOFF_MAX);
        }
    }
}

/// A photo of which `jpeg` is the picture.
pub(crate) fn photo(scene: &Scene, lot: &CityLot, jpeg: &[u8]) -> Report {
    let photo = Photo {
        lot: lot.code.clone(),
        record_id: scene.record_id.clone(),
        role: scene.role,
        slot: None,
        taken_at: Some(scene.at),
        picture: Picture::Bytes {
            sha256: sha256_hex(jpeg),
            bytes: jpeg.len() as u64,
            media_type: "image/jpeg".to_owned(),
        },
    };
    Report::Photo(photo)
}
