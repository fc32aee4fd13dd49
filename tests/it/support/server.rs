//! The server of the simulated world, as far as transfers need one, and its proxy (XEP-0065 §6).

use std::collections::BTreeMap;

use balcony::xep::bytestreams::{Activate, StreamHost, destination_address, write_addresses};
use balcony::xep::ns;
use balcony::xep::stanza::{Iq, IqKind, Stanza, StanzaError, element, set};
use jid::{FullJid, Jid};
use minidom::Element;

use super::network::{End, Reach, Rewrite};

/// A proxy65.
pub(crate) struct Proxy {
    pub(crate) jid: Jid,
    pub(crate) host: &'static str,
    pub(crate) port: u16,
    /// What connections to it meet.
    pub(crate) reach: Reach,
    /// How it answers a CONNECT for that address.
    pub(crate) reply: fn(&[u8]) -> Vec<u8>,
    /// Whether it joins two connections when asked to.
    pub(crate) activates: bool,
    /// What becomes of the bytes that it writes by itself.
    pub(crate) writes: Option<Rewrite>,
    guests: BTreeMap<End, Guest>,
}

#[derive(Default)]
struct Guest {
    talked: Vec<u8>,
    is_greeted: bool,
    address: Option<String>,
    partner: Option<End>,
    held: Vec<u8>,
}

impl Proxy {
    /// One that does everything right.
    pub(crate) fn new() -> Self {
        Proxy {
            jid: Jid::new("proxy.verona.lit").unwrap(),
            host: "198.51.100.7",
            port: 7777,
            reach: Reach::Open,
            reply: |address| [&[5, 0, 0, 3, 40], address, &[0, 0]].concat(),
            activates: true,
            writes: None,
            guests: BTreeMap::new(),
        }
    }

    /// Takes what somebody says; returns what to say to them, piece by piece.
    pub(super) fn take(&mut self, end: End, bytes: &[u8]) -> Vec<Vec<u8>> {
        let said = self.talk(end, bytes);
        match self.writes {
            Some(change) => said.into_iter().flat_map(change).collect(),
            None => said.into_iter().collect(),
        }
    }

    fn talk(&mut self, end: End, bytes: &[u8]) -> Option<Vec<u8>> {
        let guest = self.guests.entry(end).or_default();
        if guest.address.is_some() {
            guest.held.extend(bytes);
            return None;
        }
        guest.talked.extend(bytes);
        if !guest.is_greeted && guest.talked.starts_with(&[5, 1, 0]) {
            guest.talked.drain(..3);
            guest.is_greeted = true;
            return Some(vec![5, 0]);
        }
        if guest.is_greeted && guest.talked.len() == 47 {
            let address = guest.talked[5..45].to_vec();
            guest.address = Some(String::from_utf8(address.clone()).unwrap());
            return Some((self.reply)(&address));
        }
        None
    }

    /// Somebody is gone; who is joined stays so.
    pub(super) fn leaves(&mut self, end: End) {
        if self.partner(end).is_none() {
            self.guests.remove(&end);
        }
    }

    /// With whom somebody is joined.
    pub(super) fn partner(&self, end: End) -> Option<End> {
        self.guests.get(&end)?.partner
    }

    /// What joined connections have said to each other.
    pub(super) fn forward(&mut self) -> Vec<(End, Vec<u8>)> {
        let said = |guest: &mut Guest| guest.partner.map(|partner| (partner, std::mem::take(&mut guest.held)));
        self.guests.values_mut().filter_map(said).filter(|(_, bytes)| !bytes.is_empty()).collect()
    }

    fn activate(&mut self, requester: &FullJid, activate: &Activate) -> IqKind {
        let address = destination_address(&activate.sid, &requester.clone().into(), &activate.target);
        let ends: Vec<End> = self
            .guests
            .iter()
            .filter(|(_, guest)| guest.address.as_ref() == Some(&address))
            .map(|(end, _)| *end)
            .collect();
        let [one, other] = ends[..] else { return IqKind::Error(StanzaError::new("not-allowed")) };
        if !self.activates {
            return IqKind::Error(StanzaError::new("internal-server-error"));
        }
        self.guests.get_mut(&one).unwrap().partner = Some(other);
        self.guests.get_mut(&other).unwrap().partner = Some(one);
        IqKind::Result(None)
    }
}

/// Somebody is there, or not.
pub(super) fn presence(from: &FullJid, kind: Option<&'static str>) -> Element {
    let mut presence = element("presence", ns::CLIENT);
    set(&mut presence, "from", from.as_str());
    if let Some(kind) = kind {
        set(&mut presence, "type", kind);
    }
    presence
}

/// The server says who sent a stanza.
pub(super) fn stamp(stanza: &mut Element, from: &FullJid) {
    set(stanza, "from", from.as_str());
}

/// What the server, or nobody, answers to a stanza that is for no engine.
pub(super) fn answer(stanza: &Element, from: &FullJid, proxy: Option<&mut Proxy>) -> Vec<Element> {
    let Ok(Stanza::Iq(iq)) = Stanza::read(stanza) else { return Vec::new() };
    let (IqKind::Get(payload) | IqKind::Set(payload)) = iq.kind else { return Vec::new() };
    let is_proxys = proxy.as_ref().is_some_and(|proxy| iq.to.as_ref() == Some(&proxy.jid));
    let kind = match proxy {
        Some(proxy) if is_proxys => answer_of_proxy(&payload, from, proxy),
        proxy => answer_of_server(&payload, proxy.as_deref()),
    };
    vec![Iq { from: iq.to, to: Some(from.clone().into()), id: iq.id, kind }.write()]
}

fn answer_of_server(payload: &Element, proxy: Option<&Proxy>) -> IqKind {
    if payload.is("query", ns::DISCO_ITEMS) {
        let mut items = element("query", ns::DISCO_ITEMS);
        if let Some(proxy) = proxy {
            let mut item = element("item", ns::DISCO_ITEMS);
            set(&mut item, "jid", proxy.jid.as_str());
            items.append_child(item);
        }
        return IqKind::Result(Some(items));
    }
    if payload.is("query", ns::ROSTER) {
        return IqKind::Result(Some(element("query", ns::ROSTER)));
    }
    IqKind::Error(StanzaError::new("service-unavailable"))
}

fn answer_of_proxy(payload: &Element, from: &FullJid, proxy: &mut Proxy) -> IqKind {
    if payload.is("query", ns::DISCO_INFO) {
        let mut info = element("query", ns::DISCO_INFO);
        let mut identity = element("identity", ns::DISCO_INFO);
        set(&mut identity, "category", "proxy");
        set(&mut identity, "type", "bytestreams");
        info.append_child(identity);
        return IqKind::Result(Some(info));
    }
    if let Ok(activate) = Activate::read(payload) {
        return proxy.activate(from, &activate);
    }
    let host = StreamHost { jid: proxy.jid.clone(), host: proxy.host.to_owned(), port: proxy.port };
    IqKind::Result(Some(write_addresses(&[host])))
}
