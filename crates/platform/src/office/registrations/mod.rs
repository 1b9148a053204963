//! Registrations (接入登记, 湖州办法第九条): a business asks to be connected, and the office asks back, refuses or approves.

mod state;

pub(crate) use state::{NotNow, RegistrationState, Step};

use super::Document;
use crate::accounts::{random, token::NoRandomness};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bowei_encoding::sha256_hex;
use bowei_model::{Lot, ProviderCode};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Lots of one registration: who has more asks again once these are connected.
pub(crate) const LOTS_MAX: usize = 100;

/// Files of one registration.
pub(crate) const FILES_MAX: usize = 10;

/// Characters of a message.
pub(crate) const MESSAGE_MAX: usize = 500;

/// Messages of one registration, and how many of them may be the applicant's: the office always has the last word. A whole
/// document stays under [`OFFICE_DOC_MAX`](bowei_store::OFFICE_DOC_MAX) with them.
const MESSAGES_MAX: usize = 60;
const APPLICANT_MESSAGES_MAX: usize = 30;

/// Registrations that wait for a decision at once: more than a city has businesses with car parks in a month.
pub(crate) const OPEN_MAX: u64 = 1_000;

/// Those of one credit code that wait for a decision.
pub(crate) const OPEN_PER_CREDIT_CODE_MAX: usize = 3;

/// Those of one address within [`FILES_KEPT`], however they ended: so many times ten files may lie here from one address.
pub(crate) const PER_ADDRESS_MAX: usize = 20;

/// How long the files of what was refused or withdrawn are kept.
pub(crate) const FILES_KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

/// What stands around a word that is searched for whole; nobody can type it.
const MARK: char = '\u{1}';

/// Whom to ask.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Contact {
    pub(crate) name: String,
    pub(crate) phone: String,
    pub(crate) email: Option<String>,
}

/// What a business says of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Form {
    pub(crate) name: String,
    /// 统一社会信用代码.
    pub(crate) credit_code: String,
    pub(crate) contact: Contact,
    pub(crate) address: String,
    /// Under which standards it will report.
    pub(crate) standards: Vec<String>,
    /// Whose system its lots have.
    pub(crate) vendor: Option<String>,
    pub(crate) note: Option<String>,
    /// Its lots, without codes and providers.
    pub(crate) lots: Vec<Lot>,
}

/// Who wrote a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Author {
    /// The office.
    Office,
    /// Whoever asks to be registered.
    Applicant,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Message {
    pub(crate) at: Timestamp,
    pub(crate) from: Author,
    pub(crate) text: String,
}

/// A file that was handed in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = RegistrationFile)]
pub(crate) struct FileRef {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) media_type: String,
    pub(crate) bytes: usize,
}

/// The account that was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct AccountRef {
    pub(crate) login: String,
    /// Its first password was shown.
    pub(crate) collected: bool,
}

/// A registration.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Registration {
    /// SHA-256 of the applicant's secret, lower-case hex.
    secret_sha256: String,
    /// The address that it came from.
    from_address: String,
    pub(crate) state: RegistrationState,
    pub(crate) submitted_at: Timestamp,
    /// When it was decided or withdrawn.
    pub(crate) closed_at: Option<Timestamp>,
    pub(crate) form: Form,
    pub(crate) files: Vec<FileRef>,
    pub(crate) messages: Vec<Message>,
    pub(crate) account: Option<AccountRef>,
    pub(crate) provider: Option<ProviderCode>,
}

impl Registration {
    /// A new one, with the secret that opens it: the applicant alone is given it.
    pub(crate) fn new(
        form: Form,
        from_address: String,
        now: Timestamp,
    ) -> Result<(String, Self), NoRandomness> {
        let secret = URL_SAFE_NO_PAD.encode(random::<32>()?);
        let registration = Self {
            secret_sha256: sha256_hex(secret.as_bytes()),
            from_address,
            state: RegistrationState::Submitted,
            submitted_at: now,
            closed_at: None,
            form,
            files: Vec::new(),
            messages: Vec::new(),
            account: None,
            provider: None,
        };
        Ok((secret, registration))
    }

    /// Whether that is its secret; the time it takes does not tell how much of it is right.
    pub(crate) fn opens_with(&self, secret: &str) -> bool {
        let given = sha256_hex(secret.as_bytes());
        verify_slices_are_equal(given.as_bytes(), self.secret_sha256.as_bytes()).is_ok()
    }

    /// Takes a step.
    pub(crate) fn take(&mut self, step: Step, now: Timestamp) -> Result<(), NotNow> {
        self.state = self.state.after(step)?;
        if matches!(step, Step::Withdraw | Step::Refuse | Step::Approve) {
            self.closed_at = Some(now);
        }
        Ok(())
    }

    /// Adds a message.
    pub(crate) fn say(&mut self, from: Author, text: String, now: Timestamp) -> Result<(), NotNow> {
        let own = self.messages.iter().filter(|message| message.from == from).count();
        let is_closed = !RegistrationState::OPEN.contains(&self.state);
        let is_full = match from {
            Author::Applicant => own >= APPLICANT_MESSAGES_MAX || self.messages.len() >= MESSAGES_MAX,
            // A decision always has its words.
            Author::Office => self.messages.len() >= MESSAGES_MAX && !is_closed,
        };
        if is_full {
            return Err(NotNow::Messages);
        }
        self.messages.push(Message { at: now, from, text });
        Ok(())
    }

    /// Whether its files are to go: it came to nothing before that moment.
    pub(crate) fn has_files_in_vain(&self, before: Timestamp) -> bool {
        RegistrationState::IN_VAIN.contains(&self.state)
            && !self.files.is_empty()
            && self.closed_at.is_some_and(|at| at < before)
    }

    /// The names of the states in which nothing comes of it.
    pub(crate) fn states_in_vain() -> Vec<String> {
        RegistrationState::IN_VAIN.map(|state| state.name().to_owned()).to_vec()
    }
}

/// The longest code that the districts' codes have in common, of whole pairs of digits: whoever is bounded by a district
/// sees a registration whose lots all lie there, and no other.
pub(crate) fn common_district<'a>(districts: impl IntoIterator<Item = &'a str>) -> String {
    let common = districts.into_iter().map(str::to_owned).reduce(|common, district| {
        let same = common.bytes().zip(district.bytes()).take_while(|(one, other)| one == other).count();
        common.get(..same / 2 * 2).unwrap_or_default().to_owned()
    });
    common.unwrap_or_default()
}

/// What registrations from an address are searched by.
pub(crate) fn from_address(address: &str) -> String {
    format!("{MARK}{address}{MARK}")
}

impl Document for Registration {
    const KIND: &'static str = "registration";

    fn state(&self) -> String {
        self.state.name().to_owned()
    }

    fn provider(&self) -> Option<ProviderCode> {
        self.provider.clone()
    }

    fn district(&self) -> String {
        common_district(self.form.lots.iter().map(|lot| lot.district.as_str()))
    }

    fn at(&self) -> Timestamp {
        self.submitted_at
    }

    fn words(&self) -> String {
        let Form { name, credit_code, contact, lots, .. } = &self.form;
        let lots: Vec<_> = lots.iter().map(|lot| lot.name.as_str()).collect();
        let (who, lots) = (format!("{} {}", contact.name, contact.phone), lots.join(" "));
        // The first line is its name.
        format!("{name}\n{credit_code} {who} {lots} {}", from_address(&self.from_address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bowei_model::LotKind;

    fn one() -> (String, Registration) {
        let contact = Contact { name: "张三".into(), phone: "0572".into(), email: None };
        let form = Form {
            name: "湖州停车".into(),
            credit_code: "91330100799655058B".into(),
            contact,
            address: String::new(),
            standards: vec!["huzhou".into()],
            vendor: None,
            note: None,
            lots: vec![Lot::new("".into(), "".into(), LotKind::OffStreet)],
        };
        Registration::new(form, "192.0.2.1".into(), Timestamp::UNIX_EPOCH).unwrap()
    }

    #[test]
    fn the_secret_alone_opens_it_and_is_not_kept() {
        let (secret, registration) = one();
        assert!(registration.opens_with(&secret));
        let other = one().0;
        assert!(!registration.opens_with(&other) && !registration.opens_with(""));
        assert!(!serde_json::to_string(&registration).unwrap().contains(&secret));
    }

    #[test]
    fn messages_have_a_bound_and_a_decision_has_its_words() {
        let now = Timestamp::UNIX_EPOCH;
        let (_, mut registration) = one();
        for _ in 0..APPLICANT_MESSAGES_MAX {
            registration.say(Author::Applicant, "？".into(), now).unwrap();
        }
        assert_eq!(registration.say(Author::Applicant, "？".into(), now), Err(NotNow::Messages));
        for _ in APPLICANT_MESSAGES_MAX..MESSAGES_MAX {
            registration.say(Author::Office, "！".into(), now).unwrap();
        }
        assert_eq!(registration.say(Author::Office, "！".into(), now), Err(NotNow::Messages));
        registration.take(Step::Refuse, now).unwrap();
        registration.say(Author::Office, "材料不全".into(), now).unwrap();
        assert_eq!(registration.closed_at, Some(now));
    }

    #[test]
    fn the_largest_document_that_can_be_fits_the_store() {
        let (_, mut registration) = one();
        let long = "\u{20000}".repeat(MESSAGE_MAX);
        registration.state = RegistrationState::Refused;
        for number in 0..=MESSAGES_MAX {
            let from = if number < APPLICANT_MESSAGES_MAX { Author::Applicant } else { Author::Office };
            let message = Message { at: Timestamp::UNIX_EPOCH, from, text: long.clone() };
            registration.messages.push(message);
        }
        let lot = registration.form.lots.remove(0);
        registration.form.lots = vec![lot; LOTS_MAX];
        // The form's words came in a body of 64 KiB.
        let bytes = serde_json::to_string(&registration).unwrap().len() + 64 * 1024;
        assert!(bytes < bowei_store::OFFICE_DOC_MAX, "{bytes}");
    }

    #[test]
    fn a_registration_is_of_the_district_that_all_its_lots_lie_in() {
        assert_eq!(common_district(["330502", "330502"]), "330502");
        assert_eq!(common_district(["330502", "330503"]), "3305");
        assert_eq!(common_district(["330502", "330602"]), "33");
        assert_eq!(common_district(["330502", "110101"]), "");
        assert_eq!(common_district([]), "");
    }
}
