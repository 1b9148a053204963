//! Cars that did not come: what counts, what does not, and what is done about it.

use super::{LOT, PARK, Scene, shown};
use bowei_store::{HEARD_PLATFORM, heard_lot};
use http::Method;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

impl Scene {
    /// The lot and the platform were there all that time.
    pub(super) async fn both_were_there(&self, from: Timestamp, minutes: i64) {
        let store = &self.city.platform.app().store;
        for minute in 0..=minutes {
            let at = from + SignedDuration::from_mins(minute);
            store.mark_heard(HEARD_PLATFORM, at).await.unwrap();
            store.mark_heard(&heard_lot(&LOT.into()), at).await.unwrap();
        }
    }

    /// The lot asks which cars of today it is to report once more: a page of them, or the code of a refusal.
    pub(super) async fn asks_what_is_missing(&self, page: u32, size: u32) -> Result<Vec<String>, i64> {
        let item = json!({"parkCode": PARK, "queryDate": &shown(self.now())[..10], "currentPage": page, "pageSize": size});
        let answer = self.vendor().say_at("replenishCarInfo", item, self.now()).await;
        match answer["code"].as_i64().unwrap() {
            0 => Ok(serde_json::from_value(answer["data"][0]["plateNoList"].clone()).unwrap()),
            code => Err(code),
        }
    }

    /// What happens by the clock.
    pub(super) async fn jobs(&self) {
        self.city.do_all_due().await;
        self.settle().await;
    }

    /// A day on which the car of that plate does not come so many times, and of which the lot has had its say.
    pub(super) async fn does_not_come(&self, plate: &str, times: usize) -> Vec<super::Driver<'_>> {
        let mut drivers = Vec::new();
        for _ in 0..times {
            let driver = self.books(plate, 30).await;
            assert_eq!(driver.state().await, "confirmed");
            self.both_were_there(self.now(), 65).await;
            self.pass_minutes(61).await;
            assert_eq!(driver.state().await, "no-show");
            self.lot.windows_end();
            drivers.push(driver);
        }
        self.asks_what_is_missing(1, 50).await.unwrap();
        self.pass_minutes(31).await;
        self.jobs().await;
        drivers
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn three_proven_no_shows_suspend_a_plate_and_an_appeal_that_is_right_ends_it() {
    let scene = Scene::with(3).await;
    scene.rules("orders_per_day = 9").await;
    let drivers = scene.does_not_come("粤B00001", 3).await;
    let last = drivers.last().unwrap();
    let seen = last.sees().await;
    let no_show = &seen["no_show"];
    assert_eq!(
        (&no_show["minutes"], &no_show["heard"], &no_show["passages"], &no_show["settled"]),
        (&json!(61), &json!(61), &json!(0), &json!(true)),
        "the driver sees what it rests on: {seen}"
    );
    assert_eq!(seen["suspended_until"], "2026-05-01T00:00:00+08:00", "until the month's end: {seen}");
    assert_eq!(seen["can_appeal"], true);
    let refused = scene.books("粤B00001", 60).await;
    scene.pass_minutes(1).await;
    assert_eq!(refused.reasons().await.last().unwrap(), "not-taken", "a stranger is told nothing of it");
    assert_eq!(scene.books("粤B00002", 60).await.state().await, "confirmed");

    let appeal = json!({"text": "道闸故障，保安让我从出口进的"});
    assert_eq!(last.call(Method::POST, "/appeal", Some(json!({"text": " "}))).await.status, 400);
    let seen = last.call(Method::POST, "/appeal", Some(appeal.clone())).await;
    assert_eq!((seen.status.as_u16(), &seen.json()["appeal"]["state"]), (200, &json!("open")));
    assert_eq!(last.call(Method::POST, "/appeal", Some(appeal)).await.status, 409, "one an order");

    let office = scene.city.token("regulator", None).await;
    let plates = scene.city.get("/api/v1/reservations/suspensions", Some(&office)).await.json();
    assert_eq!(
        (&plates["items"][0]["plate"], plates["items"][0]["orders"].as_array().unwrap().len()),
        (&json!("粤B00001"), 3),
        "{plates}"
    );
    let elsewhere = scene.city.token("regulator", Some("3305")).await;
    let none = scene.city.get("/api/v1/reservations/suspensions", Some(&elsewhere)).await.json();
    assert_eq!(none["items"], json!([]), "no order of its is at a lot that they see");
    let appealed = "/api/v1/reservations/suspensions?state=appealed";
    let plates = scene.city.get(appealed, Some(&office)).await.json();
    assert_eq!(plates["items"][0]["appeals"][0]["code"], json!(last.code), "{plates}");
    let path = format!("/api/v1/reservations/{}", last.code);
    let page = scene.city.get(&path, Some(&office)).await.json();
    assert_eq!((&page["no_show"], &page["proof"]["lacks"]), (&json!("counted"), &json!([])), "{page}");
    assert_eq!(page["legal"], json!(["decide-appeal", "end-suspension"]), "{page}");
    let decision = json!({"action": "decide-appeal", "sustained": true, "reason": "录像证实车辆到场"});
    let actions = format!("{path}/actions");
    let page = scene.city.ask_with(&office, Method::POST, &actions, Some(decision.clone())).await;
    assert_eq!((page.status.as_u16(), &page.json()["no_show"]), (200, &json!("revoked")), "{}", page.json());
    assert_eq!(scene.city.ask_with(&office, Method::POST, &actions, Some(decision)).await.status, 409);
    let seen = last.sees().await;
    assert_eq!((&seen["appeal"]["state"], &seen["suspended_until"]), (&json!("sustained"), &Value::Null));
    assert!(seen["no_show"]["revoked_at"].is_string(), "{seen}");
    assert_eq!(scene.books("粤B00001", 60).await.state().await, "confirmed");
    let audited = scene.city.audited("reservation.decide-appeal").await;
    assert_eq!(
        (audited.len(), audited[0].entry.object.as_str()),
        (1, format!("reservation:{}", last.code).as_str())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspension_ends_with_the_month_or_by_the_office() {
    let scene = Scene::with(3).await;
    scene.rules("orders_per_day = 9\nno_shows_per_month = 1").await;
    let one = scene.does_not_come("粤B00001", 1).await.remove(0);
    let other = scene.does_not_come("粤B00002", 1).await.remove(0);
    assert!(one.sees().await["suspended_until"].is_string());
    let office = scene.city.token("regulator", None).await;
    let act = json!({"action": "end-suspension", "reason": "系统误判"});
    let path = format!("/api/v1/reservations/{}/actions", one.code);
    assert_eq!(scene.city.ask_with(&office, Method::POST, &path, Some(act)).await.status, 200);
    assert_eq!(scene.books("粤B00001", 60).await.state().await, "confirmed");
    scene.settle().await;
    let still = scene.books("粤B00002", 60).await;
    scene.pass_minutes(1).await;
    assert_eq!(still.state().await, "refused", "{:?}", other.sees().await["suspended_until"]);
    scene.pass(SignedDuration::from_hours(24 * 30)).await;
    assert_eq!(scene.books("粤B00002", 60).await.state().await, "confirmed");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_counts_that_is_not_proven() {
    let scene = Scene::with(9).await;
    scene.rules("orders_per_day = 9\nno_shows_per_month = 1").await;
    let begun = scene.now();
    let quiet = scene.books("粤B00001", 60).await;
    // The lot was not heard for half an hour of the window.
    scene.both_were_there(begun, 50).await;
    scene.both_were_there(begun + SignedDuration::from_mins(80), 30).await;
    scene.pass_minutes(91).await;
    assert_eq!(quiet.state().await, "no-show");
    scene.jobs().await;
    let office = scene.city.token("regulator", None).await;
    let page = async |code: &str| {
        scene.city.get(&format!("/api/v1/reservations/{code}"), Some(&office)).await.json()
    };
    let lacks = |page: &Value| {
        let lacks = page["proof"]["lacks"].as_array().unwrap().clone();
        lacks.iter().map(|lack| lack["lack"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let shown = page(&quiet.code).await;
    assert_eq!(lacks(&shown), ["lot-away", "platform-away", "not-settled"], "{shown}");
    scene.asks_what_is_missing(1, 50).await.unwrap();
    scene.pass_minutes(31).await;
    scene.jobs().await;
    let shown = page(&quiet.code).await;
    assert_eq!(
        (lacks(&shown), &shown["no_show"]),
        (vec!["lot-away".into(), "platform-away".into()], &json!("suspected"))
    );
    assert_eq!(quiet.sees().await["no_show"], Value::Null);
    assert_eq!(quiet.sees().await["can_appeal"], false);
    // After two days it never will be.
    scene.pass(SignedDuration::from_hours(49)).await;
    scene.jobs().await;
    assert_eq!(page(&quiet.code).await["no_show"], "dropped");
    assert_eq!(scene.books("粤B00001", 60).await.state().await, "confirmed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plate_misread_is_no_proof() {
    let scene = Scene::with(9).await;
    scene.rules("no_shows_per_month = 1").await;
    let driver = scene.books("粤B00001", 60).await;
    scene.both_were_there(scene.now(), 130).await;
    scene.pass_minutes(60).await;
    scene.enters("R-1", "粤B00007", scene.now(), None).await;
    scene.pass_minutes(31).await;
    assert_eq!(driver.state().await, "no-show");
    scene.asks_what_is_missing(1, 50).await.unwrap();
    scene.pass_minutes(31).await;
    scene.jobs().await;
    assert_eq!(driver.sees().await["no_show"], Value::Null, "that may have been this car");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_comes_late_takes_a_no_show_back() {
    let scene = Scene::with(3).await;
    scene.rules("orders_per_day = 9\nno_shows_per_month = 1").await;
    let came_at = scene.within(25);
    let driver = scene.does_not_come("粤B00001", 1).await.remove(0);
    assert!(driver.sees().await["suspended_until"].is_string());
    // What the lot had kept to itself.
    scene.enters("R-1", "粤B00001", came_at, Some(&driver.code)).await;
    let seen = driver.sees().await;
    assert_eq!((&seen["state"], &seen["suspended_until"]), (&json!("entered"), &Value::Null), "{seen}");
    assert!(seen["no_show"]["revoked_at"].is_string(), "{seen}");
    assert_eq!(scene.books("粤B00001", 90).await.state().await, "confirmed");
}
