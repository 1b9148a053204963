//! One report on its way: read, sealed with the time of this very attempt, sent, its answer read.

use super::authenticator::NoLogin;
use super::exchange::{LOGIN_AGAIN, Unanswered};
use super::{DRIFT, Uplink, shrink};
use crate::known::{Known, complete_unknown};
use crate::lacking;
use crate::outbox::{Entry, NOT_SENT, NoPicture, Seq, Settled, Unreadable, session_of};
use bowei_encoding::sha256_hex;
use bowei_model::{NamedPhoto, Photo, PhotoRole, PhotoSubject, Picture, Report};
use bowei_standards::lot_side::{CannotSeal, Outgoing, Reading};
use bowei_standards::platform_side::Credential;
use bytes::Bytes;
use http::StatusCode;
use std::sync::Arc;
use std::time::Duration;

/// What stands for a picture where a text wants one and none was taken: the words 无照片.
static NO_PICTURE: &[u8] = include_bytes!("no-picture.jpg");

/// A picture is made no smaller than this for a platform that finds it too large: less shows no plate.
const SMALLEST_PICTURE: usize = 8 * 1_024;

/// What became of a report.
pub(super) enum Outcome {
    /// It is done with; so are the pictures that went within it.
    Settled(Settled),
    /// Not now.
    Later {
        /// When the platform says to come back.
        after: Option<Duration>,
        /// Why, in words.
        why: String,
        /// The platform has answered.
        answered: bool,
    },
    /// The platform refuses it for what it says, in this code and these words.
    Refused { code: String, why: String },
    /// There is no login: the account is refused.
    NoAccount(String),
    /// The platform blames what every report shares: account, keys, signature, clock, lot.
    Held(String),
    /// It waits for its picture.
    AwaitsPicture,
}

/// The pictures of a report, where its message carries its picture.
pub(super) struct AttachedPhotos {
    /// Those that may be its own.
    pub(super) maybe: Vec<Seq>,
    /// It may wait for one still.
    pub(super) patient: bool,
    /// Found on the way: those that are.
    pub(super) own: Vec<Seq>,
}

/// Delivers the report at `seq`.
pub(super) async fn deliver(uplink: &Arc<Uplink>, seq: Seq, pictures: &mut AttachedPhotos) -> Outcome {
    // From the disk, though it may have been taken in a moment ago: its pages are in the machine's memory still, its sum
    // proves each time that what is sent is what is kept, and a copy of our own beside it would be a second truth, which
    // damage, restarts and what is sent again would have to agree with.
    let entry = match uplink.outbox.read(seq).await {
        Ok(entry) => entry,
        // It is counted and set aside where it was found; here there is nothing more to do.
        Err(Unreadable::Damaged | Unreadable::Unknown) => return Outcome::Settled(Settled::Unsupported),
        Err(Unreadable::Disk { why }) => return Outcome::Later { after: None, why, answered: false },
    };
    let within = uplink.standard.picture_goes_within();
    if within && matches!(entry.report, Report::Photo(_)) {
        return Outcome::Settled(Settled::Unsupported);
    }
    let picture = match &entry.report {
        Report::Passage(_) if within => match of_passage(uplink, &entry, pictures).await {
            Some(picture) => Some(picture),
            None if pictures.patient => return Outcome::AwaitsPicture,
            None => {
                uplink.board.without_picture();
                Some(Bytes::from_static(NO_PICTURE))
            }
        },
        _ if entry.has_picture => match uplink.outbox.picture(seq).await {
            Ok(picture) => Some(picture),
            Err(NoPicture::Disk { why }) => return Outcome::Later { after: None, why, answered: false },
            // Dropped for want of room, or damaged: both are counted there.
            Err(_) => return Outcome::Settled(Settled::Unsupported),
        },
        _ => None,
    };
    send(uplink, entry, picture).await
}

/// The picture that shows a passage: the first of its own that can be read.
async fn of_passage(uplink: &Uplink, entry: &Entry, pictures: &mut AttachedPhotos) -> Option<Bytes> {
    let Report::Passage(passage) = &entry.report else { return None };
    let role = PhotoRole::from(passage.direction);
    let mut found = None;
    for seq in &pictures.maybe {
        let Ok(Entry { report: Report::Photo(photo), .. }) = uplink.outbox.read(*seq).await else { continue };
        if photo.role != role || photo.record_id != passage.record_id {
            continue;
        }
        pictures.own.push(*seq);
        if found.is_some() {
            continue;
        }
        let Ok(picture) = uplink.outbox.picture(*seq).await else { continue };
        let most = uplink.standard.picture_max_bytes().unwrap_or(usize::MAX);
        match shrink::fit(picture, most).await {
            Ok(picture) => found = Some(picture),
            // The record goes without it; the photo is for somebody to look at.
            Err(unfit) => {
                let (code, why) = (NOT_SENT.to_owned(), unfit.to_string());
                uplink.outbox.settle(&uplink.name, *seq, Settled::Refused { code, why });
            }
        }
    }
    found
}

/// A photo's picture as the text takes it, and the photo's report as its bytes are then.
async fn fitted(report: &mut Report, picture: Bytes, most: usize) -> Result<Bytes, shrink::Unfit> {
    let fits = picture.len() <= most;
    let fitted = shrink::fit(picture, most).await?;
    if let (false, Report::Photo(Photo { picture, .. }) | Report::NamedPhoto(NamedPhoto { picture, .. })) =
        (fits, report)
    {
        *picture = Picture::Bytes {
            sha256: sha256_hex(&fitted),
            bytes: fitted.len() as u64,
            media_type: "image/jpeg".to_owned(),
        };
    }
    Ok(fitted)
}

/// A passage and its first photo agree on the photo's name, however often either is sent: whichever came first names
/// it. Where that was the photo, it may have been sent before the passage's own name was known.
async fn agree_on_the_name(uplink: &Uplink, entry: &mut Entry) {
    /// Reports of a record that are looked at: more than any has.
    const LOOKED_AT: usize = 64;
    let is_first = |photo: &Photo, known: &Known| photo.slot.or(known.slot).is_none_or(|slot| slot <= 1);
    let session = uplink.outbox.of_session(session_of(&entry.report), LOOKED_AT);
    for seq in session.into_iter().filter(|seq| *seq < entry.seq) {
        let Ok(Entry { report: earlier, known, .. }) = uplink.outbox.read(seq).await else { continue };
        match (&mut entry.report, earlier) {
            (Report::Photo(photo), Report::Passage(passage))
                if is_first(photo, &entry.known) && photo.role == PhotoRole::from(passage.direction) =>
            {
                let Some(photo_id) = passage.photo_id.filter(|id| !id.trim().is_empty()) else { continue };
                let Photo { lot, taken_at, picture, .. } = photo.clone();
                let (shows, file_name) = (PhotoSubject::Plate, None);
                entry.report =
                    Report::NamedPhoto(NamedPhoto { lot, photo_id, shows, taken_at, file_name, picture });
                return;
            }
            (Report::Passage(passage), Report::Photo(photo))
                if is_first(&photo, &known) && photo.role == PhotoRole::from(passage.direction) =>
            {
                passage.photo_id = None;
            }
            _ => {}
        }
    }
}

/// Some texts ask when a picture was taken: where the lot does not say, when it came here. It is put in now and not on
/// the way in, where a picture that is said again because its answer was lost would become another one.
fn with_its_time(uplink: &Uplink, entry: &mut Entry) {
    if let Report::Photo(photo) = &mut entry.report
        && photo.taken_at.is_none()
    {
        // A clock that is right is left alone, so that what is sent again is to the letter what was sent.
        let off = uplink.clock.offset().map(|measured| measured.offset).filter(|off| off.abs() > DRIFT);
        photo.taken_at = entry.taken_at.checked_add(off.unwrap_or_default()).ok();
    }
}

async fn send(uplink: &Arc<Uplink>, mut entry: Entry, picture: Option<Bytes>) -> Outcome {
    with_its_time(uplink, &mut entry);
    if let (Some(most), Some(place)) = (uplink.standard.photos_max(), entry.known.slot)
        && place > most
    {
        return Outcome::Settled(Settled::Unsupported);
    }
    entry.known.complete(&mut entry.report);
    complete_unknown(&mut entry.report, uplink.lot_kind);
    if uplink.standard.pictures_go_first() {
        agree_on_the_name(uplink, &mut entry).await;
    }
    let picture = match (picture, uplink.standard.picture_max_bytes()) {
        (Some(picture), Some(most)) => match fitted(&mut entry.report, picture, most).await {
            Ok(picture) => Some(picture),
            Err(unfit) => {
                let (code, why) = (NOT_SENT.to_owned(), unfit.to_string());
                return Outcome::Settled(Settled::Refused { code, why });
            }
        },
        (picture, _) => picture,
    };
    let is_address = matches!(
        &entry.report,
        Report::Photo(Photo { picture: Picture::Url(_), .. })
            | Report::NamedPhoto(NamedPhoto { picture: Picture::Url(_), .. })
    );
    let missing = match &entry.report {
        Report::Lot(profile) => lacking::missing(uplink.standard, profile),
        _ => None,
    };
    let (seq, is_lot) = (entry.seq, matches!(entry.report, Report::Lot(_)));
    let later = |why| Outcome::Later { after: None, why, answered: false };
    match exchange_until_small_enough(uplink, Arc::new(entry), picture).await {
        Ok(reading) => {
            if is_lot && reading == Reading::Accepted {
                uplink.outbox.base_data_taken(&uplink.name, seq);
            }
            ended(reading)
        }
        Err(Unanswered::Transport(error)) => later(error.0),
        Err(Unanswered::NoLogin(NoLogin::Refused(why))) => Outcome::NoAccount(why),
        Err(Unanswered::NoLogin(NoLogin::Later { after, why })) => {
            Outcome::Later { after, why, answered: false }
        }
        Err(Unanswered::LoginAgain) => ended(Reading::LoginFirst),
        Err(Unanswered::Setting(why)) => Outcome::Held(why),
        Err(Unanswered::Cannot(CannotSeal::NoMessage { .. })) => Outcome::Settled(Settled::Unsupported),
        // A text that wants the picture itself has no message for where it lies.
        Err(Unanswered::Cannot(CannotSeal::Unfit { .. })) if is_address => {
            Outcome::Settled(Settled::Unsupported)
        }
        // Our own configuration is at fault, not the report.
        Err(Unanswered::Cannot(cannot @ CannotSeal::Credential { .. })) => {
            Outcome::NoAccount(cannot.to_string())
        }
        Err(Unanswered::Cannot(cannot)) => {
            let why = missing.unwrap_or_else(|| cannot.to_string());
            Outcome::Settled(Settled::Refused { code: NOT_SENT.to_owned(), why })
        }
    }
}

/// Says it, and where the platform finds that too large (413) says it with a picture of half the size, and a passage at
/// last with the words 无照片 in its place: the limit of a proxy in front stands in no text.
async fn exchange_until_small_enough(
    uplink: &Arc<Uplink>,
    mut entry: Arc<Entry>,
    mut picture: Option<Bytes>,
) -> Result<Reading, Unanswered> {
    loop {
        let (answer, reading) = uplink.exchange(|own| seal(uplink, &entry, picture.clone(), own)).await?;
        let Some(refused) = picture.filter(|_| answer.status() == StatusCode::PAYLOAD_TOO_LARGE) else {
            return Ok(reading);
        };
        let half = refused.len() / 2;
        let smaller = match half {
            SMALLEST_PICTURE.. => fitted(&mut Arc::make_mut(&mut entry).report, refused, half).await.ok(),
            _ => None,
        };
        picture = match (smaller, &entry.report) {
            (Some(smaller), _) => Some(smaller),
            (None, Report::Passage(_)) if half * 2 > NO_PICTURE.len() + 1 => {
                uplink.board.without_picture();
                Some(Bytes::from_static(NO_PICTURE))
            }
            _ => return Ok(reading),
        };
    }
}

/// What an answer means for the report.
fn ended(reading: Reading) -> Outcome {
    match reading {
        Reading::Accepted => Outcome::Settled(Settled::Delivered),
        Reading::Refused { code, why } => Outcome::Refused { code, why },
        Reading::Held { why } => Outcome::Held(why),
        Reading::TryLater { after, why } => {
            let after = after.and_then(|after| Duration::try_from(after).ok());
            Outcome::Later { after, why, answered: true }
        }
        Reading::LoginFirst => Outcome::Later { after: None, why: LOGIN_AGAIN.to_owned(), answered: true },
    }
}

/// Seals on a thread that may be kept busy: a picture under RSA takes ten milliseconds and more.
async fn seal(
    uplink: &Arc<Uplink>,
    entry: &Arc<Entry>,
    picture: Option<Bytes>,
    own: Arc<dyn Credential>,
) -> Result<http::Request<Bytes>, CannotSeal> {
    let (uplink, entry) = (Arc::clone(uplink), Arc::clone(entry));
    let sealing = tokio::task::spawn_blocking(move || {
        let outgoing = Outgoing {
            report: &entry.report,
            lot_id: &uplink.lot_id,
            lot_kind: uplink.lot_kind,
            picture: picture.as_deref(),
        };
        uplink.standard.seal(outgoing, &*own, uplink.clock.now()).map(|sealed| sealed.request)
    });
    sealing.await.unwrap_or_else(|broken| {
        Err(CannotSeal::Unfit { field: "report", problem: format!("it could not be sealed: {broken}") })
    })
}
