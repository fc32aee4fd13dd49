//! Peers behind networks of their own, with relays of their own, and with handshakes of their own.

use std::time::Duration;

use balcony::xep::ns;
use balcony::xep::stanza::set;
use minidom::Element;

use super::habits::{says, writes};
use crate::support::network::Reach;
use crate::support::pair::{Pair, ROMEO};
use crate::support::server::Proxy;

/// What who connects to the sender meets.
pub(super) fn listener(pair: &mut Pair, reach: Reach) {
    pair.world.nodes[ROMEO].reach = reach;
}

pub(super) fn cannot_listen(pair: &mut Pair) {
    pair.world.nodes[ROMEO].cannot_listen = true;
}

/// Seven addresses that nobody answers at are listed before the one that works.
pub(super) fn list_silent_addresses(stanza: &mut Element) {
    let Some(query) = stanza.get_child_mut("query", ns::BYTESTREAMS) else { return };
    let listed: Vec<Element> = query.children().cloned().collect();
    let Some(host) = listed.first().cloned() else { return };
    for last in 1..=7 {
        let mut silent = host.clone();
        set(&mut silent, "host", &format!("203.0.113.{last}"));
        query.append_child(silent);
    }
    for host in listed {
        query.remove_child("streamhost", ns::BYTESTREAMS);
        query.append_child(host);
    }
}

/// There is a relay of that kind, and no other way but in-band.
pub(super) fn relay(pair: &mut Pair, kind: fn(&mut Proxy)) {
    let mut proxy = Proxy::new();
    kind(&mut proxy);
    pair.add_proxy(proxy);
    listener(pair, Reach::Refused);
}

/// There is a relay, and what the sender says is changed.
pub(super) fn relayed(pair: &mut Pair, change: fn(&mut Element)) {
    relay(pair, |_| {});
    says(pair, ROMEO, change);
}

pub(super) fn six_bytes(proxy: &mut Proxy) {
    proxy.reply = |_| vec![5, 0, 0, 0, 0, 0];
}

pub(super) fn with_own_domain(proxy: &mut Proxy) {
    proxy.reply = |_| b"\x05\0\0\x03\x0910.15.5.1\0\0".to_vec();
}

pub(super) fn dribbling(proxy: &mut Proxy) {
    proxy.writes = Some(dribble);
}

pub(super) fn babbling(proxy: &mut Proxy) {
    proxy.writes = Some(garbage);
}

pub(super) fn mute(proxy: &mut Proxy) {
    proxy.reach = Reach::Mute;
}

pub(super) fn idle(proxy: &mut Proxy) {
    proxy.activates = false;
}

pub(super) fn stand_still(pair: &mut Pair) {
    pair.world.stalls_after = Some(100_000);
}

pub(super) fn stand_still_at_a_relay(pair: &mut Pair) {
    relay(pair, |_| {});
    stand_still(pair);
}

pub(super) fn wrong_hash(mut bytes: Vec<u8>) -> Vec<Vec<u8>> {
    if let Some(digit) = bytes.get_mut(10) {
        *digit = if *digit == b'0' { b'1' } else { b'0' };
    }
    vec![bytes]
}

pub(super) fn dribble(bytes: Vec<u8>) -> Vec<Vec<u8>> {
    bytes.into_iter().map(|byte| vec![byte]).collect()
}

/// Some byte comes all the time, and the handshake never ends.
pub(super) fn dribbles_slowly(pair: &mut Pair, who: usize) {
    pair.world.gap = Duration::from_secs(1);
    writes(pair, who, dribble);
}

pub(super) fn garbage(_: Vec<u8>) -> Vec<Vec<u8>> {
    vec![b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()]
}

/// A host that computed another address does not know ours.
pub(super) fn not_allowed(mut bytes: Vec<u8>) -> Vec<Vec<u8>> {
    if bytes.len() >= 47 {
        bytes[1] = 2;
    }
    vec![bytes]
}

pub(super) fn own_domain(bytes: Vec<u8>) -> Vec<Vec<u8>> {
    if bytes.len() < 47 { vec![bytes] } else { vec![b"\x05\0\0\x03\x0910.15.5.1\0\0".to_vec()] }
}

pub(super) fn own_address(bytes: Vec<u8>) -> Vec<Vec<u8>> {
    if bytes.len() < 47 { vec![bytes] } else { vec![vec![5, 0, 0, 1, 0, 0, 0, 0, 0, 0]] }
}
