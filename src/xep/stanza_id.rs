//! XEP-0359: the name that an archive gives a message, and the one that its sender gave it.

use jid::BareJid;
use minidom::Element;

use super::ns;
use super::stanza::{element, set};

/// The name that the archive of `by` gave the message with these payloads. Others may have given it names too; only
/// our own server takes out what is forged under ours.
pub fn read<'a>(payloads: impl IntoIterator<Item = &'a Element>, by: &BareJid) -> Option<String> {
    let is_ours = |payload: &&Element| {
        payload.is("stanza-id", ns::STANZA_IDS) && payload.attr("by").is_some_and(|entity| entity == by.as_str())
    };
    let id = payloads.into_iter().find(is_ours)?.attr("id")?;
    (!id.is_empty()).then(|| id.to_owned())
}

/// The name that its sender gave it, where something on the way may have changed the message's own `id`.
pub fn read_origin<'a>(payloads: impl IntoIterator<Item = &'a Element>) -> Option<String> {
    let origin = payloads.into_iter().find(|payload| payload.is("origin-id", ns::STANZA_IDS))?;
    origin.attr("id").filter(|id| !id.is_empty()).map(str::to_owned)
}

/// The name that we give a message, out of reach of whatever changes its own `id`.
pub fn origin(id: &str) -> Element {
    let mut origin = element("origin-id", ns::STANZA_IDS);
    set(&mut origin, "id", id);
    origin
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_counts_from_our_own_archive_alone() {
        let payloads: Vec<Element> = ["by='romeo@montague.lit' id='x'", "by='juliet@capulet.lit' id='y'"]
            .into_iter()
            .map(|attributes| format!("<stanza-id xmlns='urn:xmpp:sid:0' {attributes}/>").parse().unwrap())
            .collect();
        let juliet = BareJid::new("juliet@capulet.lit").unwrap();
        assert_eq!(read(&payloads, &juliet).as_deref(), Some("y"));
        assert_eq!(read(&payloads[..1], &juliet), None);
        let origin: Element = "<origin-id xmlns='urn:xmpp:sid:0' id='z'/>".parse().unwrap();
        assert_eq!(read_origin([&origin]).as_deref(), Some("z"));
        assert_eq!(super::origin("z"), origin);
    }
}
