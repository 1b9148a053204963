//! `/api/v1/registrations`: the office reads what businesses ask, asks back, refuses and approves.

use super::providers::{free_code, handover, provider_code};
use super::{List, limit, words};
use crate::accounts::user::{NewUser, UnfitUser, login_of, shown};
use crate::accounts::{Principal, Role, Source, entry};
use crate::app::App;
use crate::http::auth::{Actor, must_be_confirmed};
use crate::http::body::JsonBody;
use crate::http::problem::Problem;
use crate::http::query_params::QueryParams;
use crate::http::registrations::{RegistrationItem, change, contended, missing, one as kept_one, told};
use crate::http::{enums, timestamps};
use crate::office::businesses::{Business, Match, MatchedBy, id_of};
use crate::office::registrations::{AccountRef, Author, MESSAGE_MAX, Registration, RegistrationState, Step};
use crate::office::{self, Document as _, Kept};
use crate::registry::apply::ApplyError;
use crate::registry::providers::{Issued, Newcomer};
use crate::registry::{Beside, Snapshot, Told, free_lot_code};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use bowei_model::{Lot, ProviderCode, Standing};
use bowei_store::{
    Change, ChangeSource, NewAuditEntry, OfficeQuery, ProviderDetails, ProviderRow, StoreError, UserRow,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

/// Which registrations.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct RegistrationsQuery {
    /// In these states; several, split at a comma.
    #[param(value_type = Option<Vec<RegistrationState>>, style = Form, explode = false)]
    state: Option<String>,
    /// With these words in the name, the credit code, the contact or a lot's name.
    q: Option<String>,
    /// Whose lots all lie in districts whose code begins so.
    district: Option<String>,
    limit: Option<usize>,
    cursor: Option<String>,
}

/// A registration in a list.
#[derive(Serialize, ToSchema)]
pub(super) struct RegistrationSummary {
    id: String,
    state: RegistrationState,
    submitted_at: String,
    closed_at: Option<String>,
    name: String,
    credit_code: String,
    /// What the districts of its lots have in common: a district, a city, a province or nothing.
    district: String,
    standards: Vec<String>,
    /// How many lots it has.
    lots: usize,
    files: usize,
    messages: usize,
    provider: Option<String>,
}

/// A registration as the office sees it.
#[derive(Serialize, ToSchema)]
pub(super) struct RegistrationPage {
    #[serde(flatten)]
    registration: RegistrationItem,
    /// What the districts of its lots have in common.
    district: String,
    /// The provider that has the same credit code: an approval has to name it, and adds the lots to it.
    same_credit_code: Option<String>,
}

/// What the office does with a registration.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RegistrationAction {
    /// `ask` and `comment` with a `text`, `refuse` with a `reason`, `approve`.
    #[schema(pattern = "^(ask|comment|refuse|approve)$")]
    action: String,
    /// 500 characters at most, which the applicant reads.
    text: Option<String>,
    /// Why it is refused; 500 characters at most, which the applicant reads.
    reason: Option<String>,
    /// The provider's code, when it is approved: one that is free, or the one of the same credit code. Without it one is made.
    provider: Option<String>,
    /// What bounds the provider's account: a prefix of the districts that it sees.
    district: Option<String>,
    /// The login of the provider's account. Without it one is made of the provider's code, unless the provider has an account.
    login: Option<String>,
}

fn summary(kept: Kept<Registration>) -> RegistrationSummary {
    let district = kept.document.district();
    let Registration { state, submitted_at, closed_at, form, files, messages, provider, .. } = kept.document;
    RegistrationSummary {
        id: kept.id,
        state,
        submitted_at: timestamps::shown(submitted_at),
        closed_at: closed_at.map(timestamps::shown),
        name: form.name,
        credit_code: form.credit_code,
        district,
        standards: form.standards,
        lots: form.lots.len(),
        files: files.len(),
        messages: messages.len(),
        provider: provider.map(|code| code.to_string()),
    }
}

fn page(app: &App, principal: &Principal, kept: &Kept<Registration>) -> RegistrationPage {
    let snapshot = app.registry.snapshot();
    let same = same_credit_code(&snapshot, &kept.document.form.credit_code);
    let same = same.filter(|row| sees_provider(&snapshot, principal, &row.code));
    RegistrationPage {
        registration: RegistrationItem::of(kept),
        district: kept.document.district(),
        same_credit_code: same.map(|row| row.code.to_string()),
    }
}

/// The registrations that whoever asks sees, the newest first.
#[utoipa::path(get, operation_id = "listRegistrations", path = "/api/v1/registrations", tag = "office", security(("session" = []), ("token" = [])), params(RegistrationsQuery), responses(
    (status = 200, description = "A page of them", body = List<RegistrationSummary>),
))]
pub(super) async fn list(
    State(app): State<App>,
    principal: Principal,
    QueryParams(query): QueryParams<RegistrationsQuery>,
) -> Result<Json<List<RegistrationSummary>>, Problem> {
    let states: Vec<RegistrationState> = enums::several("state", query.state.as_deref())?;
    let cursor = app.cursors.open("registrations", query.cursor)?;
    let Ok(district) = principal.district_asked(query.district.as_deref()) else {
        return Ok(Json(List { items: Vec::new(), next: None }));
    };
    let asked = OfficeQuery {
        states: states.into_iter().map(|state| state.name().to_owned()).collect(),
        district: district.map(str::to_owned),
        words: query.q.map(|words| words.trim().to_owned()).filter(|words| !words.is_empty()),
        limit: limit(query.limit),
        cursor,
        ..OfficeQuery::default()
    };
    let found = office::list::<Registration>(app.store.as_ref(), asked).await?;
    let next = app.cursors.seal("registrations", found.next)?;
    Ok(Json(List { items: found.items.into_iter().map(summary).collect(), next }))
}

/// The registration of that id, if whoever asks may see it.
async fn visible(app: &App, principal: &Principal, id: &str) -> Result<Kept<Registration>, Problem> {
    let kept = kept_one(app, id).await?;
    if principal.sees_registration(&kept.document) { Ok(kept) } else { Err(missing()) }
}

/// One registration.
#[utoipa::path(get, operation_id = "getRegistration", path = "/api/v1/registrations/{id}", tag = "office", security(("session" = []), ("token" = [])),
    params(("id" = String, Path, description = "The registration's id")), responses(
    (status = 200, description = "The registration", body = RegistrationPage),
    (status = 404, description = "No such registration for whoever asks", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn one(
    State(app): State<App>,
    principal: Principal,
    Path(id): Path<String>,
) -> Result<Json<RegistrationPage>, Problem> {
    let kept = visible(&app, &principal, &id).await?;
    Ok(Json(page(&app, &principal, &kept)))
}

/// Asks back, comments, refuses or approves. An approval makes the provider, its lots on trial, its keys and its account,
/// all or nothing.
#[utoipa::path(post, operation_id = "decideRegistration", path = "/api/v1/registrations/{id}/actions", tag = "office", security(("session" = []), ("token" = [])),
    params(("id" = String, Path, description = "The registration's id")), request_body = RegistrationAction, responses(
    (status = 200, description = "The registration as it is now", body = RegistrationPage),
    (status = 400, description = "The body does not fit", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such registration for whoever asks", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "It is decided or withdrawn, a provider has the same credit code, or a code or login is taken", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn act(
    State(app): State<App>,
    principal: Principal,
    Actor(source): Actor,
    Path(id): Path<String>,
    JsonBody(asked): JsonBody<RegistrationAction>,
) -> Result<Json<RegistrationPage>, Problem> {
    let kept = visible(&app, &principal, &id).await?;
    let now = app.clock.now();
    let (step, action, field, text) = match asked.action.as_str() {
        "ask" => (Step::Ask, "registration.ask", "text", &asked.text),
        "comment" => (Step::Comment, "registration.comment", "text", &asked.text),
        "refuse" => (Step::Refuse, "registration.refuse", "reason", &asked.reason),
        "approve" => {
            must_be_confirmed(&app, &principal)?;
            approve(&app, &principal, &source, kept, &asked).await?;
            let kept = visible(&app, &principal, &id).await?;
            return Ok(Json(page(&app, &principal, &kept)));
        }
        other => {
            let words = format!("action is {other:?}: ask, comment, refuse or approve is expected");
            return Err(Problem::invalid("action", words));
        }
    };
    let text = text.as_deref().ok_or_else(|| Problem::invalid(field, format!("{field} is expected")))?;
    let text = words(field, text, 1, MESSAGE_MAX)?;
    let changed = change(&app, &id, (&source, action), Vec::new(), |registration| {
        registration.take(step, now)?;
        Ok(registration.say(Author::Office, text.clone(), now)?)
    });
    Ok(Json(page(&app, &principal, &changed.await?)))
}

fn same_credit_code<'a>(snapshot: &'a Snapshot, credit_code: &str) -> Option<&'a ProviderRow> {
    let same = snapshot.providers.values();
    let same = same.filter(|row| row.details.credit_code.as_deref() == Some(credit_code));
    same.min_by_key(|row| &row.code)
}

/// Whether whoever asks may know of a provider: who is of a district, by its lots there.
fn sees_provider(snapshot: &Snapshot, principal: &Principal, code: &ProviderCode) -> bool {
    principal.sees_all() || snapshot.lots.values().any(|lot| lot.provider == *code && principal.sees(lot))
}

/// Why nothing was approved.
enum NotApproved {
    Problem(Problem),
    /// Somebody else has changed the registration meanwhile.
    Outdated,
}

impl From<Problem> for NotApproved {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<StoreError> for NotApproved {
    fn from(error: StoreError) -> Self {
        if matches!(error, StoreError::Outdated { .. }) {
            Self::Outdated
        } else {
            Self::Problem(error.into())
        }
    }
}

impl From<ApplyError> for NotApproved {
    fn from(error: ApplyError) -> Self {
        Self::Problem(error.into())
    }
}

/// An approval that is being worked out.
struct Approval<'a> {
    app: &'a App,
    principal: &'a Principal,
    source: &'a Source,
    asked: &'a RegistrationAction,
    registration: &'a Kept<Registration>,
    /// What market supervision's list says of the same credit code.
    business: Option<Kept<Business>>,
    users: Vec<UserRow>,
    now: Timestamp,
}

async fn approve(
    app: &App,
    principal: &Principal,
    source: &Source,
    registration: Kept<Registration>,
    asked: &RegistrationAction,
) -> Result<(), Problem> {
    let now = app.clock.now();
    registration.document.state.after(Step::Approve)?;
    let form = &registration.document.form;
    let business = office::one(app.store.as_ref(), &id_of(&form.credit_code)).await?;
    let users = app.store.users().await?;
    let registration = &registration;
    let approval = Approval { app, principal, source, asked, registration, business, users, now };
    let note = Some(format!("registration {}", registration.id));
    let told = Told { note, ..Told::new(source, ChangeSource::Console, now) };
    let admitted = app.registry.admit_business(
        &form.standards,
        &told,
        |snapshot| Ok(approval.newcomer(snapshot)?),
        |newcomer, issued| approval.beside(newcomer, issued),
    );
    match admitted.await {
        Ok(()) => {
            app.publisher.lots_changed();
            Ok(())
        }
        Err(NotApproved::Outdated) => Err(contended()),
        Err(NotApproved::Problem(problem)) => Err(problem),
    }
}

impl Approval<'_> {
    fn newcomer(&self, snapshot: &Snapshot) -> Result<Newcomer, Problem> {
        let provider = self.provider(snapshot)?;
        let mut lots: Vec<Lot> = Vec::new();
        let mut taken = Vec::new();
        for lot in &self.registration.document.form.lots {
            let code = free_lot_code(snapshot, &lot.district, &taken);
            taken.push(code.clone());
            lots.push(Lot {
                code,
                provider: provider.code.clone(),
                standing: Standing::Trial,
                ..lot.clone()
            });
        }
        Ok(Newcomer { provider, lots })
    }

    /// The provider that it is to be: a new one, or the one that is named and has the same credit code, or none yet.
    fn provider(&self, snapshot: &Snapshot) -> Result<ProviderRow, Problem> {
        let form = &self.registration.document.form;
        let conflict =
            |words: String| Err(Problem::invalid("provider", words).with_status(StatusCode::CONFLICT));
        let same = same_credit_code(snapshot, &form.credit_code);
        let named = self.asked.provider.as_deref().filter(|code| !code.is_empty());
        let named = named.map(provider_code).transpose()?;
        if let Some(same) = same.filter(|same| named.as_ref() != Some(&same.code)) {
            let code = &same.code;
            return conflict(if sees_provider(snapshot, self.principal, code) {
                format!(
                    "该信用代码已属于 {code} provider {code} has this credit code: name it to add the lots to it"
                )
            } else {
                "该信用代码已属于其他辖区的经营单位 a provider of another district has this credit code: ask the city".to_owned()
            });
        }
        let code = named.unwrap_or_else(|| free_code(self.app));
        let known = snapshot.providers.get(&code);
        let others = known.filter(|row| row.details.credit_code.is_some() && same.is_none());
        if others.is_some() || known.is_some_and(|row| !sees_provider(snapshot, self.principal, &row.code)) {
            return conflict(format!("编号 {code} 已被占用 the code {code} is another provider's"));
        }
        let blank = || {
            let name = form.name.clone();
            ProviderRow { code, name, contact: None, details: ProviderDetails::default() }
        };
        let mut row = known.cloned().unwrap_or_else(blank);
        row.contact.get_or_insert_with(|| form.contact.name.clone());
        let details = &mut row.details;
        details.credit_code = Some(form.credit_code.clone());
        details.address.get_or_insert_with(|| form.address.clone());
        details.phone.get_or_insert_with(|| form.contact.phone.clone());
        details.registered_at.get_or_insert(self.now);
        let notified_at = self.business.as_ref().and_then(|business| business.document.notified_at);
        details.notified_at = details.notified_at.or(notified_at);
        Ok(row)
    }

    /// What is kept together with the provider, its lots and its keys.
    fn beside(&self, newcomer: &Newcomer, issued: &[(String, Issued)]) -> Result<Beside, NotApproved> {
        let provider = &newcomer.provider;
        let mut beside = Beside::default();
        for (standard, issued) in issued {
            let waiting = handover(self.app, &provider.code, standard, issued)?;
            beside.changes.push(waiting.change()?);
        }
        let account = self.account(provider)?;
        let mut registration = self.registration.clone();
        let document = &mut registration.document;
        document.take(Step::Approve, self.now).map_err(Problem::from)?;
        document.provider = Some(provider.code.clone());
        document.account =
            account.as_ref().map(|user| AccountRef { login: user.login.clone(), collected: false });
        let (code, lots) = (&provider.code, newcomer.lots.len());
        let next = match &account {
            Some(_) => {
                "请在本页领取账户，首次登录后修改密码、领取密钥 collect your account on this page, and your keys with it"
            }
            None => {
                "请用贵单位已有账户登录领取密钥 sign in with the account that you have, and collect your keys"
            }
        };
        let words = format!(
            "已通过：编号 {code}，停车场 {lots} 个（试运行）。approved: provider {code}, lots on trial: {lots}. {next}"
        );
        document.say(Author::Office, words, self.now).map_err(Problem::from)?;
        let what = ("registration.approve", format!("registration:{}", registration.id));
        let said = told(&self.registration.document, &registration.document);
        beside.entries.push(entry(self.source, self.now, what, said));
        beside.changes.push(registration.change()?);
        if let Some(user) = account {
            beside.entries.push(self.account_made(&user));
            beside.changes.push(Change::User(Box::new(user)));
        }
        if let Some(mut business) = self.business.clone() {
            let by_hand = business.document.found.as_ref().is_some_and(|found| found.by == MatchedBy::Hand);
            if !by_hand {
                let (code, by) = (provider.code.clone(), MatchedBy::CreditCode);
                business.document.found = Some(Match { provider: code, by, score: 1.0 });
                business.document.is_connected = provider.details.connected_at.is_some();
                beside.changes.push(business.change()?);
            }
        }
        Ok(beside)
    }

    fn account_made(&self, user: &UserRow) -> NewAuditEntry {
        let after = json!({"account": shown(user), "registration": self.registration.id});
        entry(self.source, self.now, ("user.create", format!("user:{}", user.login)), (None, Some(after)))
    }

    /// The provider's account, whose password is made when it is collected. A provider that has one is given no other unless
    /// that is named: whoever knows a credit code is not yet one of its people.
    fn account(&self, provider: &ProviderRow) -> Result<Option<UserRow>, Problem> {
        let role = Role::Provider(provider.code.clone());
        let named = self.asked.login.as_deref().filter(|login| !login.is_empty()).map(login_of);
        let is_taken = |login: &str| self.users.iter().any(|user| user.login == login);
        let login = match named {
            Some(login) if is_taken(&login) => {
                let words = format!("登录名 {login} 已被占用 there is an account {login} already");
                return Err(Problem::invalid("login", words).with_status(StatusCode::CONFLICT));
            }
            Some(login) => login,
            None if self.users.iter().any(|user| user.role == role.to_string()) => return Ok(None),
            None => {
                let plain =
                    |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | '_');
                let code: String =
                    login_of(provider.code.as_str()).chars().filter(plain).take(LOGIN_STEM).collect();
                let stem = if code.is_empty() { "provider".to_owned() } else { code };
                let more = (2u32..).map(|number| format!("{stem}-{number}"));
                let mut logins = std::iter::once(stem.clone()).chain(more);
                logins.find(|login| !is_taken(login)).unwrap_or(stem)
            }
        };
        let name: String = self.registration.document.form.contact.name.clone();
        let district = self.asked.district.clone().filter(|district| !district.is_empty());
        let new = NewUser { login, name, role, district };
        let row = new.row(String::new(), true, self.now).map_err(|unfit: UnfitUser| Problem::from(unfit))?;
        Ok(Some(UserRow { passwords: Vec::new(), ..row }))
    }
}

/// Characters of a provider's code that begin its login: there is room for a number behind them.
const LOGIN_STEM: usize = 48;
