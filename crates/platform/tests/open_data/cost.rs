//! What the files of a large city cost: printed, and held within a bound that only a blunder would cross.

use super::PATHS;
use crate::support::City;
use bowei_model::{Lot, LotKind, Position};
use bowei_store::RegistryChange;
use jiff::SignedDuration;
use std::time::Instant;

const LOTS: usize = 10_000;

/// Bytes of a lot in the longest format.
const BYTES_OF_A_LOT_MAX: usize = 4_000;

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_lots_are_made_once_and_kept() {
    let city = City::new().await;
    let lots = (0..LOTS).map(|number| Lot {
        name: format!("人民广场第 {number} 地下停车场"),
        district: "330502".to_owned(),
        address: format!("人民路 {number} 号"),
        position: Some(Position { longitude: 120.0 + number as f64 / 1e5, latitude: 30.8 }),
        spaces_total: 200,
        charging_spaces: 20,
        tariff: Some("首小时 5 元，之后每小时 3 元，24 小时最高 30 元".to_owned()),
        ..Lot::new(format!("330502-{number:05}").into(), "hz-demo".into(), LotKind::OffStreet)
    });
    let app = city.platform.app();
    let change = RegistryChange { lots: lots.collect(), ..RegistryChange::default() };
    app.store.change_registry(change).await.unwrap();
    app.registry.refresh().await.unwrap();
    city.clock.turn(SignedDuration::from_secs(2));
    for (path, _) in PATHS {
        let begun = Instant::now();
        let first = city.get(path, None).await;
        let making = begun.elapsed();
        let tag = first.headers["etag"].to_str().unwrap().to_owned();
        let begun = Instant::now();
        let again = city.get(path, None).await;
        let sending = begun.elapsed();
        let gzip = http::Request::get(path).header("accept-encoding", "gzip");
        let gzip = city.send(gzip.body(axum::body::Body::empty()).unwrap()).await;
        let begun = Instant::now();
        let known = http::Request::get(path).header("if-none-match", &tag);
        let known = city.send(known.body(axum::body::Body::empty()).unwrap()).await;
        println!(
            "{path}: made in {making:?}, sent again in {sending:?}, 304 in {:?}; {} bytes, {} compressed",
            begun.elapsed(),
            first.bytes.len(),
            gzip.bytes.len()
        );
        assert_eq!((first.status.as_u16(), known.status.as_u16()), (200, 304), "{path}");
        assert_eq!(first.bytes, again.bytes);
        assert!(first.bytes.len() < (LOTS + 10) * BYTES_OF_A_LOT_MAX, "{path}: {} bytes", first.bytes.len());
        assert!(gzip.bytes.len() * 4 < first.bytes.len() || first.bytes.len() < 100_000, "{path}");
    }
}
