//! XEP-0300, hash functions: what something hashes to, by which function.

use base64::engine::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minidom::Element;

use super::stanza::{set, text_element};
use super::{Malformed, ns};

/// The textual name of SHA-256 (RFC 3230's registry).
pub const SHA_256: &str = "sha-256";

/// `<hash/>`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hash {
    /// The function's textual name, in lower case.
    pub algorithm: String,
    /// The digest.
    pub value: Vec<u8>,
}

impl Hash {
    /// A digest by SHA-256.
    pub fn sha_256(value: &[u8]) -> Self {
        Hash { algorithm: SHA_256.to_owned(), value: value.to_vec() }
    }

    /// Reads `<hash/>`; white space within the base64 says nothing.
    pub fn read(hash: &Element) -> Result<Self, Malformed> {
        if !hash.is("hash", ns::HASHES) {
            return Err(Malformed::new(format!("<{}/> is no hash", hash.name())));
        }
        let algorithm = hash.attr("algo").ok_or_else(|| Malformed::new("a hash by no function"))?;
        let base64: String = hash.text().split_ascii_whitespace().collect();
        match STANDARD.decode(base64) {
            Ok(value) if !value.is_empty() => Ok(Hash { algorithm: algorithm.to_ascii_lowercase(), value }),
            Ok(_) | Err(_) => Err(Malformed::new("a hash that is no base64")),
        }
    }

    /// Writes `<hash/>`.
    pub fn write(&self) -> Element {
        let mut hash = text_element("hash", ns::HASHES, STANDARD.encode(&self.value));
        set(&mut hash, "algo", &self.algorithm);
        hash
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(hash: &str) -> Result<Hash, Malformed> {
        Hash::read(&hash.parse().unwrap())
    }

    #[test]
    fn what_is_written_is_what_is_read() {
        let hash = Hash::sha_256(&[0xff; 32]);
        assert_eq!(Hash::read(&hash.write()), Ok(hash));
    }

    #[test]
    fn blanks_and_capitals_do_not_matter() {
        let hash = read("<hash xmlns='urn:xmpp:hashes:2' algo='SHA-256'>\n AQ\tI= \n</hash>");
        assert_eq!(hash, Ok(Hash::sha_256(&[1, 2])));
    }

    #[test]
    fn what_proves_nothing_is_no_hash() {
        for hash in [
            "<hash xmlns='urn:xmpp:hashes:1' algo='sha-256'>AQI=</hash>",
            "<hash xmlns='urn:xmpp:hashes:2'>AQI=</hash>",
            "<hash xmlns='urn:xmpp:hashes:2' algo='sha-256'/>",
            "<hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>0x0102</hash>",
        ] {
            assert!(read(hash).is_err(), "{hash}");
        }
    }
}
