//! Orders to correct: from a case to their end, over the API.

use super::cases::{act, cases, late, sweep};
use crate::support::person::{Person, without_second_factor};
use crate::support::{Answer, City, entry};
use bowei_platform::Config;
use http::Method;
use jiff::SignedDuration;
use serde_json::{Value, json};

/// A city whose papers can be printed.
fn office() -> Config {
    let mut config = without_second_factor();
    let set = |text: &str| Some(text.to_owned());
    config.papers.agency = set("湖州市综合行政执法局");
    config.papers.number_prefix = set("湖综执停");
    config.papers.review_body = set("湖州市人民政府");
    config.papers.court = set("湖州市吴兴区人民法院");
    (config.papers.contact, config.papers.phone) = (set("王某"), set("0572-0000000"));
    config.papers.address = set("湖州市仁皇山路 666 号");
    config
}

async fn on(city: &City, who: &Person, order: &str, body: Value) -> Answer {
    city.ask(who, Method::POST, &format!("/api/v1/orders/{order}/actions"), Some(body)).await
}

/// A case with an order drafted on it.
async fn drafted(city: &City, officer: &Person) -> (String, String) {
    late(city, 0, 20).await;
    sweep(city).await;
    let id = cases(city, officer, "rule=late-report").await[0]["id"].as_str().unwrap().to_owned();
    let case = act(city, officer, &id, json!({"action": "order"})).await;
    assert_eq!(case.status, 200, "{}", case.json());
    (id, case.json()["order"].as_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_goes_from_its_case_to_its_end() {
    let city = City::with(office()).await;
    city.clock.turn(SignedDuration::from_hours(3));
    let officer = city.person("regulator", None).await;
    let own = city.person("provider:hz-demo", None).await;
    let other = city.person("provider:hz-other", None).await;
    let (case, order) = drafted(&city, &officer).await;
    let path = format!("/api/v1/orders/{order}");
    let page = city.read(&officer, &path).await.json();
    assert_eq!(
        (&page["state"], &page["case"], &page["number"]),
        (&json!("draft"), &json!(case), &Value::Null)
    );
    let facts = page["content"]["facts"].as_str().unwrap();
    assert!(facts.contains("共20项") && facts.contains("其中：2026年4月1日"), "{facts}");
    assert!(!facts.contains("+08:00"), "no paper has a moment as machines write it: {facts}");
    assert!(!facts.contains(' '), "nor is a number set off in one: {facts}");
    let broken = page["content"]["rule_broken"].as_str().unwrap();
    assert!(broken.ends_with("第四条、第十条"), "what is the office's to do nobody else breaks: {broken}");
    let on_case = city.read(&officer, &format!("/api/v1/cases/{case}")).await.json();
    assert_eq!((&on_case["state"], &on_case["order"]), (&json!("ordered"), &json!(order)));
    // Nobody is told of a draft.
    assert_eq!(city.read(&own, &path).await.status, 404);
    assert_eq!(
        on(&city, &officer, &order, json!({"action": "serve", "manner": "in-person"})).await.status,
        409
    );
    let revised = on(
        &city,
        &officer,
        &order,
        json!({"action": "revise", "content": {
            "demand": "十日内恢复实时上报。", "contact": "联系人：赵某。", "remedies": "可以向省厅申请行政复议。",
            "agency": "湖州市吴兴区综合行政执法局", "title": "责令改正通知书",
        }}),
    )
    .await;
    assert_eq!(revised.json()["content"]["demand"], "十日内恢复实时上报。", "{}", revised.json());
    let fixed =
        on(&city, &officer, &order, json!({"action": "revise", "content": {"lot": "330522-001"}})).await;
    assert_eq!(fixed.status, 400);
    let issued = on(&city, &officer, &order, json!({"action": "issue"})).await;
    assert_eq!(issued.status, 200, "{}", issued.json());
    assert_eq!(issued.json()["number"], "湖综执停〔2026〕1号");
    let printed = async || {
        let officer = city.signed_in("regulator-all").await;
        let page = city.read(&officer, &format!("{path}/document")).await;
        String::from_utf8_lossy(&page.bytes).into_owned()
    };
    let as_issued = printed().await;
    let parts = [
        "自收到本通知书之日起10个工作日内（送达当日不计，至最后一日17时止）完成下列改正",
        "于2026年4月1日存在",
        "湖州市吴兴区综合行政执法局",
        "《责令改正通知书》于",
    ];
    for part in parts {
        assert!(as_issued.contains(part), "{part}: {as_issued}");
    }
    let again = on(&city, &officer, &order, json!({"action": "issue"})).await;
    assert_eq!(again.status, 409, "{}", again.json());
    let changed = on(&city, &officer, &order, json!({"action": "revise", "content": {"demand": "x"}})).await;
    assert_eq!(changed.status, 409, "what is issued does not change");
    let operator = city.person("operator", None).await;
    let lot = page["lot"].as_str().unwrap();
    let renamed = city
        .ask(&operator, Method::PATCH, &format!("/api/v1/lots/{lot}"), Some(json!({"name": "新名停车场"})))
        .await;
    assert_eq!(renamed.status, 200, "{}", renamed.json());
    // Its party sees it, and another provider does not.
    assert_eq!(city.read(&own, &path).await.status, 200);
    assert_eq!(city.read(&other, &path).await.status, 404);
    assert_eq!(on(&city, &own, &order, json!({"action": "serve", "manner": "post"})).await.status, 403);
    let served =
        on(&city, &officer, &order, json!({"action": "serve", "manner": "in-person", "recipient": "李某"}))
            .await;
    assert_eq!(served.json()["state"], "served", "{}", served.json());
    // Ten working days after 1 April 2026, over the days of Qingming.
    assert!(
        served.json()["due_at"].as_str().unwrap().starts_with("2026-04-16T17:00:00"),
        "{}",
        served.json()
    );
    for (paper, words) in [("order", "责令改正通知书"), ("receipt", "送达回证")] {
        let printed = city.read(&own, &format!("{path}/document?paper={paper}")).await;
        let text = String::from_utf8_lossy(&printed.bytes).into_owned();
        assert_eq!(printed.status, 200, "{text}");
        assert!(text.contains(words) && text.contains("〔2026〕1号"), "{text}");
        assert!(!text.contains("浙E12345"), "no plate is printed");
        let is_edited = text.contains("赵某") && text.contains("可以向省厅申请行政复议。");
        assert!(paper != "order" || is_edited && !text.contains("+08:00"), "{text}");
    }
    assert_eq!(city.read(&own, &format!("{path}/document?paper=review")).await.status, 404);
    // What proves it is signed, and each finding in it is found anew by whoever has nothing but the file.
    let pem = city.get("/open/v1/evidence-key", None).await;
    let key = bowei_evidence::PublicKey::from_pem(std::str::from_utf8(&pem.bytes).unwrap()).unwrap();
    let package = city.read(&own, &format!("{path}/package")).await;
    assert_eq!(package.status, 200, "{}", String::from_utf8_lossy(&package.bytes));
    let verdict = bowei_evidence::verify(package.bytes.as_ref(), Some(&key));
    assert!(verdict.holds(), "{verdict:#?}");
    let mut changed = package.bytes.to_vec();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    assert!(!bowei_evidence::verify(changed.as_slice(), Some(&key)).holds());
    assert_eq!(city.read(&other, &format!("{path}/package")).await.status, 404);
    // It objects to a finding, and the office decides.
    let objection =
        on(&city, &own, &order, json!({"action": "object", "findings": [1], "reason": "当时平台停机维护"}))
            .await;
    assert_eq!(objection.json()["undecided"], 1, "{}", objection.json());
    assert_eq!(
        on(
            &city,
            &own,
            &order,
            json!({"action": "decide", "objection": 1, "sustained": true, "reason": "x"})
        )
        .await
        .status,
        403
    );
    let decided = on(
        &city,
        &officer,
        &order,
        json!({"action": "decide", "objection": 1, "sustained": true, "reason": "经核实"}),
    )
    .await;
    assert_eq!(
        (&decided.json()["findings"], &decided.json()["list"][0]["state"]),
        (&json!(19), &json!("struck")),
        "{}",
        decided.json()
    );
    // It answers with a file of its own.
    let file = city.send_file(&own, &format!("{path}/files?name=proof.pdf"), b"%PDF-1.7 proof").await;
    assert_eq!(file.status, 201, "{}", file.json());
    let answered = on(
        &city,
        &own,
        &order,
        json!({"action": "answer", "text": "已更换网络", "attachments": [file.json()["id"]]}),
    )
    .await;
    assert_eq!(answered.json()["state"], "answered", "{}", answered.json());
    let (handed_in, named) = (&answered.json()["files"], &answered.json()["log"]);
    let named = &named.as_array().unwrap().last().unwrap()["done"]["attachments"];
    assert_eq!((&handed_in[0]["id"], &handed_in[0]["sha256"]), (&file.json()["id"], &named[0]["sha256"]));
    let foreign =
        on(&city, &own, &order, json!({"action": "answer", "text": "x", "attachments": ["f-0"]})).await;
    assert_eq!(foreign.status, 400);
    assert_eq!(
        city.read(&other, &format!("/api/v1/files/{}", file.json()["id"].as_str().unwrap())).await.status,
        404
    );
    // Days without the fault: the platform finds it cured, and the order is verified.
    for _ in 0..3 {
        city.clock.turn(SignedDuration::from_hours(24));
        sweep(&city).await;
    }
    city.clock.turn(SignedDuration::from_mins(5));
    sweep(&city).await;
    let officer = city.signed_in("regulator-all").await;
    let page = city.read(&officer, &path).await.json();
    assert_eq!((&page["state"], &page["cured"]), (&json!("verified"), &json!(19)), "{page}");
    let review = city.read(&officer, &format!("{path}/document?paper=review")).await;
    assert_eq!(review.status, 200, "{}", String::from_utf8_lossy(&review.bytes));
    let text = String::from_utf8_lossy(&review.bytes).into_owned();
    assert!(text.contains("〔　　　　〕　　号"), "a draft has no number: {text}");
    // Its party sees it once it is signed.
    let own = city.signed_in("provider-hz-demo-all").await;
    let review = format!("{path}/document?paper=review");
    assert_eq!(city.read(&own, &review).await.status, 404);
    let issue_review = json!({"action": "issue-review"});
    assert_eq!(on(&city, &own, &order, issue_review.clone()).await.status, 403);
    let told = on(&city, &officer, &order, issue_review.clone()).await;
    assert_eq!((told.status.as_u16(), &told.json()["state"]), (200, &json!("verified")), "{}", told.json());
    let text = String::from_utf8_lossy(&city.read(&own, &review).await.bytes).into_owned();
    for part in [
        "湖综执停〔2026〕2号",
        "《责令改正通知书》（湖综执停〔2026〕1号）",
        "19项中，已改正19项",
        "2026年4月4日",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let again = on(&city, &officer, &order, issue_review).await;
    assert_eq!(again.status, 400, "each verification is told of once: {}", again.json());
    assert_eq!(printed().await, as_issued, "what was served stays as it was");
    let acts: Vec<_> = page["log"].as_array().unwrap().iter().map(|entry| entry["action"].clone()).collect();
    let expected = ["revise", "issue", "serve", "object", "decide", "answer", "verify"];
    assert_eq!(acts, expected.map(Value::from), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_corrected_is_overdue_and_escalates_in_order() {
    let city = City::with(office()).await;
    city.clock.turn(SignedDuration::from_hours(3));
    let officer = city.person("regulator", None).await;
    let (_, order) = drafted(&city, &officer).await;
    for body in [json!({"action": "issue"}), json!({"action": "serve", "manner": "electronic"})] {
        assert_eq!(on(&city, &officer, &order, body).await.status, 200);
    }
    let early =
        on(&city, &officer, &order, json!({"action": "escalate", "to": "notice", "reason": "逾期未改"}))
            .await;
    assert_eq!(early.status, 409, "{}", early.json());
    let mut warned = Vec::new();
    for day in 0..18 {
        city.clock.turn(SignedDuration::from_hours(24));
        // The fault goes on.
        for minute in 0..12 {
            let record = format!("D{day}-{minute}");
            city.say(&city.lot_of("hz-demo"), &entry("330502-001", &record, minute, 100)).await;
        }
        sweep(&city).await;
        let token = city.token("regulator", None).await;
        let page = city.get(&format!("/api/v1/orders/{order}"), Some(&token)).await.json();
        warned.push((page["warned"].clone(), page["state"].clone()));
    }
    assert!(warned.contains(&(json!([50]), json!("served"))), "{warned:?}");
    assert!(warned.contains(&(json!([50, 80]), json!("served"))), "{warned:?}");
    assert_eq!(warned.last().unwrap().1, "overdue", "{warned:?}");
    let officer = city.signed_in("regulator-all").await;
    let fined = on(
        &city,
        &officer,
        &order,
        json!({"action": "escalate", "to": "fine", "reason": "情节严重", "amount": "5000"}),
    )
    .await;
    let notice =
        on(&city, &officer, &order, json!({"action": "escalate", "to": "notice", "reason": "逾期未改正"}))
            .await;
    // Never backwards: after a fine there is no milder step.
    let (first, second) = (fined.status.as_u16(), notice.status.as_u16());
    assert_eq!((first, second), (200, 400), "{} {}", fined.json(), notice.json());
    assert_eq!(fined.json()["state"], "escalated");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_review_that_was_issued_prints() {
    let city = City::with(office()).await;
    city.clock.turn(SignedDuration::from_hours(3));
    let officer = city.person("regulator", None).await;
    city.person("provider:hz-demo", None).await;
    let (_, order) = drafted(&city, &officer).await;
    let ok = async |who: &Person, body: Value| {
        city.clock.turn(SignedDuration::from_secs(1));
        let done = on(&city, who, &order, body.clone()).await;
        assert_eq!(done.status, 200, "{body}: {}", done.json());
    };
    ok(&officer, json!({"action": "issue"})).await;
    ok(&officer, json!({"action": "serve", "manner": "electronic"})).await;
    ok(&officer, json!({"action": "verify"})).await;
    ok(&officer, json!({"action": "issue-review"})).await;
    // Days without the fault: the next verification finds it cured.
    for _ in 0..4 {
        city.clock.turn(SignedDuration::from_hours(24));
        sweep(&city).await;
    }
    let officer = city.signed_in("regulator-all").await;
    let own = city.signed_in("provider-hz-demo-all").await;
    let document = format!("/api/v1/orders/{order}/document?paper=review");
    let prints = async |who: &Person, which: &str, expected: [&str; 2]| {
        let printed = city.read(who, &format!("{document}{which}")).await;
        let text = String::from_utf8_lossy(&printed.bytes);
        for part in expected {
            assert!(printed.status == 200 && text.contains(part), "{which}: {part}: {text}");
        }
    };
    let first = ["湖综执停〔2026〕2号", "已改正0项，未改正20项"];
    prints(&officer, "", ["〔　　　　〕　　号", "已改正20项，未改正0项"]).await;
    prints(&officer, "&review=1", first).await;
    prints(&own, "", first).await;
    ok(&officer, json!({"action": "issue-review"})).await;
    let second = ["湖综执停〔2026〕3号", "已改正20项，未改正0项"];
    for who in [&officer, &own] {
        prints(who, "&review=1", first).await;
        prints(who, "&review=2", second).await;
        prints(who, "", second).await;
    }
    for (which, status) in [("0", 404), ("3", 404), ("-1", 400), ("第一份", 400)] {
        let refused = city.read(&officer, &format!("{document}&review={which}")).await;
        assert_eq!(refused.status, status, "{which}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_are_drawn_once_however_many_draw_at_once() {
    let city = City::with(office()).await;
    city.clock.turn(SignedDuration::from_hours(3));
    let officer = city.person("regulator", None).await;
    late(&city, 0, 20).await;
    let other = city.lot_of("hz-other");
    for minute in 0..20 {
        city.say(&other, &entry("330522-001", &format!("O{minute}"), minute, 70)).await;
    }
    sweep(&city).await;
    let mut orders = Vec::new();
    for case in cases(&city, &officer, "rule=late-report").await {
        let id = case["id"].as_str().unwrap().to_owned();
        let drafted = act(&city, &officer, &id, json!({"action": "order"})).await;
        orders.push(drafted.json()["order"].as_str().unwrap().to_owned());
    }
    assert_eq!(orders.len(), 2);
    let issue = |order: String| {
        let (city, officer) = (&city, &officer);
        async move { on(city, officer, &order, json!({"action": "issue"})).await }
    };
    let done = futures::future::join_all(orders.iter().cloned().map(issue)).await;
    let mut numbers: Vec<_> =
        done.iter().map(|answer| answer.json()["number"].as_str().unwrap().to_owned()).collect();
    numbers.sort();
    assert_eq!(numbers, ["湖综执停〔2026〕1号", "湖综执停〔2026〕2号"]);
}
