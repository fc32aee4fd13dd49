//! Files wait for their turn, are paused and preferred, and arrive all the same.

use std::time::Duration;

use balcony::engine::command::{Command, Priority, Via};
use balcony::engine::context::Settings;
use balcony::engine::event::{Event, Outcome, TheirTurn, TransferChange, TransferId, Turn};

use balcony::xep::ns;
use minidom::Element;

use crate::support::network::{Way, World};
use crate::support::pair::{JULIET, Pair, ROMEO, content};

/// Some seconds in the simulated world; a paused one moves much less in a quarter of an hour.
const SIZE: usize = 4_000_000;

/// Romeo and Juliet, with so many files at a time.
fn pair(parallel: usize) -> Pair {
    let set = move |settings: &mut Settings| settings.parallel = parallel;
    Pair::in_world(World::new(), set, set)
}

/// Romeo offers so many files, one by one.
fn offer(pair: &mut Pair, files: usize, via: &[Via]) {
    for number in 0..files {
        let path = std::path::PathBuf::from(format!("/file {number}"));
        pair.world.nodes[ROMEO].disk.insert(path.clone(), content(SIZE));
        let to = "juliet@capulet.lit".parse().unwrap();
        pair.world.command(ROMEO, Command::OfferFile { to, path, description: None, via: via.to_vec() });
    }
    pair.pass(Duration::from_secs(1));
}

/// What somebody was told last about whose turn it is.
fn turns(pair: &Pair, who: usize) -> Vec<(u64, Turn)> {
    let mut turns = std::collections::BTreeMap::new();
    for event in &pair.world.nodes[who].events {
        if let Event::Transfer { id, change: TransferChange::Turn { turn, .. } } = event {
            turns.insert(id.0, *turn);
        }
    }
    turns.into_iter().collect()
}

fn bytes(pair: &Pair, id: TransferId) -> u64 {
    arrived(pair, ROMEO, id)
}

/// How much has moved, as somebody was told.
fn arrived(pair: &Pair, who: usize, id: TransferId) -> u64 {
    let told = pair.changes(who, id).into_iter().filter_map(|change| match change {
        TransferChange::Progress(progress) => Some(progress.bytes),
        _ => None,
    });
    told.max().unwrap_or(0)
}

#[track_caller]
fn assert_all_arrived(pair: &Pair, files: usize) {
    for who in [ROMEO, JULIET] {
        let outcomes = pair.outcomes(who);
        assert_eq!(outcomes.len(), files, "{outcomes:#?}");
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Completed { .. })), "{outcomes:#?}");
    }
    pair.assert_tidy();
}

#[test]
fn nobody_is_shown_more_offers_than_files_may_move_and_all_arrive_in_turn() {
    for parallel in [1, 2] {
        let mut pair = pair(parallel);
        offer(&mut pair, 5, &[]);
        assert_eq!(pair.transfers(JULIET).len(), parallel);
        let waiting: Vec<Turn> = turns(&pair, ROMEO).into_iter().map(|(_, turn)| turn).collect();
        let places: Vec<Turn> = (1..=5 - parallel).map(|place| Turn::Waits { place }).collect();
        assert_eq!(waiting, places);
        for _ in 0..5 {
            pair.accept();
            pair.pass(Duration::from_secs(30));
        }
        assert_all_arrived(&pair, 5);
        assert!(turns(&pair, ROMEO).into_iter().all(|(_, turn)| turn == Turn::Now));
    }
}

#[test]
fn a_transfer_is_paused_and_goes_on_in_whatever_phase() {
    for via in [Via::Socks5Direct, Via::InBand] {
        for ms in [0, 10, 30, 50, 70, 90, 120, 200] {
            let mut pair = pair(3);
            offer(&mut pair, 1, &[via]);
            let transfer = pair.transfers(ROMEO)[0];
            pair.accept();
            pair.pass(Duration::from_millis(ms));
            pair.world.command(ROMEO, Command::PauseTransfer { transfer });
            pair.pass(Duration::from_secs(2));
            let before = bytes(&pair, transfer);
            pair.pass(Duration::from_mins(18));
            assert!(pair.outcomes(ROMEO).is_empty(), "{via:?} {ms}: {:#?}", pair.outcomes(ROMEO));
            assert!(bytes(&pair, transfer) < before + SIZE as u64 / 2, "{via:?} {ms} ms: it hardly moves");
            assert_eq!(turns(&pair, ROMEO), [(transfer.0, Turn::Paused)]);
            pair.world.command(ROMEO, Command::ContinueTransfer { transfer });
            pair.pass(Duration::from_mins(1));
            assert_all_arrived(&pair, 1);
        }
    }
}

/// Why somebody's transfer stood still.
fn breaks(pair: &Pair, who: usize) -> Vec<String> {
    let why = |change| match change {
        TransferChange::Interrupted(interruption) => Some(interruption.why),
        _ => None,
    };
    pair.first(who).into_iter().filter_map(why).collect()
}

/// Juliet takes a file in-band, and pauses it in the middle.
fn paused_by_its_receiver() -> (Pair, TransferId) {
    let mut pair = pair(3);
    offer(&mut pair, 1, &[Via::InBand]);
    pair.accept();
    pair.pass(Duration::from_millis(900));
    let transfer = pair.transfers(JULIET)[0];
    pair.world.command(JULIET, Command::PauseTransfer { transfer });
    pair.pass(Duration::from_secs(1));
    (pair, transfer)
}

#[test]
fn what_its_receiver_pauses_hardly_moves_and_does_not_break() {
    let (mut pair, transfer) = paused_by_its_receiver();
    let before = arrived(&pair, JULIET, transfer);
    pair.pass(Duration::from_hours(1));
    assert_eq!((breaks(&pair, ROMEO), breaks(&pair, JULIET)), (Vec::new(), Vec::new()));
    assert!((1..before + SIZE as u64 / 2).contains(&arrived(&pair, JULIET, transfer)));
    pair.world.command(JULIET, Command::ContinueTransfer { transfer });
    pair.pass(Duration::from_mins(1));
    assert_all_arrived(&pair, 1);
}

#[test]
fn what_its_receiver_pauses_stays_so_when_the_sender_begins_anew() {
    let (mut pair, transfer) = paused_by_its_receiver();
    let before = arrived(&pair, JULIET, transfer);
    pair.world.lose_session(ROMEO);
    pair.world.log_in(ROMEO, false);
    pair.pass(Duration::from_mins(1));
    assert!(!breaks(&pair, ROMEO).is_empty(), "the sender has not begun anew");
    assert!(arrived(&pair, JULIET, transfer) < before + SIZE as u64 / 2, "it is paused, and moves");
    assert_eq!(turns(&pair, JULIET), [(transfer.0, Turn::Paused)]);
    pair.world.command(JULIET, Command::ContinueTransfer { transfer });
    pair.pass(Duration::from_mins(1));
    assert_all_arrived(&pair, 1);
}

/// What somebody was told of the other side's turn.
fn their_turns(pair: &Pair, who: usize) -> Vec<TheirTurn> {
    let told = pair.transfers(who).into_iter().flat_map(|id| pair.changes(who, id));
    let theirs = told.filter_map(|change| match change {
        TransferChange::TheirTurn(turn) => Some(turn),
        _ => None,
    });
    theirs.collect()
}

#[test]
fn who_pauses_and_who_lets_it_go_on_is_told_to_the_other_side_once() {
    // The simulated way out of a socket knows no pause of its reader.
    for (who, other, via) in
        [(ROMEO, JULIET, Via::Socks5Direct), (ROMEO, JULIET, Via::InBand), (JULIET, ROMEO, Via::InBand)]
    {
        let mut pair = pair(3);
        offer(&mut pair, 1, &[via]);
        pair.accept();
        pair.pass(Duration::from_millis(100));
        let transfer = pair.transfers(who)[0];
        pair.world.command(who, Command::PauseTransfer { transfer });
        pair.pass(Duration::from_secs(15));
        assert_eq!(their_turns(&pair, other), [TheirTurn::Paused], "{via:?} {who}");
        pair.world.command(who, Command::ContinueTransfer { transfer });
        pair.pass(Duration::from_mins(1));
        assert_eq!(their_turns(&pair, other), [TheirTurn::Paused, TheirTurn::Now], "{via:?} {who}");
        assert_eq!(their_turns(&pair, who), [], "{via:?} {who}");
        assert_all_arrived(&pair, 1);
        for outcome in [ROMEO, JULIET].into_iter().flat_map(|who| pair.outcomes(who)) {
            let Outcome::Completed { took, .. } = outcome else { panic!("{outcome:?}") };
            assert!(took < Duration::from_secs(10), "while it was paused it took no time: {took:?}");
        }
    }
}

#[test]
fn who_takes_more_than_may_move_tells_the_senders_of_the_rest_that_they_wait() {
    let few = |settings: &mut Settings| settings.parallel = 1;
    let many = |settings: &mut Settings| settings.parallel = 3;
    let mut pair = Pair::in_world(World::new(), many, few);
    offer(&mut pair, 2, &[Via::InBand]);
    pair.accept();
    pair.accept();
    pair.pass(Duration::from_secs(2));
    assert_eq!(their_turns(&pair, ROMEO).first(), Some(&TheirTurn::Waits));
    pair.pass(Duration::from_mins(2));
    assert_eq!(their_turns(&pair, ROMEO).last(), Some(&TheirTurn::Now));
    assert_all_arrived(&pair, 2);
}

#[test]
fn what_is_paused_before_it_was_accepted_waits_with_its_stream() {
    let mut pair = pair(3);
    offer(&mut pair, 1, &[]);
    let transfer = pair.transfers(ROMEO)[0];
    pair.world.command(ROMEO, Command::PauseTransfer { transfer });
    pair.accept();
    pair.pass(Duration::from_mins(1));
    assert!(pair.outcomes(ROMEO).is_empty() && bytes(&pair, transfer) < 100);
    pair.world.command(ROMEO, Command::ContinueTransfer { transfer });
    pair.pass(Duration::from_mins(1));
    assert_all_arrived(&pair, 1);
}

#[test]
fn a_preferred_file_is_offered_before_those_that_came_earlier() {
    let mut pair = pair(1);
    offer(&mut pair, 3, &[]);
    let last = pair.transfers(ROMEO).into_iter().max().unwrap();
    pair.world.command(ROMEO, Command::PreferTransfer { transfer: last, priority: Priority::High });
    pair.accept();
    pair.pass(Duration::from_secs(30));
    let names: Vec<String> = pair.transfers(JULIET).into_iter().map(|id| name(&pair, id)).collect();
    assert_eq!(names, ["file 0", "file 2"]);
}

fn name(pair: &Pair, id: TransferId) -> String {
    let offered = pair.changes(JULIET, id).into_iter().find_map(|change| match change {
        TransferChange::Offered(info) => Some(info.name.clone()),
        _ => None,
    });
    offered.unwrap()
}

#[test]
fn what_waits_can_be_cancelled_and_offered_again() {
    let mut pair = pair(1);
    offer(&mut pair, 2, &[]);
    let transfer = pair.transfers(ROMEO).into_iter().max().unwrap();
    let partial = balcony::engine::command::KeepPartial::No;
    pair.world.command(ROMEO, Command::CancelTransfer { transfer, partial });
    assert!(matches!(pair.outcomes(ROMEO).last(), Some(Outcome::Cancelled { .. })));
    pair.world.command(ROMEO, Command::RetryTransfer { transfer });
    for _ in 0..2 {
        pair.accept();
        pair.pass(Duration::from_secs(30));
    }
    let arrived = pair.outcomes(JULIET);
    assert_eq!(arrived.iter().filter(|outcome| matches!(outcome, Outcome::Completed { .. })).count(), 2);
}

/// Romeo's program is killed and started again.
fn start_anew(pair: &mut Pair) {
    pair.world.kill(ROMEO);
    pair.pass(Duration::from_secs(5));
    pair.world.nodes[ROMEO].events.clear();
    pair.world.restart(ROMEO);
    pair.pass(Duration::from_secs(20));
}

#[test]
fn what_waits_has_its_place_also_in_the_next_run() {
    let mut pair = pair(1);
    offer(&mut pair, 3, &[]);
    let last = pair.transfers(ROMEO).into_iter().max().unwrap();
    pair.world.command(ROMEO, Command::PreferTransfer { transfer: last, priority: Priority::High });
    start_anew(&mut pair);
    assert_eq!(pair.transfers(ROMEO).len(), 3);
    for _ in 0..3 {
        pair.accept();
        pair.pass(Duration::from_secs(30));
    }
    let completed = pair.outcomes(JULIET).into_iter().filter(|outcome| matches!(outcome, Outcome::Completed { .. }));
    assert_eq!(completed.count(), 3, "{:#?}", pair.outcomes(JULIET));
    let names: Vec<String> = pair.transfers(JULIET).into_iter().map(|id| name(&pair, id)).collect();
    assert_eq!(names[..2], ["file 0", "file 2"], "after the one that she was shown in the first run");
}

/// Juliet's program knows no transfer by its name, and says so.
fn forgets_names(way: Way, mut stanza: Element) -> Vec<(Way, Element)> {
    if stanza.has_child("query", ns::DISCO_INFO) {
        stanza = String::from(&stanza).replace(ns::RECOVERY, "urn:x-other").parse().unwrap();
    }
    stanza.remove_child("c", ns::CAPS);
    vec![(way, stanza)]
}

#[test]
fn what_waits_is_offered_in_the_next_run_whatever_the_other_program_knows() {
    let mut pair = pair(1);
    pair.world.nodes[JULIET].quirk = Some(Box::new(forgets_names));
    offer(&mut pair, 2, &[]);
    start_anew(&mut pair);
    for _ in 0..2 {
        pair.accept();
        pair.pass(Duration::from_secs(30));
    }
    let names: Vec<String> = pair.transfers(JULIET).into_iter().map(|id| name(&pair, id)).collect();
    assert!(names.contains(&"file 1".to_owned()), "{names:?}");
}

#[test]
fn what_was_paused_before_it_was_offered_waits_to_be_offered_in_the_next_run() {
    let mut pair = pair(1);
    offer(&mut pair, 2, &[]);
    let second = pair.transfers(ROMEO).into_iter().max().unwrap();
    pair.pass(Duration::from_mins(5));
    pair.world.command(ROMEO, Command::PauseTransfer { transfer: second });
    start_anew(&mut pair);
    pair.accept();
    pair.pass(Duration::from_mins(10));
    let turns = turns(&pair, ROMEO);
    let [(second, Turn::Paused)] = turns[..] else { panic!("{turns:?}") };
    let told = pair.changes(ROMEO, TransferId(second));
    let is_interrupted = |change: &TransferChange| matches!(change, TransferChange::Interrupted(_));
    assert!(!told.iter().any(is_interrupted), "it had not begun: {told:#?}");
    let names = |pair: &Pair| pair.transfers(JULIET).into_iter().map(|id| name(pair, id)).collect::<Vec<_>>();
    assert!(!names(&pair).contains(&"file 1".to_owned()), "she is not asked: {:?}", names(&pair));
    pair.world.command(ROMEO, Command::ContinueTransfer { transfer: TransferId(second) });
    pair.pass(Duration::from_secs(5));
    pair.accept();
    pair.pass(Duration::from_mins(2));
    let soon = Duration::from_mins(1);
    let completed = |outcome: &Outcome| matches!(outcome, Outcome::Completed { took, .. } if *took < soon);
    let outcomes = pair.outcomes(ROMEO);
    assert_eq!(outcomes.iter().filter(|outcome| completed(outcome)).count(), 2, "waiting took no time: {outcomes:#?}");
    pair.assert_tidy();
}

#[test]
fn what_is_paused_stays_so_in_the_next_run() {
    for via in [Via::Socks5Direct, Via::InBand] {
        let mut pair = pair(3);
        offer(&mut pair, 1, &[via]);
        let transfer = pair.transfers(ROMEO)[0];
        pair.accept();
        pair.pass(Duration::from_millis(300));
        pair.world.command(ROMEO, Command::PauseTransfer { transfer });
        pair.pass(Duration::from_secs(2));
        start_anew(&mut pair);
        let transfer = pair.transfers(ROMEO)[0];
        let before = bytes(&pair, transfer);
        pair.pass(Duration::from_mins(10));
        assert_eq!(turns(&pair, ROMEO), [(transfer.0, Turn::Paused)], "{via:?}");
        assert_eq!(their_turns(&pair, JULIET), [TheirTurn::Paused; 2], "{via:?}: once for each stream");
        assert!(pair.outcomes(ROMEO).is_empty() && bytes(&pair, transfer) < before + SIZE as u64 / 2, "{via:?}");
        pair.world.command(ROMEO, Command::ContinueTransfer { transfer });
        pair.pass(Duration::from_mins(2));
        assert_all_arrived(&pair, 1);
    }
}
