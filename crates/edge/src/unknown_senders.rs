//! Who pushes to the gateway and is none of its cameras: a camera that was set up and is not in edge.toml, or has a
//! slip in its path. Shown, so that whoever sets it up sees that it arrives, and what to write into edge.toml.

use bowei_encoding::shown::cut;
use bowei_model::moment::{rfc3339, to_wall};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// The most senders remembered: more than a lot has cameras. Of more, those heard last.
const SENDERS_MAX: usize = 32;
/// The most bytes of a path that are kept.
const PATH_MAX_BYTES: usize = 120;
/// Whoever has been silent for so long is no longer shown.
const SHOWN_FOR: SignedDuration = SignedDuration::from_hours(24);

/// Why a sender is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unknown {
    /// Nothing is at that path, and no camera has that address or device id.
    Path,
    /// No camera has that name.
    Name,
    /// The token is missing or wrong.
    Token,
    /// The login is wrong.
    Login,
}

impl Unknown {
    fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Path => (
                "path",
                "edge.toml 中没有此路径、地址或设备编号的相机",
                "no camera has this path, address or device_id",
            ),
            Self::Name => ("name", "edge.toml 中没有此名称的相机", "no camera has this name"),
            Self::Token => {
                ("token", "地址中的 token 缺失或不正确", "the token in its address is missing or wrong")
            }
            Self::Login => ("login", "登录名或密码不正确", "its login or password is wrong"),
        }
    }
}

/// One request of theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) address: Option<IpAddr>,
    pub(crate) method: String,
    /// Without its query, which may have secrets in it.
    pub(crate) path: String,
    pub(crate) why: Unknown,
    /// The sender's own id, where its message says one.
    pub(crate) device_id: Option<String>,
}

impl Request {
    fn is_alike(&self, other: &Self) -> bool {
        (self.address, &self.path, self.why) == (other.address, &other.path, other.why)
    }
}

/// Leaves those that were heard last.
fn keep_the_latest(senders: &mut Vec<Sender>) {
    senders.sort_by_key(|sender| std::cmp::Reverse(sender.last_at));
    senders.truncate(SENDERS_MAX);
}

/// A sender, with when it was heard.
pub(crate) struct Sender {
    request: Request,
    first_at: Timestamp,
    last_at: Timestamp,
    count: u64,
}

/// Those of late.
#[derive(Default)]
pub struct UnknownSenders(Mutex<Vec<Sender>>);

impl UnknownSenders {
    pub(crate) fn note(&self, mut request: Request, now: Timestamp) {
        request.path = cut(&request.path, PATH_MAX_BYTES).to_owned();
        let mut senders = self.lock();
        if let Some(sender) = senders.iter_mut().find(|sender| sender.request.is_alike(&request)) {
            sender.request.device_id = request.device_id.or(sender.request.device_id.take());
            (sender.last_at, sender.count) = (now, sender.count.saturating_add(1));
            return;
        }
        tracing::warn!(address = ?request.address, path = %request.path, why = request.why.words().2, "an unknown sender");
        senders.push(Sender { request, first_at: now, last_at: now, count: 1 });
        keep_the_latest(&mut senders);
    }

    /// Who sends from there to that path is a camera of edge.toml now. A wrong token or login stays: whose it was is not
    /// known by a right one.
    pub(crate) fn forget(&self, address: Option<IpAddr>, path: &str) {
        self.lock().retain(|Sender { request, .. }| {
            (request.address, request.path.as_str()) != (address, path)
                || matches!(request.why, Unknown::Token | Unknown::Login)
        });
    }

    /// All of them, which are gone here.
    pub(crate) fn take(&self) -> Vec<Sender> {
        std::mem::take(&mut *self.lock())
    }

    /// Adds those that were heard before, and not since.
    pub(crate) fn remember(&self, before: Vec<Sender>) {
        let mut senders = self.lock();
        for sender in before {
            if !senders.iter().any(|since| since.request.is_alike(&sender.request)) {
                senders.push(sender);
            }
        }
        keep_the_latest(&mut senders);
    }

    /// Those of the last day for the status, the latest first.
    pub fn seen(&self, now: Timestamp) -> Vec<Value> {
        self.of_late(now, |Sender { request, first_at, last_at, count }| {
            json!({
                "address": request.address, "method": request.method, "path": request.path,
                "why": request.why.words().0, "device_id": request.device_id, "first_at": rfc3339(*first_at),
                "last_at": rfc3339(*last_at), "count": count,
            })
        })
    }

    /// The same as one warning that names the latest: a code, and the words in Chinese and English.
    pub fn warning(&self, now: Timestamp) -> Option<(&'static str, String, String)> {
        let told = self.of_late(now, |Sender { request, last_at, count, .. }| {
            let (_, zh, en) = request.why.words();
            let address = request.address.map_or_else(|| "?".to_owned(), |address| address.to_string());
            let id = request.device_id.as_deref().map_or_else(String::new, |id| format!(" ({id})"));
            let (method, path) = (&request.method, &request.path);
            let last = to_wall(*last_at).strftime("%m-%d %H:%M");
            (
                format!("设备 {address}{id} 在推送 {method} {path}：{zh}（{count} 次，最近 {last}）"),
                format!("{address}{id} pushes {method} {path}: {en} ({count} times, last at {last})"),
            )
        });
        let (zh, en) = told.first()?;
        let (zh, en) = match told.len() {
            1 => (format!("未登记的{zh}"), format!("an unknown sender: {en}")),
            many => {
                (format!("{many} 个未登记的来源，其中{zh}"), format!("{many} unknown senders; of them {en}"))
            }
        };
        Some(("unknown-sender", zh, en))
    }

    fn of_late<T>(&self, now: Timestamp, told: impl Fn(&Sender) -> T) -> Vec<T> {
        let mut senders = self.lock();
        senders.retain(|sender| now.duration_since(sender.last_at) <= SHOWN_FOR);
        senders.sort_by_key(|sender| std::cmp::Reverse(sender.last_at));
        senders.iter().map(told).collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Sender>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(path: String) -> Request {
        let address = Some(IpAddr::from([192, 0, 2, 7]));
        Request { address, method: "POST".to_owned(), path, why: Unknown::Path, device_id: None }
    }

    #[test]
    fn there_are_so_many_and_the_silent_go() {
        let at = |second: i64| Timestamp::from_second(1_775_002_530 + second).unwrap();
        let senders = UnknownSenders::default();
        for number in 0..100 {
            senders.note(request(format!("/{number}")), at(number));
        }
        senders.note(Request { device_id: Some("D1".to_owned()), ..request("/99".to_owned()) }, at(200));
        let seen = senders.seen(at(200));
        assert_eq!(seen.len(), SENDERS_MAX);
        assert_eq!(
            (&seen[0]["path"], &seen[0]["count"], &seen[0]["device_id"]),
            (&"/99".into(), &2.into(), &"D1".into())
        );
        assert_eq!(seen[31]["path"], "/68");
        senders.note(request("/".repeat(10_000)), at(300));
        assert!(senders.seen(at(300))[0]["path"].as_str().unwrap().len() <= PATH_MAX_BYTES);
        let (_, zh, en) = senders.warning(at(300)).unwrap();
        assert!(zh.starts_with("32 个未登记的来源") && en.contains("192.0.2.7 pushes POST ///"), "{zh} {en}");
        assert!(senders.seen(at(300 + 24 * 3_600 + 1)).is_empty());
    }
}
