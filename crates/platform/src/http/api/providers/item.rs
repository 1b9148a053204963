//! A provider as the API shows it.

use crate::accounts::Principal;
use crate::app::App;
use crate::http::problem::Problem;
use crate::http::timestamps;
use crate::office;
use crate::office::deadlines::{self, Deadline, DeadlineKind, DeadlineState};
use crate::office::handovers::Handover;
use crate::registry::Snapshot;
use crate::registry::providers::provider_revision;
use bowei_model::{ProviderCode, Standing};
use bowei_store::{CredentialRow, OfficeQuery, ProviderRow};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::HashSet;
use utoipa::ToSchema;

/// The most handovers that wait for one provider and are looked at: it has one for each key of each standard.
pub(super) const HANDOVERS_MAX: usize = 100;

/// A provider.
#[derive(Serialize, ToSchema)]
pub(in crate::http::api) struct ProviderItem {
    code: String,
    name: String,
    contact: Option<String>,
    /// 统一社会信用代码.
    credit_code: Option<String>,
    address: Option<String>,
    phone: Option<String>,
    /// How many lots report by it that whoever asks may see.
    lots: usize,
    lots_live: usize,
    lots_trial: usize,
    /// The standards that it has keys of.
    standards: Vec<String>,
    /// When it was told to be connected.
    notified_at: Option<String>,
    registered_at: Option<String>,
    /// When it was first given keys.
    keys_at: Option<String>,
    /// When its first message was accepted.
    connected_at: Option<String>,
    /// What it has to do by when; null where no term runs.
    deadline: Option<DeadlineItem>,
    last_heard_at: Option<String>,
    /// What it is by now: sent back with a change, so that nobody else's is overwritten unseen.
    revision: String,
}

impl ProviderItem {
    pub(super) fn code(&self) -> &str {
        &self.code
    }
}

/// A term.
#[derive(Serialize, ToSchema)]
pub(in crate::http::api) struct DeadlineItem {
    kind: DeadlineKind,
    due_at: String,
    /// How much of the term is over: 1 and more when it is late.
    share: f64,
    state: DeadlineState,
}

impl DeadlineItem {
    pub(in crate::http::api) fn of(deadline: &Deadline) -> Self {
        let Deadline { kind, due_at, share, state } = *deadline;
        Self { kind, due_at: timestamps::shown(due_at), share, state }
    }
}

/// A provider with its keys and accounts.
#[derive(Serialize, ToSchema)]
pub(in crate::http::api) struct ProviderPage {
    #[serde(flatten)]
    provider: ProviderItem,
    credentials: Vec<CredentialItem>,
    /// The accounts of its people.
    users: Vec<ProviderUser>,
}

/// A key, without what is secret of it.
#[derive(Serialize, ToSchema)]
pub(in crate::http::api) struct CredentialItem {
    id: String,
    standard: String,
    /// The account's name in messages.
    account: String,
    issued_at: String,
    /// When it stops to be accepted; null: not yet decided.
    expires_at: Option<String>,
    /// `current`; `ending`: a newer one is there, and this is still accepted; `ended`.
    state: &'static str,
    /// It waits for the provider to collect it.
    waiting_handover: bool,
}

/// A person of a provider.
#[derive(Serialize, ToSchema)]
pub(in crate::http::api) struct ProviderUser {
    login: String,
    name: String,
    disabled: bool,
}

/// What is counted of a provider's lots.
#[derive(Default)]
struct Numbers {
    lots: usize,
    live: usize,
    trial: usize,
    last_heard_at: Option<Timestamp>,
}

impl Numbers {
    fn of(app: &App, snapshot: &Snapshot, principal: &Principal, code: &ProviderCode) -> Self {
        let mut of = Self::default();
        for lot in snapshot.lots_of(code).iter().filter(|lot| principal.sees(lot)) {
            of.lots += 1;
            of.live += usize::from(lot.is_live());
            of.trial += usize::from(lot.standing == Standing::Trial);
            of.last_heard_at = of.last_heard_at.max(app.vacancy.last_heard_at(lot));
        }
        of
    }
}

/// The providers that somebody sees, in the order of their codes.
pub(super) fn seen<'s>(snapshot: &'s Snapshot, principal: &Principal) -> Vec<&'s ProviderRow> {
    let all = snapshot.providers.values();
    let mut seen: Vec<_> = all.filter(|row| sees(snapshot, principal, &row.code)).collect();
    seen.sort_by_key(|row| &row.code);
    seen
}

/// Whether somebody sees that provider: of a district, whoever has a lot there.
pub(super) fn sees(snapshot: &Snapshot, principal: &Principal, code: &ProviderCode) -> bool {
    match principal.provider() {
        Some(own) => own == code,
        None if principal.is_of_a_district() => snapshot.lots_of(code).iter().any(|lot| principal.sees(lot)),
        None => true,
    }
}

/// What a provider has to do by when.
fn deadline(app: &App, row: &ProviderRow) -> Option<Deadline> {
    deadlines::of(&row.details, &app.config.connection, app.clock.now())
}

/// How its term stands, in the API's word; `None` where none runs.
pub(super) fn deadline_state(app: &App, row: &ProviderRow) -> Option<&'static str> {
    deadline(app, row).map(|deadline| match deadline.state {
        DeadlineState::Running => "running",
        DeadlineState::Warned50 => "warned50",
        DeadlineState::Warned80 => "warned80",
        DeadlineState::Overdue => "overdue",
        DeadlineState::Met => "met",
    })
}

pub(super) fn item(app: &App, snapshot: &Snapshot, principal: &Principal, row: &ProviderRow) -> ProviderItem {
    let details = &row.details;
    let numbers = Numbers::of(app, snapshot, principal, &row.code);
    ProviderItem {
        code: row.code.to_string(),
        name: row.name.clone(),
        contact: row.contact.clone(),
        credit_code: details.credit_code.clone(),
        address: details.address.clone(),
        phone: details.phone.clone(),
        lots: numbers.lots,
        lots_live: numbers.live,
        lots_trial: numbers.trial,
        standards: snapshot.standards_of(&row.code).cloned().collect(),
        notified_at: details.notified_at.map(timestamps::shown),
        registered_at: details.registered_at.map(timestamps::shown),
        keys_at: details.keys_at.map(timestamps::shown),
        connected_at: details.connected_at.map(timestamps::shown),
        deadline: deadline(app, row).as_ref().map(DeadlineItem::of),
        last_heard_at: numbers.last_heard_at.map(timestamps::shown),
        revision: provider_revision(row),
    }
}

/// A provider with its keys and accounts.
pub(super) async fn page(
    app: &App,
    principal: &Principal,
    row: &ProviderRow,
) -> Result<ProviderPage, Problem> {
    let snapshot = app.registry.snapshot();
    let provider = item(app, &snapshot, principal, row);
    let query =
        OfficeQuery { provider: Some(row.code.clone()), limit: HANDOVERS_MAX, ..OfficeQuery::default() };
    let waiting = office::list::<Handover>(app.store.as_ref(), query).await?.items;
    let waiting: HashSet<_> = waiting.into_iter().map(|kept| kept.id).collect();
    let now = app.clock.now();
    let mut own: Vec<&CredentialRow> =
        snapshot.credentials.iter().filter(|credential| credential.provider == row.code).collect();
    own.sort_by_key(|row| (&row.standard, row.expires_at.is_some(), std::cmp::Reverse(row.issued_at)));
    let credential = |row: &&CredentialRow| CredentialItem {
        id: row.id.clone(),
        standard: row.standard.clone(),
        account: row.account.clone(),
        issued_at: timestamps::shown(row.issued_at),
        expires_at: row.expires_at.map(timestamps::shown),
        state: match row.expires_at {
            None => "current",
            Some(ends) if ends > now => "ending",
            Some(_) => "ended",
        },
        waiting_handover: waiting.contains(&row.id),
    };
    let role = format!("provider:{}", row.code);
    let users = app.store.users().await?.into_iter().filter(|user| user.role == role);
    let users =
        users.map(|user| ProviderUser { login: user.login, name: user.name, disabled: user.disabled });
    Ok(ProviderPage { provider, credentials: own.iter().map(credential).collect(), users: users.collect() })
}
