//! The cameras of the configuration, and when each was heard.

use crate::config::{CameraConfig, ConfigError};
use crate::devices::Maker;
use crate::sessions::Lane;
use bowei_model::moment::rfc3339;
use jiff::Timestamp;
use serde_json::{Value, json};
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

#[derive(Clone, Copy, Default)]
struct Heard {
    at: Option<Timestamp>,
    car_at: Option<Timestamp>,
    refused: u64,
}

/// All cameras.
pub struct Cameras(Vec<Camera>);

impl Cameras {
    pub(crate) fn new(configured: &[CameraConfig]) -> Result<Self, ConfigError> {
        let camera = |config: &CameraConfig| {
            let makers = [Maker::Hikvision, Maker::Dahua, Maker::Vzenith];
            let maker = makers.into_iter().find(|maker| maker.name() == config.kind).ok_or_else(|| {
                let setting = format!("camera {}: kind", config.name);
                ConfigError::setting(setting, "is one of hikvision, dahua, vzenith")
            })?;
            let (name, heard) = (config.name.clone(), Mutex::default());
            Ok(Camera { name, maker, config: config.clone(), heard })
        };
        configured.iter().map(camera).collect::<Result<_, _>>().map(Self)
    }

    /// The camera of that name.
    pub fn get(&self, name: &str) -> Option<&Camera> {
        self.0.iter().find(|camera| camera.name == name)
    }

    /// When each was heard, for the status.
    pub fn seen(&self) -> Vec<Value> {
        let seen = |camera: &Camera| {
            let heard = *camera.lock();
            json!({
                "name": camera.name, "kind": camera.config.kind, "last_heard_at": heard.at.map(rfc3339),
                "last_car_at": heard.car_at.map(rfc3339), "refused": heard.refused,
            })
        };
        self.0.iter().map(seen).collect()
    }
}

impl Camera {
    /// The lane that a car is in which the camera saw.
    pub fn lane(&self, as_it_says: Option<bowei_model::Direction>) -> Option<Lane> {
        let CameraConfig { direction, gate, gate_name, .. } = &self.config;
        let direction = direction.or(as_it_says)?;
        Some(Lane { direction, gate: gate.clone(), gate_name: gate_name.clone() })
    }

    pub(crate) fn heard(&self, at: Timestamp, car: bool) {
        let mut heard = self.lock();
        heard.at = Some(at);
        if car {
            heard.car_at = Some(at);
        }
    }

    pub(crate) fn refused(&self) {
        self.lock().refused += 1;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
