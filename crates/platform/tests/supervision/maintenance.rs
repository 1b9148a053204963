//! Announced maintenance, and signs of life past their time.

use crate::support::City;
use crate::support::person::without_second_factor;
use bowei_model::supervision::Minutes;
use bowei_platform::Clock as _;
use bowei_store::HEARD_PLATFORM;
use http::Method;
use jiff::SignedDuration;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn maintenance_is_announced_for_what_is_ones_own_and_for_the_future() {
    let city = City::with(without_second_factor()).await;
    let (own, other) =
        (city.person("provider:hz-demo", None).await, city.person("provider:hz-other", None).await);
    let announce = async |who, body| city.ask(who, Method::POST, "/api/v1/maintenance", Some(body)).await;
    let body = json!({
        "lots": ["330502-001"], "from": "2026-04-01T22:00:00+08:00", "to": "2026-04-02T02:00:00+08:00",
        "reason": "更换道闸",
    });
    let made = announce(&own, body.clone()).await;
    assert_eq!(made.status, 201, "{}", made.json());
    assert_eq!(made.json()["provider"], "hz-demo");
    assert_eq!(announce(&other, body).await.status, 404, "another's lot");
    for (from, to) in [
        ("2026-03-31T00:00:00+08:00", "2026-04-01T08:00:00+08:00"),
        ("2026-04-02T00:00:00+08:00", "2026-04-06T00:00:00+08:00"),
        ("2026-04-02T00:00:00+08:00", "2026-04-01T23:00:00+08:00"),
    ] {
        let body = json!({"from": from, "to": to, "reason": "更换道闸"});
        assert_eq!(announce(&own, body).await.status, 400, "{from} {to}");
    }
    let district = city.person("regulator", Some("330522")).await;
    let seen =
        async |who| city.read(who, "/api/v1/maintenance").await.json()["items"].as_array().unwrap().len();
    assert_eq!((seen(&own).await, seen(&other).await, seen(&district).await), (1, 0, 0));
    assert_eq!(
        announce(
            &district,
            json!({"from": "2026-04-01T22:00:00+08:00", "to": "2026-04-02T02:00:00+08:00", "reason": "x"})
        )
        .await
        .status,
        403
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn signs_of_life_are_forgotten_after_400_days() {
    let city = City::new().await;
    let (app, now) = (city.platform.app(), city.clock.now());
    for days in [399, 402, 800] {
        app.store.mark_heard(HEARD_PLATFORM, now - SignedDuration::from_hours(24 * days)).await.unwrap();
    }
    app.jobs.do_all_due().await.unwrap();
    let (hour, _) = Minutes::hour_and_bit(now);
    let heard = app.store.heard(vec![HEARD_PLATFORM.to_owned()], hour - 24 * 900, hour - 24).await.unwrap();
    assert_eq!(heard.iter().map(|of| hour - of.hour).collect::<Vec<_>>(), [24 * 399]);
}
