//! Files that people hand in: pictures of a tariff board, papers of a registration. Kept like photos, under a day that
//! never comes, so that none is deleted for its age.

use super::{Document, Kept};
use crate::accounts::random;
use bowei_encoding::sha256_hex;
use bowei_model::ProviderCode;
use bowei_store::photos::NewPicture;
use bowei_store::{OfficeQuery, PhotoStore, Store, StoreError};
use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The day that files are kept under.
const DAY: u32 = 99_991_231;

/// The largest file: a scan of a page in colour is well under it.
pub(crate) const FILE_MAX_BYTES: usize = 10 * 1024 * 1024;

/// The longest name that is kept.
const NAME_MAX: usize = 120;

/// What a file is, by its first bytes: whoever sends it may say anything.
const KINDS: [(&[u8], &str); 3] =
    [(b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"%PDF-", "application/pdf")];

/// A file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct File {
    /// What it belongs to: `lot:CODE`, `registration:ID`.
    pub(crate) owner: String,
    /// The provider whose lot that is.
    pub(crate) provider: Option<ProviderCode>,
    /// What whoever sent it calls it.
    pub(crate) name: String,
    /// Its media type.
    pub(crate) media_type: String,
    /// SHA-256 of its bytes, lower-case hex.
    pub(crate) sha256: String,
    /// How many bytes it has.
    pub(crate) bytes: usize,
    /// When it was handed in.
    pub(crate) at: Timestamp,
}

impl Document for File {
    const KIND: &'static str = "file";

    fn state(&self) -> String {
        self.owner.clone()
    }

    fn provider(&self) -> Option<ProviderCode> {
        self.provider.clone()
    }

    fn at(&self) -> Timestamp {
        self.at
    }

    fn words(&self) -> String {
        self.sha256.clone()
    }
}

/// The media type of bytes that may be kept.
pub(crate) fn media_type(bytes: &[u8]) -> Option<&'static str> {
    let webp = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
    let known = KINDS.iter().find(|(begins, _)| bytes.starts_with(begins)).map(|(_, kind)| *kind);
    known.or_else(|| webp.then_some("image/webp"))
}

/// Keeps the bytes, and gives the record that makes them somebody's: it is for the caller to keep.
pub(crate) async fn keep(
    photos: &dyn PhotoStore,
    (owner, provider): (String, Option<ProviderCode>),
    (name, media_type): (&str, &str),
    bytes: Bytes,
    now: Timestamp,
) -> Result<Kept<File>, StoreError> {
    let no_randomness = |_| StoreError::Unavailable("the system gives no random numbers".to_owned());
    let id = format!("f-{:032x}", u128::from_be_bytes(random::<16>().map_err(no_randomness)?));
    let name: String =
        name.chars().filter(|c| !c.is_control() && !matches!(c, '/' | '\\')).take(NAME_MAX).collect();
    let (sha256, length) = (sha256_hex(&bytes), bytes.len());
    photos.put(DAY, vec![NewPicture { sha256: sha256.clone(), bytes }]).await?;
    let media_type = media_type.to_owned();
    Ok(Kept::new(id, File { owner, provider, name, media_type, sha256, bytes: length, at: now }))
}

/// A file's bytes.
pub(crate) async fn bytes(photos: &dyn PhotoStore, file: &File) -> Result<Option<Bytes>, StoreError> {
    photos.get(DAY, &file.sha256).await
}

/// Forgets a file's bytes, whose record is gone, unless another file has the same.
pub(crate) async fn forget(
    store: &dyn Store,
    photos: &dyn PhotoStore,
    sha256: &str,
) -> Result<(), StoreError> {
    let same = OfficeQuery { words: Some(sha256.to_owned()), limit: 1, ..OfficeQuery::default() };
    if super::list::<File>(store, same).await?.items.is_empty() {
        photos.delete(DAY, vec![sha256.to_owned()]).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_bytes_say() {
        assert_eq!(media_type(b"%PDF-1.7\n"), Some("application/pdf"));
        assert_eq!(media_type(b"RIFF\0\0\0\0WEBPVP8 "), Some("image/webp"));
        assert_eq!(media_type(b"\xff\xd8\xff\xe0"), Some("image/jpeg"));
        for other in [&b"<html>"[..], b"", b"RIFF\0\0\0\0WAVE", b"PK\x03\x04"] {
            assert_eq!(media_type(other), None, "{other:?}");
        }
    }
}
