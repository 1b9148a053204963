//! Market supervision's list: taken in, held against who is connected, worked off.

use crate::support::person::without_second_factor;
use crate::support::{Answer, City, entry};
use axum::body::Body;
use http::{Method, Request};
use jiff::SignedDuration;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

const HEADS: &str = "序号,企业名称,统一社会信用代码,住所,区县,成立日期";

async fn send(city: &City, token: &str, path: &str, bytes: Vec<u8>) -> Answer {
    let request = Request::post(path).header("authorization", format!("Bearer {token}"));
    city.send(request.body(Body::from(bytes)).unwrap()).await
}

async fn import(city: &City, token: &str, rows: &[&str]) -> Value {
    let table = [&[HEADS][..], rows].concat().join("\n");
    let answer = send(city, token, "/api/v1/businesses/import", table.into_bytes()).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    answer.json()
}

async fn listed(city: &City, token: &str, query: &str) -> Vec<Value> {
    let answer = city.get(&format!("/api/v1/businesses{query}"), Some(token)).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    answer.json()["items"].as_array().unwrap().clone()
}

fn encoded(words: &str) -> String {
    utf8_percent_encode(words, NON_ALPHANUMERIC).to_string()
}

fn names(items: &[Value]) -> Vec<&str> {
    let mut names: Vec<_> = items.iter().map(|item| item["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    names
}

const ROWS: [&str; 4] = [
    "1,湖州示范停车有限公司,91330100799655058B,吴兴区某路 2 号,吴兴区,2020-01-02",
    "2,某某物业,,湖州市吴兴区人民路1号,330502,",
    "3,无人知晓停车,914403001922038216,德清县中兴路 3 号,德清县,2021/3/4",
    "4,无区县停车,,,,",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_held_against_who_is_connected() {
    let city = City::with(without_second_factor()).await;
    let token = city.token("operator", None).await;
    let table = [&[HEADS][..], &ROWS[..]].concat().join("\r\n");
    // As Excel writes it in China.
    let gb18030 = encoding_rs::GB18030.encode(&table).0.into_owned();
    let preview = send(&city, &token, "/api/v1/businesses/preview", gb18030.clone()).await.json();
    let mapping = json!({"credit_code": 2, "name": 1, "address": 3, "district": 4, "registered_at": 5});
    assert_eq!((&preview["mapping"], &preview["total"]), (&mapping, &json!(4)));
    assert_eq!(preview["rows"][1][1], "某某物业");
    assert!(listed(&city, &token, "").await.is_empty(), "nothing is kept of a preview");
    let text = mapping.to_string();
    let path = format!("/api/v1/businesses/import?mapping={}", encoded(&text));
    let done = send(&city, &token, &path, gb18030).await.json();
    assert_eq!(done, json!({"added": 4, "changed": 0, "unchanged": 0, "refused": [], "refused_total": 0}));

    let all = listed(&city, &token, "").await;
    let of = |name: &str| all.iter().find(|item| item["name"] == name).unwrap();
    let by_name = of("湖州示范停车有限公司");
    let matched = json!({"provider": "hz-demo", "provider_name": "湖州示范停车", "by": "name", "score": 0.9});
    assert_eq!(by_name["match"], matched);
    assert_eq!(
        (&by_name["state"], &by_name["registered_at"]),
        (&json!("registered"), &json!("2020-01-02T00:00:00+08:00"))
    );
    assert_eq!(
        of("某某物业")["match"],
        json!({"provider": "hz-demo", "provider_name": "湖州示范停车", "by": "address", "score": 0.8})
    );
    assert_eq!(
        (&of("无人知晓停车")["state"], &of("无人知晓停车")["district"]),
        (&json!("unknown"), &json!("330521"))
    );
    assert_eq!(names(&listed(&city, &token, "?state=unknown&district=3305").await), ["无人知晓停车"]);
    assert_eq!(names(&listed(&city, &token, &format!("?q={}", encoded("人民路"))).await), ["某某物业"]);

    // Its first report, and a provider that the office makes: both show.
    let report = entry("330502-001", "R1", 0, 199);
    assert_eq!(city.say(&city.lot_of("hz-demo"), &report).await.code(), 200);
    city.platform.app().registry.refresh().await.unwrap();
    let new = json!({"name": "别的名字", "credit_code": "914403001922038216"});
    assert_eq!(city.ask_with(&token, Method::POST, "/api/v1/providers", Some(new)).await.status, 201);
    city.clock.turn(SignedDuration::from_mins(15));
    city.do_all_due().await;
    assert_eq!(names(&listed(&city, &token, "?state=connected").await), ["某某物业", "湖州示范停车有限公司"]);
    let found = &listed(&city, &token, "?state=registered").await[0];
    assert_eq!((&found["name"], &found["match"]["by"]), (&json!("无人知晓停车"), &json!("credit-code")));

    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (column, cell) in ["名称", "地址", "统一社会信用代码"].into_iter().enumerate() {
        sheet.write(0, column as u16, cell).unwrap();
        sheet.write(1, column as u16, ["工作簿停车", "安吉县天荒坪路 1 号", ""][column]).unwrap();
    }
    let done = send(&city, &token, "/api/v1/businesses/import", book.save_to_buffer().unwrap()).await.json();
    assert_eq!(done["added"], 1, "{done}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_import_keeps_the_work_and_tells_what_is_wrong() {
    let city = City::with(without_second_factor()).await;
    let token = city.token("operator", None).await;
    import(&city, &token, &ROWS).await;
    let id = "b-91330100799655058B";
    let path = format!("/api/v1/businesses/{id}");
    let patch = async |body: Value| city.ask_with(&token, Method::PATCH, &path, Some(body)).await;
    city.account("li", "regulator", None).await;
    let work = json!({
        "obstacle": "道闸老旧", "assignee": "li", "next_at": "2026-04-02T09:00:00+08:00", "note": "已电话联系",
        "notified_at": "2026-03-01T00:00:00+08:00", "revision": "1",
    });
    let worked = patch(work.clone()).await;
    assert_eq!(worked.status, 200, "{}", worked.json());
    let worked = worked.json();
    assert_eq!(
        (&worked["obstacle"], &worked["notes"][0]["text"]),
        (&json!("道闸老旧"), &json!("已电话联系"))
    );
    assert_eq!(patch(work).await.status, 409, "somebody else has changed it");
    let provider = city.get("/api/v1/providers/hz-demo", Some(&token)).await.json();
    assert_eq!(provider["notified_at"], "2026-03-01T00:00:00+08:00");
    // A date that was mistyped is put right there too.
    patch(json!({"notified_at": "2026-03-02T00:00:00+08:00"})).await;
    let provider = city.get("/api/v1/providers/hz-demo", Some(&token)).await.json();
    assert_eq!(provider["notified_at"], "2026-03-02T00:00:00+08:00");

    assert!(listed(&city, &token, "?overdue=true").await.is_empty());
    city.clock.turn(SignedDuration::from_hours(48));
    assert_eq!(names(&listed(&city, &token, "?overdue=true&assignee=li").await), ["湖州示范停车有限公司"]);
    let districts = city.get("/api/v1/businesses/districts", Some(&token)).await.json();
    let of = |code: &str| {
        districts["items"].as_array().unwrap().iter().find(|one| one["district"] == code).unwrap().clone()
    };
    assert_eq!((&of("330502")["registered"], &of("330502")["overdue"]), (&json!(2), &json!(1)));
    assert_eq!(of("330521")["unknown"], 1);

    let done = import(
        &city,
        &token,
        &[
            "1,湖州示范停车股份有限公司,91330100799655058B,吴兴区新路 9 号,吴兴区,2020-01-02",
            ROWS[1],
            ROWS[1],
            "5,错码,91330100799655058C,,吴兴区,",
            "6,,914403001922038216,,吴兴区,",
            "7,坏日期,,路 1 号,吴兴区,昨天",
            "8,外地,,路 1 号,某某区,",
        ],
    )
    .await;
    assert_eq!((&done["added"], &done["changed"], &done["unchanged"]), (&json!(0), &json!(1), &json!(1)));
    let refused: Vec<_> =
        done["refused"].as_array().unwrap().iter().map(|one| one["row"].as_u64().unwrap()).collect();
    assert_eq!((refused, &done["refused_total"]), (vec![4, 5, 6, 7, 8], &json!(5)));
    let kept = &listed(&city, &token, &format!("?q={}", encoded("新路"))).await[0];
    assert_eq!((&kept["assignee"], &kept["obstacle"]), (&json!("li"), &json!("道闸老旧")));
    assert_eq!((&kept["next_at"], &kept["notes"]), (&worked["next_at"], &worked["notes"]));

    for (field, value) in [
        ("assignee", json!("nobody")),
        ("next_at", json!("tomorrow")),
        ("state", json!("connected")),
        ("provider", json!("nobody")),
        ("obstacle", json!("x".repeat(201))),
    ] {
        let answer = patch(json!({field: value})).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["errors"][0]["pointer"]),
            (400, &json!(format!("#/{field}")))
        );
    }
    assert_eq!(patch(json!({"state": "not-required"})).await.json()["state"], "not-required");
    assert_eq!(
        patch(json!({"state": "unknown", "provider": "hz-other"})).await.json()["match"]["by"],
        "hand"
    );
    import(&city, &token, &ROWS[..1]).await;
    assert_eq!(patch(json!({})).await.json()["match"]["provider"], "hz-other", "a person's word stays");
    assert_eq!(patch(json!({"provider": ""})).await.json()["match"]["by"], "name");
    let audit = city.audited("business.change").await;
    let last = &audit.last().unwrap().entry;
    assert!(last.before.contains("\"obstacle\":null") && last.after.contains("道闸老旧"), "{last:?}");
    assert!(!city.audited("businesses.import").await.is_empty());
    for bytes in [&b"PK\x03\x04 no workbook"[..], b"\xff\xff\xff", b""] {
        let answer = send(&city, &token, "/api/v1/businesses/import", bytes.to_vec()).await;
        assert_eq!(answer.status, 400, "{bytes:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_district_has_its_own_businesses() {
    let city = City::with(without_second_factor()).await;
    let token = city.token("operator", None).await;
    import(&city, &token, &ROWS).await;
    let officer = city.token("regulator", Some("330521")).await;
    assert_eq!(names(&listed(&city, &officer, "").await), ["无人知晓停车"]);
    assert_eq!(names(&listed(&city, &officer, "?district=33").await), ["无人知晓停车"]);
    assert!(listed(&city, &officer, "?district=330502").await.is_empty());
    let body = || Some(json!({"obstacle": "x"}));
    let patch = |id: &'static str| city.ask_with(&officer, Method::PATCH, id, body());
    assert_eq!(patch("/api/v1/businesses/b-91330100799655058B").await.status, 404);
    assert_eq!(patch("/api/v1/businesses/b-914403001922038216").await.status, 200);
    let districts = city.get("/api/v1/businesses/districts", Some(&officer)).await.json();
    assert_eq!(districts["items"].as_array().unwrap().len(), 1);
    let rows = [
        "1,抢来的,91330100799655058B,,德清县,",
        "2,本区的,,德清县中兴路 5 号,德清县,",
        "3,别区的,,吴兴区中兴路 5 号,吴兴区,",
        "4,无区的,,,,",
    ];
    let done = import(&city, &officer, &rows).await;
    let refused: Vec<_> =
        done["refused"].as_array().unwrap().iter().map(|one| one["row"].as_u64().unwrap()).collect();
    assert_eq!((&done["added"], refused), (&json!(1), vec![2, 4, 5]));
    let viewer = city.token("viewer", None).await;
    assert_eq!(city.get("/api/v1/businesses", Some(&viewer)).await.status, 403);
}
