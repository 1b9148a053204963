//! Who asks.

use super::{Permission, Role, UnknownRole};
use bowei_model::{Lot, Plate, ProviderCode, pairing};
use bowei_store::TokenRow;

/// Whoever asks something of the API, however it was made sure who that is. The role says what it may do, the role's
/// provider and the district of which lots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Principal {
    /// What it is known by: a token's public id.
    id: String,
    role: Role,
    /// Prefix of the districts that it sees; `None`: all.
    district: Option<String>,
}

impl Principal {
    /// The holder of a token.
    pub(crate) fn of_token(token: &TokenRow) -> Result<Self, UnknownRole> {
        Ok(Self { id: token.id.clone(), role: token.role.parse()?, district: token.district.clone() })
    }

    /// What it is.
    pub(crate) fn role(&self) -> &Role {
        &self.role
    }

    /// Whether it may do this at all. Of which lots, [`Principal::sees`] says.
    pub(crate) fn may(&self, permission: Permission) -> bool {
        self.role.may(permission)
    }

    /// The provider whose lots are all that it sees.
    pub(crate) fn provider(&self) -> Option<&ProviderCode> {
        match &self.role {
            Role::Provider(code) => Some(code),
            Role::Regulator | Role::Operator | Role::Viewer => None,
        }
    }

    /// Whether it is bounded by a district.
    pub(crate) fn is_of_a_district(&self) -> bool {
        self.district.is_some()
    }

    /// Whether it may see this lot at all.
    pub(crate) fn sees(&self, lot: &Lot) -> bool {
        self.district.as_ref().is_none_or(|prefix| lot.district.starts_with(prefix))
            && self.provider().is_none_or(|own| lot.provider == *own)
    }

    /// Whether it sees every lot there is, known or not.
    pub(crate) fn sees_all(&self) -> bool {
        !self.is_of_a_district() && self.provider().is_none()
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
