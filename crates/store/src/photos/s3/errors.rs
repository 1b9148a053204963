//! What S3 says, in words that tell what to do next.

use crate::StoreError;
use object_store::Error;
use std::error::Error as _;

/// Of what S3 says, what an error shows.
const SHOWN_MAX: usize = 300;

/// With this code servers say that the bucket is not there.
const NO_BUCKET: &str = "NoSuchBucket";

/// With these they say that they do not know the key, or that it may not do this.
const WRONG_KEY: [&str; 4] = ["AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken"];

/// Why the bucket (by its name and server) did not do what it was asked.
pub(super) fn unavailable(bucket: &str, error: &Error) -> StoreError {
    let described = described(error);
    let remedy = if described.contains(NO_BUCKET) {
        "make the bucket, or correct the photos' url"
    } else if WRONG_KEY.iter().any(|code| described.contains(code)) {
        "see that the photos' access_key and secret_key are right, and may list, read, write and delete there"
    } else {
        "see that the photos' endpoint and region are right, and that this machine reaches it"
    };
    StoreError::Unavailable(format!("photos in {bucket}: {described}; {remedy}"))
}

/// Whether a picture is not there, in a bucket that is.
pub(super) fn is_no_picture(error: &Error) -> bool {
    matches!(error, Error::NotFound { source, .. } if !source.to_string().contains(NO_BUCKET))
}

/// S3's own code where it gave one, for the rest of its answer may repeat a signature; otherwise the cause beneath all
/// that libraries say around it.
pub(super) fn described(error: &Error) -> String {
    let (mut text, mut next) = (error.to_string(), error.source());
    while let Some(cause) = next {
        if let Some((_, after)) = text.split_once("<Code>")
            && let Some((code, _)) = after.split_once("</Code>")
        {
            return format!("the server answers {}", short(code));
        }
        (text, next) = (cause.to_string(), cause.source());
    }
    short(text.split('<').next().unwrap_or_default().trim_end()).to_owned()
}

fn short(text: &str) -> &str {
    text.get(..text.floor_char_boundary(SHOWN_MAX)).unwrap_or_default()
}
