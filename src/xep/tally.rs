//! Balcony's own extension of stream initiation: the receiver says on the bytestream itself how much of it has arrived.
//!
//! What a sender has written may lie in a proxy's buffers, megabytes of it, and is lost with the receiver's connection.
//! Here an empty `<tally/>` in the `<si/>` of an offer says that the initiator listens on the bytestream while it sends,
//! and in that of the answer that the responder will speak there; who does not know it ignores it. On a SOCKS5 bytestream
//! through a proxy the responder then writes now and then, and after the last byte, how many bytes of this stream are in
//! its file: each time eight bytes, the most significant first.
//!
//! ```xml
//! <tally xmlns='urn:x-balcony:tally:0'/>
//! ```

use minidom::Element;

use super::ns;
use super::stanza::element;

/// Whether something is that promise.
pub fn is_tally(element: &Element) -> bool {
    element.is("tally", ns::TALLY)
}

/// That it is listened to, or will be said.
pub fn write() -> Element {
    element("tally", ns::TALLY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_promise_is_read_as_it_was_written() {
        assert!(is_tally(&write()));
        assert!(!is_tally(&element("tally", ns::SEAL)));
    }
}
