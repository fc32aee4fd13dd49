//! The three ways in which Balcony writes XML.

use minidom::Element;
use xso::exports::rxml::{Namespace, NcName};

/// An empty element.
pub fn element(name: &str, namespace: &str) -> Element {
    Element::bare(name, namespace)
}

/// An element that holds only `text`.
pub fn text_element(name: &str, namespace: &str, text: impl Into<String>) -> Element {
    let mut element = Element::bare(name, namespace);
    let text = sendable(text.into());
    if !text.is_empty() {
        element.append_text(text);
    }
    element
}

/// Sets an attribute whose name is known to be good.
pub fn set(element: &mut Element, name: &'static str, value: &str) {
    element.set_attr(Namespace::NONE, attribute_name(name), sendable(value.to_owned()));
}

fn attribute_name(name: &'static str) -> NcName {
    NcName::try_from(name).expect("attribute names in this program are XML names")
}

/// The text without what XML cannot carry, not even escaped: a file's name or a pasted line may hold control
/// characters, and a single one of them would end the stream.
fn sendable(text: String) -> String {
    if text.chars().all(is_sendable) {
        return text;
    }
    text.chars().map(|character| if is_sendable(character) { character } else { char::REPLACEMENT_CHARACTER }).collect()
}

/// `Char` of XML 1.0, §2.2.
fn is_sendable(character: char) -> bool {
    match character {
        '\t' | '\n' | '\r' => true,
        '\u{fffe}' | '\u{ffff}' => false,
        other => other >= ' ',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_do_not_reach_the_stream() {
        let mut file = text_element("desc", "ns", "bell \u{7}, tab \t, escape \u{1b}, \u{ffff}, crab 🦀");
        set(&mut file, "name", "\0.txt");
        assert_eq!(file.text(), "bell \u{fffd}, tab \t, escape \u{fffd}, \u{fffd}, crab 🦀");
        assert_eq!(file.attr("name"), Some("\u{fffd}.txt"));
        assert_eq!(String::from(&file).parse::<Element>().unwrap(), file);
    }
}
