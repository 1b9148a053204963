//! What the platform handed out when the registry file was applied, made ready for sealing.

use super::CityPlan;
use bowei_standards::platform_side::{Credential, CredentialFault, Fields};
use bowei_standards::{Standard, by_name};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Deserialize)]
struct HandedOut {
    providers: Vec<Provider>,
}

#[derive(Deserialize)]
struct Provider {
    code: String,
    #[serde(flatten)]
    standards: BTreeMap<String, Fields>,
}

/// Every account of the city, by provider and standard, ready to seal.
#[derive(Clone, Default)]
pub struct Accounts(BTreeMap<(String, String), Account>);

/// One account, ready to seal.
#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) standard: &'static dyn Standard,
    pub(crate) own: Arc<dyn Credential>,
}

/// Why credentials cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// The text is not what `bowei registry apply` prints.
    #[error("the credentials are not the JSON that `bowei registry apply` prints: {0}")]
    Malformed(#[from] serde_json::Error),
    /// One of them cannot be used for sealing.
    #[error("provider {provider:?}, {standard}: {fault}")]
    Unfit {
        /// The provider.
        provider: String,
        /// The standard.
        standard: String,
        /// What is wrong.
        fault: CredentialFault,
    },
    /// A provider of the city has none.
    #[error(
        "provider {provider:?} has no credential for {standard}: keep what `bowei registry apply` prints when it \
         creates the provider; it is printed once"
    )]
    Missing {
        /// The provider.
        provider: String,
        /// The standard.
        standard: String,
    },
}

impl Accounts {
    /// Reads `{"providers":[{"code":"hz-a","huzhou":{…}}]}`. Standards that this version does not know are left
    /// out.
    pub fn read(json: &str) -> Result<Self, CredentialsError> {
        let handed_out: HandedOut = serde_json::from_str(json)?;
        let mut accounts = Self::default();
        for provider in handed_out.providers {
            for (standard, fields) in provider.standards {
                accounts.add(&provider.code, &standard, &fields)?;
            }
        }
        Ok(accounts)
    }

    /// Adds what one provider was handed out for one standard.
    pub fn add(
        &mut self,
        provider: &str,
        standard: &str,
        handed_out: &Fields,
    ) -> Result<(), CredentialsError> {
        let Some(speaks) = by_name(standard) else { return Ok(()) };
        let own = speaks.own_credential(handed_out).map_err(|fault| CredentialsError::Unfit {
            provider: provider.to_owned(),
            standard: standard.to_owned(),
            fault,
        })?;
        self.0.insert((provider.to_owned(), standard.to_owned()), Account { standard: speaks, own });
        Ok(())
    }

    /// Whether every lot of the plan, and who charges there, has an account to speak through.
    pub fn cover(&self, plan: &CityPlan) -> Result<(), CredentialsError> {
        for lot in &plan.lots {
            self.of(lot.provider.as_str(), lot.standard)?;
            if let Some(operator) = &lot.operator {
                self.of(operator.provider.as_str(), operator.standard)?;
            }
        }
        Ok(())
    }

    /// Puts a credential in place of the account's own: the same with a token in it.
    pub(crate) fn hold(&mut self, provider: &str, standard: &str, own: Arc<dyn Credential>) {
        if let Some(account) = self.0.get_mut(&(provider.to_owned(), standard.to_owned())) {
            account.own = own;
        }
    }

    pub(crate) fn of(&self, provider: &str, standard: &str) -> Result<&Account, CredentialsError> {
        self.0.get(&(provider.to_owned(), standard.to_owned())).ok_or_else(|| CredentialsError::Missing {
            provider: provider.to_owned(),
            standard: standard.to_owned(),
        })
    }
}
