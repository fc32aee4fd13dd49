//! How others can reach us: what the shell does about it for the engine, what it tells, and what was found out in all.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use jid::Jid;

/// What the shell does so that others can reach us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReachOrder {
    /// Have the gateway of this network pass connections on to that port of ours, and go on having it, until
    /// [`ReachOrder::Unmap`]. Answered by `Mapped`, again whenever that changes, or `MapFailed`.
    Map {
        /// Our address on this network.
        local: IpAddr,
        /// Our port.
        port: u16,
    },
    /// Have the gateway stop that.
    Unmap,
    /// Ask that STUN server which address it sees; answered by `Public` or `PublicUnknown`.
    AskPublic {
        /// A host name or an address.
        host: String,
        /// A UDP port.
        port: u16,
    },
}

/// What the shell tells of how others can reach us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReachEvent {
    /// The gateway passes connections on.
    Mapped(Mapping),
    /// It does not, or not any more.
    MapFailed {
        /// Why, as part of a sentence.
        why: String,
    },
    /// Others see us at this address.
    Public(IpAddr),
    /// The STUN server did not tell.
    PublicUnknown {
        /// Why, as part of a sentence.
        why: String,
    },
}

/// A port of the gateway that is ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mapping {
    /// Where others connect. Some gateways do not say at which address.
    pub address: Option<IpAddr>,
    /// At which port.
    pub port: u16,
    /// By which protocol.
    pub by: Mapper,
}

/// A way of asking a gateway for a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mapper {
    /// The Port Control Protocol (RFC 6887).
    Pcp,
    /// Its predecessor (RFC 6886).
    NatPmp,
    /// UPnP's Internet Gateway Device.
    UpnpIgd,
}

/// How far something was found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding<T> {
    /// It is not looked for, and why.
    Needless(String),
    /// It is being looked for.
    Pending,
    /// It is there.
    Found(T),
    /// It is not, and why.
    Missing(String),
}

/// What is known of how others can reach us; told whenever it changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reachability {
    /// The port of the gateway.
    pub mapping: Finding<Mapping>,
    /// Our address as others see it.
    pub public: Finding<IpAddr>,
    /// The proxies, the preferred first.
    pub proxies: Vec<ProxyFinding>,
}

impl Default for Reachability {
    /// Nothing, for nothing is asked without a connection.
    fn default() -> Self {
        let offline = || "not online".to_owned();
        let (mapping, public) = (Finding::Needless(offline()), Finding::Needless(offline()));
        Reachability { mapping, public, proxies: Vec::new() }
    }
}

/// What is known of one proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyFinding {
    /// Who it is.
    pub jid: Jid,
    /// `host:port`.
    pub place: String,
    /// Whether it can be connected to.
    pub state: Finding<()>,
}

impl<T> Finding<T> {
    /// What was found.
    pub fn found(&self) -> Option<&T> {
        match self {
            Finding::Found(it) => Some(it),
            Finding::Needless(_) | Finding::Pending | Finding::Missing(_) => None,
        }
    }

    fn words(&self, found: impl FnOnce(&T) -> String) -> String {
        match self {
            Finding::Needless(why) => format!("not needed: {why}"),
            Finding::Pending => "being looked for".to_owned(),
            Finding::Found(it) => found(it),
            Finding::Missing(why) => format!("none: {why}"),
        }
    }
}

impl fmt::Display for Mapper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Mapper::Pcp => "PCP",
            Mapper::NatPmp => "NAT-PMP",
            Mapper::UpnpIgd => "UPnP",
        })
    }
}

impl fmt::Display for Mapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.address {
            Some(ip) => write!(f, "{} by {}", SocketAddr::new(ip, self.port), self.by),
            None => write!(f, "port {} by {}", self.port, self.by),
        }
    }
}

/// A line for each thing, as `doctor` and the log show them.
impl fmt::Display for Reachability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "port of the router: {}", self.mapping.words(Mapping::to_string))?;
        write!(f, "public address: {}", self.public.words(IpAddr::to_string))?;
        for proxy in &self.proxies {
            write!(f, "\nproxy {} at {}: {}", proxy.jid, proxy.place, proxy.state.words(|()| "reachable".to_owned()))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_out_is_told_in_words() {
        let proxy = |last: u8, state| ProxyFinding {
            jid: Jid::new("proxy.capulet.lit").unwrap(),
            place: format!("192.0.2.{last}:5000"),
            state,
        };
        let mapping = Mapping { address: Some([203, 0, 113, 5].into()), port: 4711, by: Mapper::UpnpIgd };
        let known = Reachability {
            mapping: Finding::Found(mapping),
            public: Finding::Missing("the server names no STUN server".to_owned()),
            proxies: vec![proxy(1, Finding::Found(())), proxy(2, Finding::Missing("refused".to_owned()))],
        };
        assert_eq!(
            known.to_string(),
            "port of the router: 203.0.113.5:4711 by UPnP\n\
             public address: none: the server names no STUN server\n\
             proxy proxy.capulet.lit at 192.0.2.1:5000: reachable\n\
             proxy proxy.capulet.lit at 192.0.2.2:5000: none: refused"
        );
    }
}
