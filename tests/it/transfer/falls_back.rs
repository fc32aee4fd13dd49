//! SOCKS5 does not work, and in-band takes over: when, how soon, and what is told.

use std::time::Duration;

use balcony::engine::command::Via;
use balcony::engine::event::{Failure, Outcome};

use crate::support::network::{Reach, World};
use crate::support::pair::{JULIET, Pair, ROMEO};
use crate::support::server::Proxy;

fn meeting(reach: Reach) -> Pair {
    let mut pair = Pair::new();
    pair.world.nodes[ROMEO].reach = reach;
    pair
}

/// Until the receiver's SOCKS5 attempts are over, counted from the acceptance.
fn verdict(pair: &mut Pair) -> Duration {
    pair.accept();
    let start = pair.world.now();
    while !pair.attempts(JULIET).iter().any(|line| line.starts_with("in-band")) {
        assert!(pair.world.step(start + Duration::from_secs(100)), "no verdict: {:?}", pair.attempts(JULIET));
    }
    pair.world.now() - start
}

#[test]
fn a_refused_connection_is_followed_by_in_band_at_once() {
    let mut pair = meeting(Reach::Refused);
    pair.offer(10_000);
    assert!(verdict(&mut pair) < Duration::from_millis(500));
    pair.finish();
    pair.assert_arrived(10_000, Via::InBand);
    assert_eq!(pair.attempts(JULIET), ["socks5-direct 192.0.2.1:5000 ✗ refused", "in-band ▶ block 1024"]);
    assert_eq!(
        pair.attempts(ROMEO),
        ["socks5-direct 192.0.2.1:5000 ✗ juliet could not connect", "in-band ▶ block 1024, 2 in flight"]
    );
}

#[test]
fn a_silent_streamhost_is_given_up_within_five_seconds() {
    for reach in [Reach::Silent, Reach::Mute] {
        let mut pair = meeting(reach);
        pair.offer(10_000);
        let took = verdict(&mut pair);
        assert!(took > Duration::from_secs(4) && took < Duration::from_secs(5), "{took:?}");
        pair.finish();
        pair.assert_arrived(10_000, Via::InBand);
    }
}

#[test]
fn many_silent_streamhosts_share_the_five_seconds() {
    let mut pair =
        Pair::with(|romeo| romeo.advertise = (1..=4).map(|last| [203, 0, 113, last].into()).collect(), |_| {});
    pair.offer(10_000);
    assert!(verdict(&mut pair) < Duration::from_secs(5));
    assert_eq!(pair.attempts(JULIET).iter().filter(|line| line.ends_with("no answer")).count(), 4);
    pair.finish();
    pair.assert_arrived(10_000, Via::InBand);
}

#[test]
fn a_proxy_takes_over_from_an_address_that_cannot_be_reached() {
    let mut world = World::new();
    world.proxy = Some(Proxy::new());
    let mut pair = Pair::in_world(world, |_| {}, |_| {});
    pair.world.nodes[ROMEO].reach = Reach::Silent;
    pair.offer(10_000);
    pair.finish();
    pair.assert_arrived(10_000, Via::Socks5Proxy);
    assert_eq!(
        pair.attempts(ROMEO),
        ["socks5-direct 192.0.2.1:5000 ✗ juliet took the proxy", "socks5-proxy 198.51.100.7:7777 ▶ clear"],
    );
}

#[test]
fn a_proxy_that_does_not_activate_is_followed_by_in_band() {
    let mut world = World::new();
    let mut proxy = Proxy::new();
    proxy.activates = false;
    world.proxy = Some(proxy);
    let mut pair = Pair::in_world(world, |_| {}, |_| {});
    pair.world.nodes[ROMEO].reach = Reach::Refused;
    pair.offer(10_000);
    pair.finish();
    pair.assert_arrived(10_000, Via::InBand);
}

#[test]
fn a_listener_that_cannot_be_had_is_told_and_done_without() {
    let mut pair = Pair::new();
    pair.world.nodes[ROMEO].cannot_listen = true;
    pair.offer(10_000);
    assert!(verdict(&mut pair) < Duration::from_millis(500), "nobody waits for it");
    pair.finish();
    pair.assert_arrived(10_000, Via::InBand);
    assert_eq!(pair.attempts(ROMEO)[0], "socks5-direct ✗ no address to listen at");
}

#[test]
fn a_proxy_takes_over_from_a_listener_that_cannot_be_had() {
    let mut world = World::new();
    world.proxy = Some(Proxy::new());
    let mut pair = Pair::in_world(world, |_| {}, |_| {});
    pair.world.nodes[ROMEO].cannot_listen = true;
    pair.offer(10_000);
    pair.finish();
    pair.assert_arrived(10_000, Via::Socks5Proxy);
}

#[test]
fn when_nothing_works_every_try_is_told_with_its_reason() {
    let mut pair = meeting(Reach::Refused);
    pair.offer_via(10_000, &[Via::Socks5Direct]);
    pair.finish();
    for who in [ROMEO, JULIET] {
        match pair.outcome(who) {
            Outcome::Failed(Failure::Unreachable { tried }) => assert_eq!(tried.len(), 1),
            other => panic!("{other:?}"),
        }
    }
    pair.assert_tidy();
    assert_eq!(pair.disk(), Vec::<std::path::PathBuf>::new());
}

#[test]
fn in_band_alone_never_touches_the_network() {
    let mut pair = Pair::new();
    pair.offer_via(10, &[Via::InBand]);
    pair.accept();
    assert!(!pair.world.nodes[ROMEO].listens());
    pair.finish();
    pair.assert_arrived(10, Via::InBand);
}
