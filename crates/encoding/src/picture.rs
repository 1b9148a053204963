//! What kind of picture some bytes are, told by the bytes alone: a file's name or a declared type proves nothing.

/// The kinds of picture that are taken, as messages to people name them.
pub const KINDS: &str = "JPEG、PNG、GIF、BMP 或 WebP 图片";

/// The media type that the bytes show; `None` where they are no picture of the kinds taken.
pub fn media_type(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        // Two letters prove little: the two reserved words of the header are zero in every bitmap.
        [b'B', b'M', _, _, _, _, 0, 0, 0, 0, _, _, _, _, ..] => Some("image/bmp"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_known_by_its_first_bytes() {
        assert_eq!(media_type(&[0xff, 0xd8, 0xff, 0xe0]), Some("image/jpeg"));
        assert_eq!(media_type(b"\x89PNG\r\n\x1a\n...."), Some("image/png"));
        assert_eq!(media_type(b"GIF89a"), Some("image/gif"));
        assert_eq!(media_type(b"RIFF\0\0\0\0WEBPVP8 "), Some("image/webp"));
        assert_eq!(media_type(b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0"), Some("image/bmp"));
    }

    #[test]
    fn pages_and_programs_are_no_pictures() {
        for bytes in
            [&b"<svg xmlns="[..], b"<html>", b"BMW drives in here", b"%PDF-1.7", b"MZ", b"", &[0xff, 0xd8]]
        {
            assert_eq!(media_type(bytes), None, "{bytes:?}");
        }
    }
}
