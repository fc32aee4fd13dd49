//! The Telepathy extension of XEP-0095: an offer says that several methods may be answered, an answer lists them.

use minidom::Element;

use super::stanza::{element, text_element};
use super::{feature_neg, ns};

/// The empty `<si-multiple/>` of an offer.
pub fn write_offer() -> Element {
    element("si-multiple", ns::SI_MULTIPLE)
}

/// The `<si-multiple/>` of an answer, in the order in which the methods are to be tried.
pub fn write_answer(methods: &[String]) -> Element {
    let mut si_multiple = element("si-multiple", ns::SI_MULTIPLE);
    for method in methods {
        si_multiple.append_child(text_element("value", ns::SI_MULTIPLE, method));
    }
    si_multiple
}

/// The methods of an answer; none in an offer.
pub fn read(si_multiple: &Element) -> Vec<String> {
    let values = si_multiple.children().filter(|child| child.is("value", ns::SI_MULTIPLE));
    feature_neg::bounded(values.map(Element::text))
}
