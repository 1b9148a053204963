use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// `[map]`: what the pages' map shows. Without a tile URL it needs nothing from outside.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MapConfig {
    /// The city's name on the page. Default 湖州市.
    pub city: String,
    /// Degrees east and north of the map's centre. Default Huzhou.
    pub center: [f64; 2],
    /// Zoom at the start. Default 9.
    pub zoom: f64,
    /// A raster tile server, such as `https://tiles.example/{z}/{x}/{y}.png`; vector tiles of Protomaps' schema, such as
    /// `…/{z}/{x}/{y}.mvt`; or a style of MapLibre's, an address without `{z}`. All in WGS 84. `BOWEI_TILE_URL`. Default none.
    pub tile_url: Option<String>,
    /// Its attribution.
    pub tile_attribution: Option<String>,
    /// A PMTiles file of the city, of Protomaps' schema, which the platform serves itself. Default `tiles.pmtiles` in the
    /// data folder, where it lies there.
    pub tiles: Option<PathBuf>,
}

impl Default for MapConfig {
    fn default() -> Self {
        Self {
            city: "湖州市".to_owned(),
            center: [120.0868, 30.8937],
            zoom: 9.0,
            tile_url: None,
            tile_attribution: None,
            tiles: None,
        }
    }
}

impl MapConfig {
    pub(super) fn override_from_environment(&mut self) {
        if let Ok(value) = std::env::var("BOWEI_TILE_URL") {
            self.tile_url = (!value.is_empty()).then_some(value);
        }
    }
}
