//! The proxies that we can offer (XEP-0065 §4): configured ones, and those that disco finds at our own server.
//!
//! They are looked for once a session, ahead of the first need; nobody else's server is ever asked.

use std::collections::BTreeMap;
use std::time::Duration;

use jid::Jid;
use minidom::Element;

use super::streamhosts::PROXIES_LISTED;
use crate::engine::Session;
use crate::engine::command::Via;
use crate::engine::context::Context;
use crate::engine::feature::Response;
use crate::engine::iq::IqToken;
use crate::xep::bytestreams::{self, StreamHost};
use crate::xep::disco;

/// A server's own components answer at once; one that does not is no proxy to rely on.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many of the server's components are asked what they are.
const MOST_ASKED: usize = 32;

/// The search for proxies and what it found.
#[derive(Debug, Default)]
pub(super) struct Proxies {
    asking: BTreeMap<IqToken, Question>,
    found: BTreeMap<Rank, Vec<StreamHost>>,
}

/// Configured ones first, in their order; then the server's, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Configured(usize),
    OfServer(usize),
}

#[derive(Debug)]
enum Question {
    /// The server: what is below you?
    Items,
    /// A component: what are you?
    Info(Rank, Jid),
    /// A proxy: where are you?
    Address(Rank),
}

impl Proxies {
    /// A new session begins the search anew.
    pub(super) fn session(&mut self, session: &Session, cx: &mut Context) {
        if !matches!(session, Session::Online { resumed: false, .. }) {
            return;
        }
        *self = Proxies::default();
        if !cx.settings().methods.contains(&Via::Socks5Proxy) {
            return;
        }
        for (index, proxy) in cx.settings().proxies.clone().into_iter().enumerate() {
            self.ask_address(Rank::Configured(index), proxy, cx);
        }
        let server = Jid::from_parts(None, cx.settings().account.domain(), None);
        let token = cx.get(Some(server), disco::items_query(None), PATIENCE);
        self.asking.insert(token, Question::Items);
    }

    fn ask_address(&mut self, rank: Rank, proxy: Jid, cx: &mut Context) {
        let token = cx.get(Some(proxy), bytestreams::address_request(), PATIENCE);
        self.asking.insert(token, Question::Address(rank));
    }

    /// Whether the search asked that.
    pub(super) fn asked(&self, token: IqToken) -> bool {
        self.asking.contains_key(&token)
    }

    /// Whether nothing more will be found.
    pub(super) fn are_known(&self) -> bool {
        self.asking.is_empty()
    }

    /// Where the proxies are, the preferred first.
    pub(super) fn streamhosts(&self) -> Vec<StreamHost> {
        self.found.values().flatten().take(PROXIES_LISTED).cloned().collect()
    }

    /// An answer, or none.
    pub(super) fn response(&mut self, token: IqToken, response: Response, cx: &mut Context) {
        let Some(question) = self.asking.remove(&token) else { return };
        let Response::Result(Some(answer)) = response else { return };
        match question {
            Question::Items => self.ask_components(&answer, cx),
            Question::Info(rank, component) => {
                let is_proxy =
                    |identity: &disco::Identity| identity.category == "proxy" && identity.kind == "bytestreams";
                if disco::Info::read(&answer).identities.iter().any(is_proxy) {
                    self.ask_address(rank, component, cx);
                }
            }
            Question::Address(rank) => {
                self.found.insert(rank, bytestreams::read_addresses(&answer));
            }
        }
    }

    fn ask_components(&mut self, answer: &Element, cx: &mut Context) {
        let items = disco::read_items(answer).into_iter().filter_map(|item| Jid::new(&item.jid).ok());
        for (index, component) in items.take(MOST_ASKED).enumerate() {
            let token = cx.get(Some(component.clone()), disco::info_query(None), PATIENCE);
            self.asking.insert(token, Question::Info(Rank::OfServer(index), component));
        }
    }
}
