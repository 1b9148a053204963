//! Lots that number themselves, lots that are numbered here, and what has no interface.

use crate::support;

use axum::body::Body;
use http::{Method, Request};
use jiff::SignedDuration;
use serde_json::{Value, json};
use support::City;
use support::speaker::Speaker;
use support::vendor::{Vendor, park_info};

/// Two vendors that number their lots alike, and a third that only has off-peak offers.
const VENDORS: &str = r#"
[[provider]]
code = "one"
name = "甲停车"
[provider.shenzhen]
user_id = "sz-one"
password = "1"

[[provider]]
code = "two"
name = "乙停车"
[provider.shenzhen]
user_id = "sz-two"
password = "2"

[[provider]]
code = "sharing"
name = "错峰共享"
[provider.shenzhen]
user_id = "sz-sharing"
password = "3"
"#;

async fn lots(city: &City) -> Vec<Value> {
    let token = city.token("operator", None).await;
    city.get("/api/v1/lots", Some(&token)).await.json()["items"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_vendors_number_their_lots_alike_and_each_has_its_own() {
    let city = City::with(support::at_once()).await;
    city.apply(VENDORS, SignedDuration::ZERO).await;
    let one = Vendor::log_in(&city, "sz-one", "1").await;
    let two = Vendor::log_in(&city, "sz-two", "2").await;
    // A new lot begins with its pictures: 表 16 names the id that 表 15 gave.
    for vendor in [&two, &one] {
        let answer = vendor.picture("P001", "p1").await;
        assert_eq!(answer["code"], 0, "{answer}");
    }
    for (vendor, name) in [(&one, "甲一号"), (&two, "乙一号")] {
        let answer = vendor.say("parkInfo", park_info("P001", name)).await;
        assert_eq!(answer["code"], 0, "{answer}");
    }
    let spaces = |free: i64| {
        json!({ "parkCode": "P001", "usedStalls": 50 - free, "reservedStalls": 0, "usedCharingStalls": 0, "unusedCharingStalls": 0,
            "unusedStalls": free, "unusedReservableStalls": 0 })
    };
    for (vendor, free) in [(&one, 7), (&two, 33)] {
        let answer = vendor.say("parkSpaceInfo", spaces(free)).await;
        assert_eq!(answer["code"], 0, "{answer}");
    }
    let lots = lots(&city).await;
    let called =
        |name: &str| lots.iter().find(|lot| lot["name"] == name).unwrap_or_else(|| panic!("{lots:#?}"));
    for (name, provider, free) in [("甲一号", "one", 7), ("乙一号", "two", 33)] {
        let lot = called(name);
        assert_eq!(
            (lot["provider"].as_str(), lot["reported"].as_i64()),
            (Some(provider), Some(free)),
            "{lot:#}"
        );
    }
    // Each picture is at its own vendor's lot.
    assert_ne!(called("甲一号")["code"], called("乙一号")["code"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_invents_lots_fills_no_disk_with_their_pictures() {
    let city = City::new().await;
    city.apply(VENDORS, SignedDuration::ZERO).await;
    let one = Vendor::log_in(&city, "sz-one", "1").await;
    let mut taken = 0;
    for lot in 0..1_000 {
        let answer = one.picture(&format!("X{lot}"), "p1").await;
        if answer["code"] != 0 {
            break;
        }
        taken += 1;
    }
    assert!((200..300).contains(&taken), "{taken}");
    // The lots that are known are served on.
    assert_eq!(one.say("parkInfo", park_info("P001", "甲一号")).await["code"], 0);
    assert_eq!(one.picture("P001", "p2").await["code"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_third_party_s_right_is_off_peak_alone_and_shuts_nobody_out() {
    let city = City::new().await;
    city.apply(VENDORS, SignedDuration::ZERO).await;
    let charger = "[[provider]]\ncode = \"charger\"\nname = \"充电\"\n[provider.yunkuaichong]\nport_name = \"gate\"\n\
                   key = \"k\"\n";
    let lot = "[[lot]]\ncode = \"sz-1\"\nprovider = \"one\"\nname = \"甲\"\nkind = \"off-street\"\n\
               district = \"440305\"\nlongitude = 113.9\nlatitude = 22.5\nspaces_total = 50\n\
               off_peak_parties = [\"sharing\"]\nids = { shenzhen = \"P1\", yunkuaichong = \"Y1\" }\n";
    let handed_out = city.apply(&format!("{charger}{lot}"), SignedDuration::ZERO).await;
    let sharing = Vendor::log_in(&city, "sz-sharing", "3").await;
    let order = json!({
        "parkCode": "P1", "isvCode": "isv-0001", "packageCode": "PKG-1", "orderNo": "O-1", "plateNo": "粤BD12345",
        "orderAmount": "12.50", "orderStatus": 1
    });
    assert_eq!(sharing.say("offPeakOrder", order.clone()).await["code"], 0);
    let two = Vendor::log_in(&city, "sz-two", "2").await;
    assert_eq!(two.say("offPeakOrder", order).await["code"], 1101, "nobody gave that right to this one");
    let entry = json!({
        "parkCode": "P1", "id": "R-1", "plateNo": "粤B12345", "enterTime": "2026-04-01 08:15:30",
        "entryCarPhotoId": "P-1", "entranceCode": "G00001"
    });
    assert_eq!(sharing.say("enterRecord", entry).await["code"], 1101);
    assert_eq!(sharing.picture("P1", "p1").await["code"], 0, "a picture of a lot of its own of that number");
    // The charging operator speaks of it as before.
    let operator = Speaker::of(&handed_out, "charger", "yunkuaichong");
    let record = bowei_model::ChargingRecord {
        lot: "sz-1".into(),
        ..serde_json::from_value(json!({
            "order_no": "C1", "lot": "sz-1", "plate": "粤BD12345", "started_at": "2026-04-01T07:00:00+08:00",
            "ended_at": "2026-04-01T08:00:00+08:00", "energy_kwh": "20.00", "electricity_fee": "10.00",
            "service_fee": "2.00", "total_fee": "12.00", "station": "Y1", "device": "1"
        }))
        .unwrap()
    };
    let reading = operator.say(&city, &bowei_model::Report::ChargingRecord(record), "Y1", None).await;
    assert_eq!(reading, bowei_standards::lot_side::Reading::Accepted);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lot_without_an_id_gets_one_that_stays_and_is_nobody_else_s() {
    let city = City::new().await;
    let lot = |code: &str, ids: &str| {
        format!(
            "[[lot]]\ncode = \"{code}\"\nprovider = \"hz-demo\"\nname = \"新\"\nkind = \"off-street\"\n\
             district = \"330502\"\nlongitude = 120.0\nlatitude = 30.8\nspaces_total = 20\n{ids}\n"
        )
    };
    let file: String = (0..200).map(|number| lot(&format!("new-{number}"), "")).collect();
    let handed_out = city.apply(&file, SignedDuration::ZERO).await;
    let made: Vec<_> = handed_out.lots.iter().map(|lot| lot.ids["huzhou"].clone()).collect();
    assert_eq!(made.len(), 200);
    assert_eq!(made.iter().collect::<std::collections::BTreeSet<_>>().len(), 200, "each is one lot's alone");
    assert!(made.iter().all(|id| id.starts_with("HZ330502") && id.len() == 14), "{made:?}");
    // Applied again, with another name for one: the ids stay as they were handed out.
    let again = city.apply(&file.replace("新", "旧"), SignedDuration::ZERO).await;
    assert!(again.lots.is_empty(), "{:?}", again.lots);
    let app = city.platform.app();
    assert_eq!(app.registry.snapshot().lots_by_id("huzhou", &made[0])[0].name, "旧");
    // What is another's is refused, whoever gives it.
    let taken = lot("other", "ids = { huzhou = \"HZ330502001\" }");
    let nobody = bowei_platform::accounts::Source::default();
    let refused = bowei_platform::registry::apply::apply(
        app.store.as_ref(),
        app.registry.key(),
        &taken,
        SignedDuration::ZERO,
        app.clock.now(),
        &nobody,
    );
    let words = refused.await.unwrap_err().to_string();
    assert!(
        words.contains("330502-001") && words.contains("other") && words.contains("HZ330502001"),
        "{words}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slip_in_a_path_is_the_path_and_an_unknown_interface_is_answered_in_the_standard_s_form() {
    let city = City::new().await;
    let send = async |method: Method, path: &str| {
        let request = Request::builder().method(method).uri(path).body(Body::from("{}")).unwrap();
        let answer = city.send(request).await;
        (answer.status.as_u16(), String::from_utf8(answer.bytes.to_vec()).unwrap())
    };
    let (_, plain) = send(Method::POST, "/api/parkinglot/in").await;
    for slip in ["//api/parkinglot/in", "/api/parkinglot/in/", "/API/ParkingLot/In", "/api/%20parkinglot/in"]
    {
        assert_eq!(send(Method::POST, slip).await.1, plain, "{slip}");
    }
    for (method, path, words) in [
        (Method::POST, "/api/parkinglot/enter", "没有此接口"),
        (Method::GET, "/api/parkinglot/in", "请求方式"),
        (Method::POST, "/dataReceive/v1/nothing", "没有此接口"),
        (Method::PUT, "/nbyd-parkpot-service/parkpot/time", "请求方式"),
        (Method::GET, "/park/nothing", "没有此接口"),
        (Method::POST, "/parkpot-service/other", "没有此接口"),
    ] {
        let (status, answer) = send(method, path).await;
        assert_eq!(status, 200, "{path}: {answer}");
        assert!(answer.contains(words), "{path}: {answer}");
    }
    // What is no standard's is as it was.
    assert_eq!(send(Method::POST, "/nothing").await.0, 404);
    let (status, answer) = send(Method::POST, "/api/v1/nothing").await;
    assert!(status == 404 && answer.contains("没有此地址"), "{status}: {answer}");
    assert_eq!(send(Method::DELETE, "/open/v1/lots").await.0, 405);
    // All of it stands in the inspector.
    city.platform.app().store.flush().await.unwrap();
    let token = city.token("operator", None).await;
    let noted = city.get("/api/v1/reports?outcome=refused", Some(&token)).await.json();
    let noted: Vec<_> = noted["items"].as_array().unwrap().iter().map(|item| item["path"].clone()).collect();
    for path in ["//api/parkinglot/in", "/api/parkinglot/enter", "/dataReceive/v1/nothing", "/park/nothing"] {
        assert!(noted.contains(&path.into()), "{path} in {noted:?}");
    }
}
