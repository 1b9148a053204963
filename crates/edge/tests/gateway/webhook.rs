//! What platforms ask, posted to the lot's own system: a small server here.

use crate::gateway::downlink::{reservation, reserve};
use crate::gateway::harness::Lot;
use crate::gateway::time::still;
use axum::Router;
use axum::routing::post;
use http::StatusCode;
use serde_json::Value;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;

/// The lot's own system: what was posted to it, and what it answers next.
#[derive(Clone, Default)]
struct System {
    posted: Arc<Mutex<Vec<u64>>>,
    refuses: Arc<Mutex<u32>>,
}

impl System {
    /// Serves, and says where.
    async fn serve(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let system = self.clone();
        let hook = move |body: String| {
            let system = system.clone();
            async move { system.take(&body) }
        };
        let router = Router::new().route("/hook", post(hook));
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://{address}/hook")
    }

    fn take(&self, body: &str) -> StatusCode {
        let directive: Value = serde_json::from_str(body).unwrap();
        self.posted.lock().unwrap().push(directive["id"].as_u64().unwrap());
        let mut refuses = self.refuses.lock().unwrap();
        let refused = *refuses > 0;
        *refuses = refuses.saturating_sub(1);
        if refused { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::NO_CONTENT }
    }

    /// Waits, in real time but without virtual time passing, until so many have been posted.
    async fn has(&self, posted: usize) -> Vec<u64> {
        let there = async {
            for _ in 0..20_000_000_u64 {
                if self.posted.lock().unwrap().len() >= posted {
                    return;
                }
                tokio::task::yield_now().await;
            }
            panic!("{:?} is all that was posted", self.posted.lock().unwrap());
        };
        still(there).await;
        self.posted.lock().unwrap().clone()
    }
}

#[tokio::test(start_paused = true)]
async fn it_is_posted_in_order_until_it_is_taken_and_after_a_restart_not_again() {
    let system = System::default();
    let (mut lot, platforms) = Lot::speaking(&["shenzhen"]);
    lot.config.downlink.webhook = Some(system.serve().await);
    lot.start().await;
    let platform = &platforms[0];
    lot.pass(Duration::from_secs(5)).await;
    *system.refuses.lock().unwrap() = 2;
    for car in 1..=3 {
        reserve(&lot, platform, &reservation(&lot, &format!("BK{car}"), car)).await;
    }
    assert_eq!(system.has(1).await, [1]);
    lot.settle().await;
    tokio::time::advance(Duration::from_secs(2)).await;
    assert_eq!(system.has(2).await, [1, 1], "refused, it is posted again");
    lot.settle().await;
    tokio::time::advance(Duration::from_secs(3)).await;
    assert_eq!(system.has(5).await, [1, 1, 1, 2, 3], "and nothing goes before it");
    lot.settle().await;
    lot.restart().await;
    // It logs in again. Nothing is on its way to the lot's system, whose timeout this would end.
    lot.pass(Duration::from_secs(1)).await;
    reserve(&lot, platform, &reservation(&lot, "BK4", 4)).await;
    assert_eq!(system.has(6).await, [1, 1, 1, 2, 3, 4]);
}
