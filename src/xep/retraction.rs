//! XEP-0424: an earlier message is taken back.

use minidom::Element;

use super::ns;
use super::stanza::{element, set};

/// Which message is taken back.
pub fn read<'a>(payloads: impl IntoIterator<Item = &'a Element>) -> Option<String> {
    let retract = payloads.into_iter().find(|payload| payload.is("retract", ns::RETRACTION))?;
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
}
