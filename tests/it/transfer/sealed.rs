//! Streams through TLS: with whom, what is said of it, and what happens where it is demanded and cannot be had.

use std::time::Duration;

use balcony::engine::Fingerprint;
use balcony::engine::command::{Encryption, Via};
use balcony::engine::context::Settings;
use balcony::engine::event::{Failure, Outcome, PeerFault};
use balcony::xep::ns;

use crate::support::network::{Way, Who};
use crate::support::pair::{JULIET, Pair, ROMEO};
use crate::support::server::Proxy;

const SIZE: usize = 300_000;

fn with_key(number: u8) -> impl FnOnce(&mut Settings) {
    move |settings| settings.key = Some(Fingerprint([number; 32]))
}

fn demanding(number: u8) -> impl FnOnce(&mut Settings) {
    move |settings| {
        settings.key = Some(Fingerprint([number; 32]));
        settings.encryption = Encryption::Required;
    }
}

fn transfer(pair: &mut Pair) {
    pair.offer(SIZE);
    pair.finish();
}

/// What became of somebody's first attempt, which was a direct one. Its target alone knows at which address.
fn direct(pair: &Pair, who: Who) -> String {
    let attempt = pair.attempts(who).swap_remove(0);
    let state = attempt.strip_prefix("socks5-direct").expect("a direct one");
    state.trim_start_matches(" 192.0.2.1:5000").trim().to_owned()
}

#[test]
fn two_who_have_keys_encrypt() {
    let mut pair = Pair::with(with_key(1), with_key(2));
    transfer(&mut pair);
    pair.assert_arrived(SIZE, Via::Socks5Direct);
    for who in [ROMEO, JULIET] {
        assert_eq!(direct(&pair, who), "▶ encrypted");
    }
}

#[test]
fn what_goes_on_after_a_break_is_encrypted_as_it_was_and_what_has_nothing_left_to_send_is_not_called_clear() {
    for bytes in [65_536, SIZE - 1, SIZE] {
        let mut pair = Pair::with(with_key(1), with_key(2));
        pair.world.breaks_after = Some(bytes as u64);
        pair.offer_via(SIZE, &[Via::Socks5Direct]);
        pair.accept();
        pair.pass(Duration::from_millis(600));
        pair.world.breaks_after = None;
        pair.pass(Duration::from_mins(1));
        pair.assert_arrived(SIZE, Via::Socks5Direct);
        for who in [ROMEO, JULIET] {
            let attempts = pair.attempts(who);
            assert!(attempts.iter().all(|attempt| !attempt.contains("clear")), "{bytes}: {attempts:?}");
        }
    }
}

#[test]
fn a_stream_for_nothing_says_that_nothing_is_left_to_send() {
    let mut pair = Pair::with(with_key(1), with_key(2));
    pair.offer_via(0, &[Via::Socks5Direct]);
    pair.finish();
    pair.assert_arrived(0, Via::Socks5Direct);
    for who in [ROMEO, JULIET] {
        assert_eq!(direct(&pair, who), "▶ nothing left to send");
    }
}

#[test]
fn a_proxy_carries_what_it_cannot_read() {
    let mut pair = Pair::with(with_key(1), with_key(2));
    pair.add_proxy(Proxy::new());
    pair.offer_via(SIZE, &[Via::Socks5Proxy]);
    pair.finish();
    pair.assert_arrived(SIZE, Via::Socks5Proxy);
    assert!(pair.attempts(JULIET)[0].ends_with("▶ encrypted"), "{:?}", pair.attempts(JULIET));
}

#[test]
fn without_a_key_on_either_side_a_stream_is_clear_and_marked_so() {
    for (romeo, juliet) in [(Some(1), None), (None, Some(2)), (None, None)] {
        let key = |number: Option<u8>| number.map(|number| Fingerprint([number; 32]));
        let mut pair = Pair::with(|settings| settings.key = key(romeo), |settings| settings.key = key(juliet));
        transfer(&mut pair);
        pair.assert_arrived(SIZE, Via::Socks5Direct);
        for who in [ROMEO, JULIET] {
            assert_eq!(direct(&pair, who), "▶ clear");
        }
    }
}

#[test]
fn a_key_that_is_turned_off_is_not_named() {
    let off = |settings: &mut Settings| {
        settings.key = Some(Fingerprint([2; 32]));
        settings.encryption = Encryption::Off;
    };
    let mut pair = Pair::with(with_key(1), off);
    transfer(&mut pair);
    assert_eq!(direct(&pair, ROMEO), "▶ clear");
}

#[test]
fn whoever_takes_the_place_of_the_other_gets_nothing_and_the_file_goes_another_way() {
    for impostor in [ROMEO, JULIET] {
        let mut pair = Pair::with(with_key(1), with_key(2));
        pair.world.nodes[impostor].key = Some(Fingerprint([9; 32]));
        transfer(&mut pair);
        let other = 1 - impostor;
        assert_eq!(direct(&pair, other), "✗ encryption failed");
        assert_eq!(pair.received().map(Vec::len), Some(SIZE), "{:?}", pair.attempts(other));
        pair.assert_tidy();
    }
}

#[test]
fn an_empty_file_needs_no_protection() {
    let mut pair = Pair::with(demanding(1), demanding(2));
    pair.offer(0);
    pair.finish();
    pair.assert_arrived(0, Via::Socks5Direct);
}

#[test]
fn a_receiver_who_demands_encryption_takes_clear_offers_in_band_alone() {
    let mut pair = Pair::with(|_| {}, demanding(2));
    transfer(&mut pair);
    pair.assert_arrived(SIZE, Via::InBand);
    assert!(pair.attempts(JULIET).iter().all(|attempt| attempt.starts_with("in-band")));
}

#[test]
fn a_receiver_who_demands_encryption_refuses_what_could_only_come_in_clear() {
    let mut pair = Pair::with(|_| {}, demanding(2));
    pair.offer_via(SIZE, &[Via::Socks5Direct]);
    pair.finish();
    let refused = matches!(
        pair.outcome(ROMEO),
        Outcome::Failed(Failure::Peer(PeerFault::Refused(_) | PeerFault::Incompatible(_)))
    );
    assert!(refused, "{:?}", pair.outcome(ROMEO));
    assert!(pair.transfers(JULIET).is_empty(), "Juliet is not asked");
}

#[test]
fn a_sender_who_demands_encryption_sends_nothing_in_clear() {
    let mut pair = Pair::with(demanding(1), |_| {});
    transfer(&mut pair);
    pair.assert_arrived(SIZE, Via::InBand);
    assert_eq!(pair.attempts(ROMEO)[0], "socks5-direct ✗ juliet does not encrypt it");

    let mut pair = Pair::with(demanding(1), |_| {});
    pair.offer_via(SIZE, &[Via::Socks5Direct]);
    pair.finish();
    assert!(matches!(pair.outcome(ROMEO), Outcome::Failed(Failure::Unreachable { .. })), "{:?}", pair.outcome(ROMEO));
    assert_eq!(pair.received(), None);
}

#[test]
fn a_server_that_leaves_a_key_out_makes_no_stream_pass_for_encrypted_and_none_where_that_is_demanded() {
    for demands in [false, true] {
        // Out of the offer, and out of the answer.
        for stripped in [Way::Out, Way::In] {
            let mut pair =
                if demands { Pair::with(demanding(1), demanding(2)) } else { Pair::with(with_key(1), with_key(2)) };
            pair.world.nodes[ROMEO].quirk = Some(Box::new(move |way, mut stanza| {
                if let Some(si) = stanza.get_child_mut("si", ns::SI).filter(|_| way == stripped) {
                    si.remove_child("seal", ns::SEAL);
                }
                vec![(way, stanza)]
            }));
            transfer(&mut pair);
            assert_eq!(pair.received().map(Vec::len), Some(SIZE), "{:?}", pair.attempts(ROMEO));
            for who in [ROMEO, JULIET] {
                let attempts = pair.attempts(who);
                assert!(attempts.iter().all(|attempt| !attempt.ends_with("encrypted")), "{attempts:?}");
                assert!(!demands || attempts.iter().all(|attempt| !attempt.ends_with("clear")), "{attempts:?}");
            }
        }
    }
}
