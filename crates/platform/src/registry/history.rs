//! What is told of a change of the registry: who changed which field of which lot or provider, from what to what. A field
//! that a person changed is marked as such, until somebody else's word takes its place.

use crate::accounts::Source;
use bowei_model::{Edit, Lot, LotCode, ProviderCode};
use bowei_store::{ChangeSource, FieldChange, HistoryEntry, ProviderRow, RegistryChange};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fmt;

/// Fields of which nothing is told: they follow from others, or are the telling itself.
const UNTOLD: [&str; 3] = ["code", "described_at", "edited"];

/// Contradictions that are named one by one: nobody reads more.
const NAMED_MAX: usize = 20;

/// Who makes a change, where, and what is said of it.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) by: Source,
    pub(crate) source: ChangeSource,
    pub(crate) at: Timestamp,
    /// Since when it is so.
    pub(crate) effective_at: Option<Timestamp>,
    pub(crate) note: Option<String>,
}

impl Told {
    pub(crate) fn new(by: &Source, source: ChangeSource, at: Timestamp) -> Self {
        Self { by: by.clone(), source, at, effective_at: None, note: None }
    }

    /// Writes the history of a change into it, and marks the fields that a person changed.
    pub(super) fn tell<'a>(
        &self,
        change: &mut RegistryChange,
        lot: impl Fn(&LotCode) -> Option<&'a Lot>,
        provider: impl Fn(&ProviderCode) -> Option<&'a ProviderRow>,
    ) {
        let mut history = Vec::new();
        for row in &mut change.providers {
            let changes = provider_changes(provider(&row.code), row);
            self.mark(&mut row.details.edited, &changes);
            history.push(self.entry(HistoryEntry::of_provider(&row.code), changes));
        }
        for row in &mut change.lots {
            let changes = lot_changes(lot(&row.code), row);
            self.mark(&mut row.edited, &changes);
            let entry = self.entry(HistoryEntry::of_lot(&row.code), changes);
            let user = if self.source == ChangeSource::Lot { row.provider.to_string() } else { entry.user };
            history.push(HistoryEntry { user, ..entry });
        }
        for row in &change.credentials {
            let field = format!("credentials.{}.{}", row.standard, row.id);
            let to = json!({"account": row.account});
            let issued = vec![FieldChange { field, from: Value::Null, to }];
            history.push(self.entry(HistoryEntry::of_provider(&row.provider), issued));
        }
        history.retain(|entry| !entry.changes.is_empty());
        change.history.extend(history);
    }

    pub(super) fn entry(&self, object: String, changes: Vec<FieldChange>) -> HistoryEntry {
        let Self { by, source, at, effective_at, note } = self.clone();
        HistoryEntry { object, at, user: by.user, source, effective_at, note, changes }
    }

    fn mark(&self, edited: &mut BTreeMap<String, Edit>, changes: &[FieldChange]) {
        for FieldChange { field, .. } in changes {
            if self.source == ChangeSource::Console {
                edited.insert(field.clone(), Edit { by: self.by.user.clone(), at: self.at });
            } else {
                edited.remove(field);
            }
        }
    }
}

/// What a file or table would undo of what persons have changed.
#[derive(Debug)]
pub struct Undoing(Vec<(String, FieldChange, Edit)>);

impl Undoing {
    /// What of `change` undoes a person's word on a lot or provider.
    pub(super) fn of<'a>(
        change: &RegistryChange,
        lot: impl Fn(&LotCode) -> Option<&'a Lot>,
        provider: impl Fn(&ProviderCode) -> Option<&'a ProviderRow>,
    ) -> Option<Self> {
        let mut undoing = Vec::new();
        let mut note = |object: String, changes: Vec<FieldChange>, edited: &BTreeMap<String, Edit>| {
            for change in changes {
                if let Some(edit) = edited.get(&change.field) {
                    undoing.push((object.clone(), change, edit.clone()));
                }
            }
        };
        for row in &change.providers {
            if let Some(known) = provider(&row.code) {
                let object = format!("provider {:?}", row.code.as_str());
                note(object, provider_changes(Some(known), row), &known.details.edited);
            }
        }
        for row in &change.lots {
            if let Some(known) = lot(&row.code) {
                note(format!("lot {:?}", row.code.as_str()), lot_changes(Some(known), row), &known.edited);
            }
        }
        (!undoing.is_empty()).then_some(Self(undoing))
    }
}

impl fmt::Display for Undoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "it would undo what was changed in the console since:")?;
        for (object, FieldChange { field, from, to }, Edit { by, at }) in self.0.iter().take(NAMED_MAX) {
            writeln!(f, "  {object}: {field} is {from} since {by} set it at {at}, and would be {to}")?;
        }
        if let Some(more) = self.0.len().checked_sub(NAMED_MAX).filter(|more| *more > 0) {
            writeln!(f, "  … and {more} more")?;
        }
        write!(f, "write these values into the file, or add --force to have the file's")
    }
}

pub(crate) fn lot_changes(before: Option<&Lot>, after: &Lot) -> Vec<FieldChange> {
    let fields = |lot: &Lot| flat(serde_json::to_value(lot).unwrap_or_default());
    differences(before.map(fields).unwrap_or_default(), fields(after))
}

pub(crate) fn provider_changes(before: Option<&ProviderRow>, after: &ProviderRow) -> Vec<FieldChange> {
    let fields = |row: &ProviderRow| {
        let mut fields = flat(serde_json::to_value(&row.details).unwrap_or_default());
        fields.insert("name".to_owned(), json!(row.name));
        fields.insert("contact".to_owned(), json!(row.contact));
        fields
    };
    differences(before.map(fields).unwrap_or_default(), fields(after))
}

/// The fields of an object; those of an object within it by `outer.inner`.
fn flat(value: Value) -> Map<String, Value> {
    let Value::Object(fields) = value else { return Map::new() };
    let told = fields.into_iter().filter(|(name, _)| !UNTOLD.contains(&name.as_str()));
    let parts = told.flat_map(|(name, value)| match value {
        Value::Object(inner) => {
            inner.into_iter().map(|(key, value)| (format!("{name}.{key}"), value)).collect()
        }
        value => vec![(name, value)],
    });
    parts.collect()
}

fn differences(mut before: Map<String, Value>, after: Map<String, Value>) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    for (field, to) in after {
        let from = before.remove(&field).unwrap_or_default();
        if from != to {
            changes.push(FieldChange { field, from, to });
        }
    }
    let gone = before.into_iter().filter(|(_, from)| !from.is_null());
    changes.extend(gone.map(|(field, from)| FieldChange { field, from, to: Value::Null }));
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use bowei_model::LotKind;

    #[test]
    fn a_persons_word_is_marked_and_a_files_takes_the_mark_away() {
        let lot = Lot::new("L".into(), "p".into(), LotKind::OffStreet);
        let told = |source| {
            Told::new(&Source { user: "li".into(), ..Source::default() }, source, Timestamp::UNIX_EPOCH)
        };
        let with = |lot: &Lot, tariff: &str| Lot { tariff: Some(tariff.to_owned()), ..lot.clone() };
        let change = |lot: Lot| RegistryChange { lots: vec![lot], ..RegistryChange::default() };

        let mut edit = change(with(&lot, "5 元"));
        told(ChangeSource::Console).tell(&mut edit, |_| Some(&lot), |_| None);
        assert_eq!(edit.lots[0].edited.keys().collect::<Vec<_>>(), ["tariff"]);
        let told_of = &edit.history[0];
        assert_eq!((told_of.object.as_str(), told_of.user.as_str()), ("lot:L", "li"));
        let expected = FieldChange { field: "tariff".into(), from: Value::Null, to: json!("5 元") };
        assert_eq!(told_of.changes, [expected]);

        let known = edit.lots[0].clone();
        let mut file = change(with(&known, "6 元"));
        let undoing = Undoing::of(&file, |_| Some(&known), |_| None).unwrap().to_string();
        for words in ["lot \"L\"", "tariff", "5 元", "6 元", "li", "--force"] {
            assert!(undoing.contains(words), "{words}: {undoing}");
        }
        let other = change(Lot { spaces_total: 9, ..known.clone() });
        assert!(Undoing::of(&other, |_| Some(&known), |_| None).is_none());
        told(ChangeSource::File).tell(&mut file, |_| Some(&known), |_| None);
        assert!(file.lots[0].edited.is_empty());
    }

    #[test]
    fn fields_within_are_told_one_by_one_and_what_follows_is_not() {
        let mut before = Lot::new("L".into(), "p".into(), LotKind::OffStreet);
        before.ids.insert("huzhou".into(), "HZ1".into());
        let mut after = Lot { described_at: Some(Timestamp::UNIX_EPOCH), ..before.clone() };
        assert!(lot_changes(Some(&before), &after).is_empty());
        after.ids.insert("ningbo".into(), "NB1".into());
        after.ids.remove("huzhou");
        let changes = lot_changes(Some(&before), &after);
        let fields: Vec<_> = changes.iter().map(|change| change.field.as_str()).collect();
        assert_eq!(fields, ["ids.ningbo", "ids.huzhou"]);
    }
}
