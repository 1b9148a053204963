//! One message on its way: drawn if it is a picture, sealed with the time of this very attempt, sent, and sent again
//! until the platform has taken it or refused it for good.

use super::line::Line;
use super::tally::{RefusalHeard, Tally, one_more};
use super::{Clock, StopSignal};
use crate::message::{Message, Says};
use crate::picture::{self, Scene};
use crate::plan::{Account, Accounts, CityLot, CityPlan, CredentialsError};
use bowei_model::{Photo, Picture, Report};
use bowei_standards::lot_side::{Outgoing, Reading};
use bowei_standards::shared::encoding::sha256_hex;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// The wait after the first failure; it doubles with each further one.
const BACKOFF_MIN: Duration = Duration::from_millis(100);
const BACKOFF_MAX: Duration = Duration::from_secs(5);
/// However long a platform wants to be left alone, after this it is asked again.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(60);

pub(super) struct Delivering {
    line: Line,
    /// By the lot's ordinal.
    speakers: HashMap<usize, Account>,
    clock: Clock,
    patience: Option<Duration>,
    pub(super) tally: Arc<Tally>,
    stop: StopSignal,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Accepted,
    Lost,
}

impl Delivering {
    pub(super) fn new(
        plan: &CityPlan,
        accounts: &Accounts,
        line: Line,
        clock: Clock,
        patience: Option<Duration>,
        tally: Arc<Tally>,
        stop: StopSignal,
    ) -> Result<Self, CredentialsError> {
        let speakers = plan
            .lots
            .iter()
            .map(|lot| Ok((lot.ordinal, accounts.of(lot.provider.as_str(), lot.standard)?.clone())))
            .collect::<Result<_, CredentialsError>>()?;
        Ok(Self { line, speakers, clock, patience, tally, stop })
    }

    pub(super) async fn deliver(&self, message: &Message) {
        let Some(account) = self.speakers.get(&message.lot.ordinal) else {
            return one_more(&self.tally.unsaid);
        };
        let (report, picture) = match &message.says {
            Says::Passage(passage) => (Report::Passage(passage.clone()), None),
            Says::Photo(scene) => photo(scene, &message.lot),
        };
        let outgoing = Outgoing {
            report: &report,
            lot_id: &message.lot.lot_id,
            lot_kind: message.lot.kind,
            picture: picture.as_deref(),
        };
        if self.say(outgoing, account, message.lot.code.as_str()).await == Fate::Accepted {
            one_more(&self.tally.accepted);
            if picture.is_some() {
                one_more(&self.tally.photos);
            }
        }
    }

    /// Says it until it is taken, refused, or there is no more point.
    pub(super) async fn say(&self, outgoing: Outgoing<'_>, account: &Account, of: &str) -> Fate {
        let started = Instant::now();
        let mut backoff = BACKOFF_MIN;
        loop {
            if self.stop.is_given() {
                one_more(&self.tally.given_up);
                return Fate::Lost;
            }
            let sealed = match account.standard.seal(outgoing, &*account.own, (self.clock)()) {
                Ok(sealed) => sealed,
                Err(cannot) => {
                    one_more(&self.tally.unsaid);
                    self.tally.trouble(cannot.to_string());
                    return Fate::Lost;
                }
            };
            let wait = match self.line.say(sealed.request).await {
                Ok(answer) => match account.standard.read_answer(&answer) {
                    Reading::Accepted => return Fate::Accepted,
                    Reading::Refused { code, why } => {
                        let record_id = outgoing.report.record_id().map(str::to_owned);
                        self.tally.refused(RefusalHeard { of: of.to_owned(), record_id, code, why });
                        return Fate::Lost;
                    }
                    Reading::TryLater { after, why } => {
                        one_more(&self.tally.later);
                        self.tally.trouble(why);
                        after.and_then(|after| Duration::try_from(after).ok())
                    }
                    Reading::LoginFirst => {
                        one_more(&self.tally.later);
                        None
                    }
                },
                Err(why) => {
                    one_more(&self.tally.unreachable);
                    self.tally.trouble(why);
                    None
                }
            };
            if self.patience.is_some_and(|patience| started.elapsed() > patience) {
                one_more(&self.tally.given_up);
                return Fate::Lost;
            }
            let mut stop = self.stop.clone();
            let wait = wait.map_or(backoff, |wait| wait.clamp(BACKOFF_MIN, RETRY_AFTER_MAX));
            let _ = tokio::time::timeout(wait, stop.given()).await;
            backoff = (backoff * 2).min(BACKOFF_MAX);
        }
    }
}

fn photo(scene: &Scene, lot: &CityLot) -> (Report, Option<Vec<u8>>) {
    let jpeg = picture::draw(scene);
    let photo = Photo {
        lot: lot.code.clone(),
        record_id: scene.record_id.clone(),
        role: scene.role,
        slot: None,
        taken_at: Some(scene.at),
        picture: Picture::Bytes {
            sha256: sha256_hex(&jpeg),
            bytes: jpeg.len() as u64,
            media_type: "image/jpeg".to_owned(),
        },
    };
    (Report::Photo(photo), Some(jpeg))
}
