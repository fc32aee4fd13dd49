//! Requests in flight: who asked, of whom, until when (RFC 6120 §8.2.3).

use std::collections::BTreeMap;
use std::time::Instant;

use jid::Jid;

/// A request of ours, for the feature that made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IqToken(pub u64);

/// A request that has no answer yet.
#[derive(Debug)]
struct Pending {
    token: IqToken,
    owner: usize,
    to: Option<Jid>,
    until: Instant,
    lasts: Lasts,
}

/// When a request dies for want of anybody who could still hear the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lasts {
    /// With the session that it was made in.
    ForSession,
    /// With the address that it was made from: whoever answers it may take longer than a session.
    ForAddress,
}

/// Every request without an answer, by stanza id.
#[derive(Debug, Default)]
pub(super) struct Requests {
    pending: BTreeMap<String, Pending>,
    tokens: u64,
}

impl Requests {
    pub(super) fn add(&mut self, id: String, owner: usize, to: Option<Jid>, until: Instant, lasts: Lasts) -> IqToken {
        self.tokens += 1;
        let token = IqToken(self.tokens);
        self.pending.insert(id, Pending { token, owner, to, until, lasts });
        token
    }

    /// Whether there is a request with that id, and whom it asks is somebody that `answers`.
    pub(super) fn is_answered(&self, id: &str, answers: impl FnOnce(Option<&Jid>) -> bool) -> bool {
        self.pending.get(id).is_some_and(|pending| answers(pending.to.as_ref()))
    }

    /// Takes out the request with that id.
    pub(super) fn take(&mut self, id: &str) -> Option<(usize, IqToken)> {
        self.pending.remove(id).map(|pending| (pending.owner, pending.token))
    }

    pub(super) fn forget(&mut self, token: IqToken) {
        self.pending.retain(|_, pending| pending.token != token);
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.pending.values().map(|pending| pending.until).min()
    }

    /// Takes out what nobody answered until `now`.
    pub(super) fn expired(&mut self, now: Instant) -> Vec<(usize, IqToken)> {
        let late: Vec<String> =
            self.pending.iter().filter(|(_, pending)| pending.until <= now).map(|(id, _)| id.clone()).collect();
        late.iter().filter_map(|id| self.pending.remove(id)).map(|pending| (pending.owner, pending.token)).collect()
    }

    /// Takes out what dies with a session.
    pub(super) fn drain_session(&mut self) -> Vec<(usize, IqToken)> {
        let (lasting, dead) =
            std::mem::take(&mut self.pending).into_iter().partition(|(_, pending)| pending.lasts == Lasts::ForAddress);
        self.pending = lasting;
        let dead: BTreeMap<String, Pending> = dead;
        dead.into_values().map(|pending| (pending.owner, pending.token)).collect()
    }

    /// Takes out everything.
    pub(super) fn drain(&mut self) -> Vec<(usize, IqToken)> {
        std::mem::take(&mut self.pending).into_values().map(|pending| (pending.owner, pending.token)).collect()
    }
}
