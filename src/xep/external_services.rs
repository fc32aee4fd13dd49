//! XEP-0215 external services: what else than XMPP a server knows of for its users; here, where a STUN server is.

use minidom::Element;

use super::stanza::{element, set};
use super::{ns, number};

/// How many services are read of one answer: servers name a handful.
const MOST_SERVICES: usize = 16;

/// Where STUN listens if nothing else is said (RFC 8489 §18.6).
const STUN_PORT: u16 = 3478;

/// A STUN server, to be asked by UDP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StunServer {
    /// A host name or an address.
    pub host: String,
    /// A UDP port.
    pub port: u16,
}

/// `<services xmlns='urn:xmpp:extdisco:2' type='stun'/>`: which STUN servers are there?
pub fn stun_request() -> Element {
    let mut services = element("services", ns::EXTERNAL_SERVICES);
    set(&mut services, "type", "stun");
    services
}

/// The STUN servers of an answer, in its order. One that is only to be asked by TCP shows nothing of UDP's way, and
/// one that is taken away again is none.
pub fn read_stun_servers(services: &Element) -> Vec<StunServer> {
    let listed = services.children().filter(|service| service.is("service", ns::EXTERNAL_SERVICES));
    listed.filter_map(StunServer::read).take(MOST_SERVICES).collect()
}

impl StunServer {
    fn read(service: &Element) -> Option<Self> {
        let is_usable = service.attr("type") == Some("stun")
            && service.attr("transport").is_none_or(|transport| transport == "udp")
            && service.attr("action") != Some("delete");
        let host = service.attr("host")?.trim();
        let port = number(service, "port").unwrap_or(STUN_PORT);
        (is_usable && !host.is_empty() && port != 0).then(|| StunServer { host: host.to_owned(), port })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stun_servers_of_an_answer_are_read_and_nothing_else() {
        let answer: Element = "<services xmlns='urn:xmpp:extdisco:2'>\
             <service type='turn' host='turn.shakespeare.lit' port='9998' transport='udp'/>\
             <service type='stun' host='stun.shakespeare.lit' port='9999' transport='udp'/>\
             <service type='stun' host='192.0.2.3'/>\
             <service type='stun' host='tcp.shakespeare.lit' transport='tcp'/>\
             <service type='stun' host='gone.shakespeare.lit' action='delete'/>\
             <service type='stun' host=' '/><service type='stun'/></services>"
            .parse()
            .unwrap();
        let server = |host: &str, port| StunServer { host: host.to_owned(), port };
        assert_eq!(read_stun_servers(&answer), [server("stun.shakespeare.lit", 9999), server("192.0.2.3", 3478)]);
    }

    #[test]
    fn of_thousands_a_few_are_read() {
        let listed = "<service type='stun' host='a'/>".repeat(5000);
        let answer: Element = format!("<services xmlns='urn:xmpp:extdisco:2'>{listed}</services>").parse().unwrap();
        assert_eq!(read_stun_servers(&answer).len(), MOST_SERVICES);
    }
}
