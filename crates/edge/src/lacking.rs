//! What a lot's base data lack under a standard, by the text's own titles and with their places in `edge.toml`.

use bowei_model::LotProfile;
use bowei_standards::Standard;
use bowei_standards::base_data::BaseDataItem;

/// All that a lot's base data lack under a standard, in one sentence with its places in `edge.toml`.
pub(crate) fn missing(standard: &dyn Standard, profile: &LotProfile) -> Option<String> {
    let missing = standard.missing_base_data(profile);
    let titles: Vec<&str> = missing.iter().map(|it| it.title).collect();
    let settings: Vec<String> = missing.iter().map(|it| setting(it.item, it.field)).collect();
    let (titles, settings) = (titles.join("、"), settings.join("、"));
    (!missing.is_empty()).then(|| format!("规范必填项缺失：{titles}；请在 edge.toml 填写 {settings}"))
}

/// Where an item belongs in `edge.toml`.
pub(crate) fn setting(item: BaseDataItem, field: &str) -> String {
    match item {
        BaseDataItem::Name => "[lot] name".to_owned(),
        BaseDataItem::District => "[lot] district".to_owned(),
        BaseDataItem::Address => "[lot] address".to_owned(),
        BaseDataItem::Longitude => "[lot] longitude".to_owned(),
        BaseDataItem::Latitude => "[lot] latitude".to_owned(),
        BaseDataItem::SpacesTotal => "[lot] spaces_total".to_owned(),
        BaseDataItem::Detail | BaseDataItem::DetailOffStreet => format!("[lot.details] {field}"),
    }
}
