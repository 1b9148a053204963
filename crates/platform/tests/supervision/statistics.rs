//! Figures of a period, and a notice made of them.

use crate::support::person::without_second_factor;
use crate::support::{City, entry, exit};
use http::Method;
use jiff::SignedDuration;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_month_is_put_in_figures_printed_and_made_a_notice_of() {
    let mut config = without_second_factor();
    let set = |text: &str| Some(text.to_owned());
    config.papers.agency = set("湖州市综合行政执法局");
    config.papers.number_prefix = set("湖综执停");
    let city = City::with(config).await;
    let lot = city.lot_of("hz-demo");
    for minute in 0..20 {
        city.say(&lot, &entry("330502-001", &format!("R{minute}"), minute, 199)).await;
        city.clock.turn(SignedDuration::from_secs(60));
        city.say(&lot, &exit("330502-001", &format!("R{minute}"), minute, minute + 1, 199)).await;
    }
    city.clock.turn(SignedDuration::from_hours(24));
    city.do_all_due().await;
    let officer = city.person("regulator", None).await;
    let figures = city.read(&officer, "/api/v1/statistics?period=2026-04").await;
    assert_eq!(figures.status, 200, "{}", figures.json());
    let row = figures.json()["rows"][0].clone();
    assert_eq!((&row["now"]["entries"], &row["now"]["exits"]), (&json!(20), &json!(20)), "{row}");
    assert_eq!(row["now"]["occupancy_by_hour"].as_array().unwrap().len(), 24);
    assert_eq!(row["before"]["entries"], 0);
    let own = city.person("provider:hz-other", None).await;
    let others = city.read(&own, "/api/v1/statistics?period=2026-04&group=lot").await.json();
    assert!(others["rows"].as_array().unwrap().iter().all(|row| row["id"] == "330522-001"), "{others}");
    assert_eq!(city.read(&officer, "/api/v1/statistics?period=2026-4").await.status, 400);
    let book = city.read(&officer, "/api/v1/statistics?period=2026-04&group=lot&format=xlsx").await;
    assert!(book.bytes.starts_with(b"PK"), "{}", String::from_utf8_lossy(&book.bytes));
    let page = city.read(&officer, "/api/v1/statistics?period=2026-04&format=page").await;
    assert!(String::from_utf8_lossy(&page.bytes).contains("停车数据报表"), "{}", page.status);
    // One step from a month's rates to a notice, which does not change.
    let issue = async |body| city.ask(&officer, Method::POST, "/api/v1/notices", Some(body)).await;
    let draft = issue(json!({"period": "2026-04", "draft": true})).await;
    assert!(String::from_utf8_lossy(&draft.bytes).contains("通报"), "{}", draft.status);
    let issued = issue(json!({"period": "2026-04"})).await;
    assert_eq!(issued.status, 201, "{}", issued.json());
    assert_eq!(issued.json()["number"], "湖综执停〔2026〕1号");
    assert!(!issue(json!({"period": "2026-04"})).await.status.is_success(), "once a period");
    let id = issued.json()["id"].as_str().unwrap().to_owned();
    let printed = city.read(&own, &format!("/api/v1/notices/{id}/document")).await;
    assert!(String::from_utf8_lossy(&printed.bytes).contains("〔2026〕1号"));
}
