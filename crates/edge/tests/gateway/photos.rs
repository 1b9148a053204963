//! Photos that go beside their records: numbered, named, before their record where the text wants that, and no larger
//! than it takes.

use crate::gateway::harness::{Lot, entry, exit, picture};
use crate::gateway::platform::{Arrived, Platform, Say};
use bowei_model::{PhotoRole, Report};
use image::codecs::jpeg::JpegEncoder;
use image::{ImageReader, Rgb, RgbImage};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use std::io::Cursor;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

/// A picture that really is one, and hard to make small.
fn large(width: u32, height: u32) -> Vec<u8> {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let noise = RgbImage::from_fn(width, height, |_, _| Rgb(random.random::<[u8; 3]>()));
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, 90).encode_image(&noise).unwrap();
    jpeg
}

/// The photos that a platform took: side and place.
fn places(platform: &Platform) -> Vec<(PhotoRole, Option<u32>)> {
    let of = |one: &Arrived| match one.reports().first() {
        Some(Report::Photo(photo)) => Some((photo.role, photo.slot)),
        _ => None,
    };
    platform.arrived().iter().filter(|one| one.accepted).filter_map(of).collect()
}

#[tokio::test(start_paused = true)]
async fn photos_that_the_lot_does_not_number_get_places_of_their_own_by_side() {
    let (mut lot, platform) = Lot::with("ningbo").await;
    lot.says(entry("R1", 1, lot.now())).await;
    lot.shows("R1", "entry", picture(1)).await;
    lot.pass(SECOND).await;
    lot.restart().await;
    for (role, number) in [("entry", 2), ("exit", 3), ("exit", 4), ("entry", 2), ("entry", 5)] {
        lot.shows("R1", role, picture(number)).await;
        lot.pass(5 * SECOND).await;
    }
    let (entry, exit) = (PhotoRole::Entry, PhotoRole::Exit);
    let expected = [(entry, Some(1)), (entry, Some(2)), (exit, Some(1)), (exit, Some(2))];
    assert_eq!(places(&platform), expected, "the same again is the same, and a third is not for this text");
    let uplink = lot.uplink("ningbo").await;
    assert_eq!((&uplink["dead_letters"], &uplink["backlog"]), (&json!(0), &json!(0)), "{uplink}");
}

/// What a platform was told in order: records by their id and the name of their picture, pictures by their name.
fn told(platform: &Platform) -> Vec<(&'static str, String)> {
    let of = |one: &Arrived| match one.reports().first() {
        Some(Report::Passage(passage)) => Some(("record", passage.photo_id.clone().unwrap())),
        Some(Report::NamedPhoto(photo)) => Some(("picture", photo.photo_id.clone())),
        _ => None,
    };
    platform.arrived().iter().filter(|one| one.accepted).filter_map(of).collect()
}

#[tokio::test(start_paused = true)]
async fn in_shenzhen_each_picture_has_an_id_and_the_first_goes_before_its_record() {
    let (lot, platform) = Lot::with("shenzhen").await;
    lot.pass(5 * SECOND).await;
    lot.says(entry("R1", 1, lot.now())).await;
    lot.pass(SECOND).await;
    lot.shows("R1", "entry", picture(1)).await;
    lot.pass(5 * SECOND).await;
    lot.shows("R1", "entry", picture(2)).await;
    lot.pass(5 * SECOND).await;
    let all = told(&platform);
    let kinds: Vec<_> = all.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds, ["picture", "record", "picture"]);
    assert_eq!(all[0].1, all[1].1, "the record names its picture");
    assert_ne!(all[0].1, all[2].1, "another picture is another");
    // Without any it does not wait for long.
    let said = platform.age();
    lot.says(exit("R1", 1, lot.now(), lot.now())).await;
    lot.pass(10 * SECOND).await;
    let waited = platform.taken("exitRecord")[0].at - said;
    assert!(waited < 3 * SECOND, "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn a_record_that_names_its_picture_gets_it_under_that_name() {
    let (lot, platform) = Lot::with("shenzhen").await;
    lot.pass(5 * SECOND).await;
    let mut named = entry("R1", 1, lot.now());
    named["photo_id"] = json!("P-0001");
    lot.says(named).await;
    lot.shows("R1", "entry", picture(1)).await;
    lot.pass(5 * SECOND).await;
    let name = "P-0001".to_owned();
    assert_eq!(told(&platform), [("picture", name.clone()), ("record", name)]);
}

#[tokio::test(start_paused = true)]
async fn a_record_that_came_after_its_picture_names_it_as_it_was_sent() {
    for between in [0, 5] {
        let (lot, platform) = Lot::with("shenzhen").await;
        lot.pass(5 * SECOND).await;
        lot.shows("R1", "entry", picture(1)).await;
        lot.pass(between * SECOND).await;
        let mut named = entry("R1", 1, lot.now());
        named["photo_id"] = json!("P-0001");
        lot.says(named).await;
        lot.pass(5 * SECOND).await;
        let all = told(&platform);
        let kinds: Vec<_> = all.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(kinds, ["picture", "record"], "{between} s between");
        assert_eq!(all[0].1, all[1].1, "{between} s between");
        // The exit's picture is another, and its record came first.
        let mut named = exit("R1", 1, lot.now(), lot.now());
        named["photo_id"] = json!("P-0002");
        lot.says(named).await;
        lot.shows("R1", "exit", picture(2)).await;
        lot.pass(5 * SECOND).await;
        let mut exit = told(&platform).split_off(2);
        exit.sort_unstable();
        let name = "P-0002".to_owned();
        assert_eq!(exit, [("picture", name.clone()), ("record", name)]);
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_platform_finds_too_large_goes_with_a_smaller_picture() {
    let jpeg = large(1_100, 800);
    let roomy = 200 * 1_024;
    for (standard, path, most) in [
        ("huzhou", "photo/upload", roomy),
        ("ningbo", "uploadBusinessImg", roomy),
        ("shenzhen", "picture", roomy),
        ("isp", "entrance", roomy),
        // No picture that shows anything passes here: the words 无照片 do.
        ("isp", "entrance", 6 * 1_024),
    ] {
        let (lot, platform) = Lot::with(standard).await;
        lot.pass(5 * SECOND).await;
        platform.answers(move |it| if it.body.len() > most { Say::TooLarge } else { Say::Take });
        lot.says(entry("R1", 1, lot.now())).await;
        lot.shows("R1", "entry", jpeg.clone()).await;
        lot.pass(30 * SECOND).await;
        let tries = platform.received(path).len();
        assert!(tries <= 8, "{standard}: {tries} times to be halved");
        let taken = platform.taken(path);
        assert_eq!((taken.len(), platform.passages().len()), (1, 1), "{standard} {most}");
        let sent = taken[0].pictures[0].clone();
        let seen = ImageReader::new(Cursor::new(sent)).with_guessed_format().unwrap().decode().unwrap();
        assert_eq!(seen.width() > 200 && seen.height() > 150, most == roomy, "{standard}");
    }
    // A record is there whatever becomes of its picture.
    let (lot, platform) = Lot::with("ningbo").await;
    platform.answers(|it| if it.path.contains("Img") { Say::TooLarge } else { Say::Take });
    lot.says(entry("R1", 1, lot.now())).await;
    lot.shows("R1", "entry", picture(1)).await;
    lot.pass(10 * SECOND).await;
    assert_eq!(platform.passages().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn boards_and_plans_are_uploaded_under_their_names() {
    let (lot, platform) = Lot::with("shenzhen").await;
    lot.pass(5 * SECOND).await;
    let posted = lot.post("/v1/photos?photo_id=BOARD-1&shows=tariff-board", picture(1)).await;
    assert_eq!(posted.status, 200, "{}", posted.text());
    lot.pass(5 * SECOND).await;
    assert_eq!(told(&platform), [("picture", "BOARD-1".to_owned())]);
    for wrong in [
        "photo_id=B",
        "shows=plate",
        "record_id=R1&photo_id=B&role=entry&shows=plate",
        "photo_id=&shows=plate",
    ] {
        assert_eq!(lot.post(&format!("/v1/photos?{wrong}"), picture(1)).await.status, 400, "{wrong}");
    }
}

#[tokio::test(start_paused = true)]
async fn pictures_larger_than_a_text_takes_are_made_smaller() {
    let jpeg = large(1_100, 800);
    assert!((513 * 1_024..2 * 1_024 * 1_024).contains(&jpeg.len()), "{}", jpeg.len());
    for (standard, path, most) in
        [("ningbo", "uploadBusinessImg", 500), ("shenzhen", "picture", 500), ("isp", "entrance", 512)]
    {
        let (lot, platform) = Lot::with(standard).await;
        lot.pass(5 * SECOND).await;
        lot.says(entry("R1", 1, lot.now())).await;
        lot.shows("R1", "entry", jpeg.clone()).await;
        lot.pass(20 * SECOND).await;
        let sent = platform.taken(path)[0].pictures[0].clone();
        assert!(sent.len() <= most * 1_024, "{standard}: {} bytes", sent.len());
        let seen = ImageReader::new(Cursor::new(sent)).with_guessed_format().unwrap().decode().unwrap();
        assert!(seen.width() > 200 && seen.height() > 150, "{standard}");
        assert_eq!(lot.dead_letters().await, [Value::Null; 0], "{standard}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_picture_that_cannot_be_made_smaller_costs_its_record_nothing() {
    let mut broken = picture(1);
    broken.resize(600 * 1_024, 7);
    for standard in ["ningbo", "shenzhen", "isp"] {
        let (lot, platform) = Lot::with(standard).await;
        lot.pass(5 * SECOND).await;
        lot.says(entry("R1", 1, lot.now())).await;
        lot.shows("R1", "entry", broken.clone()).await;
        lot.pass(20 * SECOND).await;
        assert_eq!(platform.passages().len(), 1, "{standard}");
        let letters = lot.dead_letters().await;
        assert_eq!((letters.len(), &letters[0]["kind"]), (1, &json!("photo")), "{standard}: {letters:?}");
        assert!(letters[0]["why"].as_str().unwrap().contains("无法压缩"), "{letters:?}");
    }
}
