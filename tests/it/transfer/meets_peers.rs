//! Every peer of the table, from the start of a session and in a resumed one.

use std::time::Duration;

use balcony::engine::event::Outcome;

use crate::support::pair::{LONG, Pair, content};
use crate::support::peers::{Ends, Happens, PEERS, Peer};

const SIZE: usize = 400_000;

/// When our session is lost and resumed, if it is.
#[derive(Debug, Clone, Copy)]
enum Session {
    FromTheStart,
    ResumedBefore,
    ResumedMeanwhile(u64),
}

const SESSIONS: &[Session] = &[
    Session::FromTheStart,
    Session::ResumedBefore,
    Session::ResumedMeanwhile(0),
    Session::ResumedMeanwhile(60),
    Session::ResumedMeanwhile(150),
];

fn meet(peer: &Peer, session: Session) -> Pair {
    let mut pair = Pair::frail();
    let (_, ours) = peer.cast();
    (peer.habit)(&mut pair);
    if let Session::ResumedBefore = session {
        pair.interrupt(ours);
    }
    pair.offer_via(SIZE, peer.via);
    peer.act(&mut pair);
    if let Session::ResumedMeanwhile(ms) = session {
        pair.pass(Duration::from_millis(ms));
        pair.interrupt(ours);
    }
    if matches!(peer.event, Happens::Accepted) {
        pair.finish();
    }
    pair.pass(LONG);
    pair
}

#[test]
fn our_side_ends_as_it_should_with_every_peer() {
    let mut wrong = Vec::new();
    for peer in PEERS {
        for session in SESSIONS {
            let pair = meet(peer, *session);
            let (_, ours) = peer.cast();
            let outcomes = pair.outcomes(ours);
            let is_right = match (outcomes.as_slice(), peer.ends) {
                ([Outcome::Completed { via, .. }], Ends::Arrives(expected)) => {
                    *via == expected && pair.received() == Some(&content(SIZE))
                }
                ([outcome], Ends::With(is_expected)) => is_expected(outcome),
                _ => false,
            };
            if !is_right {
                wrong.push(format!("{} ({session:?}): {outcomes:#?} {:#?}", peer.name, pair.attempts(ours)));
            }
            pair.assert_tidy();
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
