//! HTTP Digest (RFC 7616) for cameras that have a login: a 401 with a challenge, and the answer to it looked at.
//!
//! Offered are MD5 and SHA-256, in a header each; qop is `auth`. MD5 comes first: most firmware knows nothing else, and
//! some reads the first header alone and gives up at a name that it does not know. A nonce is made of its time and a
//! keyed digest, so that challenges which nobody answers take no memory. Remembered are those that were used, with
//! their count: what was answered once is not taken again. Basic, which shows the password, is not taken.

use super::same;
use aws_lc_rs::hmac;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use bowei_encoding::{hex, md5_hex, sha256_hex};
use jiff::Timestamp;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

/// What the camera's password is for; a part of what is digested.
const REALM: &str = "bowei";
/// How long a nonce can be answered. A camera answers within a second, and some use it for a while.
const NONCE_TTL_MILLIS: i64 = 120_000;
/// The most used nonces that are remembered: thirty a second, for as long as one holds.
const NONCES_MAX: usize = 4_096;
/// Hex digits of a nonce: its time, its number, and the first half of the keyed digest.
const TIME_DIGITS: usize = 16;
const NUMBER_DIGITS: usize = 16;
const MAC_DIGITS: usize = 32;
/// The most bytes of the header that are looked at; a long one has four hundred.
const HEADER_MAX_BYTES: usize = 4_096;

/// What an answer is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Login {
    Right,
    /// None came, as with every first request.
    Missing,
    /// The nonce is old, used, or of before a restart: the camera answers another.
    Stale,
    Wrong,
}

/// Makes challenges and looks at their answers.
pub(crate) struct Digest {
    key: hmac::Key,
    /// How many challenges were made: no two of them are alike.
    made: AtomicU64,
    /// Used nonces with the highest count of each, the oldest first.
    used: Mutex<VecDeque<(String, u32)>>,
}

/// One algorithm, by its name in the headers.
type Hash = (&'static str, fn(&[u8]) -> String);
const HASHES: [Hash; 2] = [("MD5", md5_hex), ("SHA-256", sha256_hex)];

impl Digest {
    /// `None` where the machine gives no random numbers.
    pub(crate) fn new() -> Option<Self> {
        let mut key = [0; 32];
        aws_lc_rs::rand::fill(&mut key).ok()?;
        let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
        Some(Self { key, made: AtomicU64::new(0), used: Mutex::default() })
    }

    /// The 401 with its challenges.
    pub(crate) fn challenge(&self, login: Login, now: Timestamp) -> Response {
        let nonce = self.nonce(now, self.made.fetch_add(1, Relaxed));
        let stale = if login == Login::Stale { ", stale=true" } else { "" };
        let mut response = StatusCode::UNAUTHORIZED.into_response();
        for (algorithm, _) in HASHES {
            let text = format!(
                "Digest realm=\"{REALM}\", qop=\"auth\", algorithm={algorithm}, nonce=\"{nonce}\", charset=UTF-8{stale}"
            );
            if let Ok(value) = HeaderValue::from_str(&text) {
                response.headers_mut().append(header::WWW_AUTHENTICATE, value);
            }
        }
        response
    }

    /// Looks at a request for `target`, its path and query.
    pub(crate) fn check(
        &self,
        method: &str,
        target: &str,
        headers: &HeaderMap,
        (login, password): (&str, &str),
        now: Timestamp,
    ) -> Login {
        let received = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let Some(received) =
            received.filter(|received| received.len() <= HEADER_MAX_BYTES).and_then(digest_of)
        else {
            return Login::Missing;
        };
        let parameters = parameters(received);
        let of = |name: &str| {
            let found = parameters.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.as_str()).unwrap_or_default()
        };
        let algorithm = if of("algorithm").is_empty() { "MD5" } else { of("algorithm") };
        let Some((_, hash)) = HASHES.iter().find(|(name, _)| name.eq_ignore_ascii_case(algorithm)) else {
            return Login::Wrong;
        };
        let (nonce, count, uri) = (of("nonce"), of("nc"), of("uri"));
        if !self.is_ours(nonce, now) {
            return Login::Stale;
        }
        let Ok(number) = u32::from_str_radix(count, 16) else { return Login::Wrong };
        let secret = hash(format!("{login}:{REALM}:{password}").as_bytes());
        let asked = hash(format!("{method}:{uri}").as_bytes());
        let right = hash(format!("{secret}:{nonce}:{count}:{}:auth:{asked}", of("cnonce")).as_bytes());
        let is_right = same(of("username"), login) & same(&of("response").to_ascii_lowercase(), &right);
        // The same answer is none for another path.
        if !is_right || of("qop") != "auth" || path_of(uri) != target {
            return Login::Wrong;
        }
        if self.is_first_use(nonce, number) { Login::Right } else { Login::Stale }
    }

    fn nonce(&self, now: Timestamp, number: u64) -> String {
        let head = format!("{:016x}{number:016x}", now.as_millisecond());
        let mac = self.mac(&head);
        head + &mac
    }

    fn mac(&self, head: &str) -> String {
        hex(hmac::sign(&self.key, head.as_bytes()).as_ref()).chars().take(MAC_DIGITS).collect()
    }

    /// Whether a nonce was made here, not too long ago.
    fn is_ours(&self, nonce: &str, now: Timestamp) -> bool {
        let Some((head, mac)) = nonce.split_at_checked(TIME_DIGITS + NUMBER_DIGITS) else { return false };
        let at = head.get(..TIME_DIGITS).and_then(|time| i64::from_str_radix(time, 16).ok());
        let age = at.map(|at| now.as_millisecond().saturating_sub(at));
        same(mac, &self.mac(head)) && age.is_some_and(|age| (0..=NONCE_TTL_MILLIS).contains(&age))
    }

    /// Whether the count is higher than that of the nonce's last use; then it is the last.
    fn is_first_use(&self, nonce: &str, count: u32) -> bool {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, last)) = used.iter_mut().find(|(known, _)| known == nonce) {
            let is_first = count > *last;
            *last = count.max(*last);
            return is_first;
        }
        if used.len() >= NONCES_MAX {
            used.pop_front();
        }
        used.push_back((nonce.to_owned(), count));
        true
    }
}

fn digest_of(authorization: &str) -> Option<&str> {
    let (scheme, rest) = authorization.trim_start().split_once(' ')?;
    scheme.eq_ignore_ascii_case("Digest").then_some(rest)
}

/// The path and query of a `uri` that may have a host before it.
fn path_of(uri: &str) -> &str {
    match uri.split_once("://") {
        Some((_, rest)) => rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/"),
        None => uri,
    }
}

/// `name=value, name="value"`: commas and quotes may stand within quotes.
fn parameters(text: &str) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let (mut name, mut value) = (String::new(), None::<String>);
    let (mut quoted, mut escaped) = (false, false);
    for c in text.chars().chain([',']) {
        match (&mut value, c) {
            (Some(value), c) if escaped => {
                value.push(c);
                escaped = false;
            }
            (Some(_), '\\') if quoted => escaped = true,
            (Some(_), '"') => quoted = !quoted,
            (Some(value), c) if quoted => value.push(c),
            (_, ',') => {
                let value = value.take().unwrap_or_default().trim().to_owned();
                all.push((std::mem::take(&mut name).trim().to_owned(), value));
            }
            (Some(value), c) => value.push(c),
            (None, '=') => value = Some(String::new()),
            (None, c) => name.push(c),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMED: (&str, &str) = ("gate", "s3cret");

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_775_002_530 + seconds).unwrap()
    }

    /// As a camera answers the challenge of that algorithm.
    fn answer(response: &Response, algorithm: &str, password: &str, count: u32) -> HeaderMap {
        let all = response.headers().get_all(header::WWW_AUTHENTICATE);
        let challenge = all
            .iter()
            .map(|it| it.to_str().unwrap())
            .find(|it| it.contains(&format!("algorithm={algorithm},")));
        let received = parameters(digest_of(challenge.unwrap()).unwrap());
        let nonce = &received.iter().find(|(name, _)| name == "nonce").unwrap().1;
        let hash = HASHES.iter().find(|(name, _)| *name == algorithm).unwrap().1;
        let secret = hash(format!("gate:bowei:{password}").as_bytes());
        let asked = hash(b"POST:/v1/devices/in-1");
        let right = hash(format!("{secret}:{nonce}:{count:08x}:0a4f:auth:{asked}").as_bytes());
        let text = format!(
            "Digest username=\"gate\", realm=\"bowei\", nonce=\"{nonce}\", uri=\"/v1/devices/in-1\", \
             algorithm={algorithm}, qop=auth, nc={count:08x}, cnonce=\"0a4f\", response=\"{right}\""
        );
        HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_str(&text).unwrap())])
    }

    fn check(digest: &Digest, headers: &HeaderMap, seconds: i64) -> Login {
        digest.check("POST", "/v1/devices/in-1", headers, NAMED, at(seconds))
    }

    #[test]
    fn an_answer_is_right_once() {
        let digest = Digest::new().unwrap();
        assert_eq!(check(&digest, &HeaderMap::new(), 0), Login::Missing);
        for algorithm in ["SHA-256", "MD5"] {
            let challenge = digest.challenge(Login::Missing, at(0));
            let first = answer(&challenge, algorithm, "s3cret", 1);
            assert_eq!(check(&digest, &first, 1), Login::Right, "{algorithm}");
            assert_eq!(check(&digest, &first, 2), Login::Stale, "the same once more");
            assert_eq!(check(&digest, &answer(&challenge, algorithm, "s3cret", 2), 3), Login::Right);
            assert_eq!(check(&digest, &answer(&challenge, algorithm, "wrong", 3), 4), Login::Wrong);
            assert_eq!(
                check(&digest, &answer(&challenge, algorithm, "s3cret", 3), 121),
                Login::Stale,
                "too late"
            );
            let of_other =
                answer(&Digest::new().unwrap().challenge(Login::Missing, at(0)), algorithm, "s3cret", 1);
            assert_eq!(check(&digest, &of_other, 1), Login::Stale, "of before a restart");
            let elsewhere = answer(&digest.challenge(Login::Stale, at(5)), algorithm, "s3cret", 1);
            assert_eq!(digest.check("POST", "/v1/devices/in-2", &elsewhere, NAMED, at(6)), Login::Wrong);
            assert_eq!(digest.check("GET", "/v1/devices/in-1", &elsewhere, NAMED, at(6)), Login::Wrong);
        }
    }

    /// RFC 7616, 3.9.1, as far as the two share a reading of the header.
    #[test]
    fn a_header_is_read_with_its_quotes() {
        let received = "username=\"Mufasa\", realm=\"a, b\\\"c\", uri=\"/dir/index.html?x=1,2\", qop=auth,nc=00000001 , response=8ca5";
        let all = parameters(received);
        let of = |name: &str| all.iter().find(|(key, _)| key == name).unwrap().1.clone();
        assert_eq!((of("username"), of("realm")), ("Mufasa".to_owned(), "a, b\"c".to_owned()));
        assert_eq!(
            (of("uri"), of("nc"), of("response")),
            ("/dir/index.html?x=1,2".into(), "00000001".into(), "8ca5".into())
        );
        for odd in [
            "",
            "Digest",
            "Digest ",
            "Digest \"",
            "Digest a=\"\\",
            "Basic Z2F0ZTpzM2NyZXQ=",
            "Digest =,,=,\"=",
        ] {
            let headers =
                HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_str(odd).unwrap())]);
            assert_ne!(check(&Digest::new().unwrap(), &headers, 0), Login::Right, "{odd}");
        }
        assert_eq!(path_of("http://gate.example:7100/v1/devices/in-1"), "/v1/devices/in-1");
    }

    #[test]
    fn used_nonces_have_a_bound() {
        let digest = Digest::new().unwrap();
        for number in 0..NONCES_MAX as u64 + 10 {
            assert!(digest.is_first_use(&format!("{number:x}"), 1));
        }
        assert_eq!(digest.used.lock().unwrap().len(), NONCES_MAX);
        assert!(!digest.is_first_use(&format!("{:x}", NONCES_MAX), 1));
    }
}
