//! What a principal is, and what that allows.

use super::Permission;
use bowei_model::ProviderCode;
use std::fmt;
use std::str::FromStr;

/// What a principal is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// The supervising authority: reads everything in its district.
    Regulator,
    /// Runs the platform: reads everything, and changes lots.
    Operator,
    /// A data provider: its own lots alone.
    Provider(ProviderCode),
    /// Sees numbers; plates are masked and photos closed to it.
    Viewer,
}

impl Role {
    /// Whether it has this permission.
    pub fn may(&self, permission: Permission) -> bool {
        match permission {
            Permission::LotsRead
            | Permission::SessionsRead
            | Permission::PassagesWatch
            | Permission::FindingsRead
            | Permission::ChargingRead
            | Permission::OffPeakRead
            | Permission::StatsRead => true,
            // Whatever is full of plates.
            Permission::PlatesRead
            | Permission::PhotosRead
            | Permission::CarsInsideRead
            | Permission::MessagesRead => *self != Self::Viewer,
            Permission::LotsChange | Permission::JobsRead => *self == Self::Operator,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Regulator => f.write_str("regulator"),
            Self::Operator => f.write_str("operator"),
            Self::Provider(code) => write!(f, "provider:{code}"),
            Self::Viewer => f.write_str("viewer"),
        }
    }
}

/// A role that does not exist.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is no role: regulator, operator, provider:CODE or viewer")]
pub struct UnknownRole(String);

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            None if text == "regulator" => Ok(Self::Regulator),
            None if text == "operator" => Ok(Self::Operator),
            None if text == "viewer" => Ok(Self::Viewer),
            Some(("provider", code)) if !code.is_empty() => Ok(Self::Provider(code.into())),
            _ => Err(UnknownRole(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_read_as_they_are_written() {
        for text in ["regulator", "operator", "viewer", "provider:hz-demo"] {
            assert_eq!(text.parse::<Role>().unwrap().to_string(), text);
        }
        for text in ["", "admin", "provider", "provider:", "operator:x"] {
            assert!(text.parse::<Role>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_viewer_has_no_permission_by_which_plates_are_read() {
        let may =
            |role: &Role| Permission::ALL.into_iter().filter(|permission| role.may(*permission)).count();
        assert_eq!(may(&Role::Operator), Permission::ALL.len());
        assert_eq!(may(&Role::Regulator), may(&Role::Provider("hz-demo".into())));
        assert_eq!(may(&Role::Regulator), Permission::ALL.len() - 2, "lots.change and jobs.read");
        assert_eq!(may(&Role::Viewer), may(&Role::Regulator) - 4);
    }
}
