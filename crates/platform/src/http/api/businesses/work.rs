//! What is being done about a business, changed.

use super::{BusinessFields, is_connected, matcher};
use crate::accounts::{Source, differing, entry};
use crate::app::App;
use crate::http::api::words;
use crate::http::problem::Problem;
use crate::http::timestamps;
use crate::office::Kept;
use crate::office::businesses::{Business, Match, MatchedBy, Note};
use crate::registry::{Beside, Told};
use bowei_model::ProviderCode;
use bowei_store::{ChangeSource, RegistryChange, StoreError};
use jiff::Timestamp;
use serde_json::{Map, Value};

/// The longest obstacle, and the longest note.
const OBSTACLE_MAX: usize = 200;
const NOTE_MAX: usize = 500;

/// Puts what is asked into a business.
pub(super) async fn apply(
    app: &App,
    source: &Source,
    asked: &BusinessFields,
    business: &mut Business,
) -> Result<(), Problem> {
    if let Some(obstacle) = &asked.obstacle {
        business.obstacle =
            Some(words("obstacle", obstacle, 0, OBSTACLE_MAX)?).filter(|text| !text.is_empty());
    }
    if let Some(login) = &asked.assignee {
        business.assignee = Some(login.trim().to_lowercase()).filter(|login| !login.is_empty());
        if let Some(login) = &business.assignee {
            let user = app.store.user(login).await?.filter(|user| !user.disabled);
            user.ok_or_else(|| {
                Problem::invalid("assignee", format!("没有账号 {login:?} there is no account {login:?}"))
            })?;
        }
    }
    for (field, given, of) in [
        ("next_at", &asked.next_at, &mut business.next_at),
        ("notified_at", &asked.notified_at, &mut business.notified_at),
    ] {
        if let Some(given) = given {
            *of = timestamps::asked(field, Some(given.as_str()).filter(|given| !given.is_empty()))?;
            if of.is_some_and(|at| at <= Timestamp::UNIX_EPOCH) {
                return Err(Problem::invalid(field, format!("{field} 早于 1970 年 {field} is before 1970")));
            }
        }
    }
    match asked.state.as_deref() {
        None => {}
        Some("not-required") => business.not_required = true,
        Some("unknown") => business.not_required = false,
        Some(other) => {
            let words =
                format!("state is {other:?}: \"not-required\" or \"unknown\" is expected, the others follow");
            return Err(Problem::invalid("state", words));
        }
    }
    if let Some(text) = asked.note.as_deref().filter(|text| !text.is_empty()) {
        let text = words("note", text, 1, NOTE_MAX)?;
        business.note(Note { at: app.clock.now(), user: source.user.clone(), text });
    }
    let Some(code) = asked.provider.as_deref().map(str::trim) else { return Ok(()) };
    let snapshot = app.registry.snapshot();
    if code.is_empty() {
        business.found = None;
        let listed = business.clone();
        *business = tokio::task::spawn_blocking(move || {
            let mut business = listed;
            business.look_up(&matcher(&snapshot));
            business
        })
        .await
        .map_err(|error| StoreError::Unavailable(format!("matching: {error}")))?;
        return Ok(());
    }
    let provider = ProviderCode::from(code);
    if !snapshot.providers.contains_key(&provider) {
        return Err(Problem::invalid(
            "provider",
            format!("没有接入单位 {code:?} there is no provider {code:?}"),
        ));
    }
    business.is_connected = is_connected(&snapshot, &provider);
    business.found = Some(Match { provider, by: MatchedBy::Hand, score: 1.0 });
    Ok(())
}

/// Keeps a change, with its provider's notice where that is what has changed.
pub(super) async fn keep(
    app: &App,
    source: &Source,
    before: &Kept<Business>,
    after: &Kept<Business>,
) -> Result<(), StoreError> {
    let now = app.clock.now();
    let what = ("business.change", format!("business:{}", after.id));
    let audited = entry(source, now, what, told(&before.document, &after.document));
    let beside = Beside { changes: vec![after.change()?], entries: vec![audited] };
    let notified = (before.document.notified_at, after.document.notified_at);
    let found = after.document.found.as_ref().filter(|_| notified.0 != notified.1);
    let Some(found) = found else { return app.store.administer(beside.changes, beside.entries).await };
    let told = Told::new(source, ChangeSource::Console, now);
    let edited = app.registry.edit_beside(&told, |snapshot| {
        let row = snapshot.providers.get(&found.provider).cloned();
        let providers = row.into_iter().filter_map(|mut row| {
            let at = notice(row.details.notified_at, notified);
            let is_other = at != row.details.notified_at;
            row.details.notified_at = at;
            is_other.then_some(row)
        });
        let change = RegistryChange { providers: providers.collect(), ..RegistryChange::default() };
        Ok::<_, StoreError>((change, beside.clone()))
    });
    edited.await
}

/// When a provider was notified, once one of its businesses' notices is another: the first notice counts, and one that was
/// this business's is put right with it.
fn notice(
    known: Option<Timestamp>,
    (before, after): (Option<Timestamp>, Option<Timestamp>),
) -> Option<Timestamp> {
    match (known, after) {
        (known, after) if known == before => after,
        (Some(known), Some(after)) => Some(known.min(after)),
        (known, after) => known.or(after),
    }
}

/// What the audit says of a change: of the notes the new one.
fn told(before: &Business, after: &Business) -> (Option<Value>, Option<Value>) {
    let fields = |business: &Business| {
        let mut fields = match serde_json::to_value(business) {
            Ok(Value::Object(fields)) => fields,
            _ => Map::new(),
        };
        if let Some(notes) = fields.get_mut("notes").and_then(Value::as_array_mut) {
            notes.drain(..notes.len().saturating_sub(1));
        }
        fields
    };
    let (mut before, after) = differing(fields(before), fields(after));
    before.remove("notes");
    (Some(Value::Object(before)), Some(Value::Object(after)))
}
