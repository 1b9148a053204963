//! Does what platforms ask of the lot, however it got here: called by the platform at its standard's own path, or asked for
//! by the gateway ([`run`]).

use crate::Gateway;
use crate::downlink::{AskedDirective, DirectiveAnswer, NotDone, PlatformDirectives, Room, Unanswered};
use crate::uplink::Backoff;
use bowei_model::SpaceKind;
use bowei_service::stopping::stopped;
use bowei_standards::downlink::Directive;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// A platform that is back is found within a minute.
const BACKOFF: Backoff = Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(60) };
/// A platform that answers at once and has nothing new is not asked again before.
const REST: Duration = Duration::from_secs(1);

impl Gateway {
    /// What the lot has left for what is asked. A cancellation needs none.
    async fn room(&self, asked: &Directive) -> Room {
        match asked {
            Directive::Reservation(reservation) => self.room_of(reservation.space).await,
            Directive::Cancellation(_) => Room::default(),
        }
    }

    async fn room_of(&self, space: SpaceKind) -> Room {
        Room { vacant: self.vacant().await, reservable: self.reservable(space) }
    }

    /// Does what the platform of `uplink` asks, or says why not.
    pub(crate) async fn obey(&self, uplink: &str, asked: Directive) -> Result<(), NotDone> {
        // What is free is counted and taken by one at a time: two at once would both see the last space.
        let _one_at_a_time = self.reserving.lock().await;
        let room = self.room(&asked).await;
        let now = self.now();
        match asked {
            Directive::Reservation(reservation) => self.desk.reserve(reservation, room, uplink, now).await?,
            Directive::Cancellation(cancellation) => self.desk.cancel(&cancellation, now).await?,
        }
        self.spaces_changed();
        Ok(())
    }

    /// Does it once, however often it is asked under this id, and gives the answer; and whether it is asked for the first
    /// time.
    async fn answer(
        &self,
        uplink: &str,
        AskedDirective { id, asked }: AskedDirective,
    ) -> Result<(DirectiveAnswer, bool), NotDone> {
        if let Some(before) = self.desk.answered(uplink, &id).await {
            return Ok((before, false));
        }
        let _one_at_a_time = self.reserving.lock().await;
        let room = match &asked {
            Ok(asked) => self.room(asked).await,
            Err(_) => Room::default(),
        };
        let answer = self.desk.answer((uplink, &id), asked, room, self.now()).await?;
        self.spaces_changed();
        Ok((answer, true))
    }
}

/// Asks one platform for what it wants and answers it, and tells it what the lot has called off, until `stopping` turns
/// true.
pub(crate) async fn run(
    gateway: Arc<Gateway>,
    directives: Arc<PlatformDirectives>,
    stopping: watch::Receiver<bool>,
) {
    tokio::select! {
        () = stopped(stopping) => {}
        () = ask(&gateway, &directives) => {}
        () = tell(&gateway, &directives) => {}
    }
}

async fn ask(gateway: &Gateway, directives: &PlatformDirectives) {
    let mut failures = 0;
    loop {
        bowei_watch::injection_point("directives");
        let began = Instant::now();
        match ask_once(gateway, directives).await {
            Ok(something_new) => {
                directives.note(Ok(()), gateway.clock.now());
                failures = 0;
                if !something_new {
                    tokio::time::sleep_until(began + REST).await;
                }
            }
            Err(why) => {
                tracing::warn!(
                    uplink = directives.uplink,
                    why,
                    "the platform's directives could not be asked for"
                );
                directives.note(Err(why), gateway.clock.now());
                failures += 1;
                tokio::time::sleep(BACKOFF.after(failures, &[gateway.lot.as_str()])).await;
            }
        }
    }
}

/// Gives whether something was asked that had not been before.
async fn ask_once(gateway: &Gateway, directives: &PlatformDirectives) -> Result<bool, String> {
    let mut something_new = false;
    for asked in directives.wait(&gateway.lot).await? {
        let id = asked.id.clone();
        let (answer, is_new) =
            gateway.answer(&directives.uplink, asked).await.map_err(|not_done| match not_done {
                NotDone::NotKept(why) => format!("a directive could not be written down: {why}"),
                NotDone::Refused(refusal) => format!("{refusal:?}"),
            })?;
        something_new |= is_new;
        match directives.answer(&id, &answer).await {
            Ok(()) => {}
            Err(Unanswered::Refused(why)) => {
                tracing::warn!(
                    uplink = directives.uplink,
                    id,
                    why,
                    "the platform wants no answer to its directive"
                );
            }
            Err(Unanswered::TryLater(why)) => return Err(why),
        }
    }
    Ok(something_new)
}

/// Tells the platform what the lot has called off, one after the other.
async fn tell(gateway: &Gateway, directives: &PlatformDirectives) {
    let mut newest = gateway.desk.newest();
    let mut failures = 0;
    loop {
        bowei_watch::injection_point("lot-cancellations");
        newest.borrow_and_update();
        let Some(untold) = gateway.desk.untold(&directives.uplink).await else {
            if newest.changed().await.is_err() {
                return;
            }
            continue;
        };
        let why = match directives.cancel(&untold).await {
            Ok(()) => None,
            Err(Unanswered::Refused(why)) => {
                tracing::warn!(
                    uplink = directives.uplink,
                    booking = untold.booking,
                    why,
                    "the platform has ended the reservation itself"
                );
                None
            }
            Err(Unanswered::TryLater(why)) => Some(why),
        };
        let kept = match why {
            None => gateway
                .desk
                .told(&untold, gateway.now())
                .await
                .map_err(|_| "it could not be written down".to_owned()),
            Some(why) => Err(why),
        };
        match kept {
            Ok(()) => failures = 0,
            Err(why) => {
                tracing::warn!(
                    uplink = directives.uplink,
                    booking = untold.booking,
                    why,
                    "the platform could not be told of a cancellation"
                );
                failures += 1;
                tokio::time::sleep(BACKOFF.after(failures, &[gateway.lot.as_str()])).await;
            }
        }
    }
}
