//! What a stranger may try, to learn where a plate books: each thing is done in two cities that differ in nothing but what
//! the plate has behind it, and may not differ in anything that a stranger sees.

use super::lot_system::Act;
use super::{Driver, Scene, driver, posted, shown};
use crate::support::engine;
use http::Method;
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::time::Duration;

/// Whose bookings are to be found out.
const PLATE: &str = "粤B12345";
const NOBODY: &str = "粤B54321";

/// What an answer says, with what differs between any two orders put away: the code, the token, and when something happened to
/// the millisecond. That and the length of all the rest may not differ.
type Said = (u16, Vec<(String, String)>, usize, Value);

fn said(answer: &crate::support::Answer) -> Said {
    let headers = answer
        .headers
        .iter()
        .filter(|(name, _)| !["x-request-id", "date", "content-length"].contains(&name.as_str()));
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    let mut body = answer.json();
    for field in ["code", "token"] {
        if body.get(field).is_some() {
            body[field] = json!("");
        }
    }
    for step in body.get_mut("steps").and_then(Value::as_array_mut).into_iter().flatten() {
        step["at"] = json!("");
    }
    let length = body.to_string().len();
    (answer.status.as_u16(), headers.collect(), length, body)
}

/// Somebody who orders for plates of others, and keeps all that he is told, by answers and by SMS.
struct Stranger<'s> {
    scene: &'s Scene,
    orders: Vec<Driver<'s>>,
    told: Vec<Said>,
}

impl<'s> Stranger<'s> {
    fn at(scene: &'s Scene) -> Self {
        Self { scene, orders: Vec::new(), told: Vec::new() }
    }

    async fn orders(&mut self, plate: &str, minutes: i64, wait: bool) {
        let enter_at = shown(self.scene.within(minutes));
        let order = json!({"plate": plate, "enter_at": enter_at, "phone": "13812345678", "wait": wait});
        let answer = self.scene.city.send(posted(order)).await;
        self.told.push(said(&answer));
        self.orders.push(driver(&self.scene.city, &answer.json()));
    }

    /// Looks at every page.
    async fn looks(&mut self) {
        for order in &self.orders {
            self.told.push(said(&order.call(Method::GET, "", None).await));
        }
    }

    async fn waits(&mut self, seconds: i64) {
        self.scene.pass(SignedDuration::from_secs(seconds)).await;
        self.looks().await;
    }

    /// Asks for another time, and looks before the lot has answered and after.
    async fn changes(&mut self, number: usize, minutes: i64) {
        let change = json!({"enter_at": shown(self.scene.within(minutes))});
        self.told.push(said(&self.orders[number].changes(change).await));
        self.scene.settle().await;
        self.looks().await;
    }

    /// Tries all that a page lets be tried, until the links are dead, and reads what he was told by SMS.
    async fn until_over(mut self) -> Vec<Said> {
        let change = json!({"enter_at": shown(self.scene.within(80))});
        self.told.push(said(&self.orders[0].changes(change).await));
        for order in &self.orders {
            let appeal = json!({"text": "我来了"});
            self.told.push(said(&order.call(Method::POST, "/appeal", Some(appeal)).await));
            self.told.push(said(&order.call(Method::PATCH, "", Some(json!({"version": 99}))).await));
        }
        // The last minutes of the waitlist, the window, its end, and what is still seen a day later.
        for minutes in [1, 44, 10, 40, 60, 12 * 60] {
            self.waits(minutes * 60).await;
        }
        for order in &self.orders {
            self.told.push(said(&order.cancels().await));
        }
        self.waits(14 * 60 * 60).await;
        let last = self.told.last().unwrap();
        assert_eq!(last.0, 404, "the links are dead: {last:?}");
        let office = self.scene.city.token("operator", None).await;
        let outbox = self.scene.city.get("/api/v1/webhooks", Some(&office)).await.json();
        let mut sms: Vec<_> = outbox["items"].as_array().unwrap().iter().collect();
        sms.sort_by_key(|one| (one["at"].to_string(), one["event"].to_string()));
        let sms: Vec<_> = sms.iter().map(|one| json!([one["at"], one["event"]])).collect();
        self.told.push((0, Vec::new(), sms.len(), json!(sms)));
        self.told
    }
}

/// A city whose drivers are told by SMS.
async fn city(places: usize) -> Scene {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "a secret of sixteen bytes").unwrap();
    let mut config = super::config();
    engine::choose(&mut config);
    // Nobody is there: what is to be told stays in the outbox.
    (config.webhook.url, config.webhook.secret_file) = (Some("http://127.0.0.1:9/".to_owned()), Some(secret));
    Scene::on(config, places).await
}

/// What a plate has, or has not, behind it.
#[derive(Clone, Copy, Debug)]
enum Behind {
    /// An order at that time.
    SameTime,
    /// The orders of its day.
    PerDay,
    /// Cars that did not come.
    Suspended,
}

/// A city in which it has, or has not; the lot has so many places left.
async fn behind(plate: &str, what: Behind, (places, takes): (usize, Duration)) -> Scene {
    let scene = city(places + usize::from(matches!(what, Behind::SameTime))).await;
    scene.lot.takes(takes);
    match what {
        Behind::SameTime => assert_eq!(scene.books(plate, 60).await.state().await, "confirmed"),
        Behind::PerDay => {
            for _ in 0..2 {
                let driver = scene.books(plate, 60).await;
                assert_eq!(driver.state().await, "confirmed");
                assert_eq!(driver.cancels().await.status, 200);
                scene.settle().await;
            }
        }
        Behind::Suspended => {
            scene.rules("no_shows_per_month = 1").await;
            scene.does_not_come(plate, 1).await;
        }
    }
    scene
}

/// A lot that takes so long has not answered yet when the next thing is asked.
const SLOW: Duration = Duration::from_millis(1_000);

const ALL: [Behind; 3] = [Behind::SameTime, Behind::PerDay, Behind::Suspended];

/// The same in a city in which the plate has that behind it, and in one in which another has, and the lot refuses, after
/// `honest` calls.
async fn alike(
    what: Behind,
    lot: (usize, Duration),
    honest: usize,
    tries: impl AsyncFn(&Scene) -> Vec<Said>,
) {
    let is = async { tries(&behind(PLATE, what, lot).await).await };
    let is_not = async {
        let scene = behind(NOBODY, what, lot).await;
        scene.lot.will(std::iter::repeat_n(Act::Honest, honest).chain([Act::Code(5005, "黑名单")]));
        tries(&scene).await
    };
    let (is, is_not) = tokio::join!(is, is_not);
    for (number, (is, is_not)) in is.iter().zip(&is_not).enumerate() {
        assert_eq!(is, is_not, "{what:?}: answer {number}");
    }
    assert_eq!(is.len(), is_not.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_barred_order_is_followed_like_one_that_the_lot_refuses() {
    for what in ALL {
        for wait in [false, true] {
            alike(what, (9, Duration::ZERO), 0, async |scene: &Scene| {
                let mut stranger = Stranger::at(scene);
                stranger.orders(PLATE, 60, wait).await;
                scene.settle().await;
                stranger.looks().await;
                // And for another in the same minute, and in the next one.
                stranger.orders("粤B70000", 60, wait).await;
                scene.settle().await;
                stranger.waits(30).await;
                stranger.waits(60).await;
                stranger.orders("粤B70001", 60, wait).await;
                scene.settle().await;
                stranger.waits(1).await;
                stranger.until_over().await
            })
            .await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_answer_does_not_tell_whether_the_first_took_the_last_place() {
    for what in [Behind::SameTime, Behind::PerDay] {
        for wait in [false, true] {
            alike(what, (1, SLOW), 0, async |scene: &Scene| {
                let mut stranger = Stranger::at(scene);
                stranger.orders(PLATE, 60, wait).await;
                stranger.orders("粤B70000", 60, wait).await;
                stranger.looks().await;
                scene.settle().await;
                stranger.looks().await;
                stranger.orders("粤B70001", 60, wait).await;
                scene.settle().await;
                stranger.waits(20).await;
                stranger.until_over().await
            })
            .await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_seen_to_be_passed_over_in_the_queue() {
    for what in ALL {
        // The lot lets the first one go, and then is asked about the next.
        alike(what, (1, SLOW), 2, async |scene: &Scene| {
            let first = scene.books("粤B11111", 60).await;
            assert_eq!(first.state().await, "confirmed");
            let mut stranger = Stranger::at(scene);
            stranger.orders(PLATE, 60, true).await;
            stranger.orders("粤B70000", 60, true).await;
            stranger.orders("粤B70001", 60, true).await;
            stranger.waits(60).await;
            stranger.changes(0, 58).await;
            assert_eq!(first.cancels().await.status, 200);
            stranger.looks().await;
            scene.settle().await;
            stranger.looks().await;
            stranger.until_over().await
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_does_not_find_the_plate_s_other_order() {
    let tries = async |plate: &str| {
        let scene = city(9).await;
        scene.lot.takes(SLOW);
        assert_eq!(scene.books(plate, 110).await.state().await, "confirmed");
        let mut stranger = Stranger::at(&scene);
        stranger.orders(PLATE, 20, false).await;
        scene.settle().await;
        if plate != PLATE {
            scene.lot.will([Act::Code(5005, "黑名单")]);
        }
        stranger.changes(0, 100).await;
        stranger.waits(60).await;
        stranger.told
    };
    assert_eq!(tries(PLATE).await, tries(NOBODY).await);
}

/// Who waits somewhere waits nowhere else, and nobody sees that.
#[tokio::test(flavor = "multi_thread")]
async fn who_waits_elsewhere_is_shown_waiting() {
    for wait in [false, true] {
        let tries = async |plate: &str| {
            let scene = city(1).await;
            assert_eq!(scene.books("粤B11111", 60).await.state().await, "confirmed");
            assert_eq!(scene.waits(plate, 110).await.state().await, "waiting");
            let mut stranger = Stranger::at(&scene);
            stranger.orders(PLATE, 40, wait).await;
            stranger.orders("粤B70000", 60, wait).await;
            stranger.waits(60).await;
            stranger.changes(0, 45).await;
            stranger.until_over().await
        };
        assert_eq!(tries(PLATE).await, tries(NOBODY).await, "{wait}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_opens_nothing_is_answered_in_one_way() {
    let scene = Scene::with(2).await;
    let driver = scene.books(PLATE, 60).await;
    let ask = async |method: Method, path: &str, authorization: Option<String>, body: Option<Value>| {
        let mut request = http::Request::builder()
            .method(method)
            .uri(format!("/open/v1/reservations/current{path}"))
            .header("content-type", "application/json");
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        said(&scene.city.send(request.body(axum::body::Body::from(body)).unwrap()).await)
    };
    let dead = scene.books("粤B11111", 30).await;
    scene.pass(SignedDuration::from_hours(26)).await;
    let wrong = [
        None,
        Some("Bearer".to_owned()),
        Some(format!("Bearer {}", "0".repeat(32))),
        Some(format!("Bearer {}", "x".repeat(500))),
        // The code proves nothing.
        Some(format!("Bearer {}", driver.code)),
        Some(format!("Basic {}", driver.token)),
        Some(format!("Bearer {}", dead.token)),
    ];
    let change = || Some(json!({"version": 1}));
    let appeal = || Some(json!({"text": "我来了"}));
    for (method, path, body) in [
        (Method::GET, "", None),
        (Method::GET, "/stream", None),
        (Method::PATCH, "", change()),
        (Method::DELETE, "", None),
        (Method::POST, "/appeal", appeal()),
    ] {
        let mut answers = Vec::new();
        for authorization in &wrong {
            answers.push(ask(method.clone(), path, authorization.clone(), body.clone()).await);
        }
        assert_eq!(answers[0].0, 404, "{method} {path}: {:?}", answers[0]);
        for answer in &answers {
            assert_eq!(*answer, answers[0], "{method} {path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_public_names_a_plate_or_counts_orders() {
    let scene = Scene::with(2).await;
    let public = [
        "/open/v1/lots/sz-park",
        "/open/v1/reservations/lots/sz-park",
        "/open/v1/lots?near=113.93,22.53&radius=1000",
    ];
    let read = async || {
        let mut answers = Vec::new();
        for path in public {
            answers.push(said(&scene.city.get(path, None).await));
        }
        answers
    };
    let before = read().await;
    let driver = scene.books(PLATE, 60).await;
    let other = scene.waits("粤B22222", 60).await;
    assert_eq!(other.state().await, "confirmed");
    assert_eq!(read().await, before, "orders change nothing that everybody sees");
    // What can be asked about a plate or an order without its link: nothing.
    for path in [
        "/open/v1/reservations?plate=%E7%B2%A4B12345".to_owned(),
        "/open/v1/reservations".to_owned(),
        format!("/open/v1/reservations/{}", driver.code),
        "/api/v1/reservations?plate=%E7%B2%A4B12345".to_owned(),
    ] {
        let status = scene.city.get(&path, None).await.status.as_u16();
        assert!([401, 404, 405].contains(&status), "{path}: {status}");
    }
    // Who is shown an order by its link sees no whole plate and no whole number.
    let seen = driver.call(Method::GET, "", None).await;
    assert!(!String::from_utf8_lossy(&seen.bytes).contains("12345"));
    assert_eq!(seen.headers["cache-control"], "no-store");
}
