//! What must hold of everything that the engine says and does.

use std::collections::BTreeMap;

use balcony::engine::event::{Direction, Event, TransferChange, TransferId};
use jid::BareJid;
use minidom::Element;

use super::shell::is_safe;

/// More than one input may cause: a roster of a thousand contacts, each with something to be told.
const MOST_OUTPUTS: usize = 5000;

/// What was promised, begun and ended.
#[derive(Default)]
pub(crate) struct Ledger {
    /// How often each request of theirs may still be answered.
    requests: BTreeMap<(Option<String>, String), usize>,
    transfers: BTreeMap<TransferId, Life>,
    /// Who ended since this was last asked.
    ended: Vec<BareJid>,
    outputs: usize,
    /// The user writes stanzas, and may answer what nobody asked.
    pub(crate) by_hand: bool,
}

struct Life {
    peer: BareJid,
    has_ended: bool,
}

impl Ledger {
    /// Something happens to the engine.
    pub(crate) fn next_input(&mut self) {
        self.outputs = 0;
    }

    /// The engine did something about it.
    pub(crate) fn output(&mut self) {
        self.outputs += 1;
        assert!(self.outputs < MOST_OUTPUTS, "one input causes more than {MOST_OUTPUTS} things");
    }

    /// They said something.
    pub(crate) fn came(&mut self, stanza: &Element) {
        if is_request(stanza) {
            *self.requests.entry(key(stanza, "from")).or_default() += 1;
        }
    }

    /// The engine said something: well-formed, and no answer to what nobody asked.
    pub(crate) fn went(&mut self, stanza: &Element) {
        let written = String::from(stanza);
        let read: Result<Element, _> = written.parse();
        assert!(read.is_ok_and(|read| read == *stanza), "that cannot be read again: {written}");
        if !self.by_hand && stanza.name() == "iq" && matches!(stanza.attr("type"), Some("result" | "error")) {
            let left = self.requests.entry(key(stanza, "to")).or_default();
            assert!(*left > 0, "nobody waits for that answer: {written}");
            *left -= 1;
        }
    }

    /// The engine told its user something: of a transfer first that it is there, and of its end once and last.
    pub(crate) fn told(&mut self, event: &Event) {
        let Event::Transfer { id, change } = event else { return };
        if let TransferChange::Offered(offer) = change {
            let is_ours = offer.direction == Direction::Sending;
            assert!(is_ours || is_safe(&offer.name), "{:?} is no safe name", offer.name);
            let life = Life { peer: offer.peer.to_bare(), has_ended: false };
            let before = self.transfers.insert(*id, life);
            return assert!(before.is_none_or(|before| !before.has_ended), "{id:?} begins again after its end");
        }
        let life = self.transfers.get_mut(id);
        let life = life.unwrap_or_else(|| panic!("{id:?} was never offered, and {change:?}"));
        assert!(!life.has_ended, "{id:?} has ended, and {change:?}");
        if let TransferChange::Ended(_) = change {
            life.has_ended = true;
            self.ended.push(life.peer.clone());
        }
    }

    /// With whom transfers ended since this was last asked.
    pub(crate) fn ended(&mut self) -> Vec<BareJid> {
        std::mem::take(&mut self.ended)
    }

    /// Every transfer that has not ended, the oldest first.
    pub(crate) fn transfers(&self) -> Vec<TransferId> {
        self.transfers.iter().filter(|(_, life)| !life.has_ended).map(|(id, _)| *id).collect()
    }
}

fn is_request(stanza: &Element) -> bool {
    stanza.name() == "iq" && matches!(stanza.attr("type"), Some("get" | "set"))
}

fn key(stanza: &Element, other: &str) -> (Option<String>, String) {
    let other = stanza.attr(other).map(|jid| jid::Jid::new(jid).map_or_else(|_| jid.to_owned(), |jid| jid.to_string()));
    (other, stanza.attr("id").unwrap_or_default().to_owned())
}
