//! The proxies that we can offer (XEP-0065 §4): configured ones, those that disco finds at our own server, and those of
//! the server of whom we offer a file to.
//!
//! The first two are looked for once a session, ahead of the first need. The peer's server is asked when the user begins
//! to say what is to be sent to them, or when they come back to something that was interrupted; at the latest when a file
//! is offered, while the peer's user decides. Who only chats leaves other servers alone.
//!
//! What is found is tried by a connection at once ([`Probes`]): a proxy that is configured and not running, or not
//! reachable from here, would cost every slow peer seconds.

use std::collections::BTreeMap;
use std::time::Duration;

use jid::{DomainPart, Jid};
use minidom::Element;

use super::probes::Probes;
use super::streamhosts::{OTHERS_PROXIES_LISTED, OUR_PROXIES_LISTED, title};
use crate::engine::command::Via;
use crate::engine::context::Context;
use crate::engine::feature::Response;
use crate::engine::iq::IqToken;
use crate::engine::reach::ProxyFinding;
use crate::engine::{NamedBy, Session};
use crate::xep::bytestreams::{self, StreamHost};
use crate::xep::disco;

/// A server's own components answer at once; one that does not is no proxy to rely on.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many of a server's components are asked what they are.
const MOST_ASKED: usize = 32;

/// How many addresses of one proxy are taken: one for each family.
const MOST_ADDRESSES: usize = 2;

/// How many other servers are asked in one session; who offers files to people at more has proxies of their own.
const MOST_DOMAINS: usize = 16;

/// The search for proxies and what it found.
#[derive(Debug, Default)]
pub(super) struct Proxies {
    asking: BTreeMap<IqToken, Question>,
    domains: Vec<DomainPart>,
    found: BTreeMap<Rank, Vec<StreamHost>>,
    pub(super) probes: Probes,
}

/// Configured ones first, in their order; then our server's, in its order; then those of others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Configured(usize),
    OfServer(usize),
    OfOther(DomainPart, usize),
}

#[derive(Debug)]
enum Question {
    /// A server: what is below you? Ours, or that one.
    Items(Option<DomainPart>),
    /// A component: what are you?
    Info(Rank, Jid),
    /// A proxy: where are you?
    Address(Rank),
}

impl Rank {
    fn named_by(&self, cx: &Context) -> NamedBy {
        match self {
            Rank::Configured(_) | Rank::OfServer(_) => NamedBy::Us,
            Rank::OfOther(..) => others(cx),
        }
    }
}

fn others(cx: &Context) -> NamedBy {
    NamedBy::Others { local: cx.local().map(|address| address.ip()) }
}

impl Question {
    fn is_about_others(&self) -> bool {
        match self {
            Question::Items(domain) => domain.is_some(),
            Question::Info(rank, _) | Question::Address(rank) => matches!(rank, Rank::OfOther(..)),
        }
    }
}

impl Proxies {
    /// A new session begins the search anew; one that goes on from another network tries anew what was found.
    pub(super) fn session(&mut self, session: &Session, dialled: &mut u64, cx: &mut Context) {
        match session {
            Session::Online { resumed: false, .. } => {
                self.probes.close(cx);
                *self = Proxies::default();
                if cx.settings().methods.contains(&Via::Socks5Proxy) {
                    self.search(cx);
                }
            }
            Session::Online { resumed: true, .. } => {
                for (rank, places) in &self.found {
                    self.probes.begin(places.clone(), rank.named_by(cx), dialled, cx);
                }
            }
            Session::Stopped { .. } => self.probes.close(cx),
            Session::Connecting | Session::Offline { .. } => {}
        }
    }

    fn search(&mut self, cx: &mut Context) {
        for (index, proxy) in cx.settings().proxies.clone().into_iter().enumerate() {
            self.ask_address(Rank::Configured(index), proxy, cx);
        }
        let server = Jid::from_parts(None, cx.settings().account.domain(), None);
        let token = cx.get(Some(server), disco::items_query(None), PATIENCE);
        self.asking.insert(token, Question::Items(None));
    }

    /// A file is offered to somebody, or soon will be: the proxies of their server may be needed.
    pub(super) fn foresee(&mut self, peer: &Jid, cx: &mut Context) {
        let domain = peer.domain();
        let is_ours = domain == cx.settings().account.domain();
        let is_wanted = cx.settings().methods.contains(&Via::Socks5Proxy) && self.domains.len() < MOST_DOMAINS;
        if is_ours || !is_wanted || self.domains.iter().any(|asked| **asked == *domain) {
            return;
        }
        self.domains.push(domain.to_owned());
        let token = cx.get(Some(Jid::from_parts(None, domain, None)), disco::items_query(None), PATIENCE);
        self.asking.insert(token, Question::Items(Some(domain.to_owned())));
    }

    fn ask_address(&mut self, rank: Rank, proxy: Jid, cx: &mut Context) {
        let token = cx.get(Some(proxy), bytestreams::address_request(), PATIENCE);
        self.asking.insert(token, Question::Address(rank));
    }

    /// Whether the search asked that.
    pub(super) fn asked(&self, token: IqToken) -> bool {
        self.asking.contains_key(&token)
    }

    /// Whether nothing more will be found that is worth an offer's waiting.
    pub(super) fn are_known(&self) -> bool {
        self.asking.values().all(Question::is_about_others)
    }

    /// Where the proxies are that can be used towards that peer, the preferred first; those that could not be connected
    /// to are left out.
    pub(super) fn streamhosts(&self, peer: &Jid) -> Vec<StreamHost> {
        let is_theirs = |rank: &Rank| matches!(rank, Rank::OfOther(domain, _) if **domain == *peer.domain());
        let ours = self.alive(|rank| !matches!(rank, Rank::OfOther(..)));
        let mut hosts: Vec<StreamHost> = ours.take(OUR_PROXIES_LISTED).cloned().collect();
        for theirs in self.alive(is_theirs).take(OTHERS_PROXIES_LISTED) {
            if !hosts.contains(theirs) {
                hosts.push(theirs.clone());
            }
        }
        hosts
    }

    fn alive(&self, wanted: impl Fn(&Rank) -> bool) -> impl Iterator<Item = &StreamHost> {
        let found = self.found.iter().filter(move |(rank, _)| wanted(rank)).flat_map(|(_, hosts)| hosts);
        found.filter(|host| self.probes.why_dead(host).is_none())
    }

    /// Who names a proxy that was found.
    pub(super) fn named_by(&self, host: &StreamHost, cx: &Context) -> NamedBy {
        let rank = self.found.iter().find(|(_, hosts)| hosts.contains(host)).map(|(rank, _)| rank);
        rank.map_or_else(|| others(cx), |rank| rank.named_by(cx))
    }

    /// The preferred one of our own that cannot be connected to, and why.
    pub(super) fn first_dead(&self) -> Option<(&StreamHost, &str)> {
        let ours = self.found.iter().filter(|(rank, _)| !matches!(rank, Rank::OfOther(..)));
        ours.flat_map(|(_, hosts)| hosts).find_map(|host| Some((host, self.probes.why_dead(host)?)))
    }

    /// What is known, for the user.
    pub(super) fn findings(&self) -> Vec<ProxyFinding> {
        let finding = |host: &StreamHost| ProxyFinding {
            jid: host.jid.clone(),
            place: title(host),
            state: self.probes.state(host),
        };
        self.found.values().flatten().map(finding).collect()
    }

    /// An answer, or none.
    pub(super) fn response(&mut self, token: IqToken, response: Response, dialled: &mut u64, cx: &mut Context) {
        let Some(question) = self.asking.remove(&token) else { return };
        let Response::Result(Some(answer)) = response else { return };
        match question {
            Question::Items(domain) => self.ask_components(domain.as_ref(), &answer, cx),
            Question::Info(rank, component) => {
                let is_proxy =
                    |identity: &disco::Identity| identity.category == "proxy" && identity.kind == "bytestreams";
                if disco::Info::read(&answer).identities.iter().any(is_proxy) {
                    self.ask_address(rank, component, cx);
                }
            }
            Question::Address(rank) => {
                let mut places = bytestreams::read_addresses(&answer);
                places.truncate(MOST_ADDRESSES);
                self.probes.begin(places.clone(), rank.named_by(cx), dialled, cx);
                self.found.insert(rank, places);
            }
        }
    }

    fn ask_components(&mut self, domain: Option<&DomainPart>, answer: &Element, cx: &mut Context) {
        let items = disco::read_items(answer).into_iter().filter_map(|item| Jid::new(&item.jid).ok());
        for (index, component) in items.take(MOST_ASKED).enumerate() {
            let rank = match domain {
                None => Rank::OfServer(index),
                Some(domain) => Rank::OfOther(domain.clone(), index),
            };
            let token = cx.get(Some(component.clone()), disco::info_query(None), PATIENCE);
            self.asking.insert(token, Question::Info(rank, component));
        }
    }
}
