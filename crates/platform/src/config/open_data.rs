use serde::{Deserialize, Deserializer, Serialize};

/// `[open_data]`: what the open data say of themselves, in the catalogue, in each file and on the page `/open-data`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OpenDataConfig {
    /// Who publishes them. Default: `map.city`.
    pub publisher: Option<String>,
    /// Under what they may be used: the licence's address, such as
    /// `https://creativecommons.org/licenses/by/4.0/`. Default none: the page says that nothing was declared.
    #[serde(deserialize_with = "read_address")]
    pub licence: Option<String>,
    /// Whom to ask: `mailto:data@example.org`, or a page's address. Default none.
    #[serde(deserialize_with = "read_address")]
    pub contact: Option<String>,
    /// Where the public reaches the platform, such as `https://parking.example.org`: the catalogue's addresses begin with
    /// it. Default none: they are relative to the catalogue's own, which JSON-LD allows.
    #[serde(deserialize_with = "read_address")]
    pub url: Option<String>,
}

/// Pages make links of these: nothing but what leads somewhere harmless may stand there.
fn read_address<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let Some(text) = Option::<String>::deserialize(from)? else { return Ok(None) };
    let leads = ["https://", "http://", "mailto:"].iter().any(|scheme| text.starts_with(scheme));
    let is_plain = text.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '\\'));
    if leads && is_plain {
        return Ok(Some(text));
    }
    let words = format!("{text:?} is no address: https://…, http://… or mailto:… is expected");
    Err(serde::de::Error::custom(words))
}
