//! Balcony's own extension of stream initiation: a checksum that is stated after the last byte.
//!
//! XEP-0096 has a place for a hash in the offer only, so that whoever fills it reads the file twice. Here an empty
//! `<checksum/>` in the `<si/>` of the offer says that one will follow, and in that of the answer that it is awaited; who
//! does not know it ignores it. The one that follows is a set of its own:
//!
//! ```xml
//! <checksum xmlns='urn:x-balcony:checksum:0' sid='b4lc0ny' offset='0' length='1024'>
//!   <hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>…</hash>
//! </checksum>
//! ```
//!
//! Its result says that what arrived hashes to the same; an error with `<corrupt/>` that it does not, and to what it does.
//! Any other error says nothing about the file.

use minidom::Element;

use super::hashes::Hash;
use super::stanza::{ErrorKind, StanzaError, element, set};
use super::{Malformed, StreamId, ns, number};

/// The most hashes of one statement that are looked at: there are not that many functions.
const MOST_HASHES: usize = 8;

/// A stated checksum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checksum {
    /// Of which stream.
    pub sid: StreamId,
    /// Where in the file the bytes begin that were hashed.
    pub offset: u64,
    /// How many they are.
    pub length: u64,
    /// What they hash to.
    pub hashes: Vec<Hash>,
}

impl Checksum {
    /// Reads a statement.
    pub fn read(checksum: &Element) -> Result<Self, Malformed> {
        let number = |attribute: &str| {
            number(checksum, attribute).ok_or_else(|| Malformed::new(format!("a checksum without {attribute}")))
        };
        let hashes = checksum.children().filter(|child| child.is("hash", ns::HASHES)).take(MOST_HASHES);
        Ok(Checksum {
            sid: StreamId::read(checksum, "sid")?,
            offset: number("offset")?,
            length: number("length")?,
            hashes: hashes.map(Hash::read).collect::<Result<_, _>>()?,
        })
    }

    /// Writes a statement.
    pub fn write(&self) -> Element {
        let mut checksum = write_promise();
        set(&mut checksum, "sid", &self.sid.0);
        set(&mut checksum, "offset", &self.offset.to_string());
        set(&mut checksum, "length", &self.length.to_string());
        for hash in &self.hashes {
            checksum.append_child(hash.write());
        }
        checksum
    }

    /// By that function.
    pub fn by(&self, algorithm: &str) -> Option<&[u8]> {
        self.hashes.iter().find(|hash| hash.algorithm == algorithm).map(|hash| hash.value.as_slice())
    }
}

/// Whether something belongs to this extension.
pub fn is_checksum(element: &Element) -> bool {
    element.is("checksum", ns::CHECKSUM)
}

/// That a checksum will follow, or is awaited.
pub fn write_promise() -> Element {
    element("checksum", ns::CHECKSUM)
}

/// What arrived hashes to something else.
pub fn corrupt(found: &Hash) -> StanzaError {
    let mut corrupt = element("corrupt", ns::CHECKSUM);
    corrupt.append_child(found.write());
    StanzaError::new("not-acceptable").with_kind(ErrorKind::Cancel).with_application(corrupt)
}

/// What arrived there hashes to, if an error says that it is something else.
pub fn read_corrupt(error: &StanzaError) -> Option<Hash> {
    let corrupt = error.application.as_ref().filter(|condition| condition.is("corrupt", ns::CHECKSUM))?;
    corrupt.children().find_map(|child| Hash::read(child).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checksum() -> Checksum {
        Checksum { sid: StreamId("s".to_owned()), offset: 3, length: 4, hashes: vec![Hash::sha_256(&[7; 32])] }
    }

    #[test]
    fn what_is_stated_is_what_is_read() {
        let written = checksum().write();
        assert!(is_checksum(&written));
        assert_eq!(Checksum::read(&written), Ok(checksum()));
        assert_eq!(checksum().by("sha-256"), Some([7; 32].as_slice()));
        assert_eq!(checksum().by("sha-1"), None);
    }

    #[test]
    fn a_statement_that_does_not_say_of_what_is_none() {
        assert!(Checksum::read(&write_promise()).is_err());
        for attribute in ["sid", "offset", "length"] {
            let without = String::from(&checksum().write()).replace(&format!(" {attribute}="), " x=");
            assert!(Checksum::read(&without.parse().unwrap()).is_err(), "{without}");
        }
    }

    #[test]
    fn only_the_word_corrupt_means_corrupt() {
        let found = Hash::sha_256(&[8; 32]);
        assert_eq!(read_corrupt(&corrupt(&found)), Some(found));
        assert_eq!(read_corrupt(&StanzaError::new("not-acceptable")), None);
        assert_eq!(read_corrupt(&StanzaError::new("not-acceptable").with_application(element("corrupt", "x"))), None);
    }
}
