//! XEP-0191: whom the server keeps from us; and XEP-0377, why it should look at them.

use std::collections::BTreeSet;

use jid::Jid;
use minidom::Element;

use super::ns;
use super::stanza::{element, set, text_element};

/// Why somebody is reported (XEP-0377, section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// Advertisement that nobody asked for.
    Spam,
    /// Anything else that one should not do to people.
    Abuse,
}

impl Reason {
    /// Its name on the wire.
    pub fn urn(self) -> &'static str {
        match self {
            Reason::Spam => "urn:xmpp:reporting:spam",
            Reason::Abuse => "urn:xmpp:reporting:abuse",
        }
    }
}

/// A change of the list that the server tells (section 3.3 and 3.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Push {
    /// These are blocked.
    Blocked(BTreeSet<Jid>),
    /// These are not any more.
    Unblocked(BTreeSet<Jid>),
    /// Nobody is any more.
    UnblockedAll,
}

impl Push {
    /// Reads a push; one that names only what is no address changes nothing.
    pub fn read(payload: &Element) -> Option<Push> {
        if payload.is("block", ns::BLOCKING) {
            return Some(Push::Blocked(read_items(payload)));
        }
        if !payload.is("unblock", ns::BLOCKING) {
            return None;
        }
        let names_nobody = payload.children().next().is_none();
        Some(if names_nobody { Push::UnblockedAll } else { Push::Unblocked(read_items(payload)) })
    }
}

/// The request for the list.
pub fn list_query() -> Element {
    element("blocklist", ns::BLOCKING)
}

/// Every usable address of a list or a push.
pub fn read_items(list: &Element) -> BTreeSet<Jid> {
    let items = list.children().filter(|child| child.is("item", ns::BLOCKING));
    items.filter_map(|item| Jid::new(item.attr("jid")?).ok()).collect()
}

/// The request to block somebody, with a report if there is a reason for one.
pub fn block(who: &Jid, report: Option<(Reason, Option<&str>)>) -> Element {
    let mut item = item(who);
    if let Some((reason, words)) = report {
        let mut report = element("report", ns::REPORTING);
        set(&mut report, "reason", reason.urn());
        if let Some(words) = words {
            report.append_child(text_element("text", ns::REPORTING, words));
        }
        item.append_child(report);
    }
    let mut block = element("block", ns::BLOCKING);
    block.append_child(item);
    block
}

/// The request to unblock somebody.
pub fn unblock(who: &Jid) -> Element {
    let mut unblock = element("unblock", ns::BLOCKING);
    unblock.append_child(item(who));
    unblock
}

fn item(who: &Jid) -> Element {
    let mut item = element("item", ns::BLOCKING);
    set(&mut item, "jid", who.as_str());
    item
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(xml: &str) -> Option<Push> {
        Push::read(&xml.replacen("/>", " xmlns='urn:xmpp:blocking'/>", 1).parse().unwrap())
    }

    #[test]
    fn only_an_unblock_that_is_empty_unblocks_everybody() {
        assert_eq!(push("<unblock/>"), Some(Push::UnblockedAll));
        let odd: Element = "<unblock xmlns='urn:xmpp:blocking'><item jid='@'/></unblock>".parse().unwrap();
        assert_eq!(Push::read(&odd), Some(Push::Unblocked(BTreeSet::new())));
        assert_eq!(push("<blocklist/>"), None);
    }

    #[test]
    fn a_report_goes_into_the_item_of_whom_it_is_about() {
        let request = block(&Jid::new("tybalt@verona.lit").unwrap(), Some((Reason::Spam, Some("rings"))));
        let written = String::from(&request);
        assert_eq!(read_items(&request).len(), 1);
        for part in ["urn:xmpp:reporting:1", "urn:xmpp:reporting:spam", "<text>rings</text>"] {
            assert!(written.contains(part), "{written}");
        }
    }
}
