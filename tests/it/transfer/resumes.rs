//! A session is lost and resumed, or not, in the middle of things.

use std::time::Duration;

use balcony::engine::command::Via;
use balcony::engine::event::{Failure, Outcome};

use crate::support::network::Who;
use crate::support::pair::{JULIET, LONG, Pair, ROMEO};

/// Half a second in the simulated world, by either method.
const SIZE: usize = 400_000;

/// Somebody's session is lost at that moment after the acceptance, for some seconds.
fn outage(via: &[Via], who: Who, at: Duration, resumed: bool) -> Pair {
    let mut pair = Pair::frail();
    pair.offer_via(SIZE, via);
    pair.accept();
    pair.pass(at);
    pair.world.lose_session(who);
    pair.pass(Duration::from_secs(3));
    pair.world.log_in(who, resumed);
    pair.pass(LONG);
    pair
}

#[test]
fn a_resumed_session_loses_nothing() {
    for (via, arrived) in [(&[Via::Socks5Direct], Via::Socks5Direct), (&[Via::InBand], Via::InBand)] {
        for who in [ROMEO, JULIET] {
            for ms in [0, 30, 50, 70, 90, 110, 130, 200, 300, 450] {
                outage(via, who, Duration::from_millis(ms), true).assert_arrived(SIZE, arrived);
            }
        }
    }
}

#[test]
fn bytes_on_a_connection_of_their_own_need_no_session() {
    for who in [ROMEO, JULIET] {
        let pair = outage(&[Via::Socks5Direct], who, Duration::from_millis(250), false);
        pair.assert_arrived(SIZE, Via::Socks5Direct);
    }
}

#[test]
fn an_in_band_stream_breaks_with_its_session() {
    for who in [ROMEO, JULIET] {
        let pair = outage(&[Via::InBand], who, Duration::from_millis(250), false);
        assert!(matches!(pair.outcome(who), Outcome::Failed(Failure::Interrupted { .. })));
        assert!(!matches!(pair.outcome(1 - who), Outcome::Completed { .. }));
        pair.assert_tidy();
    }
}

#[test]
fn an_offer_survives_a_new_session_under_the_same_address() {
    for who in [ROMEO, JULIET] {
        let mut pair = Pair::new();
        pair.offer(SIZE);
        pair.world.lose_session(who);
        pair.pass(Duration::from_secs(5));
        pair.world.log_in(who, false);
        pair.pass(Duration::from_secs(5));
        pair.finish();
        pair.assert_arrived(SIZE, Via::Socks5Direct);
    }
}
