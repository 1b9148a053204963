//! An S3 server: `s3s-fs`, which keeps a bucket as a folder and an object as a file.

use crate::supervised::{Started, Supervised};
use crate::{TestbedError, found, port};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Who may ask. Not secrets: the server is a test's own.
const ACCESS_KEY: &str = "test-servers";
const SECRET_KEY: &str = "test-servers-secret";

/// The bucket that is there from the start.
const BUCKET: &str = "photos";

/// How often a server whose port is in use is started again, as with PostgreSQL.
const PORT_TRIES: u32 = 20;
const PORT_WAIT: Duration = Duration::from_millis(250);

/// What a server is to be like.
#[derive(Clone, Debug)]
#[must_use]
pub struct S3ServerOptions {
    listen: String,
    within: Vec<String>,
}

impl S3ServerOptions {
    /// The address to listen on (127.0.0.1). Its port is chosen.
    pub fn listen(mut self, address: &str) -> Self {
        self.listen = address.to_owned();
        self
    }

    /// A command that runs the server, as [`PostgresOptions::within`](crate::PostgresOptions::within).
    pub fn within(mut self, command: &[&str]) -> Self {
        self.within = command.iter().map(|word| (*word).to_owned()).collect();
        self
    }

    /// Starts a server with one empty bucket.
    pub fn start(self) -> Result<S3, TestbedError> {
        let command = found::s3s_fs()?;
        // It would wait for its connections if it were asked politely, and has nothing to put in order.
        let server = Supervised::new("s3s-fs", "KILL")?;
        let mut s3 = S3 { command, server, options: self, port: 0, buckets: AtomicU32::new(0) };
        s3.make_bucket(BUCKET)?;
        for _ in 0..PORT_TRIES {
            s3.port = port::free();
            if let Started::Ready = s3.try_start()? {
                return Ok(s3);
            }
        }
        Err(s3.server.not_started("every port tried is in use".to_owned()))
    }
}

/// An S3 server. It stops and its folder goes when this is dropped, or with the process.
pub struct S3 {
    command: PathBuf,
    server: Supervised,
    options: S3ServerOptions,
    port: u16,
    /// How many buckets were made, for their names.
    buckets: AtomicU32,
}

impl S3 {
    /// What a server is like where nothing is said.
    pub fn options() -> S3ServerOptions {
        S3ServerOptions { listen: "127.0.0.1".to_owned(), within: Vec::new() }
    }

    /// A server of its own, for a test that stops it.
    pub fn start() -> Result<Self, TestbedError> {
        Self::options().start()
    }

    /// The server that this process's tests share: started when it is first asked for, with the usual options.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<S3> = OnceLock::new();
        SHARED.get_or_init(|| Self::start().unwrap_or_else(|error| panic!("{error}")))
    }

    /// Where it answers, as `http://127.0.0.1:16000`. Buckets are named in paths.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}:{}", self.options.listen, self.port)
    }

    /// The bucket that is there from the start.
    #[must_use]
    pub fn bucket(&self) -> &'static str {
        BUCKET
    }

    /// Whom it knows.
    #[must_use]
    pub fn access_key(&self) -> &'static str {
        ACCESS_KEY
    }

    /// What that one signs with.
    #[must_use]
    pub fn secret_key(&self) -> &'static str {
        SECRET_KEY
    }

    /// Makes an empty bucket and answers its name.
    #[must_use]
    pub fn create_bucket(&self) -> String {
        let name = format!("test-{}", self.buckets.fetch_add(1, Ordering::Relaxed));
        self.make_bucket(&name).unwrap_or_else(|error| panic!("{error}"));
        name
    }

    /// The folder that is a bucket, to look at what is in it, or to spoil it.
    #[must_use]
    pub fn folder_of(&self, bucket: &str) -> PathBuf {
        self.root().join(bucket)
    }

    /// Ends the server; its objects stay.
    pub fn stop(&self) {
        self.server.stop("KILL").unwrap_or_else(|error| panic!("{error}"));
    }

    /// Starts a stopped server, on the same port.
    pub fn start_again(&self) {
        for _ in 0..PORT_TRIES {
            match self.try_start() {
                Ok(Started::Ready) => return,
                Ok(Started::PortInUse) => std::thread::sleep(PORT_WAIT),
                Err(error) => panic!("{error}"),
            }
        }
        panic!("port {} was taken while s3s-fs was stopped", self.port);
    }

    /// Stops the server, and starts it again.
    pub fn restart(&self) {
        self.stop();
        self.start_again();
    }

    fn root(&self) -> PathBuf {
        self.server.folder().join("root")
    }

    fn make_bucket(&self, name: &str) -> Result<(), TestbedError> {
        let folder = self.folder_of(name);
        std::fs::create_dir_all(&folder).map_err(TestbedError::machine("make a bucket's folder"))
    }

    fn try_start(&self) -> Result<Started, TestbedError> {
        let port = self.port.to_string();
        let word = |path: &Path| path.to_string_lossy().into_owned();
        let (program, root) = (word(&self.command), word(&self.root()));
        let mut command = self.options.within.clone();
        // It says at this level that it is ready.
        command.extend(
            ["env", "RUST_LOG=s3s_fs=info", &program, "--host", &self.options.listen].map(str::to_owned),
        );
        command.extend(["--port", &port, "--access-key", ACCESS_KEY].map(str::to_owned));
        command.extend(["--secret-key", SECRET_KEY, &root].map(str::to_owned));
        self.server.start(&command, |_, logged| logged.contains("server is running at"))
    }
}
