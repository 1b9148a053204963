//! What is made of an event beside its passage: the photos, and words in the memo.

use super::Made;
use super::recent::{Past, Shot};
use crate::devices::{CameraEvent, PICTURES_MAX};
use bowei_encoding::picture::media_type;
use bowei_encoding::sha256_hex;
use bowei_model::{LotCode, Passage, Photo, PhotoRole, Picture, Report};

/// Adds to a passage's memo.
pub(super) fn note(passage: &mut Passage, text: String) {
    passage.memo = Some(match passage.memo.take() {
        Some(memo) => format!("{memo}；{text}"),
        None => text,
    });
}

/// The photos of a passage that an event adds to those it has, numbered on from them: one of what it shows, unless the
/// event has several itself. The scene comes before the plate.
pub(super) fn photos(past: &mut Past, lot: &LotCode, event: &CameraEvent) -> Vec<Made> {
    let had: Vec<Shot> = past.shots.clone();
    let mut pictures: Vec<_> = event.pictures.iter().collect();
    pictures.sort_by_key(|picture| picture.shows);
    let mut made = Vec::new();
    for picture in pictures {
        let Some(media_type) = media_type(&picture.bytes) else { continue };
        let sha256 = sha256_hex(&picture.bytes);
        let shot = Shot::of(picture.shows, &sha256);
        let has = had.iter().any(|other| other.shows == shot.shows || other.digest == shot.digest);
        if has || past.shots.len() >= PICTURES_MAX {
            continue;
        }
        past.shots.push(shot);
        made.push(Made {
            report: Report::Photo(Photo {
                lot: lot.clone(),
                record_id: past.record_id.clone(),
                role: PhotoRole::from(past.direction),
                slot: u32::try_from(past.shots.len()).ok(),
                taken_at: Some(past.at),
                picture: Picture::Bytes {
                    sha256,
                    bytes: picture.bytes.len() as u64,
                    media_type: media_type.to_owned(),
                },
            }),
            picture: Some(picture.bytes.clone()),
        });
    }
    made
}
