//! How many offers may wait for the user: a stranger must not fill the memory, nor the screen, nor the places of those
//! whom the user knows.

use std::collections::BTreeMap;

use jid::BareJid;

/// Offers of one contact that wait; more than a person sends at once.
const MOST_OF_ONE: usize = 32;

/// Offers of contacts that wait in all; more than a person answers.
const MOST_OF_ALL: usize = 256;

/// Offers of one stranger that wait; who is not known introduces themselves with less.
const MOST_OF_ONE_STRANGER: usize = 4;

/// Offers of strangers that wait in all. They have no share in the contacts' places, for addresses cost nothing.
const MOST_OF_STRANGERS: usize = 16;

/// Files of one contact or stranger that come at a time, whether they wait or were accepted: rules accept, too, and what
/// was accepted holds a descriptor. More than anybody drags onto a window.
const MOST_COMING_OF_ONE: usize = 64;

/// Files that come in all: well below the thousand descriptors that a process usually may have.
const MOST_COMING: usize = 384;

/// Whether the user knows somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// A contact, or a device of ours.
    Known,
    /// Anybody else.
    Stranger,
}

/// Counts who waits, and tells the user once when a contact had to be turned away. Of strangers nothing is told.
#[derive(Debug, Default)]
pub(crate) struct Admission {
    was_told: bool,
    was_crowded: bool,
}

/// Whether an offer may wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Admitted {
    /// It may.
    Yes,
    /// It may not, and the user should know.
    NoAndTell,
    /// It may not, and the user knows, or need not.
    No,
}

impl Admission {
    /// Whether an offer of `peer` may wait beside those of `waiting`.
    pub(crate) fn admit(
        &mut self,
        peer: &BareJid,
        standing: Standing,
        waiting: impl Iterator<Item = (BareJid, Standing)>,
    ) -> Admitted {
        let mut of_each: BTreeMap<BareJid, usize> = BTreeMap::new();
        let alike = waiting.filter(|(_, other)| *other == standing);
        alike.for_each(|(other, _)| *of_each.entry(other).or_default() += 1);
        let in_all: usize = of_each.values().sum();
        let of_one = of_each.get(peer).copied().unwrap_or_default();
        match standing {
            Standing::Known => self.admit_known(of_one >= MOST_OF_ONE || in_all >= MOST_OF_ALL, in_all),
            Standing::Stranger if of_one >= MOST_OF_ONE_STRANGER || in_all >= MOST_OF_STRANGERS => Admitted::No,
            Standing::Stranger => Admitted::Yes,
        }
    }

    /// Whether another file may come beside so many of the same person's, and so many in all.
    pub(crate) fn admit_beside(&mut self, of_one: usize, in_all: usize) -> Admitted {
        let is_crowded = of_one >= MOST_COMING_OF_ONE || in_all >= MOST_COMING;
        let was_crowded = std::mem::replace(&mut self.was_crowded, is_crowded);
        match (is_crowded, was_crowded) {
            (false, _) => Admitted::Yes,
            (true, false) => Admitted::NoAndTell,
            (true, true) => Admitted::No,
        }
    }

    fn admit_known(&mut self, is_full: bool, in_all: usize) -> Admitted {
        let was_told = self.was_told;
        self.was_told = is_full || (was_told && in_all > 0);
        match (is_full, was_told) {
            (false, _) => Admitted::Yes,
            (true, false) => Admitted::NoAndTell,
            (true, true) => Admitted::No,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jid(number: usize) -> BareJid {
        BareJid::new(&format!("peer{number}@capulet.lit")).unwrap()
    }

    fn known(number: usize) -> (BareJid, Standing) {
        (jid(number), Standing::Known)
    }

    fn stranger(number: usize) -> (BareJid, Standing) {
        (jid(number), Standing::Stranger)
    }

    #[test]
    fn one_contact_may_have_only_so_many_offers_waiting() {
        let mut admission = Admission::default();
        let waiting = || std::iter::repeat_n(known(1), MOST_OF_ONE);
        assert_eq!(admission.admit(&jid(2), Standing::Known, waiting()), Admitted::Yes);
        assert_eq!(admission.admit(&jid(1), Standing::Known, waiting()), Admitted::NoAndTell);
        assert_eq!(admission.admit(&jid(1), Standing::Known, waiting()), Admitted::No);
    }

    #[test]
    fn all_contacts_together_may_have_only_so_many() {
        let mut admission = Admission::default();
        let waiting = |count: usize| (0..count).map(known);
        assert_eq!(admission.admit(&jid(1000), Standing::Known, waiting(MOST_OF_ALL - 1)), Admitted::Yes);
        assert_eq!(admission.admit(&jid(1000), Standing::Known, waiting(MOST_OF_ALL)), Admitted::NoAndTell);
    }

    #[test]
    fn the_user_is_told_again_once_nothing_waited() {
        let mut admission = Admission::default();
        let full = || std::iter::repeat_n(known(1), MOST_OF_ONE);
        assert_eq!(admission.admit(&jid(1), Standing::Known, full()), Admitted::NoAndTell);
        assert_eq!(admission.admit(&jid(1), Standing::Known, std::iter::empty()), Admitted::Yes);
        assert_eq!(admission.admit(&jid(1), Standing::Known, full()), Admitted::NoAndTell);
    }

    #[test]
    fn a_crowd_of_strangers_takes_no_places_of_contacts_and_is_not_told_of() {
        let mut admission = Admission::default();
        let crowd = || (0..MOST_OF_STRANGERS).map(stranger);
        assert_eq!(admission.admit(&jid(1000), Standing::Stranger, crowd()), Admitted::No);
        assert_eq!(admission.admit(&jid(1000), Standing::Stranger, crowd()), Admitted::No);
        assert_eq!(admission.admit(&jid(1000), Standing::Known, crowd()), Admitted::Yes);
        let contacts = || (0..MOST_OF_ALL).map(known);
        assert_eq!(admission.admit(&jid(1000), Standing::Stranger, contacts()), Admitted::Yes);
    }

    #[test]
    fn what_was_accepted_takes_places_too_and_the_user_is_told_once() {
        let mut admission = Admission::default();
        assert_eq!(admission.admit_beside(MOST_COMING_OF_ONE - 1, MOST_COMING - 1), Admitted::Yes);
        assert_eq!(admission.admit_beside(MOST_COMING_OF_ONE, MOST_COMING_OF_ONE), Admitted::NoAndTell);
        assert_eq!(admission.admit_beside(0, MOST_COMING), Admitted::No);
        assert_eq!(admission.admit_beside(0, 0), Admitted::Yes);
    }

    #[test]
    fn one_stranger_may_have_only_a_few_offers_waiting() {
        let mut admission = Admission::default();
        let waiting = || std::iter::repeat_n(stranger(1), MOST_OF_ONE_STRANGER);
        assert_eq!(admission.admit(&jid(1), Standing::Stranger, waiting()), Admitted::No);
        assert_eq!(admission.admit(&jid(2), Standing::Stranger, waiting()), Admitted::Yes);
    }
}
