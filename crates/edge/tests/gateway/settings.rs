//! Settings of edge.toml that are wrong: told as such, and no record is lost for them.

use crate::gateway::cameras::{camera, file};
use crate::gateway::harness::{Lot, entry, plate};
use crate::gateway::platform::{Say, of_passages};
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::Request;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

/// That an uplink is refused for one of its settings, in both languages, and keeps what it has.
async fn is_held_for(lot: &Lot, standard: &str, setting: &str) {
    let uplink = lot.uplink(standard).await;
    assert_eq!((&uplink["state"], &uplink["setting"]), (&json!("refused"), &json!(setting)), "{uplink}");
    for language in ["zh", "en"] {
        let mend = uplink["mend"][language].as_str().unwrap();
        assert!(mend.contains(setting) && mend.contains("edge.toml"), "{standard}: {mend}");
    }
    assert!(uplink["backlog"].as_u64() >= Some(1) && uplink["dead_letters"] == 0, "{uplink}");
    let status = lot.status().await;
    let warnings = status["warnings"].as_array().unwrap();
    let told = warnings.iter().find(|it| it["code"] == "refused" && it["uplink"] == standard).unwrap();
    assert!(told["zh"].as_str().unwrap().contains("edge.toml 的设置有误"), "{told}");
}

#[tokio::test(start_paused = true)]
async fn a_lots_id_that_the_text_does_not_take_holds_the_uplink_until_it_is_right() {
    for standard in of_passages() {
        let (mut lot, mut platforms) = Lot::speaking(&[standard]);
        let platform = platforms.remove(0);
        let right = std::mem::replace(&mut lot.config.uplinks[0].lot_id, " ".to_owned());
        lot.start().await;
        lot.says(json!([entry("R1", 1, lot.now())])).await;
        lot.pass(10 * MINUTE).await;
        is_held_for(&lot, standard, "lot_id").await;
        assert!(platform.arrived().is_empty(), "{standard}: nobody was asked");
        lot.config.uplinks[0].lot_id = right;
        lot.restart().await;
        lot.all_delivered(standard).await;
        assert_eq!(platform.plates().len(), 1);
        assert!(lot.dead_letters().await.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn an_address_without_the_platforms_interfaces_holds_the_uplink_until_it_is_right() {
    for standard in of_passages() {
        for elsewhere in [
            (404, "<html>404 Not Found</html>"),
            (301, ""),
            (400, "400 The plain HTTP request was sent to HTTPS port"),
            (200, r#"{"code":404,"message":"没有此接口：收到 POST /x"}"#),
        ] {
            let (mut lot, mut platforms) = Lot::speaking(&[standard]);
            let platform = platforms.remove(0);
            platform.answers(move |_| Say::Plain(elsewhere.0, elsewhere.1));
            lot.start().await;
            lot.says(json!([entry("R1", 1, lot.now())])).await;
            lot.pass(10 * MINUTE).await;
            is_held_for(&lot, standard, "url").await;
            platform.takes_all();
            lot.all_delivered(standard).await;
            assert_eq!((platform.plates().len(), &lot.uplink(standard).await["state"]), (1, &json!("up")));
            // Now the address is known to be right: one interface that is away holds nobody else up.
            platform.answers(move |arrived| match arrived.passage() {
                Some(passage) if passage.plate.as_ref().is_some_and(|it| it.as_str() == plate(2)) => {
                    Say::Plain(elsewhere.0, elsewhere.1)
                }
                _ => Say::Take,
            });
            let cars: Vec<Value> = (2..10).map(|car| entry(&format!("R{car}"), car, lot.now())).collect();
            lot.says(Value::from(cars)).await;
            lot.pass(MINUTE).await;
            assert_eq!(lot.uplink(standard).await["setting"], Value::Null);
            assert_eq!(platform.plates().len(), 8, "{standard} {elsewhere:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn who_was_heard_is_known_to_the_gateway_that_goes_on_with_another_edge_toml() {
    let (mut lot, _) = Lot::speaking(&["ningbo"]);
    lot.config.cameras = vec![camera("in-v", "vzenith", None, "G1")];
    lot.start().await;
    let push = async |lot: &Lot, path: &str, body: Vec<u8>| {
        let peer: SocketAddr = ([192, 0, 2, 9], 40_000).into();
        let request = Request::post(path).extension(ConnectInfo(peer));
        lot.ask(request.body(Body::from(body)).unwrap()).await.status.as_u16()
    };
    assert_eq!(push(&lot, "/v1/devices/in-v", b"{}".to_vec()).await, 400);
    for path in ["/v1/devices/out-v", "/v1/devices/typo"] {
        assert_eq!(push(&lot, path, file("vzenith-push.json")).await, 404, "{path}");
    }
    let heard = lot.stop().await;
    lot.config.cameras.push(camera("out-v", "vzenith", None, "G2"));
    lot.start().await;
    lot.gateway().remember(heard);
    let status = lot.status().await;
    assert_eq!(status["cameras"][0]["refused"], 1, "{status}");
    assert_eq!(status["unknown_senders"].as_array().unwrap().len(), 2);
    // Whoever is in edge.toml now is unknown no longer, once it is heard.
    assert_eq!(push(&lot, "/v1/devices/out-v", file("vzenith-heartbeat.bin")).await, 200);
    let senders = lot.status().await["unknown_senders"].clone();
    assert_eq!((senders[0]["path"].as_str(), senders[1].as_str()), (Some("/v1/devices/typo"), None));
}

#[tokio::test(start_paused = true)]
async fn an_edge_toml_that_cannot_be_used_is_told_until_another_gateway_runs() {
    let (mut lot, _) = Lot::speaking(&["ningbo"]);
    lot.start().await;
    lot.gateway().set_config_fault("uplink ningbo: portpwd: 缺失 it is missing".to_owned());
    let status = lot.status().await;
    let told =
        status["warnings"].as_array().unwrap().iter().find(|it| it["code"] == "config").unwrap().clone();
    assert!(
        told["zh"].as_str().unwrap().contains("edge.toml 不可用")
            && told["en"].as_str().unwrap().contains("portpwd"),
        "{told}"
    );
    lot.restart().await;
    assert!(!lot.status().await["warnings"].to_string().contains("\"config\""));
}
