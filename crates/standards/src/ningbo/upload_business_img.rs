//! 5.4 车辆业务照片: `POST parkpot/uploadBusinessImg`, a form of two parts: `data`, the JSON, and `file`, the picture.

use super::credential::LotKeys;
use super::envelope::Message;
use super::fields::{self, BusinessType};
use crate::Fault;
use crate::lot_side::CannotSeal;
use crate::platform_side::{Condition, Delivery, PictureBytes};
use crate::shared::{Object, Present, TEXT_MAX, WallClock, clock, writing};
use bowei_encoding::picture;
use bowei_encoding::shown::shown;
use bowei_encoding::{md5_hex, sha256_hex};
use bowei_model::{Direction, LotCode, Photo, PhotoRole, PhotosAtMost, Picture, RecordId, Report};
use bytes::Bytes;
use serde::{Serialize, Serializer};
use std::borrow::Cow;

/// 5.4: 图片文件（不超过500K）.
pub(super) const PICTURE_MAX_BYTES: usize = 500 * 1024;
/// A picture, and 64 KiB for `data` and all that a form puts around its parts.
pub(super) const BODY_MAX_BYTES: usize = PICTURE_MAX_BYTES + 64 * 1024;
/// 5.4 表 序号 6: 同一业务同一类型，到达2张，离开2张.
pub(super) const PHOTOS_MAX: usize = 2;
/// 5.4 表 序号 6: 当上传的imgIndex大于5，系统将不接收该照片.
const INDEX_MAX: i64 = 5;

const PICTURE: &str = "图片文件，不超过 500 KiB";
const INDEX: &str = "照片索引，整数 0 至 5，同一业务同一类型最多 2 张";
const HASH: &str = "file 的 MD5，32 位十六进制";

/// 5.4 表, in its order.
#[derive(Serialize)]
pub(super) struct UploadBusinessImg<'a> {
    /// 5.4 表 序号 1 portname, String, 必填: 调用接口的帐号
    portname: &'a str,
    /// 5.4 表 序号 2 portpwd, String, 必填: 调用接口的密码(MD5加密)
    portpwd: &'a str,
    /// 5.4 表 序号 3 parkpotid, String, 必填: 停车场编号
    parkpotid: &'a str,
    #[serde(flatten)]
    image: Image<'a>,
}

/// The fields that are about the picture.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Image<'a> {
    /// 5.4 表 序号 4 businessid, String, 必填: 停车场业务编号
    #[serde(rename = "businessid")]
    business_id: Cow<'a, str>,
    /// 5.4 表 序号 5 businesstype, String, 必填: 业务类型(1:到达 2:离开)
    #[serde(rename = "businesstype")]
    business_type: BusinessType,
    /// 5.4 表 序号 6 imgIndex, Integer, 必填: 照片索引
    img_index: u32,
    /// 5.4 表 序号 7 imageHash, String, 必填: 文件校验(md5), lower case
    image_hash: String,
    /// 5.4 表 序号 8 takeTime, String, 必填: 格式：yyyyMMddHHmmss
    #[serde(serialize_with = "digits_only")]
    take_time: WallClock,
}

impl<'a> Image<'a> {
    fn read(object: &Object<'a>) -> Result<Self, Fault> {
        let business_id = fields::business_id(object)?;
        let business_type = BusinessType::read(object)?;
        let index = object.required("imgIndex", INDEX)?.integer_in(0..=INDEX_MAX)?;
        let hash = object.required("imageHash", HASH)?;
        let image_hash = hash.text(TEXT_MAX)?.trim().to_ascii_lowercase();
        if image_hash.len() != 32 || !image_hash.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(hash.wrong_type());
        }
        let taken = object.required("takeTime", "拍摄时间，格式 yyyyMMddHHmmss（北京时间）")?;
        let take_time = read_digits(&taken)?;
        let img_index = u32::try_from(index).unwrap_or_default();
        Ok(Self { business_id, business_type, img_index, image_hash, take_time })
    }

    fn role(&self) -> PhotoRole {
        match self.business_type {
            BusinessType::Arrival => PhotoRole::Entry,
            BusinessType::Departure => PhotoRole::Exit,
        }
    }
}

/// Reads the fields and the picture.
pub(super) fn read(
    message: &Message,
    object: &Object<'_>,
    lot: LotCode,
) -> Result<(Delivery, Condition), Fault> {
    let image = Image::read(object)?;
    let field = || fields::FILE.to_owned();
    let missing = || Fault::Missing { field: field(), expected: PICTURE.to_owned() };
    let bytes = message.file.as_ref().ok_or_else(missing)?;
    if bytes.len() > PICTURE_MAX_BYTES {
        let (max, received) = (format!("{PICTURE_MAX_BYTES} 字节"), format!("{} 字节", bytes.len()));
        return Err(Fault::TooLong { field: field(), max, received });
    }
    let ours = md5_hex(bytes);
    if ours != image.image_hash {
        let expected = format!("file 的 MD5 {ours}");
        let received = Some(shown(&image.image_hash));
        return Err(Fault::Mismatch { field: "imageHash".to_owned(), expected, received });
    }
    let media_type = picture::media_type(bytes).ok_or_else(|| Fault::WrongType {
        field: field(),
        expected: picture::KINDS.to_owned(),
        received: format!("{} 字节的其他内容", bytes.len()),
    })?;
    let picture = PictureBytes { sha256: sha256_hex(bytes), bytes: bytes.clone(), media_type };
    let role = image.role();
    let photo = Photo {
        lot: lot.clone(),
        record_id: RecordId::from(image.business_id.as_ref()),
        role,
        slot: Some(image.img_index),
        taken_at: Some(image.take_time.at()),
        picture: Picture::Bytes {
            sha256: picture.sha256.clone(),
            bytes: picture.bytes.len() as u64,
            media_type: picture.media_type.to_owned(),
        },
    };
    let (record_id, slot) = (photo.record_id.clone(), photo.slot);
    let photos = PhotosAtMost { lot, record_id, role, slot, max: PHOTOS_MAX };
    let condition = Condition { photos, otherwise: Box::new(message.refusal(one_too_many())) };
    let reports = vec![fields::opened(Report::Photo(photo))];
    let delivery = Delivery { reports, pictures: vec![picture], ..Delivery::default() };
    Ok((delivery, condition))
}

fn one_too_many() -> Fault {
    Fault::OutsideList {
        field: "imgIndex".to_owned(),
        expected: format!("同一业务同一类型最多 {PHOTOS_MAX} 张照片（到达 2 张，离开 2 张）"),
        received: format!("已有 {PHOTOS_MAX} 张，不能再加"),
    }
}

impl<'a> UploadBusinessImg<'a> {
    pub(super) fn write(
        photo: &'a Photo,
        bytes: &[u8],
        own: &'a LotKeys,
        lot_id: &'a str,
    ) -> Result<Self, CannotSeal> {
        let parkpotid = fields::lot_id_text(lot_id)?;
        let business_type = BusinessType::of(match photo.role {
            PhotoRole::Entry => Direction::Entry,
            PhotoRole::Exit => Direction::Exit,
        });
        // 同一业务同一类型，到达2张，离开2张: each type counts from 1.
        let img_index = photo.slot.unwrap_or(1);
        if i64::from(img_index) > INDEX_MAX {
            return Err(writing::unfit("imgIndex", "应不超过 5 it is above 5"));
        }
        let taken_at = writing::needed("takeTime", photo.taken_at)?;
        let image = Image {
            business_id: fields::business_id_text(&photo.record_id)?,
            business_type,
            img_index,
            image_hash: md5_hex(bytes),
            take_time: writing::clock("takeTime", taken_at)?,
        };
        Ok(Self { portname: &own.portname, portpwd: &own.portpwd, parkpotid, image })
    }
}

/// The picture to write: the very one that the photo speaks of.
pub(super) fn picture_to_write<'p>(
    photo: &Photo,
    bytes: Option<&'p [u8]>,
) -> Result<(&'p [u8], &'static str), CannotSeal> {
    let Picture::Bytes { sha256, .. } = &photo.picture else {
        return Err(writing::unfit(
            fields::FILE,
            "规范要求图片本身，不是图片地址 the text wants the picture itself, not where it lies",
        ));
    };
    let bytes = writing::needed(fields::FILE, bytes.filter(|bytes| !bytes.is_empty()))?;
    if bytes.len() > PICTURE_MAX_BYTES {
        return Err(writing::unfit(fields::FILE, "图片超过 500 KiB the picture has more than 500 KiB"));
    }
    // A mix-up on the lot's side would tie one car's picture to another's record.
    if sha256_hex(bytes) != *sha256 {
        return Err(writing::unfit(
            fields::FILE,
            "图片与照片的摘要不符 the bytes are not those of the photo's digest",
        ));
    }
    let media_type = picture::media_type(bytes).ok_or_else(|| {
        writing::unfit(
            fields::FILE,
            "应为 JPEG、PNG、GIF、BMP 或 WebP 图片 a JPEG, PNG, GIF, BMP or WebP picture is expected",
        )
    })?;
    Ok((bytes, media_type))
}

/// The name of a picture's file in the form: some platforms look at its ending.
pub(super) fn file_name(media_type: &str) -> &'static str {
    match media_type {
        "image/png" => "photo.png",
        "image/gif" => "photo.gif",
        "image/bmp" => "photo.bmp",
        "image/webp" => "photo.webp",
        _ => "photo.jpg",
    }
}

/// `yyyyMMddHHmmss`.
fn read_digits(value: &Present<'_>) -> Result<WallClock, Fault> {
    let text = value.text(TEXT_MAX)?;
    let part = |from: usize, to: usize| text.get(from..to);
    let form = || {
        let digits = text.len() == 14 && text.bytes().all(|b| b.is_ascii_digit());
        let date = [part(0, 4)?, part(4, 6)?, part(6, 8)?].join("-");
        let time = [part(8, 10)?, part(10, 12)?, part(12, 14)?].join(":");
        digits.then(|| format!("{date} {time}"))
    };
    let clock = form().ok_or_else(|| value.wrong_type())?;
    if clock::is_unset(&clock) {
        return Err(value.unset());
    }
    WallClock::read(&clock).ok_or_else(|| value.wrong_type())
}

fn digits_only<S: Serializer>(clock: &WallClock, serializer: S) -> Result<S::Ok, S::Error> {
    let digits: String = clock.to_string().chars().filter(char::is_ascii_digit).collect();
    serializer.serialize_str(&digits)
}

/// The form's body and type.
pub(super) fn form(data: &str, bytes: &[u8], media_type: &str) -> (http::HeaderValue, Bytes) {
    let mut form = crate::shared::multipart::Form::new(&sha256_hex(bytes));
    form.text("data", data);
    form.file(fields::FILE, file_name(media_type), media_type, bytes);
    form.finish()
}
