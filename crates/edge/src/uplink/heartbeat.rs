//! Signs of life, at the standard's interval, beside whatever else goes on: they wait for no backlog and no backlog
//! waits for them.

use super::exchange::LOGIN_AGAIN;
use super::{NotAnswered, State, Uplink};
use bowei_model::{Heartbeat, Report};
use bowei_service::stopping::stopped;
use bowei_standards::lot_side::{CannotSeal, Outgoing, Reading};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// After a sign of life that was not taken the next comes early: after so much of the interval, in parts, so that a
/// platform that is back soon does not take the lot for dead.
const EARLY: u32 = 6;

pub(super) async fn run(uplink: Arc<Uplink>, stopping: watch::Receiver<bool>) {
    let Ok(interval) = Duration::try_from(uplink.standard.card().heartbeat) else { return };
    let mut due = Instant::now();
    loop {
        tokio::select! {
            () = stopped(stopping.clone()) => return,
            () = tokio::time::sleep_until(due) => {}
        }
        bowei_watch::injection_point("heartbeat");
        match beat(&uplink).await {
            Beat::Taken => due += interval,
            Beat::Failed => due = Instant::now() + interval / EARLY,
            // Each try is a login with a password that was just refused: accounts get locked for that.
            Beat::Refused => due = Instant::now() + interval,
            // The text has none: a report now and then is the lot's sign of life.
            Beat::None => return,
        }
        // After a machine's sleep one is enough.
        due = due.max(Instant::now());
    }
}

enum Beat {
    Taken,
    Failed,
    /// The account is refused.
    Refused,
    None,
}

async fn beat(uplink: &Uplink) -> Beat {
    let report = Report::Heartbeat(Heartbeat { lot: Some(uplink.lot.clone()) });
    let lot_kind = uplink.lot_kind;
    let outgoing = Outgoing { report: &report, lot_id: &uplink.lot_id, lot_kind, picture: None };
    let asked = uplink.ask(|own| uplink.standard.seal(outgoing, own, uplink.clock.now())).await;
    match asked.map(|answer| uplink.standard.read_answer(&answer)) {
        Err(NotAnswered::Cannot(CannotSeal::NoMessage { .. })) => Beat::None,
        Ok(Reading::Accepted) => {
            uplink.board.alive();
            uplink.board.answers();
            Beat::Taken
        }
        Ok(Reading::Held { why }) => {
            uplink.board.heartbeat_failed(State::Refused, &why);
            Beat::Refused
        }
        Ok(reading) => {
            let why = match reading {
                Reading::Refused { code, why } => format!("{code} {why}"),
                Reading::TryLater { why, .. } => why,
                _ => LOGIN_AGAIN.to_owned(),
            };
            uplink.board.heartbeat_failed(State::Waiting, &why);
            Beat::Failed
        }
        Err(_) if uplink.seen().state == State::Refused => Beat::Refused,
        Err(not_answered) => {
            uplink.board.heartbeat_failed(State::Down, &not_answered.to_string());
            Beat::Failed
        }
    }
}
