//! What a server offers (RFC 6120 §4.3.2), read leniently: what is not known is not there.

use minidom::Element;

use super::{management, stream};
use crate::xep::ns;

/// The namespace of StartTLS.
pub(super) const TLS: &str = "urn:ietf:params:xml:ns:xmpp-tls";

/// The namespace of SASL.
pub(super) const SASL: &str = "urn:ietf:params:xml:ns:xmpp-sasl";

/// XEP-0440 channel-binding types.
const CHANNEL_BINDING: &str = "urn:xmpp:sasl-cb:0";

/// XEP-0478 stream limits.
const LIMITS: &str = "urn:xmpp:stream-limits:0";

/// What a server offers.
#[derive(Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is there or not, whatever the others are")]
pub(super) struct Features {
    /// StartTLS.
    pub(super) starttls: bool,
    /// SASL mechanisms, as they are called.
    pub(super) mechanisms: Vec<String>,
    /// Whether a login can be bound to the TLS connection by its exporter (RFC 9266).
    pub(super) tls_exporter: bool,
    /// XEP-0198.
    pub(super) management: bool,
    /// XEP-0352.
    pub(super) client_state: bool,
    /// Rosters have versions (RFC 6121 §2.6).
    pub(super) roster_versions: bool,
    /// The largest stanza the server takes, in bytes.
    pub(super) largest_stanza: Option<usize>,
}

impl Features {
    /// Reads `<stream:features/>`; anything else offers nothing.
    pub(super) fn read(features: &Element) -> Self {
        if !features.is("features", stream::STREAM) {
            return Features::default();
        }
        let texts = |parent: Option<&Element>, name: &'static str| {
            let children = parent.into_iter().flat_map(Element::children).filter(move |child| child.name() == name);
            children.map(|child| child.text().trim().to_owned()).collect::<Vec<_>>()
        };
        let bindings = features.get_child("sasl-channel-binding", CHANNEL_BINDING);
        let types = bindings.into_iter().flat_map(Element::children).filter_map(|child| child.attr("type"));
        let limit = texts(features.get_child("limits", LIMITS), "max-bytes");
        Features {
            starttls: features.has_child("starttls", TLS),
            mechanisms: texts(features.get_child("mechanisms", SASL), "mechanism"),
            tls_exporter: types.into_iter().any(|kind| kind == "tls-exporter"),
            management: features.has_child("sm", management::NAMESPACE),
            client_state: features.has_child("csi", ns::CLIENT_STATE),
            roster_versions: features.has_child("ver", ns::ROSTER_VERSIONS),
            largest_stanza: limit.first().and_then(|limit| limit.parse().ok()).filter(|&limit| limit > 0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn features(children: &str) -> Features {
        let xml = format!("<features xmlns='{}'>{children}</features>", stream::STREAM);
        Features::read(&xml.parse().unwrap())
    }

    #[test]
    fn what_is_offered_is_read() {
        let offered = features(
            "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>\
             <mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>\
             <mechanism>SCRAM-SHA-1</mechanism> <mechanism> PLAIN </mechanism></mechanisms>\
             <sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'><channel-binding type='tls-exporter'/>\
             </sasl-channel-binding><sm xmlns='urn:xmpp:sm:3'/>\
             <limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>262144</max-bytes></limits>\
             <ver xmlns='urn:xmpp:features:rosterver'/>",
        );
        assert!(offered.roster_versions && !offered.client_state);
        assert!(offered.starttls && offered.tls_exporter && offered.management);
        assert_eq!(offered.mechanisms, ["SCRAM-SHA-1", "PLAIN"]);
        assert_eq!(offered.largest_stanza, Some(262_144));
    }

    #[test]
    fn what_is_odd_does_not_hide_the_rest() {
        let offered = features(
            "<unheard-of xmlns='of'/><sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'>\
             <channel-binding type='tls-telepathy'/><channel-binding/></sasl-channel-binding>\
             <limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>0</max-bytes></limits>\
             <sm xmlns='urn:xmpp:sm:3'><optional/></sm><sm xmlns='urn:xmpp:sm:2'/>",
        );
        assert_eq!(offered, Features { management: true, ..Features::default() });
        assert_eq!(Features::read(&Element::bare("iq", "jabber:client")), Features::default());
    }
}
