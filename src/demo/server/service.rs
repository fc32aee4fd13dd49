//! What the server answers itself: discovery, ping, roster, copies, proxies (XEP-0030, 0065, 0199, 0280).

use jid::{BareJid, FullJid, Jid};
use minidom::Element;

use super::{Activation, Condition, Output, Place, Router};
use crate::xep::bytestreams::{Activate, destination_address};
use crate::xep::ns;
use crate::xep::stanza::{Iq, IqKind, StanzaError, element, set};

/// What is said of what nobody here does.
const UNAVAILABLE: Condition = "service-unavailable";

/// What an answer consists of.
type Answer = Result<Option<Element>, Condition>;

impl Router {
    /// Answers a request to an account, a domain or a proxy. Answers to the server's own requests are of no interest.
    pub(super) fn answer(&mut self, from: &FullJid, to: Option<Jid>, place: &Place, iq: Iq) {
        let answer = match (iq.kind, place) {
            (IqKind::Result(_) | IqKind::Error(_), _) => return,
            (IqKind::Get(payload), place) => self.get(from, place, &payload),
            (IqKind::Set(payload), Place::Proxy(proxy)) if payload.is("query", ns::BYTESTREAMS) => {
                match self.activate(from, proxy, &iq.id, &payload) {
                    Ok(()) => return,
                    Err(condition) => Err(condition),
                }
            }
            (IqKind::Set(payload), place) => self.set(from, place, &payload),
        };
        let kind = match answer {
            Ok(payload) => IqKind::Result(payload),
            Err(condition) => IqKind::Error(StanzaError::new(condition)),
        };
        self.deliver(from, Iq { from: to, to: None, id: iq.id, kind }.write());
    }

    fn get(&mut self, from: &FullJid, place: &Place, payload: &Element) -> Answer {
        let is_own = matches!(place, Place::Account(account) if *account == from.to_bare());
        match (payload.ns().as_str(), place) {
            (ns::PING, _) => Ok(None),
            (ns::ROSTER, _) if is_own => Ok(Some(self.roster_of(from))),
            (ns::DISCO_INFO, Place::Account(account)) => {
                let may_know = is_own || self.item(account, &from.to_bare()).is_some_and(|item| item.seen);
                if may_know { Ok(Some(info("account", "registered", &[]))) } else { Err(UNAVAILABLE) }
            }
            (ns::DISCO_INFO, Place::Domain(_)) => {
                Ok(Some(info("server", "im", &[ns::PING, ns::CARBONS, ns::DISCO_ITEMS])))
            }
            (ns::DISCO_INFO, Place::Proxy(_)) => Ok(Some(info("proxy", "bytestreams", &[ns::BYTESTREAMS]))),
            (ns::DISCO_ITEMS, Place::Domain(domain)) => Ok(Some(self.items(domain))),
            (ns::DISCO_ITEMS, Place::Account(_) | Place::Proxy(_)) => Ok(Some(element("query", ns::DISCO_ITEMS))),
            (ns::BYTESTREAMS, Place::Proxy(proxy)) => self.proxy_address(proxy),
            _ => Err(UNAVAILABLE),
        }
    }

    fn set(&mut self, from: &FullJid, place: &Place, payload: &Element) -> Answer {
        if !matches!(place, Place::Account(account) if *account == from.to_bare()) {
            return Err(UNAVAILABLE);
        }
        match (payload.name(), payload.ns().as_str()) {
            ("query", ns::ROSTER) => self.change_roster(from, payload).map(|()| None),
            ("enable" | "disable", ns::CARBONS) => {
                if let Some(session) = self.sessions.get_mut(from) {
                    session.carbons = payload.name() == "enable";
                }
                Ok(None)
            }
            _ => Err(UNAVAILABLE),
        }
    }

    /// The proxies that a domain announces.
    fn items(&self, domain: &str) -> Element {
        let mut query = element("query", ns::DISCO_ITEMS);
        let announces =
            |proxy: &&BareJid| proxy.domain().as_str().split_once('.').is_some_and(|(_, parent)| parent == domain);
        for proxy in self.proxies.keys().filter(announces) {
            let mut item = element("item", ns::DISCO_ITEMS);
            set(&mut item, "jid", proxy.as_str());
            query.append_child(item);
        }
        query
    }

    fn proxy_address(&self, proxy: &BareJid) -> Answer {
        let address = self.proxies.get(proxy).ok_or(UNAVAILABLE)?;
        let mut streamhost = element("streamhost", ns::BYTESTREAMS);
        set(&mut streamhost, "jid", proxy.as_str());
        set(&mut streamhost, "host", &address.ip().to_string());
        set(&mut streamhost, "port", &address.port().to_string());
        let mut query = element("query", ns::BYTESTREAMS);
        query.append_child(streamhost);
        Ok(Some(query))
    }

    fn activate(&mut self, from: &FullJid, proxy: &BareJid, id: &str, query: &Element) -> Result<(), Condition> {
        let asked = Activate::read(query).map_err(|_| "bad-request")?;
        let requester = Jid::from(from.clone());
        self.outbox.push_back(Output::Activate(Activation {
            proxy: proxy.clone(),
            destination: destination_address(&asked.sid, &requester, &asked.target),
            requester: from.clone(),
            id: id.to_owned(),
        }));
        Ok(())
    }
}

/// A `disco#info` answer.
fn info(category: &str, kind: &str, features: &[&str]) -> Element {
    let mut query = element("query", ns::DISCO_INFO);
    let mut identity = element("identity", ns::DISCO_INFO);
    set(&mut identity, "category", category);
    set(&mut identity, "type", kind);
    query.append_child(identity);
    for var in features.iter().chain([&ns::DISCO_INFO]) {
        let mut feature = element("feature", ns::DISCO_INFO);
        set(&mut feature, "var", var);
        query.append_child(feature);
    }
    query
}
