//! What is done on the lots' host, in a process of its own: the test's own executable with one of its ignored tests.

use crate::cluster::{Cluster, NODES};
use crate::hosts::Host;
use bowei_city::{CityPlan, PlanOptions};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Stdio};
use std::time::{Duration, Instant};

/// Names the errand's file to the process.
const FILE: &str = "BOWEI_SEVERAL_HOSTS_ERRAND";

/// How long it may take to come to its end: the last reports to be taken, or all that was said to be looked at, each in
/// seconds. Lots that no node ever takes a report of would speak for good.
const FINISHING_MAX: Duration = Duration::from_secs(60);

/// As many as can speak to both nodes all the time without keeping two cores busy.
const LOTS: usize = 12;

/// What the process needs to know.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Errand {
    pub(crate) seed: u64,
    /// Where the nodes answer.
    pub(crate) nodes: [String; NODES.len()],
    /// What the providers were handed out.
    pub(crate) handed_out: String,
    pub(crate) token: String,
    /// Where tries are noted.
    pub(crate) journal: PathBuf,
}

/// A process that does it. It is told to come to its end by closing the pipe to it, which closes in any case when the
/// test ends.
pub(crate) struct Errands {
    child: Child,
    pipe: Option<ChildStdin>,
}

/// The city, the same on every host.
pub(crate) fn plan(seed: u64) -> CityPlan {
    CityPlan::new(&PlanOptions { seed, lots: LOTS, standard: Some("huzhou") }).unwrap()
}

impl Errand {
    pub(crate) fn of(cluster: &Cluster, seed: u64) -> Self {
        Self {
            seed,
            nodes: [cluster.url(0), cluster.url(1)],
            handed_out: cluster.handed_out.clone(),
            token: cluster.token.clone(),
            journal: cluster.file("journal"),
        }
    }

    /// Runs one of the ignored tests with it on the lots' host.
    pub(crate) fn run(&self, cluster: &Cluster, test: &str) -> Errands {
        let file = cluster.file("errand.json");
        std::fs::write(&file, serde_json::to_vec(self).unwrap()).unwrap();
        let myself = std::env::current_exe().unwrap();
        let mut child = cluster
            .hosts
            .command(Host::Lots, myself.to_str().unwrap())
            .args([test, "--exact", "--ignored", "--nocapture", "--test-threads=1"])
            .env(FILE, &file)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let pipe = child.stdin.take();
        Errands { child, pipe }
    }

    /// What the process that this is was sent for; `None` where somebody runs ignored tests by hand.
    pub(crate) fn own() -> Option<Self> {
        let file = std::env::var_os(FILE)?;
        Some(serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap())
    }
}

impl Errands {
    /// Whether it still goes on: a failure is best told at once.
    pub(crate) fn go_on(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Lets it come to its end, which has to be a good one.
    pub(crate) fn finish(mut self) {
        drop(self.pipe.take());
        let begun = Instant::now();
        while self.go_on() {
            assert!(
                begun.elapsed() < FINISHING_MAX,
                "what is done on the lots' host does not come to an end"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        let status = self.child.wait().unwrap();
        assert!(status.success(), "what was done on the lots' host failed: see above");
    }
}

impl Drop for Errands {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
