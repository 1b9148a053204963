//! `GET /v1/passages`: the last cars, and how each stands with each platform.

use super::Problem;
use crate::Gateway;
use crate::outbox::Standing;
use axum::Json;
use axum::extract::{Query, State};
use bowei_model::Report;
use bowei_model::moment::rfc3339;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::HashSet;
use std::sync::Arc;

/// A page's worth, and not more than is read from disk in a moment.
const LIMIT_MAX: usize = 200;

#[derive(Deserialize)]
pub(super) struct Page {
    #[serde(default = "usual")]
    limit: usize,
}

fn usual() -> usize {
    30
}

pub(super) async fn list(
    State(gateway): State<Arc<Gateway>>,
    Query(page): Query<Page>,
) -> Result<Json<Value>, Problem> {
    let (mut items, mut shown) = (Vec::new(), HashSet::new());
    for seq in gateway.outbox.recent(page.limit.min(LIMIT_MAX)) {
        let Ok(entry) = gateway.outbox.read(seq).await else { continue };
        let Report::Passage(passage) = &entry.report else { continue };
        // A car that was told again, better, is one car: the last word of it is shown.
        if !shown.insert((passage.direction, passage.record_id.clone())) {
            continue;
        }
        let standing: Map<String, Value> = gateway
            .uplinks
            .iter()
            .map(|uplink| (uplink.name.clone(), name(gateway.outbox.how(&uplink.name, seq)).into()))
            .collect();
        items.push(json!({
            "seq": seq, "kind": entry.report.kind(), "record_id": passage.record_id, "at": rfc3339(passage.at),
            "plate": passage.plate, "plate_kind": passage.plate_kind, "gate": passage.gate_code,
            "gate_name": passage.gate, "vacant": passage.vacant,
            "abnormal": passage.abnormal, "memo": passage.memo, "standing": standing,
        }));
    }
    Ok(Json(json!({ "items": items, "next": null })))
}

fn name(standing: Standing) -> &'static str {
    match standing {
        Standing::Waiting => "waiting",
        Standing::Delivered => "delivered",
        Standing::Unsupported => "not-carried",
        Standing::Refused => "refused",
        Standing::Unknown => "unknown",
    }
}
