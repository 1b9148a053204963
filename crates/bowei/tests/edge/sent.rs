//! What the lot says in these tests, and whether a platform has exactly that.

use crate::city::City;
use bowei_encoding::sha256_hex;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A record id in the form that every standard takes as it is.
pub(crate) fn record(number: usize) -> String {
    format!("{number:032x}")
}

/// The time as lots write it, whole minutes ago.
pub(crate) fn minutes_ago(minutes: i64) -> String {
    let at = Timestamp::now() - SignedDuration::from_mins(minutes);
    let at = at.to_zoned(TimeZone::fixed(Offset::constant(8)));
    at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// A car that came in twenty minutes ago.
pub(crate) fn entry(number: usize) -> Value {
    json!({
        "kind": "entry", "record_id": record(number), "at": minutes_ago(20), "plate": plate(number),
        "plate_kind": "02", "gate": "G1", "gate_name": "东门入口", "vacant": 127,
    })
}

/// The same car, leaving now.
pub(crate) fn exit(number: usize) -> Value {
    json!({
        "kind": "exit", "record_id": record(number), "at": minutes_ago(0), "entered_at": minutes_ago(20),
        "minutes": 20, "plate": plate(number), "plate_kind": "02", "gate": "G2", "gate_name": "东门出口",
        "vacant": 128, "payable": "5.00", "paid": "5.00", "pay_kind": "wechat", "paid_at": minutes_ago(1),
    })
}

/// Its plate.
pub(crate) fn plate(number: usize) -> String {
    format!("浙E{:05}", number % 100_000)
}

/// A picture like no other.
pub(crate) fn picture(number: usize, bytes: usize) -> Vec<u8> {
    let words = format!("picture {number} ");
    let filling = words.bytes().cycle().take(bytes);
    [0xff, 0xd8, 0xff, 0xe0].into_iter().chain(filling).chain([0xff, 0xd9]).collect()
}

/// What was said of one parking session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) entry: bool,
    pub(crate) exit: bool,
    /// The digests of its pictures.
    pub(crate) pictures: BTreeSet<String>,
}

/// By record id.
pub(crate) type AllSaid = BTreeMap<String, Said>;

/// Whole sessions of those numbers.
pub(crate) fn whole(numbers: impl IntoIterator<Item = usize>) -> AllSaid {
    let session = Said { entry: true, exit: true, pictures: BTreeSet::new() };
    numbers.into_iter().map(|number| (record(number), session.clone())).collect()
}

pub(crate) fn digest(picture: &[u8]) -> String {
    sha256_hex(picture)
}

/// That a platform has what was said, once, and nothing else.
pub(crate) async fn check(city: &City, standard: &str, said: &AllSaid) {
    let sessions = city.sessions(standard).await;
    for (id, said) in said {
        let session =
            sessions.get(id).unwrap_or_else(|| panic!("{standard}: {id} was acknowledged and is gone"));
        assert_eq!(session["entry"].is_object(), said.entry, "{standard}: {session:#}");
        assert_eq!(session["exit"].is_object(), said.exit, "{standard}: {session:#}");
        let photos = session["photos"].as_array().unwrap();
        let there: BTreeSet<_> =
            photos.iter().map(|photo| photo["sha256"].as_str().unwrap().to_owned()).collect();
        assert_eq!((photos.len(), &there), (said.pictures.len(), &said.pictures), "{standard}: {session:#}");
        for finding in session["findings"].as_array().unwrap() {
            let kind = finding["kind"].as_str().unwrap();
            let wrong = ["amended-report", "unmatched-exit", "exit-before-entry", "plate-mismatch"];
            assert!(!wrong.contains(&kind), "{standard}: {session:#}");
        }
    }
    let more: Vec<_> = sessions.keys().filter(|id| !said.contains_key(*id)).collect();
    assert!(more.is_empty(), "{standard}: nobody said {more:?}");
    assert_eq!(city.tally(standard, "amended").await, 0, "{standard}: something was amended");
}
