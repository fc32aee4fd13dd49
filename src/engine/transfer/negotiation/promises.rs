//! What Balconies promise each other beside what the specifications have words for.
//!
//! Each promise is an element of its own in the profile's data, of an offer and of its answer; it holds where both have
//! it. Who does not know them ignores them, as the eight clients that were heard do.

use minidom::Element;

use crate::xep::recovery::{self, RecoveryId};
use crate::xep::seal::{self, Fingerprint};
use crate::xep::{checksum, tally};

/// The promises of one side.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Promises {
    /// The sender states a checksum in the end, and the receiver waits for it.
    pub(crate) checksum_follows: bool,
    /// The transfer's name, by which a later offer goes on with it.
    pub(crate) recovery: Option<RecoveryId>,
    /// The receiver says how much has arrived, and the sender listens.
    pub(crate) is_tallied: bool,
    /// The key of who says it, if bytestreams are to be sealed.
    pub(crate) seal: Option<Fingerprint>,
}

impl Promises {
    /// Those in a profile's data.
    pub(crate) fn read(profile_data: &[Element]) -> Self {
        Promises {
            checksum_follows: profile_data.iter().any(checksum::is_checksum),
            recovery: profile_data.iter().find_map(recovery::read_promise),
            is_tallied: profile_data.iter().any(tally::is_tally),
            seal: profile_data.iter().find_map(seal::read),
        }
    }

    /// To be added to a profile's data.
    pub(crate) fn write(&self) -> impl Iterator<Item = Element> {
        let checksum = self.checksum_follows.then(checksum::write_promise);
        let recovery = self.recovery.as_ref().map(recovery::write_promise);
        let tally = self.is_tallied.then(tally::write);
        let seal = self.seal.map(seal::write);
        checksum.into_iter().chain(recovery).chain(tally).chain(seal)
    }

    /// Of an answer, what was offered: more than that is not agreed.
    pub(crate) fn answered_with(&self, answer: Promises) -> Promises {
        Promises {
            checksum_follows: self.checksum_follows && answer.checksum_follows,
            recovery: answer.recovery.filter(|named| self.recovery.as_ref() == Some(named)),
            is_tallied: self.is_tallied && answer.is_tallied,
            seal: self.seal.and(answer.seal),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Promises {
        Promises {
            checksum_follows: true,
            recovery: Some(RecoveryId("b1f2c3d4e5f60718293a4b5c6d7e8f90".to_owned())),
            is_tallied: true,
            seal: Some(Fingerprint([7; 32])),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        for promises in [all(), Promises::default()] {
            let written: Vec<Element> = promises.write().collect();
            assert_eq!(Promises::read(&written), promises);
        }
    }

    #[test]
    fn an_answer_promises_no_more_than_was_offered() {
        assert_eq!(Promises::default().answered_with(all()), Promises::default());
        let another = Promises { recovery: Some(RecoveryId("0".repeat(32))), ..all() };
        assert_eq!(all().answered_with(another), Promises { recovery: None, ..all() });
    }

    #[test]
    fn the_key_is_that_of_who_answers() {
        let theirs = Promises { seal: Some(Fingerprint([9; 32])), ..all() };
        assert_eq!(all().answered_with(theirs.clone()), theirs);
    }
}
