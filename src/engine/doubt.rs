//! Messages that were on their way when a session was lost: did the server get them?
//!
//! # Theory of operation
//!
//! Only the server's archive can tell. Whoever would send such a message once more raises a [`Doubt`] first; the archive
//! settles it, by looking or, where there is none, at once. What is raised stays so over sessions until one has an answer.

use std::collections::BTreeMap;
use std::time::SystemTime;

use jid::BareJid;

/// What is not known about a message of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Doubt {
    /// Whom it was for.
    pub(super) with: BareJid,
    /// When it was written.
    pub(super) written: SystemTime,
}

/// How a doubt is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The server has the message.
    Arrived,
    /// Nothing says so.
    Missing,
}

/// All doubts, by our names for the messages.
#[derive(Debug, Default)]
pub(super) struct Doubts {
    open: BTreeMap<String, Doubt>,
    settled: Vec<(String, Verdict)>,
}

impl Doubts {
    /// Somebody would like to know.
    pub(super) fn raise(&mut self, id: String, doubt: Doubt) {
        self.open.insert(id, doubt);
    }

    /// What is to be settled.
    pub(super) fn open(&self) -> impl Iterator<Item = (&String, &Doubt)> {
        self.open.iter()
    }

    /// One is settled.
    pub(super) fn settle(&mut self, id: &str, verdict: Verdict) {
        if let Some((id, _)) = self.open.remove_entry(id) {
            self.settled.push((id, verdict));
        }
    }

    /// There is nobody who could say more.
    pub(super) fn settle_all(&mut self, verdict: Verdict) {
        let all = std::mem::take(&mut self.open);
        self.settled.extend(all.into_keys().map(|id| (id, verdict)));
    }

    /// Takes what was settled.
    pub(super) fn take_settled(&mut self) -> Vec<(String, Verdict)> {
        std::mem::take(&mut self.settled)
    }
}
