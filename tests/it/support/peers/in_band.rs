//! Peers with their own idea of in-band bytestreams.

use balcony::xep::ns;
use balcony::xep::stanza::{Iq, IqKind, Message, element, set};
use minidom::Element;

use super::habits::{answer, jid, keep, payload, refusal};
use crate::support::network::Way;

/// After so many blocks who stands still does.
const STANDSTILL: &str = "10";

/// Blocks go in messages, and nobody acknowledges them.
pub(super) fn messages(way: Way, stanza: Element) -> Vec<(Way, Element)> {
    let Some(data) = payload(&stanza, "data").filter(|_| way == Way::Out) else { return vec![(way, stanza)] };
    let message = Message { to: jid(&stanza, "to"), payloads: vec![data.clone()], ..Message::default() };
    vec![(Way::Out, message.write()), (Way::In, answer(&stanza, IqKind::Result(None)))]
}

pub(super) fn takes_small_blocks(way: Way, stanza: Element) -> Vec<(Way, Element)> {
    if way == Way::In && opens_with_more_than(1024, &stanza) {
        return vec![(Way::Out, refusal(&stanza, "resource-constraint"))];
    }
    vec![(way, stanza)]
}

pub(super) fn makes_small_blocks(way: Way, stanza: Element) -> Vec<(Way, Element)> {
    if way == Way::Out && opens_with_more_than(1024, &stanza) {
        return vec![(Way::In, refusal(&stanza, "resource-constraint"))];
    }
    vec![(way, stanza)]
}

fn opens_with_more_than(most: u32, stanza: &Element) -> bool {
    let block = payload(stanza, "open").and_then(|open| open.attr("block-size"));
    block.is_some_and(|block| block.parse::<u32>().unwrap() > most)
}

pub(super) fn long_blocks(stanza: &mut Element) {
    if let Some(open) = stanza.get_child_mut("open", ns::IBB) {
        set(open, "block-size", "1024");
    }
}

/// When the last block comes, the receiver's close goes out before its acknowledgement.
pub(super) fn close_early(way: Way, stanza: Element) -> Vec<(Way, Element)> {
    if way == Way::In && is_last_block(&stanza) {
        return vec![(Way::Out, close(&stanza, "from")), (way, stanza)];
    }
    vec![(way, stanza)]
}

/// The sender's close goes out with its last block.
pub(super) fn close_at_once(way: Way, stanza: Element) -> Vec<(Way, Element)> {
    if way == Way::Out && is_last_block(&stanza) {
        let close = close(&stanza, "to");
        return vec![(way, stanza), (Way::Out, close)];
    }
    vec![(way, stanza)]
}

/// Only the last one has not as many bytes as some power of two.
fn is_last_block(stanza: &Element) -> bool {
    const WHOLE: [usize; 4] = [684, 1368, 2732, 5464];
    payload(stanza, "data").is_some_and(|data| !WHOLE.contains(&data.text().len()))
}

pub(super) fn close_twice(way: Way, stanza: Element) -> Vec<(Way, Element)> {
    if way == Way::Out && payload(&stanza, "close").is_some() {
        return vec![(way, stanza.clone()), (Way::Out, close(&stanza, "to"))];
    }
    vec![(way, stanza)]
}

pub(super) fn stop_reading(way: Way, stanza: Element) -> Vec<(Way, Element)> {
    keep(way == Way::Out || !is_beyond_standstill(&stanza), way, stanza)
}

pub(super) fn stop_writing(way: Way, stanza: Element) -> Vec<(Way, Element)> {
    keep(way == Way::In || !is_beyond_standstill(&stanza), way, stanza)
}

fn is_beyond_standstill(stanza: &Element) -> bool {
    let seq = payload(stanza, "data").and_then(|data| data.attr("seq"));
    seq.is_some_and(|seq| seq.len() >= STANDSTILL.len())
}

pub(super) fn repeat_block(stanza: &mut Element) {
    if let Some(data) = stanza.get_child_mut("data", ns::IBB)
        && data.attr("seq") == Some("3")
    {
        set(data, "seq", "2");
    }
}

pub(super) fn bad_base64(stanza: &mut Element) {
    if let Some(data) = stanza.get_child_mut("data", ns::IBB) {
        data.append_text("*");
    }
}

/// A close of the stream that a stanza belongs to, to whom its attribute names.
fn close(stanza: &Element, to: &str) -> Element {
    let sid = stanza.children().next().unwrap().attr("sid").unwrap();
    let mut close = element("close", ns::IBB);
    set(&mut close, "sid", sid);
    Iq { from: None, to: jid(stanza, to), id: format!("again-{sid}"), kind: IqKind::Set(close) }.write()
}
