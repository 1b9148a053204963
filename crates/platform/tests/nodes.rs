//! Nodes on one store are alike: what one is told the others show, and what is to be done once is done by one.
//!
//! Always on a real PostgreSQL and a real S3, whichever engines the other tests run on.

use crate::people::oidc::{Sso, location};
use crate::support;
use crate::support::person::without_second_factor;

use bowei_model::{Heartbeat, Report};
use bowei_platform::vacancy::Status;
use bowei_platform::{Clock, Config, Platform, Running, StartError};
use bowei_store::JobClaim;
use bowei_store::photos::NewPicture;
use jiff::SignedDuration;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};
use support::speaker::{MIXED, Speaker};
use support::{City, HandClock, entry, exit, jpeg, photo};

/// A city with the registry of the tests on engines that nodes can share, and a further node beside it.
async fn two_nodes() -> (City, City) {
    let mut config = Config::default();
    config.server.listen = "127.0.0.1:0".parse().unwrap();
    support::engine::shared(&mut config);
    let one = City::on(config).await;
    let other = beside(&one).await;
    (one, other)
}

/// A further node on the same store.
async fn beside(city: &City) -> City {
    let platform =
        Platform::open(city.platform.app().config.clone(), Arc::clone(&city.clock) as Arc<dyn Clock>).await;
    let platform = platform.unwrap();
    City {
        router: platform.router(),
        platform,
        clock: Arc::clone(&city.clock),
        handed_out: Default::default(),
        folder: tempfile::tempdir().unwrap(),
    }
}

/// Both nodes' own work: following each other above all.
async fn running(one: City, other: City) -> [(Running, Arc<HandClock>); 2] {
    let clock = Arc::clone(&one.clock);
    [
        (one.platform.start().await.unwrap(), Arc::clone(&clock)),
        (other.platform.start().await.unwrap(), clock),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_node_is_told_the_other_shows_within_a_second() {
    let (one, other) = two_nodes().await;
    let lot = one.lot_of("hz-demo");
    let messages: Vec<_> = (0..5)
        .map(|car| {
            lot.seal(&entry("330502-001", &format!("R{car}"), car - 9, 199 - car), &[], one.clock.now())
        })
        .collect();
    let router = one.router.clone();
    let [(one, _), (other, _)] = running(one, other).await;
    for message in messages {
        let answer = tower::ServiceExt::oneshot(router.clone(), message).await.unwrap();
        assert_eq!(answer.status(), 200);
    }
    let begun = Instant::now();
    let shown = |running: &Running| {
        let app = running.app();
        let lot = app.registry.snapshot().lots[&"330502-001".into()].clone();
        let view = app.vacancy.of(&lot, app.clock.now());
        (view.state.inside, view.vacant(&lot))
    };
    while shown(&other) != (5, Some(195)) {
        assert!(begun.elapsed() < Duration::from_secs(1), "{:?} after a second", shown(&other));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(shown(&one), shown(&other));
    one.stop().await;
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_one_node_has_sent_to_the_identity_provider_may_come_back_to_another() {
    let mut config = without_second_factor();
    support::engine::shared(&mut config);
    let mut sso = Sso::with(config, |_| {}).await;
    sso.city.account("zhang", "regulator", None).await;
    let way = sso.start("", "").await;
    let other = beside(&sso.city).await;
    let one = std::mem::replace(&mut sso.city, other);
    let answer = sso.back_with(&way, sso.signer.sign(&sso.claims(&way, "7", "zhang"))).await;
    assert_eq!(location(&answer), "/console");
    let person = sso.person(&answer).await;
    assert_eq!(one.read(&person, "/api/v1/me").await.json()["login"], "zhang");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lot_that_one_node_has_heard_of_is_kept_online_by_a_heartbeat_at_the_other() {
    let (one, other) = two_nodes().await;
    let lot = one.lot_of("hz-demo");
    assert_eq!(other.say(&lot, &Report::Heartbeat(Heartbeat { lot: None })).await.code(), 200);
    assert_eq!(one.say(&lot, &entry("330502-001", "R1", 0, 199)).await.code(), 200);
    one.clock.turn(SignedDuration::from_mins(14));
    assert_eq!(other.say(&lot, &Report::Heartbeat(Heartbeat { lot: None })).await.code(), 200);
    one.clock.turn(SignedDuration::from_mins(14));
    let [(one, _), (other, _)] = running(one, other).await;
    let begun = Instant::now();
    let online = |running: &Running| {
        let app = running.app();
        let statuses = app.vacancy.statuses(&app.registry.snapshot(), app.clock.now());
        let mut online: Vec<_> =
            statuses.into_iter().filter(|(_, status)| *status == Status::Online).collect();
        online.sort_by(|a, b| a.0.cmp(&b.0));
        online.into_iter().map(|(lot, _)| lot.to_string()).collect::<Vec<_>>()
    };
    // Of the account's two lots the one that has spoken, at both nodes.
    while [&one, &other].map(online) != [["330502-001"], ["330502-001"]] {
        assert!(begun.elapsed() < Duration::from_secs(2), "{:?} after two seconds", online(&other));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    one.stop().await;
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_watches_one_node_sees_what_another_takes_in() {
    let (one, other) = two_nodes().await;
    let lot = one.lot_of("hz-demo");
    let message = lot.seal(&entry("330502-001", "R1", 0, 199), &[], one.clock.now());
    let router = one.router.clone();
    let [(one, _), (other, _)] = running(one, other).await;
    let (mut here, mut there) = (one.app().live.watch(), other.app().live.watch());
    // Somebody who watches is noticed at the next look at the ledger.
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    tower::ServiceExt::oneshot(router, message).await.unwrap();
    for watching in [&mut here, &mut there] {
        let event = tokio::time::timeout(Duration::from_secs(3), watching.recv()).await.unwrap().unwrap();
        let bowei_platform::live::LiveEvent::Passage(passage) = event else { panic!("{event:?}") };
        assert_eq!(passage.lot.code.as_str(), "330502-001");
    }
    // And sees it once.
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    assert!(here.try_recv().is_err() && there.try_recv().is_err());
    one.stop().await;
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stay_may_begin_at_one_node_and_end_at_another() {
    let (one, other) = two_nodes().await;
    let lot = one.lot_of("hz-demo");
    assert_eq!(one.say(&lot, &entry("330502-001", "R1", 0, 199)).await.code(), 200);
    assert_eq!(other.say(&lot, &exit("330502-001", "R1", 0, 30, 200)).await.code(), 200);
    let picture = jpeg(5_000);
    let request = lot.seal(&photo("330502-001", "R1", &picture), &picture, one.clock.now());
    assert_eq!(other.send(request).await.code(), 200);
    let token = one.token("operator", None).await;
    for node in [&one, &other] {
        node.platform.app().registry.refresh().await.unwrap();
        let list = node.get("/api/v1/lots/330502-001/sessions", Some(&token)).await.json();
        let session = &list["items"][0];
        assert_eq!(session["minutes"], 30);
        let id = session["photos"][0]["id"].as_str().unwrap();
        assert_eq!(node.get(&format!("/api/v1/photos/{id}"), Some(&token)).await.bytes, picture);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_one_node_handed_out_every_node_knows() {
    let (one, other) = two_nodes().await;
    let handed_out = one.apply(MIXED, SignedDuration::ZERO).await;
    other.platform.app().registry.refresh().await.unwrap();
    let mut lot = Speaker::of(&handed_out, "mixed", "shenzhen");
    lot.log_in(&one).await;
    let report =
        bowei_model::Report::SpaceCount(bowei_model::SpaceCount::new("nb-1".into(), one.clock.now(), 20));
    for node in [&one, &other] {
        let reading = lot.say(node, &report, "9f3b6c1e4d2a48f7a0b5c6d7e8f90a1b", None).await;
        assert!(matches!(reading, bowei_standards::lot_side::Reading::Accepted), "{reading:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hourly_and_daily_work_is_done_by_one_node_and_moves_when_that_one_dies() {
    let (one, other) = two_nodes().await;
    let (app, another) = (one.platform.app(), other.platform.app());
    let all: BTreeSet<_> = [
        "audit head",
        "businesses",
        "cases",
        "closing of days",
        "connections",
        "data quality",
        "days",
        "forecasts",
        "inspector",
        "no-shows",
        "occupancy",
        "old photos",
        "old plates",
        "old reservations",
        "old signs of life",
        "old taps",
        "orders",
        "orphaned photos",
        "registrations' files",
        "reports",
        "sign-ins",
        "supervision by the hour",
        "webhooks",
    ]
    .into();
    let done = app.jobs.do_all_due().await.unwrap();
    assert_eq!(done.into_iter().collect::<BTreeSet<_>>(), all);
    assert!(another.jobs.do_all_due().await.unwrap().is_empty(), "it is done");
    assert!(app.jobs.do_all_due().await.unwrap().is_empty());
    one.clock.turn(SignedDuration::from_hours(1));
    assert_eq!(another.jobs.do_all_due().await.unwrap().len(), 12, "the next hour's is not; the day's is");
    // A third node claims the next hour's work and dies of it.
    one.clock.turn(SignedDuration::from_hours(1));
    let hour = one.clock.now().as_second() / 3_600 * 3_600;
    let claim = JobClaim {
        job: "inspector".to_owned(),
        period: jiff::Timestamp::from_second(hour).unwrap(),
        holder: "node-dead".to_owned(),
        now: one.clock.now(),
        ttl: SignedDuration::from_secs(90),
    };
    assert!(app.store.claim_job(claim).await.unwrap());
    assert!(!app.jobs.do_all_due().await.unwrap().contains(&"inspector"));
    one.clock.turn(SignedDuration::from_secs(91));
    let done = another.jobs.do_all_due().await.unwrap();
    // Beside it what is done every minute and every quarter of an hour.
    assert!(done.contains(&"inspector") && !done.contains(&"old photos"), "{done:?}");
    assert!(app.jobs.do_all_due().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_that_no_record_shows_are_swept_and_all_others_stay() {
    let (one, _) = two_nodes().await;
    let lot = one.lot_of("hz-demo");
    let picture = jpeg(3_000);
    assert_eq!(one.say(&lot, &entry("330502-001", "R1", 0, 199)).await.code(), 200);
    let request = lot.seal(&photo("330502-001", "R1", &picture), &picture, one.clock.now());
    assert_eq!(one.send(request).await.code(), 200);
    // A picture of a record that never comes.
    let (other, of_none) = (one.lot_of("hz-other"), jpeg(4_000));
    let request = other.seal(&photo("330522-001", "none", &of_none), &of_none, one.clock.now());
    assert_eq!(one.send(request).await.code(), 200);
    let app = one.platform.app();
    let orphan = NewPicture { sha256: "ab".repeat(32), bytes: jpeg(100).into() };
    app.photos.put(20_260_401, vec![orphan.clone()]).await.unwrap();
    let there = async || app.photos.digests(20_260_401, None, 10).await.unwrap();
    assert_eq!(there().await.len(), 3);
    app.jobs.do_all_due().await.unwrap();
    assert_eq!(there().await.len(), 3, "its record may still be on its way");
    one.clock.turn(SignedDuration::from_hours(72));
    assert!(app.jobs.do_all_due().await.unwrap().contains(&"orphaned photos"));
    let left = there().await;
    let bowei_model::Report::Photo(shown) = photo("330502-001", "R1", &picture) else { unreachable!() };
    let bowei_model::Picture::Bytes { sha256, .. } = shown.picture else { unreachable!() };
    assert_eq!(left, [sha256]);
    // Past their time all go.
    one.clock.turn(SignedDuration::from_hours(24 * 100));
    app.jobs.do_all_due().await.unwrap();
    assert!(app.photos.days().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn lots_that_describe_themselves_to_two_nodes_at_once_lose_no_word() {
    let (one, other) = two_nodes().await;
    let handed_out = one.apply(MIXED, SignedDuration::ZERO).await;
    other.platform.app().registry.refresh().await.unwrap();
    let mut lot = Speaker::of(&handed_out, "mixed", "isp");
    lot.log_in(&one).await;
    let mut count = bowei_model::SpaceCount::new("nb-1".into(), one.clock.now(), 20);
    count.total = Some(100);
    let sealed = lot.seal(&one, &bowei_model::Report::SpaceCount(count), "ATXL/1", None);
    let authorization = &sealed.headers()["authorization"];
    let saying = (0..20).map(|number| {
        let body = format!(r#"[{{"park_code":"NEW/{number}","park_name":"停车场NEW/{number}"}}]"#);
        let request = http::Request::post("/park/spot").header("authorization", authorization);
        let node = if number % 2 == 0 { &one } else { &other };
        node.send(request.body(body.into()).unwrap())
    });
    for answer in futures::future::join_all(saying).await {
        assert_eq!(answer.json()["code"], 200, "{:?}", answer.bytes);
    }
    for node in [&one, &other] {
        node.platform.app().registry.refresh().await.unwrap();
        let snapshot = node.platform.app().registry.snapshot();
        let described = snapshot.lots.values().filter(|lot| lot.name.starts_with("停车场NEW/")).count();
        assert_eq!(described, 20);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_with_another_master_key_is_told_so() {
    let (one, _) = two_nodes().await;
    let mut config = one.platform.app().config.clone();
    let folder = tempfile::tempdir().unwrap();
    config.server.data = folder.path().to_owned();
    let refused = Platform::open(config.clone(), Arc::clone(&one.clock) as Arc<dyn Clock>).await.err();
    let Some(StartError::Key(why)) = refused else { panic!("{:?}", refused.map(|why| why.to_string())) };
    assert!(why.to_string().contains("BOWEI_MASTER_KEY_FILE"), "{why}");
    config.server.master_key_file = Some(one.folder.path().join("master.key"));
    Platform::open(config, Arc::clone(&one.clock) as Arc<dyn Clock>).await.unwrap();
}
