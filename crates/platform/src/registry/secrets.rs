//! The secrets of credentials: sealed, and bound to everything in the row that says whose they are and for what, so that
//! a row of the database that is changed or copied opens for nobody.

use super::seal::{MasterKey, SealError};
use bowei_store::{CredentialRow, RegistryChange, Store, StoreError};

/// How often rows are sealed anew because another node has changed the registry meanwhile.
const TRIES_MAX: usize = 20;

/// What a credential's secret is bound to.
pub(super) fn bound_to(row: &CredentialRow) -> String {
    let CredentialRow { id, provider, standard, account, .. } = row;
    // A list in JSON: no part can reach into the next.
    serde_json::json!(["credential", standard, id, provider.as_str(), account]).to_string()
}

/// What the token of an account that has logged in is bound to.
pub(crate) fn login_label(standard: &str, account: &str) -> String {
    format!("login/{standard}/{account}")
}

/// What it was bound to before provider and account were: standard and id.
fn bound_before(row: &CredentialRow) -> String {
    format!("{}/{}", row.standard, row.id)
}

/// The row with its secret sealed into it.
pub fn seal(key: &MasterKey, row: CredentialRow, secret: &[u8]) -> Result<CredentialRow, SealError> {
    let sealed = key.seal(&bound_to(&row), secret)?;
    Ok(CredentialRow { sealed, ..row })
}

/// The row's secret.
pub fn open(key: &MasterKey, row: &CredentialRow) -> Result<Vec<u8>, SealError> {
    key.open(&bound_to(row), &row.sealed).map_err(|error| match error {
        SealError::DoesNotOpen { .. } => SealError::DoesNotOpen {
            what: format!("account {} of {}, {}", row.account, row.provider, row.standard),
        },
        other => other,
    })
}

/// Binds what was sealed before rows were bound whole. Done before anything is opened; where nothing is left to do,
/// nothing is written.
pub async fn bind(store: &dyn Store, key: &MasterKey) -> Result<(), StoreError> {
    for _ in 0..TRIES_MAX {
        let rows = store.registry().await?;
        let unbound = rows.credentials.iter().filter(|row| open(key, row).is_err());
        let anew = unbound.filter_map(|row| {
            // One that opens neither way is left: it is told of where it is left out.
            let secret = key.open(&bound_before(row), &row.sealed).ok()?;
            Some((row.id.clone(), key.seal(&bound_to(row), &secret).ok()?))
        });
        let sealed_anew: Vec<_> = anew.collect();
        if sealed_anew.is_empty() {
            return Ok(());
        }
        let change =
            RegistryChange { based_on: Some(rows.version), sealed_anew, ..RegistryChange::default() };
        match store.change_registry(change).await {
            Err(StoreError::Outdated { .. }) => {}
            done => return done.map(drop),
        }
    }
    Err(StoreError::Contended("the registry: other nodes were always faster".to_owned()))
}
