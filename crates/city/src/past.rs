//! A past that is made up: the same messages, ready to be taken in by a platform without a socket, each with the moment
//! at which it would have been received.
//!
//! [`Past::prepare`] is asked in the order of the traffic and costs next to nothing; [`PastMessage::told`] draws and
//! seals, and may be asked on any thread.

use crate::message::{Message, Says, Twist};
use crate::picture::{self, Scene};
use crate::plan::{Accounts, CityLot, CityPlan, CountsGo, CredentialsError};
use crate::rng::{Purpose, share_of};
use crate::sender::counts::{count_after, go_apart};
use crate::sender::delivery::photo;
use bowei_model::{LotKind, PhotoRole, PlateKind, Report, SpaceCount};
use bowei_standards::Standard;
use bowei_standards::lot_side::{LoginReading, Outgoing};
use bowei_standards::platform_side::Credential;
use bytes::Bytes;
use http::{Request, Response};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

/// On its way a message is so long at least, and so much longer at most.
const ON_ITS_WAY_MS: (i64, f64) = (400, 2_600.0);
/// The count that follows a passage is received so long after it is said: later than the passage itself.
const COUNT_LATER: SignedDuration = SignedDuration::from_millis(3_300);

/// One who speaks in the past.
#[derive(Clone)]
pub struct Speaker {
    /// The standard.
    pub standard: &'static dyn Standard,
    /// Its account's name in that standard's messages.
    pub account: String,
    own: Arc<dyn Credential>,
}

/// Makes messages of a past.
pub struct Past {
    speakers: HashMap<(String, &'static str), Arc<Speaker>>,
    /// Of lots that say their counts apart, by ordinal, the latest: of which passage, and when it is received.
    counted: HashMap<usize, (Timestamp, Timestamp)>,
    so_far: u64,
    stock_pictures: bool,
}

/// A message of the past, before it is drawn and sealed.
pub struct PastMessage {
    /// When it is received.
    pub received_at: Timestamp,
    /// What is said.
    pub message: Message,
    /// With when it is received.
    count: Option<(Timestamp, SpaceCount)>,
    speaker: Arc<Speaker>,
    stock_picture: bool,
}

/// One thing told.
pub struct Told {
    /// When it is received.
    pub received_at: Timestamp,
    /// What.
    pub report: Report,
    /// The bytes of its picture.
    pub picture: Option<Bytes>,
    /// Whether it shows what happened, and not that nothing was taken.
    pub is_photographed: bool,
}

impl Past {
    /// Ready to speak for every account of the plan. Where a standard wants a login, `log_in` is asked for the platform's
    /// answer to one.
    pub async fn new<F: Future<Output = Response<Bytes>>>(
        plan: &CityPlan,
        accounts: &Accounts,
        now: Timestamp,
        log_in: impl Fn(&'static dyn Standard, Request<Bytes>) -> F,
    ) -> Result<Self, CredentialsError> {
        let mut names = BTreeMap::new();
        for provider in &plan.providers {
            for (standard, fields) in &provider.accounts {
                let field = bowei_standards::by_name(standard).map(|it| it.card().account_field);
                let name = field.and_then(|field| fields.get(field)).cloned().unwrap_or_default();
                names.insert((provider.code.to_string(), *standard), name);
            }
        }
        let mut speakers = HashMap::new();
        for (key, name) in names {
            let account = accounts.of(&key.0, key.1)?.clone();
            let mut own = account.own;
            // It is asked for once: nobody looks whether it has run out since.
            if let Some(login) = account.standard.login()
                && let Ok(sealed) = login.seal_login(&*own, now)
                && let LoginReading::LoggedIn { own: with_token, .. } =
                    login.read_login(&*own, &log_in(account.standard, sealed.request).await)
            {
                own = with_token;
            }
            speakers.insert(key, Arc::new(Speaker { standard: account.standard, account: name, own }));
        }
        Ok(Self { speakers, counted: HashMap::new(), so_far: 0, stock_pictures: false })
    }

    /// The same with one picture for all passages: where weeks of them are to be there and nobody looks at any.
    pub fn with_stock_pictures(self) -> Self {
        Self { stock_pictures: true, ..self }
    }

    /// The token that a lot's account was given when it logged in; `None` where its standard has none.
    pub fn token(&self, lot: &CityLot) -> Option<&str> {
        let speaker = self.speakers.get(&(lot.provider.to_string(), lot.standard))?;
        speaker.standard.login()?.token(&*speaker.own)
    }

    /// A lot's question which records of a day do not add up (补报), where its standard has it.
    pub fn replenishment(
        &self,
        lot: &CityLot,
        day: Date,
        page: u32,
        now: Timestamp,
    ) -> Option<(&'static dyn Standard, Request<Bytes>)> {
        let Speaker { standard, own, .. } =
            &**self.speakers.get(&(lot.provider.to_string(), lot.standard))?;
        let sealed = standard.replenishment()?.seal_replenishment(&**own, &lot.lot_id, day, page, now);
        Some((*standard, sealed.ok()?.request))
    }

    /// The next message of the traffic; `None` where nobody can say it.
    pub fn prepare(&mut self, message: Message) -> Option<PastMessage> {
        self.so_far += 1;
        let by = match (&message.says, &message.lot.operator) {
            (Says::Charge(_), Some(operator)) => (operator.provider.to_string(), operator.standard),
            _ => (message.lot.provider.to_string(), message.lot.standard),
        };
        let speaker = Arc::clone(self.speakers.get(&by)?);
        let (least, spread) = ON_ITS_WAY_MS;
        let way_ms = least + (spread * share_of(self.so_far, Purpose::Faults, 0)) as i64;
        let received_at = message.due.checked_add(SignedDuration::from_millis(way_ms)).ok()?;
        let count = go_apart(&message.lot).and_then(|counts| self.count(&message, counts));
        Some(PastMessage { received_at, message, count, speaker, stock_picture: self.stock_pictures })
    }

    /// The count that follows a passage, unless it was overtaken by a later one.
    fn count(&mut self, message: &Message, counts: CountsGo) -> Option<(Timestamp, SpaceCount)> {
        let passage = message.passage()?;
        let (of, received_at) =
            self.counted.entry(message.lot.ordinal).or_insert((Timestamp::MIN, Timestamp::MIN));
        if *of >= passage.at {
            return None;
        }
        // Some texts give a count no time of its own: none may be received after a newer one.
        let after_passage = message.due.checked_add(COUNT_LATER).ok()?;
        *of = passage.at;
        *received_at = after_passage.max(received_at.checked_add(SignedDuration::from_millis(1)).ok()?);
        let count = count_after(passage, &message.lot, counts)?;
        Some((*received_at, count))
    }
}

impl PastMessage {
    /// The same with a picture that stands for any: drawing one takes as long as keeping some ten records.
    pub fn with_stock_picture(self) -> Self {
        Self { stock_picture: true, ..self }
    }

    /// Who speaks.
    pub fn speaker(&self) -> &Speaker {
        &self.speaker
    }

    /// The lot.
    pub fn lot(&self) -> &CityLot {
        &self.message.lot
    }

    /// What is told, in its order, pictures drawn.
    pub fn told(&self) -> Vec<Told> {
        let lot = &self.message.lot;
        let is_within = self.speaker.standard.picture_goes_within();
        let first = match &self.message.says {
            Says::Passage(passage) => {
                let drawn = self.message.within.as_ref().map(|scene| self.picture(scene, 0));
                let is_photographed = drawn.is_some();
                let picture = drawn.or_else(|| is_within.then(|| Bytes::from_static(picture::none())));
                (Report::Passage(passage.clone()), picture, is_photographed)
            }
            Says::Photo(scene) => {
                let least = lot.speaks().map_or(0, |speaks| speaks.picture_min_bytes);
                let jpeg = self.picture(scene, least);
                (photo(scene, lot, &jpeg), Some(jpeg), true)
            }
            Says::Charge(record) => (Report::ChargingRecord(record.clone()), None, false),
            Says::OfLot(report) => (report.clone(), None, false),
            // No message of any standard.
            Says::DayDeclared(_) | Says::LotChanged(_) => return Vec::new(),
        };
        let (report, picture, is_photographed) = first;
        let received_at = self.received_at;
        let count = self.count.clone().map(|(received_at, count)| Told {
            received_at,
            report: Report::SpaceCount(count),
            picture: None,
            is_photographed: false,
        });
        std::iter::once(Told { received_at, report, picture, is_photographed }).chain(count).collect()
    }

    /// As the standard seals it.
    pub fn outgoing<'a>(&'a self, told: &'a Told) -> Outgoing<'a> {
        let lot = self.lot();
        let lot_id = match (&told.report, &lot.operator) {
            (Report::ChargingRecord(_), Some(operator)) => &operator.lot_id,
            _ => &lot.lot_id,
        };
        let lot_kind = match (self.message.twist, lot.kind) {
            (Some(Twist::OtherLotKind), LotKind::OffStreet) => LotKind::OnStreet,
            (Some(Twist::OtherLotKind), LotKind::OnStreet) => LotKind::OffStreet,
            (_, kind) => kind,
        };
        Outgoing { report: &told.report, lot_id, lot_kind, picture: told.picture.as_deref() }
    }

    /// The message on the wire; why there is none, in words.
    pub fn sealed(&self, told: &Told) -> Result<Request<Bytes>, String> {
        let Speaker { standard, own, .. } = &*self.speaker;
        let sealed = standard.seal(self.outgoing(told), &**own, told.received_at);
        let request = sealed.map(|sealed| sealed.request).map_err(|cannot| cannot.to_string())?;
        Ok(match (self.message.twist, &told.report) {
            (Some(twist), Report::Passage(_)) => request.map(|body| twisted(body, twist)),
            _ => request,
        })
    }

    fn picture(&self, scene: &Scene, least: usize) -> Bytes {
        match (self.message.twist, self.stock_picture) {
            (Some(Twist::PictureSmall), _) => Bytes::from_static(picture::none()),
            // What follows the end of a picture is not shown, and makes it another one.
            (Some(Twist::PictureNumber(number)), _) => {
                Bytes::from([picture::none(), [number].as_slice()].concat())
            }
            (_, true) => stock(least),
            (_, false) => Bytes::from(picture::draw_at_least(scene, least)),
        }
    }
}

/// One picture for all.
fn stock(least: usize) -> Bytes {
    /// As many bytes as any text asks for.
    const LARGE: usize = 100 * 1024;
    static STOCK: OnceLock<[Bytes; 2]> = OnceLock::new();
    let [small, large] = STOCK.get_or_init(|| {
        let scene = Scene {
            record_id: "".into(),
            role: PhotoRole::Entry,
            at: Timestamp::UNIX_EPOCH,
            plate: None,
            plate_kind: PlateKind::NONE,
            on_street: false,
            lot_name: String::new(),
            where_exactly: String::new(),
            look: 0,
        };
        [Bytes::from_static(picture::none()), Bytes::from(picture::draw_at_least(&scene, LARGE))]
    });
    if least > small.len() { large.clone() } else { small.clone() }
}

/// A body that is wrong by itself.
fn twisted(body: Bytes, twist: Twist) -> Bytes {
    let Ok(text) = std::str::from_utf8(&body) else { return body };
    let twisted = match twist {
        Twist::FieldBlank => with_text(text, "car_logo", ""),
        Twist::ValueUnlisted => with_text(text, "car_type", "9"),
        // A comma of the keyboard's other half.
        Twist::JsonMalformed => Some(text.replacen(",\"", "，\"", 1)),
        _ => None,
    };
    twisted.map_or(body, Bytes::from)
}

/// The same with another text in the first field of that name.
fn with_text(json: &str, field: &str, value: &str) -> Option<String> {
    let key = format!("\"{field}\":\"");
    let begins = json.find(&key)? + key.len();
    let (before, rest) = json.split_at_checked(begins)?;
    let (_, after) = rest.split_at_checked(rest.find('"')?)?;
    Some(format!("{before}{value}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_wrong_in_one_place() {
        let body = Bytes::from_static(br#"{"car_type":"2","car_logo":"x","n":1}"#);
        for (twist, wrong) in [
            (Twist::FieldBlank, r#"{"car_type":"2","car_logo":"","n":1}"#),
            (Twist::ValueUnlisted, r#"{"car_type":"9","car_logo":"x","n":1}"#),
            (Twist::JsonMalformed, r#"{"car_type":"2"，"car_logo":"x","n":1}"#),
            (Twist::OtherLotKind, r#"{"car_type":"2","car_logo":"x","n":1}"#),
        ] {
            assert_eq!(twisted(body.clone(), twist), wrong.as_bytes(), "{twist:?}");
        }
    }
}
