//! What people change of providers and of their keys.

use super::apply::{ApplyError, Issuing, keys_given};
use super::history::Told;
use super::lots::{NotChanged, put_beside, revision_of};
use super::{Beside, Registry, Snapshot};
use bowei_model::{Lot, ProviderCode};
use bowei_standards::platform_side::Fields;
use bowei_store::{
    Change, CredentialRow, FieldChange, HistoryEntry, ProviderRow, RegistryChange, StoreError,
};
use jiff::SignedDuration;
use parking_lot::Mutex;
use serde_json::{Value, json};

/// Has the provider's lots called by ids of that standard, where its platform makes them.
fn with_ids(
    snapshot: &Snapshot,
    provider: &ProviderCode,
    standard: &str,
    change: RegistryChange,
) -> Result<RegistryChange, ApplyError> {
    let nameless = snapshot
        .lots
        .values()
        .filter(|lot| lot.provider == *provider && !lot.ids.contains_key(standard))
        .map(|lot| Lot::clone(lot));
    with_lots(snapshot, nameless.collect(), change)
}

/// Puts lots beside what comes with them; those that are as they were are left out.
fn with_lots(
    snapshot: &Snapshot,
    lots: Vec<Lot>,
    change: RegistryChange,
) -> Result<RegistryChange, ApplyError> {
    let mut change = match put_beside(snapshot, lots, change) {
        Ok(change) => change,
        Err(NotChanged::IdTaken(taken)) => return Err(taken.into()),
        Err(NotChanged::Store(error)) => return Err(error.into()),
        Err(other) => return Err(StoreError::Conflict(other.to_string()).into()),
    };
    change.lots.retain(|lot| snapshot.lots.get(&lot.code).is_none_or(|known| **known != *lot));
    Ok(change)
}

/// What a provider is by now, in a word: another after every change.
pub(crate) fn provider_revision(row: &ProviderRow) -> String {
    revision_of(&(&row.name, &row.contact, &row.details))
}

/// A credential that was issued.
pub(crate) struct Issued {
    pub(crate) id: String,
    pub(crate) account: String,
    /// The fields as the provider needs them, secrets among them.
    pub(crate) fields: Fields,
}

impl Issued {
    /// The credential that a change makes last.
    fn last(change: &RegistryChange, fields: Fields) -> Result<Self, StoreError> {
        let unmade = || StoreError::Contended("no credential was made".to_owned());
        let CredentialRow { id, account, .. } = change.credentials.last().ok_or_else(unmade)?;
        Ok(Self { id: id.clone(), account: account.clone(), fields })
    }
}

/// A business that is to be connected: its provider, and the lots that it brings.
pub(crate) struct Newcomer {
    /// The provider as it is from now on.
    pub(crate) provider: ProviderRow,
    /// Its new lots, each with a code.
    pub(crate) lots: Vec<Lot>,
}

impl Registry {
    /// Takes a business in, all in one change: its provider, its lots with the ids that they need, and a credential of each
    /// of these standards that it has none of yet. `work` makes the provider and lots, `more` what is kept together with
    /// them.
    pub(crate) async fn admit_business<E: From<ApplyError> + From<StoreError>>(
        &self,
        standards: &[String],
        told: &Told,
        work: impl Fn(&Snapshot) -> Result<Newcomer, E>,
        more: impl Fn(&Newcomer, &[(String, Issued)]) -> Result<Beside, E>,
    ) -> Result<(), E> {
        self.edit_beside(told, |snapshot| {
            let newcomer = work(snapshot)?;
            let provider = &newcomer.provider.code;
            let mut change =
                RegistryChange { providers: vec![newcomer.provider.clone()], ..RegistryChange::default() };
            let (mut issued, now) = (Vec::new(), told.at);
            for standard in standards {
                let overlap = SignedDuration::ZERO;
                let credentials = &snapshot.credentials;
                let issuing = Issuing { credentials, key: &self.key, provider, standard, overlap, now };
                if issuing.current(None).is_some() {
                    continue;
                }
                let fields = issuing.add(&Fields::new(), &mut change)?;
                issued.push((standard.clone(), Issued::last(&change, fields)?));
            }
            keys_given(&mut change, |code| snapshot.providers.get(code), now);
            let nameless = snapshot
                .lots
                .values()
                .filter(|lot| lot.provider == *provider)
                .filter(|lot| issued.iter().any(|(standard, _)| !lot.ids.contains_key(standard)))
                .map(|lot| Lot::clone(lot));
            let lots = nameless.chain(newcomer.lots.iter().cloned()).collect();
            let change = with_lots(snapshot, lots, change)?;
            let more = more(&newcomer, &issued)?;
            Ok::<_, E>((change, more))
        })
        .await
    }

    /// Puts a provider into the registry, made of the one that is known by that code.
    pub(crate) async fn put_provider<E: From<StoreError>>(
        &self,
        code: &ProviderCode,
        told: &Told,
        make: impl Fn(Option<&ProviderRow>) -> Result<ProviderRow, E>,
    ) -> Result<ProviderRow, E> {
        self.edit(told, |snapshot| {
            let known = snapshot.providers.get(code);
            let row = make(known)?;
            let providers = if known == Some(&row) { Vec::new() } else { vec![row] };
            Ok::<_, E>((RegistryChange { providers, ..RegistryChange::default() }, Vec::new()))
        })
        .await?;
        let gone = || StoreError::Contended(format!("provider {code} is gone again"));
        Ok(self.snapshot().providers.get(code).cloned().ok_or_else(gone)?)
    }

    /// Gives a provider a credential: its first of the standard, made of what is given, or one in place of the present,
    /// which is accepted until the overlap is over. `more` makes what is kept together with it.
    pub(crate) async fn issue<E: From<ApplyError> + From<StoreError>>(
        &self,
        (provider, standard): (&ProviderCode, &str),
        given: Option<&Fields>,
        overlap: SignedDuration,
        told: &Told,
        more: impl Fn(&Issued) -> Result<Vec<Change>, E>,
    ) -> Result<Issued, E> {
        let issued = Mutex::new(None);
        self.edit(told, |snapshot| {
            let credentials = &snapshot.credentials;
            let now = told.at;
            let issuing = Issuing { credentials, key: &self.key, provider, standard, overlap, now };
            let mut change = RegistryChange::default();
            let fields = match (given, issuing.current(None)) {
                (None, Some(_)) => issuing.rotate(&mut change)?,
                (given, _) => issuing.add(given.unwrap_or(&Fields::new()), &mut change)?,
            };
            keys_given(&mut change, |code| snapshot.providers.get(code), now);
            let change = with_ids(snapshot, provider, standard, change)?;
            let made = Issued::last(&change, fields)?;
            let more = more(&made)?;
            *issued.lock() = Some(made);
            Ok::<_, E>((change, more))
        })
        .await?;
        let unmade = || StoreError::Contended("no credential was made".to_owned());
        Ok(issued.into_inner().ok_or_else(unmade)?)
    }

    /// Ends a credential at once; whether there was one that had not ended.
    pub(crate) async fn revoke<E: From<StoreError>>(
        &self,
        (provider, standard): (&ProviderCode, &str),
        id: &str,
        told: &Told,
        more: Vec<Change>,
    ) -> Result<bool, E> {
        let found = Mutex::new(false);
        self.edit(told, |snapshot| {
            let is_it = |row: &&CredentialRow| {
                row.id == id
                    && row.provider == *provider
                    && row.standard == standard
                    && row.expires_at.is_none_or(|ends| ends > told.at)
            };
            let row = snapshot.credentials.iter().find(is_it);
            *found.lock() = row.is_some();
            let Some(row) = row else { return Ok((RegistryChange::default(), Vec::new())) };
            let field = format!("credentials.{standard}.{id}");
            let from = json!({"account": row.account});
            let gone = FieldChange { field, from, to: Value::Null };
            let history = vec![told.entry(HistoryEntry::of_provider(provider), vec![gone])];
            let ends = vec![(row.id.clone(), told.at)];
            Ok::<_, E>((RegistryChange { ends, history, ..RegistryChange::default() }, more.clone()))
        })
        .await?;
        Ok(found.into_inner())
    }
}
