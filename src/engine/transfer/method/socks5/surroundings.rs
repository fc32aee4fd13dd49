//! What lies between us and the others: whether we are behind a router that translates addresses (NAT), and what was
//! done about it.
//!
//! It is looked into when a session begins and whenever our address changed, ahead of any offer. Behind a router two
//! things are asked: the router, if the user lets us, to pass connections on to our listener, which therefore stays
//! open as long as the session; and a STUN server, if our own server names one (XEP-0215), at which address others see
//! us. That address counts where the router does not tell its own, and where the user chose the listener's port, which
//! is what somebody does who has the router forward it.
//!
//! On this machine alone, with a public address, or with addresses that the user chose, nobody is asked anything.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use jid::Jid;

use super::streamhosts;
use crate::engine::command::Via;
use crate::engine::context::Context;
use crate::engine::feature::Response;
use crate::engine::iq::IqToken;
use crate::engine::reach::{Finding, Mapping, ReachEvent, ReachOrder, Reachability};
use crate::engine::{Session, SocketOrder};
use crate::xep::external_services;

/// Our own server knows at once whether it knows a STUN server.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is known of it.
#[derive(Debug)]
pub(super) struct Surroundings {
    /// Our address on this network, as the connection to the server has it.
    local: Option<IpAddr>,
    mapping: Finding<Mapping>,
    public: Finding<IpAddr>,
    asking: Option<IqToken>,
    /// The port of the listener that the router was asked to pass connections on to.
    mapped: Option<u16>,
}

impl Default for Surroundings {
    fn default() -> Self {
        let Reachability { mapping, public, .. } = Reachability::default();
        Surroundings { local: None, mapping, public, asking: None, mapped: None }
    }
}

impl Surroundings {
    /// A session that begins, or goes on from another network.
    pub(super) fn session(&mut self, session: &Session, cx: &mut Context) {
        match session {
            Session::Online { local, resumed, .. } => {
                let local = local.map(|address| address.ip().to_canonical());
                if !resumed || local != self.local {
                    self.look_around(local, cx);
                }
            }
            Session::Stopped { .. } => {
                self.unmap(cx);
                *self = Surroundings::default();
            }
            Session::Connecting | Session::Offline { .. } => {}
        }
    }

    fn look_around(&mut self, local: Option<IpAddr>, cx: &mut Context) {
        self.unmap(cx);
        *self = Surroundings { local, ..Surroundings::default() };
        if let Some(why) = needless(local, cx) {
            self.mapping = Finding::Needless(why.to_owned());
            self.public = Finding::Needless(why.to_owned());
            return;
        }
        let (map_ports, port) = (cx.settings().map_ports, cx.settings().port);
        if map_ports {
            self.mapping = Finding::Pending;
            cx.socket(SocketOrder::Listen);
        } else {
            self.mapping = Finding::Needless("map_ports is off".to_owned());
        }
        if map_ports || port.is_some() {
            self.ask_server(cx);
        } else {
            self.public = Finding::Needless("no port would be open at it".to_owned());
        }
    }

    fn ask_server(&mut self, cx: &mut Context) {
        let server = Jid::from_parts(None, cx.settings().account.domain(), None);
        self.public = Finding::Pending;
        self.asking = Some(cx.get(Some(server), external_services::stun_request(), PATIENCE));
    }

    /// Whether the listener has to stay although nobody is expected.
    pub(super) fn need_the_listener(&self) -> bool {
        matches!(self.mapping, Finding::Pending | Finding::Found(_))
    }

    /// The listener is there.
    pub(super) fn listening(&mut self, port: u16, cx: &mut Context) {
        let Some(local) = self.local.filter(|_| self.need_the_listener() && self.mapped != Some(port)) else { return };
        self.mapping = Finding::Pending;
        self.mapped = Some(port);
        cx.reach(ReachOrder::Map { local, port });
    }

    /// There is no listener.
    pub(super) fn listens_not(&mut self, why: &str) {
        if self.need_the_listener() {
            self.mapping = Finding::Missing(format!("there is no listener: {why}"));
        }
    }

    fn unmap(&mut self, cx: &mut Context) {
        if self.mapped.take().is_some() {
            cx.reach(ReachOrder::Unmap);
        }
    }

    /// What the shell found out. What comes late, of a network that we have left, counts for nothing.
    pub(super) fn reach(&mut self, event: &ReachEvent) {
        match event {
            ReachEvent::Mapped(mapping) if self.mapped.is_some() => self.mapping = Finding::Found(*mapping),
            ReachEvent::MapFailed { why } if self.mapped.take().is_some() => {
                self.mapping = Finding::Missing(why.clone());
            }
            ReachEvent::Public(ip) if self.public == Finding::Pending => self.public = Finding::Found(*ip),
            ReachEvent::PublicUnknown { why } if self.public == Finding::Pending => {
                self.public = Finding::Missing(why.clone());
            }
            ReachEvent::Mapped(_)
            | ReachEvent::MapFailed { .. }
            | ReachEvent::Public(_)
            | ReachEvent::PublicUnknown { .. } => {}
        }
    }

    /// Whether it asked that.
    pub(super) fn asked(&self, token: IqToken) -> bool {
        self.asking == Some(token)
    }

    /// The server's answer: where to ask on.
    pub(super) fn response(&mut self, response: Response, cx: &mut Context) {
        self.asking = None;
        let servers = match response {
            Response::Result(Some(services)) => external_services::read_stun_servers(&services),
            Response::Result(None) | Response::Error(_) | Response::Timeout | Response::Disconnected => Vec::new(),
        };
        match servers.into_iter().next() {
            Some(server) => cx.reach(ReachOrder::AskPublic { host: server.host, port: server.port }),
            None => self.public = Finding::Missing("the server names no STUN server".to_owned()),
        }
    }

    /// Where others find our listener from outside this network. An address that is itself behind a router leads
    /// nowhere.
    pub(super) fn outside(&self, chosen_port: Option<u16>) -> Option<SocketAddr> {
        let public = self.public.found().copied();
        let place = match (self.mapping.found(), chosen_port) {
            (Some(mapping), _) => SocketAddr::new(mapping.address.or(public)?, mapping.port),
            (None, Some(port)) => SocketAddr::new(public?, port),
            (None, None) => return None,
        };
        streamhosts::is_global(place.ip()).then_some(place)
    }

    /// What is known, for the user.
    pub(super) fn findings(&self) -> (Finding<Mapping>, Finding<IpAddr>) {
        (self.mapping.clone(), self.public.clone())
    }
}

/// Why nobody has to be asked, if so.
fn needless(local: Option<IpAddr>, cx: &Context) -> Option<&'static str> {
    let settings = cx.settings();
    match local {
        _ if !settings.methods.contains(&Via::Socks5Direct) => Some("direct connections are turned off"),
        _ if !settings.advertise.is_empty() => Some("the addresses to offer are configured"),
        None => Some("our own address is not known"),
        Some(ip) if ip.is_loopback() => Some("the server is on this machine"),
        Some(ip) if streamhosts::is_global(ip) => Some("this machine has a public address"),
        Some(_) => None,
    }
}
