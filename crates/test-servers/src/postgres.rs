//! A PostgreSQL server, as `initdb` makes it.

use crate::supervised::{Started, Supervised};
use crate::{TestbedError, found, port};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// The only user, who may do everything.
const USER: &str = "bowei";

/// Whom the server runs as when the tests run as root, for PostgreSQL refuses to. Its packages make this user.
const SERVER_USER: &str = "postgres";

/// Connections at most: several platforms with pools of their own, and tests side by side.
const CONNECTIONS_MAX: u32 = 300;

/// How often a server whose port is in use is started again: with another port, or, where the port is known to others
/// already, with the same a little later.
const PORT_TRIES: u32 = 20;
const PORT_WAIT: Duration = Duration::from_millis(250);

/// How to stop the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Sessions are ended, what is kept is written out: as an operator stops it.
    Fast,
    /// Everything is dropped where it is, and the next start recovers: as a crash.
    Immediate,
}

/// What a server is to be like.
#[derive(Clone, Debug)]
#[must_use]
pub struct PostgresOptions {
    listen: String,
    within: Vec<String>,
    durable: bool,
    password: Option<String>,
    settings: Vec<(String, String)>,
}

impl PostgresOptions {
    /// The address to listen on (127.0.0.1). Its port is chosen.
    pub fn listen(mut self, address: &str) -> Self {
        self.listen = address.to_owned();
        self
    }

    /// A command that runs the server, such as `["ip", "netns", "exec", "db"]`. It has to become what it runs, as
    /// that one does; signals would not reach the server otherwise.
    pub fn within(mut self, command: &[&str]) -> Self {
        self.within = command.iter().map(|word| (*word).to_owned()).collect();
        self
    }

    /// Commits are on the disk when they are answered, as in production. Otherwise they are not synced, which is
    /// faster, and the last ones may be lost even where the server alone ends.
    pub fn durable(mut self) -> Self {
        self.durable = true;
        self
    }

    /// Asks for this password (SCRAM) over TCP. It stands in URLs as it is: letters and digits. Otherwise everybody is
    /// trusted.
    pub fn password(mut self, password: &str) -> Self {
        self.password = Some(password.to_owned());
        self
    }

    /// A setting of `postgresql.conf` besides.
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Makes a cluster and starts its server.
    pub fn start(self) -> Result<Postgres, TestbedError> {
        let bin = found::postgres()?;
        let server = Supervised::new("PostgreSQL", "QUIT")?;
        let as_its_user = as_its_user(server.folder())?;
        let databases = AtomicU32::new(0);
        let mut postgres = Postgres { bin, server, as_its_user, options: self, port: 0, databases };
        postgres.make_cluster()?;
        for _ in 0..PORT_TRIES {
            postgres.port = port::free();
            if let Started::Ready = postgres.try_start()? {
                return Ok(postgres);
            }
        }
        Err(postgres.server.not_started("every port tried is in use".to_owned()))
    }
}

/// A database's name, of itself or of its URL.
fn name_of(database: &str) -> &str {
    let name = database.rsplit('/').next().unwrap_or_default();
    name.split_once('?').map_or(name, |(name, _)| name)
}

/// A PostgreSQL server. It stops and its folder goes when this is dropped, or with the process.
pub struct Postgres {
    bin: PathBuf,
    server: Supervised,
    as_its_user: Vec<String>,
    options: PostgresOptions,
    port: u16,
    /// How many databases were made, for their names.
    databases: AtomicU32,
}

impl Postgres {
    /// What a server is like where nothing is said.
    pub fn options() -> PostgresOptions {
        PostgresOptions {
            listen: "127.0.0.1".to_owned(),
            within: Vec::new(),
            durable: false,
            password: None,
            settings: Vec::new(),
        }
    }

    /// A server of its own, for a test that stops it.
    pub fn start() -> Result<Self, TestbedError> {
        Self::options().start()
    }

    /// The server that this process's tests share: started when it is first asked for, with the usual options.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        SHARED.get_or_init(|| Self::start().unwrap_or_else(|error| panic!("{error}")))
    }

    /// The URL of a database, there or not.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        let password = self.options.password.as_ref().map(|word| format!(":{word}")).unwrap_or_default();
        // Beyond loopback Bowei asks for TLS where nothing is said, and this server has none.
        let mode = if self.options.listen == "127.0.0.1" { "" } else { "?sslmode=disable" };
        format!("postgres://{USER}{password}@{}:{}/{database}{mode}", self.options.listen, self.port)
    }

    /// The address it listens on, and the port.
    #[must_use]
    pub fn address(&self) -> (&str, u16) {
        (&self.options.listen, self.port)
    }

    /// Makes an empty database and answers its URL.
    #[must_use]
    pub fn create_database(&self) -> String {
        self.create_database_like("template1")
    }

    /// Makes a copy of a database (its name or its URL), to which nobody may be connected, and answers its URL.
    #[must_use]
    pub fn create_database_like(&self, template: &str) -> String {
        let template = name_of(template);
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.sql("postgres", &format!("CREATE DATABASE {name} TEMPLATE {template}"));
        self.url(&name)
    }

    /// Asks a database (its name or its URL) with `psql`, through the socket in the folder, and so from outside of a
    /// network namespace too: one line a row, its columns parted by `|`.
    #[allow(clippy::must_use_candidate, reason = "most of what is asked has no answer")]
    pub fn sql(&self, database: &str, sql: &str) -> String {
        let database = name_of(database);
        let reported = Command::new(self.bin.join("psql"))
            .args(["-AtqX", "-v", "ON_ERROR_STOP=1", "-U", USER, "-d", database, "-c", sql, "-h"])
            .arg(self.server.folder())
            .args(["-p", &self.port.to_string()])
            .output()
            .unwrap_or_else(|error| panic!("psql: {error}"));
        if !reported.status.success() {
            panic!("{sql}: {}", String::from_utf8_lossy(&reported.stderr));
        }
        String::from_utf8_lossy(&reported.stdout).trim_end().to_owned()
    }

    /// Everything in a database (its name or its URL), in words: for tests that look for what must not be there.
    #[must_use]
    pub fn dump(&self, database: &str) -> String {
        let database = name_of(database);
        let reported = Command::new(self.bin.join("pg_dump"))
            .args(["--inserts", "-U", USER, "-h"])
            .arg(self.server.folder())
            .args(["-p", &self.port.to_string(), database])
            .output()
            .unwrap_or_else(|error| panic!("pg_dump: {error}"));
        if !reported.status.success() {
            panic!("pg_dump: {}", String::from_utf8_lossy(&reported.stderr));
        }
        String::from_utf8_lossy(&reported.stdout).into_owned()
    }

    /// What the server has logged.
    #[must_use]
    pub fn log(&self) -> String {
        self.server.log()
    }

    /// Stops the server; its databases stay.
    pub fn stop(&self, how: Stop) {
        let signal = match how {
            Stop::Fast => "INT",
            Stop::Immediate => "QUIT",
        };
        self.server.stop(signal).unwrap_or_else(|error| panic!("{error}"));
    }

    /// Ends the server as a crash would; its databases stay, recovered at the next start.
    pub fn kill(&self) {
        self.stop(Stop::Immediate);
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
        panic!("port {} was taken while PostgreSQL was stopped", self.port);
    }

    /// Stops the server as an operator would, and starts it again.
    pub fn restart(&self) {
        self.stop(Stop::Fast);
        self.start_again();
    }

    fn data(&self) -> PathBuf {
        self.server.folder().join("data")
    }

    fn make_cluster(&self) -> Result<(), TestbedError> {
        let folder = self.server.folder();
        let mut initdb = self.as_its_user.clone();
        if !initdb.is_empty() {
            self.server.run(&words(&["chown", SERVER_USER, &folder.to_string_lossy()]))?;
        }
        initdb.push(self.bin.join("initdb").to_string_lossy().into_owned());
        initdb.extend(words(&["--no-sync", "--no-locale", "-E", "UTF8", "-U", USER, "--auth=trust", "-D"]));
        initdb.push(self.data().to_string_lossy().into_owned());
        self.server.run(&initdb)?;
        let how = if self.options.password.is_some() { "scram-sha-256" } else { "trust" };
        // The socket's folder is closed to others; over TCP, whoever reaches the address.
        let access = format!("local all all trust\nhost all all all {how}\n");
        std::fs::write(self.data().join("pg_hba.conf"), access)
            .map_err(TestbedError::machine("write who may connect"))
    }

    fn try_start(&self) -> Result<Started, TestbedError> {
        let mut command = self.options.within.clone();
        command.extend(self.as_its_user.iter().cloned());
        command.push(self.bin.join("postgres").to_string_lossy().into_owned());
        command.extend(words(&["-D", &self.data().to_string_lossy()]));
        for (name, value) in self.settings() {
            command.extend(["-c".to_owned(), format!("{name}={value}")]);
        }
        let numbers = self.data().join("postmaster.pid");
        let started = self.server.start(&command, |number, _| {
            // As pg_ctl does: the file's first line is the process, its eighth the state.
            let text = std::fs::read_to_string(&numbers).unwrap_or_default();
            let mut lines = text.lines();
            lines.next() == Some(number) && lines.nth(6).is_some_and(|state| state.trim_end() == "ready")
        })?;
        if let (Started::Ready, Some(password)) = (&started, &self.options.password) {
            self.sql("postgres", &format!("ALTER ROLE {USER} PASSWORD '{}'", password.replace('\'', "''")));
        }
        Ok(started)
    }

    fn settings(&self) -> Vec<(String, String)> {
        let folder = self.server.folder().to_string_lossy();
        let (port, connections) = (self.port.to_string(), CONNECTIONS_MAX.to_string());
        let mut settings = vec![
            ("listen_addresses", self.options.listen.as_str()),
            ("port", &port),
            ("unix_socket_directories", &folder),
            ("max_connections", &connections),
        ];
        if !self.options.durable {
            settings.extend([("fsync", "off"), ("synchronous_commit", "off"), ("full_page_writes", "off")]);
        }
        let own = settings.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        own.chain(self.options.settings.iter().cloned()).collect()
    }
}

/// What turns root into the server's user; nothing for anybody else. Whoever makes a folder owns it.
fn as_its_user(folder: &Path) -> Result<Vec<String>, TestbedError> {
    let owner = std::fs::metadata(folder).map_err(TestbedError::machine("look at a temporary folder"))?.uid();
    let change = ["setpriv", "--reuid", SERVER_USER, "--regid", SERVER_USER, "--clear-groups", "--"];
    Ok(if owner == 0 { words(&change) } else { Vec::new() })
}

fn words(of: &[&str]) -> Vec<String> {
    of.iter().map(|word| (*word).to_owned()).collect()
}
