//! For which accounts a certificate is: by the names in it, as RFC 6125 has them matched.

use balcony::engine::event::StopReason;
use balcony::store::account::{Account, Tls};
use rcgen::string::Ia5String;
use rcgen::{CertificateParams, CustomExtension, DnType, OtherNameValue, SanType};

use super::certificates::{Identity, accept_starttls};
use super::support::*;

/// A name in a certificate.
#[derive(Clone, Copy)]
enum Name {
    /// Of a host.
    Dns(&'static str),
    /// An address of one.
    Ip(&'static str),
    /// The common name, in which names of hosts stood before there was a place for them.
    Common(&'static str),
    /// An `XmppAddr` (RFC 6120 §13.7.1.4).
    Address(&'static str),
    /// An SRV-ID (RFC 4985), alone in its certificate.
    Service(&'static str),
}

use Name::{Address, Common, Dns, Ip, Service};

/// id-on-xmppAddr, 1.3.6.1.5.5.7.8.5.
const XMPP_ADDR: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 8, 5];

/// id-ce-subjectAltName.
const SUBJECT_ALT_NAME: &[u64] = &[2, 5, 29, 17];

/// id-on-dnsSRV, 1.3.6.1.5.5.7.8.7, as DER.
const SRV_NAME: &[u8] = &[0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x08, 0x07];

/// What a certificate has, the domain of who logs in, and how it is refused if it is.
const CASES: &[(&[Name], &str, Option<&str>)] = &[
    (&[Dns("capulet.lit")], "capulet.lit", None),
    (&[Dns("CAPULET.LIT")], "capulet.lit", None),
    (&[Dns("montague.lit"), Dns("capulet.lit")], "capulet.lit", None),
    (&[Dns("montague.lit")], "capulet.lit", Some("is for montague.lit")),
    (&[Dns("xmpp.capulet.lit")], "capulet.lit", Some("is for xmpp.capulet.lit")),
    (&[Dns("capulet.lit")], "xmpp.capulet.lit", Some("is for capulet.lit")),
    (&[Dns("capulet.lit.verona.lit")], "capulet.lit", Some("is for capulet.lit.verona.lit")),
    // A wildcard is the whole of the first label, and of no other (RFC 6125 §6.4.3).
    (&[Dns("*.capulet.lit")], "xmpp.capulet.lit", None),
    (&[Dns("*.capulet.lit")], "capulet.lit", Some("is for *.capulet.lit")),
    (&[Dns("*.capulet.lit")], "a.xmpp.capulet.lit", Some("is for *.capulet.lit")),
    (&[Dns("x*.capulet.lit")], "xmpp.capulet.lit", Some("x*.capulet.lit")),
    (&[Dns("xmpp.*.lit")], "xmpp.capulet.lit", Some("xmpp.*.lit")),
    (&[Dns("*")], "localhost", Some("*")),
    // A common name is for people (§6.4.4).
    (&[Common("capulet.lit")], "capulet.lit", Some("names no server by its DNS name")),
    (&[Common("capulet.lit"), Dns("montague.lit")], "capulet.lit", Some("is for montague.lit")),
    // For which service or address a certificate says that it is (RFC 6120 §13.7.1.2) does not count.
    (&[Service("_xmpp-client.capulet.lit")], "capulet.lit", Some("names no server by its DNS name")),
    (&[Address("capulet.lit")], "capulet.lit", Some("names no server by its DNS name")),
    (&[Address("capulet.lit"), Dns("montague.lit")], "capulet.lit", Some("is for montague.lit")),
    (&[Address("montague.lit"), Dns("capulet.lit")], "capulet.lit", None),
    // Letters of other alphabets are compared as DNS writes them (§6.4.2).
    (&[Dns("xn--bcher-kva.lit")], "bücher.lit", None),
    // An address is matched by an address alone.
    (&[Ip("192.0.2.1")], "192.0.2.1", None),
    (&[Ip("192.0.2.2")], "192.0.2.1", Some("is for 192.0.2.2")),
    (&[Dns("192.0.2.1")], "192.0.2.1", Some("192.0.2.1")),
    (&[Dns("*.0.2.1")], "192.0.2.1", Some("*.0.2.1")),
    (&[Ip("2001:db8::1")], "[2001:db8::1]", None),
    (&[Ip("2001:db8::2")], "[2001:db8::1]", Some("is for 2001:db8::2")),
];

fn certificate(names: &[Name]) -> Identity {
    let mut said = CertificateParams::default();
    for name in names {
        match name {
            Dns(name) => said.subject_alt_names.push(SanType::DnsName(Ia5String::try_from(*name).unwrap())),
            Ip(address) => said.subject_alt_names.push(SanType::IpAddress(address.parse().unwrap())),
            Common(name) => said.distinguished_name.push(DnType::CommonName, *name),
            Address(name) => {
                let value = OtherNameValue::Utf8String((*name).to_owned());
                said.subject_alt_names.push(SanType::OtherName((XMPP_ADDR.to_vec(), value)));
            }
            Service(name) => said.custom_extensions.push(service(name)),
        }
    }
    Identity::as_said(&said)
}

/// What rcgen has no words for: the name of a service is an `IA5String` in an `otherName`.
fn service(name: &str) -> CustomExtension {
    const SEQUENCE: u8 = 0x30;
    const OTHER_NAME: u8 = 0xa0;
    const EXPLICIT: u8 = 0xa0;
    const IA5_STRING: u8 = 0x16;
    let element = |tag: u8, value: &[u8]| [&[tag, u8::try_from(value.len()).unwrap()], value].concat();
    let value = element(EXPLICIT, &element(IA5_STRING, name.as_bytes()));
    let names = element(SEQUENCE, &element(OTHER_NAME, &[SRV_NAME, &value].concat()));
    CustomExtension::from_oid_content(SUBJECT_ALT_NAME, names)
}

#[tokio::test]
async fn a_certificate_is_for_the_domains_that_it_names_and_for_no_other() {
    for (names, domain, refused) in CASES {
        let (server, identity) = (Server::listen().await, certificate(names));
        let file = identity.file();
        let jid = format!("juliet@{domain}/balcony").parse().unwrap();
        let root = Some(file.path().to_owned());
        let account = Account { jid, extra_ca: root, ..account(server.port, Tls::StartTls) };
        let mut client = Client::connect(account, timings());
        let peer = identity.secure(accept_starttls(&server).await).await;
        match refused {
            None => assert!(peer.is_some(), "{domain}: {:?}", client.stopped().await),
            Some(words) => match client.stopped().await {
                StopReason::Certificate { why, .. } => assert!(why.contains(words), "{domain}: {why}"),
                other => panic!("{domain}: {other:?}"),
            },
        }
    }
}
