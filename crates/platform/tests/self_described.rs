//! Lots that come into being by their own word: who stands behind them, how many there may be, and where they lie.

use crate::support;

use bowei_model::position::Datum;
use bowei_model::{ExactPosition, LotProfile, Position, Report, SpaceCount, Standing};
use bowei_platform::accounts::Source;
use bowei_platform::registry::apply::{HandedOut, apply};
use bowei_platform::registry::{NotChanged, approve};
use bowei_platform::{Clock as _, Config};
use bowei_standards::lot_side::Reading;
use jiff::SignedDuration;
use serde_json::{Value, json};
use support::City;
use support::speaker::Speaker;
use support::vendor::{Vendor, park_info};

/// Two providers that speak ISP, one of which has a lot already, and a vendor of Shenzhen's.
const PROVIDERS: &str = r#"
[[provider]]
code = "one"
name = "甲停车"
[provider.isp]
client_id = "isp-one"
client_secret = "1"
[provider.shenzhen]
user_id = "sz-one"
password = "1"

[[provider]]
code = "two"
name = "乙停车"
[provider.isp]
client_id = "isp-two"
client_secret = "2"

[[lot]]
code = "440305-001"
provider = "one"
name = "南山停车场"
kind = "off-street"
district = "440305"
longitude = 113.93
latitude = 22.53
spaces_total = 50
ids = { isp = "N/1", shenzhen = "P900" }
"#;

async fn city(config: Config) -> (City, HandedOut) {
    let city = City::with(config).await;
    let handed_out = city.apply(PROVIDERS, SignedDuration::ZERO).await;
    (city, handed_out)
}

async fn speaker(city: &City, handed_out: &HandedOut, provider: &str) -> Speaker {
    let mut speaker = Speaker::of(handed_out, provider, "isp");
    speaker.log_in(city).await;
    speaker
}

fn profile(name: &str, place: Option<(f64, f64)>) -> Report {
    let position = place.map(|(longitude, latitude)| {
        ExactPosition(Position::read(longitude, latitude, Datum::Wgs84).unwrap())
    });
    Report::Lot(LotProfile {
        lot: "x".into(),
        lot_id: "x".to_owned(),
        name: Some(name.to_owned()),
        kind: None,
        district: None,
        address: None,
        position,
        spaces_total: None,
        charging_spaces: None,
        tariff: None,
        in_service: Some(true),
        details: Default::default(),
    })
}

fn count(city: &City, vacant: i64) -> Report {
    let mut count = SpaceCount::new("x".into(), city.clock.now(), vacant);
    count.total = Some(100);
    Report::SpaceCount(count)
}

/// The lots in that state that the token sees.
async fn listed(city: &City, token: &str, state: &str) -> Vec<Value> {
    let lots = city.get(&format!("/api/v1/lots?state={state}"), Some(token)).await.json();
    lots["items"].as_array().unwrap().clone()
}

async fn public(city: &City) -> Vec<String> {
    let lots = city.get("/open/v1/lots", None).await.json();
    let code = |lot: &Value| lot["properties"]["code"].as_str().unwrap().to_owned();
    lots["features"].as_array().unwrap().iter().map(code).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lot_that_describes_itself_waits_and_what_it_says_is_kept() {
    let (city, handed_out) = city(Config::default()).await;
    let operator = city.token("operator", None).await;
    let before = (
        public(&city).await,
        city.get("/api/v1/stats", Some(&operator)).await.json()["lots"]["total"].clone(),
        city.get("/open/v1/stats", None).await.json()["lots"].clone(),
    );
    let one = speaker(&city, &handed_out, "one").await;
    assert_eq!(one.say(&city, &profile("新停车场", None), "N/2", None).await, Reading::Accepted);
    assert_eq!(one.say(&city, &count(&city, 37), "N/2", None).await, Reading::Accepted);
    // Kept, and neither public nor counted.
    let waiting = listed(&city, &operator, "waiting").await;
    assert_eq!(waiting.len(), 1, "{waiting:#?}");
    let lot = &waiting[0];
    let code = lot["code"].as_str().unwrap().to_owned();
    assert_eq!((&lot["state"], &lot["self_described"]), (&json!("waiting"), &json!(true)));
    assert_eq!(
        (&lot["name"], &lot["reported"], &lot["spaces_total"]),
        (&json!("新停车场"), &json!(37), &json!(100))
    );
    assert!(listed(&city, &operator, "live").await.iter().all(|lot| lot["code"] != code.as_str()));
    let after = (
        public(&city).await,
        city.get("/api/v1/stats", Some(&operator)).await.json()["lots"]["total"].clone(),
        city.get("/open/v1/stats", None).await.json()["lots"].clone(),
    );
    assert_eq!(after, before);
    assert_eq!(city.get(&format!("/open/v1/lots/{code}"), None).await.status, 404);
    // Approving is the operator's, and nobody else's.
    let path = format!("/api/v1/lots/{code}");
    let live = r#"{"state":"live"}"#;
    for role in ["regulator", "viewer", "provider:one"] {
        assert_eq!(city.patch(&path, &city.token(role, None).await, live).await.status, 403, "{role}");
    }
    assert_eq!(city.patch(&path, &city.token("provider:two", None).await, live).await.status, 404);
    assert_eq!(city.patch(&path, &city.token("operator", Some("3305")).await, live).await.status, 404);
    // What is wrong is told at the field, where it is one.
    for (body, pointer) in [
        ("", None),
        ("{}", None),
        (r#"{"state":"gone"}"#, Some("#/state")),
        (r#"{"state":1}"#, Some("#/state")),
        (r#"{"state":"live","colour":"x"}"#, Some("#/colour")),
        (r#"{"district":"湖州"}"#, Some("#/district")),
    ] {
        let answer = city.patch(&path, &operator, body).await;
        assert_eq!(answer.status, 400, "{body}");
        assert_eq!(answer.json()["errors"][0]["pointer"].as_str(), pointer, "{body}: {}", answer.json());
    }
    let answer = city.patch(&path, &operator, live).await;
    assert_eq!((answer.status.as_u16(), answer.json()["state"].as_str()), (200, Some("live")));
    assert!(public(&city).await.contains(&code));
    let feature = city.get(&format!("/open/v1/lots/{code}"), None).await.json();
    assert_eq!(feature["properties"]["vacant"], 37);
    assert!(listed(&city, &operator, "waiting").await.is_empty());
    // Its own later words make it wait no more.
    assert_eq!(one.say(&city, &profile("新名", None), "N/2", None).await, Reading::Accepted);
    assert!(public(&city).await.contains(&code));
}

#[tokio::test(flavor = "multi_thread")]
async fn at_once_it_is_public_and_counted_at_once() {
    let (city, handed_out) = city(support::at_once()).await;
    let one = speaker(&city, &handed_out, "one").await;
    let before = public(&city).await.len();
    assert_eq!(one.say(&city, &profile("新停车场", None), "N/2", None).await, Reading::Accepted);
    assert_eq!(public(&city).await.len(), before + 1);
    let operator = city.token("operator", None).await;
    let lots = listed(&city, &operator, "live").await;
    let lot = lots.iter().find(|lot| lot["name"] == "新停车场").unwrap();
    assert_eq!(lot["self_described"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_may_approve_on_the_command_line_and_by_the_registry_file() {
    let (city, handed_out) = city(Config::default()).await;
    let one = speaker(&city, &handed_out, "one").await;
    for id in ["N/2", "N/3"] {
        assert_eq!(one.say(&city, &profile("新", None), id, None).await, Reading::Accepted);
    }
    let app = city.platform.app();
    let codes: Vec<_> = app
        .registry
        .snapshot()
        .lots
        .values()
        .filter(|lot| !lot.is_live())
        .map(|lot| lot.code.clone())
        .collect();
    approve(app.store.as_ref(), &codes[..1], &Source::default(), city.clock.now()).await.unwrap();
    let unknown =
        approve(app.store.as_ref(), &["nothing".into()], &Source::default(), city.clock.now()).await;
    assert!(matches!(unknown, Err(NotChanged::NoSuchLot(_))), "{unknown:?}");
    let file = format!(
        "[[lot]]\ncode = \"{}\"\nprovider = \"one\"\nname = \"登记\"\nkind = \"off-street\"\ndistrict = \"440304\"\n\
         longitude = 113.9\nlatitude = 22.5\nspaces_total = 20\n",
        codes[1]
    );
    let (store, key) = (app.store.as_ref(), app.registry.key());
    apply(store, key, &file, SignedDuration::ZERO, city.clock.now(), &Source::default()).await.unwrap();
    app.registry.refresh().await.unwrap();
    let snapshot = app.registry.snapshot();
    for code in &codes {
        let lot = &snapshot.lots[code];
        assert_eq!(lot.standing, Standing::Registered);
        assert!(lot.ids.contains_key("isp"), "what its system is set up with stays");
    }
    assert_eq!(snapshot.lots[&codes[1]].district, "440304");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_has_a_quota_of_lots_that_nobody_stands_behind_and_is_told_so_in_words() {
    let mut config = Config::default();
    config.lots.self_described_max = 3;
    let (city, handed_out) = city(config).await;
    let one = speaker(&city, &handed_out, "one").await;
    let vendor = Vendor::log_in(&city, "sz-one", "1").await;
    assert_eq!(one.say(&city, &profile("一", None), "N/2", None).await, Reading::Accepted);
    assert_eq!(vendor.say("parkInfo", park_info("P001", "二")).await["code"], 0);
    assert_eq!(one.say(&city, &profile("三", None), "N/4", None).await, Reading::Accepted);
    // The quota is the provider's, under whichever standard.
    let refused = vendor.say("parkInfo", park_info("P002", "四")).await;
    assert_eq!(refused["code"], 1101, "{refused}");
    let words = refused["message"].as_str().unwrap();
    assert!(words.contains("超出配额") && words.contains("P002") && words.contains("3 个"), "{words}");
    let refused = one.say(&city, &profile("四", None), "N/5", None).await;
    assert!(matches!(&refused, Reading::Held { why } if why.contains("超出配额")), "{refused:?}");
    // Those that are known speak on, and neighbours are none the worse.
    assert_eq!(one.say(&city, &profile("改名", None), "N/2", None).await, Reading::Accepted);
    assert_eq!(one.say(&city, &count(&city, 3), "N/4", None).await, Reading::Accepted);
    let two = speaker(&city, &handed_out, "two").await;
    assert_eq!(two.say(&city, &profile("乙", None), "M/1", None).await, Reading::Accepted);
    // Approving one makes room for another.
    let operator = city.token("operator", None).await;
    let code = listed(&city, &operator, "waiting").await[0]["code"].as_str().unwrap().to_owned();
    city.patch(&format!("/api/v1/lots/{code}"), &operator, r#"{"state":"live"}"#).await;
    assert_eq!(vendor.say("parkInfo", park_info("P002", "四")).await["code"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_message_does_not_go_beyond_the_quota_either() {
    let mut config = Config::default();
    config.lots.self_described_max = 2;
    let (city, handed_out) = city(config).await;
    let one = speaker(&city, &handed_out, "one").await;
    let request = one.seal(&city, &profile("一", None), "N/1", None);
    let (parts, _) = request.into_parts();
    let body = json!([{ "park_code": "A" }, { "park_code": "B" }, { "park_code": "C" }]).to_string();
    let answer = city.send(http::Request::from_parts(parts, body.into())).await;
    assert_eq!(answer.json()["code"], 1, "{:?}", answer.bytes);
    assert!(city.platform.app().registry.snapshot().lots.values().all(|lot| lot.is_live()), "nothing of it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_lot_lies_where_its_text_or_its_neighbours_or_its_provider_s_lots_do() {
    let (city, handed_out) = city(Config::default()).await;
    let one = speaker(&city, &handed_out, "one").await;
    let two = speaker(&city, &handed_out, "two").await;
    // Beside 武康路段 of Huzhou's 330521; near nothing; nowhere.
    for (speaker, id, place) in [
        (&one, "near", Some((119.97, 30.54))),
        (&one, "far", Some((87.6, 43.8))),
        (&one, "nowhere", None),
        (&two, "alone", None),
    ] {
        assert_eq!(speaker.say(&city, &profile(id, place), id, None).await, Reading::Accepted);
    }
    let vendor = Vendor::log_in(&city, "sz-one", "1").await;
    let mut info = park_info("P001", "said");
    info["areaCode"] = json!("440303");
    assert_eq!(vendor.say("parkInfo", info).await["code"], 0);
    let operator = city.token("operator", None).await;
    let waiting = listed(&city, &operator, "waiting").await;
    for (name, district) in [
        ("near", "330521"),
        ("far", "440305"),
        ("nowhere", "440305"),
        ("alone", "330500"),
        ("said", "440303"),
    ] {
        let lot = waiting.iter().find(|lot| lot["name"] == name).unwrap();
        assert_eq!(lot["district"], district, "{name}");
    }
    // What anybody may invent tells nobody where it lies.
    assert_eq!(
        two.say(&city, &profile("beside", Some((87.6, 43.8))), "beside", None).await,
        Reading::Accepted
    );
    let waiting = listed(&city, &operator, "waiting").await;
    assert_eq!(waiting.iter().find(|lot| lot["name"] == "beside").unwrap()["district"], "330500");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lot_s_own_word_never_moves_its_district() {
    let (city, _) = city(Config::default()).await;
    let vendor = Vendor::log_in(&city, "sz-one", "1").await;
    // The operator has registered it in 440305.
    let mut info = park_info("P900", "改名了");
    info["areaCode"] = json!("440303");
    assert_eq!(vendor.say("parkInfo", info).await["code"], 0);
    let app = city.platform.app();
    let lot = app.registry.snapshot().lots[&"440305-001".into()].clone();
    assert_eq!((lot.name.as_str(), lot.district.as_str()), ("改名了", "440305"));
    let there = city.token("regulator", Some("440303")).await;
    assert_eq!(city.get("/api/v1/lots/440305-001/sessions", Some(&there)).await.status, 404);
    // The operator moves it.
    let operator = city.token("operator", None).await;
    let answer = city.patch("/api/v1/lots/440305-001", &operator, r#"{"district":"440303"}"#).await;
    assert_eq!(answer.json()["district"], "440303");
    assert_eq!(city.get("/api/v1/lots/440305-001/sessions", Some(&there)).await.status, 200);
    // One who is bounded by a district does not move a lot out of it.
    let bounded = city.token("operator", Some("440303")).await;
    assert_eq!(city.patch("/api/v1/lots/440305-001", &bounded, r#"{"district":"330502"}"#).await.status, 403);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_who_describe_one_lot_at_once_one_is_told_success() {
    let (city, handed_out) = city(Config::default()).await;
    let one = speaker(&city, &handed_out, "one").await;
    let two = speaker(&city, &handed_out, "two").await;
    for round in 0..20 {
        let id = format!("R/{round}");
        let (first, second) = (profile("甲", None), profile("乙", None));
        let said = tokio::join!(one.say(&city, &first, &id, None), two.say(&city, &second, &id, None));
        let accepted = [&said.0, &said.1].into_iter().filter(|said| **said == Reading::Accepted).count();
        assert_eq!(accepted, 1, "{id}: {said:?}");
        let snapshot = city.platform.app().registry.snapshot();
        let [lot] = snapshot.lots_by_id("isp", &id) else { panic!("{id} is not one lot") };
        let (owner, other) = if said.0 == Reading::Accepted { ("one", &two) } else { ("two", &one) };
        assert_eq!(lot.provider.as_str(), owner);
        // Said again, it is refused in words.
        let refused = other.say(&city, &profile("再", None), &id, None).await;
        assert!(matches!(&refused, Reading::Held { why } if why.contains("不属于本账号")), "{refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_describes_a_lot_first_does_not_keep_its_id_from_the_operator() {
    let (city, handed_out) = city(Config::default()).await;
    let two = speaker(&city, &handed_out, "two").await;
    assert_eq!(two.say(&city, &profile("占位", None), "N/7", None).await, Reading::Accepted);
    let file = "[[lot]]\ncode = \"440305-007\"\nprovider = \"one\"\nname = \"七号\"\nkind = \"off-street\"\n\
                district = \"440305\"\nlongitude = 113.9\nlatitude = 22.5\nspaces_total = 20\nids = { isp = \"N/7\" }\n";
    city.apply(file, SignedDuration::ZERO).await;
    let snapshot = city.platform.app().registry.snapshot();
    let [lot] = snapshot.lots_by_id("isp", "N/7") else { panic!("N/7 is not one lot") };
    assert_eq!(lot.code.as_str(), "440305-007");
    let one = speaker(&city, &handed_out, "one").await;
    assert_eq!(one.say(&city, &count(&city, 9), "N/7", None).await, Reading::Accepted);
    let refused = two.say(&city, &count(&city, 9), "N/7", None).await;
    assert!(matches!(&refused, Reading::Held { why } if why.contains("不属于本账号")), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_public_list_has_pages_and_no_lot_falls_off() {
    let (city, _) = city(Config::default()).await;
    let file: String = (0..57)
        .map(|number| {
            format!(
                "[[lot]]\ncode = \"p-{number:03}\"\nprovider = \"one\"\nname = \"{number}\"\nkind = \"off-street\"\n\
                 district = \"440305\"\nlongitude = {}\nlatitude = 22.5\nspaces_total = 1\n",
                113.9 + f64::from(number % 7) / 100.0
            )
        })
        .collect();
    city.apply(&file, SignedDuration::ZERO).await;
    let mut all = public(&city).await;
    assert!(all.is_sorted() && all.len() > 57);
    for query in [
        "limit=10",
        "limit=10&near=113.92,22.51",
        "limit=1000&district=44",
        "limit=7&near=113.92,22.51&radius=3000",
    ] {
        let mut paged = Vec::new();
        let mut metres: Vec<f64> = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = city.get(&format!("/open/v1/lots?{query}{cursor}"), None).await.json();
            for lot in page["features"].as_array().unwrap() {
                paged.push(lot["properties"]["code"].as_str().unwrap().to_owned());
                metres.extend(lot["properties"]["distance_m"].as_f64());
            }
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert!(metres.is_sorted(), "{query}: {metres:?}");
        let whole = query.split_once('&').map_or("", |(_, rest)| rest);
        let whole = city.get(&format!("/open/v1/lots?{whole}"), None).await.json();
        let mut expected: Vec<_> = whole["features"]
            .as_array()
            .unwrap()
            .iter()
            .map(|lot| lot["properties"]["code"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(whole["next"], Value::Null);
        expected.sort();
        paged.sort();
        assert_eq!(paged, expected, "{query}");
    }
    all.sort();
    let wrong = city.get("/open/v1/lots?cursor=nonsense", None).await;
    assert_eq!(wrong.status, 400);
    assert!(wrong.json()["detail"].as_str().unwrap().contains("cursor"));
}
