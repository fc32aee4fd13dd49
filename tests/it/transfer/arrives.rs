//! A file arrives, by every method and of every size that matters.

use std::cell::Cell;
use std::rc::Rc;

use balcony::engine::command::Via;
use balcony::engine::event::Direction;
use balcony::xep::ns;
use balcony::xep::stanza::{Iq, IqKind, StanzaError};
use jid::Jid;
use minidom::Element;

use crate::support::network::{Way, World};
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

/// Larger blocks than the smallest that our side takes are too much for Juliet: 65536 of those and a few more.
#[test]
fn a_file_of_more_blocks_than_there_are_numbers_arrives() {
    const BLOCK: usize = 512;
    let size = BLOCK * 65_540 + 1;
    let mut pair = Pair::new();
    pair.world.most_steps = 1_000_000;
    let wraps = Rc::new(Cell::new(0));
    let seen = Rc::clone(&wraps);
    pair.world.nodes[JULIET].quirk = Some(Box::new(move |way, stanza| {
        let open = stanza.get_child("open", ns::IBB).and_then(|open| open.attr("block-size"));
        if way == Way::In && open.is_some_and(|block| block != BLOCK.to_string()) {
            return vec![(Way::Out, refusal(&stanza))];
        }
        let is_first = stanza.get_child("data", ns::IBB).is_some_and(|data| data.attr("seq") == Some("0"));
        seen.set(seen.get() + usize::from(is_first));
        vec![(way, stanza)]
    }));
    pair.offer_via(size, &[Via::InBand]);
    pair.finish();
    pair.assert_arrived(size, Via::InBand);
    assert_eq!(wraps.get(), 2, "the numbers begin anew once");
}

fn refusal(request: &Element) -> Element {
    let jid = |attribute| request.attr(attribute).map(|jid| Jid::new(jid).unwrap());
    let kind = IqKind::Error(StanzaError::new("resource-constraint"));
    Iq { from: jid("to"), to: jid("from"), id: request.attr("id").unwrap().to_owned(), kind }.write()
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
