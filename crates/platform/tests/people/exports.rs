//! Exports: a file for a purpose, a second person for much, and a trace of each step.

use crate::support::City;
use crate::support::person::{Person, without_second_factor};
use crate::support::{Answer, entry, exit};
use bowei_model::Report;
use bowei_store::verify_audit;
use http::Method;
use jiff::SignedDuration;
use serde_json::{Value, json};

/// A city with so many cars in each of the three lots, in which two rows need no approval.
async fn city(cars: i64) -> City {
    let mut config = without_second_factor();
    config.accounts.export_rows_without_approval = 2;
    let city = City::with(config).await;
    for (provider, lot) in [("hz-demo", "330502-001"), ("hz-demo", "330521-007"), ("hz-other", "330522-001")]
    {
        for number in 0..cars {
            let report = entry(lot, &format!("R{number}-{lot}"), number, 20);
            assert_eq!(city.say(&city.lot_of(provider), &report).await.code(), 200);
        }
    }
    city
}

fn wanted(lot: Option<&str>) -> Value {
    json!({
        "kind": "sessions", "lot": lot, "purpose": "季度核对停车数据",
        "from": "2026-04-01T00:00:00+08:00", "to": "2026-04-02T00:00:00+08:00",
    })
}

async fn ask_for(city: &City, person: &Person, body: Value) -> Answer {
    city.ask(person, Method::POST, "/api/v1/exports", Some(body)).await
}

async fn decide(city: &City, person: &Person, id: &str, body: Value) -> Answer {
    city.ask(person, Method::POST, &format!("/api/v1/exports/{id}/decision"), Some(body)).await
}

async fn file(city: &City, person: &Person, id: &str) -> Answer {
    city.read(person, &format!("/api/v1/exports/{id}/file")).await
}

/// The ids and states that somebody's list shows, the newest first.
async fn listed(city: &City, person: &Person) -> Vec<(String, String)> {
    let list = city.read(person, "/api/v1/exports").await.json();
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    let items = list["items"].as_array().unwrap();
    items.iter().map(|item| (word(&item["id"]), word(&item["state"]))).collect()
}

fn id(made: &Answer) -> String {
    assert_eq!(made.status, 201, "{}", String::from_utf8_lossy(&made.bytes));
    made.json()["id"].as_str().unwrap().to_owned()
}

/// The lines of a file, cell by cell.
fn table(file: &Answer) -> Vec<Vec<String>> {
    assert_eq!(file.status, 200, "{}", String::from_utf8_lossy(&file.bytes));
    let text = file.bytes.strip_prefix("\u{feff}".as_bytes()).expect("a mark that says UTF-8");
    let mut lines = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text);
    lines.records().map(|line| line.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_export_is_ready_at_once_and_every_step_is_in_the_audit() {
    let city = city(2).await;
    let officer = city.person("regulator", Some("330502")).await;
    let made = ask_for(&city, &officer, wanted(None)).await;
    let id = id(&made);
    let made = made.json();
    assert_eq!(
        (&made["number"], &made["state"], &made["rows"], &made["expires_at"]),
        (&json!("D2026-000001"), &json!("ready"), &json!(2), &json!("2026-04-02T08:15:30+08:00"))
    );
    // What is received afterwards was neither counted nor allowed.
    city.clock.turn(SignedDuration::from_secs(60));
    city.say(&city.lot_of("hz-demo"), &entry("330502-001", "LATER", 0, 20)).await;
    let file = file(&city, &officer, &id).await;
    assert_eq!(file.headers["content-disposition"], "attachment; filename=\"D2026-000001.csv\"");
    assert_eq!(file.headers["content-type"], "text/csv; charset=utf-8");
    assert_eq!(file.headers["cache-control"], "no-store");
    let lines = table(&file);
    let first = lines[0].join(" ");
    for word in ["D2026-000001", "季度核对停车数据", "regulator-330502", "2026-04-01T08:15:30+08:00"]
    {
        assert!(first.contains(word), "{word}: {first}");
    }
    let column = |name: &str| lines[1].iter().position(|head| head.contains(name)).unwrap();
    let (record, plate, gate) = (column("record_id"), column("plate"), column("entry_gate"));
    let rows: Vec<_> = lines[2..].iter().map(|row| (&*row[record], &*row[plate], &*row[gate])).collect();
    let row = |record| (record, "浙E·**345", "东门入口");
    assert_eq!(rows, [row("R1-330502-001"), row("R0-330502-001")]);
    assert!(!String::from_utf8_lossy(&file.bytes).contains("浙E12345"));
    let auditor = city.person("auditor", None).await;
    let audit = city.read(&auditor, &format!("/api/v1/audit?object=export%3A{id}")).await.json();
    let steps: Vec<_> = audit["items"].as_array().unwrap().iter().map(|item| &item["action"]).collect();
    assert_eq!(steps, ["export.read", "export.request"]);
    assert_eq!(audit["items"][0]["after"]["number"], "D2026-000001");
    assert_eq!(audit["items"][1]["after"]["purpose"], "季度核对停车数据");
    assert_eq!(audit["items"][1]["user"], "regulator-330502");
    assert!(verify_audit(city.platform.app().store.as_ref(), &[]).await.unwrap().fault.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_asked_for_at_once_no_more_are_ready_than_of_one_after_another() {
    let city = city(2).await;
    let officer = city.person("regulator", Some("330502")).await;
    let asked = futures::future::join_all((0..8).map(|_| ask_for(&city, &officer, wanted(None)))).await;
    let mut states: Vec<_> = asked.iter().map(|made| made.json()["state"].clone()).collect();
    states.sort_by_key(Value::to_string);
    let [waiting @ .., ready] = states.as_slice() else { panic!("{states:?}") };
    assert!(*ready == "ready" && waiting.iter().all(|state| *state == "pending"), "{states:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_export_waits_for_a_second_person_who_is_not_the_first() {
    let city = city(3).await;
    let (officer, other) = (city.person("operator", None).await, city.person("regulator", None).await);
    let made = ask_for(&city, &officer, wanted(None)).await;
    let waiting = id(&made);
    assert_eq!((&made.json()["state"], &made.json()["rows"]), (&json!("pending"), &json!(9)));
    assert_eq!(made.json()["expires_at"], Value::Null);
    assert_eq!(file(&city, &officer, &waiting).await.status, 409);
    let approve = json!({"approve": true});
    assert_eq!(decide(&city, &officer, &waiting, approve.clone()).await.status, 403);
    assert!(city.audited("export.decide").await.is_empty());
    // Nor does the second person take it away.
    assert_eq!(file(&city, &other, &waiting).await.status, 404);
    let decided = decide(&city, &other, &waiting, approve.clone()).await;
    assert_eq!((decided.status.as_u16(), &decided.json()["state"]), (200, &json!("ready")));
    assert_eq!(decided.json()["decided_by"], "regulator-all");
    assert_eq!(file(&city, &other, &waiting).await.status, 404);
    let lines = table(&file(&city, &officer, &waiting).await);
    assert_eq!(lines.len(), 2 + 9);
    assert!(lines[0].iter().any(|cell| cell == "regulator-all"), "{:?}", lines[0]);
    assert_eq!(decide(&city, &other, &waiting, json!({"approve": false})).await.status, 409);
    // One that is refused gives no file.
    let refused = id(&ask_for(&city, &officer, wanted(None)).await);
    let unfit = decide(&city, &other, &refused, json!({"approve": false, "reason": "否"})).await;
    assert_eq!(unfit.json()["errors"][0]["pointer"], "#/reason");
    let no = decide(&city, &other, &refused, json!({"approve": false, "reason": "用途不明确"})).await;
    assert_eq!((no.status.as_u16(), &no.json()["state"]), (200, &json!("refused")));
    assert_eq!(file(&city, &officer, &refused).await.status, 409);
    assert_eq!(decide(&city, &other, &refused, approve).await.status, 409);
    assert_eq!(
        listed(&city, &officer).await,
        [(refused.clone(), "refused".to_owned()), (waiting, "ready".to_owned())]
    );
    let decisions = city.audited("export.decide").await;
    assert_eq!(decisions.len(), 2);
    let last = &decisions[0].entry;
    assert_eq!((&*last.user, &*last.object), ("regulator-all", &*format!("export:{refused}")));
    assert!(last.before.contains("pending") && last.after.contains("用途不明确"), "{last:?}");
    assert_eq!(city.audited("export.read").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_small_exports_are_as_much_as_a_large_one() {
    let city = city(1).await;
    let (officer, other) = (city.person("operator", None).await, city.person("regulator", None).await);
    let one_row = wanted(Some("330502-001"));
    for state in ["ready", "ready", "pending"] {
        assert_eq!(ask_for(&city, &officer, one_row.clone()).await.json()["state"], state);
    }
    assert_eq!(ask_for(&city, &other, one_row.clone()).await.json()["state"], "ready", "each has their own");
    city.clock.turn(SignedDuration::from_hours(24));
    let officer = city.signed_in("operator-all").await;
    assert_eq!(ask_for(&city, &officer, one_row).await.json()["state"], "ready");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_expires() {
    let city = city(1).await;
    let officer = city.person("operator", None).await;
    let id = id(&ask_for(&city, &officer, wanted(Some("330502-001"))).await);
    let later = async |hours: i64| {
        city.clock.turn(SignedDuration::from_hours(hours));
        city.signed_in("operator-all").await
    };
    let officer = later(23).await;
    assert_eq!(table(&file(&city, &officer, &id).await).len(), 3);
    let officer = later(1).await;
    assert_eq!(file(&city, &officer, &id).await.status, 410);
    assert_eq!(listed(&city, &officer).await, [(id, "expired".to_owned())]);
    assert_eq!(city.audited("export.read").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_takes_away_or_approves_more_than_is_seen() {
    let city = city(3).await;
    let district = city.person("regulator", Some("330502")).await;
    let neighbour = city.person("regulator", Some("330521")).await;
    let (office, provider) =
        (city.person("operator", None).await, city.person("provider:hz-demo", None).await);
    for (person, foreign) in [(&district, "330521-007"), (&provider, "330522-001"), (&office, "nothing")] {
        assert_eq!(ask_for(&city, person, wanted(Some(foreign))).await.status, 404, "{foreign}");
    }
    let own = id(&ask_for(&city, &district, wanted(None)).await);
    let of_provider = id(&ask_for(&city, &provider, wanted(None)).await);
    let of_lot = id(&ask_for(&city, &provider, wanted(Some("330502-001"))).await);
    let of_all = id(&ask_for(&city, &office, wanted(None)).await);
    let ids = async |person: &Person| -> Vec<String> {
        listed(&city, person).await.into_iter().map(|(id, _)| id).collect()
    };
    // A district's officer sees what is of its lots alone, a neighbour none of it, a provider its own.
    assert_eq!(ids(&district).await, [of_lot.clone(), own.clone()]);
    assert_eq!(ids(&neighbour).await, [""; 0]);
    assert_eq!(ids(&provider).await, [of_lot.clone(), of_provider.clone()]);
    assert_eq!(ids(&office).await, [of_all.clone(), of_lot.clone(), of_provider.clone(), own.clone()]);
    let approve = json!({"approve": true});
    for (person, foreign) in [(&district, &of_provider), (&district, &of_all), (&neighbour, &own)] {
        assert_eq!(decide(&city, person, foreign, approve.clone()).await.status, 404);
        assert_eq!(file(&city, person, foreign).await.status, 404);
    }
    assert_eq!(decide(&city, &provider, &own, approve.clone()).await.status, 403);
    assert_eq!(decide(&city, &district, &of_lot, approve.clone()).await.status, 200);
    for (person, id, lots) in
        [(&district, &own, vec!["330502-001"]), (&provider, &of_provider, vec!["330502-001", "330521-007"])]
    {
        assert_eq!(decide(&city, &office, id, approve.clone()).await.status, 200);
        let lines = table(&file(&city, person, id).await);
        let mut found: Vec<_> = lines[2..].iter().map(|row| row[1].as_str()).collect();
        assert_eq!(found.len(), 3 * lots.len());
        found.sort_unstable();
        found.dedup();
        assert_eq!(found, lots);
    }
    // Whose bounds have changed since asks anew.
    let mut row = city.platform.app().store.user("regulator-330502").await.unwrap().unwrap();
    row.district = Some("3305".to_owned());
    let change = bowei_store::Change::User(Box::new(row));
    city.platform.app().store.administer(vec![change], vec![]).await.unwrap();
    let moved = city.signed_in("regulator-330502").await;
    assert_eq!(file(&city, &moved, &own).await.status, 404);
    let viewer = city.person("viewer", None).await;
    assert_eq!(ask_for(&city, &viewer, wanted(None)).await.status, 403);
    let token = city.token("operator", None).await;
    let program = city.ask_with(&token, Method::POST, "/api/v1/exports", Some(wanted(None))).await;
    assert_eq!(program.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_is_refused_in_words_and_the_password_is_asked_for_again() {
    let city = city(1).await;
    let officer = city.person("operator", None).await;
    let (from, month) = ("2026-04-01T00:00:00+08:00", "2026-05-02T00:00:00+08:00");
    let unfit = [
        ("purpose", json!("查看")),
        ("purpose", json!("    x    ")),
        ("from", json!("yesterday")),
        ("to", json!(from)),
        ("to", json!("2026-05-02T00:00:01+08:00")),
        ("kind", json!("photos")),
        ("format", json!("xlsx")),
    ];
    for (field, value) in unfit {
        let mut body = wanted(None);
        body[field] = value;
        let refused = ask_for(&city, &officer, body.clone()).await;
        assert_eq!(refused.status, 400, "{body}");
        assert_eq!(refused.json()["errors"][0]["pointer"], format!("#/{field}"), "{body}");
    }
    assert!(listed(&city, &officer).await.is_empty() && city.audited("export.").await.is_empty());
    let mut longest = wanted(None);
    longest["to"] = json!(month);
    assert_eq!(ask_for(&city, &officer, longest).await.status, 201);
    let waiting = id(&ask_for(&city, &officer, wanted(None)).await);
    let other = city.person("regulator", None).await;
    city.clock.turn(SignedDuration::from_mins(6));
    assert_eq!(ask_for(&city, &officer, wanted(None)).await.json()["code"], "password-needed");
    let decision = decide(&city, &other, &waiting, json!({"approve": true})).await;
    assert_eq!(decision.json()["code"], "password-needed");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_begins_like_a_formula_is_text_and_findings_are_exported_as_they_are_listed() {
    let city = city(0).await;
    let lot = city.lot_of("hz-demo");
    let Report::Passage(mut passage) = entry("330502-001", "@R1", 0, 20) else { unreachable!() };
    passage.gate = Some("=HYPERLINK(\"http://x\")".to_owned());
    assert_eq!(city.say(&lot, &Report::Passage(passage)).await.code(), 200);
    assert_eq!(city.say(&lot, &exit("330502-001", "R2", -9, 1, 20)).await.code(), 200);
    city.clock.turn(SignedDuration::from_mins(1));
    let officer = city.person("operator", None).await;
    let mut body = wanted(None);
    body["purpose"] = json!("=1+1 核对 浙E12345");
    let of_sessions = id(&ask_for(&city, &officer, body.clone()).await);
    let lines = table(&file(&city, &officer, &of_sessions).await);
    let cells: Vec<_> = lines.iter().flatten().collect();
    for text in ["'=HYPERLINK(\"http://x\")", "'@R1", "'=1+1 核对 浙E·**345"] {
        assert!(cells.iter().any(|cell| *cell == text), "{text}: {lines:?}");
    }
    assert!(!cells.iter().any(|cell| cell.starts_with(['=', '+', '-', '@'])), "{lines:?}");
    body["kind"] = json!("findings");
    let officer = city.person("regulator", None).await;
    let of_findings = id(&ask_for(&city, &officer, body).await);
    let lines = table(&file(&city, &officer, &of_findings).await);
    let list = city.read(&officer, "/api/v1/findings?state=open,resolved").await.json();
    let items = list["items"].as_array().unwrap();
    assert!(!items.is_empty());
    let text = |item: &Value, name: &str| item[name].as_str().unwrap_or_default().to_owned();
    let shown: Vec<_> = items.iter().map(|item| (text(item, "id"), text(item, "kind"))).collect();
    let found: Vec<_> = lines[2..].iter().map(|row| (row[0].clone(), row[1].clone())).collect();
    assert_eq!(found, shown);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_several_pages_has_every_row_once() {
    const CARS: i64 = 1_005;
    let city = City::with(without_second_factor()).await;
    let lot = city.lot_of("hz-demo");
    for number in 0..CARS {
        let report = entry("330502-001", &format!("R{number}"), -number, 20);
        assert_eq!(city.say(&lot, &report).await.code(), 200);
    }
    let (officer, other) = (city.person("operator", None).await, city.person("regulator", None).await);
    let mut body = wanted(Some("330502-001"));
    body["from"] = json!("2026-03-31T00:00:00+08:00");
    let made = ask_for(&city, &officer, body).await;
    assert_eq!((&made.json()["rows"], &made.json()["state"]), (&json!(CARS), &json!("pending")));
    let id = id(&made);
    assert_eq!(decide(&city, &other, &id, json!({"approve": true})).await.status, 200);
    let lines = table(&file(&city, &officer, &id).await);
    let records: Vec<_> = lines[2..].iter().map(|row| row[0].clone()).collect();
    assert_eq!(records, (0..CARS).map(|number| format!("R{number}")).collect::<Vec<_>>());
}
