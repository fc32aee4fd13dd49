//! XEP-0308: the message that carries this says what an earlier one should have said.

use minidom::Element;

use super::ns;
use super::stanza::{element, set};

/// Which message is corrected.
pub fn read<'a>(payloads: impl IntoIterator<Item = &'a Element>) -> Option<String> {
    let replace = payloads.into_iter().find(|payload| payload.is("replace", ns::CORRECTION))?;
    replace.attr("id").filter(|id| !id.is_empty()).map(str::to_owned)
}

/// Corrects that message.
pub fn write(of: &str) -> Element {
    let mut replace = element("replace", ns::CORRECTION);
    set(&mut replace, "id", of);
    replace
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_correction_names_what_it_corrects_or_is_none() {
        assert_eq!(read([&write("bad1")]).as_deref(), Some("bad1"));
        assert_eq!(read([&element("replace", ns::CORRECTION)]), None);
        assert_eq!(read([&write("")]), None);
    }
}
