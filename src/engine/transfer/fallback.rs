//! Which method is tried next, after one proved unreachable; pure and total.
//!
//! The initiator leads. What it may do depends on how the responder answered:
//!
//! - A list of several methods (si-multiple) is walked in its order, under the same stream name. It says all that the
//!   responder wants, so nothing outside it is tried; but a responder that never said that SOCKS5 failed, perhaps because
//!   only our way to the proxy did, refuses the next method for that reason alone (Gabble), and gets a fresh offer.
//! - One method (XEP-0095) is all the responder could say. If our offer had in-band too, it is opened although nobody
//!   agreed on it: libpurple and Tkabber take it, and elsewhere it costs one refusal. Refused or ignored, a fresh offer
//!   that names nothing but in-band is an ordinary one to everybody.

use super::method::Unreachable;

/// How the responder answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answered {
    /// With one method.
    One,
    /// With a list, by si-multiple.
    Several,
}

/// Where the walk stands after a method failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    /// How the responder answered.
    pub(crate) answered: Answered,
    /// To which offer.
    pub(crate) offer: Offer,
    /// Agreed methods that were not tried yet.
    pub(crate) untried: usize,
    /// The method that failed is the one that works wherever stanzas do.
    pub(crate) was_last_resort: bool,
    /// The responder never gave a verdict on an earlier method, or did not agree on the one that failed now.
    pub(crate) is_in_doubt: bool,
}

/// Which of our offers was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Offer {
    /// The first, which named in-band, or did not.
    First {
        /// Whether it did.
        with_last_resort: bool,
    },
    /// The second, which names nothing else.
    Second,
}

/// What the initiator does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Tries the next method agreed on.
    Agreed,
    /// Opens the last resort, on which nobody agreed.
    Unasked,
    /// Makes a fresh offer of the last resort alone.
    OfferAgain,
    /// Nothing is left.
    GiveUp,
}

/// What the initiator does after a method failed.
pub(crate) fn next(position: Position, why: Unreachable) -> Next {
    let Position { answered, offer, untried, was_last_resort, is_in_doubt } = position;
    if why == Unreachable::Disconnected {
        return Next::GiveUp;
    }
    if untried > 0 {
        return Next::Agreed;
    }
    match (offer, answered) {
        (Offer::First { .. }, _) if was_last_resort && is_in_doubt => Next::OfferAgain,
        (Offer::First { with_last_resort: true }, Answered::One) if !was_last_resort => Next::Unasked,
        (Offer::First { .. } | Offer::Second, Answered::One | Answered::Several) => Next::GiveUp,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SOCKS5 was agreed on, alone or followed by in-band, and failed.
    fn after_socks5(answered: Answered) -> Position {
        Position {
            answered,
            offer: Offer::First { with_last_resort: true },
            untried: usize::from(answered == Answered::Several),
            was_last_resort: false,
            is_in_doubt: false,
        }
    }

    fn check(position: Position, next_is: Next) {
        assert_eq!(next(position, Unreachable::Failed), next_is, "{position:?}");
    }

    #[test]
    fn an_agreed_list_is_walked_to_its_end() {
        check(after_socks5(Answered::Several), Next::Agreed);
        check(Position { untried: 0, was_last_resort: true, ..after_socks5(Answered::Several) }, Next::GiveUp);
    }

    #[test]
    fn a_list_that_leaves_in_band_out_means_it() {
        check(Position { untried: 0, ..after_socks5(Answered::Several) }, Next::GiveUp);
    }

    #[test]
    fn in_band_is_opened_unasked_where_only_one_method_could_be_answered() {
        check(after_socks5(Answered::One), Next::Unasked);
        check(
            Position { offer: Offer::First { with_last_resort: false }, ..after_socks5(Answered::One) },
            Next::GiveUp,
        );
    }

    #[test]
    fn in_band_refused_for_want_of_agreement_is_offered_afresh_once() {
        let refused = Position { was_last_resort: true, is_in_doubt: true, ..after_socks5(Answered::One) };
        check(refused, Next::OfferAgain);
        check(Position { offer: Offer::Second, ..refused }, Next::GiveUp);
    }

    #[test]
    fn in_band_that_was_agreed_on_and_refused_is_not_pressed() {
        check(Position { was_last_resort: true, ..after_socks5(Answered::One) }, Next::GiveUp);
    }

    #[test]
    fn a_responder_that_was_silent_about_socks5_gets_a_fresh_offer() {
        let refused =
            Position { untried: 0, was_last_resort: true, is_in_doubt: true, ..after_socks5(Answered::Several) };
        check(refused, Next::OfferAgain);
    }

    #[test]
    fn nothing_follows_a_lost_session() {
        assert_eq!(next(after_socks5(Answered::Several), Unreachable::Disconnected), Next::GiveUp);
    }
}
