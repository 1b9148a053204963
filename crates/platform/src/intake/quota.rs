//! What an account may say in a day (UTC+08:00): so much as its lots can have to say, generously, and no more. It is there
//! so that nobody fills the platform's disks, not to share anything out: no lot comes near it, one that has days of an
//! outage to make up for included.
//!
//! Said again, the same counts once. Each node counts for itself, and a start begins anew.

use super::allowance::Key;
use crate::clock::Clock;
use crate::registry::Snapshot;
use bowei_model::{Effect, Lot, Picture, ProviderCode, Report, Standing, moment};
use jiff::Timestamp;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;

/// Days' worth that may come in one: three days of an outage, and the day itself.
const DAYS_AT_ONCE: u64 = 4;

/// Stays of a space in a day: half an hour each around the clock. A lot where drivers are set down has about as many, all
/// others a tenth.
const STAYS_PER_SPACE: u64 = 48;

/// Records of a stay: its entry and its exit. Whatever else comes once a stay (a reservation, a charge) takes the place of
/// stays that do not come.
const RECORDS_PER_STAY: u64 = 2;

/// Pictures of a record: a camera sees the car from the front and from behind.
const PICTURES_PER_RECORD: u64 = 2;

/// Bytes of pictures of a space in a day: ten stays, four pictures each, of four hundred kilobytes. Most lots have two
/// stays, and the texts want pictures of a quarter of that.
const PICTURE_BYTES_PER_SPACE: u64 = 16 * BYTES_PER_MIB;

/// Words on its free spaces that a lot may say in a day: one a second.
const COUNTS_PER_LOT: u64 = 24 * 60 * 60;

/// Other words on a lot in a day: its base data, gates and offers anew every hour, and the list of the cars inside.
const DOCUMENTS_PER_LOT: u64 = 24 * 20;

/// How many bytes of such a word are one: a list of two thousand plates is six.
const DOCUMENT_BYTES: usize = 4 * 1024;

const BYTES_PER_MIB: u64 = 1024 * 1024;

/// Spaces that a lot counts for at most, whatever it says of itself: the largest car parks there are have twenty thousand.
const LOT_SPACES_MAX: u64 = 20_000;

/// Spaces that every account counts for at least: an operator of chargers has no lots, and a lot that has yet to describe
/// itself no spaces.
const SPACES_MIN: u64 = 100;

/// Lots that wait for an operator count for [`SPACES_MIN`] each, and for no more than so many of them: anybody with an
/// account can describe a thousand.
const WAITING_LOTS_MAX: u64 = 50;

/// What is counted by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Entries, exits, charges, orders.
    Records,
    /// Pictures.
    Pictures,
    /// Their bytes.
    PictureBytes,
    /// Words on free spaces.
    Counts,
    /// Other words on lots.
    Documents,
}

const KINDS: [(Kind, &str, &str); 5] = [
    (Kind::Records, "进出场、充电等记录", "条"),
    (Kind::Pictures, "图片", "张"),
    (Kind::PictureBytes, "图片", "MiB"),
    (Kind::Counts, "空位数", "条"),
    (Kind::Documents, "停车场基础数据、出入口、场内车辆清单等", "条"),
];

/// So much of each kind.
type Amounts = [u64; KINDS.len()];

/// Of which lots an account speaks: so many, with so many spaces.
#[derive(Clone, Copy, Debug, Default)]
struct Size {
    lots: u64,
    spaces: u64,
    /// Lots that wait for an operator.
    waiting: u64,
}

impl Size {
    fn add(&mut self, lot: &Lot) {
        if lot.standing == Standing::Waiting {
            self.waiting += 1;
            return;
        }
        self.lots += 1;
        self.spaces += u64::from(lot.spaces_total).min(LOT_SPACES_MAX);
    }

    /// What may be said in a day.
    fn amounts(self) -> Amounts {
        let waiting = self.waiting.min(WAITING_LOTS_MAX);
        let (lots, spaces) = (self.lots + waiting, self.spaces + waiting * SPACES_MIN);
        let (lots, spaces) = (lots.max(1), spaces.max(SPACES_MIN));
        let records = spaces * STAYS_PER_SPACE * RECORDS_PER_STAY;
        let bytes = spaces * PICTURE_BYTES_PER_SPACE;
        let a_day =
            [records, records * PICTURES_PER_RECORD, bytes, lots * COUNTS_PER_LOT, lots * DOCUMENTS_PER_LOT];
        a_day.map(|amount| amount * DAYS_AT_ONCE)
    }
}

/// A quota that is used up.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct UsedUp {
    /// Which, how much it is, and from when on there is more, in Chinese.
    pub(super) words: String,
    /// Until then.
    pub(super) retry_after_s: u32,
}

/// What a delivery counts for, taken from its account's day; given back when dropped, but for what was
/// [kept](Taken::keep).
pub(super) struct Taken<'q> {
    quotas: &'q Quotas,
    key: Key,
    day: u32,
    /// Of each report.
    amounts: Vec<Amounts>,
}

/// What all accounts have said today. There are no more of them than accounts.
pub(super) struct Quotas {
    clock: Arc<dyn Clock>,
    factor: u64,
    used: Mutex<HashMap<Key, (u32, Amounts)>>,
    /// The registry's version, and the sizes worked out from it.
    sizes: Mutex<(i64, Sizes)>,
}

/// By provider and standard.
type Sizes = HashMap<(ProviderCode, &'static str), Size>;

/// Who speaks, and of what.
pub(super) struct Account<'a> {
    pub(super) key: Key,
    pub(super) provider: &'a ProviderCode,
    /// Whether the standard's accounts speak of any lot that has an id in it.
    pub(super) of_any_lot: bool,
    pub(super) snapshot: &'a Snapshot,
}

impl Quotas {
    pub(super) fn new(clock: Arc<dyn Clock>, factor: u32) -> Self {
        Self { clock, factor: u64::from(factor), used: Mutex::default(), sizes: Mutex::default() }
    }

    /// Takes what the reports of a delivery count for.
    pub(super) fn take<'r>(
        &self,
        account: Account<'_>,
        reports: impl Iterator<Item = &'r Report>,
    ) -> Result<Taken<'_>, UsedUp> {
        let now = self.clock.now();
        let day = moment::day(now);
        let amounts: Vec<_> = reports.map(amounts_of).collect();
        let asked = sum(&amounts);
        let allowed = self.size(&account).amounts().map(|amount| amount.saturating_mul(self.factor));
        let mut used = self.used.lock();
        let of_day = used.entry(account.key.clone()).or_default();
        if of_day.0 != day {
            *of_day = (day, Amounts::default());
        }
        let then = sum(&[of_day.1, asked]);
        for (kind, ((then, allowed), asked)) in KINDS.iter().zip(then.iter().zip(&allowed).zip(&asked)) {
            if self.factor > 0 && *asked > 0 && then > allowed {
                return Err(UsedUp::of(kind, *allowed, now));
            }
        }
        of_day.1 = then;
        Ok(Taken { quotas: self, key: account.key, day, amounts })
    }

    fn size(&self, account: &Account<'_>) -> Size {
        let Account { key: (standard, _), provider, of_any_lot, snapshot } = account;
        let mut sizes = self.sizes.lock();
        if sizes.0 != snapshot.version {
            *sizes = (snapshot.version, HashMap::new());
        }
        *sizes.1.entry(((*provider).clone(), *standard)).or_insert_with(|| {
            let mut size = Size::default();
            let theirs =
                |lot: &Lot| lot.provider == **provider || (*of_any_lot && lot.ids.contains_key(*standard));
            snapshot.lots.values().filter(|lot| theirs(lot)).for_each(|lot| size.add(lot));
            size
        })
    }
}

impl Taken<'_> {
    /// Keeps what was taken for reports that said something new.
    pub(super) fn keep(mut self, effects: &[Effect]) {
        let mut effects = effects.iter();
        self.amounts.retain(|_| effects.next() == Some(&Effect::Duplicate));
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        if let Some((day, used)) = self.quotas.used.lock().get_mut(&self.key)
            && *day == self.day
        {
            for (used, back) in used.iter_mut().zip(sum(&self.amounts)) {
                *used = used.saturating_sub(back);
            }
        }
    }
}

impl UsedUp {
    fn of((kind, name, unit): &(Kind, &str, &str), allowed: u64, now: Timestamp) -> Self {
        let allowed = if *kind == Kind::PictureBytes { allowed / BYTES_PER_MIB } else { allowed };
        let tomorrow = moment::span_of_day(moment::day(now)).map_or(now, |(_, to)| to);
        let wait = tomorrow.duration_since(now).as_secs();
        Self {
            words: format!("今日上报的{name}已达每日限额 {allowed} {unit}，次日 0 时起可继续上报"),
            retry_after_s: u32::try_from(wait).unwrap_or_default().saturating_add(1),
        }
    }
}

/// What a report counts for.
fn amounts_of(report: &Report) -> Amounts {
    let of = |kind, amount| KINDS.map(|(of, ..)| if of == kind { amount } else { 0 });
    let picture = |picture: &Picture| {
        let bytes = match picture {
            Picture::Bytes { bytes, .. } => *bytes,
            Picture::Url(_) => 0,
        };
        sum(&[of(Kind::Pictures, 1), of(Kind::PictureBytes, bytes)])
    };
    match report {
        // It leaves no row.
        Report::Heartbeat(_) => Amounts::default(),
        Report::Passage(_) | Report::ChargingRecord(_) | Report::OffPeakOrder(_) => of(Kind::Records, 1),
        Report::Photo(photo) => picture(&photo.picture),
        Report::NamedPhoto(photo) => picture(&photo.picture),
        Report::SpaceCount(_) => of(Kind::Counts, 1),
        Report::CarsInside(cars) => {
            let bytes: usize = cars.plates.iter().map(|plate| plate.as_str().len()).sum();
            of(Kind::Documents, 1 + (bytes / DOCUMENT_BYTES) as u64)
        }
        Report::Lot(_) | Report::LotClosed(_) | Report::Gate(_) | Report::OffPeakPackage(_) => {
            of(Kind::Documents, 1)
        }
    }
}

fn sum(amounts: &[Amounts]) -> Amounts {
    amounts.iter().fold(Amounts::default(), |sums, amounts| {
        let mut of = amounts.iter();
        sums.map(|sum| sum.saturating_add(of.next().copied().unwrap_or_default()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bowei_model::{Direction, LotKind, Passage};
    use jiff::SignedDuration;

    struct HandClock(Mutex<Timestamp>);

    impl Clock for HandClock {
        fn now(&self) -> Timestamp {
            *self.0.lock()
        }
    }

    fn lot(code: &str, provider: &str, spaces_total: u32) -> Arc<Lot> {
        Arc::new(Lot { spaces_total, ..Lot::new(code.into(), provider.into(), LotKind::OffStreet) })
    }

    struct Scene {
        clock: Arc<HandClock>,
        quotas: Quotas,
        snapshot: Snapshot,
    }

    #[allow(clippy::field_reassign_with_default, reason = "the other fields are the registry's own")]
    fn scene() -> Scene {
        let clock = Arc::new(HandClock(Mutex::new("2026-04-01T08:15:30+08:00".parse().unwrap())));
        let mut snapshot = Snapshot::default();
        snapshot.version = 1;
        for lot in [lot("L1", "p", 1_500), lot("L2", "p", 500), lot("L3", "q", 80), lot("L4", "r", u32::MAX)]
        {
            snapshot.lots.insert(lot.code.clone(), lot);
        }
        Scene { quotas: Quotas::new(Arc::clone(&clock) as Arc<dyn Clock>, 1), clock, snapshot }
    }

    impl Scene {
        fn take(&self, provider: &str, reports: &[Report]) -> Result<Taken<'_>, UsedUp> {
            let account = Account {
                key: ("huzhou", provider.to_owned()),
                provider: &provider.into(),
                of_any_lot: false,
                snapshot: &self.snapshot,
            };
            self.quotas.take(account, reports.iter())
        }

        /// How many of `report` are taken until one is not.
        fn takes(&self, provider: &str, report: &Report) -> u64 {
            let mut taken = 0;
            while let Ok(one) = self.take(provider, std::slice::from_ref(report)) {
                one.keep(&[Effect::New]);
                taken += 1;
            }
            taken
        }
    }

    fn entry() -> Report {
        Report::Passage(Passage::new("L1".into(), "R1".into(), Direction::Entry, Timestamp::UNIX_EPOCH))
    }

    fn picture(bytes: u64) -> Report {
        Report::Photo(bowei_model::Photo {
            lot: "L1".into(),
            record_id: "none".into(),
            role: bowei_model::PhotoRole::Entry,
            slot: None,
            taken_at: None,
            picture: Picture::Bytes { sha256: String::new(), bytes, media_type: "image/jpeg".to_owned() },
        })
    }

    #[test]
    fn an_account_is_bounded_by_its_lots_and_its_neighbour_does_not_notice() {
        let scene = scene();
        // Two thousand spaces: twelve thousand pictures of two megabytes fill 128 GB, and no disk.
        assert_eq!(scene.takes("p", &picture(2 * 1024 * 1024)), 2_000 * 64 / 2);
        let full = scene.take("p", &[picture(2 * 1024 * 1024)]).err().unwrap();
        assert_eq!(full.words, "今日上报的图片已达每日限额 128000 MiB，次日 0 时起可继续上报");
        assert_eq!(full.retry_after_s, 15 * 3_600 + 44 * 60 + 30 + 1);
        // Its records go on, and so does all of the neighbour's.
        assert!(scene.take("p", &[entry()]).is_ok());
        assert_eq!(scene.takes("q", &entry()), 100 * 96 * 4);
        // Whatever a lot says of its size, it is not larger than any.
        assert_eq!(scene.takes("r", &picture(1 << 30)), 20_000 / 16);
        *scene.clock.0.lock() += SignedDuration::from_secs(i64::from(full.retry_after_s));
        assert!(scene.take("p", &[picture(2 * 1024 * 1024)]).is_ok(), "the next day is another");
    }

    #[test]
    fn lots_that_wait_give_their_account_little() {
        let mut scene = scene();
        for number in 0..1_000 {
            let waiting = Arc::unwrap_or_clone(lot(&format!("W{number}"), "w", 20_000));
            let waiting = Lot { standing: Standing::Waiting, ..waiting };
            scene.snapshot.lots.insert(waiting.code.clone(), Arc::new(waiting));
        }
        assert_eq!(scene.takes("w", &picture(1 << 30)), 50 * 100 / 16);
    }

    #[test]
    fn a_large_lot_that_makes_up_for_three_days_is_not_near_its_quota() {
        let scene = scene();
        // A lot at an airport: two thousand spaces, five stays each and day, an entry and an exit with two pictures of
        // 300 KB, a count after each, a list every hour; all of it four days long, and every message twice.
        let stays = 2_000 * 5 * 4;
        let count = Report::SpaceCount(bowei_model::SpaceCount::new("L1".into(), Timestamp::UNIX_EPOCH, 1));
        for _ in 0..2 * stays {
            let passage = [entry(), picture(300_000), picture(300_000), count.clone()];
            scene.take("p", &passage).unwrap().keep(&[Effect::New; 4]);
            scene.take("p", &passage).unwrap().keep(&[Effect::Duplicate; 4]);
        }
        for _ in 0..4 * 24 {
            let plates = vec![bowei_model::Plate::read("浙E12345").unwrap(); 2_000];
            let list = bowei_model::CarsInside { lot: "L1".into(), at: Timestamp::UNIX_EPOCH, plates };
            scene.take("p", &[Report::CarsInside(list)]).unwrap().keep(&[Effect::New]);
        }
        let (_, used) = scene.quotas.used.lock()[&("huzhou", "p".to_owned())];
        let size = Size { lots: 2, spaces: 2_000, ..Size::default() };
        for ((_, name, unit), (used, allowed)) in KINDS.iter().zip(used.iter().zip(size.amounts())) {
            assert!(used * 2 <= allowed, "{used} of {allowed} {unit} {name}");
        }
    }

    #[test]
    fn what_is_not_kept_or_was_said_before_counts_for_nothing() {
        let scene = scene();
        drop(scene.take("q", &[entry(), picture(1)]).unwrap());
        scene.take("q", &[entry(), picture(1)]).unwrap().keep(&[Effect::Duplicate, Effect::Amended]);
        let (_, used) = scene.quotas.used.lock()[&("huzhou", "q".to_owned())];
        assert_eq!(used, [0, 1, 1, 0, 0]);
    }
}
