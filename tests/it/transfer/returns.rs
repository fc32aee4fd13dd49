//! Whoever was offered a file goes without an answer, and comes back, or does not.

use std::time::Duration;

use balcony::engine::Input;
use balcony::engine::event::{Event, Failure, Outcome, PeerFault, TransferChange};
use jid::Jid;

use crate::support::engine::parse;
use crate::support::pair::{JULIET, LONG, Pair, ROMEO, SONNET, content};

const SIZE: usize = 5;

/// Offered, and left without an answer by a program that was killed.
fn killed(to: &str) -> Pair {
    let mut pair = Pair::new();
    let roster = "<query xmlns='jabber:iq:roster'><item jid='juliet@capulet.lit' subscription='both'/></query>";
    pair.world.tell(ROMEO, Input::Stanza(parse(&format!("<iq type='set' id='r'>{roster}</iq>"))));
    pair.world.nodes[ROMEO].disk.insert(SONNET.into(), content(SIZE));
    pair.offer_to(Jid::new(to).unwrap(), &[]);
    pair.pass(Duration::from_secs(1));
    assert_eq!(pair.undecided().len(), 1);
    pair.world.kill(JULIET);
    pair
}

#[test]
fn a_program_that_is_started_again_is_asked_again() {
    for to in ["juliet@capulet.lit", "juliet@capulet.lit/balcony"] {
        let mut pair = killed(to);
        pair.world.log_in(JULIET, false);
        pair.finish();
        assert!(matches!(pair.outcome(ROMEO), Outcome::Completed { .. }), "{:?}", pair.outcome(ROMEO));
        assert_eq!(pair.received(), Some(&content(SIZE)));
        pair.assert_tidy();
    }
}

#[test]
fn who_comes_back_soon_is_waited_for_and_the_user_is_told_so() {
    let mut pair = killed("juliet@capulet.lit");
    pair.pass(Duration::from_secs(20));
    let is_told = |event: &Event| match event {
        Event::Transfer { change: TransferChange::Remark(remark), .. } => {
            remark.contains("went offline without an answer")
        }
        _ => false,
    };
    assert_eq!(pair.world.nodes[ROMEO].events.iter().filter(|event| is_told(event)).count(), 1);
    pair.world.log_in(JULIET, false);
    pair.finish();
    assert!(matches!(pair.outcome(ROMEO), Outcome::Completed { .. }), "{:?}", pair.outcome(ROMEO));
}

#[test]
fn who_does_not_come_back_is_given_up() {
    let mut pair = killed("juliet@capulet.lit");
    pair.pass(LONG);
    assert_eq!(pair.outcome(ROMEO), Outcome::Failed(Failure::Peer(PeerFault::Gone)));
    pair.assert_tidy();
}

#[test]
fn who_comes_and_goes_without_an_answer_is_not_asked_for_ever() {
    let mut pair = killed("juliet@capulet.lit");
    for _ in 0..5 {
        pair.world.log_in(JULIET, false);
        pair.pass(Duration::from_secs(5));
        pair.world.kill(JULIET);
        pair.pass(Duration::from_secs(1));
    }
    assert_eq!(pair.outcome(ROMEO), Outcome::Failed(Failure::Peer(PeerFault::Gone)));
    pair.assert_tidy();
}
