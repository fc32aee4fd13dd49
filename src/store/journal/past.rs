//! An entry as it is seen afterwards, in the words that the command line and the screen share.

use std::path::Path;

use crate::engine::event::{Attempt, AttemptState, Outcome};
use crate::engine::journal::{Conclusion, Course, Ending, Entry, State};

/// An entry, as the journal has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Past {
    /// Counts up; stays the same.
    pub number: i64,
    /// What is known of it.
    pub entry: Entry,
    /// The Balcony that moves it.
    pub owner: Option<String>,
}

/// How an entry stands, seen from today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing<'a> {
    /// It is offered, by or to a Balcony that runs.
    Offered,
    /// A Balcony that runs moves it.
    Moving,
    /// It stands still, and goes on when both sides are there.
    Interrupted(&'a str),
    /// It is over.
    Ended(&'a Ending),
}

impl Past {
    /// How it stands. What a Balcony was moving when it ended stands still, although nobody was left to write so.
    pub fn standing(&self) -> Standing<'_> {
        match &self.entry.state {
            State::Ended(ending) => Standing::Ended(ending),
            State::Interrupted { why } => Standing::Interrupted(why),
            State::Offered | State::Running if self.owner.is_none() => Standing::Interrupted("Balcony was stopped"),
            State::Offered => Standing::Offered,
            State::Running => Standing::Moving,
        }
    }

    /// What was told when the file arrived, if it did.
    pub fn arrival(&self) -> Option<Outcome> {
        self.entry.arrival()
    }

    /// Why it stands still or did not arrive, with the other side called by that name.
    pub fn reason_told_of(&self, who: &str) -> Option<String> {
        match self.standing() {
            Standing::Offered | Standing::Moving => None,
            Standing::Interrupted(why) => Some(why.to_owned()),
            Standing::Ended(_) if self.arrival().is_some() => None,
            Standing::Ended(_) => self.entry.ending_told_of(who),
        }
    }

    /// How one of its attempts stands: `refused`, `clear, done`.
    pub fn verdict(&self, attempt: &Attempt) -> String {
        let goes_on = matches!(self.standing(), Standing::Offered | Standing::Moving);
        match &attempt.state {
            AttemptState::Failed { reason } => reason.clone(),
            AttemptState::Trying { doing, .. } if goes_on => doing.clone(),
            AttemptState::Trying { doing, .. } => format!("{doing}: stopped"),
            AttemptState::Active { .. } if goes_on => attempt.marked("active"),
            AttemptState::Active { .. } if self.arrival().is_some() => attempt.marked("done"),
            AttemptState::Active { .. } => attempt.marked("broken off"),
        }
    }

    /// Where the file lies: what is sent, what has arrived, or the part of it that may still go on.
    pub fn place(&self) -> Option<&Path> {
        match (&self.entry.course, self.standing()) {
            (Course::Sending { path, .. }, _) => Some(path),
            (Course::Receiving { landing }, Standing::Ended(ending)) => {
                let arrived = matches!(ending.result, Conclusion::Completed(_));
                landing.as_ref().filter(|_| arrived).map(|landed| landed.path.as_path())
            }
            (Course::Receiving { landing }, _) => landing.as_ref().map(|landed| landed.part.as_path()),
        }
    }
}
