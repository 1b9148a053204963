//! Pictures that are larger than a text takes are made smaller: decoded, written as JPEG again with less detail, then
//! with fewer pixels, until they fit.

use bytes::Bytes;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageReader, Limits};
use std::io::Cursor;
use tokio::sync::Semaphore;

/// What a decoded picture may take in memory: twenty million pixels, more than cameras at gates have. A gateway is
/// meant for a small machine.
const DECODED_MAX_BYTES: u64 = 64 << 20;
/// One at a time in the whole process, for the same reason.
static ONE_AT_A_TIME: Semaphore = Semaphore::const_new(1);
/// How much of the detail is kept, in the order in which it is tried.
const QUALITIES: [u8; 3] = [85, 70, 50];
/// Hundredths of the sides that are kept, in the order in which they are tried.
const SCALES: [u32; 6] = [100, 75, 50, 35, 25, 12];

/// A picture that cannot be made to fit.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("图片 {bytes} 字节，超过平台的上限 {max_bytes} 字节，且无法压缩：{why}")]
pub(super) struct Unfit {
    bytes: usize,
    max_bytes: usize,
    why: String,
}

/// The picture as it is where it fits, or a smaller one of the same.
pub(super) async fn fit(picture: Bytes, max_bytes: usize) -> Result<Bytes, Unfit> {
    let bytes = picture.len();
    if bytes <= max_bytes {
        return Ok(picture);
    }
    let unfit = |why: String| Unfit { bytes, max_bytes, why };
    let _permit = ONE_AT_A_TIME.acquire().await.map_err(|closed| unfit(closed.to_string()))?;
    // Off the async threads: a large picture takes a tenth of a second and more.
    let smaller = tokio::task::spawn_blocking(move || smaller(&picture, max_bytes)).await;
    smaller.map_err(|broken| unfit(broken.to_string()))?.map_err(unfit)
}

fn smaller(picture: &[u8], max_bytes: usize) -> Result<Bytes, String> {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(DECODED_MAX_BYTES);
    let mut reader =
        ImageReader::new(Cursor::new(picture)).with_guessed_format().map_err(|e| e.to_string())?;
    reader.limits(limits);
    let decoded = DynamicImage::ImageRgb8(reader.decode().map_err(|error| error.to_string())?.into_rgb8());
    for hundredths in SCALES {
        let side = |side: u32| (side.saturating_mul(hundredths) / 100).max(1);
        let (width, height) = (side(decoded.width()), side(decoded.height()));
        let scaled;
        let shown = if hundredths == 100 {
            &decoded
        } else {
            scaled = decoded.resize(width, height, FilterType::Triangle);
            &scaled
        };
        for quality in QUALITIES {
            let mut jpeg = Vec::with_capacity(max_bytes);
            JpegEncoder::new_with_quality(&mut jpeg, quality)
                .encode_image(shown)
                .map_err(|e| e.to_string())?;
            if jpeg.len() <= max_bytes {
                return Ok(Bytes::from(jpeg));
            }
        }
    }
    Err("压缩后仍超过上限".to_owned())
}
