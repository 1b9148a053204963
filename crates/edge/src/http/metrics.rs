//! `GET /metrics`: what the page shows, for Prometheus.

use super::status::disk;
use crate::outbox::{Status, UplinkStatus};
use crate::uplink::{State as UplinkState, Uplink};
use crate::{Gateway, View};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use metrics::{counter, describe_counter, describe_gauge, gauge, with_local_recorder};
use metrics_exporter_prometheus::PrometheusBuilder;
use std::sync::Arc;

/// Every state of the disk has a line of its own, so that a rule can name one.
const DISK_STATES: [&str; 5] = ["ok", "photos-going", "photos-refused", "full", "failing"];

pub(super) async fn render(State(gateway): State<Arc<Gateway>>) -> Response {
    // One a scrape: gateways that share a process do not share numbers.
    let recorder = PrometheusBuilder::new().build_recorder();
    let (kept, view) = (gateway.outbox.status(), gateway.view().await);
    with_local_recorder(&recorder, || {
        describe();
        of_outbox(&kept);
        of_lot(&view);
        for (uplink, kept) in gateway.uplinks.iter().zip(&kept.uplinks) {
            of_uplink(&gateway, uplink, kept);
        }
        for (part, times) in bowei_watch::panics() {
            counter!("bowei_panics_total", "part" => part).absolute(times);
        }
    });
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], recorder.handle().render()).into_response()
}

fn describe() {
    describe_gauge!("bowei_edge_bytes", "bytes kept");
    describe_gauge!("bowei_edge_records", "records kept, delivered ones among them");
    describe_gauge!("bowei_edge_photos", "pictures kept");
    describe_counter!("bowei_edge_photos_dropped_total", "pictures dropped for want of room");
    describe_counter!("bowei_edge_damaged_total", "records set aside as damaged");
    describe_gauge!("bowei_edge_disk_state", "1 for the state that the disk is in");
    describe_gauge!("bowei_edge_inside", "cars inside");
    describe_gauge!("bowei_edge_vacant", "free spaces");
    describe_gauge!("bowei_edge_up", "1 while the platform takes what is sent");
    describe_gauge!("bowei_edge_backlog", "reports that wait");
    describe_gauge!("bowei_edge_backlog_bytes", "bytes that wait");
    describe_gauge!("bowei_edge_oldest_waiting_seconds", "age of the oldest report that waits");
    describe_counter!("bowei_edge_accepted_total", "reports that the platform took");
    describe_counter!("bowei_edge_refused_total", "reports that the platform refused for good");
    describe_gauge!("bowei_edge_dead_letters", "refused reports that wait for somebody");
    describe_counter!("bowei_panics_total", "faults of Bowei's own, by the part that was started anew");
    describe_gauge!("bowei_edge_clock_offset_seconds", "the platform's clock minus this machine's");
}

#[allow(clippy::cast_precision_loss, reason = "the format has floats alone")]
fn of_outbox(kept: &Status) {
    gauge!("bowei_edge_bytes").set(kept.bytes as f64);
    gauge!("bowei_edge_records").set(kept.records as f64);
    gauge!("bowei_edge_photos").set(kept.photos as f64);
    counter!("bowei_edge_photos_dropped_total").absolute(kept.photos_dropped);
    counter!("bowei_edge_damaged_total").absolute(kept.damaged);
    let (is, _) = disk(&kept.disk);
    for state in DISK_STATES {
        gauge!("bowei_edge_disk_state", "state" => state).set(if is == state { 1.0 } else { 0.0 });
    }
}

#[allow(clippy::cast_precision_loss, reason = "the format has floats alone")]
fn of_lot(view: &View) {
    gauge!("bowei_edge_inside").set(view.inside as f64);
    if let Some(vacant) = view.vacant {
        gauge!("bowei_edge_vacant").set(vacant as f64);
    }
}

#[allow(clippy::cast_precision_loss, reason = "the format has floats alone")]
fn of_uplink(gateway: &Gateway, uplink: &Uplink, kept: &UplinkStatus) {
    let labels = [("uplink", uplink.name.clone()), ("standard", uplink.standard.card().name.to_owned())];
    let age = kept.oldest_waiting.map_or(0.0, |at| gateway.clock.now().duration_since(at).as_secs_f64());
    gauge!("bowei_edge_up", &labels).set(if uplink.seen().state == UplinkState::Up { 1.0 } else { 0.0 });
    gauge!("bowei_edge_backlog", &labels).set(kept.backlog as f64);
    gauge!("bowei_edge_backlog_bytes", &labels).set(kept.backlog_bytes as f64);
    gauge!("bowei_edge_oldest_waiting_seconds", &labels).set(age.max(0.0));
    counter!("bowei_edge_accepted_total", &labels).absolute(kept.accepted);
    counter!("bowei_edge_refused_total", &labels).absolute(kept.refused);
    gauge!("bowei_edge_dead_letters", &labels).set(kept.dead_letters as f64);
    if let Some(offset) = uplink.clock.offset() {
        gauge!("bowei_edge_clock_offset_seconds", &labels).set(offset.offset.as_secs_f64());
    }
}
