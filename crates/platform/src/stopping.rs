//! The platform's stop, as everything that runs on waits for it.

use tokio::sync::watch;

/// Returns once the platform stops, or is gone.
pub(crate) async fn stopped(mut stopping: watch::Receiver<bool>) {
    let _ = stopping.wait_for(|stopping| *stopping).await;
}
