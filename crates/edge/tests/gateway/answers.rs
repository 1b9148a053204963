//! What platforms answer, and whom that blames: no report ends as a dead letter for what is not its fault.

use crate::gateway::harness::{Lot, entry, exit, picture, plate, seeds};
use crate::gateway::platform::{Arrived, Say, What, of_passages};
use bowei_edge::outbox::Kind;
use bowei_model::Direction;
use bowei_standards::by_name;
use jiff::SignedDuration;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

fn is_report(arrived: &Arrived) -> bool {
    !matches!(arrived.what, What::Login) && !arrived.path.to_lowercase().contains("heart")
}

/// What a standard's platforms say when it is not the report's fault: code and words, and whether they say that it is
/// the account, its keys, the clock or the lot.
fn words(standard: &str) -> &'static [(i64, &'static str, bool)] {
    match standard {
        "ningbo" => &[
            (1, "系统异常", false),
            (1, "服务器繁忙", false),
            (1, "数据库连接超时", false),
            (1, "接口调用失败", false),
            (1, "未知错误", false),
            (1, "操作失败", false),
            (1, "停车场不存在", true),
            (1, "用户名或密码错误", true),
        ],
        "huzhou" => &[
            (400, "签名错误", true),
            (400, "签名参数错误", true),
            (400, "timestamp已过期", true),
            (400, "数据解密失败", true),
            (400, "appId无效", true),
            (400, "停车场未备案", true),
            (400, "", false),
            (400, "请求失败", false),
            (401, "签名错误", true),
            (404, "停车场不存在", true),
            (500, "系统内部错误", false),
        ],
        "shenzhen" => &[
            (6, "sign参数校验失败", true),
            (1101, "车场不存在", true),
            (4, "token参数错误", true),
            (1, "业务异常", false),
            (3, "其他错误", false),
            (2, "系统错误", false),
        ],
        _ => &[(1, "请求/操作失败", false), (1, "停车场编号不存在", true), (500, "系统异常", false)],
    }
}

#[tokio::test(start_paused = true)]
async fn what_blames_the_account_or_the_lot_holds_the_uplink_and_says_so() {
    for standard in of_passages() {
        for (code, said, holds) in words(standard).iter().copied() {
            let (lot, platform) = Lot::with(standard).await;
            lot.all_delivered(standard).await;
            platform
                .answers(move |arrived| if is_report(arrived) { Say::Fail(code, said) } else { Say::Take });
            platform.forget_arrived();
            let cars: Vec<Value> = (0..50).map(|car| entry(&format!("R{car}"), car, lot.now())).collect();
            lot.says(Value::from(cars)).await;
            lot.pass(10 * MINUTE).await;
            let uplink = lot.uplink(standard).await;
            let state = if holds { "refused" } else { "waiting" };
            assert_eq!(uplink["state"], state, "{standard} {code} {said}: {uplink}");
            // Where free spaces go apart, the latest count waits as well.
            let counts: &[Kind] =
                if by_name(standard).unwrap().counts_go_apart() { &[Kind::SpaceCount] } else { &[] };
            let mut waiting: Vec<_> =
                lot.gateway().outbox.pending(standard, 0, 100).iter().map(|head| head.kind).collect();
            let rest = waiting.split_off(50);
            assert!(waiting.iter().all(|kind| *kind == Kind::Entry), "{standard} {said}: {waiting:?}");
            assert_eq!(rest, counts, "{standard} {said}");
            let state = (&uplink["dead_letters"], uplink["backlog"].as_u64().unwrap());
            assert_eq!(state, (&json!(0), 50 + counts.len() as u64), "{standard} {said}: {uplink}");
            assert!(uplink["why"].as_str().unwrap().contains(said), "{uplink}");
            let received = platform.arrived().iter().filter(|one| one.passage().is_some()).count();
            assert!(
                received < 100,
                "{standard} {said}: fifty cars were said {received} times in ten minutes"
            );
            platform.takes_all();
            lot.pass(11 * MINUTE).await;
            let uplink = lot.uplink(standard).await;
            assert_eq!((&uplink["state"], &uplink["backlog"]), (&json!("up"), &json!(0)), "{said}: {uplink}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_alone_waits_until_others_pass() {
    let (lot, platform) = Lot::with("huzhou").await;
    platform.answers(|arrived| match arrived.passage() {
        Some(it) if it.direction == Direction::Entry => Say::Fail(400, "vehiclePlate 格式错误"),
        _ => Say::Take,
    });
    lot.says(entry("R1", 1, lot.now())).await;
    lot.pass(3 * 60 * MINUTE).await;
    assert_eq!(lot.dead_letters().await, [Value::Null; 0], "it may be that everything is refused");
    let uplink = lot.uplink("huzhou").await;
    assert_eq!((&uplink["state"], &uplink["backlog"]), (&json!("waiting"), &json!(1)), "{uplink}");
    assert!(uplink["why"].as_str().unwrap().contains("vehiclePlate"), "{uplink}");
    let tries = platform.received("in").len();
    assert!((8..40).contains(&tries), "{tries} times in three hours");
    lot.says(exit("R1", 1, lot.now(), lot.now())).await;
    lot.pass(5 * SECOND).await;
    let letters = lot.dead_letters().await;
    assert_eq!(letters.len(), 1, "its own exit is another that passes");
    assert_eq!((&letters[0]["code"], &letters[0]["kind"]), (&json!("400"), &json!("entry")));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_everybody_gets_costs_no_report() {
    for standard in of_passages() {
        let (lot, platform) = Lot::with(standard).await;
        lot.pass(5 * SECOND).await;
        // A wrong key in the words of a wrong field.
        let code = if standard == "huzhou" {
            400
        } else if standard == "shenzhen" {
            4
        } else {
            1
        };
        platform.answers(move |it| if is_report(it) { Say::Fail(code, "参数错误") } else { Say::Take });
        let mut all = Vec::new();
        for car in 0..60 {
            lot.says(json!([entry(&format!("R{car}"), car, lot.now())])).await;
            all.push(plate(car));
            lot.pass(MINUTE).await;
        }
        platform.takes_all();
        lot.pass(15 * MINUTE).await;
        let mut plates = platform.plates();
        plates.sort();
        assert_eq!((lot.dead_letters().await.len(), plates), (0, all), "{standard}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_platform_has_already_is_delivered() {
    for (standard, code, said) in [
        ("shenzhen", 1200, "对象已存在"),
        ("ningbo", 1, "业务编号已存在"),
        ("ningbo", 1, "记录重复上报"),
        ("huzhou", 400, "停车数据重复"),
        ("huzhou", 500, "Duplicate entry '1' for key 'PRIMARY'"),
        ("isp", 1, "该记录已存在"),
    ] {
        let (lot, platform) = Lot::with(standard).await;
        lot.pass(5 * SECOND).await;
        platform.answers(move |it| if it.passage().is_some() { Say::Fail(code, said) } else { Say::Take });
        lot.says(entry("R1", 1, lot.now())).await;
        lot.pass(20 * SECOND).await;
        let uplink = lot.uplink(standard).await;
        assert_eq!(
            (&uplink["backlog"], &uplink["state"]),
            (&json!(0), &json!("up")),
            "{standard} {said}: {uplink}"
        );
        assert_eq!(uplink["dead_letters"], 0, "{standard} {said}");
    }
}

/// What a platform does for a while.
#[derive(Clone, Copy)]
enum Mood {
    Well,
    /// To all, in one code and words.
    Ill(i64, &'static str),
    Busy,
    Away,
    Garbled,
    /// Takes it, and the answer is lost.
    Deaf,
    /// To some, for a while, though nothing is wrong with them.
    Moody(i64, &'static str),
}

fn mood(standard: &str, random: &mut impl Rng) -> Mood {
    let said = words(standard);
    let (code, words, _) = said[random.random_range(0..said.len())];
    match random.random_range(0..10) {
        0..=2 => Mood::Well,
        3..=4 => Mood::Ill(code, words),
        5 => Mood::Busy,
        6 => Mood::Away,
        7 => Mood::Garbled,
        8 => Mood::Deaf,
        _ => Mood::Moody(code, words),
    }
}

#[tokio::test(start_paused = true)]
async fn no_report_that_another_platform_could_take_becomes_a_dead_letter() {
    for seed in seeds(4) {
        for standard in of_passages() {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            let (mut lot, mut platforms) = Lot::speaking(&[standard]);
            let platform = platforms.remove(0);
            lot.start().await;
            let mut records = Vec::new();
            for phase in 0..12_u32 {
                let now = mood(standard, &mut random);
                let mut choice = ChaCha8Rng::seed_from_u64(seed * 1_000 + u64::from(phase));
                platform.answers(move |arrived| match now {
                    _ if !is_report(arrived) => Say::Take,
                    Mood::Well => Say::Take,
                    Mood::Ill(code, words) => Say::Fail(code, words),
                    Mood::Busy => Say::Later(choice.random_bool(0.5).then_some(20)),
                    Mood::Away => Say::Silence,
                    Mood::Garbled => Say::Garbage,
                    Mood::Deaf => Say::TakeInSilence,
                    Mood::Moody(code, words) if choice.random_bool(0.5) => Say::Fail(code, words),
                    Mood::Moody(..) => Say::Take,
                });
                for car in 0..random.random_range(1..6) {
                    let (number, at) = (phase * 100 + car, lot.now());
                    let record = format!("P{number}");
                    let left = at.checked_add(SignedDuration::from_secs(600)).unwrap();
                    lot.says(json!([entry(&record, number, at)])).await;
                    lot.shows(&record, "entry", picture(number)).await;
                    lot.pass(Duration::from_secs(random.random_range(1..300))).await;
                    if random.random_bool(0.7) {
                        lot.says(json!([exit(&record, number, at, left)])).await;
                        records.push(record.clone());
                    }
                    records.push(record);
                }
                if random.random_bool(0.2) {
                    lot.restart().await;
                }
            }
            platform.takes_all();
            // What stands aside is tried once an hour.
            lot.pass(62 * MINUTE).await;
            let uplink = lot.uplink(standard).await;
            let letters = lot.dead_letters().await;
            assert_eq!(
                (letters.len(), &uplink["backlog"]),
                (0, &json!(0)),
                "{standard} {seed}: {uplink} {letters:?}"
            );
            let mut taken: Vec<String> = platform
                .passages()
                .iter()
                .map(|it| format!("{:?} {}", it.direction, it.plate.as_ref().map_or("", |it| it.as_str())))
                .collect();
            taken.sort();
            taken.dedup();
            assert_eq!(taken.len(), records.len(), "{standard} {seed}");
        }
    }
}
