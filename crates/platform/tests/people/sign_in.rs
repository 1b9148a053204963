//! Signing in, the second factor, lockouts and sessions.

use crate::support::City;
use crate::support::person::{PASSWORD, Person, without_second_factor};
use bowei_platform::Clock as _;
use http::Method;
use jiff::SignedDuration;
use serde_json::{Value, json};
use totp_rs::{Algorithm, Secret, TOTP};

fn wrong(login: &str) -> Value {
    json!({"login": login, "password": "Ab3-something-else"})
}

/// The code that an app shows now.
fn code(secret: &str, city: &City) -> String {
    let secret = Secret::Encoded(secret.to_owned()).to_bytes().unwrap();
    let totp = TOTP::new(Algorithm::SHA1, 6, 1, 30, secret, None, "x".to_owned()).unwrap();
    totp.generate(u64::try_from(city.clock.now().as_second()).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_signs_in_is_told_who_he_is_and_gets_a_cookie_that_no_script_reads() {
    let city = City::with(without_second_factor()).await;
    city.account("zhang", "regulator", Some("330502")).await;
    let answer = city.sign_in(&json!({"login": " Zhang ", "password": PASSWORD})).await;
    let told = answer.json();
    assert_eq!(
        (&told["login"], &told["role"], &told["district"]),
        (&json!("zhang"), &json!("regulator"), &json!("330502"))
    );
    assert_eq!((&told["totp"], &told["must_change_password"]), (&json!("none"), &json!(false)));
    let may = told["permissions"].as_array().unwrap();
    assert!(may.contains(&json!("plates.reveal")) && !may.contains(&json!("plates.read")), "{may:?}");
    let cookie = answer.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("bowei_session=") && cookie.contains("HttpOnly"), "{cookie}");
    assert!(cookie.contains("SameSite=Strict") && cookie.contains("Path=/"), "{cookie}");
    assert!(!cookie.contains("Secure"), "plain HTTP: {cookie}");
    let person = Person::of(&answer);
    assert_eq!(city.read(&person, "/api/v1/me").await.json()["csrf"], told["csrf"]);
    let signed_in = city.audited("session.begin").await;
    assert_eq!(
        (signed_in[0].entry.user.as_str(), signed_in[0].entry.source.as_str()),
        ("zhang", "192.0.2.7")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_failure_is_told_alike_and_leaves_a_trace() {
    let city = City::with(without_second_factor()).await;
    city.account("zhang", "operator", None).await;
    city.account("closed", "operator", None).await;
    let admin = city.person("security-admin", None).await;
    let closing =
        city.ask(&admin, Method::PATCH, "/api/v1/users/closed", Some(json!({"disabled": true}))).await;
    assert_eq!(closing.status, 200);
    let mut told = Vec::new();
    for body in [wrong("zhang"), wrong("nobody"), json!({"login": "closed", "password": PASSWORD}), wrong("")]
    {
        let answer = city.sign_in(&body).await;
        assert_eq!(answer.status, 401);
        told.push(answer.bytes);
    }
    assert!(told.iter().all(|bytes| *bytes == told[0]));
    let failures = city.audited("session.begin").await.into_iter().filter(|kept| !kept.entry.ok);
    assert_eq!(
        failures.map(|kept| kept.entry.object).collect::<Vec<_>>(),
        ["user:", "user:closed", "user:nobody", "user:zhang"]
    );
    // What is no body of the form is told so, and nothing of whose account it is.
    for body in
        [json!({}), json!({"login": 1, "password": "x"}), json!({"login": "a", "password": "b", "x": 1})]
    {
        assert_eq!(city.sign_in(&body).await.status, 400);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn five_failures_lock_and_the_lock_outlives_the_right_password() {
    let city = City::with(without_second_factor()).await;
    city.account("zhang", "operator", None).await;
    for _ in 0..5 {
        assert_eq!(city.sign_in(&wrong("zhang")).await.status, 401);
    }
    let right = json!({"login": "zhang", "password": PASSWORD});
    let locked = city.sign_in(&right).await;
    assert_eq!(locked.status, 429);
    let seconds: u64 = locked.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1_700..=1_800).contains(&seconds), "{seconds}");
    city.clock.turn(SignedDuration::from_mins(29));
    assert_eq!(city.sign_in(&right).await.status, 429);
    city.clock.turn(SignedDuration::from_mins(2));
    assert_eq!(city.sign_in(&right).await.status, 200);
    // Four are none: signing in forgets them.
    for _ in 0..3 {
        for _ in 0..4 {
            assert_eq!(city.sign_in(&wrong("zhang")).await.status, 401);
        }
        assert_eq!(city.sign_in(&right).await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_tries_many_names_is_locked_too() {
    let mut config = without_second_factor();
    config.accounts.failures_per_address_max = 8;
    let city = City::with(config).await;
    city.account("zhang", "operator", None).await;
    for number in 0..8 {
        assert_eq!(city.sign_in(&wrong(&format!("name-{number}"))).await.status, 401);
    }
    assert_eq!(city.sign_in(&json!({"login": "zhang", "password": PASSWORD})).await.status, 429);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_officer_sets_up_a_second_factor_before_anything_else_and_no_code_is_taken_twice() {
    let city = City::new().await;
    city.account("zhang", "operator", None).await;
    let plain = json!({"login": "zhang", "password": PASSWORD});
    let first = city.sign_in(&plain).await;
    assert_eq!(first.json()["totp"], "required");
    let person = Person::of(&first);
    let kept_out = city.read(&person, "/api/v1/lots").await;
    assert_eq!((kept_out.status.as_u16(), &kept_out.json()["code"]), (403, &json!("totp-required")));
    let begun = city.ask(&person, Method::POST, "/api/v1/me/totp", Some(json!({}))).await.json();
    let secret = begun["secret"].as_str().unwrap();
    assert!(begun["uri"].as_str().unwrap().contains(secret));
    let unfit = city.ask(&person, Method::POST, "/api/v1/me/totp", Some(json!({"code": "000000"}))).await;
    assert_eq!(unfit.status, 422);
    let shown = code(secret, &city);
    let done = city.ask(&person, Method::POST, "/api/v1/me/totp", Some(json!({"code": shown}))).await.json();
    let recovery = done["recovery_codes"].as_array().unwrap().clone();
    assert_eq!(recovery.len(), 10);
    assert_eq!(city.read(&person, "/api/v1/lots").await.status, 200);
    // The code that set it up is used up; the next step's is not, once.
    let with = |code: &str| json!({"login": "zhang", "password": PASSWORD, "code": code});
    assert_eq!(city.sign_in(&plain).await.status, 401);
    assert_eq!(city.sign_in(&with(&shown)).await.status, 401);
    city.clock.turn(SignedDuration::from_secs(30));
    let next = code(secret, &city);
    assert_eq!(city.sign_in(&with(&next)).await.status, 200);
    assert_eq!(city.sign_in(&with(&next)).await.status, 401);
    // A recovery code is good once as well, and nothing of either is kept as it is.
    let lost = recovery[3].as_str().unwrap();
    assert_eq!(city.sign_in(&with(&lost.to_lowercase())).await.status, 200);
    assert_eq!(city.sign_in(&with(lost)).await.status, 401);
    let row = city.platform.app().store.user("zhang").await.unwrap().unwrap();
    let kept = format!("{row:?}");
    assert!(!kept.contains(secret) && !kept.contains(lost) && !kept.contains(PASSWORD));
    assert_eq!(row.totp.unwrap().recovery.len(), 9);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_show_one_code_at_once_one_is_let_in() {
    let city = City::new().await;
    city.account("zhang", "operator", None).await;
    let person = city.signed_in("zhang").await;
    let begun = city.ask(&person, Method::POST, "/api/v1/me/totp", Some(json!({}))).await.json();
    let secret = begun["secret"].as_str().unwrap();
    let first = json!({"code": code(secret, &city)});
    assert_eq!(city.ask(&person, Method::POST, "/api/v1/me/totp", Some(first)).await.status, 200);
    city.clock.turn(SignedDuration::from_secs(60));
    let body = json!({"login": "zhang", "password": PASSWORD, "code": code(secret, &city)});
    let answers = futures::future::join_all((0..4).map(|_| city.sign_in(&body))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_when_idle_when_old_and_when_its_owner_ends_it() {
    let city = City::with(without_second_factor()).await;
    city.account("zhang", "operator", None).await;
    let (idle, used) = (city.signed_in("zhang").await, city.signed_in("zhang").await);
    for _ in 0..3 {
        city.clock.turn(SignedDuration::from_mins(14));
        assert_eq!(city.read(&used, "/api/v1/me").await.status, 200);
    }
    let gone = city.read(&idle, "/api/v1/me").await;
    assert_eq!((gone.status.as_u16(), &gone.json()["code"]), (401, &json!("signed-out")));
    for _ in 0..46 {
        city.clock.turn(SignedDuration::from_mins(15));
        city.read(&used, "/api/v1/me").await;
    }
    assert_eq!(city.read(&used, "/api/v1/me").await.status, 401, "twelve hours are over");
    let (here, there) = (city.signed_in("zhang").await, city.signed_in("zhang").await);
    let listed = city.read(&here, "/api/v1/me/sessions").await.json();
    let other = listed["items"].as_array().unwrap().iter().find(|one| one["current"] == false).unwrap();
    assert_eq!(other["user_agent"], "a browser");
    let path = format!("/api/v1/me/sessions/{}", other["id"].as_str().unwrap());
    assert_eq!(city.ask(&here, Method::DELETE, &path, None).await.status, 204);
    let ended = [city.read(&there, "/api/v1/me").await.status, city.read(&here, "/api/v1/me").await.status];
    assert_eq!(ended.map(|status| status.as_u16()), [401, 200]);
    let out = city.ask(&here, Method::DELETE, "/api/v1/session", None).await;
    assert!(out.headers["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    assert_eq!(city.read(&here, "/api/v1/me").await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_changes_anything_repeats_the_word_that_other_pages_cannot_know() {
    let city = City::with(without_second_factor()).await;
    let person = city.person("operator", None).await;
    let other = city.person("security-admin", None).await;
    for csrf in ["", "x", &other.csrf] {
        let foreign = Person { cookie: person.cookie.clone(), csrf: csrf.to_owned() };
        for (method, path) in
            [(Method::PATCH, "/api/v1/lots/330502-001"), (Method::DELETE, "/api/v1/session")]
        {
            let refused = city.ask(&foreign, method, path, Some(json!({"state": "live"}))).await;
            assert_eq!((refused.status.as_u16(), &refused.json()["code"]), (403, &json!("csrf")), "{path}");
        }
        assert_eq!(city.read(&foreign, "/api/v1/lots").await.status, 200, "reading changes nothing");
    }
    let done =
        city.ask(&person, Method::PATCH, "/api/v1/lots/330502-001", Some(json!({"state": "live"}))).await;
    assert_eq!(done.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_fits_the_rules_and_ends_the_other_sessions() {
    let city = City::with(without_second_factor()).await;
    city.account("zhang", "operator", None).await;
    let (here, there) = (city.signed_in("zhang").await, city.signed_in("zhang").await);
    let change = |old: &str, new: &str| {
        let body = Some(json!({"old": old, "new": new}));
        city.ask(&here, Method::POST, "/api/v1/me/password", body)
    };
    assert_eq!(change("Ab3-not-mine", "Cd4-something").await.json()["code"], "password-wrong");
    for unfit in ["short-1A", "alllowercase1", "xx-zhang-AB12", PASSWORD] {
        let answer = change(PASSWORD, unfit).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["errors"][0]["pointer"]),
            (422, &json!("#/new")),
            "{unfit}"
        );
    }
    assert_eq!(change(PASSWORD, "Cd4-something").await.status, 204);
    let still = [city.read(&there, "/api/v1/me").await.status, city.read(&here, "/api/v1/me").await.status];
    assert_eq!(still.map(|status| status.as_u16()), [401, 200]);
    assert_eq!(city.sign_in(&json!({"login": "zhang", "password": PASSWORD})).await.status, 401);
    assert_eq!(city.sign_in(&json!({"login": "zhang", "password": "Cd4-something"})).await.status, 200);
    // After its days are over a password is changed before anything else.
    city.clock.turn(SignedDuration::from_hours(24 * 89));
    let late = Person::of(&city.sign_in(&json!({"login": "zhang", "password": "Cd4-something"})).await);
    city.clock.turn(SignedDuration::from_mins(29));
    assert_eq!(city.read(&late, "/api/v1/lots").await.status, 200);
    city.clock.turn(SignedDuration::from_hours(48));
    let late = Person::of(&city.sign_in(&json!({"login": "zhang", "password": "Cd4-something"})).await);
    assert_eq!(city.read(&late, "/api/v1/lots").await.json()["code"], "must-change-password");
    // And an account that nobody used for as long is closed.
    city.clock.turn(SignedDuration::from_hours(24 * 91));
    assert_eq!(city.sign_in(&json!({"login": "zhang", "password": "Cd4-something"})).await.status, 401);
}
