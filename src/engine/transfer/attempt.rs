//! The record of every try: method, streamhost, since when, with which verdict.

use std::time::{Duration, Instant};

use crate::engine::command::Via;
use crate::engine::event::{Attempt, AttemptState};

/// One try within a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AttemptId(usize);

/// Every try of one transfer, in the order in which they began.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    tries: Vec<(Instant, Attempt)>,
    /// One that the other side may begin, and did not yet.
    expected: Option<AttemptId>,
}

impl Attempts {
    /// The other side may begin a try; when it does, that is the same one.
    pub(crate) fn expect(&mut self, via: Via, doing: String, patience: Duration, now: Instant) -> AttemptId {
        let id = self.begin(via, None, doing, patience, now);
        self.expected = Some(id);
        id
    }

    /// A try begins.
    pub(crate) fn begin(
        &mut self,
        via: Via,
        streamhost: Option<String>,
        doing: String,
        patience: Duration,
        now: Instant,
    ) -> AttemptId {
        let state = AttemptState::Trying { doing, patience };
        let expected = self.expected.take().filter(|id| self.tries.get(id.0).is_some_and(|(_, it)| it.via == via));
        let index = expected.map_or(self.tries.len(), |id| id.0);
        self.tries.truncate(index);
        self.tries.push((now, Attempt { index, via, streamhost, state, took: Duration::ZERO }));
        AttemptId(index)
    }

    /// It waits for something else now.
    pub(crate) fn go_on(&mut self, id: AttemptId, doing: String, patience: Duration) {
        self.set(id, AttemptState::Trying { doing, patience });
    }

    /// It does not work. What failed stays so: the first reason is the true one.
    pub(crate) fn fail(&mut self, id: AttemptId, reason: String) {
        self.set(id, AttemptState::Failed { reason });
    }

    /// It works.
    pub(crate) fn activate(&mut self, id: AttemptId, detail: Option<String>) {
        self.set(id, AttemptState::Active { detail });
    }

    fn set(&mut self, id: AttemptId, state: AttemptState) {
        match self.tries.get_mut(id.0) {
            Some((_, Attempt { state: AttemptState::Failed { .. }, .. })) | None => {}
            Some((_, attempt)) => attempt.state = state,
        }
    }

    /// How it stands now.
    pub(crate) fn show(&mut self, id: AttemptId, now: Instant) -> Option<Attempt> {
        let (began, attempt) = self.tries.get_mut(id.0)?;
        attempt.took = now - *began;
        Some(attempt.clone())
    }

    /// The one that began last.
    pub(crate) fn latest(&self) -> Option<&Attempt> {
        let is_active = |attempt: &&Attempt| matches!(attempt.state, AttemptState::Active { .. });
        let attempts = || self.tries.iter().rev().map(|(_, attempt)| attempt);
        attempts().find(is_active).or_else(|| attempts().next())
    }

    /// Those that have not failed.
    pub(crate) fn unfinished(&self) -> Vec<AttemptId> {
        let has_failed = |attempt: &Attempt| matches!(attempt.state, AttemptState::Failed { .. });
        let unfinished = self.tries.iter().filter(|(_, attempt)| !has_failed(attempt));
        unfinished.map(|(_, attempt)| AttemptId(attempt.index)).collect()
    }

    /// All of them.
    pub(crate) fn all(&self) -> Vec<Attempt> {
        self.tries.iter().map(|(_, attempt)| attempt.clone()).collect()
    }
}
