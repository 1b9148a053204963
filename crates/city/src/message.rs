//! What a lot has to say and when: a passage, or a picture to be drawn of one. A source of traffic is an iterator of
//! these, in the order in which they fall due.

use crate::picture::Scene;
use crate::plan::CityLot;
use bowei_model::{Passage, RecordId};
use jiff::Timestamp;
use std::sync::Arc;

/// Something that a lot says.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// When the lot says it, in simulated time. Never before what it speaks of.
    pub due: Timestamp,
    /// The lot.
    pub lot: Arc<CityLot>,
    /// What it says.
    pub says: Says,
}

/// What is said.
#[derive(Clone, Debug, PartialEq)]
pub enum Says {
    /// A car went in or out.
    Passage(Passage),
    /// A picture of it, drawn only when it is sent: a queue of scenes is small, one of pictures is not.
    Photo(Scene),
}

impl Message {
    /// The record spoken of.
    pub fn record_id(&self) -> &RecordId {
        match &self.says {
            Says::Passage(passage) => &passage.record_id,
            Says::Photo(scene) => &scene.record_id,
        }
    }
}
