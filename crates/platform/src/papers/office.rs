use crate::config::PapersConfig;
use minijinja::value::{Enumerator, Object, Value};
use parking_lot::Mutex;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The settings as a template sees them, `office`: it remembers which were asked for and are not set.
#[derive(Debug)]
pub(super) struct Office {
    settings: [(&'static str, Option<String>); 7],
    missing: Mutex<BTreeSet<&'static str>>,
}

impl Office {
    pub(super) fn new(config: &PapersConfig) -> Self {
        let set = |value: &Option<String>| value.clone().filter(|text| !text.trim().is_empty());
        let settings = [
            ("agency", set(&config.agency)),
            ("number_prefix", set(&config.number_prefix)),
            ("review_body", set(&config.review_body)),
            ("court", set(&config.court)),
            ("contact", set(&config.contact)),
            ("phone", set(&config.phone)),
            ("address", set(&config.address)),
        ];
        Self { settings, missing: Mutex::default() }
    }

    /// Those that a template asked for in vain.
    pub(super) fn missing(&self) -> Vec<&'static str> {
        self.missing.lock().iter().copied().collect()
    }
}

impl Object for Office {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let (name, value) = self.settings.iter().find(|(name, _)| key.as_str() == Some(name))?;
        match value {
            Some(value) => Some(Value::from(value.as_str())),
            None => {
                self.missing.lock().insert(name);
                Some(Value::from(""))
            }
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }
}
