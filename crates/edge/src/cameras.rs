//! The cameras of the configuration, how each is known, and when it was heard.

use crate::config::{CameraConfig, ConfigError};
use crate::devices::{DeviceFault, Maker};
use crate::sessions::{Lane, OccupancyTracker};
use crate::uplink::DRIFT;
use bowei_model::moment::rfc3339;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// A camera.
pub struct Camera {
    /// Its name.
    pub name: String,
    /// Its maker.
    pub maker: Maker,
    /// Which way cars pass it; `None`: as it says itself.
    pub config: CameraConfig,
    heard: Mutex<Heard>,
}

/// When a camera was heard, and how that went.
#[derive(Clone, Default)]
pub(crate) struct Heard {
    at: Option<Timestamp>,
    car_at: Option<Timestamp>,
    from: Option<IpAddr>,
    refused: u64,
    /// Why the last was refused, and when.
    why: Option<(Timestamp, String)>,
}

/// All cameras.
pub struct Cameras(Vec<Camera>);

impl Cameras {
    pub(crate) fn new(configured: &[CameraConfig]) -> Result<Self, ConfigError> {
        let camera = |config: &CameraConfig| {
            let makers = [Maker::Hikvision, Maker::Dahua, Maker::Vzenith];
            let maker = makers.into_iter().find(|maker| maker.name() == config.kind).ok_or_else(|| {
                let setting = format!("camera {}: kind", config.name);
                ConfigError::setting(setting, "应为以下之一 is one of hikvision, dahua, vzenith")
            })?;
            let (name, heard) = (config.name.clone(), Mutex::default());
            Ok(Camera { name, maker, config: config.clone(), heard })
        };
        configured.iter().map(camera).collect::<Result<_, _>>().map(Self)
    }

    /// The camera of that name; in another case of letters only where none has the very name.
    pub fn get(&self, name: &str) -> Option<&Camera> {
        let very = self.0.iter().find(|camera| camera.name == name);
        very.or_else(|| self.0.iter().find(|camera| camera.name.eq_ignore_ascii_case(name)))
    }

    /// The camera that pushes from an address, where its message names these ids; one that is known by both goes
    /// before one that is known by either.
    pub(crate) fn known_by(&self, address: Option<IpAddr>, device_ids: &[String]) -> Option<&Camera> {
        let known = |camera: &&Camera| {
            let CameraConfig { address: its, device_id, .. } = &camera.config;
            let right_id = |id: &String| device_ids.iter().any(|reported| reported.eq_ignore_ascii_case(id));
            (its.is_some() || device_id.is_some())
                && its.is_none_or(|its| address == Some(its.to_canonical()))
                && device_id.as_ref().is_none_or(right_id)
        };
        let criteria = |camera: &&Camera| {
            u8::from(camera.config.address.is_some()) + u8::from(camera.config.device_id.is_some())
        };
        self.0.iter().filter(known).max_by_key(criteria)
    }

    /// The camera that is known by its own id and was last heard from an address: a heartbeat without a body names nobody.
    pub(crate) fn heard_from(&self, address: Option<IpAddr>) -> Option<&Camera> {
        let by_id = |camera: &&Camera| camera.config.device_id.is_some();
        self.0.iter().filter(by_id).find(|camera| address.is_some() && camera.lock().from == address)
    }

    /// How each was heard, by its name.
    pub(crate) fn heard_all(&self) -> Vec<(String, Heard)> {
        self.0.iter().map(|camera| (camera.name.clone(), camera.lock().clone())).collect()
    }

    /// What was known of them before, of those that have not been heard since.
    pub(crate) fn remember(&self, heard: Vec<(String, Heard)>) {
        for (name, before) in heard {
            if let Some(camera) = self.0.iter().find(|camera| camera.name == name) {
                let mut now = camera.lock();
                if now.at.is_none() && now.why.is_none() {
                    *now = before;
                }
            }
        }
    }

    /// Whether any is known by its own id: then messages to whatever path are read for it.
    pub(crate) fn have_device_ids(&self) -> bool {
        self.0.iter().any(|camera| camera.config.device_id.is_some())
    }

    /// When each was heard and what is known of its clock, for the status.
    pub fn seen(&self, tracker: &OccupancyTracker) -> Vec<Value> {
        let seen = |camera: &Camera| {
            let heard = camera.lock().clone();
            let clock = tracker.clock(&camera.name);
            let offset = clock.and_then(|clock| clock.offset);
            json!({
                "name": camera.name, "kind": camera.config.kind, "last_heard_at": heard.at.map(rfc3339),
                "last_car_at": heard.car_at.map(rfc3339), "refused": heard.refused,
                "refused_why": heard.why.map(|(_, why)| why),
                "clock": offset.map(|(offset_ms, measured_at)| json!({
                    "offset_ms": offset_ms, "measured_at": rfc3339(measured_at),
                    "drifting": SignedDuration::from_millis(offset_ms).abs() > DRIFT,
                })),
                "unread_time": clock.and_then(|clock| clock.unread.as_deref()),
            })
        };
        self.0.iter().map(seen).collect()
    }

    /// What is wrong with the cameras' clocks, as warnings of the status.
    pub fn warnings(&self, tracker: &OccupancyTracker) -> Vec<Value> {
        let mut warnings = Vec::new();
        let mut warn = |code: &str, camera: &str, zh: String, en: String| {
            warnings.push(json!({ "code": code, "uplink": null, "camera": camera, "zh": zh, "en": en }));
        };
        for camera in &self.0 {
            let name = &camera.name;
            let heard = camera.lock().clone();
            if let Some((_, why)) =
                heard.why.filter(|(refused_at, _)| heard.at.is_none_or(|at| at <= *refused_at))
            {
                let zh = format!("相机 {name} 的报文未被接收（共 {} 条）：{why}", heard.refused);
                let en = format!("camera {name}: {} messages were not taken: {why}", heard.refused);
                warn("camera-refused", name, zh, en);
            }
            let Some(clock) = tracker.clock(name) else { continue };
            if let Some(text) = &clock.unread {
                let zh = format!("相机 {name} 的时间“{text}”无法识别，过车时间以网关收到的时间为准");
                let en = format!(
                    "camera {name}: its time {text:?} says no moment: cars have the time at which they were told"
                );
                warn("camera-time", name, zh, en);
            }
            let offset = clock.offset.map(|(offset, _)| SignedDuration::from_millis(offset));
            if let Some(offset) = offset.filter(|offset| offset.abs() > DRIFT) {
                let seconds = offset.as_secs().abs();
                let (zh, en) = if offset.is_negative() { ("慢", "behind") } else { ("快", "ahead of") };
                let zh = format!("相机 {name} 的时钟比网关{zh} {seconds} 秒，请校时（NTP，时区 UTC+08:00）");
                let en = format!(
                    "camera {name}: its clock is {seconds} s {en} the gateway's: set it (NTP, UTC+08:00)"
                );
                warn("camera-clock", name, zh, en);
            }
        }
        warnings
    }
}

impl Camera {
    /// The lane that a car is in which the camera saw.
    pub fn lane(&self, as_it_says: Option<bowei_model::Direction>) -> Option<Lane> {
        let CameraConfig { direction, gate, gate_name, .. } = &self.config;
        let direction = direction.or(as_it_says)?;
        Some(Lane { direction, gate: gate.clone(), gate_name: gate_name.clone() })
    }

    pub(crate) fn heard(&self, at: Timestamp, from: Option<IpAddr>, car: bool) {
        let mut heard = self.lock();
        (heard.at, heard.from) = (Some(at), from);
        if car {
            heard.car_at = Some(at);
        }
    }

    /// A message of it was not taken, at `at`, for that reason in Chinese.
    pub(crate) fn refused(&self, at: Timestamp, why: String) {
        let mut heard = self.lock();
        heard.refused += 1;
        heard.why = Some((at, why));
    }

    /// What is wrong with a message of it, in Chinese.
    pub(crate) fn in_chinese(&self, fault: &DeviceFault) -> String {
        let maker = self.maker.chinese();
        match fault {
            DeviceFault::Unreadable { expected, received, .. } => {
                format!("不是{maker}相机的报文，请核对品牌与推送协议（{expected}；收到 {received}）")
            }
            DeviceFault::TooLong { max_bytes, .. } => {
                format!("超过 {max_bytes} 字节，请在相机中调小图片")
            }
            DeviceFault::NotKept { why } => format!("未能保存（{why}）"),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
