//! What the configuration lacks that a platform's text requires: `bowei edge --check` says it, and so does the start,
//! before a dead letter does.

use crate::cameras::Cameras;
use crate::config::{CameraConfig, Config, ConfigError, FolderConfig, UplinkConfig};
use crate::downlink;
use crate::gateway::{Gateway, gate, parts};
use crate::lacking::setting;
use crate::uplink::{ANSWER_WITHIN, Tuning, UplinkParts, http_client};
use bowei_model::{LotCode, LotKind, LotProfile, Report};
use bowei_service::outgoing::BadAddress;
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

/// Every setting that a gateway cannot be started with, without a disk and without a line to any platform.
pub fn settings(config: &Config) -> Result<Vec<UplinkParts>, ConfigError> {
    config.check()?;
    Cameras::new(&config.cameras)?;
    if let Some(webhook) = &config.downlink.webhook {
        downlink::check_webhook(webhook)?;
    }
    let lot = LotCode::from(config.lot.code.clone());
    let parts = |uplink: &UplinkConfig| {
        if let Some(url) = uplink.reconciliation.as_ref().and_then(|it| it.url.as_deref()) {
            let bad = |bad: BadAddress| {
                ConfigError::setting(format!("uplink {}: reconciliation.url", uplink.name()), bad.to_string())
            };
            http_client(url, 1, ANSWER_WITHIN).map_err(bad)?;
        }
        parts(uplink, config, &lot, Tuning::default(), None)
    };
    config.uplinks.iter().map(parts).collect()
}

/// The folder of CSV files, where it cannot be read: it may be another machine's and away for a while, so that a gateway
/// starts all the same.
pub fn check_folder(config: &Config) -> Result<(), ConfigError> {
    let Some(FolderConfig { path }) = &config.folder else { return Ok(()) };
    match std::fs::read_dir(path) {
        Ok(_) => Ok(()),
        Err(error) => {
            let why = format!(
                "无法读取 {path}（{error}）：请建立文件夹，并让运行网关的用户可以读写 the folder cannot be read: make it, for the \
                 gateway's user to read and write",
                path = path.display()
            );
            Err(ConfigError::setting("folder.path", why))
        }
    }
}

/// Holds a configuration against what its platforms require. What is wrong with it is an error, a lot's id that the
/// standard does not take too; what a platform will refuse is in the list.
pub fn check(config: &Config, now: Timestamp) -> Result<Vec<Lack>, ConfigError> {
    let profile = config.lot.profile();
    let mut lacks = Vec::new();
    for parts in settings(config)? {
        parts.standard.check_lot_id(&parts.lot_id).map_err(|cannot| {
            ConfigError::setting(format!("uplink {}: lot_id", parts.name), cannot.to_string())
        })?;
        let unsealed = Unsealed { standard: parts.standard, own: &*parts.own, lot_id: &parts.lot_id, now };
        lacks.extend(of_uplink(&parts.name, &unsealed, &profile, &config.cameras));
    }
    Ok(lacks)
}

/// Says at the start what is lacking; the lot's own system may have said more of the lot than the configuration.
pub(crate) async fn warn(gateway: &Gateway) {
    let profile = gateway.profile().await;
    for uplink in &gateway.uplinks {
        // With an id that the standard does not take it starts all the same, and says so: the records wait, and other
        // platforms have theirs.
        if uplink.standard.check_lot_id(&uplink.lot_id).is_err() {
            continue;
        }
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
        && let Some(problem) = unsealed.problem(&Report::Lot(profile.clone()), profile.kind)
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
    for camera in cameras {
        let gate = profile.position.and_then(|position| gate(camera, &profile.lot, position));
        if let Some(problem) = gate.and_then(|gate| unsealed.problem(&Report::Gate(gate), profile.kind)) {
            let setting = format!("[[camera]] {}: gate、gate_name", camera.name);
            lacks.push(lack(setting, format!("出入口不符合规范（{problem}）")));
        }
    }
    lacks
}

impl Unsealed<'_> {
    /// What is wrong with base data of which nothing is missing: they are sealed on trial, and sent nowhere.
    fn problem(&self, report: &Report, lot_kind: Option<LotKind>) -> Option<String> {
        // Any token will do: nobody sees it.
        let logged_in = self.standard.login().and_then(|login| login.with_token(self.own, "preflight"));
        let own = logged_in.as_deref().unwrap_or(self.own);
        let lot_kind = lot_kind.unwrap_or(LotKind::OffStreet);
        let outgoing = Outgoing { report, lot_id: self.lot_id, lot_kind, picture: None };
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

    fn lacking(config: &Config) -> Vec<String> {
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
            lacking(&config),
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
        assert!(lacking(&config).is_empty(), "{:?}", lacking(&config));
        // A gate that the text does not take is told with its camera.
        config.cameras.push(CameraConfig {
            name: "in-1".to_owned(),
            kind: "dahua".to_owned(),
            direction: Some(bowei_model::Direction::Entry),
            gate: Some("E1".to_owned()),
            gate_name: Some("东门".to_owned()),
            ..CameraConfig::default()
        });
        let lacks = check(&config, Timestamp::UNIX_EPOCH).unwrap();
        assert!(lacks.len() == 1 && lacks[0].to_string().contains("应为 6 至 32 个字符"), "{lacks:?}");
        assert_eq!(lacks[0].setting, "[[camera]] in-1: gate、gate_name");
        config.cameras.clear();
        // All of it is there, and something is no value of the text's.
        config.lot.details.insert("parkType".to_owned(), toml::Value::Integer(7));
        let lacks = check(&config, Timestamp::UNIX_EPOCH).unwrap();
        assert!(lacks.len() == 1 && lacks[0].what.contains("parkType"), "{lacks:?}");
    }

    #[test]
    fn a_lots_id_is_held_against_what_each_text_takes() {
        for (standard, right, wrong) in [
            ("huzhou", &["HZ330502001", "1"][..], &["", " "][..]),
            ("shenzhen", &["9f3b6c1e4d2a48f7a0b5c6d7e8f90a1b", "P-1"], &["", "a/b", &"a".repeat(40)]),
            ("ningbo", &["330212079999"], &["", "123", "33021207999a"]),
            ("isp", &["ATXL/1"], &["", "a,b", "a，b"]),
            ("yunkuaichong", &["3302122004"], &["", &"a".repeat(256)]),
        ] {
            let standard = bowei_standards::by_name(standard).unwrap();
            assert!(right.iter().all(|id| standard.check_lot_id(id).is_ok()), "{right:?}");
            assert!(wrong.iter().all(|id| standard.check_lot_id(id).is_err()), "{wrong:?}");
        }
        let mut config = config("ningbo", &[("portname", "nb-1"), ("portpwd", "123456")]);
        config.uplinks[0].lot_id = "123".to_owned();
        settings(&config).expect("it starts, and says so");
        let error = check(&config, Timestamp::UNIX_EPOCH).unwrap_err().to_string();
        assert!(error.starts_with("uplink ningbo: lot_id: parkpotid: 应为 12 位数字，收到“123”"), "{error}");
    }

    #[test]
    fn what_a_start_would_stumble_over_is_said_before_it() {
        let right = config("ningbo", &[("portname", "nb-1"), ("portpwd", "123456")]);
        let wrong = |change: &dyn Fn(&mut Config)| {
            let mut config = right.clone();
            change(&mut config);
            check(&config, Timestamp::UNIX_EPOCH).unwrap_err().to_string()
        };
        let webhook = wrong(&|it| it.downlink.webhook = Some("127.0.0.1:8080".to_owned()));
        assert!(webhook.starts_with("downlink.webhook: "), "{webhook}");
        let sample = wrong(&|it| drop(it.uplinks[0].credential.insert("portpwd".to_owned(), "…".to_owned())));
        assert!(sample.starts_with("uplink ningbo: portpwd: 仍是示例"), "{sample}");
        let mut config = right.clone();
        config.folder = Some(FolderConfig { path: "/nowhere/at/all".into() });
        check(&config, Timestamp::UNIX_EPOCH).expect("a share may be away for a while");
        assert!(check_folder(&config).unwrap_err().to_string().contains("/nowhere/at/all"));
    }

    #[test]
    fn a_text_without_base_data_lacks_none_and_a_wrong_setting_is_an_error() {
        let ningbo = config("ningbo", &[("portname", "nb-1"), ("portpwd", "123456")]);
        assert!(lacking(&ningbo).is_empty());
        let error = check(&config("ningbo", &[]), Timestamp::UNIX_EPOCH).unwrap_err();
        assert!(error.to_string().starts_with("uplink ningbo: portname"), "{error}");
    }
}
