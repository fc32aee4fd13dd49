//! Service discovery and capabilities (XEP-0030, XEP-0115): what we say we can, and what others said they can.

use std::collections::{BTreeMap, BTreeSet};

use jid::Jid;

/// What is known of the features of others.
#[derive(Debug, Default)]
pub struct Peers {
    pub(super) known: BTreeMap<Jid, Knowledge>,
    pub(super) wanted: BTreeSet<Jid>,
    pub(super) learnt: Vec<Jid>,
}

/// What is known of one entity's features.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Knowledge {
    /// It told us.
    Features(BTreeSet<String>),
    /// It was asked and did not say: refused, silent, gone.
    Unanswered,
}

impl Peers {
    /// What is known of that entity.
    pub fn features_of(&self, jid: &Jid) -> Option<&Knowledge> {
        self.known.get(jid)
    }

    /// Asks that entity, unless it is known; every feature is told by `learnt` once it is, also if it never answers.
    pub fn learn(&mut self, jid: &Jid) {
        if self.known.contains_key(jid) {
            self.learnt.push(jid.clone());
        } else {
            self.wanted.insert(jid.clone());
        }
    }
}
