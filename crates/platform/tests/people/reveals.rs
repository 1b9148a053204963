//! Plates and pictures: masked for every person, shown one by one for a reason, and each look in the audit.

use crate::support::City;
use crate::support::person::{PASSWORD, without_second_factor};
use crate::support::{entry, jpeg, photo};
use bowei_store::verify_audit;
use http::Method;
use jiff::SignedDuration;
use serde_json::{Value, json};

async fn city() -> City {
    let city = City::with(without_second_factor()).await;
    let lot = city.lot_of("hz-demo");
    city.say(&lot, &entry("330502-001", "R1", 0, 199)).await;
    let (report, picture) = (photo("330502-001", "R1", &jpeg(20_000)), jpeg(20_000));
    city.send(lot.seal(&report, &picture, bowei_platform::Clock::now(city.clock.as_ref()))).await;
    city
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_sees_a_plate_for_a_reason_and_the_auditor_sees_that() {
    let city = city().await;
    let officer = city.person("regulator", Some("330502")).await;
    let sessions = city.read(&officer, "/api/v1/lots/330502-001/sessions").await;
    assert!(!String::from_utf8_lossy(&sessions.bytes).contains("浙E12345"));
    assert_eq!(sessions.json()["items"][0]["plate"], "浙E·**345");
    let ask = |body: Value| city.ask(&officer, Method::POST, "/api/v1/reveals", Some(body));
    for reason in ["", "看看", "    x   "] {
        let unfit = ask(json!({"lot": "330502-001", "record_id": "R1", "reason": reason})).await;
        assert_eq!(unfit.json()["errors"][0]["pointer"], "#/reason", "{reason}");
    }
    assert!(city.audited("plate.reveal").await.is_empty());
    let seen =
        ask(json!({"lot": "330502-001", "record_id": "R1", "reason": "核对投诉车辆", "case": "C-7"})).await;
    assert_eq!((seen.status.as_u16(), &seen.json()["plate"]), (200, &json!("浙E12345")));
    let auditor = city.person("auditor", None).await;
    let audit = city.read(&auditor, "/api/v1/audit?action=plate.reveal").await.json();
    let item = &audit["items"][0];
    assert_eq!(
        (&item["user"], &item["object"]),
        (&json!("regulator-330502"), &json!("lot:330502-001/record:R1"))
    );
    assert_eq!(item["after"], json!({"reason": "核对投诉车辆", "case": "C-7"}));
    assert!(!audit.to_string().contains("浙E12345"));
    // Neither another's lot nor a record that there is not.
    for (lot, record) in
        [("330521-007", "R1"), ("330502-001", "R2"), ("330502-001", "浙E·**345-in-1775002530")]
    {
        let body = json!({"lot": lot, "record_id": record, "reason": "核对投诉车辆"});
        assert_eq!(ask(body).await.status, 404, "{lot} {record}");
    }
    assert!(verify_audit(city.platform.app().store.as_ref(), &[]).await.unwrap().fault.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_s_link_is_one_person_s_for_a_minute() {
    let city = city().await;
    let (officer, other) = (city.person("operator", None).await, city.person("regulator", None).await);
    let sessions = city.read(&officer, "/api/v1/lots/330502-001/sessions").await.json();
    let id = sessions["items"][0]["photos"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(city.read(&officer, &format!("/api/v1/photos/{id}")).await.status, 403);
    let body = json!({"photo": id, "reason": "核对投诉车辆"});
    let link = city.ask(&officer, Method::POST, "/api/v1/reveals", Some(body)).await.json();
    let url = link["url"].as_str().unwrap();
    let shown = city.read(&officer, url).await;
    assert_eq!((shown.status.as_u16(), shown.bytes.as_ref()), (200, jpeg(20_000).as_slice()));
    assert_eq!(city.read(&other, url).await.status, 404);
    assert_eq!(city.read(&officer, "/api/v1/reveals/made-up").await.status, 404);
    city.clock.turn(SignedDuration::from_secs(61));
    assert_eq!(city.read(&officer, url).await.status, 404);
    assert_eq!(city.audited("photo.reveal").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_password_is_asked_for_again_and_searching_by_plate_needs_a_reason() {
    let city = city().await;
    let officer = city.person("operator", None).await;
    city.clock.turn(SignedDuration::from_mins(6));
    let body = json!({"lot": "330502-001", "record_id": "R1", "reason": "核对投诉车辆"});
    let reveal = || city.ask(&officer, Method::POST, "/api/v1/reveals", Some(body.clone()));
    assert_eq!(reveal().await.json()["code"], "password-needed");
    let confirm = |password: &str| {
        city.ask(&officer, Method::POST, "/api/v1/me/confirm", Some(json!({"password": password})))
    };
    assert_eq!(confirm("Ab3-not-mine").await.status, 401);
    assert_eq!(confirm(PASSWORD).await.status, 204);
    assert_eq!(reveal().await.status, 200);
    let search = async |reason: &str| {
        let path = format!("/api/v1/lots/330502-001/sessions?plate=%E6%B5%99E12345&reason={reason}");
        city.read(&officer, &path).await
    };
    assert_eq!(search("").await.status, 400);
    let found = search("stolen%20car").await.json();
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    let trace = &city.audited("plate.search").await[0].entry;
    assert!(trace.after.contains("stolen car") && !trace.after.contains("12345"), "{}", trace.after);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_program_reads_of_plates_is_in_the_audit_too() {
    let city = city().await;
    let token = city.token("operator", None).await;
    let read = city.get("/api/v1/lots/330502-001/sessions?plate=%E6%B5%99E12345", Some(&token)).await;
    assert!(String::from_utf8_lossy(&read.bytes).contains("浙E12345"));
    let trace = &city.audited("plates.read").await[0].entry;
    assert!(trace.user.starts_with("tk-") && trace.object.contains("330502-001"), "{trace:?}");
    // Neither what shows none, nor who sees none.
    city.get("/api/v1/lots", Some(&token)).await;
    city.get("/api/v1/lots/330502-001/sessions", Some(&city.token("viewer", None).await)).await;
    city.get("/api/v1/lots/nothing/sessions", Some(&token)).await;
    assert_eq!(city.audited("plates.read").await.len(), 1);
}
