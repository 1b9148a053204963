//! Registrations as both sides see them: the form with its checks, what is shown of one, and how one is changed.

use super::api::{LotFields, words};
use super::problem::Problem;
use super::timestamps;
use crate::accounts::{Source, differing, entry};
use crate::app::App;
use crate::office::registrations::{
    Author, Contact, FileRef, Form, LOTS_MAX, NotNow, Registration, RegistrationState,
};
use crate::office::{self, Kept, credit_code};
use axum::http::StatusCode;
use bowei_model::{Lot, LotKind};
use bowei_store::{Change, StoreError};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// The longest name of a business, of a person and a telephone number; the longest address, and the longest note.
const NAME_MAX: usize = 100;
const PERSON_MAX: usize = 50;
const ADDRESS_MAX: usize = 200;
const NOTE_MAX: usize = 1_000;

/// How often a change is tried where somebody else changes the same registration.
const TRIES_MAX: usize = 5;

/// Whom to ask.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContactFields {
    name: String,
    phone: String,
    email: Option<String>,
}

/// What a business says of itself. Of a new registration all but `vendor` and `note` is expected; of a change, what is left
/// out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RegistrationForm {
    name: Option<String>,
    /// 统一社会信用代码, 18 characters, its check digit right.
    credit_code: Option<String>,
    contact: Option<ContactFields>,
    address: Option<String>,
    /// Under which standards it will report.
    standards: Option<Vec<String>>,
    /// Whose system its lots have.
    vendor: Option<String>,
    note: Option<String>,
    /// Its lots, 1 to 100; each has all that a new lot needs but its code, provider and ids.
    lots: Option<Vec<LotFields>>,
}

impl RegistrationForm {
    /// The form with what is said, `before` being what was said already.
    pub(crate) fn applied_to(&self, before: Option<&Form>) -> Result<Form, Problem> {
        let text =
            |field: &str, given: &Option<String>, before: Option<&String>, least, most| match (given, before)
            {
                (Some(given), _) => words(field, given, least, most),
                (None, Some(before)) => Ok(before.clone()),
                (None, None) => Err(Problem::missing(&[field])),
            };
        let short = |field: &str, given: &Option<String>, before: Option<&String>, most| {
            let text = given.as_ref().map(|given| words(field, given, 0, most)).transpose()?;
            Ok::<_, Problem>(text.or_else(|| before.cloned()).filter(|text| !text.is_empty()))
        };
        let name = text("name", &self.name, before.map(|form| &form.name), 1, NAME_MAX)?;
        let code = text("credit_code", &self.credit_code, before.map(|form| &form.credit_code), 1, NAME_MAX)?;
        credit_code::check(&code).map_err(|error| Problem::invalid("credit_code", error.to_string()))?;
        let contact = match (&self.contact, before) {
            (Some(contact), _) => contact.read().map_err(|problem| problem.within("contact"))?,
            (None, Some(form)) => form.contact.clone(),
            (None, None) => return Err(Problem::missing(&["contact"])),
        };
        let lots = match (&self.lots, before) {
            (Some(lots), _) => read_lots(lots)?,
            (None, Some(form)) => form.lots.clone(),
            (None, None) => return Err(Problem::missing(&["lots"])),
        };
        let standards = match (&self.standards, before) {
            (Some(names), _) => read_standards(names)?,
            (None, Some(form)) => form.standards.clone(),
            (None, None) => return Err(Problem::missing(&["standards"])),
        };
        let address = text("address", &self.address, before.map(|form| &form.address), 1, ADDRESS_MAX)?;
        let vendor_before = before.and_then(|form| form.vendor.as_ref());
        let vendor = short("vendor", &self.vendor, vendor_before, NAME_MAX)?;
        let note = short("note", &self.note, before.and_then(|form| form.note.as_ref()), NOTE_MAX)?;
        Ok(Form { name, credit_code: code, contact, address, standards, vendor, note, lots })
    }
}

impl ContactFields {
    fn read(&self) -> Result<Contact, Problem> {
        let phone = words("phone", &self.phone, 3, PERSON_MAX)?;
        let plain = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | ' ' | '(' | ')' | '/' | ',');
        if !phone.chars().all(plain) {
            return Err(Problem::invalid(
                "phone",
                "应为电话号码：数字、+、- a telephone number is expected: digits, '+', '-'",
            ));
        }
        let email = self.email.as_ref().map(|email| words("email", email, 0, NAME_MAX)).transpose()?;
        let email = email.filter(|email| !email.is_empty());
        if email.as_ref().is_some_and(|email| !email.contains('@') || email.contains(char::is_whitespace)) {
            return Err(Problem::invalid(
                "email",
                "应为电子邮箱，如 name@example.com an address such as name@example.com is expected",
            ));
        }
        Ok(Contact { name: words("name", &self.name, 1, PERSON_MAX)?, phone, email })
    }
}

fn read_standards(names: &[String]) -> Result<Vec<String>, Problem> {
    let known: Vec<_> = bowei_standards::all().iter().map(|standard| standard.card().name).collect();
    let names: BTreeSet<_> = names.iter().map(String::as_str).collect();
    if let Some(unknown) = names.iter().find(|name| !known.contains(name)) {
        let words =
            format!("没有标准 {unknown:?} there is no standard {unknown:?}: {} are known", known.join(", "));
        return Err(Problem::invalid("standards", words));
    }
    if names.is_empty() {
        return Err(Problem::invalid(
            "standards",
            format!("至少选择一种标准 one at least is expected of {}", known.join(", ")),
        ));
    }
    Ok(names.into_iter().map(str::to_owned).collect())
}

fn read_lots(lots: &[LotFields]) -> Result<Vec<Lot>, Problem> {
    if lots.is_empty() || lots.len() > LOTS_MAX {
        let words =
            format!("停车场应为 1 至 {LOTS_MAX} 个 1 to {LOTS_MAX} lots are expected, not {}", lots.len());
        return Err(Problem::invalid("lots", words));
    }
    let read = |fields: &LotFields| {
        if let Some(field) = fields.of_the_office().next() {
            return Err(Problem::invalid(
                field,
                format!("{field} 由平台运营方填写 {field} is the office's to say: leave it out"),
            ));
        }
        let no_address = fields.address.is_none().then_some("address");
        let missing: Vec<_> =
            fields.missing().filter(|field| *field != "provider").chain(no_address).collect();
        if !missing.is_empty() {
            return Err(Problem::missing(&missing));
        }
        fields.applied_to(&Lot::new("".into(), "".into(), LotKind::OffStreet))
    };
    let placed = |(at, fields)| read(fields).map_err(|problem| problem.within(&format!("lots/{at}")));
    lots.iter().enumerate().map(placed).collect()
}

/// A message.
#[derive(Serialize, ToSchema)]
pub(crate) struct MessageItem {
    at: String,
    from: Author,
    text: String,
}

/// The account that was made.
#[derive(Serialize, ToSchema)]
pub(crate) struct RegisteredAccount {
    login: String,
    /// Its first password was shown.
    collected: bool,
}

/// A registration.
#[derive(Serialize, ToSchema)]
pub(crate) struct RegistrationItem {
    id: String,
    state: RegistrationState,
    submitted_at: String,
    /// When it was decided or withdrawn.
    closed_at: Option<String>,
    name: String,
    credit_code: String,
    contact: ContactFields,
    address: String,
    standards: Vec<String>,
    vendor: Option<String>,
    note: Option<String>,
    /// Degrees in WGS 84.
    lots: Vec<LotFields>,
    files: Vec<FileRef>,
    messages: Vec<MessageItem>,
    account: Option<RegisteredAccount>,
    /// The provider's code, once it is approved.
    provider: Option<String>,
}

impl RegistrationItem {
    pub(crate) fn of(kept: &Kept<Registration>) -> Self {
        let Registration { state, submitted_at, closed_at, form, files, messages, account, provider, .. } =
            &kept.document;
        let Contact { name, phone, email } = form.contact.clone();
        let message = |message: &office::registrations::Message| MessageItem {
            at: timestamps::shown(message.at),
            from: message.from,
            text: message.text.clone(),
        };
        let account = account.as_ref();
        Self {
            id: kept.id.clone(),
            state: *state,
            submitted_at: timestamps::shown(*submitted_at),
            closed_at: closed_at.map(timestamps::shown),
            name: form.name.clone(),
            credit_code: form.credit_code.clone(),
            contact: ContactFields { name, phone, email },
            address: form.address.clone(),
            standards: form.standards.clone(),
            vendor: form.vendor.clone(),
            note: form.note.clone(),
            lots: form.lots.iter().map(LotFields::of).collect(),
            files: files.clone(),
            messages: messages.iter().map(message).collect(),
            account: account
                .map(|one| RegisteredAccount { login: one.login.clone(), collected: one.collected }),
            provider: provider.as_ref().map(ToString::to_string),
        }
    }
}

impl From<NotNow> for Problem {
    fn from(error: NotNow) -> Self {
        Self::new(StatusCode::CONFLICT, error.to_string())
    }
}

/// The registration of that id.
pub(crate) async fn one(app: &App, id: &str) -> Result<Kept<Registration>, Problem> {
    office::one(app.store.as_ref(), id).await?.ok_or_else(missing)
}

/// What is said of every registration that whoever asks does not see, whether there is one or not.
pub(crate) fn missing() -> Problem {
    Problem::not_found(
        "没有此登记申请，或查询链接有误 there is no such registration, or the link is not right",
    )
}

/// What is said where somebody else is always faster.
pub(crate) fn contended() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "登记已被他人修改，请重新读取 somebody else has changed the registration meanwhile: read it again",
    )
}

/// Changes a registration as it then is, together with `more`, and a word of it in the audit.
pub(crate) async fn change(
    app: &App,
    id: &str,
    (source, action): (&Source, &str),
    more: Vec<Change>,
    work: impl Fn(&mut Registration) -> Result<(), Problem>,
) -> Result<Kept<Registration>, Problem> {
    for _ in 0..TRIES_MAX {
        let before = one(app, id).await?;
        let mut kept = before.clone();
        work(&mut kept.document)?;
        let what = (action, format!("registration:{id}"));
        let audited = entry(source, app.clock.now(), what, told(&before.document, &kept.document));
        let mut changes = vec![kept.change()?];
        changes.extend(more.iter().cloned());
        match app.store.administer(changes, vec![audited]).await {
            Err(StoreError::Outdated { .. }) => {}
            changed => {
                changed?;
                return Ok(kept);
            }
        }
    }
    Err(contended())
}

/// What the audit says of a change: the fields that are others now, and what was written last.
pub(crate) fn told(before: &Registration, after: &Registration) -> (Option<Value>, Option<Value>) {
    let fields = |one: &Registration| {
        let mut fields = match serde_json::to_value(&one.form) {
            Ok(Value::Object(fields)) => fields,
            _ => Map::new(),
        };
        fields.insert("state".to_owned(), json!(one.state));
        fields.insert("files".to_owned(), json!(one.files));
        fields.insert("message".to_owned(), json!(one.messages.last()));
        fields.insert("account".to_owned(), json!(one.account));
        fields.insert("provider".to_owned(), json!(one.provider));
        fields
    };
    let (mut before, after) = differing(fields(before), fields(after));
    // What was written before is there already.
    before.remove("message");
    (Some(Value::Object(before)), Some(Value::Object(after)))
}
