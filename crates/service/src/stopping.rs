//! The stop, as everything that runs on waits for it.

use tokio::sync::watch;

/// Returns once the service stops, or is gone.
pub async fn stopped(mut stopping: watch::Receiver<bool>) {
    let _ = stopping.wait_for(|stopping| *stopping).await;
}
