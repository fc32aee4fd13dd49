//! Bytes of a server, through the filter before the XML parser: what comes out does not depend on how it was cut into
//! pieces, nests no deeper than the parser bears, and is whole if what came in was.

use balcony::client::bare::guard;
use minidom::Element;

/// The stream around whatever comes.
const OPENING: &[u8] = b"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";

/// No extension needs twenty; what nests deeper is dropped.
const DEEPEST: usize = 64;

/// So much is also given to the parser unfiltered, which a stack bears.
const FEW: usize = 60;

/// Bytes of the largest stanza that is let through here: few, since each input is gone through several times.
const LARGEST: usize = 24 * 1024;

/// More than the largest stanza.
const MUCH: usize = 32 * 1024;

/// The first byte says how long pieces are; the rest comes from the server, once, or again and again if the second byte
/// says so.
pub(super) fn run(input: &[u8]) {
    let Some(([first, times], said)) = input.split_first_chunk::<2>().map(|(head, rest)| (*head, rest)) else { return };
    let times = if times < 255 { 1 } else { MUCH / said.len().max(1) };
    let stream = [OPENING, &said.repeat(times)].concat();
    let whole = guard([stream.as_slice()], LARGEST);
    let in_pieces = guard(stream.chunks(usize::from(first) + 1), LARGEST);
    assert!(whole == in_pieces, "it matters where pieces end");
    assert!(whole.len() <= stream.len() + 64, "more comes out than went in");
    let (before, after) = (closed(&stream), closed(&whole));
    if said.split(|byte| *byte == b'<').count() * times < FEW && parse(&before).is_some() {
        assert!(parse(&after).is_some(), "what was whole is broken: {}", String::from_utf8_lossy(&after));
    }
    if let Some(element) = parse(&after) {
        assert!(depth(&element) <= DEEPEST, "deeper than is let through");
    }
}

fn closed(stream: &[u8]) -> Vec<u8> {
    [stream, b"</stream:stream>"].concat()
}

fn parse(document: &[u8]) -> Option<Element> {
    Element::from_reader(document).ok()
}

fn depth(element: &Element) -> usize {
    1 + element.children().map(depth).max().unwrap_or(0)
}
