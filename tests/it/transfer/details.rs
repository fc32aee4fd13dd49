//! What an offer or an answer may ask for besides the plain file: hashes, parts, another try, another connection.

use std::time::Duration;

use balcony::engine::command::{Command, Via};
use balcony::engine::event::{Failure, Outcome, Verified};
use balcony::xep::ns;
use balcony::xep::stanza::{element, set};
use md5::{Digest as _, Md5};
use minidom::Element;

use crate::support::network::Way;
use crate::support::pair::{JULIET, LONG, Pair, ROMEO, content};

const SIZE: usize = 100_000;

/// Romeo's offers state that hash, and promise no other.
fn stating(hash: String) -> Pair {
    let mut pair = Pair::new();
    let state = move |way, mut stanza: Element| {
        if let (Way::Out, Some(si)) = (way, stanza.get_child_mut("si", ns::SI)) {
            si.remove_child("checksum", ns::CHECKSUM);
            if let Some(file) = si.get_child_mut("file", ns::SI_FILE) {
                set(file, "hash", &hash);
            }
        }
        vec![(way, stanza)]
    };
    pair.world.nodes[ROMEO].quirk = Some(Box::new(state));
    pair
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

#[test]
fn a_file_that_has_the_stated_hash_is_verified() {
    let mut pair = stating(hexadecimal(&Md5::digest(content(SIZE))));
    pair.offer(SIZE);
    pair.finish();
    assert!(matches!(pair.outcome(JULIET), Outcome::Completed { verified: Verified::Md5, .. }));
}

#[test]
fn a_file_that_has_another_hash_is_kept_and_called_corrupt() {
    let mut pair = stating("0".repeat(32));
    pair.offer(SIZE);
    pair.finish();
    match pair.outcome(JULIET) {
        Outcome::Failed(Failure::Corrupt { found, .. }) => {
            assert_eq!(found, hexadecimal(&Md5::digest(content(SIZE))));
            assert_eq!(pair.disk(), pair.kept());
        }
        other => panic!("{other:?}"),
    }
    pair.assert_tidy();
}

/// Juliet's answers ask for that part, and know nothing of going on with it later.
fn asking_for(offset: &'static str, length: &'static str, via: Via) -> Pair {
    let mut pair = Pair::new();
    let ask = move |way, mut stanza: Element| {
        let answer = stanza.get_child_mut("si", ns::SI).filter(|_| way == Way::Out);
        let file = answer.and_then(|si| {
            si.remove_child("recovery", ns::RECOVERY);
            si.get_child_mut("file", ns::SI_FILE)
        });
        if let Some(file) = file {
            let mut range = element("range", ns::SI_FILE);
            set(&mut range, "offset", offset);
            set(&mut range, "length", length);
            file.append_child(range);
        }
        vec![(way, stanza)]
    };
    pair.world.nodes[JULIET].quirk = Some(Box::new(ask));
    pair.offer_via(SIZE, &[via]);
    pair.finish();
    pair
}

#[test]
fn a_part_that_is_asked_for_is_sent_alone() {
    for via in [Via::Socks5Direct, Via::InBand] {
        let pair = asking_for("5000", "10000", via);
        assert!(matches!(pair.outcome(ROMEO), Outcome::Completed { bytes: 10_000, .. }), "{:?}", pair.outcome(ROMEO));
        let part = &pair.world.nodes[JULIET].disk[std::path::Path::new("/downloads/sonnet.pdf.part")];
        assert_eq!(part[..], content(SIZE)[5000..15_000]);
    }
}

#[test]
fn a_part_beyond_the_end_is_refused() {
    let pair = asking_for("100001", "1", Via::InBand);
    assert!(matches!(pair.outcome(ROMEO), Outcome::Failed(Failure::Peer(_))));
    pair.assert_tidy();
}

#[test]
fn what_was_declined_can_be_offered_again() {
    let mut pair = Pair::new();
    pair.offer(SIZE);
    pair.decline();
    pair.pass(LONG);
    let transfer = pair.transfers(ROMEO)[0];
    pair.world.command(ROMEO, Command::RetryTransfer { transfer });
    pair.pass(std::time::Duration::from_secs(1));
    pair.finish();
    pair.assert_arrived(SIZE, Via::Socks5Direct);
    pair.world.command(ROMEO, Command::RetryTransfer { transfer });
    pair.pass(LONG);
    assert_eq!(pair.transfers(ROMEO).len(), 2, "only once");
}

#[test]
fn several_files_at_once_share_one_listener_and_arrive() {
    let mut pair = Pair::new();
    for _ in 0..4 {
        pair.offer(SIZE);
    }
    pair.finish();
    assert_eq!(pair.outcomes(JULIET).len(), 4);
    assert!(pair.outcomes(JULIET).iter().all(|outcome| matches!(outcome, Outcome::Completed { .. })));
    pair.assert_tidy();
}

#[test]
fn a_configured_order_is_a_wish_that_wins_over_the_offer() {
    let mut pair = Pair::with(|_| {}, |juliet| juliet.methods = vec![Via::InBand, Via::Socks5Direct]);
    pair.offer(SIZE);
    pair.finish();
    pair.assert_arrived(SIZE, Via::InBand);
}

#[test]
fn a_method_that_is_turned_off_is_not_used() {
    let mut pair = Pair::with(|_| {}, |juliet| juliet.methods = vec![Via::InBand]);
    pair.offer(SIZE);
    pair.finish();
    pair.assert_arrived(SIZE, Via::InBand);
}

#[test]
fn both_sides_write_down_the_name_of_the_stream_from_the_offer_on() {
    let mut pair = Pair::new();
    pair.world.breaks_after = Some(65_536);
    pair.offer_via(300_000, &[Via::Socks5Direct]);
    let offered = stream(&pair);
    pair.accept();
    pair.pass(Duration::from_millis(600));
    pair.world.breaks_after = None;
    pair.pass(Duration::from_mins(1));
    pair.assert_arrived(300_000, Via::Socks5Direct);
    assert_ne!(stream(&pair), offered, "what goes on after a break is another stream");
}

#[track_caller]
fn stream(pair: &Pair) -> String {
    let [romeo, juliet] = [ROMEO, JULIET].map(|who| {
        let mut written = pair.world.nodes[who].journal.values();
        written.next().and_then(|entry| entry.stream.clone()).unwrap()
    });
    assert_eq!(romeo, juliet);
    juliet
}
