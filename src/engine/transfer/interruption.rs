//! What is an end and what an interruption, and how long to wait before the next try; pure.
//!
//! A way that breaks says nothing about the wish behind it: what was accepted once goes on when both sides are there,
//! and what filled the disk when there is room again, or was away when it is back. What a person decided, and what
//! trying again does not mend (a file that changed, a peer that breaks the rules), is an end.

use std::time::Duration;

use crate::engine::FileError;
use crate::engine::event::{Failure, Outcome, PeerFault, Side};

/// An interrupted transfer is given up after this time: a week of vacation, and everybody has forgotten it.
pub(crate) const LIFETIME: Duration = Duration::from_hours(7 * 24);

/// Somebody who has just come tells within that what they can do.
pub(crate) const ARRIVAL: Duration = Duration::from_secs(2);

/// A sender that can goes on by itself as soon as it is there; a receiver that has waited so much longer asks it to.
pub(crate) const COURTESY: Duration = Duration::from_secs(10);

/// To a program that cannot know a transfer again every offer is a question to a person, who may have closed the stream on
/// purpose: they are asked so often before our user has to say so.
const MOST_QUESTIONS: u32 = 3;

/// So many tries in a row by which not a byte moved, and the user has to say so. With the pauses between them, two hours.
const MOST_VAIN_TRIES: u32 = 30;

/// Why a transfer stands still for which no way was found.
pub(crate) const NO_METHOD: &str = "no method worked";

/// How a transfer stood when its stream or its negotiation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    /// How far the two had come.
    pub(crate) stage: Stage,
    /// What happened to it before.
    pub(crate) before: Before,
    /// Both sides have a name for it.
    pub(crate) is_named: bool,
    /// We are the ones who offer.
    pub(crate) sends: bool,
    /// Some of a file is here of which it is known how long it is.
    pub(crate) has_begun: bool,
}

/// What happened to a transfer before its stream or its negotiation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Before {
    /// Nothing bad.
    Nothing,
    /// Our session was lost since it was offered, or is.
    CutOff,
    /// It was interrupted.
    Interrupted,
}

/// How far the two sides of a transfer had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Nobody was asked.
    Planned,
    /// The offer has no answer.
    Offered,
    /// It waits for our user, perhaps once more.
    Undecided,
    /// It was accepted, now or earlier.
    Accepted,
}

/// Why a transfer is interrupted by what ended its stream; none if it is over.
pub(crate) fn reason(outcome: &Outcome, standing: Standing) -> Option<String> {
    let Standing { stage, before, is_named, sends, has_begun } = standing;
    let (is_accepted, was_interrupted) = (stage == Stage::Accepted, before == Before::Interrupted);
    let goes_on = is_accepted || was_interrupted;
    // A sender who gives up says so where both know the transfer by its name; what is not there may be on its way again.
    let may_come = is_accepted && (before != Before::Nothing || (is_named && !sends));
    let (is_interruption, why) = match outcome {
        Outcome::Failed(Failure::Interrupted { why, .. }) => (goes_on, why.clone()),
        Outcome::Failed(Failure::Disconnected) => {
            (goes_on || (sends && stage == Stage::Offered), "our session ended".to_owned())
        }
        Outcome::Failed(Failure::Peer(PeerFault::Gone)) => (goes_on, "they went offline".to_owned()),
        Outcome::Failed(Failure::Peer(PeerFault::Silent(why) | PeerFault::Refused(why))) => (may_come, why.clone()),
        Outcome::Failed(Failure::Unreachable { .. }) => (may_come, NO_METHOD.to_owned()),
        Outcome::Cancelled { by: Side::Peer } => {
            let is_put_off = was_interrupted && stage == Stage::Undecided;
            (is_put_off || (is_named && is_accepted), "they stopped".to_owned())
        }
        Outcome::Failed(Failure::Local(full @ FileError::Full { .. })) => (has_begun, full.to_string()),
        Outcome::Failed(Failure::Local(away @ FileError::Unreadable(_))) => (sends && goes_on, away.to_string()),
        Outcome::Completed { .. }
        | Outcome::Declined { .. }
        | Outcome::Cancelled { by: Side::Us }
        | Outcome::Failed(
            Failure::Peer(
                PeerFault::Incompatible(_) | PeerFault::Unable(_) | PeerFault::Misbehaved(_) | PeerFault::Hidden,
            )
            | Failure::Local(FileError::Unwritable(_) | FileError::NotUnpacked { .. } | FileError::Changed)
            | Failure::Corrupt { .. },
        ) => return None,
    };
    is_interruption.then_some(why)
}

/// Whether only the user can do something about what interrupted it.
pub(crate) fn is_for_the_user(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Cancelled { by: Side::Us } | Outcome::Failed(Failure::Local(_)))
}

/// How long to wait before the next try, after so many by which nothing moved; none if that is for the user to say.
pub(crate) fn pause(vain_tries: u32, is_named: bool) -> Option<Duration> {
    let most = if is_named { MOST_VAIN_TRIES } else { MOST_QUESTIONS };
    if vain_tries >= most {
        return None;
    }
    let seconds = match vain_tries {
        0 => 2,
        1 => 5,
        2 => 15,
        3 => 30,
        4 => 60,
        5 => 120,
        6.. => 300,
    };
    Some(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::event::Via;

    const ACCEPTED: Standing =
        Standing { stage: Stage::Accepted, before: Before::Nothing, is_named: true, sends: true, has_begun: false };

    fn broken() -> Outcome {
        let why = "reset".to_owned();
        Outcome::Failed(Failure::Interrupted { via: Via::InBand, bytes: 1, why })
    }

    #[test]
    fn what_was_accepted_goes_on_and_what_was_only_offered_does_not() {
        assert_eq!(reason(&broken(), ACCEPTED).as_deref(), Some("reset"));
        let offered = Standing { stage: Stage::Offered, ..ACCEPTED };
        assert_eq!(reason(&broken(), offered), None);
        let lost = Outcome::Failed(Failure::Disconnected);
        assert!(reason(&lost, offered).is_some(), "our own offer is worth making again");
        assert_eq!(reason(&lost, Standing { sends: false, ..offered }), None);
        assert_eq!(reason(&lost, Standing { stage: Stage::Planned, ..offered }), None);
    }

    #[test]
    fn what_people_decided_is_an_end() {
        assert_eq!(reason(&Outcome::Declined { by: Side::Peer }, ACCEPTED), None);
        assert_eq!(reason(&Outcome::Cancelled { by: Side::Us }, ACCEPTED), None);
        let closed = Outcome::Cancelled { by: Side::Peer };
        assert!(reason(&closed, ACCEPTED).is_some(), "who gives up says so in another way");
        assert_eq!(reason(&closed, Standing { is_named: false, ..ACCEPTED }), None);
    }

    #[test]
    fn what_trying_again_does_not_mend_is_an_end() {
        for failure in [Failure::Local(FileError::Changed), Failure::Peer(PeerFault::Misbehaved(String::new()))] {
            assert_eq!(reason(&Outcome::Failed(failure), Standing { before: Before::Interrupted, ..ACCEPTED }), None);
        }
    }

    #[test]
    fn a_file_that_is_away_interrupts_who_sends_it_once_it_was_accepted() {
        let away = Outcome::Failed(Failure::Local(FileError::Unreadable("no such file".to_owned())));
        assert!(reason(&away, ACCEPTED).is_some() && is_for_the_user(&away));
        assert_eq!(reason(&away, Standing { stage: Stage::Planned, ..ACCEPTED }), None);
        assert_eq!(reason(&away, Standing { stage: Stage::Offered, ..ACCEPTED }), None);
    }

    #[test]
    fn a_disk_that_is_full_interrupts_what_has_begun_and_refuses_what_has_not() {
        let full = Outcome::Failed(Failure::Local(FileError::Full { needed: 2, free: 1 }));
        let receives = Standing { sends: false, ..ACCEPTED };
        assert_eq!(reason(&full, receives), None);
        assert!(reason(&full, Standing { has_begun: true, ..receives }).is_some());
        assert!(is_for_the_user(&full));
    }

    #[test]
    fn a_first_search_for_a_way_that_finds_none_is_an_end_and_a_later_one_is_not() {
        let nowhere = Outcome::Failed(Failure::Unreachable { tried: Vec::new() });
        assert_eq!(reason(&nowhere, ACCEPTED), None);
        assert!(reason(&nowhere, Standing { before: Before::CutOff, ..ACCEPTED }).is_some());
        assert!(reason(&nowhere, Standing { before: Before::Interrupted, ..ACCEPTED }).is_some());
    }

    #[test]
    fn a_receiver_leaves_it_to_a_sender_who_knows_the_transfer_to_give_up() {
        let receives = Standing { sends: false, ..ACCEPTED };
        for failure in [
            Failure::Unreachable { tried: Vec::new() },
            Failure::Peer(PeerFault::Silent("they do not begin".to_owned())),
        ] {
            let outcome = Outcome::Failed(failure);
            assert!(reason(&outcome, receives).is_some());
            assert_eq!(reason(&outcome, Standing { is_named: false, ..receives }), None);
        }
    }

    #[test]
    fn who_never_accepted_and_does_not_answer_is_left_alone() {
        let silent = Outcome::Failed(Failure::Peer(PeerFault::Silent(String::new())));
        let again = Standing { stage: Stage::Offered, before: Before::Interrupted, ..ACCEPTED };
        assert_eq!(reason(&silent, again), None);
    }

    #[test]
    fn people_are_asked_three_times_and_programs_for_hours() {
        assert!((0..3).all(|tries| pause(tries, false).is_some()));
        assert_eq!(pause(3, false), None);
        let hours: Duration = (0..).map_while(|tries| pause(tries, true)).sum();
        assert!(hours > Duration::from_hours(2), "{hours:?}");
    }
}
