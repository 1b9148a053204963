//! People's accounts: how one is made and changed, by the console and by the command alike.

use super::{Role, random, token::NoRandomness};
use crate::config::AccountsConfig;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bowei_encoding::password;
use bowei_model::ProviderCode;
use bowei_store::UserRow;
use jiff::Timestamp;
use serde_json::{Value, json};

/// Characters of a login.
pub(super) const LOGIN_MAX: usize = 64;
/// Characters of a person's name.
const NAME_MAX: usize = 100;

/// What an account is made of.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// What the person signs in with.
    pub login: String,
    /// The person's name.
    pub name: String,
    /// What the person may do.
    pub role: Role,
    /// Prefix of the districts that the person sees.
    pub district: Option<String>,
}

/// Why there can be no such account.
#[derive(Debug, thiserror::Error)]
pub enum UnfitUser {
    /// A field does not fit.
    #[error("{field}: {problem}")]
    Field {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// The machine is short of randomness.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

impl UnfitUser {
    fn field(field: &'static str, problem: impl Into<String>) -> Self {
        Self::Field { field, problem: problem.into() }
    }
}

/// The role of that name, with the provider where it is a provider's: `provider` and a code, or `provider:CODE`.
pub fn role_of(role: &str, provider: Option<&str>) -> Result<Role, UnfitUser> {
    let provider = provider.filter(|code| !code.is_empty());
    match (role, provider) {
        ("provider", Some(code)) => Ok(Role::Provider(ProviderCode::from(code))),
        ("provider", None) => {
            Err(UnfitUser::field("provider", "the role provider needs the provider's code"))
        }
        (role, None) if role.starts_with("off-peak") => {
            Err(UnfitUser::field("role", format!("{role} is a program: make a token instead of an account")))
        }
        (role, None) => role.parse().map_err(|error: super::UnknownRole| {
            let known = Role::WORDS.join(", ");
            UnfitUser::field("role", format!("{error}: one of {known} is expected"))
        }),
        (role, Some(_)) => Err(UnfitUser::field("provider", format!("{role} belongs to no provider"))),
    }
}

/// A login as it is kept: in small letters.
pub fn login_of(text: &str) -> String {
    text.trim().to_lowercase()
}

/// A prefix of a GB/T 2260 code: two, four or six digits.
pub(crate) fn is_district_prefix(text: &str) -> bool {
    let digits = matches!(text.len(), 2 | 4 | 6) && text.bytes().all(|byte| byte.is_ascii_digit());
    digits && bowei_model::district::is_code(&format!("{text:0<6}"))
}

impl NewUser {
    /// The account, whose password is `digest`'s.
    pub fn row(
        self,
        digest: String,
        must_change_password: bool,
        now: Timestamp,
    ) -> Result<UserRow, UnfitUser> {
        let Self { login, name, role, district } = self;
        let login = login_of(&login);
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | '_');
        if login.is_empty() || login.len() > LOGIN_MAX || !login.chars().all(plain) {
            let words =
                format!("1 to {LOGIN_MAX} small letters, digits, dots, hyphens and underscores are expected");
            return Err(UnfitUser::field("login", words));
        }
        let name = name_of(&name)?;
        bounded(&role, district.as_deref())?;
        Ok(UserRow {
            login,
            name,
            role: role.to_string(),
            district,
            passwords: vec![digest],
            password_set_at: now,
            must_change_password,
            disabled: false,
            totp: None,
            identity: None,
            created_at: now,
            last_sign_in_at: None,
            revision: 0,
        })
    }
}

/// A person's name as it is kept.
pub(crate) fn name_of(text: &str) -> Result<String, UnfitUser> {
    let name = text.trim();
    if name.is_empty() || name.chars().count() > NAME_MAX || name.chars().any(char::is_control) {
        return Err(UnfitUser::field("name", format!("a name of 1 to {NAME_MAX} characters is expected")));
    }
    Ok(name.to_owned())
}

/// Refuses bounds that a role cannot have.
pub fn bounded(role: &Role, district: Option<&str>) -> Result<(), UnfitUser> {
    let Some(district) = district else { return Ok(()) };
    if role.is_administrator() {
        return Err(UnfitUser::field("district", format!("{role} is bounded by no district")));
    }
    if !is_district_prefix(district) {
        let words = "应为行政区划代码的前两位、四位或六位 the first two, four or six digits of a GB/T 2260 code are expected, such as 3305";
        return Err(UnfitUser::field("district", words));
    }
    Ok(())
}

/// A password to hand out: 96 bits in letters, digits and signs of every class that a rule may ask for.
pub fn new_password() -> Result<String, NoRandomness> {
    Ok(format!("{}-Aa1", URL_SAFE_NO_PAD.encode(random::<12>()?)))
}

/// The digest of a password; slow. `None` where the machine has no memory or randomness left for it.
pub fn password_digest(text: &str) -> Option<String> {
    password::hash(text)
}

/// Has a password of that digest count from now on. So many of those before are remembered as the rules say.
pub fn set_password(
    user: &mut UserRow,
    digest: String,
    must_change: bool,
    now: Timestamp,
    rules: &AccountsConfig,
) {
    user.passwords.insert(0, digest);
    user.passwords.truncate(rules.passwords_remembered.max(1));
    (user.password_set_at, user.must_change_password) = (now, must_change);
}

/// Whether a password fits the rules, as far as that can be told without the former ones.
///
/// # Errors
///
/// In words, in Chinese and English.
pub fn password_fits(text: &str, login: &str, rules: &AccountsConfig) -> Result<(), String> {
    super::password::fits(text, login, rules).map_err(|unfit| unfit.to_string())
}

/// What the audit says of an account: nothing of its secrets.
pub fn shown(user: &UserRow) -> Value {
    json!({
        "name": user.name, "role": user.role, "district": user.district, "disabled": user.disabled,
        "must_change_password": user.must_change_password,
        "totp": user.totp.as_ref().is_some_and(|totp| totp.confirmed),
        "identity": user.identity.as_ref().map(|identity| &identity.subject),
    })
}
