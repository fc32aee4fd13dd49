//! XEP-0092: which program somebody uses.

use minidom::Element;

use super::ns;
use super::stanza::{element, text_element};

/// Which program, as it says itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Version {
    /// What it is called.
    pub name: String,
    /// Which of its versions it is.
    pub version: String,
    /// The operating system, if it tells.
    pub os: Option<String>,
}

impl Version {
    /// Reads an answer; parts that are missing are empty.
    pub fn read(query: &Element) -> Self {
        let text = |name: &str| query.get_child(name, ns::VERSION).map(Element::text).unwrap_or_default();
        Version { name: text("name"), version: text("version"), os: Some(text("os")).filter(|os| !os.is_empty()) }
    }

    /// Writes it.
    pub fn write(&self) -> Element {
        let mut query = query();
        query.append_child(text_element("name", ns::VERSION, &self.name));
        query.append_child(text_element("version", ns::VERSION, &self.version));
        if let Some(os) = &self.os {
            query.append_child(text_element("os", ns::VERSION, os));
        }
        query
    }
}

/// The question.
pub fn query() -> Element {
    element("query", ns::VERSION)
}
