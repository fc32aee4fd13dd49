//! XEP-0065 SOCKS5 bytestreams: streamhosts, streamhost-used, activate, and the destination address.

use jid::Jid;
use minidom::Element;

use super::{Malformed, StreamId};

/// Somewhere a target can connect (XEP-0065 §4.2). Only usable ones exist: those without host or port are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamHost {
    /// Who it is: the requester, or a proxy. ejabberd's proxies have a resource.
    pub jid: Jid,
    /// A host name or an address.
    pub host: String,
    /// A TCP port, not 0.
    pub port: u16,
}

/// How bytes would travel (XEP-0065 §4.2); nobody speaks UDP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// A TCP connection.
    #[default]
    Tcp,
    /// Refused everywhere.
    Udp,
}

/// The requester's query: where the target may connect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Streamhosts {
    /// Which stream.
    pub sid: StreamId,
    /// How.
    pub mode: Mode,
    /// Where, the likeliest first.
    pub hosts: Vec<StreamHost>,
}

/// The target's answer: which streamhost it connected to. Absent in what some peers send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamhostUsed {
    /// Whose.
    pub jid: Jid,
}

/// The requester asks a proxy to join the two connections (XEP-0065 §6.3.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activate {
    /// Which stream.
    pub sid: StreamId,
    /// The target.
    pub target: Jid,
}

impl Streamhosts {
    /// Reads `<query/>`.
    pub fn read(_query: &Element) -> Result<Self, Malformed> {
        unimplemented!()
    }
    /// Writes `<query/>`.
    pub fn write(&self) -> Element {
        unimplemented!()
    }
}

impl StreamhostUsed {
    /// Reads `<query><streamhost-used/></query>`.
    pub fn read(_query: &Element) -> Result<Self, Malformed> {
        unimplemented!()
    }
    /// Writes `<query><streamhost-used/></query>`.
    pub fn write(&self, _sid: &StreamId) -> Element {
        unimplemented!()
    }
}

impl Activate {
    /// Reads `<query><activate/></query>`.
    pub fn read(_query: &Element) -> Result<Self, Malformed> {
        unimplemented!()
    }
    /// Writes `<query><activate/></query>`.
    pub fn write(&self) -> Element {
        unimplemented!()
    }
}

/// Asks a proxy for its address (XEP-0065 §4.1): the payload of a get.
pub fn address_request() -> Element {
    unimplemented!()
}

/// Reads a proxy's answer to [`address_request`].
pub fn read_addresses(_query: &Element) -> Vec<StreamHost> {
    unimplemented!()
}

/// The DST.ADDR of XEP-0065 §5.3.2: SHA-1 of sid, requester and target, as 40 lowercase hexadecimal digits.
pub fn destination_address(_sid: &StreamId, _requester: &Jid, _target: &Jid) -> String {
    unimplemented!()
}
