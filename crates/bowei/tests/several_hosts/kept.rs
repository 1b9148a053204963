//! What both nodes know in the end, held against what lots were told.

use crate::client::Client;
use crate::cluster::NODES;
use crate::journal::{self, Parking};
use crate::scenario::Errand;
use bowei_encoding::sha256_hex;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::task::JoinSet;

#[ignore = "the test across several hosts starts it on one of them"]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_acknowledged_is_at_both_nodes() {
    let Some(errand) = Errand::own().map(Arc::new) else { return };
    let client = Client::new(&errand, None);
    let mut looking = JoinSet::new();
    for (lot, said) in journal::parkings(&journal::read(&errand.journal)) {
        let said = Arc::new(said);
        for node in 0..NODES.len() {
            let (client, lot, said) = (client.clone(), lot.clone(), Arc::clone(&said));
            looking.spawn(async move { look(&client, node, &lot, &said).await });
        }
    }
    let pictures: usize = looking.join_all().await.into_iter().sum();
    println!("{pictures} pictures were fetched and are what was sent");
}

/// A lot's sessions at a node are those that were said, no more and no less; and so are its cars inside.
async fn look(client: &Client, node: usize, lot: &str, said: &BTreeMap<String, Parking>) -> usize {
    let mut kept = BTreeMap::new();
    let mut pictures = 0;
    let mut cursor = String::new();
    loop {
        let page = get(client, node, &format!("/api/v1/lots/{lot}/sessions?limit=1000{cursor}")).await;
        for session in page["items"].as_array().unwrap() {
            let record = session["record_id"].as_str().unwrap().to_owned();
            let picture = match session["photos"].as_array().unwrap().as_slice() {
                [] => None,
                [photo] => Some(digest_of_picture(client, node, &record, photo).await),
                several => panic!("{lot}: {record} has {} pictures", several.len()),
            };
            pictures += usize::from(picture.is_some());
            let parking =
                Parking { entered: !session["entry"].is_null(), left: !session["exit"].is_null(), picture };
            assert!(kept.insert(record.clone(), parking).is_none(), "{lot}: {record} is listed twice");
        }
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    for (record, said) in said {
        assert_eq!(kept.get(record), Some(said), "{record} of {lot} at node {}", node + 1);
    }
    assert_eq!(kept.len(), said.len(), "{lot}: node {} keeps what nobody said", node + 1);
    let inside = said.values().filter(|parking| !parking.left).count();
    let item = get(client, node, &format!("/api/v1/lots/{lot}")).await;
    assert_eq!(item["inside"].as_u64(), Some(inside as u64), "{lot} at node {}", node + 1);
    pictures
}

/// The digest of what is there, not of what is said to be there.
async fn digest_of_picture(client: &Client, node: usize, record: &str, photo: &Value) -> String {
    let path = format!("/api/v1/photos/{}", photo["id"].as_str().unwrap());
    let (status, bytes) = client.get(node, &path).await.unwrap();
    assert_eq!(status, 200, "the picture of {record} is gone");
    sha256_hex(&bytes)
}

async fn get(client: &Client, node: usize, path: &str) -> Value {
    let (status, bytes) = client.get(node, path).await.unwrap();
    assert_eq!(status, 200, "{path}");
    serde_json::from_slice(&bytes).unwrap()
}
