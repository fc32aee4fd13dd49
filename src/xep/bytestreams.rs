//! XEP-0065 SOCKS5 bytestreams: streamhosts, streamhost-used, activate, and the destination address.

use std::fmt::Write as _;

use jid::Jid;
use minidom::Element;
use sha1::{Digest, Sha1};

use super::stanza::{element, set, text_element};
use super::{Malformed, StreamId, ns, number};

/// The most streamhosts that are kept of one list: a host with a few networks and address families, and a handful of
/// proxies. Each costs the target seconds if it is dead, so nobody waits for the end of a longer list.
const MOST_STREAMHOSTS: usize = 32;

/// The longest host: a domain name has 255 bytes at most (RFC 1035 §2.3.4), an address far fewer.
const LONGEST_HOST: usize = 255;

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
    pub fn read(query: &Element) -> Result<Self, Malformed> {
        let mode = if query.attr("mode") == Some("udp") { Mode::Udp } else { Mode::Tcp };
        Ok(Streamhosts { sid: StreamId::read(query, "sid")?, mode, hosts: read_addresses(query) })
    }

    /// Writes `<query/>`.
    pub fn write(&self) -> Element {
        let mut query = query_of(&self.sid);
        let mode = match self.mode {
            Mode::Tcp => "tcp",
            Mode::Udp => "udp",
        };
        set(&mut query, "mode", mode);
        for host in &self.hosts {
            query.append_child(host.write());
        }
        query
    }
}

impl StreamHost {
    /// None without a JID, a host and a port to dial: what only zeroconf could resolve is of no use to us.
    fn read(streamhost: &Element) -> Option<Self> {
        let jid = Jid::new(streamhost.attr("jid")?).ok()?;
        let host = streamhost.attr("host")?.trim().to_owned();
        let port = number(streamhost, "port")?;
        let is_usable = (1..=LONGEST_HOST).contains(&host.len()) && port != 0;
        is_usable.then_some(StreamHost { jid, host, port })
    }

    fn write(&self) -> Element {
        let mut streamhost = element("streamhost", ns::BYTESTREAMS);
        set(&mut streamhost, "jid", self.jid.as_str());
        set(&mut streamhost, "host", &self.host);
        set(&mut streamhost, "port", &self.port.to_string());
        streamhost
    }

    fn is_same_place(&self, other: &StreamHost) -> bool {
        self.host == other.host && self.port == other.port
    }
}

impl StreamhostUsed {
    /// Reads `<query><streamhost-used/></query>`.
    pub fn read(query: &Element) -> Result<Self, Malformed> {
        let used = query
            .get_child("streamhost-used", ns::BYTESTREAMS)
            .ok_or_else(|| Malformed::new("an answer that names no streamhost"))?;
        Ok(StreamhostUsed { jid: read_jid(used.attr("jid").unwrap_or_default())? })
    }

    /// Writes `<query><streamhost-used/></query>`.
    pub fn write(&self, sid: &StreamId) -> Element {
        let mut used = element("streamhost-used", ns::BYTESTREAMS);
        set(&mut used, "jid", self.jid.as_str());
        let mut query = query_of(sid);
        query.append_child(used);
        query
    }
}

impl Activate {
    /// Reads `<query><activate/></query>`.
    pub fn read(query: &Element) -> Result<Self, Malformed> {
        let activate = query
            .get_child("activate", ns::BYTESTREAMS)
            .ok_or_else(|| Malformed::new("a request to a proxy that activates nothing"))?;
        Ok(Activate { sid: StreamId::read(query, "sid")?, target: read_jid(activate.text().trim())? })
    }

    /// Writes `<query><activate/></query>`.
    pub fn write(&self) -> Element {
        let mut query = query_of(&self.sid);
        query.append_child(text_element("activate", ns::BYTESTREAMS, self.target.as_str()));
        query
    }
}

/// Asks a proxy for its address (XEP-0065 §4.1): the payload of a get.
pub fn address_request() -> Element {
    element("query", ns::BYTESTREAMS)
}

/// Reads a proxy's answer to [`address_request`]. A place that is listed twice is kept once: some peers take down
/// their listener after the first connection.
pub fn read_addresses(query: &Element) -> Vec<StreamHost> {
    let mut hosts: Vec<StreamHost> = Vec::new();
    let listed = query.children().filter(|child| child.is("streamhost", ns::BYTESTREAMS)).filter_map(StreamHost::read);
    for host in listed.take(MOST_STREAMHOSTS) {
        if !hosts.iter().any(|kept| kept.is_same_place(&host)) {
            hosts.push(host);
        }
    }
    hosts
}

/// Writes the answer of a proxy to [`address_request`].
pub fn write_addresses(hosts: &[StreamHost]) -> Element {
    let mut query = element("query", ns::BYTESTREAMS);
    for host in hosts {
        query.append_child(host.write());
    }
    query
}

/// The DST.ADDR of XEP-0065 §5.3.2: SHA-1 of sid, requester and target, as 40 lowercase hexadecimal digits.
pub fn destination_address(sid: &StreamId, requester: &Jid, target: &Jid) -> String {
    let digest = Sha1::new()
        .chain_update(sid.0.as_bytes())
        .chain_update(requester.as_str().as_bytes())
        .chain_update(target.as_str().as_bytes())
        .finalize();
    digest.iter().fold(String::with_capacity(40), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn query_of(sid: &StreamId) -> Element {
    let mut query = element("query", ns::BYTESTREAMS);
    set(&mut query, "sid", &sid.0);
    query
}

fn read_jid(text: &str) -> Result<Jid, Malformed> {
    Jid::new(text).map_err(|why| Malformed::new(format!("{text:?} is no address: {why}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(children: &str) -> Element {
        format!("<query xmlns='http://jabber.org/protocol/bytestreams' sid='a'>{children}</query>").parse().unwrap()
    }

    fn jid(text: &str) -> Jid {
        Jid::new(text).unwrap()
    }

    #[test]
    fn streamhosts_that_nobody_can_dial_are_left_out() {
        let endless = format!("<streamhost jid='a@b/c' host='{}' port='5086'/>", "x".repeat(LONGEST_HOST + 1));
        assert_eq!(Streamhosts::read(&query(&endless)).unwrap().hosts, []);
        let query = query(
            "<streamhost jid='a@b/c' host=' 10.0.0.1 ' port=' 5086 '/>
             <streamhost jid='a@b/c' host='10.0.0.2' port='0'/>
             <streamhost jid='a@b/c' host='10.0.0.3' port='65536'/>
             <streamhost jid='a@b/c' host='10.0.0.4' port='-1'/>
             <streamhost jid='a@b/c' host='10.0.0.5'/>
             <streamhost jid='a@b/c' host='' port='5086'/>
             <streamhost jid='a@b/c' port='5086'/>
             <streamhost jid='a@b/c' zeroconf='_jabber.bytestreams'/>
             <streamhost jid='@' host='10.0.0.6' port='5086'/>
             <streamhost host='10.0.0.7' port='5086'/>
             <fast xmlns='http://affinix.com/jabber/stream'/>",
        );
        let dialable = StreamHost { jid: jid("a@b/c"), host: "10.0.0.1".to_owned(), port: 5086 };
        assert_eq!(Streamhosts::read(&query).unwrap().hosts, [dialable]);
    }

    #[test]
    fn a_place_is_listed_once_and_a_list_has_an_end() {
        let twice = "<streamhost jid='a@b' host='h' port='1'/><streamhost jid='c@d' host='h' port='1'/>";
        assert_eq!(read_addresses(&query(twice)), [StreamHost { jid: jid("a@b"), host: "h".to_owned(), port: 1 }]);
        let many: Vec<_> = (1..1000).map(|n| format!("<streamhost jid='a@b' host='h' port='{n}'/>")).collect();
        assert_eq!(read_addresses(&query(&many.concat())).len(), MOST_STREAMHOSTS);
    }

    #[test]
    fn an_answer_without_a_streamhost_and_a_request_without_a_target_are_malformed() {
        for children in ["", "<streamhost-used/>", "<streamhost-used jid='@'/>", "<activate/>"] {
            assert!(StreamhostUsed::read(&query(children)).is_err(), "{children}");
            assert!(Activate::read(&query(children)).is_err(), "{children}");
        }
        assert_eq!(Activate::read(&query("<activate>\n a@b/c \n</activate>")).unwrap().target, jid("a@b/c"));
    }

    /// Each as it stood in a CONNECT request or, the first, as XEP-0065 §8 has it.
    #[test]
    fn the_destination_address_is_what_other_clients_compute() {
        for (sid, requester, target, expected) in [
            (
                "yia72g3v49j7",
                "requester@example.com/foo",
                "room@conference.example.net/Tget",
                "416781edf1ae50bad01cb8509ba35b43952bc345",
            ),
            // Gabble, to a proxy and to a requester.
            (
                "1795289597-2935691551",
                "romeo@localhost/gabble",
                "juliet@localhost/probe",
                "75dd06b973d7fb9152b875b55d4031f735d68071",
            ),
            ("r7b", "romeo@localhost/probe", "juliet@localhost/gabble", "5a137a995e3758b7b70711655eb170480c513efe"),
            // BitlBee.
            ("g1", "carol@localhost/q184934", "dave@localhost/p184934", "3b4373cd8b1551d15b0848659911fae9636afd98"),
        ] {
            assert_eq!(destination_address(&StreamId(sid.to_owned()), &jid(requester), &jid(target)), expected);
        }
    }
}
