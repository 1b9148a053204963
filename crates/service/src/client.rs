//! Who a request is counted for: its peer's address, or, behind a proxy that the configuration trusts, the address
//! that the proxy says.

use http::{HeaderMap, HeaderValue};
use ipnet::{IpNet, Ipv6Net};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// What proxies write the addresses of those before them into, the nearest last.
const FORWARDED_FOR: &str = "x-forwarded-for";
/// What they write the scheme into that the browser spoke.
const FORWARDED_PROTO: &str = "x-forwarded-proto";
/// One household or office has so much of IPv6 for itself.
const HOST_PREFIX_V6: u8 = 64;

/// Who a connection or a request is counted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client {
    /// The address; of IPv6 its network of 64 bits, all of which is one host's.
    pub address: IpAddr,
    /// Whether it is a trusted proxy's own: bounds for one address do not hold for it.
    pub is_proxy: bool,
}

impl Default for Client {
    /// Where there is no connection, as in tests of a router alone.
    fn default() -> Self {
        Self { address: Ipv4Addr::UNSPECIFIED.into(), is_proxy: true }
    }
}

/// The networks of the proxies in front, whose word on who is behind them is believed.
#[derive(Clone, Debug)]
pub struct TrustedProxies(Vec<IpNet>);

impl Default for TrustedProxies {
    /// This machine alone: a proxy on it needs no setting.
    fn default() -> Self {
        let loopback =
            [IpNet::new(Ipv4Addr::LOCALHOST.into(), 8), IpNet::new(Ipv6Addr::LOCALHOST.into(), 128)];
        Self(loopback.into_iter().flatten().collect())
    }
}

impl TrustedProxies {
    /// These networks, and this machine.
    pub fn new(networks: impl IntoIterator<Item = IpNet>) -> Self {
        let Self(mut all) = Self::default();
        all.extend(networks);
        Self(all)
    }

    /// Who a connection is counted for.
    pub fn peer(&self, peer: IpAddr) -> Client {
        let peer = peer.to_canonical();
        Client { address: host(peer), is_proxy: self.trusts(peer) }
    }

    /// Who a request from `peer` is counted for. `X-Forwarded-For` is read from its end, as far as the proxies in it
    /// are trusted: what stands before them may be anybody's invention.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> Client {
        let mut client = self.peer(peer);
        let forwarded = headers.get_all(FORWARDED_FOR).iter().rev();
        let mut forwarded =
            forwarded.filter_map(|value| value.to_str().ok()).flat_map(|value| value.rsplit(','));
        while client.is_proxy {
            let Some(before) = forwarded.next().and_then(address) else { break };
            client = self.peer(before);
        }
        client
    }

    /// Has `X-Forwarded-Proto` say the scheme of the connection itself, where no trusted proxy has said what the browser
    /// spoke with it.
    pub(crate) fn say_scheme(&self, peer: IpAddr, is_tls: bool, headers: &mut HeaderMap) {
        if !self.trusts(peer.to_canonical()) || !headers.contains_key(FORWARDED_PROTO) {
            let scheme = HeaderValue::from_static(if is_tls { "https" } else { "http" });
            headers.insert(FORWARDED_PROTO, scheme);
        }
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

fn host(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => Ipv6Net::new(v6, HOST_PREFIX_V6).map_or(address, |net| net.network().into()),
    }
}

/// An address as proxies write it, some with a port.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, forwarded: &[&str]) -> Client {
        let proxies = TrustedProxies::new(["10.0.0.0/8".parse().unwrap()]);
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(FORWARDED_FOR, value.parse().unwrap());
        }
        proxies.client(peer.parse().unwrap(), &headers)
    }

    #[test]
    fn only_a_trusted_proxy_says_who_is_behind_it() {
        let outside = |address: &str| Client { address: address.parse().unwrap(), is_proxy: false };
        assert_eq!(client("192.0.2.1", &["198.51.100.7"]), outside("192.0.2.1"));
        assert_eq!(client("10.1.1.1", &["198.51.100.7"]), outside("198.51.100.7"));
        assert_eq!(client("127.0.0.1", &["1.1.1.1, 198.51.100.7, 10.9.9.9"]), outside("198.51.100.7"));
        assert_eq!(client("10.1.1.1", &["1.1.1.1", "198.51.100.7:4711"]), outside("198.51.100.7"));
        assert_eq!(client("::ffff:10.1.1.1", &["[2001:db8::7]:4711"]), outside("2001:db8::"));
    }

    #[test]
    fn a_proxy_that_says_nothing_is_counted_without_a_bound_of_its_own() {
        for forwarded in [&[][..], &["unknown"], &["10.2.2.2"]] {
            assert!(client("10.1.1.1", forwarded).is_proxy, "{forwarded:?}");
        }
    }

    #[test]
    fn a_request_s_scheme_is_its_connection_s_or_what_a_trusted_proxy_says() {
        let scheme = |peer: &str, is_tls, forwarded: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            if let Some(forwarded) = forwarded {
                headers.insert(FORWARDED_PROTO, HeaderValue::from_static(forwarded));
            }
            TrustedProxies::default().say_scheme(peer.parse().unwrap(), is_tls, &mut headers);
            headers.get_all(FORWARDED_PROTO).iter().map(|value| value.to_str().unwrap().to_owned()).collect()
        };
        let all: [(Vec<String>, &str); 5] = [
            (scheme("127.0.0.1", false, None), "http"),
            (scheme("192.0.2.1", true, None), "https"),
            (scheme("::ffff:127.0.0.1", false, Some("https")), "https"),
            (scheme("192.0.2.1", false, Some("https")), "http"),
            (scheme("192.0.2.1", true, Some("http")), "https"),
        ];
        for (forwarded, expected) in all {
            assert_eq!(forwarded, [expected]);
        }
    }

    #[test]
    fn one_host_has_one_network_of_ipv6() {
        let one = client("2001:db8:0:1::1", &[]);
        assert_eq!(one, client("2001:db8:0:1:ffff::2", &[]));
        assert_ne!(one, client("2001:db8:0:2::1", &[]));
    }
}
