//! The built command as a process, as the outside sees it.

#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use bowei_city::{Accounts, CityPlan};
use bowei_test_servers::{Postgres, S3};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// `bowei serve` on a free port.
pub struct Served {
    child: Child,
    pub url: String,
}

impl Served {
    /// Starts it and waits for its ready line.
    pub fn start(data: &Path, config: Option<&Path>) -> Self {
        Self::start_at(data, config, "127.0.0.1:0")
    }

    /// The same on a certain address and port.
    pub fn start_at(data: &Path, config: Option<&Path>, listen: &str) -> Self {
        let mut command = bowei_on(data);
        command.args(["serve", "--listen", listen]);
        if let Some(config) = config {
            command.arg("--config").arg(config);
        }
        Self::run(command)
    }

    /// Runs a command that serves, and waits for its ready line.
    pub fn run(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("not ready: {line:?}"));
        Self { url: url.to_owned(), child }
    }

    /// The process's number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL, as a power cut for the process.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM; answers the exit code and how long it took.
    pub fn terminate(mut self) -> (Option<i32>, std::time::Duration) {
        let begun = std::time::Instant::now();
        let said = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(said.success());
        (self.child.wait().unwrap().code(), begun.elapsed())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The built command, or the one that `BOWEI_BIN` names; quiet unless `BOWEI_LOG` says otherwise.
pub fn bowei() -> Command {
    let binary = std::env::var("BOWEI_BIN").unwrap_or_else(|_| env!("CARGO_BIN_EXE_bowei").to_owned());
    let mut command = Command::new(binary);
    let log = std::env::var("BOWEI_LOG").unwrap_or_else(|_| "error".to_owned());
    command.env("BOWEI_LOG", log).env_remove("BOWEI_DATA").env_remove("BOWEI_LISTEN");
    command
}

/// The command on the store that belongs to a data folder: the folder itself or, with `BOWEI_TEST_ENGINE=postgres`, a
/// database and a place in a bucket of its own.
pub fn bowei_on(data: &Path) -> Command {
    let mut command = bowei();
    command.env("BOWEI_DATA", data);
    match std::env::var("BOWEI_TEST_ENGINE").as_deref() {
        Err(_) | Ok("sqlite") => {}
        Ok("postgres") => {
            let s3 = S3::shared();
            let bucket = format!("s3://{}/{}", s3.bucket(), data.file_name().unwrap().to_string_lossy());
            command
                .env("BOWEI_DATABASE", database_of(data))
                .env("BOWEI_PHOTOS", bucket)
                .env("BOWEI_S3_ENDPOINT", s3.endpoint())
                .env("BOWEI_S3_PATH_STYLE", "true")
                .env("AWS_ACCESS_KEY_ID", s3.access_key())
                .env("AWS_SECRET_ACCESS_KEY", s3.secret_key());
        }
        Ok(other) => panic!("BOWEI_TEST_ENGINE is {other}: sqlite or postgres is expected"),
    }
    command
}

/// The URL of the database that belongs to a data folder, made when it is first asked for.
fn database_of(data: &Path) -> String {
    let file = data.join("database-url");
    std::fs::read_to_string(&file).unwrap_or_else(|_| {
        let url = Postgres::shared().create_database();
        std::fs::create_dir_all(data).unwrap();
        std::fs::write(&file, &url).unwrap();
        url
    })
}

/// What a command prints; fails if it fails.
pub fn printed(command: &mut Command) -> String {
    let said = command.output().unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    String::from_utf8(said.stdout).unwrap()
}

/// Registers a city as an operator would, and answers what its lots speak with.
pub fn register(plan: &CityPlan, data: &Path) -> Accounts {
    Accounts::read(&handed_out(plan, data)).unwrap()
}

/// Registers a city, and answers the JSON that was handed out.
pub fn handed_out(plan: &CityPlan, data: &Path) -> String {
    let file = data.join("city.toml");
    std::fs::write(&file, plan.registry_file()).unwrap();
    printed(bowei_on(data).args(["registry", "apply"]).arg(&file))
}

/// An operator's token.
pub fn operator(data: &Path) -> String {
    printed(bowei_on(data).args(["token", "create", "--role", "operator"])).trim().to_owned()
}

/// `GET` with a token, as JSON.
pub async fn get(url: &str, path: &str, token: &str) -> Value {
    let (status, bytes) = fetch(url, path, token).await;
    assert_eq!(status, 200, "{path}");
    serde_json::from_slice(&bytes).unwrap()
}

/// The status of a `GET` with a token.
pub async fn status(url: &str, path: &str, token: &str) -> u16 {
    fetch(url, path, token).await.0
}

/// `GET` with a token.
pub async fn fetch(url: &str, path: &str, token: &str) -> (u16, Bytes) {
    let client = Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
    let request = http::Request::get(format!("{url}{path}"))
        .header("authorization", format!("Bearer {token}"))
        .body(Empty::new())
        .unwrap();
    let response = client.request(request).await.unwrap();
    let status = response.status().as_u16();
    (status, response.into_body().collect().await.unwrap().to_bytes())
}
