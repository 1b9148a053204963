use serde::{Deserialize, Serialize};

/// `[limits]`: bounds on what is taken in at once. Each is there so that too much is refused at once and in words,
/// rather than taken and then died of.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsConfig {
    /// Connections open at once; a further one takes the place of the one unused for
    /// longest, of the address that has most. Each costs about 20 KB. Default 4,096.
    pub connections_max: usize,
    /// Of these, of one address; a further one takes the place of the one unused for longest. Proxies that
    /// `server.trusted_proxies` names have no bound. Default 1,024, a quarter.
    pub connections_per_address: usize,
    /// Time for a request's header to arrive, and for an idle connection to say something. Default 30 s: longer
    /// than the shortest heartbeat interval, so that heartbeats keep a connection warm.
    pub header_timeout_s: u64,
    /// Time for a request's body to arrive, from its first byte to its last. Default 30 s: a photo of 4 MB at the
    /// 150 KB/s of a lot's poor line.
    pub body_timeout_s: u64,
    /// Time from a whole request to its answer; then 503. Default 10 s.
    pub answer_timeout_s: u64,
    /// Bytes of request bodies in memory at once; beyond it 503. Default 256 MiB: sixty full photo uploads.
    pub bodies_max_bytes: usize,
    /// RSA blocks of records waiting or at work at once; beyond it 503. Default 16,384: about two seconds of work
    /// for two cores.
    pub record_blocks_max: usize,
    /// The same for photos, which are some thousand blocks each. Default 65,536.
    pub photo_blocks_max: usize,
    /// Requests a second of one account, on average; beyond it and its burst 429. Default 2,000: a city's largest
    /// operator draining a day's backlog.
    pub account_requests_per_second: u32,
    /// How many requests an account may send at once on top. Default 4,000.
    pub account_burst: u32,
    /// Work a second of one account, on average, in RSA blocks: those of its messages, and one for every 16 KiB of its
    /// bodies. Beyond it and sixteen seconds' worth on top 429. Messages that do not open count eight times. Default
    /// 16,384: what four cores can open.
    pub account_blocks_per_second: u32,
    /// What an account may say in a day, in parts of what follows from the size of its lots: 2 is twice as much, 0 without
    /// end. Default 1. See `intake/quota.rs`.
    pub daily_quota_factor: u32,
    /// Requests a second of one address to the public API, on average; beyond it and its burst 429. Proxies that
    /// `server.trusted_proxies` names have no bound. Default 20.
    pub public_requests_per_second: u32,
    /// How many an address may send at once on top. Default 200: an office's pages behind one address.
    pub public_burst: u32,
    /// The public's streams of server-sent events open at once. Default 1,024.
    pub streams_max: usize,
    /// Streams of holders of tokens open at once, apart from the public's. Default 256.
    pub token_streams_max: usize,
    /// Streams of one address, of either kind. Default 128: an office behind one address.
    pub streams_per_address: usize,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            connections_max: 4_096,
            connections_per_address: 1_024,
            header_timeout_s: 30,
            body_timeout_s: 30,
            answer_timeout_s: 10,
            bodies_max_bytes: 256 * 1024 * 1024,
            record_blocks_max: 16_384,
            photo_blocks_max: 65_536,
            account_requests_per_second: 2_000,
            account_burst: 4_000,
            account_blocks_per_second: 16_384,
            daily_quota_factor: 1,
            public_requests_per_second: 20,
            public_burst: 200,
            streams_max: 1_024,
            token_streams_max: 256,
            streams_per_address: 128,
        }
    }
}
