//! An approval: provider, lots, keys and account, all or nothing.

use super::RegistrationAction;
use crate::accounts::user::{NewUser, UnfitUser, login_of, shown};
use crate::accounts::{Principal, Role, Source, entry};
use crate::app::App;
use crate::http::api::lots::code_of;
use crate::http::api::providers::{free_code, handover};
use crate::http::problem::Problem;
use crate::http::registrations::{contended, told};
use crate::office::businesses::{Business, Match, MatchedBy, id_of};
use crate::office::registrations::{AccountRef, Author, Registration, Step};
use crate::office::{self, Kept};
use crate::registry::apply::ApplyError;
use crate::registry::providers::{Issued, Newcomer};
use crate::registry::{Beside, Snapshot, Told, free_lot_code};
use axum::http::StatusCode;
use bowei_model::{Lot, ProviderCode, Standing};
use bowei_store::{Change, ChangeSource, NewAuditEntry, ProviderDetails, ProviderRow, StoreError, UserRow};
use jiff::Timestamp;
use serde_json::json;

/// Characters of a provider's code that begin its login: there is room for a number behind them.
const LOGIN_STEM: usize = 48;

/// The provider of that credit code.
pub(super) fn same_credit_code<'a>(snapshot: &'a Snapshot, credit_code: &str) -> Option<&'a ProviderRow> {
    let same = snapshot.providers.values();
    let same = same.filter(|row| row.details.credit_code.as_deref() == Some(credit_code));
    same.min_by_key(|row| &row.code)
}

/// Whether whoever asks may know of a provider: who is of a district, by its lots there.
pub(super) fn sees_provider(snapshot: &Snapshot, principal: &Principal, code: &ProviderCode) -> bool {
    principal.sees_all() || snapshot.lots_of(code).iter().any(|lot| principal.sees(lot))
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

/// Approves a registration.
pub(super) async fn approve(
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
        let form = &self.registration.document.form;
        for lot in &form.lots {
            let code = free_lot_code(snapshot, &lot.district, &taken);
            taken.push(code.clone());
            lots.push(Lot {
                code,
                provider: provider.code.clone(),
                standing: Standing::Trial,
                // One lot's own word goes before that of the whole registration.
                vendor: lot.vendor.clone().or_else(|| form.vendor.clone()),
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
        let named = named.map(code_of).transpose()?;
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
                "请在本页领取账号；首次登录后修改密码，再领取密钥 collect your account on this page, and your keys with it"
            }
            None => {
                "请用贵单位已有账号登录，领取密钥 sign in with the account that you have, and collect your keys"
            }
        };
        let words = format!(
            "已通过：编号 {code}，停车场 {lots} 个（试运行）。approved: provider {code}, lots on trial: {lots}. {next}"
        );
        document.say(Author::Office, words, self.now).map_err(Problem::from)?;
        let what = ("registration.approve", format!("registration:{}", registration.id));
        let reported = told(&self.registration.document, &registration.document);
        beside.entries.push(entry(self.source, self.now, what, reported));
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
                let words = format!("账号 {login} 已被占用 there is an account {login} already");
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
