//! 3.5.6 停车事件图片上报: `POST /api/photo/upload`, pictures of a car coming in or going out, as base64 or as URL.

use super::blocks::{BLOCK_BYTES, PLAIN_MAX_BYTES};
use super::passage;
use crate::Fault;
use crate::lot_side::CannotSeal;
use crate::platform_side::{Delivery, OpenedReport, PictureBytes};
use crate::shared::object::Unnamed;
use crate::shared::{Object, Present};
use bowei_encoding::picture;
use bowei_model::{LotCode, LotKind, Photo, PhotoRole, Picture, RecordId, Report};
use bytes::Bytes;
use http::Uri;
use http::uri::Scheme;
use serde::{Serialize, Serializer};
use std::borrow::Cow;

/// The most bytes of a picture.
pub(super) const PICTURE_MAX_BYTES: usize = 2 * 1024 * 1024;
/// The most pictures in one message: a car seen by every camera of a gate, several times over.
const PICTURES_MAX: usize = 16;
/// The most characters of a URL, what browsers and proxies agree to carry.
const URL_MAX: usize = 2_048;

const LIST: &str = "图片列表，1 至 16 项";
const ONE_OF_TWO: &str = "imgUrl 与 imgBase64 二选一";
const URL: &str = "http 或 https 的图片地址，不超过 2048 个字符，与 imgBase64 二选一";
const BASE64: &str = "JPEG、PNG、GIF、BMP 或 WebP 图片的 Base64，与 imgUrl 二选一";
const TYPE: &str = "图片类型，整数 1 至 4（1=路内进场, 2=路内出场, 3=路外进场, 4=路外出场）";

/// The most bytes of a body: two full pictures through everything that is put around them.
///
/// Two pictures of 2 MiB are 5,592,408 characters of base64. Senders that break lines after 76 characters write
/// `\r\n` into the JSON as four more: 5,886,752. With 16 KiB for the other fields that is 24,095 blocks of 245 bytes,
/// each of which becomes 256: 6,168,320. Base64 of that, with line breaks again, is 8,657,296; and another 16 KiB are
/// for the envelope: 8,673,680 in all.
pub(super) const BODY_MAX_BYTES: usize = {
    let pictures = wrapped_base64(PICTURE_MAX_BYTES) * 2;
    let encrypted = (pictures + FIELDS_BYTES).div_ceil(PLAIN_MAX_BYTES) * BLOCK_BYTES;
    wrapped_base64(encrypted) + FIELDS_BYTES
};

const FIELDS_BYTES: usize = 16 * 1024;

/// The characters of so many bytes in base64 with an escaped line break after every 76.
const fn wrapped_base64(bytes: usize) -> usize {
    let chars = bytes.div_ceil(3) * 4;
    chars + chars.div_ceil(76) * 4
}

/// 3.5.6 表, in its order.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PhotoUpload<'a> {
    /// 3.5.6 表 parkinglotId, string, 必填: 停车场Id
    parkinglot_id: Cow<'a, str>,
    /// 3.5.6 表 parkingdataId, string, 必填: 停车数据id，一次完整的进/出场记录，拥有同一个id
    parkingdata_id: Cow<'a, str>,
    /// 3.5.6 表 imgList, List, 必填: 图片列表
    img_list: Vec<Image<'a>>,
}

/// 3.5.6 表 图片列表对象.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Image<'a> {
    /// 3.5.6 表 imgUrl, string, 必填: 照片URL（与imgBase64二选一）; or
    /// 3.5.6 表 imgBase64, string, 必填: 照片Base64字符串（与照片URL 二选一）
    #[serde(flatten)]
    content: Content<'a>,
    /// 3.5.6 表 imgType, int, 必填: 图片类型 1–4
    img_type: ImageType,
    #[serde(skip)]
    unnamed: Unnamed,
}

#[derive(Debug, Serialize)]
enum Content<'a> {
    #[serde(rename = "imgUrl")]
    Url(Cow<'a, str>),
    #[serde(rename = "imgBase64", serialize_with = "write_picture")]
    Bytes(PictureBytes),
}

/// 3.5.6 表 imgType: 1=路内进场 2=路内出场 3=路外进场 4=路外出场.
#[derive(Clone, Copy, Debug)]
enum ImageType {
    OnStreetEntry = 1,
    OnStreetExit = 2,
    OffStreetEntry = 3,
    OffStreetExit = 4,
}

impl<'a> PhotoUpload<'a> {
    pub(super) fn read(object: &Object<'a>) -> Result<Self, Fault> {
        let parkinglot_id = passage::lot_id(object)?;
        let parkingdata_id = passage::record_id(object)?;
        let items = object.required("imgList", LIST)?.objects(PICTURES_MAX)?;
        if items.is_empty() {
            return Err(Fault::Missing { field: "imgList".to_owned(), expected: LIST.to_owned() });
        }
        let img_list = items.iter().map(Image::read).collect::<Result<_, _>>()?;
        Ok(Self { parkinglot_id, parkingdata_id, img_list })
    }

    /// One report a picture; every different picture's bytes once. Fields beside the list that the text does not
    /// name are kept with each picture, since all of them are what the sender said of it.
    pub(super) fn into_delivery(
        self,
        lot: &LotCode,
        kind: Option<LotKind>,
        object: &Object<'_>,
    ) -> Result<Delivery, Fault> {
        let mut delivery =
            Delivery { receipt: Some(self.parkingdata_id.clone().into_owned()), ..Delivery::default() };
        let record_id = RecordId::from(self.parkingdata_id.as_ref());
        for image in self.img_list {
            let mut unnamed = image.unnamed;
            object.add_unnamed_to(&mut unnamed)?;
            let photo = Photo {
                lot: lot.clone(),
                record_id: record_id.clone(),
                role: image.img_type.role(),
                slot: None,
                taken_at: None,
                picture: image.content.picture(),
            };
            if let Content::Bytes(bytes) = image.content
                && !delivery.pictures.iter().any(|other| other.sha256 == bytes.sha256)
            {
                delivery.pictures.push(bytes);
            }
            let for_kind = image.img_type.lot_kind();
            let doubts = kind.and_then(|kind| passage::wrong_lot_kind(Some("imgType"), for_kind, kind));
            let (report, doubts) = (Report::Photo(photo), doubts.into_iter().collect());
            delivery.reports.push(OpenedReport { report, doubts, unnamed_fields: unnamed.into_json() });
        }
        Ok(delivery)
    }

    pub(super) fn write(
        photo: &'a Photo,
        lot_id: &'a str,
        lot_kind: LotKind,
        bytes: Option<&[u8]>,
    ) -> Result<Self, CannotSeal> {
        let image = Image {
            content: Content::write(&photo.picture, bytes)?,
            img_type: ImageType::of(lot_kind, photo.role),
            unnamed: Unnamed::default(),
        };
        Ok(Self {
            parkinglot_id: passage::lot_id_text(lot_id)?,
            parkingdata_id: passage::record_id_text(&photo.record_id)?,
            img_list: vec![image],
        })
    }
}

impl<'a> Image<'a> {
    fn read(item: &Object<'a>) -> Result<Self, Fault> {
        let url = item.optional("imgUrl", URL);
        let base64 = item.optional("imgBase64", BASE64);
        let content = match (url, base64) {
            (Some(url), None) => Content::Url(read_url(&url)?),
            (None, Some(base64)) => Content::Bytes(read_picture(&base64)?),
            (Some(url), Some(_)) => {
                return Err(Fault::OutsideList {
                    field: url.field().to_owned(),
                    expected: ONE_OF_TWO.to_owned(),
                    received: "两者都有".to_owned(),
                });
            }
            (None, None) => return Err(item.required("imgBase64", ONE_OF_TWO).err().unwrap_or_else(missing)),
        };
        let img_type = ImageType::read(&item.required("imgType", TYPE)?)?;
        let mut unnamed = Unnamed::default();
        item.add_unnamed_to(&mut unnamed)?;
        Ok(Self { content, img_type, unnamed })
    }
}

fn missing() -> Fault {
    Fault::Missing { field: "imgBase64".to_owned(), expected: ONE_OF_TWO.to_owned() }
}

fn read_url<'a>(value: &Present<'a>) -> Result<Cow<'a, str>, Fault> {
    let url = value.text(URL_MAX)?;
    if is_web_address(&url) { Ok(url) } else { Err(value.wrong_type()) }
}

fn is_web_address(url: &str) -> bool {
    url.parse::<Uri>().is_ok_and(|uri| {
        matches!(uri.scheme(), Some(scheme) if *scheme == Scheme::HTTP || *scheme == Scheme::HTTPS)
            && uri.host().is_some_and(|host| !host.is_empty())
    })
}

fn read_picture(value: &Present<'_>) -> Result<PictureBytes, Fault> {
    let text = value.any_text()?;
    let bytes = bowei_encoding::without_data_uri(&text)
        .and_then(bowei_encoding::from_base64)
        .ok_or_else(|| value.wrong_type())?;
    if bytes.len() > PICTURE_MAX_BYTES {
        return Err(value.too_long(format!("{PICTURE_MAX_BYTES} 字节"), format!("{} 字节", bytes.len())));
    }
    let media_type = picture::media_type(&bytes).ok_or_else(|| value.wrong_type())?;
    Ok(PictureBytes { sha256: bowei_encoding::sha256_hex(&bytes), bytes: Bytes::from(bytes), media_type })
}

impl Content<'_> {
    fn picture(&self) -> Picture {
        match self {
            Self::Url(url) => Picture::Url(url.clone().into_owned()),
            Self::Bytes(picture) => Picture::Bytes {
                sha256: picture.sha256.clone(),
                bytes: picture.bytes.len() as u64,
                media_type: picture.media_type.to_owned(),
            },
        }
    }
}

impl<'a> Content<'a> {
    fn write(picture: &'a Picture, bytes: Option<&[u8]>) -> Result<Self, CannotSeal> {
        match picture {
            Picture::Url(url) if is_web_address(url) => Ok(Self::Url(passage::text("imgUrl", url, URL_MAX)?)),
            Picture::Url(_) => {
                Err(unfit("imgUrl", "应为 http 或 https 地址 an http or https address is expected"))
            }
            Picture::Bytes { sha256, .. } => {
                let bytes = passage::needed("imgBase64", bytes)?;
                if bytes.len() > PICTURE_MAX_BYTES {
                    return Err(unfit("imgBase64", "图片超过 2 MiB the picture has more than 2 MiB"));
                }
                let media_type = picture::media_type(bytes)
                    .ok_or_else(|| unfit("imgBase64", "应为 JPEG、PNG、GIF、BMP 或 WebP 图片 a JPEG, PNG, GIF, BMP or WebP picture is expected"))?;
                // A mix-up on the lot's side would tie one car's picture to another's record.
                if bowei_encoding::sha256_hex(bytes) != *sha256 {
                    return Err(unfit(
                        "imgBase64",
                        "图片与照片的摘要不符 the bytes are not those of the photo's digest",
                    ));
                }
                let bytes = Bytes::copy_from_slice(bytes);
                Ok(Self::Bytes(PictureBytes { sha256: sha256.clone(), bytes, media_type }))
            }
        }
    }
}

fn unfit(field: &'static str, problem: &str) -> CannotSeal {
    CannotSeal::Unfit { field, problem: problem.to_owned() }
}

fn write_picture<S: Serializer>(picture: &PictureBytes, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&bowei_encoding::to_base64(&picture.bytes))
}

impl ImageType {
    fn read(value: &Present<'_>) -> Result<Self, Fault> {
        let number = value.integer()?;
        match number {
            1 => Ok(Self::OnStreetEntry),
            2 => Ok(Self::OnStreetExit),
            3 => Ok(Self::OffStreetEntry),
            4 => Ok(Self::OffStreetExit),
            _ => Err(value.outside_list(&number.to_string())),
        }
    }

    fn role(self) -> PhotoRole {
        match self {
            Self::OnStreetEntry | Self::OffStreetEntry => PhotoRole::Entry,
            Self::OnStreetExit | Self::OffStreetExit => PhotoRole::Exit,
        }
    }

    fn lot_kind(self) -> LotKind {
        match self {
            Self::OnStreetEntry | Self::OnStreetExit => LotKind::OnStreet,
            Self::OffStreetEntry | Self::OffStreetExit => LotKind::OffStreet,
        }
    }

    fn of(lot_kind: LotKind, role: PhotoRole) -> Self {
        match (lot_kind, role) {
            (LotKind::OnStreet, PhotoRole::Entry) => Self::OnStreetEntry,
            (LotKind::OnStreet, PhotoRole::Exit) => Self::OnStreetExit,
            (LotKind::OffStreet, PhotoRole::Entry) => Self::OffStreetEntry,
            (LotKind::OffStreet, PhotoRole::Exit) => Self::OffStreetExit,
        }
    }
}

impl Serialize for ImageType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(*self as u8)
    }
}
