//! Whose fault a gap is (归因): the lot's own, its vendor's software, the line it reports over, or the platform's.
//!
//! A gap alone says nothing of its cause. What says something is who else has it at the same time: lots that share the
//! vendor and nothing else, lots that share the line and nothing else, lots that share neither. So a gap is held against
//! the other lots of the city in the same window of time, and the comparison is kept as the reason.
//!
//! The line is what is known of the way to the platform: provider, standard and account. Nothing here knows where the
//! numbers come from; the same numbers in any order give the same answer.

use super::Minutes;
use crate::{LotCode, ProviderCode};
use serde::{Deserialize, Serialize};

/// Other lots that must share something before it is blamed: with the lot itself three, as for a case of a whole vendor.
/// Of fewer, two troubles at once are chance.
pub const PEERS_MIN: u64 = 2;
/// Other lots that share nothing with the lot and must be affected, most of them, before the platform is blamed without
/// having been away itself.
pub const STRANGERS_MIN: u64 = 3;

/// What a gap is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GapKind {
    /// Minutes without a sign of life.
    Silence,
    /// Records that were received late.
    Late,
    /// Records that were never received.
    Missing,
}

/// Whom a gap is attributed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Party {
    /// The lot itself: its power, its network, its people.
    Lot,
    /// Whoever makes its software.
    Vendor,
    /// The way to the platform: the account, and the network behind it.
    Line,
    /// The platform.
    Platform,
}

/// What a lot shares with others.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ties {
    /// Who makes its software; unknown, it shares it with nobody.
    pub vendor: Option<String>,
    /// The way it reports over; unknown, it shares it with nobody.
    pub line: Option<String>,
}

impl Ties {
    /// The line of reports under an account: all that is known of a way.
    pub fn line_of(provider: &ProviderCode, standard: &str) -> String {
        format!("{provider}/{standard}")
    }

    fn share_vendor(&self, other: &Self) -> bool {
        self.vendor.is_some() && self.vendor == other.vendor
    }

    fn share_line(&self, other: &Self) -> bool {
        self.line.is_some() && self.line == other.line
    }
}

/// A lot in a window of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measured {
    /// The lot.
    pub lot: LotCode,
    /// What it shares.
    pub ties: Ties,
    /// Minutes or records that are in the gap.
    pub affected: u64,
    /// Minutes or records that were due; of a lot with none nothing is said.
    pub due: u64,
}

impl Measured {
    /// Whether most of what was due is in the gap.
    fn is_affected(&self) -> bool {
        self.affected * 2 >= self.due
    }
}

/// A gap of a lot, and the other lots in the same window of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// What it is made of.
    pub kind: GapKind,
    /// The lot that has it.
    pub lot: Measured,
    /// Of its minutes or records those that fall into minutes in which the platform itself was away.
    pub platform_away: u64,
    /// The other lots of the city, in any order.
    pub others: Vec<Measured>,
}

/// What other lots are compared by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tie {
    /// They have the same vendor.
    Vendor,
    /// They have the same vendor and another line.
    VendorAlone,
    /// They have the same line.
    Line,
    /// They have the same line and another vendor.
    LineAlone,
    /// They share neither.
    Neither,
}

/// A reason, as facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Reason {
    /// The platform itself was away.
    PlatformAway {
        /// In so many minutes, or at the time of so many records, of the gap.
        units: u64,
    },
    /// Lots that share something, and how many of them had the same trouble in that time.
    Compared {
        /// What they share.
        tie: Tie,
        /// So many had it.
        affected: u64,
        /// Of so many.
        lots: u64,
    },
    /// Vendor and line are shared by the same lots: which of them it is cannot be told, and the usual cause of such a gap
    /// is named.
    Indistinct,
    /// Too few lots share anything with it to be compared with.
    NobodyToCompare,
}

/// Whom a gap is attributed to, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribution {
    /// Minutes or records by party, the largest share first; of equal ones, in the order of [`Party`].
    pub shares: Vec<(Party, u64)>,
    /// The reasons, in the order in which they were found.
    pub reasons: Vec<Reason>,
}

impl Attribution {
    /// Whom most of it is attributed to; none where there is no gap.
    pub fn to(&self) -> Option<Party> {
        self.shares.first().map(|(party, _)| *party)
    }

    /// All of several gaps, such as those of a day: the shares added up, each reason once.
    pub fn of_all(all: impl IntoIterator<Item = Self>) -> Self {
        let mut whole = Self { shares: Vec::new(), reasons: Vec::new() };
        for one in all {
            one.shares.into_iter().for_each(|(party, units)| whole.add(party, units));
            for reason in one.reasons {
                if !whole.reasons.contains(&reason) {
                    whole.reasons.push(reason);
                }
            }
        }
        whole
    }

    fn add(&mut self, party: Party, units: u64) {
        if units == 0 {
            return;
        }
        match self.shares.iter_mut().find(|(known, _)| *known == party) {
            Some((_, share)) => *share += units,
            None => self.shares.push((party, units)),
        }
        self.shares.sort_by_key(|(party, units)| (std::cmp::Reverse(*units), *party));
    }
}

/// How many of some lots are affected.
#[derive(Clone, Copy, Default)]
struct Tally {
    affected: u64,
    lots: u64,
}

impl Tally {
    fn of<'a>(lots: impl Iterator<Item = &'a Measured>) -> Self {
        let mut tally = Self::default();
        for lot in lots {
            tally.lots += 1;
            tally.affected += u64::from(lot.is_affected());
        }
        tally
    }

    fn most(self) -> bool {
        self.affected * 2 > self.lots
    }

    fn reason(self, tie: Tie) -> Reason {
        Reason::Compared { tie, affected: self.affected, lots: self.lots }
    }
}

/// Attributes a gap.
pub fn attribute(gap: &Gap) -> Attribution {
    let mut attribution = Attribution { shares: Vec::new(), reasons: Vec::new() };
    let away = gap.platform_away.min(gap.lot.affected);
    if away > 0 {
        attribution.add(Party::Platform, away);
        attribution.reasons.push(Reason::PlatformAway { units: away });
    }
    let rest = gap.lot.affected - away;
    if rest > 0 {
        let party = cause(gap, &mut attribution.reasons);
        attribution.add(party, rest);
    }
    attribution
}

/// What is behind the part of a gap in which the platform was there.
fn cause(gap: &Gap, reasons: &mut Vec<Reason>) -> Party {
    let own = &gap.lot.ties;
    let tally = |wanted: &dyn Fn(bool, bool) -> bool| {
        let others = gap.others.iter().filter(|other| other.due > 0 && other.lot != gap.lot.lot);
        Tally::of(others.filter(|other| wanted(own.share_vendor(&other.ties), own.share_line(&other.ties))))
    };
    let neither = tally(&|vendor, line| !vendor && !line);
    if neither.lots >= STRANGERS_MIN && neither.most() {
        reasons.push(neither.reason(Tie::Neither));
        return Party::Platform;
    }
    let (vendor, line) = (tally(&|vendor, _| vendor), tally(&|_, line| line));
    let is_common = |tally: Tally| tally.lots >= PEERS_MIN && tally.most();
    let compared = [(vendor, Tie::Vendor), (line, Tie::Line), (neither, Tie::Neither)];
    reasons
        .extend(compared.iter().filter(|(tally, _)| tally.lots > 0).map(|(tally, tie)| tally.reason(*tie)));
    match (is_common(vendor), is_common(line)) {
        (true, false) => Party::Vendor,
        (false, true) => Party::Line,
        (true, true) => vendor_or_line(gap.kind, &tally, reasons),
        (false, false) => {
            if vendor.lots < PEERS_MIN && line.lots < PEERS_MIN {
                reasons.push(Reason::NobodyToCompare);
            }
            Party::Lot
        }
    }
}

/// Which of the two, where most lots of both are affected: lots that share the one and not the other decide.
#[allow(clippy::type_complexity, reason = "a count by a predicate, used here alone")]
fn vendor_or_line(
    kind: GapKind,
    tally: &dyn Fn(&dyn Fn(bool, bool) -> bool) -> Tally,
    reasons: &mut Vec<Reason>,
) -> Party {
    let by_vendor = tally(&|vendor, line| vendor && !line);
    let by_line = tally(&|vendor, line| line && !vendor);
    let compared = [(by_vendor, Tie::VendorAlone), (by_line, Tie::LineAlone)];
    reasons
        .extend(compared.iter().filter(|(tally, _)| tally.lots > 0).map(|(tally, tie)| tally.reason(*tie)));
    let refuted = |tally: Tally| tally.lots > 0 && !tally.most();
    match (refuted(by_vendor), refuted(by_line)) {
        (true, false) => Party::Line,
        (false, true) => Party::Vendor,
        _ => {
            reasons.push(Reason::Indistinct);
            // All fall silent together when their way is cut; what is late or lost while heartbeats go on is the software's.
            if kind == GapKind::Silence { Party::Line } else { Party::Vendor }
        }
    }
}

/// A lot's signs of life in a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayOfLife {
    /// The lot.
    pub lot: LotCode,
    /// What it shares.
    pub ties: Ties,
    /// Minutes in which a sign of life was due: without announced maintenance.
    pub due: Minutes,
    /// Minutes that its signs of life cover.
    pub covered: Minutes,
}

/// Attributes a lot's silence of a day: each run of minutes for itself, since each may have a cause of its own.
pub fn attribute_silence(own: &DayOfLife, others: &[DayOfLife], platform_away: Minutes) -> Attribution {
    let silent = own.due - own.covered;
    Attribution::of_all(silent.runs().map(|(first, minutes)| {
        let mut run = Minutes::NONE;
        (first..first + minutes).for_each(|minute| run.add(minute));
        let measured = |lot: &DayOfLife| Measured {
            lot: lot.lot.clone(),
            ties: lot.ties.clone(),
            affected: u64::from(((lot.due - lot.covered) & run).count()),
            due: u64::from((lot.due & run).count()),
        };
        attribute(&Gap {
            kind: GapKind::Silence,
            lot: measured(own),
            platform_away: u64::from((platform_away & run).count()),
            others: others.iter().map(measured).collect(),
        })
    }))
}

impl Party {
    /// Its name, in Chinese.
    pub fn chinese(self) -> &'static str {
        match self {
            Self::Lot => "停车场",
            Self::Vendor => "停车系统供应商",
            Self::Line => "上报线路",
            Self::Platform => "平台",
        }
    }

    /// Its name, in English.
    pub fn english(self) -> &'static str {
        match self {
            Self::Lot => "the lot",
            Self::Vendor => "the vendor's software",
            Self::Line => "the line",
            Self::Platform => "the platform",
        }
    }
}

impl Reason {
    /// The reason, in Chinese.
    pub fn chinese(&self, kind: GapKind) -> String {
        match self {
            Self::PlatformAway { units } => match kind {
                GapKind::Silence => format!("其中 {units} 分钟平台自身不可用"),
                GapKind::Late | GapKind::Missing => format!("其中 {units} 条发生在平台自身不可用时"),
            },
            Self::Compared { tie, affected, lots } => {
                let who = match tie {
                    Tie::Vendor => "同一供应商",
                    Tie::VendorAlone => "同一供应商、不同线路",
                    Tie::Line => "同一线路",
                    Tie::LineAlone => "同一线路、不同供应商",
                    Tie::Neither => "供应商与线路均不同",
                };
                format!("{who}的其他 {lots} 个停车场中，{affected} 个同时段有同样情况")
            }
            Self::Indistinct => {
                "使用同一供应商与使用同一线路的是同一批停车场，无法区分，按此类情况的常见原因认定".to_owned()
            }
            Self::NobodyToCompare => "使用同一供应商或线路的停车场太少，无法比较".to_owned(),
        }
    }

    /// The reason, in English.
    pub fn english(&self, kind: GapKind) -> String {
        match self {
            Self::PlatformAway { units } => match kind {
                GapKind::Silence => format!("in {units} of these minutes the platform itself was away"),
                GapKind::Late | GapKind::Missing => {
                    format!("{units} of these records are of minutes in which the platform itself was away")
                }
            },
            Self::Compared { tie, affected, lots } => {
                let who = match tie {
                    Tie::Vendor => "of the same vendor",
                    Tie::VendorAlone => "of the same vendor on other lines",
                    Tie::Line => "on the same line",
                    Tie::LineAlone => "on the same line with other vendors",
                    Tie::Neither => "of other vendors on other lines",
                };
                format!("of {lots} other lots {who}, {affected} had the same trouble at that time")
            }
            Self::Indistinct => {
                "vendor and line are shared by the same lots and cannot be told apart: the usual cause \
                                 of such a gap is named"
                    .to_owned()
            }
            Self::NobodyToCompare => "too few lots share the vendor or the line to compare with".to_owned(),
        }
    }
}
