//! Somebody starts their program again before the old one has ended: what that one had stays its own until it has.

use std::time::Duration;

use balcony::engine::Input;
use balcony::engine::command::Via;
use balcony::engine::context::Recovers;
use balcony::engine::event::{Event, Outcome, TransferChange, Verified};
use balcony::engine::journal::Entry;
use balcony::xep::ns;

use crate::support::network::Who;
use crate::support::pair::{JULIET, LONG, Pair, ROMEO, UNDER_WAY, content};

/// Half a second in-band.
const SIZE: usize = 400_000;

/// A stopped program takes about as long to end.
const FAREWELL: Duration = Duration::from_secs(3);

/// Accepted and under way when somebody's program ended but for its goodbye, and the next one began.
fn succeeded(who: Who, recovers: Recovers) -> (Pair, Vec<Entry>) {
    let mut pair = Pair::with(|romeo| romeo.recovers = recovers, |_| {});
    pair.offer_via(SIZE, &[Via::InBand]);
    pair.accept();
    pair.pass(UNDER_WAY);
    pair.world.kill(who);
    let entries: Vec<Entry> = pair.world.nodes[who].journal.values().cloned().collect();
    assert_eq!(entries.len(), 1);
    pair.world.tell(who, Input::Remembered { left: Vec::new(), elsewhere: entries.clone() });
    pair.world.log_in(who, false);
    (pair, entries)
}

/// The old program has ended.
fn end(pair: &mut Pair, who: Who, left: Vec<Entry>) {
    pair.world.tell(who, Input::Remembered { left, elsewhere: Vec::new() });
}

/// It is there once, proven, and nobody had to say anything once more.
#[track_caller]
fn assert_recovered(pair: &Pair) {
    for who in [ROMEO, JULIET] {
        let outcomes = pair.outcomes(who);
        let is_whole = matches!(outcomes.last(), Some(Outcome::Completed { verified: Verified::Sha256, .. }));
        assert!(is_whole, "{who}: {outcomes:#?}\n{:#?}", pair.world.nodes[who].events);
    }
    assert_eq!(pair.received(), Some(&content(SIZE)));
    assert_eq!(pair.disk().len(), 1, "{:?}", pair.disk());
    pair.assert_tidy();
}

/// How often Juliet was asked.
fn offers(pair: &Pair) -> usize {
    let is_offer = |event: &&Event| matches!(event, Event::Transfer { change: TransferChange::Offered(_), .. });
    pair.world.nodes[JULIET].events.iter().filter(is_offer).count()
}

#[test]
fn what_the_old_program_leaves_goes_on_in_the_new_one_whichever_side_that_is() {
    for who in [ROMEO, JULIET] {
        for farewell in [Duration::ZERO, FAREWELL, Duration::from_mins(1)] {
            let (mut pair, entries) = succeeded(who, Recovers::All);
            pair.pass(farewell);
            end(&mut pair, who, entries);
            pair.pass(LONG);
            assert_recovered(&pair);
        }
    }
}

#[test]
fn nobody_is_asked_about_what_the_old_program_has_and_nothing_is_taken_from_it() {
    let (mut pair, entries) = succeeded(JULIET, Recovers::All);
    pair.pass(LONG);
    assert_eq!(offers(&pair), 1);
    assert_eq!((pair.outcomes(ROMEO), pair.disk().len()), (Vec::new(), 1));
    assert_eq!(pair.world.nodes[JULIET].journal.values().cloned().collect::<Vec<_>>(), entries);
}

#[test]
fn what_the_old_program_completed_in_the_end_is_not_taken_once_more() {
    let mut pair = Pair::new();
    pair.offer_via(SIZE, &[Via::InBand]);
    pair.accept();
    pair.pass(UNDER_WAY);
    let unfinished = pair.world.nodes[JULIET].journal.values().cloned().collect();
    // All of it arrives, and Romeo does not hear of it.
    let deaf = |way, stanza: minidom::Element| {
        let is_verdict = stanza.has_child("checksum", ns::CHECKSUM);
        if is_verdict { Vec::new() } else { vec![(way, stanza)] }
    };
    pair.world.nodes[ROMEO].quirk = Some(Box::new(deaf));
    pair.pass(Duration::from_secs(40));
    pair.world.kill(JULIET);
    pair.world.nodes[ROMEO].quirk = None;
    let entries: Vec<Entry> = pair.world.nodes[JULIET].journal.values().cloned().collect();
    pair.world.tell(JULIET, Input::Remembered { left: Vec::new(), elsewhere: unfinished });
    pair.world.log_in(JULIET, false);
    pair.pass(FAREWELL);
    end(&mut pair, JULIET, entries);
    pair.pass(LONG);
    assert!(matches!(pair.outcomes(ROMEO).last(), Some(Outcome::Completed { .. })), "{:#?}", pair.outcomes(ROMEO));
    assert_eq!(pair.disk().len(), 1, "{:?}", pair.disk());
}

#[test]
fn a_file_that_is_sent_again_at_once_goes_on_where_the_old_program_left_it() {
    let (mut pair, entries) = succeeded(ROMEO, Recovers::Named);
    pair.offer_to("juliet@capulet.lit".parse().unwrap(), &[]);
    pair.pass(FAREWELL);
    end(&mut pair, ROMEO, entries);
    pair.pass(LONG);
    assert_recovered(&pair);
    assert_eq!(pair.transfers(JULIET).len(), 1);
}

#[test]
fn a_file_that_another_program_keeps_sending_is_sent_once_more_to_whoever_wants_that() {
    let (mut pair, _) = succeeded(ROMEO, Recovers::Named);
    pair.offer_to("juliet@capulet.lit".parse().unwrap(), &[]);
    pair.pass(FAREWELL);
    assert_eq!(offers(&pair), 1, "it does not wait");
    pair.pass(Duration::from_secs(10));
    assert_eq!(offers(&pair), 2);
}
