//! What the configuration lacks that a platform's text requires: `bowei edge --check` says it, and so does the start,
//! before a dead letter does.

use crate::cameras::Cameras;
use crate::config::{CameraConfig, Config, ConfigError};
use crate::gateway::{Gateway, parts};
use crate::lacking::setting;
use crate::uplink::Tuning;
use bowei_model::{LotCode, LotProfile, Report};
use bowei_standards::Standard;
use bowei_standards::lot_side::{CannotSeal, Outgoing};
use bowei_standards::platform_side::Credential;
use jiff::Timestamp;
use std::fmt;

/// Something that a platform requires and the configuration lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lack {
    /// The uplink's name.
    pub uplink: String,
    /// Where it belongs in `edge.toml`: `[lot.details] imageId`.
    pub setting: String,
    /// What it is, in Chinese, by the standard's own words.
    pub what: String,
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { uplink, setting, what } = self;
        write!(f, "{uplink}：{what}，请在 edge.toml 填写 {setting}")
    }
}

/// Holds a configuration against what its platforms require, without a disk and without a line to any of them. What is
/// wrong with it is an error; what a platform will refuse is in the list.
pub fn check(config: &Config, now: Timestamp) -> Result<Vec<Lack>, ConfigError> {
    config.check()?;
    Cameras::new(&config.cameras)?;
    let (lot, profile) = (LotCode::from(config.lot.code.clone()), config.lot.profile());
    let mut lacks = Vec::new();
    for uplink in &config.uplinks {
        let parts = parts(uplink, config, &lot, Tuning::default(), None)?;
        let unsealed = Unsealed { standard: parts.standard, own: &*parts.own, lot_id: &parts.lot_id, now };
        lacks.extend(of_uplink(&parts.name, &unsealed, &profile, &config.cameras));
    }
    Ok(lacks)
}

/// Says at the start what is lacking; the lot's own system may have said more of the lot than the configuration.
pub(crate) async fn warn(gateway: &Gateway) {
    let profile = gateway.profile().await;
    for uplink in &gateway.uplinks {
        let own = uplink.credential();
        let unsealed = Unsealed {
            standard: uplink.standard,
            own: &*own,
            lot_id: &uplink.lot_id,
            now: uplink.clock.now(),
        };
        for Lack { uplink, setting, what } in
            of_uplink(&uplink.name, &unsealed, &profile, &gateway.config.cameras)
        {
            tracing::warn!(uplink, setting, what, "the platform requires it: put it into edge.toml");
        }
    }
}

/// Base data that are to be sealed on trial.
struct Unsealed<'a> {
    standard: &'static dyn Standard,
    own: &'a dyn Credential,
    lot_id: &'a str,
    now: Timestamp,
}

fn of_uplink(
    name: &str,
    unsealed: &Unsealed<'_>,
    profile: &LotProfile,
    cameras: &[CameraConfig],
) -> Vec<Lack> {
    let lack = |setting: String, what: String| Lack { uplink: name.to_owned(), setting, what };
    let missing = unsealed.standard.missing_base_data(profile);
    let mut lacks: Vec<Lack> = missing
        .iter()
        .map(|it| lack(setting(it.item, it.field), format!("规范必填项缺失：{}", it.title)))
        .collect();
    if missing.is_empty()
        && let Some(problem) = unsealed.problem(profile)
    {
        lacks.push(lack("[lot]".to_owned(), format!("停车场基础数据不符合规范（{problem}）")));
    }
    if unsealed.standard.requires_gates() {
        for camera in cameras {
            let fields = match (&camera.gate, &camera.gate_name) {
                (None, None) => "gate、gate_name",
                (None, Some(_)) => "gate",
                (Some(_), None) => "gate_name",
                (Some(_), Some(_)) => continue,
            };
            let setting = format!("[[camera]] {}: {fields}", camera.name);
            lacks.push(lack(setting, "规范要求每条记录有出入口".to_owned()));
        }
    }
    lacks
}

impl Unsealed<'_> {
    /// What is wrong with base data of which nothing is missing: they are sealed on trial, and sent nowhere.
    fn problem(&self, profile: &LotProfile) -> Option<String> {
        // Any token will do: nobody sees it.
        let logged_in = self.standard.login().and_then(|login| login.with_token(self.own, "preflight"));
        let own = logged_in.as_deref().unwrap_or(self.own);
        let report = Report::Lot(profile.clone());
        let lot_kind = profile.kind.unwrap_or(bowei_model::LotKind::OffStreet);
        let outgoing = Outgoing { report: &report, lot_id: self.lot_id, lot_kind, picture: None };
        match self.standard.seal(outgoing, own, self.now) {
            Err(cannot @ (CannotSeal::Missing { .. } | CannotSeal::Unfit { .. })) => Some(cannot.to_string()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{LotConfig, UplinkConfig};

    /// A lot with an uplink of each standard that has no key to give out.
    fn config(standard: &str, credential: &[(&str, &str)]) -> Config {
        let mut config = Config::new(LotConfig::new("L1", "停车场", 100));
        config.uplinks.push(UplinkConfig {
            name: None,
            standard: standard.to_owned(),
            url: "http://127.0.0.1:9".to_owned(),
            lot_id: "330212079999".to_owned(),
            reconciliation: None,
            credential: credential
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        });
        config.cameras.push(CameraConfig {
            name: "in-1".to_owned(),
            kind: "dahua".to_owned(),
            gate: Some("330212-1".to_owned()),
            ..CameraConfig::default()
        });
        config
    }

    fn settings(config: &Config) -> Vec<String> {
        check(config, Timestamp::UNIX_EPOCH).unwrap().into_iter().map(|lack| lack.setting).collect()
    }

    #[test]
    fn what_a_text_requires_of_the_lot_is_said_with_its_place_in_the_configuration() {
        let mut config = config("shenzhen", &[("user_id", "sz-1"), ("password", "S3cret-0001")]);
        let lacks = check(&config, Timestamp::UNIX_EPOCH).unwrap();
        let image = lacks.iter().find(|lack| lack.setting == "[lot.details] imageId").unwrap();
        assert_eq!(
            image.to_string(),
            "shenzhen：规范必填项缺失：收费牌图片 ID（表 6 序号 19），请在 edge.toml 填写 [lot.details] imageId"
        );
        assert_eq!(
            settings(&config),
            [
                "[lot.details] parkType",
                "[lot] address",
                "[lot] longitude",
                "[lot] latitude",
                "[lot] district",
                "[lot.details] serviceType",
                "[lot.details] reservable",
                "[lot.details] reservableSpaces",
                "[lot.details] totalReservableCharingSpaces",
                "[lot.details] imageId",
                "[[camera]] in-1: gate_name",
            ]
        );
        config.lot.address = Some("深南大道 1 号".to_owned());
        (config.lot.longitude, config.lot.latitude) = (Some(113.93), Some(22.53));
        config.lot.district = Some("440305".to_owned());
        for (name, value) in [
            ("parkType", 2),
            ("serviceType", 8),
            ("reservable", 1),
            ("reservableSpaces", 20),
            ("totalReservableCharingSpaces", 0),
        ] {
            config.lot.details.insert(name.to_owned(), toml::Value::Integer(value));
        }
        config.lot.details.insert("imageId".to_owned(), toml::Value::from("board"));
        config.cameras.clear();
        assert!(settings(&config).is_empty(), "{:?}", settings(&config));
        // All of it is there, and something is no value of the text's.
        config.lot.details.insert("parkType".to_owned(), toml::Value::Integer(7));
        let lacks = check(&config, Timestamp::UNIX_EPOCH).unwrap();
        assert!(lacks.len() == 1 && lacks[0].what.contains("parkType"), "{lacks:?}");
    }

    #[test]
    fn a_text_without_base_data_lacks_none_and_a_wrong_setting_is_an_error() {
        let ningbo = config("ningbo", &[("portname", "nb-1"), ("portpwd", "123456")]);
        assert!(settings(&ningbo).is_empty());
        let error = check(&config("ningbo", &[]), Timestamp::UNIX_EPOCH).unwrap_err();
        assert!(error.to_string().starts_with("uplink ningbo: portname"), "{error}");
    }
}
