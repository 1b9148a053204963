//! A platform with a lot under each standard, as the operator's tools set it up and as a process.

use crate::support::{Served, bowei_on, get, operator, printed};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicU16, Ordering};

/// A standard with what it calls the lot. The platform's code of the lot is the standard's name.
const LOTS: [(&str, &str); 4] = [
    ("huzhou", "HZ330502001"),
    ("shenzhen", "0123456789abcdef0123456789abcdef"),
    ("ningbo", "330502001101"),
    ("isp", "HZ/330502/001"),
];

/// The platform.
pub(crate) struct City {
    folder: tempfile::TempDir,
    port: u16,
    served: Option<Served>,
    /// An operator's.
    pub(crate) token: String,
    /// What was handed out, by standard.
    accounts: Value,
}

impl City {
    /// Registers the lots and starts the platform.
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("city.toml");
        std::fs::write(&file, registry()).unwrap();
        let said = printed(bowei_on(folder.path()).args(["registry", "apply"]).arg(&file));
        let said: Value = serde_json::from_str(&said).unwrap();
        let token = operator(folder.path());
        let accounts = said["providers"][0].clone();
        let mut city = Self { folder, port: port(), served: None, token, accounts };
        city.restart();
        city
    }

    /// Where it answers.
    pub(crate) fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    /// The same as text.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.served.take().unwrap().kill();
    }

    /// Starts it where it was.
    pub(crate) fn restart(&mut self) {
        let listen = self.address().to_string();
        self.served = Some(Served::start_at(self.folder.path(), None, &listen));
    }

    /// `[[uplink]]` of a gateway, under a standard, by way of `url`.
    pub(crate) fn uplink(&self, standard: &str, url: &str) -> String {
        let (_, lot_id) = LOTS.iter().find(|(name, _)| *name == standard).unwrap();
        let mut text = format!("[[uplink]]\nstandard = {standard:?}\nurl = {url:?}\nlot_id = {lot_id:?}\n");
        for (field, value) in self.accounts[standard].as_object().unwrap() {
            writeln!(text, "{field} = {:?}", value.as_str().unwrap()).unwrap();
        }
        text
    }

    /// Every parking session of the lot under a standard, by its record id.
    pub(crate) async fn sessions(&self, standard: &str) -> BTreeMap<String, Value> {
        let mut sessions = BTreeMap::new();
        let mut cursor = String::new();
        loop {
            let path = format!("/api/v1/lots/{standard}/sessions?limit=1000{cursor}");
            let page = get(&self.url(), &path, &self.token).await;
            for item in page["items"].as_array().unwrap() {
                let id = item["record_id"].as_str().unwrap().to_owned();
                assert!(
                    sessions.insert(id.clone(), item.clone()).is_none(),
                    "{standard}: {id} is there twice"
                );
            }
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return sessions,
            }
        }
    }

    /// How many reports of a standard ended that way.
    pub(crate) async fn tally(&self, standard: &str, outcome: &str) -> i64 {
        let stats = get(&self.url(), "/api/v1/stats", &self.token).await;
        let totals = stats["reports"].as_array().unwrap().iter();
        let of = totals.filter(|total| total["standard"] == standard && total["outcome"] == outcome);
        of.map(|total| total["count"].as_i64().unwrap()).sum()
    }

    /// A folder for the gateway.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

fn registry() -> String {
    let mut text = String::from("[[provider]]\ncode = \"p\"\nname = \"泊车\"\n");
    for (standard, _) in LOTS {
        let field = bowei_standards::by_name(standard).unwrap().card().account_field;
        writeln!(text, "[provider.{standard}]\n{field} = \"{standard}-1\"").unwrap();
    }
    for (standard, lot_id) in LOTS {
        write!(
            text,
            "[[lot]]\ncode = {standard:?}\nprovider = \"p\"\nname = \"停车场\"\nkind = \"off-street\"\n\
             district = \"440305\"\nlongitude = 113.93\nlatitude = 22.53\nspaces_total = 500\n\
             ids = {{ {standard} = {lot_id:?} }}\n"
        )
        .unwrap();
    }
    text
}

/// A free port that the system gives to nobody who asks for any: a gateway that tries again and again to reach a dead
/// platform on one of those may reach itself.
pub(crate) fn port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    loop {
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = 10_000 + ((std::process::id() % 200) as u16) * 100 + next;
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
