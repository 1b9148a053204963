//! Whose fault a gap is follows from who else has it.

use bowei_model::supervision::Minutes;
use bowei_model::supervision::attribution::{
    Attribution, DayOfLife, Gap, GapKind, Measured, Party, Reason, Tie, Ties, attribute, attribute_silence,
};

fn ties(vendor: &str, line: &str) -> Ties {
    let known = |name: &str| Some(name.to_owned()).filter(|name| !name.is_empty());
    Ties { vendor: known(vendor), line: known(line) }
}

fn measured(lot: &str, vendor: &str, line: &str, affected: u64) -> Measured {
    Measured { lot: lot.into(), ties: ties(vendor, line), affected, due: 10 }
}

/// Ten due of one lot, all in the gap, beside others: vendor, line and how much of it they have.
fn gap(kind: GapKind, vendor: &str, line: &str, others: &[(&str, &str, u64)]) -> Gap {
    let others = others.iter().enumerate();
    let others = others.map(|(at, (vendor, line, has))| measured(&format!("L{at}"), vendor, line, *has));
    Gap { kind, lot: measured("own", vendor, line, 10), platform_away: 0, others: others.collect() }
}

fn party(gap: &Gap) -> Party {
    attribute(gap).to().unwrap()
}

#[test]
fn a_gap_that_nobody_shares_is_the_lots() {
    let alone =
        gap(GapKind::Silence, "v", "a", &[("v", "a", 0), ("v", "b", 0), ("w", "c", 0), ("v", "a", 1)]);
    let attribution = attribute(&alone);
    assert_eq!(attribution.shares, [(Party::Lot, 10)]);
    let by_vendor = Reason::Compared { tie: Tie::Vendor, affected: 0, lots: 3 };
    assert!(attribution.reasons.contains(&by_vendor), "{attribution:?}");
    let nobody = attribute(&gap(GapKind::Silence, "", "", &[("", "", 10), ("w", "c", 0)]));
    assert_eq!(nobody.shares, [(Party::Lot, 10)]);
    assert!(nobody.reasons.contains(&Reason::NobodyToCompare));
}

#[test]
fn what_lots_of_one_vendor_have_on_other_lines_is_the_vendors() {
    let others = [("v", "b", 10), ("v", "c", 10), ("v", "d", 0), ("w", "a", 0), ("w", "e", 0), ("x", "f", 0)];
    assert_eq!(party(&gap(GapKind::Late, "v", "a", &others)), Party::Vendor);
}

#[test]
fn what_lots_of_one_line_have_with_other_vendors_is_the_lines() {
    let others = [("w", "a", 10), ("x", "a", 9), ("v", "b", 0), ("v", "c", 0), ("y", "d", 0)];
    assert_eq!(party(&gap(GapKind::Missing, "v", "a", &others)), Party::Line);
}

#[test]
fn where_all_of_both_have_it_those_that_share_one_alone_decide() {
    let both = [("v", "a", 10), ("v", "a", 10), ("w", "z", 0), ("w", "y", 0), ("x", "x", 0)];
    // Nobody shares one of them alone: the usual cause, and it is said that it cannot be told.
    for (kind, expected) in
        [(GapKind::Silence, Party::Line), (GapKind::Late, Party::Vendor), (GapKind::Missing, Party::Vendor)]
    {
        let attribution = attribute(&gap(kind, "v", "a", &both));
        assert_eq!(attribution.to(), Some(expected), "{kind:?}");
        assert!(attribution.reasons.contains(&Reason::Indistinct));
    }
    let well_by_vendor = [&both[..], &[("v", "b", 0)]].concat();
    let well_by_line = [&both[..], &[("w", "a", 0)]].concat();
    for kind in [GapKind::Silence, GapKind::Late] {
        assert_eq!(party(&gap(kind, "v", "a", &well_by_vendor)), Party::Line, "{kind:?}");
        assert_eq!(party(&gap(kind, "v", "a", &well_by_line)), Party::Vendor, "{kind:?}");
    }
}

#[test]
fn what_strangers_have_too_is_the_platforms() {
    let others = [("w", "b", 10), ("x", "c", 10), ("y", "d", 0), ("v", "a", 10), ("v", "a", 10)];
    assert_eq!(party(&gap(GapKind::Silence, "v", "a", &others)), Party::Platform);
    // Two strangers are chance.
    assert_eq!(party(&gap(GapKind::Silence, "v", "a", &[("w", "b", 10), ("x", "c", 10)])), Party::Lot);
    let away = Gap { platform_away: 4, ..gap(GapKind::Silence, "v", "a", &[("v", "a", 0)]) };
    assert_eq!(attribute(&away).shares, [(Party::Lot, 6), (Party::Platform, 4)]);
    let all_of_it = Gap { platform_away: 99, ..away };
    assert_eq!(attribute(&all_of_it).shares, [(Party::Platform, 10)]);
}

#[test]
fn neither_order_nor_lots_of_which_nothing_was_due_matter() {
    let mut one =
        gap(GapKind::Late, "v", "a", &[("v", "b", 10), ("w", "a", 0), ("v", "c", 10), ("x", "d", 0)]);
    let before = attribute(&one);
    one.others.reverse();
    one.others.push(Measured { due: 0, affected: 0, ..measured("shut", "v", "b", 0) });
    // The lot itself is not its own peer.
    one.others.push(one.lot.clone());
    assert_eq!(attribute(&one), before);
}

fn life(lot: &str, vendor: &str, line: &str, silent: &[(usize, usize)]) -> DayOfLife {
    let mut covered = Minutes::ALL;
    for (first, minutes) in silent {
        let mut run = Minutes::NONE;
        (*first..first + minutes).for_each(|minute| run.add(minute));
        covered = covered - run;
    }
    DayOfLife { lot: lot.into(), ties: ties(vendor, line), due: Minutes::ALL, covered }
}

#[test]
fn each_silence_of_a_day_has_its_own_cause() {
    // At night the line is cut; at noon the lot's own power; in the evening the platform is away for ten of thirty minutes.
    let own = life("own", "v", "a", &[(60, 120), (720, 45), (1_200, 30)]);
    let others = [
        life("L1", "w", "a", &[(60, 120)]),
        life("L2", "x", "a", &[(58, 125)]),
        life("L3", "v", "b", &[]),
        life("L4", "v", "c", &[]),
        life("L5", "y", "d", &[(700, 3)]),
    ];
    let mut away = Minutes::NONE;
    (1_200..1_210).for_each(|minute| away.add(minute));
    let whole = attribute_silence(&own, &others, away);
    assert_eq!(whole.shares, [(Party::Line, 120), (Party::Lot, 65), (Party::Platform, 10)]);
    assert!(whole.reasons.contains(&Reason::PlatformAway { units: 10 }));
    let well = attribute_silence(&others[3], &others, Minutes::NONE);
    assert_eq!((well.to(), well), (None, Attribution { shares: vec![], reasons: vec![] }));
    // Announced maintenance is nobody's.
    let announced = DayOfLife { due: own.due - (own.due - own.covered), ..own };
    assert_eq!(attribute_silence(&announced, &others, away).to(), None);
}

#[test]
fn every_reason_has_words_in_both_languages() {
    let ties = [Tie::Vendor, Tie::VendorAlone, Tie::Line, Tie::LineAlone, Tie::Neither];
    let compared = ties.map(|tie| Reason::Compared { tie, affected: 2, lots: 7 });
    let others = [Reason::PlatformAway { units: 7 }, Reason::Indistinct, Reason::NobodyToCompare];
    for kind in [GapKind::Silence, GapKind::Late, GapKind::Missing] {
        for reason in compared.iter().chain(&others) {
            let (zh, en) = (reason.chinese(kind), reason.english(kind));
            assert!(!zh.is_ascii() && en.is_ascii(), "{zh} {en}");
            let has_number = !matches!(reason, Reason::Indistinct | Reason::NobodyToCompare);
            assert_eq!((zh.contains('7'), en.contains('7')), (has_number, has_number), "{zh} {en}");
            let kept = serde_json::to_string(reason).unwrap();
            assert_eq!(serde_json::from_str::<Reason>(&kept).unwrap(), *reason);
        }
    }
}
