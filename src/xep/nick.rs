//! XEP-0172: what somebody calls themselves, in a subscription request or as an item of their own (XEP-0163).

use minidom::Element;

use super::ns;
use super::stanza::text_element;

/// The first name among these payloads; an empty one is none.
pub fn read<'a>(payloads: impl IntoIterator<Item = &'a Element>) -> Option<String> {
    let nick = payloads.into_iter().find(|payload| payload.is("nick", ns::NICK))?;
    Some(nick.text()).filter(|name| !name.trim().is_empty())
}

/// Says what we call ourselves.
pub fn write(name: &str) -> Element {
    text_element("nick", ns::NICK, name)
}
