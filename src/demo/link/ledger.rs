//! The server's half of stream management (XEP-0198): what was handled, and what is not known to have arrived.

use std::collections::VecDeque;

use minidom::Element;

use crate::xep::stanza::{element, set};

/// The namespace of the version everybody speaks.
pub(super) const SM: &str = "urn:xmpp:sm:3";

/// The most stanzas kept for a client that acknowledges none of them.
const MOST_UNACKNOWLEDGED: usize = 2000;

/// What one stream owes, both ways.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    handled: u32,
    /// How many of ours the client has acknowledged.
    acknowledged: u32,
    unacknowledged: VecDeque<Element>,
}

/// The client acknowledges none of very many stanzas, or more than it was sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Insolvent;

impl Ledger {
    /// The client sent a stanza.
    pub(super) fn received(&mut self) {
        self.handled = self.handled.wrapping_add(1);
    }

    /// A stanza goes to the client.
    pub(super) fn sent(&mut self, stanza: &Element) -> Result<(), Insolvent> {
        self.unacknowledged.push_back(stanza.clone());
        if self.unacknowledged.len() > MOST_UNACKNOWLEDGED { Err(Insolvent) } else { Ok(()) }
    }

    /// The client says that it handled `count` stanzas in all.
    pub(super) fn acknowledge(&mut self, count: u32) -> Result<(), Insolvent> {
        let newly = count.wrapping_sub(self.acknowledged);
        let newly = usize::try_from(newly).unwrap_or(usize::MAX);
        if newly > self.unacknowledged.len() {
            return Err(Insolvent);
        }
        self.unacknowledged.drain(..newly);
        self.acknowledged = count;
        Ok(())
    }

    /// What the client may not have got, in order.
    pub(super) fn unacknowledged(&self) -> impl Iterator<Item = &Element> {
        self.unacknowledged.iter()
    }

    /// `<a/>`, or what else tells how much was handled.
    pub(super) fn count(&self, name: &str) -> Element {
        let mut count = element(name, SM);
        set(&mut count, "h", &self.handled.to_string());
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_acknowledged_is_kept_in_order() {
        let mut ledger = Ledger::default();
        for name in ["a", "b", "c"] {
            ledger.sent(&element(name, "x")).unwrap();
        }
        ledger.acknowledge(1).unwrap();
        assert_eq!(ledger.unacknowledged().map(Element::name).collect::<Vec<_>>(), ["b", "c"]);
    }

    #[test]
    fn more_than_was_sent_cannot_be_acknowledged() {
        let mut ledger = Ledger::default();
        ledger.sent(&element("a", "x")).unwrap();
        assert_eq!(ledger.acknowledge(2), Err(Insolvent));
    }

    #[test]
    fn a_client_that_acknowledges_nothing_is_given_up() {
        let mut ledger = Ledger::default();
        let outcome: Vec<_> = (0..=MOST_UNACKNOWLEDGED).map(|_| ledger.sent(&element("a", "x"))).collect();
        assert_eq!(outcome.last(), Some(&Err(Insolvent)));
    }
}
