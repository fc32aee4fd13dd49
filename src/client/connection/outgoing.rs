//! What must not be sent, and how the engine learns that it was not.
//!
//! A character that XML cannot carry leaves the encoder in the middle of an element, and a stanza larger than the server
//! takes ends the session; both would be sent again on the next. Such a stanza never leaves: its sender is told by an
//! error, as if the server had returned it.

use minidom::{Element, Node};

use crate::xep::ns;
use crate::xep::stanza::{StanzaError, element, set};

/// What servers take unless they say otherwise (XEP-0478): Prosody's limit and ejabberd's, less what TLS and routing add.
pub(super) const LARGEST_STANZA: usize = 250_000;

/// Why a stanza is not sent.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    /// It has this character, which XML cannot carry.
    #[error("the character U+{0:04X} cannot be sent")]
    Character(u32),
    /// It is that many bytes long.
    #[error("{0} bytes are more than the server takes at once")]
    TooLarge(usize),
    /// Too much waits already.
    #[error("too much waits to be sent")]
    TooMany,
}

/// Whether a stanza can be sent.
pub(super) fn check(stanza: &Element, largest: usize) -> Result<(), Refusal> {
    let mut size = 0;
    let mut unseen = vec![stanza];
    while let Some(element) = unseen.pop() {
        size += 2 * element.name().len() + element.ns().len() + "<></> xmlns=''".len();
        for ((_, name), value) in element.attrs() {
            size += name.len() + "=''".len() + measure(value)?;
        }
        for node in element.nodes() {
            match node {
                Node::Element(child) => unseen.push(child),
                Node::Text(text) => size += measure(text)?,
            }
        }
    }
    if size > largest { Err(Refusal::TooLarge(size)) } else { Ok(()) }
}

/// The length of text as XML. A block of a file is nothing but base64, of which nothing needs to be written otherwise.
fn measure(text: &str) -> Result<usize, Refusal> {
    if text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')) {
        return Ok(text.len());
    }
    let mut size = 0;
    for character in text.chars() {
        size += match character {
            '&' | '<' | '>' | '"' | '\'' | '\r' => "&quot;".len(),
            '\t' | '\n' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'.. => character.len_utf8(),
            forbidden => return Err(Refusal::Character(u32::from(forbidden))),
        };
    }
    Ok(size)
}

/// What becomes of a stanza that cannot be sent.
#[derive(Debug, PartialEq)]
pub(super) enum Instead {
    /// The engine gets this, as if its receiver had refused it.
    Return(Element),
    /// The other side, who waits for an answer, gets this one.
    Send(Element),
    /// Nobody waits for it.
    Nothing,
}

/// What becomes of a stanza that is refused.
pub(super) fn instead_of(stanza: &Element, why: &Refusal) -> Instead {
    let is_answer = matches!(stanza.attr("type"), Some("result" | "error"));
    match (stanza.name(), is_answer) {
        ("iq", true) => {
            let mut answer = error_stanza("iq", stanza, &StanzaError::new("internal-server-error"));
            if let Some(to) = stanza.attr("to") {
                set(&mut answer, "to", to);
            }
            Instead::Send(answer)
        }
        ("iq" | "message", false) => {
            let error = StanzaError::new("not-acceptable").with_text(why.to_string());
            let mut returned = error_stanza(stanza.name(), stanza, &error);
            if let Some(to) = stanza.attr("to") {
                set(&mut returned, "from", to);
            }
            Instead::Return(returned)
        }
        _ => Instead::Nothing,
    }
}

fn error_stanza(name: &str, stanza: &Element, error: &StanzaError) -> Element {
    let mut answer = element(name, ns::CLIENT);
    set(&mut answer, "type", "error");
    if let Some(id) = stanza.attr("id") {
        set(&mut answer, "id", id);
    }
    answer.append_child(error.write());
    answer
}

#[cfg(test)]
mod tests {
    use xso::exports::rxml::{Namespace, NcName};

    use super::*;
    use crate::xep::stanza::{Iq, IqKind, Stanza};

    /// Not by our own writers: they leave out what must not be sent.
    fn with_text(name: &str, namespace: &str, text: &str) -> Element {
        let mut element = element(name, namespace);
        element.append_text(text);
        element
    }

    fn message(body: &str) -> Element {
        let mut message = element("message", ns::CLIENT);
        set(&mut message, "id", "m1");
        set(&mut message, "to", "romeo@montague.lit");
        message.append_child(with_text("body", ns::CLIENT, body));
        message
    }

    #[test]
    fn every_character_that_xml_carries_may_be_sent() {
        assert_eq!(check(&message("tab\t line\n return\r ü 😀 \u{fffd} ]]> &<>\"'"), LARGEST_STANZA), Ok(()));
    }

    #[test]
    fn a_character_that_xml_cannot_carry_is_found_wherever_it_is() {
        for forbidden in ['\0', '\u{7}', '\u{b}', '\u{1b}', '\u{fffe}', '\u{ffff}'] {
            let refusal = Err(Refusal::Character(u32::from(forbidden)));
            assert_eq!(check(&message(&format!("a{forbidden}b")), LARGEST_STANZA), refusal);
            let mut in_attribute = message("fine");
            in_attribute.set_attr(Namespace::NONE, NcName::try_from("id").unwrap(), forbidden.to_string());
            assert_eq!(check(&in_attribute, LARGEST_STANZA), refusal);
        }
    }

    #[test]
    fn what_is_measured_is_no_less_than_what_is_written() {
        let stanza = message(&"&<>\"' ü😀\r\n".repeat(100));
        let mut written = Vec::new();
        stanza.write_to(&mut written).unwrap();
        assert!(matches!(check(&stanza, written.len() - 1), Err(Refusal::TooLarge(size)) if size >= written.len()));
    }

    #[test]
    fn who_sent_it_gets_it_back_as_an_error() {
        let Instead::Return(returned) = instead_of(&message("\u{7}"), &Refusal::Character(7)) else { panic!() };
        let Ok(Stanza::Message(returned)) = Stanza::read(&returned) else { panic!() };
        assert_eq!(returned.id.as_deref(), Some("m1"));
        assert_eq!(returned.from.unwrap().as_str(), "romeo@montague.lit");
        assert_eq!(returned.error.unwrap().text.unwrap(), "the character U+0007 cannot be sent");
    }

    #[test]
    fn who_asked_is_answered_all_the_same() {
        let payload = with_text("query", "x", "\u{7}");
        let answer = Iq {
            from: None,
            to: Some("romeo@montague.lit/a".parse().unwrap()),
            id: "q1".to_owned(),
            kind: IqKind::Result(Some(payload)),
        };
        let Instead::Send(sent) = instead_of(&answer.clone().write(), &Refusal::Character(7)) else { panic!() };
        let Ok(Stanza::Iq(sent)) = Stanza::read(&sent) else { panic!() };
        assert_eq!((sent.to, sent.id), (answer.to, answer.id));
        assert_eq!(sent.kind, IqKind::Error(StanzaError::new("internal-server-error")));
        assert_eq!(instead_of(&element("presence", ns::CLIENT), &Refusal::TooMany), Instead::Nothing);
    }
}
