//! `/open/v1/registrations`: a business asks to be connected, and follows what becomes of it by a link of its own. Behind no
//! CORS: it is the applicant's alone.

use crate::accounts::user::{UnfitUser, new_password, set_password};
use crate::accounts::{Source, entry, random};
use crate::app::App;
use crate::http::api::files::{FileQuery, answer, take};
use crate::http::api::words;
use crate::http::auth::address;
use crate::http::body::JsonBody;
use crate::http::problem::Problem;
use crate::http::query_params::QueryParams;
use crate::http::registrations::{RegistrationForm, RegistrationItem, change, missing, one};
use crate::office::files::{FILE_MAX_BYTES, File, forget};
use crate::office::registrations::{
    Author, FILES_KEPT, FILES_MAX, FileRef, MESSAGE_MAX, OPEN_MAX, OPEN_PER_CREDIT_CODE_MAX, PER_ADDRESS_MAX,
    Registration, RegistrationState, Step, from_address,
};
use crate::office::{self, Document as _, Kept};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use axum::{Extension, Json};
use bowei_service::Client;
use bowei_store::{Change, OfficeQuery};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A registration that was handed in.
#[derive(Serialize, ToSchema)]
pub(super) struct RegistrationCreated {
    id: String,
    /// Opens it, shown this once: the page is `/join#ID.SECRET`.
    secret: String,
    state: RegistrationState,
}

/// What somebody writes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewMessage {
    /// 500 characters at most.
    text: String,
}

/// The account of a registration that was approved.
#[derive(Serialize, ToSchema)]
pub(super) struct FirstPassword {
    login: String,
    /// Shown this once; it has to be changed at the first sign-in.
    password: String,
}

/// The registration of that id, opened by the secret that the request shows. An id that there is not and a secret that is
/// not right are answered alike.
async fn opened(app: &App, id: &str, headers: &HeaderMap) -> Result<Kept<Registration>, Problem> {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let secret = given
        .and_then(|text| text.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, secret)| secret.trim());
    let kept = one(app, id).await?;
    match secret {
        Some(secret) if kept.document.opens_with(secret) => Ok(kept),
        _ => Err(missing()),
    }
}

/// Who is answerable for what an applicant does.
fn applicant(id: &str, client: Option<Extension<Client>>) -> Source {
    let address = address(client.as_deref());
    Source { user: format!("registration:{id}"), address }
}

/// Refuses one registration more where there are as many as may be.
async fn refuse_too_many(
    app: &App,
    registration: &Registration,
    from: Option<&str>,
    now: Timestamp,
) -> Result<(), Problem> {
    let too_many = |words: &str| Problem::new(StatusCode::TOO_MANY_REQUESTS, words).after_seconds(3_600);
    let open = RegistrationState::OPEN.map(|state| state.name().to_owned());
    let counts = app.store.office_counts(Registration::KIND, None).await?;
    let waiting: u64 = counts.iter().filter(|(state, _)| open.contains(state)).map(|(_, count)| count).sum();
    if waiting >= OPEN_MAX {
        return Err(too_many(
            "待审核的登记申请过多，请稍后再试 too many registrations wait: try again tomorrow",
        ));
    }
    let code = registration.form.credit_code.clone();
    let same = OfficeQuery {
        words: Some(code.clone()),
        states: open.to_vec(),
        limit: 2 * OPEN_PER_CREDIT_CODE_MAX,
        ..OfficeQuery::default()
    };
    let same = office::list::<Registration>(app.store.as_ref(), same).await?.items;
    if same.iter().filter(|one| one.document.form.credit_code == code).count() >= OPEN_PER_CREDIT_CODE_MAX {
        return Err(too_many(
            "该单位已有待审核的登记申请 registrations of this credit code wait already: follow their links",
        ));
    }
    let Some(from) = from else { return Ok(()) };
    let query =
        OfficeQuery { words: Some(from_address(from)), limit: 2 * PER_ADDRESS_MAX, ..OfficeQuery::default() };
    let since = now.saturating_sub(FILES_KEPT).unwrap_or(Timestamp::MIN);
    let from = office::list::<Registration>(app.store.as_ref(), query).await?.items;
    let counts = |one: &&Kept<Registration>| {
        one.document.state != RegistrationState::Approved && one.document.submitted_at >= since
    };
    if from.iter().filter(counts).count() >= PER_ADDRESS_MAX {
        return Err(too_many(
            "此网络地址提交的登记申请过多 this address has handed in too many registrations",
        ));
    }
    Ok(())
}

/// Asks to be connected.
#[utoipa::path(post, operation_id = "createRegistration", path = "/open/v1/registrations", tag = "open", request_body = RegistrationForm, responses(
    (status = 201, description = "Handed in", body = RegistrationCreated),
    (status = 400, description = "A field does not fit: its pointer says which", body = Problem, content_type = "application/problem+json"),
    (status = 429, description = "Too many of this address, of this business or in all: see Retry-After", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn create(
    State(app): State<App>,
    client: Option<Extension<Client>>,
    JsonBody(asked): JsonBody<RegistrationForm>,
) -> Result<(StatusCode, Json<RegistrationCreated>), Problem> {
    let form = asked.applied_to(None)?;
    let now = app.clock.now();
    let from = client.as_ref().filter(|client| !client.is_proxy).map(|client| client.address.to_string());
    let id = format!("r-{:032x}", u128::from_be_bytes(random::<16>().map_err(UnfitUser::from)?));
    let made = Registration::new(form, from.clone().unwrap_or_default(), now).map_err(UnfitUser::from)?;
    let (secret, registration) = made;
    refuse_too_many(&app, &registration, from.as_deref(), now).await?;
    let (what, source) = (("registration.create", format!("registration:{id}")), applicant(&id, client));
    let state = registration.state;
    let audited = entry(&source, now, what, (None, Some(serde_json::json!({"form": registration.form}))));
    app.store.administer(vec![Kept::new(id.clone(), registration).change()?], vec![audited]).await?;
    Ok((StatusCode::CREATED, Json(RegistrationCreated { id, secret, state })))
}

/// What became of a registration.
#[utoipa::path(get, operation_id = "getOwnRegistration", path = "/open/v1/registrations/{id}", tag = "open",
    params(("id" = String, Path, description = "The registration's id")), security(("secret" = [])), responses(
    (status = 200, description = "The registration", body = RegistrationItem),
    (status = 404, description = "There is none, or the secret is not right", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn show(
    State(app): State<App>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Json<RegistrationItem>, Problem> {
    Ok(Json(RegistrationItem::of(&opened(&app, &id, &headers).await?)))
}

/// Changes the form, while nothing is decided; what was asked is answered by it.
#[utoipa::path(patch, operation_id = "changeOwnRegistration", path = "/open/v1/registrations/{id}", tag = "open",
    params(("id" = String, Path, description = "The registration's id")), security(("secret" = [])), request_body = RegistrationForm, responses(
    (status = 200, description = "As it is now", body = RegistrationItem),
    (status = 400, description = "A field does not fit", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "There is none, or the secret is not right", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "It is decided", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn edit(
    State(app): State<App>,
    client: Option<Extension<Client>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    JsonBody(asked): JsonBody<RegistrationForm>,
) -> Result<Json<RegistrationItem>, Problem> {
    opened(&app, &id, &headers).await?;
    let now = app.clock.now();
    let by = applicant(&id, client);
    let kept = change(&app, &id, (&by, "registration.change"), Vec::new(), |registration| {
        registration.take(Step::Edit, now)?;
        registration.form = asked.applied_to(Some(&registration.form))?;
        Ok(())
    });
    Ok(Json(RegistrationItem::of(&kept.await?)))
}

/// Withdraws a registration.
#[utoipa::path(delete, operation_id = "withdrawRegistration", path = "/open/v1/registrations/{id}", tag = "open",
    params(("id" = String, Path, description = "The registration's id")), security(("secret" = [])), responses(
    (status = 204, description = "Withdrawn"),
    (status = 404, description = "There is none, or the secret is not right", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "It is decided", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn withdraw(
    State(app): State<App>,
    client: Option<Extension<Client>>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    opened(&app, &id, &headers).await?;
    let (by, now) = (applicant(&id, client), app.clock.now());
    let step = |registration: &mut Registration| Ok(registration.take(Step::Withdraw, now)?);
    change(&app, &id, (&by, "registration.withdraw"), Vec::new(), step).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Writes to the office; what was asked is answered by it.
#[utoipa::path(post, operation_id = "writeToOffice", path = "/open/v1/registrations/{id}/messages", tag = "open",
    params(("id" = String, Path, description = "The registration's id")), security(("secret" = [])), request_body = NewMessage, responses(
    (status = 201, description = "Written", body = RegistrationItem),
    (status = 400, description = "It has no words, or too many", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "There is none, or the secret is not right", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "It is refused or withdrawn, or there are enough messages", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn write(
    State(app): State<App>,
    client: Option<Extension<Client>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    JsonBody(asked): JsonBody<NewMessage>,
) -> Result<(StatusCode, Json<RegistrationItem>), Problem> {
    opened(&app, &id, &headers).await?;
    let text = words("text", &asked.text, 1, MESSAGE_MAX)?;
    let (by, now) = (applicant(&id, client), app.clock.now());
    let kept = change(&app, &id, (&by, "registration.message"), Vec::new(), |registration| {
        registration.take(Step::Write, now)?;
        Ok(registration.say(Author::Applicant, text.clone(), now)?)
    });
    Ok((StatusCode::CREATED, Json(RegistrationItem::of(&kept.await?))))
}

/// Hands in a paper or a picture.
#[utoipa::path(post, operation_id = "addRegistrationFile", path = "/open/v1/registrations/{id}/files", tag = "open",
    params(("id" = String, Path, description = "The registration's id"), FileQuery), security(("secret" = [])),
    request_body(content = Vec<u8>, content_type = "application/pdf", description = "PDF, JPEG, PNG or WebP, 10 MiB at most"), responses(
    (status = 201, description = "Kept", body = FileRef),
    (status = 404, description = "There is none, or the secret is not right", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "It is decided, or there are 10 files", body = Problem, content_type = "application/problem+json"),
    (status = 413, description = "It is larger than 10 MiB", body = Problem, content_type = "application/problem+json"),
    (status = 415, description = "Its bytes are of no kind that is taken", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn add_file(
    State(app): State<App>,
    client: Option<Extension<Client>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    QueryParams(query): QueryParams<FileQuery>,
    request: Request,
) -> Result<(StatusCode, Json<FileRef>), Problem> {
    let now = app.clock.now();
    let room = |registration: &mut Registration| {
        registration.take(Step::File, now)?;
        if registration.files.len() < FILES_MAX {
            return Ok(());
        }
        let words = format!("材料最多 {FILES_MAX} 份 there are {FILES_MAX} files: remove one first");
        Err(Problem::new(StatusCode::CONFLICT, words))
    };
    room(&mut opened(&app, &id, &headers).await?.document)?;
    let owner = (format!("registration:{id}"), None);
    let file = take(&app, owner, (query.name, request), FILE_MAX_BYTES, |_| true).await?;
    let File { name, media_type, bytes, sha256, .. } = file.document.clone();
    let made = FileRef { id: file.id.clone(), name, media_type, bytes };
    let by = applicant(&id, client);
    let kept = change(&app, &id, (&by, "registration.file"), vec![file.change()?], |registration| {
        room(registration)?;
        registration.files.push(made.clone());
        Ok(())
    });
    if let Err(problem) = kept.await {
        forget(app.store.as_ref(), app.photos.as_ref(), &sha256).await?;
        return Err(problem);
    }
    Ok((StatusCode::CREATED, Json(made)))
}

/// A registration's own file.
async fn own_file(app: &App, id: &str, file: &str) -> Result<Kept<File>, Problem> {
    let found: Option<Kept<File>> = office::one(app.store.as_ref(), file).await?;
    found.filter(|found| found.document.owner == format!("registration:{id}")).ok_or_else(missing)
}

/// The bytes of a file that was handed in.
#[utoipa::path(get, operation_id = "getRegistrationFile", path = "/open/v1/registrations/{id}/files/{file}", tag = "open",
    params(("id" = String, Path, description = "The registration's id"), ("file" = String, Path, description = "The file's id")), security(("secret" = [])), responses(
    (status = 200, description = "The bytes, with their media type", content_type = "application/pdf"),
    (status = 404, description = "There is none, or the secret is not right", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn file(
    State(app): State<App>,
    headers: HeaderMap,
    Path((id, file)): Path<(String, String)>,
) -> Result<Response, Problem> {
    opened(&app, &id, &headers).await?;
    answer(&app, &own_file(&app, &id, &file).await?.document).await
}

/// Takes a file back, while nothing is decided.
#[utoipa::path(delete, operation_id = "removeRegistrationFile", path = "/open/v1/registrations/{id}/files/{file}", tag = "open",
    params(("id" = String, Path, description = "The registration's id"), ("file" = String, Path, description = "The file's id")), security(("secret" = [])), responses(
    (status = 204, description = "It is gone"),
    (status = 404, description = "There is none, or the secret is not right", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "It is decided", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn remove_file(
    State(app): State<App>,
    client: Option<Extension<Client>>,
    headers: HeaderMap,
    Path((id, file)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    opened(&app, &id, &headers).await?;
    let file = own_file(&app, &id, &file).await?;
    let (by, now) = (applicant(&id, client), app.clock.now());
    let step = |registration: &mut Registration| {
        registration.take(Step::File, now)?;
        registration.files.retain(|one| one.id != file.id);
        Ok(())
    };
    change(&app, &id, (&by, "registration.file"), vec![file.removal()], step).await?;
    forget(app.store.as_ref(), app.photos.as_ref(), &file.document.sha256).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Collects the account of an approved registration: its first password is made now and shown this once.
#[utoipa::path(post, operation_id = "collectAccount", path = "/open/v1/registrations/{id}/account", tag = "open",
    params(("id" = String, Path, description = "The registration's id")), security(("secret" = [])), responses(
    (status = 200, description = "The account", body = FirstPassword),
    (status = 404, description = "There is none, or the secret is not right", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "It is not approved, has no account of its own, or the account was collected", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn account(
    State(app): State<App>,
    client: Option<Extension<Client>>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Json<FirstPassword>, Problem> {
    let kept = opened(&app, &id, &headers).await?;
    let now = app.clock.now();
    let none = || {
        let words = "没有可领取的账号：可能已被领取，请联系平台运营方 no account waits here: it may have been collected";
        Problem::new(StatusCode::CONFLICT, words)
    };
    let collect = |registration: &mut Registration| {
        registration.take(Step::Collect, now)?;
        let account = registration.account.as_mut().filter(|account| !account.collected).ok_or_else(none)?;
        account.collected = true;
        Ok(account.login.clone())
    };
    let login = collect(&mut kept.document.clone())?;
    // An account that has a password is somebody's already.
    let user = app.store.user(&login).await?.filter(|user| !user.disabled && user.passwords.is_empty());
    let mut user = user.ok_or_else(none)?;
    let password = new_password().map_err(UnfitUser::from)?;
    let digest = app.accounts.passwords.digest(password.clone()).await?;
    set_password(&mut user, digest.ok_or_else(Problem::no_memory)?, true, now, &app.accounts.rules);
    let more = vec![Change::User(Box::new(user))];
    let by = applicant(&id, client);
    change(&app, &id, (&by, "registration.account"), more, |registration| collect(registration).map(drop))
        .await?;
    Ok(Json(FirstPassword { login, password }))
}
