//! A past that is made up: messages that would have been received at the clock's moment, taken in without a socket.
//!
//! What a real message goes through, these go through from where they are opened on: the standard's reading, the model's
//! rules, the store, and what follows a commit. Who speaks is known, so that nothing is authenticated; and of standards
//! whose messages take private-key operations to open, what is read is what the text's own rules write
//! ([`bowei_standards::PlatformSide::read_back`]).

use super::{Authentic, Intake, NotAccepted};
use aws_lc_rs::digest::{SHA256, digest};
use bowei_model::Report;
use bowei_standards::Standard;
use bowei_standards::lot_side::Outgoing;
use bowei_standards::platform_side::Opened;
use bytes::Bytes;
use http::Request;
use std::sync::Arc;

/// A message that would have been sent.
pub struct PastMessage<'a> {
    /// Its standard.
    pub standard: &'static dyn Standard,
    /// The account that speaks, by its name in that standard's messages.
    pub account: &'a str,
    /// What is said.
    pub outgoing: Outgoing<'a>,
    /// Seals it: asked where the standard does not read it back without, and saying why not in words.
    pub sealed: &'a (dyn Fn() -> Result<Request<Bytes>, String> + Sync),
    /// Whether its pictures are kept. Otherwise the record is, as one whose picture has been deleted since.
    pub with_pictures: bool,
}

impl Intake {
    /// Takes a message in as of the clock's moment. Why it is not kept, in words.
    pub(crate) async fn receive_past(&self, message: PastMessage<'_>) -> Result<(), String> {
        self.past(message).await.map_err(|not| match not {
            NotAccepted::Refused(refusal) => refusal.fault.message(),
            NotAccepted::TooMany { .. } => "more than the account's share".to_owned(),
            NotAccepted::OverQuota(used_up) => used_up.words,
            NotAccepted::Unavailable(why) => why,
        })
    }

    async fn past(&self, message: PastMessage<'_>) -> Result<(), NotAccepted> {
        let PastMessage { standard, account, outgoing, sealed, with_pictures } = message;
        let now = self.clock.now();
        let unknown = || NotAccepted::Unavailable(format!("nobody is called {account}"));
        let account = self.registry.snapshot().account(standard.card().name, account).ok_or_else(unknown)?;
        let lots = self.registry.book(&account.provider, standard);
        let (mut opened, digested) = match standard.read_back(outgoing, &lots) {
            Some(read) => {
                // It has no form on the wire: it is told from others by what it says.
                let text = format!("{} {:?}", account.name, outgoing.report);
                let delivery = read.map_err(NotAccepted::Unavailable)?;
                (Opened::Delivery(delivery), digest(&SHA256, text.as_bytes()))
            }
            None => {
                let request = sealed().map_err(NotAccepted::Unavailable)?;
                let digested = digest(&SHA256, request.body());
                (standard.read(request)?.open(&account, &lots, now)?, digested)
            }
        };
        if let Opened::Delivery(delivery) = &mut opened
            && !with_pictures
        {
            delivery.pictures.clear();
            delivery
                .reports
                .retain(|reported| !matches!(reported.report, Report::Photo(_) | Report::NamedPhoto(_)));
        }
        let mut message_sha256 = [0u8; 32];
        message_sha256.copy_from_slice(digested.as_ref());
        let authentic = Authentic { account: Arc::clone(&account), token: None, opened, message_sha256 };
        self.act(standard, authentic, now).await.map(drop)
    }
}
