//! Gateways at some lots of a simulated city, in this process.

use super::Failure;
use bowei_city::CityLot;
use bowei_city::plan::Detail;
use bowei_edge::config::{LotConfig, UplinkConfig};
use bowei_edge::outbox::RealDisk;
use bowei_edge::uplink::Tuning;
use bowei_edge::{Config, Environment, Gateway, Running, SystemClock};
use bowei_model::LotCode;
use bowei_platform::registry::apply::HandedOut;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;

/// The first gateway's port; the others' follow.
const FIRST_PORT: u16 = 7101;

/// A gateway and its lot.
pub(super) struct AtLot {
    pub(super) lot: Arc<CityLot>,
    pub(super) running: Running,
}

impl AtLot {
    pub(super) fn url(&self) -> String {
        format!("http://{}", self.running.address)
    }

    pub(super) fn of_lot(&self) -> (LotCode, String) {
        (self.lot.code.clone(), self.url())
    }
}

/// Starts one at each of the lots.
pub(super) async fn start(
    lots: Vec<Arc<CityLot>>,
    platform: &str,
    handed_out: &HandedOut,
    data: &Path,
) -> Result<Vec<AtLot>, Failure> {
    let mut started = Vec::with_capacity(lots.len());
    for (place, lot) in lots.into_iter().enumerate() {
        let listen = address(u16::try_from(place).unwrap_or(u16::MAX));
        let config = config(&lot, platform, handed_out, data, listen)?;
        let disk = Arc::new(RealDisk::open(&config.data)?);
        let machine =
            Environment { clock: Arc::new(SystemClock), disk, tuning: Tuning::default(), transport: None };
        started.push(AtLot { lot, running: Gateway::start(config, machine).await? });
    }
    Ok(started)
}

/// Ports that one can find again, where they are free.
fn address(place: u16) -> SocketAddr {
    let wanted = SocketAddr::from((Ipv4Addr::LOCALHOST, FIRST_PORT.saturating_add(place)));
    if TcpListener::bind(wanted).is_ok() { wanted } else { SocketAddr::from((Ipv4Addr::LOCALHOST, 0)) }
}

fn value(detail: Detail) -> toml::Value {
    match detail {
        Detail::Number(number) => number.into(),
        Detail::Text(text) => text.into(),
    }
}

fn config(
    lot: &CityLot,
    platform: &str,
    handed_out: &HandedOut,
    data: &Path,
    listen: SocketAddr,
) -> Result<Config, Failure> {
    let provider = handed_out.providers.iter().rev().find(|it| it.code == lot.provider.as_str());
    let credential = provider
        .and_then(|provider| provider.standards.get(lot.standard))
        .ok_or_else(|| format!("{} was handed out nothing for {}", lot.provider, lot.standard))?;
    let uplink = UplinkConfig {
        name: None,
        standard: lot.standard.to_owned(),
        url: platform.to_owned(),
        lot_id: lot.lot_id.clone(),
        reconciliation: None,
        credential: credential.clone(),
    };
    let details = lot.speaks().map(|speaks| speaks.details).unwrap_or_default();
    let lot_config = LotConfig {
        details: details.iter().map(|(name, detail)| ((*name).to_owned(), value(*detail))).collect(),
        charging_spaces: Some(lot.charging_spaces),
        kind: lot.kind,
        district: Some(lot.district.clone()),
        address: Some(lot.address.clone()),
        longitude: Some(lot.longitude),
        latitude: Some(lot.latitude),
        datum: lot.datum,
        tariff: lot.tariff.clone(),
        ..LotConfig::new(lot.code.as_str(), &lot.name, lot.spaces_total)
    };
    let mut config = Config::new(lot_config);
    config.listen = listen;
    config.data = data.join("gateways").join(lot.code.as_str());
    config.uplinks = vec![uplink];
    Ok(config)
}
