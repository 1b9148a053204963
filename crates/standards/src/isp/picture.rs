//! 6, 7 表 enter_pic, depart_pic: 照片 Base64 编码, 大小不超过 512KB, within the record itself.

use super::field::{self, needed, unfit};
use crate::Fault;
use crate::lot_side::CannotSeal;
use crate::platform_side::{Delivery, PictureBytes};
use crate::shared::{Object, Present};
use bowei_encoding::picture;
use bowei_model::{Doubt, Facts, NamedPhoto, Passage, PhotoSubject, Picture, Report};
use bytes::Bytes;
use serde::{Serialize, Serializer};

/// The most bytes of a picture, before its base64.
pub(super) const PICTURE_MAX_BYTES: usize = 512 * 1024;

const EXPECTED: &str =
    "JPEG、PNG、GIF、BMP 或 WebP 图片的 Base64（可带 data:image/jpeg;base64, 前缀），不超过 524288 字节";

/// The picture of a passage.
#[derive(Debug)]
pub(super) struct PassagePicture {
    picture: PictureBytes,
    /// Its base64 ends in dots, as the text's own examples do.
    cut: Option<Doubt>,
}

impl PassagePicture {
    /// The picture of an item; `""` is none, which is doubted.
    pub(super) fn of(item: &Object<'_>, name: &str, doubts: &mut Vec<Doubt>) -> Result<Option<Self>, Fault> {
        if field::is_blank(item, name, EXPECTED, doubts) {
            return Ok(None);
        }
        Self::read(&item.required(name, EXPECTED)?).map(Some)
    }

    fn read(value: &Present<'_>) -> Result<Self, Fault> {
        let text = value.any_text()?;
        let base64 = bowei_encoding::without_data_uri(&text).ok_or_else(|| value.wrong_type())?;
        let whole = base64.trim_end().trim_end_matches(['.', '…']);
        let is_cut = whole.len() < base64.trim_end().len();
        let bytes = if is_cut { as_far_as_it_goes(whole) } else { bowei_encoding::from_base64(base64) };
        let bytes = bytes.ok_or_else(|| value.wrong_type())?;
        if bytes.len() > PICTURE_MAX_BYTES {
            let (max, received) = (format!("{PICTURE_MAX_BYTES} 字节"), format!("{} 字节", bytes.len()));
            return Err(value.too_long(max, received));
        }
        let media_type = picture::media_type(&bytes).ok_or_else(|| value.wrong_type())?;
        let facts =
            || Facts::PhotoCut { field: value.field().to_owned(), received_bytes: bytes.len() as u64 };
        let cut = is_cut.then(|| facts().into());
        let bytes = Bytes::from(bytes);
        let sha256 = bowei_encoding::sha256_hex(&bytes);
        Ok(Self { picture: PictureBytes { sha256, bytes, media_type }, cut })
    }

    /// Adds the passage and its picture to what was said. The picture is a report of its own and named after the
    /// passage, which has no other id: so it stays with the passage whatever entry or exit that is paired with, and
    /// another picture for the same passage amends it.
    pub(super) fn add_to(
        self,
        delivery: &mut Delivery,
        passage: Passage,
        doubts: Vec<Doubt>,
        item: &Object<'_>,
    ) -> Result<(), Fault> {
        let Self { picture, cut } = self;
        let photo_id = passage.record_id.to_string();
        let photo = NamedPhoto {
            lot: passage.lot.clone(),
            photo_id: photo_id.clone(),
            shows: PhotoSubject::Plate,
            taken_at: Some(passage.at),
            file_name: None,
            picture: Picture::Bytes {
                sha256: picture.sha256.clone(),
                bytes: picture.bytes.len() as u64,
                media_type: picture.media_type.to_owned(),
            },
        };
        let passage = Passage { photo_id: Some(photo_id), ..passage };
        field::say(delivery, Report::Passage(passage), doubts, item)?;
        if !delivery.pictures.iter().any(|other| other.sha256 == picture.sha256) {
            delivery.pictures.push(picture);
        }
        let reported = crate::platform_side::OpenedReport {
            report: Report::NamedPhoto(photo),
            doubts: cut.into_iter().collect(),
            unnamed_fields: None,
        };
        delivery.reports.push(reported);
        Ok(())
    }

    /// A picture to write.
    pub(super) fn write(field: &'static str, bytes: Option<&[u8]>) -> Result<Self, CannotSeal> {
        let bytes = needed(field, bytes)?;
        if bytes.len() > PICTURE_MAX_BYTES {
            return Err(unfit(field, "图片超过 512 KiB the picture has more than 512 KiB"));
        }
        let media_type = picture::media_type(bytes).ok_or_else(|| {
            unfit(
                field,
                "应为 JPEG、PNG、GIF、BMP 或 WebP 图片 a JPEG, PNG, GIF, BMP or WebP picture is expected",
            )
        })?;
        let bytes = Bytes::copy_from_slice(bytes);
        let sha256 = bowei_encoding::sha256_hex(&bytes);
        Ok(Self { picture: PictureBytes { sha256, bytes, media_type }, cut: None })
    }
}

/// What base64 that was cut off stands for: whole groups of four alone.
fn as_far_as_it_goes(base64: &str) -> Option<Vec<u8>> {
    let mut plain: String = base64.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    if !plain.is_ascii() {
        return None;
    }
    plain.truncate(plain.len() / 4 * 4);
    bowei_encoding::from_base64(&plain)
}

impl Serialize for PassagePicture {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let PictureBytes { bytes, media_type, .. } = &self.picture;
        serializer.collect_str(&format_args!("data:{media_type};base64,{}", bowei_encoding::to_base64(bytes)))
    }
}
