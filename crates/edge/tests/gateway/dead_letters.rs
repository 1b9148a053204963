//! What platforms refused for good: listed, mended, sent once more.

use crate::gateway::harness::{Lot, entry, picture, plate};
use crate::gateway::platform::{Arrived, Platform, Say};
use bowei_model::Report;
use http::StatusCode;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(5);

/// A lot whose records R1, R2 and so on are refused for what they say, while others are taken.
async fn refused(standard: &str) -> (Lot, Arc<Platform>) {
    let (lot, platform) = Lot::with(standard).await;
    lot.pass(SOON).await;
    platform.answers(|arrived| match arrived.reports().first() {
        Some(report @ (Report::Passage(_) | Report::Photo(_)))
            if report.record_id().is_some_and(|id| id.starts_with('R')) =>
        {
            Say::Refuse("内容有误")
        }
        _ => Say::Take,
    });
    (lot, platform)
}

/// Another car, of which the platform has nothing to say.
async fn another(lot: &Lot, number: u32) {
    lot.pass(Duration::from_millis(300)).await;
    lot.says(entry(&format!("X{number}"), 50_000 + number, lot.now())).await;
    lot.pass(SOON).await;
}

#[tokio::test(start_paused = true)]
async fn they_are_listed_with_the_platforms_words() {
    let (lot, _) = refused("ningbo").await;
    for car in 1..=3 {
        lot.says(entry(&format!("R{car}"), car, lot.now())).await;
        another(&lot, car).await;
    }
    let letters = lot.dead_letters().await;
    assert_eq!(letters.len(), 3);
    let newest = &letters[0];
    assert_eq!((&newest["record_id"], &newest["kind"]), (&json!("R3"), &json!("entry")), "the newest first");
    assert_eq!((&newest["uplink"], &newest["has_picture"]), (&json!("ningbo"), &json!(false)));
    assert!(newest["why"].as_str().unwrap().contains("内容有误") && newest["refused_at"].is_string());
    assert_eq!(newest["report"]["plate"], plate(3));
    let page = lot.get("/v1/dead-letters?limit=2").await.json();
    assert_eq!(page["items"].as_array().unwrap().len(), 2);
    let next = page["next"].as_u64().unwrap();
    let page = lot.get(&format!("/v1/dead-letters?limit=2&after={next}")).await.json();
    assert_eq!((&page["items"][0]["record_id"], &page["next"]), (&json!("R1"), &Value::Null));
    assert_eq!(lot.uplink("ningbo").await["dead_letters"], 3);
    let table = lot.get("/v1/dead-letters?format=csv").await;
    assert_eq!(table.headers["content-type"], "text/csv; charset=utf-8");
    let table = table.text();
    assert!(table.starts_with("\u{feff}id,uplink,kind,record_id,refused_at,code,why,report"), "{table}");
    assert_eq!(table.lines().count(), 4, "{table}");
    assert!(table.contains(&plate(2)));
}

#[tokio::test(start_paused = true)]
async fn one_goes_once_more_as_it_is_or_mended() {
    let (lot, platform) = refused("ningbo").await;
    lot.says(json!([entry("R1", 1, lot.now()), entry("R2", 2, lot.now())])).await;
    another(&lot, 1).await;
    platform.takes_all();
    platform.forget_arrived();
    let letters = lot.dead_letters().await;
    let id_of = |record: &str| letters.iter().find(|it| it["record_id"] == record).unwrap()["id"].clone();
    let retry = |id: &Value| format!("/v1/dead-letters/{id}/retry");
    let answer = lot.post(&retry(&id_of("R1")), "").await;
    assert_eq!((answer.status, &answer.json()["retried"]), (StatusCode::OK, &id_of("R1")));
    let bad = lot.post(&retry(&id_of("R2")), json!({ "kind": "entry" }).to_string()).await;
    assert_eq!(bad.status, StatusCode::BAD_REQUEST);
    let mut mended = entry("R2", 22, lot.now());
    mended["memo"] = json!("车牌更正");
    assert_eq!(lot.post(&retry(&id_of("R2")), mended.to_string()).await.status, StatusCode::OK);
    lot.pass(SOON).await;
    // Of two sessions neither waits for the other.
    let mut plates = platform.plates();
    plates.sort();
    assert_eq!(plates, [plate(1), plate(22)]);
    assert_eq!(lot.dead_letters().await, [Value::Null; 0]);
    for gone in ["/v1/dead-letters/1/retry", "/v1/dead-letters/99/retry"] {
        assert_eq!(lot.post(gone, "").await.status, StatusCode::NOT_FOUND, "{gone}");
    }
    let mended = entry("R1", 1, lot.now()).to_string();
    assert_eq!(lot.post("/v1/dead-letters/1/retry", mended).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(start_paused = true)]
async fn one_that_is_refused_again_is_a_dead_letter_again() {
    let (lot, platform) = refused("ningbo").await;
    lot.says(entry("R1", 1, lot.now())).await;
    another(&lot, 1).await;
    let first = lot.dead_letters().await[0]["id"].as_u64().unwrap();
    lot.post(&format!("/v1/dead-letters/{first}/retry"), "").await;
    another(&lot, 2).await;
    let letters = lot.dead_letters().await;
    assert_eq!(letters.len(), 1);
    assert!(letters[0]["id"].as_u64().unwrap() > first);
    assert_eq!(platform.plates(), [plate(50_001), plate(50_002)]);
}

#[tokio::test(start_paused = true)]
async fn one_is_set_aside_with_a_reason_and_stays_so() {
    let (mut lot, platform) = refused("ningbo").await;
    lot.says(entry("R1", 1, lot.now())).await;
    another(&lot, 1).await;
    let id = lot.dead_letters().await[0]["id"].clone();
    let close = format!("/v1/dead-letters/{id}/close");
    for nothing in ["{}", "{\"reason\":\"  \"}", "{\"reason\":\"x\",\"more\":1}"] {
        assert_eq!(lot.post(&close, nothing).await.status, StatusCode::BAD_REQUEST, "{nothing}");
    }
    let because = json!({ "reason": "测试数据，无需上报" }).to_string();
    assert_eq!(lot.post(&close, because.clone()).await.json()["closed"], id);
    assert_eq!(lot.post(&close, because).await.status, StatusCode::NOT_FOUND);
    platform.takes_all();
    lot.restart().await;
    another(&lot, 2).await;
    assert_eq!(lot.dead_letters().await, [Value::Null; 0]);
    assert_eq!(platform.plates(), [plate(50_001), plate(50_002)], "it was not sent");
}

#[tokio::test(start_paused = true)]
async fn a_mended_photo_keeps_its_picture() {
    let (mut lot, platform) = refused("huzhou").await;
    lot.shows("R1", "entry", picture(7)).await;
    another(&lot, 1).await;
    let letter = lot.dead_letters().await.remove(0);
    assert_eq!((&letter["kind"], &letter["has_picture"]), (&json!("photo"), &json!(true)));
    // Days may go by until somebody looks.
    lot.restart().await;
    platform.takes_all();
    let mut mended = letter["report"].clone();
    mended["record_id"] = json!("R2");
    let answer = lot.post(&format!("/v1/dead-letters/{}/retry", letter["id"]), mended.to_string()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    lot.pass(SOON).await;
    let arrived = platform.arrived();
    let of_photo = |one: &&Arrived| one.accepted && matches!(one.reports(), [Report::Photo(_)]);
    let photo = arrived.iter().find(of_photo).expect("it arrives");
    assert!(matches!(photo.reports(), [Report::Photo(photo)] if photo.record_id.as_str() == "R2"));
    assert_eq!(photo.pictures, [bytes::Bytes::from(picture(7))]);
}
