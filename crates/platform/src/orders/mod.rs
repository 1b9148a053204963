//! Orders to correct (责令限期改正): drafted from a case, numbered, issued on frozen evidence, and followed to their end.
//!
//! What an order may become is the model's; how it is printed is [`crate::papers`]' part. Here it is kept, with the numbers
//! that documents share over all nodes.

pub(crate) mod clock;
pub(crate) mod draft;
pub(crate) mod evidence;
pub(crate) mod numbers;
pub(crate) mod printed;

use crate::config::PapersConfig;
use crate::office::{self, Document, Kept};
use bowei_model::ProviderCode;
use bowei_model::supervision::order::Order;
use bowei_store::{Store, StoreError};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// An order as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeptOrder {
    pub(crate) order: Order,
    /// GB/T 2260 code of its lot's district.
    pub(crate) district: String,
    /// What stands before its number (发文机关代字), as it was at its issue.
    #[serde(default)]
    pub(crate) number_prefix: Option<String>,
    /// The file with the evidence that was frozen at its issue.
    pub(crate) evidence: Option<String>,
    /// Percents of its term that were warned of.
    #[serde(default)]
    pub(crate) warned: BTreeSet<u8>,
}

impl Document for KeptOrder {
    const KIND: &'static str = "order";

    fn state(&self) -> String {
        self.order.state.name().to_owned()
    }

    fn provider(&self) -> Option<ProviderCode> {
        Some(self.order.content.provider.clone())
    }

    fn district(&self) -> String {
        self.district.clone()
    }

    fn at(&self) -> Timestamp {
        self.order.drafted_at
    }

    fn words(&self) -> String {
        let order = &self.order;
        let numbers: Vec<_> = order.numbers().map(|number| number.to_string()).collect();
        format!(
            "id:{}\nlot:{}\ncase:{}\n{}\n{}",
            order.id,
            order.content.lot,
            order.content.case,
            order.content.party.name,
            numbers.join("\n")
        )
    }
}

impl KeptOrder {
    /// The office as its papers name it: what is issued stays, whatever the settings become.
    pub(crate) fn office(&self, settings: &PapersConfig) -> PapersConfig {
        let agency = Some(self.order.content.agency.clone()).filter(|agency| !agency.trim().is_empty());
        PapersConfig {
            agency: agency.or_else(|| settings.agency.clone()),
            number_prefix: self.number_prefix.clone().or_else(|| settings.number_prefix.clone()),
            ..settings.clone()
        }
    }

    /// Its number (文号), once it is issued.
    pub(crate) fn number(&self, settings: &PapersConfig) -> Option<String> {
        let number = self.order.issue.as_ref()?.number;
        Some(format!("{}{number}", self.office(settings).number_prefix.unwrap_or_default()))
    }
}

/// The order of that id.
pub(crate) async fn one(store: &dyn Store, id: &str) -> Result<Option<Kept<KeptOrder>>, StoreError> {
    office::one(store, id).await
}
