//! Balcony's own extension of stream initiation: the bytes of a SOCKS5 bytestream pass through TLS.
//!
//! XEP-0065 carries a file in clear through whatever lies between the two. Here `<seal/>` in the `<si/>` of an offer names
//! the key of the initiator, and in that of the answer the key of the responder; who does not know it ignores it, and
//! the stream is clear. With both, and once the stream is there, the initiator begins TLS 1.3 as its client; each side
//! shows its raw public key (RFC 7250) and accepts no key but the one that was named. A key's name is the SHA-256 of its
//! `SubjectPublicKeyInfo`.
//!
//! ```xml
//! <seal xmlns='urn:x-balcony:seal:0'><hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>…</hash></seal>
//! ```

use minidom::Element;

use super::hashes::{Hash, SHA_256};
use super::ns;
use super::stanza::element;

/// The name of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint(pub [u8; 32]);

/// Names our key.
pub fn write(fingerprint: Fingerprint) -> Element {
    let mut seal = element("seal", ns::SEAL);
    seal.append_child(Hash::sha_256(&fingerprint.0).write());
    seal
}

/// The key that is named there, by the one function that is known for it.
pub fn read(seal: &Element) -> Option<Fingerprint> {
    let hashes = seal.children().filter(|_| seal.is("seal", ns::SEAL)).filter_map(|child| Hash::read(child).ok());
    hashes.filter(|hash| hash.algorithm == SHA_256).find_map(|hash| hash.value.try_into().ok()).map(Fingerprint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_that_is_named_is_the_one_that_is_read() {
        let key = Fingerprint([7; 32]);
        assert_eq!(read(&write(key)), Some(key));
    }

    #[test]
    fn what_names_no_key_seals_nothing() {
        let short =
            "<seal xmlns='urn:x-balcony:seal:0'><hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>AAAA</hash></seal>";
        let other = String::from(&write(Fingerprint([7; 32]))).replace("sha-256", "sha-512");
        let elsewhere = String::from(&write(Fingerprint([7; 32]))).replace("seal:0", "seal:1");
        for seal in [short, "<seal xmlns='urn:x-balcony:seal:0'/>", &other, &elsewhere] {
            assert_eq!(read(&seal.parse().unwrap()), None, "{seal}");
        }
    }
}
