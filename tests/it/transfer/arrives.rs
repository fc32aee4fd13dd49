//! A file arrives, by every method and of every size that matters.

use balcony::engine::command::Via;
use balcony::engine::event::Direction;

use crate::support::network::World;
use crate::support::pair::{JULIET, Pair, ROMEO};
use crate::support::server::Proxy;

/// Nothing, one byte, one block more or less, several windows.
const SIZES: &[usize] = &[0, 1, 4095, 4096, 4097, 300_000];

#[test]
fn a_file_arrives_by_a_direct_connection() {
    for size in SIZES {
        let mut pair = Pair::new();
        pair.offer(*size);
        pair.finish();
        pair.assert_arrived(*size, Via::Socks5Direct);
    }
}

#[test]
fn a_file_arrives_in_band() {
    for size in SIZES {
        let mut pair = Pair::new();
        pair.offer_via(*size, &[Via::InBand]);
        pair.finish();
        pair.assert_arrived(*size, Via::InBand);
    }
}

#[test]
fn a_file_arrives_through_a_proxy() {
    for size in SIZES {
        let mut world = World::new();
        world.proxy = Some(Proxy::new());
        let mut pair = Pair::in_world(world, |_| {}, |_| {});
        pair.offer_via(*size, &[Via::Socks5Proxy]);
        pair.finish();
        pair.assert_arrived(*size, Via::Socks5Proxy);
    }
}

#[test]
fn the_offer_says_what_is_offered() {
    let mut pair = Pair::new();
    pair.offer(5);
    let offered = pair.info(JULIET);
    assert_eq!((offered.name.as_str(), offered.size), ("sonnet.pdf", Some(5)));
    assert_eq!(offered.direction, Direction::Receiving);
    assert_eq!(offered.peer.as_str(), "romeo@montague.lit/orchard");
    assert!(offered.si_multiple && offered.date.is_some());
    assert_eq!(pair.info(ROMEO).peer.as_str(), "juliet@capulet.lit/balcony");
}
