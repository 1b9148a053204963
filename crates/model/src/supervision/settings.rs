//! The settings of every rule: a city's versioned rule set. What is not in it is the default.

use super::Rate;
use crate::{FindingKind, Lot, LotCategory, LotKind};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A struct of settings whose defaults stand beside what they are for.
macro_rules! settings {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty = $default:expr,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)*
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default,)* }
            }
        }
    )*};
}

settings! {
    /// Every threshold of every rule.
    RuleSet {
        /// A car inside twice.
        double_entry: DoubleEntrySettings = Default::default(),
        /// A car in two lots at once.
        two_lots_at_once: TwoLotsSettings = Default::default(),
        /// An entry without its exit.
        missing_exit: MissingExitSettings = Default::default(),
        /// A passage without a picture.
        missing_photo: MissingPhotoSettings = Default::default(),
        /// Reported spaces against derived ones.
        vacancy_drift: SequentialSettings = Default::default(),
        /// The lot's own list of the cars inside against sessions and counts.
        list_mismatch: SequentialSettings = Default::default(),
        /// Entries and exits of a day against the change of cars inside.
        unbalanced_day: UnbalancedDaySettings = Default::default(),
        /// A count that stands still while cars pass.
        frozen_count: FrozenCountSettings = Default::default(),
        /// A count that jumps while no cars pass.
        count_jump: CountJumpSettings = Default::default(),
        /// Missed heartbeats.
        heartbeat_missed: HeartbeatSettings = Default::default(),
        /// No passages where the lot's own past has many.
        silence: SilenceSettings = Default::default(),
        /// A clock that is off.
        clock_off: ClockSettings = Default::default(),
        /// Base data.
        base_data: BaseDataSettings = Default::default(),
        /// The share of passages that are amended.
        amendment_share: AmendmentSettings = Default::default(),
        /// The lot's own declaration of a day against what was received.
        declarations: DeclarationSettings = Default::default(),
        /// The seven rates.
        rates: RateSettings = Default::default(),
        /// When cases open and grow quiet, by rule: what stands here is in place of the catalogue's.
        cases: BTreeMap<FindingKind, CaseChanges> = BTreeMap::new(),
        /// All cases.
        handling: HandlingSettings = Default::default(),
    }

    /// A car inside twice.
    DoubleEntrySettings {
        /// Seconds that two entries of a plate lie apart at least: closer ones are one passage that was reported twice, which
        /// `duplicate-record` is about, or a car that two cameras of one gate read.
        apart_s: u32 = 60,
    }

    /// A car in two lots at once.
    TwoLotsSettings {
        /// Minutes that the two stays overlap at least: the clocks of two lots may differ by the 5 minutes that are tolerated
        /// of each.
        overlap_minutes: u32 = 10,
    }

    /// An entry without its exit after the lot's longest plausible stay.
    MissingExitSettings {
        /// The share of past stays that the quantile leaves below it: of a thousand stays one is longer.
        quantile: f64 = 0.999,
        /// The quantile times this is plausible: a stay longer than every other by half is still believed.
        factor: f64 = 1.5,
        /// Past stays that are needed: of fewer the quantile is the longest of few.
        stays_min: u64 = 300,
        /// Days of past that are needed: a shorter one cannot have a stay that is longer than itself.
        days_min: u32 = 14,
        /// Hours that are plausible everywhere: an overnight stay and the day after.
        hours_min: u32 = 24,
        /// Hours beyond which no stay is believed: a day's evidence goes back 40 days.
        hours_max: u32 = 960,
        /// Without a past, on the street: parking there is by the hour.
        on_street_hours: u32 = 72,
        /// Without a past, at shops, hospitals, schools and sights: a week of holidays.
        visited_hours: u32 = 168,
        /// Without a past, at homes, offices, stations and lots of no such kind: monthly tickets, holidays, journeys.
        resident_hours: u32 = 720,
    }

    /// A passage without a picture.
    MissingPhotoSettings {
        /// Minutes after the passage, or after its record where that came later, within which its picture is due: lots send
        /// the two apart and try again.
        within_minutes: u32 = 10,
    }

    /// A sequential test of hours, each within a tolerance or beyond it: it stops as soon as they tell enough.
    SequentialSettings {
        /// How often a right lot is found wrong, by day: with a thousand lots one false alarm a day at 0.001; hours that hang
        /// together make more of them, so it is ten times stricter.
        alpha: f64 = 0.000_1,
        /// How often a wrong lot is not found in a day.
        beta: f64 = 0.01,
        /// The share of hours in which a right lot is beyond the tolerance: cameras miss a car now and then.
        right_share: f64 = 0.05,
        /// The share of hours in which a wrong lot is.
        wrong_share: f64 = 0.8,
        /// Spaces by which two numbers may differ: cars on the ramp.
        tolerance_spaces: u32 = 3,
        /// The same in per cent of all spaces; the larger counts.
        tolerance_percent: f64 = 5.0,
        /// Days after the first report within which only what changes is believed: until then nobody knows which cars were
        /// inside before.
        settle_days: u32 = 7,
    }

    /// Entries and exits of a day against the change of cars inside.
    UnbalancedDaySettings {
        /// The balance that is asked for; Hefei asks that it be even, which one misread plate forbids.
        balance_min: f64 = 0.95,
        /// Cars by which a day may be unbalanced whatever their number.
        tolerance_cars: u32 = 5,
        /// Entries or exits that are needed.
        passages_min: u32 = 20,
    }

    /// A count that stands still while cars pass.
    FrozenCountSettings {
        /// Words of the same number in a row.
        words_min: u32 = 4,
        /// Passages while it stood still: a lot whose count follows its gates changes with each of them.
        passages_min: u32 = 10,
        /// Cars by which what follows from the passages moved meanwhile: in and out may cancel each other.
        moved_min: u32 = 5,
    }

    /// A count that jumps while no cars pass.
    CountJumpSettings {
        /// Minutes between two words at most: of a longer time passages may be lost.
        within_minutes: u32 = 90,
        /// Spaces by which the jump is beyond what the passages explain.
        spaces_min: u32 = 8,
        /// The same in per cent of all spaces; the larger counts.
        percent_min: f64 = 10.0,
        /// Findings of a day at most: a count that jumps all day is one fault.
        findings_max: u32 = 24,
    }

    /// Missed heartbeats.
    HeartbeatSettings {
        /// Intervals in a row without any sign of life; online is who was heard within three.
        intervals: u32 = 3,
    }

    /// No passages where the lot's own past has many.
    SilenceSettings {
        /// How often a working lot is found silent: with a thousand lots and some ten quiet stretches of each day, one false
        /// alarm in a week and a half at 0.00001.
        alpha: f64 = 0.000_01,
        /// Weeks of past that are needed.
        weeks_min: u32 = 2,
        /// Minutes of silence at least.
        minutes_min: u32 = 60,
        /// How much one day is like another, as a number of passages: the rest of the day tells how busy it is (a holiday,
        /// roadworks), and this many passages of an ordinary day are added to it.
        day_weight: f64 = 2.0,
        /// How much a stretch of one day is like the same of another, as a number of passages: what brings cars at nine on
        /// one Friday (rain, a delivery) does not bring as many on the next.
        stretch_weight: f64 = 20.0,
    }

    /// A clock that is off.
    ClockSettings {
        /// Seconds that are believed to be the way to the platform: records are sent in real time.
        tolerance_s: u32 = 60,
        /// Passages of a gate, or of the lot, that are needed.
        passages_min: u32 = 20,
        /// How far the middle half of the delays may spread, in seconds: a clock is off by the same all day, and a queue is
        /// not.
        spread_max_s: u32 = 30,
    }

    /// Base data.
    BaseDataSettings {
        /// Hours within which a change is to be reported: Xiamen's 48.
        change_within_hours: u32 = 48,
        /// Metres outside its district that are believed to be the boundary's.
        outside_max_m: u32 = 2_000,
        /// Per cent by which a lot's own total may differ from the registered one.
        total_percent: f64 = 2.0,
    }

    /// The share of passages that are amended.
    AmendmentSettings {
        /// The share that is believed: misread plates that are put right by hand.
        share: f64 = 0.05,
        /// Passages that are needed.
        passages_min: u32 = 20,
        /// How often a lot with no more than that share is found.
        alpha: f64 = 0.000_1,
    }

    /// The lot's own declaration of a day against what was received.
    DeclarationSettings {
        /// Minutes around midnight in which a record may be of either day by another clock.
        midnight_minutes: u32 = 5,
        /// Minutes before a declaration within which a record may have been too new for it.
        fresh_minutes: u32 = 10,
        /// Findings of a day and rule at most.
        findings_max: u32 = 1_000,
    }

    /// The seven rates.
    RateSettings {
        /// Seconds within which a passage is in time.
        within_s: u32 = 10,
        /// What each is to be at least; what is not named is as by default.
        aims: BTreeMap<Rate, f64> = BTreeMap::new(),
        /// What each weighs in the score; what is not named weighs 1.
        weights: BTreeMap<Rate, f64> = BTreeMap::new(),
        /// Cases in a denominator that are needed; what is not named is as by default.
        least: BTreeMap<Rate, u64> = BTreeMap::new(),
        /// Spaces by which reported and derived may differ in an hour.
        vacancy_spaces: u32 = 3,
        /// The same in per cent of all spaces; the larger counts.
        vacancy_percent: f64 = 5.0,
    }

    /// What is other than in the catalogue of when a case of a rule opens and grows quiet: see [`CaseSettings`].
    CaseChanges {
        /// [`CaseSettings::hours`].
        hours: Option<u32> = None,
        /// [`CaseSettings::of_hours`].
        of_hours: Option<u32> = None,
        /// [`CaseSettings::findings`].
        findings: Option<u32> = None,
        /// [`CaseSettings::quiet_hours`].
        quiet_hours: Option<u32> = None,
    }

    /// All cases.
    HandlingSettings {
        /// Days after which a relapse is a case of its own.
        relapse_days: u32 = 30,
        /// Days that a pause may last.
        pause_max_days: u32 = 30,
        /// Lots of one vendor with the same fault that make a case of the vendor's.
        vendor_lots: u32 = 3,
        /// Hours within which they have it.
        vendor_hours: u32 = 24,
    }
}

/// When a case of a rule opens and grows quiet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CaseSettings {
    /// Hours with findings that are needed.
    pub hours: u32,
    /// Within so many hours.
    pub of_hours: u32,
    /// Findings in these that are needed.
    pub findings: u32,
    /// Hours without a finding after which it has grown quiet.
    pub quiet_hours: u32,
}

impl RuleSet {
    /// When a case of the rule opens and grows quiet.
    pub fn case(&self, kind: FindingKind) -> CaseSettings {
        let usual = super::rule(kind).case;
        let Some(changes) = self.cases.get(&kind) else { return usual };
        CaseSettings {
            hours: changes.hours.unwrap_or(usual.hours),
            of_hours: changes.of_hours.unwrap_or(usual.of_hours),
            findings: changes.findings.unwrap_or(usual.findings),
            quiet_hours: changes.quiet_hours.unwrap_or(usual.quiet_hours),
        }
    }
}

impl MissingExitSettings {
    /// Hours that a stay at a lot without a past may last.
    pub(super) fn default_hours(&self, lot: &Lot) -> u32 {
        use LotCategory as C;
        match (lot.kind, lot.category) {
            (LotKind::OnStreet, _) => self.on_street_hours,
            (_, Some(C::Commercial | C::Hospital | C::School | C::Scenic)) => self.visited_hours,
            _ => self.resident_hours,
        }
    }
}

/// What may differ: so many, or so many per cent of all; the larger counts.
pub(super) fn tolerance(spaces: u32, percent: f64, of: u32) -> i64 {
    i64::from(spaces).max((f64::from(of) * percent / 100.0) as i64)
}
