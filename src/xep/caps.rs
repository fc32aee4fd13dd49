//! XEP-0115 entity capabilities: a hash of what somebody can, short enough for every presence.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use minidom::Element;
use sha1::{Digest as _, Sha1};

use super::disco::Info;
use super::ns;
use super::stanza::{Presence, element, set};

/// `<c/>` of a presence.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Caps {
    /// Names the program.
    pub node: String,
    /// Base64 of the hash.
    pub ver: String,
    /// Which hash; absent in the form before version 1.4, where `ver` is the program's version.
    pub hash: Option<String>,
}

impl Caps {
    /// Those of somebody who can what `info` says.
    pub fn of(node: &str, info: &Info) -> Self {
        Caps { node: node.to_owned(), ver: hashed(&verification_parts(info)), hash: Some("sha-1".to_owned()) }
    }

    /// Reads `<c/>` of a presence, if it has a usable one.
    pub fn read(presence: &Presence) -> Option<Self> {
        let caps = presence.payload("c", ns::CAPS)?;
        let attribute = |name: &str| caps.attr(name).filter(|text| !text.is_empty()).map(str::to_owned);
        Some(Caps { node: attribute("node")?, ver: attribute("ver")?, hash: attribute("hash") })
    }

    /// Writes `<c/>`.
    pub fn write(&self) -> Element {
        let mut caps = element("c", ns::CAPS);
        if let Some(hash) = &self.hash {
            set(&mut caps, "hash", hash);
        }
        set(&mut caps, "node", &self.node);
        set(&mut caps, "ver", &self.ver);
        caps
    }

    /// The disco#info node that answers for them.
    pub fn info_node(&self) -> String {
        format!("{}#{}", self.node, self.ver)
    }

    /// Whether both stand for the same features.
    pub fn says_the_same_as(&self, other: &Caps) -> bool {
        self.hash == other.hash && self.ver == other.ver
    }

    /// Whether `info` is what was hashed, so that it holds for everybody who says the same. Section 5.4: an answer that
    /// repeats an identity, a feature or a form proves nothing, and neither does one with the separator inside: that is
    /// how one hash is made to mean two things.
    pub fn prove(&self, info: &Info) -> bool {
        let parts = verification_parts(info);
        let ambiguous = repeats(info) || parts.iter().any(|part| part.contains('<'));
        self.hash.as_deref() == Some("sha-1") && !ambiguous && hashed(&parts) == self.ver
    }
}

/// Section 5.1, the end: the parts one after another, each with the separator behind it.
fn hashed(parts: &[String]) -> String {
    let text: String = parts.iter().flat_map(|part| [part.as_str(), "<"]).collect();
    BASE64.encode(Sha1::digest(text.as_bytes()))
}

/// Section 5.1: what is hashed, in its order.
fn verification_parts(info: &Info) -> Vec<String> {
    let mut identities = info.identities.clone();
    identities.sort();
    let mut features = info.features.clone();
    features.sort();
    let mut forms: Vec<_> = info.forms.iter().filter_map(form_parts).collect();
    forms.sort();
    let mut parts: Vec<String> = identities
        .into_iter()
        .map(|identity| format!("{}/{}/{}/{}", identity.category, identity.kind, identity.lang, identity.name))
        .collect();
    parts.append(&mut features);
    parts.extend(forms.into_iter().flatten());
    parts
}

/// What a form adds: its type, then every field with its values. One without a hidden type is left out.
fn form_parts(form: &Element) -> Option<Vec<String>> {
    let mut parts = vec![form_type(form)?];
    let mut fields: Vec<(&str, Vec<String>)> = fields(form)
        .filter_map(|field| Some((field.attr("var")?, field)))
        .filter(|(var, _)| *var != "FORM_TYPE")
        .map(|(var, field)| (var, values(field)))
        .collect();
    fields.sort();
    for (var, mut values) in fields {
        parts.push(var.to_owned());
        parts.append(&mut values);
    }
    Some(parts)
}

fn form_type(form: &Element) -> Option<String> {
    let kind = fields(form).find(|field| field.attr("var") == Some("FORM_TYPE"))?;
    let hidden = kind.attr("type") == Some("hidden");
    values(kind).into_iter().next().filter(|_| hidden)
}

fn fields(form: &Element) -> impl Iterator<Item = &Element> {
    form.children().filter(|child| child.is("field", ns::DATA_FORMS))
}

fn values(field: &Element) -> Vec<String> {
    let mut values: Vec<String> =
        field.children().filter(|child| child.is("value", ns::DATA_FORMS)).map(Element::text).collect();
    values.sort();
    values
}

fn repeats(info: &Info) -> bool {
    let types: Vec<_> = info.forms.iter().filter_map(form_type).collect();
    any_twice(&info.identities) || any_twice(&info.features) || any_twice(&types)
}

fn any_twice<T: Ord>(items: &[T]) -> bool {
    let distinct: BTreeSet<&T> = items.iter().collect();
    distinct.len() < items.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(xml: &str) -> Info {
        Info::read(&format!("<query xmlns='{}'>{xml}</query>", ns::DISCO_INFO).parse().unwrap())
    }

    fn sha_1(ver: &str) -> Caps {
        Caps { node: "n".into(), ver: ver.into(), hash: Some("sha-1".into()) }
    }

    const EXODUS: &str = "<identity category='client' name='Exodus 0.9.1' type='pc'/>
        <feature var='http://jabber.org/protocol/muc'/>
        <feature var='http://jabber.org/protocol/disco#items'/>
        <feature var='http://jabber.org/protocol/disco#info'/>
        <feature var='http://jabber.org/protocol/caps'/>";

    #[test]
    fn the_simple_example_of_the_specification_has_its_hash() {
        assert!(sha_1("QgayPKawpkPSDYmwT/WM94uAlu0=").prove(&info(EXODUS)));
    }

    #[test]
    fn the_complex_example_of_the_specification_has_its_hash() {
        let psi = info(
            "<identity xml:lang='en' category='client' name='Psi 0.11' type='pc'/>
             <identity xml:lang='el' category='client' name='Ψ 0.11' type='pc'/>
             <feature var='http://jabber.org/protocol/caps'/>
             <feature var='http://jabber.org/protocol/disco#info'/>
             <feature var='http://jabber.org/protocol/disco#items'/>
             <feature var='http://jabber.org/protocol/muc'/>
             <x xmlns='jabber:x:data' type='result'>
               <field var='FORM_TYPE' type='hidden'><value>urn:xmpp:dataforms:softwareinfo</value></field>
               <field var='ip_version'><value>ipv4</value><value>ipv6</value></field>
               <field var='os'><value>Mac</value></field>
               <field var='os_version'><value>10.5.1</value></field>
               <field var='software'><value>Psi</value></field>
               <field var='software_version'><value>0.11</value></field>
             </x>",
        );
        assert!(sha_1("q07IKJEyjvHSyhy//CH0CxmKi8w=").prove(&psi));
    }

    #[test]
    fn what_a_telepathy_client_really_says_has_the_hash_it_says() {
        let features = [
            "http://www.google.com/xmpp/protocol/session",
            "http://jabber.org/protocol/disco#info",
            "urn:xmpp:avatar:metadata",
            "urn:xmpp:avatar:metadata+notify",
            "http://jabber.org/protocol/chatstates",
            "http://jabber.org/protocol/nick",
            "http://jabber.org/protocol/nick+notify",
            "http://jabber.org/protocol/si",
            "http://jabber.org/protocol/ibb",
            "http://telepathy.freedesktop.org/xmpp/tubes",
            "http://jabber.org/protocol/bytestreams",
            "jabber:iq:version",
            "jabber:iq:last",
            "urn:xmpp:receipts",
            "urn:xmpp:chat-markers:0",
            "http://jabber.org/protocol/si/profile/file-transfer",
            "http://telepathy.freedesktop.org/xmpp/file-transfer-metadata",
            "http://google.com/xmpp/protocol/share/v1",
            "http://telepathy.freedesktop.org/xmpp/tubes/stream#daap",
        ];
        let features = features.map(|var| format!("<feature var='{var}'/>")).concat();
        let identity = "<identity category='client' name='Telepathy Gabble 0.19.0' type='pc'/>";
        assert!(sha_1("SPy2cB9NIzcjH1ZlpCzW0Cxf4u0=").prove(&info(&format!("{identity}{features}"))));
    }

    #[test]
    fn another_hash_proves_nothing() {
        assert!(!sha_1("AAAAAAAAAAAAAAAAAAAAAAAAAAA=").prove(&info(EXODUS)));
    }

    #[test]
    fn a_repeated_feature_proves_nothing_whatever_its_hash() {
        let twice = info("<feature var='a'/><feature var='a'/>");
        assert!(!Caps::of("n", &twice).prove(&twice));
    }

    #[test]
    fn a_feature_that_holds_the_separator_proves_nothing() {
        let honest = info("<feature var='a'/><feature var='b'/>");
        let forged = info("<feature var='a&lt;b'/>");
        let caps = Caps::of("n", &honest);
        assert!(caps.prove(&honest));
        assert!(!caps.prove(&forged));
    }

    #[test]
    fn a_hash_function_we_do_not_know_proves_nothing() {
        let caps = Caps { hash: Some("sha-256".into()), ..sha_1("QgayPKawpkPSDYmwT/WM94uAlu0=") };
        assert!(!caps.prove(&info(EXODUS)));
    }
}
