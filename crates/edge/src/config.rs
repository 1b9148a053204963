//! `edge.toml`: what one gateway is told. Every setting but the lot and its uplinks has a default.

use bowei_model::{Datum, Direction, ExactPosition, LotCode, LotKind, LotProfile, Position};
use bowei_standards::platform_side::Fields;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

/// The configuration of a gateway.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Address and port of the local API, the page and the downlink; port 0 is any free one.
    #[serde(default = "listen")]
    pub listen: SocketAddr,
    /// The data folder. A relative one lies beside the configuration's working directory.
    #[serde(default = "data")]
    pub data: PathBuf,
    /// What the lot's own systems and the page present as `Authorization: Bearer …`. Left out, on loopback, this
    /// machine's programs need none; whatever else asks needs the one that the gateway makes at its first start, `token`
    /// in the data folder.
    #[serde(default)]
    pub token: Option<String>,
    /// The lot.
    pub lot: LotConfig,
    /// The platforms.
    #[serde(default, rename = "uplink")]
    pub uplinks: Vec<UplinkConfig>,
    /// The cameras.
    #[serde(default, rename = "camera")]
    pub cameras: Vec<CameraConfig>,
    /// A folder that files of records are put into.
    #[serde(default)]
    pub folder: Option<FolderConfig>,
    /// Where what the platforms ask goes.
    #[serde(default)]
    pub downlink: DownlinkConfig,
    /// How much is kept, and for how long.
    #[serde(default)]
    pub keep: KeepConfig,
}

/// `[lot]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LotConfig {
    /// The lot's code here: platforms know it by each uplink's `lot_id`.
    pub code: String,
    /// Its name.
    pub name: String,
    /// How many spaces it has.
    pub spaces_total: u32,
    /// How many of them have a charger.
    #[serde(default)]
    pub charging_spaces: Option<u32>,
    /// `off-street` (the default) or `on-street`.
    #[serde(default = "off_street")]
    pub kind: LotKind,
    /// GB/T 2260.
    #[serde(default)]
    pub district: Option<String>,
    /// Where it is, in words.
    #[serde(default)]
    pub address: Option<String>,
    /// Degrees east.
    #[serde(default)]
    pub longitude: Option<f64>,
    /// Degrees north.
    #[serde(default)]
    pub latitude: Option<f64>,
    /// Of both: GCJ02 (the default), WGS84, BD09.
    #[serde(default)]
    pub datum: Datum,
    /// What parking costs, in words.
    #[serde(default)]
    pub tariff: Option<String>,
    /// A standard's own items of base data, by their names on the wire.
    #[serde(default)]
    pub details: BTreeMap<String, toml::Value>,
    /// How many spaces may be reserved at once; left out: as many as are free.
    #[serde(default)]
    pub reservable: Option<u32>,
}

/// `[[uplink]]`.
#[derive(Clone, Debug, Deserialize)]
pub struct UplinkConfig {
    /// Its name, under which its place in the outbox is kept; the standard's, unless two uplinks speak the same.
    #[serde(default)]
    pub name: Option<String>,
    /// The standard.
    pub standard: String,
    /// The platform's address: `http://HOST:PORT` or `https://HOST`, with or without a path.
    pub url: String,
    /// What the platform calls the lot.
    pub lot_id: String,
    /// Where the platform says which records it has of a day, where it does.
    #[serde(default)]
    pub reconciliation: Option<ReconciliationConfig>,
    /// What the platform handed out, by the names of the registry file: `app_id`, `secret_key`, `public_key`, …
    #[serde(flatten)]
    pub credential: Fields,
}

/// `[uplink.reconciliation]`: the daily comparison of what the lot and the platform have (docs/supervision/daily-loop.md).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReconciliationConfig {
    /// The address of the platform's own API; the uplink's where it is left out.
    #[serde(default)]
    pub url: Option<String>,
    /// A token of the lot's provider there.
    pub token: String,
    /// The platform's own code of the lot.
    pub lot: String,
    /// Whether the platform is asked there for reservations too (docs/edge/API.md). False where it is left out: a lot
    /// promises spaces only if it wants to.
    #[serde(default)]
    pub reservations: bool,
}

/// `[[camera]]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CameraConfig {
    /// Its name, the last part of the path that it pushes to: `/v1/devices/NAME`.
    pub name: String,
    /// Its maker: `hikvision`, `dahua`, `vzenith`.
    pub kind: String,
    /// Which way cars pass it: `entry` or `exit`, or in Chinese 入场, 出场. Left out: as the camera says.
    #[serde(default, deserialize_with = "direction")]
    pub direction: Option<Direction>,
    /// The gate's code.
    #[serde(default)]
    pub gate: Option<String>,
    /// The gate's name.
    #[serde(default)]
    pub gate_name: Option<String>,
    /// The camera's own id as its messages have it (Dahua's `DeviceID`, Vzenith's `serialno`, Hikvision's
    /// `macAddress`): by it a camera is known that pushes to paths which its maker has built in.
    #[serde(default)]
    pub device_id: Option<String>,
    /// The address that it pushes from, likewise. Of both, both must be right.
    #[serde(default)]
    pub address: Option<IpAddr>,
    /// With a password: the camera must log in by HTTP Digest (RFC 7616), and needs no token.
    #[serde(default)]
    pub login: Option<String>,
    /// The password of `login`.
    #[serde(default)]
    pub password: Option<String>,
}

/// `[folder]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FolderConfig {
    /// The folder.
    pub path: PathBuf,
}

/// `[downlink]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DownlinkConfig {
    /// Where reservations are posted to, in the lot's own network. Besides, `GET /v1/directives` can be waited on.
    #[serde(default)]
    pub webhook: Option<String>,
}

/// `[keep]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KeepConfig {
    /// All that is kept together, in GiB. Beyond it the oldest pictures go, then new pictures are refused.
    pub max_gib: f64,
    /// Days that records are kept after every platform has them, to be sent again where a platform asks.
    pub delivered_days: u32,
    /// Days after which pictures go that no platform would take.
    pub pictures_days: u32,
}

impl Default for KeepConfig {
    fn default() -> Self {
        Self { max_gib: 8.0, delivered_days: 8, pictures_days: 30 }
    }
}

fn listen() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 7100))
}

fn data() -> PathBuf {
    PathBuf::from("edge-data")
}

/// The way of a lane, in English or in Chinese as people call it.
fn direction<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Direction>, D::Error> {
    let word = String::deserialize(from)?;
    match word.trim() {
        "entry" | "入场" | "进场" | "入口" | "进口" | "入" | "进" => Ok(Some(Direction::Entry)),
        "exit" | "出场" | "离场" | "出口" | "出" => Ok(Some(Direction::Exit)),
        other => Err(D::Error::custom(format!(
            "direction：应为 entry（入场）或 exit（出场），收到“{other}” entry or exit is expected"
        ))),
    }
}

fn off_street() -> LotKind {
    LotKind::OffStreet
}

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error(
        "{path}：无法读取配置文件，docs/edge/INSTALL.zh-CN.md 有可用的示例 the configuration cannot be read: {source}. \
             docs/edge/INSTALL.md has an edge.toml to begin with"
    )]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no TOML, or not of this form.
    #[error("{path}: {problem}")]
    Form {
        /// The file.
        path: PathBuf,
        /// What is wrong, with its line.
        problem: String,
    },
    /// A setting is wrong.
    #[error("{setting}: {problem}")]
    Setting {
        /// Which.
        setting: String,
        /// What is wrong, and what to do.
        problem: String,
    },
}

impl ConfigError {
    pub(crate) fn setting(setting: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Setting { setting: setting.into(), problem: problem.into() }
    }
}

impl LotConfig {
    /// A lot of which nothing more is said.
    pub fn new(code: &str, name: &str, spaces_total: u32) -> Self {
        Self {
            code: code.to_owned(),
            name: name.to_owned(),
            spaces_total,
            charging_spaces: None,
            kind: off_street(),
            district: None,
            address: None,
            longitude: None,
            latitude: None,
            datum: Datum::default(),
            tariff: None,
            details: BTreeMap::new(),
            reservable: None,
        }
    }

    /// The base data that platforms are told.
    pub(crate) fn profile(&self) -> LotProfile {
        let position = self.longitude.zip(self.latitude);
        let position = position.and_then(|(east, north)| Position::read(east, north, self.datum));
        let details = self
            .details
            .iter()
            .filter_map(|(name, value)| Some((name.clone(), serde_json::to_string(value).ok()?)));
        LotProfile {
            lot: LotCode::from(self.code.clone()),
            lot_id: self.code.clone(),
            name: Some(self.name.clone()),
            kind: Some(self.kind),
            district: self.district.clone(),
            address: self.address.clone(),
            position: position.map(ExactPosition),
            spaces_total: Some(self.spaces_total),
            charging_spaces: self.charging_spaces,
            tariff: self.tariff.clone(),
            in_service: Some(true),
            details: details.collect(),
        }
    }
}

impl Config {
    /// The defaults at a lot, without a platform to speak to.
    pub fn new(lot: LotConfig) -> Self {
        Self {
            listen: listen(),
            data: data(),
            token: None,
            lot,
            uplinks: Vec::new(),
            cameras: Vec::new(),
            folder: None,
            downlink: DownlinkConfig::default(),
            keep: KeepConfig::default(),
        }
    }

    /// Reads a file and holds it against what can be known without starting.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::File { path: path.to_owned(), source })?;
        let config: Self = toml::from_str(&text)
            .map_err(|error| ConfigError::Form { path: path.to_owned(), problem: error.to_string() })?;
        config.check()?;
        Ok(config)
    }

    /// What is wrong in it, if anything.
    pub fn check(&self) -> Result<(), ConfigError> {
        if self.token.as_deref().is_some_and(|token| token.trim().is_empty()) {
            return Err(ConfigError::setting(
                "token",
                "为空：请填写，或整行删去 is empty: give it a value, or leave it out",
            ));
        }
        if self.lot.code.trim().is_empty() {
            return Err(ConfigError::setting(
                "lot.code",
                "为空：请给停车场一个编号，如 \"L1\" is empty: give the lot a code",
            ));
        }
        if !(self.keep.max_gib.is_finite() && self.keep.max_gib > 0.0) {
            return Err(ConfigError::setting("keep.max_gib", "应为大于 0 的数 a number above 0 is expected"));
        }
        let mut names = std::collections::BTreeSet::new();
        for uplink in &self.uplinks {
            if !names.insert(uplink.name()) {
                let problem = "两个平台同名：请给其中一个另填 `name` two uplinks have this name: give one a `name` of its own";
                return Err(ConfigError::setting(format!("uplink {}", uplink.name()), problem));
            }
        }
        for uplink in &self.uplinks {
            let token = uplink.reconciliation.as_ref().map(|it| ("reconciliation.token", &it.token));
            let credential = uplink.credential.iter().map(|(name, value)| (name.as_str(), value));
            if let Some((name, _)) = credential.chain(token).find(|(_, value)| is_placeholder(value)) {
                let problem = "仍是示例中的“…”，请填写平台交付的内容 is the sample's: put in what the platform handed out";
                return Err(ConfigError::setting(format!("uplink {}: {name}", uplink.name()), problem));
            }
        }
        for uplink in &self.uplinks {
            let Some(reconciliation) = &uplink.reconciliation else { continue };
            for (name, value) in [("token", &reconciliation.token), ("lot", &reconciliation.lot)] {
                if value.trim().is_empty() {
                    let setting = format!("uplink {}: reconciliation.{name}", uplink.name());
                    return Err(ConfigError::setting(
                        setting,
                        "为空：由平台运营方提供 is empty: the platform's operator hands it out",
                    ));
                }
            }
        }
        let mut cameras = std::collections::BTreeSet::new();
        for camera in &self.cameras {
            if !cameras.insert(camera.name.as_str()) {
                let problem = "两台相机同名，名称是推送地址的一部分，不能重复 two cameras have this name, which their path is made of";
                return Err(ConfigError::setting(format!("camera {}", camera.name), problem));
            }
            camera.check()?;
            let known_by = (camera.address, camera.device_id.as_deref());
            let alike = |other: &&CameraConfig| (other.address, other.device_id.as_deref()) == known_by;
            if known_by != (None, None) && self.cameras.iter().filter(alike).count() > 1 {
                let problem = "两台相机的 address 与 device_id 相同：请各填不同的 device_id two cameras have this address and device_id: a \
                     device_id of its own tells them apart";
                return Err(ConfigError::setting(format!("camera {}: address", camera.name), problem));
            }
        }
        Ok(())
    }
}

impl CameraConfig {
    fn check(&self) -> Result<(), ConfigError> {
        let setting = |name: &str| format!("camera {}: {name}", self.name);
        let empty = |value: &Option<String>| value.as_deref().is_some_and(|value| value.trim().is_empty());
        for (name, value) in
            [("device_id", &self.device_id), ("login", &self.login), ("password", &self.password)]
        {
            if empty(value) {
                return Err(ConfigError::setting(
                    setting(name),
                    "为空：请填写，或整行删去 is empty: give it a value, or leave it out",
                ));
            }
        }
        if self.login.is_some() != self.password.is_some() {
            return Err(ConfigError::setting(
                setting("login"),
                "login 与 password 应同时填写，或都不填 login and password are given together, or neither",
            ));
        }
        Ok(())
    }
}

/// Whether a secret was left as the sample has it.
fn is_placeholder(value: &str) -> bool {
    value.trim().ends_with('…')
}

impl UplinkConfig {
    /// Its name.
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.standard)
    }
}
