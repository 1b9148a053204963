//! Taking a package apart: bounded, and with nothing in it that its format does not have.

use crate::bounds::{ENTRIES_MAX, PATH_MAX};
use crate::manifest::is_known;
use std::collections::BTreeMap;
use std::io::Cursor;
use std::ops::Range;
use zip::{CompressionMethod, ZipArchive};

/// The files of a package, in the order in which they are stored.
#[derive(Debug)]
pub(crate) struct Files<'a> {
    bytes: &'a [u8],
    order: Vec<String>,
    places: BTreeMap<String, Range<usize>>,
}

impl<'a> Files<'a> {
    /// Takes it apart; or says what it is instead, in Chinese and English.
    pub(crate) fn of(bytes: &'a [u8]) -> Result<Self, (String, String)> {
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| {
            (format!("无法作为 ZIP 读取：{error}"), format!("it cannot be read as a ZIP: {error}"))
        })?;
        if archive.len() > ENTRIES_MAX || archive.has_duplicate_names() {
            return Err((
                format!("文件数超过 {ENTRIES_MAX}，或有重名文件"),
                format!("it has more than {ENTRIES_MAX} files, or two of one name"),
            ));
        }
        let mut files = Self { bytes, order: Vec::new(), places: BTreeMap::new() };
        for number in 0..archive.len() {
            let (path, place) = place(&mut archive, number)?;
            if bytes.get(place.clone()).is_none() {
                return Err((
                    format!("文件 {path} 超出包的末尾"),
                    format!("the file {path} ends beyond the package"),
                ));
            }
            files.order.push(path.clone());
            files.places.insert(path, place);
        }
        Ok(files)
    }

    /// Its files, as they are stored.
    pub(crate) fn stored(&self) -> impl Iterator<Item = (&str, &'a [u8])> {
        self.order.iter().filter_map(|path| Some((path.as_str(), self.get(path)?)))
    }

    /// Its files by their paths.
    pub(crate) fn sorted(&self) -> impl Iterator<Item = (&str, &'a [u8])> {
        self.places.keys().filter_map(|path| Some((path.as_str(), self.get(path)?)))
    }

    pub(crate) fn get(&self, path: &str) -> Option<&'a [u8]> {
        self.bytes.get(self.places.get(path)?.clone())
    }
}

/// The path of a file, and where its bytes are. They are stored as they are: nothing is unpacked, so that nothing can unpack
/// to more.
fn place(
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    number: usize,
) -> Result<(String, Range<usize>), (String, String)> {
    let broken = |error: zip::result::ZipError| {
        (
            format!("第 {} 个文件无法读取：{error}", number + 1),
            format!("file {} cannot be read: {error}", number + 1),
        )
    };
    let file = archive.by_index_raw(number).map_err(broken)?;
    let name = file.name_raw();
    let known = std::str::from_utf8(name).ok().filter(|path| path.len() <= PATH_MAX && is_known(path));
    let Some(path) = known.map(str::to_owned) else {
        let shown: String =
            String::from_utf8_lossy(name).chars().take(80).flat_map(char::escape_default).collect();
        return Err((
            format!("多出文件 {shown}：证据包没有这样的文件"),
            format!("an added file {shown}: no package has one"),
        ));
    };
    let is_plain = file.compression() == CompressionMethod::Stored
        && !file.encrypted()
        && file.compressed_size() == file.size()
        && !file.is_dir();
    if !is_plain {
        return Err((
            format!("文件 {path} 已压缩、加密或不是普通文件：证据包只原样存放"),
            format!(
                "the file {path} is compressed, encrypted or no plain file: a package stores files as they are"
            ),
        ));
    }
    let start = file.data_start().and_then(|start| usize::try_from(start).ok());
    let size = usize::try_from(file.size()).ok();
    let range = start.zip(size).and_then(|(start, size)| Some(start..start.checked_add(size)?));
    range.map(|range| (path, range)).ok_or_else(|| ("包过大".to_owned(), "it is too large".to_owned()))
}
