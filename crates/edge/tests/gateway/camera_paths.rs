//! How cameras are known: paths that their makers have built in, slips in addresses, logins; and who is not.

use crate::gateway::cameras::{SOON, camera, file, records, watched};
use crate::gateway::harness::{Answer, Lot};
use axum::body::Body;
use axum::extract::ConnectInfo;
use bowei_edge::config::CameraConfig;
use bowei_model::Direction;
use http::{Method, Request, StatusCode, header};
use serde_json::json;
use std::net::SocketAddr;
use std::time::Duration;

/// A request from an address of the lot's network.
async fn from(lot: &Lot, address: &str, method: Method, path: &str, body: Vec<u8>) -> Answer {
    let peer: SocketAddr = format!("{address}:40000").parse().unwrap();
    let request = Request::builder().method(method).uri(path).extension(ConnectInfo(peer));
    lot.ask(request.body(Body::from(body)).unwrap()).await
}

const DEVICE: &str = "6a3f1b2c-9d4e-4f7a-8b6c-000000000001";

#[tokio::test(start_paused = true)]
async fn a_camera_whose_paths_are_built_in_is_known_by_its_id_or_its_address() {
    for by_address in [false, true] {
        let (mut lot, mut platforms) = Lot::speaking(&["huzhou"]);
        let platform = platforms.remove(0);
        lot.config.token = Some("open-sesame".to_owned());
        let camera = camera("in-d", "dahua", Some(Direction::Entry), "G1");
        lot.config.cameras = vec![CameraConfig {
            device_id: (!by_address).then(|| DEVICE.to_owned()),
            address: by_address.then(|| "192.0.2.7".parse().unwrap()),
            ..camera
        }];
        lot.start().await;
        let car = || file("dahua-tollgate.json");
        for path in [
            "/NotificationInfo/TollgateInfo",
            "//NotificationInfo/TollgateInfo/",
            "/",
            "/notificationinfo/tollgateinfo",
        ] {
            let answer = from(&lot, "192.0.2.7", Method::POST, path, car()).await;
            assert_eq!(answer.status, StatusCode::OK, "{path}");
            assert!(answer.text().contains("\"Result\":true"), "{path}: {}", answer.text());
        }
        let alive = from(
            &lot,
            "192.0.2.7",
            Method::POST,
            "/NotificationInfo/KeepAlive",
            file("dahua-keepalive.json"),
        )
        .await;
        assert_eq!(alive.json()["Active"], json!(true));
        let path = format!("/NotificationInfo/KeepAlive?DeviceID={DEVICE}");
        assert_eq!(from(&lot, "192.0.2.7", Method::GET, &path, Vec::new()).await.status, StatusCode::OK);
        let bare = from(&lot, "192.0.2.7", Method::GET, "/NotificationInfo/KeepAlive", Vec::new()).await;
        assert_eq!(
            bare.status,
            StatusCode::OK,
            "a heartbeat that names nobody, from where the camera was heard"
        );
        // Somebody else, without a token: not taken, and shown.
        let other = String::from_utf8(car()).unwrap().replace(DEVICE, "another").into_bytes();
        for _ in 0..3 {
            let answer =
                from(&lot, "192.0.2.8", Method::POST, "/NotificationInfo/TollgateInfo", other.clone()).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND);
        }
        lot.pass(SOON).await;
        assert_eq!(platform.passages().len(), 1);
        let request = Request::get("/v1/status").header(header::AUTHORIZATION, "Bearer open-sesame");
        let status = lot.ask(request.body(Body::empty()).unwrap()).await.json();
        let senders = status["unknown_senders"].as_array().unwrap();
        assert_eq!(senders.len(), 1, "{status}");
        let of = |name: &str| senders[0][name].clone();
        assert_eq!(
            (of("address"), of("path"), of("count"), of("why")),
            (json!("192.0.2.8"), json!("/NotificationInfo/TollgateInfo"), json!(3), json!("path"))
        );
        assert_eq!(of("device_id"), "another");
        let warning = &status["warnings"].as_array().unwrap()[0];
        assert!(warning["zh"].as_str().unwrap().contains("192.0.2.8"), "{warning}");
    }
}

#[tokio::test(start_paused = true)]
async fn slashes_and_cases_make_no_difference_and_who_is_unknown_is_shown() {
    let (lot, platform) = watched(Some("open-sesame")).await;
    for path in [
        "//v1/devices/in-v/open-sesame",
        "/V1/Devices/IN-V/open-sesame/",
        "/v1//devices//in-v/?token=open-sesame",
    ] {
        let answer = from(&lot, "192.0.2.7", Method::POST, path, file("vzenith-push.json")).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
    }
    assert_eq!(
        from(&lot, "192.0.2.7", Method::GET, "/v1/devices/in-d/open-sesame", Vec::new()).await.status,
        StatusCode::OK
    );
    for (path, status) in [
        ("/v1/devices/nobody/open-sesame", StatusCode::NOT_FOUND),
        ("/v1/devices/in-v/wrong", StatusCode::UNAUTHORIZED),
        ("/devicemanagement/php/plateresult.php", StatusCode::NOT_FOUND),
    ] {
        assert_eq!(
            from(&lot, "192.0.2.9", Method::POST, path, file("vzenith-quick.json")).await.status,
            status,
            "{path}"
        );
    }
    // What is empty is a heartbeat at a camera's own path alone: who has pushed once may still have a slip in another.
    for path in ["/xyz", "/v1/nothing"] {
        let answer = from(&lot, "192.0.2.7", Method::GET, path, Vec::new()).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    // A browser's icon is nobody's push.
    let icon = Request::get("/favicon-of-old.ico").header(header::ACCEPT, "image/avif,image/webp,*/*");
    assert_eq!(lot.ask(icon.body(Body::empty()).unwrap()).await.status, StatusCode::NOT_FOUND);
    lot.pass(SOON).await;
    assert_eq!(records(&platform).len(), 1);
    let senders = lot.gateway().unknown_senders.seen(lot.now());
    let mut seen: Vec<_> =
        senders.iter().map(|it| (it["why"].as_str().unwrap(), it["path"].as_str().unwrap())).collect();
    seen.sort_unstable();
    assert_eq!(
        seen,
        [
            ("name", "/v1/devices/nobody/…"),
            ("path", "/devicemanagement/php/plateresult.php"),
            ("path", "/v1/nothing"),
            ("path", "/xyz"),
            ("token", "/v1/devices/in-v/wrong"),
        ]
    );
    assert_eq!(
        senders.iter().find(|it| it["path"] == "/devicemanagement/php/plateresult.php").unwrap()["device_id"],
        "fe71e106-57263272"
    );
}

/// The answer to the challenge with MD5, as older firmware gives it: without an algorithm.
fn answered(answer: &Answer, password: &str, path: &str) -> String {
    use bowei_encoding::md5_hex;
    let all = answer.headers.get_all(header::WWW_AUTHENTICATE);
    let challenges: Vec<&str> = all.iter().map(|it| it.to_str().unwrap()).collect();
    assert!(
        challenges[0].contains("algorithm=MD5") && challenges[1].contains("algorithm=SHA-256"),
        "{challenges:?}"
    );
    let (_, rest) = challenges[0].split_once("nonce=\"").unwrap();
    let nonce = rest.split('"').next().unwrap();
    let (secret, asked) =
        (md5_hex(format!("gate:bowei:{password}").as_bytes()), md5_hex(format!("POST:{path}").as_bytes()));
    let right = md5_hex(format!("{secret}:{nonce}:00000001:c0ffee:auth:{asked}").as_bytes());
    format!(
        "Digest username=\"gate\", realm=\"bowei\", nonce=\"{nonce}\", uri=\"{path}\", response=\"{right}\", \
         qop=auth, nc=00000001, cnonce=\"c0ffee\""
    )
}

#[tokio::test(start_paused = true)]
async fn a_camera_with_a_login_is_challenged() {
    let (mut lot, mut platforms) = Lot::speaking(&["huzhou"]);
    let platform = platforms.remove(0);
    lot.config.token = Some("open-sesame".to_owned());
    let camera = camera("in-v", "vzenith", Some(Direction::Entry), "G1");
    lot.config.cameras =
        vec![CameraConfig { login: Some("gate".to_owned()), password: Some("s3cret".to_owned()), ..camera }];
    lot.start().await;
    let path = "/v1/devices/in-v?from=gate";
    let push = async |authorization: Option<&str>| {
        let mut request = Request::post(path);
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        lot.ask(request.body(Body::from(file("vzenith-push.json"))).unwrap()).await
    };
    let challenge = push(None).await;
    assert_eq!(challenge.status, StatusCode::UNAUTHORIZED);
    assert_eq!(push(Some(&answered(&challenge, "wrong", path))).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        push(Some("Bearer open-sesame")).await.status,
        StatusCode::UNAUTHORIZED,
        "the token is no login"
    );
    assert_eq!(push(Some("Basic Z2F0ZTpzM2NyZXQ=")).await.status, StatusCode::UNAUTHORIZED);
    lot.pass(SOON).await;
    assert_eq!(records(&platform).len(), 0);
    let right = answered(&challenge, "s3cret", path);
    assert_eq!(push(Some(&right)).await.status, StatusCode::OK);
    let again = push(Some(&right)).await;
    assert_eq!(again.status, StatusCode::UNAUTHORIZED, "the same answer once more");
    assert!(again.headers[header::WWW_AUTHENTICATE].to_str().unwrap().contains("stale=true"));
    lot.pass(Duration::from_secs(200)).await;
    let late = push(Some(&answered(&challenge, "s3cret", path))).await;
    assert_eq!(late.status, StatusCode::UNAUTHORIZED);
    lot.pass(SOON).await;
    assert_eq!(records(&platform).len(), 1);
    assert!(lot.gateway().unknown_senders.seen(lot.now()).iter().any(|it| it["why"] == "login"));
}

#[test]
fn a_cameras_settings_are_held_against_one_another() {
    let mut config = bowei_edge::Config::new(bowei_edge::config::LotConfig::new("L1", "东门", 10));
    let of =
        |name: &str| CameraConfig { address: "192.0.2.7".parse().ok(), ..camera(name, "dahua", None, "G1") };
    config.cameras = vec![of("a"), CameraConfig { device_id: Some("D".to_owned()), ..of("b") }];
    config.check().unwrap();
    config.cameras = vec![of("a"), of("b")];
    assert!(config.check().unwrap_err().to_string().contains("tells them apart"));
    config.cameras = vec![CameraConfig { login: Some("gate".to_owned()), ..of("a") }];
    assert!(config.check().unwrap_err().to_string().contains("together"));
    config.cameras = vec![CameraConfig { device_id: Some(" ".to_owned()), ..of("a") }];
    assert!(config.check().unwrap_err().to_string().contains("is empty"));
}
