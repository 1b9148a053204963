//! What standards call the lots: each id is one lot's alone, and is made where the text has the platform make it.

use bowei_model::{Lot, ProviderCode};
use bowei_standards::Standard;
use bowei_store::CredentialRow;
use std::collections::{BTreeMap, HashMap, HashSet};

/// How many ids are tried for a new lot before it is left without one: they have six digits of their own in a district.
const TRIES_MAX: u32 = 10_000;

/// Two lots would be called the same.
#[derive(Debug, thiserror::Error)]
#[error(
    "停车场 {one} 和 {other} 在标准 {standard} 中的编号不能同为 {id} lots {one} and {other} cannot both be {id} in the standard {standard}: give one of them another id"
)]
pub struct IdTaken {
    one: String,
    other: String,
    standard: String,
    id: String,
}

/// Which lots are called what.
pub(super) struct Ids<'a>(HashMap<Key<'a>, &'a str>);

/// The standard, whose id it is where lots number themselves, and the id.
type Key<'a> = (&'a str, Option<&'a str>, &'a str);

/// Whether lots number themselves in that standard.
pub(super) fn are_own(standard: &str) -> bool {
    bowei_standards::by_name(standard).is_some_and(|standard| standard.card().lots_number_themselves)
}

fn key<'a>(standard: &'a str, provider: &'a ProviderCode, id: &'a str) -> Key<'a> {
    (standard, are_own(standard).then_some(provider.as_str()), id)
}

impl<'a> Ids<'a> {
    /// The ids of all lots together; refuses those of which two are the same.
    pub(super) fn of(lots: impl Iterator<Item = &'a Lot>) -> Result<Self, IdTaken> {
        let mut taken = HashMap::new();
        for lot in lots {
            for (standard, id) in &lot.ids {
                if let Some(one) = taken.insert(key(standard, &lot.provider, id), lot.code.as_str()) {
                    let (one, other) = (one.to_owned(), lot.code.to_string());
                    return Err(IdTaken { one, other, standard: standard.clone(), id: id.clone() });
                }
            }
        }
        Ok(Self(taken))
    }

    fn is_free(&self, standard: &str, id: &str) -> bool {
        !self.0.contains_key(&(standard, None, id))
    }
}

/// The lots without an operator behind them that lose ids to `changed`, as they are without these: whoever describes a
/// lot first does not keep its id from the operator who registers it.
pub(super) fn yielding<'a>(rows: impl Iterator<Item = &'a Lot>, changed: &[Lot]) -> Vec<Lot> {
    let codes: HashSet<_> = changed.iter().map(|lot| &lot.code).collect();
    let given: HashSet<_> = changed
        .iter()
        .flat_map(|lot| lot.ids.iter().map(|(standard, id)| key(standard, &lot.provider, id)))
        .collect();
    let claims = rows.filter(|lot| !lot.standing.is_of_an_operator() && !codes.contains(&lot.code));
    claims
        .filter_map(|lot| {
            let mut without = lot.clone();
            without.ids.retain(|standard, id| !given.contains(&key(standard, &lot.provider, id)));
            (without.ids != lot.ids).then_some(without)
        })
        .collect()
}

/// `rows` with `changed` in their places.
pub(super) fn after<'a>(
    rows: impl Iterator<Item = &'a Lot>,
    changed: &'a [Lot],
) -> impl Iterator<Item = &'a Lot> {
    let codes: HashSet<_> = changed.iter().map(|lot| &lot.code).collect();
    rows.filter(move |lot| !codes.contains(&lot.code)).chain(changed)
}

/// The standards under which a provider has credentials.
pub(super) fn standards_of(
    credentials: &[&CredentialRow],
    provider: &ProviderCode,
) -> Vec<&'static dyn Standard> {
    let own = credentials.iter().filter(|row| row.provider == *provider);
    let names: HashSet<_> = own.map(|row| row.standard.as_str()).collect();
    bowei_standards::all().iter().copied().filter(|standard| names.contains(standard.card().name)).collect()
}

/// The ids that a lot has not, of standards whose platform makes them; none of them is in `taken` or in `made`.
pub(super) fn missing(
    lot: &Lot,
    standards: &[&'static dyn Standard],
    taken: &Ids<'_>,
    made: &mut HashSet<(&'static str, String)>,
) -> BTreeMap<String, String> {
    let lacking = standards.iter().filter(|standard| !lot.ids.contains_key(standard.card().name));
    let new = lacking.filter_map(|standard| {
        let name = standard.card().name;
        let mut tried = (0..TRIES_MAX).map_while(|number| standard.new_lot_id(lot, number));
        let id = tried.find(|id| taken.is_free(name, id) && !made.contains(&(name, id.clone())))?;
        made.insert((name, id.clone()));
        Some((name.to_owned(), id))
    });
    new.collect()
}
