//! A business asks to be connected, and ends up reporting; what others try on the way.

use crate::support::person::{OFFICE, PASSWORD, Person, without_second_factor};
use crate::support::{Answer, City, entry};
use axum::body::Body;
use bowei_model::LotKind;
use bowei_platform::Clock as _;
use bowei_standards::huzhou::Huzhou;
use bowei_standards::lot_side::Outgoing;
use bowei_standards::{LotSide as _, platform_side::Fields};
use http::{Method, Request};
use jiff::SignedDuration;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

const CODE: &str = "91330100799655058B";
const PDF: &[u8] = b"%PDF-1.7\n%of a permit";

fn form() -> Value {
    json!({
        "name": "湖州新停车有限公司", "credit_code": CODE, "address": "吴兴区解放路 8 号",
        "contact": {"name": "张三", "phone": "0572-2030405", "email": "zhang@example.com"},
        "standards": ["huzhou"], "vendor": "某某科技",
        "lots": [{
            "name": "解放路停车场", "kind": "off-street", "category": "public", "district": "330502",
            "address": "解放路 8 号", "longitude": 120.1, "latitude": 30.9, "datum": "WGS84", "spaces_total": 60,
        }],
    })
}

/// A code whose last character goes with the others.
fn credit_code(number: usize) -> String {
    let alphabet = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    let begins = format!("91330502{number:09}");
    let mut weight = 1;
    let sum: usize = begins
        .bytes()
        .map(|byte| {
            let value = alphabet.iter().position(|one| *one == byte).unwrap() * weight;
            weight = weight * 3 % 31;
            value
        })
        .sum();
    format!("{begins}{}", char::from(alphabet[(31 - sum % 31) % 31]))
}

fn encoded(words: &str) -> String {
    utf8_percent_encode(words, NON_ALPHANUMERIC).to_string()
}

/// What an applicant has in hand.
struct Applicant {
    path: String,
    id: String,
    secret: String,
}

async fn hand_in(city: &City, form: &Value) -> Answer {
    let client = bowei_service::Client { address: OFFICE, is_proxy: false };
    let request = Request::post("/open/v1/registrations").extension(client);
    city.send(request.body(Body::from(form.to_string())).unwrap()).await
}

async fn apply(city: &City, form: &Value) -> Applicant {
    let answer = hand_in(city, form).await;
    assert_eq!(answer.status, 201, "{}", answer.json());
    let made = answer.json();
    assert_eq!(made["state"], "submitted");
    let id = made["id"].as_str().unwrap().to_owned();
    let path = format!("/open/v1/registrations/{id}");
    Applicant { path, id, secret: made["secret"].as_str().unwrap().to_owned() }
}

impl Applicant {
    async fn ask(&self, city: &City, method: Method, below: &str, body: Option<Value>) -> Answer {
        city.ask_with(&self.secret, method, &format!("{}{below}", self.path), body).await
    }

    async fn show(&self, city: &City) -> Value {
        let answer = self.ask(city, Method::GET, "", None).await;
        assert_eq!(answer.status, 200);
        answer.json()
    }

    async fn upload(&self, city: &City, bytes: impl Into<Body>) -> Answer {
        let request = Request::post(format!("{}/files?name=permit.pdf", self.path))
            .header("authorization", format!("Bearer {}", self.secret));
        city.send(request.body(bytes.into()).unwrap()).await
    }
}

async fn act(city: &City, person: &Person, id: &str, body: Value) -> Answer {
    city.ask(person, Method::POST, &format!("/api/v1/registrations/{id}/actions"), Some(body)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_business_registers_is_asked_approved_collects_its_keys_and_reports() {
    let city = City::with(without_second_factor()).await;
    let operator = city.person("operator", None).await;
    let applicant = apply(&city, &form()).await;
    let shown = applicant.show(&city).await;
    assert_eq!((&shown["state"], &shown["lots"][0]["name"]), (&json!("submitted"), &json!("解放路停车场")));
    assert!(!shown.to_string().contains(&applicant.secret));

    let listed = city
        .read(&operator, &format!("/api/v1/registrations?state=submitted&q={}", encoded("新停车")))
        .await
        .json();
    assert_eq!(
        (&listed["items"][0]["id"], &listed["items"][0]["district"]),
        (&json!(applicant.id), &json!("330502"))
    );
    let found = city.read(&operator, &format!("/api/v1/search?q={}", encoded("新停车"))).await.json();
    assert_eq!(found["registrations"], json!([{"code": applicant.id, "name": "湖州新停车有限公司"}]));
    let asked =
        act(&city, &operator, &applicant.id, json!({"action": "ask", "text": "请补充营业执照"})).await;
    assert_eq!(asked.json()["state"], "asked");
    let shown = applicant.show(&city).await;
    assert_eq!(
        (&shown["messages"][0]["from"], &shown["messages"][0]["text"]),
        (&json!("office"), &json!("请补充营业执照"))
    );

    let file = applicant.upload(&city, PDF).await;
    assert_eq!((file.status.as_u16(), &file.json()["media_type"]), (201, &json!("application/pdf")));
    let file_id = file.json()["id"].as_str().unwrap().to_owned();
    let answered = applicant.ask(&city, Method::POST, "/messages", Some(json!({"text": "已上传"}))).await;
    assert_eq!((answered.status.as_u16(), &answered.json()["state"]), (201, &json!("submitted")));
    let mended = applicant.ask(&city, Method::PATCH, "", Some(json!({"note": "夜间施工"}))).await.json();
    assert_eq!((&mended["note"], &mended["vendor"]), (&json!("夜间施工"), &json!("某某科技")));
    let read = city.read(&operator, &format!("/api/v1/files/{file_id}")).await;
    assert_eq!((&read.bytes[..], &read.headers["content-type"].to_str().unwrap()), (PDF, &"application/pdf"));
    let early = applicant.ask(&city, Method::POST, "/account", None).await;
    assert_eq!(early.status, 409, "nothing is approved yet");

    let approved = act(&city, &operator, &applicant.id, json!({"action": "approve"})).await;
    assert_eq!(approved.status, 200, "{}", approved.json());
    assert_eq!(
        (&approved.json()["state"], &approved.json()["provider"]),
        (&json!("approved"), &json!("p-0001"))
    );
    let provider = city.read(&operator, "/api/v1/providers/p-0001").await.json();
    assert_eq!((&provider["credit_code"], &provider["phone"]), (&json!(CODE), &json!("0572-2030405")));
    assert!(provider["registered_at"].is_string() && provider["keys_at"].is_string(), "{provider}");
    assert_eq!((&provider["lots_trial"], &provider["deadline"]["kind"]), (&json!(1), &json!("connect")));

    // Nobody signs in before the account is collected, and it is collected once.
    let early = city.sign_in(&json!({"login": "p-0001", "password": ""})).await;
    assert_eq!(early.status, 401);
    let account = applicant.ask(&city, Method::POST, "/account", None).await;
    assert_eq!(account.status, 200);
    assert_eq!(applicant.ask(&city, Method::POST, "/account", None).await.status, 409);
    assert_eq!(applicant.show(&city).await["account"], json!({"login": "p-0001", "collected": true}));
    let signed_in = city.sign_in(&account.json()).await;
    assert_eq!(signed_in.json()["must_change_password"], true);
    let person = Person::of(&signed_in);
    let chosen = json!({"old": account.json()["password"], "new": PASSWORD});
    assert_eq!(city.ask(&person, Method::POST, "/api/v1/me/password", Some(chosen)).await.status, 204);
    let waiting = city.read(&person, "/api/v1/providers/p-0001/handovers").await.json();
    let path = format!("/api/v1/providers/p-0001/handovers/{}", waiting["items"][0]["id"].as_str().unwrap());
    let keys = city.ask(&person, Method::POST, &path, None).await;
    assert_eq!(keys.status, 200, "{}", keys.json());
    assert_eq!(city.ask(&person, Method::POST, &path, None).await.status, 404, "collected once");

    // The first message, of a lot on trial.
    let lot = city.read(&person, "/api/v1/lots?state=trial").await.json()["items"][0].clone();
    assert_eq!((&lot["code"], &lot["state"]), (&json!("330502-002"), &json!("trial")));
    assert_eq!(lot["vendor"], "某某科技", "the registration's vendor is its lots'");
    let fields: Fields = serde_json::from_value(keys.json()["fields"].clone()).unwrap();
    let own = Huzhou.own_credential(&fields).unwrap();
    let report = entry("330502-002", "R-FIRST", 0, 59);
    let lot_id = lot["ids"]["huzhou"].as_str().unwrap();
    let outgoing = Outgoing { report: &report, lot_id, lot_kind: LotKind::OffStreet, picture: None };
    let sealed = Huzhou.seal(outgoing, own.as_ref(), city.clock.now()).unwrap();
    assert_eq!(city.send(sealed.request.map(Body::from)).await.code(), 200);
    let sessions = city.read(&person, "/api/v1/lots/330502-002/sessions").await.json();
    assert_eq!(sessions["items"].as_array().unwrap().len(), 1);
    let public = async || String::from_utf8(city.get("/open/v1/lots", None).await.bytes.to_vec()).unwrap();
    assert!(!public().await.contains("330502-002"));
    let live =
        city.ask(&operator, Method::PATCH, "/api/v1/lots/330502-002", Some(json!({"state": "live"}))).await;
    assert_eq!(live.status, 200, "{}", live.json());
    assert!(public().await.contains("330502-002"));

    let actions: Vec<_> =
        city.audited("registration.").await.into_iter().rev().map(|entry| entry.entry.action).collect();
    let expected = ["create", "ask", "file", "message", "change", "approve", "account"];
    assert_eq!(actions, expected.map(|action| format!("registration.{action}")));
    let query = bowei_store::AuditQuery { limit: 1_000, ..bowei_store::AuditQuery::default() };
    let all = format!("{:?}", city.platform.app().store.audit(query).await.unwrap().items);
    assert!(!all.contains(&applicant.secret) && !all.contains(account.json()["password"].as_str().unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_is_named_by_its_place() {
    let city = City::with(without_second_factor()).await;
    let lot = form()["lots"][0].clone();
    let with = |field: &str, value: Value| {
        let mut lot = lot.clone();
        lot[field] = value;
        lot
    };
    for (field, value, pointer) in [
        ("credit_code", json!("91330100799655058C"), "#/credit_code"),
        ("credit_code", json!(null), "#/credit_code"),
        ("name", json!(" "), "#/name"),
        ("name", json!("a\u{7}b"), "#/name"),
        ("contact", json!({"name": "张三", "phone": "not a number"}), "#/contact/phone"),
        ("contact", json!({"name": "张三", "phone": "0572", "email": "x"}), "#/contact/email"),
        ("standards", json!([]), "#/standards"),
        ("standards", json!(["huzhou", "atlantis"]), "#/standards"),
        ("lots", json!([]), "#/lots"),
        ("lots", json!(vec![json!({}); 101]), "#/lots"),
        ("lots", json!([lot, with("longitude", json!(190.0))]), "#/lots/1/longitude"),
        ("lots", json!([with("spaces_total", json!("many"))]), "#/lots/0/spaces_total"),
        ("lots", json!([with("code", json!("330502-001"))]), "#/lots/0/code"),
        ("lots", json!([with("ids", json!({"huzhou": "HZ1"}))]), "#/lots/0/ids"),
        ("lots", json!([with("state", json!("live"))]), "#/lots/0/state"),
        ("lots", json!([with("district", json!("999999"))]), "#/lots/0/district"),
        ("lots", json!([with("address", json!(null))]), "#/lots/0/address"),
        ("lots", json!([with("charging_spaces", json!(61))]), "#/lots/0/charging_spaces"),
    ] {
        let mut body = form();
        body[field] = value;
        let answer = hand_in(&city, &body).await;
        assert_eq!(answer.status, 400, "{pointer}");
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{}", answer.json());
    }
    let huge = format!("{{\"note\": \"{}\"}}", "x".repeat(100_000));
    let request = Request::post("/open/v1/registrations").body(Body::from(huge)).unwrap();
    assert_eq!(city.send(request).await.status, 400);
    assert!(city.audited("registration.").await.is_empty());
    // Words are words, whatever they look like.
    let mut body = form();
    body["name"] = json!("<script>alert(1)</script>");
    let applicant = apply(&city, &body).await;
    let answer = applicant.ask(&city, Method::GET, "", None).await;
    assert_eq!(answer.json()["name"], body["name"]);
    let header = |name: &str| answer.headers[name].to_str().unwrap();
    assert_eq!((header("content-type"), header("x-content-type-options")), ("application/json", "nosniff"));
    assert_eq!(header("cache-control"), "no-store");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_is_its_applicants_alone() {
    let city = City::with(without_second_factor()).await;
    let (one, other) = (apply(&city, &form()).await, apply(&city, &form()).await);
    let nobodys =
        Applicant { path: "/open/v1/registrations/r-0".into(), id: "r-0".into(), secret: one.secret.clone() };
    let crossed = Applicant { path: one.path.clone(), id: one.id.clone(), secret: other.secret.clone() };
    let none = Applicant { path: one.path.clone(), id: one.id.clone(), secret: String::new() };
    let file = one.upload(&city, PDF).await.json()["id"].as_str().unwrap().to_owned();
    let own = format!("/files/{file}");
    let below = ["", "/messages", "/files", "/account", own.as_str()];
    for stranger in [&nobodys, &crossed, &none] {
        for (method, below, body) in [
            (Method::GET, below[0], None),
            (Method::PATCH, below[0], Some(json!({"note": "x"}))),
            (Method::DELETE, below[0], None),
            (Method::POST, below[1], Some(json!({"text": "x"}))),
            (Method::POST, below[2], None),
            (Method::POST, below[3], None),
            (Method::GET, below[4], None),
            (Method::DELETE, below[4], None),
        ] {
            let answer = stranger.ask(&city, method, below, body).await;
            assert_eq!(answer.status, 404, "{below}");
            assert!(answer.json()["detail"].as_str().unwrap().starts_with("没有此登记申请"), "{below}");
        }
    }
    assert_eq!(other.ask(&city, Method::GET, &format!("/files/{file}"), None).await.status, 404, "another's");
    assert_eq!(one.ask(&city, Method::GET, &format!("/files/{file}"), None).await.bytes, PDF);
    // No other origin is let in, unlike to what is everybody's.
    let from_elsewhere = async |path: &str| {
        let request = Request::get(path).header("origin", "https://example.com");
        let answer = city.send(request.body(Body::empty()).unwrap()).await;
        answer.headers.contains_key("access-control-allow-origin")
    };
    assert!(from_elsewhere("/open/v1/lots").await && !from_elsewhere(&one.path).await);
    // An officer sees those whose lots all lie in the own district.
    let mut wide = form();
    let mut second = wide["lots"][0].clone();
    (second["district"], wide["credit_code"]) = (json!("330521"), json!(credit_code(1)));
    wide["lots"].as_array_mut().unwrap().push(second);
    let wide = apply(&city, &wide).await;
    let seen = [
        ("330502", vec![&other.id, &one.id]),
        ("330521", vec![]),
        ("3305", vec![&wide.id, &other.id, &one.id]),
    ];
    for (district, expected) in seen {
        let officer = city.person("operator", Some(district)).await;
        let listed = city.read(&officer, "/api/v1/registrations").await.json();
        let listed: Vec<_> =
            listed["items"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect();
        assert_eq!(listed.len(), expected.len(), "{district}");
        assert!(expected.iter().all(|id| listed.contains(&json!(id))), "{district} {listed:?}");
        for (id, file) in [(&one.id, Some(&file)), (&wide.id, None)] {
            let status = if expected.contains(&id) { 200 } else { 404 };
            assert_eq!(city.read(&officer, &format!("/api/v1/registrations/{id}")).await.status, status);
            let comment = json!({"action": "comment", "text": "已电话联系"});
            assert_eq!(act(&city, &officer, id, comment).await.status, status);
            if let Some(file) = file {
                assert_eq!(city.read(&officer, &format!("/api/v1/files/{file}")).await.status, status);
            }
        }
    }
    let regulator = city.person("regulator", None).await;
    assert_eq!(act(&city, &regulator, &one.id, json!({"action": "approve"})).await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_what_their_bytes_say_few_and_gone_when_nothing_comes_of_it() {
    let city = City::with(without_second_factor()).await;
    let (one, other) = (apply(&city, &form()).await, apply(&city, &form()).await);
    for (bytes, status) in [
        (b"<html>%PDF-1.7</html>".to_vec(), 415),
        (Vec::new(), 415),
        ([PDF, &vec![0; 10 * 1024 * 1024]].concat(), 413),
    ] {
        assert_eq!(one.upload(&city, bytes).await.status, status);
    }
    for number in 0..10u8 {
        assert_eq!(one.upload(&city, [PDF, &[number]].concat()).await.status, 201);
    }
    let kept = async || city.platform.app().photos.digests(99_991_231, None, 100).await.unwrap().len();
    let eleventh = one.upload(&city, [PDF, &[10]].concat()).await;
    assert_eq!((eleventh.status.as_u16(), kept().await), (409, 10));
    // The same bytes are another's too.
    let same = other.upload(&city, [PDF, &[0]].concat()).await.json();
    let first = one.show(&city).await["files"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(one.ask(&city, Method::DELETE, &format!("/files/{first}"), None).await.status, 204);
    assert_eq!((kept().await, one.show(&city).await["files"].as_array().unwrap().len()), (10, 9));
    assert_eq!(one.ask(&city, Method::DELETE, "", None).await.status, 204);
    for (method, body) in [(Method::PATCH, Some(json!({"note": "x"}))), (Method::DELETE, None)] {
        assert_eq!(one.ask(&city, method, "", body).await.status, 409, "withdrawn");
    }
    let operator = city.person("operator", None).await;
    assert_eq!(act(&city, &operator, &one.id, json!({"action": "approve"})).await.status, 409, "withdrawn");
    city.clock.turn(SignedDuration::from_hours(80 * 24));
    city.do_all_due().await;
    assert_eq!(kept().await, 10);
    city.clock.turn(SignedDuration::from_hours(11 * 24));
    city.do_all_due().await;
    assert_eq!(kept().await, 1);
    assert_eq!(one.show(&city).await["files"], json!([]));
    let path = format!("/files/{}", same["id"].as_str().unwrap());
    assert_eq!(other.ask(&city, Method::GET, &path, None).await.status, 200);
    assert_eq!(other.ask(&city, Method::DELETE, &path, None).await.status, 204);
    assert_eq!(kept().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_approvals_at_once_one_counts() {
    let city = City::with(without_second_factor()).await;
    let operator = city.person("operator", None).await;
    let mut body = form();
    body["standards"] = json!(["ningbo", "huzhou"]);
    let applicant = apply(&city, &body).await;
    let approve = || act(&city, &operator, &applicant.id, json!({"action": "approve"}));
    let (one, other) = tokio::join!(approve(), approve());
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{} {}", one.json(), other.json());
    let providers = city.read(&operator, &format!("/api/v1/providers?q={}", encoded("新停车"))).await.json();
    assert_eq!(providers["items"].as_array().unwrap().len(), 1);
    let provider = city.read(&operator, "/api/v1/providers/p-0001").await.json();
    assert_eq!((&provider["lots"], &provider["users"].as_array().unwrap().len()), (&json!(1), &1));
    let waiting = provider["credentials"].as_array().unwrap();
    assert!(waiting.len() == 2 && waiting.iter().all(|key| key["waiting_handover"] == true), "{provider}");
    let made = city.audited("registration.approve").await;
    assert_eq!((made.len(), city.audited("user.create").await.len()), (1, 1));
    for action in ["ask", "refuse", "approve"] {
        let body = json!({"action": action, "text": "x", "reason": "x"});
        assert_eq!(act(&city, &operator, &applicant.id, body).await.status, 409, "{action}");
    }
    // More lots of the same business: its provider has to be named, and gets no second account or keys.
    let mut body = form();
    body["lots"][0]["name"] = json!("第二停车场");
    let again = apply(&city, &body).await;
    let page = city.read(&operator, &format!("/api/v1/registrations/{}", again.id)).await.json();
    assert_eq!(page["same_credit_code"], "p-0001");
    for refused in [json!({"action": "approve"}), json!({"action": "approve", "provider": "p-0002"})] {
        let answer = act(&city, &operator, &again.id, refused).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["errors"][0]["pointer"]),
            (409, &json!("#/provider"))
        );
        assert!(answer.json()["detail"].as_str().unwrap().contains("p-0001"));
    }
    let added =
        act(&city, &operator, &again.id, json!({"action": "approve", "provider": "p-0001"})).await.json();
    assert_eq!((&added["provider"], &added["account"]), (&json!("p-0001"), &Value::Null));
    let provider = city.read(&operator, "/api/v1/providers/p-0001").await.json();
    assert_eq!((&provider["lots"], &provider["credentials"].as_array().unwrap().len()), (&json!(2), &2));
    assert_eq!(again.ask(&city, Method::POST, "/account", None).await.status, 409);
    // A login that is taken, and a provider's code that is.
    let mut body = form();
    body["credit_code"] = json!(credit_code(7));
    let third = apply(&city, &body).await;
    let taken = json!({"action": "approve", "login": "p-0001"});
    assert_eq!(act(&city, &operator, &third.id, taken).await.json()["errors"][0]["pointer"], "#/login");
    let taken = json!({"action": "approve", "provider": "p-0001"});
    assert_eq!(act(&city, &operator, &third.id, taken).await.status, 409);
    let named = json!({"action": "approve", "provider": "new-parking", "login": "boss"});
    assert_eq!(act(&city, &operator, &third.id, named).await.json()["account"]["login"], "boss");
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_hand_in_so_much_and_no_more() {
    let city = City::with(without_second_factor()).await;
    for _ in 0..3 {
        apply(&city, &form()).await;
    }
    let fourth = hand_in(&city, &form()).await;
    assert_eq!((fourth.status.as_u16(), fourth.headers.contains_key("retry-after")), (429, true));
    let with = |number| {
        let mut body = form();
        body["credit_code"] = json!(credit_code(number));
        body
    };
    for number in 3..20 {
        let applicant = apply(&city, &with(number)).await;
        // Withdrawn ones count too: their files are still here.
        assert_eq!(applicant.ask(&city, Method::DELETE, "", None).await.status, 204);
    }
    assert_eq!(hand_in(&city, &with(20)).await.status, 429);
    city.clock.turn(SignedDuration::from_hours(91 * 24));
    assert_eq!(hand_in(&city, &with(20)).await.status, 201);
    let mut last = 0;
    for _ in 0..121 {
        last = hand_in(&city, &json!({})).await.status.as_u16();
    }
    assert_eq!(last, 429, "an address changes so much in an hour");
}
