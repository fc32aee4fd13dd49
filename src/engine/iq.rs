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
}

/// Every request without an answer, by stanza id.
#[derive(Debug, Default)]
pub(super) struct Requests {
    pending: BTreeMap<String, Pending>,
    tokens: u64,
}

impl Requests {
    pub(super) fn add(&mut self, id: String, owner: usize, to: Option<Jid>, until: Instant) -> IqToken {
        self.tokens += 1;
        let token = IqToken(self.tokens);
        self.pending.insert(id, Pending { token, owner, to, until });
        token
    }

    /// The request that an answer from `from` belongs to, if `from` is who was asked: ids can be guessed.
    pub(super) fn take(
        &mut self,
        id: &str,
        from: Option<&Jid>,
        is_own: impl Fn(&Jid) -> bool,
    ) -> Option<(usize, IqToken)> {
        let pending = self.pending.get(id)?;
        let answered = match (&pending.to, from) {
            (None, None) => true,
            (None, Some(from)) => is_own(from),
            (Some(to), None) => is_own(to),
            (Some(to), Some(from)) => to == from,
        };
        if !answered {
            return None;
        }
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

    /// Takes out everything.
    pub(super) fn drain(&mut self) -> Vec<(usize, IqToken)> {
        std::mem::take(&mut self.pending).into_values().map(|pending| (pending.owner, pending.token)).collect()
    }
}
