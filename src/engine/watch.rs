//! Stanzas as they are, for whoever wants to see them: what comes before the features see it, what goes as it is handed
//! to the session; and stanzas that the user writes.
//!
//! The login is over before the first stanza, so nothing of it can be seen here; passwords that stanzas carry
//! (registration, shared services) are left out. What the session says by itself, such as acknowledgements, is no
//! stanza. While nobody watches, this costs a comparison.

use minidom::Element;

use crate::xep::ns;
use crate::xep::stanza::{set, text_element};

/// What is shown of one stanza at most, in bytes: a screen or two.
const LONGEST_SHOWN: usize = 16 * 1024;

/// The longest stanza that can be written by hand; also a bound to how deep it nests.
const LONGEST_WRITTEN: usize = 8 * 1024;

/// What stands for what is secret.
const HIDDEN: &str = "(hidden)";

/// Which way a stanza goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// To us.
    In,
    /// From us.
    Out,
}

/// Why what was written is no stanza that could be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unsendable {
    /// It is no XML.
    #[error("that is no well-formed XML: {0}")]
    Malformed(String),
    /// It is something else.
    #[error("<{0}/> is no stanza: only message, presence and iq can be sent")]
    NoStanza(String),
    /// There is more after it.
    #[error("one stanza at a time: something follows it")]
    Several,
    /// It is too long.
    #[error("that is longer than {} KiB", LONGEST_WRITTEN / 1024)]
    TooLong,
}

/// A stanza that the user wrote; without a namespace, it is in that of clients.
pub fn read(written: &str) -> Result<Element, Unsendable> {
    if written.len() > LONGEST_WRITTEN {
        return Err(Unsendable::TooLong);
    }
    let parsed = |text: &str| Element::from_reader_with_prefixes(text.as_bytes(), ns::CLIENT.to_owned());
    let stanza = parsed(written.trim()).map_err(|why| Unsendable::Malformed(why.to_string()))?;
    let is_stanza = stanza.has_ns(ns::CLIENT) && matches!(stanza.name(), "message" | "presence" | "iq");
    if !is_stanza {
        return Err(Unsendable::NoStanza(stanza.name().to_owned()));
    }
    // Around two elements, one of which is the stanza, there would be two children.
    let wrapped = parsed(&format!("<all>{}</all>", written.trim())).map_err(|_| Unsendable::Several)?;
    let is_alone = wrapped.nodes().count() == 1;
    if is_alone { Ok(stanza) } else { Err(Unsendable::Several) }
}

/// A stanza as text, without what is secret in it.
pub(super) fn shown(stanza: &Element) -> String {
    let mut harmless = stanza.clone();
    hide(&mut harmless);
    let mut text = String::from(&harmless);
    if text.len() > LONGEST_SHOWN {
        let more = text.len() - LONGEST_SHOWN;
        text.truncate(text.floor_char_boundary(LONGEST_SHOWN));
        text = format!("{text} … and {more} bytes more");
    }
    text
}

fn hide(element: &mut Element) {
    let is_secret = |name: &str| matches!(name, "password" | "digest");
    if is_secret(element.name()) && !element.text().is_empty() {
        let namespace = element.ns();
        *element = text_element(element.name(), &namespace, HIDDEN);
    }
    if element.attr("password").is_some() {
        set(element, "password", HIDDEN);
    }
    element.children_mut().for_each(hide);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stanza_is_taken_with_and_without_its_namespace() {
        for written in
            ["<presence/>", " <iq type='get' id='1' xmlns='jabber:client'><ping xmlns='urn:xmpp:ping'/></iq> "]
        {
            assert!(read(written).is_ok(), "{written}");
        }
        assert_eq!(
            read("<message><body>x</body></message>").unwrap().get_child("body", ns::CLIENT).unwrap().text(),
            "x"
        );
    }

    #[test]
    fn whatever_is_no_single_stanza_is_refused_with_a_sentence() {
        for (written, why) in [
            ("<auth/>", "<auth/> is no stanza: only message, presence and iq can be sent"),
            ("<message xmlns='x'/>", "<message/> is no stanza: only message, presence and iq can be sent"),
            ("<presence/><presence/>", "one stanza at a time: something follows it"),
            ("<presence/></stream:stream>", "one stanza at a time: something follows it"),
            ("<presence/>hello", "one stanza at a time: something follows it"),
        ] {
            assert_eq!(read(written).unwrap_err().to_string(), why, "{written}");
        }
        for written in ["", "hello", "<presence", "<presence>", "<presence></iq>", "<presence a=b/>"] {
            assert!(matches!(read(written), Err(Unsendable::Malformed(_))), "{written}");
        }
        assert_eq!(read(&"<a>".repeat(9000)), Err(Unsendable::TooLong));
    }

    #[test]
    fn what_is_secret_is_hidden_and_what_is_long_is_cut() {
        let told = "<iq xmlns='jabber:client'><query xmlns='jabber:iq:register'><username>juliet</username>\
             <password>but soft</password></query><service xmlns='urn:xmpp:extdisco:2' password='secret'/></iq>";
        let text = shown(&told.parse().unwrap());
        assert!(text.contains("juliet") && text.contains("(hidden)"), "{text}");
        assert!(!text.contains("but soft") && !text.contains("secret"), "{text}");
        let long = format!("<message xmlns='jabber:client'><body>{}</body></message>", "ü".repeat(LONGEST_SHOWN));
        let text = shown(&long.parse().unwrap());
        assert!(text.len() < LONGEST_SHOWN + 100 && text.ends_with("bytes more"));
    }
}
