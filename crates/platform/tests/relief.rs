//! Charging relief: a lot's rules with since when, what they come to, and who is told.

use crate::support::speaker::{MIXED, Speaker};
use crate::support::{Answer, City, at, entry, exit};
use bowei_model::{ChargingRecord, Plate, Report};
use bowei_standards::lot_side::Reading;
use jiff::SignedDuration;
use serde_json::{Value, json};

const LOT: &str = "330502-001";

struct Scene {
    city: City,
    charger: Speaker,
    operator: String,
    provider: String,
}

impl Scene {
    /// The lot has an id in the chargers' standard.
    async fn new() -> Self {
        let city = City::new().await;
        let handed_out = city.apply(MIXED, SignedDuration::ZERO).await;
        let charger = Speaker::of(&handed_out, "charger", "yunkuaichong");
        let (operator, provider) =
            (city.token("operator", None).await, city.token("provider:hz-demo", None).await);
        let scene = Self { city, charger, operator, provider };
        let ids = json!({ "ids": { "yunkuaichong": "3305020001" } });
        assert_eq!(scene.change(&scene.operator, ids).await.status, 200);
        scene
    }

    async fn change(&self, token: &str, body: Value) -> Answer {
        self.city.patch(&format!("/api/v1/lots/{LOT}"), token, &body.to_string()).await
    }

    async fn gives(&self, minutes: u32, from_kwh: &str, once_a_day: bool) {
        let rules =
            json!({ "free_minutes_while_charging": minutes, "from_kwh": from_kwh, "once_a_day": once_a_day });
        let answer = self.change(&self.provider, json!({ "charging_relief": rules })).await;
        assert_eq!(answer.status, 200, "{}", answer.json());
    }

    /// The car stays and charges in between, in minutes of the morning.
    async fn stay(&self, record: &str, (from, to): (i64, i64), charges: &[(&str, i64, i64, &str)]) {
        let lot = self.city.lot_of("hz-demo");
        self.city.say(&lot, &entry(LOT, record, from, 100)).await;
        self.city.say(&lot, &exit(LOT, record, from, to, 101)).await;
        for (order_no, from, to, kwh) in charges {
            let charged = ChargingRecord {
                lot: LOT.into(),
                order_no: (*order_no).to_owned(),
                plate: Plate::read("浙E12345"),
                started_at: at(*from),
                ended_at: at(*to),
                energy_kwh: Some(kwh.parse().unwrap()),
                electricity_fee: Some("10.00".parse().unwrap()),
                service_fee: Some("2.00".parse().unwrap()),
                total_fee: Some("12.00".parse().unwrap()),
                station: "S1".to_owned(),
                device: "D1".to_owned(),
                berth: None,
            };
            let report = Report::ChargingRecord(charged);
            let reading = self.charger.say(&self.city, &report, "3305020001", None).await;
            assert_eq!(reading, Reading::Accepted, "{order_no}");
        }
    }

    async fn relief(&self, token: &str, record: &str) -> Answer {
        self.city.get(&format!("/api/v1/relief?lot={LOT}&record_id={record}"), Some(token)).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_off_is_what_the_rules_of_then_say() {
    let scene = Scene::new().await;
    scene.city.clock.turn(SignedDuration::from_mins(-60));
    scene.gives(45, "10.5", true).await;
    scene.city.clock.turn(SignedDuration::from_hours(12));
    scene.stay("R1", (0, 120), &[("C1", 10, 40, "5.25"), ("C2", 50, 80, "5.25")]).await;
    scene.stay("R2", (200, 300), &[("C3", 210, 240, "20.00")]).await;
    scene.stay("R3", (400, 500), &[]).await;
    let given = scene.relief(&scene.operator, "R1").await.json();
    assert_eq!(given["relief"], json!({ "minutes": 45, "kwh": "10.50", "orders": ["C1", "C2"] }));
    let rules = json!({ "free_minutes_while_charging": 45, "from_kwh": "10.5", "once_a_day": true });
    assert_eq!((&given["why"], &given["rules"]), (&Value::Null, &rules));
    for (record, why) in [("R2", "had-today"), ("R3", "no-charge")] {
        let none = scene.relief(&scene.operator, record).await.json();
        assert_eq!((&none["relief"], &none["why"]), (&Value::Null, &json!(why)), "{record}");
    }
    // Beside the stay.
    let sessions =
        scene.city.get(&format!("/api/v1/lots/{LOT}/sessions"), Some(&scene.operator)).await.json();
    let shown: Vec<_> = sessions["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (item["record_id"].clone(), item["charging_relief"]["minutes"].clone()))
        .collect();
    assert_eq!(shown, [(json!("R3"), Value::Null), (json!("R2"), Value::Null), (json!("R1"), json!(45))]);
    // Rules that come now are not for stays that began before.
    scene.gives(30, "0", false).await;
    assert_eq!(scene.relief(&scene.operator, "R1").await.json()["relief"]["minutes"], 45);
    assert_eq!(scene.relief(&scene.operator, "R2").await.json()["why"], "had-today");
    scene.city.clock.turn(SignedDuration::from_mins(1));
    scene.gives(0, "0", false).await;
    let lot = scene.city.get(&format!("/api/v1/lots/{LOT}"), Some(&scene.operator)).await.json();
    assert_eq!(lot["charging_relief"], Value::Null);
    let path = format!("/api/v1/lots/{LOT}/history");
    let history = scene.city.get(&path, Some(&scene.operator)).await.json();
    let changes = history["items"].as_array().unwrap().iter().filter(|entry| {
        entry["changes"].as_array().unwrap().iter().any(|change| change["field"] == "charging_relief")
    });
    assert_eq!(changes.count(), 3, "{history}");
    // A registry file says nothing of it, and takes nothing away.
    let app = scene.city.platform.app();
    let before = app.registry.snapshot().lots[&LOT.into()].charging_relief.clone();
    scene.city.apply(crate::support::REGISTRY, SignedDuration::ZERO).await;
    assert_eq!(app.registry.snapshot().lots[&LOT.into()].charging_relief, before);
    assert_eq!(before.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lot_that_gives_nothing_and_one_that_is_not_seen() {
    let scene = Scene::new().await;
    scene.stay("R1", (0, 120), &[("C1", 10, 40, "25")]).await;
    assert_eq!(scene.relief(&scene.provider, "R1").await.json()["why"], "no-rules");
    assert_eq!(scene.relief(&scene.provider, "R9").await.status, 404);
    let other = scene.city.token("provider:hz-other", None).await;
    assert_eq!(scene.relief(&other, "R1").await.status, 404);
    for (rules, words) in [
        (json!({ "free_minutes_while_charging": 10_081, "from_kwh": "1", "once_a_day": true }), "10080"),
        (json!({ "free_minutes_while_charging": 10, "from_kwh": "-1", "once_a_day": true }), "from_kwh"),
        (json!({ "free_minutes_while_charging": 10, "from_kwh": "0.001", "once_a_day": true }), "from_kwh"),
        (json!({ "free_minutes_while_charging": 10, "from_kwh": "1001", "once_a_day": true }), "from_kwh"),
        (json!({ "free_minutes_while_charging": 10, "from_kwh": "1" }), "once_a_day"),
    ] {
        let answer = scene.change(&scene.provider, json!({ "charging_relief": rules })).await;
        assert_eq!(answer.status, 400);
        assert!(answer.json()["detail"].as_str().unwrap().contains(words), "{words}: {}", answer.json());
    }
}
