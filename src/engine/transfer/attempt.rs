//! The record of every try: method, streamhost, since when, with which verdict.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::engine::command::Via;
use crate::engine::event::{Attempt, AttemptState};

/// How many tries of one transfer are kept. A peer can break and begin its streams for a week, and whenever something
/// changes all of them are written down.
const MOST: usize = 128;

/// One try within a transfer: how many there were before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AttemptId(usize);

/// The tries of one transfer, in the order in which they began; of very many the last.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    tries: VecDeque<(Instant, Attempt)>,
    /// Since when the one that works does.
    active: Option<(AttemptId, Instant)>,
    /// How many there had been when the last stream broke.
    old: usize,
    /// One that the other side may begin, and did not yet.
    expected: Option<AttemptId>,
}

/// A stream that held so long broke for another reason than its way.
const PROVEN: Duration = Duration::from_mins(1);

/// What was not decided, or worked, does not any more; whether it was one of these.
pub(crate) fn break_off(attempt: &mut Attempt, why: &str) -> bool {
    let reason = match attempt.state {
        AttemptState::Failed { .. } => return false,
        AttemptState::Active { .. } => format!("broke: {why}"),
        AttemptState::Trying { .. } => "given up".to_owned(),
    };
    attempt.state = AttemptState::Failed { reason };
    true
}

impl Attempts {
    /// Those of an earlier run.
    pub(crate) fn restored(tries: Vec<Attempt>, now: Instant) -> Self {
        let tries = tries.into_iter().map(|attempt| (now.checked_sub(attempt.took).unwrap_or(now), attempt)).collect();
        let attempts = Attempts { tries, ..Attempts::default() };
        Attempts { old: attempts.begun(), ..attempts }
    }

    /// How many have begun, also those that are not kept any more.
    fn begun(&self) -> usize {
        self.tries.back().map_or(0, |(_, last)| last.index + 1)
    }

    fn position(&self, id: AttemptId) -> Option<usize> {
        let (_, first) = self.tries.front()?;
        id.0.checked_sub(first.index)
    }

    fn get(&self, id: AttemptId) -> Option<&Attempt> {
        self.tries.get(self.position(id)?).map(|(_, attempt)| attempt)
    }

    fn get_mut(&mut self, id: AttemptId) -> Option<&mut (Instant, Attempt)> {
        let position = self.position(id)?;
        self.tries.get_mut(position)
    }

    /// The stream broke: none of them works any more. Returns what changed.
    pub(crate) fn break_off(&mut self, why: &str, now: Instant) -> Vec<Attempt> {
        self.active = None;
        self.expected = None;
        self.old = self.begun();
        let mut changed = Vec::new();
        for (began, attempt) in &mut self.tries {
            if break_off(attempt, why) {
                attempt.took = now - *began;
                changed.push(attempt.clone());
            }
        }
        changed
    }

    /// The way that works, if it does not for long enough to be called proven.
    pub(crate) fn active_since(&self, now: Instant) -> Option<Via> {
        let (id, since) = self.active?;
        let is_proven = now.saturating_duration_since(since) >= PROVEN;
        self.get(id).filter(|_| !is_proven).map(|attempt| attempt.via)
    }

    /// Those that began after the last stream broke.
    pub(crate) fn since_broken(&self) -> Vec<Attempt> {
        let attempts = self.tries.iter().map(|(_, attempt)| attempt);
        attempts.filter(|attempt| attempt.index >= self.old).cloned().collect()
    }

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
        let expected = self.expected.take().filter(|id| self.get(*id).is_some_and(|it| it.via == via));
        // Nothing begins between the two, so what was expected is the last.
        let index = match expected.and_then(|_| self.tries.pop_back()) {
            Some((_, expected)) => expected.index,
            None => self.begun(),
        };
        if self.tries.len() >= MOST {
            self.tries.pop_front();
        }
        self.tries.push_back((now, Attempt { index, via, streamhost, state, took: Duration::ZERO }));
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
    pub(crate) fn activate(&mut self, id: AttemptId, detail: Option<String>, now: Instant) {
        if self.active.is_none_or(|(active, _)| active != id) {
            self.active = Some((id, now));
        }
        self.set(id, AttemptState::Active { detail });
    }

    fn set(&mut self, id: AttemptId, state: AttemptState) {
        match self.get_mut(id) {
            Some((_, Attempt { state: AttemptState::Failed { .. }, .. })) | None => {}
            Some((_, attempt)) => attempt.state = state,
        }
    }

    /// How it stands now.
    pub(crate) fn show(&mut self, id: AttemptId, now: Instant) -> Option<Attempt> {
        let (began, attempt) = self.get_mut(id)?;
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

    /// Whether there is any by one of these ways.
    pub(crate) fn has_any(&self, vias: &[Via]) -> bool {
        self.tries.iter().any(|(_, attempt)| vias.contains(&attempt.via))
    }

    /// All of them, as they stand now: one that works has taken the whole time until now.
    pub(crate) fn all(&self, now: Instant) -> Vec<Attempt> {
        let as_it_stands = |(began, attempt): &(Instant, Attempt)| match attempt.state {
            AttemptState::Failed { .. } => attempt.clone(),
            AttemptState::Trying { .. } | AttemptState::Active { .. } => {
                Attempt { took: now.saturating_duration_since(*began), ..attempt.clone() }
            }
        };
        self.tries.iter().map(as_it_stands).collect()
    }
}
