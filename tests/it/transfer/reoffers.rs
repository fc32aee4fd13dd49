//! Senders that know nothing of recovery offer once more what broke: it goes on only where it is the same file.

use std::time::Duration;

use balcony::engine::command::{Command, Via};
use balcony::engine::event::{Event, TransferChange, Waits};
use balcony::xep::ns;

use super::recovers::{SIZE, SOON, begin_anew};
use crate::support::network::Way;
use crate::support::pair::{JULIET, Pair, ROMEO, SONNET, UNDER_WAY, content};

/// Romeo's program knows nothing of names and checksums, and this of ranges and dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Plain {
    /// Everything.
    Knows,
    /// That there are ranges; it does not say which file it is, and it is another one the second time.
    Undated,
    /// That there are ranges; it sends all of it whichever is asked for.
    Heedless,
    /// Nothing.
    Rangeless,
}

fn plain(pair: &mut Pair, habit: Plain) {
    pair.world.nodes[ROMEO].quirk = Some(Box::new(move |way, mut stanza| {
        let Some(si) = stanza.get_child_mut("si", ns::SI) else { return vec![(way, stanza)] };
        si.remove_child("recovery", ns::RECOVERY);
        si.remove_child("checksum", ns::CHECKSUM);
        let is_answer = way == Way::In;
        if (habit == Plain::Rangeless || (habit == Plain::Heedless && is_answer))
            && let Some(file) = si.get_child_mut("file", ns::SI_FILE)
        {
            file.remove_child("range", ns::SI_FILE);
        }
        if habit == Plain::Undated {
            stanza = String::from(&stanza).replace(" date=", " day=").parse().unwrap();
        }
        vec![(way, stanza)]
    }));
}

/// Where the user is told that an offer would go on, each time it is made.
fn continues_at(pair: &Pair) -> Vec<Option<u64>> {
    let offered = |change: TransferChange| match change {
        TransferChange::Offered(info) => Some(info.continues_at),
        _ => None,
    };
    pair.first(JULIET).into_iter().filter_map(offered).collect()
}

/// Some of the file is here when the stream of a plain sender breaks, and then it is offered once more.
fn broken(habit: Plain, via: Via) -> Pair {
    let mut pair = Pair::new();
    plain(&mut pair, habit);
    pair.offer_via(SIZE, &[via]);
    pair.accept();
    if via == Via::InBand {
        pair.pass(UNDER_WAY);
        begin_anew(&mut pair, ROMEO);
    } else {
        pair.world.breaks_after = Some(200_000);
        pair.pass(Duration::from_millis(600));
        pair.world.breaks_after = None;
    }
    if habit == Plain::Undated {
        pair.world.nodes[ROMEO].disk.insert(SONNET.into(), other_content());
    }
    pair.pass(Duration::from_secs(4));
    pair
}

/// As long as the file.
fn other_content() -> Vec<u8> {
    content(SIZE).into_iter().map(|byte| !byte).collect()
}

/// Juliet takes what is offered once more.
fn accept_again(pair: &mut Pair) {
    let transfer = pair.transfers(JULIET)[0];
    pair.world.command(JULIET, Command::AcceptOffer { transfer, save_as: None });
}

#[test]
fn a_file_that_nothing_identifies_is_taken_whole_again() {
    let mut pair = broken(Plain::Undated, Via::Socks5Direct);
    assert_eq!(continues_at(&pair), [None, None]);
    accept_again(&mut pair);
    pair.pass(SOON);
    assert!(pair.received() == Some(&other_content()), "it is made of two files");
    assert_eq!(pair.disk().len(), 1, "{:?}", pair.disk());
}

#[test]
fn who_sends_everything_when_asked_for_the_rest_is_taken_whole_the_next_time() {
    for via in [Via::Socks5Direct, Via::InBand] {
        let mut pair = broken(Plain::Heedless, via);
        accept_again(&mut pair);
        pair.pass(SOON);
        assert_eq!(pair.received(), None, "{via:?}: it is made of two halves that do not belong together");
        let offers = continues_at(&pair);
        assert!(matches!(offers.as_slice(), [None, Some(1..), None, ..]), "{via:?}: {offers:?}");
        accept_again(&mut pair);
        pair.pass(SOON);
        assert_eq!(pair.received(), Some(&content(SIZE)), "{via:?}");
        assert_eq!(pair.disk().len(), 1, "{:?}", pair.disk());
        pair.assert_tidy();
    }
}

#[test]
fn a_plain_sender_is_asked_about_again_and_continues_only_if_it_can() {
    for habit in [Plain::Knows, Plain::Rangeless] {
        let mut pair = broken(habit, Via::Socks5Direct);
        let offers = continues_at(&pair);
        assert_eq!(offers.len(), 2, "it was not offered once more");
        assert_eq!(offers[1].is_some(), habit == Plain::Knows);
        accept_again(&mut pair);
        pair.pass(SOON);
        assert_eq!(pair.received(), Some(&content(SIZE)));
        assert_eq!(pair.disk().len(), 1, "{:?}", pair.disk());
        pair.assert_tidy();
    }
}

#[test]
fn a_receiver_that_cannot_know_it_again_is_asked_three_times_and_then_the_user_is() {
    let mut pair = Pair::new();
    plain(&mut pair, Plain::Knows);
    pair.world.breaks_after = Some(1);
    pair.offer_via(SIZE, &[Via::Socks5Direct]);
    for _ in 0..8 {
        for transfer in pair.transfers(JULIET) {
            pair.world.command(JULIET, Command::AcceptOffer { transfer, save_as: None });
        }
        pair.pass(SOON);
    }
    let last = pair.first(ROMEO).into_iter().rev().find_map(|change| match change {
        TransferChange::Interrupted(interruption) => Some(interruption.waits),
        _ => None,
    });
    assert!(last.is_none_or(|waits| waits == Waits::User) || !pair.outcomes(ROMEO).is_empty(), "{last:?}");
}

#[test]
fn who_wants_the_rest_from_a_program_that_cannot_be_asked_is_told_what_to_do() {
    let mut pair = broken(Plain::Knows, Via::Socks5Direct);
    pair.world.kill(ROMEO);
    pair.pass(Duration::from_secs(1));
    let transfer = pair.transfers(JULIET)[0];
    pair.world.command(JULIET, Command::RetryTransfer { transfer });
    let is_told =
        |event: &Event| matches!(event, Event::Notice(words) if words.contains("ask them to send sonnet.pdf again"));
    assert!(pair.world.nodes[JULIET].events.iter().any(is_told));
}
