//! Every state with every command, held against the table; and the picture in the documentation, which is the table.

use super::*;
use OrderState as S;
use bowei_model::reservation::{CommandKind as K, Lack, Limit, Reason, TRANSITIONS};
use std::collections::BTreeSet;

const DOCUMENT: &str = include_str!("../../../../docs/reservations/states.md");

/// What is expected of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum To {
    Is(OrderState),
    Declined,
}

/// An order of number 1 in every state there is, at 10:00 for 11:00, in a book of one place.
fn in_state(state: Option<OrderState>) -> Desk {
    let mut desk = Desk::new(1);
    let Some(state) = state else { return desk };
    match state {
        S::Held => {
            desk.request("10:00", 1, "11:00", true);
        }
        S::Requested => {
            desk.request("10:00", 1, "11:00", true);
            desk.apply("10:00", Command::Sent { code: code(1), attempt: 1 }).unwrap();
        }
        S::Unknown => {
            desk.request("10:00", 1, "11:00", true);
            desk.answer("10:00", 1, LotAnswer::Silent);
            // And asked once more.
            desk.tick("10:00:05");
        }
        S::Confirmed => desk.confirmed("10:00", 1, "11:00"),
        S::Waiting => {
            desk.confirmed("09:59", 9, "11:00");
            desk.request("10:00", 1, "11:00", true);
        }
        S::Offered => {
            desk.confirmed("09:59", 9, "11:00");
            desk.request("10:00", 1, "11:00", true);
            desk.cancel("10:00", 9, Party::Driver).unwrap();
        }
        S::Entered => {
            desk.confirmed("10:00", 1, "10:20");
            desk.car("10:00", Direction::Entry, 1, "10:00");
        }
        S::Left => {
            desk.confirmed("10:00", 1, "10:20");
            desk.car("10:00", Direction::Entry, 1, "10:00");
            desk.car("10:00", Direction::Exit, 1, "10:00");
        }
        S::NoShow => {
            desk.confirmed("09:00", 1, "09:30");
            desk.tick("10:00");
        }
        S::Cancelled => {
            desk.confirmed("10:00", 1, "11:00");
            desk.cancel("10:00", 1, Party::Driver).unwrap();
            desk.answer("10:00", 1, LotAnswer::Taken);
        }
        S::Expired => {
            desk.confirmed("09:00", 9, "10:30");
            desk.request("09:00", 1, "10:10", true);
            desk.tick("10:00");
        }
        S::Refused => {
            desk.confirmed("09:59", 9, "11:00");
            desk.request("10:00", 1, "11:00", false);
        }
    }
    assert_eq!(desk.state(1), state);
    desk
}

/// A command of a kind to order 1, a moment later.
fn of_kind(kind: K, desk: &Desk) -> (Timestamp, Command) {
    let now = t("10:00:06");
    let order = desk.book.orders.get(&code(1));
    let attempt = order.map_or(1, |order| order.attempts);
    let answer = |reading| Command::Answer { code: code(1), what: CallKind::Reserve, attempt, reading };
    let window = order.map_or(t("10:30"), |order| order.enter_at);
    let car = |direction, at: Timestamp, entered_at| {
        let record_id = "R1".into();
        let plate = Some(plate(1));
        Command::Passage(CarPassage { plate, reservation_code: None, direction, at, entered_at, record_id })
    };
    let command = match kind {
        K::Request => Command::Request(new(1, t("11:00"), order.is_none_or(|order| order.wait))),
        K::Change => {
            let version = order.map_or(0, |order| order.version);
            Command::Change { code: code(1), enter_at: Some(t("11:30")), space: None, version }
        }
        K::Cancel => Command::Cancel { code: code(1), by: Party::Driver, version: None },
        K::Sent => Command::Sent { code: code(1), attempt },
        K::Taken => answer(LotAnswer::Taken),
        K::NoSpace => answer(LotAnswer::NoSpace),
        K::Refused => answer(LotAnswer::Refused { code: 5004, why: "黑名单".to_owned() }),
        K::Silent => answer(LotAnswer::Silent),
        K::NotReachable => answer(LotAnswer::NotReachable),
        K::Granted => Command::Granted(granted(2, None)),
        K::Entry => car(Direction::Entry, window, None),
        K::Exit => car(Direction::Exit, window + minutes(20), Some(window)),
        K::Suspend => Command::Suspend { plate: plate(1), until: Some(t("23:00")) },
        K::Tick => Command::Tick,
    };
    (now, command)
}

/// What each command makes of an order in each state, within its time.
fn expected(state: Option<OrderState>, kind: K) -> To {
    use To::{Declined, Is};
    let Some(state) = state else {
        return match kind {
            K::Request => Is(S::Held),
            // A book has no word for what it does not know; cars and grants are news all the same.
            _ => Declined,
        };
    };
    match (state, kind) {
        (S::Held | S::Offered, K::Sent) => Is(S::Requested),
        (S::Held | S::Offered | S::Requested | S::Unknown, K::Taken) => Is(S::Confirmed),
        (S::Held | S::Offered | S::Requested | S::Unknown, K::NoSpace) => Is(S::Waiting),
        (S::Held | S::Offered | S::Requested | S::Unknown, K::Refused) => Is(S::Refused),
        (S::Held | S::Offered | S::Requested, K::Silent) => Is(S::Unknown),
        (S::Offered | S::Requested, K::NotReachable) => Is(S::Held),
        (S::Held | S::Offered | S::Requested | S::Unknown, K::Change) => Declined,
        (S::Held | S::Offered | S::Requested | S::Unknown | S::Confirmed | S::Waiting, K::Cancel) => {
            Is(S::Cancelled)
        }
        (S::Held | S::Offered | S::Requested | S::Unknown | S::Confirmed | S::NoShow, K::Entry) => {
            Is(S::Entered)
        }
        (
            S::Held | S::Offered | S::Requested | S::Unknown | S::Confirmed | S::NoShow | S::Entered,
            K::Exit,
        ) => Is(S::Left),
        (S::Waiting, K::Entry | K::Exit) => Is(S::Cancelled),
        (S::Waiting, K::Granted) => Is(S::Offered),
        (S::Entered | S::Left | S::NoShow | S::Expired | S::Refused, K::Change | K::Cancel) => Declined,
        (S::Cancelled, K::Change) => Declined,
        _ => Is(state),
    }
}

#[test]
fn every_command_in_every_state_does_what_the_table_says() {
    for state in std::iter::once(None).chain(S::ALL.map(Some)) {
        for kind in K::ALL {
            let mut desk = in_state(state);
            let before = desk.book.clone();
            let (now, command) = of_kind(kind, &desk);
            let applied = desk.book.apply(command, now, &desk.policy);
            let is = desk.book.orders.get(&code(1)).map(|order| order.state);
            match expected(state, kind) {
                To::Is(to) => {
                    assert!(applied.is_ok(), "{state:?} {kind:?}: {applied:?}");
                    assert_eq!(is, Some(to), "{state:?} {kind:?}");
                }
                To::Declined if matches!(kind, K::Granted | K::Entry | K::Exit | K::Suspend | K::Tick) => {
                    assert_eq!((applied.is_ok(), is), (true, None), "{kind:?}");
                }
                To::Declined => {
                    assert!(applied.is_err(), "{state:?} {kind:?}: {applied:?}");
                    assert_eq!(desk.book, before, "{state:?} {kind:?}");
                }
            }
        }
    }
}

/// From which state a command led to which here, by the steps that it added.
#[test]
fn what_happens_is_in_the_table() {
    for state in S::ALL {
        for kind in K::ALL {
            let mut desk = in_state(Some(state));
            let (now, command) = of_kind(kind, &desk);
            if desk.book.apply(command, now, &desk.policy).is_err() || desk.state(1) == state {
                continue;
            }
            let to = desk.state(1);
            let is_legal = TRANSITIONS
                .iter()
                .any(|(from, by, states)| (*from, *by) == (Some(state), kind) && states.contains(&to));
            assert!(is_legal, "{state:?} {kind:?} {to:?}");
        }
    }
}

/// The rest of the table: where it depends on the time, or on what the driver wanted.
#[test]
fn what_the_table_says_happens() {
    let mut shown = BTreeSet::new();
    for state in S::ALL {
        for kind in K::ALL {
            for (at, wait, places) in [("10:00:06", true, 1), ("10:00:06", false, 1), ("10:10:06", true, 1)]
                .into_iter()
                .chain([("10:50", true, 1), ("11:31", true, 1), ("11:31", true, 2)])
            {
                let mut desk = in_state(Some(state));
                if let Some(order) = desk.book.orders.get_mut(&code(1)) {
                    order.wait = wait;
                }
                if places > 1 && kind != K::Granted {
                    desk.book.granted = granted(2, None);
                }
                let (_, command) = of_kind(kind, &desk);
                if desk.book.apply(command, t(at), &desk.policy).is_ok() {
                    shown.insert((state, kind, desk.state(1)));
                }
            }
        }
    }
    let mut desk = in_state(Some(S::Waiting));
    desk.book.granted = granted(2, None);
    desk.tick("10:01");
    shown.insert((S::Waiting, K::Tick, desk.state(1)));
    let mut desk = in_state(Some(S::Waiting));
    desk.book.granted.by_space.insert(SpaceKind::Charging, Grant { reservable: 1, unused: None });
    let version = desk.order(1).version;
    let space = Some(SpaceKind::Charging);
    desk.apply("10:01", Command::Change { code: code(1), enter_at: None, space, version }).unwrap();
    shown.insert((S::Waiting, K::Change, desk.state(1)));
    let mut desk = in_state(Some(S::Confirmed));
    desk.car("10:05", Direction::Entry, 1, "10:05");
    desk.tick("11:31");
    shown.insert((S::Confirmed, K::Tick, desk.state(1)));
    for state in [S::Held, S::Offered, S::Requested] {
        // An attempt whose answer nobody reports.
        let mut desk = in_state(Some(state));
        desk.tick("10:00:11");
        shown.insert((state, K::Tick, desk.state(1)));
    }
    let mut desk = in_state(Some(S::Entered));
    let after = t("10:00") + SignedDuration::from_hours(31 * 24);
    desk.book.apply(Command::Tick, after, &desk.policy).unwrap();
    shown.insert((S::Entered, K::Tick, desk.state(1)));

    for (from, kind, states) in TRANSITIONS {
        let Some(from) = from else { continue };
        for to in *states {
            assert!(shown.contains(&(*from, *kind, *to)), "never seen: {from:?} {kind:?} {to:?}");
        }
    }
}

#[test]
fn the_picture_is_the_table() {
    let mut lines = vec!["stateDiagram-v2".to_owned()];
    for (from, kind, states) in TRANSITIONS {
        let from = from.map_or("[*]", S::name);
        lines.extend(states.iter().map(|to| format!("  {from} --> {}: {}", to.name(), kind.name())));
    }
    let ends = S::ALL.into_iter().filter(|state| !state.is_open());
    lines.extend(ends.map(|state| format!("  {} --> [*]", state.name())));
    // A dash is an arrow's in this language.
    let picture = lines.join("\n").replace("no-show", "no_show");
    let block = format!("```mermaid\n{picture}\n```");
    assert!(DOCUMENT.contains(&block), "docs/reservations/states.md should have\n{block}");
    for state in S::ALL {
        assert!(DOCUMENT.contains(&format!("| `{}` | ", state.name())), "{state:?}");
    }
    for kind in K::ALL {
        assert!(DOCUMENT.contains(&format!("| `{}` | ", kind.name())), "{kind:?}");
    }
}

/// The names that an enumeration is written with, by its own word.
fn names<T: serde::de::DeserializeOwned>(unknown: &str) -> Vec<String> {
    let Err(error) = serde_json::from_str::<T>(unknown) else { panic!("{unknown} is none") };
    let error = error.to_string();
    error.split('`').skip(3).step_by(2).map(str::to_owned).collect()
}

#[test]
fn every_reason_is_in_the_documentation() {
    let reasons = names::<Reason>(r#"{"kind":"?"}"#);
    let limits = names::<Limit>(r#"{"limit":"?"}"#);
    let lacks = names::<Lack>("\"?\"");
    assert!(reasons.len() > 20 && limits.len() > 5 && lacks.len() > 5);
    for name in reasons.iter().chain(&limits).chain(&lacks) {
        assert!(DOCUMENT.contains(&format!("| `{name}` | ")), "{name}");
    }
}
