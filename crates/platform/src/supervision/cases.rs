//! Handling cases: what the store has of one, as the model knows it, and back.

use bowei_model::supervision::{Handling, HandlingState};
use bowei_store::{CaseRow, StoreError};

/// The handling of a case.
pub(crate) fn handling(case: &CaseRow) -> Result<Handling, StoreError> {
    serde_json::from_str(&case.doc).map_err(|error| {
        StoreError::Unreadable(format!("the handling of case {}: {error}", case.condition.id))
    })
}

/// A case with another handling.
pub(crate) fn handled(case: &CaseRow, handling: &Handling) -> Result<CaseRow, StoreError> {
    let doc = serde_json::to_string(handling).map_err(|error| {
        StoreError::Unreadable(format!("the handling of case {}: {error}", case.condition.id))
    })?;
    Ok(CaseRow {
        state: handling.state.name().to_owned(),
        assignee: handling.assignee.clone(),
        due_at: handling.due_at,
        paused_until: handling.pauses.last().map(|pause| pause.until),
        order_id: handling.order.clone(),
        doc,
        ..case.clone()
    })
}

/// The state that a case is in.
pub(crate) fn state(case: &CaseRow) -> HandlingState {
    HandlingState::from_name(&case.state).unwrap_or_default()
}
