//! Hosts of their own on one machine: network namespaces, each on a subnet of its own behind a router.
//!
//! What makes them outlives a test that is killed: a shell that removes them when the pipe from the test closes.

use std::io::Read as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};

/// A host: its number is that of its subnet too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    /// PostgreSQL and S3.
    Database = 1,
    /// A node.
    First = 2,
    /// Another.
    Second = 3,
    /// The lots.
    Lots = 4,
}

const ALL: [Host; 4] = [Host::Database, Host::First, Host::Second, Host::Lots];

impl Host {
    /// What it is called within the router: no abbreviation of a word of `ip`'s.
    fn name(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::First => "node-1",
            Self::Second => "node-2",
            Self::Lots => "lots",
        }
    }

    fn subnet(self) -> String {
        format!("10.77.{}.0/24", self as u8)
    }

    fn gateway(self) -> String {
        format!("10.77.{}.1", self as u8)
    }

    /// Its address. The same in every run: nothing outside of the hosts sees it.
    pub(crate) fn address(self) -> String {
        format!("10.77.{}.2", self as u8)
    }
}

/// Ends what is left in the namespaces and removes them, once nobody holds the pipe any more.
const KEEPER: &str = r#"
cat >/dev/null
for namespace in "$@"; do
  for process in $(ip netns pids "$namespace" 2>/dev/null); do kill -s KILL "$process" 2>/dev/null; done
  ip netns delete "$namespace" 2>/dev/null
done
"#;

/// The hosts of one run.
pub(crate) struct Hosts {
    keeper: Child,
}

impl Hosts {
    /// Makes them; or says why this machine does not let us.
    pub(crate) fn make() -> Result<Self, String> {
        let namespaces = ALL.map(|host| namespace(host.name()));
        let keeper = Command::new("sh")
            .args(["-c", KEEPER, "keeper", &router()])
            .args(&namespaces)
            // What ends the tests from a terminal must not end what cleans up after them.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("no shell: {error}"))?;
        let hosts = Self { keeper };
        ip(&["netns", "add", &router()])?;
        // The router's own setting: the machine's stays as it is.
        run(&["ip", "netns", "exec", &router(), "sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward"])?;
        for host in ALL {
            connect(host)?;
        }
        Ok(hosts)
    }

    /// The words before a command that run it on a host. They become what they run, so that signals reach it.
    pub(crate) fn within(&self, host: Host) -> [String; 4] {
        ["ip".to_owned(), "netns".to_owned(), "exec".to_owned(), namespace(host.name())]
    }

    /// A command on a host.
    pub(crate) fn command(&self, host: Host, program: &str) -> Command {
        let [ip, words @ ..] = self.within(host);
        let mut command = Command::new(ip);
        command.args(words).arg(program);
        command
    }

    /// From now on whatever one host sends the other vanishes on its way, without a word to either.
    pub(crate) fn lose(&self, from: Host, to: Host) {
        rule("add", from, to);
    }

    /// It arrives again.
    pub(crate) fn deliver(&self, from: Host, to: Host) {
        rule("delete", from, to);
    }

    /// The two reach each other again.
    pub(crate) fn heal(&self, one: Host, other: Host) {
        self.deliver(one, other);
        self.deliver(other, one);
    }
}

impl Drop for Hosts {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        // So that nothing is left when the test says that it has passed.
        let _ = self.keeper.wait();
    }
}

fn connect(host: Host) -> Result<(), String> {
    let (router, inside, name) = (router(), namespace(host.name()), host.name());
    let (gateway, address) = (host.gateway(), host.address());
    ip(&["netns", "add", &inside])?;
    ip(&["link", "add", "eth0", "netns", &inside, "type", "veth", "peer", "name", name, "netns", &router])?;
    for (at, device, own) in [(&router, name, &gateway), (&inside, "eth0", &address)] {
        ip(&["-n", at, "address", "add", &format!("{own}/24"), "dev", device])?;
        ip(&["-n", at, "link", "set", "dev", device, "up"])?;
    }
    ip(&["-n", &inside, "link", "set", "dev", "lo", "up"])?;
    ip(&["-n", &inside, "route", "add", "default", "via", &gateway])
}

fn rule(change: &str, from: Host, to: Host) {
    let (from, to) = (from.subnet(), to.subnet());
    let words = ["-n", &router(), "rule", change, "from", &from, "to", &to, "blackhole"];
    ip(&words).unwrap_or_else(|why| panic!("{why}"));
}

/// Namespaces are the whole machine's: other runs have other numbers.
fn namespace(name: &str) -> String {
    format!("bowei-{}-{name}", std::process::id())
}

fn router() -> String {
    namespace("router")
}

fn ip(words: &[&str]) -> Result<(), String> {
    run(&[&["ip"], words].concat())
}

fn run(words: &[&str]) -> Result<(), String> {
    let [program, words @ ..] = words else { return Ok(()) };
    let failed = |why: String| format!("`{program} {}`: {}", words.join(" "), why.trim());
    let mut child = Command::new(program)
        .args(words)
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    let mut said = String::new();
    if let Some(mut errors) = child.stderr.take() {
        let _ = errors.read_to_string(&mut said);
    }
    let status = child.wait().map_err(|error| failed(error.to_string()))?;
    if status.success() { Ok(()) } else { Err(failed(said)) }
}
