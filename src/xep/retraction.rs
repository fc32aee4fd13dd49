//! XEP-0424: an earlier message is taken back.
//!
//! Clients of 2020 to 2023 say so in the form of version 0.3, fastened to the message by XEP-0422. It is understood, and
//! not written.

use minidom::Element;

use super::ns;
use super::stanza::{element, set};

/// Which message is taken back.
pub fn read<'a>(payloads: impl IntoIterator<Item = &'a Element>) -> Option<String> {
    let names_it = |payload: &&Element| {
        payload.is("retract", ns::RETRACTION)
            || payload.is("apply-to", ns::FASTENING) && payload.has_child("retract", ns::FASTENED_RETRACTION)
    };
    let retract = payloads.into_iter().find(names_it)?;
    retract.attr("id").filter(|id| !id.is_empty()).map(str::to_owned)
}

/// Takes that message back.
pub fn write(of: &str) -> Element {
    let mut retract = element("retract", ns::RETRACTION);
    set(&mut retract, "id", of);
    retract
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retraction_names_what_it_takes_back_or_is_none() {
        assert_eq!(read([&write("wrong-recipient")]).as_deref(), Some("wrong-recipient"));
        assert_eq!(read([&element("retract", ns::RETRACTION)]), None);
    }

    #[test]
    fn the_older_form_is_read_and_what_else_is_fastened_is_none() {
        let fastened = |content: &str| -> Option<String> {
            let xml = format!("<apply-to xmlns='urn:xmpp:fasten:0' id='wrong-recipient'>{content}</apply-to>");
            read([&xml.parse().unwrap()])
        };
        assert_eq!(fastened("<retract xmlns='urn:xmpp:message-retract:0'/>").as_deref(), Some("wrong-recipient"));
        assert_eq!(fastened("<external xmlns='urn:xmpp:fasten:0' name='body'/>"), None);
        assert_eq!(fastened(""), None);
    }
}
