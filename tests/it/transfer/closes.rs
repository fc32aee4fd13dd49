//! How streams end whose other end is in a hurry, or late.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use balcony::engine::Input;
use balcony::engine::command::Via;
use balcony::engine::context::{Recovers, Settings};
use balcony::engine::event::{Failure, Outcome};
use balcony::xep::ns;
use balcony::xep::stanza::set;

use crate::support::network::{Way, Who, World};
use crate::support::pair::{JULIET, LONG, Pair, ROMEO, UNDER_WAY};
use crate::support::server::Proxy;

/// Juliet connects and is gone before her word of it has come by way of the servers.
fn hurried(world: World, via: Via) -> Pair {
    let mut pair = Pair::in_world(world, |_| {}, |_| {});
    pair.world.detour = Duration::from_millis(100);
    pair.world.nodes[JULIET].hangs_up = true;
    pair.offer_via(0, &[via]);
    pair.finish();
    pair
}

#[test]
fn an_empty_file_has_arrived_where_the_target_came_and_went() {
    hurried(World::new(), Via::Socks5Direct).assert_arrived(0, Via::Socks5Direct);
}

#[test]
fn an_empty_file_has_arrived_where_the_target_came_to_the_proxy_and_went() {
    let mut world = World::new();
    world.proxy = Some(Proxy::new());
    hurried(world, Via::Socks5Proxy).assert_arrived(0, Via::Socks5Proxy);
}

/// Romeo's close of his in-band stream comes that long after it was due; how Juliet answers it.
fn closed_late(delay: Duration) -> (Pair, Vec<String>) {
    let mut pair = Pair::new();
    let (held, answers) = (Rc::new(RefCell::new(None)), Rc::new(RefCell::new(Vec::new())));
    let (keep, note) = (Rc::clone(&held), Rc::clone(&answers));
    pair.world.nodes[ROMEO].quirk = Some(Box::new(move |way, stanza| {
        if way == Way::Out && stanza.has_child("close", ns::IBB) {
            keep.replace(Some(stanza));
            return Vec::new();
        }
        let is_answer = keep.borrow().as_ref().is_some_and(|close| close.attr("id") == stanza.attr("id"));
        if way == Way::In && is_answer {
            note.borrow_mut().push(stanza.attr("type").unwrap().to_owned());
        }
        vec![(way, stanza)]
    }));
    pair.offer_via(5000, &[Via::InBand]);
    pair.accept();
    while held.borrow().is_none() {
        assert!(pair.world.step(pair.world.now() + LONG), "Romeo never closes");
    }
    pair.pass(delay);
    let mut close = held.borrow().clone().unwrap();
    set(&mut close, "from", pair.world.nodes[ROMEO].jid.as_str());
    pair.world.tell(JULIET, Input::Stanza(close));
    pair.pass(LONG);
    let answers = answers.borrow().clone();
    (pair, answers)
}

#[test]
fn a_close_is_answered_whether_it_comes_before_while_or_after_the_file_gets_its_name() {
    for ms in [0, 1000, 1900, 2000, 2100, 2200, 3000, 60_000] {
        let (pair, answers) = closed_late(Duration::from_millis(ms));
        pair.assert_arrived(5000, Via::InBand);
        assert_eq!(answers, ["result"], "after {ms} ms");
    }
}

#[test]
fn a_receiver_that_takes_no_blocks_in_requests_is_given_up_after_half_a_minute() {
    let mut pair = Pair::frail();
    pair.world.nodes[JULIET].quirk = Some(Box::new(|way, stanza| {
        let is_block = way == Way::In && stanza.has_child("data", ns::IBB);
        if is_block { Vec::new() } else { vec![(way, stanza)] }
    }));
    pair.offer_via(100_000, &[Via::InBand]);
    pair.accept();
    pair.pass(Duration::from_secs(29));
    assert_eq!(pair.outcomes(ROMEO), []);
    pair.pass(Duration::from_secs(2));
    assert!(matches!(pair.outcome(ROMEO), Outcome::Failed(Failure::Interrupted { bytes: 0, .. })));
    pair.pass(LONG);
    pair.assert_tidy();
}

/// Somebody's program stands still in the middle; how long the other side takes to say so.
fn stopped(via: Via, frozen: Who) -> Duration {
    let mut world = World::new();
    world.proxy = Some(Proxy::new());
    world.stalls_after = Some(100_000);
    let frail = |who: &mut Settings| who.recovers = Recovers::None;
    let mut pair = Pair::in_world(world, frail, frail);
    pair.offer_via(400_000, &[via]);
    pair.accept();
    pair.pass(UNDER_WAY);
    pair.world.freeze(frozen);
    let (start, other) = (pair.world.now(), 1 - frozen);
    while pair.outcomes(other).is_empty() {
        assert!(pair.world.step(start + LONG), "{other} waits for ever by {via:?}");
    }
    let took = pair.world.now() - start;
    assert!(matches!(pair.outcome(other), Outcome::Failed(Failure::Interrupted { .. })), "{:?}", pair.outcome(other));
    pair.world.thaw(frozen);
    pair.pass(LONG);
    pair.assert_tidy();
    took
}

#[test]
fn a_stream_that_stands_still_is_broken_off_by_either_side_after_five_minutes() {
    for via in Via::ALL {
        for frozen in [ROMEO, JULIET] {
            let took = stopped(via, frozen);
            assert!(took > Duration::from_secs(299) && took < Duration::from_secs(301), "{via:?} {frozen} {took:?}");
        }
    }
}
