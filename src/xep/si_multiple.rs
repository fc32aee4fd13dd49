//! The Telepathy extension of XEP-0095: an offer says that several methods may be answered, an answer lists them.

use minidom::Element;

/// The empty `<si-multiple/>` of an offer.
pub fn write_offer() -> Element {
    unimplemented!()
}

/// The `<si-multiple/>` of an answer, in the order in which the methods are to be tried.
pub fn write_answer(_methods: &[String]) -> Element {
    unimplemented!()
}

/// The methods of an answer; none in an offer.
pub fn read(_si_multiple: &Element) -> Vec<String> {
    unimplemented!()
}
