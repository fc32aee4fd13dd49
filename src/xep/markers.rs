//! XEP-0333: that a message, and all before it, was seen.

use minidom::Element;

use super::ns;
use super::stanza::{element, set};

/// Which message was seen last.
pub fn read<'a>(payloads: impl IntoIterator<Item = &'a Element>) -> Option<String> {
    let is_seen = |payload: &&Element| payload.is("displayed", ns::MARKERS) || payload.is("acknowledged", ns::MARKERS);
    payloads.into_iter().find(is_seen)?.attr("id").filter(|id| !id.is_empty()).map(str::to_owned)
}

/// Says that a message was seen.
pub fn write(seen: &str) -> Element {
    let mut displayed = element("displayed", ns::MARKERS);
    set(&mut displayed, "id", seen);
    displayed
}

/// Asks to be told when the message was seen.
pub fn request() -> Element {
    element("markable", ns::MARKERS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_names_what_was_seen() {
        assert_eq!(read([&write("message-1")]).as_deref(), Some("message-1"));
        let acknowledged: Element = "<acknowledged xmlns='urn:xmpp:chat-markers:0' id='a'/>".parse().unwrap();
        assert_eq!(read([&acknowledged]).as_deref(), Some("a"), "who acknowledges has seen");
        let received: Element = "<received xmlns='urn:xmpp:chat-markers:0' id='a'/>".parse().unwrap();
        assert_eq!(read([&received, &request()]), None);
    }
}
