//! The database, the bucket and two nodes, each on its host.

use crate::hosts::{Host, Hosts};
use crate::support::printed;
use bowei_city::CityPlan;
use bowei_test_servers::{Postgres, S3};
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The hosts of the nodes, in their order.
pub(crate) const NODES: [Host; 2] = [Host::First, Host::Second];

const PORT: u16 = 8080;

/// Of a node's log, what a failed test shows.
const LOG_SHOWN_LINES: usize = 40;

/// How long a node that is asked to stop may take: its own limit of ten seconds, and a little.
const STOPPING_MAX: Duration = Duration::from_secs(12);

/// A platform of two nodes. The fields go in this order: nodes before what they use, the hosts last.
pub(crate) struct Cluster {
    nodes: [Option<Child>; 2],
    s3: S3,
    pub(crate) postgres: Postgres,
    database: String,
    folder: tempfile::TempDir,
    /// What the providers were handed out.
    pub(crate) handed_out: String,
    /// An operator's token.
    pub(crate) token: String,
    pub(crate) hosts: Hosts,
}

impl Cluster {
    /// Starts everything, with the plan's lots registered.
    pub(crate) fn start(hosts: Hosts, plan: &CityPlan) -> Self {
        let within = hosts.within(Host::Database);
        let within = within.each_ref().map(String::as_str);
        let address = Host::Database.address();
        let postgres = Postgres::options().durable().listen(&address).within(&within).start();
        let postgres = postgres.unwrap_or_else(|why| panic!("{why}"));
        let s3 = S3::options().listen(&address).within(&within).start();
        let s3 = s3.unwrap_or_else(|why| panic!("{why}"));
        let database = postgres.create_database();
        let mut cluster = Self {
            nodes: [None, None],
            s3,
            postgres,
            database,
            folder: tempfile::tempdir().unwrap(),
            handed_out: String::new(),
            token: String::new(),
            hosts,
        };
        let city = cluster.file("city.toml");
        std::fs::write(&city, plan.registry_file()).unwrap();
        cluster.handed_out = printed(cluster.bowei(Host::First, &["registry", "apply"]).arg(&city));
        let token = printed(&mut cluster.bowei(Host::First, &["token", "create", "--role", "operator"]));
        cluster.token = token.trim().to_owned();
        for node in 0..NODES.len() {
            cluster.start_node(node);
        }
        cluster
    }

    /// Where a node answers.
    pub(crate) fn url(&self, node: usize) -> String {
        format!("http://{}:{PORT}", NODES[node].address())
    }

    /// A file of this run.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Asks the database itself.
    pub(crate) fn sql(&self, sql: &str) -> String {
        self.postgres.sql(&self.database, sql)
    }

    /// Starts a node and waits for its ready line.
    pub(crate) fn start_node(&mut self, node: usize) {
        let host = NODES[node];
        let listen = format!("{}:{PORT}", host.address());
        let photos = format!("s3://{}/huzhou", self.s3.bucket());
        let log = File::options().create(true).append(true).open(self.log(node)).unwrap();
        let mut child = self
            .bowei(host, &["serve", "--listen", &listen, "--photos", &photos, "--s3-path-style"])
            .args(["--s3-endpoint", &self.s3.endpoint()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        self.nodes[node] = Some(child);
        assert!(line.starts_with("listening on "), "node {} is not ready: {line:?}", node + 1);
    }

    /// SIGKILL.
    pub(crate) fn kill_node(&mut self, node: usize) {
        let mut child = self.nodes[node].take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// SIGTERM to all nodes: they stop by themselves, in time.
    pub(crate) fn stop_nodes(&mut self) {
        for child in self.nodes.iter().flatten() {
            printed(Command::new("kill").arg(child.id().to_string()));
        }
        let begun = Instant::now();
        while !self.nodes.iter_mut().flatten().all(|child| child.try_wait().unwrap().is_some()) {
            assert!(begun.elapsed() < STOPPING_MAX, "a node does not stop");
            std::thread::sleep(Duration::from_millis(50));
        }
        for child in self.nodes.iter_mut().filter_map(Option::take) {
            let status = { child }.wait().unwrap();
            assert!(status.success(), "a node stopped with {status}");
        }
    }

    /// The built command on a host, on this cluster's records. Every node has the same key.
    fn bowei(&self, host: Host, words: &[&str]) -> Command {
        let log = std::env::var("BOWEI_LOG").unwrap_or_else(|_| "warn".to_owned());
        let mut command = self.hosts.command(host, env!("CARGO_BIN_EXE_bowei"));
        command
            .args(words)
            .args(["--database", &self.database, "--data"])
            .arg(self.data(host))
            .env("BOWEI_LOG", log)
            .env("BOWEI_MASTER_KEY_FILE", self.key())
            .env("AWS_ACCESS_KEY_ID", self.s3.access_key())
            .env("AWS_SECRET_ACCESS_KEY", self.s3.secret_key());
        for name in ["BOWEI_MASTER_KEY", "BOWEI_PHOTOS", "BOWEI_S3_REGION", "AWS_SESSION_TOKEN"] {
            command.env_remove(name);
        }
        command
    }

    fn data(&self, host: Host) -> PathBuf {
        let data = self.file(&format!("data-{}", host.address()));
        std::fs::create_dir_all(&data).unwrap();
        data
    }

    /// 32 bytes in base64: no secret, for the cluster goes with the test.
    fn key(&self) -> PathBuf {
        let path = self.file("master.key");
        if !Path::exists(&path) {
            std::fs::write(&path, "c2V2ZXJhbCBob3N0cyBzaGFyZSBvbmUga2V5LCAzMkI=\n").unwrap();
            std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
        }
        path
    }

    fn log(&self, node: usize) -> PathBuf {
        self.file(&format!("node-{}.log", node + 1))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if std::thread::panicking() {
            for node in 0..NODES.len() {
                let log = std::fs::read_to_string(self.log(node)).unwrap_or_default();
                let lines: Vec<_> = log.lines().collect();
                let from = lines.len().saturating_sub(LOG_SHOWN_LINES);
                println!("node {} logged at the end:\n{}", node + 1, lines[from..].join("\n"));
            }
        }
        for child in self.nodes.iter_mut().flatten() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
