//! What the gateway knows of a passage that the lot did not say, and what is said where nobody knows: texts require
//! a time of entry, free spaces and a gate's name of every record, and a record that lacks one would be lost.

use bowei_model::{Direction, LotKind, Passage, Report};
use bowei_standards::lot_side::MEMO_MAX;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Gates that are known: more than the largest lot has.
const GATES_MAX: usize = 1_000;
/// What stands for a berth that was not said.
const NO_BERTH: &str = "未知";
/// What the memo of an exit says whose entry nobody saw.
const NO_ENTRY: &str = "未见入场，入场时间以出场时间代";

/// What was known when a passage came. Kept beside the report, which stays what was said: said again it is the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// Free spaces after the passage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vacant: Option<i64>,
    /// When the car of an exit had come in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entered_at: Option<Timestamp>,
    /// The gate's code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate_code: Option<String>,
    /// The gate's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<String>,
    /// The reservation under which the car came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(rename = "booking")]
    pub reservation_code: Option<String>,
    /// Of a photo that the lot does not number: its place among those of its record and side, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<u32>,
}

impl Known {
    /// Whether anything is known.
    pub(crate) fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// Puts in what is known and was not said.
    pub(crate) fn complete(&self, report: &mut Report) {
        let passage = match report {
            Report::Passage(passage) => passage,
            Report::Photo(photo) => {
                photo.slot = photo.slot.or(self.slot);
                return;
            }
            _ => return,
        };
        passage.vacant = passage.vacant.or(self.vacant);
        passage.entered_at = passage.entered_at.or(self.entered_at);
        or(&mut passage.gate_code, self.gate_code.as_ref());
        or(&mut passage.gate, self.gate.as_ref());
        or(&mut passage.reservation_code, self.reservation_code.as_ref());
    }
}

fn or(reported: &mut Option<String>, known: Option<&String>) {
    if is_blank(reported) && known.is_some() {
        *reported = known.cloned();
    }
}

fn is_blank(reported: &Option<String>) -> bool {
    reported.as_ref().is_none_or(|reported| reported.trim().is_empty())
}

/// Puts in what nobody knows, so that the rest is told: the gate by its code or by the way it leads, the time of an
/// entry that nobody saw by the minutes that the lot says, or by that of the exit, marked as out of the ordinary.
pub(crate) fn complete_unknown(report: &mut Report, lot_kind: LotKind) {
    let Report::Passage(passage) = report else { return };
    if is_blank(&passage.gate) {
        let way = if passage.direction == Direction::Entry { "入口" } else { "出口" };
        passage.gate =
            passage.gate_code.clone().filter(|code| !code.trim().is_empty()).or(Some(way.to_owned()));
    }
    if lot_kind == LotKind::OnStreet && is_blank(&passage.berth) {
        passage.berth = Some(NO_BERTH.to_owned());
    }
    if passage.direction == Direction::Exit && passage.entered_at.is_none() {
        passage.entered_at = passage.minutes.and_then(|minutes| entered(passage, minutes));
    }
    if passage.direction == Direction::Exit && passage.entered_at.is_none() {
        passage.entered_at = Some(passage.at);
        passage.abnormal = Some(true);
        passage.memo = Some(match passage.memo.take() {
            // What the lot says goes first where there is no room for both.
            Some(memo) if memo.chars().count() > MEMO_MAX - NO_ENTRY.chars().count() - 1 => memo,
            Some(memo) => format!("{memo}；{NO_ENTRY}"),
            None => NO_ENTRY.to_owned(),
        });
    }
}

fn entered(exit: &Passage, minutes: i64) -> Option<Timestamp> {
    exit.at.checked_sub(SignedDuration::from_mins(minutes.clamp(0, 100_000_000))).ok()
}

/// The gates of the lot, name by code, as its cameras' lanes and its reports say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Gates(BTreeMap<String, String>);

impl Gates {
    /// A gate is called so. Says whether that is news.
    pub(crate) fn note(&mut self, code: &str, name: &str) -> bool {
        let (code, name) = (code.trim(), name.trim());
        let known = self.0.get(code).is_some_and(|known| known == name);
        if code.is_empty() || name.is_empty() || known {
            return false;
        }
        if self.0.len() >= GATES_MAX && !self.0.contains_key(code) {
            return false;
        }
        self.0.insert(code.to_owned(), name.to_owned());
        true
    }

    /// Learns from what the lot says.
    pub(crate) fn observe(&mut self, report: &Report) -> bool {
        match report {
            Report::Passage(Passage { gate_code: Some(code), gate: Some(name), .. }) => self.note(code, name),
            Report::Gate(gate) => self.note(&gate.code, &gate.name),
            _ => false,
        }
    }

    /// What a passage does not say of its gate. A name that several gates have says no code.
    pub(crate) fn complete(&self, passage: &Passage, known: &mut Known) {
        match (&passage.gate_code, &passage.gate) {
            (Some(code), None) => known.gate = self.0.get(code.trim()).cloned(),
            (None, Some(name)) => {
                let mut of_name = self.0.iter().filter(|(_, known)| *known == name.trim());
                if let (Some((code, _)), None) = (of_name.next(), of_name.next()) {
                    known.gate_code = Some(code.clone());
                }
            }
            _ => {}
        }
    }
}
