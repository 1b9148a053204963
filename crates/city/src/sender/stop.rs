//! The signal to stop: given once, heard everywhere.

use tokio::sync::watch;

/// Gives the signal.
#[derive(Debug)]
pub struct Stop(watch::Sender<bool>);

/// Hears it.
#[derive(Clone, Debug)]
pub struct StopSignal(watch::Receiver<bool>);

impl Stop {
    /// A signal and who hears it. Where the giver is dropped without giving it, it is never given.
    pub fn new() -> (Self, StopSignal) {
        let (sender, receiver) = watch::channel(false);
        (Self(sender), StopSignal(receiver))
    }

    /// Stops.
    pub fn give(&self) {
        self.0.send_replace(true);
    }
}

impl StopSignal {
    /// Whether it has been given.
    pub fn is_given(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is given.
    pub async fn given(&mut self) {
        if self.0.wait_for(|given| *given).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
