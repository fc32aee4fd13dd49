//! How many offers may wait for the user: a stranger must not fill the memory, nor the screen, nor the places of those
//! whom the user knows.

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

impl Standing {
    /// How many offers of one, and of all of that standing, may wait.
    fn most_waiting(self) -> (usize, usize) {
        match self {
            Standing::Known => (MOST_OF_ONE, MOST_OF_ALL),
            Standing::Stranger => (MOST_OF_ONE_STRANGER, MOST_OF_STRANGERS),
        }
    }
}

/// A file that was offered to us and is not over.
#[derive(Debug, Clone)]
pub(crate) struct Coming {
    /// Whose it is.
    pub(crate) from: BareJid,
    /// Whether the user knows them.
    pub(crate) standing: Standing,
    /// Whether it waits for the user. Otherwise it was accepted.
    pub(crate) waits: bool,
}

/// Says who may offer another file, and tells the user once when a contact had to be turned away. Of strangers nothing is
/// told.
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
    /// It may not, and the user knows, or need not.
    No,
}

impl Admission {
    /// Whether an offer of `peer` may wait beside what comes already.
    pub(crate) fn admit(&mut self, peer: &BareJid, standing: Standing, coming: &[Coming]) -> Admitted {
        let is_known = standing == Standing::Known;
        let is_full = is_full(peer, standing, coming);
        // Places come and go while somebody goes on offering: only when nothing comes any more is it news again.
        let was_told = self.was_told && !coming.is_empty();
        self.was_told = was_told || (is_full && is_known);
        match (is_full, is_known && !was_told) {
            (false, _) => Admitted::Yes,
            (true, true) => Admitted::NoAndTell,
            (true, false) => Admitted::No,
        }
    }
}

fn is_full(peer: &BareJid, standing: Standing, coming: &[Coming]) -> bool {
    let of_one = coming.iter().filter(|file| file.from == *peer);
    let waiting = coming.iter().filter(|file| file.waits && file.standing == standing);
    let waiting_of_one = of_one.clone().filter(|file| file.waits);
    let (most_of_one, most_of_all) = standing.most_waiting();
    of_one.count() >= MOST_COMING_OF_ONE
        || coming.len() >= MOST_COMING
        || waiting_of_one.count() >= most_of_one
        || waiting.count() >= most_of_all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jid(number: usize) -> BareJid {
        BareJid::new(&format!("peer{number}@capulet.lit")).unwrap()
    }

    fn coming(number: usize, standing: Standing, waits: bool) -> Coming {
        Coming { from: jid(number), standing, waits }
    }

    fn known(number: usize) -> Coming {
        coming(number, Standing::Known, true)
    }

    fn stranger(number: usize) -> Coming {
        coming(number, Standing::Stranger, true)
    }

    fn accepted(number: usize) -> Coming {
        coming(number, Standing::Known, false)
    }

    #[test]
    fn one_contact_may_have_only_so_many_offers_waiting() {
        let mut admission = Admission::default();
        let waiting = vec![known(1); MOST_OF_ONE];
        assert_eq!(admission.admit(&jid(2), Standing::Known, &waiting), Admitted::Yes);
        assert_eq!(admission.admit(&jid(1), Standing::Known, &waiting), Admitted::NoAndTell);
        assert_eq!(admission.admit(&jid(1), Standing::Known, &waiting), Admitted::No);
    }

    #[test]
    fn all_contacts_together_may_have_only_so_many() {
        let mut admission = Admission::default();
        let waiting: Vec<Coming> = (0..MOST_OF_ALL).map(known).collect();
        assert_eq!(admission.admit(&jid(1000), Standing::Known, &waiting[1..]), Admitted::Yes);
        assert_eq!(admission.admit(&jid(1000), Standing::Known, &waiting), Admitted::NoAndTell);
    }

    #[test]
    fn the_user_is_told_again_once_nothing_comes() {
        let mut admission = Admission::default();
        let full = vec![known(1); MOST_OF_ONE];
        assert_eq!(admission.admit(&jid(1), Standing::Known, &full), Admitted::NoAndTell);
        assert_eq!(admission.admit(&jid(1), Standing::Known, &[]), Admitted::Yes);
        assert_eq!(admission.admit(&jid(1), Standing::Known, &full), Admitted::NoAndTell);
    }

    #[test]
    fn a_crowd_of_strangers_takes_no_places_of_contacts_and_is_not_told_of() {
        let mut admission = Admission::default();
        let crowd: Vec<Coming> = (0..MOST_OF_STRANGERS).map(stranger).collect();
        assert_eq!(admission.admit(&jid(1000), Standing::Stranger, &crowd), Admitted::No);
        assert_eq!(admission.admit(&jid(1000), Standing::Stranger, &crowd), Admitted::No);
        assert_eq!(admission.admit(&jid(1000), Standing::Known, &crowd), Admitted::Yes);
        let contacts: Vec<Coming> = (0..MOST_OF_ALL).map(known).collect();
        assert_eq!(admission.admit(&jid(1000), Standing::Stranger, &contacts), Admitted::Yes);
    }

    #[test]
    fn what_was_accepted_takes_places_too() {
        let mut admission = Admission::default();
        let of_one = vec![accepted(1); MOST_COMING_OF_ONE];
        assert_eq!(admission.admit(&jid(1), Standing::Known, &of_one[1..]), Admitted::Yes);
        assert_eq!(admission.admit(&jid(1), Standing::Known, &of_one), Admitted::NoAndTell);
        let of_all: Vec<Coming> = (0..MOST_COMING).map(accepted).collect();
        assert_eq!(Admission::default().admit(&jid(1000), Standing::Known, &of_all), Admitted::NoAndTell);
    }

    #[test]
    fn whatever_is_full_and_however_often_places_come_free_the_user_is_told_once() {
        let mut admission = Admission::default();
        let waiting = vec![known(1); MOST_OF_ONE];
        let taken = vec![accepted(1); MOST_COMING_OF_ONE];
        assert_eq!(admission.admit(&jid(1), Standing::Known, &waiting), Admitted::NoAndTell);
        assert_eq!(admission.admit(&jid(1), Standing::Known, &waiting[1..]), Admitted::Yes);
        assert_eq!(admission.admit(&jid(1), Standing::Known, &waiting), Admitted::No);
        assert_eq!(admission.admit(&jid(1), Standing::Known, &taken), Admitted::No);
    }

    #[test]
    fn one_stranger_may_have_only_a_few_offers_waiting() {
        let mut admission = Admission::default();
        let waiting = vec![stranger(1); MOST_OF_ONE_STRANGER];
        assert_eq!(admission.admit(&jid(1), Standing::Stranger, &waiting), Admitted::No);
        assert_eq!(admission.admit(&jid(2), Standing::Stranger, &waiting), Admitted::Yes);
    }
}
