//! What arrived is proven to be what was sent, or told to be something else; and nobody waits for a proof for long.

use std::path::Path;
use std::time::Duration;

use balcony::engine::command::{KeepPartial, Via};
use balcony::engine::event::{Failure, Outcome, Verified};
use balcony::xep::ns;
use balcony::xep::stanza::set;
use md5::{Digest as _, Md5};
use minidom::Element;

use crate::support::network::{Way, Who, World};
use crate::support::pair::{JULIET, LONG, Pair, ROMEO, content};
use crate::support::server::Proxy;

const SIZE: usize = 100_000;

/// More than a transfer takes, less than anybody waits for a checksum.
const SHORT: Duration = Duration::from_secs(8);

#[track_caller]
fn assert_verified(pair: &Pair, who: Who, expected: Verified) {
    match pair.outcome(who) {
        Outcome::Completed { verified, .. } if verified == expected => {}
        other => panic!("{who}: {other:#?}"),
    }
}

/// What somebody sends is changed before it leaves; nothing is left of what is not given back.
fn with_habit(who: Who, mut change: impl FnMut(Element) -> Option<Element> + 'static) -> Pair {
    let mut pair = Pair::new();
    pair.world.nodes[who].quirk = Some(Box::new(move |way, stanza| match way {
        Way::Out => change(stanza).map(|stanza| (way, stanza)).into_iter().collect(),
        Way::In => vec![(way, stanza)],
    }));
    pair
}

/// What somebody sends is lost if it is that.
fn losing(who: Who, name: &'static str, namespace: &'static str) -> Pair {
    with_habit(who, move |stanza| (!stanza.has_child(name, namespace)).then_some(stanza))
}

/// What somebody says at the beginning promises nothing.
fn promising_nothing(who: Who) -> Pair {
    with_habit(who, |mut stanza| {
        let si = stanza.get_child_mut("si", ns::SI);
        si.and_then(|si| si.remove_child("checksum", ns::CHECKSUM));
        Some(stanza)
    })
}

/// Romeo's offers state that MD5 too.
fn stating_md5(hash: String) -> Pair {
    with_habit(ROMEO, move |mut stanza| {
        let si = stanza.get_child_mut("si", ns::SI);
        if let Some(file) = si.and_then(|si| si.get_child_mut("file", ns::SI_FILE)) {
            set(file, "hash", &hash);
        }
        Some(stanza)
    })
}

fn md5_of(size: usize) -> String {
    Md5::digest(content(size)).iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

#[test]
fn between_balconies_every_file_is_verified_on_both_sides_by_every_method() {
    for via in Via::ALL {
        for size in [0, 1, 4097, 300_000] {
            let mut world = World::new();
            world.proxy = Some(Proxy::new());
            let mut pair = Pair::in_world(world, |_| {}, |_| {});
            pair.offer_via(size, &[via]);
            pair.accept();
            pair.pass(SHORT);
            pair.assert_arrived(size, via);
            assert_verified(&pair, ROMEO, Verified::Sha256);
            assert_verified(&pair, JULIET, Verified::Sha256);
        }
    }
}

#[track_caller]
fn assert_corrupt_on_both_sides(pair: &Pair) {
    let corrupt = |who| match pair.outcome(who) {
        Outcome::Failed(Failure::Corrupt { expected, found }) => (expected, found),
        other => panic!("{who}: {other:#?}"),
    };
    let (expected, found) = corrupt(JULIET);
    assert_ne!(expected, found);
    assert_eq!(corrupt(ROMEO), (expected, found));
    assert_eq!(pair.kept(), [Path::new("/downloads/sonnet.pdf.part")]);
    assert_eq!(pair.disk(), [Path::new("/downloads/sonnet.pdf.part")]);
    pair.assert_tidy();
}

#[test]
fn a_bit_that_flips_on_a_connection_is_noticed_and_the_file_kept_aside() {
    for via in [Via::Socks5Direct, Via::Socks5Proxy] {
        let mut world = World::new();
        world.proxy = Some(Proxy::new());
        world.flips = true;
        let mut pair = Pair::in_world(world, |_| {}, |_| {});
        pair.offer_via(SIZE, &[via]);
        pair.finish();
        assert_corrupt_on_both_sides(&pair);
    }
}

#[test]
fn a_bit_that_flips_in_band_is_noticed_and_the_file_kept_aside() {
    let mut pair = with_habit(ROMEO, |mut stanza| {
        if let Some(data) = stanza.get_child_mut("data", ns::IBB).filter(|data| data.attr("seq") == Some("7")) {
            let text = data.text();
            let other = if text.starts_with('A') { "B" } else { "A" };
            data.take_nodes();
            data.append_text(format!("{other}{}", &text[1..]));
        }
        Some(stanza)
    });
    pair.offer_via(SIZE, &[Via::InBand]);
    pair.finish();
    assert_corrupt_on_both_sides(&pair);
}

#[test]
fn of_a_sender_that_promises_nothing_nothing_is_awaited() {
    for via in [Via::Socks5Direct, Via::InBand] {
        let mut pair = promising_nothing(ROMEO);
        pair.offer_via(SIZE, &[via]);
        pair.accept();
        pair.pass(SHORT);
        pair.assert_arrived(SIZE, via);
        assert_verified(&pair, JULIET, Verified::No);
    }
}

#[test]
fn to_a_receiver_that_awaits_nothing_nothing_is_stated() {
    for via in [Via::Socks5Direct, Via::InBand] {
        let mut pair = promising_nothing(JULIET);
        pair.offer_via(SIZE, &[via]);
        pair.accept();
        pair.pass(SHORT);
        assert_verified(&pair, ROMEO, Verified::No);
    }
}

#[test]
fn a_statement_that_is_lost_costs_the_proof_and_not_the_file() {
    for via in [Via::Socks5Direct, Via::InBand] {
        let mut pair = losing(ROMEO, "checksum", ns::CHECKSUM);
        pair.offer_via(SIZE, &[via]);
        pair.finish();
        pair.assert_arrived(SIZE, via);
        assert_verified(&pair, ROMEO, Verified::No);
        assert_verified(&pair, JULIET, Verified::No);
    }
}

#[test]
fn a_statement_that_overtakes_the_end_of_the_stream_is_kept_for_it() {
    let mut pair = losing(ROMEO, "close", ns::IBB);
    pair.offer_via(SIZE, &[Via::InBand]);
    pair.finish();
    pair.assert_arrived(SIZE, Via::InBand);
    assert_verified(&pair, ROMEO, Verified::Sha256);
    assert_verified(&pair, JULIET, Verified::Sha256);
}

#[test]
fn who_leaves_before_stating_leaves_a_whole_file() {
    let mut pair = losing(ROMEO, "checksum", ns::CHECKSUM);
    pair.offer(SIZE);
    pair.accept();
    pair.pass(SHORT);
    assert_eq!(pair.outcomes(JULIET), []);
    pair.world.leave(ROMEO);
    pair.pass(Duration::from_mins(1));
    assert_verified(&pair, JULIET, Verified::No);
    assert_eq!(pair.received(), Some(&content(SIZE)));
}

#[test]
fn who_is_tired_of_waiting_for_the_proof_has_the_file_without() {
    let mut pair = losing(ROMEO, "checksum", ns::CHECKSUM);
    pair.offer(SIZE);
    pair.accept();
    pair.pass(SHORT);
    for who in [ROMEO, JULIET] {
        assert_eq!(pair.outcomes(who), []);
        pair.cancel(who, KeepPartial::No);
    }
    pair.pass(Duration::from_secs(1));
    pair.assert_arrived(SIZE, Via::Socks5Direct);
    assert_verified(&pair, ROMEO, Verified::No);
    assert_verified(&pair, JULIET, Verified::No);
}

#[test]
fn what_is_cancelled_halfway_is_never_verified() {
    for who in [ROMEO, JULIET] {
        let mut pair = Pair::new();
        pair.offer_via(400_000, &[Via::InBand]);
        pair.accept();
        pair.pass(Duration::from_millis(300));
        pair.cancel(who, KeepPartial::Yes);
        pair.pass(LONG);
        for who in [ROMEO, JULIET] {
            assert!(!matches!(pair.outcome(who), Outcome::Completed { .. }), "{:?}", pair.outcome(who));
        }
        pair.assert_tidy();
    }
}

#[test]
fn where_both_hashes_are_stated_both_must_fit() {
    let mut pair = stating_md5(md5_of(SIZE));
    pair.offer(SIZE);
    pair.finish();
    assert_verified(&pair, JULIET, Verified::Sha256);

    let mut pair = stating_md5("0".repeat(32));
    pair.offer(SIZE);
    pair.finish();
    assert!(matches!(pair.outcome(JULIET), Outcome::Failed(Failure::Corrupt { found, .. }) if found == md5_of(SIZE)));
}

#[test]
fn a_session_that_is_lost_before_the_statement_and_resumed_loses_nothing() {
    for who in [ROMEO, JULIET] {
        for ms in [50, 100, 200, 220, 240, 260, 300] {
            let mut pair = Pair::new();
            pair.offer(SIZE);
            pair.accept();
            pair.pass(Duration::from_millis(ms));
            pair.interrupt(who);
            pair.pass(LONG);
            assert_verified(&pair, ROMEO, Verified::Sha256);
            assert_verified(&pair, JULIET, Verified::Sha256);
        }
    }
}
