//! Lots are made, changed and listed, and each change is told of.

use crate::support::person::without_second_factor;
use crate::support::{City, entry, jpeg};
use bowei_platform::accounts::Source;
use bowei_platform::registry::apply::{ApplyError, ApplyOptions, apply};
use bowei_platform::{Clock as _, Config};
use http::Method;
use jiff::SignedDuration;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

fn new_lot() -> Value {
    json!({
        "provider": "hz-demo", "name": "南门停车场", "kind": "off-street", "category": "commercial",
        "district": "330502", "address": "南街 5 号", "longitude": 120.09, "latitude": 30.87, "datum": "GCJ02",
        "spaces_total": 120, "charging_spaces": 10, "accessible_spaces": 4, "tariff": "5 元/小时",
        "hours": "06:00-24:00", "vendor": " 某某科技 ", "gates": [{"name": "南门", "direction": "both"}],
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lot_is_made_with_a_code_and_ids_where_none_is_given() {
    let city = City::with(without_second_factor()).await;
    let operator = city.person("operator", None).await;
    let made = city.ask(&operator, Method::POST, "/api/v1/lots", Some(new_lot())).await;
    assert_eq!(made.status, 201, "{}", made.json());
    let lot = made.json();
    // 330502-001 is there already.
    assert_eq!(lot["code"], "330502-002");
    assert_eq!((&lot["category"], &lot["accessible_spaces"]), (&json!("commercial"), &json!(4)));
    let again = city.ask(&operator, Method::POST, "/api/v1/lots", Some(new_lot())).await.json();
    assert_eq!(again["code"], "330502-003");
    assert_eq!(lot["vendor"], "某某科技");
    let without = json!({"vendor": ""});
    let changed = city.ask(&operator, Method::PATCH, "/api/v1/lots/330502-003", Some(without)).await.json();
    assert_eq!(changed["vendor"], Value::Null);
    let of_vendor = utf8_percent_encode("某某科技", NON_ALPHANUMERIC);
    let listed = city.read(&operator, &format!("/api/v1/lots?vendor={of_vendor}")).await.json();
    let codes: Vec<_> = listed["items"].as_array().unwrap().iter().map(|lot| &lot["code"]).collect();
    assert_eq!(codes, ["330502-002"]);
    let id = |lot: &Value| lot["ids"]["huzhou"].as_str().unwrap().to_owned();
    assert_ne!(id(&lot), id(&again));
    let public = city.get("/open/v1/lots/330502-002", None).await;
    assert_eq!(public.status, 200);
    let history = city.read(&operator, "/api/v1/lots/330502-002/history").await.json();
    let told = &history["items"][0];
    assert_eq!((&told["user"], &told["source"]), (&json!("operator-all"), &json!("console")));
    let name = told["changes"].as_array().unwrap().iter().find(|change| change["field"] == "name").unwrap();
    assert_eq!((&name["from"], &name["to"]), (&Value::Null, &json!("南门停车场")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_is_refused_at_its_field() {
    let city = City::with(without_second_factor()).await;
    let operator = city.person("operator", None).await;
    let with = |name: &str, value: Value| {
        let mut lot = new_lot();
        lot[name] = value;
        lot
    };
    let refusals = [
        (with("name", json!("")), 400, "#/name"),
        (with("name", json!("名".repeat(101))), 400, "#/name"),
        (with("name", json!("a\u{7}b")), 400, "#/name"),
        (with("vendor", json!("商".repeat(101))), 400, "#/vendor"),
        (with("kind", json!("garage")), 400, "#/kind"),
        (with("category", json!("parallel")), 400, "#/category"),
        (with("district", json!("990502")), 400, "#/district"),
        (with("longitude", json!(200)), 400, "#/longitude"),
        (with("latitude", Value::Null), 400, "#/latitude"),
        (with("spaces_total", json!(-1)), 400, "#/spaces_total"),
        (with("spaces_total", json!(100_001)), 400, "#/spaces_total"),
        (with("charging_spaces", json!(121)), 400, "#/charging_spaces"),
        (with("provider", json!("nobody")), 400, "#/provider"),
        (with("code", json!("a b")), 400, "#/code"),
        (with("code", json!("330502-001")), 409, "#/code"),
        (with("ids", json!({"huzhou": "HZ330502001"})), 409, "#/ids"),
        (with("ids", json!({"vienna": "1"})), 400, "#/ids"),
        (with("state", json!("waiting")), 400, "#/state"),
        (with("colour", json!("blue")), 400, "#/colour"),
        (with("gates", json!([{"name": "门", "direction": "up"}])), 400, "#/gates/0/direction"),
    ];
    for (lot, status, pointer) in refusals {
        let refused = city.ask(&operator, Method::POST, "/api/v1/lots", Some(lot.clone())).await;
        assert_eq!(refused.status, status, "{lot} {}", refused.json());
        assert_eq!(refused.json()["errors"][0]["pointer"], pointer, "{lot} {}", refused.json());
    }
    assert_eq!(city.platform.app().registry.snapshot().lots.len(), 3);
    for role in ["regulator", "viewer", "provider:hz-demo", "system-admin"] {
        let person = city.person(role, None).await;
        let refused = city.ask(&person, Method::POST, "/api/v1/lots", Some(new_lot())).await;
        assert_eq!(refused.status, 403, "{role}");
    }
    let of_a_district = city.person("operator", Some("330521")).await;
    let beyond = city.ask(&of_a_district, Method::POST, "/api/v1/lots", Some(new_lot())).await;
    assert_eq!(beyond.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_keeps_the_base_data_of_its_own_lots_true() {
    let city = City::with(without_second_factor()).await;
    let provider = city.person("provider:hz-demo", None).await;
    let path = "/api/v1/lots/330502-001";
    let lot = city.read(&provider, path).await.json();
    let since = city.clock.now() - SignedDuration::from_hours(49);
    let change = json!({
        "tariff": "白天 5 元/小时，夜间免费", "spaces_total": 210, "revision": lot["revision"],
        "effective_at": since.to_string(), "note": "扩建",
    });
    let changed = city.ask(&provider, Method::PATCH, path, Some(change.clone())).await;
    assert_eq!(changed.status, 200, "{}", changed.json());
    assert_eq!(changed.json()["spaces_total"], 210);
    let told = city.read(&provider, &format!("{path}/history")).await.json()["items"][0].clone();
    assert_eq!((&told["late"], &told["note"]), (&json!(true), &json!("扩建")), "{told}");
    // Whoever has not seen the change does not undo it.
    let again = city.ask(&provider, Method::PATCH, path, Some(change)).await;
    assert_eq!(again.status, 409);
    for others in [
        json!({"district": "330521"}),
        json!({"state": "trial"}),
        json!({"provider": "hz-other"}),
        json!({"ids": {"huzhou": "X"}}),
        json!({"parties": []}),
        json!({"trial": true}),
    ] {
        let refused = city.ask(&provider, Method::PATCH, path, Some(others.clone())).await;
        assert_eq!(refused.status, 403, "{others}");
    }
    let yet_to_come = json!({"tariff": "1", "effective_at": (city.clock.now() + SignedDuration::from_hours(1)).to_string()});
    assert_eq!(city.ask(&provider, Method::PATCH, path, Some(yet_to_come)).await.status, 400);
    let audited = city.audited("registry.change").await;
    let entry = audited.iter().find(|entry| entry.entry.object == "lot:330502-001").unwrap();
    assert!(entry.entry.before.contains("200") && entry.entry.after.contains("210"), "{entry:?}");
    assert_eq!(entry.entry.user, "provider-hz-demo-all");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_does_not_undo_a_persons_word_unnoticed() {
    let city = City::with(without_second_factor()).await;
    let operator = city.person("operator", None).await;
    let changed = json!({"name": "东门停车场（改）", "hours": "全天"});
    city.ask(&operator, Method::PATCH, "/api/v1/lots/330502-001", Some(changed)).await;
    let app = city.platform.app();
    let run = async |force| {
        let options = ApplyOptions { overlap: SignedDuration::ZERO, force };
        let (store, key) = (app.store.as_ref(), app.registry.key());
        let done =
            apply(store, key, crate::support::REGISTRY, options, city.clock.now(), &Source::default()).await;
        app.registry.refresh().await.unwrap();
        done
    };
    let refused = run(false).await;
    let Err(ApplyError::Undoes(undoing)) = refused else { panic!("{refused:?}") };
    let words = undoing.to_string();
    assert!(
        words.contains("330502-001") && words.contains("（改）") && words.contains("operator-all"),
        "{words}"
    );
    let name = |city: &City| city.platform.app().registry.snapshot().lots[&"330502-001".into()].name.clone();
    assert_eq!(name(&city), "东门停车场（改）");
    run(true).await.unwrap();
    assert!(!name(&city).contains('改'));
    // The file's word is now the last, and comes again without a question.
    run(false).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lot_on_trial_is_kept_and_is_neither_public_nor_counted() {
    let city = City::with(without_second_factor()).await;
    let operator = city.person("operator", None).await;
    let path = "/api/v1/lots/330502-001";
    let trial = city.ask(&operator, Method::PATCH, path, Some(json!({"state": "trial"}))).await;
    assert_eq!(trial.json()["state"], "trial");
    let lot = city.lot_of("hz-demo");
    assert_eq!(city.say(&lot, &entry("330502-001", "R1", 0, 199)).await.code(), 200);
    let sessions = city.read(&operator, &format!("{path}/sessions")).await.json();
    assert_eq!(sessions["items"].as_array().unwrap().len(), 1);
    assert_eq!(city.get("/open/v1/lots/330502-001", None).await.status, 404);
    let codes = |answer: Value| -> Vec<String> {
        answer["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|lot| lot["code"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(codes(city.read(&operator, "/api/v1/lots").await.json()), ["330521-007", "330522-001"]);
    assert_eq!(codes(city.read(&operator, "/api/v1/lots?state=trial").await.json()), ["330502-001"]);
    let live = city.ask(&operator, Method::PATCH, path, Some(json!({"state": "live"}))).await;
    assert_eq!(live.json()["state"], "live");
    assert_eq!(city.get("/open/v1/lots/330502-001", None).await.status, 200);
    let history = city.read(&operator, &format!("{path}/history")).await.json();
    let states: Vec<_> =
        history["items"].as_array().unwrap().iter().map(|told| &told["changes"][0]).collect();
    assert_eq!((&states[0]["field"], &states[1]["to"]), (&json!("standing"), &json!("trial")), "{states:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_picked_ordered_and_paged() {
    let city = City::with(Config::default()).await;
    let token = city.token("operator", None).await;
    let codes = async |query: &str| -> Vec<String> {
        let mut codes = Vec::new();
        let mut cursor = String::new();
        loop {
            let answer = city.get(&format!("/api/v1/lots?{query}{cursor}"), Some(&token)).await;
            assert_eq!(answer.status, 200, "{query} {}", answer.json());
            let page = answer.json();
            codes.extend(
                page["items"].as_array().unwrap().iter().map(|lot| lot["code"].as_str().unwrap().to_owned()),
            );
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return codes,
            }
        }
    };
    let (a, b, c) = ("330502-001", "330521-007", "330522-001");
    for (query, expected) in [
        ("", vec![a, b, c]),
        ("limit=1", vec![a, b, c]),
        ("sort=spaces_total&limit=1", vec![b, c, a]),
        ("sort=spaces_total&order=desc&limit=2", vec![a, c, b]),
        ("sort=last_heard_at&order=desc&limit=1", vec![a, b, c]),
        ("district=33052", vec![b, c]),
        ("provider=hz-other", vec![c]),
        ("kind=on-street", vec![b]),
        ("standard=huzhou", vec![a, b, c]),
        ("standard=isp", vec![]),
        ("q=hzld0007", vec![b]),
        ("q=%E6%AD%A6%E5%BA%B7", vec![b]),
        ("status=stale", vec![a, b, c]),
        ("status=online", vec![]),
    ] {
        assert_eq!(codes(query).await, expected, "{query}");
    }
    let totals = city.get("/api/v1/lots?district=33052&limit=1", Some(&token)).await.json();
    assert_eq!(totals["total"], 2);
    for wrong in ["sort=colour", "order=up", "kind=garage", "state=gone", "cursor=x", "status=away"] {
        assert_eq!(city.get(&format!("/api/v1/lots?{wrong}"), Some(&token)).await.status, 400, "{wrong}");
    }
    // A place in one order is none in another.
    let next = city.get("/api/v1/lots?sort=name&limit=1", Some(&token)).await.json();
    let path = format!("/api/v1/lots?sort=code&limit=1&cursor={}", next["next"].as_str().unwrap());
    assert_eq!(city.get(&path, Some(&token)).await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_has_what_the_list_has_and_no_formula() {
    let city = City::with(without_second_factor()).await;
    let operator = city.person("operator", None).await;
    let name = json!({"name": "=HYPERLINK(\"http://x\")"});
    city.ask(&operator, Method::PATCH, "/api/v1/lots/330502-001", Some(name)).await;
    let csv = city.read(&operator, "/api/v1/lots/table?district=330502").await;
    assert_eq!(csv.headers["content-type"], "text/csv; charset=utf-8");
    let text = String::from_utf8(csv.bytes.to_vec()).unwrap();
    let lines: Vec<_> = text.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert!(lines[0].starts_with("编号,名称") && lines[1].starts_with("330502-001,"), "{text}");
    assert!(!text.contains(",=") && !text.contains(",\"="), "{text}");
    let xlsx = city.read(&operator, "/api/v1/lots/table?format=xlsx&lang=en").await;
    let mut book: calamine::Xlsx<_> =
        calamine::open_workbook_from_rs(std::io::Cursor::new(xlsx.bytes.to_vec())).unwrap();
    let sheet = calamine::Reader::worksheet_range_at(&mut book, 0).unwrap().unwrap();
    assert_eq!((sheet.height(), sheet.get((0, 0)).unwrap().to_string()), (4, "code".to_owned()));
    assert_eq!(sheet.get((1, 9)).unwrap(), &calamine::Data::Float(200.0));
    assert_eq!(city.audited("lots.table").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_of_the_tariff_board_are_pictures() {
    let city = City::with(without_second_factor()).await;
    let provider = city.person("provider:hz-demo", None).await;
    let post = async |bytes: Vec<u8>| {
        let request = http::Request::post("/api/v1/lots/330502-001/pictures?name=%E7%89%8C%E2%80%AE.jpg")
            .header("cookie", &provider.cookie)
            .header("x-csrf-token", &provider.csrf)
            .header("content-type", "image/jpeg");
        city.send(request.body(axum::body::Body::from(bytes)).unwrap()).await
    };
    let kept = post(jpeg(20_000)).await;
    assert_eq!(kept.status, 201, "{}", kept.json());
    let id = kept.json()["id"].as_str().unwrap().to_owned();
    let lot = city.read(&provider, "/api/v1/lots/330502-001").await.json();
    assert_eq!(lot["tariff_pictures"], json!([id]));
    let file = city.read(&provider, &format!("/api/v1/files/{id}")).await;
    assert_eq!(
        (file.bytes.to_vec(), file.headers["content-type"].to_str().unwrap()),
        (jpeg(20_000), "image/jpeg")
    );
    assert!(file.headers["content-security-policy"].to_str().unwrap().contains("sandbox"));
    // Another provider's people have no such file.
    let other = city.person("provider:hz-other", None).await;
    assert_eq!(city.read(&other, &format!("/api/v1/files/{id}")).await.status, 404);
    assert_eq!(post(b"<html><script>".to_vec()).await.status, 415);
    assert_eq!(post(b"%PDF-1.7".to_vec()).await.status, 415);
    let large = [jpeg(1_000), vec![0; 5 * 1024 * 1024]].concat();
    assert_eq!(post(large).await.status, 413);
    for _ in 0..5 {
        assert_eq!(post(jpeg(1_000)).await.status, 201);
    }
    assert_eq!(post(jpeg(1_000)).await.status, 400);
    let path = format!("/api/v1/lots/330502-001/pictures/{id}");
    assert_eq!(city.ask(&provider, Method::DELETE, &path, None).await.status, 204);
    assert_eq!(city.read(&provider, &format!("/api/v1/files/{id}")).await.status, 404);
    assert_eq!(city.ask(&provider, Method::DELETE, &path, None).await.status, 404);
}
