//! The gateway: everything of one lot, put together.

use crate::cameras::{Cameras, Heard};
use crate::config::{CameraConfig, Config, ConfigError, UplinkConfig};
use crate::devices::folder::Rejection;
use crate::downlink::{PlatformDirectives, ReservationService};
use crate::http::Digest;
use crate::known::Gates;
use crate::outbox::{Disk, Limits, Outbox, OutboxError};
use crate::reconciliation::Reconciliation;
use crate::sessions::OccupancyTracker;
use crate::token;
use crate::unknown_senders::{Sender, UnknownSenders};
use crate::uplink::{Transport, Tuning, Uplink, UplinkParts, http_client};
use bowei_model::{
    Direction, ExactPosition, Gate, GateKind, GateStatus, LotCode, LotProfile, Plate, SpaceCount, SpaceKind,
    SpaceParts,
};
use bowei_service::Clock;
use bowei_service::body::Admission;
use bowei_service::outgoing::BadAddress;
use bowei_standards::lot_side::BASE_PATH;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::sync::{Mutex, RwLock, watch};

/// Bodies that are in memory at once: a dozen of the largest pictures. A gateway is meant for a small machine.
const BODIES_MAX_BYTES: usize = 24 * 1024 * 1024;
/// For a whole body: the lot's own network is fast.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// What the cars inside are kept under.
pub(crate) const INSIDE: &str = "inside";
/// The characters of a gate's code that platforms take (Shenzhen, 表 9): a gate of another is known by its records.
const GATE_CODE_CHARS: std::ops::RangeInclusive<usize> = 6..=32;
const GIB: f64 = 1024.0 * 1024.0 * 1024.0;

/// What a gateway stands on; tests hand in others.
pub struct Environment {
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// The disk.
    pub disk: Arc<dyn Disk>,
    /// How uplinks go about it.
    pub tuning: Tuning,
    /// Makes the transport to a platform, where it is not HTTP.
    pub transport: Option<MakeTransport>,
}

/// Makes the transport of an uplink.
pub type MakeTransport = Arc<dyn Fn(&UplinkConfig) -> Box<dyn Transport> + Send + Sync>;

/// Why a gateway does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// What is on disk, or the disk.
    #[error(transparent)]
    Outbox(#[from] OutboxError),
    /// The address is taken, or not this machine's.
    #[error(
        "无法在 {address} 监听，端口可能被占用：请在 edge.toml 中另填 listen cannot listen on {address}: {source}. Another \
             `listen` in edge.toml helps; port 0 is any free one"
    )]
    Listen {
        /// The address.
        address: std::net::SocketAddr,
        /// Why.
        source: std::io::Error,
    },
}

/// Cameras and unknown senders as a gateway has heard them, for the one that goes on after it.
pub struct WhoWasHeard {
    pub(crate) cameras: Vec<(String, Heard)>,
    pub(crate) senders: Vec<Sender>,
}

/// The lot as it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// Cars inside.
    pub inside: usize,
    /// Free spaces that are not reserved, where they are known.
    pub vacant: Option<i64>,
    /// Spaces held for reservations.
    pub reserved: u32,
}

/// Everything of one lot.
pub struct Gateway {
    /// What it was told.
    pub config: Config,
    /// The token that it made for itself.
    pub(crate) made_token: Option<String>,
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// The lot.
    pub lot: LotCode,
    /// What is kept.
    pub outbox: Outbox,
    /// The platforms.
    pub uplinks: Vec<Arc<Uplink>>,
    /// The daily comparison with those of them that have one.
    pub reconciliations: Vec<Arc<Reconciliation>>,
    /// What those of them are asked for that want reservations and cannot call the gateway.
    pub(crate) directives: Vec<Arc<PlatformDirectives>>,
    /// The reservations.
    pub desk: Arc<ReservationService>,
    /// The cameras.
    pub cameras: Cameras,
    /// Who pushes and is no camera of the configuration.
    pub unknown_senders: UnknownSenders,
    /// What waits in the folder's `rejected/`.
    pub(crate) rejections: std::sync::Mutex<Vec<Rejection>>,
    /// Why the folder is not worked off, where it is not.
    pub(crate) folder_trouble: std::sync::Mutex<Option<String>>,
    /// Why edge.toml as it is now cannot be used, where this goes on with what it was before.
    pub(crate) config_fault: std::sync::Mutex<Option<String>>,
    /// The logins of cameras that have one.
    pub(crate) digest: Digest,
    /// When it started.
    pub started_at: Timestamp,
    pub(crate) tracker: Mutex<OccupancyTracker>,
    pub(crate) gates: std::sync::Mutex<Gates>,
    /// Held for reading from before a report is on disk until the view has followed.
    pub(crate) following: RwLock<()>,
    pub(crate) admission: Admission,
    /// Held while photos are given their places.
    pub(crate) numbering: Mutex<()>,
    /// Held while a space is looked for and taken.
    pub(crate) reserving: Mutex<()>,
    /// Counts how often the free spaces may have changed.
    pub(crate) spaces: watch::Sender<u64>,
}

impl Gateway {
    /// Opens what is on disk.
    pub fn open(mut config: Config, machine: Environment) -> Result<Self, StartError> {
        config.check()?;
        let Environment { clock, disk, tuning, transport } = machine;
        let made_token = token::made(&mut config, &*disk)?;
        let names: Vec<String> = config.uplinks.iter().map(|uplink| uplink.name().to_owned()).collect();
        let outbox = Outbox::open(disk, Arc::clone(&clock), limits(&config), &names)?;
        let lot = LotCode::from(config.lot.code.clone());
        let mut uplinks = Vec::with_capacity(config.uplinks.len());
        let (mut reconciliations, mut directives) = (Vec::new(), Vec::new());
        for each in &config.uplinks {
            let parts = parts(each, &config, &lot, tuning, transport.as_ref())?;
            let uplink = Arc::new(Uplink::new(parts, outbox.clone(), Arc::clone(&clock)));
            let client = |url: &str, answer_within| match (&transport, http_client(url, 2, answer_within)) {
                (Some(make), _) => Ok(make(each)),
                (None, Ok(client)) => Ok(Box::new(client) as Box<dyn Transport>),
                (None, Err(bad)) => {
                    let setting = format!("uplink {}: reconciliation.url", each.name());
                    Err(ConfigError::setting(setting, bad.to_string()))
                }
            };
            let wait = tuning.directives_wait;
            let waiting = |url: &str| client(url, tuning.answer_within + wait);
            directives.extend(PlatformDirectives::open(each, wait, waiting)?.map(Arc::new));
            let client = |url: &str| client(url, tuning.answer_within);
            let look = tuning.reconciliation_look;
            let keep = limits(&config).keep_delivered;
            reconciliations
                .extend(Reconciliation::open(each, (&uplink, &outbox), keep, look, client)?.map(Arc::new));
            uplinks.push(uplink);
        }
        let cameras = Cameras::new(&config.cameras)?;
        let digest = Digest::new().ok_or_else(|| {
            ConfigError::setting("camera login", "this machine gives no random numbers to make challenges of")
        })?;
        let tracker = OccupancyTracker::new(lot.clone(), Some(config.lot.spaces_total));
        let desk = Arc::new(ReservationService::open(outbox.clone()));
        let started_at = clock.now();
        let admission = Admission::new(BODIES_MAX_BYTES, BODY_TIMEOUT);
        let mut gates: Gates =
            outbox.load(GATES).and_then(|kept| serde_json::from_slice(&kept).ok()).unwrap_or_default();
        for camera in &config.cameras {
            if let (Some(code), Some(name)) = (&camera.gate, &camera.gate_name) {
                gates.note(code, name);
            }
        }
        let (tracker, following) = (Mutex::new(tracker), RwLock::new(()));
        Ok(Self {
            config,
            made_token,
            clock,
            lot,
            outbox,
            uplinks,
            reconciliations,
            directives,
            desk,
            cameras,
            unknown_senders: UnknownSenders::default(),
            rejections: std::sync::Mutex::default(),
            folder_trouble: std::sync::Mutex::default(),
            config_fault: std::sync::Mutex::default(),
            digest,
            started_at,
            tracker,
            gates: std::sync::Mutex::new(gates),
            following,
            admission,
            numbering: Mutex::new(()),
            reserving: Mutex::new(()),
            spaces: watch::Sender::new(0),
        })
    }

    /// The time as the lot should have it: that of the first platform whose standard says it and that is believed, or the
    /// machine's.
    pub fn now(&self) -> Timestamp {
        let reported = self.uplinks.iter().find_map(|uplink| uplink.clock.believed());
        reported.unwrap_or_else(|| self.clock.now())
    }

    /// edge.toml has changed and cannot be used: the status says so until another gateway runs.
    pub fn set_config_fault(&self, why: String) {
        *self.config_fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
    }

    /// Goes on knowing who was heard by the gateway before.
    pub fn remember(&self, heard: WhoWasHeard) {
        self.cameras.remember(heard.cameras);
        self.unknown_senders.remember(heard.senders);
    }

    /// The lot as it is now.
    pub async fn view(&self) -> View {
        let reserved = self.desk.held(self.now()).await;
        let mut tracker = self.tracker.lock().await;
        tracker.set_reserved(reserved);
        View { inside: tracker.inside().count(), vacant: tracker.vacant(), reserved }
    }

    /// Free spaces that are not reserved, where they are known.
    pub async fn vacant(&self) -> Option<i64> {
        self.view().await.vacant
    }

    /// The plates of the cars inside.
    pub(crate) async fn plates_inside(&self) -> Vec<Plate> {
        self.tracker.lock().await.inside().filter_map(|car| car.plate.clone()).collect()
    }

    /// The lot's base data: what its own system said last, over what the configuration says.
    pub async fn profile(&self) -> LotProfile {
        let reported = self.outbox.load(PROFILE).and_then(|reported| serde_json::from_slice(&reported).ok());
        reported.map_or_else(|| self.configured_profile(), |reported| self.completed(reported))
    }

    /// What the lot's system says of the lot, and for the rest what the configuration says: texts want it whole.
    pub(crate) fn completed(&self, reported: LotProfile) -> LotProfile {
        let rest = self.configured_profile();
        let mut details = rest.details;
        details.extend(reported.details);
        LotProfile {
            lot: reported.lot,
            lot_id: reported.lot_id,
            name: reported.name.or(rest.name),
            kind: reported.kind.or(rest.kind),
            district: reported.district.or(rest.district),
            address: reported.address.or(rest.address),
            position: reported.position.or(rest.position),
            spaces_total: reported.spaces_total.or(rest.spaces_total),
            charging_spaces: reported.charging_spaces.or(rest.charging_spaces),
            tariff: reported.tariff.or(rest.tariff),
            in_service: reported.in_service.or(rest.in_service),
            details,
        }
    }

    /// The base data of the configuration.
    pub(crate) fn configured_profile(&self) -> LotProfile {
        self.config.lot.profile()
    }

    /// How many spaces of that kind may be reserved at once; `None`: as many as are free.
    pub fn reservable(&self, space: SpaceKind) -> Option<u32> {
        let lot = &self.config.lot;
        let reported = |name: &str| {
            let value = lot.details.get(name)?;
            let number = value.as_integer().or_else(|| value.as_str()?.trim().parse().ok())?;
            u32::try_from(number).ok()
        };
        match space {
            // The text's own spelling.
            SpaceKind::Charging => {
                Some(reported("totalReservableCharingSpaces").or(lot.charging_spaces).unwrap_or(0))
            }
            SpaceKind::Ordinary | SpaceKind::Accessible => {
                lot.reservable.or_else(|| reported("reservableSpaces"))
            }
        }
    }

    /// The gates of the configured lanes, where the lot's place is configured as well.
    pub(crate) fn configured_gates(&self) -> Vec<Gate> {
        let Some(position) = self.configured_profile().position else { return Vec::new() };
        let mut gates: BTreeMap<String, Gate> = BTreeMap::new();
        for camera in &self.config.cameras {
            let Some(its) = gate(camera, &self.lot, position) else { continue };
            let chars = its.code.chars().count();
            if !GATE_CODE_CHARS.contains(&chars) {
                continue;
            }
            let kind = its.kind;
            let gate = gates.entry(its.code.clone()).or_insert(its);
            if gate.kind != kind {
                gate.kind = GateKind::Both;
            }
        }
        gates.into_values().collect()
    }

    /// The free spaces may have changed: platforms that are told of them apart are told.
    pub(crate) fn spaces_changed(&self) {
        self.spaces.send_modify(|changes| *changes += 1);
    }

    /// The free spaces as they are now, for platforms that are told of them apart.
    pub(crate) async fn count_now(&self, at: Timestamp) -> Option<SpaceCount> {
        let view = self.view().await;
        let vacant = view.vacant?;
        let quota = self.reservable(SpaceKind::Ordinary).map(i64::from);
        let rest = quota.map_or(vacant, |quota| quota - i64::from(view.reserved)).max(0);
        let parts = SpaceParts {
            used: i64::try_from(view.inside).ok(),
            reserved: Some(i64::from(view.reserved)),
            reservable_vacant: Some(rest),
            ..SpaceParts::default()
        };
        Some(SpaceCount {
            total: Some(i64::from(self.config.lot.spaces_total)),
            parts: Some(parts),
            ..SpaceCount::new(self.lot.clone(), at, vacant)
        })
    }

    /// Whether an uplink before this one speaks the same standard.
    pub(crate) fn has_earlier(&self, uplink: &Arc<Uplink>) -> bool {
        let same = |other: &&Arc<Uplink>| other.standard.card().name == uplink.standard.card().name;
        self.uplinks.iter().find(same).is_some_and(|first| !Arc::ptr_eq(first, uplink))
    }
}

/// The gate of a camera's lane, where the configuration says which and which way it leads.
pub(crate) fn gate(camera: &CameraConfig, lot: &LotCode, position: ExactPosition) -> Option<Gate> {
    let (code, direction) = (camera.gate.clone()?, camera.direction?);
    Some(Gate {
        lot: lot.clone(),
        name: camera.gate_name.as_ref().unwrap_or(&code).chars().take(20).collect(),
        code,
        kind: if direction == Direction::Entry { GateKind::Entry } else { GateKind::Exit },
        position,
        status: GateStatus::Open,
        road: None,
    })
}

/// What the gates' names are kept under.
pub(crate) const GATES: &str = "gates";
/// What the base data are kept under.
pub(crate) const PROFILE: &str = "profile";

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to be finite and above 0"
)]
fn limits(config: &Config) -> Limits {
    let days = |days: u32| Duration::from_secs(u64::from(days) * 86_400);
    Limits {
        max_bytes: (config.keep.max_gib * GIB) as u64,
        keep_delivered: days(config.keep.delivered_days),
        photos_keep: days(config.keep.pictures_days),
        ..Limits::default()
    }
}

/// What stands behind the machine in a platform's address.
fn base_path(url: &str) -> String {
    let path = url.parse::<http::Uri>().map(|uri| uri.path().trim_end_matches('/').to_owned());
    path.unwrap_or_default()
}

/// What an uplink of the configuration is made of, or which setting of it is wrong.
pub(crate) fn parts(
    uplink: &UplinkConfig,
    config: &Config,
    lot: &LotCode,
    tuning: Tuning,
    transport: Option<&MakeTransport>,
) -> Result<UplinkParts, ConfigError> {
    let setting = |name: &str| format!("uplink {}: {name}", uplink.name());
    let standard = bowei_standards::by_name(&uplink.standard).ok_or_else(|| {
        let names: Vec<&str> = bowei_standards::all().iter().map(|standard| standard.card().name).collect();
        ConfigError::setting(setting("standard"), format!("应为以下之一 is one of {}", names.join(", ")))
    })?;
    let known = standard.card().lot_fields;
    if let Some(unknown) = uplink.credential.keys().find(|name| !known.contains(&name.as_str())) {
        let settings = ["name", "standard", "url", "lot_id", "reconciliation"].iter().chain(known);
        let settings: Vec<&str> = settings.copied().collect();
        let problem = format!("没有这一项，可用的有 there is no such setting: {}", settings.join(", "));
        return Err(ConfigError::setting(setting(unknown), problem));
    }
    let mut credential = uplink.credential.clone();
    credential.insert(BASE_PATH.to_owned(), base_path(&uplink.url));
    let own = standard
        .own_credential(&credential)
        .map_err(|fault| ConfigError::setting(setting(fault.field), fault.problem))?;
    let bad = |bad: BadAddress| ConfigError::setting(setting("url"), bad.to_string());
    let transport = match transport {
        Some(make) => make(uplink),
        None => {
            Box::new(http_client(&uplink.url, tuning.bounds.in_flight, tuning.answer_within).map_err(bad)?)
        }
    };
    Ok(UplinkParts {
        name: uplink.name().to_owned(),
        url: uplink.url.clone(),
        standard,
        lot: lot.clone(),
        lot_id: uplink.lot_id.clone(),
        lot_kind: config.lot.kind,
        own,
        transport,
        tuning,
    })
}
