use super::*;
use crate::plan::{CityPlan, PlanOptions, spoken};
use crate::sender::fake_platform::{Platform, Troubles};
use bytes::{Bytes, BytesMut};
use jiff::Timestamp;

fn sealing(standard: &'static str, messages: usize, on_street_only: bool) -> Sealing {
    let (host, path_prefix) = ("127.0.0.1".to_owned(), String::new());
    Sealing { seed: 1, standard, messages, on_street_only, host, path_prefix }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_sealed_message_is_pushed_and_accepted() {
    let plan = CityPlan::new(&PlanOptions { lots: 12, ..PlanOptions::default() }).unwrap();
    for standard in spoken() {
        let troubles = Troubles { cut_every: 41, ..Troubles::default() };
        let (platform, accounts) = Platform::troubled(&plan, troubles);
        let address = platform.listen().await;
        let url = format!("http://{address}");
        let accounts = logged_in(&plan, &accounts, standard, &url, Timestamp::now()).await.unwrap();
        let messages = presealed(&plan, &accounts, &sealing(standard, 201, false), Timestamp::now()).unwrap();
        assert_eq!(messages.len(), 201);
        let options = LoadOptions { connections: 4, depth: 3, ..LoadOptions::new(address) };
        let speaks = bowei_standards::by_name(standard).unwrap();
        let result = push(messages, speaks, &options).await;
        let outcome = (result.accepted, result.refused, result.lost);
        assert_eq!(outcome, (201, 0, 0), "{standard}: {result} {:?}", result.words);
        assert!(result.broken > 0 && result.per_second() > 0.0, "{standard}: {result}");
        let kinds = ["entry", "exit", "charging-record"];
        let heard: u64 = kinds.iter().flat_map(|kind| platform.records(kind).into_values()).sum();
        assert!(heard >= 201, "{standard}: {heard}");
        assert!(platform.heard.lock().unwrap().iter().all(|(by, _)| *by == standard));
    }
}

#[test]
fn on_street_messages_are_one_block_each() {
    let plan = CityPlan::new(&PlanOptions { lots: 48, ..PlanOptions::default() }).unwrap();
    let (_, accounts) = Platform::knowing(&plan);
    let messages = presealed(&plan, &accounts, &sealing("huzhou", 500, true), Timestamp::now()).unwrap();
    for message in messages {
        let text = std::str::from_utf8(&message).unwrap();
        assert!(text.starts_with("POST /api/parking/") && text.contains("\r\nhost: 127.0.0.1\r\n"), "{text}");
        let (_, body) = text.split_once("\r\n\r\n").unwrap();
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        // 256 bytes of a block are 344 characters of base64.
        assert_eq!(body["encryptedData"].as_str().unwrap().len(), 344);
    }
}

#[test]
fn a_city_without_such_lots_has_no_such_load() {
    let plan = CityPlan::new(&PlanOptions { lots: 1, ..PlanOptions::default() }).unwrap();
    let (_, accounts) = Platform::knowing(&plan);
    let sealed =
        |standard, on_street| presealed(&plan, &accounts, &sealing(standard, 1, on_street), Timestamp::now());
    assert!(matches!(sealed("huzhou", true), Err(LoadError::NoLots)));
    assert!(matches!(sealed("shenzhen", false), Err(LoadError::NoLots)), "nobody speaks it here");
}

#[test]
fn answers_are_read_however_they_arrive() {
    let whole =
        b"HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\n{\"code\":200}HTTP/1.1 503 Service Unavailable\r\n\
                  retry-after: 2\r\ntransfer-encoding: chunked\r\n\r\n4\r\nbusy\r\n0\r\n\r\nHTTP/1.1 2";
    let mut read = BytesMut::new();
    let mut heard = Vec::new();
    for byte in whole {
        read.extend_from_slice(&[*byte]);
        while let Some(answer) = answers::next(&mut read).unwrap() {
            let retry = answer.headers().get("retry-after").is_some();
            heard.push((answer.status().as_u16(), answer.into_body(), retry));
        }
    }
    let expected =
        [(200, Bytes::from_static(b"{\"code\":200}"), false), (503, Bytes::from_static(b"busy"), true)];
    assert_eq!(heard, expected);
    assert_eq!(&read[..], b"HTTP/1.1 2");
}
