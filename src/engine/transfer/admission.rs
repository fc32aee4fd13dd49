//! How many offers may wait for the user: a stranger must not fill the memory, nor the screen.

use std::collections::BTreeMap;

use jid::BareJid;

/// Offers of one contact that wait; more than a person sends at once.
const MOST_OF_ONE: usize = 32;

/// Offers that wait in all; more than a person answers.
const MOST_OF_ALL: usize = 256;

/// Counts who waits, and tells the user once when somebody had to be turned away.
#[derive(Debug, Default)]
pub(crate) struct Admission {
    was_told: bool,
}

/// Whether an offer may wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Admitted {
    /// It may.
    Yes,
    /// It may not, and the user should know.
    NoAndTell,
    /// It may not, and the user knows.
    No,
}

impl Admission {
    /// Whether an offer of `peer` may wait beside those of `waiting`.
    pub(crate) fn admit(&mut self, peer: &BareJid, waiting: impl Iterator<Item = BareJid>) -> Admitted {
        let mut of_each: BTreeMap<BareJid, usize> = BTreeMap::new();
        waiting.for_each(|other| *of_each.entry(other).or_default() += 1);
        let in_all: usize = of_each.values().sum();
        let is_full = in_all >= MOST_OF_ALL || of_each.get(peer).is_some_and(|of_one| *of_one >= MOST_OF_ONE);
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

    #[test]
    fn one_contact_may_have_only_so_many_offers_waiting() {
        let mut admission = Admission::default();
        let waiting = || std::iter::repeat_n(jid(1), MOST_OF_ONE);
        assert_eq!(admission.admit(&jid(2), waiting()), Admitted::Yes);
        assert_eq!(admission.admit(&jid(1), waiting()), Admitted::NoAndTell);
        assert_eq!(admission.admit(&jid(1), waiting()), Admitted::No);
    }

    #[test]
    fn all_contacts_together_may_have_only_so_many() {
        let mut admission = Admission::default();
        assert_eq!(admission.admit(&jid(1000), (0..MOST_OF_ALL - 1).map(jid)), Admitted::Yes);
        assert_eq!(admission.admit(&jid(1000), (0..MOST_OF_ALL).map(jid)), Admitted::NoAndTell);
    }

    #[test]
    fn the_user_is_told_again_once_nothing_waited() {
        let mut admission = Admission::default();
        let full = || std::iter::repeat_n(jid(1), MOST_OF_ONE);
        assert_eq!(admission.admit(&jid(1), full()), Admitted::NoAndTell);
        assert_eq!(admission.admit(&jid(1), std::iter::empty()), Admitted::Yes);
        assert_eq!(admission.admit(&jid(1), full()), Admitted::NoAndTell);
    }
}
