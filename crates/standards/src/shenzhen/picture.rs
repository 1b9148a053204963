//! 4.8 公共图片数据: `POST /dataReceive/v1/picture`, a form with the picture in it. It may come before or after whatever
//! names it by its id.

use super::codes::{Coded, Read};
use super::fields::{self, UUID_MAX};
use crate::Fault;
use crate::lot_side::CannotSeal;
use crate::platform_side::PictureBytes;
use crate::shared::Object;
use crate::shared::multipart::{Form, Part};
use bowei_encoding::picture;
use bowei_model::{Doubt, Facts, LotCode, NamedPhoto, Photo, PhotoSubject, Picture, moment};
use bytes::Bytes;
use http::HeaderValue;
use jiff::Timestamp;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// 表 15 序号 3: 图片大小应在 100KB-500KB 之间.
pub(super) const PICTURE_MAX_BYTES: usize = 500 * 1024;
const PICTURE_MIN_BYTES: usize = 100 * 1024;
/// A form needs no encoding: twice the picture's limit, so that whoever goes over it is mostly told so in words.
pub(super) const BODY_MAX_BYTES: usize = 1024 * 1024;
/// 表 15 序号 4: String 100.
const FILE_NAME_MAX: usize = 100;

const FILE: &str = "file";
const FILE_EXPECTED: &str = "JPEG、PNG、GIF、BMP 或 WebP 图片文件，100 KB 至 500 KB";
pub(super) const ID: &str = "id";

/// The form as it came: what is not a file is read like the fields of a JSON object.
pub(super) struct Parts {
    pub(super) fields: String,
    pub(super) file: Option<Bytes>,
}

impl Parts {
    pub(super) fn of(parts: Vec<Part>) -> Read<Self> {
        let mut texts = Map::new();
        let mut file = None;
        for part in parts {
            if part.name == FILE {
                file = Some(part.bytes).filter(|bytes| !bytes.is_empty());
                continue;
            }
            let text = part.text().ok_or_else(|| {
                let expected = "UTF-8 编码的文本".to_owned();
                Coded::form(Fault::WrongType {
                    field: part.name.clone(),
                    expected,
                    received: "其他编码".to_owned(),
                })
            })?;
            texts.insert(part.name.clone(), Value::from(text));
        }
        Ok(Self { fields: Value::Object(texts).to_string(), file })
    }
}

/// 表 15, read.
pub(super) struct Upload<'a> {
    /// 表 15 序号 2, String 32, 必填: 业务图片 Id
    pub(super) id: Cow<'a, str>,
    /// 表 15 序号 3: 文件
    file: PictureBytes,
    /// 表 15 序号 4, String 100, 必填: 文件名
    file_name: Cow<'a, str>,
    /// 表 15 序号 5, Int, 必填: 图片业务类型
    shows: PhotoSubject,
    /// 表 15 序号 6, Timestamp, 必填: 时间戳
    pub(super) sent_at: Timestamp,
    /// 表 15 序号 7, Timestamp, 必填: 采集时间
    taken_at: Timestamp,
    /// The two of them came in seconds.
    doubts: Vec<Doubt>,
}

impl<'a> Upload<'a> {
    /// 表 15 序号 1, parkCode, is read before: whose the lot is goes before everything else.
    pub(super) fn read(object: &Object<'a>, file: Option<&Bytes>) -> Read<Self> {
        let id = fields::text(object, ID, "业务图片 ID，不超过 32 个字符", UUID_MAX)?;
        let file = read_file(file)?;
        let file_name = fields::text(object, "fileName", "文件名，不超过 100 个字符", FILE_NAME_MAX)?;
        let shows = object.required(
            "imageBizType",
            "图片业务类型，整数 1 至 5（1=收费标价牌, 2=停车场平面图, 3=车位分布图, 4=车牌照片, 5=其他）",
        )?;
        let shows = subject(shows.integer_in(1..=5)?);
        let (sent_at, reported) = moment_of(object, "timestamp", "毫秒时间戳，整数")?;
        let (taken_at, taken) = moment_of(object, "pickTime", "采集时间，毫秒时间戳，整数")?;
        let doubts = reported.into_iter().chain(taken).collect();
        Ok(Self { id, file, file_name, shows, sent_at, taken_at, doubts })
    }

    pub(super) fn into_photo(self, lot: LotCode) -> (NamedPhoto, Vec<Doubt>, PictureBytes) {
        let bytes = self.file.bytes.len();
        let mut doubts = self.doubts;
        if bytes < PICTURE_MIN_BYTES {
            let facts = Facts::PhotoTooSmall {
                min_bytes: PICTURE_MIN_BYTES as u64,
                max_bytes: PICTURE_MAX_BYTES as u64,
                received_bytes: bytes as u64,
            };
            doubts.push(facts.into());
        }
        let photo = NamedPhoto {
            lot,
            photo_id: self.id.into_owned(),
            shows: self.shows,
            taken_at: Some(self.taken_at),
            file_name: Some(self.file_name.into_owned()),
            picture: Picture::Bytes {
                sha256: self.file.sha256.clone(),
                bytes: bytes as u64,
                media_type: self.file.media_type.to_owned(),
            },
        };
        (photo, doubts, self.file)
    }
}

fn read_file(file: Option<&Bytes>) -> Read<PictureBytes> {
    let field = || FILE.to_owned();
    let expected = || FILE_EXPECTED.to_owned();
    let bytes = file.ok_or_else(|| Fault::Missing { field: field(), expected: expected() })?;
    if bytes.len() > PICTURE_MAX_BYTES {
        let received = format!("{} 字节", bytes.len());
        return Err(
            Fault::TooLong { field: field(), max: format!("{PICTURE_MAX_BYTES} 字节"), received }.into()
        );
    }
    let media_type = picture::media_type(bytes).ok_or_else(|| Fault::WrongType {
        field: field(),
        expected: expected(),
        received: format!("{} 字节的其他内容", bytes.len()),
    })?;
    Ok(PictureBytes { sha256: bowei_encoding::sha256_hex(bytes), bytes: bytes.clone(), media_type })
}

fn moment_of(object: &Object<'_>, name: &str, expected: &'static str) -> Read<(Timestamp, Option<Doubt>)> {
    let value = object.required(name, expected)?;
    super::body::moment(&value).map_err(Into::into)
}

/// 表 15 序号 5: 1 收费标价牌, 2 停车场（库）平面图, 3 车位分布图, 4 车牌照片, 5 其他.
fn subject(number: i64) -> PhotoSubject {
    match number {
        1 => PhotoSubject::TariffBoard,
        2 => PhotoSubject::FloorPlan,
        3 => PhotoSubject::SpaceMap,
        4 => PhotoSubject::Plate,
        _ => PhotoSubject::Other,
    }
}

fn number(shows: PhotoSubject) -> u8 {
    match shows {
        PhotoSubject::TariffBoard => 1,
        PhotoSubject::FloorPlan => 2,
        PhotoSubject::SpaceMap => 3,
        PhotoSubject::Plate => 4,
        PhotoSubject::Other => 5,
    }
}

/// A picture to send.
pub(super) struct Sending<'a> {
    id: Cow<'a, str>,
    shows: PhotoSubject,
    taken_at: Option<Timestamp>,
    file_name: Option<&'a str>,
    picture: &'a Picture,
}

impl<'a> Sending<'a> {
    pub(super) fn named(photo: &'a NamedPhoto) -> Result<Self, CannotSeal> {
        Ok(Self {
            id: fields::written(ID, &photo.photo_id, UUID_MAX)?,
            shows: photo.shows,
            taken_at: photo.taken_at,
            file_name: photo.file_name.as_deref(),
            picture: &photo.picture,
        })
    }

    /// A record's photo goes under the id that the record names (see [`super::record::photo_id`]).
    pub(super) fn of_record(photo: &'a Photo) -> Self {
        Self {
            id: Cow::Owned(super::record::photo_id_of(&photo.record_id, photo.role, photo.slot)),
            shows: PhotoSubject::Plate,
            taken_at: photo.taken_at,
            file_name: None,
            picture: &photo.picture,
        }
    }

    /// The form, with its parts as text for an engineer.
    pub(super) fn form(
        &self,
        lot_id: &str,
        user_id: &str,
        bytes: Option<&[u8]>,
        now: Timestamp,
    ) -> Result<(HeaderValue, Bytes, String), CannotSeal> {
        let Picture::Bytes { sha256, .. } = self.picture else {
            return Err(fields::unfit(
                FILE,
                "规范要求图片本身，不是图片地址 the text wants the picture itself, not where it lies",
            ));
        };
        let bytes = fields::needed(FILE, bytes)?;
        if bytes.len() > PICTURE_MAX_BYTES {
            return Err(fields::unfit(FILE, "图片超过 500 KB the picture has more than 500 KB"));
        }
        let media_type = picture::media_type(bytes).ok_or_else(|| {
            fields::unfit(
                FILE,
                "应为 JPEG、PNG、GIF、BMP 或 WebP 图片 a JPEG, PNG, GIF, BMP or WebP picture is expected",
            )
        })?;
        // A mix-up on the lot's side would tie one car's picture to another's record.
        if bowei_encoding::sha256_hex(bytes) != *sha256 {
            return Err(fields::unfit(
                FILE,
                "图片与照片的摘要不符 the bytes are not those of the photo's digest",
            ));
        }
        let taken_at = self.taken_at.unwrap_or(now);
        let file_name = match self.file_name {
            Some(name) if !name.trim().is_empty() => fields::written("fileName", name, FILE_NAME_MAX)?,
            _ => Cow::Owned(made_name(user_id, taken_at, sha256, media_type)),
        };
        let shows = number(self.shows).to_string();
        let (reported, picked) = (now.as_millisecond().to_string(), taken_at.as_millisecond().to_string());
        let mut form = Form::new(sha256);
        form.text("parkCode", &fields::park_code_written(lot_id)?);
        form.text(ID, &self.id);
        form.file(FILE, &file_name, media_type, bytes);
        form.text("fileName", &file_name);
        form.text("imageBizType", &shows);
        form.text("timestamp", &reported);
        form.text("pickTime", &picked);
        let (kind, body) = form.finish();
        let shown = format!(
            "parkCode={lot_id}&id={}&file=[图片 {} 字节]&fileName={file_name}&imageBizType={shows}&timestamp={reported}&pickTime={picked}",
            self.id,
            bytes.len()
        );
        Ok((kind, body, shown))
    }
}

/// 表 15 序号 4: 服务商名称+年月日+6 位编码. The account stands for its holder, the digest's beginning for the six.
fn made_name(user_id: &str, taken_at: Timestamp, sha256: &str, media_type: &str) -> String {
    let six: String = sha256.chars().take(6).collect();
    let ending = media_type.strip_prefix("image/").unwrap_or("jpeg");
    format!("{user_id}{}{six}.{ending}", moment::day(taken_at))
}
