//! XEP-0198 stream management: what was sent and not acknowledged, what arrived, and how to go on after a break.
//!
//! Both sides count the stanzas since `<enabled/>`. The server's count `h` of ours releases them from `unacknowledged`;
//! what remains when the connection breaks is sent again if the server resumes the stream, else handed back. Counts
//! wrap at 2³². Pure bookkeeping: when to ask, and over what connection, is decided elsewhere.

use std::collections::VecDeque;

use minidom::Element;

use crate::xep::ns;
use crate::xep::stanza::{element, set};

/// The namespace of version 3.
pub(super) const NAMESPACE: &str = "urn:xmpp:sm:3";

/// After this many stanzas the server is asked for its count; more often costs answers, less often memory.
const ASK_AFTER: u32 = 16;

/// One managed stream, which may outlive several connections.
#[derive(Debug)]
pub(super) struct Management {
    /// What the server calls the stream, if it can be resumed.
    resumption: Option<String>,
    /// Where the server would like it to be resumed: `host:port`.
    location: Option<String>,
    received: u32,
    acknowledged: u32,
    unacknowledged: VecDeque<Element>,
    since_asked: u32,
}

/// The server acknowledges more than was sent: it is not talking about this stream.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Overcount;

impl Management {
    /// A stream that the server just `<enabled/>`.
    pub(super) fn enabled(answer: &Element) -> Self {
        let resumable = matches!(answer.attr("resume"), Some("true" | "1"));
        Management {
            resumption: answer.attr("id").filter(|_| resumable).map(str::to_owned),
            location: answer.attr("location").map(str::to_owned),
            received: 0,
            acknowledged: 0,
            unacknowledged: VecDeque::new(),
            since_asked: 0,
        }
    }

    /// Where the server would like the stream to be resumed.
    pub(super) fn location(&self) -> Option<&str> {
        self.location.as_deref()
    }

    /// `<resume/>`, if the stream can be.
    pub(super) fn resume(&self) -> Option<Element> {
        let mut resume = element("resume", NAMESPACE);
        set(&mut resume, "previd", self.resumption.as_deref()?);
        set(&mut resume, "h", &self.received.to_string());
        Some(resume)
    }

    /// The stream must not be resumed any more.
    pub(super) fn forget(&mut self) {
        self.resumption = None;
    }

    /// A stanza arrived.
    pub(super) fn received(&mut self) {
        self.received = self.received.wrapping_add(1);
    }

    /// `<a/>`, what arrived so far.
    pub(super) fn answer(&self) -> Element {
        let mut answer = element("a", NAMESPACE);
        set(&mut answer, "h", &self.received.to_string());
        answer
    }

    /// A stanza was sent. Returns `<r/>` if it is time to ask.
    pub(super) fn sent(&mut self, stanza: Element) -> Option<Element> {
        self.unacknowledged.push_back(stanza);
        self.since_asked += 1;
        if self.since_asked < ASK_AFTER { None } else { self.ask() }
    }

    /// `<r/>`, if anything was sent since the last.
    pub(super) fn ask(&mut self) -> Option<Element> {
        let unasked = std::mem::take(&mut self.since_asked);
        (unasked > 0 && !self.unacknowledged.is_empty()).then(|| element("r", NAMESPACE))
    }

    /// The server says its count in `<a/>`, `<resumed/>` or `<failed/>`; without one nothing changes. Returns the ids of
    /// the messages that it has by now.
    pub(super) fn acknowledge(&mut self, answer: &Element) -> Result<Vec<String>, Overcount> {
        let count = answer.attr("h").and_then(|count| count.trim().parse::<u32>().ok());
        let Some(count) = count else { return Ok(Vec::new()) };
        let released = usize::try_from(count.wrapping_sub(self.acknowledged)).map_err(|_| Overcount)?;
        if released > self.unacknowledged.len() {
            return Err(Overcount);
        }
        self.acknowledged = count;
        Ok(self.unacknowledged.drain(..released).filter_map(|stanza| id_of_message(&stanza)).collect())
    }

    /// What was sent and not acknowledged, to be sent again on a resumed stream.
    pub(super) fn unacknowledged(&self) -> impl Iterator<Item = &Element> {
        self.unacknowledged.iter()
    }

    /// What was sent and not acknowledged, when the stream is given up.
    pub(super) fn into_unacknowledged(self) -> VecDeque<Element> {
        self.unacknowledged
    }
}

/// The id of a message; nobody waits for anything else to be acknowledged.
pub(super) fn id_of_message(stanza: &Element) -> Option<String> {
    stanza.is("message", ns::CLIENT).then(|| stanza.attr("id").map(str::to_owned))?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(name: &str, attributes: &[(&'static str, &str)]) -> Element {
        let mut answer = element(name, NAMESPACE);
        for (attribute, value) in attributes {
            set(&mut answer, attribute, value);
        }
        answer
    }

    fn stanza(number: usize) -> Element {
        let mut stanza = element("message", "jabber:client");
        set(&mut stanza, "id", &number.to_string());
        stanza
    }

    fn managed(stanzas: usize) -> Management {
        let mut management = Management::enabled(&answer("enabled", &[("id", "s1"), ("resume", "true")]));
        for number in 0..stanzas {
            management.sent(stanza(number));
        }
        management
    }

    #[test]
    fn what_the_server_counted_is_released() {
        let mut management = managed(3);
        assert_eq!(management.acknowledge(&answer("a", &[("h", "2")])), Ok(vec!["0".to_owned(), "1".to_owned()]));
        assert_eq!(management.unacknowledged().cloned().collect::<Vec<_>>(), [stanza(2)]);
        assert_eq!(management.acknowledge(&answer("a", &[("h", "2")])), Ok(Vec::new()));
        assert_eq!(management.into_unacknowledged(), [stanza(2)]);
    }

    #[test]
    fn a_refusal_without_count_releases_nothing() {
        let mut management = managed(2);
        assert_eq!(management.acknowledge(&answer("failed", &[])), Ok(Vec::new()));
        assert_eq!(management.into_unacknowledged().len(), 2);
    }

    #[test]
    fn a_count_of_more_than_was_sent_is_noticed() {
        let mut management = managed(2);
        assert_eq!(management.acknowledge(&answer("a", &[("h", "3")])), Err(Overcount));
        assert_eq!(management.acknowledge(&answer("a", &[("h", "4294967295")])), Err(Overcount));
    }

    #[test]
    fn counts_wrap() {
        let mut management = managed(2);
        management.acknowledged = u32::MAX;
        assert_eq!(management.acknowledge(&answer("a", &[("h", "0")])), Ok(vec!["0".to_owned()]));
        assert_eq!(management.unacknowledged().count(), 1);
        management.received = u32::MAX;
        management.received();
        assert_eq!(management.answer().attr("h"), Some("0"));
    }

    #[test]
    fn the_server_is_asked_sparingly() {
        let mut management = managed(0);
        assert_eq!(management.ask(), None);
        let asked = (0..32).filter(|&number| management.sent(stanza(number)).is_some()).count();
        assert_eq!(asked, 2);
        assert_eq!(management.ask(), None);
        management.sent(stanza(33));
        assert!(management.ask().is_some());
        assert_eq!(management.ask(), None);
    }

    #[test]
    fn a_stream_that_cannot_be_resumed_is_not() {
        assert!(managed(0).resume().is_some());
        assert_eq!(Management::enabled(&answer("enabled", &[])).resume(), None);
        assert_eq!(Management::enabled(&answer("enabled", &[("id", "s1")])).resume(), None);
        let mut forgotten = managed(0);
        forgotten.forget();
        assert_eq!(forgotten.resume(), None);
    }
}
