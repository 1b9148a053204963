//! 4.4 停车场（库）数据: `POST /dataReceive/v1/parkInfo`, when a lot begins and whenever something about it changes. It
//! creates the lot or updates it.

use super::annexes::{b_service, f_area};
use super::codes::{Coded, Read};
use super::fields::{self, Degrees, ListLimits, UUID_MAX};
use super::public_info::PublicInfo;
use crate::Fault;
use crate::base_data::{BaseDataItem, RequiredItem};
use crate::lot_side::CannotSeal;
use crate::shared::object::Unnamed;
use crate::shared::{Object, TEXT_MAX};
use bowei_model::{LotCode, LotKind, LotProfile};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// 表 6 序号 29 gives no bound: as many as entries of 序号 21.
const PHOTO_IDS: ListLimits = ListLimits { items: 200, chars: TEXT_MAX };

const AREA_CODE: &str = "areaCode";
const PARK_TYPE: &str = "parkType";
/// 表 6 序号 4: 0 路内停车区.
const ON_STREET: i64 = 0;

/// 表 6, 必填: what only the lot can say. permitNo may be empty; bizStatus and parkCode the sender knows.
pub(super) static REQUIRED: [RequiredItem; 12] = [
    required("parkName", "停车场（库）名称（表 6 序号 1）", BaseDataItem::Name),
    required(PARK_TYPE, "停车场类型（表 6 序号 4）", BaseDataItem::DetailOffStreet),
    required("address", "详细地址（表 6 序号 5）", BaseDataItem::Address),
    required("longitude", "经度（表 6 序号 6）", BaseDataItem::Longitude),
    required("latitude", "纬度（表 6 序号 7）", BaseDataItem::Latitude),
    required(AREA_CODE, "区域编码（表 6 序号 8）", BaseDataItem::District),
    required("serviceType", "服务属性（表 6 序号 9，见附录 B）", BaseDataItem::Detail),
    required("totalSpaces", "车位总数（表 6 序号 11）", BaseDataItem::SpacesTotal),
    required("reservable", "是否可以预约（表 6 序号 16）", BaseDataItem::Detail),
    required("reservableSpaces", "可预约车位总数（表 6 序号 17）", BaseDataItem::Detail),
    required(
        "totalReservableCharingSpaces",
        "可预约充电车位总数（表 6 序号 18，拼写如规范）",
        BaseDataItem::Detail,
    ),
    required("imageId", "收费牌图片 ID（表 6 序号 19）", BaseDataItem::Detail),
];

const fn required(field: &'static str, title: &'static str, item: BaseDataItem) -> RequiredItem {
    RequiredItem { field, title, item }
}

/// 表 6, in its order.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ParkInfo<'a> {
    /// 表 6 序号 1, String 255, 必填: 停车场（库）名称
    park_name: Cow<'a, str>,
    /// 表 6 序号 2, Uuid 32, 必填: 停车场（库）编码
    pub(super) park_code: Cow<'a, str>,
    /// 表 6 序号 3, String 100, 必填: 许可决定文书号; lots that do not charge have none, and leave it empty
    permit_no: Cow<'a, str>,
    /// 表 6 序号 4, Int, 必填: 0 路内停车区, 1 室内停车场（库）, 2 室外停车场（库）
    park_type: i64,
    /// 表 6 序号 5, String 255, 必填: 停车场（库）详细地址
    address: Cow<'a, str>,
    /// 表 6 序号 6, Double, 必填: 经度
    longitude: f64,
    /// 表 6 序号 7, Double, 必填: 纬度
    latitude: f64,
    /// 表 6 序号 8, String 50, 必填: 区域编码, 见附录 F
    area_code: Cow<'a, str>,
    /// 表 6 序号 9, Int, 必填: 服务属性, 见附录 B
    service_type: i64,
    /// 表 6 序号 10, Int, 必填: 0 禁用, 1 启用
    biz_status: i64,
    /// 表 6 序号 11, Int, 必填: 车位总数
    total_spaces: i64,
    /// 表 6 序号 12, Int, 否: 月卡车位总数
    #[serde(skip_serializing_if = "Option::is_none")]
    month_card_spaces: Option<i64>,
    /// 表 6 序号 13, Int, 否: 固定车位总数
    #[serde(skip_serializing_if = "Option::is_none")]
    fixed_spaces: Option<i64>,
    /// 表 6 序号 14, Int, 否: 临时车位总数
    #[serde(skip_serializing_if = "Option::is_none")]
    temp_spaces: Option<i64>,
    /// 表 6 序号 15, Int, 否: 充电车位总数, 如不支持则传 0
    #[serde(skip_serializing_if = "Option::is_none")]
    total_charing_spaces: Option<i64>,
    /// 表 6 序号 16, Int, 必填: 是否可以预约, 0 否, 1 是
    reservable: i64,
    /// 表 6 序号 17, Int, 必填: 可预约车位总数, 如不支持则传 0
    reservable_spaces: i64,
    /// 表 6 序号 18, Int, 必填: 可预约充电车位总数, 如不支持则传 0
    total_reservable_charing_spaces: i64,
    /// 表 6 序号 19, String 32, 必填: 停车场（库）收费牌图片 ID
    image_id: Cow<'a, str>,
    /// 表 6 序号 20, String 255, 否: 收费标准描述
    #[serde(skip_serializing_if = "Option::is_none")]
    charge_desc: Option<Cow<'a, str>>,
    /// 表 6 序号 21, List<PublicInfo> 200, 否: 经营信息, 见表 7
    #[serde(skip_serializing_if = "Option::is_none")]
    public_infos: Option<Vec<PublicInfo<'a>>>,
    /// 表 6 序号 22, String 50, 否: 联系人
    #[serde(skip_serializing_if = "Option::is_none")]
    contacts: Option<Cow<'a, str>>,
    /// 表 6 序号 23, String 20, 否: 联系电话
    #[serde(skip_serializing_if = "Option::is_none")]
    tel: Option<Cow<'a, str>>,
    /// 表 6 序号 24, Int, 否: 是否有业委会, 0 否, 1 是
    #[serde(skip_serializing_if = "Option::is_none")]
    committee_info: Option<i64>,
    /// 表 6 序号 25, Int, 否: 结构类型, 1 地上, 2 地下, 3 地上、地下混合, 4 多层, 5 立体机械
    #[serde(skip_serializing_if = "Option::is_none")]
    structural_type: Option<i64>,
    /// 表 6 序号 26, String 255, 否: 结构图纸, 图片唯一 ID
    #[serde(skip_serializing_if = "Option::is_none")]
    structural_photo_id: Option<Cow<'a, str>>,
    /// 表 6 序号 27, String 32, 否: 停车场（库）电子平面图 ID
    #[serde(skip_serializing_if = "Option::is_none")]
    map_image_id: Option<Cow<'a, str>>,
    /// 表 6 序号 28, String 32, 否: 车位分布图 ID
    #[serde(skip_serializing_if = "Option::is_none")]
    parking_space_image_id: Option<Cow<'a, str>>,
    /// 表 6 序号 29, List<String>, 否: 停车场（库）照片
    #[serde(skip_serializing_if = "Option::is_none")]
    photo_ids: Option<Vec<String>>,
}

impl<'a> ParkInfo<'a> {
    /// What the text does not name within `publicInfos` is added to `unnamed`.
    pub(super) fn read(object: &Object<'a>, unnamed: &mut Unnamed) -> Read<Self> {
        let text = |name, expected, max| fields::text(object, name, expected, max);
        let optional = |name, expected, max| fields::optional_text(object, name, expected, max);
        let count = |name, expected| fields::count(object, name, expected);
        let optional_count = |name, expected| fields::optional_count(object, name, expected);
        // The lot's id goes before everything else; the rest follows the table.
        let park_code = fields::park_code(object)?;
        let park_name = text("parkName", "停车场（库）名称，不超过 255 个字符", TEXT_MAX)?;
        let permit_no = optional("permitNo", "许可决定文书号，不超过 100 个字符", 100)?.unwrap_or_default();
        let park_type = object.required(PARK_TYPE, "停车场类型，整数 0 至 2（0=路内, 1=室内, 2=室外）")?;
        let park_type = park_type.integer_in(ON_STREET..=2)?;
        let address = text("address", "停车场（库）详细地址，不超过 255 个字符", TEXT_MAX)?;
        let Degrees { longitude, latitude } = Degrees::read(object)?;
        let area_code = area_code(object)?;
        let service_type = b_service::read(&object.required("serviceType", b_service::EXPECTED)?)?;
        let biz_status = object.required("bizStatus", "状态，整数 0 或 1（0=禁用, 1=启用）")?;
        let biz_status = biz_status.integer_in(0..=1)?;
        let yes_or_no = |value: crate::shared::Present<'_>| value.integer_in(0..=1);
        Ok(Self {
            park_name,
            park_code,
            permit_no,
            park_type,
            address,
            longitude,
            latitude,
            area_code,
            service_type,
            biz_status,
            total_spaces: count("totalSpaces", "车位总数，不小于 0 的整数")?,
            month_card_spaces: optional_count("monthCardSpaces", "月卡车位总数，不小于 0 的整数")?,
            fixed_spaces: optional_count("fixedSpaces", "固定车位总数，不小于 0 的整数")?,
            temp_spaces: optional_count("tempSpaces", "临时车位总数，不小于 0 的整数")?,
            total_charing_spaces: optional_count("totalCharingSpaces", "充电车位总数，不小于 0 的整数")?,
            reservable: yes_or_no(object.required("reservable", "是否可以预约，整数 0 或 1（0=否, 1=是）")?)?,
            reservable_spaces: count("reservableSpaces", "可预约车位总数，不小于 0 的整数，如不支持则传 0")?,
            total_reservable_charing_spaces: count(
                "totalReservableCharingSpaces",
                "可预约充电车位总数，不小于 0 的整数，如不支持则传 0",
            )?,
            image_id: text("imageId", "收费牌图片 ID，不超过 32 个字符", UUID_MAX)?,
            charge_desc: optional("chargeDesc", "收费标准描述，不超过 255 个字符", TEXT_MAX)?,
            public_infos: PublicInfo::read_all(object, unnamed)?,
            contacts: optional("contacts", "联系人，不超过 50 个字符", 50)?,
            tel: optional("tel", "联系电话，不超过 20 个字符", 20)?,
            committee_info: object
                .optional("committeeInfo", "是否有业委会，整数 0 或 1（0=否, 1=是）")
                .map(yes_or_no)
                .transpose()?,
            structural_type: object
                .optional(
                    "structuralType",
                    "结构类型，整数 1 至 5（1=地上, 2=地下, 3=地上地下混合, 4=多层, 5=立体机械）",
                )
                .map(|value| value.integer_in(1..=5))
                .transpose()?,
            structural_photo_id: optional(
                "structuralPhotoId",
                "结构图纸的图片 ID，不超过 255 个字符",
                TEXT_MAX,
            )?,
            map_image_id: optional("mapImageId", "电子平面图的图片 ID，不超过 32 个字符", UUID_MAX)?,
            parking_space_image_id: optional(
                "parkingSpaceImageId",
                "车位分布图的图片 ID，不超过 32 个字符",
                UUID_MAX,
            )?,
            photo_ids: object
                .optional("photoIds", "停车场照片的图片 ID 列表，不超过 200 项，每项不超过 255 个字符")
                .map(|value| fields::texts(&value, &PHOTO_IDS))
                .transpose()?,
        })
    }

    pub(super) fn into_profile(self, lot: LotCode) -> LotProfile {
        let details = self.details();
        let spaces = |count: i64| u32::try_from(count).ok();
        LotProfile {
            lot,
            lot_id: self.park_code.into_owned(),
            name: Some(self.park_name.into_owned()),
            kind: Some(if self.park_type == ON_STREET { LotKind::OnStreet } else { LotKind::OffStreet }),
            district: f_area::district(&self.area_code).map(str::to_owned),
            address: Some(self.address.into_owned()),
            position: Degrees { longitude: self.longitude, latitude: self.latitude }.position(),
            spaces_total: spaces(self.total_spaces),
            charging_spaces: self.total_charing_spaces.and_then(spaces),
            tariff: self.charge_desc.map(Cow::into_owned),
            in_service: Some(self.biz_status == 1),
            details,
        }
    }

    /// The items that the model has no place of its own for.
    fn details(&self) -> BTreeMap<String, String> {
        let Ok(Value::Object(items)) = serde_json::to_value(self) else { return BTreeMap::new() };
        // The district is the first six digits: a longer code is kept whole.
        let whole =
            f_area::district(&self.area_code).is_some_and(|district| district.len() < self.area_code.len());
        let is_detail = |name: &str, value: &Value| match name {
            "parkName" | "parkCode" | "address" | "longitude" | "latitude" | "bizStatus" | "totalSpaces"
            | "totalCharingSpaces" | "chargeDesc" => false,
            AREA_CODE => whole,
            _ => *value != json!(""),
        };
        let items = items.into_iter().filter(|(name, value)| is_detail(name, value));
        items.map(|(name, value)| (name, value.to_string())).collect()
    }

    /// The data of a profile, as the JSON of 表 6. What the profile has of its own outweighs its details.
    pub(super) fn write(profile: &LotProfile, lot_id: &str) -> Result<String, CannotSeal> {
        let mut items: Map<String, Value> = Map::new();
        for (name, value) in &profile.details {
            let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.clone()));
            items.insert(name.clone(), value);
        }
        if profile.kind == Some(LotKind::OnStreet) {
            items.insert(PARK_TYPE.to_owned(), json!(ON_STREET));
        }
        let place = profile.position.map(Degrees::write);
        let reported = [
            ("parkName", profile.name.as_deref().map(Value::from)),
            ("address", profile.address.as_deref().map(Value::from)),
            ("longitude", place.map(|place| place.longitude.into())),
            ("latitude", place.map(|place| place.latitude.into())),
            ("bizStatus", profile.in_service.map(|yes| i64::from(yes).into())),
            ("totalSpaces", profile.spaces_total.map(Value::from)),
            ("totalCharingSpaces", profile.charging_spaces.map(Value::from)),
            ("chargeDesc", profile.tariff.as_deref().map(Value::from)),
            ("parkCode", Some(lot_id.into())),
        ];
        items.extend(reported.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        let whole = items.get(AREA_CODE).and_then(Value::as_str);
        if let Some(district) = &profile.district
            && !whole.is_some_and(|whole| whole.starts_with(district.as_str()))
        {
            items.insert(AREA_CODE.to_owned(), district.as_str().into());
        }
        let text = Value::Object(items).to_string();
        // Read as a platform would, so that nothing is written which would be refused, and everything in its type.
        let object = Object::at("", &text).map_err(|unfit| cannot(&unfit.fault()))?;
        let info = ParkInfo::read(&object, &mut Unnamed::default()).map_err(|coded| cannot(&coded.fault))?;
        serde_json::to_string(&info).map_err(|error| fields::unfit("data", error.to_string()))
    }
}

fn area_code<'a>(object: &Object<'a>) -> Read<Cow<'a, str>> {
    let value = object.required(AREA_CODE, f_area::EXPECTED)?;
    let code = value.text(50)?;
    if f_area::district(&code).is_some() {
        return Ok(code);
    }
    Err(Coded::from(value.outside_list(&code)))
}

/// 表 8, in its order.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Known<'a> {
    /// 表 8 序号 1, String 32, 必填: 停车场（库）编码
    pub(super) park_code: &'a str,
    /// 表 8 序号 2, String 32, 必填: 智慧停车平台 ID, the platform's own code of the lot
    pub(super) isv_park_id: Cow<'a, str>,
}

/// A platform's refusal of what was to be written, as the writer hears it.
fn cannot(fault: &Fault) -> CannotSeal {
    let name = fault.field().unwrap_or_default();
    let name = name.rsplit('.').next().unwrap_or_default();
    let field = ITEMS.into_iter().find(|item| *item == name).unwrap_or("data");
    match fault {
        Fault::Missing { .. } => CannotSeal::Missing { field },
        fault => fields::unfit(field, fault.message()),
    }
}

/// The names of 表 6 and 表 7.
const ITEMS: [&str; 34] = [
    "parkName",
    "parkCode",
    "permitNo",
    PARK_TYPE,
    "address",
    "longitude",
    "latitude",
    AREA_CODE,
    "serviceType",
    "bizStatus",
    "totalSpaces",
    "monthCardSpaces",
    "fixedSpaces",
    "tempSpaces",
    "totalCharingSpaces",
    "reservable",
    "reservableSpaces",
    "totalReservableCharingSpaces",
    "imageId",
    "chargeDesc",
    "publicInfos",
    "contacts",
    "tel",
    "committeeInfo",
    "structuralType",
    "structuralPhotoId",
    "mapImageId",
    "parkingSpaceImageId",
    "photoIds",
    "type",
    "startTime",
    "endTime",
    "startDateTime",
    "endDateTime",
];
