//! What a requester lists for its target, and what its user sees of that until the target has chosen.

use std::net::SocketAddr;
use std::time::Duration;

use jid::Jid;

use super::{Common, Listener, streamhosts};
use crate::engine::command::Via;
use crate::engine::transfer::attempt::AttemptId;
use crate::engine::transfer::method::{Line, Scope};
use crate::xep::bytestreams::StreamHost;

/// A list of streamhosts that was sent.
pub(super) struct Listing {
    hosts: Vec<StreamHost>,
    patience: Duration,
    shown: Shown,
}

/// Which attempt the user sees while the target tries what it likes.
#[derive(Clone, Copy)]
enum Shown {
    /// To reach us; a proxy is a second one, if it comes to that.
    Direct(AttemptId),
    /// To meet at a proxy, the only way that was offered.
    Proxy(AttemptId),
    /// None: nothing could be offered, as was told.
    Nothing,
}

/// What the target chose.
pub(super) enum Chosen {
    /// Us.
    Direct(AttemptId),
    /// That proxy; an attempt, if the user has seen one of it.
    Proxy(StreamHost, Option<AttemptId>),
    /// None of ours.
    Stranger,
}

impl Listing {
    /// The ways that are allowed, in the order in which they are; tells what is waited for.
    pub(super) fn make(line: &Line, patience: Duration, scope: &mut Scope) -> Self {
        let hosts: Vec<StreamHost> = line.vias.iter().flat_map(|via| hosts_of(*via, line, scope)).collect();
        let shown = show(&hosts, line, patience, scope);
        Listing { hosts, patience, shown }
    }

    /// What is sent.
    pub(super) fn hosts(&self) -> &[StreamHost] {
        &self.hosts
    }

    /// What the target's choice means. One that is not us ends the attempt to reach us.
    pub(super) fn choose(&self, used: &Jid, line: &Line, scope: &mut Scope) -> Chosen {
        let Some(host) = self.hosts.iter().find(|host| host.jid == *used) else { return Chosen::Stranger };
        match self.shown {
            Shown::Direct(direct) if host.jid == line.me => Chosen::Direct(direct),
            Shown::Direct(direct) => {
                let reason = format!("{} took the proxy", line.peer_name());
                scope.record.fail(direct, reason, scope.cx);
                Chosen::Proxy(host.clone(), None)
            }
            Shown::Proxy(attempt) => Chosen::Proxy(host.clone(), Some(attempt)),
            Shown::Nothing => Chosen::Stranger,
        }
    }

    /// Every way that was offered failed, for one reason.
    pub(super) fn fail(&self, reason: &str, line: &Line, scope: &mut Scope) {
        match self.shown {
            Shown::Direct(direct) => {
                scope.record.fail(direct, reason, scope.cx);
                if let Some(proxy) = find_proxy(&self.hosts, line) {
                    let title = Some(streamhosts::title(proxy));
                    let proxied = scope.record.begin(Via::Socks5Proxy, title, reason, self.patience, scope.cx);
                    scope.record.fail(proxied, reason, scope.cx);
                }
            }
            Shown::Proxy(attempt) => scope.record.fail(attempt, reason, scope.cx),
            Shown::Nothing => {}
        }
    }
}

fn hosts_of(via: Via, line: &Line, scope: &Scope) -> Vec<StreamHost> {
    match via {
        Via::Socks5Direct => own_hosts(&scope.shared.socks5, line, scope),
        Via::Socks5Proxy => scope.shared.socks5.proxies.streamhosts(&line.peer),
        Via::InBand | Via::Http => Vec::new(),
    }
}

fn own_hosts(common: &Common, line: &Line, scope: &Scope) -> Vec<StreamHost> {
    let Listener::Open(listening) = &common.listener else { return Vec::new() };
    let advertised = &scope.cx.settings().advertise;
    let addresses = streamhosts::own_addresses(&listening.addresses, advertised, scope.cx.local());
    let inside = addresses.into_iter().map(|ip| SocketAddr::new(ip, listening.port)).collect();
    let outside = common.surroundings.outside(scope.cx.settings().port);
    let host =
        |place: SocketAddr| StreamHost { jid: line.me.clone(), host: place.ip().to_string(), port: place.port() };
    streamhosts::own_places(inside, outside).into_iter().map(host).collect()
}

/// Where we can be reached ourselves, as it was listed.
fn own_places(hosts: &[StreamHost], line: &Line) -> Vec<String> {
    hosts.iter().filter(|host| host.jid == line.me).map(streamhosts::title).collect()
}

fn find_proxy<'h>(hosts: &'h [StreamHost], line: &Line) -> Option<&'h StreamHost> {
    hosts.iter().find(|host| host.jid != line.me)
}

/// Tells what is waited for, and which way could not even be offered.
fn show(hosts: &[StreamHost], line: &Line, patience: Duration, scope: &mut Scope) -> Shown {
    let doing = format!("waiting for {} to connect", line.peer_name());
    let proxy = find_proxy(hosts, line);
    let is_known_dead = proxy.is_none() && show_dead_proxy(line, patience, scope);
    match own_places(hosts, line).as_slice() {
        [] => {}
        [only] => {
            let place = Some(only.clone());
            return Shown::Direct(scope.record.begin(Via::Socks5Direct, place, doing, patience, scope.cx));
        }
        // To which of several they come is theirs to choose, and nobody tells.
        [first, others @ ..] => {
            let doing = format!("{doing} to {first} or {} more", others.len());
            return Shown::Direct(scope.record.begin(Via::Socks5Direct, None, doing, patience, scope.cx));
        }
    }
    let missing = match (line.vias.contains(&Via::Socks5Direct), proxy) {
        (true, _) => Some((Via::Socks5Direct, "no address to listen at")),
        (false, None) if is_known_dead => None,
        (false, None) => Some((Via::Socks5Proxy, "no proxy is known")),
        (false, Some(_)) => None,
    };
    if let Some((via, reason)) = missing {
        let attempt = scope.record.begin(via, None, doing.clone(), patience, scope.cx);
        scope.record.fail(attempt, reason, scope.cx);
    }
    let Some(proxy) = proxy else { return Shown::Nothing };
    let title = Some(streamhosts::title(proxy));
    Shown::Proxy(scope.record.begin(Via::Socks5Proxy, title, doing, patience, scope.cx))
}

/// Tells of a proxy that would be listed if it could be connected to; whether there is one.
fn show_dead_proxy(line: &Line, patience: Duration, scope: &mut Scope) -> bool {
    let wanted = scope.shared.socks5.proxies.first_dead().filter(|_| line.vias.contains(&Via::Socks5Proxy));
    let Some((title, why)) = wanted.map(|(host, why)| (streamhosts::title(host), why.to_owned())) else { return false };
    let attempt = scope.record.begin(Via::Socks5Proxy, Some(title), "connecting", patience, scope.cx);
    scope.record.fail(attempt, why, scope.cx);
    true
}
