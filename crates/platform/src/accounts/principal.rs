//! Who asks.

use super::{Permission, Role, UnknownRole};
use bowei_model::{Lot, Plate, ProviderCode, pairing};
use bowei_store::{TokenRow, UserRow, UserSessionRow};

/// Whoever asks something of the API, however it was made sure who that is. The role says what it may do, the role's
/// provider and the district of which lots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Principal {
    /// What it is known by: a token's public id, a person's login.
    id: String,
    role: Role,
    /// Prefix of the districts that it sees; `None`: all.
    district: Option<String>,
    person: Option<Person>,
}

/// The person that a principal is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Person {
    /// The account.
    pub(crate) user: UserRow,
    /// Where the person is signed in.
    pub(crate) session: UserSessionRow,
}

impl Principal {
    /// The holder of a token.
    pub(crate) fn of_token(token: &TokenRow) -> Result<Self, UnknownRole> {
        let (role, district) = (token.role.parse()?, token.district.clone());
        Ok(Self { id: token.id.clone(), role, district, person: None })
    }

    /// A person who is signed in.
    pub(crate) fn of_person(user: UserRow, session: UserSessionRow) -> Result<Self, UnknownRole> {
        let (role, district) = (user.role.parse()?, user.district.clone());
        Ok(Self { id: user.login.clone(), role, district, person: Some(Person { user, session }) })
    }

    /// Whether it is the same, with the same rights.
    pub(crate) fn is_still(&self, before: &Self) -> bool {
        let of = |one: &Self| one.person.as_ref().map(|person| person.session.id.clone());
        (&self.id, &self.role, &self.district, of(self))
            == (&before.id, &before.role, &before.district, of(before))
    }

    /// What it is known by.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// What it is.
    pub(crate) fn role(&self) -> &Role {
        &self.role
    }

    /// The person that it is; `None`: a program.
    pub(crate) fn person(&self) -> Option<&Person> {
        self.person.as_ref()
    }

    /// Whether it may do this at all. Of which lots, [`Principal::sees`] says.
    pub(crate) fn may(&self, permission: Permission) -> bool {
        let at_all =
            if self.person.is_some() { permission.is_for_people() } else { permission.is_for_programs() };
        at_all && self.role.may(permission)
    }

    /// The provider whose lots are all that it sees.
    pub(crate) fn provider(&self) -> Option<&ProviderCode> {
        match &self.role {
            Role::Provider(code) => Some(code),
            _ => None,
        }
    }

    /// The off-peak service whose packages and orders are all that it sees.
    pub(crate) fn off_peak_service(&self) -> Option<&ProviderCode> {
        match &self.role {
            Role::OffPeak(code) => Some(code),
            _ => None,
        }
    }

    /// The prefix of the districts that it sees; `None`: all.
    pub(crate) fn district(&self) -> Option<&str> {
        self.district.as_deref()
    }

    /// Whether it is bounded by a district.
    pub(crate) fn is_of_a_district(&self) -> bool {
        self.district.is_some()
    }

    /// Whether it may see this lot at all.
    pub(crate) fn sees(&self, lot: &Lot) -> bool {
        self.district.as_ref().is_none_or(|prefix| lot.district.starts_with(prefix))
            && self.provider().is_none_or(|own| lot.provider == *own)
            && self.off_peak_service().is_none_or(|own| lot.off_peak_parties.contains(own))
    }

    /// Whether it sees every lot there is, known or not.
    pub(crate) fn sees_all(&self) -> bool {
        !self.is_of_a_district() && self.provider().is_none() && self.off_peak_service().is_none()
    }

    /// Whether it sees plates as they are.
    pub(crate) fn sees_plates(&self) -> bool {
        self.may(Permission::PlatesRead)
    }

    /// A plate as it may see it.
    pub(crate) fn plate(&self, plate: &Plate) -> String {
        if self.sees_plates() { plate.to_string() } else { plate.masked() }
    }

    /// A record's id as it may see it: one that the platform made has the plate in it, as odd as it may be.
    pub(crate) fn record_id(&self, id: &str) -> String {
        let hidden = if self.sees_plates() { None } else { pairing::masked(id) };
        hidden.unwrap_or_else(|| id.to_owned())
    }
}
