//! What a text requires of a lot's base data, so that a gateway can say at its start what its configuration lacks.

use bowei_model::{LotKind, LotProfile};

/// An item of base data that a text requires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequiredItem {
    /// Its name on the wire.
    pub field: &'static str,
    /// What it is, in Chinese, with where the text says so: `收费牌图片 ID（表 6 序号 19）`.
    pub title: &'static str,
    /// Where base data have it.
    pub item: BaseDataItem,
}

/// Where a [`LotProfile`] has an item; [`LotProfile::details`] may have any under its name on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BaseDataItem {
    /// [`LotProfile::name`].
    Name,
    /// [`LotProfile::district`].
    District,
    /// [`LotProfile::address`].
    Address,
    /// Of [`LotProfile::position`], the degrees east.
    Longitude,
    /// Of [`LotProfile::position`], the degrees north.
    Latitude,
    /// [`LotProfile::spaces_total`].
    SpacesTotal,
    /// [`LotProfile::details`] alone.
    Detail,
    /// The same, but for lots on the street, whose kind says it.
    DetailOffStreet,
}

impl RequiredItem {
    /// Whether the profile says it.
    pub fn is_said_by(&self, profile: &LotProfile) -> bool {
        let text = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.trim().is_empty());
        let own = match self.item {
            BaseDataItem::Name => text(&profile.name),
            BaseDataItem::District => text(&profile.district),
            BaseDataItem::Address => text(&profile.address),
            BaseDataItem::Longitude | BaseDataItem::Latitude => profile.position.is_some(),
            BaseDataItem::SpacesTotal => profile.spaces_total.is_some(),
            BaseDataItem::Detail => false,
            BaseDataItem::DetailOffStreet => profile.kind == Some(LotKind::OnStreet),
        };
        let detail = profile.details.get(self.field);
        own || detail.is_some_and(|json| !json.trim_matches('"').trim().is_empty())
    }
}
