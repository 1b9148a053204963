//! What a stranger may try, to learn where a plate books: each thing is done in two cities that differ in nothing but what
//! the plate has behind it, and may not differ in anything that a stranger sees.

use super::lot_system::Act;
use super::{Scene, ask_at, driver, posted, shown};
use http::Method;
use jiff::SignedDuration;
use serde_json::{Value, json};

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

/// All that a stranger is told who orders for the plate.
async fn told(scene: &Scene, wait: bool) -> Vec<Said> {
    let order = json!({"plate": PLATE, "enter_at": shown(scene.within(60)), "wait": wait});
    let answer = scene.city.send(posted(order)).await;
    let (created, mut told) = (answer.json(), vec![said(&answer)]);
    let driver = driver(&scene.city, &created);
    // Somebody else, whose place in the queue may tell.
    let next =
        ask_at(&scene.city, json!({"plate": "粤B70000", "enter_at": shown(scene.within(60)), "wait": wait}))
            .await;
    let next = super::driver(&scene.city, &next);
    for seconds in [0, 5, 60, 60 * 60] {
        scene.pass(SignedDuration::from_secs(seconds)).await;
        if seconds == 60 {
            told.push(said(&driver.changes(json!({"enter_at": shown(scene.within(65))})).await));
        }
        for one in [&driver, &next] {
            told.push(said(&one.call(Method::GET, "", None).await));
        }
    }
    told.push(said(&driver.cancels().await));
    told
}

/// A city in which the lot is full and the plate has, or has not, an order there at that time.
async fn full(plate: &str) -> Scene {
    let scene = Scene::with(1).await;
    assert_eq!(scene.books(plate, 60).await.state().await, "confirmed");
    scene
}

/// A city in which the plate has, or has not, had its orders of the day.
async fn used_up(plate: &str) -> Scene {
    let scene = Scene::with(1).await;
    for _ in 0..2 {
        let driver = scene.books(plate, 60).await;
        assert_eq!(driver.state().await, "confirmed");
        assert_eq!(driver.cancels().await.status, 200);
        scene.settle().await;
    }
    assert_eq!(scene.books("粤B11111", 60).await.state().await, "confirmed");
    scene
}

/// A city in which the plate waits, or another does.
async fn waiting(plate: &str) -> Scene {
    let scene = Scene::with(1).await;
    assert_eq!(scene.books("粤B11111", 60).await.state().await, "confirmed");
    assert_eq!(scene.waits(plate, 60).await.state().await, "waiting");
    scene
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_orders_for_a_plate_learns_nothing_of_its_orders() {
    for wait in [false, true] {
        assert_eq!(told(&full(PLATE).await, wait).await, told(&full(NOBODY).await, wait).await, "{wait}");
        assert_eq!(
            told(&used_up(PLATE).await, wait).await,
            told(&used_up(NOBODY).await, wait).await,
            "{wait}"
        );
        assert_eq!(
            told(&waiting(PLATE).await, wait).await,
            told(&waiting(NOBODY).await, wait).await,
            "{wait}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_looks_like_a_lot_that_has_no_space_after_all() {
    let told = async |plate: &str, wait: bool| {
        let scene = Scene::with(9).await;
        assert_eq!(scene.books(plate, 60).await.state().await, "confirmed");
        // Asked about it, the lot has none.
        scene.lot.will([Act::Code(1501, "没有可预约车位")]);
        let order = json!({"plate": PLATE, "enter_at": shown(scene.within(60)), "phone": "13812345678", "wait": wait});
        let answer = scene.city.send(posted(order)).await;
        let driver = driver(&scene.city, &answer.json());
        scene.settle().await;
        scene.pass(SignedDuration::from_secs(10)).await;
        (said(&answer), said(&driver.call(Method::GET, "", None).await))
    };
    for wait in [false, true] {
        assert_eq!(told(PLATE, wait).await, told(NOBODY, wait).await, "{wait}");
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
