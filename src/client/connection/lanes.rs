//! The stanzas that wait to be sent: chat overtakes bulk, each lane keeps its order.

use std::collections::VecDeque;

use minidom::Element;

use crate::engine::Lane;

/// The most stanzas that wait in one lane. The engine keeps a window on bulk; a person who writes this many messages
/// while offline has found something better to do.
const LONGEST_LANE: usize = 4096;

/// Two queues.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    chat: VecDeque<Element>,
    bulk: VecDeque<Element>,
}

impl Lanes {
    /// Adds a stanza at the end of its lane; gives it back if the lane is full.
    pub(super) fn push(&mut self, stanza: Element, lane: Lane) -> Result<(), Element> {
        let queue = match lane {
            Lane::Chat => &mut self.chat,
            Lane::Bulk => &mut self.bulk,
        };
        if queue.len() >= LONGEST_LANE {
            return Err(stanza);
        }
        queue.push_back(stanza);
        Ok(())
    }

    /// Takes out the stanza that is to be sent next.
    pub(super) fn pop(&mut self) -> Option<Element> {
        self.chat.pop_front().or_else(|| self.bulk.pop_front())
    }

    /// Takes out everything, in the order in which it would have been sent.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = Element> {
        self.chat.drain(..).chain(self.bulk.drain(..))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stanza(name: &str) -> Element {
        Element::bare(name, "jabber:client")
    }

    #[test]
    fn chat_overtakes_bulk_and_each_keeps_its_order() {
        let mut lanes = Lanes::default();
        for (name, lane) in [("b1", Lane::Bulk), ("c1", Lane::Chat), ("b2", Lane::Bulk), ("c2", Lane::Chat)] {
            lanes.push(stanza(name), lane).unwrap();
        }
        let order: Vec<_> = lanes.drain().map(|stanza| stanza.name().to_owned()).collect();
        assert_eq!(order, ["c1", "c2", "b1", "b2"]);
        assert_eq!(lanes.pop(), None);
    }

    #[test]
    fn a_lane_does_not_grow_for_ever() {
        let mut lanes = Lanes::default();
        for _ in 0..LONGEST_LANE {
            lanes.push(stanza("message"), Lane::Chat).unwrap();
        }
        assert!(lanes.push(stanza("message"), Lane::Chat).is_err());
        assert!(lanes.push(stanza("iq"), Lane::Bulk).is_ok());
    }
}
