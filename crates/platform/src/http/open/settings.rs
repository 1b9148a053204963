//! `GET /open/v1/settings`: what the pages need to know before they draw.

use crate::app::App;
use crate::http::tiles;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

/// What the pages need to know.
#[derive(Serialize, ToSchema)]
pub(super) struct Settings {
    /// The city's name.
    city: String,
    /// The map's centre, degrees east and north.
    center: [f64; 2],
    /// The map's zoom at the start.
    zoom: f64,
    /// A tile server, or a style of MapLibre's: see `tile_url` in docs/CONFIGURATION.md; null for none.
    tile_url: Option<String>,
    /// Its attribution.
    tile_attribution: Option<String>,
    /// The platform's own tiles of the city, a PMTiles file; null where there are none.
    pmtiles_url: Option<String>,
    /// Null where there is no identity provider to sign in by.
    single_sign_on: Option<SingleSignOn>,
    /// How much one address may ask of the public API; beyond it 429 with Retry-After.
    public_limits: PublicLimits,
    /// The platform's version.
    version: &'static str,
}

/// How much one address may ask of the public API.
#[derive(Serialize, ToSchema)]
struct PublicLimits {
    /// Requests a second, on average.
    requests_per_second: u32,
    /// How many at once on top.
    burst: u32,
}

/// Signing in by an identity provider: `GET /api/v1/session/oidc?next=PATH` leads a browser there.
#[derive(Serialize, ToSchema)]
struct SingleSignOn {
    /// What the button says; null for the page's own words.
    label: Option<String>,
}

fn single_sign_on(app: &App) -> Option<SingleSignOn> {
    app.config.accounts.oidc.as_ref().map(|oidc| SingleSignOn { label: oidc.label.clone() })
}

/// The pages' settings.
#[utoipa::path(get, operation_id = "getSettings", path = "/open/v1/settings", tag = "open", responses(
    (status = 200, description = "The settings", body = Settings),
))]
pub(super) async fn settings(State(app): State<App>) -> Json<Settings> {
    let (map, limits) = (&app.config.map, &app.config.limits);
    let pmtiles_url = tiles::address(&app.config).await;
    Json(Settings {
        city: map.city.clone(),
        center: map.center,
        zoom: map.zoom,
        tile_url: map.tile_url.clone(),
        tile_attribution: map.tile_attribution.clone(),
        pmtiles_url,
        single_sign_on: single_sign_on(&app),
        public_limits: PublicLimits {
            requests_per_second: limits.public_requests_per_second,
            burst: limits.public_burst,
        },
        version: env!("CARGO_PKG_VERSION"),
    })
}
