//! A request's path as it was meant: the commonest slips of a set-up are a doubled slash where a base address ends
//! with one, a slash at the end, and a blank that a text's line break put in.

use std::borrow::Cow;

/// The path with one slash where there are several, none at its end, and no blanks around its parts.
pub fn tidy(path: &str) -> Cow<'_, str> {
    let is_tidy =
        path.starts_with('/') && !path.ends_with('/') && !path.contains("//") && !path.contains("%20");
    if is_tidy {
        return Cow::Borrowed(path);
    }
    let mut tidy = String::with_capacity(path.len());
    for part in path.split('/') {
        let part = without_blanks(part);
        if !part.is_empty() {
            tidy.push('/');
            tidy.push_str(part);
        }
    }
    Cow::Owned(tidy)
}

fn without_blanks(mut part: &str) -> &str {
    while let Some(rest) = part.strip_prefix("%20").or_else(|| part.strip_suffix("%20")) {
        part = rest;
    }
    part
}

/// Whether `path`, which may have a prefix in front, asks for `served`, in whatever case of letters.
pub(crate) fn ends_with(path: &str, served: &str) -> bool {
    let path = tidy(path);
    let start = path.len().checked_sub(served.len());
    start.and_then(|start| path.get(start..)).is_some_and(|end| end.eq_ignore_ascii_case(served))
}

/// Whether `path` is `base` or lies below it, in whatever case of letters.
pub(crate) fn is_below(path: &str, base: &str) -> bool {
    let path = tidy(path);
    let begins = path.get(..base.len()).is_some_and(|start| start.eq_ignore_ascii_case(base));
    begins && matches!(path.as_bytes().get(base.len()), None | Some(b'/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_a_set_up_are_the_same_path() {
        for (path, meant) in [
            ("/api/parking/in", "/api/parking/in"),
            ("//api/parking/in", "/api/parking/in"),
            ("/api//parking///in/", "/api/parking/in"),
            ("/park/%20departure", "/park/departure"),
            ("/park%20/%20departure%20", "/park/departure"),
            ("/", ""),
            ("", ""),
        ] {
            assert_eq!(tidy(path), meant, "{path}");
        }
        assert!(ends_with("/hz//API/Parking/In/", "/api/parking/in"));
        assert!(!ends_with("/api/parking/inn", "/api/parking/in"));
        assert!(!ends_with("/in", "/api/parking/in"));
        assert!(!ends_with("停车/api/parking/in车", "/api/parking/in"));
    }

    #[test]
    fn a_base_ends_where_a_part_ends() {
        for path in ["/api/parking", "//api/parking/", "/API/parking/anything/else"] {
            assert!(is_below(path, "/api/parking"), "{path}");
        }
        for path in ["/api/parkinglot/in", "/api", "/", "", "/x/api/parking/in", "/停车场停车场"] {
            assert!(!is_below(path, "/api/parking"), "{path}");
        }
    }
}
