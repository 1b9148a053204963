//! The security administrator's work: accounts and tokens.

use crate::support::City;
use crate::support::person::{PASSWORD, Person, without_second_factor};
use http::Method;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_made_changed_reset_and_closed_with_a_trace_of_each() {
    let city = City::with(without_second_factor()).await;
    let admin = city.person("security-admin", None).await;
    let ask = |method, path: &'static str, body: Value| city.ask(&admin, method, path, Some(body));
    let new = json!({"login": "Li.Si", "name": "李四", "role": "provider", "provider": "hz-demo", "district": "3305"});
    let made = ask(Method::POST, "/api/v1/users", new.clone()).await;
    assert_eq!(made.status, 201);
    let first = made.json()["password"].as_str().unwrap().to_owned();
    assert_eq!(ask(Method::POST, "/api/v1/users", new).await.status, 409, "the login is taken");
    let signed_in = city.sign_in(&json!({"login": "li.si", "password": first})).await;
    assert_eq!(signed_in.json()["must_change_password"], true);
    let li = Person::of(&signed_in);
    assert_eq!(city.read(&li, "/api/v1/lots").await.json()["code"], "must-change-password");
    let chosen = json!({"old": first, "new": PASSWORD});
    assert_eq!(city.ask(&li, Method::POST, "/api/v1/me/password", Some(chosen)).await.status, 204);
    assert_eq!(city.read(&li, "/api/v1/lots").await.json()["items"].as_array().unwrap().len(), 2);

    let narrowed = ask(Method::PATCH, "/api/v1/users/li.si", json!({"district": "330521"})).await.json();
    assert_eq!((&narrowed["user"]["district"], &narrowed["password"]), (&json!("330521"), &Value::Null));
    assert_eq!(city.read(&li, "/api/v1/lots").await.json()["items"].as_array().unwrap().len(), 1, "at once");
    let reset = ask(Method::PATCH, "/api/v1/users/li.si", json!({"reset_password": true})).await.json();
    assert!(reset["password"].is_string());
    assert_eq!(city.read(&li, "/api/v1/me").await.status, 401);
    assert_eq!(ask(Method::PATCH, "/api/v1/users/li.si", json!({"disabled": true})).await.status, 200);
    assert_eq!(city.sign_in(&json!({"login": "li.si", "password": reset["password"]})).await.status, 401);

    let users = city.read(&admin, "/api/v1/users").await.json();
    let listed = users["items"].as_array().unwrap().iter().find(|user| user["login"] == "li.si").unwrap();
    assert_eq!((&listed["role"], &listed["provider"]), (&json!("provider"), &json!("hz-demo")));
    assert_eq!(listed["disabled"], true);
    let words = users.to_string();
    assert!(!words.contains("argon2") && !words.contains(&first));
    let auditor = city.person("auditor", None).await;
    let audit = city.read(&auditor, "/api/v1/audit?object=user:li.si").await.json();
    let actions: Vec<_> =
        audit["items"].as_array().unwrap().iter().map(|item| item["action"].as_str().unwrap()).collect();
    assert_eq!(
        actions,
        [
            "session.begin",
            "user.change",
            "user.reset",
            "user.change",
            "user.change",
            "user.password",
            "session.confirm",
            "session.begin",
            "user.create"
        ]
    );
    assert_eq!(audit["items"][4]["before"]["district"], "3305");
    assert_eq!(audit["items"][4]["after"]["district"], "330521");
    assert!(!audit.to_string().contains("argon2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_an_account_is_refused_by_its_field() {
    let city = City::with(without_second_factor()).await;
    let admin = city.person("security-admin", None).await;
    let good = json!({"login": "wang", "name": "王五", "role": "operator"});
    for (field, value) in [
        ("login", json!("")),
        ("login", json!("wang wu")),
        ("login", json!("王五")),
        ("login", json!("x".repeat(65))),
        ("name", json!(" ")),
        ("name", json!("a\u{7}b")),
        ("role", json!("root")),
        ("role", json!("provider:")),
        ("provider", json!("hz-demo")),
        ("district", json!("33050")),
        ("district", json!("湖州")),
        ("password", json!("short")),
        ("password", json!("Wang-Wu-12345")),
    ] {
        let mut body = good.clone();
        body[field] = value.clone();
        let answer = city.ask(&admin, Method::POST, "/api/v1/users", Some(body)).await;
        assert_eq!(answer.status, 400, "{field}={value}");
        assert_eq!(answer.json()["errors"][0]["pointer"], format!("#/{field}"), "{value}: {}", answer.json());
    }
    let unknown = json!({"login": "wang", "name": "王五", "role": "provider", "provider": "nobody"});
    assert_eq!(city.ask(&admin, Method::POST, "/api/v1/users", Some(unknown)).await.status, 400);
    let bounded = json!({"login": "wang", "name": "王五", "role": "auditor", "district": "3305"});
    assert_eq!(city.ask(&admin, Method::POST, "/api/v1/users", Some(bounded)).await.status, 400);
    assert_eq!(city.ask(&admin, Method::PATCH, "/api/v1/users/nobody", Some(json!({}))).await.status, 404);
    assert!(city.audited("user.create").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_made_once_listed_without_itself_and_ends_at_once() {
    let city = City::with(without_second_factor()).await;
    let admin = city.person("security-admin", None).await;
    let made = city
        .ask(&admin, Method::POST, "/api/v1/tokens", Some(json!({"role": "viewer", "district": "330521"})))
        .await;
    assert_eq!(made.status, 201);
    let (id, token) =
        (made.json()["id"].as_str().unwrap().to_owned(), made.json()["token"].as_str().unwrap().to_owned());
    assert_eq!(city.get("/api/v1/lots", Some(&token)).await.json()["items"].as_array().unwrap().len(), 1);
    let listed = city.read(&admin, "/api/v1/tokens").await.json();
    assert!(listed.to_string().contains(&id) && !listed.to_string().contains(&token));
    for refused in
        [json!({"role": "auditor"}), json!({"role": "provider"}), json!({"role": "viewer", "district": "x"})]
    {
        assert_eq!(city.ask(&admin, Method::POST, "/api/v1/tokens", Some(refused)).await.status, 400);
    }
    let path = format!("/api/v1/tokens/{id}");
    assert_eq!(city.ask(&admin, Method::DELETE, &path, None).await.status, 204);
    assert_eq!(city.ask(&admin, Method::DELETE, &path, None).await.status, 404);
    assert_eq!(city.get("/api/v1/lots", Some(&token)).await.status, 401);
    assert_eq!(city.audited("token.").await.len(), 2);
}
