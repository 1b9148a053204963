//! Prometheus metrics.

use crate::after_commit::{AfterCommit, Commit};
use async_trait::async_trait;
use bowei_store::StoreError;
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use std::sync::OnceLock;

/// One recorder a process: that is how the `metrics` crate works.
static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();

/// Bounds of the buckets for times, in seconds: from an answer without RSA to the answer time-out.
const SECONDS: [f64; 12] = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0];

/// Installs the recorder; a second call in the same process changes nothing.
pub(crate) fn install() -> Result<(), BuildError> {
    if HANDLE.get().is_some() {
        return Ok(());
    }
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?
        .build_recorder();
    let handle = recorder.handle();
    if metrics::set_global_recorder(recorder).is_ok() {
        let _ = HANDLE.set(handle);
        describe();
    }
    Ok(())
}

fn describe() {
    metrics::describe_counter!(
        "bowei_messages_total",
        "messages received, by standard, path and HTTP status"
    );
    metrics::describe_counter!("bowei_messages_refused_total", "messages refused, by standard and code");
    metrics::describe_counter!(
        "bowei_messages_deferred_total",
        "messages put off with 429 or 503, by standard"
    );
    metrics::describe_counter!("bowei_reports_total", "reports kept, by kind and outcome");
    metrics::describe_counter!("bowei_rsa_blocks_total", "RSA blocks decrypted, by lane");
    metrics::describe_counter!(
        "bowei_refusals_dropped_total",
        "refused messages not noted because too many waited"
    );
    metrics::describe_histogram!("bowei_message_seconds", "from a whole message to its answer, by standard");
    metrics::describe_gauge!("bowei_connections", "connections open");
    metrics::describe_counter!(
        "bowei_connections_refused_total",
        "connections closed because their address had too many in use"
    );
    metrics::describe_counter!(
        "bowei_connections_evicted_total",
        "connections closed, unused, to make room for others"
    );
    metrics::describe_counter!(
        "bowei_bodies_evicted_total",
        "bodies that still arrived and made room for others"
    );
    metrics::describe_gauge!(
        "bowei_tls_certificate_expiry_seconds",
        "when the TLS certificate in use ends, in seconds since 1970"
    );
    metrics::describe_counter!(
        "bowei_panics_total",
        "faults of Bowei's own, by the part that was started anew"
    );
    metrics::describe_gauge!(
        "bowei_lots",
        "lots in operation, by whether they are heard from: online, stale, closed"
    );
    metrics::describe_gauge!("bowei_disk_free_bytes", "room left on the disk, by what lies there");
    metrics::describe_gauge!("bowei_disk_total_bytes", "size of the disk, by what lies there");
    metrics::describe_gauge!("bowei_build_info", "1, with the version");
    metrics::describe_counter!("bowei_jobs_done_total", "jobs done, by name");
    metrics::describe_counter!("bowei_jobs_failed_total", "jobs that failed and are tried again, by name");
    metrics::describe_counter!("bowei_photos_swept_total", "pictures deleted that no record shows");
    metrics::describe_counter!("bowei_photos_overloaded_total", "pictures put off because too many waited");
    metrics::describe_counter!("bowei_store_overloaded_total", "deliveries put off because too many waited");
    metrics::describe_counter!("bowei_store_failed_deliveries_total", "deliveries that could not be kept");
    metrics::describe_counter!(
        "bowei_store_contended_total",
        "batches begun anew because another node was at the lot"
    );
    metrics::describe_histogram!("bowei_store_batch_deliveries", "deliveries written with one sync");
    metrics::describe_histogram!("bowei_store_commit_seconds", "from a batch's first delivery to its sync");
    metrics::describe_counter!(
        "bowei_reservation_calls_total",
        "calls to lots about reservations, by outcome"
    );
    metrics::describe_counter!(
        "bowei_reservation_calls_dropped_total",
        "calls to lots not made because too many waited"
    );
    metrics::describe_counter!(
        "bowei_reservation_passages_dropped_total",
        "passages not held against reservations because too many waited"
    );
    metrics::describe_counter!(
        "bowei_reservation_retries_total",
        "changes to a lot's reservations begun anew because another node was at them"
    );
    metrics::gauge!("bowei_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1);
}

/// Keeps the recorder's memory bounded; called every few seconds.
pub(crate) fn upkeep() {
    if let Some(handle) = HANDLE.get() {
        handle.run_upkeep();
    }
}

/// `GET /metrics`.
pub(crate) async fn render() -> String {
    HANDLE.get().map(PrometheusHandle::render).unwrap_or_default()
}

/// Counts the reports that are kept.
pub(crate) struct ReportCounter;

#[async_trait]
impl AfterCommit for ReportCounter {
    fn name(&self) -> &'static str {
        "count-reports"
    }

    async fn after_commit(&self, commit: &Commit<'_>) -> Result<(), StoreError> {
        for (new, effect) in commit.statements.iter().zip(&commit.committed.effects) {
            let kind = new.statement.report.kind();
            metrics::counter!("bowei_reports_total", "kind" => kind, "outcome" => effect.outcome())
                .increment(1);
        }
        Ok(())
    }
}
