//! What a principal is, and what that allows.

use super::Permission;
use bowei_model::ProviderCode;
use std::fmt;
use std::str::FromStr;

/// What a principal is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// 系统管理员: sees that the system runs. Like the two below never one who sees plates (三员分立).
    SystemAdmin,
    /// 安全管理员: makes and closes accounts and tokens.
    SecurityAdmin,
    /// 审计管理员: reads the audit, and changes nothing.
    Auditor,
    /// The supervising authority: reads everything in its district.
    Regulator,
    /// Runs the platform: reads everything, and changes lots.
    Operator,
    /// A data provider: its own lots alone.
    Provider(ProviderCode),
    /// Sees numbers; plates are masked and photos closed to it.
    Viewer,
    /// A third party's off-peak service (第三方错峰停车平台), by its code (服务商编码): it reports its own packages and orders, at
    /// lots that name it in `off_peak_parties`, and reads those alone. A program, never a person.
    OffPeak(ProviderCode),
}

/// The roles that are one word.
const WORDS: [(Role, &str); 6] = [
    (Role::SystemAdmin, "system-admin"),
    (Role::SecurityAdmin, "security-admin"),
    (Role::Auditor, "auditor"),
    (Role::Regulator, "regulator"),
    (Role::Operator, "operator"),
    (Role::Viewer, "viewer"),
];

impl Role {
    /// Every role in a word; a provider's code stands apart.
    pub(crate) const WORDS: [&str; 7] =
        ["system-admin", "security-admin", "auditor", "operator", "regulator", "provider", "viewer"];
    /// Every role that a token may have.
    pub(crate) const TOKEN_WORDS: [&str; 5] =
        ["regulator", "operator", "provider:CODE", "off-peak:CODE", "viewer"];

    /// Whether it has this permission.
    pub fn may(&self, permission: Permission) -> bool {
        use Permission as P;
        match self {
            _ if permission == P::OwnAccount => true,
            Self::SystemAdmin => {
                matches!(permission, P::LotsRead | P::StatsRead | P::JobsRead | P::SystemRead)
            }
            Self::SecurityAdmin => {
                matches!(permission, P::UsersRead | P::UsersChange | P::TokensChange | P::HoldsRead)
            }
            Self::Auditor => matches!(permission, P::UsersRead | P::AuditRead | P::HoldsRead),
            // Its own plates as they are: it said them itself.
            Self::OffPeak(_) => matches!(permission, P::OffPeakReport | P::OffPeakRead | P::PlatesRead),
            Self::Regulator | Self::Operator | Self::Provider(_) | Self::Viewer => match permission {
                P::LotsRead
                | P::SessionsRead
                | P::PassagesWatch
                | P::FindingsRead
                | P::ChargingRead
                | P::OffPeakRead
                | P::ProvidersRead
                | P::CasesRead
                | P::RatesRead
                | P::ReservationsRead
                | P::StatsRead => true,
                // Whatever is full of plates.
                P::PlatesRead | P::PlatesReveal | P::PhotosRead | P::CarsInsideRead | P::MessagesRead => {
                    *self != Self::Viewer
                }
                P::ExportsMake => *self != Self::Viewer,
                P::ExportsApprove
                | P::RegistrationsRead
                | P::BusinessesRead
                | P::BusinessesChange
                | P::HoldsRead
                | P::HoldsManage
                | P::CasesHandle
                | P::OrdersHandle
                | P::ReservationsHandle
                | P::RulesApply => matches!(self, Self::Regulator | Self::Operator),
                P::LotsChange | P::MaintenanceAnnounce => {
                    matches!(self, Self::Operator | Self::Provider(_))
                }
                P::KeysCollect | P::DaysDeclare | P::OrdersAnswer | P::ReservationsAnswer => {
                    matches!(self, Self::Provider(_))
                }
                P::ProvidersChange | P::RegistrationsDecide | P::JobsRead | P::SystemRead => {
                    *self == Self::Operator
                }
                P::OffPeakReport
                | P::OwnAccount
                | P::UsersRead
                | P::UsersChange
                | P::TokensChange
                | P::AuditRead => false,
            },
        }
    }

    /// Which roles have a permission, people's and tokens'; `—` where none has.
    pub(crate) fn holders(permission: Permission) -> (String, String) {
        let of = |words: &[&str], at_all: bool| {
            let has_it = |word: &&&str| {
                // A person's provider stands apart.
                let role = if **word == "provider" { "provider:CODE" } else { **word };
                at_all && role.parse::<Self>().is_ok_and(|role| role.may(permission))
            };
            let words = words.iter().filter(has_it).copied().collect::<Vec<_>>().join(", ");
            if words.is_empty() { "—".to_owned() } else { words }
        };
        (of(&Self::WORDS, permission.is_for_people()), of(&Self::TOKEN_WORDS, permission.is_for_programs()))
    }

    /// One of the three who look after the platform and see nothing of what cars do.
    pub fn is_administrator(&self) -> bool {
        matches!(self, Self::SystemAdmin | Self::SecurityAdmin | Self::Auditor)
    }

    /// Whether its account needs a second factor, where the configuration asks for them: officers and administrators.
    pub(crate) fn needs_second_factor(&self) -> bool {
        self.is_administrator() || matches!(self, Self::Regulator | Self::Operator)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Provider(code) => write!(f, "provider:{code}"),
            Self::OffPeak(code) => write!(f, "off-peak:{code}"),
            one => f.write_str(WORDS.iter().find(|(role, _)| role == one).map_or("", |(_, word)| word)),
        }
    }
}

/// A role that does not exist.
#[derive(Debug, thiserror::Error)]
#[error("没有角色 {0:?} {0:?} is no role")]
pub struct UnknownRole(String);

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            Some(("provider", code)) if !code.is_empty() => return Ok(Self::Provider(code.into())),
            Some(("off-peak", code)) if !code.is_empty() => return Ok(Self::OffPeak(code.into())),
            _ => {}
        }
        let found = WORDS.into_iter().find(|(_, word)| *word == text);
        found.map(|(role, _)| role).ok_or_else(|| UnknownRole(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_read_as_they_are_written() {
        let one_word = ["regulator", "operator", "viewer", "system-admin", "security-admin", "auditor"];
        for text in one_word.into_iter().chain(["provider:hz-demo", "off-peak:S1"]) {
            assert_eq!(text.parse::<Role>().unwrap().to_string(), text);
        }
        for text in ["", "admin", "provider", "provider:", "off-peak", "off-peak:", "operator:x"] {
            assert!(text.parse::<Role>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_viewer_has_no_permission_by_which_plates_are_read() {
        let plates = [
            Permission::PlatesRead,
            Permission::PlatesReveal,
            Permission::PhotosRead,
            Permission::MessagesRead,
        ];
        for permission in plates {
            assert!(!Role::Viewer.may(permission) && Role::Regulator.may(permission), "{permission:?}");
        }
    }

    #[test]
    fn the_three_administrators_are_three_and_see_nothing_of_cars() {
        let admins = [Role::SystemAdmin, Role::SecurityAdmin, Role::Auditor];
        let of_cars = Permission::all().filter(|permission| permission.shows_plates());
        let takes = [Permission::ExportsMake, Permission::ExportsApprove];
        for permission in of_cars.chain([Permission::PlatesRead, Permission::PlatesReveal]).chain(takes) {
            assert!(admins.iter().all(|role| !role.may(permission)), "{permission:?}");
        }
        // Who makes accounts reads no audit of it, and who reads the audit changes nothing.
        let changes = [Permission::UsersChange, Permission::TokensChange, Permission::LotsChange];
        assert!(!Role::SecurityAdmin.may(Permission::AuditRead));
        assert!(changes.into_iter().all(|change| !Role::Auditor.may(change)));
        assert!(changes.into_iter().all(|change| !Role::SystemAdmin.may(change)));
        // Nor does who runs the platform make himself accounts.
        assert!(!Role::Operator.may(Permission::UsersChange));
    }
}
