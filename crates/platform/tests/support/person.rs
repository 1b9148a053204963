//! People of a city: their accounts, and the browser of one who is signed in.

use super::{Answer, City};
use axum::body::Body;
use bowei_platform::accounts::user::{NewUser, password_digest, role_of};
use bowei_platform::{Clock as _, Config};
use bowei_store::Change;
use http::{Method, Request};
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr};

/// Everybody's password.
pub const PASSWORD: &str = "Ab3-everybody";

/// Whoever signs in from somewhere else than the proxy on this machine.
pub const OFFICE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));

/// A platform whose people need no second factor.
pub fn without_second_factor() -> Config {
    let mut config = Config::default();
    config.accounts.second_factor = false;
    config
}

/// Who is signed in.
pub struct Person {
    pub cookie: String,
    pub csrf: String,
}

impl City {
    /// Makes an account; `role` as the command has it, `provider:CODE` with its provider.
    pub async fn account(&self, login: &str, role: &str, district: Option<&str>) {
        let (word, provider) = role.split_once(':').map_or((role, None), |(word, code)| (word, Some(code)));
        let new = NewUser {
            login: login.to_owned(),
            name: format!("{login} 先生"),
            role: role_of(word, provider).unwrap(),
            district: district.map(str::to_owned),
        };
        let row = new.row(password_digest(PASSWORD).unwrap(), false, self.clock.now()).unwrap();
        self.platform.app().store.administer(vec![Change::User(Box::new(row))], Vec::new()).await.unwrap();
    }

    /// Tries to sign in.
    pub async fn sign_in(&self, body: &Value) -> Answer {
        let client = bowei_service::Client { address: OFFICE, is_proxy: false };
        let request = Request::post("/api/v1/session")
            .header("content-type", "application/json")
            .header("user-agent", "a browser")
            .extension(client);
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// Signs somebody in who has an account and no second factor.
    pub async fn signed_in(&self, login: &str) -> Person {
        Person::of(&self.sign_in(&json!({"login": login, "password": PASSWORD})).await)
    }

    /// An account of that role, signed in.
    pub async fn person(&self, role: &str, district: Option<&str>) -> Person {
        let login = format!("{}-{}", role.replace(':', "-"), district.unwrap_or("all"));
        self.account(&login, role, district).await;
        self.signed_in(&login).await
    }

    /// Asks as a person; what changes anything with the word that it has to repeat.
    pub async fn ask(&self, person: &Person, method: Method, path: &str, body: Option<Value>) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("cookie", &person.cookie)
            .header("x-csrf-token", &person.csrf)
            .header("content-type", "application/json")
            .body(Body::from(body.map(|body| body.to_string()).unwrap_or_default()));
        self.send(request.unwrap()).await
    }

    /// Hands a file in as a person.
    pub async fn send_file(&self, person: &Person, path: &str, bytes: &'static [u8]) -> Answer {
        let request = Request::post(path)
            .header("cookie", &person.cookie)
            .header("x-csrf-token", &person.csrf)
            .body(Body::from(bytes));
        self.send(request.unwrap()).await
    }

    /// Reads as a person.
    pub async fn read(&self, person: &Person, path: &str) -> Answer {
        self.ask(person, Method::GET, path, None).await
    }

    /// Asks as a program.
    pub async fn ask_with(&self, token: &str, method: Method, path: &str, body: Option<Value>) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {token}"))
            .body(Body::from(body.map(|body| body.to_string()).unwrap_or_default()));
        self.send(request.unwrap()).await
    }

    /// What the audit says of an action, the newest first.
    pub async fn audited(&self, action: &str) -> Vec<bowei_store::AuditEntry> {
        let query = bowei_store::AuditQuery {
            action: Some(action.to_owned()),
            limit: 100,
            ..bowei_store::AuditQuery::default()
        };
        self.platform.app().store.audit(query).await.unwrap().items
    }
}

impl Person {
    /// The browser after an answer that let somebody in.
    pub fn of(answer: &Answer) -> Self {
        assert_eq!(answer.status, 200, "{}", answer.json());
        let cookie = answer.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        Self { cookie, csrf: answer.json()["csrf"].as_str().unwrap().to_owned() }
    }
}
