//! Who is in the roster, what they are called, and which of their resources are there (RFC 6121 §2–§4).

use std::collections::BTreeMap;

use jid::BareJid;

use super::event::Contact;

/// Everybody we know of: the roster, and those who are available to us without being in it.
#[derive(Debug, Default)]
pub struct Contacts {
    pub(super) known: BTreeMap<BareJid, Contact>,
    pub(super) in_roster: std::collections::BTreeSet<BareJid>,
}

impl Contacts {
    /// Whether somebody is in the roster.
    pub fn is_contact(&self, jid: &BareJid) -> bool {
        self.in_roster.contains(jid)
    }

    /// Somebody we know of, with their resources, the likeliest first.
    pub fn find(&self, jid: &BareJid) -> Option<&Contact> {
        self.known.get(jid)
    }
}
