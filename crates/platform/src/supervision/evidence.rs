//! What is known of a lot's day, put together from the store, the registry and the announcements.

use super::maintenance::{self, Maintenance};
use bowei_model::supervision::attribution::{DayOfLife, Ties};
use bowei_model::supervision::{
    BaseDataFacts, ChargeRecord, DayDeclaration, Durations, Elsewhere, Evidence, KeptDay, Minutes, Profile,
    metres_outside,
};
use bowei_model::{
    CarsInside, Lot, LotCode, NamedRecord, Plate, Position, RecordId, Report, Version, moment,
};
use bowei_standards::platform_side::Card;
use bowei_store::{
    DayEvidence, DeclarationRow, ElsewhereRow, HEARD_PLATFORM, HeardHour, HistoryEntry, PassageHour,
    RatePeriod, RateQuery, Store, StoreError, heard_account, heard_lot,
};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Weeks of a lot's past that its profile is made of.
const PROFILE_WEEKS: i64 = 8;

/// How far back it is looked for the platform's first sign of life: before it nobody noted whether it was there.
const PLATFORM_KNOWN_DAYS: i64 = 40;

/// Changes of a lot's base data that are looked at, the newest.
const CHANGES_MAX: usize = 50;

/// Intervals that a sign of life covers: a lot is silent when three of them are over.
const MISSED_UNTIL_SILENT: usize = 3;

/// A lot whose standards ask for no heartbeat speaks so often, in minutes.
const HEARD_EVERY_UNKNOWN: u32 = 5;

/// Names of pictures that are asked for at once.
const NAMES_AT_ONCE: usize = 1_000;

/// Lots by code.
pub(super) type Lots = BTreeMap<LotCode, Arc<Lot>>;

/// What all lots share of a day.
pub(super) struct City {
    /// `yyyymmdd`.
    pub(super) day: u32,
    date: Date,
    from: Timestamp,
    to: Timestamp,
    now: Timestamp,
    platform_away: Minutes,
    announced: Vec<Maintenance>,
    accounts: HashMap<String, Minutes>,
    /// Where the lots of each district lie.
    districts: HashMap<String, Vec<(LotCode, Position)>>,
}

impl City {
    /// What is shared of that day as of `now`; `None` where it is no day, or lies ahead.
    pub(super) async fn of(
        store: &dyn Store,
        lots: &Lots,
        day: u32,
        now: Timestamp,
    ) -> Result<Option<Self>, StoreError> {
        let Some((from, to)) = moment::span_of_day(day).filter(|(from, _)| *from < now) else {
            return Ok(None);
        };
        let date = moment::to_wall(from).date();
        let first = Minutes::first_hour(date);
        let before = first - 24 * PLATFORM_KNOWN_DAYS;
        let platform = store.heard(vec![HEARD_PLATFORM.to_owned()], before, first + 24).await?;
        let accounts = lots.values().flat_map(|lot| accounts(lot)).collect::<BTreeSet<_>>();
        let heard = store.heard(accounts.into_iter().collect(), first, first + 24).await?;
        let mut by_account: HashMap<String, Minutes> = HashMap::new();
        for hour in heard {
            add(by_account.entry(hour.subject.clone()).or_default(), first, &hour);
        }
        Ok(Some(Self {
            day,
            date,
            from,
            to,
            // What is received after the close counts too: a day keeps both figures.
            now,
            platform_away: away(&platform, first, Minutes::between(date, from, now)),
            announced: maintenance::of_day(store, (from, to)).await?,
            accounts: by_account,
            districts: districts(lots),
        }))
    }

    /// What is known of one lot.
    pub(super) async fn evidence(
        &self,
        store: &dyn Store,
        lot: &Lot,
        kept: DayEvidence,
    ) -> Result<Evidence, StoreError> {
        let named_photos = named_photos(store, lot, &kept).await?;
        let history =
            store.registry_history(&HistoryEntry::of_lot(&lot.code), CHANGES_MAX, None).await?.items;
        let lot = &as_it_was(lot, &history, self.to);
        Ok(Evidence {
            day: self.date,
            now: self.now,
            open_before: kept.open_before,
            lists: kept.lists.iter().filter_map(list).collect(),
            charges: kept
                .charges
                .into_iter()
                .map(|charge| ChargeRecord {
                    charge: charge.record.charge(&charge.operator, charge.received_at),
                    record: charge.record,
                })
                .collect(),
            heard: kept.heard,
            account_heard: self.account_heard(lot),
            platform_away: self.platform_away,
            maintenance: maintenance::minutes(&self.announced, lot, self.date),
            carries_photos: cards(lot).any(|card| card.carries_photos),
            named_photos,
            heartbeat_minutes: heartbeat_minutes(lot),
            profile: self.profile(store, lot, &kept.passage_hours).await?,
            declarations: kept.declarations.into_iter().map(declaration).collect(),
            elsewhere: kept.elsewhere.into_iter().filter_map(elsewhere).collect(),
            base_data: BaseDataFacts {
                metres_outside: self.metres_outside(lot),
                ..base_data(kept.base_data.as_ref(), &history, self.to)
            },
            sessions: kept.sessions,
            counts: kept.counts,
            lot: lot.clone(),
        })
    }

    /// How far outside its district a lot lies, as far as the district's other lots tell.
    fn metres_outside(&self, lot: &Lot) -> Option<u64> {
        let others = self.districts.get(&lot.district)?.iter();
        let others: Vec<_> = others.filter(|(code, _)| *code != lot.code).map(|(_, at)| *at).collect();
        metres_outside(lot.position?, &others)
    }

    /// Minutes with a heartbeat of the lot's accounts that names no lot.
    fn account_heard(&self, lot: &Lot) -> Minutes {
        let of_lot = accounts(lot).filter_map(|account| self.accounts.get(&account));
        of_lot.fold(Minutes::NONE, |all, one| all | *one)
    }

    /// The hours of the day, the first and the one after the last, as the store has hours.
    pub(super) fn hours(&self) -> (i64, i64) {
        let first = Minutes::first_hour(self.date);
        (first, first + 24)
    }

    /// When a sign of life of a lot was due, and covered by one.
    pub(super) fn life(&self, lot: &Lot, ties: Ties, heard: Option<Minutes>) -> DayOfLife {
        let every = heartbeat_minutes(lot) as usize;
        let over = Minutes::between(self.date, self.from, self.now);
        let excused = self.platform_away | maintenance::minutes(&self.announced, lot, self.date);
        let heard = heard.unwrap_or(Minutes::NONE) | self.account_heard(lot);
        DayOfLife {
            lot: lot.code.clone(),
            ties,
            due: if every == 0 { Minutes::NONE } else { over - excused },
            covered: heard.extended(every * MISSED_UNTIL_SILENT),
        }
    }

    /// What the lot's weeks before the day say.
    async fn profile(
        &self,
        store: &dyn Store,
        lot: &Lot,
        hours: &[PassageHour],
    ) -> Result<Profile, StoreError> {
        let first = Minutes::first_hour(self.date);
        let past = hours.iter().filter(|hour| hour.hour < first);
        let oldest = past.clone().map(|hour| hour.hour).min();
        let days = oldest.map_or(0, |oldest| (first - oldest + 23) / 24);
        let weeks = (days / 7).clamp(0, PROFILE_WEEKS);
        let mut passages = vec![0.0; 7 * 24];
        let since = first - weeks * 7 * 24;
        for hour in past.filter(|hour| hour.hour >= since) {
            // 1970-01-01 was a Thursday, three days after a Monday.
            let of_week = usize::try_from((hour.hour + 3 * 24).rem_euclid(7 * 24)).unwrap_or(0);
            if let Some(mean) = passages.get_mut(of_week) {
                *mean += (hour.entries + hour.exits) as f64 / weeks as f64;
            }
        }
        let query = RateQuery {
            by: RatePeriod::Day,
            lots: Some(vec![lot.code.clone()]),
            from: moment::day_of_date(self.date.saturating_sub((PROFILE_WEEKS * 7 + 1).days())),
            to: moment::day_of_date(self.date.saturating_sub(1.days())),
            limit: 366,
            cursor: None,
        };
        let (oldest, yesterday) = (query.from, query.to);
        let (mut stays, mut stays_before) = (Durations::default(), Durations::default());
        for row in store.rates(query).await?.items {
            if let Ok(KeptDay { stays: of_day, .. }) = serde_json::from_str(&row.rates) {
                if row.period > oldest {
                    stays += &of_day;
                }
                if row.period < yesterday {
                    stays_before += &of_day;
                }
            }
        }
        Ok(Profile {
            weeks: u32::try_from(weeks).unwrap_or(0),
            days: u32::try_from(days).unwrap_or(0),
            passages,
            stays,
            stays_before: Some(stays_before),
        })
    }
}

fn districts(lots: &Lots) -> HashMap<String, Vec<(LotCode, Position)>> {
    let mut districts: HashMap<String, Vec<_>> = HashMap::new();
    for lot in lots.values() {
        let at = lot.position.map(|at| (lot.code.clone(), at));
        districts.entry(lot.district.clone()).or_default().extend(at);
    }
    districts
}

/// The cards of the standards under which a lot itself reports.
fn cards(lot: &Lot) -> impl Iterator<Item = &'static Card> {
    let standards = lot.ids.keys().filter_map(|name| bowei_standards::by_name(name));
    standards.filter(|standard| !standard.speaks_of_any_lot()).map(|standard| standard.card())
}

/// How often a sign of life is due, in minutes; 0 where no text asks for any. Of several standards the longest counts.
/// For how many minutes a sign of life of the lot speaks: as long as it counts as online after it.
pub(crate) fn heard_for_minutes(lot: &Lot) -> u32 {
    let every = Some(heartbeat_minutes(lot)).filter(|every| *every > 0).unwrap_or(HEARD_EVERY_UNKNOWN);
    every.saturating_mul(MISSED_UNTIL_SILENT as u32)
}

fn heartbeat_minutes(lot: &Lot) -> u32 {
    let due = cards(lot).filter(|card| card.asks_for_heartbeats).map(|card| card.heartbeat).max();
    due.map_or(0, |every| u32::try_from(every.as_mins().max(1)).unwrap_or(1))
}

/// The accounts that a lot's heartbeats may be under.
fn accounts(lot: &Lot) -> impl Iterator<Item = String> + '_ {
    lot.ids.keys().map(|standard| heard_account(&lot.provider, standard))
}

/// The minutes of a day with a sign of life of the lot, heartbeats of its accounts included, and those in which no node of the
/// platform was there.
pub(crate) async fn life_of(
    store: &dyn Store,
    lot: &Lot,
    day: Date,
    now: Timestamp,
) -> Result<(Minutes, Minutes), StoreError> {
    let first = Minutes::first_hour(day);
    let before = first - 24 * PLATFORM_KNOWN_DAYS;
    let platform = store.heard(vec![HEARD_PLATFORM.to_owned()], before, first + 24).await?;
    let subjects = accounts(lot).chain([heard_lot(&lot.code)]).collect();
    let mut heard = Minutes::NONE;
    store.heard(subjects, first, first + 24).await?.iter().for_each(|hour| add(&mut heard, first, hour));
    let begins = moment::start_of_date(day).unwrap_or(now);
    Ok((heard, away(&platform, first, Minutes::between(day, begins, now))))
}

fn add(minutes: &mut Minutes, first_hour: i64, hour: &HeardHour) {
    if let Ok(of_day) = usize::try_from(hour.hour - first_hour) {
        minutes.add_hour(of_day, hour.minutes);
    }
}

/// The minutes of what is over of a day in which no node was there. Nodes say so twice a minute: one minute that none was
/// noted in is a node that was busy.
fn away(platform: &[HeardHour], first_hour: i64, over: Minutes) -> Minutes {
    let Some(known_since) = platform.iter().map(|hour| hour.hour).min() else { return Minutes::NONE };
    let mut heard = Minutes::NONE;
    platform.iter().for_each(|hour| add(&mut heard, first_hour, hour));
    // What was before its first sign of life nobody noted.
    let first = heard.runs().next().filter(|_| known_since >= first_hour);
    for minute in 0..first.map_or(0, |(first, _)| first) {
        heard.add(minute);
    }
    over - heard.extended(1)
}

fn list(document: &NamedRecord) -> Option<Version<CarsInside>> {
    let current = document.current()?;
    let Report::CarsInside(cars) = &current.content else { return None };
    Some(Version {
        sent_at: current.sent_at,
        content: cars.clone(),
        received_at: current.received_at,
        doubts: current.doubts.clone(),
    })
}

fn declaration(row: DeclarationRow) -> DayDeclaration {
    let ids = |ids: Vec<String>| ids.iter().map(|id| RecordId::from(id.as_str())).collect();
    DayDeclaration {
        received_at: row.received_at,
        entries: ids(row.entries),
        exits: ids(row.exits),
        photos: row.photos,
        charges: row.charges,
    }
}

fn elsewhere(row: ElsewhereRow) -> Option<Elsewhere> {
    Some(Elsewhere {
        record_id: RecordId::from(row.record_id.as_str()),
        plate: Plate::read(&row.plate)?,
        other_lot: row.other_lot,
        other_record_id: RecordId::from(row.other_record_id.as_str()),
        from: row.from,
        to: row.to,
        received_at: row.received_at,
    })
}

/// The pictures with names that the day's passages name, and when each was first received.
async fn named_photos(
    store: &dyn Store,
    lot: &Lot,
    kept: &DayEvidence,
) -> Result<BTreeMap<String, Timestamp>, StoreError> {
    let passages = kept.sessions.iter().flat_map(|session| session.passages());
    let names: Vec<_> = passages
        .filter_map(|version| version.content.photo_id.clone())
        .map(|name| (lot.code.clone(), name))
        .collect();
    let mut found = BTreeMap::new();
    for names in names.chunks(NAMES_AT_ONCE) {
        for row in store.documents_named("named-photo", names.to_vec()).await? {
            let first = row.document.first().map(|word| word.received_at);
            found.extend(first.map(|at| (row.name, at)));
        }
    }
    Ok(found)
}

/// How many spaces there are, in a change of a lot.
const TOTAL: &str = "spaces_total";

/// The lot with as many spaces as it had at a moment: what it has grown by since is no free space of an earlier day.
fn as_it_was(lot: &Lot, history: &[HistoryEntry], at: Timestamp) -> Lot {
    let later = history.iter().filter(|entry| entry.at >= at);
    let totals = later.flat_map(|entry| entry.changes.iter().map(move |change| (entry.at, change)));
    let next = totals.filter(|(_, change)| change.field == TOTAL).min_by_key(|(at, _)| *at);
    let total = next.and_then(|(_, change)| change.from.as_u64()).and_then(|total| u32::try_from(total).ok());
    // 0: it was not known.
    let total = total.filter(|total| *total > 0);
    Lot { spaces_total: total.unwrap_or(lot.spaces_total), ..lot.clone() }
}

/// What base data say, and what was reported of them on the day.
fn base_data(kept: Option<&NamedRecord>, history: &[HistoryEntry], to: Timestamp) -> BaseDataFacts {
    let word = kept.and_then(|document| document.current());
    let reported_total = word.and_then(|word| match &word.content {
        Report::Lot(profile) => profile.spaces_total.map(i64::from),
        _ => None,
    });
    // The newest change before the day's end that said since when it is so.
    let dated = history.iter().filter(|entry| entry.at < to && entry.effective_at.is_some());
    let change = dated.max_by_key(|entry| entry.at);
    BaseDataFacts {
        reported_total,
        changed_at: change.and_then(|entry| entry.effective_at),
        reported_at: change.map(|entry| entry.at),
        ..BaseDataFacts::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hour(hour: i64, minutes: u64) -> HeardHour {
        HeardHour { subject: HEARD_PLATFORM.to_owned(), hour, minutes }
    }

    #[test]
    fn the_platform_was_away_only_since_it_is_known_to_have_been_there() {
        let whole = (1 << 60) - 1;
        assert_eq!(away(&[], 100, Minutes::ALL), Minutes::NONE);
        // First seen at 03:30 of the day, gone from 04:10 on for as long as the day has.
        let seen = [hour(103, whole & !((1 << 30) - 1)), hour(104, (1 << 10) - 1)];
        let runs: Vec<_> = away(&seen, 100, Minutes::ALL).runs().collect();
        assert_eq!(runs, [(4 * 60 + 11, 1_440 - (4 * 60 + 11))]);
        // Known from the day before: all of the day that nobody noted.
        assert_eq!(away(&[hour(99, whole)], 100, Minutes::ALL).count(), 1_440);
        // A minute left out is no outage.
        let busy = [hour(99, whole), hour(100, whole & !(1 << 7))];
        assert!(!away(&busy, 100, Minutes::ALL).contains(7));
    }
}
