//! A session is lost between the user's yes and the first byte: at every step of the way, on either side or on both, and by
//! every method. What was accepted arrives all the same.

use std::time::Duration;

use balcony::engine::command::Via;
use balcony::engine::event::{Outcome, TransferChange};

use crate::support::network::{Who, World};
use crate::support::pair::{JULIET, LONG, Pair, ROMEO, content};
use crate::support::server::Proxy;

/// Some blocks.
const SIZE: usize = 100_000;

/// More than there are between the acceptance and the first byte.
const MOST_STEPS: usize = 200;

/// Who loses the session, and as whom they come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Loss {
    /// Their own connection to the server, with what was on its way from them.
    Own(Who),
    /// The same, and the server sees them go before they come back.
    Seen(Who),
    /// The server dies.
    Server,
}

const LOSSES: [Loss; 5] = [Loss::Own(ROMEO), Loss::Own(JULIET), Loss::Seen(ROMEO), Loss::Seen(JULIET), Loss::Server];

#[test]
fn a_direct_file_arrives_whichever_session_is_lost_before_its_first_byte() {
    arrives_by(Via::Socks5Direct);
}

#[test]
fn a_file_by_proxy_arrives_whichever_session_is_lost_before_its_first_byte() {
    arrives_by(Via::Socks5Proxy);
}

#[test]
fn a_file_in_band_arrives_whichever_session_is_lost_before_its_first_byte() {
    arrives_by(Via::InBand);
}

fn arrives_by(via: Via) {
    let mut failed = Vec::new();
    for loss in LOSSES {
        for step in 0..MOST_STEPS {
            let Some(pair) = lost(via, loss, step) else {
                assert!(step > 1, "{via:?} {loss:?}: nothing lies between the acceptance and the first byte");
                break;
            };
            if !is_whole(&pair) {
                failed.push(format!("{loss:?} at {step}: {:#?}", [ROMEO, JULIET].map(|who| pair.outcomes(who))));
            }
        }
    }
    assert!(failed.is_empty(), "{via:?}: {} failed\n{}", failed.len(), failed.join("\n"));
}

/// The session is lost so many steps after the acceptance, if no byte has moved by then, and there again some seconds later.
fn lost(via: Via, loss: Loss, step: usize) -> Option<Pair> {
    let mut world = World::new();
    world.proxy = (via == Via::Socks5Proxy).then(Proxy::new);
    let mut pair = Pair::in_world(world, |_| {}, |_| {});
    pair.offer_via(SIZE, &[via]);
    pair.accept();
    for _ in 0..step {
        assert!(pair.world.step(pair.world.now() + LONG));
    }
    if has_moved(&pair) {
        return None;
    }
    // An offer without an answer is over when the one who has it is seen to go.
    if loss == Loss::Seen(JULIET) && !has_heard(&pair) {
        return lost(via, loss, step + 1);
    }
    lose(&mut pair, loss);
    pair.pass(LONG);
    Some(pair)
}

fn lose(pair: &mut Pair, loss: Loss) {
    let losers = match loss {
        Loss::Own(who) | Loss::Seen(who) => {
            pair.world.lose_session(who);
            vec![who]
        }
        Loss::Server => {
            pair.world.lose_server();
            vec![ROMEO, JULIET]
        }
    };
    pair.pass(Duration::from_secs(3));
    if let Loss::Seen(who) = loss {
        pair.world.vanish(who);
        pair.pass(Duration::from_secs(3));
    }
    for who in losers {
        pair.world.log_in(who, false);
    }
}

fn has_heard(pair: &Pair) -> bool {
    pair.first(ROMEO).iter().any(|change| matches!(change, TransferChange::Answered { .. }))
}

fn has_moved(pair: &Pair) -> bool {
    [ROMEO, JULIET].into_iter().flat_map(|who| pair.first(who)).any(|change| match change {
        TransferChange::Progress(progress) => progress.bytes > 0,
        TransferChange::Ended(_) => true,
        _ => false,
    })
}

/// It is there once, and nobody was told that it failed.
fn is_whole(pair: &Pair) -> bool {
    let is_told = |who| {
        let outcomes = pair.outcomes(who);
        matches!(outcomes.as_slice(), [Outcome::Completed { .. }])
    };
    [ROMEO, JULIET].into_iter().all(is_told) && pair.received() == Some(&content(SIZE)) && pair.disk().len() == 1
}
