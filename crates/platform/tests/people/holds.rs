//! What goes when its time is over, what a hold keeps, and who may hold.

use crate::support::person::{PASSWORD, without_second_factor};
use crate::support::{City, entry, exit, jpeg, photo};
use bowei_model::{Direction, Passage, Plate, Report, Statement};
use bowei_platform::Clock as _;
use bowei_store::{FindingQuery, NewDelivery, NewStatement, SessionQuery};
use http::Method;
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::sync::Arc;

const DAY: i64 = 24;

async fn city() -> City {
    let mut config = without_second_factor();
    // A year passes.
    (config.accounts.password_days, config.accounts.idle_account_days) = (0, 0);
    let city = City::with(config).await;
    let lot = city.lot_of("hz-demo");
    for record in ["R1", "R2"] {
        city.say(&lot, &entry("330502-001", record, 0, 199)).await;
        city.say(&lot, &exit("330502-001", record, 0, 30, 200)).await;
        let picture = jpeg(20_000 + record.len() * usize::from(record == "R2"));
        let report = photo("330502-001", record, &picture);
        city.send(lot.seal(&report, &picture, city.clock.now())).await;
    }
    city
}

/// What the last run of a job said in English.
async fn said(city: &City, job: &str) -> String {
    let runs = city.platform.app().store.job_runs(Some(job), 1).await.unwrap();
    runs.into_iter().next().unwrap().message.lines().nth(1).unwrap_or_default().to_owned()
}

async fn turned(city: &City, days: i64) {
    city.clock.turn(SignedDuration::from_hours(DAY * days));
    city.do_all_due().await;
}

fn hold(more: Value) -> Value {
    let mut body = json!({"case": "湖公交 2026-017", "reason": "交警调取"});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn plates_become_pseudonyms_after_a_year_and_are_found_all_the_same() {
    let city = city().await;
    let officer = city.person("regulator", None).await;
    turned(&city, 364).await;
    assert_eq!(said(&city, "old plates").await, "");
    let store = &city.platform.app().store;
    let findings =
        async || store.findings(FindingQuery { limit: 99, ..FindingQuery::default() }).await.unwrap().items;
    let before = findings().await;
    turned(&city, 3).await;
    let words = said(&city, "old plates").await;
    assert!(
        words.starts_with("plates of ") && words.contains(" and 2 sessions are pseudonyms now"),
        "{words}"
    );
    let token = city.token("operator", None).await;
    let path = "/api/v1/lots/330502-001/sessions";
    let listed = city.get(path, Some(&token)).await.json();
    let plates: Vec<_> = listed["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["plate"].as_str().unwrap().to_owned())
        .collect();
    assert!(plates.len() == 2 && plates[0].starts_with('~') && plates[0] == plates[1], "{plates:?}");
    // Equal cars stay equal: the same things are found of them.
    let of = |findings: &[bowei_model::Finding]| {
        findings
            .iter()
            // What is found of a day as a whole is found of each day that passes.
            .filter(|found| !bowei_model::supervision::rule(found.kind).by_day)
            .map(|found| (found.kind, found.subject.clone(), found.which.clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(of(&findings().await), of(&before));
    assert!(!before.is_empty());
    // Whoever knows the plate finds it, for a reason; so does whoever knows the pseudonym.
    let officer = {
        let _ = officer;
        city.signed_in("regulator-all").await
    };
    for plate in ["%E6%B5%99E12345", &plates[0].replace('~', "%7E")] {
        let found = city.read(&officer, &format!("{path}?plate={plate}&reason=stolen%20car")).await.json();
        assert_eq!(found["items"].as_array().unwrap().len(), 2, "{plate}: {found}");
        assert_eq!(found["items"][0]["plate"].as_str(), Some(plates[0].as_str()));
    }
    let body = json!({"lot": "330502-001", "record_id": "R1", "reason": "核对投诉车辆"});
    let gone = city.ask(&officer, Method::POST, "/api/v1/reveals", Some(body)).await;
    assert_eq!(gone.status, 410);
    // What is told of it late is what was told of it.
    turned(&city, 1).await;
    let lot = city.lot_of("hz-demo");
    city.say(&lot, &exit("330502-001", "R1", 0, 30, 200)).await;
    let session = store.session(&"330502-001".into(), "R1").await.unwrap().unwrap();
    assert_eq!(session.exits.len(), 1);
    let none = SessionQuery { plate: Some("浙E12345".to_owned()), limit: 9, ..SessionQuery::default() };
    assert!(store.sessions(none).await.unwrap().items.is_empty());
}

/// Cars parked once each: several pieces of the job's work.
const PARKED: u32 = 900;

#[tokio::test(flavor = "multi_thread")]
async fn the_plates_job_goes_on_where_it_was_killed() {
    let city = city().await;
    let app = city.platform.app();
    let (store, now) = (Arc::clone(&app.store), city.clock.now());
    let said_of = |number: u32| {
        let at = now - SignedDuration::from_mins(number.into());
        let (lot, record) = ("330502-001".into(), format!("K{number}").into());
        let plate = Plate::read(&format!("浙F{number:05}"));
        let report = Report::Passage(Passage { plate, ..Passage::new(lot, record, Direction::Entry, at) });
        let (standard, provider) = ("huzhou".to_owned(), "hz-demo".into());
        let statement =
            Statement { standard, provider, sent_at: now, received_at: now, report, doubts: Vec::new() };
        NewStatement { statement, unnamed_fields: None }
    };
    let statements = (0..PARKED).map(said_of).collect();
    let delivery = NewDelivery { message_sha256: [1; 32], statements, condition: None };
    store.commit(delivery).await.unwrap();
    let with_plates = async || {
        let query = SessionQuery { open: true, limit: 1_000, ..SessionQuery::default() };
        let parked = store.sessions(query).await.unwrap().items;
        assert_eq!(parked.len(), PARKED as usize);
        parked.iter().filter(|session| !session.plate().unwrap().is_pseudonym()).count()
    };
    city.clock.turn(SignedDuration::from_hours(DAY * 366));
    let jobs = Arc::clone(&app.jobs);
    let working = tokio::spawn(async move { jobs.do_all_due().await.map(drop) });
    // How far it is may be noted before the first of these: it is killed once some have gone.
    while with_plates().await == PARKED as usize {
        tokio::task::yield_now().await;
    }
    working.abort();
    assert!(working.await.is_err_and(|ended| ended.is_cancelled()), "it was done before it was killed");
    store.flush().await.unwrap();
    let left = with_plates().await;
    assert!(left > 0 && left < PARKED as usize, "{left}");
    // Whoever is there once the claim has run out takes the night's work over.
    city.clock.turn(SignedDuration::from_mins(2));
    app.jobs.do_all_due().await.unwrap();
    assert_eq!(with_plates().await, 0);
    let words = said(&city, "old plates").await;
    assert!(words.starts_with(&format!("plates of {left} messages and ")), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_held_outlasts_its_time_until_it_is_lifted() {
    let city = city().await;
    let officer = city.person("regulator", None).await;
    let body = hold(json!({"lot": "330502-001", "record_id": "R1"}));
    let made = city.ask(&officer, Method::POST, "/api/v1/holds", Some(body)).await;
    assert_eq!(made.status, 201);
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let day = bowei_model::moment::day(city.clock.now());
    let photos = &city.platform.app().photos;
    assert_eq!(photos.digests(day, None, 9).await.unwrap().len(), 2);
    turned(&city, 92).await;
    assert_eq!(photos.digests(day, None, 9).await.unwrap().len(), 1);
    let words = said(&city, "old photos").await;
    assert_eq!(words, "1 pictures of further days are deleted, 1 pictures past their time are kept by holds");
    turned(&city, 275).await;
    let words = said(&city, "old plates").await;
    assert!(words.contains("and 1 sessions") && words.contains("are kept by 1 holds"), "{words}");
    let store = &city.platform.app().store;
    let plate = async |record| {
        let session = store.session(&"330502-001".into(), record).await.unwrap().unwrap();
        session.plate().unwrap().is_pseudonym()
    };
    assert_eq!((plate("R1").await, plate("R2").await), (false, true));
    let officer = {
        let _ = officer;
        city.signed_in("regulator-all").await
    };
    let shown = city.read(&officer, "/api/v1/retention").await.json();
    assert_eq!(shown["items"][1]["kind"], "plates");
    let (begins, ends) = bowei_model::moment::span_of_day(day).unwrap();
    let oldest = [0, 1].map(|at| shown["items"][at]["oldest_at"].as_str().unwrap().parse().unwrap());
    assert_eq!(oldest[0], begins, "the day of the picture that is held");
    assert!((begins..ends).contains(&oldest[1]), "what is held is of then: {shown}");
    assert_eq!(shown["items"][2]["oldest_at"], Value::Null, "nothing was refused");
    assert!(shown["items"][1]["last_run"].as_str().unwrap().contains("因 1 项保全继续保留"), "{shown}");
    assert!(shown["items"][1]["last_run_en"].as_str().unwrap().contains("are kept by 1 holds"), "{shown}");
    // Of the nights before and after that one nothing is told: there was nothing to do.
    let done = shown["items"][1]["done"].as_array().unwrap();
    let [night] = done.as_slice() else { panic!("{done:?}") };
    assert_eq!((&night["message"], &night["failed"]), (&shown["items"][1]["last_run"], &json!(false)));
    assert_eq!(night["message_en"], shown["items"][1]["last_run_en"]);
    let audit = shown["items"].as_array().unwrap().iter().find(|item| item["kind"] == "audit").unwrap();
    assert_eq!((&audit["days"], &audit["job"]), (&json!(0), &Value::Null));
    let lift = async |reason: &str| {
        city.ask(&officer, Method::POST, &format!("/api/v1/holds/{id}/lift"), Some(json!({"reason": reason})))
            .await
    };
    assert_eq!(lift("").await.status, 400);
    city.clock.turn(SignedDuration::from_mins(6));
    assert_eq!(lift("案件已结").await.json()["code"], "password-needed");
    city.ask(&officer, Method::POST, "/api/v1/me/confirm", Some(json!({"password": PASSWORD}))).await;
    let lifted = lift("案件已结").await;
    assert_eq!((lifted.status.as_u16(), &lifted.json()["open"]), (200, &json!(false)));
    assert_eq!(lift("案件已结").await.status, 409);
    turned(&city, 1).await;
    assert!(plate("R1").await);
    assert!(photos.days().await.unwrap().iter().all(|kept| *kept != day));
    let traces = [city.audited("hold.make").await, city.audited("hold.lift").await].concat();
    assert_eq!(traces.len(), 2);
    assert!(traces[1].entry.after.contains("案件已结") && traces[0].entry.object == format!("hold:{id}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sees_a_lot_holds_and_sees_its_holds() {
    let city = city().await;
    let wide = city.person("regulator", None).await;
    let near = city.person("operator", Some("330502")).await;
    let far = city.person("regulator", Some("330521")).await;
    let ask =
        async |person, more: Value| city.ask(person, Method::POST, "/api/v1/holds", Some(hold(more))).await;
    for (more, pointer) in [
        (json!({}), "#/lot"),
        (json!({"plate": "无牌车"}), "#/plate"),
        (json!({"lot": "330502-001", "from": "yesterday"}), "#/from"),
        (json!({"lot": "330502-001", "from": "2026-04-02T00:00:00Z", "to": "2026-04-01T00:00:00Z"}), "#/to"),
        (json!({"lot": "330502-001", "case": "x"}), "#/case"),
        (json!({"record_id": "R".repeat(300)}), "#/record_id"),
    ] {
        let unfit = ask(&wide, more.clone()).await;
        assert_eq!(
            (unfit.status.as_u16(), &unfit.json()["errors"][0]["pointer"]),
            (400, &json!(pointer)),
            "{more}"
        );
    }
    assert_eq!(ask(&far, json!({"lot": "330502-001"})).await.status, 404);
    assert_eq!(ask(&far, json!({"plate": "浙E12345"})).await.status, 400, "of all lots");
    let made = ask(&near, json!({"lot": "330502-001", "plate": "浙e·12345"})).await.json();
    assert_eq!(made["plate"], "浙E·**345");
    assert_eq!(ask(&wide, json!({"plate": "浙E12345"})).await.status, 201);
    let auditor = city.person("auditor", None).await;
    for (person, seen) in [(&wide, 2), (&near, 1), (&far, 0), (&auditor, 2)] {
        let listed = city.read(person, "/api/v1/holds").await;
        assert!(!String::from_utf8_lossy(&listed.bytes).contains("浙E12345"));
        assert_eq!(listed.json()["items"].as_array().unwrap().len(), seen);
    }
    let path = format!("/api/v1/holds/{}/lift", made["id"].as_str().unwrap());
    let lift = async |person| {
        city.ask(person, Method::POST, &path, Some(json!({"reason": "案件已结"}))).await.status
    };
    assert_eq!((lift(&far).await.as_u16(), lift(&auditor).await.as_u16()), (404, 403));
    assert_eq!(lift(&wide).await, 200);
    let provider = city.person("provider:hz-demo", None).await;
    assert_eq!(ask(&provider, json!({"lot": "330502-001"})).await.status, 403);
    let token = city.token("operator", None).await;
    assert_eq!(city.get("/api/v1/holds", Some(&token)).await.status, 403, "a person's alone");
    let traces = city.audited("hold.make").await;
    assert!(traces.iter().all(|trace| !trace.entry.after.contains("浙E12345")), "{traces:?}");
}
